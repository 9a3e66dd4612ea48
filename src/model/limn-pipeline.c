/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-pipeline-private.h"

#include "ops/limn-tuner.h"

#include <math.h>

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
    case LIMN_RESIDENT_FULL_DECODER:
    default:
      return LIMN_MODEL_VAE;
    }
}

static void
report (const LimnLoader *loader,
        gpointer          data)
{
  LimnPipeline *pipeline = data;

  if (pipeline->progress)
    {
      guint64 done = loader->bytes, total = 0;

      for (guint i = 0; i < LIMN_RESIDENT_N; i++)
        {
          gboolean is_loaded = *limn_pipeline_get_network (pipeline, i) != NULL;

          done += is_loaded ? pipeline->weights[i] : 0;
          total += is_loaded || i < LIMN_RESIDENT_ENCODER ? pipeline->weights[i] : 0;
        }
      pipeline->progress (pipeline, done, MAX (total, done), pipeline->progress_data);
    }
}

/* @gl: (nullable): NULL: declared. @records: (out): what there is of it is to be freed also on failure */
static gpointer
make_part (LimnPipeline  *pipeline,
           LimnResident   resident,
           LimnGl        *gl,
           GPtrArray     *records,
           GCancellable  *cancellable,
           guint64       *bytes,
           GError       **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  LimnModelPart part = part_of (resident);
  LimnVaeSide side = resident == LIMN_RESIDENT_ENCODER ? LIMN_VAE_ENCODER : LIMN_VAE_DECODER;
  g_autoptr(LimnModelWeights) weights = NULL;
  LimnDtype dtype = pipeline->precision;
  gpointer network = NULL;
  LimnLoader loader;

  weights = limn_model_open_part (pipeline->model, part, error);
  if (!weights)
    return NULL;
  if (resident == LIMN_RESIDENT_FULL_DECODER || (part == LIMN_MODEL_VAE && facts->vae.force_upcast))
    dtype = LIMN_DTYPE_F32;
  limn_model_weights_init_loader (weights, &loader, gl, dtype, cancellable);
  loader.records = records;
  loader.func = report;
  loader.func_data = pipeline;
  if (gl)
    limn_pipeline_lend_loras (pipeline, &loader, resident);
  switch (part)
    {
    case LIMN_MODEL_UNET:
      network = limn_unet_new (&loader, &facts->unet, pipeline->arena, error);
      break;
    case LIMN_MODEL_TEXT_ENCODER:
    case LIMN_MODEL_TEXT_ENCODER_2:
      network = limn_text_encoder_new (&loader, &facts->texts[part - LIMN_MODEL_TEXT_ENCODER], pipeline->arena, error);
      break;
    case LIMN_MODEL_VAE:
      network = limn_vae_new (&loader, &facts->vae, side, pipeline->arena, error);
      break;
    case LIMN_MODEL_N_PARTS:
    default:
      g_assert_not_reached ();
    }
  *bytes = loader.bytes;
  limn_loader_clear (&loader);
  return network;
}

gboolean
limn_pipeline_declare_part (LimnPipeline  *pipeline,
                            LimnResident   resident,
                            GError       **error)
{
  g_return_val_if_fail (!pipeline->declared[resident], FALSE);

  if (!limn_model_has_part (pipeline->model, part_of (resident)))
    return TRUE;
  pipeline->declared_records[resident] = limn_loader_new_records ();
  pipeline->declared[resident] = make_part (pipeline, resident, NULL, pipeline->declared_records[resident], NULL, &pipeline->weights[resident],
                                            error);
  return pipeline->declared[resident] != NULL;
}

gboolean
limn_pipeline_load_part (LimnPipeline  *pipeline,
                         LimnResident   resident,
                         GCancellable  *cancellable,
                         GError       **error)
{
  gpointer *network = limn_pipeline_get_network (pipeline, resident);
  guint64 bytes;

  g_return_val_if_fail (!*network && !pipeline->loading, FALSE);

  pipeline->loading = TRUE;
  pipeline->loading_begin = limn_gl_get_allocated_bytes (pipeline->gl);
  *network = make_part (pipeline, resident, pipeline->gl, pipeline->records[resident], cancellable, &bytes, error);
  pipeline->loading = FALSE;
  if (pipeline->progress)
    pipeline->progress (pipeline, 0, 0, pipeline->progress_data);
  if (!*network)
    {
      g_ptr_array_set_size (pipeline->records[resident], 0);
      return FALSE;
    }
  g_assert (bytes == pipeline->weights[resident]);
  return TRUE;
}

