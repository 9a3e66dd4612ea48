/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A pen reports hundreds of points a second, a mouse up to a thousand; the window draws 60 times. Points are only collected as they come, and drawn
 * all at once when the next frame is made. Of what GTK has pressed into one event the points are in its history.
 *
 * Two gestures, since GtkGestureStylus takes no notice of a mouse before GTK 4.10: one for pens, one for the mouse, which leaves pens
 * alone. Fingers drag the picture about. */
#include "config.h"

#include "app/limn-canvas-private.h"

#include <math.h>

LimnTool
limn_canvas_get_tool (LimnCanvas *self)
{
  guint tool, shown;

  if (!self->easel || !self->picture || !limn_easel_can_mark (self->easel))
    return LIMN_TOOL_HAND;
  g_object_get (self->easel, "tool", &tool, "shown", &shown, NULL);
  /* What has been made of a picture cannot grow: the picture does. */
  return tool == LIMN_TOOL_GROW && shown != LIMN_EASEL_SHOWS_SOURCE ? LIMN_TOOL_HAND : tool;
}

/* --- Points --- */

static void
draw_samples (LimnCanvas *self)
{
  if (self->tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  if (self->samples->len == 0)
    return;
  limn_easel_move (self->easel, (const LimnSample *) self->samples->data, self->samples->len);
  g_array_set_size (self->samples, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  LimnCanvas *self = LIMN_CANVAS (widget);

  self->tick = 0;
  draw_samples (self);
  return G_SOURCE_REMOVE;
}

static void
end_pen (LimnCanvas *self, gboolean cancelled)
{
  self->pen_down = FALSE;
  if (cancelled)
    g_array_set_size (self->samples, 0);
  draw_samples (self);
  if (self->grow_edges)
    limn_canvas_grow_end (self);
  else if (cancelled)
    limn_easel_cancel (self->easel);
  else
    limn_easel_release (self->easel);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
limn_canvas_pen (LimnCanvas      *self,
                 LimnPenPhase     phase,
                 double           x,
                 double           y,
                 double           pressure,
                 gboolean         eraser,
                 GdkModifierType  modifiers)
{
  LimnTool tool = limn_canvas_get_tool (self);
  LimnSample sample = { .pressure = pressure };

  g_return_val_if_fail (LIMN_IS_CANVAS (self), FALSE);

  if (phase != LIMN_PEN_DOWN && !self->pen_down)
    return FALSE;
  if (phase == LIMN_PEN_CANCEL)
    {
      end_pen (self, TRUE);
      return TRUE;
    }
  if (!limn_canvas_to_image (self, x, y, &sample.x, &sample.y))
    return FALSE;
  self->pointer_known = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  switch (phase)
    {
    case LIMN_PEN_DOWN:
      if (self->pen_down)
        end_pen (self, FALSE);
      if (tool == LIMN_TOOL_GROW)
        self->pen_down = limn_canvas_grow_begin (self, x, y);
      else
        self->pen_down = limn_easel_press (self->easel, &sample, eraser || (modifiers & GDK_CONTROL_MASK),
                                           (modifiers & GDK_SHIFT_MASK) != 0);
      /* Two pictures under a divider are for looking at; who draws wants to see where. */
      if (self->pen_down)
        limn_canvas_compare (self, NULL);
      break;
    case LIMN_PEN_MOVE:
      if (self->grow_edges)
        {
          limn_canvas_grow_move (self, x, y, (modifiers & GDK_SHIFT_MASK) != 0);
          break;
        }
      g_array_append_val (self->samples, sample);
      if (!self->tick)
        self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
      break;
    case LIMN_PEN_UP:
      end_pen (self, FALSE);
      break;
    case LIMN_PEN_CANCEL:
      break;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return phase != LIMN_PEN_DOWN || self->pen_down;
}

/* --- The mouse --- */

static gboolean
is_mouse (GtkEventController *controller)
{
  GdkEvent *event = gtk_event_controller_get_current_event (controller);
  GdkDevice *device = gtk_event_controller_get_current_event_device (controller);

  return event && !gdk_event_get_device_tool (event) && device && gdk_device_get_source (device) != GDK_SOURCE_TOUCHSCREEN;
}

static void
on_mouse_begin (GtkGestureDrag *gesture, double x, double y, LimnCanvas *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  GtkEventController *controller = GTK_EVENT_CONTROLLER (gesture);

  if (self->space_held || !is_mouse (controller) || (button != GDK_BUTTON_PRIMARY && button != GDK_BUTTON_SECONDARY) ||
      !limn_canvas_pen (self, LIMN_PEN_DOWN, x, y, 1, button == GDK_BUTTON_SECONDARY,
                        gtk_event_controller_get_current_event_state (controller)))
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
  else
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

/* From the surface, in whose coordinates a history is, to the widget. */
static gboolean
from_surface (LimnCanvas *self, double x, double y, double *widget_x, double *widget_y)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  graphene_point_t point;
  double dx, dy;

  gtk_native_get_surface_transform (native, &dx, &dy);
  if (!gtk_widget_compute_point (GTK_WIDGET (native), GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x - dx, y - dy), &point))
    return FALSE;
  *widget_x = point.x;
  *widget_y = point.y;
  return TRUE;
}

static void
on_mouse_update (GtkGestureDrag *gesture, double dx, double dy, LimnCanvas *self)
{
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (gesture));
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  g_autofree GdkTimeCoord *history = NULL;
  guint n_history = 0;
  double x, y;

  if (event && gdk_event_get_event_type (event) == GDK_MOTION_NOTIFY)
    history = gdk_event_get_history (event, &n_history);
  for (guint i = 0; i < n_history; i++)
    if (from_surface (self, history[i].axes[GDK_AXIS_X], history[i].axes[GDK_AXIS_Y], &x, &y))
      limn_canvas_pen (self, LIMN_PEN_MOVE, x, y, 1, FALSE, state);
  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  limn_canvas_pen (self, LIMN_PEN_MOVE, x + dx, y + dy, 1, FALSE, state);
}

static void
on_mouse_end (GtkGestureDrag *gesture, double dx, double dy, LimnCanvas *self)
{
  double x, y;

  if (gtk_gesture_drag_get_start_point (gesture, &x, &y))
    limn_canvas_pen (self, LIMN_PEN_UP, x + dx, y + dy, 1, FALSE, 0);
}

/* Taken away by the window system or another gesture: what was drawn so far is not thrown away. */
static void
on_cancel (GtkGesture *gesture, GdkEventSequence *sequence, LimnCanvas *self)
{
  if (self->pen_down)
    end_pen (self, FALSE);
}

/* --- Pens --- */

static double
get_pressure (GtkGestureStylus *gesture)
{
  double pressure;

  return gtk_gesture_stylus_get_axis (gesture, GDK_AXIS_PRESSURE, &pressure) ? pressure : 1;
}

static gboolean
is_eraser (GtkGestureStylus *gesture)
{
  GdkDeviceTool *tool = gtk_gesture_stylus_get_device_tool (gesture);

  return tool && gdk_device_tool_get_tool_type (tool) == GDK_DEVICE_TOOL_TYPE_ERASER;
}

static void
on_pen_down (GtkGestureStylus *gesture, double x, double y, LimnCanvas *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->space_held || !gtk_gesture_stylus_get_device_tool (gesture) ||
      !limn_canvas_pen (self, LIMN_PEN_DOWN, x, y, get_pressure (gesture), is_eraser (gesture), state))
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
  else
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
on_pen_motion (GtkGestureStylus *gesture, double x, double y, LimnCanvas *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  g_autofree GdkTimeCoord *backlog = NULL;
  guint n = 0;

  if (gtk_gesture_stylus_get_backlog (gesture, &backlog, &n))
    for (guint i = 0; i < n; i++)
      limn_canvas_pen (self, LIMN_PEN_MOVE, backlog[i].axes[GDK_AXIS_X], backlog[i].axes[GDK_AXIS_Y],
                       (backlog[i].flags & GDK_AXIS_FLAG_PRESSURE) ? backlog[i].axes[GDK_AXIS_PRESSURE] : 1, FALSE, state);
  limn_canvas_pen (self, LIMN_PEN_MOVE, x, y, get_pressure (gesture), FALSE, state);
}

static void
on_pen_up (GtkGestureStylus *gesture, double x, double y, LimnCanvas *self)
{
  limn_canvas_pen (self, LIMN_PEN_UP, x, y, 0, FALSE, 0);
}

/* --- Drawing --- */

static gboolean
are_marks_shown (LimnCanvas *self)
{
  gboolean shown;

  if (!self->marks || self->other || !limn_easel_can_mark (self->easel))
    return FALSE;
  g_object_get (self->easel, "marks-shown", &shown, NULL);
  return shown;
}

void
limn_canvas_snapshot_marks (LimnCanvas *self, GtkSnapshot *snapshot)
{
  float width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double scale = self->view.scale;
  graphene_rect_t rect;

  if (!are_marks_shown (self))
    return;
  limn_canvas_get_picture_rect (self, &rect);
  limn_canvas_marks_snapshot (self->marks, snapshot, &rect, &GRAPHENE_RECT_INIT (0, 0, width * scale, height * scale), scale);
}

/* White with a dark line on either side is seen on any picture. */
static void
stroke_twice (cairo_t *cr)
{
  cairo_set_source_rgba (cr, 0, 0, 0, 0.55);
  cairo_set_line_width (cr, 3);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.95);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
snapshot_outline (LimnCanvas *self, GtkSnapshot *snapshot)
{
  gsize n;
  const LimnPoint *points = limn_easel_get_outline (self->easel, &n);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
  cairo_t *cr;

  if (n < 2)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  if (limn_canvas_get_tool (self) == LIMN_TOOL_RECTANGLE)
    {
      double x, y, other_x, other_y;

      limn_canvas_from_image (self, points[0].x, points[0].y, &x, &y);
      limn_canvas_from_image (self, points[1].x, points[1].y, &other_x, &other_y);
      cairo_rectangle (cr, floor (MIN (x, other_x)) + 0.5, floor (MIN (y, other_y)) + 0.5, fabs (other_x - x), fabs (other_y - y));
    }
  else
    for (gsize i = 0; i < n; i++)
      {
        double x, y;

        limn_canvas_from_image (self, points[i].x, points[i].y, &x, &y);
        cairo_line_to (cr, x, y);
      }
  stroke_twice (cr);
  cairo_destroy (cr);
}

/* Where Shift would draw a line to. */
static void
snapshot_line (LimnCanvas *self, GtkSnapshot *snapshot)
{
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
  LimnPoint last;
  double x, y;
  cairo_t *cr;

  if (self->pen_down || !(self->modifiers & GDK_SHIFT_MASK) || !limn_mask_get_last_point (limn_easel_get_mask (self->easel), &last))
    return;
  limn_canvas_from_image (self, last.x, last.y, &x, &y);
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  cairo_move_to (cr, x, y);
  cairo_line_to (cr, self->pointer_x, self->pointer_y);
  stroke_twice (cr);
  cairo_destroy (cr);
}

static void
snapshot_ring (LimnCanvas *self, GtkSnapshot *snapshot)
{
  LimnBrush brush = limn_easel_get_brush (self->easel, FALSE);
  double radius = brush.diameter / 2 * self->view.zoom / self->view.scale;
  const GdkRGBA dark[4] = { { 0, 0, 0, 0.55 }, { 0, 0, 0, 0.55 }, { 0, 0, 0, 0.55 }, { 0, 0, 0, 0.55 } };
  const GdkRGBA white[4] = { { 1, 1, 1, 0.95 }, { 1, 1, 1, 0.95 }, { 1, 1, 1, 0.95 }, { 1, 1, 1, 0.95 } };
  const float thick[4] = { 3, 3, 3, 3 }, thin[4] = { 1, 1, 1, 1 };
  GskRoundedRect ring;
  graphene_rect_t box;

  /* The pointer's own cross is all that can be seen of less. */
  if (radius < 3)
    return;
  box = GRAPHENE_RECT_INIT (self->pointer_x - radius - 1, self->pointer_y - radius - 1, 2 * radius + 2, 2 * radius + 2);
  gsk_rounded_rect_init_from_rect (&ring, &box, radius + 1);
  gtk_snapshot_append_border (snapshot, &ring, thick, dark);
  gsk_rounded_rect_shrink (&ring, 1, 1, 1, 1);
  gtk_snapshot_append_border (snapshot, &ring, thin, white);
}

void
limn_canvas_snapshot_tool (LimnCanvas *self, GtkSnapshot *snapshot)
{
  LimnTool tool = limn_canvas_get_tool (self);

  if (tool == LIMN_TOOL_LASSO || tool == LIMN_TOOL_RECTANGLE)
    snapshot_outline (self, snapshot);
  if ((tool == LIMN_TOOL_BRUSH || tool == LIMN_TOOL_ERASER) && self->pointer_known && !self->dragging && !self->other)
    {
      snapshot_line (self, snapshot);
      snapshot_ring (self, snapshot);
    }
}

/* --- The easel --- */

static void
on_marks_changed (gpointer data)
{
  gtk_widget_queue_draw (data);
}

static void
update_overlay (LimnCanvas *self)
{
  LimnOverlay overlay = limn_easel_get_overlay (self->easel);

  if (self->marks)
    limn_canvas_marks_set_overlay (self->marks, &overlay);
}

static void
on_picture (LimnCanvas *self)
{
  LimnMask *mask = limn_easel_get_mask (self->easel);

  if (self->pen_down)
    end_pen (self, TRUE);
  g_clear_pointer (&self->marks, limn_canvas_marks_free);
  if (mask)
    self->marks = limn_canvas_marks_new (mask, on_marks_changed, self);
  update_overlay (self);
  limn_canvas_grow_changed (self);
}

static void
on_tool_changed (LimnCanvas *self)
{
  if (self->pen_down)
    end_pen (self, FALSE);
  limn_canvas_update_cursor (self);
  limn_canvas_grow_changed (self);
}

void
limn_canvas_set_easel (LimnCanvas *self, LimnEasel *easel)
{
  static const char *const looks[] = { "notify::marks-colour", "notify::marks-opacity", "notify::marks-cells" };
  static const char *const drawn[] = { "notify::marks-shown", "notify::brush-size" };

  g_return_if_fail (LIMN_IS_CANVAS (self) && self->easel == NULL);

  self->easel = g_object_ref (easel);
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    g_signal_connect_object (easel, looks[i], G_CALLBACK (update_overlay), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (drawn); i++)
    g_signal_connect_object (easel, drawn[i], G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (easel, "notify::picture", G_CALLBACK (on_picture), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (easel, "notify::tool", G_CALLBACK (on_tool_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (easel, "notify::shown", G_CALLBACK (on_tool_changed), self, G_CONNECT_SWAPPED);
  limn_canvas_grow_init (self);
  on_picture (self);
}

void
limn_canvas_add_pen (LimnCanvas *self)
{
  GtkGesture *mouse = gtk_gesture_drag_new ();
  GtkGesture *pen = gtk_gesture_stylus_new ();

  self->samples = g_array_new (FALSE, FALSE, sizeof (LimnSample));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (mouse), 0);
  g_signal_connect (mouse, "drag-begin", G_CALLBACK (on_mouse_begin), self);
  g_signal_connect (mouse, "drag-update", G_CALLBACK (on_mouse_update), self);
  g_signal_connect (mouse, "drag-end", G_CALLBACK (on_mouse_end), self);
  g_signal_connect (mouse, "cancel", G_CALLBACK (on_cancel), self);
  g_signal_connect (pen, "down", G_CALLBACK (on_pen_down), self);
  g_signal_connect (pen, "motion", G_CALLBACK (on_pen_motion), self);
  g_signal_connect (pen, "up", G_CALLBACK (on_pen_up), self);
  g_signal_connect (pen, "cancel", G_CALLBACK (on_cancel), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (mouse));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (pen));
}

void
limn_canvas_pen_dispose (LimnCanvas *self)
{
  if (self->tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  g_clear_pointer (&self->marks, limn_canvas_marks_free);
  g_clear_pointer (&self->samples, g_array_unref);
  if (self->easel)
    limn_easel_cancel (self->easel);
  g_clear_object (&self->easel);
}
