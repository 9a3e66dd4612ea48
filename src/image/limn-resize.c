/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-resize.h"

#include <math.h>

/* Channels that alpha weighs. */
static guint
n_colours (LimnPixelFormat format)
{
  return format == LIMN_PIXEL_RGBA8 ? 3 : (guint) format;
}

LimnImage *
limn_image_scale_down (LimnImage *image,
                       guint      factor)
{
  LimnPixelFormat format = limn_image_get_format (image);
  guint width = limn_image_get_width (image);
  guint height = limn_image_get_height (image);
  guint small_width, small_height;
  guint8 *data, *to;

  g_return_val_if_fail (factor >= 1, NULL);

  if (factor == 1)
    return limn_image_ref (image);

  small_width = width / factor + (width % factor != 0);
  small_height = height / factor + (height % factor != 0);
  data = to = g_malloc ((gsize) small_width * small_height * format);

  for (guint y = 0; y < small_height; y++)
    for (guint x = 0; x < small_width; x++, to += format)
      {
        guint x_end = MIN ((guint64) (x + 1) * factor, width);
        guint y_end = MIN ((guint64) (y + 1) * factor, height);
        guint64 sum[3] = { 0 }, weight = 0, n = 0;

        for (guint v = y * factor; v < y_end; v++)
          {
            const guint8 *p = limn_image_get_row (image, v) + (gsize) x * factor * format;

            for (guint u = x * factor; u < x_end; u++, p += format, n++)
              {
                guint alpha = format == LIMN_PIXEL_RGBA8 ? p[3] : 255;

                for (guint c = 0; c < n_colours (format); c++)
                  sum[c] += p[c] * alpha;
                weight += alpha;
              }
          }
        for (guint c = 0; c < n_colours (format); c++)
          to[c] = weight > 0 ? (sum[c] + weight / 2) / weight : 0;
        if (format == LIMN_PIXEL_RGBA8)
          to[3] = (weight + n / 2) / n;
      }
  return limn_image_new_take (format, small_width, small_height, data, NULL);
}

/* Where the centre of pixel @i of @to_size lies among the centres of @from_size pixels. */
static double
source_position (guint i,
                 guint to_size,
                 guint from_size)
{
  return CLAMP ((i + 0.5) * from_size / to_size - 0.5, 0, from_size - 1.0);
}

LimnImage *
limn_image_scale_bilinear (LimnImage  *image,
                           guint       width,
                           guint       height,
                           GError    **error)
{
  LimnPixelFormat format = limn_image_get_format (image);
  guint from_width = limn_image_get_width (image);
  guint from_height = limn_image_get_height (image);
  g_autofree guint8 *data = NULL;
  guint8 *to;

  g_return_val_if_fail (width >= 1 && height >= 1, NULL);

  if (width <= LIMN_IMAGE_MAX_SIDE && height <= LIMN_IMAGE_MAX_SIDE
      && (guint64) width * height <= LIMN_IMAGE_MAX_PIXELS)
    data = g_malloc ((gsize) width * height * format);

  to = data;
  for (guint y = 0; data != NULL && y < height; y++)
    {
      double v = source_position (y, height, from_height);
      guint v0 = v;
      const guint8 *upper = limn_image_get_row (image, v0);
      const guint8 *lower = limn_image_get_row (image, MIN (v0 + 1, from_height - 1));

      for (guint x = 0; x < width; x++)
        {
          double u = source_position (x, width, from_width);
          gsize u0 = u;
          gsize u1 = MIN (u0 + 1, from_width - 1);

          for (guint c = 0; c < (guint) format; c++)
            {
              double top = upper[u0 * format + c] * (1 - (u - u0)) + upper[u1 * format + c] * (u - u0);
              double bottom = lower[u0 * format + c] * (1 - (u - u0)) + lower[u1 * format + c] * (u - u0);

              *to++ = floor (top * (1 - (v - v0)) + bottom * (v - v0) + 0.5);
            }
        }
    }
  if (data == NULL)
    {
      /* Let the one place that knows the limits word the error. */
      g_autoptr(GBytes) none = g_bytes_new (NULL, 0);

      return limn_image_new (format, width, height, 0, none, error);
    }
  return limn_image_new_take (format, width, height, g_steal_pointer (&data), error);
}

/* One row of @image into @to_width sums of colour * alpha (three) and alpha, each over the stretch of the row it covers. */
static void
reduce_row (LimnImage *image,
            guint      y,
            guint      to_width,
            float     *sums)
{
  LimnPixelFormat format = limn_image_get_format (image);
  guint width = limn_image_get_width (image);
  double scale = (double) width / to_width;
  const guint8 *row = limn_image_get_row (image, y);

  for (guint x = 0; x < to_width; x++, sums += 4)
    {
      double start = x * scale;
      double end = MIN ((x + 1) * scale, width);
      float sum[4] = { 0 };

      for (guint u = start; u < end; u++)
        {
          const guint8 *p = row + (gsize) u * format;
          float part = MIN (end, u + 1.0) - MAX (start, (double) u);
          float alpha = part * (format == LIMN_PIXEL_RGBA8 ? p[3] : 255);

          for (guint c = 0; c < n_colours (format); c++)
            sum[c] += p[c] * alpha;
          sum[3] += alpha;
        }
      for (guint c = 0; c < 4; c++)
        sums[c] = sum[c];
    }
}

LimnImage *
limn_image_scale_to_fit (LimnImage *image,
                         guint      side)
{
  LimnPixelFormat format = limn_image_get_format (image);
  guint width = limn_image_get_width (image);
  guint height = limn_image_get_height (image);
  guint longer = MAX (width, height);
  guint to_width, to_height;
  g_autofree float *row = NULL;
  g_autofree float *sums = NULL;
  double scale_y, area;
  guint8 *data, *to;
  guint reduced = G_MAXUINT; /* the row that @row holds */

  g_return_val_if_fail (side >= 1, NULL);

  if (longer <= side)
    return limn_image_ref (image);
  to_width = MAX (1, ((guint64) width * side + longer / 2) / longer);
  to_height = MAX (1, ((guint64) height * side + longer / 2) / longer);

  scale_y = (double) height / to_height;
  area = scale_y * width / to_width;
  row = g_new (float, (gsize) to_width * 4);
  sums = g_new (float, (gsize) to_width * 4);
  data = to = g_malloc ((gsize) to_width * to_height * format);
  for (guint y = 0; y < to_height; y++)
    {
      double start = y * scale_y;
      double end = MIN ((y + 1) * scale_y, height);

      for (gsize i = 0; i < (gsize) to_width * 4; i++)
        sums[i] = 0;
      for (guint v = start; v < end; v++)
        {
          float part = MIN (end, v + 1.0) - MAX (start, (double) v);

          if (reduced != v)
            reduce_row (image, v, to_width, row);
          reduced = v;
          for (gsize i = 0; i < (gsize) to_width * 4; i++)
            sums[i] += row[i] * part;
        }
      for (guint x = 0; x < to_width; x++, to += format)
        {
          const float *sum = sums + (gsize) x * 4;

          for (guint c = 0; c < n_colours (format); c++)
            to[c] = sum[3] > 0 ? CLAMP (sum[c] / sum[3] + 0.5f, 0, 255) : 0;
          if (format == LIMN_PIXEL_RGBA8)
            to[3] = CLAMP (sum[3] / area + 0.5, 0, 255);
        }
    }
  return limn_image_new_take (format, to_width, to_height, data, NULL);
}
