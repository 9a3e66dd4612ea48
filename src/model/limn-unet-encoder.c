/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-unet-encoder.h"

#include "base/limn-error.h"
#include "ops/limn-op-elementwise.h"

#include <math.h>

/* -------- loading -------- */

gboolean
limn_unet_encoder_load_block (LimnUnetEncoder *encoder,
                              LimnLoader      *loader,
                              LimnUnetBlock   *block,
                              const guint     *c_in,
                              guint            c_out,
                              guint            n_resnets,
                              guint            n_attentions,
                              guint            heads,
                              guint            depth,
                              const char      *prefix,
                              GError         **error)
{
  const LimnUnetConfig *config = &encoder->config;

  block->n_resnets = n_resnets;
  block->resnets = g_new0 (LimnResnet, n_resnets);
  block->n_attentions = n_attentions;
  block->attentions = g_new0 (LimnTransformer, n_attentions);
  for (guint j = 0; j < n_resnets; j++)
    {
      g_autofree char *name = g_strdup_printf ("%s.resnets.%u", prefix, j);
      LimnMatrixPart part = { NULL, c_out };
      char *time_name = g_strconcat (name, ".time_emb_proj", NULL);

      g_ptr_array_add (encoder->time_names, time_name);
      part.name = time_name;
      g_array_append_val (encoder->time_parts, part);
      block->resnets[j].time_first = encoder->time_columns;
      encoder->time_columns += c_out;
      if (!limn_resnet_load (&block->resnets[j], loader, c_in[j], c_out, config->groups, config->eps, name, error))
        return FALSE;
    }
  for (guint j = 0; j < n_attentions; j++)
    {
      g_autofree char *name = g_strdup_printf ("%s.attentions.%u", prefix, j);
      LimnTransformer *transformer = &block->attentions[j];

      transformer->kv_first = encoder->layers->len;
      if (!limn_transformer_load (transformer, loader, c_out, heads, depth, config->context_width, config->groups, name, error))
        return FALSE;
      for (guint k = 0; k < transformer->n_layers; k++)
        g_ptr_array_add (encoder->layers, &transformer->layers[k]);
    }
  return TRUE;
}

static gboolean
load_blocks (LimnUnetEncoder *encoder,
             LimnLoader      *loader,
             GArray          *skips,
             GError         **error)
{
  const LimnUnetConfig *config = &encoder->config;
  const LimnUnetLevel *levels = config->levels;
  guint c = levels[0].channels;
  guint c_in[LIMN_MODEL_MAX_LAYERS];

  g_array_append_val (skips, c);
  for (guint i = 0; i < config->n_levels; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("down_blocks.%u", i);
      guint c_out = levels[i].channels, n = levels[i].n_layers, n_attentions = levels[i].down_attention && levels[i].depth > 0 ? n : 0;

      for (guint j = 0; j < n; j++)
        {
          c_in[j] = j == 0 ? c : c_out;
          g_array_append_val (skips, c_out);
        }
      c = c_out;
      if (!limn_unet_encoder_load_block (encoder, loader, &encoder->down[i], c_in, c, n, n_attentions, levels[i].heads, levels[i].depth,
                                         prefix, error))
        return FALSE;
      if (i + 1 == config->n_levels)
        break;
      encoder->down[i].has_resample = TRUE;
      g_array_append_val (skips, c);
      if (!limn_loader_layer (loader, &encoder->down[i].resample, 9, c, c, error, "%s.downsamplers.0.conv", prefix))
        return FALSE;
    }
  c_in[0] = c_in[1] = c;
  return limn_unet_encoder_load_block (encoder, loader, &encoder->mid, c_in, c, 2, 1, levels[config->n_levels - 1].heads, config->mid_depth,
                                       "mid_block", error);
}

static gboolean
load_vector (LimnUnetEncoder *encoder,
             LimnLoader      *loader,
             GError         **error)
{
  guint c = encoder->config.levels[0].channels, width = encoder->config.vector_width;

  return width == 0
         || (limn_loader_layer_f32 (loader, &encoder->vector1, 1, 4 * c, width, error, "add_embedding.linear_1")
             && limn_loader_layer_f32 (loader, &encoder->vector2, 1, 4 * c, 4 * c, error, "add_embedding.linear_2"));
}

/* What a distilled model is told of the guidance scale w = LIMN_UNET_GUIDANCE - 1 never changes, so it goes into a bias: with P of the guidance, the
 * first layer W, b of the timestep's embedding f and half = guidance_width / 2,
 *
 *   W (f + P e) + b = W f + (b + W P e),   e = (sin (1000 w g), cos (1000 w g)),   g_i = exp (-ln (10000) i / (half - 1))
 *
 * Luo et al. 2023, section 4.1; diffusers, TimestepEmbedding and get_guidance_scale_embedding(). */
