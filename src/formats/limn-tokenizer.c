/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "All pairs of the lowest rank, left to right, then look again" is done with a heap of (rank, place):
 * all entries of the lowest rank are taken out first and only then merged, since with odd
 * tables a merge may create a pair of lower rank, whose turn comes only after this pass. An entry is stale, and
 * skipped, when its two symbols are no longer there. So n bytes cost O(n log n).
 */
#include "config.h"

#include "formats/limn-tokenizer.h"

#include "base/limn-error.h"
#include "formats/limn-clean-text.h"
#include "formats/limn-json.h"
#include "formats/limn-unichar.h"

#include <string.h>

#define END_OF_WORD "</w>"
#define NONE G_MAXUINT32

/* The rank of a merge is its index. */
typedef struct
{
  guint32 left;
  guint32 right;
  guint32 result;
} Merge;

typedef struct
{
  guint64 pair; /* left << 32 | right */
  guint32 rank;
} Ranked;

struct _LimnTokenizer
{
  char *name;
  GHashTable *ids;   /* owned text -> id */
  GHashTable *texts; /* id -> text, borrowed from ids */
  GArray *merges;    /* Merge, by rank */
  GArray *ranks;     /* Ranked, sorted by pair */
  guint32 bytes[256];
  guint32 last_bytes[256]; /* the same at the end of a word */
  guint32 bos;
  guint32 eos;
  guint32 pad;
  guint32 comma;
  gboolean final_sigma;
  gunichar *bos_text;
  gunichar *eos_text;
};

typedef struct
{
  guint32 id; /* NONE once merged into the one before */
  guint32 previous;
  guint32 next;
  guint32 start;
  guint32 end;
} Symbol;

typedef struct
{
  GArray *chars;
  GArray *symbols;
  GArray *heap; /* guint64: rank << 32 | index of the left symbol */
  GArray *pass; /* guint32: left symbols of the pairs of one rank */
} Work;

static gboolean G_GNUC_PRINTF (3, 4)
fail (const LimnTokenizer  *self,
      GError              **error,
      const char           *format,
      ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be used: %s", self->name, what);
  return FALSE;
}

/* GPT-2's bytes_to_unicode: printable Latin-1 stands for itself, the 68 others follow from U+0100.
 * @order: the bytes as the vocabulary has them, printable ones first */
static void
fill_byte_table (gunichar code[256],
                 guint8   order[256])
{
  guint n_printable = 0;
  guint n_other = 0;

  for (guint b = 0; b < 256; b++)
    {
      if ((b >= '!' && b <= '~') || (b >= 0xa1 && b != 0xad))
        {
          code[b] = b;
          order[n_printable++] = b;
        }
      else
        code[b] = 256 + n_other++;
    }
  for (guint b = 0; b < 256; b++)
    {
      if (code[b] >= 256)
        order[n_printable + code[b] - 256] = b;
    }
}

static char *
byte_symbol (gunichar code,
             gboolean last)
{
  char text[6 + sizeof END_OF_WORD];
  int n = g_unichar_to_utf8 (code, text);

  strcpy (text + n, last ? END_OF_WORD : "");
  return g_strdup (text);
}

static gboolean
add_token (LimnTokenizer  *self,
           char           *text, /* taken */
           guint32         id,
           GError        **error)
{
  const char *other = g_hash_table_lookup (self->texts, GUINT_TO_POINTER (id));

  if (other != NULL)
    {
      fail (self, error, "its vocabulary gives the number %u to both “%s” and “%s”", id, other, text);
      g_free (text);
      return FALSE;
    }
  if (g_hash_table_contains (self->ids, text))
    {
      fail (self, error, "its vocabulary holds “%s” twice", text);
      g_free (text);
      return FALSE;
    }
  g_hash_table_insert (self->ids, text, GUINT_TO_POINTER (id));
  g_hash_table_insert (self->texts, GUINT_TO_POINTER (id), text);
  return TRUE;
}

