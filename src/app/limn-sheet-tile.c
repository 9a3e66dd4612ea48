/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-tile.h"

#include <glib/gi18n.h>
#include <math.h>

/* In the widget's units. */
#define BAR_HEIGHT 4
#define BAR_MARGIN 6
/* A tile that is narrower has no room for a star to be pressed. */
#define STAR_FROM_WIDTH 72

struct _LimnSheetTile
{
  GtkWidget      parent_instance;

  LimnSheetItem *item;
  GtkWidget     *icon;
  GtkWidget     *star;
};

enum
{
  SIGNAL_TOGGLE_STAR,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnSheetTile, limn_sheet_tile, GTK_TYPE_WIDGET)

/* --- What it says --- */

static const char *
describe_star (LimnSheetTile *self)
{
  return limn_sheet_item_get_starred (self->item) ? _("Take the star away") : _("Star: find this picture again among your favourites");
}

static void
update_name (LimnSheetTile *self)
{
  g_autofree char *spoken = limn_sheet_item_describe (self->item);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
update_star (LimnSheetTile *self)
{
  gboolean starred = limn_sheet_item_get_starred (self->item);

  gtk_button_set_icon_name (GTK_BUTTON (self->star), starred ? "starred-symbolic" : "non-starred-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->star), GTK_ACCESSIBLE_PROPERTY_LABEL, describe_star (self), -1);
  if (starred)
    gtk_widget_add_css_class (self->star, "starred");
  else
    gtk_widget_remove_css_class (self->star, "starred");
  update_name (self);
}

static void
update_state (LimnSheetTile *self)
{
  LimnSheetState state = limn_sheet_item_get_state (self->item);
  const char *icon = state == LIMN_SHEET_FAILED ? "dialog-warning-symbolic" : state == LIMN_SHEET_MISSING ? "image-missing-symbolic" : NULL;

  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), icon);
  gtk_widget_set_visible (self->icon, icon != NULL);
  gtk_widget_set_visible (self->star, state == LIMN_SHEET_DONE && limn_sheet_item_get_path (self->item) != NULL);
  if (state == LIMN_SHEET_PAINTING)
    gtk_widget_add_css_class (GTK_WIDGET (self), "painting");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "painting");
  update_name (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Told when asked for: to set a tooltip's text costs a question to the display server. */
static gboolean
limn_sheet_tile_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  g_autofree char *text = limn_sheet_item_describe (LIMN_SHEET_TILE (widget)->item);

  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static gboolean
on_star_tooltip (LimnSheetTile *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, describe_star (self));
  return TRUE;
}

static void
on_star_clicked (LimnSheetTile *self)
{
  g_signal_emit (self, signals[SIGNAL_TOGGLE_STAR], 0);
}

/* --- Drawing --- */

/* The whole picture, in the middle: cells have its proportions, but for fractions and the frames of another size that come first. */
static void
snapshot_picture (LimnSheetTile *self, GtkSnapshot *snapshot, GdkTexture *texture)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double zoom = MIN ((double) width / gdk_texture_get_width (texture), (double) height / gdk_texture_get_height (texture));
  float w = gdk_texture_get_width (texture) * zoom, h = gdk_texture_get_height (texture) * zoom;

  /* Less than a unit is a fraction of proportions, not a margin that was meant. */
  if (width - w < 1.5f)
    w = width;
  if (height - h < 1.5f)
    h = height;
  gtk_snapshot_append_texture (snapshot, texture, &GRAPHENE_RECT_INIT ((width - w) / 2, (height - h) / 2, w, h));
}

static void
snapshot_bar (LimnSheetTile *self, GtkSnapshot *snapshot)
{
  double done = limn_sheet_item_get_progress (self->item);
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  graphene_rect_t bar = GRAPHENE_RECT_INIT (BAR_MARGIN, height - BAR_MARGIN - BAR_HEIGHT, width - 2 * BAR_MARGIN, BAR_HEIGHT);
  const GdkRGBA trough = { 0, 0, 0, 0.45 }, white = { 1, 1, 1, 1 };
  graphene_rect_t full = bar;
  GskRoundedRect outline;

  if (bar.size.width < BAR_HEIGHT)
    return;
  gsk_rounded_rect_init_from_rect (&outline, &bar, BAR_HEIGHT / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &trough, &bar);
  full.size.width = round (bar.size.width * done);
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    full.origin.x += bar.size.width - full.size.width;
  if (full.size.width > 0)
    gtk_snapshot_append_color (snapshot, &white, &full);
  gtk_snapshot_pop (snapshot);
}