static gboolean
fold_guidance (LimnUnetEncoder *encoder,
               LimnLoader      *loader,
               GError         **error)
{
  guint c = encoder->config.levels[0].channels, width = encoder->config.guidance_width, half = width / 2;
  g_autofree float *projection = g_new (float, (gsize) c * width);
  g_autofree float *weights = g_new (float, (gsize) 4 * c * c);
  g_autofree float *bias = g_new (float, 4 * c);
  g_autofree double *told = g_new0 (double, c);

  if (width == 0)
    return TRUE;
  if (!limn_loader_read (loader, "time_embedding.cond_proj.weight", c, width, projection, error)
      || !limn_loader_read (loader, "time_embedding.linear_1.weight", 4 * c, c, weights, error))
    return FALSE;
  if (!loader->gl)
    return TRUE;
  if (!limn_tensor_download (encoder->time1.bias, bias, error))
    return FALSE;
  for (guint i = 0; i < half; i++)
    {
      double angle = 1000 * (LIMN_UNET_GUIDANCE - 1) * exp (-log (10000) * i / (half - 1));

      for (guint k = 0; k < c; k++)
        told[k] += projection[(gsize) k * width + i] * sin (angle) + projection[(gsize) k * width + half + i] * cos (angle);
    }
  for (guint n = 0; n < 4 * c; n++)
    {
      double sum = bias[n];

      for (guint k = 0; k < c; k++)
        sum += weights[(gsize) n * c + k] * told[k];
      bias[n] = sum;
    }
  limn_tensor_upload (encoder->time1.bias, bias);
  return TRUE;
}

/* The sinusoids' frequencies, in double: at t = 999 a float's exp() is already off by 1e-4 radians. */
static gboolean
make_frequencies (LimnUnetEncoder *encoder,
                  LimnLoader      *loader,
                  GError         **error)
{
  guint half = encoder->config.levels[0].channels / 2;
  g_autofree float *values = g_new (float, half);

  for (guint i = 0; i < half; i++)
    values[i] = exp (-log (10000) * i / (half - encoder->config.freq_shift));
  encoder->frequencies = limn_tensor_new (loader->gl, LIMN_DTYPE_F32, 1, 1, 1, half, "timestep frequencies", error);
  if (!encoder->frequencies)
    return FALSE;
  loader->bytes += limn_tensor_count_bytes (encoder->frequencies);
  if (loader->gl)
    limn_tensor_upload (encoder->frequencies, values);
  return TRUE;
}

gboolean
limn_unet_encoder_load (LimnUnetEncoder      *encoder,
                        LimnLoader           *loader,
                        const LimnUnetConfig *config,
                        GArray               *skips,
                        GError              **error)
{
  guint c = config->levels[0].channels;

  encoder->config = *config;
  encoder->layers = g_ptr_array_new ();
  encoder->time_parts = g_array_new (FALSE, FALSE, sizeof (LimnMatrixPart));
  encoder->time_names = g_ptr_array_new_with_free_func (g_free);
  return limn_loader_layer (loader, &encoder->conv_in, 9, c, config->in_channels, error, "conv_in")
         && limn_loader_layer_f32 (loader, &encoder->time1, 1, 4 * c, c, error, "time_embedding.linear_1")
         && limn_loader_layer_f32 (loader, &encoder->time2, 1, 4 * c, 4 * c, error, "time_embedding.linear_2")
         && fold_guidance (encoder, loader, error)
         && load_vector (encoder, loader, error)
         && load_blocks (encoder, loader, skips, error)
         && make_frequencies (encoder, loader, error);
}

gboolean
limn_unet_encoder_load_time (LimnUnetEncoder *encoder,
                             LimnLoader      *loader,
                             GError         **error)
{
  /* Of the loader's dtype like the layers that they belong to: 25 million weights, 49 MiB more in F32. What they are multiplied with and give
   * is F32. */
  return limn_loader_matrix (loader, &encoder->time_all, 1, 4 * encoder->config.levels[0].channels,
                             (const LimnMatrixPart *) encoder->time_parts->data, encoder->time_parts->len, TRUE, error);
}

void
limn_unet_block_clear (LimnUnetBlock *block)
{
  for (guint j = 0; j < block->n_resnets; j++)
    limn_resnet_clear (&block->resnets[j]);
  for (guint j = 0; j < block->n_attentions; j++)
    limn_transformer_clear (&block->attentions[j]);
  limn_matrix_clear (&block->resample);
  g_clear_pointer (&block->resnets, g_free);
  g_clear_pointer (&block->attentions, g_free);
}

void
limn_unet_encoder_clear (LimnUnetEncoder *encoder)
{
  g_clear_pointer (&encoder->layers, g_ptr_array_unref);
  g_clear_pointer (&encoder->time_parts, g_array_unref);
  g_clear_pointer (&encoder->time_names, g_ptr_array_unref);
  g_clear_pointer (&encoder->frequencies, limn_tensor_free);
  limn_matrix_clear (&encoder->time1);
  limn_matrix_clear (&encoder->time2);
  limn_matrix_clear (&encoder->vector1);
  limn_matrix_clear (&encoder->vector2);
  limn_matrix_clear (&encoder->time_all);
  limn_matrix_clear (&encoder->conv_in);
  for (guint i = 0; i < encoder->config.n_levels; i++)
    limn_unet_block_clear (&encoder->down[i]);
  limn_unet_block_clear (&encoder->mid);
}

