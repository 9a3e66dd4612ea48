/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-window-private.h"

#include "app/limn-words.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (LimnWindow, limn_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- The canvas --- */

/* The filmstrip's frame where there is one, else the picture alone. */
static void
update_canvas (LimnWindow *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  LimnImage *frame = reel ? limn_filmstrip_get_frame (self->filmstrip) : NULL;
  g_autofree char *name = NULL;

  if (!frame)
    frame = limn_studio_get_picture (self->studio);
  /* A reel that has just begun has nothing to show yet: what was there stays until it has. */
  if (!frame && reel)
    {
      gtk_widget_set_visible (self->hint, FALSE);
      return;
    }
  if (frame && reel)
    limn_canvas_set_frame (self->canvas, frame, limn_reel_get_request (reel)->width, limn_reel_get_request (reel)->height);
  else
    limn_canvas_set_picture (self->canvas, frame);
  gtk_widget_set_visible (self->hint, frame == NULL);
  limn_window_update_easel (self);

  if (reel)
    /* Translators: what a screen reader says of the picture on the canvas; %s is the prompt. */
    name = g_strdup_printf (_("Picture: %s"), limn_reel_get_request (reel)->prompt);
  limn_canvas_set_name (self->canvas, name ? name : _("Picture"));
}

/* The steps are those of the picture, and a page that blends has words of its own. */
static void
update_parts (LimnWindow *self)
{
  const char *page = adw_view_stack_get_visible_child_name (self->pages);

  gtk_widget_set_visible (GTK_WIDGET (self->filmstrip),
                          limn_studio_get_reel (self->studio) != NULL && g_strcmp0 (page, "picture") == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->prompt_bar), g_strcmp0 (page, "blend") != 0);
  /* The keys for it act on what is looked at. */
  gtk_widget_insert_action_group (GTK_WIDGET (self), "canvas",
                                  g_strcmp0 (page, "sheet") == 0 ? limn_sheet_page_get_view_actions (self->sheet_page)
                                                                 : limn_canvas_get_actions (self->canvas));
}

static void
on_shown_changed (LimnWindow *self)
{
  update_parts (self);
  update_canvas (self);
  limn_window_update_actions (self);
}

static void
on_zoom_changed (LimnWindow *self)
{
  g_autofree char *text = NULL;
  double zoom;

  g_object_get (self->canvas, "zoom", &zoom, NULL);
  /* Translators: the zoom of the canvas in percent. */
  text = g_strdup_printf (_("%.0f %%"), zoom * 100);
  gtk_label_set_label (self->zoom_label, text);
}

/* --- The pages --- */

void
limn_window_show_page (LimnWindow *self, const char *page)
{
  adw_view_stack_set_visible_child_name (self->pages, page);
}

/* Where the pages have no room in the header bar they are at the bottom, and the header bar has what is going on; else that is beside
 * them. */
static void
update_title (LimnWindow *self)
{
  GtkWidget *shown = adw_squeezer_get_visible_child (self->title_squeezer);
  gboolean has_pages = shown && shown != GTK_WIDGET (self->title);

  adw_view_switcher_bar_set_reveal (self->page_bar, !has_pages);
  gtk_widget_set_visible (self->status_squeezer, has_pages && *adw_window_title_get_subtitle (self->title) != '\0');
}

/* --- The queue --- */

static char *
describe_job (LimnJob *job)
{
  guint step = limn_job_get_step (job), n_steps = limn_job_get_n_steps (job);
  guint count = limn_job_get_n_pictures (job);
  double left = limn_job_get_seconds_left (job);
  g_autofree char *time = left >= 0 ? limn_words_seconds (left) : NULL;

  if (limn_job_get_state (job) == LIMN_JOB_SAVING)
    return g_strdup (_("Saving"));
  if (n_steps == 0)
    return g_strdup (_("Getting ready"));
  if (count > 1 && time)
    /* Translators: picture of a batch, then step, then the time that is left. */
    return g_strdup_printf (_("Picture %u of %u, step %u of %u, %s left"), limn_job_get_picture (job) + 1, count, step, n_steps, time);
  if (count > 1)
    return g_strdup_printf (_("Picture %u of %u, step %u of %u"), limn_job_get_picture (job) + 1, count, step, n_steps);
  if (time)
    /* Translators: step of the picture, then the time that is left. */
    return g_strdup_printf (_("Step %u of %u, %s left"), step, n_steps, time);
  return g_strdup_printf (_("Step %u of %u"), step, n_steps);
}

