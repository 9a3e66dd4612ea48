/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-op-matmul.h"

G_BEGIN_DECLS

/**
 * limn_op_group_norm:
 * @y: (out): [N, H, W, C]; may be @x
 * @x: [N, H, W, C]
 * @gamma, @beta: F32 [C]
 * @groups: G; must divide C
 * @activation: NONE or SILU, applied to the result
 *
 * y = activation (gamma (x - mean) / sqrt (var + eps) + beta), mean and biased variance taken
 * per (n, g) over C/G * H * W values, accumulated in F32 without cancellation when |mean| >> std.
 *
 * Records work on @graph. Fails with LIMN_ERROR_SHAPE before recording anything.
 *
 * Source: Wu & He 2018, section 3. SD 1.x: G = 32; eps 1e-5 in the UNet's residual blocks,
 * 1e-6 in the transformers' input norm and throughout the VAE.
 */
gboolean limn_op_group_norm (LimnGraph        *graph,
                             LimnTensor       *y,
                             const LimnTensor *x,
                             const LimnTensor *gamma,
                             const LimnTensor *beta,
                             guint             groups,
                             float             eps,
                             LimnActivation    activation,
                             GError          **error);

/**
 * limn_op_group_norm_statistics:
 *
 * The part of limn_op_group_norm() that sees all of @x.
 *
 * Returns: (transfer none) (nullable): F32 [N, G, 1, 4]: mean and 1 / sqrt (var + eps) of each group; owned by @graph
 */
LimnTensor *limn_op_group_norm_statistics (LimnGraph         *graph,
                                           const LimnTensor  *x,
                                           guint              groups,
                                           float              eps,
                                           GError           **error);

/**
 * limn_op_group_norm_apply:
 * @statistics: of the picture that @x is lines of
 *
 * The other part, for all of @x or for lines of it, to the same bits: limn_graph_window() makes pictures of lines.
 */
gboolean    limn_op_group_norm_apply      (LimnGraph         *graph,
                                           LimnTensor        *y,
                                           const LimnTensor  *x,
                                           const LimnTensor  *statistics,
                                           const LimnTensor  *gamma,
                                           const LimnTensor  *beta,
                                           LimnActivation     activation,
                                           GError           **error);

/**
 * limn_op_layer_norm:
 * @y: (out): shape of @x; may be @x
 * @gamma, @beta: F32 [C]
 *
 * y = gamma (x - mean) / sqrt (var + eps) + beta for each row, biased variance, centred squares.
 *
 * Source: Ba, Kiros & Hinton 2016.
 */
gboolean limn_op_layer_norm (LimnGraph        *graph,
                             LimnTensor       *y,
                             const LimnTensor *x,
                             const LimnTensor *gamma,
                             const LimnTensor *beta,
                             float             eps,
                             GError          **error);

G_END_DECLS
