/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-pad.h"

#include <glib/gi18n.h>
#include <math.h>

/* In the widget's units. */
#define STRIP_HEIGHT 88
#define MIN_WIDTH 96
#define MIN_SIDE 160
#define NATURAL_SIDE 320
#define CORNER 12
#define GAP 1
#define POINT 13
#define BAR 4
/* What is not painted yet is hinted at. */
#define HINT 0.4
#define KEY_STEP 0.01
#define KEY_PAGE 0.1

struct _LimnBlendPad
{
  GtkWidget     parent_instance;

  LimnBlendMap *map;
  GdkTexture   *ends[4];
  gboolean      square;
  double        u;
  double        v;
  gboolean      dragging;
};

enum
{
  PROP_0,
  PROP_U,
  PROP_V,
  PROP_SQUARE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnBlendPad, limn_blend_pad, GTK_TYPE_WIDGET)

static gboolean
is_rtl (LimnBlendPad *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* --- The point --- */

static void
say_place (LimnBlendPad *self)
{
  g_autofree char *text = NULL;

  if (self->square)
    /* Translators: where a point is in a square: %1$.0f percent of the way from its start to its end, and %2$.0f percent of the way down. */
    text = g_strdup_printf (_("%1$.0f %% across, %2$.0f %% down"), self->u * 100, self->v * 100);
  else
    /* Translators: how far a point is on the way from the first picture to the second. */
    text = g_strdup_printf (_("%.0f %% of the way"), self->u * 100);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, self->u * 100,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
set_point (LimnBlendPad *self, double u, double v)
{
  u = CLAMP (u, 0, 1);
  v = self->square ? CLAMP (v, 0, 1) : self->v;
  g_object_freeze_notify (G_OBJECT (self));
  if (u != self->u)
    {
      self->u = u;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_U]);
    }
  if (v != self->v)
    {
      self->v = v;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_V]);
    }
  g_object_thaw_notify (G_OBJECT (self));
  say_place (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
set_square (LimnBlendPad *self, gboolean square)
{
  if (self->map && self->square == square)
    return;
  self->square = square;
  g_clear_pointer (&self->map, limn_blend_map_free);
  self->map = square ? limn_blend_map_new (LIMN_BLEND_MAP_SIDE, LIMN_BLEND_MAP_SIDE) : limn_blend_map_new (LIMN_BLEND_MAP_STRIP, 1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), square ? _("Drag the point: the nearer a corner, the more the picture is like it")
                                                         : _("Drag along: the nearer an end, the more the picture is like it"));
  say_place (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SQUARE]);
}

static void
take_pointer (LimnBlendPad *self, double x, double y)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));

  if (width <= 0 || height <= 0)
    return;
  set_point (self, (is_rtl (self) ? width - x : x) / width, y / height);
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, LimnBlendPad *self)
{
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->dragging = TRUE;
  take_pointer (self, x, y);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, LimnBlendPad *self)
{
  double x, y;

  if (self->dragging && gtk_gesture_drag_get_start_point (drag, &x, &y))
    take_pointer (self, x + dx, y + dy);
}

static void
on_drag_end (LimnBlendPad *self)
{
  self->dragging = FALSE;
}

/* Arguments: by how much to the right, and down. */
static gboolean
on_arrow (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (widget);
  double right, down;

  g_variant_get (arguments, "(dd)", &right, &down);
  if (down != 0 && !self->square)
    return FALSE;
  /* Steps stay where the artist can find them again. */
  set_point (self, round ((self->u + (is_rtl (self) ? -right : right)) / KEY_STEP) * KEY_STEP,
             round ((self->v + down) / KEY_STEP) * KEY_STEP);
  return TRUE;
}

static gboolean
on_row_end (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (widget);

  set_point (self, g_variant_get_boolean (arguments), self->v);
  return TRUE;
}

static gboolean
on_column_end (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (widget);

  if (!self->square)
    return FALSE;
  set_point (self, self->u, g_variant_get_boolean (arguments));
  return TRUE;
}

/* --- Drawing --- */

/* All of @place is covered; what does not fit is cut off evenly. */
static void
append_cover (GtkSnapshot *snapshot, GdkTexture *texture, const graphene_rect_t *place)
{
  double zoom = MAX (place->size.width / gdk_texture_get_width (texture), place->size.height / gdk_texture_get_height (texture));
  float width = gdk_texture_get_width (texture) * zoom, height = gdk_texture_get_height (texture) * zoom;

  gtk_snapshot_push_clip (snapshot, place);
  gtk_snapshot_append_texture (snapshot, texture,
                               &GRAPHENE_RECT_INIT (place->origin.x + (place->size.width - width) / 2,
                                                    place->origin.y + (place->size.height - height) / 2, width, height));
  gtk_snapshot_pop (snapshot);
}

