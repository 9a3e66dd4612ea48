/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prompt becomes parts (text of one weight), the parts become tokens, the tokens become chunks. Every byte
 * of a part remembers the byte of the prompt it came from, since escapes and brackets vanish on the way.
 *
 * The a1111 syntax is defined by what its program does, corners included, so the steps here are its
 * steps: weights are doubles, multiplied in the order in which brackets close (the product decides which
 * neighbours have the same weight and are tokenized together), and a BREAK is a part of weight -1 which
 * brackets multiply like any other.
 */
#include "config.h"

#include "formats/limn-prompt.h"

#include "base/limn-error.h"
#include "formats/limn-unichar.h"

#include <math.h>
#include <string.h>

#define BRACKET_WEIGHT 1.1

/* AUTOMATIC1111's setting comma_padding_backtrack, default. */
#define COMMA_BACKTRACK 20

typedef struct
{
  GString *text;
  GArray *source; /* guint32: for each byte of text, its place in the prompt */
  double weight;
} Part;

typedef struct
{
  const char *prompt;
  GPtrArray *parts;
  GArray *weights; /* double: of each part; apart, since 10^8 products may be taken of them */
} Parser;

static void
part_free (gpointer data)
{
  Part *part = data;

  g_string_free (part->text, TRUE);
  g_array_unref (part->source);
  g_free (part);
}

static void
add_part (Parser     *parser,
          const char *from,
          const char *to,
          double      weight)
{
  Part *part = g_new0 (Part, 1);

  part->text = g_string_new_len (from, to - from);
  part->source = g_array_sized_new (FALSE, FALSE, sizeof (guint32), to - from);
  for (const char *at = from; at < to; at++)
    {
      guint32 place = at - parser->prompt;

      g_array_append_val (part->source, place);
    }
  g_ptr_array_add (parser->parts, part);
  g_array_append_val (parser->weights, weight);
}

static void
multiply (Parser *parser,
          guint   first,
          double  weight)
{
  double *weights = (double *) (gpointer) parser->weights->data;

  for (guint i = first; i < parser->weights->len; i++)
    weights[i] *= weight;
}

/* Closes the innermost of the open brackets, if there is one. */
static gboolean
close_bracket (Parser *parser,
               GArray *open,
               double  weight)
{
  if (open->len == 0)
    return FALSE;
  multiply (parser, g_array_index (open, guint, open->len - 1), weight);
  g_array_set_size (open, open->len - 1);
  return TRUE;
}

/* Adds the text [from, to), cut at each BREAK that is a word of its own within it; white space around one goes. */
static void
add_text (Parser     *parser,
          const char *from,
          const char *to)
{
  const char *at = from;

  while (at + 5 <= to)
    {
      const char *before = at;
      const char *after = at + 5;

      if (memcmp (at, "BREAK", 5) != 0
          || (at > from && limn_unichar_is_word (g_utf8_get_char (g_utf8_prev_char (at))))
          || (after < to && limn_unichar_is_word (g_utf8_get_char (after))))
        {
          at++;
          continue;
        }
      while (before > from && limn_unichar_is_space (g_utf8_get_char (g_utf8_prev_char (before))))
        before = g_utf8_prev_char (before);
      while (after < to && limn_unichar_is_space (g_utf8_get_char (after)))
        after = g_utf8_next_char (after);
      add_part (parser, from, before, 1.0);
      add_part (parser, at, at + 5, -1.0);
      from = at = after;
    }
  add_part (parser, from, to, 1.0);
}

