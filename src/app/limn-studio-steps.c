/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The limit on the kept steps. Nothing goes before the artist could know that there is a limit: the first time that something would have to
 * go it is only said, and what goes goes from the next start on, or when it is agreed to in the preferences. */
#include "config.h"

#include "app/limn-studio-private.h"

#include "library/limn-picture-index.h"
#include "session/limn-picture-line.h"

#include <glib/gi18n.h>

/* After the last picture: a batch of small ones is looked at once. */
#define SWEEP_SECONDS 5

typedef struct
{
  char       *steps_folder;
  char       *folder;
  guint64     limit_bytes;
  GHashTable *protected;
  char       *sources_folder;
  gboolean    quick; /* only whether something has to go is asked */
} Planning;

static void
planning_free (gpointer data)
{
  Planning *planning = data;

  g_free (planning->steps_folder);
  g_free (planning->folder);
  g_hash_table_unref (planning->protected);
  g_free (planning->sources_folder);
  g_free (planning);
}

/* What the queue needs, what is shown, and what the draft parts from. */
static GHashTable *
dup_needed (LimnStudio *self)
{
  GHashTable *ids = limn_job_queue_dup_used_ids (self->queue);
  LimnReel *const reels[] = { self->reel, self->live, self->before_reel };

  for (guint i = 0; i < G_N_ELEMENTS (reels); i++)
    if (reels[i] && limn_reel_get_id (reels[i]))
      g_hash_table_add (ids, g_strdup (limn_reel_get_id (reels[i])));
  if (limn_draft_get_branch_steps_id (self->draft))
    g_hash_table_add (ids, g_strdup (limn_draft_get_branch_steps_id (self->draft)));
  if (self->shown_id)
    g_hash_table_add (ids, g_strdup (self->shown_id));
  return ids;
}

static void
plan_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Planning *planning = data;
  g_autoptr(LimnStepsPlan) plan = NULL;
  g_autoptr(LimnPictureIndex) index = NULL;
  g_autoptr(GHashTable) starred = NULL;
  GError *error = NULL;

  plan = limn_steps_limit_plan (planning->steps_folder, planning->limit_bytes, planning->protected, NULL, &error);
  if (!plan)
    {
      g_task_return_error (task, error);
      return;
    }
  if (planning->quick && plan->going->len == 0)
    {
      g_task_return_pointer (task, g_steal_pointer (&plan), (GDestroyNotify) limn_steps_plan_free);
      return;
    }
  /* A star may have been given by another program, a moment ago. */
  index = limn_picture_index_new (planning->folder, NULL, limn_picture_line_new);
  if (!limn_picture_index_scan (index, NULL, NULL, NULL, cancellable, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  starred = limn_picture_index_list_starred_steps (index);
  if (!starred)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "%s", _("Which pictures have a star cannot be told at the moment."));
      return;
    }
  limn_steps_plan_free (plan);
  plan = limn_steps_limit_plan (planning->steps_folder, planning->limit_bytes, planning->protected, starred, &error);
  if (!plan)
    {
      g_task_return_error (task, error);
      return;
    }
  limn_steps_plan_note_sources (plan, planning->sources_folder);
  g_task_return_pointer (task, g_steal_pointer (&plan), (GDestroyNotify) limn_steps_plan_free);
}

/* Nothing of the studio's in the task: a thread may be the last to let it go. */
static void
plan_async (LimnStudio *self, guint limit_mb, gboolean quick, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Planning *planning = g_new0 (Planning, 1);

  g_task_set_source_tag (task, limn_studio_plan_steps_async);
  planning->steps_folder = g_strdup (limn_job_queue_get_steps_folder (self->queue));
  planning->folder = g_strdup (limn_studio_get_folder (self));
  planning->limit_bytes = (guint64) limit_mb * LIMN_STUDIO_BYTES_PER_MB;
  planning->protected = dup_needed (self);
  planning->sources_folder = g_build_filename (self->state_folder, "sources", NULL);
  planning->quick = quick;
  g_task_set_task_data (task, planning, planning_free);
  g_task_run_in_thread (task, plan_thread);
}

