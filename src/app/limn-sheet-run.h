/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-board.h"
#include "session/limn-job-queue.h"

G_BEGIN_DECLS

/**
 * LimnSheetRun:
 *
 * What the queue does with a sheet, brought on to its board: which cell is being painted, with its frames as they come, which are done
 * and where their files are, and what became of the others. Knows the job by its id, before it is in the queue and after.
 *
 * Properties, read-only: "job" (LimnJob, nullable, notified): as long as it is in the queue.
 * Signals: "saved" (uint picture, string path): a cell has its file.
 * Main thread.
 */
#define LIMN_TYPE_SHEET_RUN (limn_sheet_run_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetRun, limn_sheet_run, LIMN, SHEET_RUN, GObject)

LimnSheetRun   *limn_sheet_run_new        (LimnJobQueue   *queue,
                                           LimnSheetBoard *board,
                                           const char     *job_id);
LimnJob        *limn_sheet_run_get_job    (LimnSheetRun   *run);
LimnSheetBoard *limn_sheet_run_get_board  (LimnSheetRun   *run);
const char     *limn_sheet_run_get_job_id (LimnSheetRun   *run);

/** limn_sheet_run_begin: for a run that was made when the queue's "picture-started" was on its way already. */
void            limn_sheet_run_begin      (LimnSheetRun   *run,
                                           LimnJob        *job,
                                           LimnReel       *reel);

/** limn_sheet_run_set_path: picture @picture is known to be in the file @path. */
void            limn_sheet_run_set_path   (LimnSheetRun   *run,
                                           guint           picture,
                                           const char     *path);

/** limn_sheet_run_has_painted: whether @reel is of a cell, as it was painted by a run. */
gboolean        limn_sheet_run_has_painted (LimnReel      *reel);

G_END_DECLS