/* ":", space, a signed decimal number, space, ")". Digits may be those of any script, as in Python. */
static const char *
match_weight (const char *at,
              double     *weight)
{
  g_autoptr(GString) number = g_string_new (NULL);
  gboolean has_digit = FALSE;
  gboolean has_point = FALSE;

  at++;
  while (limn_unichar_is_space (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  if (*at == '+' || *at == '-')
    g_string_append_c (number, *at++);
  for (;;)
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '.')
        {
          if (has_point)
            return NULL;
          has_point = TRUE;
          g_string_append_c (number, '.');
        }
      else if (g_unichar_isdigit (c))
        {
          has_digit = TRUE;
          g_string_append_c (number, '0' + g_unichar_digit_value (c));
        }
      else
        break;
      at = g_utf8_next_char (at);
    }
  while (limn_unichar_is_space (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  if (*at != ')' || !has_digit)
    return NULL;
  *weight = g_ascii_strtod (number->str, NULL);
  return at + 1;
}

/* Gives the parts their weights, and joins neighbours of the same. */
static void
merge_equal (Parser *parser)
{
  g_autoptr(GPtrArray) merged = g_ptr_array_new_with_free_func (part_free);

  for (guint i = 0; i < parser->parts->len; i++)
    {
      Part *part = g_steal_pointer (&parser->parts->pdata[i]);
      Part *last = merged->len > 0 ? merged->pdata[merged->len - 1] : NULL;

      part->weight = g_array_index (parser->weights, double, i);
      if (last != NULL && last->weight == part->weight)
        {
          g_string_append_len (last->text, part->text->str, part->text->len);
          g_array_append_vals (last->source, part->source->data, part->source->len);
          part_free (part);
        }
      else
        g_ptr_array_add (merged, part);
    }
  g_ptr_array_set_free_func (parser->parts, NULL);
  g_ptr_array_unref (parser->parts);
  parser->parts = g_steal_pointer (&merged);
}

static void
parse_a1111 (Parser *parser)
{
  g_autoptr(GArray) round = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr(GArray) square = g_array_new (FALSE, FALSE, sizeof (guint));
  const char *at = parser->prompt;

  while (*at != '\0')
    {
      const char *next = at + 1;
      double weight;

      switch (*at)
        {
        case '\\':
          if (*next != '\0' && strchr ("()[]\\", *next) != NULL)
            next++;
          add_part (parser, at + 1, next, 1.0);
          break;
        case '(':
          g_array_append_val (round, parser->parts->len);
          break;
        case '[':
          g_array_append_val (square, parser->parts->len);
          break;
        case ')':
          if (!close_bracket (parser, round, BRACKET_WEIGHT))
            add_text (parser, at, next);
          break;
        case ']':
          if (!close_bracket (parser, square, 1 / BRACKET_WEIGHT))
            add_text (parser, at, next);
          break;
        case ':':
          {
            const char *end = match_weight (at, &weight);

            if (end != NULL)
              next = end;
            if (end == NULL || !close_bracket (parser, round, weight))
              add_text (parser, at, next);
          }
          break;
        default:
          next = at + strcspn (at, "\\()[]:");
          add_text (parser, at, next);
          break;
        }
      at = next;
    }
  for (guint i = 0; i < round->len; i++)
    multiply (parser, g_array_index (round, guint, i), BRACKET_WEIGHT);
  for (guint i = 0; i < square->len; i++)
    multiply (parser, g_array_index (square, guint, i), 1 / BRACKET_WEIGHT);
  if (parser->parts->len == 0)
    add_part (parser, at, at, 1.0);
}

static void
fill_chunk (LimnPromptChunk       *chunk,
            const LimnTokenizer   *tokenizer,
            const LimnPromptToken *tokens,
            guint                  n)
{
  chunk->n_tokens = n;
  for (guint i = 0; i < LIMN_PROMPT_CHUNK_LENGTH; i++)
    {
      gboolean real = i > 0 && i <= n;

      if (i == 0)
        chunk->ids[i] = limn_tokenizer_get_bos (tokenizer);
      else if (real)
        chunk->ids[i] = tokens[i - 1].id;
      else if (i == n + 1)
        chunk->ids[i] = limn_tokenizer_get_eos (tokenizer);
      else
        chunk->ids[i] = limn_tokenizer_get_pad (tokenizer);
      chunk->weights[i] = real ? tokens[i - 1].weight : 1.0f;
      chunk->words[i] = real ? tokens[i - 1].word : 0;
      chunk->rows[i] = real ? tokens[i - 1].row : 0;
    }
}

/* What a learned word looks like among tokens; those with the most tokens first. */
typedef struct
{
  guint32 *ids;
  guint    n_ids;
  guint16  word; /* from 1 */
  guint8   n_rows;
} Pattern;

static void
pattern_clear (gpointer data)
{
  g_free (((Pattern *) data)->ids);
}

static int
compare_patterns (gconstpointer a, gconstpointer b)
{
  const Pattern *left = a, *right = b;

  if (left->n_ids != right->n_ids)
    return left->n_ids > right->n_ids ? -1 : 1;
  return left->word < right->word ? -1 : left->word > right->word;
}

/* A chunk's tokens are always neighbours: the chunk being filled is tokens[first .. first + n). */
typedef struct
{
  const LimnTokenizer *tokenizer;
  GArray *tokens; /* LimnPromptToken */
  GArray *chunks; /* LimnPromptChunk */
  guint first;
  guint n;
  gint last_comma; /* place in the chunk, -1: none */
  gboolean comma_rule;
  GArray *patterns; /* (nullable): Pattern */
} Filler;

static void
end_chunk (Filler *filler,
           guint   n)
{
  LimnPromptToken *tokens = (LimnPromptToken *) (gpointer) filler->tokens->data;
  LimnPromptChunk chunk;

  fill_chunk (&chunk, filler->tokenizer, n > 0 ? tokens + filler->first : NULL, n);
  for (guint i = 0; i < n; i++)
    {
      tokens[filler->first + i].chunk = filler->chunks->len;
      tokens[filler->first + i].position = i + 1;
    }
  g_array_append_val (filler->chunks, chunk);
  filler->first += n;
  filler->n -= n;
  filler->last_comma = -1;
}

static void
add_token (Filler          *filler,
           LimnPromptToken  token)
{
  if (token.id == limn_tokenizer_get_comma (filler->tokenizer))
    filler->last_comma = filler->n;
  else if (filler->comma_rule && filler->n == LIMN_PROMPT_CHUNK_TOKENS && filler->last_comma != -1
           && (gint) filler->n - filler->last_comma <= COMMA_BACKTRACK)
    end_chunk (filler, filler->last_comma + 1);
  /* A comma that opens a chunk is not remembered: end_chunk() forgets it. So it is with AUTOMATIC1111. */
  if (filler->n == LIMN_PROMPT_CHUNK_TOKENS)
    end_chunk (filler, filler->n);
  g_array_append_val (filler->tokens, token);
  filler->n++;
}

/* All of its vectors into one chunk. */
static void
add_word (Filler          *filler,
          LimnPromptToken  token,
          guint            n_rows)
{
  if (filler->n == LIMN_PROMPT_CHUNK_TOKENS && filler->last_comma != -1 && (gint) filler->n - filler->last_comma <= COMMA_BACKTRACK)
    end_chunk (filler, filler->last_comma + 1);
  if (filler->n + n_rows > LIMN_PROMPT_CHUNK_TOKENS)
    end_chunk (filler, filler->n);
  for (guint i = 0; i < n_rows; i++)
    {
      token.row = i;
      g_array_append_val (filler->tokens, token);
      filler->n++;
    }
}

static const Pattern *
find_word (const Filler *filler,
           const GArray *tokens,
           guint         at)
{
  for (guint i = 0; filler->patterns != NULL && i < filler->patterns->len; i++)
    {
      const Pattern *pattern = &g_array_index (filler->patterns, Pattern, i);
      guint n = 0;

      if (pattern->n_ids > tokens->len - at)
        continue;
      while (n < pattern->n_ids && g_array_index (tokens, LimnToken, at + n).id == pattern->ids[n])
        n++;
      if (n == pattern->n_ids)
        return pattern;
    }
  return NULL;
}

static gboolean
tokenize_part (Filler      *filler,
               const Part  *part,
               GError     **error)
{
  g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));

  if (!isfinite ((float) part->weight))
    {
      g_autofree char *text = g_utf8_substring (part->text->str, 0, MIN (g_utf8_strlen (part->text->str, -1), 20));

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The weight of “%s” is too large", text);
      return FALSE;
    }
  if (!limn_tokenizer_encode (filler->tokenizer, part->text->str, part->text->len, tokens, error))
    return FALSE;
  for (guint i = 0; i < tokens->len; i++)
    {
      const LimnToken *token = &g_array_index (tokens, LimnToken, i);
      const Pattern *word = find_word (filler, tokens, i);
      const LimnToken *last = word != NULL ? token + word->n_ids - 1 : token;
      LimnPromptToken out = { token->id, g_array_index (part->source, guint32, token->start),
                              g_array_index (part->source, guint32, last->end - 1) + 1, part->weight, -1, 0, 0, 0 };

      if (word != NULL)
        {
          out.word = word->word;
          add_word (filler, out, word->n_rows);
          i += word->n_ids - 1;
        }
      else
        add_token (filler, out);
    }
  return TRUE;
}

