/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-pipeline-private.h"

#include "base/limn-error.h"
#include "ops/limn-tuner.h"

#include <string.h>

/* What was planned for one shape. Recording the passes again takes as long each time, and a person who looks for a size asks
 * for a dozen of them. */
typedef struct
{
  LimnPipelineShape shape;
  LimnPassNeed      unet;
  LimnPassNeed      decoder;
  LimnPassNeed      encoder;
} ShapeNeed;

#define MAX_SHAPE_NEEDS 64

static gboolean
load_part (LimnPipeline   *pipeline,
           LimnModelPart   part,
           LimnVaeSide     side,
           GCancellable   *cancellable,
           GError        **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  g_autoptr(LimnModelWeights) weights = NULL;
  LimnDtype dtype = pipeline->precision;
  LimnLoader loader;
  gboolean good = FALSE;
  guint text;

  weights = limn_model_open_part (pipeline->model, part, error);
  if (!weights)
    return FALSE;
  if (part == LIMN_MODEL_VAE && facts->vae.force_upcast)
    dtype = LIMN_DTYPE_F32;
  limn_model_weights_init_loader (weights, &loader, pipeline->gl, dtype, cancellable);
  switch (part)
    {
    case LIMN_MODEL_UNET:
      limn_pipeline_lend_loras (pipeline, &loader, LIMN_LORA_UNET);
      good = (pipeline->unet = limn_unet_new (&loader, &facts->unet, pipeline->arena, error)) != NULL;
      break;
    case LIMN_MODEL_TEXT_ENCODER:
    case LIMN_MODEL_TEXT_ENCODER_2:
      text = part - LIMN_MODEL_TEXT_ENCODER;
      limn_pipeline_lend_loras (pipeline, &loader, LIMN_LORA_TEXT + text);
      good = (pipeline->texts[text] = limn_text_encoder_new (&loader, &facts->texts[text], pipeline->arena, error)) != NULL;
      break;
    case LIMN_MODEL_VAE:
      if (side == LIMN_VAE_DECODER)
        good = (pipeline->decoder = limn_vae_new (&loader, &facts->vae, side, pipeline->arena, error)) != NULL;
      else
        good = (pipeline->encoder = limn_vae_new (&loader, &facts->vae, side, pipeline->arena, error)) != NULL;
      break;
    case LIMN_MODEL_N_PARTS:
    default:
      g_assert_not_reached ();
    }
  pipeline->weight_bytes += loader.bytes;
  limn_loader_clear (&loader);
  return good;
}

/* Unless there is room for the weights at all, say so before hundreds of megabytes are uploaded. */
static gboolean
check_room (LimnPipeline  *pipeline,
            GError       **error)
{
  guint64 in_use = limn_gl_get_allocated_bytes (pipeline->gl), limit = limn_gl_get_budget_bytes (pipeline->gl);
  guint64 bytes;

  if (!limn_model_check_weights (pipeline->model, &bytes, error))
    return FALSE;
  if (pipeline->precision == LIMN_DTYPE_F16)
    bytes /= 2;
  if (limit == G_MAXUINT64 || (in_use < limit && bytes < limit - in_use))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
               "The model “%s” is too large for this device: it needs %" G_GUINT64_FORMAT " MiB beside %"
               G_GUINT64_FORMAT " MiB in use, of %" G_GUINT64_FORMAT " MiB", limn_model_get_facts (pipeline->model)->name, bytes >> 20,
               in_use >> 20, limit >> 20);
  return FALSE;
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
  pipeline->needs = g_array_new (FALSE, FALSE, sizeof (ShapeNeed));
  limn_tuner_load (pipeline->arena, gl);
  if (!check_room (pipeline, error) || !load_part (pipeline, LIMN_MODEL_TEXT_ENCODER, 0, cancellable, error)
      || (limn_model_has_part (model, LIMN_MODEL_TEXT_ENCODER_2)
          && !load_part (pipeline, LIMN_MODEL_TEXT_ENCODER_2, 0, cancellable, error))
      || !load_part (pipeline, LIMN_MODEL_UNET, 0, cancellable, error)
      || !load_part (pipeline, LIMN_MODEL_VAE, LIMN_VAE_DECODER, cancellable, error))
    return NULL;
  g_debug ("%s: %" G_GUINT64_FORMAT " MiB of weights", limn_model_get_facts (model)->name,
           pipeline->weight_bytes >> 20);
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
  for (guint i = 0; i < G_N_ELEMENTS (pipeline->texts); i++)
    limn_text_encoder_free (pipeline->texts[i]);
  limn_unet_free (pipeline->unet);
  limn_vae_free (pipeline->decoder);
  limn_vae_free (pipeline->encoder);
  limn_pipeline_clear_loras (pipeline);
  limn_pipeline_clear_controls (pipeline);
  limn_arena_free (pipeline->arena);
  limn_model_free (pipeline->model);
  g_array_unref (pipeline->needs);
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

