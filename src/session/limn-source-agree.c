/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was painted may not contradict what is known: a JPEG's blocks, or the pixels of a picture that was enlarged. */
#include "config.h"

#include "session/limn-source-private.h"

#include "image/limn-back-project.h"

#include <string.h>

/* How far from the smoothest picture that a JPEG allows to the painted one, both of which agree with it. Measured with the starter model, over
 * the decoded JPEG: 1: 1.2 to 5.4 dB better on its own drawings, 2 dB worse on photographs, of which it knows nothing; 1/2: 2.2 to 5.3 dB
 * and 0 dB; 1/4: 2.3 to 4.2 and 0.5 to 1.5 dB; 0: 1.4 to 3.1 and 0.7 to 1.8 dB. */
#define TRUST 0.25f

/* The RGB of the @width x @height pixels of @result at @x, @y. */
static LimnImage *
cut (const LimnSource *self, const guint8 *result, guint x, guint y, guint width, guint height)
{
  guint8 *data = g_malloc ((gsize) width * height * 3);

  for (guint v = 0; v < height; v++)
    for (guint u = 0; u < width; u++)
      memcpy (data + ((gsize) v * width + u) * 3, result + ((gsize) (v + y) * self->plan.width + u + x) * 4, 3);
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

/* Back again, where something may change. */
static void
paste (const LimnSource *self, guint8 *result, guint x, guint y, LimnImage *image)
{
  for (guint v = 0; v < limn_image_get_height (image); v++)
    {
      const guint8 *change = limn_image_get_row (self->change, v + y) + x;
      const guint8 *row = limn_image_get_row (image, v);

      for (guint u = 0; u < limn_image_get_width (image); u++)
        if (change[u])
          memcpy (result + ((gsize) (v + y) * self->plan.width + u + x) * 4, row + u * 3, 3);
    }
}

/* @agreed and the picture that the model was shown, which is what the JPEG says by itself. */
static LimnImage *
temper (const LimnSource *self, LimnImage *agreed)
{
  guint width = limn_image_get_width (agreed), height = limn_image_get_height (agreed);
  guint8 *data = g_malloc ((gsize) width * height * 3);

  for (guint y = 0; y < height; y++)
    {
      const guint8 *smooth = limn_image_get_row (self->filled, y + self->jpeg_y) + (gsize) self->jpeg_x * 3;
      const guint8 *row = limn_image_get_row (agreed, y);

      for (guint i = 0; i < width * 3; i++)
        data[(gsize) y * width * 3 + i] = (guint8) (smooth[i] + TRUST * (row[i] - smooth[i]) + 0.5f);
    }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

gboolean
limn_source_agree (const LimnSource *self, guint8 *result, GError **error)
{
  g_autoptr(LimnImage) painted = NULL;
  g_autoptr(LimnImage) agreed = NULL;
  g_autoptr(LimnImage) tempered = NULL;

  if (self->jpeg)
    {
      painted = cut (self, result, self->jpeg_x, self->jpeg_y, limn_jpeg_get_width (self->jpeg), limn_jpeg_get_height (self->jpeg));
      agreed = limn_jpeg_project (self->jpeg, painted, 1, error);
      if (!agreed)
        return FALSE;
      tempered = temper (self, agreed);
      paste (self, result, self->jpeg_x, self->jpeg_y, tempered);
    }
  else if (self->small)
    {
      painted = cut (self, result, 0, 0, self->plan.width, self->plan.height);
      agreed = limn_image_back_project (painted, self->small, error);
      if (!agreed)
        return FALSE;
      paste (self, result, 0, 0, agreed);
    }
  return TRUE;
}
