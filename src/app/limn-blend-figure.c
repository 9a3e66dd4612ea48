/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-figure.h"

#include <math.h>

/* In the widget's units. */
#define WIDTH 56
#define HEIGHT 40
#define MARGIN 6.0
#define DOT 4.0
#define GRAINS 40

struct _LimnBlendFigure
{
  GtkWidget    parent_instance;

  LimnBlendWay way;
  double       strength;
};

enum
{
  PROP_0,
  PROP_WAY,
  PROP_STRENGTH,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnBlendFigure, limn_blend_figure, GTK_TYPE_WIDGET)

static double
get_depth (LimnBlendFigure *self)
{
  switch (self->way)
    {
    case LIMN_BLEND_IMAGINED:
      return 1;
    case LIMN_BLEND_DIFFUSED:
      return self->strength;
    case LIMN_BLEND_STRAIGHT:
    default:
      return 0;
    }
}

/* The deeper, the denser; the same in every figure. */
static void
draw_grains (cairo_t *cr)
{
  for (guint i = 0; i < GRAINS; i++)
    {
      /* Two irrational steps fill a square evenly, without a pattern (Weyl). */
      double x = fmod (i * 0.7548776662466927, 1), y = sqrt (fmod (i * 0.5698402909980532, 1));

      cairo_rectangle (cr, x * (WIDTH - 2), HEIGHT * (0.35 + 0.62 * y), 1, 1);
    }
  cairo_fill (cr);
}

static void
limn_blend_figure_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnBlendFigure *self = LIMN_BLEND_FIGURE (widget);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, WIDTH, HEIGHT));
  double top = MARGIN + DOT / 2, bottom = top + (HEIGHT - 2 * MARGIN - DOT) * get_depth (self);
  double from = MARGIN + DOT, to = WIDTH - MARGIN - DOT, round_by = MIN ((bottom - top) / 2, 6);
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, 0.3 * colour.alpha);
  draw_grains (cr);
  gdk_cairo_set_source_rgba (cr, &colour);
  cairo_set_line_width (cr, 1.5);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  if (self->way == LIMN_BLEND_IMAGINED)
    {
      /* Along the noise itself, on an arc; up from there. */
      cairo_move_to (cr, from, bottom);
      cairo_curve_to (cr, from + 8, bottom - 9, to - 8, bottom - 9, to, bottom);
      cairo_stroke (cr);
      cairo_move_to (cr, WIDTH / 2.0, bottom - 7);
      cairo_line_to (cr, WIDTH / 2.0, top);
      cairo_stroke (cr);
      cairo_arc (cr, from, bottom, DOT / 2, 0, 2 * G_PI);
      cairo_fill (cr);
      cairo_arc (cr, to, bottom, DOT / 2, 0, 2 * G_PI);
      cairo_fill (cr);
      cairo_arc (cr, WIDTH / 2.0, top, DOT, 0, 2 * G_PI);
      cairo_fill (cr);
    }
  else
    {
      cairo_move_to (cr, from, top);
      cairo_line_to (cr, from, bottom - round_by);
      cairo_curve_to (cr, from, bottom, from, bottom, from + round_by, bottom);
      cairo_line_to (cr, to - round_by, bottom);
      cairo_curve_to (cr, to, bottom, to, bottom, to, bottom - round_by);
      cairo_line_to (cr, to, top);
      cairo_stroke (cr);
      cairo_arc (cr, from, top, DOT, 0, 2 * G_PI);
      cairo_fill (cr);
      cairo_arc (cr, to, top, DOT, 0, 2 * G_PI);
      cairo_fill (cr);
    }
  cairo_destroy (cr);
}

static void
limn_blend_figure_measure (GtkWidget      *widget,
                           GtkOrientation  orientation,
                           int             for_size,
                           int            *minimum,
                           int            *natural,
                           int            *minimum_baseline,
                           int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
limn_blend_figure_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnBlendFigure *self = LIMN_BLEND_FIGURE (object);

  if (id == PROP_WAY)
    g_value_set_uint (value, self->way);
  else
    g_value_set_double (value, self->strength);
}

static void
limn_blend_figure_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnBlendFigure *self = LIMN_BLEND_FIGURE (object);

  if (id == PROP_WAY)
    self->way = g_value_get_uint (value);
  else
    self->strength = g_value_get_double (value);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
limn_blend_figure_class_init (LimnBlendFigureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_blend_figure_get_property;
  object_class->set_property = limn_blend_figure_set_property;
  widget_class->snapshot = limn_blend_figure_snapshot;
  widget_class->measure = limn_blend_figure_measure;
  properties[PROP_WAY] = g_param_spec_uint ("way", NULL, NULL, 0, LIMN_BLEND_N_WAYS - 1, 0, flags);
  properties[PROP_STRENGTH] = g_param_spec_double ("strength", NULL, NULL, 0, 1, 0.5, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
limn_blend_figure_init (LimnBlendFigure *self)
{
  self->strength = 0.5;
}
