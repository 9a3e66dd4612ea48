/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-colorize.h"

#include "base/limn-error.h"
#include "image/limn-lab.h"

#include <string.h>

LimnImage *
limn_image_colorize (LimnImage  *lightness,
                     LimnImage  *colours,
                     GError    **error)
{
  gboolean transparent = !limn_image_is_opaque (lightness);
  LimnPixelFormat format = transparent ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8;
  g_autoptr(LimnImage) light = limn_image_dup_as (lightness, format);
  g_autoptr(LimnImage) tint = limn_image_dup_as (colours, LIMN_PIXEL_RGB8);
  guint width = limn_image_get_width (light), height = limn_image_get_height (light);
  guint8 *data;

  if (limn_image_get_width (tint) != width || limn_image_get_height (tint) != height)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "The picture has %ux%u pixels, its colours %ux%u.", width, height,
                   limn_image_get_width (tint), limn_image_get_height (tint));
      return NULL;
    }
  data = g_try_malloc ((gsize) width * height * format);
  if (data == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this picture.");
      return NULL;
    }
  for (guint y = 0; y < height; y++)
    {
      const guint8 *from = limn_image_get_row (light, y), *colour = limn_image_get_row (tint, y);
      guint8 *to = data + (gsize) y * width * format;

      memcpy (to, from, (gsize) width * format);
      for (guint x = 0; x < width; x++)
        {
          double kept[3], lab[3];

          limn_lab_from_rgb8 (from + (gsize) x * format, kept);
          limn_lab_from_rgb8 (colour + (gsize) x * 3, lab);
          lab[0] = kept[0];
          limn_lab_to_rgb8 (lab, to + (gsize) x * format);
        }
    }
  return limn_image_new_take (format, width, height, data, error);
}
