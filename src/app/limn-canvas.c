/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which filter draws the picture was decided by looking. Where the artist zoomed to 100 % or more, pixels keep their edges: who goes there
 * wants to see them. A small picture that is merely fitted is enlarged smoothly: at four times its size, as the starter model's are, edges
 * of pixels are all that one would see of it. Below 100 % there is always a smooth filter. Nothing is ever blended from one frame
 * into the next: what is shown is the frame. */
#include "config.h"

#include "app/limn-canvas-private.h"

#include <glib/gi18n.h>

/* Squares of the board, in the widget's units. */
#define SQUARE 12
#define LABEL_MARGIN 8

enum
{
  PROP_0,
  PROP_ZOOM,
  PROP_FIT,
  PROP_HAS_PICTURE,
  PROP_COMPARING,
  PROP_DIVIDER,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnCanvas, limn_canvas, GTK_TYPE_WIDGET)

static void
update_actions (LimnCanvas *self)
{
  static const char *const names[] = { "zoom-in", "zoom-out", "fit", "actual-size" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), names[i])),
                                 self->picture != NULL);
}

void
limn_canvas_view_changed (LimnCanvas *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIT]);
  if (self->other || gtk_widget_get_visible (self->grow_label))
    gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Actions --- */

void
limn_canvas_zoom_about (LimnCanvas *self, double zoom, double x, double y)
{
  if (!self->picture)
    return;
  limn_canvas_view_zoom_about (&self->view, zoom, x, y);
  limn_canvas_view_changed (self);
}

static void
zoom_about_middle (LimnCanvas *self, double zoom)
{
  limn_canvas_zoom_about (self, zoom, self->view.view_width / 2, self->view.view_height / 2);
}

static void
on_zoom_in (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnCanvas *self = data;

  zoom_about_middle (self, limn_canvas_view_get_stop (&self->view, TRUE));
}

static void
on_zoom_out (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnCanvas *self = data;

  zoom_about_middle (self, limn_canvas_view_get_stop (&self->view, FALSE));
}

static void
on_actual_size (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  zoom_about_middle (data, 1);
}

static void
set_fit (LimnCanvas *self, gboolean fit)
{
  if (fit)
    limn_canvas_view_set_fit (&self->view);
  else
    self->view.fit = FALSE;
  limn_canvas_view_changed (self);
}

static void
on_fit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  set_fit (data, TRUE);
}

/* --- Where things are --- */

static gboolean
is_rtl (LimnCanvas *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

void
limn_canvas_get_picture_rect (LimnCanvas *self, graphene_rect_t *rect)
{
  double x, y;

  limn_canvas_view_get_origin (&self->view, &x, &y);
  *rect = GRAPHENE_RECT_INIT (x, y, self->view.width * self->view.zoom, self->view.height * self->view.zoom);
}

/* In the widget's units. */
static double
get_divider_x (LimnCanvas *self)
{
  double part = is_rtl (self) ? 1 - self->divider : self->divider;
  double x, y;

  limn_canvas_view_from_image (&self->view, part * self->view.width, 0, &x, &y);
  return x;
}

static void
set_divider (LimnCanvas *self, double divider)
{
  divider = CLAMP (divider, 0, 1);
  if (self->divider == divider)
    return;
  self->divider = divider;
  g_object_set (self->divider_widget, "value", divider, NULL);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DIVIDER]);
}

static void
on_divider_value (LimnCanvas *self)
{
  double value;

  g_object_get (self->divider_widget, "value", &value, NULL);
  set_divider (self, value);
}

static void
on_divider_dragged (LimnCanvas *self, double x)
{
  double image_x, image_y, part;

  if (!limn_canvas_to_image (self, x, 0, &image_x, &image_y))
    return;
  part = image_x / self->view.width;
  set_divider (self, is_rtl (self) ? 1 - part : part);
}

static double
get_scale (LimnCanvas *self)
{
#if GTK_CHECK_VERSION(4, 12, 0)
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  GdkSurface *surface = native ? gtk_native_get_surface (native) : NULL;

  if (surface)
    return gdk_surface_get_scale (surface);
#endif
  return gtk_widget_get_scale_factor (GTK_WIDGET (self));
}

static void
update_size (LimnCanvas *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));

  limn_canvas_view_set_size (&self->view, width, height, get_scale (self));
}

static void
on_scale_changed (LimnCanvas *self)
{
  update_size (self);
  limn_canvas_view_changed (self);
}

