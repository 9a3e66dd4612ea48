/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whole runs: words to picture, with Limn's own encoders, schedules and samplers. What a run is stands in the metadata of
 * pipeline.safetensors in words, of which the numbers are read: guidance, prompts, sizes. */
#include "config.h"

#include "limn-fixtures-checkpoint.h"

#include "base/limn-error.h"
#include "diffusion/limn-guidance.h"
#include "diffusion/limn-sampler.h"
#include "formats/limn-prompt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Guided sampling multiplies rounding: ten times what one pass may be off. */
#define RUN_FACTOR 10

/* Where no run says another. */
#define DEFAULT_GUIDANCE 7.5

/* Names of the runs in the files. @schedule: LIMN_SCHEDULE_MODEL: the timesteps that the file has. @drop_text: the unconditional side is no text, not
 * an empty one */
typedef struct
{
  const char       *name;
  LimnSamplerKind   sampler;
  LimnScheduleKind  schedule;
  LimnStart         start;
  gboolean          drop_text;
  gboolean          from_picture;
} Kind;

static const Kind kinds[] = {
  { "ddim", LIMN_SAMPLER_DDIM, LIMN_SCHEDULE_DDIM_UNIFORM, LIMN_START_SIGMA, FALSE, FALSE },
  { "plms", LIMN_SAMPLER_PLMS, LIMN_SCHEDULE_DDIM_UNIFORM, LIMN_START_SIGMA, FALSE, FALSE },
  { "keuler", LIMN_SAMPLER_EULER, LIMN_SCHEDULE_KARRAS, LIMN_START_SIGMA, FALSE, FALSE },
  { "euler", LIMN_SAMPLER_EULER, LIMN_SCHEDULE_MODEL, LIMN_START_VARIANCE, TRUE, FALSE },
  { "img2img", LIMN_SAMPLER_DDIM, LIMN_SCHEDULE_DDIM_UNIFORM, LIMN_START_SIGMA, FALSE, TRUE },
};

typedef struct
{
  LimnFixturesCheckpoint *checkpoint;
  const Kind             *kind;
  LimnSafetensors        *file;
  const char             *words; /* its metadata */
  double                  guidance;
  LimnFixturesValues      x_T;
  float                  *more; /* (nullable): @n_more values behind the latent's: mask, masked latent */
  gsize                   n_more;
  LimnConditioning       *told[2]; /* without, with the prompt */
  float                  *contexts;
  float                  *vectors;
} Run;

static void
run_clear (Run *run)
{
  limn_fixtures_values_clear (&run->x_T);
  limn_conditioning_free (run->told[0]);
  limn_conditioning_free (run->told[1]);
  g_free (run->more);
  g_free (run->contexts);
  g_free (run->vectors);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* The number behind @word, or @otherwise. */
static double
read_number (const char *words, const char *word, double otherwise)
{
  for (const char *at = words ? strstr (words, word) : NULL; at; at = strstr (at + 1, word))
    if (g_ascii_isdigit (at[strlen (word)]))
      return g_ascii_strtod (at + strlen (word), NULL);
  return otherwise;
}

/* -------- what the UNet is told -------- */

/* "time ids (64,64,0,0,64,64)", or those of text.safetensors. */
static gboolean
read_sizes (Run *run, LimnPromptSizes *sizes, GError **error)
{
  const char *at = strstr (run->words, "time ids (");
  g_autoptr (LimnSafetensors) text = NULL;
  g_auto (LimnFixturesValues) ids = { 0 };
  guint v[LIMN_PROMPT_N_SIZES];

  if (!at || sscanf (at, "time ids (%u,%u,%u,%u,%u,%u)", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]) != LIMN_PROMPT_N_SIZES)
    {
      text = limn_fixtures_checkpoint_open (run->checkpoint, "text.safetensors", error);
      if (!text || !limn_fixtures_load (text, "time_ids", 2, &ids, error))
        return FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (v); i++)
        v[i] = ids.values[i];
    }
  *sizes = (LimnPromptSizes) {
    .original_height = v[0],
    .original_width = v[1],
    .crop_y = v[2],
    .crop_x = v[3],
    .target_height = v[4],
    .target_width = v[5],
  };
  return TRUE;
}

