/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is on the canvas, compared with the picture to change: it itself, something made of it, or something else. The tools beside the
 * canvas, the keys and what is drawn over the picture depend on that. */
#include "config.h"

#include "app/limn-window-private.h"

#include "base/limn-error.h"

#include <glib/gi18n.h>

/* --- What is on the canvas --- */

static LimnEaselShown
compare_request (LimnWindow *self, const LimnRequest *request)
{
  LimnImage *picture = limn_easel_get_picture (self->easel);
  g_autofree char *id = NULL;

  g_object_get (limn_easel_get_draft (self->easel), "source", &id, NULL);
  if (!picture || !request->source || g_strcmp0 (request->source->picture, id) != 0)
    return LIMN_EASEL_SHOWS_OTHER;
  return request->width == limn_image_get_width (picture) && request->height == limn_image_get_height (picture)
           ? LIMN_EASEL_SHOWS_RESULT
           : LIMN_EASEL_SHOWS_GROWN;
}

static LimnEaselShown
find_shown (LimnWindow *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  LimnImage *picture = limn_easel_get_picture (self->easel);

  if (!limn_canvas_get_picture (self->canvas))
    return LIMN_EASEL_SHOWS_NOTHING;
  if (reel)
    return compare_request (self, limn_reel_get_request (reel));
  return picture && picture == limn_studio_get_picture (self->studio) ? LIMN_EASEL_SHOWS_SOURCE : LIMN_EASEL_SHOWS_OTHER;
}

/* A thumbnail that stands in for a frame, or a preview of half the size, is no picture to paint on. */
gboolean
limn_window_can_use_picture (LimnWindow *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  LimnImage *picture = limn_canvas_get_picture (self->canvas);
  guint shown;

  g_object_get (self->easel, "shown", &shown, NULL);
  if (!picture || shown == LIMN_EASEL_SHOWS_NOTHING || shown == LIMN_EASEL_SHOWS_SOURCE)
    return FALSE;
  return !reel || (limn_filmstrip_is_settled (self->filmstrip) && limn_image_get_width (picture) == limn_reel_get_request (reel)->width &&
                   limn_image_get_height (picture) == limn_reel_get_request (reel)->height);
}

