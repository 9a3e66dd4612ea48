/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-op-matmul.h"

G_BEGIN_DECLS

/** limn_op_activate: y = activation (x), same shape; @y may be @x. */
gboolean limn_op_activate  (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *x,
                            LimnActivation    activation,
                            GError          **error);

/**
 * limn_op_add:
 * @y: (out): may be @a or @b
 * @a: (nullable): NULL: zeros
 * @scale: (nullable): F32 [1, 1, 1, 1]; NULL: 1
 *
 * y = a + scale b, all of one shape.
 */
gboolean limn_op_add       (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *a,
                            const LimnTensor *b,
                            const LimnTensor *scale,
                            GError          **error);

/** limn_op_geglu: [.., 2C] -> [.., C]: y = x[.., 0..C-1] * gelu (x[.., C..2C-1]), gelu with erf. Shazeer 2020. C a multiple of 4. */
gboolean limn_op_geglu     (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *x,
                            GError          **error);

/** limn_op_concat: y = (a, b) along channels, a's channels a multiple of 4; also converts between dtypes. @b may be NULL: a copy. */
gboolean limn_op_concat    (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *a,
                            const LimnTensor *b,
                            GError          **error);

/**
 * limn_op_embedding:
 * @y: (out): [N, T, 1, C]
 * @ids: U32 [N, T, 1, 1]; ids past the table give zeros
 * @table: [V, 1, 1, C]; @positions: (nullable) [P, 1, 1, C], P >= T
 *
 * y[n, t] = table[ids[n, t]] + positions[t]. A table larger than a binding is read in slabs.
 */
gboolean limn_op_embedding (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *ids,
                            const LimnTensor *table,
                            const LimnTensor *positions,
                            GError          **error);

/**
 * limn_op_timestep:
 * @y: (out): [N, 1, 1, C], C even
 * @t: F32 [N, 1, 1, 1]: timesteps, maybe fractional
 * @flip: TRUE: cosines first
 *
 * With half = C / 2, f_i = exp (-ln (10000) i / (half - shift)):
 * y = (cos (t f), sin (t f)) when @flip, else (sin, cos). @frequencies: F32 [half], computed by the caller in double, since
 * GLSL's exp is too coarse for t = 999. Ho et al. 2020, appendix B; Vaswani et al. 2017, 3.5.
 */
gboolean limn_op_timestep  (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *t,
                            const LimnTensor *frequencies,
                            gboolean          flip,
                            GError          **error);

/**
 * limn_op_to_rgba:
 * @y: (out): U32 [N, H, W, 1]: R in the lowest byte, A = 255; 0 where a channel of @x is no finite number
 * @x: [N, H, W, 3]: -1..1
 *
 * Each channel: floor (255 clamp ((x + 1) / 2, 0, 1) + 0.5), as diffusers rounds. So an overflow is seen in what is read back anyway.
 */
gboolean limn_op_to_rgba   (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *x,
                            GError          **error);

G_END_DECLS
