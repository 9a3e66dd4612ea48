/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A step is two things that may fail by themselves: the sampler's step and the decode of its frame. The first changes nothing
 * when it fails (limn-sampler.h); the second is marked as owed (frames_done < steps of the sampler) and is paid before the next
 * step begins. So a call that failed can be repeated at any point, with whatever engine there is then.
 *
 * Where a segment begins, the step is tried with a sampler of its own (next), which takes the place of the old one (stage) only when it has
 * made the step: until then the picture can still be steered elsewhere.
 *
 * Frames never feed back: a decode reads x and writes to nothing that the sampler sees. */
#include "config.h"

#include "session/limn-generation-private.h"

#include "base/limn-error.h"
#include "diffusion/limn-guidance.h"
#include "session/limn-frame.h"
#include "session/limn-json-text.h"
#include "session/limn-start-noise.h"
#include "session/limn-steer.h"

#include <math.h>
#include <string.h>

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
  limn_guidance_combine (self->n, self->uncond_double, self->cond_double, self->now->request->cfg, self->now->request->cfg_rescale,
                         prediction);
  /* A learned variance is not guided: it says how sure the network is, not where to go. */
  memcpy (prediction + self->n, self->cond_double + self->n, (n_out - self->n) * sizeof *prediction);
}

/* (nullable): NULL: all count: what is held looks at nothing that the network says, but rescaled guidance measures all of it, and a learned
 * variance goes its own way. */
static const gboolean *
find_active (LimnGeneration *self, guint step)
{
  const LimnRequest *request = self->now->request;

  self->asked = TRUE;
  if (!self->inpaint || self->n_predictions > self->n_channels || (limn_generation_is_guided (request) && request->cfg_rescale > 0))
    return NULL;
  limn_inpaint_get_active (self->inpaint, step, self->active);
  self->asked = memchr (self->active, TRUE, self->n_cells * sizeof *self->active) != NULL;
  return self->active;
}

/* @controls: (out): what speaks in this step. As if the segment were in force to its end: a branch that cuts it short changes nothing of what was. */
static guint
find_controls (const LimnGeneration *self, guint step, LimnEngineControl *controls)
{
  const LimnSegment *now = self->now;
  guint n = 0;

  for (guint i = 0; now->controls && i < now->controls->len; i++)
    {
      const LimnControlPicture *picture = g_ptr_array_index (now->controls, i);
      const LimnRequestControl *control = picture->control;

      if (limn_request_control_is_active (control, now->first + step - now->node, now->first + now->schedule->n_steps - now->node))
        controls[n++] = (LimnEngineControl){ control->model, picture->hint, (float) control->strength };
    }
  return n;
}

static gboolean
denoise (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  LimnGeneration *self = data;
  const LimnRequest *request = self->now->request;
  gboolean guided = limn_generation_is_guided (request);
  gsize n_out = self->n_cells * self->n_predictions;
  LimnEngineControl controls[LIMN_REQUEST_MAX_CONTROLS];
  guint n_controls = find_controls (self, input->step, controls);

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  for (gsize i = 0; i < self->n; i++)
    self->x[i] = (float) input->x[i];
  if (!limn_work_denoise (self->work, self->engine, self->now->first + input->step - self->now->node, find_active (self, input->step), controls,
                          n_controls, self->x, input->timestep, self->cond, guided ? self->uncond : NULL, self->cancellable, error))
    return FALSE;

  if (!guided)
    for (gsize i = 0; i < n_out; i++)
      prediction[i] = self->cond[i];
  else
    guide (self, prediction);
  if (self->inpaint)
    limn_inpaint_constrain (self->inpaint, limn_sampler_get_facts (request->sampler)->space, request->prediction, input, prediction);
  return TRUE;
}

const LimnSegment *
limn_generation_get_segment (const LimnGeneration *self, guint i)
{
  return g_ptr_array_index (self->segments, i);
}

/* --- From nothing to x_T --- */

void
limn_generation_take_fingerprint (LimnGeneration *self, const double *x)
{
  LimnFingerprint fingerprint;

  limn_fingerprint_take (&fingerprint, self->n, x);
  g_array_append_val (self->fingerprints, fingerprint);
}

void
limn_generation_leave (LimnStage *stage)
{
  g_clear_pointer (&stage->sampler, limn_sampler_free);
  g_clear_pointer (&stage->noise, limn_noise_free);
  stage->segment = 0;
}

