/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whole networks: the starter model, and the UNet and VAE of Stable Diffusion 1.5 with made-up weights, since what they
 * take does not depend on what they have learnt. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include "base/limn-error.h"
#include "model/limn-pipeline.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"
#include "ops/limn-tuner.h"

#include <string.h>

#define TOKENS 77

/* runwayml/stable-diffusion-v1-5: unet/config.json and vae/config.json */
static const LimnUnetConfig sd_unet = {
  .in_channels = 4,
  .out_channels = 4,
  .sample_size = 64,
  .context_width = 768,
  .groups = 32,
  .eps = 1e-5f,
  .flip = TRUE,
  .n_levels = 4,
  .levels = {
    { 320, 2, 8, 1, TRUE, TRUE },
    { 640, 2, 8, 1, TRUE, TRUE },
    { 1280, 2, 8, 1, TRUE, TRUE },
    { 1280, 2, 8, 1, FALSE, FALSE },
  },
  .mid_depth = 1,
};
static const LimnVaeConfig sd_vae = {
  .in_channels = 3,
  .out_channels = 3,
  .latent_channels = 4,
  .sample_size = 512,
  .groups = 32,
  .n_layers = 2,
  .scaling_factor = 0.18215,
  .n_levels = 4,
  .channels = { 128, 256, 512, 512 },
};

/* A step and a decode of the chosen size shall take no longer than this together. Each runs twice or more. */
#define SD_SECONDS 20.0

/* Before a matrix product was measured: what is left of the peak in a large network, roughly. */
#define SD_PART_OF_PEAK 0.4

/* In float16: 1.6 GiB for the UNet's weights and 0.16 for the VAE's; and activations. */
#define SD_NEED_BYTES ((guint64) 5 << 29)

static const guint sd_sizes[] = { 64, 128, 192, 256, 384, 512 };

typedef struct
{
  guint     size_lt;
  guint     n;
  LimnUnet *unet;
  LimnVae  *vae;
  LimnVae  *encoder;
  float    *x;
  float    *context;
  float    *y;
  guint8   *rgba;
  float    *rgb;
} SdRun;

static void
sd_run_clear (SdRun *run)
{
  limn_unet_free (run->unet);
  limn_vae_free (run->vae);
  limn_vae_free (run->encoder);
  g_free (run->x);
  g_free (run->context);
  g_free (run->y);
  g_free (run->rgba);
  g_free (run->rgb);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SdRun, sd_run_clear)

static gboolean
run_sd_step (gpointer data, GCancellable *cancellable, GError **error)
{
  SdRun *run = data;
  const float timesteps[2] = { 500, 500 };

  const LimnUnetInput input = {
    .n = 2,
    .h = run->size_lt,
    .w = run->size_lt,
    .tokens = TOKENS,
    .x = run->x,
    .t = timesteps,
    .context = run->context,
  };

  return limn_unet_run (run->unet, &input, NULL, cancellable, run->y, error);
}

static gboolean
run_sd_decode (gpointer data, GCancellable *cancellable, GError **error)
{
  SdRun *run = data;

  return limn_vae_decode (run->vae, 1, run->size_lt, run->size_lt, run->x, NULL, cancellable, run->rgba, NULL, error);
}

static gboolean
run_sd_encode (gpointer data, GCancellable *cancellable, GError **error)
{
  SdRun *run = data;
  gsize n = (gsize) 4 * run->size_lt * run->size_lt;

  return limn_vae_encode (run->encoder, 1, run->size_lt, run->size_lt, run->rgb, NULL, cancellable, run->y, run->y + n, error);
}

/* Software takes the machine's memory, of which others may have most: there a process that asks for too much is killed, and
 * with it perhaps what the person was doing. */
static guint64
get_free_bytes (LimnCliBench *bench)
{
  guint64 budget = limn_gl_get_budget_bytes (bench->gl) - MIN (limn_gl_get_budget_bytes (bench->gl),
                                                               limn_gl_get_allocated_bytes (bench->gl));
  g_autofree char *info = NULL;
  const char *line;

  if (limn_gl_get_device (bench->gl)->device_class != LIMN_GL_SOFTWARE ||
      !g_file_get_contents ("/proc/meminfo", &info, NULL, NULL) || !(line = strstr (info, "MemAvailable:")))
    return budget;
  return MIN (budget, g_ascii_strtoull (line + strlen ("MemAvailable:"), NULL, 10) << 10);
}

