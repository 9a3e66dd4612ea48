/* SPDX-License-Identifier: CC0-1.0 */

/* The kernels of fused.c for one type of data: VALUE, read by LOAD, written by STORE; FUNCTION makes the names.
 * No include guard on purpose: included once for each type. */

/* GroupNorm over NCHW, followed by SiLU if act: y, and for the way back the mean and 1 / std of each group. */
void
FUNCTION (gn_fwd) (const VALUE *x,
                   VALUE *y,
                   const float *gamma,
                   const float *beta,
                   float *mean,
                   float *rstd,
                   long n_images,
                   long n_channels,
                   long n_pixels,
                   long n_groups,
                   float eps,
                   int act)
{
  long group_width = n_channels / n_groups, M = group_width * n_pixels;

#pragma omp parallel for schedule(static)
  for (long ng = 0; ng < n_images * n_groups; ng++)
    {
      const VALUE *xp = x + ng * M;
      VALUE *yp = y + ng * M;
      long c0 = (ng % n_groups) * group_width;
      float s = 0, q = 0;
      for (long i = 0; i < M; i++)
        {
          float v = LOAD (xp[i]);
          s += v;
          q += v * v;
        }
      float mean_g = s / M, var = q / M - mean_g * mean_g;
      if (var < 0)
        var = 0;
      float inverse_std = 1.0f / sqrtf (var + eps);
      mean[ng] = mean_g;
      rstd[ng] = inverse_std;
      for (long c = 0; c < group_width; c++)
        {
          float a = gamma[c0 + c] * inverse_std, b = beta[c0 + c] - mean_g * a;
          const VALUE *xc = xp + c * n_pixels;
          VALUE *yc = yp + c * n_pixels;
          if (act)
            for (long i = 0; i < n_pixels; i++)
              {
                float z = LOAD (xc[i]) * a + b;
                yc[i] = STORE (z / (1.0f + expf (-z)));
              }
          else
            for (long i = 0; i < n_pixels; i++)
              yc[i] = STORE (LOAD (xc[i]) * a + b);
        }
    }
}

void
FUNCTION (gn_bwd) (const VALUE *x,
                   const VALUE *dy,
                   VALUE *dx,
                   const float *gamma,
                   const float *beta,
                   const float *mean,
                   const float *rstd,
                   float *d_gamma,
                   float *d_beta,
                   long n_images,
                   long n_channels,
                   long n_pixels,
                   long n_groups,
                   int act)
{
  long group_width = n_channels / n_groups, M = group_width * n_pixels;

#pragma omp parallel
  {
    float *tmp = malloc (sizeof (float) * M);

#pragma omp for schedule(static)
    for (long ng = 0; ng < n_images * n_groups; ng++)
      {
        const VALUE *xp = x + ng * M, *dp = dy + ng * M;
        VALUE *op = dx + ng * M;
        long c0 = (ng % n_groups) * group_width, n = ng / n_groups;
        float mean_g = mean[ng], inverse_std = rstd[ng], A = 0, B = 0;
        for (long c = 0; c < group_width; c++)
          {
            float g = gamma[c0 + c], b = beta[c0 + c], sb = 0, sg = 0;
            const VALUE *xc = xp + c * n_pixels, *dc = dp + c * n_pixels;
            float *tc = tmp + c * n_pixels;
            if (act)
              for (long i = 0; i < n_pixels; i++)
                {
                  float xh = (LOAD (xc[i]) - mean_g) * inverse_std, z = xh * g + b, s = 1.0f / (1.0f + expf (-z));
                  float dz = LOAD (dc[i]) * s * (1.0f + z * (1.0f - s));
                  tc[i] = dz;
                  sb += dz;
                  sg += dz * xh;
                }
            else
              for (long i = 0; i < n_pixels; i++)
                {
                  float xh = (LOAD (xc[i]) - mean_g) * inverse_std, dz = LOAD (dc[i]);
                  tc[i] = dz;
                  sb += dz;
                  sg += dz * xh;
                }
            d_beta[n * n_channels + c0 + c] = sb;
            d_gamma[n * n_channels + c0 + c] = sg;
            A += sb * g;
            B += sg * g;
          }
        A /= M;
        B /= M;
        for (long c = 0; c < group_width; c++)
          {
            float g = gamma[c0 + c];
            const VALUE *xc = xp + c * n_pixels;
            float *tc = tmp + c * n_pixels;
            VALUE *oc = op + c * n_pixels;
            for (long i = 0; i < n_pixels; i++)
              {
                float xh = (LOAD (xc[i]) - mean_g) * inverse_std;
                oc[i] = STORE (inverse_std * (tc[i] * g - A - xh * B));
              }
          }
      }
    free (tmp);
  }
}

