/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-size-presets.h"

#include <math.h>

/* A root that should be a whole number may come out a little below it. */
#define ROUNDING 1e-9

static guint
clamp_side (double cells, guint multiple, guint max_side)
{
  guint most = MAX (max_side / multiple, 1);

  return (guint) CLAMP (cells, 1, most) * multiple;
}

void
limn_size_fit (guint area, double ratio, guint multiple, guint max_side, guint *width, guint *height)
{
  double exact_width = sqrt (area * ratio) / multiple;
  double exact_height = sqrt (area / ratio) / multiple;
  double best = INFINITY;

  g_return_if_fail (area > 0 && ratio > 0 && multiple > 0);

  for (guint i = 0; i < 4; i++)
    {
      guint w = clamp_side (floor (exact_width + ROUNDING) + (i & 1), multiple, max_side);
      guint h = clamp_side (floor (exact_height + ROUNDING) + (i >> 1), multiple, max_side);
      double distance = fabs (log ((double) w * h / area)) + 2 * fabs (log ((double) w / h / ratio));

      if (distance < best)
        {
          best = distance;
          *width = w;
          *height = h;
        }
    }
}

guint
limn_size_snap (guint side, guint multiple, guint max_side)
{
  g_return_val_if_fail (multiple > 0, side);

  return clamp_side (floor ((double) side / multiple + 0.5), multiple, max_side);
}
