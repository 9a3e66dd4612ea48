/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnTilesParams:
 * @width, @height: of the whole, in cells
 * @tile: side of a window, in cells; 0: the whole side
 * @overlap: cells that neighbours share at least; less than @tile
 * @wrap_x, @wrap_y: the whole is a torus along that side: windows reach over its end, and what has one window for the whole side gets a
 *   second, shifted by half of it, so that no place is at the edge of all of its windows
 */
typedef struct
{
  guint    width;
  guint    height;
  guint    tile;
  guint    overlap;
  gboolean wrap_x;
  gboolean wrap_y;
} LimnTilesParams;

/**
 * LimnTiles:
 *
 * A plane seen through overlapping windows of one size, and put together again:
 *
 *     y = sum_k w_k y_k / sum_k w_k,   w = w (x) w (y),  w (i) = t^2 (3 - 2 t),  t from near 0 at the edges of a window to 1 in its middle
 *
 * Windows stand as evenly as whole cells allow. What is put together is float planes [C, height, width], of cells or, with a @scale, of
 * the pixels that belong to them. Sums are doubles, in the order of the windows, so that equal calls give equal bits.
 *
 * Immutable. Thread-safety: any.
 * Source: Bar-Tal et al. 2023, MultiDiffusion (the mean of what the network predicts in each window); the weights are ours.
 */
typedef struct _LimnTiles LimnTiles;

/** limn_tiles_new: @params: width and height at least 1. */
LimnTiles *limn_tiles_new        (const LimnTilesParams *params);
void       limn_tiles_free       (LimnTiles             *tiles);

/** limn_tiles_get_n: 1: the whole through one window, which needs no putting together. */
guint      limn_tiles_get_n      (const LimnTiles       *tiles);

/* Of a window, in cells. */
guint      limn_tiles_get_width  (const LimnTiles       *tiles);
guint      limn_tiles_get_height (const LimnTiles       *tiles);

/** limn_tiles_get_place: @x, @y: (out): of window @i < n, in cells of the whole. It goes on at 0 where it reaches over the end. */
void       limn_tiles_get_place  (const LimnTiles       *tiles,
                                  guint                  i,
                                  guint                 *x,
                                  guint                 *y);

/** limn_tiles_cut: @window: (out): what window @i shows of @whole. */
void       limn_tiles_cut        (const LimnTiles       *tiles,
                                  guint                  i,
                                  guint                  n_channels,
                                  guint                  scale,
                                  const float           *whole,
                                  float                 *window);

/** limn_tiles_add: @sum: of the whole's size, zeros before the first window; every window once, in order, then limn_tiles_divide(). */
void       limn_tiles_add        (const LimnTiles       *tiles,
                                  guint                  i,
                                  guint                  n_channels,
                                  guint                  scale,
                                  const float           *window,
                                  double                *sum);
void       limn_tiles_divide     (const LimnTiles       *tiles,
                                  guint                  n_channels,
                                  guint                  scale,
                                  double                *sum);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTiles, limn_tiles_free)

G_END_DECLS