void
limn_generation_enter (LimnGeneration *self, guint i, LimnStage *stage)
{
  limn_generation_leave (stage);
  stage->segment = i;
  for (guint k = i; k > self->stage.segment && !stage->noise; k--)
    {
      const LimnSegment *segment = limn_generation_get_segment (self, k);

      if (segment->branch->noise == LIMN_FRESH_NOISE_STREAM)
        stage->noise = limn_noise_new (segment->request->rng, segment->fresh_seed);
    }
  stage->sampler = limn_segment_new_sampler (limn_generation_get_segment (self, i), self->variance, self->n,
                                             stage->noise ? stage->noise : self->noise, denoise, self);
}

/* Everything up to the noise, for which no engine is needed. */
static gboolean
start (LimnGeneration *self, const LimnEngineFacts *facts, GError **error)
{
  const LimnSegment *root;

  self->segments = limn_segments_new (self->request, facts, self->funcs, self->funcs_data, error);
  if (!self->segments)
    return FALSE;
  root = limn_generation_get_segment (self, 0);
  self->work = limn_work_new (facts, root->request,
                              root->source ? limn_source_get_width_lt (root->source) : root->request->width / facts->factor,
                              root->source ? limn_source_get_height_lt (root->source) : root->request->height / facts->factor);
  self->n_cells = (gsize) limn_work_get_width_lt (self->work) * limn_work_get_height_lt (self->work);
  self->n = self->n_channels * self->n_cells;

  /* PyTorch's randn (1, C, H, W): one draw, in that order. */
  self->noise = limn_start_noise_new (root->request);
  self->first = g_new (double, self->n);
  limn_start_noise_draw (self->noise, root->request, self->n_channels, limn_work_get_height_lt (self->work),
                         limn_work_get_width_lt (self->work), facts->factor, self->first);
  limn_generation_enter (self, 0, &self->stage);
  return TRUE;
}

static void
start_sampler (LimnGeneration *self, LimnSampler *sampler, const double *noise)
{
  if (self->inpaint)
    limn_inpaint_start (self->inpaint, sampler, noise);
  else
    limn_sampler_start (sampler, 0, NULL, noise);
}

void
limn_generation_begin (LimnGeneration *self)
{
  start_sampler (self, self->stage.sampler, self->first);
  self->begun = TRUE;
  limn_generation_take_fingerprint (self, limn_sampler_get_x (self->stage.sampler));
  if (self->request->keep_latents)
    {
      g_autofree char *json = limn_request_to_json (self->request);

      self->trajectory = limn_trajectory_new (json, self->n_channels, limn_work_get_height_lt (self->work),
                                              limn_work_get_width_lt (self->work), limn_sampler_get_x (self->stage.sampler),
                                              limn_sampler_get_sigma (self->stage.sampler));
      limn_trajectory_set_origin (self->trajectory, self->origin);
      limn_generation_keep_state (self);
    }
}

void
limn_generation_unbegin (LimnGeneration *self)
{
  self->begun = FALSE;
  limn_generation_release (self);
  g_clear_pointer (&self->trajectory, limn_trajectory_free);
  g_array_set_size (self->fingerprints, 0);
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
limn_generation_new_from (const LimnRequest      *request,
                          const LimnEngineFacts  *facts,
                          const LimnSegmentFuncs *funcs,
                          gpointer                funcs_data,
                          GError                **error)
{
  g_autoptr(LimnGeneration) self = g_new0 (LimnGeneration, 1);
  gsize n_out;

  g_return_val_if_fail (request->open == 0, NULL);

  self->request = limn_request_copy (request);
  self->origin = make_origin (facts);
  self->funcs = funcs;
  self->funcs_data = funcs_data;
  self->n_channels = facts->n_channels;
  self->n_inputs = facts->n_inputs;
  self->n_predictions = facts->n_predictions;
  self->variance = facts->scheduler.variance_type;
  self->fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));
  if (!start (self, facts, error))
    return NULL;

  n_out = self->n_cells * self->n_predictions;
  self->x = g_new0 (float, self->n_cells * self->n_inputs);
  self->active = g_new (gboolean, self->n_cells);
  self->cond = g_new (float, n_out);
  self->uncond = g_new (float, n_out);
  self->cond_double = g_new (double, n_out);
  self->uncond_double = g_new (double, self->n);

  if (!limn_generation_get_segment (self, 0)->source && !limn_generation_get_segment (self, 0)->pictures)
    limn_generation_begin (self);
  return g_steal_pointer (&self);
}

static LimnSource *
get_only_source (gpointer data, const LimnRequest *request, GError **error)
{
  return limn_source_ref (data);
}