static void
allocate_label (GtkWidget *label, const graphene_rect_t *room, gboolean on_the_right)
{
  int minimum, natural, height, width;
  float x;

  gtk_widget_measure (label, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  width = MAX (minimum, MIN (natural, (int) room->size.width / 2 - 2 * LABEL_MARGIN));
  gtk_widget_measure (label, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  x = on_the_right ? room->origin.x + room->size.width - width - LABEL_MARGIN : room->origin.x + LABEL_MARGIN;
  gtk_widget_allocate (label, width, height, -1,
                       gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (x, room->origin.y + LABEL_MARGIN)));
}

static void
limn_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnCanvas *self = LIMN_CANVAS (widget);
  double zoom = self->view.zoom;
  graphene_rect_t rect, room;
  gboolean on_screen;

  limn_canvas_view_set_size (&self->view, width, height, get_scale (self));
  if (self->view.zoom != zoom)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
  limn_canvas_grow_allocate (self);
  if (!self->other)
    return;
  limn_canvas_get_picture_rect (self, &rect);
  graphene_rect_scale (&rect, 1 / self->view.scale, 1 / self->view.scale, &rect);
  on_screen = graphene_rect_intersection (&rect, &GRAPHENE_RECT_INIT (0, 0, width, height), &room);
  gtk_widget_set_child_visible (self->divider_widget, on_screen);
  gtk_widget_set_child_visible (self->other_label, on_screen);
  gtk_widget_set_child_visible (self->picture_label, on_screen);
  if (!on_screen)
    return;
  gtk_widget_measure (self->divider_widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_allocate (self->divider_widget, LIMN_CANVAS_DIVIDER_WIDTH, MAX (1, (int) room.size.height), -1,
                       gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (get_divider_x (self) - LIMN_CANVAS_DIVIDER_WIDTH / 2.0,
                                                                            room.origin.y)));
  allocate_label (self->other_label, &room, is_rtl (self));
  allocate_label (self->picture_label, &room, !is_rtl (self));
}

static void
limn_canvas_measure (GtkWidget      *widget,
                     GtkOrientation  orientation,
                     int             for_size,
                     int            *minimum,
                     int            *natural,
                     int            *minimum_baseline,
                     int            *natural_baseline)
{
  *minimum = *natural = 0;
}

/* --- Drawing --- */

/* Greys of no hue, lest they change how the picture's colours look; close together, since the board is no pattern to look at. */
static void
snapshot_board (LimnCanvas *self, GtkSnapshot *snapshot, float width, float height)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  float ground = dark ? 0.11 : 0.90, square = dark ? 0.13 : 0.875;
  const GdkRGBA ground_colour = { ground, ground, ground, 1 }, square_colour = { square, square, square, 1 };

  gtk_snapshot_append_color (snapshot, &ground_colour, &GRAPHENE_RECT_INIT (0, 0, width, height));
  gtk_snapshot_push_repeat (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height),
                            &GRAPHENE_RECT_INIT (0, 0, 2 * SQUARE, 2 * SQUARE));
  gtk_snapshot_append_color (snapshot, &square_colour, &GRAPHENE_RECT_INIT (0, 0, SQUARE, SQUARE));
  gtk_snapshot_append_color (snapshot, &square_colour, &GRAPHENE_RECT_INIT (SQUARE, SQUARE, SQUARE, SQUARE));
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_edge (GtkSnapshot *snapshot, const graphene_rect_t *rect, double scale)
{
  const GdkRGBA edge = { 0, 0, 0, 0.22 }, shadow = { 0, 0, 0, 0.28 };
  graphene_rect_t units;
  GskRoundedRect outline;

  graphene_rect_scale (rect, 1 / scale, 1 / scale, &units);
  gsk_rounded_rect_init_from_rect (&outline, &units, 0);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &edge, 0, 0, 1, 0);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &shadow, 0, 2, 0, 10);
}

static void
snapshot_side (LimnCanvas            *self,
               GtkSnapshot           *snapshot,
               LimnCanvasPicture     *picture,
               const graphene_rect_t *rect,
               float                  from,
               float                  to)
{
  double scale = self->view.scale;
  graphene_rect_t visible = GRAPHENE_RECT_INIT (from * scale, 0, (to - from) * scale, self->view.view_height * scale);
  gboolean crisp = !self->view.fit || self->view.zoom == 1;

  if (to <= from)
    return;
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (from, 0, to - from, self->view.view_height));
  limn_canvas_picture_snapshot (picture, snapshot, rect, &visible, scale, crisp);
  gtk_snapshot_pop (snapshot);
}

