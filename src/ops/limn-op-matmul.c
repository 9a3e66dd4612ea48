/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-op-matmul.h"
#include "ops/limn-epilogue.h"
#include "ops/limn-product.h"

#include "base/limn-error.h"

gboolean
limn_op_matmul (LimnGraph           *graph,
                LimnTensor          *y,
                const LimnTensor    *a,
                LimnWeights         *weights,
                const LimnEpilogue  *epilogue,
                GError             **error)
{
  if (weights->taps != 1 || a->c != weights->k || y->c != weights->n ||
      limn_tensor_get_rows (a) != limn_tensor_get_rows (y))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
                   "matmul: %" G_GUINT64_FORMAT " x %u by %u x %u (taps %u) does not give %" G_GUINT64_FORMAT " x %u",
                   limn_tensor_get_rows (a), a->c, weights->k, weights->n, weights->taps, limn_tensor_get_rows (y), y->c);
      return FALSE;
    }
  if (!limn_epilogue_check (epilogue, y, "matmul", error))
    return FALSE;
  return limn_product_record (graph, &(LimnProduct) {
    .y = y,
    .x = a,
    .panels = weights->panels,
    .k = weights->k,
    .n = weights->n,
    .taps = 1,
    .batch = 1,
    .epilogue = epilogue,
    .label = "matmul",
  }, error);
}
