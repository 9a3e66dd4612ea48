/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A studio without a window, to be killed: crash-driver FOLDER stub|real [add|steer|disk]. Takes up what it finds in FOLDER, queues a batch of two,
 * a job that it stops half-way and another over a part of a picture where it is told to add, or one picture that it steers while it is painted, paints all
 * there is, and says on stdout, a line each, what it has reason to believe is kept.
 * What it says and is not there later was lost. With "disk" the folder of pictures is a disk of two pages, which grows when it is full, can
 * only be read for a while, and can then be written to again. */
#include "config.h"

#include "library/limn-keeper.h"
#include "library/limn-picture-index.h"
#include "library/limn-stash.h"
#include "session/limn-engine-model.h"
#include "session/limn-job-queue-private.h"
#include "session/limn-reel.h"
#include "session/stub-engine.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define FLUSH_US (60 * G_USEC_PER_SEC)

/* The job that is stopped after two of its steps, by the program that adds it. */
#define STOPPED_SEED 300

/* The picture that is steered. */
#define STEERED_SEED 400

typedef struct
{
  const char       *state;
  LimnKeeper       *keeper;
  LimnStash        *stash;
  LimnJobQueue     *queue;
  LimnPictureIndex *index;
  gboolean          restored;
  GAsyncQueue      *gate; /* of the stub; NULL: the real model does as it likes */
  guint             next; /* source */
  gboolean          stops;
  gboolean          steers;
} Driver;

G_GNUC_PRINTF (1, 2)
static void
say (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line = g_strconcat (text, "\n", NULL);
  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    _exit (3);
}

G_GNUC_NORETURN
static void
give_up (const char *message)
{
  say ("error %s", message);
  _exit (2);
}

/* As the application does with what is in the fields. */
static void
keep_draft (Driver *driver, const char *text)
{
  g_autofree char *path = g_build_filename (driver->state, "draft.json", NULL);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  limn_keeper_replace (driver->keeper, path, bytes);
  if (!limn_keeper_flush (driver->keeper, FLUSH_US))
    give_up ("the draft cannot be kept");
  say ("draft %s", text);
}

static void
read_draft (Driver *driver)
{
  g_autofree char *path = g_build_filename (driver->state, "draft.json", NULL);
  g_autofree char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  say ("found-draft %s", text ? text : "none");
}

static void
on_restored (GObject *source, GAsyncResult *result, gpointer data)
{
  Driver *driver = data;
  g_autoptr(GError) error = NULL;

  if (!limn_job_queue_restore_finish (LIMN_JOB_QUEUE (source), result, &error))
    give_up (error->message);
  driver->restored = TRUE;
}

/* The stub does a step when all of the last one is on the disk and all has been heard of it: then the calls of two runs are the same ones, and
 * to kill at each number is to kill at each call. */
static gboolean
allow_step (gpointer data)
{
  Driver *driver = data;

  if (!limn_keeper_flush (driver->keeper, FLUSH_US))
    give_up ("a step cannot be kept");
  if (g_main_context_pending (NULL))
    return G_SOURCE_CONTINUE;
  driver->next = 0;
  g_async_queue_push (driver->gate, driver);
  return G_SOURCE_REMOVE;
}

static void
on_steered (GObject *queue, GAsyncResult *result, gpointer data)
{
  Driver *driver = data;
  LimnJob *job = limn_job_queue_get_running (driver->queue);
  g_autofree char *id = job ? limn_job_dup_picture_id (job, 0) : NULL;
  g_autoptr(GError) error = NULL;

  if (!limn_job_queue_steer_finish (driver->queue, result, NULL, &error))
    give_up (error->message);
  if (!limn_keeper_flush (driver->keeper, FLUSH_US))
    give_up ("a turn cannot be kept");
  say ("steered %s", id);
}

/* It holds from the next step on, or from the one after that, where the next has begun. */
static void
steer (Driver *driver, LimnJob *job)
{
  g_autoptr(LimnRequest) wanted = limn_request_copy (limn_job_get_request (job));

  driver->steers = FALSE;
  limn_request_set_prompt (wanted, "a ship that sinks");
  limn_job_queue_steer_async (driver->queue, job, wanted, NULL, on_steered, driver);
}

static void
on_step (LimnJob *job, GParamSpec *pspec, gpointer data)
{
  Driver *driver = data;

  if (driver->steers && limn_job_get_step (job) == 1)
    steer (driver, job);

  if (driver->stops && limn_job_get_request (job)->seed == STOPPED_SEED && limn_job_get_step (job) == 2)
    limn_job_queue_stop (driver->queue); /* the stub sees it when it is let through */
  if (driver->gate && driver->next == 0 && limn_job_get_step (job) < limn_job_get_n_steps (job))
    driver->next = g_idle_add_full (G_PRIORITY_LOW, allow_step, driver, NULL);
}

