/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures.h"

#include "formats/limn-tokenizer.h"
#include "starter/limn-starter-model.h"

#include <string.h>

/* Token ids: equal or not, so the error is the number of prompts that differ. */

#define CLIP_VOCABULARY "bpe_simple_vocab_16e6.txt.gz"

static GBytes *
gunzip (const char *path, GError **error)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileInputStream) packed = g_file_read (file, NULL, error);
  g_autoptr(GZlibDecompressor) converter = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GOutputStream) plain = g_memory_output_stream_new_resizable ();
  g_autoptr(GInputStream) unpacked = NULL;

  if (!packed)
    return NULL;
  unpacked = g_converter_input_stream_new (G_INPUT_STREAM (packed), G_CONVERTER (converter));
  if (g_output_stream_splice (plain, unpacked, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) < 0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (plain));
}

/* The vocabulary beside @path, in one of the folders given, or in one of LIMN_FIXTURES. */
static char *
find_vocabulary (LimnFixtures *fixtures, const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (places, g_build_filename (dir, CLIP_VOCABULARY, NULL));
  for (guint i = 0; i < fixtures->places->len; i++)
    {
      g_ptr_array_add (places, g_build_filename (fixtures->places->pdata[i], CLIP_VOCABULARY, NULL));
      g_ptr_array_add (places, g_build_filename (fixtures->places->pdata[i], "clip", CLIP_VOCABULARY, NULL));
    }
  for (guint i = 0; i < places->len; i++)
    if (g_file_test (places->pdata[i], G_FILE_TEST_IS_REGULAR))
      return g_strdup (places->pdata[i]);
  return NULL;
}

static gboolean
same_ids (const GArray *tokens, json_t *want)
{
  if (tokens->len != json_array_size (want))
    return FALSE;
  for (guint i = 0; i < tokens->len; i++)
    if (g_array_index (tokens, LimnToken, i).id != json_integer_value (json_array_get (want, i)))
      return FALSE;
  return TRUE;
}

void
limn_fixtures_check_clip_tokens (LimnFixtures *fixtures, const char *name, const char *path)
{
  /* OpenAI's tokenizer lower-cases by Python's str.lower(), which knows the sigma at the end of a word. */
  static const LimnTokenizerParams params = { .final_sigma = TRUE, .name = CLIP_VOCABULARY };
  g_autofree char *vocabulary = find_vocabulary (fixtures, path);
  g_autoptr(GBytes) merges = NULL;
  g_autoptr(LimnTokenizer) tokenizer = NULL;
  json_t *root, *prompt;
  GError *error = NULL;
  size_t i;

  if (!vocabulary)
    {
      limn_fixtures_not_offered (fixtures, name,
                                 "no " CLIP_VOCABULARY " beside it, in another folder given or in LIMN_FIXTURES");
      return;
    }
  merges = gunzip (vocabulary, &error);
  if (merges)
    tokenizer = limn_tokenizer_new_from_merges (merges, 1, 48894, &params, &error);
  if (!tokenizer)
    {
      limn_fixtures_fail (fixtures, name, error, "vocabulary");
      return;
    }
  root = limn_fixtures_load_json (fixtures, name, path);
  if (!root)
    return;
  json_array_foreach (json_object_get (root, "prompts"), i, prompt)
    {
      json_t *text = json_object_get (prompt, "text");
      /* Limn's tokenizer has neither ftfy nor HTML unescaping, as Hugging Face's has not: where that makes a
       * difference the file has both, and this one counts. */
      json_t *plain = json_object_get (prompt, "ids_hf_like");
      g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
      g_autofree char *line = g_strdup_printf ("%s:%zu%s", name, i, plain ? " (without ftfy)" : "");

      if (!limn_tokenizer_encode (tokenizer, json_string_value (text), json_string_length (text), tokens, &error))
        {
          limn_fixtures_fail (fixtures, line, g_steal_pointer (&error), NULL);
          continue;
        }
      limn_fixtures_report (fixtures, line, !same_ids (tokens, plain ? plain : json_object_get (prompt, "ids")), 0);
    }
  json_decref (root);
}

/* Of the tokenizer in @folder, or of the embedded one. */
static GBytes *
starter_file (const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat (folder ? folder : LIMN_STARTER_MODEL_PATH, "/tokenizer/", name, NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);

  if (folder)
    return g_file_load_bytes (file, NULL, NULL, NULL);
  limn_starter_model_register ();
  return g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

/* The starter model's 77 ids: start, at most 75 tokens, end, padding. */
void
limn_fixtures_check_tokens (LimnFixtures *fixtures, const char *name, const char *path)
{
  g_autofree char *folder = limn_fixtures_find_weights (path);
  g_autoptr(GBytes) vocab = starter_file (folder, "vocab.json");
  g_autoptr(GBytes) merges = starter_file (folder, "merges.txt");
  g_autoptr(LimnTokenizer) tokenizer = NULL;
  json_t *root, *prompt;
  GError *error = NULL;
  size_t i;

  tokenizer = vocab && merges ? limn_tokenizer_new_from_files (vocab, merges, NULL, &error) : NULL;
  if (!tokenizer)
    {
      limn_fixtures_fail (fixtures, name, error, "starter tokenizer");
      return;
    }
  root = limn_fixtures_load_json (fixtures, name, path);
  if (!root)
    return;
  json_array_foreach (root, i, prompt)
    {
      json_t *text = json_object_get (prompt, "prompt"), *want = json_object_get (prompt, "ids");
      g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
      g_autofree char *line = g_strdup_printf ("%s:%zu", name, i);
      guint length = json_array_size (want);
      LimnToken bos = { limn_tokenizer_get_bos (tokenizer), 0, 0 };
      LimnToken eos = { limn_tokenizer_get_eos (tokenizer), 0, 0 };
      LimnToken pad = { limn_tokenizer_get_pad (tokenizer), 0, 0 };

      if (!limn_tokenizer_encode (tokenizer, json_string_value (text), json_string_length (text), tokens, &error))
        {
          limn_fixtures_fail (fixtures, line, g_steal_pointer (&error), NULL);
          continue;
        }
      if (length >= 2 && tokens->len > length - 2)
        g_array_set_size (tokens, length - 2);
      g_array_prepend_val (tokens, bos);
      g_array_append_val (tokens, eos);
      while (tokens->len < length)
        g_array_append_val (tokens, pad);
      limn_fixtures_report (fixtures, line, !same_ids (tokens, want), 0);
    }
  json_decref (root);
}