static LimnPrompt *
finish (Filler           *filler,
        LimnPromptSyntax  syntax)
{
  LimnPrompt *self = g_new0 (LimnPrompt, 1);

  self->syntax = syntax;
  if (syntax == LIMN_PROMPT_PLAIN)
    {
      /* Whatever came after the first chunk is cut. */
      for (guint i = 0; i < filler->tokens->len; i++)
        {
          LimnPromptToken *token = &g_array_index (filler->tokens, LimnPromptToken, i);

          if (token->chunk == 0)
            continue;
          token->chunk = -1;
          token->position = 0;
          self->n_cut++;
        }
      g_array_set_size (filler->chunks, 1);
    }
  self->n_chunks = filler->chunks->len;
  self->chunks = (LimnPromptChunk *) (gpointer) g_array_free (g_steal_pointer (&filler->chunks), FALSE);
  self->n_tokens = filler->tokens->len;
  self->tokens = (LimnPromptToken *) (gpointer) g_array_free (g_steal_pointer (&filler->tokens), FALSE);
  for (guint i = 0; i < self->n_tokens; i++)
    self->weighted |= self->tokens[i].weight != 1.0f;
  return self;
}

/* The name, and the name as ComfyUI has it. */
static gboolean
add_patterns (Filler                *filler,
              const LimnPromptWord  *word,
              guint                  number,
              GError               **error)
{
  g_autofree char *marked = g_strconcat ("embedding:", word->name, NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
      Pattern pattern = { NULL, 0, number, limn_embedding_get_n (word->embedding) };

      if (!limn_tokenizer_encode (filler->tokenizer, i == 0 ? word->name : marked, -1, tokens, error))
        return FALSE;
      if (tokens->len == 0)
        continue;
      pattern.n_ids = tokens->len;
      pattern.ids = g_new (guint32, tokens->len);
      for (guint t = 0; t < tokens->len; t++)
        pattern.ids[t] = g_array_index (tokens, LimnToken, t).id;
      g_array_append_val (filler->patterns, pattern);
    }
  return TRUE;
}