static void
update_progress (LimnWindow *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  LimnJob *job = limn_job_queue_get_running (queue);
  g_autofree char *text = NULL;
  double done = 0;

  gtk_widget_set_visible (GTK_WIDGET (self->progress), job != NULL);
  if (job)
    {
      /* A model that is being opened, or a step, first comes to its end: the artist's word has been heard all the same. */
      text = limn_job_queue_is_paused (queue) ? g_strdup (_("Paused")) : describe_job (job);
      if (limn_job_get_n_steps (job) > 0)
        done = (limn_job_get_picture (job) + (double) limn_job_get_step (job) / limn_job_get_n_steps (job)) /
               limn_job_get_n_pictures (job);
      gtk_progress_bar_set_fraction (self->progress, CLAMP (done, 0, 1));
    }
  else if (limn_job_queue_is_paused (queue) && g_list_model_get_n_items (G_LIST_MODEL (queue)) > 0)
    text = g_strdup (_("Paused"));
  adw_window_title_set_subtitle (self->title, text ? text : "");
  update_title (self);
}

static void
set_inhibited (LimnWindow *self, gboolean inhibited)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  if (!application || inhibited == (self->inhibit_cookie != 0))
    return;
  if (inhibited)
    self->inhibit_cookie = gtk_application_inhibit (application, GTK_WINDOW (self), GTK_APPLICATION_INHIBIT_SUSPEND,
                                                    _("A picture is being painted"));
  else
    {
      gtk_application_uninhibit (application, self->inhibit_cookie);
      self->inhibit_cookie = 0;
    }
}

/* The paused job at the head of the queue that an earlier start has left. One that ran in this window was paused by the artist, who knows. */
static LimnJob *
get_interrupted (LimnWindow *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  g_autoptr(LimnJob) first = g_list_model_get_item (G_LIST_MODEL (queue), 0);
  gboolean paused = first && limn_job_queue_is_paused (queue) && limn_job_get_state (first) == LIMN_JOB_PAUSED;

  return paused && first != self->last_run ? first : NULL;
}

/* As much of a prompt as fits on a line. */
#define EXCERPT_CHARACTERS 60

static char *
dup_excerpt (const char *prompt)
{
  g_autofree char *line = g_strdelimit (g_strdup (prompt), "\n\r\t", ' ');
  g_autofree char *start = NULL;

  if (g_utf8_strlen (line, -1) <= EXCERPT_CHARACTERS)
    return g_steal_pointer (&line);
  start = g_utf8_substring (line, 0, EXCERPT_CHARACTERS);
  return g_strconcat (start, "…", NULL);
}

static void
update_interrupted (LimnWindow *self)
{
  LimnJob *job = get_interrupted (self);

  if (job)
    {
      g_autofree char *excerpt = dup_excerpt (limn_job_get_request (job)->prompt);
      guint step = limn_job_get_step (job);
      g_autofree char *text =
        step > 0
          /* Translators: steps done, steps of the whole, beginning of the prompt. */
          ? g_strdup_printf (_("Interrupted at step %u of %u: “%s”"), step, limn_job_get_n_steps (job), excerpt)
          : g_strdup_printf (_("Interrupted: “%s”"), excerpt);

      limn_notice_set_text (self->interrupted_notice, text);
      g_object_set (self->interrupted_notice, "second-button-label", step > 0 ? _("Keep What There Is") : NULL, NULL);
    }
  limn_notice_set_revealed (self->interrupted_notice, job != NULL);
}