static void
limn_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnCanvas *self = LIMN_CANVAS (widget);
  float width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t rect;

  snapshot_board (self, snapshot, width, height);
  if (!self->picture)
    return;
  limn_canvas_get_picture_rect (self, &rect);
  limn_canvas_snapshot_room (self, snapshot);
  snapshot_edge (snapshot, &rect, self->view.scale);
  if (!self->other)
    snapshot_side (self, snapshot, self->picture, &rect, 0, width);
  else
    {
      float x = CLAMP (get_divider_x (self), 0, width);

      snapshot_side (self, snapshot, is_rtl (self) ? self->picture : self->other, &rect, 0, x);
      snapshot_side (self, snapshot, is_rtl (self) ? self->other : self->picture, &rect, x, width);
    }
  limn_canvas_snapshot_marks (self, snapshot);
  limn_canvas_snapshot_tool (self, snapshot);
  limn_canvas_snapshot_handles (self, snapshot);
  gtk_widget_snapshot_child (widget, self->grow_label, snapshot);
  gtk_widget_snapshot_child (widget, self->other_label, snapshot);
  gtk_widget_snapshot_child (widget, self->picture_label, snapshot);
  gtk_widget_snapshot_child (widget, self->divider_widget, snapshot);
}

/* --- The widget --- */

static void
limn_canvas_realize (GtkWidget *widget)
{
  LimnCanvas *self = LIMN_CANVAS (widget);

  GTK_WIDGET_CLASS (limn_canvas_parent_class)->realize (widget);
#if GTK_CHECK_VERSION(4, 12, 0)
  /* The scale factor is a whole number and stays where a fraction changes. */
  self->surface = g_object_ref (gtk_native_get_surface (gtk_widget_get_native (widget)));
  g_signal_connect_swapped (self->surface, "notify::scale", G_CALLBACK (on_scale_changed), self);
#endif
  update_size (self);
}

static void
limn_canvas_unrealize (GtkWidget *widget)
{
  LimnCanvas *self = LIMN_CANVAS (widget);

  if (self->surface)
    g_signal_handlers_disconnect_by_data (self->surface, self);
  g_clear_object (&self->surface);
  GTK_WIDGET_CLASS (limn_canvas_parent_class)->unrealize (widget);
}

static void
limn_canvas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnCanvas *self = LIMN_CANVAS (object);

  switch (id)
    {
    case PROP_ZOOM:
      g_value_set_double (value, self->view.zoom);
      break;
    case PROP_FIT:
      g_value_set_boolean (value, self->view.fit);
      break;
    case PROP_HAS_PICTURE:
      g_value_set_boolean (value, self->picture != NULL);
      break;
    case PROP_COMPARING:
      g_value_set_boolean (value, self->other != NULL);
      break;
    case PROP_DIVIDER:
      g_value_set_double (value, self->divider);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_canvas_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnCanvas *self = LIMN_CANVAS (object);

  switch (id)
    {
    case PROP_ZOOM:
      zoom_about_middle (self, g_value_get_double (value));
      break;
    case PROP_FIT:
      set_fit (self, g_value_get_boolean (value));
      break;
    case PROP_DIVIDER:
      set_divider (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_canvas_dispose (GObject *object)
{
  LimnCanvas *self = LIMN_CANVAS (object);

  g_clear_pointer (&self->picture, limn_canvas_picture_free);
  g_clear_pointer (&self->other, limn_canvas_picture_free);
  limn_canvas_pen_dispose (self);
  g_clear_pointer (&self->grow_label, gtk_widget_unparent);
  g_clear_pointer (&self->divider_widget, gtk_widget_unparent);
  g_clear_pointer (&self->other_label, gtk_widget_unparent);
  g_clear_pointer (&self->picture_label, gtk_widget_unparent);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (limn_canvas_parent_class)->dispose (object);
}

static void
limn_canvas_class_init (LimnCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = limn_canvas_dispose;
  object_class->get_property = limn_canvas_get_property;
  object_class->set_property = limn_canvas_set_property;
  widget_class->size_allocate = limn_canvas_size_allocate;
  widget_class->measure = limn_canvas_measure;
  widget_class->snapshot = limn_canvas_snapshot;
  widget_class->realize = limn_canvas_realize;
  widget_class->unrealize = limn_canvas_unrealize;

  properties[PROP_ZOOM] =
    g_param_spec_double ("zoom", NULL, NULL, 0, 1000, 1, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_FIT] =
    g_param_spec_boolean ("fit", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_HAS_PICTURE] =
    g_param_spec_boolean ("has-picture", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_COMPARING] =
    g_param_spec_boolean ("comparing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_DIVIDER] = g_param_spec_double ("divider", NULL, NULL, 0, 1, 0.5,
                                                  G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static GtkWidget *
new_label (LimnCanvas *self)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "osd");
  gtk_widget_add_css_class (label, "canvas-label");
  gtk_widget_set_can_target (label, FALSE);
  gtk_widget_set_visible (label, FALSE);
  gtk_widget_set_parent (label, GTK_WIDGET (self));
  return label;
}

static void
limn_canvas_init (LimnCanvas *self)
{
  static const GActionEntry entries[] = {
    { .name = "zoom-in", .activate = on_zoom_in },
    { .name = "zoom-out", .activate = on_zoom_out },
    { .name = "fit", .activate = on_fit },
    { .name = "actual-size", .activate = on_actual_size },
  };
  GtkWidget *widget = GTK_WIDGET (self);

  limn_canvas_view_init (&self->view);
  self->divider = 0.5;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (widget, "canvas", G_ACTION_GROUP (self->actions));

  self->grow_label = new_label (self);
  self->other_label = new_label (self);
  self->picture_label = new_label (self);
  self->divider_widget = limn_canvas_divider_new ();
  gtk_widget_set_visible (self->divider_widget, FALSE);
  gtk_widget_set_parent (self->divider_widget, widget);
  g_signal_connect_swapped (self->divider_widget, "notify::value", G_CALLBACK (on_divider_value), self);
  g_signal_connect_swapped (self->divider_widget, "dragged", G_CALLBACK (on_divider_dragged), self);

  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (on_scale_changed), NULL);
  limn_canvas_add_input (self);
  limn_canvas_add_pen (self);
  limn_canvas_set_name (self, NULL);
  update_actions (self);
}

GtkWidget *
limn_canvas_new (void)
{
  return g_object_new (LIMN_TYPE_CANVAS, NULL);
}

static void
on_picture_better (gpointer data)
{
  gtk_widget_queue_draw (data);
}

/* --- Public --- */

void
limn_canvas_set_frame (LimnCanvas *self, LimnImage *frame, guint width, guint height)
{
  gboolean had = self->picture != NULL;

  g_return_if_fail (LIMN_IS_CANVAS (self));
  g_return_if_fail (!frame || (width > 0 && height > 0));

  if (had && frame == limn_canvas_picture_get_image (self->picture) && width == self->view.width && height == self->view.height)
    return;
  g_clear_pointer (&self->picture, limn_canvas_picture_free);
  if (frame)
    {
      self->picture = limn_canvas_picture_new (frame, on_picture_better, self);
      /* Where it is taken away the place is kept for the next: a new picture of the same size has nothing to show at first. */
      limn_canvas_view_set_picture (&self->view, width, height);
    }
  else
    limn_canvas_compare (self, NULL);
  if (had != (frame != NULL))
    {
      update_actions (self);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_PICTURE]);
    }
  limn_canvas_view_changed (self);
}

