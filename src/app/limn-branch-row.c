/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branch-row.h"

#include <glib/gi18n.h>
#include <math.h>

#define ROW_HEIGHT 92
#define THUMBNAIL 76
#define SPACING 12
#define MARGIN 12
#define TEXT_MIN 88
/* The river has a share of the row, but never so much that it is longer than one looks at. */
#define RIVER_SHARE 0.42
#define RIVER_MIN 72
#define RIVER_MAX 520
/* How far a way swings out where it leaves a line: less where there is little room. */
#define BEND_SHARE 0.05
#define BEND_MIN 7.0
#define BEND_MAX 20.0
/* The noise that a root comes out of: so many grains along a side. */
#define GRAINS 4
#define GRAIN 4.0

struct _LimnBranchRow
{
  GtkWidget       parent_instance;

  LimnBranchNode *node; /* (nullable) */

  GtkWidget      *picture;
  GtkWidget      *texts;
  GtkLabel       *title;
  GtkLabel       *detail;
};

G_DEFINE_FINAL_TYPE (LimnBranchRow, limn_branch_row, GTK_TYPE_WIDGET)

int
limn_branch_row_get_river_width (int width)
{
  int rest = width - 2 * MARGIN - THUMBNAIL - SPACING - TEXT_MIN;

  return CLAMP (MIN ((int) (width * RIVER_SHARE), rest), RIVER_MIN, RIVER_MAX);
}

/* --- What it says --- */

static void
update_texture (LimnBranchRow *self)
{
  GdkTexture *texture = self->node ? limn_gallery_item_get_texture (limn_branch_node_get_item (self->node)) : NULL;

  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
}

/* As with the gallery's tiles the name stands on the cell of the list, which has the focus. */
static void
update_name (LimnBranchRow *self)
{
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *spoken = NULL;

  if (!cell)
    return;
  if (limn_branch_node_is_shown (self->node))
    /* Translators: what a screen reader says of a picture in a tree: what it is called, where it parts, and that it is on the canvas. */
    spoken = g_strdup_printf (_("%s. %s. Shown."), limn_branch_node_get_title (self->node), limn_branch_node_get_detail (self->node));
  else
    /* Translators: what a screen reader says of a picture in a tree: what it is called, and where it parts from another. */
    spoken = g_strdup_printf (_("%s. %s."), limn_branch_node_get_title (self->node), limn_branch_node_get_detail (self->node));
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, GTK_ACCESSIBLE_PROPERTY_LEVEL,
                                  (int) limn_branch_layout_get_level (limn_branch_node_get_layout (self->node),
                                                                      limn_branch_node_get_row (self->node)),
                                  -1);
}

static void
update_shown (LimnBranchRow *self)
{
  if (limn_branch_node_is_shown (self->node))
    gtk_widget_add_css_class (GTK_WIDGET (self), "shown");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "shown");
  update_name (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_branch_row_set_node (LimnBranchRow *self, LimnBranchNode *node)
{
  if (self->node)
    {
      g_signal_handlers_disconnect_by_data (self->node, self);
      g_signal_handlers_disconnect_by_data (limn_branch_node_get_item (self->node), self);
    }
  g_set_object (&self->node, node);
  update_texture (self);
  if (!node)
    return;
  g_signal_connect_swapped (limn_branch_node_get_item (node), "notify::texture", G_CALLBACK (update_texture), self);
  g_signal_connect_swapped (node, "notify::shown", G_CALLBACK (update_shown), self);
  gtk_label_set_label (self->title, limn_branch_node_get_title (node));
  gtk_label_set_label (self->detail, limn_branch_node_get_detail (node));
  update_shown (self);
}

LimnBranchNode *
limn_branch_row_get_node (LimnBranchRow *self)
{
  return self->node;
}

/* All of it: a label shows what has room. */
static gboolean
limn_branch_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  LimnBranchRow *self = LIMN_BRANCH_ROW (widget);

  if (!self->node)
    return FALSE;
  gtk_tooltip_set_text (tooltip, limn_branch_node_get_title (self->node));
  return TRUE;
}

/* --- Its shape --- */

static void
limn_branch_row_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 2 * MARGIN + RIVER_MIN + THUMBNAIL + SPACING + TEXT_MIN;
      *natural = 2 * MARGIN + RIVER_MAX + THUMBNAIL + SPACING + 3 * TEXT_MIN;
    }
  else
    *minimum = *natural = ROW_HEIGHT;
}

