/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnCanvas:
 *
 * Shows one picture, or two to compare, on a checkerboard. It knows nothing of studios and jobs. This is the one place where widget and
 * image coordinates are mapped onto each other.
 *
 * Properties: "zoom" (double: screen pixels per image pixel, 1 is 100 %; read-only while "fit"), "fit" (boolean: the picture is as large as
 * there is room, at most 100 % unless it is small), "has-picture" (boolean, read-only), "comparing" (boolean, read-only), "divider"
 * (double, 0..1: where the slider between the two pictures stands, as a part of the picture's width).
 *
 * Actions of the widget (class): "canvas.zoom-in", "canvas.zoom-out", "canvas.fit", "canvas.actual-size".
 * Wheel with Ctrl or without: zooms about the pointer; touchpad scrolling pans; pinch zooms; middle button, or Space held, drags.
 */
#define LIMN_TYPE_CANVAS (limn_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvas, limn_canvas, LIMN, CANVAS, GtkWidget)

GtkWidget *limn_canvas_new         (void);

/** limn_canvas_set_picture: @picture: (nullable). Zoom and place stay where the size stays (or is a half or double of the last: previews). */
void       limn_canvas_set_picture (LimnCanvas *canvas, LimnImage *picture);
LimnImage *limn_canvas_get_picture (LimnCanvas *canvas);

/** limn_canvas_set_name: what a screen reader says of the picture. */
void       limn_canvas_set_name    (LimnCanvas *canvas, const char *name);

/** limn_canvas_compare: @other: (nullable): on the start side of the divider; NULL: no comparison any more. */
void       limn_canvas_compare     (LimnCanvas *canvas, LimnImage *other);

/** limn_canvas_to_image: widget coordinates to image pixels (with fractions); FALSE where there is no picture. */
gboolean   limn_canvas_to_image    (LimnCanvas *canvas, double x, double y, double *image_x, double *image_y);
/** limn_canvas_from_image: the way back. */
gboolean   limn_canvas_from_image  (LimnCanvas *canvas, double image_x, double image_y, double *x, double *y);

G_END_DECLS