static void
enable (LimnWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  /* Not there yet while the window is put together. */
  if (action)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
limn_window_update_easel (LimnWindow *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  LimnEaselShown shown = find_shown (self);
  gboolean can_use, comparing, has_mask = limn_easel_get_mask (self->easel) != NULL;
  gboolean is_made = shown == LIMN_EASEL_SHOWS_RESULT || shown == LIMN_EASEL_SHOWS_GROWN;

  g_object_set (self->easel, "shown", shown, NULL);
  can_use = limn_window_can_use_picture (self);
  g_object_get (self->canvas, "comparing", &comparing, NULL);
  /* It would lie over the name of one of the two. */
  gtk_widget_set_visible (self->go_on_button, can_use && is_made && !comparing && reel && !limn_reel_is_live (reel));
  gtk_widget_set_tooltip_text (self->compare_button, is_made ? _("Compare with the picture that it was made of, under a slider")
                                                             : _("Compare with another picture, side by side under a slider"));
  enable (self, "compare", shown != LIMN_EASEL_SHOWS_NOTHING);
  enable (self, "compare-with", shown != LIMN_EASEL_SHOWS_NOTHING);
  enable (self, "use-picture", can_use);
  enable (self, "show-source", has_mask);
  enable (self, "remove-source", has_mask);
  enable (self, "load-mask", has_mask);
  enable (self, "save-mask", has_mask);
  enable (self, "enlarge", can_use || shown == LIMN_EASEL_SHOWS_SOURCE);
  enable (self, "colorize", can_use || shown == LIMN_EASEL_SHOWS_SOURCE);
  enable (self, "restore-jpeg", !reel && limn_studio_get_path (self->studio) && shown != LIMN_EASEL_SHOWS_NOTHING);
}

/* --- What is done --- */

void
limn_window_use_picture (LimnWindow *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  guint step = limn_filmstrip_get_step (self->filmstrip);
  guint tool;

  if (!limn_window_can_use_picture (self))
    return;
  /* A step half-way is another picture than that in the file. */
  limn_studio_use_picture (self->studio, limn_canvas_get_picture (self->canvas),
                           reel && step > 0 && step < limn_reel_get_n_steps (reel) ? NULL : limn_studio_get_path (self->studio));
  g_object_get (self->easel, "tool", &tool, NULL);
  if (tool == LIMN_TOOL_HAND)
    g_object_set (self->easel, "tool", LIMN_TOOL_BRUSH, NULL);
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

void
limn_window_pick_brush (LimnWindow *self)
{
  if (limn_easel_can_mark (self->easel))
    g_object_set (self->easel, "tool", LIMN_TOOL_BRUSH, NULL);
  else
    limn_window_use_picture (self);
}

gboolean
limn_window_compare_source (LimnWindow *self)
{
  guint shown;

  g_object_get (self->easel, "shown", &shown, NULL);
  if (shown != LIMN_EASEL_SHOWS_RESULT && shown != LIMN_EASEL_SHOWS_GROWN)
    return FALSE;
  /* Translators: stand on two pictures that are compared: what the other was made of, and what was made. */
  limn_canvas_set_compare_names (self->canvas, _("Before"), _("After"));
  limn_canvas_compare (self->canvas, limn_easel_get_picture (self->easel));
  return TRUE;
}

void
limn_window_finish (LimnWindow *self, LimnFinish finish, guint factor)
{
  LimnImage *picture = limn_canvas_get_picture (self->canvas);

  if (picture)
    limn_studio_finish (self->studio, finish, picture, limn_studio_get_path (self->studio), factor);
}

/* --- Masks from and to files --- */

static void
read_mask (LimnWindow *self, const char *path, LimnEaselFit fit);

static void
on_fit_chosen (GtkWidget *dialog, const char *response, LimnWindow *self)
{
  const char *path = g_object_get_data (G_OBJECT (dialog), "limn-path");

  if (!limn_easel_get_mask (self->easel))
    return;
  if (g_str_equal (response, "scale"))
    read_mask (self, path, LIMN_EASEL_FIT_SCALE);
  else if (g_str_equal (response, "pad"))
    read_mask (self, path, LIMN_EASEL_FIT_PAD);
}

static void
ask_how_to_fit (LimnWindow *self, const char *path, const char *why)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _("The Mask Has Another Size"), NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);
  /* Translators: %s is a sentence that names both sizes. */
  g_autofree char *body = g_strdup_printf (_("%s It can be scaled to the picture, or laid on it as it is, from its upper left corner on: "
                                             "then what it does not cover is not marked."), why);

  adw_message_dialog_set_body (message, body);
  adw_message_dialog_add_responses (message, "cancel", _("_Cancel"), "pad", _("_Lay On"), "scale", _("_Scale"), NULL);
  adw_message_dialog_set_default_response (message, "scale");
  adw_message_dialog_set_close_response (message, "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "limn-path", g_strdup (path), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_fit_chosen), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

typedef struct
{
  LimnWindow *self;
  char       *path;
} Reading;

static void
on_mask_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Reading *reading = data;
  g_autoptr(GError) error = NULL;

  if (!limn_easel_load_mask_finish (LIMN_EASEL (source), result, &error) && reading->self->studio)
    {
      if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_SHAPE))
        ask_how_to_fit (reading->self, reading->path, error->message);
      else
        limn_studio_say_error (reading->self->studio, error);
    }
  g_object_unref (reading->self);
  g_free (reading->path);
  g_free (reading);
}

static void
read_mask (LimnWindow *self, const char *path, LimnEaselFit fit)
{
  Reading *reading = g_new (Reading, 1);

  *reading = (Reading){ g_object_ref (self), g_strdup (path) };
  limn_easel_load_mask_async (self->easel, path, fit, on_mask_read, reading);
}

static void
on_load_chosen (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT && limn_easel_get_mask (self->easel))
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      read_mask (self, g_file_peek_path (file), LIMN_EASEL_FIT_ASK);
    }
  g_object_unref (dialog);
}

void
limn_window_load_mask (LimnWindow *self)
{
  GtkFileChooserNative *chooser = limn_window_new_picture_chooser (self, _("Load a Mask"));

  g_signal_connect (chooser, "response", G_CALLBACK (on_load_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_mask_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnWindow) self = data;
  g_autoptr(GError) error = NULL;

  if (!self->studio)
    return;
  if (limn_easel_save_mask_finish (LIMN_EASEL (source), result, &error))
    limn_studio_say (self->studio, _("Mask saved"));
  else
    limn_studio_say_error (self->studio, error);
}

static void
on_save_chosen (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT && limn_easel_get_mask (self->easel))
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      limn_easel_save_mask_async (self->easel, g_file_peek_path (file), on_mask_saved, g_object_ref (self));
    }
  g_object_unref (dialog);
}

void
limn_window_save_mask (LimnWindow *self)
{
  GtkFileChooserNative *chooser =
    gtk_file_chooser_native_new (_("Save the Mask"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  /* Translators: the proposed name of a file. */
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), _("mask.png"));
  g_signal_connect (chooser, "response", G_CALLBACK (on_save_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- The easel --- */

void
limn_window_watch_easel (LimnWindow *self)
{
  g_signal_connect_object (self->easel, "notify::picture", G_CALLBACK (limn_window_update_easel), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filmstrip, "notify::settled", G_CALLBACK (limn_window_update_easel), self, G_CONNECT_SWAPPED);
}
