/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-op-conv.h"
#include "ops/limn-epilogue.h"
#include "ops/limn-product.h"
#include "ops/limn-winograd.h"

#include "base/limn-error.h"

guint
limn_conv_get_output_size (LimnConvMode mode,
                           guint        size)
{
  switch (mode)
    {
    case LIMN_CONV_DOWN:
      return (size + 1) / 2;
    case LIMN_CONV_DOWN_ASYMMETRIC:
      return size / 2;
    case LIMN_CONV_UP:
      return size * 2;
    case LIMN_CONV_SAME:
    default:
      return size;
    }
}

gboolean
limn_op_conv3x3 (LimnGraph           *graph,
                 LimnTensor          *y,
                 const LimnTensor    *x,
                 LimnWeights         *weights,
                 LimnConvMode         mode,
                 const LimnEpilogue  *epilogue,
                 GError             **error)
{
  LimnProduct product = {
    .y = y,
    .x = x,
    .panels = weights->panels,
    .k = weights->k,
    .n = weights->n,
    .taps = 9,
    .batch = 1,
    .epilogue = epilogue,
    .label = "conv3x3",
    .conv = TRUE,
    .stride = mode == LIMN_CONV_DOWN || mode == LIMN_CONV_DOWN_ASYMMETRIC ? 2 : 1,
    .padding = mode == LIMN_CONV_DOWN_ASYMMETRIC ? 0 : 1,
    .doubling = mode == LIMN_CONV_UP,
  };

  if (weights->taps != 9 || x->c != weights->k || y->c != weights->n || x->n != y->n ||
      y->h != limn_conv_get_output_size (mode, x->h) || y->w != limn_conv_get_output_size (mode, x->w))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
                   "conv3x3: %u x %u x %u x %u by %u -> %u (taps %u, mode %d) does not give %u x %u x %u x %u",
                   x->n, x->h, x->w, x->c, weights->k, weights->n, weights->taps, mode, y->n, y->h, y->w, y->c);
      return FALSE;
    }
  if (!limn_epilogue_check (epilogue, y, "conv3x3", error))
    return FALSE;
  if (limn_winograd_pays (graph, &product))
    return limn_winograd_record (graph, &product, weights, error);
  return limn_product_record (graph, &product, error);
}
