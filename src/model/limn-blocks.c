/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Sources: Ho et al. 2020 (residual block with time embedding); Rombach et al. 2022, appendix, and
 * diffusers' Transformer2DModel (spatial transformer); Shazeer 2020 (GEGLU). */

#include "model/limn-blocks.h"

#include "ops/limn-op-attention.h"
#include "ops/limn-op-elementwise.h"
#include "ops/limn-op-norm.h"

#include <math.h>
#include <stdarg.h>

/* Not in any config: diffusers builds the transformers' input norm and all layer norms with these. */
#define TRANSFORMER_NORM_EPS 1e-6f
#define LAYER_NORM_EPS       1e-5f

gboolean
limn_record_end (LimnRecorder  *r,
                 GError       **error)
{
  if (r->error)
    {
      g_propagate_error (error, g_steal_pointer (&r->error));
      return FALSE;
    }
  return limn_graph_plan (r->graph, error);
}

LimnTensor *
limn_record_tap (LimnRecorder *r,
                 LimnTensor   *tensor,
                 const char   *format,
                 ...)
{
  g_autofree char *name = NULL;
  va_list args;

  if (!r->taps || r->error)
    return tensor;
  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  limn_taps_add (r->taps, r->graph, tensor, name);
  return tensor;
}

LimnTensor *
limn_record_norm (LimnRecorder   *r,
                  const LimnNorm *norm,
                  LimnTensor     *x,
                  LimnActivation  activation,
                  gboolean        in_place)
{
  LimnTensor *y;

  if (r->error)
    return x;
  y = in_place ? x : limn_graph_tensor (r->graph, x->dtype, x->n, x->h, x->w, x->c);
  if (norm->groups > 0)
    limn_op_group_norm (r->graph, y, x, norm->gamma, norm->beta, norm->groups, norm->eps, activation, &r->error);
  else
    limn_op_layer_norm (r->graph, y, x, norm->gamma, norm->beta, norm->eps, &r->error);
  return y;
}

LimnTensor *
limn_record_matrix (LimnRecorder     *r,
                    const LimnMatrix *matrix,
                    LimnTensor       *y,
                    const LimnTensor *x,
                    LimnActivation    activation,
                    const LimnTensor *residual)
{
  LimnEpilogue epilogue = { .bias = matrix->bias, .activation = activation, .residual = residual };

  if (r->error)
    return (LimnTensor *) x;
  if (!y)
    y = limn_graph_tensor (r->graph, r->dtype, x->n, x->h, x->w, matrix->weights->n);
  limn_op_matmul (r->graph, y, x, matrix->weights, &epilogue, &r->error);
  return y;
}

LimnTensor *
limn_record_conv (LimnRecorder     *r,
                  const LimnMatrix *matrix,
                  LimnTensor       *y,
                  const LimnTensor *x,
                  LimnConvMode      mode,
                  const LimnTensor *sample_bias,
                  const LimnTensor *residual)
{
  LimnEpilogue epilogue = { .bias = matrix->bias, .sample_bias = sample_bias, .residual = residual };

  if (r->error)
    return (LimnTensor *) x;
  if (!y)
    y = limn_graph_tensor (r->graph, r->dtype, x->n, limn_conv_get_output_size (mode, x->h),
                           limn_conv_get_output_size (mode, x->w), matrix->weights->n);
  limn_op_conv3x3 (r->graph, y, x, matrix->weights, mode, &epilogue, &r->error);
  return y;
}

LimnTensor *
limn_record_attention (LimnRecorder     *r,
                       const LimnTensor *q,
                       const LimnTensor *k,
                       const LimnTensor *v,
                       guint             heads,
                       gboolean          causal)
{
  LimnTensor *y;

  if (r->error)
    return (LimnTensor *) q;
  y = limn_graph_tensor (r->graph, r->dtype, q->n, q->h, q->w, q->c);
  limn_op_attention (r->graph, y, q, k, v, heads, causal, 1 / sqrtf (q->c / heads), &r->error);
  return y;
}

gboolean
limn_resnet_load (LimnResnet  *resnet,
                  LimnLoader  *loader,
                  guint        c_in,
                  guint        c_out,
                  guint        groups,
                  float        eps,
                  const char  *prefix,
                  GError     **error)
{
  resnet->c_in = c_in;
  resnet->c_out = c_out;
  if (!limn_loader_norm (loader, &resnet->norm1, c_in, groups, eps, error, "%s.norm1", prefix)
      || !limn_loader_layer (loader, &resnet->conv1, 9, c_out, c_in, error, "%s.conv1", prefix)
      || !limn_loader_norm (loader, &resnet->norm2, c_out, groups, eps, error, "%s.norm2", prefix)
      || !limn_loader_layer (loader, &resnet->conv2, 9, c_out, c_out, error, "%s.conv2", prefix))
    return FALSE;
  return c_in == c_out
         || limn_loader_layer (loader, &resnet->shortcut, 1, c_out, c_in, error, "%s.conv_shortcut", prefix);
}

