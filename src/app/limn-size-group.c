/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-size-group.h"

#include "app/limn-number.h"
#include "app/limn-reset-button.h"
#include "app/limn-size-presets.h"

#include <glib/gi18n.h>
#include <math.h>

/* Long side to short side, as photographers and painters know them. */
static const struct
{
  guint a;
  guint b;
} shapes[] = { { 1, 1 }, { 4, 3 }, { 3, 2 }, { 16, 9 }, { 2, 1 } };

#define N_SHAPES G_N_ELEMENTS (shapes)

/* Where no model is known yet. */
#define DEFAULT_MULTIPLE 8

/* Of the drawn rectangle, on its long side. */
#define SHAPE_PX 20

struct _LimnSizeGroup
{
  AdwPreferencesGroup  parent_instance;

  LimnResetButton     *reset;
  GtkWidget           *shapes;
  GtkSpinButton       *width_spin;
  GtkSpinButton       *height_spin;
  AdwExpanderRow      *seamless_row;
  GtkSwitch           *wrap_x_switch;
  GtkSwitch           *wrap_y_switch;
  GtkToggleButton     *buttons[N_SHAPES];

  LimnDraft           *draft;
  gboolean             changing; /* by us, not by the artist */
};

G_DEFINE_FINAL_TYPE (LimnSizeGroup, limn_size_group, ADW_TYPE_PREFERENCES_GROUP)

static guint
get_multiple (LimnSizeGroup *self)
{
  LimnInspection *inspection = limn_draft_get_inspection (self->draft);

  return inspection && inspection->multiple > 0 ? inspection->multiple : DEFAULT_MULTIPLE;
}

/* Pixels that the model has learned from; those of the present size where no model is known. */
static guint
get_area (LimnSizeGroup *self)
{
  LimnInspection *inspection = limn_draft_get_inspection (self->draft);

  return inspection && inspection->width > 0 ? inspection->width * inspection->height
                                             : limn_draft_get_width (self->draft) * limn_draft_get_height (self->draft);
}

/* Whether there is a size to show: one that was chosen, or the model's once it has been looked at. */
static gboolean
is_known (LimnSizeGroup *self)
{
  return limn_draft_get_inspection (self->draft) || !(limn_draft_get_open (self->draft) & LIMN_REQUEST_OPEN_SIZE);
}

static gboolean
is_upright (LimnSizeGroup *self)
{
  return limn_draft_get_height (self->draft) > limn_draft_get_width (self->draft);
}

static void
fit_shape (LimnSizeGroup *self, guint shape, guint *width, guint *height)
{
  guint a = shapes[shape].a, b = shapes[shape].b;

  limn_size_fit (get_area (self), is_upright (self) ? (double) b / a : (double) a / b, get_multiple (self), LIMN_REQUEST_MAX_SIDE,
                 width, height);
}

static void
set_size (LimnSizeGroup *self, guint width, guint height)
{
  g_object_freeze_notify (G_OBJECT (self->draft));
  g_object_set (self->draft, "width", width, "height", height, NULL);
  g_object_thaw_notify (G_OBJECT (self->draft));
}

/* --- What is shown --- */

static void
name_shapes (LimnSizeGroup *self)
{
  gboolean known = is_known (self);

  for (guint i = 0; i < N_SHAPES; i++)
    {
      guint a = is_upright (self) ? shapes[i].b : shapes[i].a;
      guint b = is_upright (self) ? shapes[i].a : shapes[i].b;
      guint width, height;
      /* Translators: the shape of a picture: width to height. */
      g_autofree char *name = g_strdup_printf (_("%u:%u"), a, b);
      g_autofree char *tip = NULL;
      GtkWidget *box = gtk_button_get_child (GTK_BUTTON (self->buttons[i]));

      fit_shape (self, i, &width, &height);
      /* Translators: the shape of a picture (3:2), then its width and height in pixels. */
      tip = g_strdup_printf (_("%s: %u × %u, as many pixels as the model is used to"), name, width, height);
      gtk_label_set_label (GTK_LABEL (gtk_widget_get_last_child (box)), name);
      gtk_widget_set_tooltip_text (GTK_WIDGET (self->buttons[i]), known ? tip : name);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->buttons[i]), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      gtk_widget_queue_draw (gtk_widget_get_first_child (box));
      gtk_toggle_button_set_active (self->buttons[i],
                                    known && width == limn_draft_get_width (self->draft) &&
                                      height == limn_draft_get_height (self->draft));
    }
}