static gboolean
take_words (Filler                *filler,
            const LimnPromptWord  *words,
            guint                  n_words,
            GError               **error)
{
  filler->patterns = g_array_new (FALSE, FALSE, sizeof (Pattern));
  g_array_set_clear_func (filler->patterns, pattern_clear);
  for (guint i = 0; i < n_words; i++)
    if (!add_patterns (filler, &words[i], i + 1, error))
      return FALSE;
  g_array_sort (filler->patterns, compare_patterns);
  return TRUE;
}

LimnPrompt *
limn_prompt_new (const LimnTokenizer  *tokenizer,
                 const char           *text,
                 LimnPromptSyntax      syntax,
                 GError              **error)
{
  return limn_prompt_new_with_words (tokenizer, text, syntax, NULL, 0, error);
}

LimnPrompt *
limn_prompt_new_with_words (const LimnTokenizer   *tokenizer,
                            const char            *text,
                            LimnPromptSyntax       syntax,
                            const LimnPromptWord  *words,
                            guint                  n_words,
                            GError               **error)
{
  Parser parser = { text, NULL, NULL };
  Filler filler = { tokenizer, NULL, NULL, 0, 0, -1, syntax == LIMN_PROMPT_A1111, NULL };
  gsize length;
  LimnPrompt *self = NULL;
  gboolean ok = TRUE;

  g_return_val_if_fail (tokenizer != NULL && text != NULL && n_words <= LIMN_PROMPT_MAX_WORDS, NULL);

  length = strlen (text);
  if (length > LIMN_PROMPT_MAX_BYTES)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "The prompt is too long: it has %" G_GSIZE_FORMAT " bytes, at most %d are possible", length,
                   LIMN_PROMPT_MAX_BYTES);
      return NULL;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The prompt is not valid UTF-8 text");
      return NULL;
    }

  parser.parts = g_ptr_array_new_with_free_func (part_free);
  parser.weights = g_array_new (FALSE, FALSE, sizeof (double));
  filler.tokens = g_array_new (FALSE, FALSE, sizeof (LimnPromptToken));
  filler.chunks = g_array_new (FALSE, FALSE, sizeof (LimnPromptChunk));
  if (syntax == LIMN_PROMPT_A1111)
    parse_a1111 (&parser);
  else
    add_part (&parser, text, text + length, 1.0);
  merge_equal (&parser);

  if (n_words > 0 && syntax == LIMN_PROMPT_A1111)
    ok = take_words (&filler, words, n_words, error);
  for (guint i = 0; ok && i < parser.parts->len; i++)
    {
      const Part *part = parser.parts->pdata[i];

      if (part->weight == -1.0 && strcmp (part->text->str, "BREAK") == 0)
        end_chunk (&filler, filler.n);
      else
        ok = tokenize_part (&filler, part, error);
    }
  if (ok)
    {
      if (filler.n > 0 || filler.chunks->len == 0)
        end_chunk (&filler, filler.n);
      self = finish (&filler, syntax);
      if (filler.patterns != NULL)
        self->embeddings = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_embedding_unref);
      for (guint i = 0; filler.patterns != NULL && i < n_words; i++)
        g_ptr_array_add (self->embeddings, limn_embedding_ref (words[i].embedding));
    }
  g_clear_pointer (&filler.patterns, g_array_unref);
  g_ptr_array_unref (parser.parts);
  g_array_unref (parser.weights);
  g_clear_pointer (&filler.tokens, g_array_unref);
  g_clear_pointer (&filler.chunks, g_array_unref);
  return self;
}

