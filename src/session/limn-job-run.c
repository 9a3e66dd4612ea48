/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A run is always waited for by exactly one callback: of the file that is read, or of the session. That one frees it. */
#include "config.h"

#include "session/limn-job-run.h"

#include "base/limn-error.h"

struct _LimnJobRun
{
  LimnSession           *session; /* unowned: whoever drops it shall wait for its thread, now */
  LimnJob               *job;
  guint                  picture;
  gboolean               one_step;
  const LimnJobRunFuncs *funcs; /* NULL: detached */
  gpointer               data;

  char                  *other_path; /* (nullable) */
  GBytes                *own;        /* (nullable) */
  GBytes                *other;      /* (nullable) */

  GCancellable          *cancellable;
  LimnFeed              *feed;
  gboolean               continued;
  char                  *refused; /* (nullable): why its own kept steps could not be gone on with */
  gboolean               started;
  gboolean               stepped;
};

static void
run_free (LimnJobRun *run)
{
  g_object_unref (run->job);
  g_object_unref (run->cancellable);
  g_clear_pointer (&run->feed, limn_feed_unref);
  g_clear_pointer (&run->own, g_bytes_unref);
  g_clear_pointer (&run->other, g_bytes_unref);
  g_free (run->other_path);
  g_free (run->refused);
  g_free (run);
}

static void
end (LimnJobRun *run, const LimnResult *result, const GError *error)
{
  if (run->funcs)
    run->funcs->ended (run->data, result, error);
  run_free (run);
}

static void
begin_picture (LimnJobRun *run, const LimnFeedStart *start)
{
  LimnJob *job = run->job;
  g_autofree char *id = limn_job_dup_picture_id (job, run->picture);

  run->started = TRUE;
  if (run->refused)
    {
      g_autofree char *message = g_strdup_printf ("The kept steps of this picture cannot be used; it is painted from its beginning. (%s)", run->refused);

      run->funcs->remark (run->data, message);
      if (job->reel)
        limn_reel_end (job->reel);
      limn_job_drop_picture (job);
    }
  g_array_set_size (job->fingerprints, 0);
  g_array_append_val (job->fingerprints, start->first);
  for (guint i = 0; start->before && i < start->before->len; i++)
    {
      const LimnStep *step = g_ptr_array_index (start->before, i);

      if (step->step == job->fingerprints->len)
        g_array_append_val (job->fingerprints, step->fingerprint);
    }
  g_clear_pointer (&job->feed, limn_feed_unref);
  job->feed = limn_feed_ref (run->feed);
  if (!job->reel)
    job->reel = limn_reel_new_live (run->session, start, id);
  if (start->other_error)
    {
      g_autofree char *message = g_strdup_printf ("The kept steps that this picture parts from cannot be used; they are computed again. (%s)",
                                                  start->other_error);

      run->funcs->remark (run->data, message);
    }
  run->funcs->started (run->data);
}

static void
take_step (LimnJobRun *run, LimnStep *step)
{
  LimnJob *job = run->job;

  if (step->step > job->fingerprints->len || (run->one_step && run->stepped))
    return;
  run->stepped = TRUE;
  g_array_set_size (job->fingerprints, step->step);
  g_array_append_val (job->fingerprints, step->fingerprint);
  g_clear_pointer (&job->last, limn_step_unref);
  job->last = limn_step_ref (step);
  limn_reel_append (job->reel, step);
  run->funcs->stepped (run->data, step);
}

static void
take_turns (LimnJobRun *run, LimnFeed *feed)
{
  g_autoptr(GPtrArray) turns = limn_feed_take_turns (feed);
  const LimnFeedTurn *turn;

  if (turns->len == 0)
    return;
  turn = g_ptr_array_index (turns, turns->len - 1);
  limn_reel_turn (run->job->reel, turn->request, turn->n_steps);
  run->funcs->turned (run->data, turn->n_steps);
}

static void
on_news (LimnFeed *feed, gpointer data)
{
  LimnJobRun *run = data;
  const LimnFeedStart *start = limn_feed_get_start (feed);
  g_autoptr(GPtrArray) steps = NULL;
  g_autoptr(LimnStep) frame = NULL;
  GBytes *state;

  if (!start || !run->funcs)
    return;
  if (!run->started)
    begin_picture (run, start);
  /* Taken in the reverse of the order in which they are pushed: the turns before a step, and the state after it, are there when it is told. */
  steps = limn_feed_take_steps (feed);
  state = limn_feed_take_state (feed);
  take_turns (run, feed);
  if (state && !run->one_step)
    {
      g_clear_pointer (&run->job->kept, g_bytes_unref);
      run->job->kept = g_bytes_ref (state);
      run->funcs->kept (run->data, state);
    }
  g_clear_pointer (&state, g_bytes_unref);
  /* The mailbox is for canvases; the reel has the frame from the list. */
  frame = limn_feed_take_frame (feed);
  for (guint i = 0; i < steps->len; i++)
    take_step (run, g_ptr_array_index (steps, i));
  if (run->one_step && run->stepped)
    g_cancellable_cancel (run->cancellable);
}