static void
on_started (LimnJobQueue *queue, LimnJob *job, LimnReel *reel, gpointer data)
{
  g_signal_handlers_disconnect_by_func (job, on_step, data);
  g_signal_connect (job, "notify::step", G_CALLBACK (on_step), data);
  on_step (job, NULL, data);
}

static void
on_saved (LimnJobQueue *queue, LimnJob *job, const char *path, LimnReel *reel, gpointer data)
{
  Driver *driver = data;

  say ("saved %s", path);
  if (limn_picture_index_refresh (driver->index, path) == 0)
    give_up ("a saved picture is not in the index");
}

static void
on_ended (LimnJobQueue *queue, LimnJob *job, gpointer data)
{
  Driver *driver = data;

  if (limn_job_get_state (job) != LIMN_JOB_DONE &&
      (limn_job_get_state (job) != LIMN_JOB_STOPPED || limn_job_get_request (job)->seed != STOPPED_SEED))
    give_up (limn_job_get_message (job) ? limn_job_get_message (job) : "a job was not done");
  keep_draft (driver, "after a job");
}

static void
on_remark (LimnJobQueue *queue, LimnJob *job, const char *message, gpointer data)
{
  say ("remark %s: %s", limn_job_get_id (job), message);
}

static LimnImage *
make_image (LimnPixelFormat format, guint side)
{
  guint8 *data = g_malloc (side * side * format);

  for (guint i = 0; i < side * side * format; i++)
    data[i] = format == LIMN_PIXEL_GREY8 ? (i % side < side / 2 ? 255 : 0) : i * 7;
  return limn_image_new_take (format, side, side, data, NULL);
}

/* What the application does when the artist paints a mask and presses the button. (transfer full) */
static LimnRequestSource *
put_source (Driver *driver, guint side)
{
  g_autoptr(LimnImage) picture = make_image (LIMN_PIXEL_RGB8, side);
  g_autoptr(LimnImage) mask = make_image (LIMN_PIXEL_GREY8, side);
  g_autofree char *id = limn_stash_add (driver->stash, picture);
  g_autofree char *mask_id = limn_stash_add (driver->stash, mask);
  LimnRequestSource *source = limn_request_source_new (id);

  limn_request_source_set_mask (source, mask_id);
  limn_stash_save_mask (driver->stash, id, mask);
  if (!limn_keeper_flush (driver->keeper, FLUSH_US))
    give_up ("the mask cannot be kept");
  say ("masked %s", id);
  return source;
}

/* The mask is there, in all its pixels, or it is not. */
static void
read_mask (Driver *driver, guint side)
{
  g_autoptr(LimnImage) picture = make_image (LIMN_PIXEL_RGB8, side);
  g_autoptr(LimnImage) mask = make_image (LIMN_PIXEL_GREY8, side);
  g_autofree char *id = limn_image_hash (picture);
  g_autoptr(LimnImage) found = limn_stash_load_mask (driver->stash, id, NULL);
  LimnImageDifference difference = { 0 };

  if (found && (!limn_image_compare (mask, found, &difference, NULL) || difference.n_pixels > 0))
    give_up ("the mask is another one");
  say ("found-mask %s", found ? id : "none");
}

static void
add (Driver *driver, const char *prompt, guint64 seed, guint count, gboolean real, LimnRequestSource *source)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  LimnJob *job;

  limn_request_set_prompt (request, prompt);
  request->seed = seed;
  request->batch_count = count;
  request->open &= ~(LIMN_REQUEST_OPEN_SIZE | LIMN_REQUEST_OPEN_STEPS);
  request->width = request->height = real ? 64 : 32;
  request->steps = 4;
  request->source = source;
  job = limn_job_queue_add (driver->queue, request, 0);
  if (!limn_keeper_flush (driver->keeper, FLUSH_US))
    give_up ("the queue cannot be kept");
  /* Nobody knows whether the second of these comes to be: it depends on whether the program lives to stop the first. */
  for (guint i = 0; i < (seed == STOPPED_SEED ? 1 : count); i++)
    {
      g_autofree char *id = limn_job_dup_picture_id (job, i);

      say ("queued %s", id);
    }
}

