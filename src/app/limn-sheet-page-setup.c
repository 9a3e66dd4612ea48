/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What would be painted, and what it would cost: made anew on a thread a moment after the last change. Of several plans the newest counts. */
#include "config.h"

#include "app/limn-sheet-page-private.h"

#include "app/limn-words.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <glib/gi18n.h>

/* After the last key that was typed. */
#define PLAN_MS 150
/* More pictures than this are asked for once more: at a minute each that is more than an hour and a half. */
#define ASK_ABOVE 100

static gboolean
is_grid (LimnSheetPage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->mode_stack), "grid") == 0;
}

/* --- What it costs --- */

/* Seconds, from what one picture takes; negative: not known. */
static double
estimate (LimnSheetPage *self, const LimnSheetPlan *plan)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  g_autoptr(LimnRequest) first = limn_sheet_dup_request (plan->sheet, 0);
  guint n = limn_sheet_get_n_pictures (plan->sheet), slowdown;
  double one;

  g_object_get (limn_studio_get_draft (self->studio), "preview-slowdown", &slowdown, NULL);
  limn_request_take_branch (first, NULL);
  one = limn_job_queue_estimate (queue, first, slowdown / 100.0);
  return one < 0 || plan->n_run + plan->n_shared == 0 ? -1 : one * n * plan->n_run / (plan->n_run + plan->n_shared);
}

/* (transfer full) */
static char *
describe_pictures (const LimnSheetPlan *plan)
{
  guint n = limn_sheet_get_n_pictures (plan->sheet);
  guint n_columns = limn_sheet_get_n_columns (plan->sheet), n_rows = limn_sheet_get_n_rows (plan->sheet);

  if (limn_sheet_get_x_axis (plan->sheet) && limn_sheet_get_y_axis (plan->sheet))
    /* Translators: columns × rows = pictures of a sheet. */
    return g_strdup_printf (_("%u × %u = %u pictures"), n_columns, n_rows, n);
  return g_strdup_printf (ngettext ("%u picture", "%u pictures", n), n);
}

/* (transfer full) */
static char *
describe_cost (LimnSheetPage *self, const LimnSheetPlan *plan)
{
  g_autofree char *run = g_strdup_printf (ngettext ("%u step to run", "%u steps to run", (guint) plan->n_run), (guint) plan->n_run);
  double seconds = estimate (self, plan);
  g_autofree char *time = seconds < 0 ? NULL : limn_words_seconds (seconds);

  if (time && plan->n_shared > 0)
    /* Translators: what painting a sheet costs: “80 steps to run”, how many steps several pictures have in common, so that they are run only
     * once, and a time such as “12 s”. */
    return g_strdup_printf (_("%s, %u more are shared, about %s"), run, (guint) plan->n_shared, time);
  if (plan->n_shared > 0)
    /* Translators: as above, but the time is not known. */
    return g_strdup_printf (_("%s, %u more are shared"), run, (guint) plan->n_shared);
  if (time)
    /* Translators: as above, but no steps are shared. */
    return g_strdup_printf (_("%s, about %s"), run, time);
  return g_steal_pointer (&run);
}

static void
show_plan (LimnSheetPage *self, LimnSheetPlan *plan, const char *why_not)
{
  guint n = plan ? limn_sheet_get_n_pictures (plan->sheet) : 0;
  g_autofree char *pictures = plan ? describe_pictures (plan) : NULL;
  g_autofree char *cost = plan ? describe_cost (self, plan) : NULL;
  g_autofree char *label = NULL;

  g_clear_pointer (&self->plan, limn_sheet_plan_free);
  self->plan = plan;
  if (!plan)
    label = g_strdup (_("Paint"));
  else if (is_grid (self))
    label = g_strdup_printf (ngettext ("Paint %u Picture", "Paint %u Pictures", n), n);
  else
    label = g_strdup_printf (ngettext ("Paint %u Variation", "Paint %u Variations", n), n);
  gtk_button_set_label (self->paint_button, label);
  gtk_label_set_label (self->pictures, pictures ? pictures : "");
  gtk_widget_set_visible (GTK_WIDGET (self->pictures), plan != NULL);
  gtk_label_set_label (self->cost, cost ? cost : why_not ? why_not : "");
  if (why_not)
    gtk_widget_add_css_class (GTK_WIDGET (self->cost), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->cost), "error");
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), "paint")), plan != NULL);
}

/* --- Planning --- */

/* What is in the fields, with what the model takes where they leave it open. */
static LimnRequest *
dup_base (LimnSheetPage *self, LimnInspection *inspection, GError **error)
{
  g_autoptr(LimnRequest) request = limn_draft_dup_request (limn_studio_get_draft (self->studio));

  request->batch_count = 1;
  request->batch_index = 0;
  request->keep_latents = TRUE;
  return limn_inspection_resolve (inspection, request, error);
}