static gboolean
find_token (const LimnTokenizer  *self,
            const char           *text,
            guint32              *id)
{
  gpointer value;

  if (!g_hash_table_lookup_extended (self->ids, text, NULL, &value))
    return FALSE;
  *id = GPOINTER_TO_UINT (value);
  return TRUE;
}

static gboolean
find_special (const LimnTokenizer  *self,
              const char           *text,
              const char           *role,
              guint32              *id,
              GError              **error)
{
  return find_token (self, text, id) || fail (self, error, "its vocabulary has no %s token “%s”", role, text);
}

static LimnTokenizer *
begin (const LimnTokenizerParams  *params,
       GError                    **error)
{
  g_autoptr(LimnTokenizer) self = g_new0 (LimnTokenizer, 1);
  const char *bos = params->bos != NULL ? params->bos : "<|startoftext|>";
  const char *eos = params->eos != NULL ? params->eos : "<|endoftext|>";

  self->name = g_strdup (params->name != NULL ? params->name : "tokenizer");
  self->final_sigma = params->final_sigma;
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->texts = g_hash_table_new (NULL, NULL);
  self->merges = g_array_new (FALSE, FALSE, sizeof (Merge));
  self->ranks = g_array_new (FALSE, FALSE, sizeof (Ranked));
  if (*bos == '\0' || *eos == '\0' || strcmp (bos, eos) == 0 || !g_utf8_validate (bos, -1, NULL)
      || !g_utf8_validate (eos, -1, NULL))
    {
      fail (self, error, "its start and end tokens are empty, the same or not UTF-8");
      return NULL;
    }
  self->bos_text = g_utf8_to_ucs4_fast (bos, -1, NULL);
  self->eos_text = g_utf8_to_ucs4_fast (eos, -1, NULL);
  return g_steal_pointer (&self);
}

static int
compare_pairs (gconstpointer a,
               gconstpointer b)
{
  const Ranked *x = a;
  const Ranked *y = b;

  if (x->pair != y->pair)
    return x->pair < y->pair ? -1 : 1;
  return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static guint32
rank_of (const LimnTokenizer *self,
         guint32              left,
         guint32              right)
{
  guint64 pair = (guint64) left << 32 | right;
  guint low = 0;
  guint high = self->ranks->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Ranked *ranked = &g_array_index (self->ranks, Ranked, middle);

      if (ranked->pair == pair)
        return ranked->rank;
      if (ranked->pair < pair)
        low = middle + 1;
      else
        high = middle;
    }
  return NONE;
}

/* What both constructors end with: byte symbols, special tokens, the sorted table of pairs. */
static gboolean
finish (LimnTokenizer              *self,
        const LimnTokenizerParams  *params,
        GError                    **error)
{
  const char *bos = params->bos != NULL ? params->bos : "<|startoftext|>";
  const char *eos = params->eos != NULL ? params->eos : "<|endoftext|>";
  gunichar code[256];
  guint8 order[256];

  fill_byte_table (code, order);
  for (guint b = 0; b < 256; b++)
    {
      for (guint last = 0; last < 2; last++)
        {
          g_autofree char *text = byte_symbol (code[b], last);

          if (!find_token (self, text, last ? &self->last_bytes[b] : &self->bytes[b]))
            return fail (self, error, "its vocabulary lacks “%s”, the token of byte %u", text, b);
        }
    }
  self->comma = self->last_bytes[','];
  if (!find_special (self, bos, "start", &self->bos, error)
      || !find_special (self, eos, "end", &self->eos, error)
      || !find_special (self, params->pad != NULL ? params->pad : eos, "padding", &self->pad, error))
    return FALSE;

  for (guint i = 0; i < self->merges->len; i++)
    {
      const Merge *merge = &g_array_index (self->merges, Merge, i);
      Ranked ranked = { (guint64) merge->left << 32 | merge->right, i };

      g_array_append_val (self->ranks, ranked);
    }
  g_array_sort (self->ranks, compare_pairs);
  for (guint i = 1; i < self->ranks->len; i++)
    {
      const Ranked *a = &g_array_index (self->ranks, Ranked, i - 1);
      const Ranked *b = a + 1;

      if (a->pair == b->pair)
        return fail (self, error, "its merges %u and %u are the same", a->rank + 1, b->rank + 1);
    }
  return TRUE;
}

