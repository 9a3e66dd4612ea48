/* SPDX-License-Identifier: CC0-1.0 */

/* Norms, GEGLU and the optimizer's step; part of fused.c. */

/* exp for |error| < 2e-4 of the value, a tenth of bfloat16's own; libm's takes three times longer. */
static inline __m512
exp_16 (__m512 x)
{
  __m512 t = _mm512_mul_ps (x, _mm512_set1_ps (1.44269504f)), whole, f, p;

  t = _mm512_max_ps (_mm512_min_ps (t, _mm512_set1_ps (126.0f)), _mm512_set1_ps (-126.0f));
  whole = _mm512_roundscale_ps (t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  f = _mm512_sub_ps (t, whole);
  p = _mm512_fmadd_ps (f, _mm512_set1_ps (0.0555041f), _mm512_set1_ps (0.2402265f));
  p = _mm512_fmadd_ps (f, p, _mm512_set1_ps (0.6931472f));
  p = _mm512_fmadd_ps (f, p, _mm512_set1_ps (1.0f));
  return _mm512_scalef_ps (p, whole);
}

/* 1 / (1 + exp (-z)) */
static inline __m512
sigmoid_16 (__m512 z)
{
  __m512 one = _mm512_set1_ps (1.0f);

  return _mm512_rcp14_ps (_mm512_add_ps (one, exp_16 (_mm512_sub_ps (_mm512_setzero_ps (), z))));
}

/* GroupNorm, then SiLU if act. y is padded (for a convolution) or plain; mean and rstd (1 / std), both [n, groups], are
 * kept for the way back. A row of the picture at a time stays in the level 1 cache while its channels are worked off in
 * sixteens, whose constants stay in registers. */
void
group_norm_forward (const bf16 *restrict x,
                    bf16 *restrict y,
                    const float *gamma,
                    const float *beta,
                    float *mean,
                    float *rstd,
                    long n,
                    long h,
                    long w,
                    long c,
                    long groups,
                    float eps,
                    int act,
                    int padded)
{
  Shape s = shape_of (n, h, w);
  long width = c / groups, pixels = h * w, room = ROUND_UP (c, 16);

  if (padded)
    clear_padding (y, s, c);
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++)
    {
      float sum[room], squares[room], scale[room], shift[room];
      const bf16 *from = x + i * pixels * c;

      memset (sum, 0, sizeof sum);
      memset (squares, 0, sizeof squares);
      for (long row = 0; row < h; row++)
        for (long k = 0; k < c; k += 16)
          {
            __m512 a = _mm512_loadu_ps (sum + k), b = _mm512_loadu_ps (squares + k);
            __mmask16 mask = mask_of (c - k);

            for (long p = row * w; p < (row + 1) * w; p++)
              {
                __m512 v = load_16 (from + p * c + k, mask);

                a = _mm512_add_ps (a, v);
                b = _mm512_fmadd_ps (v, v, b);
              }
            _mm512_storeu_ps (sum + k, a);
            _mm512_storeu_ps (squares + k, b);
          }
      for (long g = 0; g < groups; g++)
        {
          double a = 0, b = 0;

          for (long k = g * width; k < (g + 1) * width; k++)
            {
              a += sum[k];
              b += squares[k];
            }
          double m = a / (width * pixels), variance = b / (width * pixels) - m * m;
          float r = 1.0 / sqrt ((variance > 0 ? variance : 0) + eps);
          mean[i * groups + g] = m;
          rstd[i * groups + g] = r;
          for (long k = g * width; k < (g + 1) * width; k++)
            {
              scale[k] = gamma[k] * r;
              shift[k] = beta[k] - (float) m * scale[k];
            }
        }
      for (long row = 0; row < h; row++)
        {
          const bf16 *in = from + row * w * c;
          bf16 *out = padded ? y + (s.lead + i * s.image + row * s.pitch) * c : y + (i * pixels + row * w) * c;

          for (long k = 0; k < c; k += 16)
            {
              __mmask16 mask = mask_of (c - k);
              __m512 a = _mm512_maskz_loadu_ps (mask, scale + k), b = _mm512_maskz_loadu_ps (mask, shift + k);

              if (act)
                for (long p = 0; p < w; p++)
                  {
                    __m512 z = _mm512_fmadd_ps (load_16 (in + p * c + k, mask), a, b);

                    store_16 (out + p * c + k, mask, _mm512_mul_ps (z, sigmoid_16 (z)));
                  }
              else
                for (long p = 0; p < w; p++)
                  store_16 (out + p * c + k, mask, _mm512_fmadd_ps (load_16 (in + p * c + k, mask), a, b));
            }
        }
    }
}

