/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-json.h"
#include "formats/limn-tokenizer.h"
#include "tests/limn-test-starter.h"

#include <gio/gio.h>

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static GArray *
encode (const LimnTokenizer *tokenizer,
        const char          *text,
        gssize               length)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
  g_autoptr(GError) error = NULL;

  g_assert_true (limn_tokenizer_encode (tokenizer, text, length, tokens, &error));
  g_assert_no_error (error);
  return tokens;
}

/* All ids of the reference, computed by the model's training code. */
static void
test_starter (void)
{
  g_autoptr(GBytes) vocab = read_source ("data/starter-model/tokenizer/vocab.json");
  g_autoptr(GBytes) merges = read_source ("data/starter-model/tokenizer/merges.txt");
  g_autoptr(GBytes) reference = read_source ("tests/model/reference/tokens.json");
  g_autoptr(GError) error = NULL;
  LimnTokenizer *tokenizers[2];
  json_error_t details;
  json_t *cases;

  /* The vocabulary by rule is the one in the file. */
  tokenizers[0] = limn_tokenizer_new_from_files (vocab, merges, NULL, &error);
  g_assert_no_error (error);
  tokenizers[1] = limn_tokenizer_new_from_merges (merges, 1, 0, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < LIMN_TEST_STARTER_WORDS; i++)
    g_assert_cmpstr (limn_tokenizer_get_token (tokenizers[0], i), ==, limn_tokenizer_get_token (tokenizers[1], i));
  g_assert_null (limn_tokenizer_get_token (tokenizers[0], LIMN_TEST_STARTER_WORDS));
  g_assert_cmpuint (limn_tokenizer_get_n_tokens (tokenizers[0]), ==, LIMN_TEST_STARTER_WORDS);
  g_assert_cmpuint (limn_tokenizer_get_bos (tokenizers[0]), ==, LIMN_TEST_STARTER_WORDS - 2);
  g_assert_cmpuint (limn_tokenizer_get_eos (tokenizers[0]), ==, LIMN_TEST_STARTER_WORDS - 1);
  g_assert_cmpuint (limn_tokenizer_get_pad (tokenizers[0]), ==, LIMN_TEST_STARTER_WORDS - 1);
  g_assert_cmpstr (limn_tokenizer_get_token (tokenizers[0], limn_tokenizer_get_comma (tokenizers[0])), ==, ",</w>");

  cases = json_loadb (g_bytes_get_data (reference, NULL), g_bytes_get_size (reference), 0, &details);
  g_assert_cmpuint (json_array_size (cases), >=, 5);
  for (gsize i = 0; i < json_array_size (cases); i++)
    {
      const char *text = json_string_value (json_object_get (json_array_get (cases, i), "prompt"));
      json_t *ids = json_object_get (json_array_get (cases, i), "ids");

      for (guint t = 0; t < 2; t++)
        {
          g_autoptr(GArray) tokens = encode (tokenizers[t], text, -1);

          for (guint k = 0; k < 77; k++)
            {
              guint id = LIMN_TEST_STARTER_WORDS - (k == 0 ? 2 : 1);

              if (k > 0 && k < 76 && k <= tokens->len)
                id = g_array_index (tokens, LimnToken, k - 1).id;

              g_assert_cmpuint (json_integer_value (json_array_get (ids, k)), ==, id);
            }
        }
    }
  json_decref (cases);
  limn_tokenizer_free (tokenizers[0]);
  limn_tokenizer_free (tokenizers[1]);
}

static LimnTokenizer *
openai_tokenizer (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "clip", "bpe_simple_vocab_16e6.txt.gz", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GConverter) unzip = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr(GInputStream) raw = G_INPUT_STREAM (g_file_read (file, NULL, NULL));
  g_autoptr(GInputStream) in = NULL;
  g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr(GBytes) merges = NULL;
  g_autoptr(GError) error = NULL;
  static const LimnTokenizerParams params = { .final_sigma = TRUE, .name = "bpe_simple_vocab_16e6" };
  LimnTokenizer *tokenizer;

  if (raw == NULL)
    return NULL;
  in = g_converter_input_stream_new (raw, unzip);
  g_output_stream_splice (out, in, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);
  merges = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
  tokenizer = limn_tokenizer_new_from_merges (merges, 1, 48894, &params, &error);
  g_assert_no_error (error);
  return tokenizer;
}