static gboolean
tell (Run *run, GError **error)
{
  const LimnFixturesCheckpoint *checkpoint = run->checkpoint;
  const LimnUnetConfig *unet = &checkpoint->facts->unet;
  gsize n = (gsize) LIMN_PROMPT_CHUNK_LENGTH * unet->context_width;
  const char *against = strstr (run->words, "] against prompts[");
  guint prompts[2] = { MIN (2, checkpoint->n_prompts - 1), 0 };
  LimnPromptSizes sizes;

  if (against)
    {
      prompts[0] = read_number (against, "] against prompts[", 0);
      prompts[1] = read_number (run->words, "prompts[", 0);
    }
  if (prompts[0] >= checkpoint->n_prompts || prompts[1] >= checkpoint->n_prompts)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "%s: there are no such prompts", run->words);
      return FALSE;
    }
  run->contexts = g_new (float, 2 * n);
  run->vectors = unet->vector_width > 0 ? g_new (float, 2 * unet->vector_width) : NULL;
  for (guint i = 0; i < 2; i++)
    {
      LimnConditioning *told = run->told[i] = limn_conditioning_copy (checkpoint->conditionings[prompts[i]]);

      if (i == 0 && run->kind->drop_text)
        limn_conditioning_forget_text (told);
      memcpy (run->contexts + i * n, told->states, n * sizeof *told->states);
      if (!told->vector)
        continue;
      if (!read_sizes (run, &sizes, error))
        return FALSE;
      limn_prompt_sizes_embed (&sizes, LIMN_PROMPT_N_SIZES, unet->vector_step, told->vector + told->n_pooled);
      memcpy (run->vectors + i * told->vector_width, told->vector, told->vector_width * sizeof *told->vector);
    }
  return TRUE;
}

/* -------- sampling -------- */

