/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A JPEG of a stranger: its blocks, and a picture projected on them. */
#include "config.h"

#include "image/limn-jpeg.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

/* Larger pictures only cost time here. */
#define MAX_PIXELS 65536

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (bytes, &error);
  guint width = jpeg != NULL ? limn_jpeg_get_width (jpeg) : 0, height = jpeg != NULL ? limn_jpeg_get_height (jpeg) : 0;

  if ((jpeg == NULL) != (error != NULL))
    g_abort ();
  if (width > 0 && (guint64) width * height <= MAX_PIXELS)
    {
      g_autoptr(LimnImage) grey = limn_image_new_take (LIMN_PIXEL_RGB8, width, height, g_malloc0 ((gsize) width * height * 3), NULL);
      g_autoptr(LimnImage) projected = limn_jpeg_project (jpeg, grey, 1, NULL);

      if (projected == NULL || limn_image_get_width (projected) != width)
        g_abort ();
    }
  return 0;
}
