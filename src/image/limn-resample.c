/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Both axes are tables of weights: which pixels, how much of each. Rows are made as the columns want them and kept in a ring, so that no
 * copy of the whole picture at half the work is needed. */
#include "config.h"

#include "image/limn-resample.h"

#include "image/limn-mirror.h"

#include <math.h>
#include <string.h>

#define LANCZOS_RADIUS 3.0

typedef struct
{
  guint  n_taps;
  guint *pixels;  /* [count, n_taps] */
  float *weights; /* [count, n_taps] */
} Table;

static double
weight_at (LimnResampleKernel kernel, double x)
{
  x = fabs (x);
  if (kernel == LIMN_RESAMPLE_TENT)
    return MAX (0, 1 - x);
  if (x >= LANCZOS_RADIUS)
    return 0;
  if (x < 1e-9)
    return 1;
  return LANCZOS_RADIUS * sin (G_PI * x) * sin (G_PI * x / LANCZOS_RADIUS) / (G_PI * G_PI * x * x);
}

static void
table_init (Table *table, const LimnResampleAxis *axis, LimnResampleKernel kernel)
{
  double widen = MAX (1, axis->step);
  double radius = (kernel == LIMN_RESAMPLE_TENT ? 1 : LANCZOS_RADIUS) * widen;
  gboolean copied = axis->step == 1 && axis->start == floor (axis->start);

  table->n_taps = copied ? 1 : (guint) ceil (2 * radius) + 1;
  table->pixels = g_new (guint, (gsize) axis->count * table->n_taps);
  table->weights = g_new (float, (gsize) axis->count * table->n_taps);
  for (guint i = 0; i < axis->count; i++)
    {
      double centre = axis->start + (i + 0.5) * axis->step - 0.5;
      gint64 first = copied ? (gint64) centre : (gint64) ceil (centre - radius);
      guint *pixels = table->pixels + (gsize) i * table->n_taps;
      float *weights = table->weights + (gsize) i * table->n_taps;
      double sum = 0;

      for (guint t = 0; t < table->n_taps; t++)
        sum += copied ? 1 : weight_at (kernel, (first + t - centre) / widen);
      for (guint t = 0; t < table->n_taps; t++)
        {
          pixels[t] = limn_mirror (first + t, axis->size);
          weights[t] = (copied ? 1 : weight_at (kernel, (first + t - centre) / widen)) / sum;
        }
    }
}

static void
table_clear (Table *table)
{
  g_free (table->pixels);
  g_free (table->weights);
}

static void
resample_row (const float *from, float *to, const Table *table, guint count, guint n_channels)
{
  for (guint i = 0; i < count; i++)
    for (guint c = 0; c < n_channels; c++)
      {
        const guint *pixels = table->pixels + (gsize) i * table->n_taps;
        const float *weights = table->weights + (gsize) i * table->n_taps;
        float sum = 0;

        for (guint t = 0; t < table->n_taps; t++)
          sum += weights[t] * from[(gsize) pixels[t] * n_channels + c];
        *to++ = sum;
      }
}

void
limn_resample (const float            *from,
               float                  *to,
               const LimnResampleAxis *x,
               const LimnResampleAxis *y,
               guint                   n_channels,
               LimnResampleKernel      kernel)
{
  gsize row = (gsize) x->count * n_channels;
  g_autofree float *ring = NULL;
  g_autofree gint64 *held = NULL; /* which row a place of the ring has */
  Table across, down;
  guint n_ring;

  g_return_if_fail (x->size > 0 && y->size > 0 && x->step > 0 && y->step > 0);

  table_init (&across, x, kernel);
  table_init (&down, y, kernel);
  /* Rows that one row of the result wants are at most so many neighbours, mirrored or not. */
  n_ring = MIN (down.n_taps, y->size);
  ring = g_new (float, row * n_ring);
  held = g_new (gint64, n_ring);
  for (guint i = 0; i < n_ring; i++)
    held[i] = -1;

  for (guint j = 0; j < y->count; j++)
    {
      const guint *rows = down.pixels + (gsize) j * down.n_taps;
      const float *weights = down.weights + (gsize) j * down.n_taps;
      float *out = to + row * j;

      memset (out, 0, row * sizeof *out);
      for (guint t = 0; t < down.n_taps; t++)
        {
          float *place = ring + row * (rows[t] % n_ring);
          float weight = weights[t];

          if (held[rows[t] % n_ring] != rows[t])
            {
              resample_row (from + (gsize) rows[t] * x->size * n_channels, place, &across, x->count, n_channels);
              held[rows[t] % n_ring] = rows[t];
            }
          for (gsize i = 0; i < row; i++)
            out[i] += weight * place[i];
        }
    }
  table_clear (&across);
  table_clear (&down);
}

LimnImage *
limn_image_resample (LimnImage           *image,
                     guint                width,
                     guint                height,
                     LimnResampleKernel   kernel,
                     GError             **error)
{
  LimnPixelFormat format = limn_image_get_format (image);
  gboolean alpha = format == LIMN_PIXEL_RGBA8;
  LimnResampleAxis x = { limn_image_get_width (image), 0, (double) limn_image_get_width (image) / MAX (1, width), width };
  LimnResampleAxis y = { limn_image_get_height (image), 0, (double) limn_image_get_height (image) / MAX (1, height), height };
  g_autofree float *from = NULL;
  g_autofree float *to = NULL;
  guint8 *data;

  if (width == x.size && height == y.size)
    return limn_image_ref (image);
  if (width == 0 || height == 0 || width > LIMN_IMAGE_MAX_SIDE || height > LIMN_IMAGE_MAX_SIDE
      || (guint64) width * height > LIMN_IMAGE_MAX_PIXELS)
    {
      /* Let the one place that knows the limits word the error. */
      g_autoptr(GBytes) none = g_bytes_new (NULL, 0);

      return limn_image_new (format, width, height, 0, none, error);
    }

  from = g_new (float, (gsize) x.size * y.size * format);
  for (guint v = 0; v < y.size; v++)
    {
      const guint8 *row = limn_image_get_row (image, v);
      float *place = from + (gsize) v * x.size * format;

      for (gsize i = 0; i < (gsize) x.size * format; i++)
        place[i] = alpha && i % 4 < 3 ? row[i] * row[i / 4 * 4 + 3] / 255.0f : row[i];
    }
  to = g_new (float, (gsize) width * height * format);
  limn_resample (from, to, &x, &y, format, kernel);

  data = g_malloc ((gsize) width * height * format);
  for (gsize i = 0; i < (gsize) width * height * format; i++)
    {
      float value = to[i];

      if (alpha && i % 4 < 3)
        value = to[i / 4 * 4 + 3] > 0 ? value * 255 / to[i / 4 * 4 + 3] : 0;
      data[i] = CLAMP (value + 0.5f, 0, 255);
    }
  return limn_image_new_take (format, width, height, data, error);
}