/* Picks the largest size that takes no longer than SD_SECONDS, and the work it is. */
static gboolean
choose_size (LimnCliBench *bench, SdRun *run, double *step_flops, double *decode_flops, GError **error)
{
  double rate = 1e9 * MAX (bench->product_gflops, SD_PART_OF_PEAK * bench->probe.fma_gflops);

  for (gsize i = 0; i < G_N_ELEMENTS (sd_sizes); i++)
    {
      guint size_lt = sd_sizes[i] / 8;
      g_auto(LimnPassNeed) step = { 0 };
      g_auto(LimnPassNeed) decode = { 0 };

      if (!limn_unet_plan (run->unet, 2, size_lt, size_lt, TOKENS, &step, error) ||
          !limn_vae_plan (run->vae, 1, size_lt, size_lt, 0, &decode, error))
        return FALSE;
      if (i > 0 && (step.flops + decode.flops) / rate > SD_SECONDS)
        break;
      run->size_lt = size_lt;
      *step_flops = step.flops;
      *decode_flops = decode.flops;
    }
  return TRUE;
}

gboolean
limn_cli_bench_sd (LimnCliBench *bench, GError **error)
{
  LimnCliBenchRow step = { "SD 1.5 guided step", "UNet, two samples, f16", 0, 1, NULL };
  LimnCliBenchRow decode = { "SD 1.5 decode", "VAE, f16", 0, 1, NULL };
  LimnCliBenchRow encode = { "SD 1.5 encode", "VAE, f16", 0, 1, NULL };
  gboolean wants_step = limn_cli_bench_wants (bench, step.name, step.shape);
  gboolean wants_decode = limn_cli_bench_wants (bench, decode.name, decode.shape);
  gboolean wants_encode = limn_cli_bench_wants (bench, encode.name, encode.shape);
  g_autoptr(LimnArena) arena = NULL;
  g_auto(SdRun) run = { 0 };
  g_autofree char *step_shape = NULL;
  g_autofree char *decode_shape = NULL;
  g_auto(LimnPassNeed) need = { 0 };
  LimnLoader loader;
  gsize n;

  if (bench->quick || (!wants_step && !wants_decode && !wants_encode))
    return TRUE;
  if (get_free_bytes (bench) < SD_NEED_BYTES)
    {
      step.note = decode.note = encode.note = "not enough free memory: 2.5 GiB";
      limn_cli_bench_report (bench, &step, -1, 0);
      limn_cli_bench_report (bench, &decode, -1, 0);
      limn_cli_bench_report (bench, &encode, -1, 0);
      return TRUE;
    }

  limn_cli_bench_doing ("weights of Stable Diffusion 1.5's shape");
  arena = limn_arena_new (bench->gl);
  limn_tuner_load (arena, bench->gl);
  limn_loader_init (&loader, bench->gl, NULL, "made-up weights", LIMN_DTYPE_F16, bench->cancellable);
  run.unet = limn_unet_new (&loader, &sd_unet, arena, error);
  if (run.unet)
    run.vae = limn_vae_new (&loader, &sd_vae, LIMN_VAE_DECODER, arena, error);
  if (run.vae)
    run.encoder = limn_vae_new (&loader, &sd_vae, LIMN_VAE_ENCODER, arena, error);
  limn_loader_clear (&loader);
  if (!run.encoder || !choose_size (bench, &run, &step.flops, &decode.flops, error))
    return FALSE;

  n = (gsize) 2 * 4 * run.size_lt * run.size_lt;
  run.x = limn_cli_bench_noise (n, 1.7f); /* of variance 1 */
  run.y = g_new (float, n);
  run.context = limn_cli_bench_noise ((gsize) 2 * TOKENS * sd_unet.context_width, 1);
  run.rgba = g_malloc ((gsize) run.size_lt * run.size_lt * 64 * 4);
  run.rgb = limn_cli_bench_noise ((gsize) 3 * run.size_lt * run.size_lt * 64, 1);
  step.shape = step_shape = g_strdup_printf ("%u x %u px, UNet, two samples, f16", run.size_lt * 8, run.size_lt * 8);
  decode.shape = decode_shape = g_strdup_printf ("%u x %u px, VAE, f16", run.size_lt * 8, run.size_lt * 8);
  if (wants_step && !limn_cli_bench_measure (bench, &step, run_sd_step, &run, error))
    return FALSE;
  g_clear_pointer (&run.unet, limn_unet_free);
  if (wants_decode && !limn_cli_bench_measure (bench, &decode, run_sd_decode, &run, error))
    return FALSE;
  g_clear_pointer (&run.vae, limn_vae_free);
  if (!wants_encode)
    return TRUE;
  if (!limn_vae_plan (run.encoder, 1, run.size_lt, run.size_lt, 0, &need, error))
    return FALSE;
  encode.flops = need.flops;
  encode.shape = decode_shape;
  return limn_cli_bench_measure (bench, &encode, run_sd_encode, &run, error);
}

