/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the brackets as limn-prompt.c does: round and square ones nest apart from each other, a backslash takes the
 * meaning of the bracket behind it, and ":1.2)" closes a round one. Only brackets that are closed count: the weight of one that
 * is not yet closed has no place where it could stand.
 */
#include "config.h"

#include "formats/limn-prompt-weight.h"

#include "formats/limn-unichar.h"

#include <math.h>
#include <string.h>

/* (a) multiplies by 1.1; [a] divides by it, which is 0.909: the step of the keys next to that. */
#define ROUND_WEIGHT 1.1
#define SQUARE_WEIGHT 0.9

/* "(content:weight)": all of it is [start, end). */
typedef struct
{
  gsize  start;
  gsize  content_start;
  gsize  content_end;
  gsize  end;
  double weight;
} Bracket;

/* At a colon: the end of ":1.2)" and its weight, or 0. */
static gsize
match_weight (const char *text, gsize at, double *weight)
{
  const char *place = text + at + 1;
  char *end;
  double value;

  while (*place == ' ')
    place++;
  /* What strtod() takes beyond decimal numbers is no weight: "inf", "0x1". */
  if (!g_ascii_isdigit (*place) && strchr ("+-.", *place) == NULL)
    return 0;
  if (strspn (place, "+-.0123456789 ") != strcspn (place, ")"))
    return 0;
  value = g_ascii_strtod (place, &end);
  if (end == place || !isfinite (value))
    return 0;
  while (*end == ' ')
    end++;
  if (*end != ')')
    return 0;
  *weight = value;
  return end + 1 - text;
}

static void
close_bracket (GArray *open, GArray *found, gsize content_end, gsize end, double weight)
{
  gsize start;
  Bracket bracket;

  if (open->len == 0)
    return;
  start = g_array_index (open, gsize, open->len - 1);
  g_array_set_size (open, open->len - 1);
  bracket = (Bracket) { start, start + 1, content_end, end, weight };
  g_array_append_val (found, bracket);
}

/* What a backslash takes the meaning from. */
static gboolean
can_be_escaped (char c)
{
  return c != '\0' && strchr ("()[]\\", c) != NULL;
}

/* Whether square brackets around it are a schedule or an alternation: [a:b:0.5], [a|b]. They have no weight then. */
static gboolean
changes_on_the_way (const char *text, gsize from, gsize to)
{
  guint depth = 0;

  for (gsize at = from; at < to; at++)
    if (text[at] == '\\')
      at++;
    else if (text[at] == '(' || text[at] == '[')
      depth++;
    else if ((text[at] == ')' || text[at] == ']') && depth > 0)
      depth--;
    else if (depth == 0 && (text[at] == ':' || text[at] == '|'))
      return TRUE;
  return FALSE;
}

/* (transfer full) (element-type Bracket): those that are closed, inner ones first. */
static GArray *
find_brackets (const char *text)
{
  g_autoptr(GArray) round = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr(GArray) square = g_array_new (FALSE, FALSE, sizeof (gsize));
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Bracket));

  for (gsize at = 0; text[at] != '\0'; at++)
    {
      double weight;
      gsize end;

      switch (text[at])
        {
        case '\\':
          if (can_be_escaped (text[at + 1]))
            at++;
          break;
        case '(':
          g_array_append_val (round, at);
          break;
        case '[':
          g_array_append_val (square, at);
          break;
        case ')':
          close_bracket (round, found, at, at + 1, ROUND_WEIGHT);
          break;
        case ']':
          if (square->len > 0 && changes_on_the_way (text, g_array_index (square, gsize, square->len - 1) + 1, at))
            g_array_set_size (square, square->len - 1);
          else
            close_bracket (square, found, at, at + 1, SQUARE_WEIGHT);
          break;
        case ':':
          end = round->len > 0 ? match_weight (text, at, &weight) : 0;
          if (end > 0)
            {
              close_bracket (round, found, at, end, weight);
              at = end - 1;
            }
          break;
        default:
          break;
        }
    }
  return found;
}

/* The innermost bracket around the cursor, or one that it touches; or the one that was selected, with its marks or without.
 * Touching counts less, so that pressing the key again means the same bracket. */
static const Bracket *
find_around (const GArray *brackets, gsize from, gsize to)
{
  const Bracket *best = NULL;
  gboolean best_inside = FALSE;

  for (guint i = 0; i < brackets->len; i++)
    {
      const Bracket *bracket = &g_array_index (brackets, Bracket, i);
      gboolean inside = bracket->start < from && to < bracket->end;
      gboolean fits = from == to ? bracket->start <= from && to <= bracket->end
                                 : (from == bracket->start || from == bracket->content_start)
                                   && (to == bracket->content_end || to == bracket->end);

      if (!fits || (best_inside && !inside))
        continue;
      if (!best || inside > best_inside || bracket->end - bracket->start < best->end - best->start)
        {
          best = bracket;
          best_inside = inside;
        }
    }
  return best;
}

/* Joins of words in many scripts are no letters: marks, the joiners of Persian, the apostrophe. */
static gboolean
is_word (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum (c) || c == '_' || c == '-' || c == '\'';
  if (c == 0x200c || c == 0x200d || c == 0x2019)
    return TRUE;
  return !limn_unichar_is_space (c) && !g_unichar_ispunct (c);
}

static gboolean
find_word (const char *text, gsize at, gsize *from, gsize *to)
{
  const char *start = text + at;
  const char *end = text + at;

  while (start > text && is_word (g_utf8_get_char (g_utf8_prev_char (start))))
    start = g_utf8_prev_char (start);
  while (*end != '\0' && is_word (g_utf8_get_char (end)))
    end = g_utf8_next_char (end);
  *from = start - text;
  *to = end - text;
  return start < end;
}

