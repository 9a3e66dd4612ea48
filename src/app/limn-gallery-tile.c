/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-gallery-tile.h"

#include <glib/gi18n.h>

/* Two columns fit into the sidebar at this width; where there is more room tiles grow with it. */
#define MIN_SIDE 96
#define NATURAL_SIDE 124

struct _LimnGalleryTile
{
  GtkWidget        parent_instance;

  LimnGalleryItem *item;
  gboolean         shows_star;

  GtkOverlay      *overlay;
  GtkPicture      *picture;
  GtkWidget       *broken;
  GtkButton       *star;
  GtkWidget       *kin;
};

enum
{
  PROP_0,
  PROP_ITEM,
  N_PROPS,
};

enum
{
  SIGNAL_TOGGLE_STAR,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnGalleryTile, limn_gallery_tile, GTK_TYPE_WIDGET)

static void
update_texture (LimnGalleryTile *self)
{
  gboolean broken = FALSE;

  if (self->item)
    g_object_get (self->item, "broken", &broken, NULL);
  gtk_picture_set_paintable (self->picture, self->item ? GDK_PAINTABLE (limn_gallery_item_get_texture (self->item)) : NULL);
  gtk_widget_set_visible (self->broken, broken);
}

/* The name stands on the cell of the grid, which has the focus; the list of GTK 4.8 gives it none. */
static void
update_name (LimnGalleryTile *self)
{
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (self));
  const char *name = self->item ? limn_gallery_item_get_name (self->item) : "";
  gboolean starred = self->item && limn_gallery_item_get_starred (self->item);
  g_autofree char *spoken = NULL;

  if (!*name)
    spoken = g_strdup (_("Picture"));
  else if (starred)
    /* Translators: what a screen reader says of a picture with a star; %s is its prompt. */
    spoken = g_strdup_printf (_("%s, starred"), name);
  else
    spoken = g_strdup (name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  if (cell)
    gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* Told when asked for: to set a tooltip's text costs a question to the display server, for each tile that comes into sight. */
static gboolean
limn_gallery_tile_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (widget);
  const char *name = self->item ? limn_gallery_item_get_name (self->item) : "";

  gtk_tooltip_set_text (tooltip, name);
  return *name != '\0';
}

static const char *
describe_star (LimnGalleryTile *self)
{
  if (self->item && limn_gallery_item_get_starred (self->item))
    return _("Take the star away");
  return _("Star: find this picture again among your favourites");
}

static gboolean
on_star_tooltip (LimnGalleryTile *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, describe_star (self));
  return TRUE;
}

static void
update_star (LimnGalleryTile *self)
{
  gboolean starred = self->item && limn_gallery_item_get_starred (self->item);

  update_name (self);
  if (self->shows_star == starred)
    return;
  self->shows_star = starred;
  gtk_button_set_icon_name (self->star, starred ? "starred-symbolic" : "non-starred-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->star), GTK_ACCESSIBLE_PROPERTY_LABEL, describe_star (self), -1);
  if (starred)
    gtk_widget_add_css_class (GTK_WIDGET (self->star), "starred");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->star), "starred");
}

static void
update_kin (LimnGalleryTile *self)
{
  gtk_widget_set_visible (self->kin, self->item && limn_gallery_item_get_kin (self->item) != 0);
}

static gboolean
on_kin_tooltip (LimnGalleryTile *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  LimnGalleryKin kin = self->item ? limn_gallery_item_get_kin (self->item) : 0;

  if (kin == (LIMN_GALLERY_KIN_BRANCH | LIMN_GALLERY_KIN_BRANCHES))
    gtk_tooltip_set_text (tooltip, _("A branch of another picture, and has branches itself"));
  else if (kin == LIMN_GALLERY_KIN_BRANCH)
    gtk_tooltip_set_text (tooltip, _("A branch of another picture"));
  else
    gtk_tooltip_set_text (tooltip, _("Has branches"));
  return kin != 0;
}

