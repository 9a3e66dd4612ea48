/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-sequence.h"

#include "app/limn-blend-film.h"
#include "app/limn-number.h"
#include "app/limn-words.h"

#include <glib/gi18n.h>

enum
{
  ENDING_STOP,
  ENDING_BACK,
  ENDING_ROUND,
};

struct _LimnBlendSequence
{
  AdwWindow             parent_instance;

  GtkWidget            *settings;
  GtkSpinButton        *frames_spin;
  GtkAdjustment        *frames_adjustment;
  GtkWidget            *speed_row;
  GtkSpinButton        *speed_spin;
  GtkAdjustment        *speed_adjustment;
  AdwComboRow          *pace_row;
  AdwComboRow          *ending_row;
  AdwComboRow          *format_row;
  GtkLabel             *summary;
  GtkProgressBar       *progress;
  GtkWidget            *cancel_button;
  GtkWidget            *export_button;

  LimnStudio           *studio;
  LimnBlend            *blend;
  GtkFileChooserNative *chooser;     /* (nullable) */
  GCancellable         *cancellable; /* (nullable): while it is busy */
};

G_DEFINE_FINAL_TYPE (LimnBlendSequence, limn_blend_sequence, ADW_TYPE_WINDOW)

/* --- What is chosen --- */

/* Around the square, since across it corners would be left out. */
static LimnSequence *
new_sequence (LimnBlendSequence *self, GError **error)
{
  static const LimnSequencePoint around[] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
  guint ending = adw_combo_row_get_selected (self->ending_row);
  guint n_ends;

  g_object_get (self->blend, "n-ends", &n_ends, NULL);
  return limn_sequence_new (n_ends == 4 ? around : NULL, G_N_ELEMENTS (around), gtk_adjustment_get_value (self->frames_adjustment),
                            adw_combo_row_get_selected (self->pace_row) == 1 ? LIMN_EASING_SMOOTH : LIMN_EASING_LINEAR,
                            ending == ENDING_ROUND, ending == ENDING_BACK, error);
}

static LimnSequenceFormat
get_format (LimnBlendSequence *self)
{
  return (LimnSequenceFormat[]){ LIMN_SEQUENCE_APNG, LIMN_SEQUENCE_NUMBERED, LIMN_SEQUENCE_WEBM }[adw_combo_row_get_selected (
    self->format_row)];
}

static guint
get_frame_ms (LimnBlendSequence *self)
{
  return 1000 / gtk_adjustment_get_value (self->speed_adjustment);
}

static void
update_summary (LimnBlendSequence *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSequence) sequence = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autofree char *pictures = NULL, *length = NULL, *time = NULL, *text = NULL;
  double seconds;
  guint n;

  if (!self->blend || self->cancellable)
    return;
  sequence = new_sequence (self, &error);
  request = sequence ? limn_blend_dup_request (self->blend, 0, 0, &error) : NULL;
  gtk_widget_set_sensitive (self->export_button, request != NULL);
  gtk_widget_set_sensitive (self->speed_row, get_format (self) != LIMN_SEQUENCE_NUMBERED);
  if (!request)
    {
      gtk_label_set_label (self->summary, error->message);
      return;
    }
  n = limn_sequence_get_n_pictures (sequence);
  pictures = g_strdup_printf (ngettext ("%u picture to paint", "%u pictures to paint", n), n);
  seconds = limn_job_queue_estimate (limn_studio_get_queue (self->studio), request, 0);
  time = seconds > 0 ? limn_words_seconds (seconds * n) : NULL;
  /* Translators: how long a film is. */
  length = get_format (self) == LIMN_SEQUENCE_NUMBERED
             ? NULL
             : g_strdup_printf (_("a film of %.1f s"), limn_sequence_get_n_frames (sequence) * get_frame_ms (self) / 1000.0);
  /* Facts beside each other, not a sentence. */
  text = g_strjoin (" · ", pictures, time ? time : length, time ? length : NULL, NULL);
  gtk_label_set_label (self->summary, text);
}

