/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a model is called and how large it is stands in its files; a thread reads them, once a model, and until then a row shows the path. */
#include "config.h"

#include "app/limn-model-list.h"

#include "session/limn-model-summary.h"

#include <glib/gi18n.h>

/* Models that the list remembers. */
#define MAX_MODELS 50

struct _LimnModelList
{
  AdwExpanderRow  parent_instance;

  LimnStudio     *studio;
  GHashTable     *summaries; /* path, "" for the starter model -> LimnModelSummary, or NULL while it is read or where it cannot be */
  GHashTable     *errors;    /* path -> why it cannot be read */
  GPtrArray      *rows;      /* (element-type GtkWidget) (unowned) */
  GCancellable   *cancellable;
};

G_DEFINE_FINAL_TYPE (LimnModelList, limn_model_list, ADW_TYPE_EXPANDER_ROW)

static void rebuild (LimnModelList *self);

static const char *
get_current (LimnModelList *self)
{
  const char *path = limn_draft_get_model (limn_studio_get_draft (self->studio));

  return path ? path : "";
}

/* --- What is known of a model --- */

typedef struct
{
  LimnModelList *list;
  char          *path;
} Reading;

static void
on_summary (GObject *source, GAsyncResult *result, gpointer data)
{
  Reading *reading = data;
  LimnModelList *self = reading->list;
  g_autoptr(GError) error = NULL;
  LimnModelSummary *summary = limn_model_summary_load_finish (result, &error);

  if (summary)
    g_hash_table_replace (self->summaries, g_strdup (reading->path), summary);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_hash_table_replace (self->errors, g_strdup (reading->path), g_utf8_make_valid (error->message, -1));
  if (!g_cancellable_is_cancelled (self->cancellable))
    rebuild (self);
  g_object_unref (reading->list);
  g_free (reading->path);
  g_free (reading);
}

/* (nullable) */
static const LimnModelSummary *
get_summary (LimnModelList *self, const char *path)
{
  Reading *reading;

  if (g_hash_table_contains (self->summaries, path))
    return g_hash_table_lookup (self->summaries, path);
  g_hash_table_insert (self->summaries, g_strdup (path), NULL);
  reading = g_new0 (Reading, 1);
  reading->list = g_object_ref (self);
  reading->path = g_strdup (path);
  limn_model_summary_load_async (*path ? path : NULL, self->cancellable, on_summary, reading);
  return NULL;
}

static char *
dup_title (LimnModelList *self, const char *path)
{
  const LimnModelSummary *summary = get_summary (self, path);

  if (!*path)
    return g_strdup (_("Starter Model"));
  return summary && summary->name ? g_strdup (summary->name) : g_filename_display_basename (path);
}

static char *
dup_subtitle (LimnModelList *self, const char *path)
{
  const LimnModelSummary *summary = get_summary (self, path);
  const char *error = g_hash_table_lookup (self->errors, path);
  g_autofree char *size = summary ? g_format_size (summary->disk_bytes) : NULL;

  if (summary)
    /* Translators: the family of a model (“Stable Diffusion 1.x”), then its size on the disk. */
    return g_strdup_printf (_("%s, %s"), summary->family, size);
  return error ? g_strdup (error) : g_filename_display_name (path);
}

/* --- The list in the settings --- */

static char **
dup_models (LimnModelList *self)
{
  return g_settings_get_strv (limn_studio_get_settings (self->studio), "models");
}

/* @path comes first, or goes. */
static void
change_models (LimnModelList *self, const char *path, gboolean keep)
{
  g_auto(GStrv) before = dup_models (self);
  g_autoptr(GPtrArray) after = g_ptr_array_new ();

  /* Settings are UTF-8, and the names of files need not be: such a model can be used, but not remembered. */
  if (keep && !g_utf8_validate (path, -1, NULL))
    return;
  if (keep)
    g_ptr_array_add (after, (gpointer) path);
  for (guint i = 0; before[i] && after->len < MAX_MODELS; i++)
    if (!g_str_equal (before[i], path))
      g_ptr_array_add (after, before[i]);
  g_ptr_array_add (after, NULL);
  g_settings_set_strv (limn_studio_get_settings (self->studio), "models", (const char *const *) after->pdata);
}

static void
choose (LimnModelList *self, const char *path)
{
  /* What could not be read may have been mended. */
  if (g_hash_table_remove (self->errors, path))
    g_hash_table_remove (self->summaries, path);
  g_object_set (limn_studio_get_draft (self->studio), "model", *path ? path : NULL, NULL);
}

void
limn_model_list_open (LimnModelList *self, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  /* Who chooses the file that describes a folder means the folder. */
  g_autofree char *model = g_str_equal (name, "model_index.json") ? g_path_get_dirname (path) : g_strdup (path);

  change_models (self, model, TRUE);
  choose (self, model);
}

/* --- Opening --- */

static void
on_chosen (GtkNativeDialog *dialog, int response, LimnModelList *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      if (file && g_file_peek_path (file))
        limn_model_list_open (self, g_file_peek_path (file));
      else
        limn_studio_say (self->studio, _("Only models on this computer can be opened."));
    }
  g_object_unref (dialog);
}

