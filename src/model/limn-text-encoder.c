/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-text-encoder.h"

#include "base/limn-error.h"
#include "model/limn-blocks.h"
#include "model/limn-pass.h"
#include "ops/limn-op-elementwise.h"

#include <string.h>

/* Rows that take the place of tokens' embeddings stand behind the table, one for each position: so they are looked up like any other
 * token, by the same pass and the same kernels. */

typedef struct
{
  LimnNorm   norm1;
  LimnMatrix qkv;
  LimnMatrix out;
  LimnNorm   norm2;
  LimnMatrix fc1;
  LimnMatrix fc2;
} Layer;

struct _LimnTextEncoder
{
  LimnTextConfig  config;
  LimnGl         *gl;
  LimnArena      *arena;
  LimnDtype       dtype;
  LimnTensor     *tokens;
  LimnTensor     *positions;
  Layer          *layers;
  LimnNorm        norm;
  LimnMatrix      projection;
  LimnPassCache   cache;
};

enum
{
  IO_IDS,
  IO_STATES,
  IO_POOLED, /* of every position, where it is asked for */
};

static gboolean
load_layer (LimnTextEncoder  *encoder,
            LimnLoader       *loader,
            Layer            *layer,
            guint             index,
            GError          **error)
{
  static const char * const names[] = { "q_proj", "k_proj", "v_proj" };
  guint width = encoder->config.width, inner = encoder->config.inner;
  float eps = encoder->config.eps;
  g_autofree char *prefix = g_strdup_printf ("text_model.encoder.layers.%u", index);
  LimnMatrixPart parts[G_N_ELEMENTS (names)];
  char *full[G_N_ELEMENTS (names)];
  gboolean done;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      full[i] = g_strconcat (prefix, ".self_attn.", names[i], NULL);
      parts[i] = (LimnMatrixPart) { full[i], width };
    }
  done = limn_loader_matrix (loader, &layer->qkv, 1, width, parts, G_N_ELEMENTS (parts), TRUE, error);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (full[i]);
  return done && limn_loader_norm (loader, &layer->norm1, width, 0, eps, error, "%s.layer_norm1", prefix)
         && limn_loader_layer (loader, &layer->out, 1, width, width, error, "%s.self_attn.out_proj", prefix)
         && limn_loader_norm (loader, &layer->norm2, width, 0, eps, error, "%s.layer_norm2", prefix)
         && limn_loader_layer (loader, &layer->fc1, 1, inner, width, error, "%s.mlp.fc1", prefix)
         && limn_loader_layer (loader, &layer->fc2, 1, width, inner, error, "%s.mlp.fc2", prefix);
}

static gboolean
load_projection (LimnTextEncoder  *encoder,
                 LimnLoader       *loader,
                 GError          **error)
{
  const LimnMatrixPart part = { "text_projection", encoder->config.projection };
  gboolean done;

  if (part.n == 0)
    return TRUE;
  /* It is of one row only, and all of the picture hangs on it. */
  loader->dtype = LIMN_DTYPE_F32;
  done = limn_loader_matrix (loader, &encoder->projection, 1, encoder->config.width, &part, 1, FALSE, error);
  loader->dtype = encoder->dtype;
  return done;
}

LimnTextEncoder *
limn_text_encoder_new (LimnLoader            *loader,
                       const LimnTextConfig  *config,
                       LimnArena             *arena,
                       GError               **error)
{
  g_autoptr(LimnTextEncoder) encoder = g_new0 (LimnTextEncoder, 1);

  encoder->config = *config;
  encoder->gl = arena ? limn_arena_get_gl (arena) : NULL;
  encoder->arena = arena;
  encoder->dtype = loader->dtype;
  encoder->layers = g_new0 (Layer, config->n_layers);
  if (!limn_loader_table (loader, &encoder->tokens, "text_model.embeddings.token_embedding.weight",
                          config->vocab_size, config->positions, config->width, error)
      || !limn_loader_table (loader, &encoder->positions, "text_model.embeddings.position_embedding.weight",
                             config->positions, 0, config->width, error)
      || !limn_loader_norm (loader, &encoder->norm, config->width, 0, config->eps, error,
                            "text_model.final_layer_norm")
      || !load_projection (encoder, loader, error))
    return NULL;
  for (guint i = 0; i < config->n_layers; i++)
    if (!load_layer (encoder, loader, &encoder->layers[i], i, error))
      return NULL;
  return g_steal_pointer (&encoder);
}

