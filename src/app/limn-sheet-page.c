/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-page-private.h"

#include "app/limn-sheet-shelf.h"
#include "app/limn-sheet-words.h"
#include "app/limn-words.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (LimnSheetPage, limn_sheet_page, GTK_TYPE_WIDGET)

static void
enable (LimnSheetPage *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

/* --- What is on the sheet --- */

static LimnSheetBoard *
get_board (LimnSheetPage *self)
{
  return self->run ? limn_sheet_run_get_board (self->run) : NULL;
}

/* (transfer full) */
static char *
describe_progress (LimnSheetPage *self)
{
  LimnSheetBoard *board = get_board (self);
  LimnJob *job = limn_sheet_run_get_job (self->run);
  guint n = limn_sheet_board_get_n_pictures (board), done = limn_sheet_board_get_n_done (board);
  double left = job ? limn_job_get_seconds_left (job) : -1;
  g_autofree char *time = left >= 0 ? limn_words_seconds (left) : NULL;

  if (!job && done == n)
    return g_strdup_printf (ngettext ("%u picture", "%u pictures", n), n);
  if (!job)
    /* Translators: pictures of a sheet that are there, then how many it would have. */
    return g_strdup_printf (_("%u of %u pictures"), done, n);
  if (limn_job_get_state (job) == LIMN_JOB_WAITING && done == 0)
    return g_strdup (_("Waiting in the queue"));
  if (limn_job_queue_is_paused (limn_studio_get_queue (self->studio)))
    return g_strdup_printf (_("%u of %u pictures, paused"), done, n);
  if (time)
    /* Translators: pictures of a sheet that are painted, how many there will be, and a time such as “12 s”. */
    return g_strdup_printf (_("%u of %u pictures, %s left"), done, n, time);
  return g_strdup_printf (_("%u of %u pictures"), done, n);
}

void
limn_sheet_page_update (LimnSheetPage *self)
{
  LimnSheetBoard *board = get_board (self);
  LimnJob *job = self->run ? limn_sheet_run_get_job (self->run) : NULL;
  guint n = board ? limn_sheet_board_get_n_pictures (board) : 0, done = board ? limn_sheet_board_get_n_done (board) : 0;
  g_autofree char *title = self->sheet ? limn_sheet_words_title (self->sheet) : NULL;
  g_autofree char *progress = self->run ? describe_progress (self) : NULL;

  gtk_stack_set_visible_child_name (self->stack, board ? "sheet" : "empty");
  gtk_label_set_label (self->title, title ? title : "");
  gtk_label_set_label (self->progress, progress ? progress : "");
  gtk_widget_set_visible (self->tools, board != NULL);
  gtk_widget_set_visible (self->stop_button, job != NULL);
  gtk_widget_set_visible (self->continue_button, board && !job && done < n);
  enable (self, "stop", job != NULL);
  enable (self, "continue", board && !job && done < n);
  enable (self, "save", done > 0);
}

static void
on_job (LimnSheetPage *self)
{
  LimnJob *job = limn_sheet_run_get_job (self->run);

  if (job)
    g_signal_connect_object (job, "notify", G_CALLBACK (limn_sheet_page_update), self, G_CONNECT_SWAPPED);
  limn_sheet_page_update (self);
}

static void
forget_run (LimnSheetPage *self)
{
  if (!self->run)
    return;
  g_signal_handlers_disconnect_by_data (get_board (self), self);
  g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
}

static char *
dup_state_folder (LimnSheetPage *self)
{
  return g_path_get_dirname (limn_job_queue_get_steps_folder (limn_studio_get_queue (self->studio)));
}

void
limn_sheet_page_show (LimnSheetPage *self, LimnSheet *sheet, const char *job_id, const char *steps, char **paths)
{
  g_autoptr(LimnSheetBoard) board = limn_sheet_board_new_for_sheet (sheet);
  g_autofree char *state = dup_state_folder (self);

  if (self->searching)
    g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  forget_run (self);
  g_clear_object (&self->menu_item);
  limn_sheet_ref (sheet);
  g_clear_pointer (&self->sheet, limn_sheet_unref);
  self->sheet = sheet;
  g_free (self->steps);
  self->steps = g_strdup (steps);
  limn_sheet_shelf_keep (limn_studio_get_keeper (self->studio), state, sheet, job_id, steps);
  self->run = limn_sheet_run_new (limn_studio_get_queue (self->studio), board, job_id);
  for (guint i = 0; paths && i < limn_sheet_get_n_pictures (sheet); i++)
    if (paths[i])
      limn_sheet_run_set_path (self->run, i, paths[i]);
  g_signal_connect_swapped (self->run, "notify::job", G_CALLBACK (on_job), self);
  g_signal_connect_swapped (board, "notify::n-done", G_CALLBACK (limn_sheet_page_update), self);
  limn_sheet_view_set_board (self->view, board);
  on_job (self);
}

/* --- Sheets from elsewhere --- */

/* A strip between two pictures is a sheet, too. What is being painted here is not taken away for it. */
static void
show_job (LimnSheetPage *self, LimnJob *job)
{
  LimnSheet *sheet = limn_job_get_sheet (job);
  gboolean busy = self->run && limn_sheet_run_get_job (self->run);

  if (sheet && !busy && !self->adding && limn_job_get_state (job) != LIMN_JOB_FAILED &&
      (!self->run || !g_str_equal (limn_sheet_run_get_job_id (self->run), limn_job_get_id (job))))
    limn_sheet_page_show (self, sheet, limn_job_get_id (job), NULL, NULL);
}

static void
on_picture_started (LimnJobQueue *queue, LimnJob *job, LimnReel *reel, LimnSheetPage *self)
{
  LimnSheetRun *before = self->run;

  show_job (self, job);
  if (self->run && self->run != before)
    limn_sheet_run_begin (self->run, job, reel);
}

/* What an earlier program left comes into the queue while the last sheet is still looked for, and is shown with what there is of it already:
 * see on_loaded(). */
static void
on_queue_changed (LimnJobQueue *queue, guint position, guint n_removed, guint n_added, LimnSheetPage *self)
{
  if (!limn_job_queue_is_restored (queue) || self->searching)
    return;
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (queue), i);

      show_job (self, job);
    }
}

