/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-film-export.h"

#include <glib/gi18n.h>

struct _LimnFilmExport
{
  GtkWidget             parent_instance;

  LimnStudio           *studio;
  GtkFileChooserNative *chooser;     /* (nullable) */
  GCancellable         *cancellable; /* (nullable): while it is busy */
  LimnReelExport        kind;

  GtkWidget            *box;
  GtkProgressBar       *progress;
};

enum
{
  PROP_0,
  PROP_BUSY,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnFilmExport, limn_film_export, GTK_TYPE_WIDGET)

static void
show_progress (LimnFilmExport *self, guint done, guint n)
{
  g_autofree char *text = NULL;

  /* Translators: how many of the steps are exported. */
  text = g_strdup_printf (_("Exporting: %u of %u"), done, n);
  gtk_progress_bar_set_text (self->progress, text);
  gtk_progress_bar_set_fraction (self->progress, n > 0 ? MIN ((double) done / n, 1) : 0);
}

static void
on_progress (goffset done, goffset n, gpointer data)
{
  LimnFilmExport *self = data;

  if (self->cancellable)
    show_progress (self, done, n);
}

static void
set_busy (LimnFilmExport *self, GCancellable *cancellable)
{
  g_set_object (&self->cancellable, cancellable);
  gtk_widget_set_visible (GTK_WIDGET (self), cancellable != NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnFilmExport) self = data;
  g_autoptr(GError) error = NULL;

  if (limn_reel_export_finish (LIMN_REEL (source), result, &error))
    limn_studio_say (self->studio, self->kind == LIMN_REEL_EXPORT_APNG ? _("The animation is exported.") : _("The steps are exported."));
  else
    limn_studio_say_error (self->studio, error);
  set_busy (self, NULL);
}

void
limn_film_export_start (LimnFilmExport *self, LimnReel *reel, LimnReelExport kind, const char *path)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  guint frame_ms = g_settings_get_uint (limn_studio_get_settings (self->studio), "frame-ms");

  g_return_if_fail (LIMN_IS_FILM_EXPORT (self) && !self->cancellable);

  self->kind = kind;
  show_progress (self, 0, g_list_model_get_n_items (G_LIST_MODEL (reel)));
  set_busy (self, cancellable);
  limn_reel_export_async (reel, kind, path, frame_ms, on_progress, self, cancellable, on_exported, g_object_ref (self));
}

void
limn_film_export_cancel (LimnFilmExport *self)
{
  g_return_if_fail (LIMN_IS_FILM_EXPORT (self));

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
}

gboolean
limn_film_export_is_busy (LimnFilmExport *self)
{
  return self->cancellable != NULL;
}

/* --- Where to --- */

/* After the picture's own file. */
static char *
suggest_name (LimnFilmExport *self, LimnReelExport kind)
{
  const char *path = limn_studio_get_path (self->studio);
  g_autofree char *base = path ? g_path_get_basename (path) : g_strdup ("limn");

  if (g_str_has_suffix (base, ".png"))
    base[strlen (base) - strlen (".png")] = '\0';
  return g_strconcat (base, kind == LIMN_REEL_EXPORT_APNG ? "-steps.png" : "-steps", NULL);
}

typedef struct
{
  LimnReel      *reel;
  LimnReelExport kind;
  char          *name;
} Asked;

static void
asked_free (gpointer data, GClosure *closure)
{
  Asked *asked = data;

  g_object_unref (asked->reel);
  g_free (asked->name);
  g_free (asked);
}

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  const Asked *asked = data;
  LimnFilmExport *self = g_object_get_data (G_OBJECT (dialog), "limn-film-export");
  g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autoptr(LimnReel) reel = g_object_ref (asked->reel);
  LimnReelExport kind = asked->kind;
  g_autofree char *path = NULL;

  if (file && g_file_peek_path (file) && kind == LIMN_REEL_EXPORT_NUMBERED)
    path = g_build_filename (g_file_peek_path (file), asked->name, NULL);
  else if (file)
    path = g_file_get_path (file);
  g_clear_object (&self->chooser);
  if (response != GTK_RESPONSE_ACCEPT || self->cancellable)
    return;
  if (path)
    limn_film_export_start (self, reel, kind, path);
  else
    limn_studio_say (self->studio, _("Steps can be exported only to a folder of this computer."));
}

void
limn_film_export_ask (LimnFilmExport *self, LimnReel *reel, LimnReelExport kind)
{
  gboolean animation = kind == LIMN_REEL_EXPORT_APNG;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autoptr(GFile) folder = g_file_new_for_path (limn_studio_get_folder (self->studio));
  Asked *asked;

  g_return_if_fail (LIMN_IS_FILM_EXPORT (self));

  if (self->chooser || self->cancellable)
    return;
  asked = g_new0 (Asked, 1);
  asked->reel = g_object_ref (reel);
  asked->kind = kind;
  asked->name = suggest_name (self, kind);
  self->chooser = gtk_file_chooser_native_new (animation ? _("Export the Steps as an Animation") : _("Folder for the Numbered Pictures"),
                                               GTK_WINDOW (root),
                                               animation ? GTK_FILE_CHOOSER_ACTION_SAVE : GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                               _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  /* One that is not there yet is no start. */
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  if (animation)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), asked->name);
  g_object_set_data (G_OBJECT (self->chooser), "limn-film-export", self);
  g_signal_connect_data (self->chooser, "response", G_CALLBACK (on_response), asked, asked_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- The widget --- */

static void
limn_film_export_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_BUSY)
    g_value_set_boolean (value, LIMN_FILM_EXPORT (object)->cancellable != NULL);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_film_export_dispose (GObject *object)
{
  LimnFilmExport *self = LIMN_FILM_EXPORT (object);

  limn_film_export_cancel (self);
  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_FILM_EXPORT);
  G_OBJECT_CLASS (limn_film_export_parent_class)->dispose (object);
}

/* Not in dispose(): an export that runs holds the widget, and says something at its end. */
static void
limn_film_export_finalize (GObject *object)
{
  LimnFilmExport *self = LIMN_FILM_EXPORT (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_film_export_parent_class)->finalize (object);
}

static void
limn_film_export_class_init (LimnFilmExportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = limn_film_export_dispose;
  object_class->finalize = limn_film_export_finalize;
  object_class->get_property = limn_film_export_get_property;
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-film-export.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnFilmExport, box);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmExport, progress);
  gtk_widget_class_bind_template_callback (widget_class, limn_film_export_cancel);
}

static void
limn_film_export_init (LimnFilmExport *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_film_export_set_studio (LimnFilmExport *self, LimnStudio *studio)
{
  g_return_if_fail (LIMN_IS_FILM_EXPORT (self) && !self->studio);

  self->studio = g_object_ref (studio);
}
