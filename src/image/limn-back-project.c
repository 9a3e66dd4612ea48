/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is missing in each mean is spread by linear interpolation and added, again and again; each turn leaves about half. A turn is felt one small
 * pixel farther, so that bands of rows with as many rows of margin as there are turns come out as the whole would. */
#include "config.h"

#include "image/limn-back-project.h"

#include "base/limn-error.h"
#include "image/limn-resample.h"

/* Measured: 14 of 255 RMS becomes 1.1, 0.5, 0.3, 0.2, 0.1. */
#define N_TURNS 6
/* Rows of the small picture. */
#define BAND 64

typedef struct
{
  guint  factor;
  guint  width; /* of the small picture */
  guint  height; /* of its band with margins */
  float *large;
  float *wanted;
  float *missing;
  float *change;
} Band;

static void
band_clear (Band *band)
{
  g_free (band->large);
  g_free (band->wanted);
  g_free (band->missing);
  g_free (band->change);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Band, band_clear)

static void
turn (Band *band)
{
  guint f = band->factor, row = band->width * f * 3;
  LimnResampleAxis x = { band->width, 0, 1.0 / f, band->width * f }, y = { band->height, 0, 1.0 / f, band->height * f };

  for (guint v = 0; v < band->height; v++)
    for (guint u = 0; u < band->width; u++)
      for (guint c = 0; c < 3; c++)
        {
          gsize at = ((gsize) v * band->width + u) * 3 + c;
          float sum = 0;

          for (guint j = 0; j < f; j++)
            for (guint i = 0; i < f; i++)
              sum += band->large[(gsize) (v * f + j) * row + (u * f + i) * 3 + c];
          band->missing[at] = band->wanted[at] - sum / (f * f);
        }
  limn_resample (band->missing, band->change, &x, &y, 3, LIMN_RESAMPLE_TENT);
  for (gsize i = 0; i < (gsize) band->height * f * row; i++)
    band->large[i] = CLAMP (band->large[i] + band->change[i], 0, 255);
}

LimnImage *
limn_image_back_project (LimnImage  *large,
                         LimnImage  *small,
                         GError    **error)
{
  g_autoptr(LimnImage) from = limn_image_dup_as (large, LIMN_PIXEL_RGB8);
  g_autoptr(LimnImage) to = limn_image_dup_as (small, LIMN_PIXEL_RGB8);
  guint width = limn_image_get_width (to), height = limn_image_get_height (to), factor = limn_image_get_width (from) / width;
  gsize row = (gsize) width * factor * 3;
  g_auto(Band) band = { .factor = factor, .width = width };
  guint8 *data;

  if (factor == 0 || limn_image_get_width (from) != width * factor || limn_image_get_height (from) != height * factor)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%ux%u pixels are no whole number of times %ux%u.", limn_image_get_width (from),
                   limn_image_get_height (from), width, height);
      return NULL;
    }
  data = g_try_malloc (row * height * factor);
  if (data == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this picture.");
      return NULL;
    }
  band.large = g_new (float, row * factor * (BAND + 2 * N_TURNS));
  band.change = g_new (float, row * factor * (BAND + 2 * N_TURNS));
  band.wanted = g_new (float, (gsize) width * 3 * (BAND + 2 * N_TURNS));
  band.missing = g_new (float, (gsize) width * 3 * (BAND + 2 * N_TURNS));
  for (guint y = 0; y < height; y += BAND)
    {
      guint first = y - MIN (y, N_TURNS), last = MIN (y + BAND + N_TURNS, height);

      band.height = last - first;
      for (guint v = first; v < last; v++)
        for (guint i = 0; i < width * 3; i++)
          band.wanted[(gsize) (v - first) * width * 3 + i] = limn_image_get_row (to, v)[i];
      for (guint v = first * factor; v < last * factor; v++)
        for (gsize i = 0; i < row; i++)
          band.large[(v - first * factor) * row + i] = limn_image_get_row (from, v)[i];
      for (guint i = 0; i < N_TURNS; i++)
        turn (&band);
      for (guint v = y * factor; v < MIN (y + BAND, height) * factor; v++)
        for (gsize i = 0; i < row; i++)
          data[v * row + i] = (guint8) (band.large[(v - first * factor) * row + i] + 0.5f);
    }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width * factor, height * factor, data, error);
}