/* (nullable): without an error: nothing was chosen yet, or the model is not known; @mask: (nullable): of the picture to start from */
static LimnSheetIdea *
dup_idea (LimnSheetPage *self, const char *mask, GError **error)
{
  LimnInspection *inspection = limn_draft_get_inspection (limn_studio_get_draft (self->studio));
  g_autoptr(LimnRequest) base = NULL;
  LimnSheetIdea *idea;

  if (!inspection)
    return NULL;
  if (is_grid (self))
    {
      base = dup_base (self, inspection, error);
      if (base && base->source && mask)
        limn_request_source_set_mask (base->source, mask);
      idea = base ? limn_grid_panel_dup_idea (self->grid, base) : NULL;
    }
  else
    idea = limn_variations_panel_dup_idea (self->variations, error);
  if (idea)
    idea->inspection = limn_inspection_ref (inspection);
  return idea;
}

static void
stop_planning (LimnSheetPage *self)
{
  g_clear_handle_id (&self->plan_source, g_source_remove);
  if (self->planning)
    g_cancellable_cancel (self->planning);
  g_clear_object (&self->planning);
}

static void
on_planned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  LimnSheetPlan *plan = limn_sheet_plan_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->studio)
    {
      limn_sheet_plan_free (plan);
      return;
    }
  g_clear_object (&self->planning);
  show_plan (self, plan, error ? error->message : NULL);
}

static gboolean
on_plan (gpointer data)
{
  LimnSheetPage *self = data;
  g_autoptr(GError) error = NULL;
  LimnSheetIdea *idea;

  self->plan_source = 0;
  idea = dup_idea (self, NULL, &error);
  if (!idea)
    {
      show_plan (self, NULL, error ? error->message : NULL);
      return G_SOURCE_REMOVE;
    }
  self->planning = g_cancellable_new ();
  limn_sheet_plan_async (idea, self->planning, on_planned, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
limn_sheet_page_plan_soon (LimnSheetPage *self)
{
  /* From the template, too, while that is being made. */
  if (!self->studio)
    return;
  stop_planning (self);
  self->plan_source = g_timeout_add (PLAN_MS, on_plan, self);
}

static void
on_draft_changed (LimnDraft *draft, GParamSpec *spec, LimnSheetPage *self)
{
  if (is_grid (self) || g_str_equal (spec->name, "inspection"))
    limn_sheet_page_plan_soon (self);
}

/* --- Painting --- */

static void
add_sheet (LimnSheetPage *self, LimnSheetPlan *plan)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  guint slowdown;
  LimnJob *job;

  g_object_get (limn_studio_get_draft (self->studio), "preview-slowdown", &slowdown, NULL);
  self->adding = TRUE;
  job = limn_job_queue_add_sheet (queue, plan->sheet, plan->steps, slowdown / 100.0);
  self->adding = FALSE;
  limn_sheet_page_show (self, plan->sheet, limn_job_get_id (job), plan->steps, NULL);
  limn_variations_panel_roll (self->variations);
  limn_sheet_page_plan_soon (self);
  /* In a narrow window it lies over the sheet. */
  if (adw_flap_get_folded (ADW_FLAP (self->flap)))
    adw_flap_set_reveal_flap (ADW_FLAP (self->flap), FALSE);
  if (limn_job_queue_is_paused (queue))
    limn_studio_say_with_action (self->studio, _("Added to the queue, which is paused."), "win.resume", _("Resume"), NULL);
}

static void
on_planned_to_paint (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetPlan) plan = limn_sheet_plan_finish (result, &error);

  if (plan && self->studio)
    add_sheet (self, plan);
  else if (self->studio)
    limn_studio_say_error (self->studio, error);
}

/* @mask: (nullable) */
static void
paint_idea (LimnSheetPage *self, const char *mask)
{
  g_autoptr(GError) error = NULL;
  LimnSheetIdea *idea = dup_idea (self, mask, &error);

  if (idea)
    limn_sheet_plan_async (idea, NULL, on_planned_to_paint, g_object_ref (self));
  else if (error)
    limn_studio_say_error (self->studio, error);
}

static void
on_frozen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *mask = limn_easel_freeze_finish (LIMN_EASEL (source), result, &error);

  if (!self->studio)
    return;
  if (error)
    limn_studio_say_error (self->studio, error);
  else
    paint_idea (self, mask);
}

