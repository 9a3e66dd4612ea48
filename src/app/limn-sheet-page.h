/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSheetPage:
 *
 * Many pictures on one sheet: variations of the picture that is shown, or a grid of two settings.
 */
#define LIMN_TYPE_SHEET_PAGE (limn_sheet_page_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetPage, limn_sheet_page, LIMN, SHEET_PAGE, GtkWidget)

/** limn_sheet_page_set_studio: once, before the widget is shown. */
void limn_sheet_page_set_studio (LimnSheetPage *page,
                                 LimnStudio *studio);

G_END_DECLS
