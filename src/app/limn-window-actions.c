/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One table says what every action of the window is called, which keys call it, and where the window of shortcuts lists it. Keys without
 * a modifier would be typed into the prompt, so they act only while the canvas or the filmstrip has the focus (ON_CANVAS). */
#include "config.h"

#include "app/limn-export-dialog.h"
#include "app/limn-files.h"
#include "app/limn-opening.h"
#include "app/limn-window-private.h"

#include <glib/gi18n.h>

/* Characters of a prompt that fit beside each other over two halves of a picture. */
#define COMPARE_NAME_LENGTH 40

typedef enum
{
  GROUP_NONE, /* not listed */
  GROUP_PAINTING,
  GROUP_CHANGING,
  GROUP_LOOKING,
  GROUP_STEPS,
  GROUP_PICTURES,
  GROUP_GENERAL,
  N_GROUPS,
} Group;

typedef enum
{
  ALWAYS,
  ON_CANVAS,
} Where;

typedef void (*Handler) (LimnWindow *self, GVariant *parameter);

/* @name: with its prefix; @handler: NULL for an action of the application or of a widget inside; @type: of the parameter */
typedef struct
{
  const char *name;
  Handler     handler;
  const char *type;
  const char *accels[4];
  Where       where;
  Group       group;
  const char *title;
} Action;

/* --- Painting --- */

static gboolean
is_on_page (LimnWindow *self, const char *page)
{
  return g_strcmp0 (adw_view_stack_get_visible_child_name (self->pages), page) == 0;
}

/* The page that blends paints its own. The tree grows where it is looked at; else what is painted is to be seen. */
static void
paint (LimnWindow *self, GVariant *parameter)
{
  if (is_on_page (self, "blend"))
    {
      gtk_widget_activate_action (GTK_WIDGET (self->blend_page), "blend.paint", NULL);
      return;
    }
  if (!is_on_page (self, "branches"))
    limn_window_show_page (self, "picture");
  limn_studio_paint (self->studio);
}

static void
steer (LimnWindow *self, GVariant *parameter)
{
  limn_studio_steer (self->studio);
}

static void
stop (LimnWindow *self, GVariant *parameter)
{
  limn_job_queue_stop (limn_studio_get_queue (self->studio));
}

static void
pause_or_resume (LimnWindow *self, GVariant *parameter)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);

  limn_job_queue_set_paused (queue, !limn_job_queue_is_paused (queue));
}

static void
resume (LimnWindow *self, GVariant *parameter)
{
  limn_job_queue_set_paused (limn_studio_get_queue (self->studio), FALSE);
}

static void
roll_seed (LimnWindow *self, GVariant *parameter)
{
  limn_draft_roll_seed (limn_studio_get_draft (self->studio));
}

static void
show_painting (LimnWindow *self, GVariant *parameter)
{
  limn_window_show_page (self, "picture");
  limn_studio_show_painting (self->studio);
}

static void
focus_prompt (LimnWindow *self, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt_bar));
}

static void
focus_canvas (LimnWindow *self, GVariant *parameter)
{
  limn_window_show_page (self, "picture");
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

/* --- Looking --- */

static void
show_page (LimnWindow *self, GVariant *parameter)
{
  const char *page = g_variant_get_string (parameter, NULL);

  if (adw_view_stack_get_child_by_name (self->pages, page))
    limn_window_show_page (self, page);
}

static void
show_sheet (LimnWindow *self, GVariant *parameter)
{
  limn_sheet_page_show_sheet_of (self->sheet_page, g_variant_get_bytestring (parameter));
}

static void
toggle_fit (LimnWindow *self, GVariant *parameter)
{
  gboolean fit;

  g_object_get (self->canvas, "fit", &fit, NULL);
  g_action_group_activate_action (limn_canvas_get_actions (self->canvas), fit ? "actual-size" : "fit", NULL);
}

static void
toggle_fullscreen (LimnWindow *self, GVariant *parameter)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (self)))
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
}

static void
toggle_gallery (LimnWindow *self, GVariant *parameter)
{
  adw_flap_set_reveal_flap (self->gallery_flap, !adw_flap_get_reveal_flap (self->gallery_flap));
}

