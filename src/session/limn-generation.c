/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A step is two things that may fail by themselves: the sampler's step and the decode of its frame. The first changes nothing
 * when it fails (limn-sampler.h); the second is marked as owed (frames_done < steps of the sampler) and is paid before the next
 * step begins. So a call that failed can be repeated at any point, with whatever engine there is then.
 *
 * Frames never feed back: a decode reads x and writes to nothing that the sampler sees. */
#include "config.h"

#include "session/limn-generation.h"

#include "base/limn-error.h"
#include "diffusion/limn-guidance.h"
#include "diffusion/limn-inpaint.h"
#include "session/limn-frame.h"
#include "session/limn-json-text.h"
#include "session/limn-work.h"

#include <math.h>

#include <string.h>

/* What the same work took, time after time. The first time compiles kernels, for seconds in software: it counts like the
 * shortest. */
typedef struct
{
  guint  n;
  double least;
  double rest; /* all but the first */
} Meter;

/* What of a source the sampler must know to go on, among its own arrays in a trajectory; their names have points, not lines. */
#define HELD "source-held"

/* Noise as masked content must not be the noise that is then added to it: the same seed with these bits ("limn") turned over. */
#define CONTENT_SEED 0x6c696d6e

struct _LimnGeneration
{
  LimnRequest     *request;
  char            *origin;
  guint            n_channels;
  guint            n_inputs;
  guint            n_predictions;
  gsize            n_cells;
  gsize            n;
  gboolean         guided;
  LimnWork        *work;
  LimnSource      *source;  /* (nullable) */

  guint            n_all;    /* steps from pure noise; with a source only the last of them are done */
  LimnSchedule    *schedule; /* of those that are done */
  LimnNoise       *noise;
  LimnSampler     *sampler;
  double          *first;    /* n: the noise that it begins with */
  gboolean         begun;
  LimnInpaint     *inpaint;  /* (nullable): of the source */
  LimnTrajectory  *trajectory;
  GArray          *fingerprints;
  LimnImage       *picture;

  LimnEngine      *engine;
  gboolean         prepared;
  guint            frames_done; /* steps whose frame was made, or was not wanted */
  double           timestep;    /* of the last step */
  double           denoise_seconds;
  double           max_slowdown;
  gboolean         half_picture;
  Meter            denoising;
  Meter            decoding;

  GCancellable    *cancellable; /* of the running call, for the callback */
  gboolean        *active;      /* n_cells */
  float           *x;           /* n_inputs cells: x, and for a model for inpainting mask and masked latent */
  gboolean         has_inputs;  /* these two are there */
  float           *cond;        /* n_predictions cells */
  float           *uncond;
  double          *cond_double;
  double          *uncond_double;
};

static void
meter_add (Meter *meter, double seconds)
{
  meter->least = meter->n > 0 ? MIN (meter->least, seconds) : seconds;
  meter->rest += meter->n > 0 ? seconds : 0;
  meter->n++;
}

static double
meter_sum (const Meter *meter)
{
  return meter->least + meter->rest;
}

static void
guide (LimnGeneration *self, double *prediction)
{
  gsize n_out = self->n_cells * self->n_predictions;

  for (gsize i = 0; i < n_out; i++)
    self->cond_double[i] = self->cond[i];
  for (gsize i = 0; i < self->n; i++)
    self->uncond_double[i] = self->uncond[i];
  limn_guidance_combine (self->n, self->uncond_double, self->cond_double, self->request->cfg, self->request->cfg_rescale,
                         prediction);
  /* A learned variance is not guided: it says how sure the network is, not where to go. */
  memcpy (prediction + self->n, self->cond_double + self->n, (n_out - self->n) * sizeof *prediction);
}

/* (nullable): NULL: all count: what is held looks at nothing that the network says, but rescaled guidance measures all of it, and a learned
 * variance goes its own way. */
static const gboolean *
find_active (LimnGeneration *self, guint step)
{
  if (!self->inpaint || self->n_predictions > self->n_channels || (self->guided && self->request->cfg_rescale > 0))
    return NULL;
  limn_inpaint_get_active (self->inpaint, step, self->active);
  return self->active;
}

