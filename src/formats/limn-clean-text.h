/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnTextChar:
 * @start, @end: bytes of the source [start, end) from which it came, whole characters
 */
typedef struct
{
  gunichar c;
  guint32 start;
  guint32 end;
} LimnTextChar;

/**
 * limn_clean_text:
 * @length: bytes of @text, at most G_MAXUINT32, NULs among them allowed
 * @final_sigma: whether a capital sigma at the end of a word becomes U+03C2
 * @chars: (element-type LimnTextChar): the characters are appended
 *
 * The tokenizer's first step: NFC, white space to single spaces, lower case. There may be one space at the end.
 *
 * Fails with LIMN_ERROR_INVALID when @text is not UTF-8 or has more than LIMN_TOKENIZER_MAX_CLUSTER marks in a row.
 * Pure; any thread.
 */
gboolean limn_clean_text (const char  *text,
                          gsize        length,
                          gboolean     final_sigma,
                          GArray      *chars,
                          GError     **error);

G_END_DECLS