/* As one press of the window's own button: another seed, unless it is kept; the prompt is remembered; the mask goes along as it is now. */
static void
paint_now (LimnSheetPage *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  g_autoptr(LimnRequest) request = NULL;
  gboolean locked, busy;

  if (!is_grid (self))
    {
      paint_idea (self, NULL);
      return;
    }
  g_object_get (draft, "seed-locked", &locked, NULL);
  g_object_get (limn_studio_get_easel (self->studio), "busy", &busy, NULL);
  if (busy)
    {
      limn_studio_say (self->studio, _("The picture to change is still being read."));
      return;
    }
  if (!locked)
    limn_draft_roll_seed (draft);
  limn_studio_remember_prompt (self->studio);
  request = limn_draft_dup_request (draft);
  if (request->source)
    limn_easel_freeze_async (limn_studio_get_easel (self->studio), request->source, on_frozen, g_object_ref (self));
  else
    paint_idea (self, NULL);
}

static void
on_many_response (LimnSheetPage *self, const char *response)
{
  if (g_str_equal (response, "paint") && self->studio)
    paint_now (self);
}

static void
ask_before_many (LimnSheetPage *self)
{
  guint n = limn_sheet_get_n_pictures (self->plan->sheet);
  /* Translators: a question; the number is above a hundred. */
  g_autofree char *heading = g_strdup_printf (ngettext ("Paint %u Picture?", "Paint %u Pictures?", n), n);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *dialog = adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, heading, NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);

  adw_message_dialog_set_body (message, gtk_label_get_label (self->cost));
  adw_message_dialog_add_responses (message, "cancel", _("_Cancel"), "paint", _("_Paint"), NULL);
  adw_message_dialog_set_response_appearance (message, "paint", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (message, "cancel");
  adw_message_dialog_set_close_response (message, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_many_response), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
limn_sheet_page_paint (LimnSheetPage *self)
{
  if (!self->plan)
    return;
  if (limn_sheet_get_n_pictures (self->plan->sheet) > ASK_ABOVE)
    ask_before_many (self);
  else
    paint_now (self);
}

/* --- The picture that is shown --- */

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr(LimnPng) png = limn_png_load (data, LIMN_PNG_READ_TEXTS, &error);
  const char *text = png ? limn_png_lookup (png, LIMN_RECIPE_KEYWORD) : NULL;
  g_autoptr(LimnRecipe) recipe = text ? limn_recipe_new_from_json (text, data, &error) : NULL;

  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, recipe ? limn_request_copy (recipe->request) : NULL, (GDestroyNotify) limn_request_free);
}

/* A picture that is no PNG of ours has no variations; the panel says what to do. */
static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) request = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->studio)
    return;
  g_clear_object (&self->reading);
  limn_variations_panel_set_picture (self->variations, request, NULL, limn_studio_get_picture (self->studio));
}

static void
stop_reading (LimnSheetPage *self)
{
  if (self->reading)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
}

/* The one that is just beginning is on the canvas before the sheet's run hears of it. */
static gboolean
is_of_sheet (LimnSheetPage *self, LimnReel *reel)
{
  LimnJob *job = limn_job_queue_get_running (limn_studio_get_queue (self->studio));
  g_autofree char *id = job && limn_job_get_sheet (job) ? limn_job_dup_picture_id (job, limn_job_get_picture (job)) : NULL;

  return limn_sheet_run_has_painted (reel) || g_strcmp0 (id, limn_reel_get_id (reel)) == 0;
}

static void
on_shown_changed (LimnSheetPage *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  const char *path = limn_studio_get_path (self->studio);
  g_autoptr(GTask) task = NULL;

  /* What a sheet paints passes by on the canvas; its variations go on to be those of the picture that it was made from. */
  if (reel && is_of_sheet (self, reel))
    return;
  stop_reading (self);
  if (reel)
    {
      limn_variations_panel_set_picture (self->variations, limn_reel_get_request (reel), reel, limn_studio_get_picture (self->studio));
      return;
    }
  if (!path)
    {
      limn_variations_panel_set_picture (self->variations, NULL, NULL, NULL);
      return;
    }
  self->reading = g_cancellable_new ();
  task = g_task_new (NULL, self->reading, on_read, g_object_ref (self));
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, read_thread);
}

/* --- Set up --- */

void
limn_sheet_page_setup_init (LimnSheetPage *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);

  g_signal_connect_object (draft, "notify", G_CALLBACK (on_draft_changed), self, 0);
  g_signal_connect_object (self->studio, "notify::reel", G_CALLBACK (on_shown_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->studio, "notify::path", G_CALLBACK (on_shown_changed), self, G_CONNECT_SWAPPED);
  show_plan (self, NULL, NULL);
  on_shown_changed (self);
}

void
limn_sheet_page_setup_dispose (LimnSheetPage *self)
{
  stop_planning (self);
  stop_reading (self);
  g_clear_pointer (&self->plan, limn_sheet_plan_free);
}