/* Calls back with the two sides of each merge, a non-empty line each. */
static gboolean
read_merges (LimnTokenizer  *self,
             GBytes         *merges,
             guint           n_skip,
             guint           n_merges,
             gboolean        make_tokens,
             GError        **error)
{
  gsize length;
  const char *at = g_bytes_get_data (merges, &length);
  const char *end;
  guint line = 0;

  if (length == 0)
    at = ""; /* an empty GBytes gives NULL, to which not even 0 may be added */
  end = at + length;
  if (length > LIMN_TOKENIZER_MAX_FILE_BYTES)
    return fail (self, error, "its merges are %" G_GSIZE_FORMAT " bytes, at most %d are possible", length,
                 LIMN_TOKENIZER_MAX_FILE_BYTES);
  if (length > 0 && !g_utf8_validate_len (at, length, NULL))
    return fail (self, error, "its merges are not UTF-8 text");

  while (at < end && (n_merges == 0 || self->merges->len < n_merges))
    {
      const char *stop = memchr (at, '\n', end - at);
      const char *next = stop != NULL ? stop + 1 : end;
      const char *space;
      g_autofree char *left = NULL;
      g_autofree char *right = NULL;
      g_autofree char *both = NULL;
      Merge merge;

      if (stop == NULL)
        stop = end;
      if (stop > at && stop[-1] == '\r')
        stop--;
      line++;
      if (line <= n_skip || stop == at
          || (n_skip == 0 && line == 1 && stop - at >= 8 && memcmp (at, "#version", 8) == 0))
        {
          at = next;
          continue;
        }
      space = memchr (at, ' ', stop - at);
      if (space == NULL || space == at || space + 1 == stop || memchr (space + 1, ' ', stop - space - 1) != NULL)
        return fail (self, error, "line %u of its merges is not two symbols with a space between them", line);
      left = g_strndup (at, space - at);
      right = g_strndup (space + 1, stop - space - 1);
      both = g_strconcat (left, right, NULL);
      at = next;

      if (!find_token (self, left, &merge.left) || !find_token (self, right, &merge.right))
        return fail (self, error, "line %u of its merges joins “%s” and “%s”, which are not both in the vocabulary",
                     line, left, right);
      if (make_tokens)
        {
          merge.result = g_hash_table_size (self->ids);
          if (!add_token (self, g_steal_pointer (&both), merge.result, error))
            return FALSE;
        }
      else if (!find_token (self, both, &merge.result))
        return fail (self, error, "line %u of its merges makes “%s”, which is not in the vocabulary", line, both);
      g_array_append_val (self->merges, merge);
    }
  if (n_merges > 0 && self->merges->len < n_merges)
    return fail (self, error, "it holds %u merges where %u are needed", self->merges->len, n_merges);
  return TRUE;
}