static void
update_queue (LimnWindow *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (queue));
  g_autofree char *count = g_strdup_printf ("%u", n);

  gtk_label_set_label (self->queue_count, count);
  gtk_widget_set_visible (GTK_WIDGET (self->queue_count), n > 0);
  set_inhibited (self, limn_job_queue_get_running (queue) != NULL);
  update_interrupted (self);
  update_progress (self);
  limn_window_update_actions (self);
}

/* The job's own properties, as long as it runs. */
static void
on_running_changed (LimnWindow *self)
{
  LimnJob *job = limn_job_queue_get_running (limn_studio_get_queue (self->studio));

  if (job)
    {
      g_set_weak_pointer (&self->last_run, job);
      g_signal_handlers_disconnect_by_func (job, update_progress, self);
      g_signal_connect_object (job, "notify", G_CALLBACK (update_progress), self, G_CONNECT_SWAPPED);
    }
  update_queue (self);
}

static void
on_job_ended (LimnJobQueue *queue, LimnJob *job, LimnWindow *self)
{
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
  g_autoptr(GNotification) notification = NULL;
  gboolean failed = limn_job_get_state (job) == LIMN_JOB_FAILED;

  if (!application || gtk_window_is_active (GTK_WINDOW (self)) || limn_job_get_state (job) == LIMN_JOB_STOPPED ||
      !g_settings_get_boolean (limn_studio_get_settings (self->studio), "notify-when-done"))
    return;
  notification = g_notification_new (failed ? _("A picture could not be painted") : _("The picture is done"));
  g_notification_set_body (notification, failed ? limn_job_get_message (job) : limn_job_get_request (job)->prompt);
  g_notification_set_default_action (notification, "app.activate");
  g_application_send_notification (application, "job", notification);
}

/* --- What is said --- */

static void
on_toast (LimnStudio *studio, const char *message, const char *action, const char *label, GVariant *target, LimnWindow *self)
{
  AdwToast *toast;
  g_autofree char *escaped = g_markup_escape_text (message, -1);

  /* Toasts wait for each other, five seconds each: of a hundred jobs that fail alike it is said once. The one that is there
   * stays: libadwaita 1.2 crashes where a toast is dismissed while it comes or goes. */
  if (self->toast && !action && g_str_equal (adw_toast_get_title (self->toast), escaped))
    return;
  /* A toast's title is markup. */
  toast = adw_toast_new (escaped);
  if (action)
    {
      adw_toast_set_action_name (toast, action);
      adw_toast_set_button_label (toast, label);
      if (target)
        adw_toast_set_action_target_value (toast, target);
    }
  g_set_weak_pointer (&self->toast, toast);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
on_trouble (LimnWindow *self)
{
  LimnKeeper *keeper = limn_studio_get_keeper (self->studio);
  g_autofree char *trouble = limn_keeper_dup_trouble (keeper);
  g_autofree char *state = g_path_get_dirname (limn_job_queue_get_steps_folder (limn_studio_get_queue (self->studio)));
  /* Another folder for the pictures would not help there. */
  gboolean own = limn_keeper_has_trouble_below (keeper, state) &&
                 !limn_keeper_has_trouble_below (keeper, limn_studio_get_folder (self->studio));

  if (trouble)
    {
      g_autofree char *shown = g_filename_display_name (state);
      g_autofree char *text =
        own ? g_strdup_printf (_("Limn cannot write into its own folder, “%s”, where it keeps the queue, your text and the steps of "
                                 "pictures. Until it can, these are only in memory: allow writing there, or free some space on that disk."),
                               shown)
            : g_strdup_printf (_("Not saved yet, but not lost: %s"), trouble);

      limn_notice_set_text (self->trouble_notice, text);
      g_object_set (self->trouble_notice, "second-button-label", own ? NULL : _("Choose Another Folder…"), NULL);
    }
  limn_notice_set_revealed (self->trouble_notice, trouble != NULL);
}

static void
on_refused (LimnWindow *self)
{
  limn_notice_set_revealed (self->refused_notice, limn_job_queue_is_refused (limn_studio_get_queue (self->studio)));
}

static void
on_inspection (LimnWindow *self)
{
  LimnInspection *inspection = limn_draft_get_inspection (limn_studio_get_draft (self->studio));

  limn_notice_set_revealed (self->processor_notice,
                            inspection && inspection->software &&
                              g_settings_get_boolean (limn_studio_get_settings (self->studio), "processor-banner"));
}

static void
on_following (LimnWindow *self)
{
  gtk_widget_set_visible (self->live_button, !limn_studio_is_following (self->studio));
}

/* --- Dropping a picture, or a model --- */

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, LimnWindow *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files ? g_file_get_path (files->data) : NULL;

  if (!path)
    {
      limn_studio_say (self->studio, _("Only files on this computer can be dropped here."));
      return FALSE;
    }
  if (limn_model_scan_is_worth_looking (path))
    limn_studio_open_model_file (self->studio, path);
  else
    limn_studio_import (self->studio, path);
  return TRUE;
}