/* The full CLIP vocabulary, where the fixtures are at hand. */
static void
test_fixtures (void)
{
  g_auto(GStrv) folders = g_strsplit (g_getenv ("LIMN_FIXTURES") != NULL ? g_getenv ("LIMN_FIXTURES") : "", ":", -1);
  gboolean found = FALSE;

  for (guint f = 0; folders[f] != NULL; f++)
    {
      g_autoptr(LimnTokenizer) tokenizer = *folders[f] != '\0' ? openai_tokenizer (folders[f]) : NULL;
      g_autofree char *path = g_build_filename (folders[f], "clip", "clip_tokens.json", NULL);
      json_error_t details;
      json_t *root, *cases;

      if (tokenizer == NULL)
        continue;
      found = TRUE;
      g_assert_cmpuint (limn_tokenizer_get_n_tokens (tokenizer), ==, 49408);
      g_assert_cmpuint (limn_tokenizer_get_bos (tokenizer), ==, 49406);
      g_assert_cmpuint (limn_tokenizer_get_eos (tokenizer), ==, 49407);
      root = json_load_file (path, JSON_ALLOW_NUL, &details);
      cases = json_object_get (root, "prompts");
      for (gsize i = 0; i < json_array_size (cases); i++)
        {
          json_t *item = json_array_get (cases, i);
          json_t *text = json_object_get (item, "text");
          json_t *ids = json_object_get (item, "ids_hf_like");
          g_autoptr(GArray) tokens = encode (tokenizer, json_string_value (text), json_string_length (text));

          if (ids == NULL)
            ids = json_object_get (item, "ids");
          g_test_message ("%s", json_string_value (text));
          g_assert_cmpuint (tokens->len, ==, json_array_size (ids));
          for (guint k = 0; k < tokens->len; k++)
            g_assert_cmpuint (g_array_index (tokens, LimnToken, k).id, ==,
                              json_integer_value (json_array_get (ids, k)));
        }
      json_decref (root);
    }
  if (!found)
    g_test_skip ("LIMN_FIXTURES names no folder with clip/");
}

/* "text -> tokens" by the rules alone: no merges but those given. */
static void
check (const LimnTokenizer *tokenizer,
       const char          *text,
       const char          *expected)
{
  g_autoptr(GArray) tokens = encode (tokenizer, text, -1);
  g_autoptr(GString) shown = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf (shown, "%s%s", i > 0 ? " " : "",
                            limn_tokenizer_get_token (tokenizer, g_array_index (tokens, LimnToken, i).id));
  g_string_replace (shown, "</w>", "_", 0);
  g_assert_cmpstr (shown->str, ==, expected);
}

static void
test_rules (void)
{
  g_autoptr(GBytes) merges = bytes_of ("#version: 0.2\r\na b\r\nab a\n\nab b</w>\nab ab\n");
  g_autoptr(GBytes) none = bytes_of ("");
  g_autoptr(GError) error = NULL;
  static const LimnTokenizerParams with_sigma = { .final_sigma = TRUE, .pad = "!", .bos = "<s>", .eos = "</s>" };
  g_autoptr(LimnTokenizer) tokenizer = limn_tokenizer_new_from_merges (merges, 0, 0, NULL, &error);
  g_autoptr(LimnTokenizer) sigma = limn_tokenizer_new_from_merges (none, 0, 0, &with_sigma, &error);

  g_assert_no_error (error);
  /* All "a b" first, from left to right; then the pair of lowest rank. */
  check (tokenizer, "ababx", "abab x_");
  check (tokenizer, "abax", "aba x_");
  check (tokenizer, "abb", "abb_");
  check (tokenizer, "aaab", "a a a b_");
  check (tokenizer, "ababaab", "ab aba a b_");
  /* Pieces. */
  check (tokenizer, " x\t\n y ", "x_ y_");
  check (tokenizer, "x1y23", "x_ 1_ y_ 2_ 3_");
  check (tokenizer, "x's!'s", "x_ ' s_ ! '_ s_");
  check (tokenizer, "X<|EndOfText|>y", "x_ <|endoftext|> y_");
  check (tokenizer, "!<|EndOfText|>", "! < |_ e n d o f t e x t_ | >_");
  check (tokenizer, "x <|startoftext|><|EndOfText|>", "x_ <|startoftext|> <|endoftext|>");
  check (sigma, "<s></s>", "<s> </s>");
  g_assert_cmpuint (limn_tokenizer_get_pad (sigma), ==, 0);
  /* Lower case: U+0130, a Roman numeral, sigma. */
  check (tokenizer, "\xc4\xb0", "i_ Ì ĩ_");
  check (tokenizer, "\xe2\x85\xa7", "â ħ ·_");
  check (tokenizer, "A\xce\xa3", "a Ï ĥ_");
  check (sigma, "A\xce\xa3", "a Ï Ĥ_");
  check (sigma, "A\xce\xa3 B\xce\xa3'C \xce\xa3", "a Ï Ĥ_ b Ï ĥ_ '_ c_ Ï ĥ_");
}