static void
limn_sheet_tile_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnSheetTile *self = LIMN_SHEET_TILE (widget);
  GdkTexture *texture = limn_sheet_item_get_texture (self->item);

  if (texture)
    snapshot_picture (self, snapshot, texture);
  if (limn_sheet_item_get_state (self->item) == LIMN_SHEET_PAINTING)
    snapshot_bar (self, snapshot);
  GTK_WIDGET_CLASS (limn_sheet_tile_parent_class)->snapshot (widget, snapshot);
}

/* --- The widget --- */

static void
limn_sheet_tile_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = *natural = 0;
}

static void
limn_sheet_tile_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnSheetTile *self = LIMN_SHEET_TILE (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkRequisition star, icon;

  gtk_widget_get_preferred_size (self->icon, &icon, NULL);
  gtk_widget_size_allocate (self->icon,
                            &(GtkAllocation) { (width - icon.width) / 2, (height - icon.height) / 2, icon.width, icon.height }, -1);
  gtk_widget_get_preferred_size (self->star, &star, NULL);
  gtk_widget_set_child_visible (self->star, width >= STAR_FROM_WIDTH);
  gtk_widget_size_allocate (self->star, &(GtkAllocation) { rtl ? 0 : width - star.width, 0, star.width, star.height }, -1);
}

static void
limn_sheet_tile_dispose (GObject *object)
{
  LimnSheetTile *self = LIMN_SHEET_TILE (object);

  if (self->item)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  g_clear_pointer (&self->icon, gtk_widget_unparent);
  g_clear_pointer (&self->star, gtk_widget_unparent);
  G_OBJECT_CLASS (limn_sheet_tile_parent_class)->dispose (object);
}

static void
limn_sheet_tile_class_init (LimnSheetTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_sheet_tile_dispose;
  widget_class->measure = limn_sheet_tile_measure;
  widget_class->size_allocate = limn_sheet_tile_size_allocate;
  widget_class->snapshot = limn_sheet_tile_snapshot;
  widget_class->query_tooltip = limn_sheet_tile_query_tooltip;
  signals[SIGNAL_TOGGLE_STAR] =
    g_signal_new ("toggle-star", LIMN_TYPE_SHEET_TILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "sheettile");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GRID_CELL);
}

static void
limn_sheet_tile_init (LimnSheetTile *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);

  self->icon = g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, "can-target", FALSE, NULL);
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));

  /* Keys: Ctrl+B on the tile itself, so that arrows and Tab go from picture to picture. */
  self->star = g_object_new (GTK_TYPE_BUTTON, "focusable", FALSE, "focus-on-click", FALSE, "has-tooltip", TRUE, NULL);
  gtk_widget_add_css_class (self->star, "star");
  gtk_widget_add_css_class (self->star, "flat");
  gtk_widget_add_css_class (self->star, "circular");
  g_signal_connect_swapped (self->star, "clicked", G_CALLBACK (on_star_clicked), self);
  g_signal_connect_swapped (self->star, "query-tooltip", G_CALLBACK (on_star_tooltip), self);
  gtk_widget_set_parent (self->star, GTK_WIDGET (self));
}

GtkWidget *
limn_sheet_tile_new (LimnSheetItem *item)
{
  LimnSheetTile *self = g_object_new (LIMN_TYPE_SHEET_TILE, NULL);

  self->item = g_object_ref (item);
  g_signal_connect_swapped (item, "notify::texture", G_CALLBACK (gtk_widget_queue_draw), self);
  g_signal_connect_swapped (item, "notify::progress", G_CALLBACK (gtk_widget_queue_draw), self);
  g_signal_connect_swapped (item, "notify::state", G_CALLBACK (update_state), self);
  g_signal_connect_swapped (item, "notify::path", G_CALLBACK (update_state), self);
  g_signal_connect_swapped (item, "notify::starred", G_CALLBACK (update_star), self);
  update_state (self);
  update_star (self);
  return GTK_WIDGET (self);
}

LimnSheetItem *
limn_sheet_tile_get_item (LimnSheetTile *self)
{
  return self->item;
}