void
limn_studio_plan_steps_async (LimnStudio         *self,
                              guint               limit_mb,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            data)
{
  g_return_if_fail (LIMN_IS_STUDIO (self));

  plan_async (self, limit_mb, FALSE, cancellable, callback, data);
}

LimnStepsPlan *
limn_studio_plan_steps_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_studio_plan_steps_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
carry_out (LimnStudio *self, const LimnStepsPlan *plan)
{
  g_autoptr(GHashTable) needed = dup_needed (self);

  if (limn_job_queue_keeps (self->queue))
    limn_steps_limit_carry_out (plan, self->keeper, needed);
}

void
limn_studio_agree_to_steps_plan (LimnStudio *self, const LimnStepsPlan *plan)
{
  g_return_if_fail (LIMN_IS_STUDIO (self) && plan != NULL);

  g_settings_set_boolean (self->settings, "steps-limit-told", TRUE);
  self->limit_holds = TRUE;
  carry_out (self, plan);
}

/* --- By itself --- */

static void
tell (LimnStudio *self, const LimnStepsPlan *plan)
{
  g_autofree char *bytes = g_format_size (plan->bytes);
  g_autofree char *message =
    /* Translators: %s is an amount, as “10,3 GB”. */
    g_strdup_printf (_("The kept steps take %s. From the next start on the oldest go, but for those of pictures with a star."), bytes);

  limn_studio_say_with_action (self, message, "app.preferences", _("Preferences"), NULL);
  g_settings_set_boolean (self->settings, "steps-limit-told", TRUE);
}

static void
on_planned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnStepsPlan) plan = limn_studio_plan_steps_finish (result, &error);

  /* Closed, or set otherwise meanwhile. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->sweeping_steps);
  if (!plan)
    g_debug ("the kept steps were not looked at: %s", error->message);
  else if (plan->going->len > 0 && self->limit_holds)
    carry_out (self, plan);
  else if (plan->going->len > 0 && !g_settings_get_boolean (self->settings, "steps-limit-told"))
    tell (self, plan);
}

void
limn_studio_sweep_steps (LimnStudio *self)
{
  guint limit_mb = g_settings_get_uint (self->settings, "steps-limit-mb");

  if (limit_mb == 0 || self->sweeping_steps || !limn_job_queue_keeps (self->queue))
    return;
  self->sweeping_steps = g_cancellable_new ();
  plan_async (self, limit_mb, TRUE, self->sweeping_steps, on_planned, g_object_ref (self));
}

static gboolean
on_sweep (gpointer data)
{
  LimnStudio *self = data;

  self->sweep_steps_source = 0;
  limn_studio_sweep_steps (self);
  return G_SOURCE_REMOVE;
}

static void
sweep_soon (LimnStudio *self)
{
  if (!self->sweep_steps_source)
    self->sweep_steps_source = g_timeout_add_seconds (SWEEP_SECONDS, on_sweep, self);
}

/* What was planned under another limit shall not be done. */
static void
on_limit_changed (LimnStudio *self)
{
  if (self->sweeping_steps)
    g_cancellable_cancel (self->sweeping_steps);
  g_clear_object (&self->sweeping_steps);
  sweep_soon (self);
}

void
limn_studio_steps_init (LimnStudio *self)
{
  self->limit_holds = g_settings_get_boolean (self->settings, "steps-limit-told");
  g_signal_connect_object (self->queue, "picture-saved", G_CALLBACK (sweep_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "notify::keeps", G_CALLBACK (sweep_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::steps-limit-mb", G_CALLBACK (on_limit_changed), self, G_CONNECT_SWAPPED);
}

void
limn_studio_steps_dispose (LimnStudio *self)
{
  g_clear_handle_id (&self->sweep_steps_source, g_source_remove);
  if (self->sweeping_steps)
    g_cancellable_cancel (self->sweeping_steps);
  g_clear_object (&self->sweeping_steps);
}
