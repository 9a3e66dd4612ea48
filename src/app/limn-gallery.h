/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery-model.h"
#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnGallery:
 *
 * Everything made, newest first, with search and stars, in the sidebar on the start side. Who selects one picture sees it on the canvas. The
 * folder is first looked into when the gallery is first seen.
 *
 * Property "selected" (uint, read-only): how many pictures are selected.
 *
 * Actions, to be inserted as "gallery" above this widget, since toasts call them too (limn_gallery_get_actions()): "show", "show-branches",
 * "import", "compare", "star", "unstar", "toggle-star", "copy", "export", "show-in-files", "delete", "undo-delete" (u: which deletion; 0: the last), "search".
 * They act on what is selected, or on the picture whose menu is open.
 */
#define LIMN_TYPE_GALLERY (limn_gallery_get_type ())
G_DECLARE_FINAL_TYPE (LimnGallery, limn_gallery, LIMN, GALLERY, GtkWidget)

/** limn_gallery_set_studio: once, before the widget is shown. */
void          limn_gallery_set_studio   (LimnGallery *self, LimnStudio *studio);

GActionGroup *limn_gallery_get_actions  (LimnGallery *self);

/** limn_gallery_get_model: of the pictures, for who else shows some of them. It is empty until somebody sets its folder. */
LimnGalleryModel *limn_gallery_get_model (LimnGallery *self);

/** limn_gallery_focus_search: puts the cursor into the search. */
void          limn_gallery_focus_search (LimnGallery *self);

G_END_DECLS
