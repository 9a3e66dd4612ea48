/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnAtomicFileClaim: the ways to give a file a name that must be free, best first.
 * @LIMN_ATOMIC_FILE_CLAIM_RENAME: renameat2 (RENAME_NOREPLACE); some file systems lack it
 * @LIMN_ATOMIC_FILE_CLAIM_LINK: a second, hard link; FAT and some network folders have none
 * @LIMN_ATOMIC_FILE_CLAIM_RESERVE: an empty file holds the place, then is replaced; a crash in between leaves it
 */
typedef enum
{
  LIMN_ATOMIC_FILE_CLAIM_RENAME = 1 << 0,
  LIMN_ATOMIC_FILE_CLAIM_LINK = 1 << 1,
  LIMN_ATOMIC_FILE_CLAIM_RESERVE = 1 << 2,
  LIMN_ATOMIC_FILE_CLAIM_ANY = 7,
} LimnAtomicFileClaim;

/** limn_atomic_file_write_new_by: limn_atomic_file_write_new() by the ways in @ways only; for tests. */
char *limn_atomic_file_write_new_by (const char           *path,
                                     GBytes               *bytes,
                                     LimnAtomicFileClaim   ways,
                                     GError              **error);

G_END_DECLS