/* Whether the character at @at has lost its meaning to a backslash before it. */
static gboolean
is_escaped (const char *text, gsize at)
{
  gsize n = 0;

  if (!can_be_escaped (text[at]))
    return FALSE;
  while (n < at && text[at - 1 - n] == '\\')
    n++;
  return n % 2 == 1;
}

static gboolean
trim (const char *text, gsize *from, gsize *to)
{
  while (*from < *to && limn_unichar_is_space (g_utf8_get_char (text + *from)))
    *from = g_utf8_next_char (text + *from) - text;
  while (*from < *to && limn_unichar_is_space (g_utf8_get_char (g_utf8_prev_char (text + *to))))
    *to = g_utf8_prev_char (text + *to) - text;
  if (*from == *to)
    return FALSE;
  /* A bracket that is put between a backslash and what it escapes would be escaped itself. */
  if (is_escaped (text, *from))
    (*from)--;
  if (is_escaped (text, *to))
    (*to)++;
  return TRUE;
}

/* Whether [from, to) opens as many round brackets as it closes: one that it leaves open would be closed by the new one. */
static gboolean
is_balanced (const char *text, gsize from, gsize to)
{
  gsize depth = 0;

  for (gsize at = from; at < to; at++)
    if (text[at] == '\\')
      at++;
    else if (text[at] == '(')
      depth++;
    else if (text[at] == ')' && depth-- == 0)
      return FALSE;
  return depth == 0;
}

/* Whether any bracket has one end inside and one outside, so that another around [from, to) would pair wrongly. */
static gboolean
cuts_bracket (const char *text, const GArray *brackets, gsize from, gsize to)
{
  for (guint i = 0; i < brackets->len; i++)
    {
      const Bracket *bracket = &g_array_index (brackets, Bracket, i);
      gboolean disjoint = bracket->end <= from || to <= bracket->start;
      gboolean within = from <= bracket->start && bracket->end <= to;
      gboolean around = bracket->content_start <= from && to <= bracket->content_end;

      if (!disjoint && !within && !around)
        return TRUE;
    }
  return !is_balanced (text, from, to);
}

static gboolean
change (double *weight, int n_steps)
{
  double old = *weight;
  double value = old + n_steps * LIMN_PROMPT_WEIGHT_STEP;

  if (n_steps > 0 && value > LIMN_PROMPT_WEIGHT_MAX)
    value = MAX (old, LIMN_PROMPT_WEIGHT_MAX);
  if (n_steps < 0 && value < LIMN_PROMPT_WEIGHT_MIN)
    value = MIN (old, LIMN_PROMPT_WEIGHT_MIN);
  /* Sums of 0.05 are not what they seem; four places are more than anybody types. */
  *weight = round (value * 1e4) / 1e4;
  return *weight != old;
}

/* (content:weight), or the content alone where the weight is 1. */
static void
fill (LimnPromptEdit *edit, const char *text, gsize content_start, gsize content_end, double weight)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  int n = content_end - content_start;

  if (weight == 1)
    {
      edit->text = g_strndup (text + content_start, n);
      return;
    }
  g_ascii_formatd (number, sizeof number, "%.6g", weight);
  edit->text = g_strdup_printf ("(%.*s:%s)", n, text + content_start, number);
}

gboolean
limn_prompt_weigh (const char *text, gsize from, gsize to, int n_steps, LimnPromptEdit *edit)
{
  g_autoptr(GArray) brackets = NULL;
  gboolean selected = from != to;
  gsize cursor = from;
  const Bracket *bracket;
  gsize content_start, content_end, mark;
  double weight = 1;

  g_return_val_if_fail (text != NULL && from <= to && to <= strlen (text), FALSE);

  memset (edit, 0, sizeof *edit);
  brackets = find_brackets (text);
  bracket = find_around (brackets, from, to);
  if (!bracket && selected)
    {
      if (!trim (text, &from, &to))
        return FALSE;
      bracket = find_around (brackets, from, to);
    }
  if (bracket)
    {
      edit->start = bracket->start;
      edit->end = bracket->end;
      content_start = bracket->content_start;
      content_end = bracket->content_end;
      weight = bracket->weight;
      /* It becomes a round one. */
      if (text[bracket->start] == '[' && cuts_bracket (text, brackets, content_start, content_end))
        return FALSE;
    }
  else
    {
      if (!selected && !find_word (text, from, &from, &to))
        return FALSE;
      if ((to - from == 5 && memcmp (text + from, "BREAK", 5) == 0) || (to - from == 3 && memcmp (text + from, "AND", 3) == 0))
        return FALSE;
      if (cuts_bracket (text, brackets, from, to))
        return FALSE;
      edit->start = content_start = from;
      edit->end = content_end = to;
    }
  if (!change (&weight, n_steps))
    return FALSE;

  fill (edit, text, content_start, content_end, weight);
  mark = edit->start + (weight == 1 ? 0 : 1);
  if (selected)
    {
      edit->select_start = mark;
      edit->select_end = mark + content_end - content_start;
    }
  else
    /* The cursor stays at its letter. */
    edit->select_start = edit->select_end = mark + CLAMP (cursor, content_start, content_end) - content_start;
  return TRUE;
}

void
limn_prompt_edit_clear (LimnPromptEdit *edit)
{
  g_clear_pointer (&edit->text, g_free);
}
