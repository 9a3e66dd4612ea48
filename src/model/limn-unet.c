/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-unet.h"

#include "base/limn-error.h"
#include "model/limn-blocks.h"
#include "model/limn-pass.h"
#include "ops/limn-op-elementwise.h"

#include <math.h>
#include <string.h>

/* One level's way down or up, or the middle. */
typedef struct
{
  guint            n_resnets;
  LimnResnet      *resnets;
  guint            n_attentions; /* 0, or one after each residual block (in the middle: after the first) */
  LimnTransformer *attentions;
  gboolean         has_resample;
  LimnMatrix       resample;
} Block;

struct _LimnUnet
{
  LimnUnetConfig config;
  LimnGl        *gl;
  LimnArena     *arena;
  LimnDtype      dtype;
  LimnTensor    *frequencies;
  LimnMatrix     time1;
  LimnMatrix     time2;
  LimnMatrix     time_all; /* time_emb_proj of all residual blocks, stacked */
  LimnMatrix     conv_in;
  Block          down[LIMN_MODEL_MAX_LEVELS];
  Block          mid;
  Block          up[LIMN_MODEL_MAX_LEVELS];
  LimnNorm       norm_out;
  LimnMatrix     conv_out;
  GPtrArray     *layers; /* LimnCross of all transformers, in the order of kv_first */
  LimnPassCache  cache;
  GPtrArray     *contexts; /* Context, the ones used last first */
};

enum
{
  IO_X,
  IO_T,
  IO_Y,
};

/* Keys and values of one batch of contexts, for every cross-attention. Counted references: a recorded pass
 * reads its tensors. */
typedef struct
{
  guint       n;
  guint       tokens;
  float      *values; /* what the tensors below were computed from; valid only if @valid */
  gboolean    valid;
  LimnTensor *input;
  GPtrArray  *outputs; /* [n, tokens, 1, 2 C] */
  LimnGraph  *graph;
} Context;

/* -------- loading -------- */

typedef struct
{
  LimnLoader *loader;
  GArray     *time_parts; /* LimnMatrixPart */
  GPtrArray  *names;
  guint       time_columns;
  guint       n_layers;
} Building;

static gboolean
load_block (LimnUnet    *unet,
            Building    *building,
            Block       *block,
            const guint *c_in,
            guint        c_out,
            guint        n_resnets,
            guint        n_attentions,
            guint        level,
            const char  *prefix,
            GError     **error)
{
  const LimnUnetConfig *config = &unet->config;

  block->n_resnets = n_resnets;
  block->resnets = g_new0 (LimnResnet, n_resnets);
  block->n_attentions = n_attentions;
  block->attentions = g_new0 (LimnTransformer, n_attentions);
  for (guint j = 0; j < n_resnets; j++)
    {
      g_autofree char *name = g_strdup_printf ("%s.resnets.%u", prefix, j);
      LimnMatrixPart part = { NULL, c_out };
      char *time_name = g_strconcat (name, ".time_emb_proj", NULL);

      g_ptr_array_add (building->names, time_name);
      part.name = time_name;
      g_array_append_val (building->time_parts, part);
      block->resnets[j].time_first = building->time_columns;
      building->time_columns += c_out;
      if (!limn_resnet_load (&block->resnets[j], building->loader, c_in[j], c_out, config->groups, config->eps, name,
                             error))
        return FALSE;
    }
  for (guint j = 0; j < n_attentions; j++)
    {
      g_autofree char *name = g_strdup_printf ("%s.attentions.%u", prefix, j);
      LimnTransformer *transformer = &block->attentions[j];

      transformer->kv_first = building->n_layers;
      building->n_layers += config->levels[level].depth;
      if (!limn_transformer_load (transformer, building->loader, c_out, config->levels[level].heads,
                                  config->levels[level].depth, config->context_width, config->groups, name, error))
        return FALSE;
      for (guint k = 0; k < transformer->n_layers; k++)
        g_ptr_array_add (unet->layers, &transformer->layers[k]);
    }
  return TRUE;
}