void
limn_resnet_clear (LimnResnet *resnet)
{
  limn_norm_clear (&resnet->norm1);
  limn_norm_clear (&resnet->norm2);
  limn_matrix_clear (&resnet->conv1);
  limn_matrix_clear (&resnet->conv2);
  limn_matrix_clear (&resnet->shortcut);
}

LimnTensor *
limn_resnet_record (const LimnResnet *resnet,
                    LimnRecorder     *r,
                    LimnTensor       *x,
                    const LimnTensor *time)
{
  const LimnTensor *bias = NULL;
  LimnTensor *h, *shortcut;

  if (r->error)
    return x;
  if (time)
    bias = limn_graph_columns (r->graph, time, resnet->time_first, resnet->c_out);
  h = limn_record_norm (r, &resnet->norm1, x, LIMN_ACTIVATION_SILU, FALSE);
  h = limn_record_conv (r, &resnet->conv1, NULL, h, LIMN_CONV_SAME, bias, NULL);
  h = limn_record_norm (r, &resnet->norm2, h, LIMN_ACTIVATION_SILU, TRUE);
  if (!resnet->shortcut.weights)
    return limn_record_conv (r, &resnet->conv2, NULL, h, LIMN_CONV_SAME, NULL, x);
  /* Nobody else reads the shortcut, so the sum takes its place. */
  shortcut = limn_record_matrix (r, &resnet->shortcut, NULL, x, LIMN_ACTIVATION_NONE, NULL);
  return limn_record_conv (r, &resnet->conv2, shortcut, h, LIMN_CONV_SAME, NULL, shortcut);
}

static gboolean
load_attention (LimnLoader  *loader,
                LimnCross   *layer,
                guint        c,
                guint        context_width,
                const char  *prefix,
                GError     **error)
{
  static const char * const names[] = {
    "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn2.to_q", "attn2.to_k", "attn2.to_v"
  };
  LimnMatrixPart parts[G_N_ELEMENTS (names)];
  char *full[G_N_ELEMENTS (names) + 1] = { NULL };
  gboolean done;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      full[i] = g_strconcat (prefix, ".", names[i], NULL);
      parts[i] = (LimnMatrixPart) { full[i], c };
    }
  done = limn_loader_matrix (loader, &layer->qkv, 1, c, parts, 3, FALSE, error)
         && limn_loader_matrix (loader, &layer->q, 1, c, parts + 3, 1, FALSE, error)
         && limn_loader_matrix (loader, &layer->kv, 1, context_width, parts + 4, 2, FALSE, error)
         && limn_loader_layer (loader, &layer->out1, 1, c, c, error, "%s.attn1.to_out.0", prefix)
         && limn_loader_layer (loader, &layer->out2, 1, c, c, error, "%s.attn2.to_out.0", prefix);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (full[i]);
  return done;
}

gboolean
limn_transformer_load (LimnTransformer  *transformer,
                       LimnLoader       *loader,
                       guint             c,
                       guint             heads,
                       guint             depth,
                       guint             context_width,
                       guint             groups,
                       const char       *prefix,
                       GError          **error)
{
  transformer->c = c;
  transformer->heads = heads;
  transformer->n_layers = depth;
  transformer->layers = g_new0 (LimnCross, depth);
  if (!limn_loader_norm (loader, &transformer->norm, c, groups, TRANSFORMER_NORM_EPS, error, "%s.norm", prefix)
      || !limn_loader_layer (loader, &transformer->proj_in, 1, c, c, error, "%s.proj_in", prefix)
      || !limn_loader_layer (loader, &transformer->proj_out, 1, c, c, error, "%s.proj_out", prefix))
    return FALSE;
  for (guint i = 0; i < depth; i++)
    {
      LimnCross *layer = &transformer->layers[i];
      g_autofree char *name = g_strdup_printf ("%s.transformer_blocks.%u", prefix, i);

      if (!limn_loader_norm (loader, &layer->norm1, c, 0, LAYER_NORM_EPS, error, "%s.norm1", name)
          || !limn_loader_norm (loader, &layer->norm2, c, 0, LAYER_NORM_EPS, error, "%s.norm2", name)
          || !limn_loader_norm (loader, &layer->norm3, c, 0, LAYER_NORM_EPS, error, "%s.norm3", name)
          || !load_attention (loader, layer, c, context_width, name, error)
          || !limn_loader_layer (loader, &layer->ff_in, 1, 8 * c, c, error, "%s.ff.net.0.proj", name)
          || !limn_loader_layer (loader, &layer->ff_out, 1, c, 4 * c, error, "%s.ff.net.2", name))
        return FALSE;
    }
  return TRUE;
}

