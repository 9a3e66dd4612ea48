/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folding happens here and not in FTS5's tokenizer, whose Unicode tables know Latin accents only. The tokenizer of the index
 * is told to take letters, marks, numbers and symbols as parts of words (see limn-picture-index.c), which is
 * what is_word() says too: an expression never holds a term that the tokenizer throws away.
 */
#include "config.h"

#include "library/limn-search-text.h"

static gboolean
is_word (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
    case G_UNICODE_OTHER_SYMBOL:
      return TRUE;
    default:
      return FALSE;
    }
}

/* A character that is a word by itself: nobody types a space before it. */
static gboolean
stands_alone (gunichar c)
{
  if (g_unichar_type (c) == G_UNICODE_OTHER_SYMBOL)
    return TRUE;
  switch (g_unichar_get_script (c))
    {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_BOPOMOFO:
    case G_UNICODE_SCRIPT_THAI:
    case G_UNICODE_SCRIPT_LAO:
    case G_UNICODE_SCRIPT_KHMER:
    case G_UNICODE_SCRIPT_MYANMAR:
      return TRUE;
    default:
      return FALSE;
    }
}

static gunichar
unify (gunichar c)
{
  switch (c)
    {
    case 0x0643: /* Arabic kaf: Persian keheh */
      return 0x06a9;
    case 0x064a: /* Arabic yeh, and alef maksura: Farsi yeh */
    case 0x0649:
      return 0x06cc;
    default:
      return c;
    }
}

char *
limn_search_text_fold (const char *text)
{
  g_autofree char *lower = g_utf8_casefold (text, -1);
  g_autofree char *apart = g_utf8_normalize (lower, -1, G_NORMALIZE_ALL);
  GString *folded = g_string_new (NULL);

  for (const char *p = apart != NULL ? apart : ""; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = unify (g_utf8_get_char (p));
      GUnicodeType type = g_unichar_type (c);

      if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK)
        continue;
      if (!is_word (c))
        {
          g_string_append_c (folded, ' ');
        }
      else if (stands_alone (c))
        {
          g_string_append_c (folded, ' ');
          g_string_append_unichar (folded, c);
          g_string_append_c (folded, ' ');
        }
      else
        {
          g_string_append_unichar (folded, c);
        }
    }
  return g_string_free (folded, FALSE);
}

char *
limn_search_text_to_match (const char *words)
{
  g_auto(GStrv) typed = NULL;
  GString *match = g_string_new (NULL);
  g_autofree char *plain = g_strdup (words);

  /* What was typed together stands together: "日本" is the phrase "日 本", "red:1.2" is "red 1 2". */
  g_strdelimit (plain, "\t\n\r\f\v", ' ');
  typed = g_strsplit (plain, " ", -1);
  for (guint i = 0; typed[i] != NULL; i++)
    {
      g_autofree char *folded = limn_search_text_fold (typed[i]);

      if (*g_strstrip (folded) != '\0')
        g_string_append_printf (match, "%s\"%s\"*", match->len > 0 ? " " : "", folded);
    }
  return g_string_free (match, match->len == 0);
}
