/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-control-row.h"

#include "app/limn-control-look.h"
#include "app/limn-number.h"

#include <glib/gi18n.h>
#include <math.h>

/* Pause after the last change before the picture is looked at anew: dragging through sizes looks once. */
#define LOOK_MS 120

struct _LimnControlRow
{
  AdwExpanderRow     parent_instance;

  GtkPicture        *thumbnail;
  GtkWidget         *warning;
  GtkWidget         *remove_button;
  GtkPicture        *look;
  GtkWidget         *no_picture;
  AdwComboRow       *map_row;
  GtkSpinButton     *strength_spin;
  GtkScale          *strength_scale;
  GtkSpinButton     *start_spin;
  GtkSpinButton     *end_spin;

  LimnStudio        *studio;
  guint              i;
  gboolean           changing; /* by us, not by the artist */
  GCancellable      *looking;  /* (nullable) */
  GCancellable      *adding;   /* (nullable) */
  guint              look_source;
  char              *looked;   /* (nullable): what is shown: picture, map and size */
};

G_DEFINE_FINAL_TYPE (LimnControlRow, limn_control_row, ADW_TYPE_EXPANDER_ROW)

static LimnDraft *
get_draft (LimnControlRow *self)
{
  return limn_studio_get_draft (self->studio);
}

static LimnRequestControl *
dup_control (LimnControlRow *self)
{
  return limn_request_control_copy (limn_draft_get_control (get_draft (self), self->i));
}

/* --- What it sees --- */

static void
stop (GCancellable **cancellable)
{
  if (*cancellable)
    g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

static void
show_look (LimnControlRow *self, GdkTexture *texture)
{
  gtk_picture_set_paintable (self->thumbnail, GDK_PAINTABLE (texture));
  gtk_picture_set_paintable (self->look, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (GTK_WIDGET (self->thumbnail), texture != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->look), texture != NULL);
  gtk_widget_set_visible (self->no_picture, texture == NULL);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnControlRow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkTexture) texture = limn_control_look_finish (result, &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->looking)
    return;
  g_clear_object (&self->looking);
  if (error)
    limn_studio_say_error (self->studio, error);
  show_look (self, texture);
}

static gboolean
on_look (gpointer data)
{
  LimnControlRow *self = data;
  const LimnRequestControl *control = limn_draft_get_control (get_draft (self), self->i);
  guint width = limn_draft_get_width (get_draft (self)), height = limn_draft_get_height (get_draft (self));
  g_autofree char *wanted = g_strdup_printf ("%s %d %u %u", control->picture, control->map, width, height);

  self->look_source = 0;
  if (g_strcmp0 (wanted, self->looked) == 0)
    return G_SOURCE_REMOVE;
  g_free (self->looked);
  self->looked = g_steal_pointer (&wanted);
  stop (&self->looking);
  if (!*control->picture)
    {
      show_look (self, NULL);
      return G_SOURCE_REMOVE;
    }
  self->looking = g_cancellable_new ();
  limn_control_look_async (limn_studio_get_stash (self->studio), control->picture, control->map, width, height, self->looking, on_looked,
                           g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
look_soon (LimnControlRow *self)
{
  if (!self->look_source)
    self->look_source = g_timeout_add (LOOK_MS, on_look, self);
}

/* --- What it says --- */

static const char *const map_names[LIMN_CONTROL_MAP_N_KINDS] = {
  [LIMN_CONTROL_MAP_NONE] = N_("The picture as it is"),
  [LIMN_CONTROL_MAP_EDGE] = N_("Its edges (canny)"),
  [LIMN_CONTROL_MAP_LUMINANCE] = N_("Its light and dark"),
  [LIMN_CONTROL_MAP_SCRIBBLE] = N_("Its strokes (scribble)"),
  [LIMN_CONTROL_MAP_INVERT] = N_("Its negative"),
};

static void
show_warning (LimnControlRow *self, const char *path)
{
  LimnInspection *inspection = limn_draft_get_inspection (get_draft (self));
  LimnModelEntry *entry = limn_model_library_lookup (limn_studio_get_models (self->studio), path);
  const LimnModelFile *file = entry ? limn_model_entry_get_file (entry) : NULL;
  g_autofree char *warning = NULL;

  if (file && file->missing)
    warning = g_strdup (_("The file is not there any more, or on a disk that is not connected."));
  else if (file && file->problem)
    warning = g_strdup (file->problem);
  else if (file && inspection && !limn_model_file_suits (file, inspection->family))
    /* Translators: names of families of models, as “Stable Diffusion XL”. */
    warning = g_strdup_printf (_("This ControlNet was made for %s, the model is %s."), file->family, inspection->family);
  gtk_widget_set_visible (self->warning, warning != NULL);
  gtk_widget_set_tooltip_text (self->warning, warning);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->warning), GTK_ACCESSIBLE_PROPERTY_LABEL, warning ? warning : "", -1);
}

void
limn_control_row_show (LimnControlRow *self)
{
  const LimnRequestControl *control = limn_draft_get_control (get_draft (self), self->i);
  g_autofree char *name = limn_resources_name_path (control->model);
  g_autofree char *title = g_markup_escape_text (name, -1);
  const char *map = _(map_names[control->map]);

  self->changing = TRUE;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), *control->picture ? map : _("No picture yet"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  adw_combo_row_set_selected (self->map_row, control->map);
  if (gtk_spin_button_get_value (self->strength_spin) != control->strength)
    gtk_spin_button_set_value (self->strength_spin, control->strength);
  if (fabs (gtk_spin_button_get_value (self->start_spin) - control->start * 100) > 0.5)
    gtk_spin_button_set_value (self->start_spin, control->start * 100);
  if (fabs (gtk_spin_button_get_value (self->end_spin) - control->end * 100) > 0.5)
    gtk_spin_button_set_value (self->end_spin, control->end * 100);
  self->changing = FALSE;
  show_warning (self, control->model);
  look_soon (self);
}

