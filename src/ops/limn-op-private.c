/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-op-private.h"

#include "base/limn-error.h"

const LimnOpTuning *
limn_op_get_tuning (const LimnGraph *graph)
{
  /* Software runs a group's items eight at a time, one vector after the other: several texels an item spread the cost
   * of an item, and of a group. On hardware neighbouring items should read neighbouring texels. */
  static const LimnOpTuning software = { "WG=64", 64, "TEXELS=4", 4 };
  static const LimnOpTuning hardware = { "WG=128", 128, "TEXELS=1", 1 };

  return limn_gl_get_device (limn_graph_get_gl (graph))->device_class == LIMN_GL_SOFTWARE ? &software : &hardware;
}

const char *
limn_op_store_define (const LimnTensor *y)
{
  return y->dtype == LIMN_DTYPE_F16 ? "STORE_F16=1" : "STORE_F16=0";
}

gboolean
limn_op_fail_shape (GError     **error,
                    const char  *op,
                    const char  *format,
                    ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: %s", op, what);
  return FALSE;
}

gboolean
limn_op_is_float (const LimnTensor *tensor)
{
  return tensor != NULL && tensor->dtype != LIMN_DTYPE_U32;
}

gboolean
limn_op_same_shape (const LimnTensor *a,
                    const LimnTensor *b)
{
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

gboolean
limn_op_is_vector (const LimnTensor *tensor,
                   guint             c)
{
  return tensor != NULL && tensor->dtype == LIMN_DTYPE_F32 && limn_tensor_get_rows (tensor) == 1 && tensor->c == c &&
         tensor->first == 0;
}

guint
limn_op_get_width (const LimnTensor *tensor)
{
  return (tensor->c + LIMN_TEXEL - 1) / LIMN_TEXEL;
}

guint
limn_op_get_pitch (const LimnTensor *tensor)
{
  return tensor->pitch / LIMN_TEXEL;
}

guint64
limn_op_get_slab_rows (const LimnGraph  *graph,
                       const char       *op,
                       GError          **error,
                       ...)
{
  const LimnTensor *tensor;
  guint64 rows = G_MAXUINT64;
  va_list args;

  va_start (args, error);
  while (rows > 0 && (tensor = va_arg (args, const LimnTensor *)) != NULL)
    {
      rows = MIN (rows, limn_graph_max_rows (graph, tensor));
      if (rows == 0)
        limn_op_fail_shape (error, op, "one row of %u values is more than this device binds at once", tensor->pitch);
    }
  va_end (args);
  return rows;
}

LimnTensor *
limn_op_rows (LimnGraph        *graph,
              const LimnTensor *tensor,
              guint64           first,
              guint64           rows)
{
  LimnTensor *all = limn_graph_reshape (graph, tensor, 1, limn_tensor_get_rows (tensor), 1);

  return limn_graph_window (graph, all, 1, rows, -(gint64) first);
}

gboolean
limn_op_dispatch_items (LimnGraph     *graph,
                        LimnDispatch  *dispatch,
                        guint64        items,
                        guint          per_group,
                        GError       **error)
{
  if (!limn_gl_groups_for_items (limn_graph_get_gl (graph), items, per_group, dispatch->groups))
    return limn_op_fail_shape (error, dispatch->kernel, "%" G_GUINT64_FORMAT " items are more than this device takes",
                               items);
  return limn_graph_dispatch (graph, dispatch, error);
}