/* d_gamma and d_beta are [n, c]; dy is plain. */
void
group_norm_backward (const bf16 *restrict x,
                     const bf16 *restrict dy,
                     bf16 *restrict dx,
                     const float *gamma,
                     const float *beta,
                     const float *mean,
                     const float *rstd,
                     float *d_gamma,
                     float *d_beta,
                     long n,
                     long pixels,
                     long c,
                     long groups,
                     int act)
{
  enum
  {
    STRIP = 64                    /* pixels at a time, as above */
  };
  long width = c / groups, room = ROUND_UP (c, 16);
  __m512 one = _mm512_set1_ps (1.0f);

#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++)
    {
      float m[room], r[room], a[room], b[room], sg[room], sb[room];
      const bf16 *in = x + i * pixels * c, *d = dy + i * pixels * c;
      bf16 *out = dx + i * pixels * c;

      memset (sg, 0, sizeof sg);
      memset (sb, 0, sizeof sb);
      for (long k = 0; k < c; k++)
        {
          m[k] = mean[i * groups + k / width];
          r[k] = rstd[i * groups + k / width];
        }
      /* First pass: the gradient before the activation, kept in out, and its sums, alone and times x. */
      for (long begin = 0; begin < pixels; begin += STRIP)
        for (long k = 0; k < c; k += 16)
          {
            __mmask16 mask = mask_of (c - k);
            __m512 gk = _mm512_maskz_loadu_ps (mask, gamma + k), bk = _mm512_maskz_loadu_ps (mask, beta + k);
            __m512 mk = _mm512_maskz_loadu_ps (mask, m + k), rk = _mm512_maskz_loadu_ps (mask, r + k);
            __m512 sum = _mm512_loadu_ps (sb + k), times = _mm512_loadu_ps (sg + k);

            for (long p = begin; p < MIN (pixels, begin + STRIP); p++)
              {
                __m512 normal = _mm512_mul_ps (_mm512_sub_ps (load_16 (in + p * c + k, mask), mk), rk);
                __m512 dz = load_16 (d + p * c + k, mask);

                if (act)
                  {
                    __m512 z = _mm512_fmadd_ps (normal, gk, bk), gate = sigmoid_16 (z);

                    dz = _mm512_mul_ps (_mm512_mul_ps (dz, gate), _mm512_fmadd_ps (z, _mm512_sub_ps (one, gate), one));
                    store_16 (out + p * c + k, mask, dz);
                  }
                sum = _mm512_add_ps (sum, dz);
                times = _mm512_fmadd_ps (dz, normal, times);
              }
            _mm512_storeu_ps (sb + k, sum);
            _mm512_storeu_ps (sg + k, times);
          }
      memcpy (d_beta + i * c, sb, c * sizeof *sb);
      memcpy (d_gamma + i * c, sg, c * sizeof *sg);
      for (long g = 0; g < groups; g++)
        {
          float s0 = 0, s1 = 0;

          for (long k = g * width; k < (g + 1) * width; k++)
            {
              s0 += sb[k] * gamma[k];
              s1 += sg[k] * gamma[k];
            }
          for (long k = g * width; k < (g + 1) * width; k++)
            {
              a[k] = s0 / (width * pixels);
              b[k] = s1 / (width * pixels);
            }
        }
      /* Second pass: r (gamma dz - a - normal b), as dz p + x q + t. */
      for (long begin = 0; begin < pixels; begin += STRIP)
        for (long k = 0; k < c; k += 16)
          {
            __mmask16 mask = mask_of (c - k);
            __m512 mk = _mm512_maskz_loadu_ps (mask, m + k), rk = _mm512_maskz_loadu_ps (mask, r + k);
            __m512 ak = _mm512_maskz_loadu_ps (mask, a + k), bk = _mm512_maskz_loadu_ps (mask, b + k);
            __m512 pk = _mm512_mul_ps (rk, _mm512_maskz_loadu_ps (mask, gamma + k));
            __m512 qk = _mm512_sub_ps (_mm512_setzero_ps (), _mm512_mul_ps (_mm512_mul_ps (rk, rk), bk));
            __m512 tk = _mm512_sub_ps (_mm512_setzero_ps (), _mm512_fmadd_ps (qk, mk, _mm512_mul_ps (rk, ak)));
            const bf16 *before = act ? out : d;

            for (long p = begin; p < MIN (pixels, begin + STRIP); p++)
              {
                __m512 v = _mm512_fmadd_ps (load_16 (in + p * c + k, mask), qk, tk);

                store_16 (out + p * c + k, mask, _mm512_fmadd_ps (load_16 (before + p * c + k, mask), pk, v));
              }
          }
    }
}

