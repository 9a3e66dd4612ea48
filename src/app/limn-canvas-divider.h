/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnCanvasDivider:
 *
 * The handle between two pictures that are compared. Its parent puts it where it belongs; it says where it wants to go. Left and right move
 * it by a hundredth, with Ctrl by a tenth, Home and End to the ends.
 *
 * Property: "value" (double, 0..1): from the start side.
 * Signal: "dragged" (double x): the pointer's place, in the parent's coordinates.
 */
#define LIMN_TYPE_CANVAS_DIVIDER (limn_canvas_divider_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvasDivider, limn_canvas_divider, LIMN, CANVAS_DIVIDER, GtkWidget)

/* Wide enough for a finger. */
#define LIMN_CANVAS_DIVIDER_WIDTH 32

GtkWidget *limn_canvas_divider_new (void);

G_END_DECLS
