/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The application's queue without the application: kept in a folder, painted when there is time, gone on with after a power cut. */
#include "config.h"

#include "cli/limn-cli-progress.h"

#include "base/limn-error.h"
#include "session/limn-job-queue.h"
#include "session/limn-json-text.h"
#include "session/limn-reel.h"
#include "session/limn-request-files.h"

#include <stdio.h>
#include <string.h>

/* What a slow disk may take to write what is left at the end. */
#define FLUSH_US (60 * G_USEC_PER_SEC)

typedef struct
{
  LimnSession    *session;
  LimnKeeper     *keeper;
  LimnStash      *stash;
  LimnJobQueue   *queue;
  LimnCliProgress progress;
  gboolean        restored;
  GError         *error;
} Work;

static void
work_clear (Work *work)
{
  if (work->queue)
    g_object_run_dispose (G_OBJECT (work->queue));
  g_clear_object (&work->queue);
  g_clear_pointer (&work->stash, limn_stash_unref);
  g_clear_object (&work->keeper);
  g_clear_object (&work->session);
  g_clear_error (&work->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static void
on_restored (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *work = data;

  limn_job_queue_restore_finish (LIMN_JOB_QUEUE (source), result, &work->error);
  work->restored = TRUE;
}

/* Paused. FALSE: it cannot be used, and why has been said. */
static gboolean
open_queue (Work *work, const char *folder, const char *pictures)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  g_autofree char *sources = g_build_filename (path, "sources", NULL);
  guint n_swept;
  g_autofree char *pictures_path = pictures ? g_canonicalize_filename (pictures, NULL) : g_build_filename (path, "pictures", NULL);

  work->session = limn_cli_session_new ();
  work->keeper = limn_keeper_new ();
  work->stash = limn_stash_new (sources, work->keeper);
  limn_session_set_stash (work->session, work->stash);
  work->queue = limn_job_queue_new (work->session, work->keeper, path, pictures_path);
  limn_job_queue_set_paused (work->queue, TRUE);
  limn_job_queue_restore_async (work->queue, on_restored, work);
  while (!work->restored)
    g_main_context_iteration (NULL, TRUE);
  if (work->error)
    limn_cli_say ("limn-cli: %s", work->error->message);
  else
    limn_stash_sweep_state (work->stash, path, &n_swept, NULL);
  /* One that was put aside is said, and a new one begun. */
  return !work->error || g_error_matches (work->error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

static int
close_queue (Work *work, int code)
{
  if (!limn_keeper_flush (work->keeper, FLUSH_US))
    {
      g_autofree char *trouble = limn_keeper_dup_trouble (work->keeper);

      limn_cli_say ("limn-cli: %s", trouble ? trouble : "The disk is too slow; not everything was written.");
      return LIMN_CLI_NO_OUTPUT;
    }
  return code;
}

/* From memory to where the queue will look. Written before the job is: the keeper goes in order. */
static gboolean
bring_files (const LimnRequest *request, LimnStash *from, LimnStash *to, GError **error)
{
  g_autoptr(GArray) files = limn_request_list_files (request);

  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *named = &g_array_index (files, LimnRequestFile, i);

      if (named->kind == LIMN_REQUEST_FILE_JPEG)
        {
          g_autoptr(GBytes) file = limn_stash_load_file (from, named->id, error);

          if (!file)
            return FALSE;
          g_free (limn_stash_add_file (to, file));
        }
      else
        {
          g_autoptr(LimnImage) image = limn_stash_load (from, named->id, error);

          if (!image)
            return FALSE;
          g_free (limn_stash_add (to, image));
        }
    }
  return TRUE;
}

int
limn_cli_queue_add (const char *folder, const LimnRequest *request, LimnStash *stash)
{
  g_auto(Work) work = { NULL };
  g_autoptr(GError) error = NULL;
  LimnJob *job;
  int code;

  if (!open_queue (&work, folder, NULL))
    return LIMN_CLI_NO_OUTPUT;
  if (!bring_files (request, stash, work.stash, &error))
    return limn_cli_fail (error);
  job = limn_job_queue_add (work.queue, request, 0);
  code = close_queue (&work, LIMN_CLI_OK);
  if (code == LIMN_CLI_OK)
    puts (limn_job_get_id (job));
  return code;
}

static const char *
state_name (LimnJobState state)
{
  static const char *const names[] = { "waiting", "painting", "interrupted", "saving", "failed", "done", "stopped" };

  return names[state];
}

static void
list_jobs (Work *work)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (work->queue)); i++)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (work->queue), i);
      const LimnRequest *request = limn_job_get_request (job);
      const char *message = limn_job_get_message (job);
      g_autofree char *prompt = limn_cli_dup_printable (message ? message : request->prompt);

      g_strdelimit (prompt, "\n\t", ' ');
      printf ("%s\tpicture %u of %u\tstep %u\t%s\n", state_name (limn_job_get_state (job)), limn_job_get_picture (job) + 1,
              request->batch_count, limn_job_get_step (job), prompt);
    }
}

static void
show_step (LimnJob *job, GParamSpec *pspec, gpointer data)
{
  Work *work = data;
  guint picture = limn_job_get_picture (job) + 1, n_pictures = limn_job_get_request (job)->batch_count;

  if (work->progress == LIMN_CLI_PROGRESS_BAR)
    fprintf (stderr, "\r\033[Kpicture %u of %u, step %u of %u", picture, n_pictures, limn_job_get_step (job),
             limn_job_get_n_steps (job));
  else if (work->progress == LIMN_CLI_PROGRESS_JSON)
    {
      LimnJsonText *text = limn_json_text_new ();
      g_autofree char *line = NULL;

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "event", "step");
      limn_json_text_add_string (text, "job", limn_job_get_id (job));
      limn_json_text_add_int (text, "picture", picture);
      limn_json_text_add_int (text, "pictures", n_pictures);
      limn_json_text_add_int (text, "step", limn_job_get_step (job));
      limn_json_text_add_int (text, "steps", limn_job_get_n_steps (job));
      limn_json_text_end_object (text);
      line = limn_json_text_free (text);
      fprintf (stderr, "%s\n", line);
    }
}

