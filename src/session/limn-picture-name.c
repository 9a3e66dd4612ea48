/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-picture-name.h"

#include <string.h>

/* Where a word ends before this many characters the cut goes through the word. */
#define SHORTEST_CUT 30

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d

/* The weight in "(red:1.3)": what stands between the colon and the bracket. Returns where it ends, or NULL. */
static const char *
skip_weight (const char *colon)
{
  gsize n = strspn (colon + 1, "0123456789.+- ");

  return n > 0 && colon[1 + n] == ')' ? colon + 1 + n : NULL;
}

static gboolean
is_break (gunichar c)
{
  /* What FAT, exFAT and network shares refuse, beside what Unix does. */
  return g_unichar_isspace (c) || g_unichar_iscntrl (c) || (c < 0x80 && strchr ("/\\:*?\"<>|", c));
}

static gboolean
is_dropped (gunichar c)
{
  if (c < 0x80)
    return strchr ("()[]{}", c) != NULL;
  /* Persian and the scripts of India are not written without these two; emoji neither. */
  if (c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER)
    return FALSE;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
belongs_to_previous (gunichar c)
{
  return g_unichar_ismark (c) || c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER;
}

/* The first words, cut after a word where that is not too early, and never between a letter and its marks. */
static void
cut (GString *name, glong max_chars, gsize max_bytes)
{
  gsize end = 0, last_space = 0;
  glong n = 0, chars_at_space = 0;

  if (g_utf8_strlen (name->str, name->len) <= max_chars && name->len <= max_bytes)
    return;
  for (const char *c = name->str; *c && n <= max_chars && (gsize) (c - name->str) <= max_bytes; c = g_utf8_next_char (c), n++)
    if (*c == ' ')
      {
        last_space = end = c - name->str;
        chars_at_space = n;
      }
    else if (!belongs_to_previous (g_utf8_get_char (c)))
      end = c - name->str;
  g_string_truncate (name, chars_at_space >= SHORTEST_CUT ? last_space : end);
}

static void
trim (GString *name)
{
  gsize front = strspn (name->str, " .-,;_~");

  g_string_erase (name, 0, front);
  while (name->len > 0 && strchr (" .-,;_", name->str[name->len - 1]))
    g_string_truncate (name, name->len - 1);
}

char *
limn_picture_name_new (GDateTime *when, const char *prompt)
{
  g_autofree char *valid = g_utf8_make_valid (prompt, -1);
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
  g_autoptr(GString) words = g_string_new (NULL);
  g_autofree char *time = when ? g_date_time_format (when, "%Y-%m-%d %H-%M-%S") : NULL;
  gsize time_length = time ? strlen (time) + 1 : 0;

  for (const char *c = composed; *c; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);
      const char *after = u == ':' ? skip_weight (c) : NULL;

      if (after)
        c = after;
      else if (is_dropped (u))
        continue;
      else if (!is_break (u))
        g_string_append_unichar (words, u);
      else if (words->len > 0 && words->str[words->len - 1] != ' ')
        g_string_append_c (words, ' ');
    }
  trim (words);
  cut (words, LIMN_PICTURE_NAME_MAX_CHARS, LIMN_PICTURE_NAME_MAX_BYTES - time_length);
  trim (words);
  if (time && words->len > 0)
    return g_strconcat (time, " ", words->str, NULL);
  if (time)
    return g_steal_pointer (&time);
  return words->len > 0 ? g_strdup (words->str) : g_strdup ("limn");
}