static gboolean
denoise (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  LimnGeneration *self = data;
  gsize n_out = self->n_cells * self->n_predictions;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  for (gsize i = 0; i < self->n; i++)
    self->x[i] = (float) input->x[i];
  if (!limn_work_denoise (self->work, self->engine, find_active (self, input->step), self->x, input->timestep, self->cond,
                          self->guided ? self->uncond : NULL, self->cancellable, error))
    return FALSE;

  if (!self->guided)
    for (gsize i = 0; i < n_out; i++)
      prediction[i] = self->cond[i];
  else
    guide (self, prediction);
  if (self->inpaint)
    limn_inpaint_constrain (self->inpaint, limn_sampler_get_facts (self->request->sampler)->space, self->request->prediction, input,
                            prediction);
  return TRUE;
}

static void
take_fingerprint (LimnGeneration *self, const double *x)
{
  LimnFingerprint fingerprint;

  limn_fingerprint_take (&fingerprint, self->n, x);
  g_array_append_val (self->fingerprints, fingerprint);
}

static LimnAlphas *
new_alphas (const LimnEngineFacts *facts, LimnPrediction prediction, GError **error)
{
  LimnSchedulerConfig config = facts->scheduler;

  config.prediction_type = prediction;
  return limn_alphas_new (&config, error);
}

static LimnSampler *
new_sampler (const LimnEngineFacts *facts, const LimnSchedule *schedule, LimnSamplerKind kind, LimnPrediction prediction, double eta,
             gsize n, LimnNoise *noise, gpointer data, GError **error)
{
  LimnSamplerParams params;

  limn_sampler_params_init (&params, kind, n);
  params.prediction = prediction;
  params.variance = facts->scheduler.variance_type;
  params.eta = eta;
  return limn_sampler_new (kind, &params, schedule, noise, denoise, data, error);
}

gboolean
limn_generation_is_guided (const LimnRequest *request)
{
  return request->cfg != 1;
}

/* A latent of one element is enough to hear what schedules and samplers say. */
gboolean
limn_generation_check (const LimnRequest *request, const LimnEngineFacts *facts, GError **error)
{
  g_autoptr(LimnAlphas) alphas = new_alphas (facts, request->prediction, error);
  g_autoptr(LimnSchedule) schedule = NULL;
  g_autoptr(LimnSampler) sampler = NULL;

  if (!alphas)
    return FALSE;
  schedule = limn_schedule_new (alphas, request->schedule, request->steps, error);
  if (!schedule)
    return FALSE;
  sampler = new_sampler (facts, schedule, request->sampler, request->prediction, request->eta, 1, NULL, NULL, error);
  return sampler != NULL;
}

void
limn_generation_list_offers (const LimnEngineFacts *facts, LimnPrediction prediction, guint steps, guint *offers)
{
  g_autoptr(LimnAlphas) alphas = new_alphas (facts, prediction, NULL);
  guint n_schedules = g_strv_length ((char **) limn_schedule_kind_list_names ());

  memset (offers, 0, LIMN_SAMPLER_N_KINDS * sizeof *offers);
  for (guint i = 0; alphas && i < n_schedules; i++)
    {
      g_autoptr(LimnSchedule) schedule = limn_schedule_new (alphas, i, steps, NULL);

      for (guint k = 0; schedule && k < LIMN_SAMPLER_N_KINDS; k++)
        {
          g_autoptr(LimnSampler) sampler = new_sampler (facts, schedule, k, prediction, limn_sampler_get_facts (k)->default_eta, 1, NULL,
                                                        NULL, NULL);

          if (sampler)
            offers[k] |= 1u << i;
        }
    }
}

/* Everything up to the noise, for which no engine is needed. */
static gboolean
start (LimnGeneration *self, const LimnEngineFacts *facts, GError **error)
{
  const LimnRequest *request = self->request;
  g_autoptr(LimnAlphas) alphas = new_alphas (facts, request->prediction, error);
  g_autoptr(LimnSchedule) all = NULL;

  if (!alphas)
    return FALSE;
  all = limn_schedule_new (alphas, request->schedule, request->steps, error);
  if (!all)
    return FALSE;
  self->n_all = all->n_steps;
  self->schedule = limn_schedule_new_tail (
    all, self->source ? limn_inpaint_count_steps (all->n_steps, limn_source_get_max_strength (self->source)) : all->n_steps);

  self->noise = limn_noise_new (request->rng, limn_request_get_seed (request));
  self->sampler = new_sampler (facts, self->schedule, request->sampler, request->prediction, request->eta, self->n, self->noise, self,
                               error);
  if (!self->sampler)
    return FALSE;

  /* PyTorch's randn (1, C, H, W): one draw, in that order. */
  self->first = g_new (double, self->n);
  limn_noise_draw (self->noise, self->n, self->first);
  return TRUE;
}

