/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnGallery:
 *
 * Everything made, newest first, with search and stars, in the sidebar on the start side.
 */
#define LIMN_TYPE_GALLERY (limn_gallery_get_type ())
G_DECLARE_FINAL_TYPE (LimnGallery, limn_gallery, LIMN, GALLERY, GtkWidget)

/** limn_gallery_set_studio: once, before the widget is shown. */
void limn_gallery_set_studio (LimnGallery *self, LimnStudio *studio);

G_END_DECLS
