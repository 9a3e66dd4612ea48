/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-unet.h"

#include "model/limn-cross-contexts.h"
#include "model/limn-pass.h"
#include "model/limn-unet-encoder.h"
#include "ops/limn-op-elementwise.h"

struct _LimnUnet
{
  LimnGl           *gl;
  LimnArena        *arena;
  LimnDtype         dtype;
  LimnUnetEncoder   encoder;
  LimnUnetBlock     up[LIMN_MODEL_MAX_LEVELS];
  LimnNorm          norm_out;
  LimnMatrix        conv_out;
  LimnPassCache     cache;
  LimnCrossContexts contexts;
};

enum
{
  IO_X,
  IO_T,
  IO_Y,
  IO_VECTOR, /* where the config has one */
};

/* -------- loading -------- */

/* @skips: channels of the outputs on the way down, which come back on the way up, last first. */
static gboolean
load_way_up (LimnUnet   *unet,
             LimnLoader *loader,
             GArray     *skips,
             GError    **error)
{
  const LimnUnetConfig *config = &unet->encoder.config;
  const LimnUnetLevel *levels = config->levels;
  guint c = levels[config->n_levels - 1].channels;
  guint c_in[LIMN_MODEL_MAX_LAYERS + 1];

  for (guint i = 0; i < config->n_levels; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("up_blocks.%u", i);
      guint level = config->n_levels - 1 - i;
      guint c_out = levels[level].channels, n = levels[level].n_layers + 1;
      guint n_attentions = levels[level].up_attention && levels[level].depth > 0 ? n : 0;

      for (guint j = 0; j < n; j++)
        {
          c_in[j] = (j == 0 ? c : c_out) + g_array_index (skips, guint, skips->len - 1);
          g_array_set_size (skips, skips->len - 1);
        }
      c = c_out;
      if (!limn_unet_encoder_load_block (&unet->encoder, loader, &unet->up[i], c_in, c, n, n_attentions, levels[level].heads,
                                         levels[level].depth, prefix, error))
        return FALSE;
      if (level == 0)
        break;
      unet->up[i].has_resample = TRUE;
      if (!limn_loader_layer (loader, &unet->up[i].resample, 9, c, c, error, "%s.upsamplers.0.conv", prefix))
        return FALSE;
    }
  g_assert (skips->len == 0);
  return TRUE;
}

static gboolean
load (LimnUnet             *unet,
      LimnLoader           *loader,
      const LimnUnetConfig *config,
      GError              **error)
{
  g_autoptr(GArray) skips = g_array_new (FALSE, FALSE, sizeof (guint));
  guint c = config->levels[0].channels;

  return limn_unet_encoder_load (&unet->encoder, loader, config, skips, error)
         && load_way_up (unet, loader, skips, error)
         && limn_unet_encoder_load_time (&unet->encoder, loader, error)
         && limn_loader_norm (loader, &unet->norm_out, c, config->groups, config->eps, error, "conv_norm_out")
         && limn_loader_layer_f32 (loader, &unet->conv_out, 9, config->out_channels, c, error, "conv_out");
}

LimnUnet *
limn_unet_new (LimnLoader            *loader,
               const LimnUnetConfig  *config,
               LimnArena             *arena,
               GError               **error)
{
  g_autoptr(LimnUnet) unet = g_new0 (LimnUnet, 1);

  unet->gl = arena ? limn_arena_get_gl (arena) : NULL;
  unet->arena = arena;
  unet->dtype = loader->dtype;
  if (!load (unet, loader, config, error))
    return NULL;
  limn_cross_contexts_init (&unet->contexts, unet->gl, arena, unet->dtype, config->context_width, unet->encoder.layers);
  return g_steal_pointer (&unet);
}

void
limn_unet_free (LimnUnet *unet)
{
  if (!unet)
    return;
  limn_pass_cache_clear (&unet->cache);
  limn_cross_contexts_clear (&unet->contexts);
  for (guint i = 0; i < unet->encoder.config.n_levels; i++)
    limn_unet_block_clear (&unet->up[i]);
  limn_unet_encoder_clear (&unet->encoder);
  limn_norm_clear (&unet->norm_out);
  limn_matrix_clear (&unet->conv_out);
  g_free (unet);
}

/* -------- the pass -------- */

static LimnTensor *
record_concat (LimnRecorder *r,
               LimnTensor   *a,
               LimnTensor   *b)
{
  LimnTensor *y;

  if (r->error)
    return a;
  y = limn_graph_tensor (r->graph, r->dtype, a->n, a->h, a->w, a->c + b->c);
  limn_op_concat (r->graph, y, a, b, &r->error);
  return y;
}

