/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Recording. A step keeps tensors, not buffers: where a planned tensor lies is known only after
 * limn_graph_plan(), and the arena's buffers may be replaced between runs. */

#include "tensor/limn-graph-private.h"

#include "base/limn-error.h"

static void
step_clear (gpointer data)
{
  LimnGraphStep *step = data;

  g_free (step->label);
  g_free (step->args);
}

LimnGraph *
limn_graph_new (LimnGl     *gl,
                LimnArena  *arena,
                const char *label)
{
  LimnGraph *graph = g_new0 (LimnGraph, 1);

  graph->gl = gl;
  graph->arena = arena;
  graph->label = g_strdup (label);
  graph->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensor_free);
  graph->slots = g_ptr_array_new_with_free_func (g_free);
  graph->steps = g_array_new (FALSE, TRUE, sizeof (LimnGraphStep));
  g_array_set_clear_func (graph->steps, step_clear);
  graph->params = g_byte_array_new ();
  graph->chunks = g_array_new (FALSE, TRUE, sizeof (guint64));
  return graph;
}

void
limn_graph_free (LimnGraph *graph)
{
  if (!graph)
    return;
  limn_gl_buffer_free (graph->params_buffer);
  g_array_unref (graph->chunks);
  g_byte_array_unref (graph->params);
  g_array_unref (graph->steps);
  g_ptr_array_unref (graph->slots);
  g_ptr_array_unref (graph->tensors);
  g_clear_pointer (&graph->kept, g_hash_table_unref);
  g_free (graph->label);
  g_free (graph);
}

void
limn_graph_set_dry (LimnGraph *graph)
{
  g_return_if_fail (graph->steps->len == 0);

  graph->dry = TRUE;
  graph->kept = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) limn_tensor_free);
}

gboolean
limn_graph_is_dry (const LimnGraph *graph)
{
  return graph->dry;
}

const LimnTensor *
limn_graph_get_kept (const LimnGraph *graph,
                     gconstpointer    owner)
{
  return graph->kept ? g_hash_table_lookup (graph->kept, owner) : NULL;
}

void
limn_graph_take_kept (LimnGraph     *graph,
                      gconstpointer  owner,
                      LimnTensor    *tensor)
{
  g_return_if_fail (graph->dry && limn_tensor_is_declared (tensor));

  g_hash_table_replace (graph->kept, (gpointer) owner, tensor);
}

GArray *
limn_graph_list_kept (const LimnGraph *graph)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (LimnGraphKept));
  GHashTableIter iter;
  gpointer owner, tensor;

  if (!graph->kept)
    return all;
  g_hash_table_iter_init (&iter, graph->kept);
  while (g_hash_table_iter_next (&iter, &owner, &tensor))
    {
      const LimnGraphKept kept = { owner, limn_tensor_count_bytes (tensor) };

      g_array_append_val (all, kept);
    }
  return all;
}

LimnGl *
limn_graph_get_gl (const LimnGraph *graph)
{
  return graph->gl;
}

LimnArena *
limn_graph_get_arena (const LimnGraph *graph)
{
  return graph->arena;
}

/* Of a picture that is much too large most is never recorded: that would take a minute. */
gboolean
limn_graph_fail_too_large (const LimnGraph *graph,
                           GError         **error)
{
  if (graph->too_large == 0)
    return FALSE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
               "This picture is too large for the device: a single layer needs %.0f MiB", graph->too_large / 1048576.0);
  return TRUE;
}

LimnTensor *
limn_graph_tensor (LimnGraph *graph,
                   LimnDtype  dtype,
                   guint      n,
                   guint      h,
                   guint      w,
                   guint      c)
{
  LimnTensor *tensor = g_new0 (LimnTensor, 1);
  LimnGraphSlot *slot = g_new0 (LimnGraphSlot, 1);

  if (limn_tensor_init_shape (tensor, dtype, n, h, w, c))
    slot->bytes = limn_tensor_get_bytes (tensor);
  else
    graph->failed = TRUE;
  if (slot->bytes > limn_gl_get_limits (graph->gl)->max_buffer_bytes)
    graph->too_large = slot->bytes;
  slot->first_use = -1;
  slot->last_use = -1;
  tensor->slot = slot;
  g_ptr_array_add (graph->slots, slot);
  g_ptr_array_add (graph->tensors, tensor);
  return tensor;
}

