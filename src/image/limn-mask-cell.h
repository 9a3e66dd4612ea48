/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnMaskCell: what the pixels under a cell of the latent say
 * @mean, @largest: of the mask's values there, 0..255
 */
typedef struct
{
  double mean;
  guint8 largest;
} LimnMaskCell;

/**
 * limn_mask_cell_get_value:
 * @cells: @width x @height of them, row by row
 * @x, @y: which of them
 *
 * How much a cell is painted anew, 0..255: as much as it is covered, @mean, so that what is painted at a mask's edge grows out of what lies
 * beside it and is not cut off where the mask ends. But what is thinner than a cell (a wire, a dot) would hardly change: where no cell of the
 * 3 x 3 around is filled to three quarters of what the mask says here, @largest.
 *
 * The engine works by this, and what shows the cells to the artist shows it. Any thread.
 */
double limn_mask_cell_get_value (const LimnMaskCell *cells,
                                 guint               width,
                                 guint               height,
                                 guint               x,
                                 guint               y);

G_END_DECLS