static void
on_started (LimnJobQueue *queue, LimnJob *job, LimnReel *reel, gpointer data)
{
  g_signal_handlers_disconnect_by_func (job, show_step, data);
  g_signal_connect (job, "notify::step", G_CALLBACK (show_step), data);
}

static void
on_saved (LimnJobQueue *queue, LimnJob *job, const char *path, LimnReel *reel, gpointer data)
{
  Work *work = data;

  limn_cli_progress_clear (work->progress);
  puts (path);
  fflush (stdout);
}

static void
on_ended (LimnJobQueue *queue, LimnJob *job, gpointer data)
{
  Work *work = data;

  if (limn_job_get_state (job) != LIMN_JOB_FAILED)
    return;
  limn_cli_progress_clear (work->progress);
  limn_cli_say ("limn-cli: %s", limn_job_get_message (job));
}

static void
on_trouble (LimnKeeper *keeper, GParamSpec *pspec, gpointer data)
{
  Work *work = data;
  g_autofree char *trouble = limn_keeper_dup_trouble (keeper);

  limn_cli_progress_clear (work->progress);
  if (trouble)
    limn_cli_say ("limn-cli: %s It stays in memory and is tried again.", trouble);
}

/* Of jobs that are not over, the failed ones not counted. (out) @n_failed */
static guint
count_jobs (Work *work, guint *n_failed)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (work->queue));

  *n_failed = 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (work->queue), i);

      *n_failed += limn_job_get_state (job) == LIMN_JOB_FAILED;
    }
  return n - *n_failed;
}

/* Each is asked once, and goes to the end of the queue if it fails again. */
static void
retry_failed (Work *work)
{
  g_autoptr(GPtrArray) failed = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (work->queue)); i++)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (work->queue), i);

      if (limn_job_get_state (job) == LIMN_JOB_FAILED)
        g_ptr_array_add (failed, g_steal_pointer (&job));
    }
  for (guint i = 0; i < failed->len; i++)
    limn_job_queue_retry (work->queue, g_ptr_array_index (failed, i));
}

static gboolean
wake_up (gpointer data)
{
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Work *work = data;

  limn_job_queue_set_paused (work->queue, TRUE);
  /* Where nothing is painted nothing else would end the waiting. */
  g_idle_add (wake_up, NULL);
}

static int
paint (Work *work)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  guint n_failed;

  g_signal_connect (work->queue, "picture-started", G_CALLBACK (on_started), work);
  g_signal_connect (work->queue, "picture-saved", G_CALLBACK (on_saved), work);
  g_signal_connect (work->queue, "job-ended", G_CALLBACK (on_ended), work);
  g_signal_connect (work->keeper, "notify::trouble", G_CALLBACK (on_trouble), work);
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), work);
  limn_cli_cancel_on_signal (cancellable);

  limn_job_queue_set_paused (work->queue, FALSE);
  while (count_jobs (work, &n_failed) > 0 &&
         (!g_cancellable_is_cancelled (cancellable) || limn_job_queue_get_running (work->queue)))
    g_main_context_iteration (NULL, TRUE);
  limn_cli_progress_clear (work->progress);
  if (g_cancellable_is_cancelled (cancellable))
    {
      limn_cli_say ("Interrupted; the next limn-cli queue goes on from here.");
      return close_queue (work, LIMN_CLI_CANCELLED);
    }
  return close_queue (work, n_failed > 0 ? LIMN_CLI_FAILED : LIMN_CLI_OK);
}

int
limn_cli_queue (int argc, char **argv)
{
  g_autofree char *output = NULL;
  g_autofree char *progress = NULL;
  gboolean list = FALSE, retry = FALSE;
  GOptionEntry entries[] = {
    { "list", 'l', 0, G_OPTION_ARG_NONE, &list, "Prints the queue, a line each, and paints nothing", NULL },
    { "retry", 0, 0, G_OPTION_ARG_NONE, &retry, "Also tries again what failed before", NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Where pictures go (default: DIR/pictures)", "FOLDER" },
    { "progress", 0, 0, G_OPTION_ARG_FILENAME, &progress,
      "On stderr: bar, json (one object a line) or none (default: bar on a terminal, else none)", "NAME" },
    { NULL },
  };
  g_auto(Work) work = { NULL };
  g_autoptr(GError) error = NULL;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("queue", "DIR",
                       "Paints what limn-cli generate --queue DIR has put there, in order. The name of each picture is printed on "
                       "stdout.\nInterrupted, by Ctrl+C or a power cut, it goes on from the last step the next time. A picture that "
                       "fails stays in\nthe queue with the reason; the others are painted.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 1)
    return limn_cli_usage ("queue", "One folder is needed: the one that limn-cli generate --queue was given.");
  if (!limn_cli_progress_from_name (progress, &work.progress, &error))
    return limn_cli_usage ("queue", "%s", error->message);
  if (!g_file_test (rest[0], G_FILE_TEST_IS_DIR))
    {
      limn_cli_say ("limn-cli: There is no queue in “%s”.", rest[0]);
      return LIMN_CLI_BAD_INPUT;
    }
  if (!open_queue (&work, rest[0], output))
    return LIMN_CLI_FAILED;
  if (list)
    {
      list_jobs (&work);
      return close_queue (&work, LIMN_CLI_OK);
    }
  if (retry)
    retry_failed (&work);
  return paint (&work);
}
