/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-mask-cell.h"

/* A line along the cells that is narrower than three quarters of one fills none so far; inwards of an edge lies a cell that is full. */
#define THIN 0.75

double
limn_mask_cell_get_value (const LimnMaskCell *cells, guint width, guint height, guint x, guint y)
{
  const LimnMaskCell *cell = &cells[(gsize) y * width + x];
  double fullest = 0;

  for (guint v = y - MIN (y, 1); v <= MIN (y + 1, height - 1); v++)
    for (guint u = x - MIN (x, 1); u <= MIN (x + 1, width - 1); u++)
      fullest = MAX (fullest, cells[(gsize) v * width + u].mean);
  return fullest < THIN * cell->largest ? cell->largest : cell->mean;
}
