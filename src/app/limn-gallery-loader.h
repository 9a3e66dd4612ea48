/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery-item.h"
#include "library/limn-picture-index.h"

G_BEGIN_DECLS

/**
 * LIMN_GALLERY_LOADER_KEPT: thumbnails that are kept although they are out of sight, least recently seen go first: at most 256 KiB
 * each, 24 MiB. Some eight screens of the sidebar, so that scrolling back and forth shows them at once.
 */
#define LIMN_GALLERY_LOADER_KEPT 96

/**
 * LimnGalleryLoader:
 *
 * Reads what is in sight, on threads, what came into sight last first; what is scrolled away before its turn is not read at all.
 * Main thread.
 */
typedef struct _LimnGalleryLoader LimnGalleryLoader;

LimnGalleryLoader *limn_gallery_loader_new    (void);
void               limn_gallery_loader_free   (LimnGalleryLoader *loader);

/** limn_gallery_loader_show: @item is in sight: it gets its texture as soon as may be. Balanced by limn_gallery_loader_hide(). */
void               limn_gallery_loader_show   (LimnGalleryLoader *loader,
                                               LimnPictureIndex  *index,
                                               LimnGalleryItem   *item);
void               limn_gallery_loader_hide   (LimnGalleryLoader *loader,
                                               LimnGalleryItem   *item);

/** limn_gallery_loader_reload: @item's file has changed; read again if it is in sight, else when it is. */
void               limn_gallery_loader_reload (LimnGalleryLoader *loader,
                                               LimnPictureIndex  *index,
                                               LimnGalleryItem   *item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGalleryLoader, limn_gallery_loader_free)

G_END_DECLS