void
limn_prompt_free (LimnPrompt *self)
{
  if (self == NULL)
    return;
  g_free (self->chunks);
  g_free (self->tokens);
  g_clear_pointer (&self->embeddings, g_ptr_array_unref);
  g_free (self);
}

void
limn_prompt_pad (LimnPrompt           *self,
                 const LimnTokenizer  *tokenizer,
                 guint                 n_chunks)
{
  if (self->n_chunks >= n_chunks)
    return;
  self->chunks = g_renew (LimnPromptChunk, self->chunks, n_chunks);
  while (self->n_chunks < n_chunks)
    fill_chunk (&self->chunks[self->n_chunks++], tokenizer, NULL, 0);
}

void
limn_prompt_pad_pair (LimnPrompt           *a,
                      LimnPrompt           *b,
                      const LimnTokenizer  *tokenizer)
{
  limn_prompt_pad (a, tokenizer, b->n_chunks);
  limn_prompt_pad (b, tokenizer, a->n_chunks);
}

gboolean
limn_prompt_syntax_from_name (const char        *name,
                              LimnPromptSyntax  *syntax,
                              GError           **error)
{
  for (LimnPromptSyntax i = LIMN_PROMPT_A1111; i <= LIMN_PROMPT_PLAIN; i++)
    {
      if (g_strcmp0 (name, limn_prompt_syntax_get_name (i)) == 0)
        {
          *syntax = i;
          return TRUE;
        }
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no prompt syntax “%s”; there are a1111 and plain",
               name);
  return FALSE;
}

const char *
limn_prompt_syntax_get_name (LimnPromptSyntax syntax)
{
  return syntax == LIMN_PROMPT_PLAIN ? "plain" : "a1111";
}
