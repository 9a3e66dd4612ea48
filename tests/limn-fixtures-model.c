/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures.h"
#include "limn-fixtures-tensors.h"

#include "base/limn-error.h"
#include "diffusion/limn-guidance.h"
#include "diffusion/limn-sampler.h"
#include "formats/limn-prompt.h"
#include "formats/limn-safetensors.h"
#include "model/limn-model.h"
#include "model/limn-text-encoder.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"

#include <math.h>
#include <string.h>

/* The starter model's three networks and whole runs of them, in float32 and float16, on the device that Limn would take;
 * the networks of other families are those of limn-fixtures-checkpoint.c. The error is |got - want| / |want| over
 * a tensor; of a final picture the root of the mean square on 0..1.
 *
 * Bounds: tests/model/test-parity.c says where 1e-4 and 4e-3 come from. Guided sampling multiplies rounding by
 * about ten in 20 steps: 1e-3 for latents in float32. 45 dB is 5.6e-3, 35 dB is 1.8e-2. */
#define BOUND_LATENT_F32 1e-3

typedef struct
{
  LimnDtype        dtype;
  const char      *name;
  double           bound;
  double           picture_db;
  LimnTextEncoder *text;
  LimnUnet        *unet;
  LimnVae         *decoder;
  LimnVae         *encoder;
} Networks;

struct _LimnFixturesModels
{
  char      *folder; /* nullable: the embedded one */
  LimnModel *model;
  LimnGl    *gl;
  LimnArena *arena;
  Networks   networks[2];
};

static void
networks_clear (Networks *networks)
{
  g_clear_pointer (&networks->text, limn_text_encoder_free);
  g_clear_pointer (&networks->unet, limn_unet_free);
  g_clear_pointer (&networks->decoder, limn_vae_free);
  g_clear_pointer (&networks->encoder, limn_vae_free);
}

void
limn_fixtures_models_free (LimnFixturesModels *models)
{
  if (!models)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (models->networks); i++)
    networks_clear (&models->networks[i]);
  limn_arena_free (models->arena);
  limn_gl_free (models->gl);
  limn_model_free (models->model);
  g_free (models->folder);
  g_free (models);
}

static gboolean
load_part (LimnFixturesModels *models, Networks *networks, LimnModelPart part, GError **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (models->model);
  g_autoptr (LimnModelWeights) weights = limn_model_open_part (models->model, part, error);
  LimnLoader loader;
  gboolean loaded;

  if (!weights)
    return FALSE;
  limn_model_weights_init_loader (weights, &loader, models->gl, networks->dtype, NULL);
  if (part == LIMN_MODEL_TEXT_ENCODER)
    loaded = (networks->text = limn_text_encoder_new (&loader, &facts->texts[0], models->arena, error)) != NULL;
  else if (part == LIMN_MODEL_UNET)
    loaded = (networks->unet = limn_unet_new (&loader, &facts->unet, models->arena, error)) != NULL;
  else
    loaded =
      (networks->decoder = limn_vae_new (&loader, &facts->vae, LIMN_VAE_DECODER, models->arena, error)) != NULL
      && (networks->encoder = limn_vae_new (&loader, &facts->vae, LIMN_VAE_ENCODER, models->arena, error)) != NULL;
  limn_loader_clear (&loader);
  return loaded;
}

static LimnFixturesModels *
models_new (const char *folder, GError **error)
{
  LimnFixturesModels *models = g_new0 (LimnFixturesModels, 1);

  models->folder = g_strdup (folder);
  models->networks[0] = (Networks) { .dtype = LIMN_DTYPE_F32, .name = "f32", .bound = 1e-4, .picture_db = 45 };
  models->networks[1] = (Networks) { .dtype = LIMN_DTYPE_F16, .name = "f16", .bound = 4e-3, .picture_db = 35 };
  models->model = limn_model_open (folder, error);
  models->gl = models->model ? limn_gl_new (NULL, error) : NULL;
  if (models->gl)
    {
      models->arena = limn_arena_new (models->gl);
      return models;
    }
  limn_fixtures_models_free (models);
  return NULL;
}

