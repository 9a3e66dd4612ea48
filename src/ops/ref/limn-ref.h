/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Every operator of the networks once more, in slow, obvious C: the truth that the kernels are tested against, and the
 * place to read what an operator does.
 *
 * Everywhere: arrays of float, channels-last, without padding: x[n][y][x][c], or rows of columns. Sums, and all that
 * happens before a value is stored, are in double. Nothing is allocated that the caller sees, nothing fails.
 *
 * Thread-safety: any; pure functions of their arguments.
 */

typedef enum
{
  LIMN_REF_NONE,
  LIMN_REF_SILU,
  LIMN_REF_QUICK_GELU,
  LIMN_REF_GELU,
  LIMN_REF_RELU,
} LimnRefActivation;

/**
 * limn_ref_activation:
 *
 * SiLU x / (1 + exp (-x)); quick-GELU x / (1 + exp (-1.702 x)); GELU x / 2 (1 + erf (x / sqrt 2)); ReLU max (x, 0).
 *
 * Source: Hendrycks & Gimpel 2016; quick-GELU: section 2 there, as CLIP uses it.
 */
double limn_ref_activation (LimnRefActivation activation,
                            double            x);

/**
 * LimnRefEpilogue: what is done to a sum before it is stored; NULL: left out
 * @bias: [columns]
 * @sample_bias: [samples][columns], one row per sample
 * @rows_per_sample: rows of the output that share a row of @sample_bias
 * @residual: shape of the output
 *
 *   y = activation (sum + bias + sample_bias) + residual
 */
typedef struct
{
  const float       *bias;
  const float       *sample_bias;
  gsize              rows_per_sample;
  LimnRefActivation  activation;
  const float       *residual;
} LimnRefEpilogue;

/**
 * limn_ref_matmul_at: y[m][n] = epilogue (sum over k of a[m][k] w[n][k]), one value.
 * @epilogue: (nullable)
 */
double limn_ref_matmul_at (const float           *a,
                           const float           *w,
                           gsize                  n_columns,
                           gsize                  n_inner,
                           gsize                  m,
                           gsize                  n,
                           const LimnRefEpilogue *epilogue);

/** limn_ref_matmul: a [M][K], w [N][K] (PyTorch's order of a linear layer), y [M][N]. */
void   limn_ref_matmul    (float                 *y,
                           const float           *a,
                           const float           *w,
                           gsize                  n_rows,
                           gsize                  n_columns,
                           gsize                  n_inner,
                           const LimnRefEpilogue *epilogue);

/**
 * LimnRefConvMode:
 * @LIMN_REF_CONV_SAME: stride 1, a frame of one zero around x
 * @LIMN_REF_CONV_DOWN: stride 2, the same frame: ceil (H / 2)
 * @LIMN_REF_CONV_DOWN_ASYMMETRIC: stride 2, one zero below and to the right only: floor (H / 2)
 * @LIMN_REF_CONV_UP: as SAME on x doubled, every value written four times: 2 H
 */
typedef enum
{
  LIMN_REF_CONV_SAME,
  LIMN_REF_CONV_DOWN,
  LIMN_REF_CONV_DOWN_ASYMMETRIC,
  LIMN_REF_CONV_UP,
} LimnRefConvMode;

/** LimnRefConv: sizes of a 3x3 convolution; x [n][h][w][c_in], w [c_out][c_in][3][3] (PyTorch's order). */
typedef struct
{
  gsize           n;
  gsize           h;
  gsize           w;
  gsize           c_in;
  gsize           c_out;
  LimnRefConvMode mode;
} LimnRefConv;

/** limn_ref_conv_size: H or W after @mode. */
gsize  limn_ref_conv_size  (LimnRefConvMode        mode,
                            gsize                  size);

/**
 * limn_ref_conv3x3_at: one value: cross-correlation of x with w at output @row ((n * H' + y) * W' + x), channel @c.
 * @epilogue: (nullable)
 */
double limn_ref_conv3x3_at (const LimnRefConv     *conv,
                            const float           *x,
                            const float           *w,
                            gsize                  row,
                            gsize                  c,
                            const LimnRefEpilogue *epilogue);

/** limn_ref_conv3x3: all of them; y [n][H'][W'][c_out]. */
void   limn_ref_conv3x3    (const LimnRefConv     *conv,
                            float                 *y,
                            const float           *x,
                            const float           *w,
                            const LimnRefEpilogue *epilogue);