/* @skips: emptied */
static LimnTensor *
record_way_up (LimnUnet     *unet,
               LimnRecorder *r,
               LimnTensor   *x,
               LimnTensor   *time,
               GPtrArray    *contexts,
               GPtrArray    *skips)
{
  for (guint i = 0; i < unet->encoder.config.n_levels; i++)
    {
      LimnUnetBlock *block = &unet->up[i];

      for (guint j = 0; j < block->n_resnets; j++)
        {
          x = record_concat (r, x, g_ptr_array_steal_index (skips, skips->len - 1));
          x = limn_resnet_record (&block->resnets[j], r, x, time);
          limn_record_tap (r, x, "up_blocks.%u.resnets.%u", i, j);
          if (block->n_attentions > 0)
            {
              x = limn_transformer_record (&block->attentions[j], r, x, contexts);
              limn_record_tap (r, x, "up_blocks.%u.attentions.%u", i, j);
            }
        }
      if (block->has_resample)
        {
          x = limn_record_conv (r, &block->resample, NULL, x, LIMN_CONV_UP, NULL, NULL);
          limn_record_tap (r, x, "up_blocks.%u.upsamplers.0", i);
        }
    }
  return x;
}

/* What the ControlNets say. Nobody else reads the skips any more, so the sums take their place, unless somebody taps them. */
static LimnTensor *
record_sum (LimnRecorder     *r,
            LimnTensor       *x,
            const LimnTensor *residual)
{
  LimnTensor *y = x;

  if (r->error)
    return x;
  if (r->taps)
    y = limn_graph_tensor (r->graph, x->dtype, x->n, x->h, x->w, x->c);
  limn_op_add (r->graph, y, x, residual, NULL, &r->error);
  return y;
}

static LimnTensor *
record_residuals (LimnRecorder        *r,
                  LimnTensor          *x,
                  GPtrArray           *skips,
                  const LimnResiduals *residuals)
{
  for (guint i = 0; i < skips->len; i++)
    skips->pdata[i] = record_sum (r, skips->pdata[i], g_ptr_array_index (residuals->tensors, i));
  return record_sum (r, x, g_ptr_array_index (residuals->tensors, skips->len));
}

static guint
get_key (guint                n,
         const LimnResiduals *residuals)
{
  return 2 * n + (residuals ? 1 : 0);
}

/* @context: (nullable): NULL: a dry pass; @residuals: (nullable) */
static LimnPass *
record_pass (LimnUnet         *unet,
             guint             n,
             guint             h,
             guint             w,
             guint             tokens,
             LimnCrossContext *context,
             LimnResiduals    *residuals,
             LimnTaps         *taps,
             GError          **error)
{
  const LimnUnetConfig *config = &unet->encoder.config;
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  g_autoptr(GPtrArray) outputs = NULL;
  g_autoptr(GPtrArray) skips = g_ptr_array_new ();
  LimnRecorder r = { .dtype = unet->dtype, .taps = taps };
  LimnTensor *x, *time;

  pass->key[0] = get_key (n, residuals);
  pass->key[1] = h;
  pass->key[2] = w;
  pass->key[3] = tokens;
  pass->dry = context == NULL;
  r.graph = limn_pass_begin (pass, unet->gl, unet->arena, "unet");
  if (context)
    {
      pass->context = limn_unet_bound_new (context, residuals);
      pass->context_unref = limn_unet_bound_free;
      outputs = g_ptr_array_ref (context->outputs);
    }
  else
    outputs = limn_cross_contexts_plan (&unet->contexts, pass->graph, n, tokens, &pass->io_bytes);
  if (!limn_pass_edge (pass, IO_X, LIMN_DTYPE_F32, n, h, w, config->in_channels, "latent", error)
      || !limn_pass_edge (pass, IO_T, LIMN_DTYPE_F32, n, 1, 1, 1, "timestep", error)
      || !limn_pass_edge (pass, IO_Y, LIMN_DTYPE_F32, n, h, w, config->out_channels, "noise", error)
      || (config->vector_width > 0
          && !limn_pass_edge (pass, IO_VECTOR, LIMN_DTYPE_F32, n, 1, 1, config->vector_width, "conditioning vector", error)))
    return NULL;

  time = limn_unet_encoder_record_time (&unet->encoder, &r, pass->io[IO_T], pass->io[IO_VECTOR]);
  x = limn_unet_encoder_record (&unet->encoder, &r, pass->io[IO_X], NULL, time, outputs, skips);
  if (residuals)
    x = record_residuals (&r, x, skips, residuals);
  x = record_way_up (unet, &r, x, time, outputs, skips);
  x = limn_record_norm (&r, &unet->norm_out, x, LIMN_ACTIVATION_SILU, FALSE);
  limn_record_tap (&r, x, "conv_norm_out+silu");
  limn_record_conv (&r, &unet->conv_out, pass->io[IO_Y], x, LIMN_CONV_SAME, NULL, NULL);
  limn_record_tap (&r, pass->io[IO_Y], "conv_out");
  if (!limn_record_end (&r, error))
    return NULL;
  return g_steal_pointer (&pass);
}

