/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-canvas-view.h"

#include <math.h>

/* Around a fitted picture, in the widget's units; less where the widget is small. */
#define MARGIN 24.0
#define MARGIN_PART (1 / 24.0)

static const double stops[] = { 0.02, 0.03, 0.05, 0.0625, 0.125, 0.25, 1 / 3.0, 0.5, 2 / 3.0, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32 };

void
limn_canvas_view_init (LimnCanvasView *view)
{
  *view = (LimnCanvasView) { .scale = 1, .fit = TRUE, .zoom = 1 };
}

static double
fit_one (double room, double size, double scale)
{
  double zoom = MAX (room, 1) / size;

  if (zoom < 2)
    return MIN (zoom, 1);
  /* In quarters, lest it changes with each pixel that the window grows. */
  return MIN (floor (zoom * 4) / 4, LIMN_CANVAS_FIT_MAX * scale);
}

/* With what is around the picture. */
static double
get_whole_width (const LimnCanvasView *view)
{
  return (double) view->left + view->width + view->right;
}

static double
get_whole_height (const LimnCanvasView *view)
{
  return (double) view->top + view->height + view->bottom;
}

double
limn_canvas_view_get_fit_zoom (const LimnCanvasView *view)
{
  double margin = MIN (MARGIN, MIN (view->view_width, view->view_height) * MARGIN_PART);
  double zoom;

  if (view->width == 0)
    return 1;
  zoom = MIN (fit_one (floor ((view->view_width - 2 * margin) * view->scale), get_whole_width (view), view->scale),
              fit_one (floor ((view->view_height - 2 * margin) * view->scale), get_whole_height (view), view->scale));
  return MAX (zoom, LIMN_CANVAS_ZOOM_MIN);
}

static void
update_fit (LimnCanvasView *view)
{
  if (!view->fit)
    return;
  view->zoom = limn_canvas_view_get_fit_zoom (view);
  view->centre_x = ((double) view->width + view->right - view->left) / 2;
  view->centre_y = ((double) view->height + view->bottom - view->top) / 2;
}

void
limn_canvas_view_set_picture (LimnCanvasView *view, guint width, guint height)
{
  if (view->width != width || view->height != height)
    view->fit = TRUE;
  view->width = width;
  view->height = height;
  update_fit (view);
}

void
limn_canvas_view_set_margins (LimnCanvasView *view, guint left, guint top, guint right, guint bottom)
{
  view->left = left;
  view->top = top;
  view->right = right;
  view->bottom = bottom;
  update_fit (view);
}

void
limn_canvas_view_set_size (LimnCanvasView *view, double width, double height, double scale)
{
  view->view_width = width;
  view->view_height = height;
  view->scale = scale;
  update_fit (view);
}

void
limn_canvas_view_set_fit (LimnCanvasView *view)
{
  view->fit = TRUE;
  update_fit (view);
}

static void
clamp_centre (LimnCanvasView *view)
{
  view->centre_x = CLAMP (view->centre_x, -(double) view->left, (double) view->width + view->right);
  view->centre_y = CLAMP (view->centre_y, -(double) view->top, (double) view->height + view->bottom);
}

void
limn_canvas_view_zoom_about (LimnCanvasView *view, double zoom, double x, double y)
{
  double away_x = (x - view->view_width / 2) * view->scale;
  double away_y = (y - view->view_height / 2) * view->scale;

  zoom = CLAMP (zoom, LIMN_CANVAS_ZOOM_MIN, LIMN_CANVAS_ZOOM_MAX);
  /* Not by way of the rounded corner: in and out again many times must end where it began. */
  view->centre_x += away_x / view->zoom - away_x / zoom;
  view->centre_y += away_y / view->zoom - away_y / zoom;
  view->zoom = zoom;
  view->fit = FALSE;
  clamp_centre (view);
}

gboolean
limn_canvas_view_pan (LimnCanvasView *view, double dx, double dy)
{
  double x = view->centre_x, y = view->centre_y;

  view->fit = FALSE;
  view->centre_x -= dx * view->scale / view->zoom;
  view->centre_y -= dy * view->scale / view->zoom;
  clamp_centre (view);
  return view->centre_x != x || view->centre_y != y;
}

gboolean
limn_canvas_view_can_pan (const LimnCanvasView *view, gboolean horizontally)
{
  return horizontally ? get_whole_width (view) * view->zoom > view->view_width * view->scale
                      : get_whole_height (view) * view->zoom > view->view_height * view->scale;
}

double
limn_canvas_view_get_stop (const LimnCanvasView *view, gboolean above)
{
  /* A stop that looks like what is shown already would be a key press without effect. */
  const double same = 1.02;

  if (above)
    {
      for (guint i = 0; i < G_N_ELEMENTS (stops); i++)
        if (stops[i] > view->zoom * same)
          return stops[i];
      return LIMN_CANVAS_ZOOM_MAX;
    }
  for (guint i = G_N_ELEMENTS (stops); i-- > 0;)
    if (stops[i] < view->zoom / same)
      return stops[i];
  return LIMN_CANVAS_ZOOM_MIN;
}

void
limn_canvas_view_get_origin (const LimnCanvasView *view, double *x, double *y)
{
  *x = floor (view->view_width * view->scale / 2 - view->centre_x * view->zoom + 0.5);
  *y = floor (view->view_height * view->scale / 2 - view->centre_y * view->zoom + 0.5);
}

void
limn_canvas_view_to_image (const LimnCanvasView *view, double x, double y, double *image_x, double *image_y)
{
  double left, top;

  limn_canvas_view_get_origin (view, &left, &top);
  *image_x = (x * view->scale - left) / view->zoom;
  *image_y = (y * view->scale - top) / view->zoom;
}

void
limn_canvas_view_from_image (const LimnCanvasView *view, double image_x, double image_y, double *x, double *y)
{
  double left, top;

  limn_canvas_view_get_origin (view, &left, &top);
  *x = (left + image_x * view->zoom) / view->scale;
  *y = (top + image_y * view->zoom) / view->scale;
}
