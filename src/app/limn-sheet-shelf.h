/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-keeper.h"
#include "session/limn-sheet.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnSheetRecord:
 * @job_id: of the job that painted it, or has begun to
 * @steps: (nullable): the id of kept steps that its pictures part from
 * @paths: [pictures of @sheet] (nullable) (type filename): the file of each picture, as far as one was found
 *
 * A sheet and what there is of it.
 */
typedef struct
{
  LimnSheet  *sheet;
  char       *job_id;
  char       *steps;
  char      **paths;
} LimnSheetRecord;

void             limn_sheet_record_free (LimnSheetRecord *record);

/** limn_sheet_shelf_keep: as the sheet to be shown at the next start; through @keeper into @state_folder. @steps: (nullable). */
void             limn_sheet_shelf_keep        (LimnKeeper           *keeper,
                                               const char           *state_folder,
                                               LimnSheet            *sheet,
                                               const char           *job_id,
                                               const char           *steps);

/**
 * limn_sheet_shelf_load_async:
 * @folder: where pictures are saved
 *
 * The sheet that was kept, with those of its pictures that are in @folder, on a thread. Fails with G_FILE_ERROR_NOENT where none was.
 * The callback's source object is NULL.
 */
void             limn_sheet_shelf_load_async  (const char           *state_folder,
                                               const char           *folder,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              data);
/**
 * limn_sheet_shelf_find_async:
 * @path: of a picture
 *
 * The sheet that the picture @path stands on, as its text says, with those of its pictures that are in @folder. Fails with
 * G_IO_ERROR_NOT_FOUND where it stands on none.
 */
void             limn_sheet_shelf_find_async  (const char           *path,
                                               const char           *folder,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              data);
LimnSheetRecord *limn_sheet_shelf_finish      (GAsyncResult         *result,
                                               GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSheetRecord, limn_sheet_record_free)

G_END_DECLS