void
limn_canvas_set_picture (LimnCanvas *self, LimnImage *picture)
{
  limn_canvas_set_frame (self, picture, picture ? limn_image_get_width (picture) : 0, picture ? limn_image_get_height (picture) : 0);
}

LimnImage *
limn_canvas_get_picture (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), NULL);

  return self->picture ? limn_canvas_picture_get_image (self->picture) : NULL;
}

void
limn_canvas_set_name (LimnCanvas *self, const char *name)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name ? name : _("Canvas"), -1);
}

static void
update_labels (LimnCanvas *self)
{
  gtk_widget_set_visible (self->other_label, self->other && *gtk_label_get_label (GTK_LABEL (self->other_label)));
  gtk_widget_set_visible (self->picture_label, self->other && *gtk_label_get_label (GTK_LABEL (self->picture_label)));
}

void
limn_canvas_compare (LimnCanvas *self, LimnImage *other)
{
  gboolean had = self->other != NULL;

  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (had && other == limn_canvas_picture_get_image (self->other))
    return;
  g_clear_pointer (&self->other, limn_canvas_picture_free);
  if (other)
    self->other = limn_canvas_picture_new (other, on_picture_better, self);
  gtk_widget_set_visible (self->divider_widget, other != NULL);
  update_labels (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (had != (other != NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COMPARING]);
}

void
limn_canvas_set_compare_names (LimnCanvas *self, const char *other, const char *picture)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  gtk_label_set_label (GTK_LABEL (self->other_label), other ? other : "");
  gtk_label_set_label (GTK_LABEL (self->picture_label), picture ? picture : "");
  update_labels (self);
}

gboolean
limn_canvas_to_image (LimnCanvas *self, double x, double y, double *image_x, double *image_y)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), FALSE);

  if (!self->picture)
    return FALSE;
  limn_canvas_view_to_image (&self->view, x, y, image_x, image_y);
  return TRUE;
}

gboolean
limn_canvas_from_image (LimnCanvas *self, double image_x, double image_y, double *x, double *y)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), FALSE);

  if (!self->picture)
    return FALSE;
  limn_canvas_view_from_image (&self->view, image_x, image_y, x, y);
  return TRUE;
}

GActionGroup *
limn_canvas_get_actions (LimnCanvas *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS (self), NULL);

  return G_ACTION_GROUP (self->actions);
}