/* The sampler calls its arrays "history.0", a trajectory's names have no points. */
static char *
swap_points (const char *name, char from, char to)
{
  return g_strdelimit (g_strdup (name), (char[]){ from, '\0' }, to);
}

/* After each step, so that the picture can be gone on with from anywhere. */
static void
keep_state (LimnGeneration *self)
{
  g_autoptr(GPtrArray) state = limn_sampler_save (self->sampler);

  limn_trajectory_clear_history (self->trajectory);
  for (guint i = 0; i < state->len; i++)
    {
      const LimnSamplerArray *array = g_ptr_array_index (state, i);
      g_autofree char *name = swap_points (array->name, '.', '-');

      limn_trajectory_set_history (self->trajectory, name, array->n, array->values);
    }
  if (self->inpaint && limn_inpaint_get_held (self->inpaint))
    limn_trajectory_set_history (self->trajectory, HELD, self->n, limn_inpaint_get_held (self->inpaint));
  limn_trajectory_keep_state (self->trajectory, limn_sampler_get_step (self->sampler));
}

/* @held: (nullable): see LimnInpaint. */
static void
begin (LimnGeneration *self, const double *held)
{
  if (self->source)
    {
      self->inpaint = limn_inpaint_new (self->n_channels, self->n_cells, self->n_all, self->schedule->n_steps,
                                        limn_source_get_strength (self->source), held);
      limn_inpaint_start (self->inpaint, self->sampler, self->first);
    }
  else
    limn_sampler_start (self->sampler, 0, NULL, self->first);
  self->begun = TRUE;
  take_fingerprint (self, limn_sampler_get_x (self->sampler));
  if (self->request->keep_latents)
    {
      g_autofree char *json = limn_request_to_json (self->request);

      self->trajectory = limn_trajectory_new (json, self->n_channels, limn_work_get_height_lt (self->work),
                                              limn_work_get_width_lt (self->work), limn_sampler_get_x (self->sampler),
                                              limn_sampler_get_sigma (self->sampler));
      limn_trajectory_set_origin (self->trajectory, self->origin);
      keep_state (self);
    }
}

/* As if it had never begun. */
static void
unbegin (LimnGeneration *self)
{
  self->begun = FALSE;
  g_clear_pointer (&self->inpaint, limn_inpaint_free);
  g_clear_pointer (&self->trajectory, limn_trajectory_free);
  g_array_set_size (self->fingerprints, 0);
}

static gboolean
needs_held (const LimnGeneration *self)
{
  return self->source && limn_inpaint_needs_held (self->n_all, self->n_cells, limn_source_get_strength (self->source));
}

static char *
make_origin (const LimnEngineFacts *facts)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_string (text, LIMN_ORIGIN_MODEL, facts->model_name);
  limn_json_text_add_string (text, LIMN_ORIGIN_DEVICE, facts->device);
  limn_json_text_add_string (text, LIMN_ORIGIN_DRIVER, facts->driver);
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

LimnGeneration *
limn_generation_new (const LimnRequest *request, const LimnEngineFacts *facts, LimnSource *source, GError **error)
{
  g_autoptr(LimnGeneration) self = g_new0 (LimnGeneration, 1);
  gsize n_out;

  g_return_val_if_fail (request->open == 0 && (source != NULL) == (request->source != NULL), NULL);
  g_return_val_if_fail (source || (request->width % facts->factor == 0 && request->height % facts->factor == 0), NULL);

  self->request = limn_request_copy (request);
  self->origin = make_origin (facts);
  self->source = source ? limn_source_ref (source) : NULL;
  self->work = limn_work_new (facts, request, source ? limn_source_get_width_lt (source) : request->width / facts->factor,
                              source ? limn_source_get_height_lt (source) : request->height / facts->factor);
  self->n_channels = facts->n_channels;
  self->n_inputs = facts->n_inputs;
  self->n_predictions = facts->n_predictions;
  self->n_cells = (gsize) limn_work_get_width_lt (self->work) * limn_work_get_height_lt (self->work);
  self->n = self->n_channels * self->n_cells;
  self->guided = limn_generation_is_guided (request);
  self->fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));

  n_out = self->n_cells * self->n_predictions;
  self->x = g_new0 (float, self->n_cells * self->n_inputs);
  self->has_inputs = self->n_inputs == self->n_channels;
  self->active = g_new (gboolean, self->n_cells);
  self->cond = g_new (float, n_out);
  self->uncond = g_new (float, n_out);
  self->cond_double = g_new (double, n_out);
  self->uncond_double = g_new (double, self->n);

  if (!start (self, facts, error))
    return NULL;
  if (!source)
    begin (self, NULL);
  return g_steal_pointer (&self);
}