static void
find_picture (LimnWindow *self, GVariant *parameter)
{
  adw_flap_set_reveal_flap (self->gallery_flap, TRUE);
  limn_gallery_focus_search (self->gallery);
}

static void
toggle_settings (LimnWindow *self, GVariant *parameter)
{
  adw_flap_set_reveal_flap (self->settings_flap, !adw_flap_get_reveal_flap (self->settings_flap));
}

static void
show_queue (LimnWindow *self, GVariant *parameter)
{
  gtk_menu_button_popup (self->queue_button);
}

/* --- Comparing --- */

/* Also where the canvas ends it by itself, having nothing to show any more. */
static void
on_comparing (LimnWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "compare");
  gboolean comparing;

  g_object_get (self->canvas, "comparing", &comparing, NULL);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (comparing));
  limn_window_update_easel (self);
}

/* What a picture is to its artist: the beginning of its prompt. (transfer full) (nullable) */
static char *
dup_compare_name (const LimnRequest *request)
{
  g_autofree char *line = request ? g_strstrip (g_strdelimit (g_strdup (request->prompt), "\r\n\t", ' ')) : NULL;

  if (!line || !*line)
    return NULL;
  if (g_utf8_strlen (line, -1) > COMPARE_NAME_LENGTH)
    {
      g_autofree char *beginning = g_utf8_substring (line, 0, COMPARE_NAME_LENGTH);

      return g_strconcat (g_strchomp (beginning), "…", NULL);
    }
  return g_steal_pointer (&line);
}

/* Where both have the same words, or none, the file says which is which. */
static void
show_compare_names (LimnWindow *self, const LimnOpening *opening)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  g_autofree char *other = dup_compare_name (opening->import ? opening->import->request : NULL);
  g_autofree char *shown = dup_compare_name (reel ? limn_reel_get_request (reel) : NULL);
  g_autofree char *file = g_filename_display_basename (opening->path);
  gboolean tells = other && g_strcmp0 (other, shown) != 0;

  /* Translators: stands on the picture that was there already, beside the one that it is compared with. */
  limn_canvas_set_compare_names (self->canvas, tells ? other : file, tells && shown ? shown : _("This picture"));
}

static void
on_compare_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnOpening) opening = limn_opening_read_finish (result, &error);

  if (opening)
    {
      show_compare_names (self, opening);
      limn_canvas_compare (self->canvas, opening->image);
    }
  else
    limn_studio_say_error (self->studio, error);
}

static void
compare_with (LimnWindow *self, const char *path)
{
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);

  /* The size in its settings is not asked for. */
  limn_opening_read_async (path, 1, stash, NULL, on_compare_read, g_object_ref (self));
}

static void
on_compare_chosen (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      if (g_file_peek_path (file))
        compare_with (self, g_file_peek_path (file));
      else
        limn_studio_say (self->studio, _("Only pictures on this computer can be opened."));
    }
  g_object_unref (dialog);
}

static void
add_picture_filter (GtkFileChooser *chooser)
{
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _("Pictures"));
  gtk_file_filter_add_mime_type (filter, "image/png");
  gtk_file_filter_add_mime_type (filter, "image/jpeg");
  gtk_file_filter_add_mime_type (filter, "image/webp");
  gtk_file_chooser_add_filter (chooser, filter);
}

/* At the folder of what was made; a folder that is not there yet is no start. */
GtkFileChooserNative *
limn_window_new_picture_chooser (LimnWindow *self, const char *title)
{
  GtkFileChooserNative *chooser =
    gtk_file_chooser_native_new (title, GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  g_autoptr(GFile) folder = g_file_new_for_path (limn_studio_get_folder (self->studio));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  add_picture_filter (GTK_FILE_CHOOSER (chooser));
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), folder, NULL);
  return chooser;
}

