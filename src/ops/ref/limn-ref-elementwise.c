/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/ref/limn-ref.h"

#include <math.h>

double
limn_ref_activation (LimnRefActivation activation,
                     double            x)
{
  switch (activation)
    {
    case LIMN_REF_SILU:
      return x / (1.0 + exp (-x));
    case LIMN_REF_QUICK_GELU:
      return x / (1.0 + exp (-1.702 * x));
    case LIMN_REF_GELU:
      /* erfc: 1 + erf (x) loses all digits where x is very negative. */
      return x / 2.0 * erfc (-x / G_SQRT2);
    case LIMN_REF_RELU:
      return fmax (x, 0.0);
    case LIMN_REF_NONE:
    default:
      return x;
    }
}

void
limn_ref_activate (float             *y,
                   const float       *x,
                   gsize              n_values,
                   LimnRefActivation  activation)
{
  for (gsize i = 0; i < n_values; i++)
    y[i] = limn_ref_activation (activation, x[i]);
}

void
limn_ref_add (float       *y,
              const float *a,
              const float *b,
              gsize        n_values)
{
  for (gsize i = 0; i < n_values; i++)
    y[i] = (double) a[i] + b[i];
}

void
limn_ref_add_scaled (float       *y,
                     const float *a,
                     const float *b,
                     float        scale,
                     gsize        n_values)
{
  for (gsize i = 0; i < n_values; i++)
    y[i] = (a ? a[i] : 0) + (double) scale * b[i];
}

void
limn_ref_geglu (float       *y,
                const float *x,
                gsize        rows,
                gsize        c)
{
  for (gsize row = 0; row < rows; row++)
    for (gsize i = 0; i < c; i++)
      y[row * c + i] = x[row * 2 * c + i] * limn_ref_activation (LIMN_REF_GELU, x[row * 2 * c + c + i]);
}

void
limn_ref_concat (float       *y,
                 const float *a,
                 gsize        c_a,
                 const float *b,
                 gsize        c_b,
                 gsize        rows)
{
  for (gsize row = 0; row < rows; row++)
    {
      for (gsize i = 0; i < c_a; i++)
        *y++ = a[row * c_a + i];
      for (gsize i = 0; i < c_b; i++)
        *y++ = b[row * c_b + i];
    }
}

void
limn_ref_embedding (float         *y,
                    const guint32 *ids,
                    const float   *table,
                    const float   *positions,
                    gsize          n,
                    gsize          t,
                    gsize          vocabulary,
                    gsize          c)
{
  for (gsize row = 0; row < n * t; row++)
    for (gsize i = 0; i < c; i++)
      {
        double token = ids[row] < vocabulary ? table[ids[row] * c + i] : 0.0;
        double position = positions != NULL ? positions[row % t * c + i] : 0.0;

        y[row * c + i] = token + position;
      }
}

double
limn_ref_timestep_frequency (gsize  i,
                             gsize  half,
                             double shift)
{
  return exp (-log (10000.0) * i / (half - shift));
}

void
limn_ref_timestep (float       *y,
                   const float *t,
                   const float *frequencies,
                   gsize        n,
                   gsize        c,
                   gboolean     flip)
{
  gsize half = c / 2;

  for (gsize row = 0; row < n; row++)
    for (gsize i = 0; i < half; i++)
      {
        float angle = t[row] * frequencies[i];

        y[row * c + (flip ? half : 0) + i] = sin (angle);
        y[row * c + (flip ? 0 : half) + i] = cos (angle);
      }
}

void
limn_ref_to_rgba (guint32     *y,
                  const float *x,
                  gsize        rows)
{
  for (gsize row = 0; row < rows; row++)
    {
      gboolean finite = TRUE;

      y[row] = 255u << 24;
      for (gsize i = 0; i < 3; i++)
        finite = finite && isfinite (x[row * 3 + i]);
      if (!finite)
        y[row] = 0;
      for (gsize i = 0; finite && i < 3; i++)
        y[row] |= (guint32) floor (255.0 * CLAMP ((x[row * 3 + i] + 1.0) / 2.0, 0.0, 1.0) + 0.5) << (8 * i);
    }
}
