/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-easel.h"
#include "image/limn-image.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnCanvas:
 *
 * Shows one picture, or two to compare, on a checkerboard. It knows nothing of studios and jobs. This is the one place where widget and
 * image coordinates are mapped onto each other.
 *
 * Properties:
 * - "zoom" (double): screen pixels per pixel of the picture, 1 is 100 %, whatever the screen's scale; setting it ends "fit"
 * - "fit" (boolean): the picture is as large as there is room: made smaller where it must be,
 *   else as it is, or at least twice as large
 * - "has-picture", "comparing" (boolean, read-only)
 * - "divider" (double, 0..1): where the slider between two pictures stands, as a part of the picture's width, from the start side
 *
 * Actions: see limn_canvas_get_actions(). Wheel with Ctrl or without: zooms about the pointer; touchpad scrolling pans; pinch zooms;
 * middle button, one finger, or the first button while Space is held, drags; the arrow keys pan. What the first button and a pen do otherwise
 * is up to the tool that the easel says is in the hand; without one they drag too.
 *
 * Main thread. What takes longer than a few milliseconds (a large picture shown small) is computed on a thread.
 */
#define LIMN_TYPE_CANVAS (limn_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvas, limn_canvas, LIMN, CANVAS, GtkWidget)

GtkWidget    *limn_canvas_new               (void);

/** limn_canvas_set_picture: @picture: (nullable). Zoom and place stay where its size is that of the last, else it is fitted. */
void          limn_canvas_set_picture       (LimnCanvas   *canvas,
                                             LimnImage    *picture);

/**
 * limn_canvas_set_frame:
 * @width, @height: of the picture that it stands for
 *
 * limn_canvas_set_picture() for a frame that may be smaller than the picture (a preview at half size, a thumbnail): it is shown
 * as large as the picture, and all image coordinates are the picture's.
 */
void          limn_canvas_set_frame         (LimnCanvas   *canvas,
                                             LimnImage    *frame,
                                             guint         width,
                                             guint         height);

/** limn_canvas_get_picture: (nullable): what was set last, as it is; borrowed. */
LimnImage    *limn_canvas_get_picture       (LimnCanvas   *canvas);

/** limn_canvas_set_name: what a screen reader says of the picture. */
void          limn_canvas_set_name          (LimnCanvas   *canvas,
                                             const char   *name);

/** limn_canvas_compare: @other: (nullable): on the start side of the divider, at the picture's size; NULL: no comparison any more. */
void          limn_canvas_compare           (LimnCanvas   *canvas,
                                             LimnImage    *other);

/** limn_canvas_set_compare_names: (nullable): what stands in a corner of each while two are compared. */
void          limn_canvas_set_compare_names (LimnCanvas   *canvas,
                                             const char   *other,
                                             const char   *picture);

/** limn_canvas_to_image: widget coordinates to image pixels (with fractions, also outside of it); FALSE where there is no picture. */
gboolean      limn_canvas_to_image          (LimnCanvas   *canvas,
                                             double        x,
                                             double        y,
                                             double       *image_x,
                                             double       *image_y);
/** limn_canvas_from_image: the way back. */
gboolean      limn_canvas_from_image        (LimnCanvas   *canvas,
                                             double        image_x,
                                             double        image_y,
                                             double       *x,
                                             double       *y);

/** limn_canvas_set_easel: once: shows its mask over its picture, and draws on it. */
void          limn_canvas_set_easel         (LimnCanvas   *canvas,
                                             LimnEasel    *easel);

typedef enum
{
  LIMN_PEN_DOWN,
  LIMN_PEN_MOVE,
  LIMN_PEN_UP,
  LIMN_PEN_CANCEL,
} LimnPenPhase;

/**
 * limn_canvas_pen:
 * @x, @y: of the widget
 * @pressure: 0..1; 1 for a mouse
 * @eraser: the other end of the pen, or the right button
 * @modifiers: with the Shift key, a line goes straight from where the last ended
 *
 * All that pens and mice do on the picture comes through here. Points are drawn together, once for each frame.
 *
 * Returns whether the tool takes it; if not when the pen comes down, then neither what follows.
 */
gboolean      limn_canvas_pen               (LimnCanvas      *canvas,
                                             LimnPenPhase     phase,
                                             double           x,
                                             double           y,
                                             double           pressure,
                                             gboolean         eraser,
                                             GdkModifierType  modifiers);

/**
 * limn_canvas_get_actions:
 *
 * "zoom-in", "zoom-out", "fit", "actual-size", disabled while there is no picture. The canvas has them as "canvas"; the window inserts the group
 * under the same name, so that its accelerators and the buttons beside the canvas find them too.
 *
 * Returns: (transfer none)
 */
GActionGroup *limn_canvas_get_actions       (LimnCanvas   *canvas);

G_END_DECLS