LimnGeneration *
limn_generation_new (const LimnRequest *request, const LimnEngineFacts *facts, LimnSource *source, GError **error)
{
  static const LimnSegmentFuncs funcs = { get_only_source, NULL };

  g_return_val_if_fail ((source != NULL) == (request->source != NULL), NULL);

  return limn_generation_new_from (request, facts, &funcs, source, error);
}

void
limn_generation_free (LimnGeneration *self)
{
  if (!self)
    return;
  limn_generation_leave (&self->stage);
  limn_generation_leave (&self->next);
  g_clear_pointer (&self->noise, limn_noise_free);
  g_clear_pointer (&self->segments, g_ptr_array_unref);
  g_clear_pointer (&self->work, limn_work_free);
  limn_generation_release (self);
  g_clear_pointer (&self->inputs_source, limn_source_unref);
  g_clear_pointer (&self->trajectory, limn_trajectory_free);
  g_clear_pointer (&self->fingerprints, g_array_unref);
  g_clear_pointer (&self->picture, limn_image_unref);
  limn_request_free (self->request);
  g_free (self->origin);
  g_free (self->small_decoder);
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
limn_generation_set_small_decoder (LimnGeneration *self, const char *path)
{
  g_free (self->small_decoder);
  self->small_decoder = g_strdup (path);
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
  self->prompts = NULL;
}

/* --- The way --- */

/* Steps that the sampler has done; their frames may be owed. */
static guint
get_sampled (const LimnGeneration *self)
{
  const LimnSegment *segment = limn_generation_get_segment (self, self->stage.segment);

  return segment->first + limn_sampler_get_step (self->stage.sampler) - segment->node;
}

static guint
get_all (const LimnGeneration *self)
{
  return limn_segments_count_steps (self->segments);
}

/* That the next step is done in; after the last the last. */
static guint
get_next_segment (const LimnGeneration *self)
{
  return limn_segments_find (self->segments, MIN (get_sampled (self) + 1, get_all (self)));
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
  gboolean guided = FALSE, encodes = FALSE;
  LimnEngineShape shape;
  guint64 need, limit;
  LimnPipelinePlan plan;

  /* Of all that comes, so that none of it is too much when half is done. */
  for (guint i = self->begun ? get_next_segment (self) : 0; i < self->segments->len; i++)
    {
      const LimnSegment *segment = limn_generation_get_segment (self, i);

      guided = guided || limn_generation_is_guided (segment->request);
      encodes = encodes || limn_generation_needs_encoder (self, segment);
    }
  limn_work_get_shape (self->work, encodes, &shape);
  if (!engine->get_need (engine, request, &shape, guided, &need, &limit, &plan, error))
    return FALSE;
  if (plan == LIMN_PLAN_NONE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
                   "A picture of %ux%u pixels needs at least %.0f MiB of memory on %s, which has %.0f MiB for it. A smaller picture "
                   "or the precision f16 needs less.",
                   request->width, request->height, need / 1048576.0, engine->facts.device, limit / 1048576.0);
      return FALSE;
    }
  if (!self->begun)
    {
      if (!limn_generation_take_source (self, limn_generation_get_segment (self, 0), cancellable, error))
        return FALSE;
      limn_generation_begin (self);
    }
  self->last_frame_only = plan == LIMN_PLAN_ALONE;
  self->prepared = TRUE;
  if (need_bytes)
    *need_bytes = need;
  if (limit_bytes)
    *limit_bytes = limit;
  return TRUE;
}

/* What the engine must know for a step of @segment. */
static gboolean
address (LimnGeneration *self, const LimnSegment *segment, GCancellable *cancellable, GError **error)
{
  LimnEngine *engine = self->engine;
  /* Also where a branch leaves it before its end: those that share its steps have them of the same prompts. */
  guint n_steps = segment->first + segment->schedule->n_steps - segment->node;

  if (self->prompts != segment)
    {
      self->prompts = NULL;
      if (!engine->set_prompts (engine, segment->request, n_steps, limn_generation_is_guided (segment->request), cancellable, error))
        return FALSE;
      if (engine->load_controls && !engine->load_controls (engine, segment->request, cancellable, error))
        return FALSE;
      self->prompts = segment;
    }
  return limn_generation_take_source (self, segment, cancellable, error);
}

static void
renoise (LimnGeneration *self, const LimnSegment *segment, LimnStage *stage)
{
  const LimnRequestBranch *branch = segment->branch;
  g_autoptr(LimnNoise) noise = limn_noise_new (segment->request->rng, segment->fresh_seed);
  g_autofree double *fresh = g_new (double, self->n);

  limn_noise_draw (noise, self->n, fresh);
  limn_sampler_renoise (stage->sampler, limn_sampler_get_denoised (self->stage.sampler), branch->noise_amount, fresh);
}

