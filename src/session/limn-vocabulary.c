/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-vocabulary.h"

#include "library/limn-atomic-file.h"
#include "model/limn-clip-vocabulary.h"

static GBytes *
pack (GBytes *bytes, GError **error)
{
  g_autoptr(GZlibCompressor) packer = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (packer));
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);

  if (!g_output_stream_write_all (stream, data, length, NULL, NULL, error) || !g_output_stream_close (stream, NULL, error))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

gboolean
limn_vocabulary_install (const char *path, GError **error)
{
  g_autofree char *place = g_build_filename (g_get_user_data_dir (), LIMN_CLIP_VOCABULARY_FILE, NULL);
  g_autofree char *folder = g_path_get_dirname (place);
  g_autoptr(GBytes) merges = limn_clip_vocabulary_read (path, error);
  g_autoptr(GBytes) packed = merges ? pack (merges, error) : NULL;

  if (!packed)
    return FALSE;
  /* Where this fails, so does the writing, which says why. */
  g_mkdir_with_parents (folder, 0755);
  return limn_atomic_file_write (place, packed, error);
}

static void
install (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (limn_vocabulary_install (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_vocabulary_install_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, limn_vocabulary_install_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, install);
}

gboolean
limn_vocabulary_install_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
limn_vocabulary_keep (const char *model)
{
  g_autofree char *tokenizer = g_build_filename (model, "tokenizer", NULL);
  g_autoptr(GError) error = NULL;

  if (limn_clip_vocabulary_is_installed () || !g_file_test (tokenizer, G_FILE_TEST_IS_DIR))
    return;
  if (!limn_vocabulary_install (tokenizer, &error))
    g_debug ("%s: %s", model, error->message);
}
