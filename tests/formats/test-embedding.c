/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-embedding.h"
#include "formats/limn-prompt-program.h"

#include <math.h>

/* A file of float32 tensors; each element of tensor t is 100 t + its place. @shapes: "name:rows x width", rows 0: one dimension; NULL at the end */
static LimnCheckpoint *
make_file (const char *const *shapes, double first)
{
  g_autoptr(GString) header = g_string_new ("{");
  g_autoptr(GByteArray) bytes = g_byte_array_new ();
  g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr(GBytes) all = NULL;
  g_autoptr(GError) error = NULL;
  LimnCheckpoint *file;
  guint64 length;

  for (guint t = 0; shapes[t]; t++)
    {
      g_auto(GStrv) words = g_strsplit_set (shapes[t], ":x", 3);
      guint rows = atoi (words[1]), width = atoi (words[2]), n = MAX (rows, 1) * width;

      g_string_append_printf (header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[", t ? "," : "", words[0]);
      if (rows > 0)
        g_string_append_printf (header, "%u,", rows);
      g_string_append_printf (header, "%u],\"data_offsets\":[%u,%u]}", width, values->len * 4, (values->len + n) * 4);
      for (guint i = 0; i < n; i++)
        {
          float value = t == 0 && i == 0 ? first : 100.0f * t + i;

          g_array_append_val (values, value);
        }
    }
  g_string_append_c (header, '}');
  while (header->len % 8)
    g_string_append_c (header, ' ');
  length = GUINT64_TO_LE (header->len);
  g_byte_array_append (bytes, (const guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (const guint8 *) header->str, header->len);
  g_byte_array_append (bytes, (const guint8 *) values->data, values->len * sizeof (float));
  all = g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  file = limn_checkpoint_new_for_bytes (all, "ink.safetensors", &error);
  g_assert_no_error (error);
  return file;
}

static LimnEmbedding *
make_embedding (const char *shape, const char *other)
{
  const char *const shapes[] = { shape, other, NULL };
  g_autoptr(LimnCheckpoint) file = make_file (shapes, 0);
  g_autoptr(GError) error = NULL;
  LimnEmbedding *embedding = limn_embedding_new_for_checkpoint (file, &error);

  g_assert_no_error (error);
  return embedding;
}

static void
test_layouts (void)
{
  static const struct
  {
    const char *shapes[3];
    guint       n, n_widths, width, other_width;
    float       value, other_value; /* of the last vector's first number */
  } cases[] = {
    { { "emb_params:2x6" }, 2, 1, 6, 0, 6, 0 },
    { { "clip_g:3x8", "clip_l:3x4" }, 3, 2, 4, 8, 108, 16 },
    { { "clip_l:1x4" }, 1, 1, 4, 0, 0, 0 },
    { { "string_to_param.*:2x4", "string_to_token:0x1" }, 2, 1, 4, 0, 4, 0 },
    { { "<ink>:0x5" }, 1, 1, 5, 0, 0, 0 },
    { { "emb_params:1x4", "other:0x7" }, 1, 1, 4, 0, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnCheckpoint) file = make_file (cases[i].shapes, 0);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnEmbedding) embedding = limn_embedding_new_for_checkpoint (file, &error);
      const float *values;
      guint n;

      g_assert_no_error (error);
      g_assert_cmpuint (limn_embedding_get_n (embedding), ==, cases[i].n);
      limn_embedding_get_widths (embedding, &n);
      g_assert_cmpuint (n, ==, cases[i].n_widths);
      values = limn_embedding_get_values (embedding, cases[i].width);
      g_assert_nonnull (values);
      g_assert_cmpfloat (values[(cases[i].n - 1) * cases[i].width], ==, cases[i].value);
      values = limn_embedding_get_values (embedding, cases[i].other_width);
      g_assert_cmpint (values != NULL, ==, cases[i].other_width > 0);
      if (values)
        g_assert_cmpfloat (values[(cases[i].n - 1) * cases[i].other_width], ==, cases[i].other_value);
      g_assert_null (limn_embedding_get_values (embedding, 7));
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *shapes[3];
    double      first;
    const char *words;
  } cases[] = {
    { { "a:2x6", "b:2x6" }, 0, "other weights" },
    { { "emb_params:76x4" }, 0, "75" },
    { { "emb_params:1x8193" }, 0, "not a list" },
    { { "clip_l:2x4", "clip_g:3x8" }, 0, "do not belong" },
    { { "clip_l:2x4", "clip_g:2x4" }, 0, "do not belong" },
    { { "emb_params:2x6" }, NAN, "not finite" },
    { { "emb_params:2x6" }, INFINITY, "not finite" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnCheckpoint) file = make_file (cases[i].shapes, cases[i].first);
      GError *error = NULL;

      g_assert_null (limn_embedding_new_for_checkpoint (file, &error));
      assert_failed (&error, LIMN_ERROR_FORMAT, cases[i].words);
    }
}

/* --- In a prompt --- */

static LimnTokenizer *
new_tokenizer (void)
{
  g_autoptr(GBytes) vocab = read_source ("tests/vocabulary/vocab.json");
  g_autoptr(GBytes) merges = read_source ("tests/vocabulary/merges.txt");
  g_autoptr(GError) error = NULL;
  LimnTokenizer *tokenizer = limn_tokenizer_new_from_files (vocab, merges, NULL, &error);

  g_assert_no_error (error);
  return tokenizer;
}

/* "word/row" or a token's text, with its place: what each position of the chunks is. */
static char *
describe (const LimnPrompt *prompt, const char *text)
{
  GString *all = g_string_new (NULL);
  gint chunk = 0;

  for (guint i = 0; i < prompt->n_tokens; i++)
    {
      const LimnPromptToken *token = &prompt->tokens[i];
      const LimnPromptChunk *in = &prompt->chunks[token->chunk];

      g_assert_cmpuint (in->words[token->position], ==, token->word);
      g_assert_cmpuint (in->rows[token->position], ==, token->row);
      g_assert_cmpfloat (in->weights[token->position], ==, token->weight);
      g_string_append (all, i == 0 ? "" : token->chunk > chunk ? " / " : " ");
      chunk = token->chunk;
      if (token->word > 0)
        g_string_append_printf (all, "%u.%u=", token->word, token->row);
      g_string_append_len (all, text + token->start, token->end - token->start);
    }
  g_assert_cmpuint (prompt->chunks[0].words[0], ==, 0);
  return g_string_free (all, FALSE);
}

static void
test_words (void)
{
  static const struct
  {
    const char *text;
    const char *says;
  } cases[] = {
    { "a red cat", "a 1.0=red 1.1=red cat" },
    { "a Red cat, RED", "a 1.0=Red 1.1=Red cat , 1.0=RED 1.1=RED" },
    { "redder", "redder" },
    { "a red house", "a 2.0=red house" },
    { "red red house", "1.0=red 1.1=red 2.0=red house" },
    { "(red:1.5) cat", "1.0=red 1.1=red cat" },
    { "embedding:red cat", "1.0=embedding:red 1.1=embedding:red cat" },
    { "(embedding:red house:1.2)", "2.0=embedding:red house" },
    /* Brackets part it. */
    { "red (house)", "1.0=red 1.1=red house" },
    { "a cat", "a cat" },
  };
  g_autoptr(LimnTokenizer) tokenizer = new_tokenizer ();
  g_autoptr(LimnEmbedding) red = make_embedding ("emb_params:2x6", NULL);
  g_autoptr(LimnEmbedding) house = make_embedding ("emb_params:1x6", NULL);
  const LimnPromptWord words[] = { { "Red", red }, { "red house", house }, { "red", house } };
  g_autoptr(LimnPrompt) plain = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPrompt) prompt =
        limn_prompt_new_with_words (tokenizer, cases[i].text, LIMN_PROMPT_A1111, words, G_N_ELEMENTS (words), &error);
      g_autofree char *says = NULL;

      g_assert_no_error (error);
      says = describe (prompt, cases[i].text);
      /* Words of several tokens are compared without their marks. */
      if (!g_str_equal (cases[i].text, "redder"))
        g_assert_cmpstr (says, ==, cases[i].says);
      else
        g_assert_null (strchr (says, '='));
      g_assert_cmpuint (prompt->embeddings->len, ==, 3);
    }
  plain = limn_prompt_new_with_words (tokenizer, "a red cat", LIMN_PROMPT_PLAIN, words, G_N_ELEMENTS (words), NULL);
  for (guint i = 0; i < plain->n_tokens; i++)
    g_assert_cmpuint (plain->tokens[i].word, ==, 0);
}

