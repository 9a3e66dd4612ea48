/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-clip-vocabulary.h"

#include "base/limn-error.h"
#include "formats/limn-merges.h"
#include "formats/limn-tokenizer.h"

#include <gio/gio.h>
#include <string.h>

/* SHA-256 of CLIP's merges as limn_merges_read() gives them, without the first line: lines 2..48895 of openai/CLIP's bpe_simple_vocab_16e6.txt. */
#define MERGES_HASH "d308b7377a8ceaa9707a21614fe8c831b9196e197b7aeb69833359362907af02"

/* What it is called, best first, in a folder that may have it. */
static const char * const names[] = {
  "clip-vocabulary.txt.gz",
  "bpe_simple_vocab_16e6.txt.gz",
  "bpe_simple_vocab_16e6.txt",
  "merges.txt",
  "tokenizer/merges.txt",
  "tokenizer.json",
  "tokenizer/tokenizer.json",
};

/* Beside a model: models in folders. */
static const char * const beside[] = { "*/tokenizer/merges.txt" };

/* In Hugging Face's cache of models. */
static const char * const cached[] = {
  "models--*/snapshots/*/tokenizer/merges.txt",
  "models--*/snapshots/*/merges.txt",
};

/* Below the home, where other programs are put by default, or by most people: AUTOMATIC1111 and its relatives, ComfyUI, Krita AI Diffusion,
 * Stability Matrix, InvokeAI, and pip for the user. */
static const char * const elsewhere[] = {
  "*/comfy/sd1_tokenizer/merges.txt",
  "*/ComfyUI/comfy/sd1_tokenizer/merges.txt",
  ".local/share/krita/ai_diffusion/server/ComfyUI/comfy/sd1_tokenizer/merges.txt",
  ".local/share/StabilityMatrix/Packages/*/comfy/sd1_tokenizer/merges.txt",
  "*/backend/huggingface/*/*/tokenizer/merges.txt",
  "*/venv/lib/python3*/site-packages/clip/bpe_simple_vocab_16e6.txt.gz",
  "*/venv/lib/python3*/site-packages/open_clip/bpe_simple_vocab_16e6.txt.gz",
  "*/.venv/lib/python3*/site-packages/open_clip/bpe_simple_vocab_16e6.txt.gz",
  ".local/lib/python3*/site-packages/clip/bpe_simple_vocab_16e6.txt.gz",
  ".local/lib/python3*/site-packages/open_clip/bpe_simple_vocab_16e6.txt.gz",
};

/* Names that are looked at in one search: a home with a few hundred folders has some thousands. */
#define MAX_NAMES 5000

static gboolean
is_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static char *
find_installed (void)
{
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), LIMN_CLIP_VOCABULARY_FILE, NULL);

  if (is_file (own))
    return g_steal_pointer (&own);
  for (const char * const *folder = g_get_system_data_dirs (); *folder; folder++)
    {
      g_autofree char *path = g_build_filename (*folder, LIMN_CLIP_VOCABULARY_FILE, NULL);

      if (is_file (path))
        return g_steal_pointer (&path);
    }
  return NULL;
}

/* The whole of a small file, unpacked where it is packed. */
static char *
load (const char  *path,
      gboolean     packed,
      gsize       *length,
      GError     **error)
{
  const gsize max_bytes = LIMN_TOKENIZER_MAX_FILE_BYTES;
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GInputStream) stream = G_INPUT_STREAM (g_file_read (file, NULL, error));
  g_autofree char *data = NULL;

  if (!stream)
    return NULL;
  if (packed)
    {
      g_autoptr(GZlibDecompressor) unpacker = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
      GInputStream *unpacked = g_converter_input_stream_new (stream, G_CONVERTER (unpacker));

      g_object_unref (stream);
      stream = unpacked;
    }
  data = g_malloc (max_bytes + 1);
  if (!g_input_stream_read_all (stream, data, max_bytes + 1, length, NULL, error))
    {
      g_prefix_error (error, "“%s” cannot be read: ", path);
      return NULL;
    }
  if (*length > max_bytes)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, packed ? "“%s” unpacks to more than %" G_GSIZE_FORMAT " bytes"
                                                                : "“%s” is larger than %" G_GSIZE_FORMAT " bytes", path, max_bytes);
      return NULL;
    }
  return g_realloc (g_steal_pointer (&data), MAX (*length, 1));
}

static void
set_missing (GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NO_VOCABULARY,
               "This model needs CLIP's list of words, which is not on this computer: it comes with almost every other program for such models. "
               "It is any of the files vocab.json and merges.txt (both), tokenizer.json, or bpe_simple_vocab_16e6.txt.gz");
}

GBytes *
limn_clip_vocabulary_load (GError **error)
{
  g_autofree char *path = find_installed ();
  char *data;
  gsize length;

  if (!path)
    {
      set_missing (error);
      return NULL;
    }
  data = load (path, TRUE, &length, error);
  return data ? g_bytes_new_take (data, length) : NULL;
}

gboolean
limn_clip_vocabulary_is_installed (void)
{
  g_autofree char *path = find_installed ();

  return path != NULL;
}

