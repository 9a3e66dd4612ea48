/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-plan.h"

#include "session/limn-request-chain.h"

LimnSheetIdea *
limn_sheet_idea_new (LimnSheetKind kind, LimnRequest *base, LimnSheetAxis *x_axis, LimnSheetAxis *y_axis)
{
  LimnSheetIdea *idea = g_new0 (LimnSheetIdea, 1);

  *idea = (LimnSheetIdea) { kind, base, x_axis, y_axis, NULL, NULL };
  return idea;
}

void
limn_sheet_idea_free (LimnSheetIdea *idea)
{
  if (!idea)
    return;
  limn_request_free (idea->base);
  limn_request_free (idea->known);
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

/* Of a picture that starts from another the strength says how many of its steps are gone, as the sampler will cut them; of a branch with a
 * schedule of its own the levels decide, which are not known without the model: its share of steps is near them. */
static guint
count_steps (const LimnRequest *request, gpointer data)
{
  const LimnRequestBranch *branch = request->branch;

  if (!branch)
    return request->source ? MAX ((guint) (request->steps * request->source->strength + 1e-9), 1) : request->steps;
  else
    {
      guint before = count_steps (branch->from, NULL);
      gboolean same = request->steps == branch->from->steps && request->schedule == branch->from->schedule;

      if (same || before == 0)
        return before;
      return branch->step + MAX ((guint) (request->steps * (1.0 - MIN ((double) branch->step / before, 1.0)) + 0.5), 1);
    }
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
  limn_sheet_count_steps (sheet, idea->known, count_steps, NULL, &plan->n_run, &all);
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
