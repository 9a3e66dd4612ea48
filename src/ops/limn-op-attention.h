/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/** LIMN_ATTENTION_ANY: key for limn_arena_set_choice(), "lanes" or "tile": a kernel of another class of device. For tests. */
#define LIMN_ATTENTION_ANY "attention"

/**
 * limn_op_attention:
 * @y: (out): [N, T, 1, heads * D]
 * @q: [N, T, 1, heads * D]; @k, @v: [N, S, 1, heads * D]; any may be column views; D a multiple of 4
 * @heads: number of heads; head i takes columns i * D .. (i + 1) * D - 1
 * @causal: token t sees tokens 0..t only; then T = S
 * @scale: usually 1 / sqrt (D)
 *
 * y = softmax (scale q k^T) v for each sample and head. The score matrix is never stored: keys pass by in
 * blocks under a running maximum (Milakov & Gimelshein 2018; Rabe & Staats 2021).
 *
 * Records work on @graph. Fails with LIMN_ERROR_SHAPE before recording anything.
 */
gboolean limn_op_attention (LimnGraph        *graph,
                            LimnTensor       *y,
                            const LimnTensor *q,
                            const LimnTensor *k,
                            const LimnTensor *v,
                            guint             heads,
                            gboolean          causal,
                            float             scale,
                            GError          **error);

G_END_DECLS