static LimnPass *
get_pass (LimnUnet         *unet,
          guint             n,
          guint             h,
          guint             w,
          LimnCrossContext *context,
          LimnResiduals    *residuals,
          GError          **error)
{
  LimnPass *pass = limn_pass_cache_find (&unet->cache, get_key (n, residuals), h, w, context->tokens);
  const LimnUnetBound *bound = pass ? pass->context : NULL;

  if (pass && bound->context == context && bound->residuals == residuals)
    return pass;
  /* Its context was pushed out by others and made anew since, or the residuals are others. */
  if (pass)
    limn_pass_cache_remove (&unet->cache, pass);
  pass = record_pass (unet, n, h, w, context->tokens, context, residuals, NULL, error);
  if (pass)
    limn_pass_cache_add (&unet->cache, pass);
  return pass;
}

gboolean
limn_unet_plan (LimnUnet      *unet,
                guint          n,
                guint          h,
                guint          w,
                guint          tokens,
                LimnPassNeed  *need,
                GError       **error)
{
  g_autoptr(LimnPass) pass = NULL;

  if (!limn_unet_encoder_check_shape (&unet->encoder, n, h, w, tokens, error))
    return FALSE;
  pass = record_pass (unet, n, h, w, tokens, NULL, NULL, NULL, error);
  if (!pass)
    return FALSE;
  limn_pass_get_need (pass, need);
  return TRUE;
}

gboolean
limn_unet_is_prepared (LimnUnet *unet,
                       guint     n,
                       guint     h,
                       guint     w,
                       guint     tokens)
{
  return limn_pass_cache_find (&unet->cache, get_key (n, NULL), h, w, tokens) != NULL;
}

gboolean
limn_unet_prepare (LimnUnet  *unet,
                   guint      n,
                   guint      h,
                   guint      w,
                   guint      tokens,
                   GError   **error)
{
  LimnCrossContext *context;

  if (!limn_unet_encoder_check_shape (&unet->encoder, n, h, w, tokens, error))
    return FALSE;
  context = limn_cross_contexts_get (&unet->contexts, n, tokens, error);
  return context && get_pass (unet, n, h, w, context, NULL, error);
}

gboolean
limn_unet_warm_up (LimnUnet      *unet,
                   guint          n,
                   guint          h,
                   guint          w,
                   guint          tokens,
                   GCancellable  *cancellable,
                   GError       **error)
{
  LimnCrossContext *context;
  LimnPass *pass;

  if (!limn_unet_encoder_check_shape (&unet->encoder, n, h, w, tokens, error))
    return FALSE;
  context = limn_cross_contexts_get (&unet->contexts, n, tokens, error);
  pass = context ? get_pass (unet, n, h, w, context, NULL, error) : NULL;
  if (!pass)
    return FALSE;
  context->valid = FALSE;
  return limn_graph_warm_up (context->graph, cancellable, error) && limn_graph_warm_up (pass->graph, cancellable, error);
}

gboolean
limn_unet_run (LimnUnet             *unet,
               const LimnUnetInput  *input,
               LimnTaps             *taps,
               GCancellable         *cancellable,
               float                *y,
               GError              **error)
{
  guint n = input->n, h = input->h, w = input->w, tokens = input->tokens;
  g_autoptr(LimnPass) tapped = NULL;
  LimnCrossContext *context;
  LimnPass *pass;

  g_return_val_if_fail (!input->residuals || !input->residuals->empty, FALSE);
  g_return_val_if_fail ((input->vector != NULL) == (unet->encoder.config.vector_width > 0), FALSE);

  if (!limn_unet_encoder_check_shape (&unet->encoder, n, h, w, tokens, error))
    return FALSE;
  context = limn_cross_contexts_get (&unet->contexts, n, tokens, error);
  if (!context)
    return FALSE;
  if (taps)
    pass = tapped = record_pass (unet, n, h, w, tokens, context, input->residuals, taps, error);
  else
    pass = get_pass (unet, n, h, w, context, input->residuals, error);
  if (!pass || !limn_cross_contexts_set (&unet->contexts, context, input->context, cancellable, error))
    return FALSE;
  limn_tensor_upload_nchw (pass->io[IO_X], input->x);
  limn_tensor_upload (pass->io[IO_T], input->t);
  if (input->vector)
    limn_tensor_upload (pass->io[IO_VECTOR], input->vector);
  return limn_graph_run (pass->graph, cancellable, error)
         && (!taps || limn_taps_collect (taps, pass->graph, error))
         && limn_tensor_download_nchw (pass->io[IO_Y], y, error);
}

void
limn_unet_forget_contexts (LimnUnet *unet)
{
  limn_cross_contexts_invalidate (&unet->contexts);
}