/* The open model of the reference @path, or NULL after having said why not. */
static LimnFixturesModels *
get_models (LimnFixtures *fixtures, const char *name, const char *path)
{
  g_autofree char *folder = limn_fixtures_find_weights (path);
  g_autoptr (GError) error = NULL;

  if (fixtures->models && g_strcmp0 (folder, fixtures->models->folder) != 0)
    g_clear_pointer (&fixtures->models, limn_fixtures_models_free);
  if (!fixtures->models)
    fixtures->models = models_new (folder, &error);
  if (!fixtures->models && g_error_matches (error, LIMN_ERROR, LIMN_ERROR_NO_GPU))
    limn_fixtures_not_offered (fixtures, name, error->message);
  else if (!fixtures->models)
    limn_fixtures_fail (fixtures, name, g_steal_pointer (&error), NULL);
  return fixtures->models;
}

static void
report (LimnFixtures *fixtures, const Networks *networks, const char *file, const char *what, double error, double bound)
{
  g_autofree char *name = g_strdup_printf ("%s %s %s", file, what, networks->name);

  limn_fixtures_report (fixtures, name, error, bound);
}

static void
report_tensor (LimnFixtures *fixtures, const Networks *networks, const char *file, const char *what, const float *got,
               const LimnFixturesValues *want)
{
  report (fixtures, networks, file, what, limn_fixtures_relative_l2 (got, want->values, want->tensor->n_elements), networks->bound);
}

/* Every tensor of @file that has the name of a tap, in the order of the computation. The file's are NCHW or [N, T, C]. */
static void
report_taps (LimnFixtures *fixtures, const Networks *networks, const char *name, LimnSafetensors *file,
             const LimnTaps *taps)
{
  for (guint i = 0; i < limn_taps_get_n (taps); i++)
    {
      const LimnTap *tap = limn_taps_get_nth (taps, i);
      const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, tap->name);
      gsize pixels = (gsize) tap->h * tap->w, n = tap->n * pixels * tap->c;
      g_auto (LimnFixturesValues) want = { 0 };
      g_autofree float *got = g_new (float, n);
      g_autoptr (GError) error = NULL;

      if (!tensor)
        continue;
      if (!limn_fixtures_load (file, tap->name, tensor->n_dims, &want, &error))
        {
          limn_fixtures_fail (fixtures, name, g_steal_pointer (&error), tap->name);
          continue;
        }
      if (tensor->n_elements != n)
        {
          limn_fixtures_fail (fixtures, name, NULL, tap->name);
          continue;
        }
      if (tensor->n_dims == 4)
        for (gsize k = 0; k < n; k++)
          got[(k / (pixels * tap->c) * tap->c + k % tap->c) * pixels + k / tap->c % pixels] = tap->values[k];
      else
        memcpy (got, tap->values, n * sizeof *got);
      report_tensor (fixtures, networks, name, tap->name, got, &want);
    }
}

#define PART(part) (1u << LIMN_MODEL_##part)

/* @parts: what the check needs of the model; they stay open. */
static void
check (LimnFixtures *fixtures, const char *name, const char *path, guint parts,
       gboolean (*check_networks) (LimnFixtures *, LimnFixturesModels *, const Networks *, LimnSafetensors *,
                                   const char *, const char *, GError **))
{
  LimnFixturesModels *models = get_models (fixtures, name, path);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnSafetensors) file = models ? limn_safetensors_open (path, &error) : NULL;

  for (gsize i = 0; file && i < G_N_ELEMENTS (models->networks) && !error; i++)
    {
      Networks *networks = &models->networks[i];

      if (((parts & PART (TEXT_ENCODER)) && !networks->text
           && !load_part (models, networks, LIMN_MODEL_TEXT_ENCODER, &error))
          || ((parts & PART (UNET)) && !networks->unet && !load_part (models, networks, LIMN_MODEL_UNET, &error))
          || ((parts & PART (VAE)) && !networks->decoder && !load_part (models, networks, LIMN_MODEL_VAE, &error)))
        break;
      check_networks (fixtures, models, networks, file, name, path, &error);
    }
  if (error)
    limn_fixtures_fail (fixtures, name, g_steal_pointer (&error), NULL);
}