void
limn_gallery_tile_set_item (LimnGalleryTile *self, LimnGalleryItem *item)
{
  if (self->item)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item)
    {
      g_signal_connect_swapped (item, "notify::texture", G_CALLBACK (update_texture), self);
      g_signal_connect_swapped (item, "notify::broken", G_CALLBACK (update_texture), self);
      g_signal_connect_swapped (item, "notify::name", G_CALLBACK (update_name), self);
      g_signal_connect_swapped (item, "notify::starred", G_CALLBACK (update_star), self);
      g_signal_connect_swapped (item, "notify::kin", G_CALLBACK (update_kin), self);
    }
  /* Out of sight nothing but the texture matters, which takes memory. */
  update_texture (self);
  if (item)
    {
      update_star (self);
      update_kin (self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ITEM]);
}

LimnGalleryItem *
limn_gallery_tile_get_item (LimnGalleryTile *self)
{
  return self->item;
}

static void
on_star_clicked (LimnGalleryTile *self)
{
  g_signal_emit (self, signals[SIGNAL_TOGGLE_STAR], 0);
}

/* Square, so that a row is as high before its pictures are read as it is after. */
static void
limn_gallery_tile_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  *minimum = MIN_SIDE;
  *natural = NATURAL_SIDE;
  if (orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0)
    *minimum = *natural = MAX (for_size, MIN_SIDE);
}

static void
limn_gallery_tile_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (widget);

  gtk_widget_measure (GTK_WIDGET (self->overlay), GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_allocate (GTK_WIDGET (self->overlay), width, height, baseline, NULL);
}

static GtkSizeRequestMode
limn_gallery_tile_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
limn_gallery_tile_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_ITEM)
    g_value_set_object (value, LIMN_GALLERY_TILE (object)->item);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_gallery_tile_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  if (id == PROP_ITEM)
    limn_gallery_tile_set_item (LIMN_GALLERY_TILE (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_gallery_tile_dispose (GObject *object)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (object);

  if (self->item)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_GALLERY_TILE);
  G_OBJECT_CLASS (limn_gallery_tile_parent_class)->dispose (object);
}

static void
limn_gallery_tile_class_init (LimnGalleryTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->get_property = limn_gallery_tile_get_property;
  G_OBJECT_CLASS (klass)->set_property = limn_gallery_tile_set_property;
  G_OBJECT_CLASS (klass)->dispose = limn_gallery_tile_dispose;
  widget_class->query_tooltip = limn_gallery_tile_query_tooltip;
  widget_class->measure = limn_gallery_tile_measure;
  widget_class->size_allocate = limn_gallery_tile_size_allocate;
  widget_class->get_request_mode = limn_gallery_tile_get_request_mode;

  properties[PROP_ITEM] = g_param_spec_object ("item", NULL, NULL, LIMN_TYPE_GALLERY_ITEM,
                                               G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_TOGGLE_STAR] = g_signal_new ("toggle-star", LIMN_TYPE_GALLERY_TILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                              G_TYPE_NONE, 0);

  gtk_widget_class_set_css_name (widget_class, "tile");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-gallery-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnGalleryTile, overlay);
  gtk_widget_class_bind_template_child (widget_class, LimnGalleryTile, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnGalleryTile, broken);
  gtk_widget_class_bind_template_child (widget_class, LimnGalleryTile, star);
  gtk_widget_class_bind_template_child (widget_class, LimnGalleryTile, kin);
  gtk_widget_class_bind_template_callback (widget_class, on_kin_tooltip);
  gtk_widget_class_bind_template_callback (widget_class, on_star_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_star_tooltip);
}

static void
limn_gallery_tile_init (LimnGalleryTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->star), GTK_ACCESSIBLE_PROPERTY_LABEL, describe_star (self), -1);
}

GtkWidget *
limn_gallery_tile_new (void)
{
  return g_object_new (LIMN_TYPE_GALLERY_TILE, NULL);
}