void
limn_generation_free (LimnGeneration *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->sampler, limn_sampler_free);
  g_clear_pointer (&self->noise, limn_noise_free);
  g_clear_pointer (&self->schedule, limn_schedule_free);
  g_clear_pointer (&self->work, limn_work_free);
  g_clear_pointer (&self->source, limn_source_unref);
  g_clear_pointer (&self->inpaint, limn_inpaint_free);
  g_clear_pointer (&self->trajectory, limn_trajectory_free);
  g_clear_pointer (&self->fingerprints, g_array_unref);
  g_clear_pointer (&self->picture, limn_image_unref);
  limn_request_free (self->request);
  g_free (self->origin);
  g_free (self->first);
  g_free (self->active);
  g_free (self->x);
  g_free (self->cond);
  g_free (self->uncond);
  g_free (self->cond_double);
  g_free (self->uncond_double);
  g_free (self);
}

void
limn_generation_set_max_slowdown (LimnGeneration *self, double fraction)
{
  self->max_slowdown = fraction;
}

void
limn_generation_set_half_picture (LimnGeneration *self)
{
  self->half_picture = TRUE;
}

void
limn_generation_set_engine (LimnGeneration *self, LimnEngine *engine)
{
  self->engine = engine;
  self->prepared = FALSE;
}

/* --- What a source is to the network --- */

static gboolean
encode (LimnGeneration *self, LimnSourceFill what, float *x, GCancellable *cancellable, GError **error)
{
  guint factor = self->engine->facts.factor;
  g_autofree float *rgb = g_new0 (float, 3 * self->n_cells * factor * factor);

  if (self->source)
    limn_source_fill_rgb (self->source, what, rgb);
  return limn_work_encode (self->work, self->engine, rgb, x, cancellable, error);
}

/* For a model for inpainting, after x: the mask, and the latent of the picture in which what is masked is grey. Without a source everything is. */
static gboolean
take_inputs (LimnGeneration *self, GCancellable *cancellable, GError **error)
{
  float *mask = self->x + self->n;

  if (!encode (self, LIMN_SOURCE_MASKED, mask + self->n_cells, cancellable, error))
    return FALSE;
  for (gsize i = 0; i < self->n_cells; i++)
    mask[i] = self->source ? limn_source_get_mask (self->source)[i] : 1;
  self->has_inputs = TRUE;
  return TRUE;
}

/* Masked content that is no picture. Of a mask's soft edge the lower half stays as it is: a cell that changes late has no steps left to make
 * something of noise. */
static void
fill_latent (LimnGeneration *self, double *held)
{
  const double *strength = limn_source_get_strength (self->source);
  double half = limn_source_get_max_strength (self->source) / 2;
  g_autoptr(LimnNoise) noise = limn_noise_new (self->request->rng, limn_request_get_seed (self->request) ^ CONTENT_SEED);
  g_autofree double *content = g_new0 (double, self->n);

  if (self->request->source->content == LIMN_CONTENT_NOISE)
    limn_noise_draw (noise, self->n, content);
  for (gsize i = 0; i < self->n; i++)
    if (strength[i % self->n_cells] >= half && limn_inpaint_is_ever_active (self->n_all, strength[i % self->n_cells]))
      held[i] = content[i];
}

