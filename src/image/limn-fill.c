/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-fill.h"

#include <string.h>

typedef struct
{
  guint  width;
  guint  height;
  float *values; /* [height, width, n_channels], each already weighed */
  float *known;  /* [height, width], 0..1 */
} Level;

/* The sums of blocks of two by two; their weight is cut at 1, so that one pixel of four that is known stands for all. */
static void
reduce (const Level *fine, Level *coarse, guint n)
{
  coarse->width = (fine->width + 1) / 2;
  coarse->height = (fine->height + 1) / 2;
  coarse->values = g_new0 (float, (gsize) coarse->width * coarse->height * n);
  coarse->known = g_new0 (float, (gsize) coarse->width * coarse->height);
  for (guint y = 0; y < fine->height; y++)
    for (guint x = 0; x < fine->width; x++)
      {
        gsize from = (gsize) y * fine->width + x;
        gsize to = (gsize) (y / 2) * coarse->width + x / 2;

        coarse->known[to] += fine->known[from];
        for (guint c = 0; c < n; c++)
          coarse->values[to * n + c] += fine->values[from * n + c];
      }
  for (gsize i = 0; i < (gsize) coarse->width * coarse->height; i++)
    if (coarse->known[i] > 1)
      {
        for (guint c = 0; c < n; c++)
          coarse->values[i * n + c] /= coarse->known[i];
        coarse->known[i] = 1;
      }
}

/* What is missing at a pixel of @fine comes from the four of @coarse around it, 9 : 3 : 3 : 1. */
static void
expand (Level *fine, const Level *coarse, guint n)
{
  for (guint y = 0; y < fine->height; y++)
    for (guint x = 0; x < fine->width; x++)
      {
        gsize i = (gsize) y * fine->width + x;
        float missing = 1 - fine->known[i];
        guint x0 = x / 2, y0 = y / 2;
        guint x1 = x % 2 ? MIN (x0 + 1, coarse->width - 1) : (x0 > 0 ? x0 - 1 : 0);
        guint y1 = y % 2 ? MIN (y0 + 1, coarse->height - 1) : (y0 > 0 ? y0 - 1 : 0);

        if (missing <= 0)
          continue;
        for (guint c = 0; c < n; c++)
          fine->values[i * n + c] += missing / 16 *
                                     (9 * coarse->values[((gsize) y0 * coarse->width + x0) * n + c] +
                                      3 * coarse->values[((gsize) y0 * coarse->width + x1) * n + c] +
                                      3 * coarse->values[((gsize) y1 * coarse->width + x0) * n + c] +
                                      coarse->values[((gsize) y1 * coarse->width + x1) * n + c]);
      }
}

void
limn_fill_holes (float       *values,
                 const float *known,
                 guint        width,
                 guint        height,
                 guint        n_channels)
{
  Level levels[33];
  guint n_levels = 1;

  g_return_if_fail (width > 0 && height > 0 && n_channels >= 1 && n_channels <= 4);

  /* Weighed values: those that are wholly known stay exactly what they are. */
  levels[0] = (Level){ width, height, values, (float *) known };
  for (gsize i = 0; i < (gsize) width * height; i++)
    if (known[i] < 1)
      for (guint c = 0; c < n_channels; c++)
        values[i * n_channels + c] = known[i] > 0 ? values[i * n_channels + c] * known[i] : 0;

  while (levels[n_levels - 1].width > 1 || levels[n_levels - 1].height > 1)
    {
      reduce (&levels[n_levels - 1], &levels[n_levels], n_channels);
      n_levels++;
    }
  /* The last is one pixel: it stands for all that is known. */
  if (levels[n_levels - 1].known[0] > 0)
    for (guint c = 0; c < n_channels; c++)
      levels[n_levels - 1].values[c] /= levels[n_levels - 1].known[0];
  for (guint i = n_levels - 1; i-- > 0;)
    {
      expand (&levels[i], &levels[i + 1], n_channels);
      g_free (levels[i + 1].values);
      g_free (levels[i + 1].known);
    }
}
