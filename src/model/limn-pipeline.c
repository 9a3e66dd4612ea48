/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-pipeline-private.h"

#include "ops/limn-tuner.h"

/* Which part of the model a resident is, and which side of the VAE. */
static LimnModelPart
part_of (LimnResident resident)
{
  switch (resident)
    {
    case LIMN_RESIDENT_TEXT:
      return LIMN_MODEL_TEXT_ENCODER;
    case LIMN_RESIDENT_TEXT_2:
      return LIMN_MODEL_TEXT_ENCODER_2;
    case LIMN_RESIDENT_UNET:
      return LIMN_MODEL_UNET;
    case LIMN_RESIDENT_DECODER:
    case LIMN_RESIDENT_ENCODER:
    default:
      return LIMN_MODEL_VAE;
    }
}

gboolean
limn_pipeline_load_part (LimnPipeline  *pipeline,
                         LimnResident   resident,
                         LimnGl        *gl,
                         GCancellable  *cancellable,
                         GError       **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  LimnModelPart part = part_of (resident);
  LimnVaeSide side = resident == LIMN_RESIDENT_ENCODER ? LIMN_VAE_ENCODER : LIMN_VAE_DECODER;
  g_autoptr(LimnModelWeights) weights = NULL;
  LimnDtype dtype = pipeline->precision;
  gpointer *network = limn_pipeline_get_network (pipeline, resident);
  LimnLoader loader;
  guint text;

  g_return_val_if_fail (!*network, FALSE);

  weights = limn_model_open_part (pipeline->model, part, error);
  if (!weights)
    return FALSE;
  if (part == LIMN_MODEL_VAE && facts->vae.force_upcast)
    dtype = LIMN_DTYPE_F32;
  limn_model_weights_init_loader (weights, &loader, gl, dtype, cancellable);
  switch (part)
    {
    case LIMN_MODEL_UNET:
      if (gl)
        limn_pipeline_lend_loras (pipeline, &loader, LIMN_LORA_UNET);
      *network = limn_unet_new (&loader, &facts->unet, pipeline->arena, error);
      break;
    case LIMN_MODEL_TEXT_ENCODER:
    case LIMN_MODEL_TEXT_ENCODER_2:
      text = part - LIMN_MODEL_TEXT_ENCODER;
      if (gl)
        limn_pipeline_lend_loras (pipeline, &loader, LIMN_LORA_TEXT + text);
      *network = limn_text_encoder_new (&loader, &facts->texts[text], pipeline->arena, error);
      break;
    case LIMN_MODEL_VAE:
      *network = limn_vae_new (&loader, &facts->vae, side, pipeline->arena, error);
      break;
    case LIMN_MODEL_N_PARTS:
    default:
      g_assert_not_reached ();
    }
  pipeline->weights[resident] = loader.bytes;
  limn_loader_clear (&loader);
  return *network != NULL;
}

LimnPipeline *
limn_pipeline_new (LimnGl        *gl,
                   LimnModel     *model,
                   LimnDtype      precision,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_autoptr(LimnPipeline) pipeline = g_new0 (LimnPipeline, 1);

  pipeline->gl = gl;
  pipeline->model = model;
  pipeline->precision = precision;
  pipeline->arena = limn_arena_new (gl);
  limn_tuner_load (pipeline->arena, gl);
  if (!limn_pipeline_memory_begin (pipeline, cancellable, error))
    return NULL;
  g_debug ("%s: %" G_GUINT64_FORMAT " MiB of weights", limn_model_get_facts (model)->name, limn_pipeline_get_weight_bytes (pipeline) >> 20);
  return g_steal_pointer (&pipeline);
}

LimnPipeline *
limn_pipeline_open (LimnGl        *gl,
                    const char    *path,
                    LimnDtype      precision,
                    GCancellable  *cancellable,
                    GError       **error)
{
  LimnModel *model = limn_model_open (path, error);

  return model ? limn_pipeline_new (gl, model, precision, cancellable, error) : NULL;
}

void
limn_pipeline_free (LimnPipeline *pipeline)
{
  if (!pipeline)
    return;
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    limn_pipeline_unload (pipeline, i);
  limn_pipeline_clear_loras (pipeline);
  limn_pipeline_clear_controls (pipeline);
  limn_pipeline_clear_small (pipeline);
  limn_arena_free (pipeline->arena);
  limn_model_free (pipeline->model);
  g_clear_pointer (&pipeline->needs, g_array_unref);
  g_free (pipeline);
}

LimnGl *
limn_pipeline_get_gl (const LimnPipeline *pipeline)
{
  return pipeline->gl;
}

const LimnModel *
limn_pipeline_get_model (const LimnPipeline *pipeline)
{
  return pipeline->model;
}

const LimnModelFacts *
limn_pipeline_get_facts (const LimnPipeline *pipeline)
{
  return limn_model_get_facts (pipeline->model);
}

LimnDtype
limn_pipeline_get_precision (const LimnPipeline *pipeline)
{
  return pipeline->precision;
}

gboolean
limn_pipeline_tune (LimnPipeline  *pipeline,
                    GCancellable  *cancellable,
                    gboolean      *more,
                    GError       **error)
{
  /* A pass that is recorded with other variants may need other scratch memory. */
  g_array_set_size (pipeline->needs, 0);
  return limn_tuner_step (pipeline->gl, pipeline->arena, cancellable, more, error);
}

gboolean
limn_pipeline_denoise (LimnPipeline  *pipeline,
                       guint          n,
                       guint          h,
                       guint          w,
                       guint          tokens,
                       const float   *x,
                       const float   *timesteps,
                       const float   *contexts,
                       const float   *vectors,
                       GCancellable  *cancellable,
                       float         *prediction,
                       GError       **error)
{
  LimnUnetInput input = {
    .n = n,
    .h = h,
    .w = w,
    .tokens = tokens,
    .x = x,
    .t = timesteps,
    .context = contexts,
    .vector = vectors,
  };

  return limn_pipeline_need (pipeline, LIMN_RESIDENT_UNET, n, h, w, tokens, cancellable, error)
         && limn_pipeline_run_controls (pipeline, &input, cancellable, error)
         && limn_unet_run (pipeline->unet, &input, NULL, cancellable, prediction, error);
}

gboolean
limn_pipeline_decode (LimnPipeline  *pipeline,
                      guint          n,
                      guint          h,
                      guint          w,
                      const float   *x,
                      GCancellable  *cancellable,
                      guint8        *rgba,
                      float         *rgb,
                      GError       **error)
{
  const LimnVaeConfig *config = &limn_model_get_facts (pipeline->model)->vae;
  gsize n_values = (gsize) n * config->latent_channels * h * w;
  g_autofree float *z = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    z[i] = x[i] / config->scaling_factor;
  return limn_pipeline_need (pipeline, LIMN_RESIDENT_DECODER, n, h, w, 0, cancellable, error) &&
         limn_vae_decode (pipeline->decoder, n, h, w, z, NULL, cancellable, rgba, rgb, error);
}

gboolean
limn_pipeline_encode (LimnPipeline  *pipeline,
                      guint          n,
                      guint          h,
                      guint          w,
                      const float   *rgb,
                      GCancellable  *cancellable,
                      float         *mean,
                      float         *logvar,
                      GError       **error)
{
  return limn_pipeline_need (pipeline, LIMN_RESIDENT_ENCODER, n, h, w, 0, cancellable, error) &&
         limn_vae_encode (pipeline->encoder, n, h, w, rgb, NULL, cancellable, mean, logvar, error);
}