static void
fill_formats (LimnBlendSequence *self)
{
  g_autoptr(GtkStringList) formats = gtk_string_list_new (NULL);
  g_autofree char *gstreamer = g_find_program_in_path ("gst-launch-1.0");

  gtk_string_list_append (formats, _("Animated PNG"));
  gtk_string_list_append (formats, _("Numbered pictures"));
  if (gstreamer)
    gtk_string_list_append (formats, _("WebM video"));
  adw_combo_row_set_model (self->format_row, G_LIST_MODEL (formats));
}

/* --- Painting it --- */

static void
set_busy (LimnBlendSequence *self, GCancellable *cancellable)
{
  g_set_object (&self->cancellable, cancellable);
  gtk_widget_set_sensitive (self->settings, !cancellable);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), cancellable != NULL);
  gtk_widget_set_visible (self->cancel_button, cancellable != NULL);
  gtk_widget_set_visible (self->export_button, !cancellable);
  update_summary (self);
}

static void
on_progress (guint done, guint n, gboolean writing, gpointer data)
{
  LimnBlendSequence *self = data;
  g_autofree char *text = NULL;

  if (!self->cancellable)
    return;
  text = writing
           /* Translators: how many of the frames of a film are written. */
           ? g_strdup_printf (_("Written: %u of %u"), done, n)
           /* Translators: how many of the pictures of a film are painted. */
           : g_strdup_printf (_("Painted: %u of %u"), done, n);
  gtk_progress_bar_set_text (self->progress, text);
  gtk_progress_bar_set_fraction (self->progress, n > 0 ? MIN ((double) done / n, 1) : 0);
}

static void
on_film (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnBlendSequence) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = limn_blend_film_finish (result, &error);

  if (path)
    {
      g_autofree char *name = g_filename_display_basename (path);
      /* Translators: %s is the name of a file or folder. */
      g_autofree char *message = g_strdup_printf (_("The sequence is exported as “%s”"), name);

      limn_studio_say (self->studio, message);
    }
  else
    limn_studio_say_error (self->studio, error);
  set_busy (self, NULL);
  if (path)
    gtk_window_close (GTK_WINDOW (self));
}

void
limn_blend_sequence_start (LimnBlendSequence *self, LimnSequenceFormat format, const char *path)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSequence) sequence = NULL;
  g_autoptr(LimnRequest) request = NULL;

  g_return_if_fail (LIMN_IS_BLEND_SEQUENCE (self) && !self->cancellable);

  sequence = new_sequence (self, &error);
  request = sequence ? limn_blend_dup_request (self->blend, 0, 0, &error) : NULL;
  if (!request)
    {
      limn_studio_say_error (self->studio, error);
      return;
    }
  set_busy (self, cancellable);
  on_progress (0, limn_sequence_get_n_pictures (sequence), FALSE, self);
  limn_blend_film_async (limn_studio_get_session (self->studio), limn_studio_get_stash (self->studio), request,
                         g_steal_pointer (&sequence), format, path, get_frame_ms (self), on_progress, self, cancellable, on_film,
                         g_object_ref (self));
}

gboolean
limn_blend_sequence_is_busy (LimnBlendSequence *self)
{
  return self->cancellable != NULL;
}

static void
on_cancel (LimnBlendSequence *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
}

/* --- Where to --- */

/* What programs know it by. */
static char *
with_ending (const char *path, LimnSequenceFormat format)
{
  const char *ending = format == LIMN_SEQUENCE_WEBM ? ".webm" : ".png";

  if (format == LIMN_SEQUENCE_NUMBERED || g_str_has_suffix (path, ending) ||
      (format == LIMN_SEQUENCE_APNG && g_str_has_suffix (path, ".apng")))
    return g_strdup (path);
  return g_strconcat (path, ending, NULL);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, LimnBlendSequence *self)
{
  g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  const char *chosen = file ? g_file_peek_path (file) : NULL;
  LimnSequenceFormat format = get_format (self);

  g_clear_object (&self->chooser);
  if (response != GTK_RESPONSE_ACCEPT || self->cancellable)
    return;
  if (chosen)
    {
      g_autofree char *path = with_ending (chosen, format);
      /* Translators: name of a folder of numbered pictures. */
      g_autofree char *within = g_build_filename (path, _("Sequence"), NULL);

      limn_blend_sequence_start (self, format, format == LIMN_SEQUENCE_NUMBERED ? within : path);
    }
  else
    limn_studio_say (self->studio, _("Sequences can only be exported to this computer."));
}