/* Each end over those before it, as much as leaves all of them their weight. */
static void
snapshot_hint (LimnBlendPad *self, GtkSnapshot *snapshot, const graphene_rect_t *place, double u, double v)
{
  const double weights[4] = { (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v };
  double sum = 0;

  gtk_snapshot_push_opacity (snapshot, HINT);
  for (guint i = 0; i < (self->square ? 4 : 2); i++)
    {
      if (!self->ends[i] || weights[i] <= 0)
        continue;
      sum += weights[i];
      gtk_snapshot_push_opacity (snapshot, weights[i] / sum);
      append_cover (snapshot, self->ends[i], place);
      gtk_snapshot_pop (snapshot);
    }
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_map (LimnBlendPad *self, GtkSnapshot *snapshot, double width, double height)
{
  guint columns = limn_blend_map_get_columns (self->map), rows = limn_blend_map_get_rows (self->map);

  for (guint row = 0; row < rows; row++)
    for (guint column = 0; column < columns; column++)
      {
        /* On whole units, lest the seams be of different widths. */
        double x = round (width * column / columns), end = round (width * (column + 1) / columns);
        double y = round (height * row / rows), bottom = round (height * (row + 1) / rows);
        GdkTexture *texture = limn_blend_map_get (self->map, column, row);
        graphene_rect_t place;

        place = GRAPHENE_RECT_INIT (is_rtl (self) ? width - end : x, y, end - x - (column + 1 < columns ? GAP : 0),
                                    bottom - y - (row + 1 < rows ? GAP : 0));
        if (texture)
          append_cover (snapshot, texture, &place);
        else
          snapshot_hint (self, snapshot, &place, (column + 0.5) / columns, self->square ? (row + 0.5) / rows : 0);
      }
}

static void
snapshot_ring (GtkSnapshot *snapshot, const graphene_rect_t *box, double radius, double inset, double width, const GdkRGBA *colour)
{
  const float widths[4] = { width, width, width, width };
  const GdkRGBA colours[4] = { *colour, *colour, *colour, *colour };
  graphene_rect_t inner = *box;
  GskRoundedRect outline;

  graphene_rect_inset (&inner, inset, inset);
  gsk_rounded_rect_init_from_rect (&outline, &inner, MAX (radius - inset, 0));
  gtk_snapshot_append_border (snapshot, &outline, widths, colours);
}

/* White between two dark lines: to be seen on any picture. */
static void
snapshot_point (LimnBlendPad *self, GtkSnapshot *snapshot, double width, double height)
{
  const GdkRGBA dark = { 0, 0, 0, 0.55 }, white = { 1, 1, 1, 1 };
  double x = (is_rtl (self) ? 1 - self->u : self->u) * width, y = self->v * height;
  graphene_rect_t box;
  GskRoundedRect shape;

  if (self->square)
    {
      box = GRAPHENE_RECT_INIT (CLAMP (x, POINT, width - POINT) - POINT, CLAMP (y, POINT, height - POINT) - POINT, 2 * POINT, 2 * POINT);
      snapshot_ring (snapshot, &box, POINT, 0, 1, &dark);
      snapshot_ring (snapshot, &box, POINT, 1, 3, &white);
      snapshot_ring (snapshot, &box, POINT, 4, 1, &dark);
      return;
    }
  x = CLAMP (x, BAR, width - BAR);
  box = GRAPHENE_RECT_INIT (x - BAR, 0, 2 * BAR, height);
  gsk_rounded_rect_init_from_rect (&shape, &box, BAR);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, &dark, &box);
  gtk_snapshot_pop (snapshot);
  graphene_rect_inset (&box, 1.5, 1.5);
  gsk_rounded_rect_init_from_rect (&shape, &box, BAR);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, &white, &box);
  gtk_snapshot_pop (snapshot);
}

static void
limn_blend_pad_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GskRoundedRect outline;
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  colour.alpha *= 0.07;
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, height), CORNER);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &colour, &outline.bounds);
  snapshot_map (self, snapshot, width, height);
  gtk_snapshot_pop (snapshot);
  if (gtk_widget_is_sensitive (widget))
    snapshot_point (self, snapshot, width, height);
}

/* --- The widget --- */