static gboolean
check_text (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
            const char *name, const char *path, GError **error)
{
  g_auto (LimnFixturesValues) ids = { 0 };
  g_auto (LimnFixturesValues) want = { 0 };
  g_autoptr (LimnTaps) taps = limn_taps_new ();
  g_autofree float *got = NULL;
  gsize one;

  if (!limn_fixtures_load (file, "ids", 2, &ids, error) || !limn_fixtures_load (file, "last_hidden_state", 3, &want, error))
    return FALSE;
  one = want.tensor->n_elements / want.tensor->dims[0];
  got = g_new (float, want.tensor->n_elements);
  for (guint i = 0; i < ids.tensor->dims[0]; i++)
    {
      guint32 prompt[LIMN_PROMPT_CHUNK_LENGTH];

      for (guint t = 0; t < LIMN_PROMPT_CHUNK_LENGTH; t++)
        prompt[t] = ids.values[i * LIMN_PROMPT_CHUNK_LENGTH + t];
      if (!limn_text_encoder_run (networks->text, prompt, NULL, 0, i == 0 ? taps : NULL, NULL, got + i * one, NULL, error))
        return FALSE;
    }
  report_taps (fixtures, networks, name, file, taps);
  report_tensor (fixtures, networks, name, "last_hidden_state", got, &want);
  return TRUE;
}

void
limn_fixtures_check_text (LimnFixtures *fixtures, const char *name, const char *path)
{
  check (fixtures, name, path, PART (TEXT_ENCODER), check_text);
}

/* @dims: of @x */
static gboolean
run_unet (const Networks *networks, const guint64 *dims, guint tokens, const LimnFixturesValues *x, const LimnFixturesValues *t, const float *context,
          LimnTaps *taps, float *y, GError **error)
{
  const LimnUnetInput input = {
    .n = dims[0],
    .h = dims[2],
    .w = dims[3],
    .tokens = tokens,
    .x = x->values,
    .t = t->values,
    .context = context,
  };

  return limn_unet_run (networks->unet, &input, taps, NULL, y, error);
}

static gboolean
check_unet (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
            const char *name, const char *path, GError **error)
{
  g_auto (LimnFixturesValues) x = { 0 };
  g_auto (LimnFixturesValues) t = { 0 };
  g_auto (LimnFixturesValues) context = { 0 };
  g_auto (LimnFixturesValues) want = { 0 };
  g_autofree float *got = NULL;
  const guint64 *dims;

  if (!limn_fixtures_load (file, "x", 4, &x, error) || !limn_fixtures_load (file, "timestep", 1, &t, error)
      || !limn_fixtures_load (file, "context", 3, &context, error) || !limn_fixtures_load (file, "eps", 4, &want, error))
    return FALSE;
  dims = x.tensor->dims;
  got = g_new (float, want.tensor->n_elements);
  if (!run_unet (networks, dims, context.tensor->dims[1], &x, &t, context.values, NULL, got, error))
    return FALSE;
  report_tensor (fixtures, networks, name, "eps", got, &want);
  return TRUE;
}

void
limn_fixtures_check_unet (LimnFixtures *fixtures, const char *name, const char *path)
{
  check (fixtures, name, path, PART (UNET), check_unet);
}

/* Sample 0 of unet_16x16, alone. */
static gboolean
check_unet_taps (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
                 const char *name, const char *path, GError **error)
{
  g_autoptr (LimnSafetensors) inputs = limn_fixtures_open_beside (path, "unet_16x16.safetensors", error);
  g_autoptr (LimnTaps) taps = limn_taps_new ();
  g_auto (LimnFixturesValues) x = { 0 };
  g_auto (LimnFixturesValues) t = { 0 };
  g_auto (LimnFixturesValues) context = { 0 };
  g_autofree float *got = NULL;
  guint64 one[4] = { 1 };

  if (!inputs || !limn_fixtures_load (inputs, "x", 4, &x, error) || !limn_fixtures_load (inputs, "timestep", 1, &t, error)
      || !limn_fixtures_load (inputs, "context", 3, &context, error))
    return FALSE;
  got = g_new (float, x.tensor->n_elements);
  one[2] = x.tensor->dims[2];
  one[3] = x.tensor->dims[3];
  if (!run_unet (networks, one, context.tensor->dims[1], &x, &t, context.values, taps, got, error))
    return FALSE;
  report_taps (fixtures, networks, name, file, taps);
  return TRUE;
}