static gboolean
denoise (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  const Run *run = data;
  gsize n = input->n, more = run->n_more;
  const float t[2] = { input->timestep, input->timestep };
  g_autofree float *x = g_new (float, 2 * (n + more));
  g_autofree float *y = g_new (float, 2 * n);
  g_autofree double *uncond = g_new (double, n);
  const LimnUnetInput both = {
    .n = 2,
    .h = run->x_T.tensor->dims[2],
    .w = run->x_T.tensor->dims[3],
    .tokens = LIMN_PROMPT_CHUNK_LENGTH,
    .x = x,
    .t = t,
    .context = run->contexts,
    .vector = run->vectors,
  };

  for (guint s = 0; s < 2; s++)
    {
      float *to = x + s * (n + more);

      for (gsize i = 0; i < n; i++)
        to[i] = input->x[i];
      if (more)
        memcpy (to + n, run->more, more * sizeof *to);
    }
  if (!limn_unet_run (run->checkpoint->unet, &both, NULL, NULL, y, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      uncond[i] = y[i];
      prediction[i] = y[n + i];
    }
  limn_guidance_combine (n, uncond, prediction, run->guidance, 0, prediction);
  return TRUE;
}

static LimnAlphas *
make_alphas (Run *run, LimnPrediction *prediction, GError **error)
{
  LimnSchedulerConfig config;

  limn_scheduler_config_init (&config);
  config.precision = LIMN_PRECISION_FLOAT64;
  if (!limn_prediction_from_name (run->checkpoint->facts->scheduler.prediction_type, &config.prediction_type, error))
    return NULL;
  *prediction = config.prediction_type;
  return limn_alphas_new (&config, error);
}

static LimnSchedule *
make_schedule (Run *run, LimnAlphas *alphas, guint n_steps, GError **error)
{
  g_autofree char *name = g_strconcat (run->kind->name, "_t_calls", NULL);
  g_auto (LimnFixturesValues) calls = { 0 };
  g_autofree double *timesteps = NULL;

  if (run->kind->schedule != LIMN_SCHEDULE_MODEL)
    return limn_schedule_new (alphas, run->kind->schedule, n_steps, error);
  if (!limn_fixtures_load (run->file, name, 1, &calls, error))
    return NULL;
  n_steps = calls.tensor->n_elements;
  timesteps = g_new (double, n_steps);
  for (guint i = 0; i < n_steps; i++)
    timesteps[i] = calls.values[i];
  return limn_schedule_new_from_timesteps (alphas, n_steps, timesteps, error);
}

static void
report (Run *run, const char *what, double error)
{
  g_autofree char *label = g_strdup_printf ("pipeline %s", run->kind->name);

  limn_fixtures_checkpoint_report (run->checkpoint, label, what, error, RUN_FACTOR);
}

static gboolean
check_picture (Run *run, const float *latent, GError **error)
{
  const LimnFixturesCheckpoint *checkpoint = run->checkpoint;
  g_autofree char *name = g_strconcat (run->kind->name, "_image", NULL);
  const guint64 *dims = run->x_T.tensor->dims;
  gsize n = run->x_T.tensor->n_elements;
  g_autofree float *z = g_new (float, n);
  g_autofree float *picture = NULL;
  g_auto (LimnFixturesValues) want = { 0 };

  if (!limn_fixtures_load (run->file, name, 4, &want, error))
    return FALSE;
  picture = g_new (float, want.tensor->n_elements);
  for (gsize i = 0; i < n; i++)
    z[i] = latent[i] / checkpoint->facts->vae.scaling_factor;
  if (!limn_vae_decode (checkpoint->decoder, 1, dims[2], dims[3], z, NULL, NULL, NULL, picture, error))
    return FALSE;
  report (run, "picture", limn_fixtures_relative_l2 (picture, want.values, want.tensor->n_elements));
  return TRUE;
}

/* The latent that a run from a picture begins with: image_a through Limn's own encoder, and the noise of one node above the first step: the
 * reference is one off there. */
static gboolean
start_from_picture (Run *run, LimnSampler *sampler, const LimnSchedule *schedule, guint first, GError **error)
{
  LimnFixturesCheckpoint *checkpoint = run->checkpoint;
  g_autoptr (LimnSafetensors) pictures = limn_fixtures_checkpoint_open (checkpoint, "vae.safetensors", error);
  const guint64 *dims = run->x_T.tensor->dims;
  gsize n = run->x_T.tensor->n_elements;
  double bar = schedule->alpha_bar[first - 1];
  g_autofree float *init = g_new (float, 2 * n);
  g_autofree double *x = g_new (double, n);
  g_auto (LimnFixturesValues) picture = { 0 };
  g_auto (LimnFixturesValues) want = { 0 };

  if (!pictures || !limn_fixtures_load (pictures, "image_a", 4, &picture, error)
      || !limn_fixtures_load (run->file, "img2img_init", 4, &want, error)
      || !limn_vae_encode (checkpoint->encoder, 1, dims[2], dims[3], picture.values, NULL, NULL, init, init + n, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      init[i] *= checkpoint->facts->vae.scaling_factor;
      x[i] = sqrt (bar) * init[i] + sqrt (1 - bar) * run->x_T.values[i];
    }
  report (run, "source", limn_fixtures_relative_l2 (init, want.values, n));
  limn_sampler_start_raw (sampler, first, x);
  return TRUE;
}

static gboolean
walk (Run *run, LimnSampler *sampler, GError **error)
{
  g_autofree char *states_name = g_strconcat (run->kind->name, "_states", NULL);
  gsize n = run->x_T.tensor->n_elements;
  g_autofree float *latent = g_new (float, n);
  g_auto (LimnFixturesValues) states = { 0 };
  double worst = 0;

  /* [1 + steps, 1, c, h, w], or the last one alone */
  if (limn_safetensors_lookup (run->file, states_name) && !limn_fixtures_load (run->file, states_name, 5, &states, error))
    return FALSE;
  while (!limn_sampler_is_done (sampler))
    {
      if (!limn_sampler_step (sampler, error))
        return FALSE;
      for (gsize i = 0; i < n; i++)
        latent[i] = limn_sampler_get_x (sampler)[i];
      if (states.values)
        worst = MAX (worst, limn_fixtures_relative_l2 (latent, states.values + limn_sampler_get_step (sampler) * n, n));
    }
  if (!states.values)
    {
      g_autofree char *latent_name = g_strconcat (run->kind->name, "_latent", NULL);

      if (!limn_fixtures_load (run->file, latent_name, 4, &states, error))
        return FALSE;
      worst = limn_fixtures_relative_l2 (latent, states.values, n);
    }
  report (run, "latents", worst);
  return check_picture (run, latent, error);
}

/* How many steps the whole schedule has: as there are states, or "8 DDIM steps". */
static guint
read_n_steps (Run *run)
{
  g_autofree char *name = g_strconcat (run->kind->name, "_states", NULL);
  const LimnSafetensorsTensor *states = limn_safetensors_lookup (run->file, name);
  const char *at = strstr (run->words, " DDIM steps");

  if (states)
    return states->dims[0] - 1;
  while (at && at > run->words && g_ascii_isdigit (at[-1]))
    at--;
  return at ? g_ascii_strtoull (at, NULL, 10) : 0;
}

static gboolean
check_run (Run *run, GError **error)
{
  g_autoptr (LimnAlphas) alphas = NULL;
  g_autoptr (LimnSchedule) schedule = NULL;
  g_autoptr (LimnSampler) sampler = NULL;
  g_autofree double *noise = NULL;
  LimnPrediction prediction;
  LimnSamplerParams params;
  guint n_steps = read_n_steps (run);
  gsize n = run->x_T.tensor->n_elements;

  alphas = tell (run, error) ? make_alphas (run, &prediction, error) : NULL;
  schedule = alphas ? make_schedule (run, alphas, n_steps, error) : NULL;
  if (!schedule)
    return FALSE;
  limn_sampler_params_init (&params, run->kind->sampler, n);
  params.prediction = prediction;
  params.start = run->kind->start;
  params.eta = 0;
  sampler = limn_sampler_new (run->kind->sampler, &params, schedule, NULL, denoise, run, error);
  if (!sampler)
    return FALSE;
  if (run->kind->from_picture)
    {
      guint t_enc = read_number (run->words, "t_enc ", 0);

      if (t_enc == 0 || t_enc >= schedule->n_steps)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "%s: where does that begin?", run->words);
          return FALSE;
        }
      return start_from_picture (run, sampler, schedule, schedule->n_steps - t_enc, error) && walk (run, sampler, error);
    }
  noise = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    noise[i] = run->x_T.values[i];
  limn_sampler_start (sampler, 0, NULL, noise);
  return walk (run, sampler, error);
}

