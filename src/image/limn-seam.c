/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-seam.h"

#include "base/limn-error.h"
#include "image/limn-distance.h"
#include "image/limn-lab.h"

#include <math.h>
#include <stdlib.h>

/* A level of the signed distance: 0 is the edge, n is n pixels inside, -n outside. */
#define N_LEVELS (2 * LIMN_SEAM_LINES + 1)

typedef struct
{
  double  sum[N_LEVELS];
  guint64 n[N_LEVELS];
} Sums;

/* Distances from the edge itself, which runs between the pixels: half a pixel less than to the nearest one on its other side; outside
 * they are negative. */
static float *
dup_signed_distance (LimnImage *mask)
{
  guint width = limn_image_get_width (mask), height = limn_image_get_height (mask);
  gsize n = (gsize) width * height;
  float *distance = g_new (float, n);
  g_autofree float *outside = g_new (float, n);
  g_autofree guint8 *part = g_new (guint8, n);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      part[(gsize) y * width + x] = limn_image_get_row (mask, y)[x] != 0;
  limn_distance_transform (part, width, height, distance);
  for (gsize i = 0; i < n; i++)
    part[i] = !part[i];
  limn_distance_transform (part, width, height, outside);
  for (gsize i = 0; i < n; i++)
    distance[i] = part[i] ? 0.5f - outside[i] : distance[i] - 0.5f;
  return distance;
}

static void
add_pair (Sums         *sums,
          const double *a,
          const double *b,
          float         da,
          float         db)
{
  int from = ceilf (MIN (da, db)), to = floorf (MAX (da, db));
  double difference;

  if (MIN (da, db) > LIMN_SEAM_LINES || MAX (da, db) < -LIMN_SEAM_LINES || from > to)
    return;
  difference = limn_lab_difference (a, b);
  for (int level = MAX (from, -LIMN_SEAM_LINES); level <= MIN (to, LIMN_SEAM_LINES); level++)
    {
      sums->sum[level + LIMN_SEAM_LINES] += difference;
      sums->n[level + LIMN_SEAM_LINES]++;
    }
}

static void
read_row (LimnImage *image,
          guint      y,
          double    *lab)
{
  const guint8 *row = limn_image_get_row (image, y);

  for (guint x = 0; x < limn_image_get_width (image); x++)
    limn_lab_from_rgb8 (row + x * 3, lab + x * 3);
}

gboolean
limn_seam_measure (LimnImage  *image,
                   LimnImage  *mask,
                   LimnSeam   *seam,
                   GError    **error)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  g_autoptr(LimnImage) rgb = NULL;
  g_autofree float *distance = NULL;
  g_autofree double *upper = NULL;
  g_autofree double *lower = NULL;
  Sums sums = { 0 };

  if (limn_image_get_width (mask) != width || limn_image_get_height (mask) != height)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "The mask has another size than the picture.");
      return FALSE;
    }
  rgb = limn_image_dup_as (image, LIMN_PIXEL_RGB8);
  distance = dup_signed_distance (mask);
  upper = g_new (double, width * 3);
  lower = g_new (double, width * 3);
  read_row (rgb, 0, upper);
  for (guint y = 0; y < height; y++)
    {
      const float *here = distance + (gsize) y * width;
      double *swapped;

      if (y + 1 < height)
        read_row (rgb, y + 1, lower);
      for (guint x = 0; x < width; x++)
        {
          if (x + 1 < width)
            add_pair (&sums, upper + x * 3, upper + x * 3 + 3, here[x], here[x + 1]);
          if (y + 1 < height)
            add_pair (&sums, upper + x * 3, lower + x * 3, here[x], here[x + width]);
        }
      swapped = upper;
      upper = lower;
      lower = swapped;
    }

  for (guint i = 0; i < LIMN_SEAM_LINES; i++)
    {
      guint in = LIMN_SEAM_LINES + 1 + i, out = LIMN_SEAM_LINES - 1 - i;

      seam->inside[i] = sums.n[in] ? sums.sum[in] / sums.n[in] : NAN;
      seam->outside[i] = sums.n[out] ? sums.sum[out] / sums.n[out] : NAN;
    }
  seam->n_pairs = sums.n[LIMN_SEAM_LINES];
  seam->edge = seam->n_pairs ? sums.sum[LIMN_SEAM_LINES] / seam->n_pairs : NAN;
  return TRUE;
}

static int
compare (const void *a,
         const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
limn_seam_get_ratio (const LimnSeam *seam)
{
  double lines[2 * LIMN_SEAM_LINES];
  guint n = 0;
  double median;

  for (guint i = 1; i < LIMN_SEAM_LINES; i++)
    {
      if (!isnan (seam->inside[i]))
        lines[n++] = seam->inside[i];
      if (!isnan (seam->outside[i]))
        lines[n++] = seam->outside[i];
    }
  if (n == 0 || isnan (seam->edge))
    return NAN;
  qsort (lines, n, sizeof *lines, compare);
  median = n % 2 ? lines[n / 2] : (lines[n / 2 - 1] + lines[n / 2]) / 2;
  /* Without any structure around it even nothing is nothing: a difference nobody sees does not stand out. */
  return (seam->edge + 0.05) / (median + 0.05);
}
