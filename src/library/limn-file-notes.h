/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnFileNotes:
 *
 * What was found out about large files, so that it is not found out again: their SHA-256, and a text of whoever looked into them. It holds for a
 * file as long as its size and time of change are the same. An SQLite database that can be thrown away: one that is damaged, of
 * another version, or cannot be written is replaced in silence (in the last case by one in memory).
 *
 * Thread-safety: any, several at a time. Every function waits for the disk: never the main loop. None fails.
 */
typedef struct _LimnFileNotes LimnFileNotes;

/** LimnFileStamp: what tells whether a file is still the one that was read. */
typedef struct
{
  gint64 mtime_ns;
  gint64 size;
} LimnFileStamp;

/** limn_file_stamp_read: of a file, following links. FALSE where there is none, or no right to ask; errno says. */
gboolean       limn_file_stamp_read       (const char          *path,
                                           LimnFileStamp       *stamp);

/** limn_file_notes_new: @path: (nullable) (type filename): the database; NULL: Limn's own in the user's cache. Its folder is made. */
LimnFileNotes *limn_file_notes_new        (const char          *path);
LimnFileNotes *limn_file_notes_ref        (LimnFileNotes       *notes);
void           limn_file_notes_unref      (LimnFileNotes       *notes);

/**
 * limn_file_notes_get:
 * @about: (out) (nullable) (transfer full): what limn_file_notes_set_about() noted; NULL: nothing
 * @hash: (out) (nullable) (transfer full): what limn_file_notes_set_hash() noted; NULL: nothing
 */
void           limn_file_notes_get        (LimnFileNotes       *notes,
                                           const char          *path,
                                           const LimnFileStamp *stamp,
                                           char               **about,
                                           char               **hash);

/** limn_file_notes_set_about, limn_file_notes_set_hash: what was noted of another state of the file is forgotten. @about: UTF-8; @hash: 64 digits. */
void           limn_file_notes_set_about  (LimnFileNotes       *notes,
                                           const char          *path,
                                           const LimnFileStamp *stamp,
                                           const char          *about);
void           limn_file_notes_set_hash   (LimnFileNotes       *notes,
                                           const char          *path,
                                           const LimnFileStamp *stamp,
                                           const char          *hash);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnFileNotes, limn_file_notes_unref)

G_END_DECLS