static LimnTensor *
add_view (LimnGraph        *graph,
          const LimnTensor *tensor)
{
  LimnTensor *view = g_memdup2 (tensor, sizeof *tensor);

  view->owns_buffer = FALSE;
  g_ptr_array_add (graph->tensors, view);
  return view;
}

LimnTensor *
limn_graph_columns (LimnGraph        *graph,
                    const LimnTensor *tensor,
                    guint             first,
                    guint             c)
{
  LimnTensor *view;

  g_return_val_if_fail (first % LIMN_TEXEL == 0 && first + c <= tensor->c, NULL);

  view = add_view (graph, tensor);
  view->first += first;
  view->c = c;
  return view;
}

LimnTensor *
limn_graph_reshape (LimnGraph        *graph,
                    const LimnTensor *tensor,
                    guint             n,
                    guint             h,
                    guint             w)
{
  LimnTensor *view;

  g_return_val_if_fail ((guint64) n * h * w == limn_tensor_get_rows (tensor), NULL);

  view = add_view (graph, tensor);
  view->n = n;
  view->h = h;
  view->w = w;
  return view;
}

LimnTensor *
limn_graph_window (LimnGraph        *graph,
                   const LimnTensor *tensor,
                   guint             n,
                   guint             h,
                   gint64            first)
{
  LimnTensor *view = add_view (graph, tensor);

  view->n = n;
  view->h = h;
  view->origin += first;
  return view;
}

void
limn_graph_keep (LimnGraph  *graph,
                 LimnTensor *tensor)
{
  g_return_if_fail (tensor->slot != NULL && !graph->planned);

  tensor->slot->keep = TRUE;
}

static LimnGlBindingKind
read_kind (LimnDtype dtype)
{
  static const LimnGlBindingKind kinds[] = {
    [LIMN_DTYPE_F32] = LIMN_GL_TEXEL_RGBA32F,
    [LIMN_DTYPE_F16] = LIMN_GL_TEXEL_RGBA16F,
    [LIMN_DTYPE_U32] = LIMN_GL_TEXEL_R32UI,
  };

  return kinds[dtype];
}

static LimnArg
bind_rows (const LimnGraph   *graph,
           guint              binding,
           LimnAccess         access,
           LimnGlBindingKind  kind,
           const LimnTensor  *tensor,
           guint64            first_row,
           guint64            rows,
           guint32           *base)
{
  guint alignment = limn_gl_limits_alignment (limn_gl_get_limits (graph->gl), kind);
  guint texel = tensor->dtype == LIMN_DTYPE_U32 ? 1 : LIMN_TEXEL;
  gsize value_bytes = limn_dtype_get_bytes (tensor->dtype);
  guint64 columns = (tensor->c + texel - 1) / texel * texel;
  guint64 begin, end, offset;

  if (rows == 0)
    rows = limn_tensor_get_rows (tensor) - first_row;
  first_row -= tensor->origin;
  begin = (first_row * tensor->pitch + tensor->first) * value_bytes;
  end = ((first_row + rows - 1) * tensor->pitch + tensor->first + columns) * value_bytes;
  g_assert (!tensor->slot || graph->failed || end <= tensor->slot->bytes);
  offset = begin / alignment * alignment;
  *base = (begin - offset) / (value_bytes * texel);
  return (LimnArg) {
    .binding = binding,
    .access = access,
    .kind = kind,
    .tensor = tensor,
    .offset = offset,
    .size = end - offset,
  };
}

LimnArg
limn_graph_read (const LimnGraph  *graph,
                 guint             binding,
                 const LimnTensor *tensor,
                 guint64           first_row,
                 guint64           rows,
                 guint32          *base)
{
  return bind_rows (graph, binding, LIMN_READ, read_kind (tensor->dtype), tensor, first_row, rows, base);
}

LimnArg
limn_graph_write (const LimnGraph  *graph,
                  guint             binding,
                  const LimnTensor *tensor,
                  guint64           first_row,
                  guint64           rows,
                  guint32          *base)
{
  return bind_rows (graph, binding, LIMN_READ | LIMN_WRITE, LIMN_GL_STORAGE, tensor, first_row, rows, base);
}

LimnArg
limn_graph_nothing (guint binding)
{
  return (LimnArg) {
    .binding = binding,
    .access = LIMN_READ,
    .kind = LIMN_GL_TEXEL_RGBA32F,
    .size = LIMN_TEXEL * sizeof (float),
  };
}

