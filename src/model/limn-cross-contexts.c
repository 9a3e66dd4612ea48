/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-cross-contexts.h"

#include "model/limn-pass.h"

#include <string.h>

static void
context_clear (gpointer data)
{
  LimnCrossContext *context = data;

  limn_graph_free (context->graph);
  g_clear_pointer (&context->outputs, g_ptr_array_unref);
  limn_tensor_free (context->input);
  g_free (context->values);
}

void
limn_cross_context_unref (gpointer data)
{
  g_rc_box_release_full (data, context_clear);
}

void
limn_cross_contexts_init (LimnCrossContexts *contexts,
                          LimnGl            *gl,
                          LimnArena         *arena,
                          LimnDtype          dtype,
                          guint              width,
                          GPtrArray         *layers)
{
  *contexts = (LimnCrossContexts){ gl, arena, dtype, width, layers, g_ptr_array_new_with_free_func (limn_cross_context_unref) };
}

void
limn_cross_contexts_clear (LimnCrossContexts *contexts)
{
  g_clear_pointer (&contexts->kept, g_ptr_array_unref);
}

static LimnCrossContext *
context_new (LimnCrossContexts *contexts,
             guint              n,
             guint              tokens,
             GError           **error)
{
  guint width = contexts->width;
  LimnCrossContext *context = g_rc_box_new0 (LimnCrossContext);
  LimnRecorder r = { .dtype = contexts->dtype };

  context->n = n;
  context->tokens = tokens;
  context->values = g_new (float, (gsize) n * tokens * width);
  context->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensor_free);
  r.graph = context->graph = limn_graph_new (contexts->gl, contexts->arena, "context");
  context->input = limn_tensor_new (contexts->gl, LIMN_DTYPE_F32, n, tokens, 1, width, "context", error);
  if (!context->input)
    goto fail;
  for (guint i = 0; i < contexts->layers->len; i++)
    {
      const LimnCross *layer = g_ptr_array_index (contexts->layers, i);
      LimnTensor *output = limn_tensor_new (contexts->gl, contexts->dtype, n, tokens, 1, layer->kv.weights->n,
                                            "context keys and values", error);

      if (!output)
        goto fail;
      g_ptr_array_add (context->outputs, output);
      limn_record_matrix (&r, &layer->kv, output, context->input, LIMN_ACTIVATION_NONE, NULL);
    }
  if (!limn_record_end (&r, error))
    goto fail;
  return context;

fail:
  limn_cross_context_unref (context);
  return NULL;
}

LimnCrossContext *
limn_cross_contexts_get (LimnCrossContexts *contexts,
                         guint              n,
                         guint              tokens,
                         GError           **error)
{
  LimnCrossContext *context = NULL;

  for (guint i = 0; i < contexts->kept->len && !context; i++)
    {
      LimnCrossContext *other = g_ptr_array_index (contexts->kept, i);

      if (other->n == n && other->tokens == tokens)
        context = g_ptr_array_steal_index (contexts->kept, i);
    }
  if (!context)
    context = context_new (contexts, n, tokens, error);
  if (!context)
    return NULL;
  g_ptr_array_insert (contexts->kept, 0, context);
  if (contexts->kept->len > LIMN_PASS_CACHE_MAX)
    g_ptr_array_set_size (contexts->kept, LIMN_PASS_CACHE_MAX);
  return context;
}

gboolean
limn_cross_contexts_set (LimnCrossContexts *contexts,
                         LimnCrossContext  *context,
                         const float       *values,
                         GCancellable      *cancellable,
                         GError           **error)
{
  gsize bytes = (gsize) context->n * context->tokens * contexts->width * sizeof (float);

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

void
limn_cross_contexts_invalidate (LimnCrossContexts *contexts)
{
  for (guint i = 0; i < contexts->kept->len; i++)
    ((LimnCrossContext *) g_ptr_array_index (contexts->kept, i))->valid = FALSE;
}

GPtrArray *
limn_cross_contexts_plan (LimnCrossContexts *contexts,
                          LimnGraph         *graph,
                          guint              n,
                          guint              tokens,
                          guint64           *bytes)
{
  GPtrArray *outputs = g_ptr_array_new ();

  *bytes += limn_tensor_count_bytes (limn_graph_tensor (graph, LIMN_DTYPE_F32, n, tokens, 1, contexts->width));
  for (guint i = 0; i < contexts->layers->len; i++)
    {
      const LimnCross *layer = g_ptr_array_index (contexts->layers, i);
      LimnTensor *output = limn_graph_tensor (graph, contexts->dtype, n, tokens, 1, layer->kv.weights->n);

      *bytes += limn_tensor_count_bytes (output);
      g_ptr_array_add (outputs, output);
    }
  return outputs;
}
