/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NFC joins and reorders characters, so a character's place in the source is lost if
 * the text is normalized as a whole. It is cut before each character that can neither be reordered nor
 * joined to what stands before it ("clusters"), and each cluster is normalized alone: the same result (UAX 15, section
 * 9), and every resulting character knows the cluster it came from.
 */
#include "config.h"

#include "formats/limn-clean-text.h"

#include "base/limn-error.h"
#include "formats/limn-tokenizer.h"
#include "formats/limn-unichar.h"

#include <string.h>

/* Whether @c may be reordered with, or joined to, what stands before it: marks, the second and third letters of a
 * Hangul syllable, and the Kirat Rai vowels that Unicode 16 made join. */
static gboolean
joins_backward (gunichar c)
{
  if (c < 0x300)
    return FALSE;
  return g_unichar_ismark (c) || (c >= 0x1160 && c <= 0x11ff) || (c >= 0x16d63 && c <= 0x16d6a);
}

static void
append_lower (GArray   *chars,
              gunichar  c,
              guint32   start,
              guint32   end)
{
  LimnTextChar lower = { g_unichar_tolower (c), start, end };

  /* GLib lowers letters only: Roman numerals and circled letters have lower cases too. */
  if (c >= 0x2160 && c <= 0x216f)
    lower.c = c + 16;
  else if (c >= 0x24b6 && c <= 0x24cf)
    lower.c = c + 26;
  /* The one character whose lower case is two (SpecialCasing.txt, unconditional mappings). */
  else if (c == 0x130)
    lower.c = 'i';
  g_array_append_val (chars, lower);
  if (c == 0x130)
    {
      lower.c = 0x307;
      g_array_append_val (chars, lower);
    }
}

/* Unicode's Cased and Case_Ignorable, near enough for what may stand around a sigma. */
static gboolean
is_cased (gunichar c)
{
  return g_unichar_isupper (c) || g_unichar_islower (c) || g_unichar_istitle (c) || c == 0xaa || c == 0xba
         || (c >= 0x2160 && c <= 0x217f) || (c >= 0x24b6 && c <= 0x24e9);
}

static gboolean
is_case_ignorable (gunichar c)
{
  static const gunichar others[] = { '\'', '.', ':', 0xb7, 0x387, 0x55f, 0x5f4, 0x2018, 0x2019, 0x2024, 0x2027, 0xfe13,
                                     0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a };
  GUnicodeType type = g_unichar_type (c);

  if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_FORMAT
      || type == G_UNICODE_MODIFIER_LETTER || type == G_UNICODE_MODIFIER_SYMBOL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      if (c == others[i])
        return TRUE;
    }
  return FALSE;
}

/* A capital sigma has become a small one; at the end of a word it is another letter. The text is lower-cased
 * already, which changes neither property of its neighbours. Runs of ignorable characters are walked once: @cased
 * remembers the last character before them. */
static void
apply_final_sigma (GArray       *chars,
                   const GArray *capital_sigmas)
{
  LimnTextChar *c = (LimnTextChar *) (gpointer) chars->data;
  guint at = 0;
  gboolean cased = FALSE;

  for (guint i = 0; i < capital_sigmas->len; i++)
    {
      guint place = g_array_index (capital_sigmas, guint, i);
      guint after = place + 1;

      for (; at < place; at++)
        {
          if (!is_case_ignorable (c[at].c))
            cased = is_cased (c[at].c);
        }
      while (after < chars->len && after - place <= LIMN_TOKENIZER_MAX_CLUSTER && is_case_ignorable (c[after].c))
        after++;
      if (cased && !(after < chars->len && is_cased (c[after].c)))
        c[place].c = 0x3c2;
    }
}

/* g_utf8_validate_len() refuses NUL, which is a character like others here: it cannot be typed, but a file may
 * hold it. */
static gboolean
is_utf8 (const char *text,
         gsize       length)
{
  const char *at = text;
  const char *end = text + length;

  while (at < end)
    {
      const char *stop = memchr (at, '\0', end - at);

      if (!g_utf8_validate_len (at, (stop != NULL ? stop : end) - at, NULL))
        return FALSE;
      if (stop == NULL)
        break;
      at = stop + 1;
    }
  return TRUE;
}

gboolean
limn_clean_text (const char  *text,
                 gsize        length,
                 gboolean     final_sigma,
                 GArray      *chars,
                 GError     **error)
{
  g_autoptr(GArray) capital_sigmas = g_array_new (FALSE, FALSE, sizeof (guint));
  const char *at = text;
  const char *end = text + length;

  if (!is_utf8 (text, length))
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The text cannot be used: it is not valid UTF-8");
      return FALSE;
    }
  while (at < end)
    {
      const char *next = g_utf8_next_char (at);
      gunichar c = g_utf8_get_char (at);
      guint n_marks = 0;

      if (limn_unichar_is_space (c))
        {
          LimnTextChar space = { ' ', at - text, next - text };

          if (chars->len > 0 && g_array_index (chars, LimnTextChar, chars->len - 1).c != ' ')
            g_array_append_val (chars, space);
          at = next;
          continue;
        }
      if (c == 0x3a3)
        g_array_append_val (capital_sigmas, chars->len);
      while (next < end && c != 0 && joins_backward (g_utf8_get_char (next)))
        {
          next = g_utf8_next_char (next);
          n_marks++;
        }
      if (n_marks > LIMN_TOKENIZER_MAX_CLUSTER)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                       "The text cannot be used: a character in it carries %u combining marks, at most %d are possible",
                       n_marks, LIMN_TOKENIZER_MAX_CLUSTER);
          return FALSE;
        }
      if (n_marks == 0 && c < 0x300)
        append_lower (chars, c, at - text, next - text);
      else
        {
          g_autofree char *normal = g_utf8_normalize (at, next - at, G_NORMALIZE_NFC);

          for (const char *n = normal; *n != '\0'; n = g_utf8_next_char (n))
            append_lower (chars, g_utf8_get_char (n), at - text, next - text);
        }
      at = next;
    }
  if (final_sigma)
    apply_final_sigma (chars, capital_sigmas);
  return TRUE;
}
