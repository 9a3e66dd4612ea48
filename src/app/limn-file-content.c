/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-file-content.h"

struct _LimnFileContent
{
  GdkContentProvider parent_instance;

  char              *path;
};

G_DEFINE_FINAL_TYPE (LimnFileContent, limn_file_content, GDK_TYPE_CONTENT_PROVIDER)

static GdkContentFormats *
limn_file_content_ref_formats (GdkContentProvider *provider)
{
  static const char *const types[] = { "image/png" };

  return gdk_content_formats_new ((const char **) types, G_N_ELEMENTS (types));
}

static void
on_spliced (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, &error) >= 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  GOutputStream *out = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GFileInputStream) in = g_file_read_finish (G_FILE (source), result, &error);

  if (in)
    g_output_stream_splice_async (out, G_INPUT_STREAM (in), G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE, g_task_get_priority (task),
                                  g_task_get_cancellable (task), on_spliced, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

static void
limn_file_content_write_mime_type_async (GdkContentProvider *provider, const char *mime_type, GOutputStream *stream, int priority,
                                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  LimnFileContent *self = LIMN_FILE_CONTENT (provider);
  g_autoptr(GFile) file = g_file_new_for_path (self->path);
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_priority (task, priority);
  g_task_set_task_data (task, g_object_ref (stream), g_object_unref);
  g_file_read_async (file, priority, cancellable, on_opened, task);
}

static gboolean
limn_file_content_write_mime_type_finish (GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
limn_file_content_finalize (GObject *object)
{
  g_free (LIMN_FILE_CONTENT (object)->path);
  G_OBJECT_CLASS (limn_file_content_parent_class)->finalize (object);
}

static void
limn_file_content_class_init (LimnFileContentClass *klass)
{
  GdkContentProviderClass *provider_class = GDK_CONTENT_PROVIDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_file_content_finalize;
  provider_class->ref_formats = limn_file_content_ref_formats;
  provider_class->write_mime_type_async = limn_file_content_write_mime_type_async;
  provider_class->write_mime_type_finish = limn_file_content_write_mime_type_finish;
}

static void
limn_file_content_init (LimnFileContent *self)
{
}

GdkContentProvider *
limn_file_content_new (GPtrArray *paths)
{
  GSList *files = NULL;
  GdkFileList *list;
  GdkContentProvider *parts[2];
  LimnFileContent *picture;

  g_return_val_if_fail (paths->len > 0, NULL);

  for (guint i = paths->len; i > 0; i--)
    files = g_slist_prepend (files, g_file_new_for_path (g_ptr_array_index (paths, i - 1)));
  list = gdk_file_list_new_from_list (files);
  g_slist_free_full (files, g_object_unref);
  parts[0] = gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, list);
  g_boxed_free (GDK_TYPE_FILE_LIST, list);
  if (paths->len > 1)
    return parts[0];

  picture = g_object_new (LIMN_TYPE_FILE_CONTENT, NULL);
  picture->path = g_strdup (g_ptr_array_index (paths, 0));
  parts[1] = GDK_CONTENT_PROVIDER (picture);
  return gdk_content_provider_new_union (parts, G_N_ELEMENTS (parts));
}