/* A merge that makes a pair of lower rank than its own: the pass under way ends first. */
static void
test_odd_ranks (void)
{
  g_autoptr(GBytes) merges = bytes_of ("a b\nab a\n");
  g_autoptr(GBytes) odd_merges = bytes_of ("ab a\na b\n");
  g_autoptr(GBytes) vocab = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTokenizer) tokenizer = limn_tokenizer_new_from_merges (merges, 0, 0, NULL, &error);
  g_autoptr(LimnTokenizer) odd = NULL;
  json_t *object = json_object ();
  char *text;

  for (guint i = 0; i < limn_tokenizer_get_n_tokens (tokenizer); i++)
    json_object_set_new (object, limn_tokenizer_get_token (tokenizer, i), json_integer (i));
  text = json_dumps (object, 0);
  vocab = bytes_of (text);
  free (text);
  json_decref (object);
  odd = limn_tokenizer_new_from_files (vocab, odd_merges, NULL, &error);
  g_assert_no_error (error);
  check (tokenizer, "ababax", "ab aba x_");
  check (odd, "ababx", "ab ab x_");
  check (odd, "ababax", "ab aba x_");
}

static void
expect_failure (const char                *vocab,
                const char                *merges,
                const LimnTokenizerParams *params,
                const char                *says)
{
  g_autoptr(GBytes) vocab_bytes = vocab != NULL ? bytes_of (vocab) : NULL;
  g_autoptr(GBytes) merges_bytes = bytes_of (merges);
  g_autoptr(GError) error = NULL;
  LimnTokenizer *tokenizer;

  g_test_message ("%s", says);
  if (vocab != NULL)
    tokenizer = limn_tokenizer_new_from_files (vocab_bytes, merges_bytes, params, &error);
  else
    tokenizer = limn_tokenizer_new_from_merges (merges_bytes, 0, 0, params, &error);
  g_assert_null (tokenizer);
  assert_failed (&error, LIMN_ERROR_FORMAT, says);
}

