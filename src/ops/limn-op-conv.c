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

static gboolean
record (LimnGraph           *graph,
        LimnTensor          *y,
        const LimnTensor    *x,
        LimnWeights         *weights,
        LimnConvMode         mode,
        const LimnEpilogue  *epilogue,
        const LimnLines     *lines,
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
    .lines = lines,
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

gboolean
limn_op_conv3x3 (LimnGraph           *graph,
                 LimnTensor          *y,
                 const LimnTensor    *x,
                 LimnWeights         *weights,
                 LimnConvMode         mode,
                 const LimnEpilogue  *epilogue,
                 GError             **error)
{
  return record (graph, y, x, weights, mode, epilogue, NULL, error);
}

gboolean
limn_op_conv3x3_lines (LimnGraph           *graph,
                       LimnTensor          *y,
                       const LimnTensor    *x,
                       LimnWeights         *weights,
                       LimnConvMode         mode,
                       const LimnEpilogue  *epilogue,
                       const LimnLines     *lines,
                       GError             **error)
{
  if (lines->sample >= y->n || lines->count == 0 || lines->first >= y->h || lines->count > y->h - lines->first ||
      lines->first % 4 != 0 || (lines->count % 4 != 0 && lines->first + lines->count != y->h))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "conv3x3: %u lines from line %u of sample %u on are not to be had of %u samples of %u lines",
                   lines->count, lines->first, lines->sample, y->n, y->h);
      return FALSE;
    }
  return record (graph, y, x, weights, mode, epilogue, lines, error);
}