/* --- The window --- */

static void
save_state (LimnWindow *self)
{
  GSettings *settings = limn_studio_get_settings (self->studio);
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (GTK_WINDOW (self)));
  if (!gtk_window_is_maximized (GTK_WINDOW (self)) && !gtk_window_is_fullscreen (GTK_WINDOW (self)))
    {
      g_settings_set_int (settings, "window-width", width);
      g_settings_set_int (settings, "window-height", height);
    }
}

static void
on_close_response (LimnWindow *self, const char *response)
{
  if (!g_str_equal (response, "close"))
    return;
  self->loses_files = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

/* Only where it would be lost: a picture whose steps are kept is saved at the next start. */
static void
ask_before_losing (LimnWindow *self)
{
  LimnKeeper *keeper = limn_studio_get_keeper (self->studio);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _("Not Everything Is Saved"), NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);
  guint n = limn_keeper_get_n_waiting (keeper);
  g_autofree char *trouble = limn_keeper_dup_trouble (keeper);
  /* Translators: %s is one or more whole sentences that say why, and what can be done. */
  g_autofree char *body = g_strdup_printf (ngettext ("%u file is only in memory and will be lost. %s",
                                                     "%u files are only in memory and will be lost. %s", n),
                                           n, trouble ? trouble : "");

  adw_message_dialog_set_body (message, body);
  adw_message_dialog_add_responses (message, "stay", _("_Stay"), "close", _("_Close Anyway"), NULL);
  adw_message_dialog_set_response_appearance (message, "close", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (message, "stay");
  adw_message_dialog_set_close_response (message, "stay");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_response), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
limn_window_close_request (GtkWindow *window)
{
  LimnWindow *self = LIMN_WINDOW (window);

  if (!self->loses_files && !limn_studio_can_close (self->studio))
    {
      ask_before_losing (self);
      return GDK_EVENT_STOP;
    }
  save_state (self);
  set_inhibited (self, FALSE);
  return GTK_WINDOW_CLASS (limn_window_parent_class)->close_request (window);
}

static void
limn_window_dispose (GObject *object)
{
  LimnWindow *self = LIMN_WINDOW (object);

  g_clear_object (&self->easel);
  g_clear_object (&self->studio);
  g_clear_weak_pointer (&self->toast);
  g_clear_weak_pointer (&self->last_run);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_WINDOW);
  G_OBJECT_CLASS (limn_window_parent_class)->dispose (object);
}

