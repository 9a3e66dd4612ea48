/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-control-picture.h"

#include "image/limn-resample.h"

#include <math.h>

/* [y, x, 3] of @image, which is RGB. */
static float *
dup_values (LimnImage *image)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  float *values = g_new (float, (gsize) width * height * 3);

  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = limn_image_get_row (image, y);

      for (guint i = 0; i < 3 * width; i++)
        values[(gsize) y * width * 3 + i] = row[i];
    }
  return values;
}

/* The axis that fills @wanted pixels of the result, of which those from @first on are seen, @count at @step of one each. */
static LimnResampleAxis
get_axis (guint size, guint wanted, double scale, double first, double step, guint count)
{
  double cut = (size - wanted / scale) / 2;

  return (LimnResampleAxis){ size, cut + first / scale, step / scale, count };
}

static LimnImage *
place (LimnImage *image, LimnControlMapKind map, const LimnRequest *request, const LimnSourcePlan *plan, GError **error)
{
  guint width = plan ? plan->width_lt * plan->factor : request->width, height = plan ? plan->height_lt * plan->factor : request->height;
  double step = plan ? 1 / plan->zoom : 1;
  double scale = MAX ((double) request->width / limn_image_get_width (image), (double) request->height / limn_image_get_height (image));
  gsize n = (gsize) width * height * 3;
  LimnResampleAxis x = get_axis (limn_image_get_width (image), request->width, scale, plan ? plan->x : 0, step, width);
  LimnResampleAxis y = get_axis (limn_image_get_height (image), request->height, scale, plan ? plan->y : 0, step, height);
  g_autofree float *from = dup_values (image);
  g_autofree float *to = g_new (float, n);
  g_autofree guint8 *rgb = g_malloc (n);

  /* What is a map already has lines that must not get halos. */
  limn_resample (from, to, &x, &y, 3, map == LIMN_CONTROL_MAP_NONE || map == LIMN_CONTROL_MAP_INVERT ? LIMN_RESAMPLE_TENT : LIMN_RESAMPLE_LANCZOS);
  for (gsize i = 0; i < n; i++)
    rgb[i] = (guint8) CLAMP (floorf (to[i] + 0.5f), 0, 255);
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, g_steal_pointer (&rgb), error);
}

LimnControlPicture *
limn_control_picture_new (const LimnRequestControl *control,
                          const LimnRequest        *request,
                          const LimnSourcePlan     *plan,
                          LimnImage                *image,
                          GError                  **error)
{
  g_autoptr(LimnImage) flat = limn_control_map_new (image, LIMN_CONTROL_MAP_NONE, error);
  g_autoptr(LimnImage) placed = flat ? place (flat, control->map, request, plan, error) : NULL;
  g_autoptr(LimnImage) map = placed ? limn_control_map_new (placed, control->map, error) : NULL;
  LimnControlPicture *picture;
  gsize n;

  if (!map)
    return NULL;
  picture = g_atomic_rc_box_new0 (LimnControlPicture);
  picture->control = limn_request_control_copy (control);
  picture->width = limn_image_get_width (map);
  picture->height = limn_image_get_height (map);
  n = (gsize) picture->width * picture->height;
  picture->hint = g_new (float, 3 * n);
  for (guint y = 0; y < picture->height; y++)
    {
      const guint8 *row = limn_image_get_row (map, y);

      for (guint x = 0; x < picture->width; x++)
        for (guint c = 0; c < 3; c++)
          picture->hint[c * n + (gsize) y * picture->width + x] = row[3 * x + c] / 255.0f;
    }
  return picture;
}

LimnControlPicture *
limn_control_picture_ref (LimnControlPicture *picture)
{
  return g_atomic_rc_box_acquire (picture);
}

static void
clear (gpointer data)
{
  LimnControlPicture *picture = data;

  limn_request_control_free (picture->control);
  g_free (picture->hint);
}

void
limn_control_picture_unref (LimnControlPicture *picture)
{
  g_atomic_rc_box_release_full (picture, clear);
}

LimnImage *
limn_control_picture_dup_map (const LimnControlPicture *picture, GError **error)
{
  gsize n = (gsize) picture->width * picture->height;
  guint8 *rgb = g_malloc (3 * n);

  for (gsize i = 0; i < n; i++)
    for (guint c = 0; c < 3; c++)
      rgb[3 * i + c] = (guint8) (picture->hint[c * n + i] * 255 + 0.5f);
  return limn_image_new_take (LIMN_PIXEL_RGB8, picture->width, picture->height, rgb, error);
}
