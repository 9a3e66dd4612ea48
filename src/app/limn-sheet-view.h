/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-board.h"

G_BEGIN_DECLS

/**
 * LimnSheetView:
 *
 * A contact sheet: its cells in columns and rows, in a GtkScrolledWindow, with labels above and beside them that stay where they are while the
 * cells are scrolled. As large as all of it can be seen, larger, or one cell alone as large as there is room. There are widgets only for
 * cells that are in sight.
 *
 * Keys: arrows, Home, End, with Ctrl those of the whole sheet, Page Up and Down; Enter opens, the space bar shows large and back, Menu or
 * Shift+F10 is the menu.
 *
 * Properties: GtkScrollable's; "fit" (boolean, read-only, notified), "large" (boolean, notified): the cell at the keyboard fills the view;
 * "selected" (LimnSheetItem, nullable, read-only, notified): the cell at the keyboard.
 *
 * Signals: "open" (LimnSheetItem), "toggle-star" (LimnSheetItem), "popup-menu" (LimnSheetItem, double x, double y in the view).
 * Main thread.
 */
#define LIMN_TYPE_SHEET_VIEW (limn_sheet_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetView, limn_sheet_view, LIMN, SHEET_VIEW, GtkWidget)

/** limn_sheet_view_set_board: @board: (nullable). Begins at its first cell, with all of it to be seen. */
void            limn_sheet_view_set_board    (LimnSheetView  *self,
                                              LimnSheetBoard *board);
LimnSheetItem  *limn_sheet_view_get_selected (LimnSheetView  *self);
/** limn_sheet_view_select: brings the cell at @position into sight, and the keyboard to it if it is in the view. */
void            limn_sheet_view_select       (LimnSheetView  *self,
                                              guint           position);
void            limn_sheet_view_set_large    (LimnSheetView  *self,
                                              gboolean        large);
gboolean        limn_sheet_view_is_large     (LimnSheetView  *self);

/** limn_sheet_view_get_actions: "zoom-in", "zoom-out", "fit", "actual-size". (transfer none) */
GActionGroup   *limn_sheet_view_get_actions  (LimnSheetView  *self);

/** limn_sheet_view_get_place: (out): where the cell lies in the view; FALSE: there is none, or no part of it can be seen. */
gboolean        limn_sheet_view_get_place    (LimnSheetView   *self,
                                              guint            position,
                                              graphene_rect_t *place);

G_END_DECLS
