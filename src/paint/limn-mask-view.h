/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-mask.h"

G_BEGIN_DECLS

/** LIMN_MASK_CELL: px along a cell of the latent. */
#define LIMN_MASK_CELL 8

/** LIMN_MASK_CELL_REACH: px around a change within which cells may look different: its own, and those around. */
#define LIMN_MASK_CELL_REACH (2 * LIMN_MASK_CELL)

/** LIMN_MASK_LEVELS: level l has ceil (width / 2^l) x ceil (height / 2^l) pixels, 0 <= l < LIMN_MASK_LEVELS. */
#define LIMN_MASK_LEVELS 8

/**
 * LimnOverlay: how a mask is shown over its picture
 * @red, @green, @blue: 0 to 255
 * @opacity: 0 to 1, where the mask is 255
 * @cells: shows what the latent's cells make of the mask: each has the one value by which the engine changes it where
 *   the picture is painted as a whole (limn_mask_cell_get_value()), and lines lie between them where they are at least
 *   4 px apart. Where cells are smaller than a pixel this changes nothing
 */
typedef struct
{
  guint8   red;
  guint8   green;
  guint8   blue;
  double   opacity;
  gboolean cells;
} LimnOverlay;

/**
 * LimnMaskView:
 *
 * Draws a mask, at its size or made smaller by powers of two for a picture that is shown small. Smaller ones are kept,
 * and after a change made anew only where something changed and only when they are asked for. Keeps a reference to the
 * mask.
 * Thread-safety: owner thread of the mask.
 */
typedef struct _LimnMaskView LimnMaskView;

LimnMaskView *limn_mask_view_new        (LimnMask           *mask);
void          limn_mask_view_free       (LimnMaskView       *view);

/**
 * limn_mask_view_pick_level: the smallest that still has a pixel for each of the screen's; @scale: screen pixels
 * along one of the mask.
 */
guint         limn_mask_view_pick_level (double              scale);

/** limn_mask_view_scale_rect: what @dirty, in pixels of the mask, touches at @level. */
LimnRect      limn_mask_view_scale_rect (LimnMaskView       *view,
                                         guint               level,
                                         const LimnRect     *dirty);

/**
 * limn_mask_view_render:
 * @rect: pixels of @level, all of them inside it
 * @rgba: (out): @rect->height rows, @stride bytes apart, of four bytes R G B A with colours multiplied by alpha
 *   (GDK_MEMORY_R8G8B8A8_PREMULTIPLIED)
 *
 * Each pixel of level l is the mean of the 2 x 2 of level l - 1 that it covers, rounded to nearest; at the right and
 * lower edge of those that there are.
 */
void          limn_mask_view_render     (LimnMaskView       *view,
                                         guint               level,
                                         const LimnRect     *rect,
                                         const LimnOverlay  *overlay,
                                         guint8             *rgba,
                                         gsize               stride);

/**
 * limn_mask_view_dup_cells:
 * @columns, @rows: (out): ceil (width / 8), ceil (height / 8)
 *
 * Returns: (transfer full): one strength for each cell, row by row, as the overlay shows them: by
 * limn_mask_cell_get_value(), rounded to nearest. What a cell at the edge has beyond it is the mirror image.
 */
guint8       *limn_mask_view_dup_cells  (LimnMaskView       *view,
                                         guint              *columns,
                                         guint              *rows);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnMaskView, limn_mask_view_free)

G_END_DECLS