void
limn_text_encoder_free (LimnTextEncoder *encoder)
{
  if (!encoder)
    return;
  limn_pass_cache_clear (&encoder->cache);
  limn_tensor_free (encoder->tokens);
  limn_tensor_free (encoder->positions);
  for (guint i = 0; i < encoder->config.n_layers; i++)
    {
      Layer *layer = &encoder->layers[i];

      limn_norm_clear (&layer->norm1);
      limn_matrix_clear (&layer->qkv);
      limn_matrix_clear (&layer->out);
      limn_norm_clear (&layer->norm2);
      limn_matrix_clear (&layer->fc1);
      limn_matrix_clear (&layer->fc2);
    }
  g_free (encoder->layers);
  limn_norm_clear (&encoder->norm);
  limn_matrix_clear (&encoder->projection);
  g_free (encoder);
}

static LimnTensor *
record_layer (LimnTextEncoder *encoder,
              LimnRecorder    *r,
              const Layer     *layer,
              LimnTensor      *x)
{
  guint c = encoder->config.width;
  LimnTensor *a;

  a = limn_record_norm (r, &layer->norm1, x, LIMN_ACTIVATION_NONE, FALSE);
  a = limn_record_matrix (r, &layer->qkv, NULL, a, LIMN_ACTIVATION_NONE, NULL);
  if (r->error)
    return x;
  a = limn_record_attention (r, limn_graph_columns (r->graph, a, 0, c), limn_graph_columns (r->graph, a, c, c),
                             limn_graph_columns (r->graph, a, 2 * c, c), encoder->config.heads, TRUE);
  /* Into a new tensor, since taps may hold the old one. */
  x = limn_record_matrix (r, &layer->out, NULL, a, LIMN_ACTIVATION_NONE, x);
  a = limn_record_norm (r, &layer->norm2, x, LIMN_ACTIVATION_NONE, FALSE);
  a = limn_record_matrix (r, &layer->fc1, NULL, a, encoder->config.activation, NULL);
  return limn_record_matrix (r, &layer->fc2, x, a, LIMN_ACTIVATION_NONE, x);
}

static void
record_states (LimnTextEncoder *encoder,
               LimnRecorder    *r,
               LimnTensor      *x,
               LimnTensor      *states)
{
  if (encoder->config.final_norm)
    x = limn_record_norm (r, &encoder->norm, x, LIMN_ACTIVATION_NONE, FALSE);
  if (!r->error)
    limn_op_concat (r->graph, states, x, NULL, &r->error);
}

/* @skip: layers that the states leave out; @pooled: whether the pooled output is made, which needs all of them */
static LimnPass *
record_pass (LimnTextEncoder  *encoder,
             guint             skip,
             gboolean          pooled,
             gboolean          dry,
             LimnTaps         *taps,
             GError          **error)
{
  const LimnTextConfig *config = &encoder->config;
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  LimnRecorder r = { .dtype = encoder->dtype, .taps = taps };
  guint n_states = config->n_layers - skip;
  LimnTensor *x, *normed;

  pass->key[0] = 1 + skip;
  pass->key[1] = pooled;
  pass->dry = dry;
  r.graph = limn_pass_begin (pass, encoder->gl, encoder->arena, "text encoder");
  if (!limn_pass_edge (pass, IO_IDS, LIMN_DTYPE_U32, 1, config->positions, 1, 1, "token ids", error)
      || !limn_pass_edge (pass, IO_STATES, LIMN_DTYPE_F32, 1, config->positions, 1, config->width, "text states",
                          error)
      || (pooled && !limn_pass_edge (pass, IO_POOLED, LIMN_DTYPE_F32, 1, config->positions, 1, config->projection,
                                     "pooled text", error)))
    return NULL;

  x = limn_graph_tensor (r.graph, r.dtype, 1, config->positions, 1, config->width);
  limn_op_embedding (r.graph, x, pass->io[IO_IDS], encoder->tokens, encoder->positions, &r.error);
  limn_record_tap (&r, x, "text_model.embeddings");
  for (guint i = 0; i < (pooled ? config->n_layers : n_states); i++)
    {
      x = record_layer (encoder, &r, &encoder->layers[i], x);
      limn_record_tap (&r, x, "text_model.encoder.layers.%u", i);
      if (i + 1 == n_states)
        record_states (encoder, &r, x, pass->io[IO_STATES]);
    }
  if (pooled)
    {
      normed = limn_record_norm (&r, &encoder->norm, x, LIMN_ACTIVATION_NONE, FALSE);
      limn_record_matrix (&r, &encoder->projection, pass->io[IO_POOLED], normed, LIMN_ACTIVATION_NONE, NULL);
    }
  if (!limn_record_end (&r, error))
    return NULL;
  return g_steal_pointer (&pass);
}

