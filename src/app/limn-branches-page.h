/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery-model.h"
#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnBranchesPage:
 *
 * The tree of the picture that is shown: where each one parted from another, and by what. It grows as pictures are saved.
 */
#define LIMN_TYPE_BRANCHES_PAGE (limn_branches_page_get_type ())
G_DECLARE_FINAL_TYPE (LimnBranchesPage, limn_branches_page, LIMN, BRANCHES_PAGE, GtkWidget)

/** limn_branches_page_set_studio: once, before the widget is shown. @pictures: of the studio's folder, which is opened when the page is. */
void limn_branches_page_set_studio (LimnBranchesPage *page,
                                    LimnStudio       *studio,
                                    LimnGalleryModel *pictures);

G_END_DECLS