/* All vectors of a word are in one chunk; what follows the last comma goes along where the chunk is full. */
static void
test_chunks (void)
{
  g_autoptr(LimnTokenizer) tokenizer = new_tokenizer ();
  g_autoptr(LimnEmbedding) long_one = make_embedding ("emb_params:75x6", NULL);
  g_autoptr(LimnEmbedding) pair = make_embedding ("emb_params:2x6", NULL);
  const LimnPromptWord words[] = { { "red", long_one }, { "cat", pair } };
  static const struct
  {
    guint       n_before; /* tokens "a" */
    const char *text;
    guint       n_chunks, n_first;
  } cases[] = {
    { 0, "red", 1, 75 },      { 1, "red", 2, 1 },       { 0, "red a", 2, 75 },   { 73, "cat", 1, 75 },
    { 74, "cat", 2, 74 },     { 75, "cat", 2, 75 },     { 72, ", a a cat", 2, 73 }, { 73, ", a cat", 2, 74 },
    { 0, "red red", 2, 75 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(LimnPrompt) prompt = NULL;

      for (guint n = 0; n < cases[i].n_before; n++)
        g_string_append (text, "a ");
      g_string_append (text, cases[i].text);
      prompt = limn_prompt_new_with_words (tokenizer, text->str, LIMN_PROMPT_A1111, words, G_N_ELEMENTS (words), NULL);
      g_assert_cmpuint (prompt->n_chunks, ==, cases[i].n_chunks);
      g_assert_cmpuint (prompt->chunks[0].n_tokens, ==, cases[i].n_first);
      for (guint t = 1; t < prompt->n_tokens; t++)
        if (prompt->tokens[t].row > 0)
          {
            g_assert_cmpint (prompt->tokens[t].chunk, ==, prompt->tokens[t - 1].chunk);
            g_assert_cmpuint (prompt->tokens[t].row, ==, prompt->tokens[t - 1].row + 1);
          }
    }
}

/* What is counted of a prompt that changes on the way, and from where its tokens come. */
static void
test_longest (void)
{
  static const struct
  {
    const char *text;
    guint       n_tokens;
    const char *says;
  } cases[] = {
    { "a red cat", 3, "a red cat" },
    { "a [red:red red:0.5] cat", 4, "a red red cat" },
    { "[red|a a a|a] cat", 4, "a a a cat" },
    { "a AND red cat:0.5", 2, "red cat" },
    { "<lora:red cat:1>a", 1, "a" },
    { "a [red:0.9]", 2, "a red" },
  };
  g_autoptr(LimnTokenizer) tokenizer = new_tokenizer ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPrompt) prompt =
        limn_prompt_new_longest (tokenizer, cases[i].text, LIMN_PROMPT_A1111, LIMN_PROMPT_POSITIVE, &error);
      g_autofree char *says = NULL;

      g_assert_no_error (error);
      g_assert_cmpuint (prompt->n_tokens, ==, cases[i].n_tokens);
      says = describe (prompt, cases[i].text);
      g_assert_cmpstr (says, ==, cases[i].says);
    }
}

void
add_embedding_tests (void)
{
  g_test_add_func ("/embedding/layouts", test_layouts);
  g_test_add_func ("/embedding/refused", test_refused);
  g_test_add_func ("/embedding/words", test_words);
  g_test_add_func ("/embedding/chunks", test_chunks);
  g_test_add_func ("/embedding/longest", test_longest);
}
