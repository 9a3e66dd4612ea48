/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-item.h"

G_BEGIN_DECLS

/**
 * LimnSheetTile:
 *
 * One cell of a contact sheet: its picture as large as there is room, how far it is while it is painted, a star. It can have the focus;
 * what keys do there is up to the sheet.
 *
 * Signals: "toggle-star".
 * Main thread.
 */
#define LIMN_TYPE_SHEET_TILE (limn_sheet_tile_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetTile, limn_sheet_tile, LIMN, SHEET_TILE, GtkWidget)

GtkWidget     *limn_sheet_tile_new      (LimnSheetItem *item);
LimnSheetItem *limn_sheet_tile_get_item (LimnSheetTile *tile);

G_END_DECLS