LimnTokenizer *
limn_tokenizer_new_from_files (GBytes                     *vocab,
                               GBytes                     *merges,
                               const LimnTokenizerParams  *params,
                               GError                    **error)
{
  static const LimnTokenizerParams defaults = { 0 };
  g_autoptr(LimnTokenizer) self = NULL;
  g_autoptr(LimnJson) json = NULL;
  const char *text;
  json_t *value;
  gint64 max_id;

  g_return_val_if_fail (vocab != NULL && merges != NULL, NULL);

  if (params == NULL)
    params = &defaults;
  self = begin (params, error);
  if (self == NULL)
    return NULL;
  json = limn_json_new_for_bytes (vocab, self->name, LIMN_TOKENIZER_MAX_FILE_BYTES, error);
  if (json == NULL)
    return NULL;
  max_id = LIMN_TOKENIZER_MAX_ID;
  if (params->vocab_size > 0)
    max_id = MIN (max_id, (gint64) params->vocab_size - 1);
  json_object_foreach (limn_json_get_root (json), text, value)
    {
      json_int_t id = json_integer_value (value);

      if (!json_is_integer (value))
        {
          fail (self, error, "the number of token “%s” in its vocabulary is not an integer", text);
          return NULL;
        }
      if (id < 0 || id > max_id)
        {
          fail (self, error, "token “%s” has the number %" JSON_INTEGER_FORMAT "; the text encoder knows 0 to %"
                G_GINT64_FORMAT, text, id, max_id);
          return NULL;
        }
      if (!add_token (self, g_strdup (text), id, error))
        return NULL;
    }
  if (!read_merges (self, merges, 0, 0, FALSE, error) || !finish (self, params, error))
    return NULL;
  /* Without any merge every word falls into its letters: a picture, but of nothing that was asked for. */
  if (self->merges->len == 0 && limn_tokenizer_get_n_tokens (self) > 2 * 256 + 2)
    {
      fail (self, error, "it has no merges, but words in its vocabulary");
      return NULL;
    }
  return g_steal_pointer (&self);
}

