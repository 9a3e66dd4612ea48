/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-image.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

struct _LimnImage
{
  gatomicrefcount refs;
  LimnPixelFormat format;
  guint           width;
  guint           height;
  gsize           stride;
  GBytes         *pixels;
  const guint8   *data;
};

LimnImage *
limn_image_new (LimnPixelFormat   format,
                guint             width,
                guint             height,
                gsize             stride,
                GBytes           *pixels,
                GError          **error)
{
  LimnImage *image;
  gsize row, need;

  g_return_val_if_fail (format == LIMN_PIXEL_GREY8 || format == LIMN_PIXEL_RGB8 || format == LIMN_PIXEL_RGBA8, NULL);
  g_return_val_if_fail (pixels != NULL, NULL);

  if (width == 0 || height == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "An image needs at least one pixel, not %ux%u.", width, height);
      return NULL;
    }
  if (width > LIMN_IMAGE_MAX_SIDE || height > LIMN_IMAGE_MAX_SIDE || (guint64) width * height > LIMN_IMAGE_MAX_PIXELS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "An image of %ux%u pixels is too large; Limn handles up to %" G_GUINT64_FORMAT " million pixels.",
                   width, height, LIMN_IMAGE_MAX_PIXELS / 1000000);
      return NULL;
    }

  row = (gsize) width * format;
  if (stride == 0)
    stride = row;
  if (stride < row || !g_size_checked_mul (&need, stride, height - 1) || !g_size_checked_add (&need, need, row)
      || need > g_bytes_get_size (pixels))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
                   "The pixels do not fit the image (%ux%u with %d bytes a pixel, %" G_GSIZE_FORMAT " bytes a row, "
                   "%" G_GSIZE_FORMAT " bytes in all).",
                   width, height, (int) format, stride, g_bytes_get_size (pixels));
      return NULL;
    }

  image = g_new (LimnImage, 1);
  g_atomic_ref_count_init (&image->refs);
  image->format = format;
  image->width = width;
  image->height = height;
  image->stride = stride;
  image->pixels = g_bytes_ref (pixels);
  image->data = g_bytes_get_data (pixels, NULL);
  return image;
}

LimnImage *
limn_image_new_take (LimnPixelFormat   format,
                     guint             width,
                     guint             height,
                     guint8           *data,
                     GError          **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new_take (data, (gsize) width * height * format);

  return limn_image_new (format, width, height, 0, bytes, error);
}

LimnImage *
limn_image_ref (LimnImage *image)
{
  g_atomic_ref_count_inc (&image->refs);
  return image;
}

void
limn_image_unref (LimnImage *image)
{
  if (image == NULL || !g_atomic_ref_count_dec (&image->refs))
    return;
  g_bytes_unref (image->pixels);
  g_free (image);
}

LimnPixelFormat
limn_image_get_format (const LimnImage *image)
{
  return image->format;
}

guint
limn_image_get_width (const LimnImage *image)
{
  return image->width;
}

guint
limn_image_get_height (const LimnImage *image)
{
  return image->height;
}

gsize
limn_image_get_stride (const LimnImage *image)
{
  return image->stride;
}

GBytes *
limn_image_get_pixels (const LimnImage *image)
{
  return image->pixels;
}

const guint8 *
limn_image_get_row (const LimnImage *image,
                    guint            y)
{
  g_return_val_if_fail (y < image->height, NULL);

  return image->data + image->stride * y;
}

gboolean
limn_image_is_opaque (const LimnImage *image)
{
  if (image->format != LIMN_PIXEL_RGBA8)
    return TRUE;
  for (guint y = 0; y < image->height; y++)
    {
      const guint8 *row = limn_image_get_row (image, y);

      for (guint x = 0; x < image->width; x++)
        if (row[x * 4 + 3] != 255)
          return FALSE;
    }
  return TRUE;
}

static guint8
luma_over_black (const guint8    *p,
                 LimnPixelFormat  format)
{
  guint luma = (299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000;

  return format == LIMN_PIXEL_RGBA8 ? (luma * p[3] + 127) / 255 : luma;
}

LimnImage *
limn_image_dup_as (LimnImage       *image,
                   LimnPixelFormat  format)
{
  guint8 *data, *to;

  if (image->format == format)
    return limn_image_ref (image);

  data = to = g_malloc ((gsize) image->width * image->height * format);
  for (guint y = 0; y < image->height; y++)
    {
      const guint8 *from = limn_image_get_row (image, y);

      for (guint x = 0; x < image->width; x++, from += image->format, to += format)
        {
          if (format == LIMN_PIXEL_GREY8)
            *to = luma_over_black (from, image->format);
          else if (image->format == LIMN_PIXEL_GREY8)
            memset (to, *from, 3);
          else
            memcpy (to, from, 3);
          if (format == LIMN_PIXEL_RGBA8)
            to[3] = 255;
        }
    }
  return limn_image_new_take (format, image->width, image->height, data, NULL);
}

char *
limn_image_hash (LimnImage *image)
{
  g_autoptr(LimnImage) pixels = limn_image_is_opaque (image) && image->format == LIMN_PIXEL_RGBA8
                                  ? limn_image_dup_as (image, LIMN_PIXEL_RGB8)
                                  : limn_image_ref (image);
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *head = g_strdup_printf ("limn-pixels 1 %u %u %d\n", pixels->width, pixels->height, (int) pixels->format);

  g_checksum_update (checksum, (const guchar *) head, strlen (head));
  for (guint y = 0; y < pixels->height; y++)
    g_checksum_update (checksum, limn_image_get_row (pixels, y), (gssize) pixels->width * pixels->format);
  return g_strdup (g_checksum_get_string (checksum));
}

gboolean
limn_image_compare (const LimnImage      *a,
                    const LimnImage      *b,
                    LimnImageDifference  *difference,
                    GError              **error)
{
  LimnImageDifference d = { .psnr_db = INFINITY };
  guint64 squares = 0; /* at most 3 * 2^27 * 2^16: exact */

  if (a->width != b->width || a->height != b->height)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_DIFFERENT, "The pictures differ in size: %ux%u and %ux%u pixels.",
                   a->width, a->height, b->width, b->height);
      return FALSE;
    }

  for (guint y = 0; y < a->height; y++)
    {
      const guint8 *p = limn_image_get_row (a, y);
      const guint8 *q = limn_image_get_row (b, y);

      for (guint x = 0; x < a->width; x++, p += a->format, q += b->format)
        {
          guint alpha_p = a->format == LIMN_PIXEL_RGBA8 ? p[3] : 255;
          guint alpha_q = b->format == LIMN_PIXEL_RGBA8 ? q[3] : 255;
          guint max = ABS ((int) alpha_p - (int) alpha_q);

          for (guint c = 0; c < 3; c++)
            {
              guint delta = ABS (p[a->format == LIMN_PIXEL_GREY8 ? 0 : c] - q[b->format == LIMN_PIXEL_GREY8 ? 0 : c]);

              squares += delta * delta;
              max = MAX (max, delta);
            }
          if (max == 0)
            continue;
          if (d.n_pixels++ == 0)
            {
              d.first_x = x;
              d.first_y = y;
            }
          d.max = MAX (d.max, max);
        }
    }
  if (squares > 0)
    {
      d.mse = (double) squares / ((double) a->width * a->height * 3);
      d.psnr_db = 10 * log10 (255.0 * 255.0 / d.mse);
    }
  *difference = d;
  return TRUE;
}
