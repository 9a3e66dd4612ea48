/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-gallery-item.h"

struct _LimnGalleryItem
{
  GObject     parent_instance;

  gint64      id;
  char       *path;
  char       *name;
  GdkTexture *texture;
  gboolean    starred;
  guint       kin;
  gboolean    loaded;
};

enum
{
  PROP_0,
  PROP_NAME,
  PROP_STARRED,
  PROP_KIN,
  PROP_TEXTURE,
  PROP_BROKEN,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnGalleryItem, limn_gallery_item, G_TYPE_OBJECT)

static void
limn_gallery_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnGalleryItem *self = LIMN_GALLERY_ITEM (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_STARRED:
      g_value_set_boolean (value, self->starred);
      break;
    case PROP_KIN:
      g_value_set_uint (value, self->kin);
      break;
    case PROP_TEXTURE:
      g_value_set_object (value, self->texture);
      break;
    case PROP_BROKEN:
      g_value_set_boolean (value, self->loaded && !self->texture);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_gallery_item_finalize (GObject *object)
{
  LimnGalleryItem *self = LIMN_GALLERY_ITEM (object);

  g_free (self->path);
  g_free (self->name);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (limn_gallery_item_parent_class)->finalize (object);
}

static void
limn_gallery_item_class_init (LimnGalleryItemClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  G_OBJECT_CLASS (klass)->get_property = limn_gallery_item_get_property;
  G_OBJECT_CLASS (klass)->finalize = limn_gallery_item_finalize;

  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", flags);
  properties[PROP_STARRED] = g_param_spec_boolean ("starred", NULL, NULL, FALSE, flags);
  properties[PROP_KIN] = g_param_spec_uint ("kin", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_TEXTURE] = g_param_spec_object ("texture", NULL, NULL, GDK_TYPE_TEXTURE, flags);
  properties[PROP_BROKEN] = g_param_spec_boolean ("broken", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
limn_gallery_item_init (LimnGalleryItem *self)
{
  self->name = g_strdup ("");
}

LimnGalleryItem *
limn_gallery_item_new (gint64 id)
{
  LimnGalleryItem *self = g_object_new (LIMN_TYPE_GALLERY_ITEM, NULL);

  self->id = id;
  return self;
}

gint64
limn_gallery_item_get_id (LimnGalleryItem *self)
{
  return self->id;
}

const char *
limn_gallery_item_get_path (LimnGalleryItem *self)
{
  return self->path;
}

const char *
limn_gallery_item_get_name (LimnGalleryItem *self)
{
  return self->name;
}

gboolean
limn_gallery_item_get_starred (LimnGalleryItem *self)
{
  return self->starred;
}

LimnGalleryKin
limn_gallery_item_get_kin (LimnGalleryItem *self)
{
  return self->kin;
}

GdkTexture *
limn_gallery_item_get_texture (LimnGalleryItem *self)
{
  return self->texture;
}

gboolean
limn_gallery_item_is_loaded (LimnGalleryItem *self)
{
  return self->loaded;
}

void
limn_gallery_item_set_starred (LimnGalleryItem *self, gboolean starred)
{
  if (self->starred == !!starred)
    return;
  self->starred = !!starred;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STARRED]);
}

void
limn_gallery_item_load (LimnGalleryItem *self, const LimnPicture *picture, GdkTexture *texture)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (picture)
    {
      g_free (self->path);
      g_free (self->name);
      self->path = g_strdup (picture->path);
      self->name = *picture->prompt ? g_strdup (picture->prompt) : g_filename_display_basename (picture->path);
      limn_gallery_item_set_starred (self, picture->starred);
      self->kin = (picture->is_branch ? LIMN_GALLERY_KIN_BRANCH : 0) | (picture->has_branches ? LIMN_GALLERY_KIN_BRANCHES : 0);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KIN]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
    }
  if (g_set_object (&self->texture, texture))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXTURE]);
  self->loaded = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BROKEN]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_gallery_item_unload (LimnGalleryItem *self)
{
  self->loaded = FALSE;
  g_clear_object (&self->texture);
}