static void
test_hostile_files (void)
{
  static const LimnTokenizerParams small = { .vocab_size = 1005, .name = "tokenizer/vocab.json" };
  static const LimnTokenizerParams tiny = { .vocab_size = 514 };
  static const LimnTokenizerParams odd = { .bos = "<|s|>" };
  static const LimnTokenizerParams same = { .bos = "x", .eos = "x" };
  static const LimnTokenizerParams pad = { .pad = "[PAD]" };
  static const LimnTokenizerParams byte_bos = { .bos = "a" };
  g_autoptr(GBytes) bytes = read_source ("tests/vocabulary/vocab.json");
  g_autofree char *vocab = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autoptr(GString) altered = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) merges = NULL;

  expect_failure ("[]", "", NULL, "not an object");
  expect_failure ("{}", "", NULL, "lacks “Ā”");
  expect_failure ("{\"a\": \"1\"}", "", NULL, "“a” in its vocabulary is not an integer");
  expect_failure ("{\"a\": 1.0}", "", NULL, "not an integer");
  expect_failure ("{\"a\": -1}", "", NULL, "has the number -1");
  expect_failure ("{\"a\": 16777216}", "", NULL, "has the number 16777216");
  expect_failure ("{\"a\": 99999999999999999999}", "", NULL, "too big");
  expect_failure ("{\"a\": 1, \"b\": 1}", "", NULL, "the number 1 to both “a” and “b”");
  expect_failure ("{\"a\": 1, \"a\": 2}", "", NULL, "duplicate");
  expect_failure (vocab, "", &small,
                  "“tokenizer/vocab.json” cannot be used: token “<|endoftext|>” has the number 1005");
  expect_failure (vocab, "", &odd, "no start token “<|s|>”");
  expect_failure (vocab, "", &pad, "no padding token “[PAD]”");
  expect_failure (vocab, "", &same, "the same");
  expect_failure (vocab, "#version\ni n\nQ Q\n", NULL, "line 3 of its merges makes “QQ”");
  expect_failure (vocab, "i n\nxyz q\n", NULL, "line 2 of its merges joins “xyz” and “q”");
  expect_failure (vocab, "i n\ni n\n", NULL, "merges 1 and 2 are the same");
  expect_failure (vocab, "", NULL, "it has no merges");
  expect_failure (vocab, "#version: 0.2\n", NULL, "it has no merges");
  expect_failure (vocab, "in\n", NULL, "not two symbols");
  expect_failure (vocab, "i  n\n", NULL, "not two symbols");
  expect_failure (vocab, " n\n", NULL, "not two symbols");
  expect_failure (vocab, "i \n", NULL, "not two symbols");

  g_string_assign (altered, vocab);
  g_assert_cmpuint (g_string_replace (altered, "\"!</w>\":", "\"!</v>\":", 0), ==, 1);
  expect_failure (altered->str, "", NULL, "lacks “!</w>”");

  expect_failure (NULL, "a b\na b\n", NULL, "holds “ab” twice");
  expect_failure (NULL, "a b\nb c\na bc\nab c\n", NULL, "holds “abc” twice");
  expect_failure (NULL, "ab c\na b\n", NULL, "line 1 of its merges joins “ab” and “c”");
  expect_failure (NULL, "", &byte_bos, "holds “a” twice");
  expect_failure (NULL, "a b\n", &tiny, "make 515 tokens; the text encoder knows 514");

  merges = g_bytes_new ("i \xff\n", 4);
  g_assert_null (limn_tokenizer_new_from_merges (merges, 0, 0, NULL, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "not UTF-8");
  g_clear_pointer (&merges, g_bytes_unref);
  merges = bytes_of ("a b\n");
  g_assert_null (limn_tokenizer_new_from_merges (merges, 0, 2, NULL, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "holds 1 merges where 2 are needed");
}

static void
test_hostile_texts (void)
{
  g_autoptr(GBytes) merges = bytes_of ("a a\naa aa\naaaa aaaa\n");
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTokenizer) tokenizer = limn_tokenizer_new_from_merges (merges, 0, 0, NULL, &error);
  g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
  g_autoptr(GArray) with_nul = encode (tokenizer, "a\0b", 3);
  g_autoptr(GString) text = g_string_new (NULL);

  g_assert_cmpuint (with_nul->len, ==, 3);
  g_assert_false (limn_tokenizer_encode (tokenizer, "a\xc3", -1, tokens, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "not valid UTF-8");

  /* One piece of the greatest length; marks up to the limit and beyond. */
  for (guint i = 0; i < LIMN_TOKENIZER_MAX_TEXT_BYTES; i++)
    g_string_append_c (text, 'a');
  g_assert_true (limn_tokenizer_encode (tokenizer, text->str, -1, tokens, &error));
  g_assert_cmpuint (tokens->len, ==, LIMN_TOKENIZER_MAX_TEXT_BYTES / 8 + 3); /* the last 8 are aaaa aa a a</w> */
  g_string_append_c (text, 'a');
  g_assert_false (limn_tokenizer_encode (tokenizer, text->str, -1, tokens, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "bytes");

  g_array_set_size (tokens, 0);
  g_string_assign (text, "x");
  for (guint i = 0; i < LIMN_TOKENIZER_MAX_CLUSTER; i++)
    g_string_append (text, i % 2 ? "\xcc\x81" : "\xcc\xa3");
  g_assert_true (limn_tokenizer_encode (tokenizer, text->str, -1, tokens, &error));
  g_string_append (text, "\xcc\x81");
  g_array_set_size (tokens, 0);
  g_assert_false (limn_tokenizer_encode (tokenizer, text->str, -1, tokens, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "combining marks");
  g_assert_cmpuint (tokens->len, ==, 0);
}

void
add_tokenizer_tests (void)
{
  g_test_add_func ("/tokenizer/starter", test_starter);
  g_test_add_func ("/tokenizer/fixtures", test_fixtures);
  g_test_add_func ("/tokenizer/rules", test_rules);
  g_test_add_func ("/tokenizer/odd-ranks", test_odd_ranks);
  g_test_add_func ("/tokenizer/hostile-files", test_hostile_files);
  g_test_add_func ("/tokenizer/hostile-texts", test_hostile_texts);
}
