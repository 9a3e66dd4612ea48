/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-byte-source.h"

G_BEGIN_DECLS

/**
 * LimnTorchZip:
 *
 * The directory of a zip archive as torch.save() writes it (PyTorch 1.6 and later): every entry stored without
 * compression, Zip64 where sizes need it. What a program for archives would still open, and PyTorch never wrote,
 * is refused: compressed or encrypted entries, archives in several parts, two entries of one name, entries
 * that share bytes with each other or with the directory. So nothing here can be larger than the file.
 *
 * Checksums are not compared: PyTorch itself can be told not to write them, and comparing means to read all.
 *
 * Thread-safety: any; immutable.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
 */
typedef struct _LimnTorchZip LimnTorchZip;

/* Entries: a full SD 1.x training checkpoint has some 3,500. */
#define LIMN_TORCH_ZIP_MAX_ENTRIES 100000

/* Bytes of the directory: that many entries with names of 300 bytes. */
#define LIMN_TORCH_ZIP_MAX_DIRECTORY_BYTES (32 * 1024 * 1024)

/**
 * LimnTorchZipEntry:
 * @name: UTF-8
 * @begin: first byte of its data, from the start of the file
 * @n_bytes: @begin + @n_bytes lies within the file as it was when opened
 */
typedef struct
{
  const char *name;
  guint64 begin;
  guint64 n_bytes;
} LimnTorchZipEntry;

/**
 * limn_torch_zip_new:
 * @source: (unowned): must live as long
 *
 * Reads and checks the directory and the head of every entry, and none of their data. Fails with LIMN_ERROR_FORMAT,
 * with LIMN_ERROR_UNSUPPORTED for a sound archive with what torch.save() never writes, or G_FILE_ERROR.
 */
LimnTorchZip            *limn_torch_zip_new     (const LimnByteSource  *source,
                                                 GError               **error);
void                     limn_torch_zip_free    (LimnTorchZip          *self);

/** limn_torch_zip_get_n / _get_nth: in the order of their data. Borrowed. */
guint                    limn_torch_zip_get_n   (const LimnTorchZip    *self);
const LimnTorchZipEntry *limn_torch_zip_get_nth (const LimnTorchZip    *self,
                                                 guint                  i);

/** limn_torch_zip_lookup: NULL if there is none of that name. */
const LimnTorchZipEntry *limn_torch_zip_lookup  (const LimnTorchZip    *self,
                                                 const char            *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTorchZip, limn_torch_zip_free)

G_END_DECLS
