/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What is made of sums of products: matrix product, 3x3 convolution, attention. */

#include "ops/ref/limn-ref.h"

#include <math.h>

static double
apply_epilogue (const LimnRefEpilogue *epilogue,
                double                 sum,
                gsize                  row,
                gsize                  column,
                gsize                  n_columns)
{
  if (epilogue == NULL)
    return sum;
  if (epilogue->bias != NULL)
    sum += epilogue->bias[column];
  if (epilogue->sample_bias != NULL)
    sum += epilogue->sample_bias[row / epilogue->rows_per_sample * n_columns + column];
  sum = limn_ref_activation (epilogue->activation, sum);
  if (epilogue->residual != NULL)
    sum += epilogue->residual[row * n_columns + column];
  return sum;
}

double
limn_ref_matmul_at (const float           *a,
                    const float           *w,
                    gsize                  n_columns,
                    gsize                  n_inner,
                    gsize                  m,
                    gsize                  n,
                    const LimnRefEpilogue *epilogue)
{
  double sum = 0.0;

  for (gsize k = 0; k < n_inner; k++)
    sum += (double) a[m * n_inner + k] * w[n * n_inner + k];
  return apply_epilogue (epilogue, sum, m, n, n_columns);
}

void
limn_ref_matmul (float                 *y,
                 const float           *a,
                 const float           *w,
                 gsize                  n_rows,
                 gsize                  n_columns,
                 gsize                  n_inner,
                 const LimnRefEpilogue *epilogue)
{
  for (gsize m = 0; m < n_rows; m++)
    for (gsize n = 0; n < n_columns; n++)
      y[m * n_columns + n] = limn_ref_matmul_at (a, w, n_columns, n_inner, m, n, epilogue);
}

gsize
limn_ref_conv_size (LimnRefConvMode mode,
                    gsize           size)
{
  switch (mode)
    {
    case LIMN_REF_CONV_DOWN:
      return (size + 1) / 2;
    case LIMN_REF_CONV_DOWN_ASYMMETRIC:
      return size / 2;
    case LIMN_REF_CONV_UP:
      return 2 * size;
    case LIMN_REF_CONV_SAME:
    default:
      return size;
    }
}

/* Where tap 0..2 of output @at lies in x, along one axis; -1: on the frame of zeros. */
static gssize
tap_position (LimnRefConvMode mode,
              gsize           at,
              gsize           tap,
              gsize           size)
{
  gssize position = at + tap;
  gssize inside = size;

  switch (mode)
    {
    case LIMN_REF_CONV_DOWN:
      position = 2 * at + tap - 1;
      break;
    case LIMN_REF_CONV_DOWN_ASYMMETRIC:
      position = 2 * at + tap;
      break;
    case LIMN_REF_CONV_UP:
      inside = 2 * size;
      position -= 1;
      break;
    case LIMN_REF_CONV_SAME:
    default:
      position -= 1;
      break;
    }
  if (position < 0 || position >= inside)
    return -1;
  return mode == LIMN_REF_CONV_UP ? position / 2 : position;
}

double
limn_ref_conv3x3_at (const LimnRefConv     *conv,
                     const float           *x,
                     const float           *w,
                     gsize                  row,
                     gsize                  c,
                     const LimnRefEpilogue *epilogue)
{
  gsize out_w = limn_ref_conv_size (conv->mode, conv->w);
  gsize out_h = limn_ref_conv_size (conv->mode, conv->h);
  gsize out_x = row % out_w, out_y = row / out_w % out_h, n = row / out_w / out_h;
  double sum = 0.0;

  for (gsize i = 0; i < 3; i++)
    for (gsize j = 0; j < 3; j++)
      {
        gssize in_y = tap_position (conv->mode, out_y, i, conv->h);
        gssize in_x = tap_position (conv->mode, out_x, j, conv->w);
        const float *in = x + ((n * conv->h + in_y) * conv->w + in_x) * conv->c_in;

        if (in_y < 0 || in_x < 0)
          continue;
        for (gsize k = 0; k < conv->c_in; k++)
          sum += (double) in[k] * w[((c * conv->c_in + k) * 3 + i) * 3 + j];
      }
  return apply_epilogue (epilogue, sum, row, c, conv->c_out);
}

void
limn_ref_conv3x3 (const LimnRefConv     *conv,
                  float                 *y,
                  const float           *x,
                  const float           *w,
                  const LimnRefEpilogue *epilogue)
{
  gsize rows = conv->n * limn_ref_conv_size (conv->mode, conv->h) * limn_ref_conv_size (conv->mode, conv->w);

  for (gsize row = 0; row < rows; row++)
    for (gsize c = 0; c < conv->c_out; c++)
      y[row * conv->c_out + c] = limn_ref_conv3x3_at (conv, x, w, row, c, epilogue);
}

void
limn_ref_attention_at (const LimnRefAttention *attention,
                       double                 *y,
                       const float            *q,
                       const float            *k,
                       const float            *v,
                       gsize                   n,
                       gsize                   t,
                       gsize                   head)
{
  gsize d = attention->d, pitch = attention->heads * d;
  gsize seen = attention->causal ? t + 1 : attention->s;
  const float *query = q + (n * attention->t + t) * pitch + head * d;
  const float *keys = k + n * attention->s * pitch + head * d;
  const float *values = v + n * attention->s * pitch + head * d;
  g_autofree double *scores = g_new (double, seen);
  double max = -INFINITY, sum = 0.0;

  for (gsize s = 0; s < seen; s++)
    {
      scores[s] = 0.0;
      for (gsize i = 0; i < d; i++)
        scores[s] += (double) query[i] * keys[s * pitch + i];
      scores[s] *= attention->scale;
      max = MAX (max, scores[s]);
    }
  for (gsize s = 0; s < seen; s++)
    {
      scores[s] = exp (scores[s] - max);
      sum += scores[s];
    }
  for (gsize i = 0; i < d; i++)
    {
      y[i] = 0.0;
      for (gsize s = 0; s < seen; s++)
        y[i] += scores[s] * values[s * pitch + i];
      y[i] /= sum;
    }
}

void
limn_ref_attention (const LimnRefAttention *attention,
                    float                  *y,
                    const float            *q,
                    const float            *k,
                    const float            *v)
{
  g_autofree double *values = g_new (double, attention->d);

  for (gsize n = 0; n < attention->n; n++)
    for (gsize t = 0; t < attention->t; t++)
      for (gsize head = 0; head < attention->heads; head++)
        {
          float *out = y + ((n * attention->t + t) * attention->heads + head) * attention->d;

          limn_ref_attention_at (attention, values, q, k, v, n, t, head);
          for (gsize i = 0; i < attention->d; i++)
            out[i] = values[i];
        }
}