static gboolean
load_blocks (LimnUnet  *unet,
             Building  *building,
             GError   **error)
{
  const LimnUnetConfig *config = &unet->config;
  const LimnUnetLevel *levels = config->levels;
  LimnLoader *loader = building->loader;
  /* Channels of the outputs on the way down, which come back on the way up, last first. */
  g_autoptr(GArray) skips = g_array_new (FALSE, FALSE, sizeof (guint));
  guint c = levels[0].channels;
  guint c_in[LIMN_MODEL_MAX_LAYERS + 1];

  g_array_append_val (skips, c);
  for (guint i = 0; i < config->n_levels; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("down_blocks.%u", i);
      guint c_out = levels[i].channels, n = levels[i].n_layers;

      for (guint j = 0; j < n; j++)
        {
          c_in[j] = j == 0 ? c : c_out;
          g_array_append_val (skips, c_out);
        }
      c = c_out;
      if (!load_block (unet, building, &unet->down[i], c_in, c, n, levels[i].down_attention ? n : 0, i, prefix, error))
        return FALSE;
      if (i + 1 == config->n_levels)
        break;
      unet->down[i].has_resample = TRUE;
      g_array_append_val (skips, c);
      if (!limn_loader_layer (loader, &unet->down[i].resample, 9, c, c, error, "%s.downsamplers.0.conv", prefix))
        return FALSE;
    }

  c_in[0] = c_in[1] = c;
  if (!load_block (unet, building, &unet->mid, c_in, c, 2, 1, config->n_levels - 1, "mid_block", error))
    return FALSE;

  for (guint i = 0; i < config->n_levels; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("up_blocks.%u", i);
      guint level = config->n_levels - 1 - i;
      guint c_out = levels[level].channels, n = levels[level].n_layers + 1;

      for (guint j = 0; j < n; j++)
        {
          c_in[j] = (j == 0 ? c : c_out) + g_array_index (skips, guint, skips->len - 1);
          g_array_set_size (skips, skips->len - 1);
        }
      c = c_out;
      if (!load_block (unet, building, &unet->up[i], c_in, c, n, levels[level].up_attention ? n : 0, level, prefix,
                       error))
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

/* The sinusoids' frequencies, in double: at t = 999 a float's exp() is already off by 1e-4 radians. */
static gboolean
make_frequencies (LimnUnet  *unet,
                  GError   **error)
{
  guint half = unet->config.levels[0].channels / 2;
  g_autofree float *values = g_new (float, half);

  for (guint i = 0; i < half; i++)
    values[i] = exp (-log (10000) * i / (half - unet->config.freq_shift));
  unet->frequencies = limn_tensor_new (unet->gl, LIMN_DTYPE_F32, 1, 1, 1, half, "timestep frequencies", error);
  if (!unet->frequencies)
    return FALSE;
  limn_tensor_upload (unet->frequencies, values);
  return TRUE;
}

static gboolean
load (LimnUnet    *unet,
      LimnLoader  *loader,
      Building    *building,
      GError     **error)
{
  const LimnUnetConfig *config = &unet->config;
  guint c = config->levels[0].channels;
  gboolean done;

  if (!limn_loader_layer (loader, &unet->conv_in, 9, c, config->in_channels, error, "conv_in")
      || !limn_loader_layer_f32 (loader, &unet->time1, 1, 4 * c, c, error, "time_embedding.linear_1")
      || !limn_loader_layer_f32 (loader, &unet->time2, 1, 4 * c, 4 * c, error, "time_embedding.linear_2")
      || !load_blocks (unet, building, error)
      || !limn_loader_norm (loader, &unet->norm_out, c, config->groups, config->eps, error, "conv_norm_out")
      || !limn_loader_layer_f32 (loader, &unet->conv_out, 9, config->out_channels, c, error, "conv_out"))
    return FALSE;
  loader->dtype = LIMN_DTYPE_F32;
  done = limn_loader_matrix (loader, &unet->time_all, 1, 4 * c, (const LimnMatrixPart *) building->time_parts->data,
                             building->time_parts->len, TRUE, error);
  loader->dtype = unet->dtype;
  return done && (!loader->gl || make_frequencies (unet, error));
}

static void context_unref (gpointer data);

LimnUnet *
limn_unet_new (LimnLoader            *loader,
               const LimnUnetConfig  *config,
               LimnArena             *arena,
               GError               **error)
{
  g_autoptr(LimnUnet) unet = g_new0 (LimnUnet, 1);
  g_autoptr(GArray) time_parts = g_array_new (FALSE, FALSE, sizeof (LimnMatrixPart));
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Building building = { .loader = loader, .time_parts = time_parts, .names = names };

  unet->config = *config;
  unet->gl = loader->gl;
  unet->arena = arena;
  unet->dtype = loader->dtype;
  unet->layers = g_ptr_array_new ();
  unet->contexts = g_ptr_array_new_with_free_func (context_unref);
  if (!load (unet, loader, &building, error))
    return NULL;
  return g_steal_pointer (&unet);
}

static void
block_clear (Block *block)
{
  for (guint j = 0; j < block->n_resnets; j++)
    limn_resnet_clear (&block->resnets[j]);
  for (guint j = 0; j < block->n_attentions; j++)
    limn_transformer_clear (&block->attentions[j]);
  limn_matrix_clear (&block->resample);
  g_free (block->resnets);
  g_free (block->attentions);
}

void
limn_unet_free (LimnUnet *unet)
{
  if (!unet)
    return;
  limn_pass_cache_clear (&unet->cache);
  g_ptr_array_unref (unet->contexts);
  g_ptr_array_unref (unet->layers);
  limn_tensor_free (unet->frequencies);
  limn_matrix_clear (&unet->time1);
  limn_matrix_clear (&unet->time2);
  limn_matrix_clear (&unet->time_all);
  limn_matrix_clear (&unet->conv_in);
  for (guint i = 0; i < unet->config.n_levels; i++)
    {
      block_clear (&unet->down[i]);
      block_clear (&unet->up[i]);
    }
  block_clear (&unet->mid);
  limn_norm_clear (&unet->norm_out);
  limn_matrix_clear (&unet->conv_out);
  g_free (unet);
}

guint
limn_unet_config_get_multiple (const LimnUnetConfig *config)
{
  return 1u << (config->n_levels - 1);
}

/* -------- contexts -------- */

static void
context_clear (gpointer data)
{
  Context *context = data;

  limn_graph_free (context->graph);
  g_clear_pointer (&context->outputs, g_ptr_array_unref);
  limn_tensor_free (context->input);
  g_free (context->values);
}

static void
context_unref (gpointer data)
{
  g_rc_box_release_full (data, context_clear);
}

static Context *
context_new (LimnUnet  *unet,
             guint      n,
             guint      tokens,
             GError   **error)
{
  guint width = unet->config.context_width;
  Context *context = g_rc_box_new0 (Context);
  LimnRecorder r = { .dtype = unet->dtype };

  context->n = n;
  context->tokens = tokens;
  context->values = g_new (float, (gsize) n * tokens * width);
  context->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensor_free);
  r.graph = context->graph = limn_graph_new (unet->gl, unet->arena, "context");
  context->input = limn_tensor_new (unet->gl, LIMN_DTYPE_F32, n, tokens, 1, width, "context", error);
  if (!context->input)
    goto fail;
  for (guint i = 0; i < unet->layers->len; i++)
    {
      const LimnCross *layer = g_ptr_array_index (unet->layers, i);
      LimnTensor *output = limn_tensor_new (unet->gl, unet->dtype, n, tokens, 1, layer->kv.weights->n,
                                            "context keys and values", error);

      if (!output)
        goto fail;
      g_ptr_array_add (context->outputs, output);
      limn_record_matrix (&r, &layer->kv, output, context->input, LIMN_ACTIVATION_NONE, NULL);
    }
  if (r.error)
    {
      g_propagate_error (error, r.error);
      goto fail;
    }
  if (!limn_graph_plan (context->graph, error))
    goto fail;
  return context;

fail:
  context_unref (context);
  return NULL;
}

/* The tensors for contexts of this shape, whatever they hold. Borrowed from the UNet. */
static Context *
get_context (LimnUnet  *unet,
             guint      n,
             guint      tokens,
             GError   **error)
{
  Context *context = NULL;

  for (guint i = 0; i < unet->contexts->len && !context; i++)
    {
      Context *other = g_ptr_array_index (unet->contexts, i);

      if (other->n == n && other->tokens == tokens)
        context = g_ptr_array_steal_index (unet->contexts, i);
    }
  if (!context)
    context = context_new (unet, n, tokens, error);
  if (!context)
    return NULL;
  g_ptr_array_insert (unet->contexts, 0, context);
  if (unet->contexts->len > LIMN_PASS_CACHE_MAX)
    g_ptr_array_set_size (unet->contexts, LIMN_PASS_CACHE_MAX);
  return context;
}

static gboolean
context_set (LimnUnet      *unet,
             Context       *context,
             const float   *values,
             GCancellable  *cancellable,
             GError       **error)
{
  gsize bytes = (gsize) context->n * context->tokens * unet->config.context_width * sizeof (float);

  if (context->valid && memcmp (context->values, values, bytes) == 0)
    return TRUE;
  context->valid = FALSE;
  limn_tensor_upload (context->input, values);
  if (!limn_graph_run (context->graph, cancellable, error))
    return FALSE;
  memcpy (context->values, values, bytes);
  context->valid = TRUE;
  return TRUE;
}

/* -------- the pass -------- */

/* SiLU of the time embedding, projected for every residual block: [n, 1, 1, all of them]. */
static LimnTensor *
record_time (LimnUnet     *unet,
             LimnRecorder *r,
             LimnTensor   *t)
{
  guint n = t->n, c = unet->config.levels[0].channels;
  LimnTensor *features = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, c);
  LimnTensor *hidden = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, 4 * c);
  LimnTensor *embedding = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, 4 * c);
  LimnTensor *all = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, unet->time_all.weights->n);

  limn_op_timestep (r->graph, features, t, unet->frequencies, unet->config.flip, &r->error);
  limn_record_tap (r, features, "time_proj");
  limn_record_matrix (r, &unet->time1, hidden, features, LIMN_ACTIVATION_SILU, NULL);
  if (r->taps && !r->error)
    {
      LimnTensor *plain = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, n, 1, 1, 4 * c);

      limn_record_matrix (r, &unet->time2, plain, hidden, LIMN_ACTIVATION_NONE, NULL);
      limn_record_tap (r, plain, "time_embedding");
    }
  limn_record_matrix (r, &unet->time2, embedding, hidden, LIMN_ACTIVATION_SILU, NULL);
  limn_record_matrix (r, &unet->time_all, all, embedding, LIMN_ACTIVATION_NONE, NULL);
  return all;
}

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

