/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-epilogue.h"
#include "ops/limn-op-private.h"

#include "gl/limn-kernels.h"

gboolean
limn_epilogue_check (const LimnEpilogue  *epilogue,
                     const LimnTensor    *y,
                     const char          *op,
                     GError             **error)
{
  if (!epilogue)
    return TRUE;
  if ((epilogue->bias && !limn_op_is_vector (epilogue->bias, y->c)) ||
      (epilogue->sample_bias && (epilogue->sample_bias->c != y->c || epilogue->sample_bias->n != y->n ||
                                 limn_tensor_get_rows (epilogue->sample_bias) != y->n)) ||
      (epilogue->residual && (epilogue->residual->c != y->c ||
                              limn_tensor_get_rows (epilogue->residual) != limn_tensor_get_rows (y))))
    return limn_op_fail_shape (error, op, "bias or residual do not fit an output of %u x %u x %u x %u",
                               y->n, y->h, y->w, y->c);
  return TRUE;
}

gboolean
limn_epilogue_is_bias (const LimnEpilogue *epilogue)
{
  return !epilogue ||
         (!epilogue->sample_bias && !epilogue->residual && epilogue->activation == LIMN_ACTIVATION_NONE);
}

LimnArg
limn_epilogue_read (LimnGraph        *graph,
                    guint             binding,
                    const LimnTensor *tensor,
                    guint64           first_row,
                    guint64           rows,
                    gint32           *base)
{
  guint32 at;
  LimnArg arg;

  *base = -1;
  if (!tensor)
    return limn_graph_nothing (binding);
  arg = limn_graph_read (graph, binding, tensor, first_row, rows, &at);
  *base = at;
  return arg;
}

gboolean
limn_epilogue_record (LimnGraph           *graph,
                      LimnTensor          *y,
                      const LimnTensor    *x,
                      const LimnEpilogue  *epilogue,
                      GError             **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  const LimnTensor *residual = epilogue->residual, *sample_bias = epilogue->sample_bias;
  guint64 rows = limn_tensor_get_rows (y);
  guint64 slab = limn_op_get_slab_rows (graph, "epilogue", error, x, y, residual ? residual : y, NULL);
  guint width = limn_op_get_width (y);

  if (slab == 0)
    return FALSE;
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnEpilogueParams params = {
        .n_texels = count * width,
        .width = width,
        .x_pitch = limn_op_get_pitch (x),
        .y_pitch = limn_op_get_pitch (y),
        .sample_pitch = sample_bias ? limn_op_get_pitch (sample_bias) : 0,
        .first_row = row,
        .rows_per_sample = y->h * y->w,
        .residual_pitch = residual ? limn_op_get_pitch (residual) : 0,
        .activation = epilogue->activation,
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_EPILOGUE_X, x, row, count, &params.x_base),
        limn_graph_write (graph, LIMN_EPILOGUE_Y, y, row, count, &params.y_base),
        limn_epilogue_read (graph, LIMN_EPILOGUE_SAMPLE_BIAS, sample_bias, 0, 0, &params.sample_base),
        limn_epilogue_read (graph, LIMN_EPILOGUE_RESIDUAL, residual, row, count, &params.residual_base),
      };
      const char * const defines[] = { tuning->wg, tuning->texels, limn_op_store_define (y), NULL };

      if (!limn_op_dispatch_items (graph, &(LimnDispatch) {
            .kernel = "epilogue",
            .defines = defines,
            .params = &params,
            .params_bytes = sizeof params,
            .args = args,
            .n_args = G_N_ELEMENTS (args),
          }, params.n_texels, tuning->group_items * tuning->item_texels, error))
        return FALSE;
    }
  return TRUE;
}
