/* SPDX-License-Identifier: GPL-3.0-or-later */

/* AUTOMATIC1111 has a grammar for an Earley parser, with rules that are ambiguous. What it amounts to: a pair of brackets is one of the
 * grammar's only where all brackets within it are too, so each bracket has at most one partner, and all pairs nest. One walk with a stack finds them:
 * whatever cannot be within a pair (a bracket without partner, a pair that is none) makes text of all brackets that are open there. On 6000
 * random texts in which all brackets pair it says the same at each step as that grammar (lark 1.1.5); of 1500 from a heap of brackets, colons and
 * bars 22 differ, where that parser takes, of two readings, the one in which a good pair is text too.
 *
 * Nothing here recurses: a prompt may hold 32768 brackets in each other. */
#include "config.h"

#include "formats/limn-prompt-program.h"

#include "base/limn-error.h"
#include "formats/limn-unichar.h"

#include <math.h>
#include <string.h>

typedef enum
{
  SPAN_SCHEDULE,
  SPAN_ALTERNATION,
} SpanKind;

/* [start, end) is what stands in brackets, with them. */
typedef struct
{
  SpanKind kind;
  guint    start;
  guint    end;
  guint    first_mark; /* in Part.marks: its colons or bars */
  guint    n_marks;
  double   when;
  gboolean fraction;   /* @when is one */
} Span;

typedef struct
{
  guint   start; /* of LimnPromptProgram.text */
  guint   end;
  double  weight;
  GArray *spans; /* of Span, by start */
  GArray *marks; /* of guint: places */
} Part;

struct _LimnPromptProgram
{
  GString *text;   /* without what was cut out */
  GArray  *source; /* guint32: for each byte of it its place in the prompt */
  GArray  *parts;
  GArray  *loras;
};

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_clear_pointer (&part->spans, g_array_unref);
  g_clear_pointer (&part->marks, g_array_unref);
}

static void
lora_clear (gpointer data)
{
  g_free (((LimnPromptLora *) data)->name);
}

/* --- LoRAs --- */

static gboolean
read_strength (const char *text, double *strength)
{
  char *end;

  /* Not what it would take besides: hexadecimal, infinity. */
  if (!*text || strspn (text, "+-.0123456789eE \t") != strlen (text))
    return FALSE;
  *strength = g_ascii_strtod (text, &end);
  return end != text && strspn (end, " \t") == strlen (end) && isfinite (*strength);
}

/* @inner: what stands behind "lora:". */
static gboolean
read_lora (LimnPromptLora *lora, const char *inner, GError **error)
{
  g_auto(GStrv) items = g_strsplit (inner, ":", -1);
  double placed[2] = { 1, NAN }, named[2] = { NAN, NAN }; /* of the text encoder, of the UNet */
  guint n_placed = 0;

  for (guint i = 1; items[i]; i++)
    {
      const char *equals = strchr (items[i], '=');
      double *place = NULL;

      if (g_str_has_prefix (items[i], "te="))
        place = &named[0];
      else if (g_str_has_prefix (items[i], "unet="))
        place = &named[1];
      else if (!equals && n_placed < G_N_ELEMENTS (placed))
        place = &placed[n_placed++];
      if (place && !read_strength (equals ? equals + 1 : items[i], place))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The strength in “<lora:%s>” must be a number, not “%s”.", inner,
                       equals ? equals + 1 : items[i]);
          return FALSE;
        }
    }
  lora->text_strength = isnan (named[0]) ? placed[0] : named[0];
  lora->unet_strength = isnan (placed[1]) ? lora->text_strength : placed[1];
  if (!isnan (named[1]))
    lora->unet_strength = named[1];
  lora->name = g_strdup (items[0]);
  return TRUE;
}

