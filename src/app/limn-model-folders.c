/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-model-folders.h"

#include "app/limn-model-chooser.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _LimnModelFolders
{
  GtkPopover  parent_instance;

  GtkListBox *list;
  GtkWidget  *cut_label;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnModelFolders, limn_model_folders, GTK_TYPE_POPOVER)

static void
on_add (LimnModelFolders *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_popover_popdown (GTK_POPOVER (self));
  limn_model_chooser_add_folder (window, self->studio);
}

static void
on_rescan (LimnModelFolders *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  limn_model_library_rescan (limn_studio_get_models (self->studio));
}

/* --- Those that there are --- */

static void
on_remove (GtkButton *button, LimnModelFolders *self)
{
  g_autofree char *path = g_strdup (g_object_get_data (G_OBJECT (button), "limn-path"));

  limn_studio_remove_model_folder (self->studio, path);
}

static GtkWidget *
new_row (LimnModelFolders *self, const char *path)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *base = g_filename_display_basename (path);
  g_autofree char *title = g_markup_escape_text (base, -1);
  g_autofree char *subtitle = g_markup_escape_text (shown, -1);
  /* Translators: the name of a folder. */
  g_autofree char *remove = g_strdup_printf (_("Do not look in “%s” any more"), base);
  gboolean missing = limn_model_library_is_missing (limn_studio_get_models (self->studio), path);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), missing ? _("Not there now") : subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 2);
  gtk_widget_set_tooltip_text (row, shown);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _("Do not look in this folder any more; everything in it stays as it is"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, remove, -1);
  g_object_set_data_full (G_OBJECT (button), "limn-path", g_strdup (path), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_remove), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
show_folders (LimnModelFolders *self)
{
  g_auto(GStrv) folders = g_settings_get_strv (limn_studio_get_settings (self->studio), "model-folders");
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, child);
  for (guint i = 0; folders[i]; i++)
    gtk_list_box_append (self->list, new_row (self, folders[i]));
  gtk_widget_set_visible (GTK_WIDGET (self->list), folders[0] != NULL);
  gtk_widget_set_visible (self->cut_label, limn_model_library_is_cut (limn_studio_get_models (self->studio)));
}

/* --- The object --- */

static void
limn_model_folders_dispose (GObject *object)
{
  LimnModelFolders *self = LIMN_MODEL_FOLDERS (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_MODEL_FOLDERS);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_model_folders_parent_class)->dispose (object);
}

static void
limn_model_folders_class_init (LimnModelFoldersClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_model_folders_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-model-folders.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelFolders, list);
  gtk_widget_class_bind_template_child (widget_class, LimnModelFolders, cut_label);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_rescan);
}

static void
limn_model_folders_init (LimnModelFolders *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_model_folders_set_studio (LimnModelFolders *self, LimnStudio *studio)
{
  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  g_signal_connect_object (limn_studio_get_settings (studio), "changed::model-folders", G_CALLBACK (show_folders), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_models (studio), "notify::scanning", G_CALLBACK (show_folders), self, G_CONNECT_SWAPPED);
  show_folders (self);
}