/* --- What it does --- */

static void
on_changed (LimnControlRow *self)
{
  g_autoptr(LimnRequestControl) control = NULL;
  guint map = adw_combo_row_get_selected (self->map_row);

  if (self->changing || !self->studio)
    return;
  control = dup_control (self);
  if (map < LIMN_CONTROL_MAP_N_KINDS)
    control->map = map;
  control->strength = round (gtk_spin_button_get_value (self->strength_spin) * 100) / 100;
  control->start = MIN (gtk_spin_button_get_value (self->start_spin) / 100, 0.99);
  control->end = MAX (gtk_spin_button_get_value (self->end_spin) / 100, control->start + 0.01);
  limn_draft_set_control (get_draft (self), self->i, control);
}

static void
set_picture (LimnControlRow *self, const char *id, gboolean is_made)
{
  g_autoptr(LimnRequestControl) control = dup_control (self);

  /* Until there is a picture nobody has chosen what is made of it. */
  if (is_made && !*control->picture)
    control->map = LIMN_CONTROL_MAP_NONE;
  g_free (control->picture);
  control->picture = g_strdup (id);
  limn_draft_set_control (get_draft (self), self->i, control);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnControlRow) self = data;
  g_autoptr(GError) error = NULL;
  gboolean is_made;
  g_autofree char *id = limn_control_add_finish (result, &is_made, &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->adding)
    return;
  g_clear_object (&self->adding);
  if (id)
    set_picture (self, id, is_made);
  else
    limn_studio_say_error (self->studio, error);
}

static void
add_picture (LimnControlRow *self, const char *path)
{
  stop (&self->adding);
  self->adding = g_cancellable_new ();
  limn_control_add_async (limn_studio_get_stash (self->studio), path, limn_draft_get_control (get_draft (self), self->i)->map, self->adding, on_added,
                          g_object_ref (self));
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, LimnControlRow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      if (file && g_file_peek_path (file))
        add_picture (self, g_file_peek_path (file));
    }
  g_object_unref (dialog);
}

static void
on_choose (LimnControlRow *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_("A Picture to Draw By"), window, GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  g_autoptr(GtkFileFilter) pictures = gtk_file_filter_new ();

  gtk_file_filter_set_name (pictures, _("Pictures"));
  gtk_file_filter_add_pixbuf_formats (pictures);
  gtk_file_filter_add_suffix (pictures, "webp");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), pictures);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_file_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* What is on the canvas: its file, since only that is surely the whole picture. */
static void
on_use_shown (LimnControlRow *self)
{
  const char *path = limn_studio_get_path (self->studio);

  if (path)
    add_picture (self, path);
  else
    limn_studio_say (self->studio, _("There is no finished picture on the canvas."));
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, LimnControlRow *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files ? g_file_get_path (files->data) : NULL;

  if (path)
    add_picture (self, path);
  return path != NULL;
}

static void
on_remove (LimnControlRow *self)
{
  limn_draft_remove_control (get_draft (self), self->i);
}

/* --- The object --- */

/* Its ControlNet is gone, or another one's row takes its place: what is still on its way, which holds the row, is for nobody. */
static void
limn_control_row_unroot (GtkWidget *widget)
{
  LimnControlRow *self = LIMN_CONTROL_ROW (widget);

  g_clear_handle_id (&self->look_source, g_source_remove);
  stop (&self->looking);
  stop (&self->adding);
  GTK_WIDGET_CLASS (limn_control_row_parent_class)->unroot (widget);
}

static void
limn_control_row_dispose (GObject *object)
{
  LimnControlRow *self = LIMN_CONTROL_ROW (object);

  g_clear_handle_id (&self->look_source, g_source_remove);
  stop (&self->looking);
  stop (&self->adding);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_CONTROL_ROW);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_control_row_parent_class)->dispose (object);
}

static void
limn_control_row_finalize (GObject *object)
{
  g_free (LIMN_CONTROL_ROW (object)->looked);
  G_OBJECT_CLASS (limn_control_row_parent_class)->finalize (object);
}

static void
limn_control_row_class_init (LimnControlRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->unroot = limn_control_row_unroot;
  G_OBJECT_CLASS (klass)->dispose = limn_control_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_control_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-control-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, warning);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, remove_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, look);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, no_picture);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, map_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, strength_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, strength_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, start_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, end_spin);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_use_shown);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
}

static void
limn_control_row_init (LimnControlRow *self)
{
  g_autoptr(GtkStringList) names = gtk_string_list_new (NULL);
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->changing = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < LIMN_CONTROL_MAP_N_KINDS; i++)
    gtk_string_list_append (names, _(map_names[i]));
  adw_combo_row_set_model (self->map_row, G_LIST_MODEL (names));
  limn_number_calm (self->strength_spin);
  limn_number_pass_wheel (GTK_WIDGET (self->strength_scale));
  limn_number_calm (self->start_spin);
  limn_number_calm (self->end_spin);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  self->changing = FALSE;
}

GtkWidget *
limn_control_row_new (LimnStudio *studio, guint i)
{
  LimnControlRow *self = g_object_new (LIMN_TYPE_CONTROL_ROW, NULL);

  self->studio = g_object_ref (studio);
  self->i = i;
  g_signal_connect_object (get_draft (self), "notify::width", G_CALLBACK (look_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_draft (self), "notify::height", G_CALLBACK (look_soon), self, G_CONNECT_SWAPPED);
  limn_control_row_show (self);
  if (!*limn_draft_get_control (get_draft (self), i)->picture)
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
  return GTK_WIDGET (self);
}