void
limn_transformer_clear (LimnTransformer *transformer)
{
  limn_norm_clear (&transformer->norm);
  limn_matrix_clear (&transformer->proj_in);
  limn_matrix_clear (&transformer->proj_out);
  for (guint i = 0; transformer->layers && i < transformer->n_layers; i++)
    {
      LimnCross *layer = &transformer->layers[i];

      limn_norm_clear (&layer->norm1);
      limn_norm_clear (&layer->norm2);
      limn_norm_clear (&layer->norm3);
      limn_matrix_clear (&layer->qkv);
      limn_matrix_clear (&layer->out1);
      limn_matrix_clear (&layer->q);
      limn_matrix_clear (&layer->kv);
      limn_matrix_clear (&layer->out2);
      limn_matrix_clear (&layer->ff_in);
      limn_matrix_clear (&layer->ff_out);
    }
  g_clear_pointer (&transformer->layers, g_free);
}

static LimnTensor *
record_layer (const LimnTransformer *transformer,
              const LimnCross       *layer,
              LimnRecorder          *r,
              LimnTensor            *h,
              const LimnTensor      *context)
{
  guint c = transformer->c, heads = transformer->heads;
  LimnTensor *a, *qkv, *gated;

  a = limn_record_norm (r, &layer->norm1, h, LIMN_ACTIVATION_NONE, FALSE);
  qkv = limn_record_matrix (r, &layer->qkv, NULL, a, LIMN_ACTIVATION_NONE, NULL);
  if (r->error)
    return h;
  a = limn_record_attention (r, limn_graph_columns (r->graph, qkv, 0, c), limn_graph_columns (r->graph, qkv, c, c),
                             limn_graph_columns (r->graph, qkv, 2 * c, c), heads, FALSE);
  h = limn_record_matrix (r, &layer->out1, h, a, LIMN_ACTIVATION_NONE, h);

  a = limn_record_norm (r, &layer->norm2, h, LIMN_ACTIVATION_NONE, FALSE);
  a = limn_record_matrix (r, &layer->q, NULL, a, LIMN_ACTIVATION_NONE, NULL);
  if (r->error)
    return h;
  a = limn_record_attention (r, a, limn_graph_columns (r->graph, context, 0, c),
                             limn_graph_columns (r->graph, context, c, c), heads, FALSE);
  h = limn_record_matrix (r, &layer->out2, h, a, LIMN_ACTIVATION_NONE, h);

  a = limn_record_norm (r, &layer->norm3, h, LIMN_ACTIVATION_NONE, FALSE);
  a = limn_record_matrix (r, &layer->ff_in, NULL, a, LIMN_ACTIVATION_NONE, NULL);
  if (r->error)
    return h;
  gated = limn_graph_tensor (r->graph, r->dtype, a->n, a->h, a->w, 4 * c);
  limn_op_geglu (r->graph, gated, a, &r->error);
  return limn_record_matrix (r, &layer->ff_out, h, gated, LIMN_ACTIVATION_NONE, h);
}

LimnTensor *
limn_transformer_record (const LimnTransformer *transformer,
                         LimnRecorder          *r,
                         LimnTensor            *x,
                         GPtrArray             *contexts)
{
  LimnTensor *h;

  if (r->error)
    return x;
  h = limn_record_norm (r, &transformer->norm, x, LIMN_ACTIVATION_NONE, FALSE);
  h = limn_record_matrix (r, &transformer->proj_in, NULL, h, LIMN_ACTIVATION_NONE, NULL);
  if (r->error)
    return x;
  h = limn_graph_reshape (r->graph, h, x->n, x->h * x->w, 1);
  for (guint i = 0; i < transformer->n_layers; i++)
    h = record_layer (transformer, &transformer->layers[i], r, h,
                      g_ptr_array_index (contexts, transformer->kv_first + i));
  if (r->error)
    return x;
  h = limn_graph_reshape (r->graph, h, x->n, x->h, x->w);
  return limn_record_matrix (r, &transformer->proj_out, NULL, h, LIMN_ACTIVATION_NONE, x);
}