static void
end_cancelled (LimnJobRun *run)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The picture was cancelled.");

  end (run, NULL, error);
}

static void submit (LimnJobRun *run);

static void
on_ended (GObject *source, GAsyncResult *task, gpointer data)
{
  LimnJobRun *run = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnResult) result = limn_session_generate_finish (NULL, task, &error);

  if (run->funcs)
    on_news (run->feed, run);
  limn_feed_close (run->feed);
  /* Maybe the steps are damaged, maybe it is the model's file: where that is so the second attempt fails too, and the steps are still there. */
  if (run->funcs && run->continued && !run->started && !run->one_step && g_error_matches (error, LIMN_ERROR, LIMN_ERROR_FORMAT) &&
      !g_cancellable_is_cancelled (run->cancellable))
    {
      run->refused = g_strdup (error->message);
      g_clear_pointer (&run->own, g_bytes_unref);
      submit (run);
      return;
    }
  end (run, result, error);
}

static void
submit (LimnJobRun *run)
{
  g_autoptr(LimnRequest) request = NULL;

  if (g_cancellable_is_cancelled (run->cancellable) || (!run->own && run->one_step))
    {
      end_cancelled (run);
      return;
    }
  run->continued = run->own != NULL;
  request = limn_job_dup_picture_request (run->job, run->picture);
  g_clear_pointer (&run->feed, limn_feed_unref);
  run->feed = limn_feed_new (on_news, run, NULL);
  limn_feed_set_max_slowdown (run->feed, run->job->max_slowdown);
  limn_feed_set_reuses (run->feed, run->job->sheet != NULL);
  limn_session_paint_async (run->session, request, run->own, run->other, run->feed, run->cancellable, on_ended, run);
}

static GBytes *
take_file (GObject *source, GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;
  GBytes *bytes = g_file_load_bytes_finish (G_FILE (source), result, NULL, &error);

  if (error)
    g_debug ("no trajectory: %s", error->message);
  return bytes;
}

static void
on_other_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  LimnJobRun *run = data;

  run->other = take_file (source, result);
  submit (run);
}

static void
load_other (LimnJobRun *run)
{
  if (run->other_path && !run->one_step)
    {
      g_autoptr(GFile) file = g_file_new_for_path (run->other_path);

      g_file_load_bytes_async (file, run->cancellable, on_other_loaded, run);
    }
  else
    submit (run);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  LimnJobRun *run = data;

  run->own = take_file (source, result);
  load_other (run);
}

static gboolean
begin_soon (gpointer data)
{
  LimnJobRun *run = data;

  if (run->job->kept)
    run->own = g_bytes_ref (run->job->kept);
  load_other (run);
  return G_SOURCE_REMOVE;
}

LimnJobRun *
limn_job_run_start (LimnSession           *session,
                    LimnJob               *job,
                    const char            *path,
                    const char            *other,
                    gboolean               one_step,
                    const LimnJobRunFuncs *funcs,
                    gpointer               data)
{
  LimnJobRun *run = g_new0 (LimnJobRun, 1);

  run->session = session;
  run->job = g_object_ref (job);
  run->picture = limn_job_get_current (job);
  run->one_step = one_step;
  run->other_path = g_strdup (other);
  run->funcs = funcs;
  run->data = data;
  run->cancellable = g_cancellable_new ();
  if (job->kept || !job->on_disk)
    {
      /* Never ends before the caller has it. */
      g_autoptr(GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, begin_soon, run, NULL);
      g_source_attach (source, g_main_context_get_thread_default ());
    }
  else
    {
      g_autoptr(GFile) file = g_file_new_for_path (path);

      g_file_load_bytes_async (file, run->cancellable, on_loaded, run);
    }
  return run;
}

LimnJob *
limn_job_run_get_job (LimnJobRun *run)
{
  return run->job;
}

guint
limn_job_run_get_picture (LimnJobRun *run)
{
  return run->picture;
}

gboolean
limn_job_run_is_one_step (LimnJobRun *run)
{
  return run->one_step;
}

guint64
limn_job_run_get_serial (LimnJobRun *run)
{
  return run->feed ? limn_feed_get_serial (run->feed) : 0;
}

void
limn_job_run_take_news (LimnJobRun *run)
{
  if (run->feed)
    on_news (run->feed, run);
}

void
limn_job_run_cancel (LimnJobRun *run)
{
  g_cancellable_cancel (run->cancellable);
}

void
limn_job_run_detach (LimnJobRun *run)
{
  run->funcs = NULL;
  run->session = NULL;
  if (run->feed)
    limn_feed_close (run->feed);
  g_cancellable_cancel (run->cancellable);
}
