/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnBlendLayout:
 *
 * Where the parts of a blend are. Its widget's children are, in order: the picture; the strip or square; the four ends. A strip lies below the picture,
 * between the first two ends; a square, with an end at each corner, lies beside it, or below it where that is too narrow.
 *
 * Property: "square" (boolean).
 */
#define LIMN_TYPE_BLEND_LAYOUT (limn_blend_layout_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendLayout, limn_blend_layout, LIMN, BLEND_LAYOUT, GtkLayoutManager)

G_END_DECLS