/* What is painted from a picture has its size, and a size that is not known cannot be changed. */
static void
show_whose (LimnSizeGroup *self)
{
  GtkWidget *parts[] = {
    gtk_widget_get_parent (GTK_WIDGET (self->reset)),
    self->shapes,
    gtk_widget_get_ancestor (GTK_WIDGET (self->width_spin), ADW_TYPE_ACTION_ROW),
    gtk_widget_get_ancestor (GTK_WIDGET (self->height_spin), ADW_TYPE_ACTION_ROW),
  };
  gboolean from_source;

  g_object_get (self->draft, "paint-from-source", &from_source, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    gtk_widget_set_sensitive (parts[i], !from_source && is_known (self));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), from_source ? _("That of the picture to change") : NULL);
}

static void
show_size (LimnSizeGroup *self)
{
  self->changing = TRUE;
  gtk_spin_button_set_value (self->width_spin, limn_draft_get_width (self->draft));
  gtk_spin_button_set_value (self->height_spin, limn_draft_get_height (self->draft));
  name_shapes (self);
  show_whose (self);
  self->changing = FALSE;
}

/* No number rather than a wrong one. */
static gboolean
on_output (GtkSpinButton *spin, LimnSizeGroup *self)
{
  if (is_known (self))
    return FALSE;
  gtk_editable_set_text (GTK_EDITABLE (spin), "");
  return TRUE;
}

static void
draw_shape (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LimnSizeGroup *self = LIMN_SIZE_GROUP (gtk_widget_get_ancestor (GTK_WIDGET (area), LIMN_TYPE_SIZE_GROUP));
  guint shape = GPOINTER_TO_UINT (data);
  double x = SHAPE_PX, y = SHAPE_PX * (double) shapes[shape].b / shapes[shape].a;
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (area)), &colour);
  gdk_cairo_set_source_rgba (cr, &colour);
  if (self && self->draft && is_upright (self))
    {
      double swap = x;

      x = y;
      y = swap;
    }
  x = round (x);
  y = round (y);
  cairo_set_line_width (cr, 2);
  cairo_rectangle (cr, floor ((width - x) / 2) + 1, floor ((height - y) / 2) + 1, x - 2, y - 2);
  cairo_stroke (cr);
}

static void
show_seamless (LimnSizeGroup *self)
{
  gboolean x, y;

  g_object_get (self->draft, "wrap-x", &x, "wrap-y", &y, NULL);
  adw_expander_row_set_subtitle (self->seamless_row, x && y ? _("All") : x ? _("Left and right") : y ? _("Above and below") : "");
}

/* --- What is chosen --- */

static void
on_shape (GtkButton *button, LimnSizeGroup *self)
{
  guint shape = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "limn-shape"));
  guint width, height;

  fit_shape (self, shape, &width, &height);
  set_size (self, width, height);
  /* Pressed once more it stays what it is. */
  show_size (self);
}

static void
on_swap (LimnSizeGroup *self)
{
  set_size (self, limn_draft_get_height (self->draft), limn_draft_get_width (self->draft));
}

static void
on_side_changed (GtkSpinButton *spin, LimnSizeGroup *self)
{
  guint typed = gtk_spin_button_get_value_as_int (spin);
  guint side = limn_size_snap (typed, get_multiple (self), LIMN_REQUEST_MAX_SIDE);

  if (self->changing)
    return;
  if (side != typed)
    {
      gtk_spin_button_set_value (spin, side);
      return;
    }
  g_object_set (self->draft, spin == self->width_spin ? "width" : "height", side, NULL);
}