/* At step 0 there is no picture in x yet: the noise itself turns. */
static void
start_over (LimnGeneration *self, const LimnSegment *segment, LimnStage *stage)
{
  const LimnRequestBranch *branch = segment->branch;
  double amount = branch->noise == LIMN_FRESH_NOISE_RENOISE ? branch->noise_amount : 0, keep = sqrt (1 - amount * amount);
  g_autoptr(LimnNoise) noise = limn_noise_new (segment->request->rng, segment->fresh_seed);
  g_autofree double *mixed = g_new (double, self->n);

  limn_noise_draw (noise, self->n, mixed);
  for (gsize i = 0; i < self->n; i++)
    mixed[i] = amount == 0 ? self->first[i] : keep * self->first[i] + amount * mixed[i];
  start_sampler (self, stage->sampler, mixed);
}

/* Out of the last segment into the next. */
static void
turn (LimnGeneration *self, guint i)
{
  const LimnSegment *segment = limn_generation_get_segment (self, i);
  LimnStage *stage = &self->next;

  limn_generation_enter (self, i, stage);
  if (segment->first == 0)
    start_over (self, segment, stage);
  else
    {
      if (segment->goes_on)
        limn_sampler_take_over (stage->sampler, self->stage.sampler);
      else
        limn_sampler_start_from (stage->sampler, segment->node, self->stage.sampler);
      if (segment->branch->noise == LIMN_FRESH_NOISE_RENOISE && segment->branch->noise_amount > 0)
        renoise (self, segment, stage);
    }
}

void
limn_generation_take_stage (LimnGeneration *self, LimnStage *stage)
{
  LimnNoise *noise = g_steal_pointer (&stage->noise);

  limn_generation_leave (&self->stage);
  self->stage = *stage;
  *stage = (LimnStage){ 0 };
  if (noise)
    {
      limn_noise_free (self->noise);
      self->noise = noise;
    }
}

static gboolean
sample (LimnGeneration *self, GCancellable *cancellable, GError **error)
{
  guint i = get_next_segment (self);
  const LimnSegment *segment = limn_generation_get_segment (self, i);
  LimnSampler *sampler;
  gint64 begin;
  double timestep;
  gboolean done;

  if (!address (self, segment, cancellable, error))
    return FALSE;
  if (i != self->stage.segment && !self->next.sampler)
    turn (self, i);
  sampler = i != self->stage.segment ? self->next.sampler : self->stage.sampler;
  timestep = limn_sampler_get_timestep (sampler);

  begin = g_get_monotonic_time ();
  self->now = segment;
  self->cancellable = cancellable;
  self->asked = FALSE;
  done = limn_sampler_step (sampler, error);
  self->now = NULL;
  self->cancellable = NULL;
  if (!done)
    return FALSE;

  self->denoise_seconds = (g_get_monotonic_time () - begin) / 1e6;
  meter_add (&self->denoising, self->denoise_seconds);
  if (self->next.sampler)
    limn_generation_take_stage (self, &self->next);
  self->n_computed += self->asked;
  self->timestep = timestep;
  limn_generation_take_fingerprint (self, limn_sampler_get_x (sampler));
  if (self->trajectory)
    {
      limn_trajectory_append (self->trajectory, timestep, limn_sampler_get_denoised (sampler), limn_sampler_get_x (sampler),
                              limn_sampler_get_sigma (sampler));
      limn_generation_keep_state (self);
    }
  return TRUE;
}

static gboolean
wants_frame (const LimnGeneration *self, guint step)
{
  if (step == get_all (self))
    return TRUE;
  if (self->last_frame_only || self->request->preview == LIMN_PREVIEW_NONE || (step - 1) % self->request->preview_every != 0)
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
  return self->half_picture || (self->request->preview_half && step < get_all (self));
}

static LimnImage *
decode_by (LimnGeneration *self, guint step, const char *small, GCancellable *cancellable, GError **error)
{
  const LimnRequest *request = self->request;
  const LimnSegment *segment = limn_generation_get_segment (self, self->stage.segment);
  const LimnSampler *sampler = self->stage.sampler;
  gboolean denoised = limn_frame_shows_denoised (request->preview, step, get_all (self));

  return limn_frame_decode (self->engine, self->work, segment->source,
                            denoised ? limn_sampler_get_denoised (sampler) : limn_sampler_get_x (sampler),
                            limn_frame_get_scale (segment->request->sampler, limn_sampler_get_sigma (sampler), denoised), denoised,
                            is_half (self, step), small, cancellable, error);
}

