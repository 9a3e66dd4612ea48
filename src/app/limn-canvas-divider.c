/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-canvas-divider.h"

#include <glib/gi18n.h>

struct _LimnCanvasDivider
{
  GtkWidget parent_instance;

  double    value;
};

enum
{
  PROP_0,
  PROP_VALUE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint signal_dragged;

G_DEFINE_FINAL_TYPE (LimnCanvasDivider, limn_canvas_divider, GTK_TYPE_WIDGET)

static void
update_accessible (LimnCanvasDivider *self)
{
  g_autofree char *text = NULL;

  /* Translators: where the divider between two pictures stands, in percent of their width. */
  text = g_strdup_printf (_("%.0f %%"), self->value * 100);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, self->value,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
set_value (LimnCanvasDivider *self, double value)
{
  value = CLAMP (value, 0, 1);
  if (self->value == value)
    return;
  self->value = value;
  update_accessible (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

/* The arguments are a part of the width, towards the end of the line or, with the second, towards the right. */
static gboolean
on_move (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnCanvasDivider *self = LIMN_CANVAS_DIVIDER (widget);
  double by = g_variant_get_double (arguments);

  set_value (self, self->value + (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? -by : by));
  return TRUE;
}

static gboolean
on_go_to (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  set_value (LIMN_CANVAS_DIVIDER (widget), g_variant_get_double (arguments));
  return TRUE;
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, LimnCanvasDivider *self)
{
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));
  double x, y;
  graphene_point_t to;

  /* Where the pointer is now in the parent: the offsets are from a place that moves along. */
  if (gtk_gesture_get_point (GTK_GESTURE (gesture), NULL, &x, &y) &&
      gtk_widget_compute_point (GTK_WIDGET (self), parent, &GRAPHENE_POINT_INIT (x, y), &to))
    g_signal_emit (self, signal_dragged, 0, (double) to.x);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, LimnCanvasDivider *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/* A white line with a dark edge, to be seen on any picture, and a knob to take hold of. */
static void
limn_canvas_divider_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  float width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  float middle = width / 2, knob = 11;
  const GdkRGBA white = { 1, 1, 1, 1 }, dark = { 0, 0, 0, 0.35 };
  GskRoundedRect round;
  graphene_rect_t box = GRAPHENE_RECT_INIT (middle - knob, height / 2 - knob, 2 * knob, 2 * knob);

  gtk_snapshot_append_color (snapshot, &dark, &GRAPHENE_RECT_INIT (middle - 2, 0, 4, height));
  gtk_snapshot_append_color (snapshot, &white, &GRAPHENE_RECT_INIT (middle - 1, 0, 2, height));
  gsk_rounded_rect_init_from_rect (&round, &box, knob);
  gtk_snapshot_append_outset_shadow (snapshot, &round, &dark, 0, 1, 1, 3);
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  gtk_snapshot_append_color (snapshot, &white, &box);
  gtk_snapshot_pop (snapshot);
  for (int i = -1; i <= 1; i += 2)
    gtk_snapshot_append_color (snapshot, &dark, &GRAPHENE_RECT_INIT (middle + 3 * i - 1, height / 2 - 5, 2, 10));
}

static void
limn_canvas_divider_measure (GtkWidget      *widget,
                             GtkOrientation  orientation,
                             int             for_size,
                             int            *minimum,
                             int            *natural,
                             int            *minimum_baseline,
                             int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? LIMN_CANVAS_DIVIDER_WIDTH : 0;
}

static void
limn_canvas_divider_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_VALUE)
    g_value_set_double (value, LIMN_CANVAS_DIVIDER (object)->value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_canvas_divider_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_VALUE)
    set_value (LIMN_CANVAS_DIVIDER (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_canvas_divider_class_init (LimnCanvasDividerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = limn_canvas_divider_get_property;
  object_class->set_property = limn_canvas_divider_set_property;
  widget_class->snapshot = limn_canvas_divider_snapshot;
  widget_class->measure = limn_canvas_divider_measure;
  properties[PROP_VALUE] =
    g_param_spec_double ("value", NULL, NULL, 0, 1, 0.5, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signal_dragged = g_signal_new ("dragged", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "divider");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, on_move, "d", -0.01);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, on_move, "d", 0.01);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Left, 0, on_move, "d", -0.01);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Right, 0, on_move, "d", 0.01);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, GDK_CONTROL_MASK, on_move, "d", -0.1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, GDK_CONTROL_MASK, on_move, "d", 0.1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, on_go_to, "d", 0.0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, on_go_to, "d", 1.0);
}

static void
limn_canvas_divider_init (LimnCanvasDivider *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->value = 0.5;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "ew-resize");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), _("Drag to show more of the one picture or of the other"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Divider between the two pictures"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, -1);
  update_accessible (self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

GtkWidget *
limn_canvas_divider_new (void)
{
  return g_object_new (LIMN_TYPE_CANVAS_DIVIDER, NULL);
}
