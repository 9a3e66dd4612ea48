/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was painted goes back into the picture: brought to its size, and mixed with the old picture inside the mask's edge. */
#include "config.h"

#include "session/limn-source-private.h"

#include "base/limn-error.h"
#include "image/limn-colorize.h"
#include "image/limn-resample.h"

#include <math.h>
#include <string.h>

/* Pixels around the box. */
#define SURROUNDINGS 32

/* The @part of the result as it was painted: [height, width, 3], 0..255. (transfer full) */
static float *
dup_painted (const LimnSource *self, LimnImage *work, const LimnSourceBox *part)
{
  const LimnSourcePlan *plan = &self->plan;
  guint wide = limn_image_get_width (work), high = limn_image_get_height (work);
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  LimnPixelFormat format = limn_image_get_format (work);
  /* Pixels of @work for one of the result: a preview has half of them. */
  double scale = plan->zoom * wide / ((double) plan->width_lt * plan->factor);
  LimnResampleAxis x = { wide, ((double) part->x0 - plan->x) * scale, scale, width };
  LimnResampleAxis y = { high, ((double) part->y0 - plan->y) * scale, scale, height };
  g_autofree float *from = g_new (float, (gsize) wide * high * 3);
  float *to = g_new (float, (gsize) width * height * 3);

  for (guint v = 0; v < high; v++)
    {
      const guint8 *row = limn_image_get_row (work, v);

      for (guint u = 0; u < wide; u++)
        for (guint c = 0; c < 3; c++)
          from[((gsize) v * wide + u) * 3 + c] = row[(gsize) u * format + (format == LIMN_PIXEL_GREY8 ? 0 : c)];
    }
  limn_resample (from, to, &x, &y, 3, LIMN_RESAMPLE_LANCZOS);
  return to;
}

/* The old picture's lightness with the colours of @painted. */
static gboolean
colorize (const LimnSource *self, float *painted, const LimnSourceBox *part, GError **error)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  gsize n = (gsize) width * height * 3;
  guint8 *light = g_malloc (n), *colours = g_malloc (n);
  g_autoptr(LimnImage) lightness = limn_image_new_take (LIMN_PIXEL_RGB8, width, height, light, NULL);
  g_autoptr(LimnImage) colour = limn_image_new_take (LIMN_PIXEL_RGB8, width, height, colours, NULL);
  g_autoptr(LimnImage) both = NULL;

  for (guint y = 0; y < height; y++)
    memcpy (light + (gsize) y * width * 3, limn_image_get_row (self->filled, part->y0 + y) + (gsize) part->x0 * 3, (gsize) width * 3);
  for (gsize i = 0; i < n; i++)
    colours[i] = CLAMP (painted[i] + 0.5f, 0, 255);
  both = limn_image_colorize (lightness, colour, error);
  if (!both)
    return FALSE;
  for (guint y = 0; y < height; y++)
    for (guint i = 0; i < width * 3; i++)
      painted[(gsize) y * width * 3 + i] = limn_image_get_row (both, y)[i];
  return TRUE;
}

/* The box that changes, and as much around it as is needed to see how colours have changed on the way, as far as the work goes. */
static void
find_part (const LimnSource *self, LimnSourceBox *part)
{
  const LimnSourcePlan *plan = &self->plan;
  guint right = MIN (plan->width, floor (plan->x + plan->width_lt * plan->factor / plan->zoom));
  guint lower = MIN (plan->height, floor (plan->y + plan->height_lt * plan->factor / plan->zoom));

  *part = self->box;
  part->x0 -= MIN (part->x0 - MIN (part->x0, plan->x), SURROUNDINGS);
  part->y0 -= MIN (part->y0 - MIN (part->y0, plan->y), SURROUNDINGS);
  part->x1 = MAX (part->x1, MIN (right, part->x1 + SURROUNDINGS));
  part->y1 = MAX (part->y1, MIN (lower, part->y1 + SURROUNDINGS));
}

/* The old picture over the new one where it is transparent, then the new one as far as the weights say. */
static void
mix (const LimnSource *self, guint8 *result, const LimnSourceBox *part, const float *painted)
{
  const LimnSourceBox *box = &self->box;
  guint width = box->x1 - box->x0;

  for (guint y = box->y0; y < box->y1; y++)
    {
      const guint8 *weights = self->weights + (gsize) (y - box->y0) * width;
      const guint8 *change = limn_image_get_row (self->change, y);
      guint8 *row = result + (gsize) y * self->plan.width * 4;

      for (guint x = box->x0; x < box->x1; x++)
        {
          const float *colour = painted + ((gsize) (y - part->y0) * (part->x1 - part->x0) + x - part->x0) * 3;
          float alpha = row[x * 4 + 3] / 255.0f;
          float weight = weights[x - box->x0] / 255.0f;

          if (!change[x])
            continue;
          for (guint c = 0; c < 3; c++)
            {
              float old = alpha * row[x * 4 + c] + (1 - alpha) * colour[c];

              row[x * 4 + c] = CLAMP (old + (colour[c] - old) * weight + 0.5f, 0, 255);
            }
          row[x * 4 + 3] = 255;
        }
    }
}

static LimnImage *
compose (const LimnSource *self, LimnImage *work, gboolean match, GError **error)
{
  const LimnSourcePlan *plan = &self->plan;
  guint wide = plan->width_lt * plan->factor, high = plan->height_lt * plan->factor;
  guint divisor = limn_image_get_width (work) == wide ? 1 : 2;
  g_autofree float *painted = NULL;
  g_autofree guint8 *data = NULL;
  LimnSourceBox part;

  if (limn_image_get_width (work) != wide / divisor || limn_image_get_height (work) != high / divisor)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "What was painted has %ux%u pixels, not %ux%u.",
                   limn_image_get_width (work), limn_image_get_height (work), wide, high);
      return NULL;
    }
  if (self->box.x1 <= self->box.x0)
    return limn_image_ref (self->base);

  find_part (self, &part);
  painted = dup_painted (self, work, &part);
  if (match)
    {
      limn_source_match (self, &part, painted);
      limn_source_join (self, &part, painted);
    }
  if (self->restore == LIMN_RESTORE_COLORIZE && !colorize (self, painted, &part, error))
    return NULL;
  data = g_malloc ((gsize) plan->width * plan->height * 4);
  for (guint y = 0; y < plan->height; y++)
    memcpy (data + (gsize) y * plan->width * 4, limn_image_get_row (self->base, y), (gsize) plan->width * 4);
  mix (self, data, &part, painted);
  if (!limn_source_agree (self, data, error))
    return NULL;
  return limn_image_new_take (LIMN_PIXEL_RGBA8, plan->width, plan->height, g_steal_pointer (&data), error);
}

LimnImage *
limn_source_compose (const LimnSource *self, LimnImage *work, GError **error)
{
  return compose (self, work, TRUE, error);
}

LimnImage *
limn_source_compose_plain (const LimnSource *self, LimnImage *work, GError **error)
{
  return compose (self, work, FALSE, error);
}