/* Returns: where the tag at @at ends; NULL: it is none. @inner: (out): what it says. */
static const char *
match_lora (const char *at, char **inner)
{
  const char *name = g_str_has_prefix (at, "<lora:") || g_str_has_prefix (at, "<lyco:") ? at + strlen ("<lora:") : NULL;
  const char *end = name ? strchr (name, '>') : NULL;

  if (!end || end == name || *name == ':')
    return NULL;
  *inner = g_strndup (name, end - name);
  return end + 1;
}

static void
add_text (LimnPromptProgram *self, const char *prompt, const char *from, const char *to)
{
  g_string_append_len (self->text, from, to - from);
  for (const char *at = from; at < to; at++)
    {
      guint32 place = at - prompt;

      g_array_append_val (self->source, place);
    }
}

static gboolean
cut_loras (LimnPromptProgram *self, const char *prompt, GError **error)
{
  const char *from = prompt;

  for (const char *at = strchr (prompt, '<'); at; at = strchr (at, '<'))
    {
      g_autofree char *inner = NULL;
      const char *end = match_lora (at, &inner);
      LimnPromptLora lora = { .start = at - prompt };

      if (!end)
        {
          at++;
          continue;
        }
      if (self->loras->len == LIMN_PROMPT_MAX_LORAS)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A prompt can name %d LoRAs at most.", LIMN_PROMPT_MAX_LORAS);
          return FALSE;
        }
      if (!read_lora (&lora, inner, error))
        return FALSE;
      lora.end = end - prompt;
      g_array_append_val (self->loras, lora);
      add_text (self, prompt, from, at);
      from = at = end;
    }
  add_text (self, prompt, from, prompt + strlen (prompt));
  return TRUE;
}

/* --- Numbers --- */

