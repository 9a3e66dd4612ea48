/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Squared distances along columns are whole numbers and found by counting; along rows they are the lower envelope of parabolas. */
#include "config.h"

#include "image/limn-distance.h"

#include <math.h>

/* Larger than any square of a distance, small enough that sums stay exact in double. */
#define FAR 1e18

/* Lower envelope of the parabolas f[q] + (p - q)^2 at every p. */
static void
transform_row (const double *f, guint n, double *d, guint *v, double *z)
{
  guint k = 0;
  guint q;

  v[0] = 0;
  z[0] = -INFINITY;
  z[1] = INFINITY;
  for (q = 1; q < n; q++)
    {
      double s;

      for (;;)
        {
          double p = v[k];

          s = (f[q] - f[v[k]] + (double) q * q - p * p) / (2 * (q - p));
          if (s > z[k])
            break;
          k--;
        }
      k++;
      v[k] = q;
      z[k] = s;
      z[k + 1] = INFINITY;
    }
  k = 0;
  for (q = 0; q < n; q++)
    {
      while (z[k + 1] < q)
        k++;
      d[q] = f[v[k]] + ((double) q - v[k]) * ((double) q - v[k]);
    }
}

void
limn_distance_transform (const guint8 *inside,
                         guint         width,
                         guint         height,
                         float        *distance)
{
  g_autofree double *f = g_new (double, width);
  g_autofree double *d = g_new (double, width);
  g_autofree double *z = g_new (double, (gsize) width + 1);
  g_autofree guint *v = g_new (guint, width);

  /* Along columns: how many rows to the nearest outside above, then below. */
  for (guint x = 0; x < width; x++)
    {
      float run = INFINITY;

      for (guint y = 0; y < height; y++)
        {
          gsize i = (gsize) y * width + x;

          run = inside[i] ? run + 1 : 0;
          distance[i] = run;
        }
      run = INFINITY;
      for (guint y = height; y-- > 0;)
        {
          gsize i = (gsize) y * width + x;

          run = inside[i] ? run + 1 : 0;
          distance[i] = MIN (distance[i], run);
        }
    }
  for (guint y = 0; y < height; y++)
    {
      float *row = distance + (gsize) y * width;

      for (guint x = 0; x < width; x++)
        f[x] = isinf (row[x]) ? FAR : (double) row[x] * row[x];
      transform_row (f, width, d, v, z);
      for (guint x = 0; x < width; x++)
        row[x] = d[x] >= FAR / 2 ? G_MAXFLOAT : sqrt (d[x]);
    }
}