static void
compare (LimnWindow *self, GVariant *parameter)
{
  gboolean comparing;
  GtkFileChooserNative *chooser;

  limn_window_show_page (self, "picture");
  g_object_get (self->canvas, "comparing", &comparing, NULL);
  if (comparing)
    {
      limn_canvas_compare (self->canvas, NULL);
      return;
    }
  if (limn_window_compare_source (self))
    return;
  chooser = limn_window_new_picture_chooser (self, _("Compare With"));
  g_signal_connect (chooser, "response", G_CALLBACK (on_compare_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
compare_with_path (LimnWindow *self, GVariant *parameter)
{
  compare_with (self, g_variant_get_bytestring (parameter));
}

/* --- The picture to change --- */

static void
use_picture (LimnWindow *self, GVariant *parameter)
{
  limn_window_show_page (self, "picture");
  limn_window_use_picture (self);
}

static void
pick_brush (LimnWindow *self, GVariant *parameter)
{
  limn_window_pick_brush (self);
}

static void
show_source (LimnWindow *self, GVariant *parameter)
{
  limn_window_show_page (self, "picture");
  limn_studio_show_source (self->studio);
}

static void
remove_source (LimnWindow *self, GVariant *parameter)
{
  limn_easel_remove (self->easel);
}

static void
on_source_chosen (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      limn_studio_use_file (self->studio, g_file_peek_path (file));
    }
  g_object_unref (dialog);
}

static void
open_source (LimnWindow *self, GVariant *parameter)
{
  GtkFileChooserNative *chooser = limn_window_new_picture_chooser (self, _("Open a Picture to Change"));

  g_signal_connect (chooser, "response", G_CALLBACK (on_source_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
load_mask (LimnWindow *self, GVariant *parameter)
{
  limn_window_load_mask (self);
}

static void
save_mask (LimnWindow *self, GVariant *parameter)
{
  limn_window_save_mask (self);
}

static void
enlarge (LimnWindow *self, GVariant *parameter)
{
  limn_window_finish (self, LIMN_FINISH_ENLARGE, g_variant_get_uint32 (parameter));
}

static void
colorize (LimnWindow *self, GVariant *parameter)
{
  limn_window_finish (self, LIMN_FINISH_COLORIZE, 1);
}

static void
restore_jpeg (LimnWindow *self, GVariant *parameter)
{
  limn_window_finish (self, LIMN_FINISH_RESTORE_JPEG, 1);
}

/* --- Pictures --- */

static void
on_open_chosen (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      if (g_file_peek_path (file))
        limn_studio_import (self->studio, g_file_peek_path (file));
      else
        limn_studio_say (self->studio, _("Only pictures on this computer can be opened."));
    }
  g_object_unref (dialog);
}

static void
open_picture (LimnWindow *self, GVariant *parameter)
{
  GtkFileChooserNative *chooser = limn_window_new_picture_chooser (self, _("Open a Picture"));

  g_signal_connect (chooser, "response", G_CALLBACK (on_open_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
copy_picture (LimnWindow *self, GVariant *parameter)
{
  LimnImage *image = limn_canvas_get_picture (self->canvas);
  g_autoptr(GdkTexture) texture = image ? limn_files_new_texture (image) : NULL;

  if (!texture)
    return;
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (self)), texture);
  limn_studio_say (self->studio, _("Picture copied to the clipboard"));
}

static void
show_in_files (LimnWindow *self, GVariant *parameter)
{
  limn_files_show (GTK_WINDOW (self), limn_studio_get_path (self->studio));
}

static void
export_picture (LimnWindow *self, GVariant *parameter)
{
  limn_export_dialog_show (GTK_WINDOW (self), self->studio, limn_studio_get_path (self->studio));
}

static void
export_file (LimnWindow *self, GVariant *parameter)
{
  limn_export_dialog_show (GTK_WINDOW (self), self->studio, g_variant_get_bytestring (parameter));
}

static void
show_notes (LimnWindow *self, GVariant *parameter)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _("Not Brought Back"), NULL);
  g_autofree const char **notes = g_variant_get_strv (parameter, NULL);
  g_autofree char *body = g_strjoinv ("\n\n", (char **) notes);

  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog), body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- Trouble --- */

static void
retry_saving (LimnWindow *self, GVariant *parameter)
{
  limn_keeper_retry (limn_studio_get_keeper (self->studio));
}

static void
on_folder_chosen (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      limn_studio_choose_folder (self->studio, g_file_peek_path (file));
    }
  g_object_unref (dialog);
}

static void
choose_folder (LimnWindow *self, GVariant *parameter)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_("Where Pictures Are Saved"), GTK_WINDOW (self),
                                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_folder_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
dismiss_processor_notice (LimnWindow *self, GVariant *parameter)
{
  g_settings_set_boolean (limn_studio_get_settings (self->studio), "processor-banner", FALSE);
}

/* --- The table --- */

static const char *const groups[N_GROUPS] = {
  NULL,
  N_("Painting"),
  N_("Changing a Picture"),
  N_("Looking"),
  N_("Steps"),
  N_("Pictures"),
  N_("General"),
};

/* Those of "mask" are the easel's, "mask.undo" and the like only on the canvas: in a text field Ctrl+Z is the field's. Ctrl+Up and Ctrl+Down belong to the text fields of the prompt; they are here to be listed. */
static const Action actions[] = {
  { "win.paint", paint, NULL, { "<Control>Return", "<Control>KP_Enter" }, ALWAYS, GROUP_PAINTING, N_("Paint, or add to the queue") },
  { "win.steer", steer, NULL, { "<Control><Shift>Return", "<Control><Shift>KP_Enter" }, ALWAYS, GROUP_PAINTING, N_("Change what is being painted, from the next step on") },
  { "win.stop", stop, NULL, { "<Control>period" }, ALWAYS, GROUP_PAINTING, N_("Stop and keep what there is") },
  { "win.pause", pause_or_resume, NULL, { "<Control><Shift>p", "Pause" }, ALWAYS, GROUP_PAINTING, N_("Pause or go on") },
  { "win.roll-seed", roll_seed, NULL, { "<Control>d" }, ALWAYS, GROUP_PAINTING, N_("Another seed") },
  { "win.focus-prompt", focus_prompt, NULL, { "<Control>l" }, ALWAYS, GROUP_PAINTING, N_("Go to the prompt") },
  { "prompt.weigh-up", NULL, NULL, { "<Control>Up" }, ON_CANVAS, GROUP_PAINTING, N_("Give the word at the cursor more weight") },
  { "prompt.weigh-down", NULL, NULL, { "<Control>Down" }, ON_CANVAS, GROUP_PAINTING, N_("Give the word at the cursor less weight") },
  { "win.resume", resume },

  { "win.use-picture", use_picture, NULL, { "<Control>u" }, ALWAYS, GROUP_CHANGING, N_("Paint on this picture, go on from it") },
  { "win.pick-brush", pick_brush, NULL, { "b" }, ON_CANVAS, GROUP_CHANGING, N_("Brush (on the canvas)") },
  { "mask.tool::eraser", NULL, NULL, { "e" }, ON_CANVAS, GROUP_CHANGING, N_("Eraser (on the canvas)") },
  { "mask.swap", NULL, NULL, { "x" }, ON_CANVAS, GROUP_CHANGING, N_("Brush or eraser (on the canvas)") },
  { "mask.smaller", NULL, NULL, { "bracketleft" }, ON_CANVAS, GROUP_CHANGING, N_("Smaller brush (on the canvas; also Ctrl and the wheel)") },
  { "mask.larger", NULL, NULL, { "bracketright" }, ON_CANVAS, GROUP_CHANGING, N_("Larger brush (on the canvas; also Ctrl and the wheel)") },
  { "mask.tool::lasso", NULL, NULL, { "a" }, ON_CANVAS, GROUP_CHANGING, N_("Lasso (on the canvas)") },
  { "mask.tool::rectangle", NULL, NULL, { "r" }, ON_CANVAS, GROUP_CHANGING, N_("Rectangle (on the canvas)") },
  { "mask.tool::fill", NULL, NULL, { "f" }, ON_CANVAS, GROUP_CHANGING, N_("Fill by colour (on the canvas)") },
  { "mask.tool::grow", NULL, NULL, { "g" }, ON_CANVAS, GROUP_CHANGING, N_("Extend the canvas") },
  { "mask.tool::hand", NULL, NULL, { "h" }, ON_CANVAS, GROUP_CHANGING, N_("Look, and drag the picture about (on the canvas)") },
  { "mask.undo", NULL, NULL, { "<Control>z" }, ON_CANVAS, GROUP_CHANGING, N_("Undo a stroke (on the canvas)") },
  { "mask.redo", NULL, NULL, { "<Control><Shift>z", "<Control>y" }, ON_CANVAS, GROUP_CHANGING, N_("Redo a stroke (on the canvas)") },
  { "mask.show", NULL, NULL, { "m" }, ON_CANVAS, GROUP_CHANGING, N_("Show what is marked (on the canvas)") },
  { "mask.invert", NULL, NULL, { "i" }, ON_CANVAS, GROUP_CHANGING, N_("Invert what is marked (on the canvas)") },
  { "mask.clear", NULL, NULL, { "<Control><Shift>a" }, ON_CANVAS, GROUP_CHANGING, N_("Mark nothing (on the canvas)") },
  { "win.show-source", show_source, NULL, { "<Control><Shift>u" }, ALWAYS, GROUP_CHANGING, N_("Back to the picture to change") },
  { "win.open-source", open_source },
  { "win.remove-source", remove_source },
  { "win.load-mask", load_mask },
  { "win.save-mask", save_mask },
  { "win.enlarge", enlarge, "u" },
  { "win.colorize", colorize },
  { "win.restore-jpeg", restore_jpeg },
  { "win.show-painting", show_painting },

  { "win.page", show_page, "s" },
  { "win.page::picture", NULL, NULL, { "<Alt>1" }, ALWAYS, GROUP_LOOKING, N_("The picture and its steps") },
  { "win.page::sheet", NULL, NULL, { "<Alt>2" }, ALWAYS, GROUP_LOOKING, N_("Many pictures on a sheet") },
  { "win.page::blend", NULL, NULL, { "<Alt>3" }, ALWAYS, GROUP_LOOKING, N_("Between pictures") },
  { "win.page::branches", NULL, NULL, { "<Alt>4" }, ALWAYS, GROUP_LOOKING, N_("Branches of the picture") },
  { "canvas.zoom-in", NULL, NULL, { "<Control>plus", "<Control>equal", "<Control>KP_Add" }, ALWAYS, GROUP_LOOKING, N_("Zoom in") },
  { "canvas.zoom-out", NULL, NULL, { "<Control>minus", "<Control>KP_Subtract" }, ALWAYS, GROUP_LOOKING, N_("Zoom out") },
  { "canvas.fit", NULL, NULL, { "<Control>0", "<Control>KP_0" }, ALWAYS, GROUP_LOOKING, N_("Show the whole picture") },
  { "canvas.actual-size", NULL, NULL, { "<Control>1", "<Control>KP_1" }, ALWAYS, GROUP_LOOKING, N_("Show every pixel") },
  { "win.toggle-fit", toggle_fit },
  { "win.compare", compare, NULL, { "<Control><Shift>d" }, ALWAYS, GROUP_LOOKING, N_("Compare with another picture") },
  { "win.compare-with", compare_with_path, "ay" },
  { "win.show-sheet", show_sheet, "ay" },
  { "sheet.large", NULL, NULL, { "space" }, ON_CANVAS, GROUP_LOOKING, N_("One picture large, and back (on a sheet)") },
  { "win.focus-canvas", focus_canvas, NULL, { "<Control><Shift>l" }, ALWAYS, GROUP_LOOKING, N_("Go to the canvas") },
  { "win.fullscreen", toggle_fullscreen, NULL, { "F11" }, ALWAYS, GROUP_LOOKING, N_("Full screen") },

  { "film.play", NULL, NULL, { "k" }, ON_CANVAS, GROUP_STEPS, N_("Play the steps (on the canvas or the filmstrip)") },
  { "film.previous", NULL, NULL, { "comma", "j" }, ON_CANVAS, GROUP_STEPS, N_("Step before (on the canvas or the filmstrip)") },
  { "film.next", NULL, NULL, { "period", "l" }, ON_CANVAS, GROUP_STEPS, N_("Step after (on the canvas or the filmstrip)") },
  { "film.branch", NULL, NULL, { "n" }, ON_CANVAS, GROUP_STEPS, N_("Branch at this step (on the canvas or the filmstrip)") },
  { "film.keep-step", NULL, NULL, { "<Control>s" }, ALWAYS, GROUP_STEPS, N_("Keep this step as a picture") },

  { "win.open", open_picture, NULL, { "<Control>o" }, ALWAYS, GROUP_PICTURES, N_("Open a picture with its settings") },
  { "win.find", find_picture, NULL, { "<Control>f" }, ALWAYS, GROUP_PICTURES, N_("Search in the gallery") },
  { "gallery.import", NULL, NULL, { "<Control>i" }, ON_CANVAS, GROUP_PICTURES, N_("Bring a picture's settings back (in the gallery)") },
  { "gallery.toggle-star", NULL, NULL, { "<Control>b" }, ON_CANVAS, GROUP_PICTURES, N_("Star (in the gallery)") },
  { "gallery.delete", NULL, NULL, { "Delete" }, ON_CANVAS, GROUP_PICTURES, N_("Move to the wastebasket (in the gallery)") },
  { "gallery.undo-delete", NULL, NULL, { "<Control>z" }, ON_CANVAS, GROUP_PICTURES, N_("Undo that (in the gallery)") },
  { "win.copy", copy_picture, NULL, { "<Control><Shift>c" }, ALWAYS, GROUP_PICTURES, N_("Copy the picture") },
  { "win.export", export_picture, NULL, { "<Control><Shift>e" }, ALWAYS, GROUP_PICTURES, N_("Export the picture") },
  { "win.export-file", export_file, "ay" },
  { "win.show-in-files", show_in_files },
  { "win.show-notes", show_notes, "as" },
  { "win.retry-saving", retry_saving },
  { "win.choose-folder", choose_folder },
  { "win.dismiss-processor-notice", dismiss_processor_notice },

  { "win.toggle-gallery", toggle_gallery, NULL, { "F9" }, ALWAYS, GROUP_GENERAL, N_("Gallery") },
  { "win.toggle-settings", toggle_settings, NULL, { "<Shift>F9" }, ALWAYS, GROUP_GENERAL, N_("Settings of the picture") },
  { "win.show-queue", show_queue, NULL, { "<Control><Shift>q" }, ALWAYS, GROUP_GENERAL, N_("Queue") },
  { "app.preferences", NULL, NULL, { "<Control>comma" }, ALWAYS, GROUP_GENERAL, N_("Preferences") },
  { "win.show-help-overlay", NULL, NULL, { "<Control>question" }, ALWAYS, GROUP_GENERAL, N_("Keyboard shortcuts") },
  { "app.help", NULL, NULL, { "F1" }, ALWAYS, GROUP_GENERAL, N_("Help") },
  { "app.quit", NULL, NULL, { "<Control>q" }, ALWAYS, GROUP_GENERAL, N_("Quit") },
};

static void
on_activate (GSimpleAction *simple, GVariant *parameter, gpointer data)
{
  const Action *action = g_object_get_data (G_OBJECT (simple), "limn-action");

  action->handler (data, parameter);
}

/* The film's on the filmstrip too; of the others those that are not some other widget's. */
static gboolean
is_on_canvas (const Action *action, gboolean filmstrip)
{
  return action->where == ON_CANVAS &&
         (g_str_has_prefix (action->name, "film.") ||
          (!filmstrip && (g_str_has_prefix (action->name, "mask.") || g_str_has_prefix (action->name, "win."))));
}

static GtkShortcut *
new_shortcut (const Action *action, const char *accel)
{
  g_autofree char *name = NULL;
  g_autoptr(GVariant) target = NULL;
  GtkShortcut *shortcut;

  g_action_parse_detailed_name (action->name, &name, &target, NULL);
  shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (accel), gtk_named_action_new (name));
  gtk_shortcut_set_arguments (shortcut, target);
  return shortcut;
}

/* Keys without a modifier, for those widgets in which nothing is typed. */
static GtkEventController *
new_canvas_keys (gboolean filmstrip)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (controller), GTK_SHORTCUT_SCOPE_LOCAL);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (is_on_canvas (&actions[i], filmstrip))
      for (guint j = 0; actions[i].accels[j]; j++)
        gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), new_shortcut (&actions[i], actions[i].accels[j]));
  return controller;
}