static gboolean
begin_from_source (LimnGeneration *self, GCancellable *cancellable, GError **error)
{
  const double *strength = limn_source_get_strength (self->source);
  g_autofree float *known = g_new (float, self->n);
  g_autofree float *initial = NULL;
  g_autofree double *held = g_new (double, self->n);

  if (!needs_held (self))
    {
      begin (self, NULL);
      return TRUE;
    }
  if (!encode (self, LIMN_SOURCE_KNOWN, known, cancellable, error))
    return FALSE;
  if (self->request->source->content == LIMN_CONTENT_BLURRED)
    {
      initial = g_new (float, self->n);
      if (!encode (self, LIMN_SOURCE_INITIAL, initial, cancellable, error))
        return FALSE;
    }
  for (gsize i = 0; i < self->n; i++)
    held[i] = initial && limn_inpaint_is_ever_active (self->n_all, strength[i % self->n_cells]) ? initial[i] : known[i];
  if (self->request->source->content == LIMN_CONTENT_NOISE || self->request->source->content == LIMN_CONTENT_EMPTY)
    fill_latent (self, held);
  begin (self, held);
  return TRUE;
}

gboolean
limn_generation_prepare (LimnGeneration *self,
                         guint64        *need_bytes,
                         guint64        *limit_bytes,
                         GCancellable   *cancellable,
                         GError        **error)
{
  const LimnRequest *request = self->request;
  LimnEngine *engine = self->engine;
  LimnEngineShape shape;
  guint64 need, limit;

  limn_work_get_shape (self->work, !self->has_inputs || (!self->begun && needs_held (self)), &shape);
  if (!engine->get_need (engine, request, &shape, self->guided, &need, &limit, error))
    return FALSE;
  if (need > limit)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
                   "A picture of %ux%u pixels needs at least %.0f MiB of memory on %s, which has %.0f MiB for it. A smaller picture "
                   "or the precision f16 needs less.",
                   request->width, request->height, need / 1048576.0, engine->facts.device, limit / 1048576.0);
      return FALSE;
    }
  if (!engine->set_prompts (engine, request, self->guided, cancellable, error) ||
      (!self->has_inputs && !take_inputs (self, cancellable, error)) || (!self->begun && !begin_from_source (self, cancellable, error)))
    return FALSE;
  self->prepared = TRUE;
  if (need_bytes)
    *need_bytes = need;
  if (limit_bytes)
    *limit_bytes = limit;
  return TRUE;
}

static gboolean
sample (LimnGeneration *self, GCancellable *cancellable, GError **error)
{
  double timestep = limn_sampler_get_timestep (self->sampler);
  gint64 begin = g_get_monotonic_time ();
  gboolean done;

  self->cancellable = cancellable;
  done = limn_sampler_step (self->sampler, error);
  self->cancellable = NULL;
  if (!done)
    return FALSE;

  self->denoise_seconds = (g_get_monotonic_time () - begin) / 1e6;
  meter_add (&self->denoising, self->denoise_seconds);
  self->timestep = timestep;
  take_fingerprint (self, limn_sampler_get_x (self->sampler));
  if (self->trajectory)
    {
      limn_trajectory_append (self->trajectory, timestep, limn_sampler_get_denoised (self->sampler),
                              limn_sampler_get_x (self->sampler), limn_sampler_get_sigma (self->sampler));
      keep_state (self);
    }
  return TRUE;
}

static gboolean
wants_frame (const LimnGeneration *self, guint step)
{
  if (step == limn_sampler_get_n_steps (self->sampler))
    return TRUE;
  if (self->request->preview == LIMN_PREVIEW_NONE || (step - 1) % self->request->preview_every != 0)
    return FALSE;
  if (self->max_slowdown <= 0 || self->decoding.n == 0)
    return TRUE;
  /* This one will take as long as the quickest did. */
  return meter_sum (&self->decoding) + self->decoding.least <= self->max_slowdown * meter_sum (&self->denoising);
}

/* Of a frame: half as wide and high. */
static gboolean
is_half (const LimnGeneration *self, guint step)
{
  return self->half_picture || (self->request->preview_half && step < limn_sampler_get_n_steps (self->sampler));
}

static LimnImage *
decode (LimnGeneration *self, guint step, GCancellable *cancellable, GError **error)
{
  const LimnRequest *request = self->request;
  guint n_steps = limn_sampler_get_n_steps (self->sampler);
  gboolean denoised = limn_frame_shows_denoised (request->preview, step, n_steps);

  return limn_frame_decode (self->engine, self->work, self->source,
                            denoised ? limn_sampler_get_denoised (self->sampler) : limn_sampler_get_x (self->sampler),
                            limn_frame_get_scale (request->sampler, limn_sampler_get_sigma (self->sampler), denoised), denoised,
                            is_half (self, step), cancellable, error);
}

