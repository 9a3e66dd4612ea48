/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-gallery.h"

struct _LimnGallery
{
  GtkWidget   parent_instance;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnGallery, limn_gallery, GTK_TYPE_WIDGET)

static void
limn_gallery_dispose (GObject *object)
{
  LimnGallery *self = LIMN_GALLERY (object);

  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_gallery_parent_class)->dispose (object);
}

static void
limn_gallery_class_init (LimnGalleryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_gallery_dispose;
}

static void
limn_gallery_init (LimnGallery *self)
{
}

void
limn_gallery_set_studio (LimnGallery *self, LimnStudio *studio)
{
  g_set_object (&self->studio, studio);
}