guint64
limn_graph_max_rows (const LimnGraph  *graph,
                     const LimnTensor *tensor)
{
  const LimnGlLimits *limits = limn_gl_get_limits (graph->gl);
  LimnGlBindingKind kind = read_kind (tensor->dtype);
  gsize most = MIN (limn_gl_limits_max_binding_bytes (limits, kind),
                    limn_gl_limits_max_binding_bytes (limits, LIMN_GL_STORAGE));
  gsize shift = MAX (limn_gl_limits_alignment (limits, kind), limn_gl_limits_alignment (limits, LIMN_GL_STORAGE));

  if (most <= shift)
    return 0;
  /* A binding may begin up to one alignment before its first row. */
  return (most - shift) / (tensor->pitch * limn_dtype_get_bytes (tensor->dtype));
}

gboolean
limn_graph_dispatch (LimnGraph           *graph,
                     const LimnDispatch  *dispatch,
                     GError             **error)
{
  const LimnGlLimits *limits = limn_gl_get_limits (graph->gl);
  guint alignment = limits->uniform_alignment;
  const LimnTensor *nothing = graph->dry ? NULL : limn_arena_get_nothing (graph->arena, error);
  LimnGraphStep step = { 0 };

  g_return_val_if_fail (!graph->planned, FALSE);

  if ((!nothing && !graph->dry) || limn_graph_fail_too_large (graph, error))
    return FALSE;

  for (guint i = 0; i < 3; i++)
    if (dispatch->groups[i] == 0 || dispatch->groups[i] > limits->max_groups[i])
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: %u work groups where the device takes 1 to %u",
                     dispatch->kernel, dispatch->groups[i], limits->max_groups[i]);
        return FALSE;
      }
  for (guint i = 0; i < dispatch->n_args; i++)
    {
      const LimnArg *arg = &dispatch->args[i];

      if (arg->size > limn_gl_limits_max_binding_bytes (limits, arg->kind))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
                       "%s: binding %u wants %" G_GSIZE_FORMAT " bytes, the device binds at most %" G_GSIZE_FORMAT,
                       dispatch->kernel, arg->binding, arg->size, limn_gl_limits_max_binding_bytes (limits, arg->kind));
          return FALSE;
        }
    }
  if (!graph->dry && !(step.program = limn_gl_get_program (graph->gl, dispatch->kernel, dispatch->defines, error)))
    return FALSE;

  step.label = g_strdup (dispatch->label ? dispatch->label : dispatch->kernel);
  step.args = g_memdup2 (dispatch->args, dispatch->n_args * sizeof *dispatch->args);
  step.n_args = dispatch->n_args;
  memcpy (step.groups, dispatch->groups, sizeof step.groups);
  step.flops = dispatch->flops;
  graph->flops += dispatch->flops;

  g_byte_array_set_size (graph->params, (graph->params->len + alignment - 1) / alignment * alignment);
  step.params_offset = graph->params->len;
  step.params_bytes = dispatch->params_bytes;
  g_byte_array_append (graph->params, dispatch->params, dispatch->params_bytes);

  for (guint i = 0; i < dispatch->n_args; i++)
    {
      LimnGraphSlot *slot;

      if (!step.args[i].tensor)
        step.args[i].tensor = nothing;
      slot = step.args[i].tensor ? step.args[i].tensor->slot : NULL;
      step.traffic += step.args[i].size;
      if (!slot)
        continue;
      if (slot->first_use < 0)
        slot->first_use = graph->steps->len;
      slot->last_use = graph->steps->len;
    }
  g_array_append_val (graph->steps, step);
  return TRUE;
}

guint64
limn_graph_get_params_bytes (const LimnGraph *graph)
{
  return graph->params->len > 0 ? limn_gl_buffer_count_bytes (graph->params->len) : 0;
}

guint
limn_graph_get_n_dispatches (const LimnGraph *graph)
{
  return graph->steps->len;
}

double
limn_graph_get_flops (const LimnGraph *graph)
{
  return graph->flops;
}

double
limn_graph_get_label_flops (const LimnGraph *graph,
                            const char      *label)
{
  double flops = 0;

  for (guint i = 0; i < graph->steps->len; i++)
    {
      const LimnGraphStep *step = &g_array_index (graph->steps, LimnGraphStep, i);

      if (g_str_equal (step->label, label))
        flops += step->flops;
    }
  return flops;
}