/**
 * limn_ref_group_norm:
 * @x, @y: [samples][rows][c]; may be the same
 * @gamma, @beta: [c]
 *
 * y = activation (gamma (x - mean) / sqrt (var + eps) + beta); mean and biased variance of the rows * c / groups values
 * of a sample's group of channels.
 */
void   limn_ref_group_norm (float             *y,
                            const float       *x,
                            const float       *gamma,
                            const float       *beta,
                            gsize              samples,
                            gsize              rows,
                            gsize              c,
                            gsize              groups,
                            double             eps,
                            LimnRefActivation  activation);

/** limn_ref_layer_norm: the same for each row of [rows][c] by itself, without activation. */
void   limn_ref_layer_norm (float             *y,
                            const float       *x,
                            const float       *gamma,
                            const float       *beta,
                            gsize              rows,
                            gsize              c,
                            double             eps);

/**
 * LimnRefAttention: sizes; q [n][t][heads * d], k and v [n][s][heads * d]; head i has columns i * d .. (i + 1) * d - 1
 * @causal: token t sees tokens 0..t only
 */
typedef struct
{
  gsize    n;
  gsize    t;
  gsize    s;
  gsize    heads;
  gsize    d;
  gboolean causal;
  double   scale;
} LimnRefAttention;

/** limn_ref_attention_at: y = softmax (scale q k^T) v, the d values of one token and head. */
void   limn_ref_attention_at (const LimnRefAttention *attention,
                              double                 *y,
                              const float            *q,
                              const float            *k,
                              const float            *v,
                              gsize                   n,
                              gsize                   t,
                              gsize                   head);

/** limn_ref_attention: all of them; y [n][t][heads * d]. */
void   limn_ref_attention    (const LimnRefAttention *attention,
                              float                  *y,
                              const float            *q,
                              const float            *k,
                              const float            *v);

/** limn_ref_activate: y[i] = activation (x[i]). */
void   limn_ref_activate  (float             *y,
                           const float       *x,
                           gsize              n_values,
                           LimnRefActivation  activation);

/** limn_ref_add: y[i] = a[i] + b[i]. */
void   limn_ref_add       (float             *y,
                           const float       *a,
                           const float       *b,
                           gsize              n_values);

/** limn_ref_add_scaled: y[i] = a[i] + scale b[i]; @a: (nullable): zeros. */
void   limn_ref_add_scaled (float            *y,
                            const float      *a,
                            const float      *b,
                            float             scale,
                            gsize             n_values);

/** limn_ref_geglu: x [rows][2 c], y [rows][c]: y = x[0..c-1] * gelu (x[c..2c-1]). */
void   limn_ref_geglu     (float             *y,
                           const float       *x,
                           gsize              rows,
                           gsize              c);

/** limn_ref_concat: y [rows][c_a + c_b]: the row of a, then the row of b. @b may be NULL when @c_b is 0. */
void   limn_ref_concat    (float             *y,
                           const float       *a,
                           gsize              c_a,
                           const float       *b,
                           gsize              c_b,
                           gsize              rows);

/**
 * limn_ref_embedding:
 * @ids: [n][t]; ids past @vocabulary count as a row of zeros
 * @table: [vocabulary][c]
 * @positions: (nullable): [t or more][c]
 *
 * y[n][t] = table[ids[n][t]] + positions[t].
 */
void   limn_ref_embedding (float             *y,
                           const guint32     *ids,
                           const float       *table,
                           const float       *positions,
                           gsize              n,
                           gsize              t,
                           gsize              vocabulary,
                           gsize              c);

/** limn_ref_timestep_frequency: exp (-ln (10000) i / (half - shift)); the same formula feeds the kernel. */
double limn_ref_timestep_frequency (gsize  i,
                                    gsize  half,
                                    double shift);

/**
 * limn_ref_timestep:
 * @t: [n]
 * @frequencies: [c / 2]
 *
 * y [n][c] = (sin (t f), cos (t f)), or with @flip (cos, sin). The product t f is rounded to float, as PyTorch does.
 */
void   limn_ref_timestep  (float             *y,
                           const float       *t,
                           const float       *frequencies,
                           gsize              n,
                           gsize              c,
                           gboolean           flip);

/** limn_ref_to_rgba: x [rows][3] in -1..1 to R | G << 8 | B << 16 | 255 << 24, each floor (255 clamp ((x + 1) / 2) + 0.5); 0 where one is
 * not finite. */
void   limn_ref_to_rgba   (guint32           *y,
                           const float       *x,
                           gsize              rows);

G_END_DECLS
