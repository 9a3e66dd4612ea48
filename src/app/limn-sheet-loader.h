/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-item.h"

G_BEGIN_DECLS

/** LIMN_SHEET_LOADER_KEPT_BYTES: pixels of cells that are out of sight, kept so that scrolling back shows them at once: 256 thumbnails. */
#define LIMN_SHEET_LOADER_KEPT_BYTES ((gsize) 64 << 20)

/**
 * LimnSheetLoader:
 *
 * Reads the pictures of those cells that are in sight, on threads, what came into sight last first, and no larger than they are shown.
 * Main thread.
 */
typedef struct _LimnSheetLoader LimnSheetLoader;

LimnSheetLoader *limn_sheet_loader_new  (void);
void             limn_sheet_loader_free (LimnSheetLoader *loader);

/**
 * limn_sheet_loader_show:
 * @side: pixels of the screen along its longer side; may be called again with another
 *
 * @item is in sight: it gets its picture as soon as it has a file and that is read. Balanced by one limn_sheet_loader_hide(), however often
 * it was shown.
 */
void             limn_sheet_loader_show (LimnSheetLoader *loader,
                                         LimnSheetItem   *item,
                                         guint            side);
void             limn_sheet_loader_hide (LimnSheetLoader *loader,
                                         LimnSheetItem   *item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSheetLoader, limn_sheet_loader_free)

G_END_DECLS
