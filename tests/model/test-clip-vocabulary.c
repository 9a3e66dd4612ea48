/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* A model that brings no tokenizer gets CLIP's, from the folders of data: which each case has of its own
 * (G_TEST_OPTION_ISOLATE_DIRS; a process of its own, since GLib looks for them once). The vocabulary is made up: CLIP's
 * is no part of the sources. */

#include "base/limn-error.h"
#include "formats/limn-tokenizer.h"
#include "model/limn-clip-vocabulary.h"
#include "model/limn-model.h"
#include "tests/limn-test-starter.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* The starter model's, but for the size of the vocabulary; weights are looked for, not read. */
static char *
make_model (void)
{
  static const char * const files[] = {
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "unet/config.json",
    "vae/config.json",
  };
  static const char * const weights[] = {
    "text_encoder/model.safetensors",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
  };
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "model", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *from = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data/starter-model", files[i], NULL);
      g_autofree char *to = g_build_filename (folder, files[i], NULL);
      g_autofree char *place = g_path_get_dirname (to);
      g_autofree char *text = NULL;
      g_autoptr(GString) changed = NULL;

      g_assert_true (g_file_get_contents (from, &text, NULL, NULL));
      changed = g_string_new (text);
      g_string_replace (changed, "\"vocab_size\": " G_STRINGIFY (LIMN_TEST_STARTER_WORDS), "\"vocab_size\": 49408", 0);
      g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
      g_assert_true (g_file_set_contents (to, changed->str, -1, NULL));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (weights); i++)
    {
      g_autofree char *to = g_build_filename (folder, weights[i], NULL);

      g_assert_true (g_file_set_contents (to, "", 0, NULL));
    }
  return g_steal_pointer (&folder);
}

static char *
make_place (void)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), LIMN_CLIP_VOCABULARY_FILE, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return g_steal_pointer (&path);
}

static void
install (const char *text, gsize length)
{
  g_autofree char *path = make_place ();
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GZlibCompressor) packer = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1);
  g_autoptr(GFileOutputStream) out = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL);
  g_autoptr(GOutputStream) stream = g_converter_output_stream_new (G_OUTPUT_STREAM (out), G_CONVERTER (packer));
  g_autoptr(GError) error = NULL;

  g_output_stream_write_all (stream, text, length, NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (stream, NULL, &error);
  g_assert_no_error (error);
}

/* The symbol of a printable byte is itself; pairs of those, twice: inside of a word, and at its end. */
static char *
make_merges (void)
{
  GString *text = g_string_new ("\"a line that names the version\"\n");
  guint n = 0;

  /* "r e", then "re d</w>": "red" becomes one token. More lines than CLIP uses. */
  g_string_append (text, "r e\nre d</w>\n");
  for (guint a = '!'; a <= '~'; a++)
    for (guint b = '!'; b <= '~'; b++)
      if (a != 'r' || b != 'e')
        g_string_append_printf (text, "%c %c\n%c %c</w>\n", a, b, a, b);
  for (guint a = '!'; a <= '~'; a++)
    for (guint b = '!'; b <= '~'; b++)
      for (guint c = '!'; c <= '~' && n < 40000; c++)
        if (a != 'r' || b != 'e')
          {
            g_string_append_printf (text, "%c%c %c\n", a, b, c);
            n++;
          }
  return g_string_free (text, FALSE);
}

static void
test_missing (void)
{
  g_autofree char *folder = make_model ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open (folder, &error);

  g_assert_null (model);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NO_VOCABULARY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "bpe_simple_vocab_16e6.txt.gz"));
}

static void
test_used (void)
{
  g_autofree char *folder = make_model ();
  g_autofree char *merges = make_merges ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
  g_autoptr(LimnModel) model = NULL;
  const LimnTokenizer *tokenizer;

  install (merges, strlen (merges));
  model = limn_model_open (folder, &error);
  g_assert_no_error (error);
  tokenizer = limn_model_get_tokenizer (model);
  g_assert_cmpuint (limn_tokenizer_get_n_tokens (tokenizer), ==, LIMN_CLIP_VOCABULARY_N_TOKENS);
  g_assert_cmpuint (limn_tokenizer_get_bos (tokenizer), ==, 49406);
  g_assert_cmpuint (limn_tokenizer_get_eos (tokenizer), ==, 49407);
  g_assert_cmpuint (limn_tokenizer_get_pad (tokenizer), ==, 49407);
  g_assert_true (limn_tokenizer_encode (tokenizer, "red", -1, tokens, &error));
  g_assert_cmpuint (tokens->len, ==, 1);
  /* 512 symbols, then the merges in their order: the second. */
  g_assert_cmpuint (g_array_index (tokens, LimnToken, 0).id, ==, 513);
}

static void
test_hostile (void)
{
  g_autofree char *path = make_place ();
  g_autofree char *zeros = g_malloc0 (LIMN_TOKENIZER_MAX_FILE_BYTES + 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GBytes) largest = NULL;

  g_assert_true (g_file_set_contents (path, "no gzip", -1, NULL));
  bytes = limn_clip_vocabulary_load (&error);
  g_assert_null (bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  install (zeros, LIMN_TOKENIZER_MAX_FILE_BYTES + 1);
  bytes = limn_clip_vocabulary_load (&error);
  g_assert_null (bytes);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);

  install (zeros, LIMN_TOKENIZER_MAX_FILE_BYTES);
  largest = limn_clip_vocabulary_load (&error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (largest), ==, LIMN_TOKENIZER_MAX_FILE_BYTES);
}

/* What is chosen, or found by looking, must be CLIP's own. */
static void
test_others (void)
{
  g_autofree char *text = make_merges ();
  g_autofree char *folder = g_dir_make_tmp ("limn-vocabulary-XXXXXX", NULL);
  g_autofree char *merges = g_build_filename (folder, "merges.txt", NULL);
  g_autofree char *vocab = g_build_filename (folder, "vocab.json", NULL);
  g_autofree char *model = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (vocab, "{}", -1, NULL));
  g_assert_null (limn_clip_vocabulary_read (vocab, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "merges.txt"));
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (merges, text, -1, NULL));
  g_assert_null (limn_clip_vocabulary_read (vocab, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "another model"));
  g_clear_error (&error);
  g_assert_null (limn_clip_vocabulary_read (folder, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (limn_clip_vocabulary_find (model, folder, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NO_VOCABULARY);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (merges, "#version\na b\nc d\n", -1, NULL));
  g_assert_null (limn_clip_vocabulary_read (merges, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "2 merges"));
  g_clear_error (&error);
  g_unlink (merges);
  g_unlink (vocab);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/clip-vocabulary/missing", test_missing);
  g_test_add_func ("/clip-vocabulary/others", test_others);
  g_test_add_func ("/clip-vocabulary/used", test_used);
  g_test_add_func ("/clip-vocabulary/hostile", test_hostile);
  return g_test_run ();
}