guint64
limn_pipeline_get_weight_bytes (const LimnPipeline *pipeline)
{
  return pipeline->weight_bytes;
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

static gboolean
need_encoder (LimnPipeline  *pipeline,
              GCancellable  *cancellable,
              GError       **error)
{
  return pipeline->encoder || load_part (pipeline, LIMN_MODEL_VAE, LIMN_VAE_ENCODER, cancellable, error);
}

/* (transfer none) (nullable): until the next call. */
static const ShapeNeed *
plan_shape (LimnPipeline             *pipeline,
            const LimnPipelineShape  *shape,
            GError                  **error)
{
  ShapeNeed need = { .shape = *shape };

  for (guint i = 0; i < pipeline->needs->len; i++)
    {
      const ShapeNeed *other = &g_array_index (pipeline->needs, ShapeNeed, i);

      if (memcmp (&other->shape, shape, sizeof *shape) == 0)
        return other;
    }
  if (!limn_unet_plan (pipeline->unet, shape->n, shape->unet_h, shape->unet_w, shape->tokens, &need.unet, error)
      || !limn_vae_plan (pipeline->decoder, 1, shape->decoder_h, shape->decoder_w, &need.decoder, error))
    return NULL;
  if (shape->encoder_h > 0 && !limn_vae_plan (pipeline->encoder, 1, shape->encoder_h, shape->encoder_w, &need.encoder, error))
    return NULL;
  if (pipeline->needs->len == MAX_SHAPE_NEEDS)
    g_array_remove_index (pipeline->needs, 0);
  g_array_append_val (pipeline->needs, need);
  return &g_array_index (pipeline->needs, ShapeNeed, pipeline->needs->len - 1);
}

gboolean
limn_pipeline_get_shape_need (LimnPipeline             *pipeline,
                              const LimnPipelineShape  *shape,
                              guint64                  *need_bytes,
                              guint64                  *limit_bytes,
                              GError                  **error)
{
  LimnPipelineShape asked = *shape;
  guint64 arena = limn_arena_get_bytes (pipeline->arena), fixed, peak;
  const ShapeNeed *need;
  guint64 text_bytes = 0;

  if (asked.tokens == 0)
    asked.tokens = LIMN_PROMPT_CHUNK_LENGTH;
  for (guint i = 0; i < limn_model_get_facts (pipeline->model)->n_texts; i++)
    {
      LimnPassNeed text;

      if (!limn_text_encoder_prepare (pipeline->texts[i], &text, error))
        return FALSE;
      text_bytes = MAX (text_bytes, text.peak_bytes);
    }
  if (asked.encoder_h > 0 && !need_encoder (pipeline, NULL, error))
    return FALSE;
  need = plan_shape (pipeline, &asked, error);
  if (!need)
    return FALSE;
  /* After planning, which may have made a convolution's transformed weights. */
  fixed = limn_gl_get_allocated_bytes (pipeline->gl) - arena;
  peak = MAX (MAX (text_bytes, need->unet.peak_bytes), MAX (need->decoder.peak_bytes, arena));
  peak = MAX (peak, need->encoder.peak_bytes);
  if (!limn_unet_is_prepared (pipeline->unet, asked.n, asked.unet_h, asked.unet_w, asked.tokens))
    fixed += need->unet.edge_bytes;
  if (!limn_vae_is_prepared (pipeline->decoder, 1, asked.decoder_h, asked.decoder_w))
    fixed += need->decoder.edge_bytes;
  if (asked.encoder_h > 0 && !limn_vae_is_prepared (pipeline->encoder, 1, asked.encoder_h, asked.encoder_w))
    fixed += need->encoder.edge_bytes;
  *need_bytes = fixed + peak;
  *limit_bytes = limn_gl_get_budget_bytes (pipeline->gl);
  return TRUE;
}

gboolean
limn_pipeline_get_need (LimnPipeline  *pipeline,
                        guint          width,
                        guint          height,
                        guint          n,
                        guint          tokens,
                        guint64       *need_bytes,
                        guint64       *limit_bytes,
                        GError       **error)
{
  guint factor = limn_model_get_facts (pipeline->model)->factor;
  const LimnPipelineShape shape = {
    .n = n,
    .tokens = tokens,
    .unet_h = height / factor,
    .unet_w = width / factor,
    .decoder_h = height / factor,
    .decoder_w = width / factor,
  };

  return limn_model_check_size (pipeline->model, width, height, error)
         && limn_pipeline_get_shape_need (pipeline, &shape, need_bytes, limit_bytes, error);
}

gboolean
limn_pipeline_prepare (LimnPipeline  *pipeline,
                       guint          width,
                       guint          height,
                       guint          n,
                       guint          tokens,
                       GError       **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  guint h = height / facts->factor, w = width / facts->factor;
  guint64 need, limit;

  if (!limn_pipeline_get_need (pipeline, width, height, n, tokens, &need, &limit, error))
    return FALSE;
  if (need > limit)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
                   "A picture of %u×%u is too large for this device: it needs %" G_GUINT64_FORMAT " MiB of %"
                   G_GUINT64_FORMAT " MiB", width, height, (need + (1 << 20) - 1) >> 20, limit >> 20);
      return FALSE;
    }
  return limn_unet_prepare (pipeline->unet, n, h, w, tokens ? tokens : LIMN_PROMPT_CHUNK_LENGTH, error)
         && limn_vae_prepare (pipeline->decoder, 1, h, w, error);
}

gboolean
limn_pipeline_warm_up (LimnPipeline  *pipeline,
                       guint          width,
                       guint          height,
                       guint          n,
                       guint          tokens,
                       GCancellable  *cancellable,
                       GError       **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  guint h = height / facts->factor, w = width / facts->factor;

  if (tokens == 0)
    tokens = LIMN_PROMPT_CHUNK_LENGTH;
  return limn_pipeline_prepare (pipeline, width, height, n, tokens, error) &&
         limn_pipeline_warm_up_texts (pipeline, cancellable, error) &&
         limn_unet_warm_up (pipeline->unet, n, h, w, tokens, cancellable, error) &&
         limn_vae_warm_up (pipeline->decoder, 1, h, w, cancellable, error);
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

  return limn_pipeline_run_controls (pipeline, &input, cancellable, error)
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
  return limn_vae_decode (pipeline->decoder, n, h, w, z, NULL, cancellable, rgba, rgb, error);
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
  if (!need_encoder (pipeline, cancellable, error))
    return FALSE;
  return limn_vae_encode (pipeline->encoder, n, h, w, rgb, NULL, cancellable, mean, logvar, error);
}
