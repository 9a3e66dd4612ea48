/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-op-matmul.h"

G_BEGIN_DECLS

/**
 * LimnConvMode:
 * @LIMN_CONV_SAME: stride 1, padding 1: H x W -> H x W
 * @LIMN_CONV_DOWN: stride 2, padding 1 all around: ceil (H / 2) (UNet)
 * @LIMN_CONV_DOWN_ASYMMETRIC: stride 2, one row below and one column to the right padded: floor (H / 2) (VAE encoder)
 * @LIMN_CONV_UP: stride 1, padding 1 on the input doubled by nearest neighbour: 2 H x 2 W
 */
typedef enum
{
  LIMN_CONV_SAME,
  LIMN_CONV_DOWN,
  LIMN_CONV_DOWN_ASYMMETRIC,
  LIMN_CONV_UP,
} LimnConvMode;

/** limn_conv_get_output_size: H or W after @mode. */
guint    limn_conv_get_output_size (LimnConvMode mode,
                                    guint        size);

/**
 * limn_op_conv3x3:
 * @y: (out): [N, H', W', Cout]; not @x
 * @x: [N, H, W, Cin]
 * @weights: taps 9
 * @epilogue: (nullable)
 *
 * y = epilogue (cross-correlation of @x, zero padded, with @weights), F32 accumulation.
 * Stride 1 on enough channels is computed as Winograd F(4x4, 3x3) where that pays: the choice depends
 * only on the class of device and the shape.
 *
 * Records work on @graph. Fails with LIMN_ERROR_SHAPE before recording anything.
 *
 * Source: Lavin & Gray 2015, section 4 and appendix (F(4x4, 3x3)).
 */
gboolean limn_op_conv3x3 (LimnGraph          *graph,
                          LimnTensor         *y,
                          const LimnTensor   *x,
                          LimnWeights        *weights,
                          LimnConvMode        mode,
                          const LimnEpilogue *epilogue,
                          GError            **error);

/**
 * limn_op_conv3x3_lines:
 * @y: may be a window (limn_graph_window()) that holds @lines; so may the epilogue's residual, which may be @y
 * @x: may be a window that holds what @lines see: a line more above and below, but for the picture's edges
 * @lines: the first is a multiple of 4, and so is the count unless they are the last
 *
 * Those lines of limn_op_conv3x3()'s result, to the same bits.
 */
gboolean limn_op_conv3x3_lines (LimnGraph          *graph,
                                LimnTensor         *y,
                                const LimnTensor   *x,
                                LimnWeights        *weights,
                                LimnConvMode        mode,
                                const LimnEpilogue *epilogue,
                                const LimnLines    *lines,
                                GError            **error);

G_END_DECLS