static LimnStep *
new_step (const LimnGeneration *self, guint n, double sigma, const double *x, const double *denoised)
{
  LimnStep *step = g_new0 (LimnStep, 1);

  g_atomic_ref_count_init (&step->refs);
  step->step = n;
  step->n_steps = limn_sampler_get_n_steps (self->sampler);
  step->sigma = sigma;
  step->latent = g_bytes_new (x, self->n * sizeof (double));
  step->latent_scale = limn_sampler_kind_get_preview_scale (self->request->sampler, sigma);
  step->denoised = g_bytes_new (denoised, self->n * sizeof (double));
  step->fingerprint = g_array_index (self->fingerprints, LimnFingerprint, n);
  return step;
}

LimnStep *
limn_generation_step (LimnGeneration *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnImage) frame = NULL;
  double decode_seconds = 0;
  LimnStep *step;
  guint n;

  g_return_val_if_fail (self->engine && !limn_generation_is_done (self), NULL);

  if (!self->prepared && !limn_generation_prepare (self, NULL, NULL, cancellable, error))
    return NULL;
  if (limn_sampler_get_step (self->sampler) == self->frames_done && !sample (self, cancellable, error))
    return NULL;

  n = limn_sampler_get_step (self->sampler);
  if (wants_frame (self, n))
    {
      gint64 begin = g_get_monotonic_time ();

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      frame = decode (self, n, cancellable, error);
      if (!frame)
        return NULL;
      decode_seconds = (g_get_monotonic_time () - begin) / 1e6;
      meter_add (&self->decoding, decode_seconds);
    }
  self->frames_done = n;
  if (n == limn_sampler_get_n_steps (self->sampler))
    self->picture = limn_image_ref (frame);

  step = new_step (self, n, limn_sampler_get_sigma (self->sampler), limn_sampler_get_x (self->sampler),
                   limn_sampler_get_denoised (self->sampler));
  step->timestep = self->timestep;
  step->half = frame && is_half (self, n);
  step->frame = g_steal_pointer (&frame);
  step->denoise_seconds = self->denoise_seconds;
  step->decode_seconds = decode_seconds;
  return step;
}

gboolean
limn_generation_is_done (const LimnGeneration *self)
{
  return self->frames_done == limn_sampler_get_n_steps (self->sampler);
}

guint
limn_generation_get_step (const LimnGeneration *self)
{
  return self->frames_done;
}

guint
limn_generation_get_n_steps (const LimnGeneration *self)
{
  return limn_sampler_get_n_steps (self->sampler);
}

guint
limn_generation_get_width_lt (const LimnGeneration *self)
{
  return limn_work_get_width_lt (self->work);
}

guint
limn_generation_get_height_lt (const LimnGeneration *self)
{
  return limn_work_get_height_lt (self->work);
}

LimnImage *
limn_generation_get_picture (const LimnGeneration *self)
{
  return self->picture;
}

const LimnFingerprint *
limn_generation_get_fingerprint (const LimnGeneration *self, guint step)
{
  return step < self->fingerprints->len ? &g_array_index (self->fingerprints, LimnFingerprint, step) : NULL;
}

/* --- Keeping and going on --- */

LimnTrajectory *
limn_generation_get_trajectory (LimnGeneration *self)
{
  return self->trajectory;
}

/* With a source: sets out from the latent that the trajectory kept, so that no engine is needed for it. */
static gboolean
begin_from_trajectory (LimnGeneration *self, const LimnTrajectory *trajectory, GError **error)
{
  gsize n_held;
  const double *held = limn_trajectory_get_history (trajectory, HELD, &n_held);
  gboolean good = held && n_held == self->n;

  if (!needs_held (self))
    held = NULL;
  else
    {
      for (gsize i = 0; good && i < self->n; i++)
        good = isfinite (held[i]);
      if (!good)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents lack the picture that they began with.");
          return FALSE;
        }
    }
  begin (self, held);
  return TRUE;
}

