/* SPDX-License-Identifier: GPL-3.0-or-later */

/* While the tool is in the hand the picture has a frame with handles: what lies between the frame and the picture is to be painted. How far it
 * lies away stands in the draft. The view is fitted to the frame, but not while the frame is dragged: it would run away from the pointer. */
#include "config.h"

#include "app/limn-canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

enum
{
  EDGE_LEFT = 1 << 0,
  EDGE_TOP = 1 << 1,
  EDGE_RIGHT = 1 << 2,
  EDGE_BOTTOM = 1 << 3,
};

/* Units of the widget around an edge in which it can be taken hold of: for a finger's width it is not, since fingers drag the picture. */
#define REACH 14.0
/* Pixels: a dragged edge lies on such a multiple from the picture's. */
#define GRID 8
/* A dragged edge; who wants more types it. */
#define MOST 8192
#define HANDLE 10.0

typedef struct
{
  guint left;
  guint top;
  guint right;
  guint bottom;
} Room;

static Room
get_room (LimnCanvas *self)
{
  Room room = { 0 };
  guint shown = LIMN_EASEL_SHOWS_NOTHING;

  if (self->easel)
    g_object_get (self->easel, "shown", &shown, NULL);
  if (shown == LIMN_EASEL_SHOWS_SOURCE)
    g_object_get (limn_easel_get_draft (self->easel), "grow-left", &room.left, "grow-top", &room.top, "grow-right", &room.right,
                  "grow-bottom", &room.bottom, NULL);
  return room;
}

static gboolean
is_empty (const Room *room)
{
  return room->left + room->top + room->right + room->bottom == 0;
}

/* The frame, in the widget's units. */
static void
get_frame (LimnCanvas *self, graphene_rect_t *frame)
{
  Room room = get_room (self);
  double x, y, right, bottom;

  limn_canvas_view_from_image (&self->view, -(double) room.left, -(double) room.top, &x, &y);
  limn_canvas_view_from_image (&self->view, (double) self->view.width + room.right, (double) self->view.height + room.bottom, &right,
                               &bottom);
  *frame = GRAPHENE_RECT_INIT (x, y, right - x, bottom - y);
}

static guint
find_edges (LimnCanvas *self, double x, double y)
{
  graphene_rect_t frame;
  guint edges = 0;

  get_frame (self, &frame);
  if (x < frame.origin.x - REACH || x > frame.origin.x + frame.size.width + REACH || y < frame.origin.y - REACH ||
      y > frame.origin.y + frame.size.height + REACH)
    return 0;
  if (fabs (x - frame.origin.x) <= REACH)
    edges |= EDGE_LEFT;
  else if (fabs (x - frame.origin.x - frame.size.width) <= REACH)
    edges |= EDGE_RIGHT;
  if (fabs (y - frame.origin.y) <= REACH)
    edges |= EDGE_TOP;
  else if (fabs (y - frame.origin.y - frame.size.height) <= REACH)
    edges |= EDGE_BOTTOM;
  return edges;
}

const char *
limn_canvas_grow_get_cursor (LimnCanvas *self)
{
  static const char *const names[] = {
    [EDGE_LEFT] = "w-resize",
    [EDGE_TOP] = "n-resize",
    [EDGE_RIGHT] = "e-resize",
    [EDGE_BOTTOM] = "s-resize",
    [EDGE_LEFT | EDGE_TOP] = "nw-resize",
    [EDGE_TOP | EDGE_RIGHT] = "ne-resize",
    [EDGE_RIGHT | EDGE_BOTTOM] = "se-resize",
    [EDGE_LEFT | EDGE_BOTTOM] = "sw-resize",
  };
  guint edges = self->grow_edges;

  if (!edges && self->pointer_known)
    edges = find_edges (self, self->pointer_x, self->pointer_y);
  return names[edges];
}

/* --- Dragging --- */

gboolean
limn_canvas_grow_begin (LimnCanvas *self, double x, double y)
{
  graphene_rect_t frame;

  self->grow_edges = find_edges (self, x, y);
  if (!self->grow_edges)
    return FALSE;
  get_frame (self, &frame);
  self->grow_x = x - ((self->grow_edges & EDGE_LEFT) ? frame.origin.x : frame.origin.x + frame.size.width);
  self->grow_y = y - ((self->grow_edges & EDGE_TOP) ? frame.origin.y : frame.origin.y + frame.size.height);
  return TRUE;
}

static guint
snap (double away)
{
  return CLAMP (round (away / GRID) * GRID, 0, MOST);
}

void
limn_canvas_grow_move (LimnCanvas *self, double x, double y, gboolean both_sides)
{
  LimnDraft *draft = limn_easel_get_draft (self->easel);
  Room room = get_room (self);
  double image_x, image_y;

  if (!limn_canvas_to_image (self, x - self->grow_x, y - self->grow_y, &image_x, &image_y))
    return;
  if (self->grow_edges & EDGE_LEFT)
    room.left = snap (-image_x);
  if (self->grow_edges & EDGE_RIGHT)
    room.right = snap (image_x - self->view.width);
  if (self->grow_edges & EDGE_TOP)
    room.top = snap (-image_y);
  if (self->grow_edges & EDGE_BOTTOM)
    room.bottom = snap (image_y - self->view.height);
  if (both_sides && (self->grow_edges & (EDGE_LEFT | EDGE_RIGHT)))
    room.left = room.right = (self->grow_edges & EDGE_LEFT) ? room.left : room.right;
  if (both_sides && (self->grow_edges & (EDGE_TOP | EDGE_BOTTOM)))
    room.top = room.bottom = (self->grow_edges & EDGE_TOP) ? room.top : room.bottom;
  g_object_freeze_notify (G_OBJECT (draft));
  g_object_set (draft, "grow-left", room.left, "grow-top", room.top, "grow-right", room.right, "grow-bottom", room.bottom, NULL);
  g_object_thaw_notify (G_OBJECT (draft));
}

