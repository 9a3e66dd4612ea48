/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-preferences.h"

#include <glib/gi18n.h>

struct _LimnPreferences
{
  AdwPreferencesWindow parent_instance;

  LimnStudio          *studio;
  GCancellable        *cancellable;
  AdwActionRow        *folder_row;
  GtkWidget           *folder_button;
  GtkWidget           *folder_reset_button;
  AdwActionRow        *steps_row;
  GtkSpinButton       *frame_spin;
  AdwComboRow         *style_row;
  GtkSwitch           *notify_switch;
};

G_DEFINE_FINAL_TYPE (LimnPreferences, limn_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void
update_folder (LimnPreferences *self)
{
  g_autofree char *chosen = g_settings_get_string (limn_studio_get_settings (self->studio), "pictures-folder");
  g_autofree char *name = g_filename_display_name (limn_studio_get_folder (self->studio));
  /* A row's subtitle is markup. */
  g_autofree char *escaped = g_markup_escape_text (name, -1);

  adw_action_row_set_subtitle (self->folder_row, escaped);
  gtk_widget_set_sensitive (self->folder_reset_button, *chosen != '\0');
}

static void
on_folder_chosen (GtkNativeDialog *dialog, int response, LimnPreferences *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      limn_studio_choose_folder (self->studio, g_file_peek_path (file));
    }
  g_object_unref (dialog);
}

static void
on_choose_folder (LimnPreferences *self)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_("Where Pictures Are Saved"), GTK_WINDOW (self),
                                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_folder_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_reset_folder (LimnPreferences *self)
{
  g_settings_reset (limn_studio_get_settings (self->studio), "pictures-folder");
}

/* --- What the kept steps take --- */

static void
on_steps_measured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnPreferences) self = data;
  g_autofree char *size = NULL;
  g_autofree char *text = NULL;
  g_autofree char *escaped = NULL;
  guint64 bytes, n_files;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (!g_file_measure_disk_usage_finish (G_FILE (source), result, &bytes, NULL, &n_files, NULL))
    {
      bytes = 0;
      n_files = 0;
    }
  size = g_format_size (bytes);
  /* Translators: of how many pictures the steps are kept, and how much they take, as “12,3 MB”. */
  text = g_strdup_printf (ngettext ("Of %u picture, %s on the disk. They are what the strip under the canvas shows.",
                                    "Of %u pictures, %s on the disk. They are what the strip under the canvas shows.", (guint) n_files),
                          (guint) n_files, size);
  escaped = g_markup_escape_text (text, -1);
  adw_action_row_set_subtitle (self->steps_row, escaped);
}

static void
measure_steps (LimnPreferences *self)
{
  g_autoptr(GFile) folder = g_file_new_for_path (limn_job_queue_get_steps_folder (limn_studio_get_queue (self->studio)));

  g_file_measure_disk_usage_async (folder, G_FILE_MEASURE_APPARENT_SIZE, G_PRIORITY_LOW, self->cancellable, NULL, NULL,
                                   on_steps_measured, g_object_ref (self));
}

static gboolean
style_to_row (GValue *value, GVariant *variant, gpointer data)
{
  static const char *const nicks[] = { "system", "light", "dark" };

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    if (g_str_equal (g_variant_get_string (variant, NULL), nicks[i]))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
row_to_style (const GValue *value, const GVariantType *type, gpointer data)
{
  static const char *const nicks[] = { "system", "light", "dark" };

  return g_variant_new_string (nicks[MIN (g_value_get_uint (value), G_N_ELEMENTS (nicks) - 1)]);
}

static void
limn_preferences_dispose (GObject *object)
{
  LimnPreferences *self = LIMN_PREFERENCES (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->studio);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_PREFERENCES);
  G_OBJECT_CLASS (limn_preferences_parent_class)->dispose (object);
}

static void
limn_preferences_class_init (LimnPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_preferences_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_reset_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, steps_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, frame_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, style_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, notify_switch);
}

static void
limn_preferences_init (LimnPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->folder_button, "clicked", G_CALLBACK (on_choose_folder), self);
  g_signal_connect_swapped (self->folder_reset_button, "clicked", G_CALLBACK (on_reset_folder), self);
}

LimnPreferences *
limn_preferences_new (GtkWindow *parent, LimnStudio *studio)
{
  LimnPreferences *self = g_object_new (LIMN_TYPE_PREFERENCES, "transient-for", parent, NULL);
  GSettings *settings = limn_studio_get_settings (studio);

  self->studio = g_object_ref (studio);
  g_settings_bind (settings, "notify-when-done", self->notify_switch, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "frame-ms", gtk_spin_button_get_adjustment (self->frame_spin), "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind_with_mapping (settings, "style", self->style_row, "selected", G_SETTINGS_BIND_DEFAULT, style_to_row, row_to_style,
                                NULL, NULL);
  g_signal_connect_object (studio, "notify::folder", G_CALLBACK (update_folder), self, G_CONNECT_SWAPPED);
  update_folder (self);
  measure_steps (self);
  return self;
}
