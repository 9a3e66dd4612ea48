/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What hands do to the canvas: the same for mouse, touchpad, touchscreen and keyboard, and none of it needs another one first. The first
 * mouse button drags only where there is no tool in the hand: else it draws (limn-canvas-pen.c). */
#include "config.h"

#include "app/limn-canvas-private.h"

#include <math.h>

/* One notch of a wheel. Four of them are a bit more than twice as large. */
#define WHEEL_STEP 1.2
/* A notch never leaps over 100 %: whoever wheels through it means it. */
#define ACTUAL_SIZE 1.0
/* One notch where it scrolls, and what an arrow key pans. */
#define PAN_STEP 64.0

/* --- Wheel and touchpad --- */

static void
wheel_zoom (LimnCanvas *self, double notches)
{
  double before = self->view.zoom;
  double zoom = before * pow (WHEEL_STEP, -notches);
  gboolean whole = fabs (notches) >= 1;
  double x = self->pointer_known ? self->pointer_x : self->view.view_width / 2;
  double y = self->pointer_known ? self->pointer_y : self->view.view_height / 2;

  if (whole && (before - ACTUAL_SIZE) * (zoom - ACTUAL_SIZE) < 0)
    zoom = ACTUAL_SIZE;
  limn_canvas_zoom_about (self, zoom, x, y);
}

static gboolean
has_brush (LimnCanvas *self)
{
  LimnTool tool = limn_canvas_get_tool (self);

  return tool == LIMN_TOOL_BRUSH || tool == LIMN_TOOL_ERASER;
}

/* As a notch of a wheel enlarges the picture, with Ctrl it enlarges the brush. */
static void
wheel_brush (LimnCanvas *self, double notches)
{
  self->brush_notches += notches;
  while (fabs (self->brush_notches) >= 1)
    {
      gboolean larger = self->brush_notches < 0;

      g_action_group_activate_action (limn_easel_get_actions (self->easel), larger ? "larger" : "smaller", NULL);
      self->brush_notches += larger ? 1 : -1;
    }
}

static void
pan (LimnCanvas *self, double dx, double dy)
{
  if ((dx != 0 || dy != 0) && limn_canvas_view_pan (&self->view, dx, dy))
    limn_canvas_view_changed (self);
}

/* Scrolling takes nothing along that can be seen as a whole. */
static void
scroll_by (LimnCanvas *self, double dx, double dy)
{
  pan (self, limn_canvas_view_can_pan (&self->view, TRUE) ? -dx : 0, limn_canvas_view_can_pan (&self->view, FALSE) ? -dy : 0);
}

static gboolean
is_touchpad (GtkEventControllerScroll *scroll)
{
  GdkDevice *device = gtk_event_controller_get_current_event_device (GTK_EVENT_CONTROLLER (scroll));

  return gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_SURFACE ||
         (device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHPAD);
}

static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, LimnCanvas *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  /* In units of the widget or, with X11, in notches. */
  gboolean pixels = gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_SURFACE;
  double step = pixels ? 1 : PAN_STEP;

  if (!self->picture)
    return GDK_EVENT_PROPAGATE;
  if ((state & GDK_CONTROL_MASK) && has_brush (self))
    wheel_brush (self, pixels ? dy / PAN_STEP : dy);
  else if (state & GDK_CONTROL_MASK)
    wheel_zoom (self, pixels ? dy / PAN_STEP : dy);
  else if (is_touchpad (scroll))
    scroll_by (self, dx * step, dy * step);
  else if (state & GDK_SHIFT_MASK)
    scroll_by (self, (dx + dy) * step, 0);
  else if (dy != 0)
    wheel_zoom (self, dy);
  else
    scroll_by (self, dx * step, 0);
  return GDK_EVENT_STOP;
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, LimnCanvas *self)
{
  self->pointer_known = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  self->modifiers = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (motion));
  if (limn_canvas_get_tool (self) == LIMN_TOOL_HAND)
    return;
  limn_canvas_update_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_leave (GtkEventControllerMotion *motion, LimnCanvas *self)
{
  self->pointer_known = FALSE;
  if (limn_canvas_get_tool (self) != LIMN_TOOL_HAND)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Pinch --- */

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, LimnCanvas *self)
{
  self->pinch_zoom = self->view.zoom;
  gtk_gesture_get_bounding_box_center (gesture, &self->pinch_x, &self->pinch_y);
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, LimnCanvas *self)
{
  double x, y;

  if (!self->picture || !gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    return;
  /* Two fingers that move together take the picture along. */
  limn_canvas_view_pan (&self->view, x - self->pinch_x, y - self->pinch_y);
  self->pinch_x = x;
  self->pinch_y = y;
  limn_canvas_zoom_about (self, self->pinch_zoom * scale, x, y);
}

/* --- Drags --- */

static const char *
get_cursor (LimnCanvas *self)
{
  LimnTool tool = limn_canvas_get_tool (self);

  if (self->dragging)
    return "grabbing";
  if (self->space_held)
    return "grab";
  if (tool == LIMN_TOOL_GROW)
    return limn_canvas_grow_get_cursor (self);
  return tool == LIMN_TOOL_HAND ? NULL : "crosshair";
}

void
limn_canvas_update_cursor (LimnCanvas *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), get_cursor (self));
}