LimnTokenizer *
limn_tokenizer_new_from_merges (GBytes                     *merges,
                                guint                       n_skip,
                                guint                       n_merges,
                                const LimnTokenizerParams  *params,
                                GError                    **error)
{
  static const LimnTokenizerParams defaults = { 0 };
  g_autoptr(LimnTokenizer) self = NULL;
  gunichar code[256];
  guint8 order[256];
  guint n;

  g_return_val_if_fail (merges != NULL, NULL);

  if (params == NULL)
    params = &defaults;
  self = begin (params, error);
  if (self == NULL)
    return NULL;
  fill_byte_table (code, order);
  for (guint i = 0; i < 512; i++)
    {
      if (!add_token (self, byte_symbol (code[order[i % 256]], i >= 256), i, error))
        return NULL;
    }
  if (!read_merges (self, merges, n_skip, n_merges, TRUE, error))
    return NULL;
  n = g_hash_table_size (self->ids);
  if (!add_token (self, g_ucs4_to_utf8 (self->bos_text, -1, NULL, NULL, NULL), n, error)
      || !add_token (self, g_ucs4_to_utf8 (self->eos_text, -1, NULL, NULL, NULL), n + 1, error))
    return NULL;
  if (params->vocab_size > 0 && n + 2 > params->vocab_size)
    {
      fail (self, error, "its merges make %u tokens; the text encoder knows %u", n + 2, params->vocab_size);
      return NULL;
    }
  if (!finish (self, params, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
limn_tokenizer_free (LimnTokenizer *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_clear_pointer (&self->texts, g_hash_table_unref);
  g_clear_pointer (&self->ids, g_hash_table_unref);
  g_clear_pointer (&self->merges, g_array_unref);
  g_clear_pointer (&self->ranks, g_array_unref);
  g_free (self->bos_text);
  g_free (self->eos_text);
  g_free (self);
}

guint
limn_tokenizer_get_n_tokens (const LimnTokenizer *self)
{
  return g_hash_table_size (self->ids);
}

guint
limn_tokenizer_get_bos (const LimnTokenizer *self)
{
  return self->bos;
}

guint
limn_tokenizer_get_eos (const LimnTokenizer *self)
{
  return self->eos;
}

guint
limn_tokenizer_get_pad (const LimnTokenizer *self)
{
  return self->pad;
}

guint
limn_tokenizer_get_comma (const LimnTokenizer *self)
{
  return self->comma;
}

const char *
limn_tokenizer_get_token (const LimnTokenizer *self,
                          guint                id)
{
  return g_hash_table_lookup (self->texts, GUINT_TO_POINTER (id));
}

typedef enum
{
  SPACE,
  LETTER,
  NUMBER,
  OTHER,
} Kind;

static Kind
kind_of (gunichar c)
{
  if (limn_unichar_is_space (c))
    return SPACE;
  if (limn_unichar_is_letter (c))
    return LETTER;
  return limn_unichar_is_number (c) ? NUMBER : OTHER;
}

static guint
match (const GArray   *chars,
       guint           at,
       const gunichar *text)
{
  guint n = 0;

  while (text[n] != 0)
    {
      if (at + n >= chars->len || g_array_index (chars, LimnTextChar, at + n).c != text[n])
        return 0;
      n++;
    }
  return n;
}

static guint
match_contraction (const GArray *chars,
                   guint         at)
{
  static const gunichar contractions[][4] = {
    { '\'', 's' }, { '\'', 't' }, { '\'', 'r', 'e' }, { '\'', 'v', 'e' },
    { '\'', 'm' }, { '\'', 'l', 'l' }, { '\'', 'd' },
  };

  if (g_array_index (chars, LimnTextChar, at).c != '\'')
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (contractions); i++)
    {
      guint n = match (chars, at, contractions[i]);

      if (n > 0)
        return n;
    }
  return 0;
}

static void
heap_push (GArray  *heap,
           guint64  value)
{
  guint64 *v;
  guint i = heap->len;

  g_array_append_val (heap, value);
  v = (guint64 *) (gpointer) heap->data;
  while (i > 0 && v[(i - 1) / 2] > value)
    {
      v[i] = v[(i - 1) / 2];
      i = (i - 1) / 2;
    }
  v[i] = value;
}

static guint64
heap_pop (GArray *heap)
{
  guint64 *v = (guint64 *) (gpointer) heap->data;
  guint64 top = v[0];
  guint n = heap->len - 1;
  guint64 value = v[n];
  guint i = 0;

  while (2 * i + 1 < n)
    {
      guint child = 2 * i + 1;

      if (child + 1 < n && v[child + 1] < v[child])
        child++;
      if (v[child] >= value)
        break;
      v[i] = v[child];
      i = child;
    }
  v[i] = value;
  g_array_set_size (heap, n);
  return top;
}

static void
push_pair (const LimnTokenizer *self,
           Work                *work,
           guint32              left)
{
  const Symbol *symbols = (const Symbol *) (gpointer) work->symbols->data;
  guint32 rank;

  if (left == NONE || symbols[left].next == NONE)
    return;
  rank = rank_of (self, symbols[left].id, symbols[symbols[left].next].id);
  if (rank != NONE)
    heap_push (work->heap, (guint64) rank << 32 | left);
}

static void
merge_all (const LimnTokenizer *self,
           Work                *work)
{
  Symbol *symbols = (Symbol *) (gpointer) work->symbols->data;

  g_array_set_size (work->heap, 0);
  for (guint i = 0; i < work->symbols->len; i++)
    push_pair (self, work, i);

  while (work->heap->len > 0)
    {
      guint32 rank = g_array_index (work->heap, guint64, 0) >> 32;
      const Merge *merge = &g_array_index (self->merges, Merge, rank);

      g_array_set_size (work->pass, 0);
      while (work->heap->len > 0 && g_array_index (work->heap, guint64, 0) >> 32 == rank)
        {
          guint32 left = heap_pop (work->heap) & G_MAXUINT32;

          g_array_append_val (work->pass, left);
        }
      for (guint i = 0; i < work->pass->len; i++)
        {
          Symbol *left = &symbols[g_array_index (work->pass, guint32, i)];
          Symbol *right;

          if (left->id != merge->left || left->next == NONE || symbols[left->next].id != merge->right)
            continue;
          right = &symbols[left->next];
          left->id = merge->result;
          left->end = right->end;
          left->next = right->next;
          right->id = NONE;
          if (left->next != NONE)
            symbols[left->next].previous = left - symbols;
          push_pair (self, work, left->previous);
          push_pair (self, work, left - symbols);
        }
    }
}

static void
encode_piece (const LimnTokenizer *self,
              Work                *work,
              guint                first,
              guint                n,
              GArray              *tokens)
{
  guint32 at;

  g_array_set_size (work->symbols, 0);
  for (guint i = first; i < first + n; i++)
    {
      const LimnTextChar *from = &g_array_index (work->chars, LimnTextChar, i);
      char utf8[6];
      int n_bytes = g_unichar_to_utf8 (from->c, utf8);

      for (int k = 0; k < n_bytes; k++)
        {
          Symbol symbol = { self->bytes[(guint8) utf8[k]], work->symbols->len - 1, work->symbols->len + 1,
                            from->start, from->end };

          if (i == first + n - 1 && k == n_bytes - 1)
            {
              symbol.id = self->last_bytes[(guint8) utf8[k]];
              symbol.next = NONE;
            }
          g_array_append_val (work->symbols, symbol); /* the first one's previous has become NONE */
        }
    }
  merge_all (self, work);
  for (at = 0; at != NONE; at = g_array_index (work->symbols, Symbol, at).next)
    {
      const Symbol *symbol = &g_array_index (work->symbols, Symbol, at);
      LimnToken token = { symbol->id, symbol->start, symbol->end };

      g_array_append_val (tokens, token);
    }
}

gboolean
limn_tokenizer_encode (const LimnTokenizer  *self,
                       const char           *text,
                       gssize                length,
                       GArray               *tokens,
                       GError              **error)
{
  Work work;
  gsize n_text = length < 0 ? strlen (text) : (gsize) length;
  gboolean ok;

  g_return_val_if_fail (self != NULL && text != NULL && tokens != NULL, FALSE);
  g_return_val_if_fail (g_array_get_element_size (tokens) == sizeof (LimnToken), FALSE);

  if (n_text > LIMN_TOKENIZER_MAX_TEXT_BYTES)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "The text cannot be used: it has %" G_GSIZE_FORMAT " bytes, at most %d are possible", n_text,
                   LIMN_TOKENIZER_MAX_TEXT_BYTES);
      return FALSE;
    }

  work.chars = g_array_new (FALSE, FALSE, sizeof (LimnTextChar));
  work.symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  work.heap = g_array_new (FALSE, FALSE, sizeof (guint64));
  work.pass = g_array_new (FALSE, FALSE, sizeof (guint32));

  ok = limn_clean_text (text, n_text, self->final_sigma, work.chars, error);
  for (guint i = 0, n; ok && i < work.chars->len; i += n)
    {
      const LimnTextChar *first = &g_array_index (work.chars, LimnTextChar, i);
      Kind kind = kind_of (first->c);
      gboolean is_bos = (n = match (work.chars, i, self->bos_text)) > 0;

      if (is_bos || (n = match (work.chars, i, self->eos_text)) > 0)
        {
          LimnToken token = { is_bos ? self->bos : self->eos, first->start,
                              g_array_index (work.chars, LimnTextChar, i + n - 1).end };

          g_array_append_val (tokens, token);
          continue;
        }
      if ((n = match_contraction (work.chars, i)) == 0)
        {
          n = 1;
          while ((kind == LETTER || kind == OTHER) && i + n < work.chars->len
                 && kind_of (g_array_index (work.chars, LimnTextChar, i + n).c) == kind)
            n++;
          if (kind == SPACE)
            continue;
        }
      encode_piece (self, &work, i, n, tokens);
    }

  g_array_unref (work.chars);
  g_array_unref (work.symbols);
  g_array_unref (work.heap);
  g_array_unref (work.pass);
  return ok;
}
