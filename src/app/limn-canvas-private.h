/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-canvas-divider.h"
#include "app/limn-canvas-picture.h"
#include "app/limn-canvas-view.h"
#include "app/limn-canvas.h"

G_BEGIN_DECLS

struct _LimnCanvas
{
  GtkWidget           parent_instance;

  LimnCanvasView      view;
  LimnCanvasPicture  *picture; /* (nullable) */
  LimnCanvasPicture  *other;   /* (nullable): the one it is compared with */
  double              divider;

  GtkWidget          *divider_widget;
  GtkWidget          *other_label;
  GtkWidget          *picture_label;
  GSimpleActionGroup *actions;
  GdkSurface         *surface; /* (nullable): whose scale is watched */

  /* limn-canvas-input.c */
  gboolean            pointer_known;
  double              pointer_x;
  double              pointer_y;
  gboolean            space_held;
  gboolean            dragging;
  double              drag_x;
  double              drag_y;
  double              pinch_zoom;
  double              pinch_x;
  double              pinch_y;
};

/** limn_canvas_view_changed: after @view was: redraws, and notifies what is another. */
void limn_canvas_view_changed (LimnCanvas *canvas);

/** limn_canvas_zoom_about: (x, y) of the widget. */
void limn_canvas_zoom_about   (LimnCanvas *canvas,
                               double      zoom,
                               double      x,
                               double      y);

/** limn_canvas_add_input: wheel, touchpad, pinch, drags and keys. */
void limn_canvas_add_input    (LimnCanvas *canvas);

G_END_DECLS
