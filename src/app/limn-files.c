/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-files.h"

#include "image/limn-photo.h"

/* --- The file manager --- */

typedef struct
{
  GWeakRef parent;
  char    *uri;
} Show;

static void
show_free (Show *show)
{
  g_weak_ref_clear (&show->parent);
  g_free (show->uri);
  g_free (show);
}

/* Where no file manager answers: the folder, in whatever opens folders. */
static void
show_folder (Show *show)
{
  g_autoptr(GFile) file = g_file_new_for_uri (show->uri);
  g_autoptr(GFile) folder = g_file_get_parent (file);
  g_autofree char *uri = g_file_get_uri (folder);
  g_autoptr(GtkWindow) parent = g_weak_ref_get (&show->parent);

  gtk_show_uri (parent, uri, GDK_CURRENT_TIME);
}

#if GTK_CHECK_VERSION (4, 10, 0)

static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  Show *show = data;
  g_autoptr(GError) error = NULL;

  if (!gtk_file_launcher_open_containing_folder_finish (GTK_FILE_LAUNCHER (source), result, &error)
      && !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    show_folder (show);
  show_free (show);
}

/* Through the portal where there is one: from within a sandbox no file manager can be asked. */
static void
show_item (Show *show, GtkWindow *parent)
{
  g_autoptr(GFile) file = g_file_new_for_uri (show->uri);
  g_autoptr(GtkFileLauncher) launcher = gtk_file_launcher_new (file);

  gtk_file_launcher_open_containing_folder (launcher, parent, NULL, on_shown, show);
}

#else

static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  Show *show = data;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (!reply)
    show_folder (show);
  show_free (show);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  Show *show = data;
  g_autoptr(GDBusConnection) bus = g_bus_get_finish (result, NULL);
  const char *uris[] = { show->uri, NULL };

  if (bus)
    g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1",
                            "ShowItems", g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_shown, show);
  else
    {
      show_folder (show);
      show_free (show);
    }
}

static void
show_item (Show *show, GtkWindow *parent)
{
  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, show);
}

#endif

void
limn_files_show (GtkWindow *parent, const char *path)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  Show *show = g_new0 (Show, 1);

  g_weak_ref_init (&show->parent, parent);
  show->uri = g_file_get_uri (file);
  show_item (show, parent);
}

/* --- Reading --- */

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_photo_load (data, &error);

  if (image)
    g_task_return_pointer (task, limn_image_dup_as (image, LIMN_PIXEL_RGBA8), (GDestroyNotify) limn_image_unref);
  else
    g_task_return_error (task, error);
}

void
limn_files_read_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, read_thread);
}

LimnImage *
limn_files_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

GdkTexture *
limn_files_new_texture (LimnImage *image)
{
  GdkMemoryFormat format = limn_image_get_format (image) == LIMN_PIXEL_RGB8 ? GDK_MEMORY_R8G8B8 : GDK_MEMORY_R8G8B8A8;

  return gdk_memory_texture_new (limn_image_get_width (image), limn_image_get_height (image), format,
                                 limn_image_get_pixels (image), limn_image_get_stride (image));
}