static const char *
skip_space (const char *at, const char *end)
{
  while (at < end && limn_unichar_is_space (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  return at;
}

static const char *
skip_digits (const char *at, const char *end)
{
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at;
}

/* What stands in [at, end), all of it, with white space around: an optional sign, digits, with a point or without, an optional exponent. */
static gboolean
match_when (const char *at, const char *end, double *when, gboolean *fraction)
{
  g_autofree char *number = NULL;
  const char *begin = skip_space (at, end), *whole, *point;

  at = begin;
  if (at < end && (*at == '+' || *at == '-'))
    at++;
  whole = at;
  at = skip_digits (at, end);
  *fraction = at < end && *at == '.';
  if (*fraction)
    {
      point = at++;
      at = skip_digits (at, end);
      if (point == whole && at == point + 1)
        return FALSE;
    }
  else if (at == whole)
    return FALSE;
  if (at < end && (*at == 'e' || *at == 'E'))
    {
      const char *digits = at + 1;

      if (digits < end && (*digits == '+' || *digits == '-'))
        digits++;
      if (skip_digits (digits, end) == digits)
        return FALSE;
      at = skip_digits (digits, end);
    }
  number = g_strndup (begin, at - begin);
  *when = g_ascii_strtod (number, NULL);
  return skip_space (at, end) == end;
}

/* The last step of what is before. */
static guint
count_before (const Span *span, guint n_steps)
{
  double when = span->fraction ? span->when * n_steps : span->when;

  return when < 1 ? 0 : when >= n_steps ? n_steps : (guint) when;
}

/* --- Brackets --- */

typedef struct
{
  char     bracket;
  guint    start;
  guint    first_mark;
  guint    n_colons;
  guint    n_bars;
} Open;

typedef struct
{
  const char *text;
  Part       *part;
  GArray     *open;    /* of Open */
  GArray     *pending; /* of guint: colons and bars of what is open, the innermost's last */
  guint       n_bars;  /* that belong to an alternation */
} Finder;

static void
take_marks (Finder *finder, Span *span, const Open *open)
{
  span->first_mark = finder->part->marks->len;
  span->n_marks = open->n_colons + open->n_bars;
  g_array_append_vals (finder->part->marks, &g_array_index (finder->pending, guint, open->first_mark), span->n_marks);
}

/* [start, end) is a pair of square brackets, all pairs in which are good. Whether it is one too; where it means something it is noted. */
static gboolean
close_square (Finder *finder, const Open *open, guint end)
{
  Span span = { .start = open->start, .end = end };

  if (open->n_colons == 0 && open->n_bars == 0)
    return TRUE;
  take_marks (finder, &span, open);
  if (open->n_bars > 0 && open->n_colons == 0)
    {
      span.kind = SPAN_ALTERNATION;
      finder->n_bars += open->n_bars;
    }
  else if (open->n_bars > 0 || open->n_colons > 2)
    return FALSE;
  else
    {
      guint last = g_array_index (finder->part->marks, guint, span.first_mark + span.n_marks - 1);

      span.kind = SPAN_SCHEDULE;
      if (!match_when (finder->text + last + 1, finder->text + end - 1, &span.when, &span.fraction))
        return FALSE;
    }
  g_array_append_val (finder->part->spans, span);
  return TRUE;
}

static void
forget_open (Finder *finder)
{
  g_array_set_size (finder->open, 0);
  g_array_set_size (finder->pending, 0);
}

static void
close_bracket (Finder *finder, char bracket, guint end)
{
  Open open;
  gboolean good;

  if (finder->open->len == 0)
    return;
  open = g_array_index (finder->open, Open, finder->open->len - 1);
  if (open.bracket != (bracket == ')' ? '(' : '['))
    {
      forget_open (finder);
      return;
    }
  good = bracket == ')' ? open.n_bars == 0 && open.n_colons <= 1 : close_square (finder, &open, end);
  if (!good)
    {
      forget_open (finder);
      return;
    }
  g_array_set_size (finder->pending, open.first_mark);
  g_array_set_size (finder->open, finder->open->len - 1);
}

static void
add_mark (Finder *finder, char mark, guint place)
{
  Open *open = finder->open->len > 0 ? &g_array_index (finder->open, Open, finder->open->len - 1) : NULL;

  if (!open)
    return;
  g_array_append_val (finder->pending, place);
  if (mark == ':')
    open->n_colons++;
  else
    open->n_bars++;
}

/* FALSE: it has no brackets that mean anything. */
static gboolean
find_pairs (Finder *finder)
{
  guint n_bars = 0;

  for (guint i = finder->part->start; i < finder->part->end; i++)
    {
      char c = finder->text[i];

      if (c == '\\')
        {
          i++;
          if (i >= finder->part->end || finder->text[i] == '\n')
            return FALSE;
        }
      else if (c == '(' || c == '[')
        {
          Open open = { .bracket = c, .start = i, .first_mark = finder->pending->len };

          g_array_append_val (finder->open, open);
        }
      else if (c == ')' || c == ']')
        close_bracket (finder, c, i + 1);
      else if (c == ':' || c == '|')
        {
          n_bars += c == '|';
          add_mark (finder, c, i);
        }
    }
  return n_bars == finder->n_bars;
}

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  const Span *left = a, *right = b;

  return left->start < right->start ? -1 : left->start > right->start;
}

static void
find_spans (LimnPromptProgram *self, Part *part)
{
  Finder finder = { .text = self->text->str, .part = part };

  part->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  part->marks = g_array_new (FALSE, FALSE, sizeof (guint));
  finder.open = g_array_new (FALSE, FALSE, sizeof (Open));
  finder.pending = g_array_new (FALSE, FALSE, sizeof (guint));
  if (!find_pairs (&finder))
    g_array_set_size (part->spans, 0);
  g_array_sort (part->spans, compare_spans);
  g_array_unref (finder.open);
  g_array_unref (finder.pending);
}

/* --- Parts --- */

static const char *
skip_space_back (const char *begin, const char *at)
{
  while (at > begin && limn_unichar_is_space (g_utf8_get_char (g_utf8_prev_char (at))))
    at = g_utf8_prev_char (at);
  return at;
}

static const char *
skip_digits_back (const char *begin, const char *at, GString *number)
{
  while (at > begin)
    {
      const char *previous = g_utf8_prev_char (at);
      gunichar c = g_utf8_get_char (previous);

      /* Digits of any script, as in Python. */
      if (!g_unichar_isdigit (c))
        break;
      g_string_prepend_c (number, '0' + g_unichar_digit_value (c));
      at = previous;
    }
  return at;
}

/* Where there is a weight at the end of [begin, end): the colon, or what white space stands before it. */
static const char *
match_weight (const char *begin, const char *end, double *weight)
{
  g_autoptr(GString) number = g_string_new (NULL);
  const char *at = skip_digits_back (begin, end, number);

  if (at > begin && at[-1] == '.')
    {
      g_string_prepend_c (number, '.');
      at = skip_digits_back (begin, at - 1, number);
    }
  if (number->len == 0 || (number->len == 1 && *number->str == '.'))
    return NULL;
  if (at > begin && (at[-1] == '+' || at[-1] == '-'))
    g_string_prepend_c (number, *--at);
  at = skip_space_back (begin, at);
  if (at == begin || at[-1] != ':')
    return NULL;
  *weight = g_ascii_strtod (number->str, NULL);
  return isfinite (*weight) ? skip_space_back (begin, at - 1) : NULL;
}

static void
add_part (LimnPromptProgram *self, const char *from, const char *to, gboolean whole)
{
  Part part = { .weight = 1 };

  if (!whole)
    {
      const char *end;

      from = skip_space (from, to);
      to = skip_space_back (from, to);
      end = match_weight (from, to, &part.weight);
      if (end)
        to = end;
    }
  part.start = from - self->text->str;
  part.end = to - self->text->str;
  g_array_append_val (self->parts, part);
}

/* The next AND that is a word of its own; @end: none. */
static const char *
find_and (const char *begin, const char *from, const char *end)
{
  for (const char *at = strstr (from, "AND"); at; at = strstr (at + 1, "AND"))
    {
      const char *after = at + strlen ("AND");

      if ((at == begin || !limn_unichar_is_word (g_utf8_get_char (g_utf8_prev_char (at)))) &&
          (after == end || !limn_unichar_is_word (g_utf8_get_char (after))))
        return at;
    }
  return end;
}

static gboolean
split_parts (LimnPromptProgram *self, LimnPromptSide side, GError **error)
{
  const char *begin = self->text->str, *end = begin + self->text->len, *from = begin;
  const char *at = side == LIMN_PROMPT_POSITIVE ? find_and (begin, begin, end) : end;

  if (at == end)
    {
      add_part (self, begin, end, TRUE);
      return TRUE;
    }
  for (;; at = find_and (begin, from, end))
    {
      if (self->parts->len == LIMN_PROMPT_MAX_PARTS)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "At most %d prompts can be joined by AND: each takes as long as a prompt alone.",
                       LIMN_PROMPT_MAX_PARTS);
          return FALSE;
        }
      add_part (self, from, at, FALSE);
      if (at == end)
        return TRUE;
      from = at + strlen ("AND");
    }
}