/* Of this process alone; before it has a second thread. */
static void
enter_small_disk (const char *pictures)
{
  g_mkdir_with_parents (pictures, 0700);
  if (unshare (geteuid () == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0
      || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
      || mount ("limn", pictures, "tmpfs", 0, "size=8192") != 0)
    _exit (77);
}

static void
remount (const char *pictures, unsigned long flags, const char *size)
{
  if (mount ("limn", pictures, "tmpfs", MS_REMOUNT | flags, size) != 0)
    give_up ("remounting");
}

/* Until all is painted, waits in memory, and the artist is told why. */
static void
wait_for_trouble (Driver *driver, const char *what)
{
  for (;;)
    {
      g_autofree char *trouble = limn_keeper_dup_trouble (driver->keeper);
      guint n_painting = 0;

      for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (driver->queue)); i++)
        {
          g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (driver->queue), i);

          n_painting += limn_job_get_state (job) != LIMN_JOB_SAVING;
        }
      if (trouble && n_painting == 0)
        {
          if (!strstr (trouble, what))
            give_up (trouble);
          say ("trouble %s", what);
          return;
        }
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
wait_for_end (Driver *driver)
{
  while (g_list_model_get_n_items (G_LIST_MODEL (driver->queue)) > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
try_small_disk (Driver *driver, const char *pictures, gboolean real)
{
  add (driver, "five ships", 100, 5, real, NULL);
  limn_job_queue_set_paused (driver->queue, FALSE);
  wait_for_trouble (driver, "disk is full");
  remount (pictures, 0, "size=1048576");
  limn_keeper_retry (driver->keeper);
  wait_for_end (driver);

  remount (pictures, MS_RDONLY, NULL);
  /* What add() waits for is in another folder. */
  add (driver, "a sixth", 200, 1, real, NULL);
  wait_for_trouble (driver, "only be read");
  remount (pictures, 0, NULL);
  limn_keeper_retry (driver->keeper);
}

int
main (int argc, char **argv)
{
  StubLab lab;
  g_autofree char *folder = g_strdup (argv[1]);
  g_autofree char *state = g_build_filename (folder, "state", NULL);
  g_autofree char *pictures = g_build_filename (folder, "Pictures", NULL);
  g_autofree char *sources = g_build_filename (state, "sources", NULL);
  g_autofree char *index = g_build_filename (folder, "index", NULL);
  gboolean real = g_str_equal (argv[2], "real");
  const char *task = argc > 3 ? argv[3] : "";
  g_autoptr(GError) error = NULL;
  Driver driver = { .state = state };
  guint n_swept;
  LimnSession *session;

  if (g_str_equal (task, "disk"))
    enter_small_disk (pictures);
  stub_lab_init (&lab);
  lab.gate = driver.gate = (g_str_equal (task, "add") || g_str_equal (task, "steer")) && !real ? g_async_queue_new () : NULL;
  session = real ? limn_session_new (limn_engine_model_open, NULL, NULL) : limn_session_new (stub_engine_open, &lab, NULL);
  driver.keeper = limn_keeper_new ();
  driver.stash = limn_stash_new (sources, driver.keeper);
  limn_session_set_stash (session, driver.stash);
  driver.index = limn_picture_index_new (pictures, index, NULL);
  driver.queue = limn_job_queue_new (session, driver.keeper, state, pictures);
  limn_job_queue_set_keep_every (driver.queue, 0);
  g_signal_connect (driver.queue, "picture-started", G_CALLBACK (on_started), &driver);
  g_signal_connect (driver.queue, "picture-saved", G_CALLBACK (on_saved), &driver);
  g_signal_connect (driver.queue, "remark", G_CALLBACK (on_remark), &driver);
  g_signal_connect (driver.queue, "job-ended", G_CALLBACK (on_ended), &driver);

  read_draft (&driver);
  read_mask (&driver, real ? 64 : 32);
  limn_job_queue_restore_async (driver.queue, on_restored, &driver);
  while (!driver.restored)
    g_main_context_iteration (NULL, TRUE);
  if (!limn_stash_sweep_state (driver.stash, state, &n_swept, &error))
    give_up (error->message);
  if (!limn_picture_index_scan (driver.index, NULL, NULL, NULL, NULL, &error))
    give_up (error->message);
  if (g_str_equal (task, "disk"))
    try_small_disk (&driver, pictures, real);
  if (g_str_equal (task, "add"))
    {
      keep_draft (&driver, "before");
      add (&driver, "two ships", 40, 2, real, NULL);
      add (&driver, "half a picture", STOPPED_SEED, 2, real, NULL);
      add (&driver, "a red house", 7, 1, real, put_source (&driver, real ? 64 : 32));
      driver.stops = TRUE;
    }
  if (g_str_equal (task, "steer"))
    {
      driver.steers = TRUE;
      add (&driver, "a ship", STEERED_SEED, 1, real, NULL);
    }
  limn_job_queue_set_paused (driver.queue, FALSE);
  wait_for_end (&driver);
  if (!limn_keeper_flush (driver.keeper, FLUSH_US))
    give_up ("something was not written");
  say ("indexed %u", limn_picture_index_count (driver.index, NULL));
  say ("complete");
  g_object_run_dispose (G_OBJECT (driver.queue));
  g_object_unref (driver.queue);
  g_object_unref (session);
  limn_stash_unref (driver.stash);
  g_object_unref (driver.keeper);
  limn_picture_index_unref (driver.index);
  g_clear_pointer (&lab.gate, g_async_queue_unref);
  return 0;
}