guint
limn_unet_config_get_multiple (const LimnUnetConfig *config)
{
  return 1u << (config->n_levels - 1);
}

gboolean
limn_unet_encoder_check_shape (const LimnUnetEncoder *encoder,
                               guint                  n,
                               guint                  h,
                               guint                  w,
                               guint                  tokens,
                               GError               **error)
{
  guint multiple = limn_unet_config_get_multiple (&encoder->config);

  if (n > 0 && h > 0 && w > 0 && tokens > 0 && h % multiple == 0 && w % multiple == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
               "The UNet cannot take %u latents of %u x %u with %u tokens: height and width must be multiples of %u", n,
               w, h, tokens, multiple);
  return FALSE;
}

/* -------- the pass -------- */

/* SiLU of (the time's embedding + the vector's); @hidden: the time's after the first layer */
static void
record_embedding (LimnUnetEncoder *encoder,
                  LimnRecorder    *r,
                  LimnTensor      *embedding,
                  LimnTensor      *hidden,
                  LimnTensor      *vector)
{
  LimnTensor *told;

  if (!vector)
    {
      limn_record_matrix (r, &encoder->time2, embedding, hidden, LIMN_ACTIVATION_SILU, NULL);
      return;
    }
  told = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, embedding->n, 1, 1, embedding->c);
  limn_record_matrix (r, &encoder->time2, embedding, hidden, LIMN_ACTIVATION_NONE, NULL);
  limn_record_matrix (r, &encoder->vector1, told, vector, LIMN_ACTIVATION_SILU, NULL);
  limn_record_matrix (r, &encoder->vector2, embedding, told, LIMN_ACTIVATION_NONE, embedding);
  if (!r->error)
    limn_op_activate (r->graph, embedding, embedding, LIMN_ACTIVATION_SILU, &r->error);
}

LimnTensor *
limn_unet_encoder_record_time (LimnUnetEncoder *encoder,
                               LimnRecorder    *r,
                               LimnTensor      *t,
                               LimnTensor      *vector)
{
  guint n = t->n, c = encoder->config.levels[0].channels;
  LimnTensor *features = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, c);
  LimnTensor *hidden = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, 4 * c);
  LimnTensor *embedding = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, 4 * c);
  LimnTensor *all = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, encoder->time_all.weights->n);

  limn_op_timestep (r->graph, features, t, encoder->frequencies, encoder->config.flip, &r->error);
  limn_record_tap (r, features, "time_proj");
  limn_record_matrix (r, &encoder->time1, hidden, features, LIMN_ACTIVATION_SILU, NULL);
  if (r->taps && !r->error)
    {
      LimnTensor *plain = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, 4 * c);

      limn_record_matrix (r, &encoder->time2, plain, hidden, LIMN_ACTIVATION_NONE, NULL);
      limn_record_tap (r, plain, "time_embedding");
    }
  record_embedding (encoder, r, embedding, hidden, vector);
  limn_record_matrix (r, &encoder->time_all, all, embedding, LIMN_ACTIVATION_NONE, NULL);
  return all;
}

LimnTensor *
limn_unet_encoder_record (LimnUnetEncoder  *encoder,
                          LimnRecorder     *r,
                          LimnTensor       *x,
                          const LimnTensor *hint,
                          LimnTensor       *time,
                          GPtrArray        *contexts,
                          GPtrArray        *skips)
{
  const LimnUnetConfig *config = &encoder->config;

  x = limn_record_conv (r, &encoder->conv_in, NULL, x, LIMN_CONV_SAME, NULL, hint);
  limn_record_tap (r, x, "conv_in");
  g_ptr_array_add (skips, x);
  for (guint i = 0; i < config->n_levels; i++)
    {
      LimnUnetBlock *block = &encoder->down[i];

      for (guint j = 0; j < block->n_resnets; j++)
        {
          x = limn_resnet_record (&block->resnets[j], r, x, time);
          limn_record_tap (r, x, "down_blocks.%u.resnets.%u", i, j);
          if (block->n_attentions > 0)
            {
              x = limn_transformer_record (&block->attentions[j], r, x, contexts);
              limn_record_tap (r, x, "down_blocks.%u.attentions.%u", i, j);
            }
          g_ptr_array_add (skips, x);
        }
      if (block->has_resample)
        {
          x = limn_record_conv (r, &block->resample, NULL, x, LIMN_CONV_DOWN, NULL, NULL);
          limn_record_tap (r, x, "down_blocks.%u.downsamplers.0", i);
          g_ptr_array_add (skips, x);
        }
    }

  x = limn_resnet_record (&encoder->mid.resnets[0], r, x, time);
  limn_record_tap (r, x, "mid_block.resnets.0");
  x = limn_transformer_record (&encoder->mid.attentions[0], r, x, contexts);
  limn_record_tap (r, x, "mid_block.attentions.0");
  x = limn_resnet_record (&encoder->mid.resnets[1], r, x, time);
  return limn_record_tap (r, x, "mid_block.resnets.1");
}