static void
show_chooser (LimnModelList *self, GtkFileChooserAction action, const char *title)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (title, window, action, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  if (action == GTK_FILE_CHOOSER_ACTION_OPEN)
    {
      g_autoptr(GtkFileFilter) models = gtk_file_filter_new ();
      g_autoptr(GtkFileFilter) all = gtk_file_filter_new ();

      gtk_file_filter_set_name (models, _("Models"));
      gtk_file_filter_add_suffix (models, "safetensors");
      gtk_file_filter_add_pattern (models, "model_index.json");
      gtk_file_filter_set_name (all, _("All Files"));
      gtk_file_filter_add_pattern (all, "*");
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), models);
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), all);
    }
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_open_folder (LimnModelList *self)
{
  show_chooser (self, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Open a Model Folder"));
}

static void
on_open_file (LimnModelList *self)
{
  show_chooser (self, GTK_FILE_CHOOSER_ACTION_OPEN, _("Open a Model File"));
}

/* A picture that is dropped here by mistake is opened as a picture. */
static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, LimnModelList *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files ? g_file_get_path (files->data) : NULL;
  g_autofree char *lower = path ? g_ascii_strdown (path, -1) : NULL;

  if (!path)
    {
      limn_studio_say (self->studio, _("Only models on this computer can be opened."));
      return FALSE;
    }
  if (g_str_has_suffix (lower, ".png"))
    limn_studio_import (self->studio, path);
  else
    limn_model_list_open (self, path);
  return TRUE;
}

/* --- Rows --- */

static void
on_row_toggled (GtkCheckButton *check, LimnModelList *self)
{
  if (gtk_check_button_get_active (check))
    choose (self, g_object_get_data (G_OBJECT (check), "limn-path"));
}

static void
on_remove (GtkButton *button, LimnModelList *self)
{
  g_autofree char *path = g_strdup (g_object_get_data (G_OBJECT (button), "limn-path"));

  if (g_str_equal (get_current (self), path))
    choose (self, "");
  change_models (self, path, FALSE);
}

/* @group: (nullable): the first one's check button. Returns: this one's. */
static GtkWidget *
add_row (LimnModelList *self, const char *path, GtkWidget *group)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();
  g_autofree char *name = dup_title (self, path);
  g_autofree char *about = dup_subtitle (self, path);
  g_autofree char *title = g_markup_escape_text (name, -1);
  g_autofree char *subtitle = g_markup_escape_text (about, -1);
  g_autofree char *shown_path = g_filename_display_name (path);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_tooltip_text (row, *path ? shown_path : _("The model that comes with Limn: small, quick, for trying things out"));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (check), GTK_CHECK_BUTTON (group));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), g_str_equal (get_current (self), path));
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (check), "limn-path", g_strdup (path), g_free);
  g_signal_connect (check, "toggled", G_CALLBACK (on_row_toggled), self);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  if (*path)
    {
      GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");
      /* Translators: the name of a model. */
      g_autofree char *remove = g_strdup_printf (_("Take “%s” off the list"), name);

      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      gtk_widget_set_tooltip_text (button, _("Take this model off the list; its files stay where they are"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, remove, -1);
      g_object_set_data_full (G_OBJECT (button), "limn-path", g_strdup (path), g_free);
      g_signal_connect (button, "clicked", G_CALLBACK (on_remove), self);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->rows, row);
  return check;
}

static void
add_open_button (LimnModelList *self, GtkWidget *row, const char *label, const char *tip, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, tip);
  g_signal_connect_swapped (button, "clicked", callback, self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
add_open_row (LimnModelList *self)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("Open"));
  add_open_button (self, row, _("_Folder…"), _("Open a model that is a folder with a model_index.json; it can be dropped here too"),
                   G_CALLBACK (on_open_folder));
  add_open_button (self, row, _("F_ile…"), _("Open a model that is one file; it can be dropped here too"), G_CALLBACK (on_open_file));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->rows, row);
}

static void
show_current (LimnModelList *self)
{
  g_autofree char *name = dup_title (self, get_current (self));
  g_autofree char *about = dup_subtitle (self, get_current (self));
  g_autofree char *title = g_markup_escape_text (name, -1);
  g_autofree char *subtitle = g_markup_escape_text (about, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
}

/* The focus stays in the list where a row that had it goes. */
static void
rebuild (LimnModelList *self)
{
  g_auto(GStrv) models = dup_models (self);
  const char *current = get_current (self);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  gboolean had_focus = focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self));
  GtkWidget *group = NULL;

  for (guint i = 0; i < self->rows->len; i++)
    adw_expander_row_remove (ADW_EXPANDER_ROW (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  /* Of one model alone nothing can be chosen. */
  if (*current || models[0])
    group = add_row (self, "", NULL);
  /* One that came with a picture need not be in the list. */
  if (*current && !g_strv_contains ((const char *const *) models, current))
    add_row (self, current, group);
  for (guint i = 0; models[i]; i++)
    if (*models[i])
      add_row (self, models[i], group);
  add_open_row (self);
  show_current (self);
  if (had_focus)
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
}

/* --- The object --- */

static void
limn_model_list_dispose (GObject *object)
{
  LimnModelList *self = LIMN_MODEL_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_model_list_parent_class)->dispose (object);
}

static void
limn_model_list_finalize (GObject *object)
{
  LimnModelList *self = LIMN_MODEL_LIST (object);

  g_hash_table_unref (self->summaries);
  g_hash_table_unref (self->errors);
  g_ptr_array_unref (self->rows);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (limn_model_list_parent_class)->finalize (object);
}

static void
limn_model_list_class_init (LimnModelListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_model_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_model_list_finalize;
}

static void
limn_model_list_init (LimnModelList *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->summaries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_model_summary_free);
  self->errors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Model"), -1);
  self->rows = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), _("The model decides what can be painted and how. Unfold this to choose or open another"));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}

void
limn_model_list_set_studio (LimnModelList *self, LimnStudio *studio)
{
  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  g_signal_connect_object (limn_studio_get_draft (studio), "notify::model", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_settings (studio), "changed::models", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  rebuild (self);
}
