/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a model is called and how large it is the library knows, as soon as its thread has looked; until then a row shows the path. */
#include "config.h"

#include "app/limn-model-list.h"

#include "app/limn-model-chooser.h"
#include "app/limn-model-row.h"
#include "app/limn-model-window.h"

#include <glib/gi18n.h>

/* Models that the row unfolds to; all there are stand in the library. */
#define SHOWN_MODELS 6

struct _LimnModelList
{
  AdwExpanderRow  parent_instance;

  LimnStudio     *studio;
  GPtrArray      *rows; /* (element-type GtkWidget) (unowned) */
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

/* (nullable) */
static const LimnModelFile *
get_file (LimnModelList *self, const char *path)
{
  LimnModelEntry *entry = limn_model_library_lookup (limn_studio_get_models (self->studio), path);

  return entry ? limn_model_entry_get_file (entry) : NULL;
}

static char *
dup_title (LimnModelList *self, const char *path)
{
  const LimnModelFile *file = get_file (self, path);

  if (!*path)
    return g_strdup (_("Starter Model"));
  return file ? g_strdup (file->name) : g_filename_display_basename (path);
}

static char *
dup_subtitle (LimnModelList *self, const char *path)
{
  const LimnModelFile *file = get_file (self, path);
  g_autofree char *about = file ? limn_model_row_describe (file) : NULL;

  if (!*path)
    return g_strdup (_("Comes with Limn: small and quick, for trying things out"));
  if (!about)
    return g_filename_display_name (path);
  if (file->unproven)
    /* Translators: what is known of a model (“Stable Diffusion XL, float16, 6.9 GB”); nobody has yet compared what Limn paints with it with what
     * another program does. */
    return g_strdup_printf (_("%s – unproven"), about);
  return g_steal_pointer (&about);
}

/* --- Opening --- */

void
limn_model_list_open (LimnModelList *self, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  /* Who chooses the file that describes a folder means the folder. */
  g_autofree char *model = g_str_equal (name, "model_index.json") ? g_path_get_dirname (path) : g_strdup (path);

  limn_studio_choose_model (self->studio, model);
}

static GtkWindow *
get_window (LimnModelList *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
on_open_folder (LimnModelList *self)
{
  limn_model_chooser_open_folder (get_window (self), self->studio);
}

static void
on_open_file (LimnModelList *self)
{
  limn_model_chooser_open_file (get_window (self), self->studio);
}

static void
on_library (LimnModelList *self)
{
  gtk_window_present (GTK_WINDOW (limn_model_window_new (get_window (self), self->studio, LIMN_RESOURCE_MODEL)));
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
    limn_studio_open_model_file (self->studio, path);
  return TRUE;
}

/* --- Rows --- */

static void
on_row_toggled (GtkCheckButton *check, LimnModelList *self)
{
  const char *path = g_object_get_data (G_OBJECT (check), "limn-path");

  /* What is in the list keeps its place there: it would jump away under the pointer. */
  if (gtk_check_button_get_active (check))
    limn_studio_set_model (self->studio, *path ? path : NULL);
}

static void
on_remove (GtkButton *button, LimnModelList *self)
{
  g_autofree char *path = g_strdup (g_object_get_data (G_OBJECT (button), "limn-path"));

  if (g_str_equal (get_current (self), path))
    limn_studio_set_model (self->studio, NULL);
  limn_studio_forget_model (self->studio, path);
}

/* @group: (nullable): the check button of another row. Returns: this one's. */
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
add_library_row (LimnModelList *self)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");
  guint n = limn_model_library_count (limn_studio_get_models (self->studio), LIMN_RESOURCE_MODEL);
  g_autofree char *text =
    n > 0 ? g_strdup_printf (ngettext ("%u model", "%u models", n), n) : g_strdup (_("Folders in which your own models lie"));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("All Models"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  gtk_widget_set_tooltip_text (row, _("Everything that lies in your folders of models, with what it draws"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_swapped (row, "activated", G_CALLBACK (on_library), self);
  gtk_accessible_update_state (GTK_ACCESSIBLE (arrow), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), arrow);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->rows, row);
}

static void
show_current (LimnModelList *self)
{
  g_autofree char *name = dup_title (self, get_current (self));
  const LimnModelFile *file = get_file (self, get_current (self));
  /* What is wrong with it the group says below. */
  g_autofree char *about = file && file->problem ? g_filename_display_name (file->path) : dup_subtitle (self, get_current (self));
  g_autofree char *title = g_markup_escape_text (name, -1);
  g_autofree char *subtitle = g_markup_escape_text (about, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
}

/* A list of those that were opened holds other things too: what belongs to models. */
static gboolean
is_model (LimnModelList *self, const char *path)
{
  const LimnModelFile *file = *path ? get_file (self, path) : NULL;

  return *path && (!file || file->kind == LIMN_RESOURCE_MODEL || file->kind == LIMN_RESOURCE_N_KINDS);
}

/* The focus stays in the list where a row that had it goes. */
static void
rebuild (LimnModelList *self)
{
  g_auto(GStrv) models = g_settings_get_strv (limn_studio_get_settings (self->studio), "models");
  const char *current = get_current (self);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  gboolean had_focus = focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self));
  GtkWidget *group = NULL;
  guint n = 0;

  for (guint i = 0; i < self->rows->len; i++)
    adw_expander_row_remove (ADW_EXPANDER_ROW (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  /* Of one model alone nothing can be chosen. */
  if (*current || models[0])
    group = add_row (self, "", NULL);
  /* One that came with a picture need not be in the list, and one that was opened long ago not among its first. */
  if (*current && !g_strv_contains ((const char *const *) models, current))
    add_row (self, current, group);
  for (guint i = 0; models[i]; i++)
    if (is_model (self, models[i]) && (n++ < SHOWN_MODELS || g_str_equal (models[i], current)))
      add_row (self, models[i], group);
  add_library_row (self);
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

  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_model_list_parent_class)->dispose (object);
}

static void
limn_model_list_finalize (GObject *object)
{
  g_ptr_array_unref (LIMN_MODEL_LIST (object)->rows);
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

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Model"), -1);
  self->rows = g_ptr_array_new ();
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), _("The model decides what can be painted and how. Unfold this to choose or open another"));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}

void
limn_model_list_set_studio (LimnModelList *self, LimnStudio *studio)
{
  LimnModelLibrary *library = limn_studio_get_models (studio);

  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  g_signal_connect_object (limn_studio_get_draft (studio), "notify::model", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_settings (studio), "changed::models", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "notify::resources", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  rebuild (self);
}
