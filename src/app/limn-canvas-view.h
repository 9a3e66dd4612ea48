/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 3200 %: a pixel is as large as a button. */
#define LIMN_CANVAS_ZOOM_MAX 32.0
/* A picture of 16384 pixels is still 300 on the screen. */
#define LIMN_CANVAS_ZOOM_MIN 0.02
/* A picture that is smaller than the room is shown as it is, since a little larger would only blur it; from half the room's size down it is
 * enlarged, at most so much (on a screen of scale 1): the starter model's 128 pixels then fill most of a usual window. */
#define LIMN_CANVAS_FIT_MAX 6.0

/**
 * LimnCanvasView:
 * @width, @height: of the picture, in its pixels; 0: there is none
 * @left, @top, @right, @bottom: pixels around it that belong to what is looked at: where it is to grow
 * @view_width, @view_height: of the widget, in its own units
 * @scale: screen pixels per unit of the widget
 * @fit: the picture is as large as there is room, in the middle; @zoom and the centre are what that gives
 * @zoom: screen pixels per picture pixel
 * @centre_x, @centre_y: what point of the picture lies in the middle of the widget, in its pixels
 *
 * How a picture lies in a widget: pure numbers, no widget. The picture's corner is on a whole screen pixel, so that at 100 % its pixels are
 * the screen's; the mappings here say where things really are, with that.
 */
typedef struct
{
  guint    width;
  guint    height;
  guint    left;
  guint    top;
  guint    right;
  guint    bottom;
  double   view_width;
  double   view_height;
  double   scale;
  gboolean fit;
  double   zoom;
  double   centre_x;
  double   centre_y;
} LimnCanvasView;

void     limn_canvas_view_init         (LimnCanvasView       *view);

/** limn_canvas_view_set_picture: the place stays where the size does; else the picture is fitted. */
void     limn_canvas_view_set_picture  (LimnCanvasView       *view,
                                        guint                 width,
                                        guint                 height);
/** limn_canvas_view_set_margins: shown with the picture where that is fitted; the middle of the widget may lie on them. */
void     limn_canvas_view_set_margins  (LimnCanvasView       *view,
                                        guint                 left,
                                        guint                 top,
                                        guint                 right,
                                        guint                 bottom);
void     limn_canvas_view_set_size     (LimnCanvasView       *view,
                                        double                width,
                                        double                height,
                                        double                scale);
void     limn_canvas_view_set_fit      (LimnCanvasView       *view);

/** limn_canvas_view_get_fit_zoom: what "fit" is now; 1 where there is no picture. */
double   limn_canvas_view_get_fit_zoom (const LimnCanvasView *view);

/**
 * limn_canvas_view_zoom_about:
 * @x, @y: of the widget
 *
 * The point of the picture that is under (x, y) stays there, to less than a screen pixel, unless the middle of the widget would
 * lie outside of the picture. Ends @fit.
 */
void     limn_canvas_view_zoom_about   (LimnCanvasView       *view,
                                        double                zoom,
                                        double                x,
                                        double                y);

/** limn_canvas_view_pan: the picture moves by (dx, dy) of the widget, its middle at most to its edge. Ends @fit. Returns whether it moved. */
gboolean limn_canvas_view_pan          (LimnCanvasView       *view,
                                        double                dx,
                                        double                dy);

/** limn_canvas_view_can_pan: whether it is larger than the widget that way. */
gboolean limn_canvas_view_can_pan      (const LimnCanvasView *view,
                                        gboolean              horizontally);

/** limn_canvas_view_get_stop: the next of the usual zooms above (or below) the present one. */
double   limn_canvas_view_get_stop     (const LimnCanvasView *view,
                                        gboolean              above);

/** limn_canvas_view_get_origin: the picture's upper left corner, in screen pixels from the widget's: whole numbers. */
void     limn_canvas_view_get_origin   (const LimnCanvasView *view,
                                        double               *x,
                                        double               *y);

/** limn_canvas_view_to_image, limn_canvas_view_from_image: widget <-> picture; each undoes the other. There must be a picture. */
void     limn_canvas_view_to_image     (const LimnCanvasView *view,
                                        double                x,
                                        double                y,
                                        double               *image_x,
                                        double               *image_y);
void     limn_canvas_view_from_image   (const LimnCanvasView *view,
                                        double                image_x,
                                        double                image_y,
                                        double               *x,
                                        double               *y);

G_END_DECLS
