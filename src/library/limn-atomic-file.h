/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * limn_atomic_file_write:
 * @path: in the encoding of file names; a symbolic link is followed
 *
 * After TRUE, @path holds @bytes and they have reached the disk. After FALSE, or a crash at any time, @path is what it was
 * before: the bytes go under another name in the same folder, are synced, and take @path's name in one step.
 * A file that is replaced keeps its permissions. Only a crash may leave the other name behind (".limn-….tmp"); see
 * limn_atomic_file_sweep().
 *
 * Waits for the disk. Any thread, any number of writers of one path: one of them wins.
 * Fails with G_IO_ERROR; the message says to the artist what to do.
 */
gboolean limn_atomic_file_write     (const char *path,
                                     GBytes     *bytes,
                                     GError    **error);

/**
 * limn_atomic_file_check:
 *
 * Whether limn_atomic_file_write() could begin now: for those who want to know before hours of work. Makes the temporary file and
 * removes it. Whether the disk has room, or still has it then, is not known. Any thread; the errors are the same.
 */
gboolean limn_atomic_file_check     (const char *path,
                                     GError    **error);

/**
 * limn_atomic_file_check_folder:
 * @begin: of the names that are going to be written
 *
 * Makes the folder @path where there is none, and says whether such files can be written into it. Fails with LIMN_ERROR_INVALID where there is
 * one of them already: what belongs together must not be mixed with others. And as limn_atomic_file_check() does.
 */
gboolean limn_atomic_file_check_folder (const char *path,
                                        const char *begin,
                                        GError    **error);

/**
 * limn_atomic_file_write_new:
 *
 * The same, but never replaces anything: where @path is taken, "name-0001.png", "name-0002.png", … are tried. Two writers
 * never get the same name.
 *
 * Returns: (transfer full) (type filename): the name it got, or NULL
 */
char    *limn_atomic_file_write_new (const char *path,
                                     GBytes     *bytes,
                                     GError    **error);

/**
 * LimnAtomicStream:
 *
 * limn_atomic_file_write() piece by piece, for what is too large to be held in memory: what is written is at its path after
 * limn_atomic_stream_commit(), and nowhere when the stream is dropped without.
 * Thread-safety: owner thread.
 */
#define LIMN_TYPE_ATOMIC_STREAM (limn_atomic_stream_get_type ())
G_DECLARE_FINAL_TYPE (LimnAtomicStream, limn_atomic_stream, LIMN, ATOMIC_STREAM, GOutputStream)

LimnAtomicStream *limn_atomic_stream_new (const char        *path,
                                          GError           **error);
/** limn_atomic_stream_commit: once, after the last byte. Waits for the disk. */
gboolean limn_atomic_stream_commit       (LimnAtomicStream  *stream,
                                          GError           **error);

/**
 * limn_atomic_file_sweep:
 *
 * Removes from @folder what writers that were killed have left. Files of writers that still run are
 * not touched (they hold a lock). Returns: the number removed.
 */
guint    limn_atomic_file_sweep     (const char *folder);

G_END_DECLS
