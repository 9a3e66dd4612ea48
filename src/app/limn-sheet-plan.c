/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-plan.h"

LimnSheetIdea *
limn_sheet_idea_new (LimnSheetKind kind, LimnRequest *base, LimnSheetAxis *x_axis, LimnSheetAxis *y_axis)
{
  LimnSheetIdea *idea = g_new0 (LimnSheetIdea, 1);

  idea->kind = kind;
  idea->base = base;
  idea->x_axis = x_axis;
  idea->y_axis = y_axis;
  return idea;
}

void
limn_sheet_idea_free (LimnSheetIdea *idea)
{
  if (!idea)
    return;
  limn_request_free (idea->base);
  limn_request_free (idea->known);
  g_clear_pointer (&idea->inspection, limn_inspection_unref);
  g_free (idea->known_steps);
  g_clear_pointer (&idea->x_axis, limn_sheet_axis_unref);
  g_clear_pointer (&idea->y_axis, limn_sheet_axis_unref);
  g_free (idea);
}

void
limn_sheet_plan_free (LimnSheetPlan *plan)
{
  if (!plan)
    return;
  g_clear_pointer (&plan->sheet, limn_sheet_unref);
  g_free (plan->steps);
  g_free (plan);
}

static void
plan_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  LimnSheetIdea *idea = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheet) sheet = limn_sheet_new (idea->kind, idea->base, idea->x_axis, idea->y_axis, &error);
  LimnSheetPlan *plan;
  guint64 all;

  if (!sheet)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  plan = g_new0 (LimnSheetPlan, 1);
  limn_sheet_count_steps (sheet, idea->known, limn_inspection_count_steps, idea->inspection, &plan->n_run, &all);
  plan->n_shared = all - MIN (plan->n_run, all);
  plan->sheet = g_steal_pointer (&sheet);
  plan->steps = g_strdup (idea->known_steps);
  g_task_return_pointer (task, plan, (GDestroyNotify) limn_sheet_plan_free);
}

void
limn_sheet_plan_async (LimnSheetIdea *idea, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, idea, (GDestroyNotify) limn_sheet_idea_free);
  g_task_run_in_thread (task, plan_thread);
}

LimnSheetPlan *
limn_sheet_plan_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