void
limn_fixtures_check_unet_taps (LimnFixtures *fixtures, const char *name, const char *path)
{
  check (fixtures, name, path, PART (UNET), check_unet_taps);
}

/* decoded_X is the picture of X, or of z_X. */
static gboolean
check_decoded (LimnFixtures *fixtures, const Networks *networks, LimnSafetensors *file, const char *name,
               const char *what, GError **error)
{
  const char *latent = what + strlen ("decoded_");
  gboolean plain = limn_safetensors_lookup (file, latent) != NULL;
  g_autofree char *z_name = g_strconcat (plain ? "" : "z_", latent, NULL);
  g_auto (LimnFixturesValues) z = { 0 };
  g_auto (LimnFixturesValues) want = { 0 };
  g_autofree float *got = NULL;

  if (!limn_fixtures_load (file, z_name, 4, &z, error) || !limn_fixtures_load (file, what, 4, &want, error))
    return FALSE;
  got = g_new (float, want.tensor->n_elements);
  if (!limn_vae_decode (networks->decoder, z.tensor->dims[0], z.tensor->dims[2], z.tensor->dims[3], z.values, NULL, NULL,
                        NULL, got, error))
    return FALSE;
  report_tensor (fixtures, networks, name, what, got, &want);
  return TRUE;
}

static gboolean
check_vae (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
           const char *name, const char *path, GError **error)
{
  g_auto (LimnFixturesValues) image = { 0 };
  g_auto (LimnFixturesValues) mean = { 0 };
  g_auto (LimnFixturesValues) logvar = { 0 };
  g_autofree float *got_mean = NULL;
  g_autofree float *got_logvar = NULL;
  const guint64 *dims;

  if (!limn_fixtures_load (file, "image", 4, &image, error) || !limn_fixtures_load (file, "mean", 4, &mean, error)
      || !limn_fixtures_load (file, "logvar", 4, &logvar, error))
    return FALSE;
  dims = mean.tensor->dims;
  got_mean = g_new (float, mean.tensor->n_elements);
  got_logvar = g_new (float, mean.tensor->n_elements);
  if (!limn_vae_encode (networks->encoder, dims[0], dims[2], dims[3], image.values, NULL, NULL, got_mean, got_logvar,
                        error))
    return FALSE;
  report_tensor (fixtures, networks, name, "mean", got_mean, &mean);
  report_tensor (fixtures, networks, name, "logvar", got_logvar, &logvar);
  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const char *what = limn_safetensors_get_nth (file, i)->name;

      if (g_str_has_prefix (what, "decoded_") && !check_decoded (fixtures, networks, file, name, what, error))
        return FALSE;
    }
  return TRUE;
}

void
limn_fixtures_check_vae (LimnFixtures *fixtures, const char *name, const char *path)
{
  check (fixtures, name, path, PART (VAE), check_vae);
}

static gboolean
check_vae_taps (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
                const char *name, const char *path, GError **error)
{
  g_autoptr (LimnSafetensors) inputs = limn_fixtures_open_beside (path, "vae.safetensors", error);
  g_autoptr (LimnTaps) taps = limn_taps_new ();
  g_auto (LimnFixturesValues) image = { 0 };
  g_auto (LimnFixturesValues) mean = { 0 };
  g_autofree float *got = NULL;
  const guint64 *dims;

  if (!inputs || !limn_fixtures_load (inputs, "image", 4, &image, error) || !limn_fixtures_load (inputs, "mean", 4, &mean, error))
    return FALSE;
  dims = mean.tensor->dims;
  got = g_new (float, 2 * mean.tensor->n_elements);
  if (!limn_vae_encode (networks->encoder, dims[0], dims[2], dims[3], image.values, taps, NULL, got,
                        got + mean.tensor->n_elements, error)
      || !limn_vae_decode (networks->decoder, dims[0], dims[2], dims[3], mean.values, taps, NULL, NULL, NULL, error))
    return FALSE;
  report_taps (fixtures, networks, name, file, taps);
  return TRUE;
}

