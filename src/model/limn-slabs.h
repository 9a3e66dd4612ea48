/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-blocks.h"

G_BEGIN_DECLS

/*
 * Norms and convolutions in slabs of lines. A group norm looks at all of the picture, so its statistics are taken first, over what is there
 * anyway; then it is applied to a few lines at a time, and a line more above and below them, and these are convolved at once. So
 * what stands between norm and convolution is never there as a whole; and nothing is computed otherwise than without
 * slabs: the bits are the same.
 */

/**
 * LIMN_SLAB_BYTES:
 *
 * For LimnRecorder: lines of a normalised picture that stand at one time take about this much, twice: half of what Winograd's transforms
 * take anyway (limn-winograd.c), and 16 lines of SD 1.x' largest layer at 512 x 512 (256 channels, F16), so that the two lines that
 * neighbours share are an eighth more to normalise, which is nothing beside their convolution.
 */
#define LIMN_SLAB_BYTES (4u << 20)

/** limn_slabs_count: slabs in which @r takes a picture of this shape; 1: whole, as if @r had no slabs. */
guint       limn_slabs_count              (const LimnRecorder *r,
                                           const LimnTensor   *x);

/** limn_slabs_record_norm_conv: y = conv (silu (norm (x))) + residual. @y: (nullable): where to; may be @residual, not @x */
LimnTensor *limn_slabs_record_norm_conv   (LimnRecorder       *r,
                                           const LimnNorm     *norm,
                                           const LimnMatrix   *conv,
                                           LimnTensor         *y,
                                           LimnTensor         *x,
                                           const LimnTensor   *residual);

/**
 * limn_slabs_record_resnet:
 *
 * limn_resnet_record() without time, in the place of @x, which is lost: where the block has as many outputs as inputs, one more tensor
 * of that size stands beside it; where it has half as many or fewer, none: both of them fit into @x, and so do those of the blocks after it.
 */
LimnTensor *limn_slabs_record_resnet      (LimnRecorder       *r,
                                           const LimnResnet   *resnet,
                                           LimnTensor         *x);

/** limn_slabs_record_compact: @x, or a copy of it where limn_slabs_record_resnet() left it in a tensor twice as large: before that has to stay. */
LimnTensor *limn_slabs_record_compact     (LimnRecorder       *r,
                                           LimnTensor         *x);

G_END_DECLS