void
limn_canvas_grow_end (LimnCanvas *self)
{
  self->grow_edges = 0;
  limn_canvas_grow_changed (self);
}

/* --- What is shown --- */

void
limn_canvas_grow_changed (LimnCanvas *self)
{
  Room room = get_room (self);
  gboolean shown = self->picture && (limn_canvas_get_tool (self) == LIMN_TOOL_GROW || !is_empty (&room));
  /* Translators: width and height in pixels of the picture that is to be. */
  g_autofree char *size = g_strdup_printf (_("%u × %u"), room.left + self->view.width + room.right,
                                           room.top + self->view.height + room.bottom);

  gtk_label_set_label (GTK_LABEL (self->grow_label), size);
  gtk_widget_set_visible (self->grow_label, shown);
  if (!self->grow_edges)
    limn_canvas_view_set_margins (&self->view, room.left, room.top, room.right, room.bottom);
  limn_canvas_view_changed (self);
}

void
limn_canvas_grow_init (LimnCanvas *self)
{
  static const char *const names[] = { "notify::grow-left", "notify::grow-top", "notify::grow-right", "notify::grow-bottom" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_object (limn_easel_get_draft (self->easel), names[i], G_CALLBACK (limn_canvas_grow_changed), self,
                             G_CONNECT_SWAPPED);
}

/* In the middle of the frame's upper edge, as much of it as can be seen. */
void
limn_canvas_grow_allocate (LimnCanvas *self)
{
  graphene_rect_t frame, room = GRAPHENE_RECT_INIT (0, 0, self->view.view_width, self->view.view_height);
  int width, height;
  float x, y;

  if (!self->picture || !gtk_widget_get_visible (self->grow_label))
    return;
  get_frame (self, &frame);
  gtk_widget_set_child_visible (self->grow_label, graphene_rect_intersection (&frame, &room, &room));
  gtk_widget_measure (self->grow_label, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  gtk_widget_measure (self->grow_label, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  x = floorf (room.origin.x + (room.size.width - width) / 2);
  y = floorf (room.origin.y + HANDLE);
  gtk_widget_allocate (self->grow_label, width, height, -1, gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (x, y)));
}

/* A stronger board than that on which everything lies: here will be something. */
void
limn_canvas_snapshot_room (LimnCanvas *self, GtkSnapshot *snapshot)
{
  Room room = get_room (self);
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  float ground = dark ? 0.26 : 0.97, square = dark ? 0.34 : 0.74;
  const GdkRGBA ground_colour = { ground, ground, ground, 1 }, square_colour = { square, square, square, 1 };
  graphene_rect_t frame, visible;

  if (is_empty (&room))
    return;
  get_frame (self, &frame);
  if (!graphene_rect_intersection (&frame, &GRAPHENE_RECT_INIT (0, 0, self->view.view_width, self->view.view_height), &visible))
    return;
  gtk_snapshot_push_clip (snapshot, &visible);
  gtk_snapshot_append_color (snapshot, &ground_colour, &visible);
  gtk_snapshot_push_repeat (snapshot, &visible, &GRAPHENE_RECT_INIT (frame.origin.x, frame.origin.y, 16, 16));
  gtk_snapshot_append_color (snapshot, &square_colour, &GRAPHENE_RECT_INIT (frame.origin.x, frame.origin.y, 8, 8));
  gtk_snapshot_append_color (snapshot, &square_colour, &GRAPHENE_RECT_INIT (frame.origin.x + 8, frame.origin.y + 8, 8, 8));
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_pop (snapshot);
}

static void
append_handle (GtkSnapshot *snapshot, double x, double y)
{
  const GdkRGBA white = { 1, 1, 1, 1 }, dark = { 0, 0, 0, 0.5 };
  graphene_rect_t box = GRAPHENE_RECT_INIT (x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
  GskRoundedRect round;

  gsk_rounded_rect_init_from_rect (&round, &box, 3);
  gtk_snapshot_append_outset_shadow (snapshot, &round, &dark, 0, 0, 1, 2);
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  gtk_snapshot_append_color (snapshot, &white, &box);
  gtk_snapshot_pop (snapshot);
}

void
limn_canvas_snapshot_handles (LimnCanvas *self, GtkSnapshot *snapshot)
{
  const GdkRGBA dark[4] = { { 0, 0, 0, 0.55 }, { 0, 0, 0, 0.55 }, { 0, 0, 0, 0.55 }, { 0, 0, 0, 0.55 } };
  const GdkRGBA white[4] = { { 1, 1, 1, 0.95 }, { 1, 1, 1, 0.95 }, { 1, 1, 1, 0.95 }, { 1, 1, 1, 0.95 } };
  const float thick[4] = { 3, 3, 3, 3 }, thin[4] = { 1, 1, 1, 1 };
  graphene_rect_t frame;
  GskRoundedRect line;

  if (limn_canvas_get_tool (self) != LIMN_TOOL_GROW)
    return;
  get_frame (self, &frame);
  gsk_rounded_rect_init_from_rect (&line, &frame, 0);
  gsk_rounded_rect_shrink (&line, -2, -2, -2, -2);
  gtk_snapshot_append_border (snapshot, &line, thick, dark);
  gsk_rounded_rect_shrink (&line, 1, 1, 1, 1);
  gtk_snapshot_append_border (snapshot, &line, thin, white);
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 3; column++)
      if (row != 1 || column != 1)
        append_handle (snapshot, frame.origin.x + frame.size.width * column / 2, frame.origin.y + frame.size.height * row / 2);
}
