/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/limn-error.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnByteSource:
 *
 * The bytes of a file, or of something in memory, read where they lie. The file is never mapped: a mapped file
 * that is cut short under us would kill the program, while a short read is an error like any other.
 *
 * Thread-safety: any; immutable once open, and read with pread.
 */
typedef struct _LimnByteSource LimnByteSource;

/** limn_byte_source_open: a regular file. Fails with G_FILE_ERROR, or LIMN_ERROR_FORMAT for a folder, a pipe and the like. */
LimnByteSource *limn_byte_source_open          (const char            *path,
                                                GError               **error);

/** limn_byte_source_new_for_bytes: @name: what to call them in errors. Keeps a reference on @bytes. */
LimnByteSource *limn_byte_source_new_for_bytes (GBytes                *bytes,
                                                const char            *name);
void            limn_byte_source_free          (LimnByteSource        *self);

/** limn_byte_source_get_name: as errors call it: the file's base name, as text. Borrowed. */
const char     *limn_byte_source_get_name      (const LimnByteSource  *self);

/** limn_byte_source_get_size: when it was opened. */
guint64         limn_byte_source_get_size      (const LimnByteSource  *self);

/**
 * limn_byte_source_read:
 * @buffer: (out): at least @n bytes; on failure its contents are undefined
 *
 * Fails with LIMN_ERROR_FORMAT when the range leaves the file, or the file has become shorter since it was opened,
 * G_FILE_ERROR from the disk. May wait for the disk.
 */
gboolean        limn_byte_source_read          (const LimnByteSource  *self,
                                                guint64                offset,
                                                gsize                  n,
                                                void                  *buffer,
                                                GError               **error);

/** limn_byte_source_fail: sets “NAME” cannot be read: …; always FALSE. */
gboolean        limn_byte_source_fail          (const LimnByteSource  *self,
                                                LimnErrorCode          code,
                                                GError               **error,
                                                const char            *format,
                                                ...) G_GNUC_PRINTF (4, 5);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnByteSource, limn_byte_source_free)

G_END_DECLS
