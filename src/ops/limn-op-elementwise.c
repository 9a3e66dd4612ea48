/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * What is computed value by value. All kernels here share lib/rows.glsl: the work is a matrix of texels, rows by width,
 * and each tensor has a base and a pitch of its own, so that views and slabs are nothing special.
 */

#include "ops/limn-op-elementwise.h"
#include "ops/limn-op-private.h"

#include "gl/limn-kernels.h"

/* One slab of an element-wise kernel. */
static gboolean
dispatch_texels (LimnGraph      *graph,
                 const char     *kernel,
                 const char     *define,
                 const char     *store,
                 gconstpointer   params,
                 gsize           params_bytes,
                 const LimnArg  *args,
                 guint           n_args,
                 guint           n_texels,
                 GError        **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  const char *defines[5] = { tuning->wg, tuning->texels };
  guint n = 2;
  LimnDispatch dispatch = {
    .kernel = kernel,
    .defines = defines,
    .params = params,
    .params_bytes = params_bytes,
    .args = args,
    .n_args = n_args,
  };

  if (define != NULL)
    defines[n++] = define;
  if (store != NULL)
    defines[n++] = store;
  return limn_op_dispatch_items (graph, &dispatch, n_texels, tuning->group_items * tuning->item_texels, error);
}

static gboolean
activate (LimnGraph         *graph,
          LimnTensor        *y,
          const LimnTensor  *x,
          LimnActivation     activation,
          const char        *op,
          GError           **error)
{
  static const char * const defines[] = { "ACTIVATION=0", "ACTIVATION=1", "ACTIVATION=2", "ACTIVATION=3", "ACTIVATION=4" };
  guint64 rows = limn_tensor_get_rows (y);
  guint64 slab = limn_op_get_slab_rows (graph, op, error, x, y, NULL);
  guint width = limn_op_get_width (y);

  if (slab == 0)
    return FALSE;
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnActivateParams params = {
        .n_texels = count * width,
        .width = width,
        .c = y->c,
        .x_pitch = limn_op_get_pitch (x),
        .y_pitch = limn_op_get_pitch (y),
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_ACTIVATE_X, x, row, count, &params.x_base),
        limn_graph_write (graph, LIMN_ACTIVATE_Y, y, row, count, &params.y_base),
      };

      if (!dispatch_texels (graph, "activate", defines[activation], limn_op_store_define (y), &params, sizeof params,
                            args, G_N_ELEMENTS (args), params.n_texels, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_op_activate (LimnGraph         *graph,
                  LimnTensor        *y,
                  const LimnTensor  *x,
                  LimnActivation     activation,
                  GError           **error)
{
  g_return_val_if_fail (activation <= LIMN_ACTIVATION_RELU, FALSE);

  if (!limn_op_is_float (x) || !limn_op_is_float (y) || !limn_op_same_shape (x, y))
    return limn_op_fail_shape (error, "activate", "x and y are of one shape, in floating point");
  return activate (graph, y, x, activation, "activate", error);
}

gboolean
limn_op_add (LimnGraph         *graph,
             LimnTensor        *y,
             const LimnTensor  *a,
             const LimnTensor  *b,
             const LimnTensor  *scale,
             GError           **error)
{
  guint64 rows, slab;
  guint width;

  if (!limn_op_is_float (b) || !limn_op_is_float (y) || !limn_op_same_shape (b, y) ||
      (a && (!limn_op_is_float (a) || !limn_op_same_shape (a, y))))
    return limn_op_fail_shape (error, "add", "a, b and y are of one shape, in floating point");
  if (scale && (scale->dtype != LIMN_DTYPE_F32 || limn_tensor_get_rows (scale) != 1 || scale->c != 1))
    return limn_op_fail_shape (error, "add", "the scale is one number in F32");
  slab = limn_op_get_slab_rows (graph, "add", error, b, y, a, NULL);
  if (slab == 0)
    return FALSE;

  rows = limn_tensor_get_rows (y);
  width = limn_op_get_width (y);
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnAddParams params = {
        .n_texels = count * width,
        .width = width,
        .c = y->c,
        .has_a = a != NULL,
        .a_pitch = a ? limn_op_get_pitch (a) : 0,
        .b_pitch = limn_op_get_pitch (b),
        .y_pitch = limn_op_get_pitch (y),
      };
      const LimnArg args[] = {
        a ? limn_graph_read (graph, LIMN_ADD_A, a, row, count, &params.a_base) : limn_graph_nothing (LIMN_ADD_A),
        limn_graph_read (graph, LIMN_ADD_B, b, row, count, &params.b_base),
        scale ? limn_graph_read (graph, LIMN_ADD_SCALE, scale, 0, 1, &params.scale_base) : limn_graph_nothing (LIMN_ADD_SCALE),
        limn_graph_write (graph, LIMN_ADD_Y, y, row, count, &params.y_base),
      };

      if (!dispatch_texels (graph, "add", scale ? "SCALED=1" : "SCALED=0", limn_op_store_define (y), &params, sizeof params, args,
                            G_N_ELEMENTS (args), params.n_texels, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_op_geglu (LimnGraph         *graph,
               LimnTensor        *y,
               const LimnTensor  *x,
               GError           **error)
{
  guint64 rows, slab;
  guint width;

  if (!limn_op_is_float (x) || !limn_op_is_float (y) || limn_tensor_get_rows (x) != limn_tensor_get_rows (y) ||
      x->c % 2 != 0 || x->c / 2 != y->c || y->c % LIMN_TEXEL != 0)
    return limn_op_fail_shape (error, "geglu", "x has twice the columns of y, these a multiple of %d, in floating point",
                               LIMN_TEXEL);
  slab = limn_op_get_slab_rows (graph, "geglu", error, x, y, NULL);
  if (slab == 0)
    return FALSE;

  rows = limn_tensor_get_rows (y);
  width = limn_op_get_width (y);
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnGegluParams params = {
        .n_texels = count * width,
        .width = width,
        .x_pitch = limn_op_get_pitch (x),
        .y_pitch = limn_op_get_pitch (y),
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_GEGLU_X, x, row, count, &params.x_base),
        limn_graph_write (graph, LIMN_GEGLU_Y, y, row, count, &params.y_base),
      };

      if (!dispatch_texels (graph, "geglu", NULL, limn_op_store_define (y), &params, sizeof params, args,
                            G_N_ELEMENTS (args), params.n_texels, error))
        return FALSE;
    }
  return TRUE;
}

/* Two copies into column views: no kernel of its own, and no branch that software would take both ways. */
gboolean
limn_op_concat (LimnGraph         *graph,
                LimnTensor        *y,
                const LimnTensor  *a,
                const LimnTensor  *b,
                GError           **error)
{
  guint64 c = b == NULL ? a->c : (guint64) a->c + b->c;

  if (!limn_op_is_float (a) || !limn_op_is_float (y) || (b != NULL && !limn_op_is_float (b)) ||
      limn_tensor_get_rows (a) != limn_tensor_get_rows (y) ||
      (b != NULL && limn_tensor_get_rows (b) != limn_tensor_get_rows (y)) || c != y->c)
    return limn_op_fail_shape (error, "concat", "y has the columns of a and b side by side, in floating point");
  if (b == NULL)
    return activate (graph, y, a, LIMN_ACTIVATION_NONE, "concat", error);
  if (a->c % LIMN_TEXEL != 0)
    return limn_op_fail_shape (error, "concat", "a has %u columns, no multiple of %d", a->c, LIMN_TEXEL);
  return activate (graph, limn_graph_columns (graph, y, 0, a->c), a, LIMN_ACTIVATION_NONE, "concat", error) &&
         activate (graph, limn_graph_columns (graph, y, a->c, b->c), b, LIMN_ACTIVATION_NONE, "concat", error);
}

/* One pass over the rows of @y for the slab of the table that begins with row @first. */
static gboolean
embed_slab (LimnGraph         *graph,
            LimnTensor        *y,
            const LimnTensor  *ids,
            const LimnTensor  *table,
            guint64            first,
            guint64            table_rows,
            const LimnTensor  *positions,
            guint64            slab,
            GError           **error)
{
  guint64 rows = limn_tensor_get_rows (y);
  guint width = limn_op_get_width (y);

  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnEmbeddingParams params = {
        .n_texels = count * width,
        .width = width,
        .c = y->c,
        .T = y->h * y->w,
        .table_first = first,
        .table_rows = table_rows,
        .table_pitch = limn_op_get_pitch (table),
        .first_row = row,
        .y_pitch = limn_op_get_pitch (y),
      };
      LimnArg args[4] = {
        limn_graph_read (graph, LIMN_EMBEDDING_IDS, ids, row, count, &params.ids_base),
        limn_graph_read (graph, LIMN_EMBEDDING_TABLE, table, first, table_rows, &params.table_base),
        limn_graph_write (graph, LIMN_EMBEDDING_Y, y, row, count, &params.y_base),
      };

      if (positions != NULL)
        {
          params.positions_pitch = limn_op_get_pitch (positions);
          args[3] = limn_graph_read (graph, LIMN_EMBEDDING_POSITIONS, positions, 0, 0, &params.positions_base);
        }
      if (!dispatch_texels (graph, "embedding", positions != NULL ? "POSITIONS=1" : "POSITIONS=0",
                            limn_op_store_define (y), &params, sizeof params, args, positions != NULL ? 4 : 3,
                            params.n_texels, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_op_embedding (LimnGraph         *graph,
                   LimnTensor        *y,
                   const LimnTensor  *ids,
                   const LimnTensor  *table,
                   const LimnTensor  *positions,
                   GError           **error)
{
  guint64 slab, table_slab, vocabulary;

  if (!limn_op_is_float (y) || !limn_op_is_float (table) || ids == NULL || ids->dtype != LIMN_DTYPE_U32 ||
      ids->c != 1 || limn_tensor_get_rows (ids) != limn_tensor_get_rows (y) || table->c != y->c)
    return limn_op_fail_shape (error, "embedding", "y has a row for each id, as wide as the table's");
  if (positions != NULL && (!limn_op_is_float (positions) || positions->c != y->c ||
                            limn_tensor_get_rows (positions) < (guint64) y->h * y->w))
    return limn_op_fail_shape (error, "embedding", "%u positions are wanted, as wide as the table", y->h * y->w);
  slab = limn_op_get_slab_rows (graph, "embedding", error, y, ids, NULL);
  table_slab = limn_op_get_slab_rows (graph, "embedding", error, table, NULL);
  if (slab == 0 || table_slab == 0)
    return FALSE;

  vocabulary = limn_tensor_get_rows (table);
  for (guint64 first = 0; first < vocabulary; first += table_slab)
    if (!embed_slab (graph, y, ids, table, first, MIN (table_slab, vocabulary - first), positions, slab, error))
      return FALSE;
  return TRUE;
}

gboolean
limn_op_timestep (LimnGraph         *graph,
                  LimnTensor        *y,
                  const LimnTensor  *t,
                  const LimnTensor  *frequencies,
                  gboolean           flip,
                  GError           **error)
{
  guint64 rows, slab;
  guint width;

  if (!limn_op_is_float (y) || !limn_op_is_float (t) || t->c != 1 ||
      limn_tensor_get_rows (t) != limn_tensor_get_rows (y) || y->c % 2 != 0 ||
      !limn_op_is_vector (frequencies, y->c / 2))
    return limn_op_fail_shape (error, "timestep", "y has a row for each time and two columns for each frequency");
  slab = limn_op_get_slab_rows (graph, "timestep", error, y, t, NULL);
  if (slab == 0)
    return FALSE;

  rows = limn_tensor_get_rows (y);
  width = limn_op_get_width (y);
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnTimestepParams params = {
        .n_texels = count * width,
        .width = width,
        .half_c = y->c / 2,
        .t_pitch = limn_op_get_pitch (t),
        .y_pitch = limn_op_get_pitch (y),
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_TIMESTEP_T, t, row, count, &params.t_base),
        limn_graph_read (graph, LIMN_TIMESTEP_FREQUENCIES, frequencies, 0, 0, &params.frequencies_base),
        limn_graph_write (graph, LIMN_TIMESTEP_Y, y, row, count, &params.y_base),
      };

      if (!dispatch_texels (graph, "timestep", flip ? "FLIP=1" : "FLIP=0", limn_op_store_define (y), &params,
                            sizeof params, args, G_N_ELEMENTS (args), params.n_texels, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_op_to_rgba (LimnGraph         *graph,
                 LimnTensor        *y,
                 const LimnTensor  *x,
                 GError           **error)
{
  guint64 rows, slab;

  if (!limn_op_is_float (x) || x->c != 3 || y->dtype != LIMN_DTYPE_U32 || y->c != 1 ||
      limn_tensor_get_rows (x) != limn_tensor_get_rows (y))
    return limn_op_fail_shape (error, "to_rgba", "x has three columns, y is one word a pixel");
  slab = limn_op_get_slab_rows (graph, "to_rgba", error, x, y, NULL);
  if (slab == 0)
    return FALSE;

  rows = limn_tensor_get_rows (y);
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnToRgbaParams params = {
        .n_texels = count,
        .width = 1,
        .x_pitch = limn_op_get_pitch (x),
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_TO_RGBA_X, x, row, count, &params.x_base),
        limn_graph_write (graph, LIMN_TO_RGBA_Y, y, row, count, &params.y_base),
      };

      if (!dispatch_texels (graph, "to_rgba", NULL, NULL, &params, sizeof params, args, G_N_ELEMENTS (args),
                            params.n_texels, error))
        return FALSE;
    }
  return TRUE;
}
