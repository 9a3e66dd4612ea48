/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_size_fit:
 * @area: pixels that the picture should have: as many as those that the model has learned from
 * @ratio: width / height, above 0
 * @multiple: width and height must be multiples of this
 * @max_side: pixels
 * @width, @height: (out)
 *
 * The size that comes nearest to @area and @ratio at once: of the four around the exact one that for which
 * |ln (w h / area)| + 2 |ln ((w / h) / ratio)| is least: the shape is what was asked for. Pure.
 */
void limn_size_fit  (guint    area,
                     double   ratio,
                     guint    multiple,
                     guint    max_side,
                     guint   *width,
                     guint   *height);

/** limn_size_snap: the multiple of @multiple next to @side, from @multiple to @max_side. Pure. */
guint limn_size_snap (guint side,
                      guint multiple,
                      guint max_side);

G_END_DECLS
