/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-model-summary.h"

#include "model/limn-model.h"

void
limn_model_summary_free (LimnModelSummary *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_free (self->family);
  g_free (self);
}

static void
load (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr(LimnModel) model = NULL;
  GError *error = NULL;
  LimnModelSummary *summary;

  model = limn_model_open (data, &error);
  if (!model)
    {
      g_task_return_error (task, error);
      return;
    }
  summary = g_new0 (LimnModelSummary, 1);
  if (limn_model_source_get_path (limn_model_get_source (model)))
    summary->name = g_strdup (limn_model_get_facts (model)->name);
  summary->family = g_strdup (limn_model_get_facts (model)->family->name);
  summary->disk_bytes = limn_model_get_file_bytes (model);
  g_task_return_pointer (task, summary, (GDestroyNotify) limn_model_summary_free);
}

void
limn_model_summary_load_async (const char          *path,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, limn_model_summary_load_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, load);
}

LimnModelSummary *
limn_model_summary_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