void
limn_window_install_actions (LimnWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      const Action *action = &actions[i];
      g_autoptr(GSimpleAction) simple = NULL;
      g_autoptr(GVariantType) type = action->type ? g_variant_type_new (action->type) : NULL;
      const char *name = strchr (action->name, '.') + 1;

      if (!action->handler)
        continue;
      simple = action->handler == compare ? g_simple_action_new_stateful (name, NULL, g_variant_new_boolean (FALSE))
                                          : g_simple_action_new (name, type);
      g_object_set_data (G_OBJECT (simple), "limn-action", (gpointer) action);
      g_signal_connect (simple, "activate", G_CALLBACK (on_activate), self);
      g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (simple));
    }
  gtk_widget_insert_action_group (GTK_WIDGET (self), "canvas", limn_canvas_get_actions (self->canvas));
  g_signal_connect_object (self->canvas, "notify::comparing", G_CALLBACK (on_comparing), self, G_CONNECT_SWAPPED);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "mask", limn_easel_get_actions (self->easel));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "film", limn_filmstrip_get_actions (self->filmstrip));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "gallery", limn_gallery_get_actions (self->gallery));
  gtk_widget_add_controller (GTK_WIDGET (self->canvas), new_canvas_keys (FALSE));
  gtk_widget_add_controller (GTK_WIDGET (self->filmstrip), new_canvas_keys (TRUE));
}