/* What stops the small decoder stops no picture: the model has its own. */
static LimnImage *
decode (LimnGeneration *self, guint step, gboolean *rough, GCancellable *cancellable, GError **error)
{
  g_autoptr(GError) local = NULL;
  LimnImage *frame;

  *rough = self->small_decoder && self->engine->decode_small && step < get_all (self);
  if (!*rough)
    return decode_by (self, step, NULL, cancellable, error);
  frame = decode_by (self, step, self->small_decoder, cancellable, &local);
  if (frame)
    return frame;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED) || g_error_matches (local, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  g_debug ("previews by the model's own decoder: %s", local->message);
  g_clear_pointer (&self->small_decoder, g_free);
  *rough = FALSE;
  return decode_by (self, step, NULL, cancellable, error);
}

LimnStep *
limn_generation_new_step (const LimnGeneration *self, guint n, double sigma, const double *x, const double *denoised)
{
  const LimnSegment *segment = limn_generation_get_segment (self, limn_segments_find (self->segments, n));
  LimnStep *step = g_new0 (LimnStep, 1);

  g_atomic_ref_count_init (&step->refs);
  step->step = n;
  step->n_steps = get_all (self);
  step->sigma = sigma;
  step->latent = g_bytes_new (x, self->n * sizeof (double));
  step->latent_scale = limn_sampler_kind_get_preview_scale (segment->request->sampler, sigma);
  step->denoised = g_bytes_new (denoised, self->n * sizeof (double));
  step->fingerprint = g_array_index (self->fingerprints, LimnFingerprint, n);
  return step;
}

LimnStep *
limn_generation_step (LimnGeneration *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnImage) frame = NULL;
  gboolean rough = FALSE;
  double decode_seconds = 0;
  LimnStep *step;
  guint n;

  g_return_val_if_fail (self->engine && !limn_generation_is_done (self), NULL);

  if (!self->prepared && !limn_generation_prepare (self, NULL, NULL, cancellable, error))
    return NULL;
  if (get_sampled (self) == self->frames_done && !sample (self, cancellable, error))
    return NULL;

  n = get_sampled (self);
  if (wants_frame (self, n))
    {
      gint64 begin = g_get_monotonic_time ();

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      frame = decode (self, n, &rough, cancellable, error);
      if (!frame)
        return NULL;
      decode_seconds = (g_get_monotonic_time () - begin) / 1e6;
      meter_add (&self->decoding, decode_seconds);
    }
  self->frames_done = n;
  if (n == get_all (self))
    self->picture = limn_image_ref (frame);

  step = limn_generation_new_step (self, n, limn_sampler_get_sigma (self->stage.sampler), limn_sampler_get_x (self->stage.sampler),
                                   limn_sampler_get_denoised (self->stage.sampler));
  step->timestep = self->timestep;
  step->half = frame && is_half (self, n);
  step->rough = rough;
  step->frame = g_steal_pointer (&frame);
  step->denoise_seconds = self->denoise_seconds;
  step->decode_seconds = decode_seconds;
  return step;
}

gboolean
limn_generation_steer (LimnGeneration *self, const LimnRequest *wanted, guint *step, GError **error)
{
  guint done = get_sampled (self);
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GPtrArray) segments = NULL;

  g_return_val_if_fail (self->engine && self->begun, FALSE);

  if (done == get_all (self))
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The picture is finished: nothing is left to be changed in it.");
      return FALSE;
    }
  request = limn_steer_request (self->request, wanted, done, error);
  if (!request)
    return FALSE;
  segments = limn_segments_new (request, &self->engine->facts, self->funcs, self->funcs_data, error);
  if (!segments)
    return FALSE;

  /* What was done is the same in both; what was tried is not. */
  limn_generation_leave (&self->next);
  self->prompts = NULL;
  g_ptr_array_unref (self->segments);
  self->segments = g_steal_pointer (&segments);
  self->stage.segment = limn_segments_find (self->segments, done);
  limn_request_free (self->request);
  self->request = g_steal_pointer (&request);
  limn_generation_keep_request (self);
  *step = done;
  return TRUE;
}

const LimnRequest *
limn_generation_get_request (const LimnGeneration *self)
{
  return self->request;
}

gboolean
limn_generation_is_done (const LimnGeneration *self)
{
  return self->frames_done == get_all (self);
}

guint
limn_generation_get_step (const LimnGeneration *self)
{
  return self->frames_done;
}

guint
limn_generation_get_n_steps (const LimnGeneration *self)
{
  return get_all (self);
}

guint
limn_generation_get_n_computed (const LimnGeneration *self)
{
  return self->n_computed;
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
