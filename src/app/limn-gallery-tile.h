/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery-item.h"

G_BEGIN_DECLS

/**
 * LimnGalleryTile:
 *
 * A square with one picture of the gallery, and its star. Property "item" (LimnGalleryItem, nullable).
 * Signal: "toggle-star": the star was pressed.
 */
#define LIMN_TYPE_GALLERY_TILE (limn_gallery_tile_get_type ())
G_DECLARE_FINAL_TYPE (LimnGalleryTile, limn_gallery_tile, LIMN, GALLERY_TILE, GtkWidget)

GtkWidget       *limn_gallery_tile_new      (void);
void             limn_gallery_tile_set_item (LimnGalleryTile *tile, LimnGalleryItem *item);
LimnGalleryItem *limn_gallery_tile_get_item (LimnGalleryTile *tile);

G_END_DECLS
