/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-clip-vocabulary.h"

#include "base/limn-error.h"
#include "formats/limn-tokenizer.h"

#include <gio/gio.h>

static char *
find (void)
{
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), LIMN_CLIP_VOCABULARY_FILE, NULL);

  if (g_file_test (own, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&own);
  for (const char * const *folder = g_get_system_data_dirs (); *folder; folder++)
    {
      g_autofree char *path = g_build_filename (*folder, LIMN_CLIP_VOCABULARY_FILE, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

GBytes *
limn_clip_vocabulary_load (GError **error)
{
  g_autofree char *path = find ();
  g_autofree char *data = NULL;
  g_autoptr(GFile) file = NULL;
  g_autoptr(GFileInputStream) packed = NULL;
  g_autoptr(GZlibDecompressor) unpacker = NULL;
  g_autoptr(GInputStream) stream = NULL;
  const gsize max_bytes = LIMN_TOKENIZER_MAX_FILE_BYTES;
  gsize length;

  if (!path)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   "CLIP's vocabulary is not installed: there is no “" LIMN_CLIP_VOCABULARY_FILE "” in “%s” nor in the system's "
                   "folders of data. It is the file bpe_simple_vocab_16e6.txt.gz of openai/CLIP", g_get_user_data_dir ());
      return NULL;
    }
  file = g_file_new_for_path (path);
  packed = g_file_read (file, NULL, error);
  if (!packed)
    return NULL;
  unpacker = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  stream = g_converter_input_stream_new (G_INPUT_STREAM (packed), G_CONVERTER (unpacker));
  data = g_malloc (max_bytes + 1);
  if (!g_input_stream_read_all (stream, data, max_bytes + 1, &length, NULL, error))
    {
      g_prefix_error (error, "“%s” cannot be read: ", path);
      return NULL;
    }
  if (length > max_bytes)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” unpacks to more than %" G_GSIZE_FORMAT " bytes", path,
                   max_bytes);
      return NULL;
    }
  data = g_realloc (data, MAX (length, 1));
  return g_bytes_new_take (g_steal_pointer (&data), length);
}

GBytes *
limn_clip_vocabulary_find (const char  *model,
                           const char  *hint,
                           GError     **error)
{
  return limn_clip_vocabulary_load (error);
}
