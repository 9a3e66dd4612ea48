/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-picture.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** LimnGalleryKin: what a picture has to do with others: it parts from one, others part from it. */
typedef enum
{
  LIMN_GALLERY_KIN_BRANCH = 1 << 0,
  LIMN_GALLERY_KIN_BRANCHES = 1 << 1,
} LimnGalleryKin;

/**
 * LimnGalleryItem:
 *
 * One picture of the gallery. It knows its id at once; the rest comes when it is about to be seen (LimnGalleryLoader), and may go again.
 *
 * Properties, read-only: "name" (string: what a screen reader says: the prompt, else the file's name; "" before it was read),
 * "starred" (boolean), "kin" (uint, LimnGalleryKin), "texture" (GdkTexture, nullable: the thumbnail), "broken" (boolean: there is nothing to show).
 *
 * Main thread.
 */
#define LIMN_TYPE_GALLERY_ITEM (limn_gallery_item_get_type ())
G_DECLARE_FINAL_TYPE (LimnGalleryItem, limn_gallery_item, LIMN, GALLERY_ITEM, GObject)

LimnGalleryItem *limn_gallery_item_new         (gint64           id);

gint64           limn_gallery_item_get_id      (LimnGalleryItem *item);
/** limn_gallery_item_get_path: (nullable) (type filename): the file, once it was read. */
const char      *limn_gallery_item_get_path    (LimnGalleryItem *item);
const char      *limn_gallery_item_get_name    (LimnGalleryItem *item);
gboolean         limn_gallery_item_get_starred (LimnGalleryItem *item);
LimnGalleryKin   limn_gallery_item_get_kin     (LimnGalleryItem *item);
GdkTexture      *limn_gallery_item_get_texture (LimnGalleryItem *item);
gboolean         limn_gallery_item_is_loaded   (LimnGalleryItem *item);

/** limn_gallery_item_load: @picture: (nullable): it is gone; @texture: (nullable): it cannot be shown. */
void             limn_gallery_item_load        (LimnGalleryItem   *item,
                                                const LimnPicture *picture,
                                                GdkTexture        *texture);

/** limn_gallery_item_unload: gives the texture back. */
void             limn_gallery_item_unload      (LimnGalleryItem *item);

void             limn_gallery_item_set_starred (LimnGalleryItem *item,
                                                gboolean         starred);

G_END_DECLS