/* LayerNorm over rows of c numbers. */
void
layer_norm_forward (const bf16 *x, bf16 *y, const float *gamma, const float *beta, float *mean, float *rstd, long rows, long c, float eps)
{
#pragma omp parallel for schedule(static)
  for (long i = 0; i < rows; i++)
    {
      const bf16 *in = x + i * c;
      float sum = 0, squares = 0;

      for (long k = 0; k < c; k++)
        {
          float v = load_bf16 (in[k]);

          sum += v;
          squares += v * v;
        }
      float m = sum / c, variance = squares / c - m * m, r = 1.0f / sqrtf ((variance > 0 ? variance : 0) + eps);
      mean[i] = m;
      rstd[i] = r;
      for (long k = 0; k < c; k++)
        y[i * c + k] = store_bf16 ((load_bf16 (in[k]) - m) * r * gamma[k] + beta[k]);
    }
}

/* d_gamma and d_beta were zeroed by the caller. */
void
layer_norm_backward (const bf16 *x,
                     const bf16 *dy,
                     bf16 *dx,
                     const float *gamma,
                     const float *mean,
                     const float *rstd,
                     float *d_gamma,
                     float *d_beta,
                     long rows,
                     long c)
{
#pragma omp parallel
  {
    float sg[c], sb[c];

    memset (sg, 0, sizeof sg);
    memset (sb, 0, sizeof sb);
#pragma omp for schedule(static)
    for (long i = 0; i < rows; i++)
      {
        const bf16 *in = x + i * c, *d = dy + i * c;
        float m = mean[i], r = rstd[i], a = 0, b = 0;

        for (long k = 0; k < c; k++)
          {
            float normal = (load_bf16 (in[k]) - m) * r, dz = load_bf16 (d[k]), g = dz * gamma[k];

            sb[k] += dz;
            sg[k] += dz * normal;
            a += g;
            b += g * normal;
          }
        a /= c;
        b /= c;
        for (long k = 0; k < c; k++)
          dx[i * c + k] = store_bf16 (r * (load_bf16 (d[k]) * gamma[k] - a - (load_bf16 (in[k]) - m) * r * b));
      }
#pragma omp critical
    for (long k = 0; k < c; k++)
      {
        d_gamma[k] += sg[k];
        d_beta[k] += sb[k];
      }
  }
}