void
limn_fixtures_check_vae_taps (LimnFixtures *fixtures, const char *name, const char *path)
{
  check (fixtures, name, path, PART (VAE), check_vae_taps);
}

/* -------- whole runs -------- */

/* What index.json says of a run. */
typedef struct
{
  LimnSamplerKind sampler;
  char           *prompt;
  double          guidance;
} Run;

static gboolean
read_run (LimnFixtures *fixtures, const char *name, const char *path, Run *run)
{
  static const struct
  {
    const char     *file;
    LimnSamplerKind sampler;
  } samplers[] = {
    { "sample_ddim.safetensors", LIMN_SAMPLER_DDIM },
    { "sample_euler.safetensors", LIMN_SAMPLER_EULER },
    { "sample_dpmpp_2m.safetensors", LIMN_SAMPLER_DPMPP_2M },
  };
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *index = g_build_filename (dir, "index.json", NULL);
  json_t *root = limn_fixtures_load_json (fixtures, name, index);
  json_t *entry = json_object_get (json_object_get (root, "files"), base);
  const char *prompt = json_string_value (json_object_get (entry, "prompt"));
  const char *what = json_string_value (json_object_get (entry, "what"));
  const char *guidance = what ? strstr (what, "guidance ") : NULL;
  gboolean known = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (samplers); i++)
    if (g_str_equal (samplers[i].file, base))
      {
        run->sampler = samplers[i].sampler;
        known = TRUE;
      }
  /* The number stands in a field of its own in newer folders, in the description in older ones. */
  if (json_is_number (json_object_get (entry, "guidance")))
    run->guidance = json_number_value (json_object_get (entry, "guidance"));
  else if (guidance)
    run->guidance = g_ascii_strtod (guidance + strlen ("guidance "), NULL);
  else
    known = FALSE;
  run->prompt = g_strdup (prompt);
  json_decref (root);
  if (root && (!known || !prompt))
    limn_fixtures_not_offered (fixtures, name, "index.json does not say which sampler, prompt and guidance it is");
  return root && known && prompt;
}

typedef struct
{
  const Networks *networks;
  guint           h;
  guint           w;
  guint           tokens;
  float          *contexts; /* without, with the prompt */
  double          guidance;
} Guided;

static gboolean
denoise (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  const Guided *guided = data;
  gsize n = input->n;
  float t[2] = { input->timestep, input->timestep };
  g_autofree float *x = g_new (float, 2 * n);
  g_autofree float *y = g_new (float, 2 * n);
  g_autofree double *uncond = g_new (double, n);
  const LimnUnetInput both = {
    .n = 2,
    .h = guided->h,
    .w = guided->w,
    .tokens = guided->tokens,
    .x = x,
    .t = t,
    .context = guided->contexts,
  };

  for (gsize i = 0; i < n; i++)
    x[i] = x[n + i] = input->x[i];
  if (!limn_unet_run (guided->networks->unet, &both, NULL, NULL, y, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      uncond[i] = y[i];
      prediction[i] = y[n + i];
    }
  limn_guidance_combine (n, uncond, prediction, guided->guidance, 0, prediction);
  return TRUE;
}

static gboolean
encode (LimnFixturesModels *models, const Networks *networks, const char *text, float *states, GError **error)
{
  g_autoptr (LimnPrompt) prompt = limn_prompt_new (limn_model_get_tokenizer (models->model), text, LIMN_PROMPT_PLAIN,
                                                   error);

  return prompt && limn_text_encoder_run (networks->text, prompt->chunks[0].ids, NULL, 0, NULL, NULL, states, NULL, error);
}

static double
picture_error (const float *got, const float *want, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      double difference = CLAMP ((got[i] + 1.0) / 2, 0, 1) - CLAMP ((want[i] + 1.0) / 2, 0, 1);

      sum += difference * difference;
    }
  return isfinite (sum) ? sqrt (sum / n) : INFINITY;
}

