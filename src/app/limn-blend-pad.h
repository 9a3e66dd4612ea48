/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend-map.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnBlendPad:
 *
 * Where between its ends a blend is: a strip between two of them, or a square between four, with a point that can be dragged. Below the point is
 * what lies there, as far as it was painted, and until then the pictures of the ends, faded into each other.
 *
 * Keys: the arrows move the point (by a tenth with Ctrl), Home and End to the ends of its row, in a square Page Up and Page Down to those of its
 * column. For assistive technology it is a slider that says where the point is.
 *
 * Properties: "u", "v" (double, 0..1, notified): along the row, from the start to the end of the line; down the column; "square" (boolean).
 */
#define LIMN_TYPE_BLEND_PAD (limn_blend_pad_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendPad, limn_blend_pad, LIMN, BLEND_PAD, GtkWidget)

/** limn_blend_pad_set_end: @picture: (nullable): of end @index: 0 1, and below them 2 3. */
void          limn_blend_pad_set_end (LimnBlendPad *pad,
                                      guint         index,
                                      GdkTexture   *picture);

/** limn_blend_pad_get_map: what it shows; it is told by limn_blend_pad_map_changed() of what was changed there. Another one after "square" has changed. */
LimnBlendMap *limn_blend_pad_get_map     (LimnBlendPad *pad);
void          limn_blend_pad_map_changed (LimnBlendPad *pad);

G_END_DECLS