static LimnPass *
get_pass (LimnTextEncoder  *encoder,
          guint             skip,
          gboolean          pooled,
          GError          **error)
{
  LimnPass *pass = limn_pass_cache_find (&encoder->cache, 1 + skip, pooled, 0, 0);

  if (pass)
    return pass;
  pass = record_pass (encoder, skip, pooled, FALSE, NULL, error);
  if (pass)
    limn_pass_cache_add (&encoder->cache, pass);
  return pass;
}

gboolean
limn_text_encoder_plan (LimnTextEncoder  *encoder,
                        LimnPassNeed     *need,
                        GError          **error)
{
  g_autoptr(LimnPass) pass = record_pass (encoder, encoder->config.skip, encoder->config.projection > 0, TRUE, NULL, error);

  if (!pass)
    return FALSE;
  limn_pass_get_need (pass, need);
  return TRUE;
}

gboolean
limn_text_encoder_is_prepared (LimnTextEncoder *encoder)
{
  return limn_pass_cache_find (&encoder->cache, 1 + encoder->config.skip, encoder->config.projection > 0, 0, 0) != NULL;
}

/* @ids: (inout): those of the replaced tokens become their rows'. @highest: (out): the first position of the highest id that there was */
static gboolean
check_ids (LimnTextEncoder      *encoder,
           const LimnTextInput  *extra,
           guint32              *ids,
           guint                *highest,
           GError              **error)
{
  const LimnTextConfig *config = &encoder->config;

  *highest = 0;
  for (guint i = 0; i < config->positions; i++)
    {
      if (ids[i] >= config->vocab_size)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                       "The model's tokenizer and text encoder do not fit together: token %u of %u", ids[i],
                       config->vocab_size);
          return FALSE;
        }
      if (ids[i] > ids[*highest])
        *highest = i;
    }
  for (guint i = 0; extra && i < extra->n; i++)
    {
      g_assert (extra->positions[i] < config->positions);
      ids[extra->positions[i]] = config->vocab_size + extra->positions[i];
      limn_tensor_upload_rows (encoder->tokens, config->vocab_size + extra->positions[i], 1,
                               extra->values + (gsize) i * config->width);
    }
  return TRUE;
}

/* Row @position of what is there for all. */
static gboolean
get_pooled (LimnTextEncoder  *encoder,
            LimnPass         *pass,
            guint             position,
            float            *pooled,
            GError          **error)
{
  guint width = encoder->config.projection;
  g_autofree float *all = g_new (float, (gsize) encoder->config.positions * width);

  if (!limn_tensor_download (pass->io[IO_POOLED], all, error))
    return FALSE;
  memcpy (pooled, all + (gsize) position * width, width * sizeof *pooled);
  return TRUE;
}

gboolean
limn_text_encoder_run (LimnTextEncoder      *encoder,
                       const guint32        *ids,
                       const LimnTextInput  *extra,
                       guint                 skip,
                       LimnTaps             *taps,
                       GCancellable         *cancellable,
                       float                *states,
                       float                *pooled,
                       GError              **error)
{
  const LimnTextConfig *config = &encoder->config;
  g_autofree guint32 *rows = g_memdup2 (ids, config->positions * sizeof *ids);
  g_autoptr(LimnPass) tapped = NULL;
  LimnPass *pass;
  guint end;

  g_return_val_if_fail (!pooled || config->projection > 0, FALSE);

  skip = MIN (skip, config->n_layers - 1);
  if (!check_ids (encoder, extra, rows, &end, error))
    return FALSE;
  if (taps)
    pass = tapped = record_pass (encoder, skip, pooled != NULL, FALSE, taps, error);
  else
    pass = get_pass (encoder, skip, pooled != NULL, error);
  if (!pass)
    return FALSE;
  limn_tensor_upload_u32 (pass->io[IO_IDS], rows);
  return limn_graph_run (pass->graph, cancellable, error)
         && (!taps || limn_taps_collect (taps, pass->graph, error))
         && limn_tensor_download (pass->io[IO_STATES], states, error)
         && (!pooled || get_pooled (encoder, pass, end, pooled, error));
}