/* A size that came with a picture is shown as it is, though it may not fit; the arrows go from multiple to multiple. */
static void
on_inspection (LimnSizeGroup *self)
{
  GtkSpinButton *spins[] = { self->width_spin, self->height_spin };
  guint multiple = get_multiple (self);

  self->changing = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (spins); i++)
    {
      gtk_spin_button_set_range (spins[i], 1, LIMN_REQUEST_MAX_SIDE);
      gtk_spin_button_set_increments (spins[i], multiple, 4 * multiple);
    }
  self->changing = FALSE;
  show_size (self);
}

/* --- The object --- */

static void
add_shapes (LimnSizeGroup *self)
{
  for (guint i = 0; i < N_SHAPES; i++)
    {
      GtkWidget *button = gtk_toggle_button_new ();
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
      GtkWidget *area = gtk_drawing_area_new ();
      GtkWidget *label = gtk_label_new (NULL);

      gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), SHAPE_PX);
      gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), SHAPE_PX);
      gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw_shape, GUINT_TO_POINTER (i), NULL);
      gtk_widget_add_css_class (label, "caption");
      gtk_box_append (GTK_BOX (box), area);
      gtk_box_append (GTK_BOX (box), label);
      gtk_button_set_child (GTK_BUTTON (button), box);
      gtk_widget_add_css_class (button, "flat");
      g_object_set_data (G_OBJECT (button), "limn-shape", GUINT_TO_POINTER (i));
      g_signal_connect (button, "clicked", G_CALLBACK (on_shape), self);
      gtk_box_append (GTK_BOX (self->shapes), button);
      self->buttons[i] = GTK_TOGGLE_BUTTON (button);
    }
}

static void
limn_size_group_dispose (GObject *object)
{
  LimnSizeGroup *self = LIMN_SIZE_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SIZE_GROUP);
  g_clear_object (&self->draft);
  G_OBJECT_CLASS (limn_size_group_parent_class)->dispose (object);
}

static void
limn_size_group_class_init (LimnSizeGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_size_group_dispose;
  g_type_ensure (LIMN_TYPE_RESET_BUTTON);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-size-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, reset);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, shapes);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, width_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, height_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, seamless_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, wrap_x_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, wrap_y_switch);
  gtk_widget_class_bind_template_callback (widget_class, on_swap);
}

static void
limn_size_group_init (LimnSizeGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_shapes (self);
}

void
limn_size_group_set_studio (LimnSizeGroup *self, LimnStudio *studio)
{
  LimnDraft *draft = limn_studio_get_draft (studio);
  GtkSpinButton *spins[] = { self->width_spin, self->height_spin };

  g_return_if_fail (self->draft == NULL);
  self->draft = g_object_ref (draft);
  limn_reset_button_bind (self->reset, draft, LIMN_REQUEST_OPEN_SIZE);
  for (guint i = 0; i < G_N_ELEMENTS (spins); i++)
    {
      limn_number_calm (spins[i]);
      g_signal_connect (spins[i], "output", G_CALLBACK (on_output), self);
    }
  on_inspection (self);
  for (guint i = 0; i < G_N_ELEMENTS (spins); i++)
    g_signal_connect (spins[i], "value-changed", G_CALLBACK (on_side_changed), self);
  g_object_bind_property (draft, "wrap-x", self->wrap_x_switch, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (draft, "wrap-y", self->wrap_y_switch, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (draft, "notify::wrap-x", G_CALLBACK (show_seamless), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::wrap-y", G_CALLBACK (show_seamless), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::paint-from-source", G_CALLBACK (show_whose), self, G_CONNECT_SWAPPED);
  show_seamless (self);
  show_whose (self);
  g_signal_connect_object (draft, "notify::width", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::height", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::open", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::inspection", G_CALLBACK (on_inspection), self, G_CONNECT_SWAPPED);
}