/* @x counts from the start side. */
static void
place (LimnBranchRow *self, GtkWidget *child, int x, int y, int width, int height)
{
  GtkAllocation allocation = { x, y, width, height };

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    allocation.x = gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  gtk_widget_size_allocate (child, &allocation, -1);
}

static void
limn_branch_row_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnBranchRow *self = LIMN_BRANCH_ROW (widget);
  int river = limn_branch_row_get_river_width (width);
  int x = MARGIN + river + THUMBNAIL + SPACING;
  int texts_width = MAX (width - x - MARGIN, 0);
  int texts_min, texts_height;

  place (self, self->picture, MARGIN + river, (height - THUMBNAIL) / 2, THUMBNAIL, THUMBNAIL);
  gtk_widget_measure (self->texts, GTK_ORIENTATION_HORIZONTAL, -1, &texts_min, NULL, NULL, NULL);
  texts_width = MAX (texts_width, texts_min);
  gtk_widget_measure (self->texts, GTK_ORIENTATION_VERTICAL, texts_width, NULL, &texts_height, NULL, NULL);
  texts_height = MIN (texts_height, height);
  place (self, self->texts, x, (height - texts_height) / 2, texts_width, texts_height);
}

/* --- The river --- */

typedef struct
{
  cairo_t *cr;
  double   height;
  double   width;
  double   bend;
} River;

static void
stroke (River *river, const GdkRGBA *colour, double width)
{
  gdk_cairo_set_source_rgba (river->cr, colour);
  cairo_set_line_width (river->cr, width);
  cairo_stroke (river->cr);
}

static void
trace_level (River *river, double from, double to)
{
  cairo_move_to (river->cr, from, river->height / 2);
  cairo_line_to (river->cr, to, river->height / 2);
}

/* A way that leaves the level line at @x: level at first, then down. */
static void
trace_leave (River *river, double x)
{
  double middle = river->height / 2;

  cairo_move_to (river->cr, x, middle);
  cairo_curve_to (river->cr, x + river->bend * 0.75, middle, x + river->bend, middle + river->bend * 0.5, x + river->bend, river->height);
}

/* From above into the level line, which begins one bend after @x. */
static void
trace_enter (River *river, double x)
{
  double middle = river->height / 2;

  cairo_move_to (river->cr, x, 0);
  cairo_curve_to (river->cr, x, middle - river->bend * 0.5, x + river->bend * 0.25, middle, x + river->bend, middle);
}

static void
trace_through (River *river, double x)
{
  cairo_move_to (river->cr, x, 0);
  cairo_line_to (river->cr, x, river->height);
}

/* Grains that look as noise does, each time the same. */
static void
draw_noise (River *river, const GdkRGBA *colour)
{
  double side = GRAINS * GRAIN, top = (river->height - side) / 2;
  guint state = 0x2545f491;

  cairo_save (river->cr);
  cairo_arc (river->cr, side / 2, top + side / 2, side / 2, 0, 2 * G_PI);
  cairo_clip (river->cr);
  for (guint i = 0; i < GRAINS * GRAINS; i++)
    {
      GdkRGBA grain = *colour;

      state = state * 1664525 + 1013904223;
      grain.alpha *= 0.25 + 0.75 * (state >> 24) / 255.0;
      gdk_cairo_set_source_rgba (river->cr, &grain);
      cairo_rectangle (river->cr, i % GRAINS * GRAIN, top + i / GRAINS * GRAIN, GRAIN, GRAIN);
      cairo_fill (river->cr);
    }
  cairo_restore (river->cr);
}

static void
draw_dot (River *river, double x, const GdkRGBA *colour, const GdkRGBA *ground)
{
  cairo_arc (river->cr, x, river->height / 2, 4, 0, 2 * G_PI);
  gdk_cairo_set_source_rgba (river->cr, ground);
  cairo_fill_preserve (river->cr);
  stroke (river, colour, 2);
}

static void
draw_lines (River *river, const LimnBranchLines *lines, const GdkRGBA *colour)
{
  double start = lines->root ? GRAINS * GRAIN : lines->start;

  for (guint i = 0; i < lines->through->len; i++)
    trace_through (river, g_array_index (lines->through, double, i));
  if (!lines->root)
    trace_enter (river, lines->from);
  if (start < river->width)
    trace_level (river, start, river->width);
  for (guint i = 0; i < lines->leaves->len; i++)
    trace_leave (river, g_array_index (lines->leaves, double, i));
  stroke (river, colour, 2);
}