static gboolean
check_trajectory (LimnGeneration *self, const LimnTrajectory *trajectory, GError **error)
{
  g_autoptr(LimnRequest) theirs = limn_request_new_from_json (limn_trajectory_get_request (trajectory), "trajectory", error);

  if (!theirs)
    return FALSE;
  if (!limn_request_equal_picture (theirs, self->request))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents belong to another picture than the one asked for.");
  else if (limn_trajectory_get_channels (trajectory) != self->n_channels ||
           limn_trajectory_get_height (trajectory) != limn_work_get_height_lt (self->work) ||
           limn_trajectory_get_width (trajectory) != limn_work_get_width_lt (self->work) ||
           limn_trajectory_get_n_steps (trajectory) > limn_generation_get_n_steps (self))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents do not have the size that their request says.");
  else if (!self->begun && !begin_from_trajectory (self, trajectory, error))
    return FALSE;
  else if (memcmp (limn_trajectory_get_latent (trajectory, 0), limn_sampler_get_x (self->sampler),
                   self->n * sizeof (double)) != 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents do not begin with the noise of their seed.");
  else
    return TRUE;
  return FALSE;
}

/* The state of the sampler, without what is not its own. */
static GPtrArray *
read_state (const LimnTrajectory *trajectory)
{
  g_autoptr(GPtrArray) state = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_sampler_array_free);
  g_autoptr(GPtrArray) names = limn_trajectory_list_history (trajectory);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *theirs = swap_points (name, '-', '.');
      gsize n;
      const double *values = limn_trajectory_get_history (trajectory, name, &n);

      if (!g_str_equal (name, HELD))
        g_ptr_array_add (state, limn_sampler_array_new (theirs, n, values));
    }
  return g_steal_pointer (&state);
}

/* Changes nothing but what unbegin() undoes, unless it succeeds. */
static gboolean
load_trajectory (LimnGeneration *self, const LimnTrajectory *trajectory, GError **error)
{
  g_autoptr(GPtrArray) state = NULL;
  g_autoptr(GPtrArray) before = NULL;
  guint n = limn_trajectory_get_n_steps (trajectory);

  if (!check_trajectory (self, trajectory, error))
    return FALSE;
  before = limn_sampler_save (self->sampler);
  state = read_state (trajectory);
  if (!limn_sampler_load (self->sampler, state, error))
    return FALSE;
  if (limn_sampler_get_step (self->sampler) == n &&
      memcmp (limn_trajectory_get_latent (trajectory, n), limn_sampler_get_x (self->sampler), self->n * sizeof (double)) == 0)
    return TRUE;
  /* What was saved from this very sampler a moment ago always fits. */
  if (!limn_sampler_load (self->sampler, before, NULL))
    g_assert_not_reached ();
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents and the kept state of the sampler do not fit together.");
  return FALSE;
}

gboolean
limn_generation_restore (LimnGeneration *self, const LimnTrajectory *trajectory, GError **error)
{
  guint n = limn_trajectory_get_n_steps (trajectory);
  gboolean was_begun = self->begun;

  g_return_val_if_fail (self->frames_done == 0 && limn_sampler_get_step (self->sampler) == 0, FALSE);

  if (!load_trajectory (self, trajectory, error))
    {
      if (!was_begun)
        unbegin (self);
      return FALSE;
    }
  for (guint i = 1; i <= n; i++)
    take_fingerprint (self, limn_trajectory_get_latent (trajectory, i));
  if (self->trajectory)
    limn_trajectory_append_from (self->trajectory, trajectory, n);
  /* The frame of the last step that was done may not have been seen: it is owed once more. It costs a decode, and when all
   * steps were done it is the picture. */
  self->frames_done = n > 0 ? n - 1 : 0;
  if (n > 0)
    self->timestep = limn_trajectory_get_timestep (trajectory, n - 1);
  return TRUE;
}

GPtrArray *
limn_generation_list_before (const LimnGeneration *self, const LimnTrajectory *trajectory)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);

  for (guint i = 1; i <= self->frames_done; i++)
    {
      LimnStep *step = new_step (self, i, limn_trajectory_get_sigma (trajectory, i), limn_trajectory_get_latent (trajectory, i),
                                 limn_trajectory_get_denoised (trajectory, i - 1));

      step->timestep = limn_trajectory_get_timestep (trajectory, i - 1);
      g_ptr_array_add (steps, step);
    }
  return steps;
}

guint
limn_generation_read_n_steps (const LimnTrajectory *trajectory)
{
  gsize n;
  guint n_steps;
  const double *position = limn_trajectory_get_history (trajectory, "position", &n);

  if (!position)
    return 0;
  n_steps = limn_sampler_position_get_n_steps (n, position);
  return n_steps >= limn_trajectory_get_n_steps (trajectory) ? n_steps : 0;
}