/* LayerNorm over rows of C values; in the way back d_gamma and d_beta were zeroed by the caller. */
void
FUNCTION (ln_fwd) (const VALUE *x,
                   VALUE *y,
                   const float *gamma,
                   const float *beta,
                   float *mean,
                   float *rstd,
                   long n_rows,
                   long n_columns,
                   float eps)
{

#pragma omp parallel for schedule(static)
  for (long r = 0; r < n_rows; r++)
    {
      const VALUE *xp = x + r * n_columns;
      VALUE *yp = y + r * n_columns;
      float s = 0, q = 0;
      for (long i = 0; i < n_columns; i++)
        {
          float v = LOAD (xp[i]);
          s += v;
          q += v * v;
        }
      float mean_g = s / n_columns, var = q / n_columns - mean_g * mean_g;
      if (var < 0)
        var = 0;
      float inverse_std = 1.0f / sqrtf (var + eps);
      mean[r] = mean_g;
      rstd[r] = inverse_std;
      for (long i = 0; i < n_columns; i++)
        yp[i] = STORE ((LOAD (xp[i]) - mean_g) * inverse_std * gamma[i] + beta[i]);
    }
}

void
FUNCTION (ln_bwd) (const VALUE *x,
                   const VALUE *dy,
                   VALUE *dx,
                   const float *gamma,
                   const float *mean,
                   const float *rstd,
                   float *d_gamma,
                   float *d_beta,
                   long n_rows,
                   long n_columns)
{

#pragma omp parallel
  {
    float *lg = calloc (2 * n_columns, sizeof (float)), *lb = lg + n_columns;

#pragma omp for schedule(static)
    for (long r = 0; r < n_rows; r++)
      {
        const VALUE *xp = x + r * n_columns, *dp = dy + r * n_columns;
        VALUE *op = dx + r * n_columns;
        float mean_g = mean[r], inverse_std = rstd[r], A = 0, B = 0;
        for (long i = 0; i < n_columns; i++)
          {
            float xh = (LOAD (xp[i]) - mean_g) * inverse_std, d = LOAD (dp[i]), g = d * gamma[i];
            lb[i] += d;
            lg[i] += d * xh;
            A += g;
            B += g * xh;
          }
        A /= n_columns;
        B /= n_columns;
        for (long i = 0; i < n_columns; i++)
          {
            float xh = (LOAD (xp[i]) - mean_g) * inverse_std;
            op[i] = STORE (inverse_std * (LOAD (dp[i]) * gamma[i] - A - xh * B));
          }
      }

#pragma omp critical
    for (long i = 0; i < n_columns; i++)
      {
        d_gamma[i] += lg[i];
        d_beta[i] += lb[i];
      }
    free (lg);
  }
}

/* GEGLU: y = a * gelu (g) with rows [a | g]. */
void
FUNCTION (gg_fwd) (const VALUE *x, VALUE *y, long n_rows, long n_columns)
{

#pragma omp parallel for schedule(static)
  for (long r = 0; r < n_rows; r++)
    {
      const VALUE *a = x + r * 2 * n_columns, *g = a + n_columns;
      VALUE *o = y + r * n_columns;
      for (long i = 0; i < n_columns; i++)
        {
          float v = LOAD (g[i]);
          o[i] = STORE (LOAD (a[i]) * 0.5f * v * (1.0f + erf_approx (v * 0.70710678f)));
        }
    }
}

void
FUNCTION (gg_bwd) (const VALUE *x, const VALUE *dy, VALUE *dx, long n_rows, long n_columns)
{

#pragma omp parallel for schedule(static)
  for (long r = 0; r < n_rows; r++)
    {
      const VALUE *a = x + r * 2 * n_columns, *g = a + n_columns, *d = dy + r * n_columns;
      VALUE *da = dx + r * 2 * n_columns, *dg = da + n_columns;
      for (long i = 0; i < n_columns; i++)
        {
          float v = LOAD (g[i]), dd = LOAD (d[i]), ph = 0.5f * (1.0f + erf_approx (v * 0.70710678f));
          da[i] = STORE (dd * v * ph);
          dg[i] = STORE (dd * LOAD (a[i]) * (ph + v * 0.39894228f * expf (-0.5f * v * v)));
        }
    }
}