static void
enable (LimnWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), enabled);
}

void
limn_window_update_actions (LimnWindow *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (queue));
  g_autoptr(LimnJob) first = g_list_model_get_item (G_LIST_MODEL (queue), 0);
  gboolean begun = first && (limn_job_get_state (first) == LIMN_JOB_PAINTING || limn_job_get_state (first) == LIMN_JOB_PAUSED);
  const char *path = limn_studio_get_path (self->studio);

  enable (self, "stop", begun);
  enable (self, "pause", n > 0);
  enable (self, "resume", limn_job_queue_is_paused (queue));
  enable (self, "show-in-files", path != NULL);
  enable (self, "export", path != NULL);
  enable (self, "copy", limn_canvas_get_picture (self->canvas) != NULL);
  limn_window_update_easel (self);
}

void
limn_window_set_accels (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (actions[i].where == ALWAYS && actions[i].accels[0])
      gtk_application_set_accels_for_action (application, actions[i].name, actions[i].accels);
}

GtkWidget *
limn_window_new_shortcuts (void)
{
  GString *xml = g_string_new ("<interface><object class=\"GtkShortcutsWindow\" id=\"shortcuts\"><property name=\"modal\">1</property>"
                               "<child><object class=\"GtkShortcutsSection\"><property name=\"section-name\">all</property>"
                               "<property name=\"max-height\">12</property>");
  g_autoptr(GtkBuilder) builder = NULL;
  g_autofree char *text = NULL;

  /* GtkShortcutsWindow can be filled by a GtkBuilder only before GTK 4.14. */
  for (guint group = GROUP_PAINTING; group < N_GROUPS; group++)
    {
      g_autofree char *title = g_markup_escape_text (_(groups[group]), -1);

      g_string_append_printf (xml, "<child><object class=\"GtkShortcutsGroup\"><property name=\"title\">%s</property>", title);
      for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
        if (actions[i].group == group)
          {
            g_autofree char *what = g_markup_escape_text (_(actions[i].title), -1);
            g_autofree char *accel = g_markup_escape_text (actions[i].accels[0], -1);

            g_string_append_printf (xml,
                                    "<child><object class=\"GtkShortcutsShortcut\"><property name=\"title\">%s</property>"
                                    "<property name=\"accelerator\">%s</property></object></child>",
                                    what, accel);
          }
      g_string_append (xml, "</object></child>");
    }
  g_string_append (xml, "</object></child></object></interface>");
  text = g_string_free (xml, FALSE);
  builder = gtk_builder_new_from_string (text, -1);
  return GTK_WIDGET (gtk_builder_get_object (builder, "shortcuts"));
}