static void
limn_window_class_init (LimnWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = limn_window_close_request;

  g_type_ensure (LIMN_TYPE_BLEND_PAGE);
  g_type_ensure (LIMN_TYPE_BRANCHES_PAGE);
  g_type_ensure (LIMN_TYPE_CANVAS);
  g_type_ensure (LIMN_TYPE_FILMSTRIP);
  g_type_ensure (LIMN_TYPE_GALLERY);
  g_type_ensure (LIMN_TYPE_NOTICE);
  g_type_ensure (LIMN_TYPE_PAINT_TOOLS);
  g_type_ensure (LIMN_TYPE_PROMPT_BAR);
  g_type_ensure (LIMN_TYPE_QUEUE_PANEL);
  g_type_ensure (LIMN_TYPE_SETTINGS_PANEL);
  g_type_ensure (LIMN_TYPE_SHEET_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, box);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, title_squeezer);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, title);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, status_squeezer);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, queue_button);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, queue_count);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, queue_panel);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, trouble_notice);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, refused_notice);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, interrupted_notice);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, processor_notice);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, gallery_flap);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, gallery);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, settings_flap);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, settings_panel);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, sheet_page);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, blend_page);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, branches_page);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, page_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, overlay);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, canvas);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, hint);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, paint_tools);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, go_on_button);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, view_tools);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, compare_button);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, zoom_label);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, live_button);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, filmstrip);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, prompt_bar);
}

static void
limn_window_init (LimnWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self->overlay), GTK_EVENT_CONTROLLER (drop));
}

static void
watch_studio (LimnWindow *self)
{
  LimnStudio *studio = self->studio;
  LimnJobQueue *queue = limn_studio_get_queue (studio);

  g_signal_connect_object (studio, "notify::reel", G_CALLBACK (on_shown_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::picture", G_CALLBACK (on_shown_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::path", G_CALLBACK (limn_window_update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::following", G_CALLBACK (on_following), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "toast", G_CALLBACK (on_toast), self, 0);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (update_queue), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::paused", G_CALLBACK (update_queue), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::running", G_CALLBACK (on_running_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "job-ended", G_CALLBACK (on_job_ended), self, 0);
  g_signal_connect_object (queue, "notify::refused", G_CALLBACK (on_refused), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_keeper (studio), "notify::trouble", G_CALLBACK (on_trouble), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_draft (studio), "notify::inspection", G_CALLBACK (on_inspection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_settings (studio), "changed::processor-banner", G_CALLBACK (on_inspection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filmstrip, "notify::frame", G_CALLBACK (update_canvas), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::zoom", G_CALLBACK (on_zoom_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pages, "notify::visible-child", G_CALLBACK (update_parts), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->title_squeezer, "notify::visible-child", G_CALLBACK (update_title), self, G_CONNECT_SWAPPED);
}

LimnWindow *
limn_window_new (GtkApplication *application, LimnStudio *studio)
{
  LimnWindow *self = g_object_new (LIMN_TYPE_WINDOW, "application", application, NULL);
  GSettings *settings = limn_studio_get_settings (studio);

  self->studio = g_object_ref (studio);
  self->easel = g_object_ref (limn_studio_get_easel (studio));
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  g_settings_bind (settings, "gallery-visible", self->gallery_flap, "reveal-flap", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "settings-visible", self->settings_flap, "reveal-flap", G_SETTINGS_BIND_DEFAULT);

  limn_canvas_set_easel (self->canvas, limn_studio_get_easel (studio));
  limn_paint_tools_set_easel (self->paint_tools, limn_studio_get_easel (studio));
  limn_filmstrip_set_studio (self->filmstrip, studio);
  limn_gallery_set_studio (self->gallery, studio);
  limn_prompt_bar_set_studio (self->prompt_bar, studio);
  limn_queue_panel_set_studio (self->queue_panel, studio);
  limn_settings_panel_set_studio (self->settings_panel, studio);
  limn_sheet_page_set_studio (self->sheet_page, studio);
  limn_blend_page_set_studio (self->blend_page, studio);
  limn_branches_page_set_studio (self->branches_page, studio, limn_gallery_get_model (self->gallery));
  limn_window_install_actions (self);
  watch_studio (self);
  limn_window_watch_easel (self);
  on_shown_changed (self);
  on_running_changed (self);
  on_trouble (self);
  on_refused (self);
  on_inspection (self);
  on_following (self);
  on_zoom_changed (self);
  /* Whoever comes to paint begins to write. */
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt_bar));
  return self;
}

LimnStudio *
limn_window_get_studio (LimnWindow *self)
{
  return self->studio;
}
