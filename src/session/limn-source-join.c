/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What has grown joins on to what was there. No old pixels lie beneath it that a feather could mix in: so what is missing from the new pixels
 * at the edge is continued into what is new, and fades out. A step that runs along the whole edge, as in a sky, over a long way; what is left,
 * as where a horizon has two heights, over a short one, or streaks would run into the picture. */
#include "config.h"

#include "session/limn-source-private.h"

#include "image/limn-distance.h"
#include "image/limn-fill.h"

/*
 * @decoded: what was painted on both sides is compared, and not the new with the old: many pictures have a paler or darker line along
 *   their border, which is nothing to be continued; and what the VAE has shifted is matched already
 * @near: so many pixels deep is the edge
 * @share: of a pixel there, see limn_fill_holes(): the inverse is how many make up a mean
 * @limit: of the step, in steps of 8 bits: more is another subject
 * @reach: in pixels: where the step has faded out
 */
typedef struct
{
  gboolean decoded;
  guint    near;
  float    share;
  float    limit;
  float    reach;
} Way;

/* One after the other, each for what the one before has left. By the figures in PERFORMANCE.md and by eye. */
static const Way ways[] = {
  { TRUE, 2, 1.0f / 64, 32, 128 },
  { FALSE, 4, 1.0f / 16, 255, 24 },
  { FALSE, 1, 1.0f / 2, 255, 6 },
};

/* How far each pixel of @part is from the nearest that stays. (transfer full) */
static float *
dup_distance (const LimnSource *self, const LimnSourceBox *part)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  g_autofree guint8 *inside = g_new (guint8, (gsize) width * height);
  float *distance = g_new (float, (gsize) width * height);

  for (guint y = 0; y < height; y++)
    {
      const guint8 *change = limn_image_get_row (self->change, part->y0 + y) + part->x0;
      const guint8 *base = limn_image_get_row (self->base, part->y0 + y) + (gsize) part->x0 * 4;

      for (guint x = 0; x < width; x++)
        inside[(gsize) y * width + x] = change[x] || base[x * 4 + 3] < 255;
    }
  limn_distance_transform (inside, width, height, distance);
  return distance;
}

/* What is missing from a pixel that has grown to be the mean of the old ones near it. FALSE: none is near. */
static gboolean
find_step (const LimnSource *self, const LimnSourceBox *part, const Way *way, const float *distance, const float *painted, gsize i,
           float *step)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  guint x = i % width, y = i / width;
  float sum[3] = { 0 };
  guint n = 0;

  if (distance[i] == 0 || distance[i] > way->near || limn_image_get_row (self->base, part->y0 + y)[(gsize) (part->x0 + x) * 4 + 3] > 0)
    return FALSE;
  for (guint v = y - MIN (y, way->near); v <= MIN (y + way->near, height - 1); v++)
    for (guint u = x - MIN (x, way->near); u <= MIN (x + way->near, width - 1); u++)
      {
        gsize k = (gsize) v * width + u;
        const guint8 *old = limn_image_get_row (self->base, part->y0 + v) + (gsize) (part->x0 + u) * 4;

        if (distance[k] > 0)
          continue;
        for (guint c = 0; c < 3; c++)
          sum[c] += way->decoded ? painted[k * 3 + c] : old[c];
        n++;
      }
  for (guint c = 0; c < 3; c++)
    step[c] = CLAMP (sum[c] / n - painted[i * 3 + c], -way->limit, way->limit);
  return TRUE;
}

void
limn_source_join (const LimnSource *self, const LimnSourceBox *part, float *painted)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  gsize n = (gsize) width * height;
  g_autofree float *distance = NULL;
  g_autofree float *known = NULL;
  g_autofree float *step = NULL;

  if (limn_image_is_opaque (self->base))
    return;
  distance = dup_distance (self, part);
  known = g_new (float, n);
  step = g_new (float, n * 3);
  for (const Way *way = ways; way < ways + G_N_ELEMENTS (ways); way++)
    {
      gboolean any = FALSE;

      for (gsize i = 0; i < n; i++)
        {
          known[i] = find_step (self, part, way, distance, painted, i, step + i * 3) ? way->share : 0;
          any |= known[i] > 0;
        }
      if (!any)
        continue;
      limn_fill_holes (step, known, width, height, 3);
      for (gsize i = 0; i < n; i++)
        {
          float t = CLAMP (1 - distance[i] / way->reach, 0, 1);

          for (guint c = 0; c < 3; c++)
            painted[i * 3 + c] += step[i * 3 + c] * t * t * (3 - 2 * t);
        }
    }
}
