/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnTrashed:
 *
 * A file that was put into the wastebasket a moment ago, and how to get it back. Thread-safety: one thread at a time.
 */
typedef struct _LimnTrashed LimnTrashed;

/**
 * limn_trash_file:
 * @path: (type filename): absolute
 *
 * Moves the file into the wastebasket, where the file manager shows it, and remembers how to undo that. Waits for the disk; any thread.
 * Fails with G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED where the disk has no wastebasket; the file is then where it was. Nothing is ever
 * deleted for good.
 */
LimnTrashed *limn_trash_file       (const char    *path,
                                    GCancellable  *cancellable,
                                    GError       **error);

/** limn_trashed_get_path: where the file was. */
const char  *limn_trashed_get_path (LimnTrashed   *trashed);

/**
 * limn_trashed_restore:
 *
 * Takes the file out of the wastebasket, back to where it was; under another name ("name-0001.png") where its own is taken by now. Works
 * without gvfs. Where the wastebasket cannot be looked into (in a sandbox), the file is written anew from what is still held
 * of it, and its twin stays in the wastebasket. Once only. Waits for the disk; any thread.
 *
 * Returns: (transfer full) (type filename): its name, or NULL: fails with G_IO_ERROR
 */
char        *limn_trashed_restore  (LimnTrashed   *trashed,
                                    GError       **error);

void         limn_trashed_free     (LimnTrashed   *trashed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTrashed, limn_trashed_free)

G_END_DECLS