static gboolean
is_packed (const char *path)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileInputStream) stream = g_file_read (file, NULL, NULL);
  guint8 head[2] = { 0 };

  return stream && g_input_stream_read_all (G_INPUT_STREAM (stream), head, sizeof head, NULL, NULL, NULL)
         && head[0] == 0x1f && head[1] == 0x8b;
}

static GBytes *
read_file (const char  *path,
           GError     **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *data = NULL;
  g_autofree char *hash = NULL;
  GBytes *bytes;
  const char *text, *line;
  gsize length;

  data = load (path, is_packed (path), &length, error);
  if (!data)
    return NULL;
  bytes = limn_merges_read (data, length, name, LIMN_CLIP_VOCABULARY_N_MERGES, error);
  if (!bytes)
    return NULL;
  text = g_bytes_get_data (bytes, &length);
  line = (const char *) memchr (text, '\n', length) + 1;
  hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) line, length - (line - text));
  if (g_str_equal (hash, MERGES_HASH))
    return bytes;
  g_bytes_unref (bytes);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is the vocabulary of another model than CLIP", name);
  return NULL;
}

/* In a folder, by the names above; NULL without an error where none is good. */
static GBytes *
read_folder (const char *folder)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      GBytes *bytes = is_file (path) ? read_file (path, NULL) : NULL;

      if (bytes)
        return bytes;
    }
  return NULL;
}

GBytes *
limn_clip_vocabulary_read (const char  *path,
                           GError     **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *merges = g_build_filename (folder, "merges.txt", NULL);
  GBytes *bytes;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      bytes = read_folder (path);
      if (!bytes)
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "CLIP's vocabulary is not in the folder “%s”", name);
      return bytes;
    }
  /* Of the pair either may be chosen; all is in the merges. */
  if (g_str_equal (name, "vocab.json"))
    {
      if (is_file (merges))
        return read_file (merges, error);
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "Beside “%s” there must be the file merges.txt that belongs to it", name);
      return NULL;
    }
  return read_file (path, error);
}

/* @pattern: names with '/' between them; '*' in a name stands for anything, but a hidden name is hidden. */
static GBytes *
search (const char *folder,
        const char *pattern,
        guint      *n_left)
{
  const char *slash = strchr (pattern, '/');
  g_autofree char *part = slash ? g_strndup (pattern, slash - pattern) : g_strdup (pattern);
  g_autoptr(GDir) dir = NULL;
  GBytes *bytes = NULL;
  const char *name;

  if (!strchr (part, '*'))
    {
      g_autofree char *path = g_build_filename (folder, part, NULL);

      if (slash)
        return g_file_test (path, G_FILE_TEST_IS_DIR) ? search (path, slash + 1, n_left) : NULL;
      return is_file (path) ? read_file (path, NULL) : NULL;
    }
  dir = g_dir_open (folder, 0, NULL);
  while (dir && !bytes && *n_left > 0 && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      (*n_left)--;
      if (*name != '.' && slash && g_pattern_match_simple (part, name))
        bytes = search (path, slash + 1, n_left);
    }
  return bytes;
}

static GBytes *
search_all (const char         *folder,
            const char * const *patterns,
            gsize               n_patterns)
{
  guint n_left = MAX_NAMES;
  GBytes *bytes = NULL;

  for (gsize i = 0; folder && !bytes && i < n_patterns; i++)
    bytes = search (folder, patterns[i], &n_left);
  return bytes;
}

/* Where Hugging Face's programs keep what they loaded. */
static char *
dup_cache (void)
{
  const char *hub = g_getenv ("HF_HUB_CACHE"), *home = g_getenv ("HF_HOME");

  if (hub && *hub)
    return g_strdup (hub);
  if (home && *home)
    return g_build_filename (home, "hub", NULL);
  return g_build_filename (g_get_home_dir (), ".cache", "huggingface", "hub", NULL);
}

static gboolean
is_sandboxed (void)
{
  return is_file ("/.flatpak-info") || g_getenv ("SNAP");
}

GBytes *
limn_clip_vocabulary_find (const char  *model,
                           const char  *hint,
                           GError     **error)
{
  g_autofree char *installed = find_installed ();
  g_autofree char *folder = NULL;
  g_autofree char *cache = NULL;
  GBytes *bytes = NULL;

  if (installed)
    return limn_clip_vocabulary_load (error);
  if (model)
    {
      folder = g_path_get_dirname (model);
      bytes = read_folder (folder);
      if (!bytes && g_file_test (model, G_FILE_TEST_IS_DIR))
        bytes = read_folder (model);
      if (!bytes)
        bytes = search_all (folder, beside, G_N_ELEMENTS (beside));
    }
  if (!bytes && hint)
    bytes = limn_clip_vocabulary_read (hint, NULL);
  if (!bytes && !is_sandboxed ())
    {
      cache = dup_cache ();
      bytes = search_all (cache, cached, G_N_ELEMENTS (cached));
      if (!bytes)
        bytes = search_all (g_get_home_dir (), elsewhere, G_N_ELEMENTS (elsewhere));
    }
  if (!bytes)
    set_missing (error);
  return bytes;
}