static LimnTensor *
record_blocks (LimnUnet     *unet,
               LimnRecorder *r,
               LimnTensor   *x,
               LimnTensor   *time,
               GPtrArray    *contexts)
{
  const LimnUnetConfig *config = &unet->config;
  g_autoptr(GPtrArray) skips = g_ptr_array_new ();

  g_ptr_array_add (skips, x);
  for (guint i = 0; i < config->n_levels; i++)
    {
      Block *block = &unet->down[i];

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

  x = limn_resnet_record (&unet->mid.resnets[0], r, x, time);
  limn_record_tap (r, x, "mid_block.resnets.0");
  x = limn_transformer_record (&unet->mid.attentions[0], r, x, contexts);
  limn_record_tap (r, x, "mid_block.attentions.0");
  x = limn_resnet_record (&unet->mid.resnets[1], r, x, time);
  limn_record_tap (r, x, "mid_block.resnets.1");

  for (guint i = 0; i < config->n_levels; i++)
    {
      Block *block = &unet->up[i];

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

/* Planned tensors in place of a context's: for a pass that is never run. */
static GPtrArray *
make_dry_outputs (LimnUnet  *unet,
                  LimnPass  *pass,
                  guint      n,
                  guint      tokens)
{
  GPtrArray *outputs = g_ptr_array_new ();

  pass->io_bytes += (guint64) n * tokens * unet->config.context_width * sizeof (float);
  for (guint i = 0; i < unet->layers->len; i++)
    {
      const LimnCross *layer = g_ptr_array_index (unet->layers, i);
      LimnTensor *output = limn_graph_tensor (pass->graph, unet->dtype, n, tokens, 1, layer->kv.weights->n);

      pass->io_bytes += limn_tensor_get_bytes (output);
      g_ptr_array_add (outputs, output);
    }
  return outputs;
}

/* @context: (nullable): NULL: a dry pass */
static LimnPass *
record_pass (LimnUnet  *unet,
             guint      n,
             guint      h,
             guint      w,
             guint      tokens,
             Context   *context,
             LimnTaps  *taps,
             GError   **error)
{
  const LimnUnetConfig *config = &unet->config;
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  g_autoptr(GPtrArray) outputs = NULL;
  LimnRecorder r = { .dtype = unet->dtype, .taps = taps };
  LimnTensor *x, *time;

  pass->key[0] = n;
  pass->key[1] = h;
  pass->key[2] = w;
  pass->key[3] = tokens;
  pass->dry = context == NULL;
  r.graph = pass->graph = limn_graph_new (unet->gl, unet->arena, "unet");
  if (context)
    {
      pass->context = g_rc_box_acquire (context);
      pass->context_unref = context_unref;
      outputs = g_ptr_array_ref (context->outputs);
    }
  else
    outputs = make_dry_outputs (unet, pass, n, tokens);
  if (!limn_pass_edge (pass, IO_X, LIMN_DTYPE_F32, n, h, w, config->in_channels, "latent", error)
      || !limn_pass_edge (pass, IO_T, LIMN_DTYPE_F32, n, 1, 1, 1, "timestep", error)
      || !limn_pass_edge (pass, IO_Y, LIMN_DTYPE_F32, n, h, w, config->out_channels, "noise", error))
    return NULL;

  time = record_time (unet, &r, pass->io[IO_T]);
  x = limn_record_conv (&r, &unet->conv_in, NULL, pass->io[IO_X], LIMN_CONV_SAME, NULL, NULL);
  limn_record_tap (&r, x, "conv_in");
  x = record_blocks (unet, &r, x, time, outputs);
  x = limn_record_norm (&r, &unet->norm_out, x, LIMN_ACTIVATION_SILU, FALSE);
  limn_record_tap (&r, x, "conv_norm_out+silu");
  limn_record_conv (&r, &unet->conv_out, pass->io[IO_Y], x, LIMN_CONV_SAME, NULL, NULL);
  limn_record_tap (&r, pass->io[IO_Y], "conv_out");
  if (r.error)
    {
      g_propagate_error (error, r.error);
      return NULL;
    }
  if (!limn_graph_plan (pass->graph, error))
    return NULL;
  return g_steal_pointer (&pass);
}

static gboolean
check_shape (LimnUnet  *unet,
             guint      n,
             guint      h,
             guint      w,
             guint      tokens,
             GError   **error)
{
  guint multiple = limn_unet_config_get_multiple (&unet->config);

  if (n > 0 && h > 0 && w > 0 && tokens > 0 && h % multiple == 0 && w % multiple == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
               "The UNet cannot take %u latents of %u x %u with %u tokens: height and width must be multiples of %u", n,
               w, h, tokens, multiple);
  return FALSE;
}

static LimnPass *
get_pass (LimnUnet  *unet,
          guint      n,
          guint      h,
          guint      w,
          Context   *context,
          GError   **error)
{
  LimnPass *pass = limn_pass_cache_find (&unet->cache, n, h, w, context->tokens);

  if (pass && pass->context == context)
    return pass;
  if (pass)
    {
      /* Its context was pushed out by others and made anew since. */
      for (gsize i = 0; i < LIMN_PASS_CACHE_MAX; i++)
        if (unet->cache.passes[i] == pass)
          g_clear_pointer (&unet->cache.passes[i], limn_pass_free);
    }
  pass = record_pass (unet, n, h, w, context->tokens, context, NULL, error);
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

  if (!check_shape (unet, n, h, w, tokens, error))
    return FALSE;
  pass = record_pass (unet, n, h, w, tokens, NULL, NULL, error);
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
  return limn_pass_cache_find (&unet->cache, n, h, w, tokens) != NULL;
}

gboolean
limn_unet_prepare (LimnUnet  *unet,
                   guint      n,
                   guint      h,
                   guint      w,
                   guint      tokens,
                   GError   **error)
{
  Context *context;

  if (!check_shape (unet, n, h, w, tokens, error))
    return FALSE;
  context = get_context (unet, n, tokens, error);
  return context && get_pass (unet, n, h, w, context, error);
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
  Context *context;
  LimnPass *pass;

  if (!check_shape (unet, n, h, w, tokens, error))
    return FALSE;
  context = get_context (unet, n, tokens, error);
  pass = context ? get_pass (unet, n, h, w, context, error) : NULL;
  if (!pass)
    return FALSE;
  context->valid = FALSE;
  return limn_graph_warm_up (context->graph, cancellable, error) && limn_graph_warm_up (pass->graph, cancellable, error);
}

gboolean
limn_unet_run (LimnUnet      *unet,
               guint          n,
               guint          h,
               guint          w,
               guint          tokens,
               const float   *x,
               const float   *t,
               const float   *context_values,
               LimnTaps      *taps,
               GCancellable  *cancellable,
               float         *y,
               GError       **error)
{
  g_autoptr(LimnPass) tapped = NULL;
  Context *context;
  LimnPass *pass;

  if (!check_shape (unet, n, h, w, tokens, error))
    return FALSE;
  context = get_context (unet, n, tokens, error);
  if (!context)
    return FALSE;
  if (taps)
    pass = tapped = record_pass (unet, n, h, w, tokens, context, taps, error);
  else
    pass = get_pass (unet, n, h, w, context, error);
  if (!pass || !context_set (unet, context, context_values, cancellable, error))
    return FALSE;
  limn_tensor_upload_nchw (pass->io[IO_X], x);
  limn_tensor_upload (pass->io[IO_T], t);
  return limn_graph_run (pass->graph, cancellable, error)
         && (!taps || limn_taps_collect (taps, pass->graph, error))
         && limn_tensor_download_nchw (pass->io[IO_Y], y, error);
}