/* --- The starter model --- */

typedef struct
{
  LimnPipeline *pipeline;
  LimnPrompt   *prompt;
  guint         h;
  guint         w;
  float        *x;
  float        *contexts; /* the prompt's, twice */
  float        *y;
  guint8       *rgba;
  float        *rgb;
} StarterRun;

static void
starter_run_clear (StarterRun *run)
{
  limn_prompt_free (run->prompt);
  limn_pipeline_free (run->pipeline);
  g_free (run->x);
  g_free (run->contexts);
  g_free (run->y);
  g_free (run->rgba);
  g_free (run->rgb);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StarterRun, starter_run_clear)

static gboolean
run_starter_prompt (gpointer data, GCancellable *cancellable, GError **error)
{
  StarterRun *run = data;
  g_autoptr(LimnConditioning) told = limn_pipeline_encode_prompt (run->pipeline, run->prompt, NULL, 0, cancellable, error);
  gsize n;

  if (!told)
    return FALSE;
  g_assert (told->tokens == TOKENS);
  n = (gsize) told->tokens * told->width;
  g_free (run->contexts);
  run->contexts = g_new (float, 2 * n);
  memcpy (run->contexts, told->states, n * sizeof *told->states);
  memcpy (run->contexts + n, told->states, n * sizeof *told->states);
  return TRUE;
}

static gboolean
run_starter_step (gpointer data, GCancellable *cancellable, GError **error)
{
  StarterRun *run = data;
  const float timesteps[2] = { 500, 500 };

  return limn_pipeline_denoise (run->pipeline, 2, run->h, run->w, TOKENS, run->x, timesteps, run->contexts, NULL, cancellable,
                                run->y, error);
}

static gboolean
run_starter_decode (gpointer data, GCancellable *cancellable, GError **error)
{
  StarterRun *run = data;

  return limn_pipeline_decode (run->pipeline, 1, run->h, run->w, run->x, cancellable, run->rgba, NULL, error);
}

static gboolean
run_starter_encode (gpointer data, GCancellable *cancellable, GError **error)
{
  StarterRun *run = data;
  gsize n = (gsize) limn_pipeline_get_facts (run->pipeline)->vae.latent_channels * run->h * run->w;

  return limn_pipeline_encode (run->pipeline, 1, run->h, run->w, run->rgb, cancellable, run->y, run->y + n, error);
}

gboolean
limn_cli_bench_starter (LimnCliBench *bench, GError **error)
{
  LimnCliBenchRow rows[] = {
    { "starter model", "text encoder, f32", 0, 1, NULL },
    { "starter model", "guided step, f32", 0, 1, NULL },
    { "starter model", "decode, f32", 0, 1, NULL },
    { "starter model", "encode, f32", 0, 1, NULL },
  };
  const LimnCliBenchRun runs[] = { run_starter_prompt, run_starter_step, run_starter_decode, run_starter_encode };
  g_auto(StarterRun) run = { 0 };
  const LimnModelFacts *facts;
  gboolean wanted = FALSE;
  gsize n;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    wanted = wanted || limn_cli_bench_wants (bench, rows[i].name, rows[i].shape);
  if (!wanted)
    return TRUE;
  limn_cli_bench_doing ("starter model");
  run.pipeline = limn_pipeline_open (bench->gl, NULL, LIMN_DTYPE_F32, bench->cancellable, error);
  if (!run.pipeline)
    return FALSE;
  facts = limn_pipeline_get_facts (run.pipeline);
  run.prompt = limn_prompt_new (limn_model_get_tokenizer (limn_pipeline_get_model (run.pipeline)),
                                "a red house on a green hill at sunset", LIMN_PROMPT_PLAIN, error);
  if (!run.prompt || !run_starter_prompt (&run, bench->cancellable, error))
    return FALSE;
  run.h = facts->default_height / facts->factor;
  run.w = facts->default_width / facts->factor;
  n = (gsize) 2 * facts->unet.in_channels * run.h * run.w;
  run.x = limn_cli_bench_noise (n, 1.7f);
  run.y = g_new (float, n);
  run.rgba = g_malloc ((gsize) facts->default_height * facts->default_width * 4);
  run.rgb = limn_cli_bench_noise ((gsize) 3 * facts->default_height * facts->default_width, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (limn_cli_bench_wants (bench, rows[i].name, rows[i].shape) &&
        !limn_cli_bench_measure (bench, &rows[i], runs[i], &run, error))
      return FALSE;
  return TRUE;
}