/* The five channels that a model for inpainting sees beside the latent, as the file has them. */
static gboolean
load_more (Run *run, GError **error)
{
  g_auto (LimnFixturesValues) mask = { 0 };
  g_auto (LimnFixturesValues) masked = { 0 };
  gsize n_mask;

  if (run->checkpoint->facts->unet.in_channels == run->checkpoint->facts->unet.out_channels)
    return TRUE;
  if (!limn_fixtures_load (run->file, "latent_mask", 4, &mask, error) || !limn_fixtures_load (run->file, "masked_latent", 4, &masked, error))
    return FALSE;
  n_mask = mask.tensor->n_elements;
  run->n_more = n_mask + masked.tensor->n_elements;
  run->more = g_new (float, run->n_more);
  memcpy (run->more, mask.values, n_mask * sizeof *run->more);
  memcpy (run->more + n_mask, masked.values, masked.tensor->n_elements * sizeof *run->more);
  return TRUE;
}

gboolean
limn_fixtures_check_runs (LimnFixturesCheckpoint *self, GError **error)
{
  g_autoptr (LimnSafetensors) file = limn_fixtures_checkpoint_open (self, "pipeline.safetensors", error);

  for (gsize i = 0; file && i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto (Run) run = { .checkpoint = self, .kind = &kinds[i], .file = file };

      run.words = limn_safetensors_get_metadata (file, kinds[i].name);
      if (!run.words)
        continue;
      run.guidance = read_number (run.words, "guidance ", read_number (run.words, "CFG scale ", DEFAULT_GUIDANCE));
      if (!limn_fixtures_load (file, "x_T", 4, &run.x_T, error) || !load_more (&run, error) || !check_run (&run, error))
        return FALSE;
    }
  return file != NULL;
}
