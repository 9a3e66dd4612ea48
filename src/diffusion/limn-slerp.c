/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Both end points are copied and not computed: sin (w) / sin (w) is 1, but (1 / |a|) |a| is not always. */
#include "config.h"

#include "diffusion/limn-slerp.h"

#include <math.h>
#include <string.h>

/* Below this sine the quotients lose the digits that a float keeps, while the way round and the straight one differ by less than one in the
 * last of them: by w^2 / 8 at most. */
#define LEAST_SINE 1e-4

static void
straight (gsize n, gsize stride, const double *a, const double *b, double u, double *out)
{
  for (gsize i = 0; i < n * stride; i += stride)
    out[i] = a[i] + u * (b[i] - a[i]);
}

/* The cosine is taken of unit vectors, which keeps squares of large numbers out of it. */
static double
get_length (gsize n, gsize stride, const double *a)
{
  double square = 0;

  for (gsize i = 0; i < n * stride; i += stride)
    square += a[i] * a[i];
  return sqrt (square);
}

static double
get_cosine (gsize n, gsize stride, const double *a, double length_a, const double *b, double length_b)
{
  double dot = 0;

  for (gsize i = 0; i < n * stride; i += stride)
    dot += (a[i] / length_a) * (b[i] / length_b);
  return CLAMP (dot, -1, 1);
}

void
limn_slerp (gsize n, const double *a, const double *b, double u, double *out)
{
  double length_a = get_length (n, 1, a), length_b = get_length (n, 1, b);
  double cosine = length_a > 0 && length_b > 0 ? get_cosine (n, 1, a, length_a, b, length_b) : 1;
  double angle = acos (cosine), sine = sin (angle);
  double length = (1 - u) * length_a + u * length_b;

  if (u <= 0 || u >= 1)
    memmove (out, u <= 0 ? a : b, n * sizeof *out);
  else if (sine < LEAST_SINE)
    straight (n, 1, a, b, u, out);
  else
    {
      double from = length * sin ((1 - u) * angle) / sine / length_a, to = length * sin (u * angle) / sine / length_b;

      for (gsize i = 0; i < n; i++)
        out[i] = from * a[i] + to * b[i];
    }
}

void
limn_slerp_pad (gsize n, guint n_ends, const double *const *ends, double u, double v, double *out)
{
  g_autofree double *lower = NULL;

  limn_slerp (n, ends[0], ends[1], u, out);
  if (n_ends < 4)
    return;
  lower = g_new (double, n);
  limn_slerp (n, ends[2], ends[3], u, lower);
  limn_slerp (n, out, lower, v, out);
}

/* Of column x of channel c; 1 where there is no direction. */
static double
get_column_cosine (guint height, guint width, const double *a, const double *b)
{
  double length_a = get_length (height, width, a), length_b = get_length (height, width, b);

  return length_a > 0 && length_b > 0 ? get_cosine (height, width, a, length_a, b, length_b) : 1;
}

void
limn_slerp_columns (guint         n_channels,
                    guint         height,
                    guint         width,
                    const double *a,
                    const double *b,
                    double        strength,
                    double       *out)
{
  guint n_columns = n_channels * width;
  g_autofree double *cosines = g_new (double, n_columns);
  double mean = 0;

  if (strength <= 0 || strength >= 1)
    {
      memmove (out, strength <= 0 ? a : b, (gsize) n_channels * height * width * sizeof *out);
      return;
    }
  for (guint i = 0; i < n_columns; i++)
    {
      gsize at = (gsize) (i / width) * height * width + i % width;

      cosines[i] = get_column_cosine (height, width, a + at, b + at);
      mean += cosines[i] / n_columns;
    }
  for (guint i = 0; i < n_columns; i++)
    {
      gsize at = (gsize) (i / width) * height * width + i % width;
      double angle = acos (cosines[i]), sine = sin (angle);

      if (mean > 0.9995 || sine < LEAST_SINE)
        straight (height, width, a + at, b + at, strength, out + at);
      else
        for (gsize y = 0; y < height; y++)
          out[at + y * width] = (sin ((1 - strength) * angle) * a[at + y * width] + sin (strength * angle) * b[at + y * width]) / sine;
    }
}
