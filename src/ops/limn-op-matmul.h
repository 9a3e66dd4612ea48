/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-weights.h"
#include "tensor/limn-graph.h"

G_BEGIN_DECLS

typedef enum
{
  LIMN_ACTIVATION_NONE,
  LIMN_ACTIVATION_SILU,       /* x / (1 + exp (-x)) */
  LIMN_ACTIVATION_QUICK_GELU, /* x / (1 + exp (-1.702 x)) */
  LIMN_ACTIVATION_GELU,       /* x / 2 (1 + erf (x / sqrt 2)) */
  LIMN_ACTIVATION_RELU,       /* max (x, 0) */
} LimnActivation;

/**
 * LimnEpilogue: what is done to a sum before it is stored; all fields optional
 * @bias: F32 [C]
 * @sample_bias: F32 or F16 [N, 1, 1, C]: one row per sample (a time embedding)
 * @residual: shape of the output, any dtype; may be the output itself
 *
 *   y = activation (sum + bias + sample_bias) + residual
 */
typedef struct
{
  const LimnTensor *bias;
  const LimnTensor *sample_bias;
  LimnActivation    activation;
  const LimnTensor *residual;
} LimnEpilogue;

/**
 * limn_op_matmul:
 * @y: (out): [.., N], as many rows as @a
 * @a: [.., K]
 * @weights: taps 1
 * @epilogue: (nullable)
 *
 * y[m, n] = epilogue (sum over k of a[m, k] w[n, k]), k ascending, accumulated in F32.
 * Serves linear layers and 1x1 convolutions.
 *
 * Records work on @graph. Fails with LIMN_ERROR_SHAPE before recording anything.
 */
gboolean limn_op_matmul (LimnGraph          *graph,
                         LimnTensor         *y,
                         const LimnTensor   *a,
                         LimnWeights        *weights,
                         const LimnEpilogue *epilogue,
                         GError            **error);

G_END_DECLS