/* --- The last one, and that of a picture --- */

/* Whoever finds a grid again may want it a little otherwise. */
static void
show_axes (LimnSheetPage *self, LimnSheet *sheet)
{
  if (limn_sheet_get_kind (sheet) != LIMN_SHEET_GRID)
    return;
  limn_grid_panel_set_axes (self->grid, limn_sheet_get_x_axis (sheet), limn_sheet_get_y_axis (sheet));
  g_action_group_change_action_state (G_ACTION_GROUP (self->actions), "mode", g_variant_new_string ("grid"));
}

/* Another may have begun meanwhile. */
static void
end_search (LimnSheetPage *self, GAsyncResult *result)
{
  if (self->searching == g_task_get_cancellable (G_TASK (result)))
    g_clear_object (&self->searching);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetRecord) record = limn_sheet_shelf_finish (result, &error);

  end_search (self, result);
  if (record)
    {
      limn_sheet_page_show (self, record->sheet, record->job_id, record->steps, record->paths);
      show_axes (self, record->sheet);
      gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "sheet");
    }
  else if (self->studio)
    limn_studio_say_error (self->studio, error);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetRecord) record = limn_sheet_shelf_finish (result, &error);
  LimnJobQueue *queue = self->studio ? limn_studio_get_queue (self->studio) : NULL;

  end_search (self, result);
  /* One that cannot be read any more is no news: its pictures are in the gallery. */
  if (record && self->studio && !self->run)
    {
      limn_sheet_page_show (self, record->sheet, record->job_id, record->steps, record->paths);
      show_axes (self, record->sheet);
    }
  else if (error && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_debug ("the last sheet is not shown again: %s", error->message);
  if (queue)
    on_queue_changed (queue, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (queue)), self);
}

static GCancellable *
begin_search (LimnSheetPage *self)
{
  if (self->searching)
    g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  self->searching = g_cancellable_new ();
  return self->searching;
}

void
limn_sheet_page_show_sheet_of (LimnSheetPage *self, const char *path)
{
  g_return_if_fail (LIMN_IS_SHEET_PAGE (self) && self->studio);

  limn_sheet_shelf_find_async (path, limn_studio_get_folder (self->studio), begin_search (self), on_found, g_object_ref (self));
}

/* --- Stop, go on, save --- */

static void
on_paint (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_sheet_page_paint (data);
}

static void
on_stop (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  LimnJob *job = self->run ? limn_sheet_run_get_job (self->run) : NULL;
  LimnJobState state = job ? limn_job_get_state (job) : LIMN_JOB_DONE;

  if (!job)
    return;
  if (state == LIMN_JOB_PAINTING || state == LIMN_JOB_PAUSED)
    limn_job_queue_stop (queue);
  else
    limn_job_queue_remove (queue, job);
}

static void
on_continue (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  LimnSheetBoard *board = get_board (self);
  g_autofree gboolean *wanted = NULL;
  guint n, slowdown;
  LimnJob *job;

  if (!board || limn_sheet_run_get_job (self->run))
    return;
  n = limn_sheet_board_get_n_pictures (board);
  wanted = g_new0 (gboolean, n);
  for (guint i = 0; i < n; i++)
    wanted[i] = limn_sheet_item_get_state (limn_sheet_board_get_picture (board, i)) != LIMN_SHEET_DONE;
  g_object_get (limn_studio_get_draft (self->studio), "preview-slowdown", &slowdown, NULL);
  job = limn_job_queue_continue_sheet (limn_studio_get_queue (self->studio), self->sheet, limn_sheet_run_get_job_id (self->run), wanted,
                                       self->steps, slowdown / 100.0);
  /* One that failed is still there, and begins again where it did. */
  if (job && limn_job_get_state (job) == LIMN_JOB_FAILED)
    limn_job_queue_retry (limn_studio_get_queue (self->studio), job);
}