static gboolean
check_run (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
           const char *name, const Run *run, GError **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (models->model);
  g_auto (LimnFixturesValues) noise = { 0 };
  g_auto (LimnFixturesValues) latents = { 0 };
  g_auto (LimnFixturesValues) image = { 0 };
  g_autofree double *start = NULL;
  g_autofree float *latent = NULL;
  g_autofree float *picture = NULL;
  g_autofree float *contexts = g_new (float, 2 * facts->texts[0].positions * facts->texts[0].width);
  Guided guided = { networks, 0, 0, facts->texts[0].positions, contexts, run->guidance };
  LimnSchedulerConfig config;
  g_autoptr (LimnAlphas) alphas = NULL;
  g_autoptr (LimnSchedule) schedule = NULL;
  g_autoptr (LimnSampler) sampler = NULL;
  LimnSamplerParams params;
  gsize n;
  double worst = 0;

  if (!limn_fixtures_load (file, "noise", 4, &noise, error) || !limn_fixtures_load (file, "latents", 4, &latents, error)
      || !limn_fixtures_load (file, "image", 4, &image, error) || !encode (models, networks, "", contexts, error)
      || !encode (models, networks, run->prompt, contexts + facts->texts[0].positions * facts->texts[0].width, error))
    return FALSE;
  n = noise.tensor->n_elements;
  guided.h = noise.tensor->dims[2];
  guided.w = noise.tensor->dims[3];

  limn_scheduler_config_init (&config);
  alphas = limn_alphas_new (&config, error);
  schedule = alphas ? limn_schedule_new (alphas, LIMN_SCHEDULE_LEADING, latents.tensor->dims[0], error) : NULL;
  if (!schedule)
    return FALSE;
  limn_sampler_params_init (&params, run->sampler, n);
  sampler = limn_sampler_new (run->sampler, &params, schedule, NULL, denoise, &guided, error);
  if (!sampler)
    return FALSE;
  start = g_new (double, n);
  latent = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    start[i] = noise.values[i];
  limn_sampler_start (sampler, 0, NULL, start);
  while (!limn_sampler_is_done (sampler))
    {
      guint step = limn_sampler_get_step (sampler);

      if (!limn_sampler_step (sampler, error))
        return FALSE;
      for (gsize i = 0; i < n; i++)
        latent[i] = limn_sampler_get_x (sampler)[i];
      worst = MAX (worst, limn_fixtures_relative_l2 (latent, latents.values + step * n, n));
    }
  if (networks->dtype == LIMN_DTYPE_F32)
    report (fixtures, networks, name, "worst latent", worst, BOUND_LATENT_F32);

  for (gsize i = 0; i < n; i++)
    latent[i] /= facts->vae.scaling_factor;
  picture = g_new (float, image.tensor->n_elements);
  if (!limn_vae_decode (networks->decoder, 1, guided.h, guided.w, latent, NULL, NULL, NULL, picture, error))
    return FALSE;
  report (fixtures, networks, name, "picture", picture_error (picture, image.values, image.tensor->n_elements),
          pow (10, -networks->picture_db / 20));
  return TRUE;
}

static gboolean
check_sample (LimnFixtures *fixtures, LimnFixturesModels *models, const Networks *networks, LimnSafetensors *file,
              const char *name, const char *path, GError **error)
{
  Run run = { 0 };
  gboolean checked = TRUE;

  if (read_run (fixtures, name, path, &run))
    checked = check_run (fixtures, models, networks, file, name, &run, error);
  g_free (run.prompt);
  return checked;
}

void
limn_fixtures_check_sample (LimnFixtures *fixtures, const char *name, const char *path)
{
  check (fixtures, name, path, PART (TEXT_ENCODER) | PART (UNET) | PART (VAE), check_sample);
}
