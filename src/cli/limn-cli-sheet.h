/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-batch.h"
#include "image/limn-contact-sheet.h"
#include "session/limn-sheet.h"

G_BEGIN_DECLS

/** LimnCliSheetPlace: @path: (nullable): the PNG; without it there is no sheet. @made: the folder was not there before. */
typedef struct
{
  char    *path;
  gboolean dark;
  gboolean made;
} LimnCliSheetPlace;

void     limn_cli_sheet_place_clear (LimnCliSheetPlace       *place);

/** limn_cli_sheet_place_check: whether a sheet could be written there. */
gboolean limn_cli_sheet_place_check (const LimnCliSheetPlace *place,
                                     GError                 **error);

/**
 * limn_cli_sheet_place_open:
 * @begin: of the names of the pictures
 * @path: (nullable): where the sheet was asked for; NULL: sheet.png in @folder
 *
 * Makes @folder and sets @place's path; fails as limn_atomic_file_check_folder() and limn_cli_sheet_place_check() do.
 */
gboolean limn_cli_sheet_place_open  (LimnCliSheetPlace       *place,
                                     const char              *folder,
                                     const char              *begin,
                                     const char              *path,
                                     GError                 **error);

/** LimnCliSheet: a contact sheet on its way to a file; or none, where no place was given: then nothing happens. */
typedef struct _LimnCliSheet LimnCliSheet;

/** limn_cli_sheet_new: @params: of the grid; dark is the place's. */
LimnCliSheet *limn_cli_sheet_new     (const LimnCliSheetPlace      *place,
                                      const LimnContactSheetParams *params,
                                      GError                      **error);

/** limn_cli_sheet_new_row: @n pictures one after the other, in rows where they are many, each with a caption. */
LimnCliSheet *limn_cli_sheet_new_row (const LimnCliSheetPlace *place,
                                      guint                    n,
                                      const char              *title,
                                      const char              *subtitle,
                                      guint                    width,
                                      guint                    height,
                                      GError                 **error);

/** limn_cli_sheet_add: @i: counted in rows. */
void          limn_cli_sheet_add     (LimnCliSheet            *sheet,
                                      guint                    i,
                                      LimnImage               *picture,
                                      const char              *caption);

/** limn_cli_sheet_write: writes it, prints its name, and says so if its pictures had to become smaller. FALSE: it cannot be written, which was said. */
gboolean      limn_cli_sheet_write   (LimnCliSheet            *sheet,
                                      LimnCliProgress          progress);

void          limn_cli_sheet_free    (LimnCliSheet            *sheet);

/**
 * LimnCliSheetJob: a sheet on its way to files
 * @folder: where each picture goes, as BEGIN01-column-01.png or, @numbered, BEGIN0001.png
 * @subtitle: of the sheet
 */
typedef struct
{
  LimnSheet               *sheet;
  const char              *folder;
  const char              *begin;
  gboolean                 numbered;
  const char              *subtitle;
  const LimnCliSheetPlace *place;
  LimnCliProgress          progress;
  LimnStash               *stash;
  gboolean                 embed;
  GBytes                  *steps;
} LimnCliSheetJob;

/** limn_cli_sheet_job_paint: its pictures, in the order in which they share most, then the sheet, then what it took. Returns a LimnCliExit. */
int           limn_cli_sheet_job_paint (const LimnCliSheetJob *job,
                                        LimnSession           *session,
                                        GCancellable          *cancellable);

/** limn_cli_sheet_describe: "DDIM, 20 steps, guidance 4, seed 5". @seed: with it. (transfer full) */
char         *limn_cli_sheet_describe (const LimnRequest      *request,
                                       gboolean                seed);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliSheetPlace, limn_cli_sheet_place_clear)

G_END_DECLS
