/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-grow-blend.h"

#include "base/limn-error.h"

LimnImage *
limn_grow_blend (LimnImage *mask, const LimnRequestSource *source, guint width, guint height, guint n, GError **error)
{
  guint8 *data;

  g_return_val_if_fail (n > 0, NULL);

  data = g_try_malloc ((gsize) width * height);
  if (!data)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this mask.");
      return NULL;
    }
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint nearest = n;

        if (source->grow_left)
          nearest = MIN (nearest, x);
        if (source->grow_top)
          nearest = MIN (nearest, y);
        if (source->grow_right)
          nearest = MIN (nearest, width - 1 - x);
        if (source->grow_bottom)
          nearest = MIN (nearest, height - 1 - y);
        data[(gsize) y * width + x] = MAX ((n - nearest) * 255 / n, mask ? limn_image_get_row (mask, y)[x] : 0);
      }
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, error);
}
