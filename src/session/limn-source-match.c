/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What has gone through the VAE comes back a little paler, warmer, smoother. In the cells that nothing may change both are there, the picture
 * and what became of it: the difference is known, and is continued into the mask as a smooth field.
 *
 * Cells that are painted only in part say nothing: there the difference is between old and new, and matching it would bring the old
 * picture's colours back as ghosts. See PERFORMANCE.md for what else was tried. */
#include "config.h"

#include "session/limn-source-private.h"

#include "image/limn-fill.h"

#include <math.h>

/* A known pixel's share of the field: where 64 of them lie together it is their mean, finer only where there are fewer. What is left
 * is grain and texture, which the VAE does not keep and the painted part does not have. */
#define SHARE (1.0f / 64)

/* Steps of 8 bits up to which a difference is the VAE's, and past which it is something else: a decoder looks at the whole picture, and
 * under a night that was painted into the sky a meadow that is held comes out darker by 50. That is no shift of the night's colours, which
 * would turn green. */
#define SHIFT 16.0f
#define NO_SHIFT 32.0f

/* Whether what was painted at a pixel of the result is the picture on its way through the VAE and nothing else. */
static gboolean
is_known (const LimnSource *self, guint x, guint y)
{
  const LimnSourcePlan *plan = &self->plan;
  guint cx = (x + 0.5 - plan->x) * plan->zoom / plan->factor;
  guint cy = (y + 0.5 - plan->y) * plan->zoom / plan->factor;

  return cx < plan->width_lt && cy < plan->height_lt && self->strength[cy * plan->width_lt + cx] == 0;
}

void
limn_source_match (const LimnSource *self, const LimnSourceBox *part, float *painted)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  gsize n = (gsize) width * height;
  g_autofree float *known = g_new (float, n);
  g_autofree float *difference = g_new (float, n * 3);
  gboolean any = FALSE;

  for (guint y = 0; y < height; y++)
    {
      const guint8 *old = limn_image_get_row (self->filled, part->y0 + y) + (gsize) part->x0 * 3;

      for (guint x = 0; x < width; x++)
        {
          gsize i = (gsize) y * width + x;

          known[i] = is_known (self, part->x0 + x, part->y0 + y) ? SHARE : 0;
          any |= known[i] > 0;
          for (guint c = 0; c < 3; c++)
            difference[i * 3 + c] = old[x * 3 + c] - painted[i * 3 + c];
        }
    }
  if (!any)
    return;
  limn_fill_holes (difference, known, width, height, 3);
  for (gsize i = 0; i < n; i++)
    {
      const float *d = difference + i * 3;
      float size = MAX (fabsf (d[0]), MAX (fabsf (d[1]), fabsf (d[2])));
      float trust = CLAMP ((NO_SHIFT - size) / (NO_SHIFT - SHIFT), 0, 1);

      for (guint c = 0; c < 3; c++)
        painted[i * 3 + c] += d[c] * trust;
    }
}
