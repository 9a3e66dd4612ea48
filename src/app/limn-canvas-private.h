/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-canvas-divider.h"
#include "app/limn-canvas-marks.h"
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

  LimnEasel          *easel;   /* (nullable) */
  LimnCanvasMarks    *marks;   /* (nullable): of the easel's mask */

  /* limn-canvas-pen.c */
  gboolean            pen_down;
  GArray             *samples; /* LimnSample, in pixels of the picture: not told to the easel yet */
  guint               tick;

  /* limn-canvas-grow.c */
  GtkWidget          *grow_label;
  guint               grow_edges; /* that are dragged */
  double              grow_x;
  double              grow_y;

  /* limn-canvas-input.c */
  GdkModifierType     modifiers; /* when the pointer moved last */
  double              brush_notches;
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

/** limn_canvas_get_picture_rect: the whole picture, in screen pixels. */
void limn_canvas_get_picture_rect (LimnCanvas      *canvas,
                                   graphene_rect_t *rect);

/** limn_canvas_add_input: wheel, touchpad, pinch, drags and keys. */
void limn_canvas_add_input    (LimnCanvas *canvas);
/** limn_canvas_update_cursor: the pointer looks like what it would do. */
void limn_canvas_update_cursor (LimnCanvas *canvas);

/* limn-canvas-pen.c */
void        limn_canvas_add_pen       (LimnCanvas  *canvas);
void        limn_canvas_pen_dispose   (LimnCanvas  *canvas);
/** limn_canvas_get_tool: the one that the first button would use now. */
LimnTool    limn_canvas_get_tool      (LimnCanvas  *canvas);
/** limn_canvas_snapshot_marks: the mask; limn_canvas_snapshot_tool: what is being drawn, and the ring of the brush. */
void        limn_canvas_snapshot_marks (LimnCanvas  *canvas,
                                        GtkSnapshot *snapshot);
void        limn_canvas_snapshot_tool  (LimnCanvas  *canvas,
                                        GtkSnapshot *snapshot);

/* limn-canvas-grow.c */
void        limn_canvas_grow_init      (LimnCanvas  *canvas);
/** limn_canvas_grow_changed: what the draft says is another. */
void        limn_canvas_grow_changed   (LimnCanvas  *canvas);
gboolean    limn_canvas_grow_begin     (LimnCanvas  *canvas,
                                        double       x,
                                        double       y);
void        limn_canvas_grow_move      (LimnCanvas  *canvas,
                                        double       x,
                                        double       y,
                                        gboolean     both_sides);
void        limn_canvas_grow_end       (LimnCanvas  *canvas);
/** limn_canvas_grow_get_cursor: (nullable): over an edge. */
const char *limn_canvas_grow_get_cursor (LimnCanvas  *canvas);
void        limn_canvas_grow_allocate  (LimnCanvas  *canvas);
/** limn_canvas_snapshot_room: under the picture: where it is to grow; limn_canvas_snapshot_handles: over it. */
void        limn_canvas_snapshot_room  (LimnCanvas  *canvas,
                                        GtkSnapshot *snapshot);
void        limn_canvas_snapshot_handles (LimnCanvas  *canvas,
                                          GtkSnapshot *snapshot);

G_END_DECLS