static void
on_save (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_sheet_page_save (data);
}

static void
on_set_up (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_flap_set_reveal_flap (ADW_FLAP (LIMN_SHEET_PAGE (data)->flap), TRUE);
}

static void
on_mode (GSimpleAction *action, GVariant *value, gpointer data)
{
  LimnSheetPage *self = data;

  g_simple_action_set_state (action, value);
  gtk_stack_set_visible_child_name (self->mode_stack, g_variant_get_string (value, NULL));
  limn_sheet_page_plan_soon (self);
}

/* --- The widget --- */

static void
limn_sheet_page_dispose (GObject *object)
{
  LimnSheetPage *self = LIMN_SHEET_PAGE (object);

  if (self->searching)
    g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  limn_sheet_page_setup_dispose (self);
  forget_run (self);
  g_clear_object (&self->menu_item);
  g_clear_weak_pointer (&self->focus_before);
  g_clear_pointer (&self->sheet, limn_sheet_unref);
  g_clear_pointer (&self->steps, g_free);
  g_clear_object (&self->studio);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_pointer (&self->flap, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SHEET_PAGE);
  G_OBJECT_CLASS (limn_sheet_page_parent_class)->dispose (object);
}

static void
limn_sheet_page_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnSheetPage *self = LIMN_SHEET_PAGE (widget);

  gtk_widget_allocate (self->flap, width, height, baseline, NULL);
  gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
limn_sheet_page_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  gtk_widget_measure (LIMN_SHEET_PAGE (widget)->flap, orientation, for_size, minimum, natural, NULL, NULL);
}

static void
limn_sheet_page_class_init (LimnSheetPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_sheet_page_dispose;
  widget_class->measure = limn_sheet_page_measure;
  widget_class->size_allocate = limn_sheet_page_size_allocate;
  g_type_ensure (LIMN_TYPE_GRID_PANEL);
  g_type_ensure (LIMN_TYPE_SHEET_VIEW);
  g_type_ensure (LIMN_TYPE_VARIATIONS_PANEL);
  gtk_widget_class_set_css_name (widget_class, "sheetpage");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-sheet-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, flap);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, setup);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, mode_stack);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, variations);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, grid);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, pictures);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, cost);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, paint_button);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, title);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, progress);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, tools);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, stop_button);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, continue_button);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, view);
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, menu);
  gtk_widget_class_bind_template_callback_full (widget_class, "plan_soon", G_CALLBACK (limn_sheet_page_plan_soon));
  gtk_widget_class_bind_template_callback_full (widget_class, "on_open", G_CALLBACK (limn_sheet_page_open));
  gtk_widget_class_bind_template_callback_full (widget_class, "on_toggle_star", G_CALLBACK (limn_sheet_page_toggle_star));
  gtk_widget_class_bind_template_callback_full (widget_class, "on_popup_menu", G_CALLBACK (limn_sheet_page_popup_menu));
}

static void
limn_sheet_page_init (LimnSheetPage *self)
{
  static const GActionEntry entries[] = {
    { .name = "paint", .activate = on_paint },
    { .name = "stop", .activate = on_stop },
    { .name = "continue", .activate = on_continue },
    { .name = "save", .activate = on_save },
    { .name = "set-up", .activate = on_set_up },
    { .name = "mode", .change_state = on_mode, .parameter_type = "s", .state = "'variations'" },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "sheet", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "cells", limn_sheet_view_get_actions (self->view));
  limn_sheet_page_cells_init (self);
}

void
limn_sheet_page_set_studio (LimnSheetPage *self, LimnStudio *studio)
{
  g_autofree char *state = NULL;

  g_return_if_fail (LIMN_IS_SHEET_PAGE (self) && !self->studio);

  self->studio = g_object_ref (studio);
  g_signal_connect_object (limn_studio_get_queue (studio), "picture-started", G_CALLBACK (on_picture_started), self, 0);
  g_signal_connect_object (limn_studio_get_queue (studio), "items-changed", G_CALLBACK (on_queue_changed), self, 0);
  limn_sheet_page_setup_init (self);
  limn_sheet_page_update (self);
  state = dup_state_folder (self);
  limn_sheet_shelf_load_async (state, limn_studio_get_folder (studio), begin_search (self), on_loaded, g_object_ref (self));
}

GActionGroup *
limn_sheet_page_get_view_actions (LimnSheetPage *self)
{
  g_return_val_if_fail (LIMN_IS_SHEET_PAGE (self), NULL);

  return limn_sheet_view_get_actions (self->view);
}