/* --- Public --- */

static gboolean
check_text (const char *text, GError **error)
{
  gsize length = strlen (text);

  if (length > LIMN_PROMPT_MAX_BYTES)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The prompt is too long: it has %" G_GSIZE_FORMAT " bytes, at most %d are possible", length,
                 LIMN_PROMPT_MAX_BYTES);
  else if (!g_utf8_validate (text, -1, NULL))
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The prompt is not valid UTF-8 text");
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_program (LimnPromptProgram *self, const char *text, LimnPromptSide side, GError **error)
{
  if (side == LIMN_PROMPT_NEGATIVE)
    add_text (self, text, text, text + strlen (text));
  else if (!cut_loras (self, text, error))
    return FALSE;
  if (!split_parts (self, side, error))
    return FALSE;
  for (guint i = 0; i < self->parts->len; i++)
    find_spans (self, &g_array_index (self->parts, Part, i));
  return TRUE;
}

LimnPromptProgram *
limn_prompt_program_new (const char *text, LimnPromptSyntax syntax, LimnPromptSide side, GError **error)
{
  g_autoptr(LimnPromptProgram) self = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (!check_text (text, error))
    return NULL;
  self = g_new0 (LimnPromptProgram, 1);
  self->text = g_string_new (NULL);
  self->source = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  self->loras = g_array_new (FALSE, FALSE, sizeof (LimnPromptLora));
  g_array_set_clear_func (self->parts, part_clear);
  g_array_set_clear_func (self->loras, lora_clear);
  if (syntax == LIMN_PROMPT_PLAIN)
    {
      add_text (self, text, text, text + strlen (text));
      add_part (self, self->text->str, self->text->str + self->text->len, TRUE);
    }
  else if (!read_program (self, text, side, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
limn_prompt_program_free (LimnPromptProgram *self)
{
  if (!self)
    return;
  g_string_free (self->text, TRUE);
  g_array_unref (self->source);
  g_array_unref (self->parts);
  g_array_unref (self->loras);
  g_free (self);
}

guint
limn_prompt_program_get_n_parts (const LimnPromptProgram *self)
{
  return self->parts->len;
}

double
limn_prompt_program_get_weight (const LimnPromptProgram *self, guint part)
{
  g_return_val_if_fail (part < self->parts->len, 0);

  return g_array_index (self->parts, Part, part).weight;
}

gboolean
limn_prompt_program_is_constant (const LimnPromptProgram *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = &g_array_index (self->parts, Part, i);

      if (part->spans && part->spans->len > 0)
        return FALSE;
    }
  return TRUE;
}

GArray *
limn_prompt_program_list_changes (const LimnPromptProgram *self, guint n_steps)
{
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree gboolean *changes = g_new0 (gboolean, (gsize) n_steps + 2);

  changes[1] = n_steps > 0;
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = &g_array_index (self->parts, Part, i);

      for (guint j = 0; part->spans && j < part->spans->len; j++)
        {
          const Span *span = &g_array_index (part->spans, Span, j);

          if (span->kind == SPAN_SCHEDULE)
            changes[count_before (span, n_steps) + 1] = TRUE;
          for (guint step = 1; span->kind == SPAN_ALTERNATION && step <= n_steps; step++)
            changes[step] = TRUE;
        }
    }
  for (guint step = 1; step <= n_steps; step++)
    if (changes[step])
      g_array_append_val (steps, step);
  return steps;
}

/* What @span says at @step: [*from, *to); empty where it is nothing. */
static void
choose (const Part *part, const Span *span, guint step, guint n_steps, guint *from, guint *to)
{
  const guint *marks = &g_array_index (part->marks, guint, span->first_mark);

  if (span->kind == SPAN_ALTERNATION)
    {
      guint i = (step - 1) % (span->n_marks + 1);

      *from = i == 0 ? span->start + 1 : marks[i - 1] + 1;
      *to = i == span->n_marks ? span->end - 1 : marks[i];
    }
  else if (step > count_before (span, n_steps))
    {
      *from = span->n_marks == 1 ? span->start + 1 : marks[0] + 1;
      *to = marks[span->n_marks - 1];
    }
  else
    {
      *from = span->start + 1;
      *to = span->n_marks == 1 ? *from : marks[0];
    }
}

char *
limn_prompt_program_dup_text (const LimnPromptProgram *self, guint part_index, guint step, guint n_steps, GArray *source)
{
  GString *text = g_string_new (NULL);
  g_autoptr(GArray) ends = g_array_new (FALSE, FALSE, 2 * sizeof (guint)); /* of what was chosen, and where it goes on then */
  const Part *part;
  guint at, span_index = 0;

  g_return_val_if_fail (part_index < self->parts->len && step >= 1, g_string_free (text, FALSE));

  part = &g_array_index (self->parts, Part, part_index);
  for (at = part->start;;)
    {
      const Span *span = NULL;
      guint stop = part->end, go_on = part->end, upto;

      if (ends->len > 0)
        {
          const guint *top = (const guint *) (gpointer) ends->data + 2 * (ends->len - 1);

          stop = top[0];
          go_on = top[1];
        }
      /* Those in what was not chosen are passed over. */
      while (part->spans && span_index < part->spans->len && g_array_index (part->spans, Span, span_index).start < at)
        span_index++;
      if (part->spans && span_index < part->spans->len && g_array_index (part->spans, Span, span_index).start < stop)
        span = &g_array_index (part->spans, Span, span_index);
      upto = span ? span->start : stop;
      g_string_append_len (text, self->text->str + at, upto - at);
      if (source && upto > at)
        g_array_append_vals (source, &g_array_index (self->source, guint32, at), upto - at);
      if (span)
        {
          guint end[2] = { 0, span->end };

          choose (part, span, step, n_steps, &at, &end[0]);
          g_array_append_val (ends, end);
        }
      else if (ends->len > 0)
        {
          at = go_on;
          g_array_set_size (ends, ends->len - 1);
        }
      else
        break;
    }
  return g_string_free (text, FALSE);
}

guint
limn_prompt_program_get_n_loras (const LimnPromptProgram *self)
{
  return self->loras->len;
}

const LimnPromptLora *
limn_prompt_program_get_lora (const LimnPromptProgram *self, guint i)
{
  g_return_val_if_fail (i < self->loras->len, NULL);

  return &g_array_index (self->loras, LimnPromptLora, i);
}

/* --- The longest of all that it says --- */

/* Enough for every word of an alternation, and for what schedules say beside each other, as a rule. */
#define SHOWN_STEPS 40

static LimnPrompt *
read_step (const LimnPromptProgram *program, guint part, guint step, const LimnTokenizer *tokenizer, LimnPromptSyntax syntax, GError **error)
{
  g_autoptr(GArray) source = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *text = limn_prompt_program_dup_text (program, part, step, SHOWN_STEPS, source);
  LimnPrompt *prompt = limn_prompt_new (tokenizer, text, syntax, error);

  for (guint i = 0; prompt && i < prompt->n_tokens; i++)
    {
      LimnPromptToken *token = &prompt->tokens[i];

      token->start = g_array_index (source, guint32, token->start);
      token->end = g_array_index (source, guint32, token->end - 1) + 1;
    }
  return prompt;
}

LimnPrompt *
limn_prompt_new_longest (const LimnTokenizer *tokenizer, const char *text, LimnPromptSyntax syntax, LimnPromptSide side, GError **error)
{
  g_autoptr(LimnPromptProgram) program = limn_prompt_program_new (text, syntax, side, error);
  g_autoptr(LimnPrompt) longest = NULL;
  g_autoptr(GArray) steps = NULL;

  if (!program)
    return NULL;
  steps = limn_prompt_program_list_changes (program, SHOWN_STEPS);
  for (guint part = 0; part < limn_prompt_program_get_n_parts (program); part++)
    for (guint i = 0; i < steps->len; i++)
      {
        LimnPrompt *prompt = read_step (program, part, g_array_index (steps, guint, i), tokenizer, syntax, error);

        if (!prompt)
          return NULL;
        if (longest && (longest->n_chunks > prompt->n_chunks || (longest->n_chunks == prompt->n_chunks && longest->n_tokens >= prompt->n_tokens)))
          limn_prompt_free (prompt);
        else
          {
            limn_prompt_free (g_steal_pointer (&longest));
            longest = prompt;
          }
      }
  return g_steal_pointer (&longest);
}