/* The way to the picture that is shown. */
static void
draw_marked (River *river, const LimnBranchLines *lines, const GdkRGBA *colour)
{
  if (lines->marked_through != LIMN_BRANCH_NONE)
    trace_through (river, g_array_index (lines->through, double, lines->marked_through));
  if (lines->marked_to > 0)
    {
      double start = lines->root ? GRAINS * GRAIN : lines->start;

      if (!lines->root)
        trace_enter (river, lines->from);
      if (start < lines->marked_to)
        trace_level (river, start, lines->marked_to);
    }
  if (lines->marked_leave != LIMN_BRANCH_NONE)
    trace_leave (river, g_array_index (lines->leaves, double, lines->marked_leave));
  stroke (river, colour, 3);
}

static GdkRGBA
find_colour (LimnBranchRow *self, const char *name, const GdkRGBA *otherwise)
{
  GdkRGBA colour;

  return gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (self)), name, &colour) ? colour : *otherwise;
}

static void
draw_river (LimnBranchRow *self, cairo_t *cr, int width, int height)
{
  River river = { cr, height, width, CLAMP (width * BEND_SHARE, BEND_MIN, BEND_MAX) };
  const LimnBranchLines *lines =
    limn_branch_layout_get_lines (limn_branch_node_get_layout (self->node), limn_branch_node_get_row (self->node), width, river.bend);
  GdkRGBA colour, line, marked, ground;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &colour);
  ground = find_colour (self, "window_bg_color", &colour);
  marked = find_colour (self, "accent_color", &colour);
  line = (GdkRGBA){ ground.red + (colour.red - ground.red) * 0.35f, ground.green + (colour.green - ground.green) * 0.35f,
                    ground.blue + (colour.blue - ground.blue) * 0.35f, 1 };

  cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
  draw_lines (&river, lines, &line);
  draw_marked (&river, lines, &marked);
  if (lines->root)
    draw_noise (&river, lines->marked_to > 0 ? &marked : &line);
  for (guint i = 0; i < lines->leaves->len; i++)
    {
      double x = g_array_index (lines->leaves, double, i);

      draw_dot (&river, x, x <= lines->marked_to ? &marked : &line, &ground);
    }
}

static void
limn_branch_row_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnBranchRow *self = LIMN_BRANCH_ROW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int river = limn_branch_row_get_river_width (width);

  if (self->node)
    {
      gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
      int x = rtl ? width - MARGIN - river : MARGIN;
      cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (x, 0, river, height));

      cairo_translate (cr, rtl ? x + river : x, 0);
      if (rtl)
        cairo_scale (cr, -1, 1);
      draw_river (self, cr, river, height);
      cairo_destroy (cr);
    }
  gtk_widget_snapshot_child (widget, self->picture, snapshot);
  gtk_widget_snapshot_child (widget, self->texts, snapshot);
}

/* --- The widget --- */

static void
limn_branch_row_dispose (GObject *object)
{
  LimnBranchRow *self = LIMN_BRANCH_ROW (object);

  if (self->node)
    {
      g_signal_handlers_disconnect_by_data (self->node, self);
      g_signal_handlers_disconnect_by_data (limn_branch_node_get_item (self->node), self);
    }
  g_clear_object (&self->node);
  g_clear_pointer (&self->picture, gtk_widget_unparent);
  g_clear_pointer (&self->texts, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_BRANCH_ROW);
  G_OBJECT_CLASS (limn_branch_row_parent_class)->dispose (object);
}

static void
limn_branch_row_class_init (LimnBranchRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_branch_row_dispose;
  widget_class->measure = limn_branch_row_measure;
  widget_class->size_allocate = limn_branch_row_size_allocate;
  widget_class->snapshot = limn_branch_row_snapshot;
  widget_class->query_tooltip = limn_branch_row_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "branchrow");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-branch-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBranchRow, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchRow, texts);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchRow, title);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchRow, detail);
}

static void
limn_branch_row_init (LimnBranchRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
limn_branch_row_new (void)
{
  return g_object_new (LIMN_TYPE_BRANCH_ROW, NULL);
}