static GtkSizeRequestMode
limn_blend_pad_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
limn_blend_pad_measure (GtkWidget      *widget,
                        GtkOrientation  orientation,
                        int             for_size,
                        int            *minimum,
                        int            *natural,
                        int            *minimum_baseline,
                        int            *natural_baseline)
{
  if (LIMN_BLEND_PAD (widget)->square)
    {
      *minimum = MIN_SIDE;
      *natural = NATURAL_SIDE;
    }
  else if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MIN_WIDTH;
      *natural = 2 * NATURAL_SIDE;
    }
  else
    *minimum = *natural = STRIP_HEIGHT;
}

static void
limn_blend_pad_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (object);

  switch (id)
    {
    case PROP_U:
      g_value_set_double (value, self->u);
      break;
    case PROP_V:
      g_value_set_double (value, self->v);
      break;
    case PROP_SQUARE:
      g_value_set_boolean (value, self->square);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_blend_pad_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (object);

  switch (id)
    {
    case PROP_U:
      set_point (self, g_value_get_double (value), self->v);
      break;
    case PROP_V:
      if (self->v != g_value_get_double (value))
        {
          self->v = g_value_get_double (value);
          g_object_notify_by_pspec (object, properties[PROP_V]);
          say_place (self);
          gtk_widget_queue_draw (GTK_WIDGET (self));
        }
      break;
    case PROP_SQUARE:
      set_square (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_blend_pad_finalize (GObject *object)
{
  LimnBlendPad *self = LIMN_BLEND_PAD (object);

  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++)
    g_clear_object (&self->ends[i]);
  limn_blend_map_free (self->map);
  G_OBJECT_CLASS (limn_blend_pad_parent_class)->finalize (object);
}

static void
add_arrow (GtkWidgetClass *widget_class, guint key, guint keypad_key, double right, double down)
{
  gtk_widget_class_add_binding (widget_class, key, 0, on_arrow, "(dd)", right * KEY_STEP, down * KEY_STEP);
  gtk_widget_class_add_binding (widget_class, keypad_key, 0, on_arrow, "(dd)", right * KEY_STEP, down * KEY_STEP);
  gtk_widget_class_add_binding (widget_class, key, GDK_CONTROL_MASK, on_arrow, "(dd)", right * KEY_PAGE, down * KEY_PAGE);
  gtk_widget_class_add_binding (widget_class, keypad_key, GDK_CONTROL_MASK, on_arrow, "(dd)", right * KEY_PAGE, down * KEY_PAGE);
}

static void
limn_blend_pad_class_init (LimnBlendPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_blend_pad_get_property;
  object_class->set_property = limn_blend_pad_set_property;
  object_class->finalize = limn_blend_pad_finalize;
  widget_class->snapshot = limn_blend_pad_snapshot;
  widget_class->measure = limn_blend_pad_measure;
  widget_class->get_request_mode = limn_blend_pad_get_request_mode;

  properties[PROP_U] = g_param_spec_double ("u", NULL, NULL, 0, 1, 0.5, flags);
  properties[PROP_V] = g_param_spec_double ("v", NULL, NULL, 0, 1, 0.5, flags);
  properties[PROP_SQUARE] = g_param_spec_boolean ("square", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "blendpad");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  add_arrow (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, -1, 0);
  add_arrow (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, 1, 0);
  add_arrow (widget_class, GDK_KEY_Up, GDK_KEY_KP_Up, 0, -1);
  add_arrow (widget_class, GDK_KEY_Down, GDK_KEY_KP_Down, 0, 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, on_row_end, "b", FALSE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, on_row_end, "b", TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Page_Up, 0, on_column_end, "b", FALSE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Page_Down, 0, on_column_end, "b", TRUE);
}

static void
limn_blend_pad_init (LimnBlendPad *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->u = self->v = 0.5;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Where between the pictures"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 100.0, -1);
  set_square (self, FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect_swapped (drag, "end", G_CALLBACK (on_drag_end), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (on_drag_end), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

/* --- Public --- */

void
limn_blend_pad_set_end (LimnBlendPad *self, guint index, GdkTexture *picture)
{
  g_return_if_fail (LIMN_IS_BLEND_PAD (self) && index < G_N_ELEMENTS (self->ends));

  if (g_set_object (&self->ends[index], picture))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

LimnBlendMap *
limn_blend_pad_get_map (LimnBlendPad *self)
{
  g_return_val_if_fail (LIMN_IS_BLEND_PAD (self), NULL);

  return self->map;
}

void
limn_blend_pad_map_changed (LimnBlendPad *self)
{
  g_return_if_fail (LIMN_IS_BLEND_PAD (self));

  gtk_widget_queue_draw (GTK_WIDGET (self));
}