static gboolean
is_finger (GtkGesture *gesture)
{
  GdkDevice *device = gtk_event_controller_get_current_event_device (GTK_EVENT_CONTROLLER (gesture));

  return device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN;
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, LimnCanvas *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  gboolean finger = is_finger (GTK_GESTURE (gesture));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!self->picture || self->pen_down ||
      !(finger || button == GDK_BUTTON_MIDDLE ||
        (button == GDK_BUTTON_PRIMARY && (self->space_held || limn_canvas_get_tool (self) == LIMN_TOOL_HAND))))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  /* A finger may become one of two. */
  if (!finger)
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->dragging = TRUE;
  self->drag_x = self->drag_y = 0;
  limn_canvas_update_cursor (self);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, LimnCanvas *self)
{
  if (!self->dragging)
    return;
  pan (self, dx - self->drag_x, dy - self->drag_y);
  self->drag_x = dx;
  self->drag_y = dy;
}

static void
on_drag_end (GtkGesture *gesture, GdkEventSequence *sequence, LimnCanvas *self)
{
  self->dragging = FALSE;
  limn_canvas_update_cursor (self);
}

/* --- Keys --- */

static gboolean
pan_by_key (LimnCanvas *self, double dx, double dy)
{
  /* Where there is nowhere to go the key moves the focus, as everywhere. */
  if (!self->picture || !limn_canvas_view_can_pan (&self->view, dx != 0))
    return GDK_EVENT_PROPAGATE;
  pan (self, dx, dy);
  return GDK_EVENT_STOP;
}

static gboolean
on_key_pressed (GtkEventControllerKey *key, guint keyval, guint keycode, GdkModifierType state, LimnCanvas *self)
{
  /* Of the divider inside: its own. */
  if (!gtk_widget_has_focus (GTK_WIDGET (self)) || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)))
    return GDK_EVENT_PROPAGATE;
  switch (keyval)
    {
    case GDK_KEY_space:
      self->space_held = TRUE;
      limn_canvas_update_cursor (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      if (!self->pen_down)
        return GDK_EVENT_PROPAGATE;
      limn_canvas_pen (self, LIMN_PEN_CANCEL, 0, 0, 0, FALSE, 0);
      return GDK_EVENT_STOP;
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      return pan_by_key (self, PAN_STEP, 0);
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      return pan_by_key (self, -PAN_STEP, 0);
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return pan_by_key (self, 0, PAN_STEP);
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return pan_by_key (self, 0, -PAN_STEP);
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
release_space (LimnCanvas *self)
{
  self->space_held = FALSE;
  limn_canvas_update_cursor (self);
}

static void
on_key_released (GtkEventControllerKey *key, guint keyval, guint keycode, GdkModifierType state, LimnCanvas *self)
{
  if (keyval == GDK_KEY_space)
    release_space (self);
}

void
limn_canvas_add_input (LimnCanvas *self)
{
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES | GTK_EVENT_CONTROLLER_SCROLL_KINETIC);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkWidget *widget = GTK_WIDGET (self);

  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (on_key_released), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (release_space), self);
  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "end", G_CALLBACK (on_drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_drag_end), self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, focus);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_gesture_group (drag, pinch);
}