static void
on_export (LimnBlendSequence *self)
{
  LimnSequenceFormat format = get_format (self);
  gboolean numbered = format == LIMN_SEQUENCE_NUMBERED;
  g_autofree char *above = g_path_get_dirname (limn_studio_get_folder (self->studio));
  g_autoptr(GFile) folder = g_file_new_for_path (above);

  if (self->chooser || self->cancellable)
    return;
  self->chooser = gtk_file_chooser_native_new (numbered ? _("Folder for the Numbered Pictures") : _("Export the Sequence"),
                                               GTK_WINDOW (self), numbered ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                                                           : GTK_FILE_CHOOSER_ACTION_SAVE,
                                               _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  /* Beside Limn's own folder: what is exported is for somewhere else. One that is not there yet is no start. */
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  if (!numbered)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), format == LIMN_SEQUENCE_WEBM ? "limn.webm" : "limn.png");
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- The window --- */

static gboolean
limn_blend_sequence_close_request (GtkWindow *window)
{
  on_cancel (LIMN_BLEND_SEQUENCE (window));
  return GTK_WINDOW_CLASS (limn_blend_sequence_parent_class)->close_request (window);
}

static void
limn_blend_sequence_dispose (GObject *object)
{
  LimnBlendSequence *self = LIMN_BLEND_SEQUENCE (object);

  on_cancel (self);
  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_BLEND_SEQUENCE);
  G_OBJECT_CLASS (limn_blend_sequence_parent_class)->dispose (object);
}

/* Not in dispose(): a film that is painted holds the window, and says something at its end. */
static void
limn_blend_sequence_finalize (GObject *object)
{
  LimnBlendSequence *self = LIMN_BLEND_SEQUENCE (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->blend);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_blend_sequence_parent_class)->finalize (object);
}

static void
limn_blend_sequence_class_init (LimnBlendSequenceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_blend_sequence_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_blend_sequence_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = limn_blend_sequence_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-blend-sequence.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, settings);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, frames_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, frames_adjustment);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, speed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, speed_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, speed_adjustment);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, pace_row);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, ending_row);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, format_row);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, summary);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, progress);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSequence, export_button);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_export);
}

static void
limn_blend_sequence_init (LimnBlendSequence *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_number_calm (self->frames_spin);
  limn_number_calm (self->speed_spin);
  fill_formats (self);
  g_signal_connect_swapped (self->frames_adjustment, "value-changed", G_CALLBACK (update_summary), self);
  g_signal_connect_swapped (self->speed_adjustment, "value-changed", G_CALLBACK (update_summary), self);
  g_signal_connect_swapped (self->pace_row, "notify::selected", G_CALLBACK (update_summary), self);
  g_signal_connect_swapped (self->ending_row, "notify::selected", G_CALLBACK (update_summary), self);
  g_signal_connect_swapped (self->format_row, "notify::selected", G_CALLBACK (update_summary), self);
}

GtkWidget *
limn_blend_sequence_new (GtkWindow *parent, LimnStudio *studio, LimnBlend *blend)
{
  LimnBlendSequence *self = g_object_new (LIMN_TYPE_BLEND_SEQUENCE, "transient-for", parent, "destroy-with-parent", TRUE, NULL);

  self->studio = g_object_ref (studio);
  self->blend = g_object_ref (blend);
  g_signal_connect_object (blend, "changed", G_CALLBACK (update_summary), self, G_CONNECT_SWAPPED);
  update_summary (self);
  return GTK_WIDGET (self);
}