void
limn_pipeline_free_network (LimnResident resident,
                            gpointer     network)
{
  switch (resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      limn_text_encoder_free (network);
      break;
    case LIMN_RESIDENT_UNET:
      limn_unet_free (network);
      break;
    case LIMN_RESIDENT_DECODER:
    case LIMN_RESIDENT_ENCODER:
    case LIMN_RESIDENT_FULL_DECODER:
    default:
      limn_vae_free (network);
    }
}

void
limn_pipeline_unload (LimnPipeline *pipeline,
                      LimnResident  resident)
{
  gpointer *network = limn_pipeline_get_network (pipeline, resident);

  g_ptr_array_set_size (pipeline->records[resident], 0);
  limn_pipeline_free_network (resident, g_steal_pointer (network));
}

void
limn_pipeline_set_progress (LimnPipeline         *pipeline,
                            LimnPipelineProgress  progress,
                            gpointer              data)
{
  pipeline->progress = progress;
  pipeline->progress_data = data;
}

LimnPipeline *
limn_pipeline_new (LimnGl        *gl,
                   LimnModel     *model,
                   LimnDtype      precision,
                   GError       **error)
{
  g_autoptr(LimnPipeline) pipeline = g_new0 (LimnPipeline, 1);

  pipeline->gl = gl;
  pipeline->model = model;
  pipeline->precision = precision;
  pipeline->arena = limn_arena_new (gl);
  limn_tuner_load (pipeline->arena, gl);
  if (!limn_pipeline_memory_begin (pipeline, error))
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
  g_autoptr(LimnPipeline) pipeline = model ? limn_pipeline_new (gl, model, precision, error) : NULL;

  return pipeline && limn_pipeline_load (pipeline, cancellable, error) ? g_steal_pointer (&pipeline) : NULL;
}

void
limn_pipeline_free (LimnPipeline *pipeline)
{
  if (!pipeline)
    return;
  limn_pipeline_memory_end (pipeline);
  limn_pipeline_clear_loras (pipeline);
  limn_pipeline_clear_controls (pipeline);
  limn_pipeline_clear_small (pipeline);
  limn_arena_free (pipeline->arena);
  limn_model_free (pipeline->model);
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

static gboolean
is_finite (const float *values,
           gsize        n)
{
  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i]))
      return FALSE;
  return TRUE;
}

/* Where the decoder of float16 overflows. */
static gboolean
decode_in_full (LimnPipeline  *pipeline,
                guint          n,
                guint          h,
                guint          w,
                const float   *z,
                GCancellable  *cancellable,
                guint8        *rgba,
                float         *rgb,
                GError       **error)
{
  pipeline->n_full_decodes++;
  return (pipeline->declared[LIMN_RESIDENT_FULL_DECODER] || limn_pipeline_declare_part (pipeline, LIMN_RESIDENT_FULL_DECODER, error)) &&
         limn_pipeline_need (pipeline, LIMN_RESIDENT_FULL_DECODER, n, h, w, 0, cancellable, error) &&
         limn_vae_decode (pipeline->full_decoder, n, h, w, z, NULL, cancellable, rgba, rgb, error);
}

guint
limn_pipeline_count_full_decodes (LimnPipeline *pipeline)
{
  guint n = pipeline->n_full_decodes;

  pipeline->n_full_decodes = 0;
  return n;
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
  gboolean may_overflow = pipeline->precision == LIMN_DTYPE_F16 && !config->force_upcast;
  g_autofree float *z = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    z[i] = x[i] / config->scaling_factor;
  return limn_pipeline_need (pipeline, LIMN_RESIDENT_DECODER, n, h, w, 0, cancellable, error) &&
         limn_vae_decode (pipeline->decoder, n, h, w, z, NULL, cancellable, rgba, rgb, error) &&
         /* What is no number in the latent is none in any precision. */
         (!may_overflow || !limn_vae_has_overflowed (pipeline->decoder) || !is_finite (z, n_values) ||
          decode_in_full (pipeline, n, h, w, z, cancellable, rgba, rgb, error));
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
