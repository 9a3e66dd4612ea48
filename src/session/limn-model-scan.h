/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-model-file.h"

G_BEGIN_DECLS

/* How deep folders are looked through, how many names in all are looked at, and how many files are opened. Who grants the whole home by mistake
 * has a library after some seconds and not a disk that is busy for an hour; what was left out is told. */
#define LIMN_MODEL_SCAN_MAX_DEPTH 8
#define LIMN_MODEL_SCAN_MAX_NAMES 100000
#define LIMN_MODEL_SCAN_MAX_FILES 5000

/**
 * LimnModelScan:
 * @files: (element-type LimnModelFile): those of the first folder first, in each by the name of the path
 * @missing: (element-type utf8): folders that are not there
 * @is_cut: one of the limits above was reached
 */
typedef struct
{
  GPtrArray *files;
  GPtrArray *missing;
  gboolean   is_cut;
} LimnModelScan;

/**
 * limn_model_scan_find_companions:
 *
 * Returns: (nullable) (transfer full): the folder of what comes with Limn beside the embedded model: limn/companions in the first that has it of
 *   the user's and the system's data folders, or what LIMN_COMPANIONS says, for a program that is not installed. Any thread.
 */
char          *limn_model_scan_find_companions (void);

/**
 * limn_model_scan:
 * @folders: (nullable) (element-type filename): NULL-terminated, absolute; looked through with all folders below them, links followed, hidden ones
 *   left out
 * @paths: (nullable) (element-type filename): NULL-terminated, absolute: files, and folders that are one model, wherever they are; they come first
 * @notes: (nullable): see limn_model_file_look()
 *
 * What comes with Limn is found last, in every scan.
 *
 * Looks for what belongs to Limn: whole models, one file or a folder with a model_index.json, and what goes with them. Of a file in a folder that is
 * none of these there is no trace; one that should be and is damaged says so. Each is there once, however many ways lead to it.
 *
 * Waits for the disk: a thousand files take a second, with @notes a tenth of it. Any thread. Fails with G_IO_ERROR_CANCELLED only.
 */
LimnModelScan *limn_model_scan      (const char *const *folders,
                                     const char *const *paths,
                                     LimnFileNotes     *notes,
                                     GCancellable      *cancellable,
                                     GError           **error);
void           limn_model_scan_free (LimnModelScan     *scan);

/** limn_model_scan_is_worth_looking: whether a file of the name @path may be a model, or belong to one, by its ending. Asks no disk. */
gboolean       limn_model_scan_is_worth_looking (const char *path);

/** limn_model_scan_make_resources: (transfer full): what names stand for, of all that can be used. @files: (element-type LimnModelFile) */
LimnResources *limn_model_scan_make_resources (GPtrArray *files);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModelScan, limn_model_scan_free)

G_END_DECLS
