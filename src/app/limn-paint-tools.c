/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-paint-tools.h"

#include "app/limn-words.h"

#include <glib/gi18n.h>
#include <math.h>

/* A brush of 2000 pixels is asked for by typing it; the scale is for the usual ones. */
#define SCALE_MAX 400
#define SWATCH_PX 18

struct _LimnPaintTools
{
  GtkWidget      parent_instance;

  GtkWidget     *scroller;
  GtkWidget     *use_button;
  GtkWidget     *tools;
  GtkWidget     *grow_button;
  GtkMenuButton *options_button;
  GtkScale      *size_scale;
  GtkScale      *hardness_scale;
  GtkScale      *flow_scale;
  GtkScale      *tolerance_scale;
  GtkScale      *opacity_scale;
  GtkWidget     *pressure_size;
  GtkWidget     *pressure_flow;
  GtkWidget     *cells;
  GtkWidget     *swatches;
  GtkToggleButton *colours[LIMN_EASEL_N_COLOURS];

  LimnEasel     *easel;
};

G_DEFINE_FINAL_TYPE (LimnPaintTools, limn_paint_tools, GTK_TYPE_WIDGET)

/* --- Scales --- */

static char *
format_percent (GtkScale *scale, double value, gpointer data)
{
  return limn_words_percent ((guint) round (value));
}

static char *
format_pixels (GtkScale *scale, double value, gpointer data)
{
  /* Translators: a number of pixels. */
  return g_strdup_printf (_("%.0f px"), value);
}

static gboolean
to_percent (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_double (to, round (g_value_get_double (from) * 100));
  return TRUE;
}

static gboolean
from_percent (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_double (to, g_value_get_double (from) / 100);
  return TRUE;
}

static void
bind_percent (LimnPaintTools *self, GtkScale *scale, const char *property)
{
  g_object_bind_property_full (self->easel, property, gtk_range_get_adjustment (GTK_RANGE (scale)), "value",
                               G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE, to_percent, from_percent, NULL, NULL);
  gtk_scale_set_format_value_func (scale, format_percent, NULL, NULL);
}

/* Small brushes are told apart by a pixel, large ones by twenty: the scale goes by the square root of the width. */
static gboolean
to_root (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_double (to, sqrt (g_value_get_double (from)));
  return TRUE;
}

static gboolean
from_root (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  double root = g_value_get_double (from);

  g_value_set_double (to, MAX (LIMN_BRUSH_MIN_DIAMETER, round (root * root)));
  return TRUE;
}

static char *
format_root (GtkScale *scale, double value, gpointer data)
{
  double size;

  g_object_get (data, "brush-size", &size, NULL);
  return format_pixels (scale, size, NULL);
}

static void
bind_size (LimnPaintTools *self)
{
  GtkAdjustment *adjustment = gtk_range_get_adjustment (GTK_RANGE (self->size_scale));

  gtk_adjustment_set_lower (adjustment, 1);
  gtk_adjustment_set_upper (adjustment, sqrt (SCALE_MAX));
  gtk_adjustment_set_step_increment (adjustment, 0.25);
  g_object_bind_property_full (self->easel, "brush-size", adjustment, "value", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE,
                               to_root, from_root, NULL, NULL);
  gtk_scale_set_format_value_func (self->size_scale, format_root, self->easel, NULL);
}

/* --- Colours --- */

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  guint32 rgb = limn_easel_get_colour (GPOINTER_TO_UINT (data), NULL);

  cairo_arc (cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0 - 0.5, 0, 2 * G_PI);
  cairo_set_source_rgb (cr, (rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.4);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
on_swatch (GtkToggleButton *button, LimnPaintTools *self)
{
  if (gtk_toggle_button_get_active (button))
    g_object_set (self->easel, "marks-colour", GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "limn-colour")), NULL);
}

static void
show_colour (LimnPaintTools *self)
{
  guint colour;

  g_object_get (self->easel, "marks-colour", &colour, NULL);
  gtk_toggle_button_set_active (self->colours[colour], TRUE);
}

static void
add_swatches (LimnPaintTools *self)
{
  for (guint i = 0; i < LIMN_EASEL_N_COLOURS; i++)
    {
      GtkWidget *button = gtk_toggle_button_new ();
      GtkWidget *area = gtk_drawing_area_new ();
      const char *name;

      limn_easel_get_colour (i, &name);
      gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), SWATCH_PX);
      gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), SWATCH_PX);
      gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw_swatch, GUINT_TO_POINTER (i), NULL);
      gtk_button_set_child (GTK_BUTTON (button), area);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_add_css_class (button, "swatch");
      gtk_widget_set_tooltip_text (button, name);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      g_object_set_data (G_OBJECT (button), "limn-colour", GUINT_TO_POINTER (i));
      self->colours[i] = GTK_TOGGLE_BUTTON (button);
      if (i > 0)
        gtk_toggle_button_set_group (self->colours[i], self->colours[0]);
      gtk_box_append (GTK_BOX (self->swatches), button);
    }
}

/* --- The widget --- */

static void
on_shown (LimnPaintTools *self)
{
  guint shown;

  g_object_get (self->easel, "shown", &shown, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), shown != LIMN_EASEL_SHOWS_NOTHING);
  gtk_widget_set_visible (self->use_button, shown == LIMN_EASEL_SHOWS_OTHER || shown == LIMN_EASEL_SHOWS_GROWN);
  gtk_widget_set_visible (self->tools, shown == LIMN_EASEL_SHOWS_SOURCE || shown == LIMN_EASEL_SHOWS_RESULT);
  gtk_widget_set_visible (self->grow_button, shown == LIMN_EASEL_SHOWS_SOURCE);
}

static void
limn_paint_tools_dispose (GObject *object)
{
  LimnPaintTools *self = LIMN_PAINT_TOOLS (object);

  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_PAINT_TOOLS);
  g_clear_object (&self->easel);
  G_OBJECT_CLASS (limn_paint_tools_parent_class)->dispose (object);
}

static void
limn_paint_tools_class_init (LimnPaintToolsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_paint_tools_dispose;
  gtk_widget_class_set_css_name (widget_class, "painttools");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-paint-tools.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, use_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, tools);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, grow_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, options_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, size_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, hardness_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, flow_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, tolerance_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, opacity_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, pressure_size);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, pressure_flow);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, cells);
  gtk_widget_class_bind_template_child (widget_class, LimnPaintTools, swatches);
}

static void
limn_paint_tools_init (LimnPaintTools *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_swatches (self);
}

void
limn_paint_tools_set_easel (LimnPaintTools *self, LimnEasel *easel)
{
  g_return_if_fail (self->easel == NULL);

  self->easel = g_object_ref (easel);
  bind_size (self);
  bind_percent (self, self->hardness_scale, "brush-hardness");
  bind_percent (self, self->flow_scale, "brush-flow");
  bind_percent (self, self->tolerance_scale, "fill-tolerance");
  bind_percent (self, self->opacity_scale, "marks-opacity");
  g_object_bind_property (easel, "pressure-size", self->pressure_size, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (easel, "pressure-flow", self->pressure_flow, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (easel, "marks-cells", self->cells, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  show_colour (self);
  for (guint i = 0; i < LIMN_EASEL_N_COLOURS; i++)
    g_signal_connect (self->colours[i], "toggled", G_CALLBACK (on_swatch), self);
  g_signal_connect_object (easel, "notify::marks-colour", G_CALLBACK (show_colour), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (easel, "notify::shown", G_CALLBACK (on_shown), self, G_CONNECT_SWAPPED);
  on_shown (self);
}
