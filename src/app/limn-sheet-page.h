/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSheetPage:
 *
 * Many pictures on one sheet: variations of the picture that is shown, or a grid of two settings. On one side what is to be painted, with what
 * it costs before it is; on the other the sheet, painted live. The last one is there again after a restart.
 */
#define LIMN_TYPE_SHEET_PAGE (limn_sheet_page_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetPage, limn_sheet_page, LIMN, SHEET_PAGE, GtkWidget)

/** limn_sheet_page_set_studio: once, before the widget is shown. */
void          limn_sheet_page_set_studio       (LimnSheetPage *page,
                                                LimnStudio    *studio);

/** limn_sheet_page_show_sheet_of: the sheet that the picture @path stands on. Where it stands on none that is said by a toast. */
void          limn_sheet_page_show_sheet_of    (LimnSheetPage *page,
                                                const char    *path);

/** limn_sheet_page_get_view_actions: "zoom-in", "zoom-out", "fit", "actual-size", for the window's keys while the page is shown. */
GActionGroup *limn_sheet_page_get_view_actions (LimnSheetPage *page);

G_END_DECLS
