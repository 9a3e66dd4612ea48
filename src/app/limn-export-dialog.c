/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-export-dialog.h"

#include "image/limn-export.h"
#include "library/limn-atomic-file.h"

#include <glib/gi18n.h>
#include <string.h>

/* Ids of the dialog's choices. */
#define FORMAT "format"
#define SETTINGS "settings"

static const struct
{
  const char *id;
  LimnExportFormat format;
  guint quality;
  const char *label;
} formats[] = {
  { "png", LIMN_EXPORT_PNG, 0, N_("PNG: every pixel as it is") },
  { "jpeg", LIMN_EXPORT_JPEG, 0, N_("JPEG: small, opens everywhere") },
  { "webp", LIMN_EXPORT_WEBP, 0, N_("WebP: smaller still") },
  { "webp-lossless", LIMN_EXPORT_WEBP, 100, N_("WebP: every pixel as it is") },
};

/* @to: as the artist chose it, ending and all; @is_new: the artist was not asked whether it may be replaced */
typedef struct
{
  LimnStudio      *studio;
  char            *from;
  char            *to;
  gboolean         is_new;
  LimnExportFormat format;
  guint            quality;
  gboolean         settings;
} Export;

static void
export_free (Export *export)
{
  g_object_unref (export->studio);
  g_free (export->from);
  g_free (export->to);
  g_free (export);
}

static void
export_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Export *export = data;
  GError *error = NULL;
  char *contents, *path = NULL;
  gsize length;

  if (g_file_get_contents (export->from, &contents, &length, &error))
    {
      g_autoptr(GBytes) file = g_bytes_new_take (contents, length);
      g_autoptr(GBytes) made = limn_export_convert (file, export->format, export->quality, export->settings, &error);

      if (made && export->is_new)
        path = limn_atomic_file_write_new (export->to, made, &error);
      else if (made && limn_atomic_file_write (export->to, made, &error))
        path = g_strdup (export->to);
    }
  if (path)
    g_task_return_pointer (task, path, g_free);
  else
    g_task_return_error (task, error);
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer data)
{
  Export *export = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_task_propagate_pointer (G_TASK (result), &error);

  if (path)
    {
      g_autofree char *name = g_filename_display_basename (path);
      /* Translators: %s is the name of a file. */
      g_autofree char *message = g_strdup_printf (_("Exported as “%s”"), name);

      limn_studio_say (export->studio, message);
    }
  else
    limn_studio_say_error (export->studio, error);
  export_free (export);
}

/* @path ends as the format wants it; so that "house.png" becomes "house.jpg" and not "house.png.jpg". */
static char *
with_ending (const char *path, LimnExportFormat format)
{
  const char *ending = limn_export_format_get_ending (format);
  const char *slash = strrchr (path, G_DIR_SEPARATOR);
  const char *dot = strrchr (path, '.');
  LimnExportFormat has;

  if (!limn_export_format_from_path (path, &has, NULL))
    return g_strconcat (path, ending, NULL);
  if (has == format || !dot || (slash && dot < slash))
    return g_strdup (path);
  return g_strdup_printf ("%.*s%s", (int) (dot - path), path, ending);
}

static void
on_response (GtkNativeDialog *dialog, int response, Export *export)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
  const char *id = gtk_file_chooser_get_choice (chooser, FORMAT);
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (chooser) : NULL;
  const char *chosen = file ? g_file_peek_path (file) : NULL;
  g_autoptr(GTask) task = NULL;

  if (!chosen)
    {
      if (file)
        limn_studio_say (export->studio, _("Pictures can only be exported to this computer."));
      export_free (export);
      g_object_unref (dialog);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_strcmp0 (id, formats[i].id) == 0)
      {
        export->format = formats[i].format;
        export->quality = formats[i].quality;
      }
  export->settings = g_strcmp0 (gtk_file_chooser_get_choice (chooser, SETTINGS), "true") == 0;
  g_object_unref (dialog);
  export->to = with_ending (chosen, export->format);
  export->is_new = !g_str_equal (export->to, chosen);
  task = g_task_new (NULL, NULL, on_exported, export);
  g_task_set_task_data (task, export, NULL);
  g_task_run_in_thread (task, export_thread);
}

void
limn_export_dialog_show (GtkWindow *parent, LimnStudio *studio, const char *path)
{
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_("Export Picture"), parent, GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *above = g_path_get_dirname (limn_studio_get_folder (studio));
  g_autoptr(GFile) folder = g_file_new_for_path (above);
  g_autoptr(GtkFileFilter) pictures = gtk_file_filter_new ();
  const char *ids[G_N_ELEMENTS (formats) + 1] = { NULL }, *labels[G_N_ELEMENTS (formats) + 1] = { NULL };
  Export *export = g_new0 (Export, 1);

  export->studio = g_object_ref (studio);
  export->from = g_strdup (path);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      ids[i] = formats[i].id;
      labels[i] = _(formats[i].label);
    }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  /* Without one GTK shows a list of filters that says “(None)”. */
  gtk_file_filter_set_name (pictures, _("Pictures"));
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    gtk_file_filter_add_suffix (pictures, limn_export_format_get_ending (formats[i].format) + 1);
  gtk_file_chooser_add_filter (chooser, pictures);
  gtk_file_chooser_set_filter (chooser, pictures);
  /* Beside Limn's own folder: what is exported is for somewhere else. */
  gtk_file_chooser_set_current_folder (chooser, folder, NULL);
  gtk_file_chooser_set_current_name (chooser, name);
  gtk_file_chooser_add_choice (chooser, FORMAT, _("Format"), ids, labels);
  gtk_file_chooser_set_choice (chooser, FORMAT, ids[0]);
  gtk_file_chooser_add_choice (chooser, SETTINGS, _("With prompt and settings in the file"), NULL, NULL);
  gtk_file_chooser_set_choice (chooser, SETTINGS, "true");
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), export);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
