/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_unichar_is_space:
 *
 * White space as Python's str.split() and `\s` have it: bidirectional class WS, B or S, or category Zs. Unlike
 * g_unichar_isspace() that holds U+000B, U+001C..1F and U+0085. Pure; any thread.
 */
static inline gboolean
limn_unichar_is_space (gunichar c)
{
  if (c < 0x80)
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
  return c == 0x85 || c == 0x2028 || c == 0x2029 || g_unichar_type (c) == G_UNICODE_SPACE_SEPARATOR;
}

/** limn_unichar_is_letter: Unicode category L*. Pure; any thread. */
static inline gboolean
limn_unichar_is_letter (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_LOWERCASE_LETTER || type == G_UNICODE_UPPERCASE_LETTER || type == G_UNICODE_TITLECASE_LETTER
         || type == G_UNICODE_MODIFIER_LETTER || type == G_UNICODE_OTHER_LETTER;
}

/** limn_unichar_is_number: Unicode category N*. Pure; any thread. */
static inline gboolean
limn_unichar_is_number (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_DECIMAL_NUMBER || type == G_UNICODE_LETTER_NUMBER || type == G_UNICODE_OTHER_NUMBER;
}

/** limn_unichar_is_word: as Python's `\w`. Pure; any thread. */
static inline gboolean
limn_unichar_is_word (gunichar c)
{
  return c == '_' || limn_unichar_is_letter (c) || limn_unichar_is_number (c);
}

G_END_DECLS
