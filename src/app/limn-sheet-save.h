/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-board.h"
#include "session/limn-sheet.h"

G_BEGIN_DECLS

/**
 * limn_sheet_save_async:
 * @path: (type filename): replaced, if it is there
 *
 * Draws the whole sheet as one picture, with its labels, as large as its pictures are, and writes it as a PNG; on a thread. Cells whose pictures are
 * not there, or cannot be read, stay empty. The callback's source object is NULL.
 */
void     limn_sheet_save_async  (LimnSheet            *sheet,
                                 LimnSheetBoard       *board,
                                 const char           *path,
                                 gboolean              right_to_left,
                                 GCancellable         *cancellable,
                                 GAsyncReadyCallback   callback,
                                 gpointer              data);
gboolean limn_sheet_save_finish (GAsyncResult         *result,
                                 GError              **error);

G_END_DECLS