/* The normal distribution up to v, as Abramowitz and Stegun 7.1.26 has it. */
static inline __m512
normal_16 (__m512 v)
{
  __m512 one = _mm512_set1_ps (1.0f), half = _mm512_set1_ps (0.5f), size = _mm512_abs_ps (v);
  __m512 t = _mm512_rcp14_ps (_mm512_fmadd_ps (size, _mm512_set1_ps (0.3275911f * 0.70710678f), one));
  __m512 p = _mm512_fmadd_ps (t, _mm512_set1_ps (1.061405429f), _mm512_set1_ps (-1.453152027f));

  p = _mm512_fmadd_ps (t, p, _mm512_set1_ps (1.421413741f));
  p = _mm512_fmadd_ps (t, p, _mm512_set1_ps (-0.284496736f));
  p = _mm512_mul_ps (t, _mm512_fmadd_ps (t, p, _mm512_set1_ps (0.254829592f)));
  p = _mm512_mul_ps (p, exp_16 (_mm512_mul_ps (_mm512_mul_ps (v, v), _mm512_set1_ps (-0.5f))));
  p = _mm512_mul_ps (p, half);
  return _mm512_mask_sub_ps (p, _mm512_cmp_ps_mask (v, _mm512_setzero_ps (), _CMP_GE_OQ), one, p);
}

/* GEGLU: y = a gelu (g) with rows [a | g] of 2 c numbers. */
void
geglu_forward (const bf16 *x, bf16 *y, long rows, long c)
{
#pragma omp parallel for schedule(static)
  for (long i = 0; i < rows; i++)
    {
      const bf16 *a = x + i * 2 * c, *g = a + c;

      for (long k = 0; k < c; k += 16)
        {
          __mmask16 mask = mask_of (c - k);
          __m512 v = load_16 (g + k, mask);

          store_16 (y + i * c + k, mask, _mm512_mul_ps (load_16 (a + k, mask), _mm512_mul_ps (v, normal_16 (v))));
        }
    }
}

void
geglu_backward (const bf16 *x, const bf16 *dy, bf16 *dx, long rows, long c)
{
#pragma omp parallel for schedule(static)
  for (long i = 0; i < rows; i++)
    {
      const bf16 *a = x + i * 2 * c, *g = a + c, *d = dy + i * c;
      bf16 *da = dx + i * 2 * c, *dg = da + c;

      for (long k = 0; k < c; k += 16)
        {
          __mmask16 mask = mask_of (c - k);
          __m512 v = load_16 (g + k, mask), dd = load_16 (d + k, mask), p = normal_16 (v);
          __m512 density = exp_16 (_mm512_mul_ps (_mm512_mul_ps (v, v), _mm512_set1_ps (-0.5f)));
          __m512 slope = _mm512_fmadd_ps (_mm512_mul_ps (v, density), _mm512_set1_ps (0.39894228f), p);

          store_16 (da + k, mask, _mm512_mul_ps (dd, _mm512_mul_ps (v, p)));
          store_16 (dg + k, mask, _mm512_mul_ps (_mm512_mul_ps (dd, load_16 (a + k, mask)), slope));
        }
    }
}

/* One pass of AdamW and of the moving average over flat parameters; decay holds the weight decay of each element,
 * correction_1 and correction_2 are 1 - beta^step. */
void
adamw_ema (float *restrict parameters,
           const float *restrict gradient,
           float *restrict m,
           float *restrict v,
           float *restrict ema,
           const float *restrict decay,
           long n,
           float rate,
           float beta_1,
           float beta_2,
           float eps,
           float correction_1,
           float correction_2,
           float ema_decay)
{
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++)
    {
      float g = gradient[i], mm = m[i] = beta_1 * m[i] + (1 - beta_1) * g, vv = v[i] = beta_2 * v[i] + (1 - beta_2) * g * g;
      float q = parameters[i] * (1 - rate * decay[i]) - rate * (mm / correction_1) / (sqrtf (vv / correction_2) + eps);

      parameters[i] = q;
      ema[i] = ema_decay * ema[i] + (1 - ema_decay) * q;
    }
}
