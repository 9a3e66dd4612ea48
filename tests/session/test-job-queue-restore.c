/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The queue on the disk: what the next program finds. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "library/limn-trajectory.h"
#include "session/limn-queue-file.h"
#include "queue-studio.h"

#include <glib/gstdio.h>
#include <string.h>

/* Killed in the second picture of a batch, with a job behind it: the next start has it all, and paused. */
static void
test_restore (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) a = NULL, b = NULL;

  studio->lab.gate = g_async_queue_new ();
  a = g_object_ref (studio_add (studio, "a ship", 3, 3));
  b = g_object_ref (studio_add (studio, "a house", 9, 1));
  studio_allow (studio, STUDIO_N_STEPS + 2);
  studio_wait_step (a, 1, 2);
  while (studio->n_saved == 0)
    g_main_context_iteration (NULL, TRUE);
  studio_kill (studio);

  studio_open (studio);
  g_assert_no_error (studio->error);
  g_assert_true (limn_job_queue_is_paused (studio->queue));
  g_assert_cmpuint (studio_count_jobs (studio), ==, 2);
  g_assert_cmpstr (limn_job_get_id (studio_get_job (studio, 0)), ==, limn_job_get_id (a));
  g_assert_cmpint (limn_job_get_state (studio_get_job (studio, 0)), ==, LIMN_JOB_PAUSED);
  g_assert_cmpuint (limn_job_get_picture (studio_get_job (studio, 0)), ==, 1);
  g_assert_cmpuint (limn_job_get_step (studio_get_job (studio, 0)), ==, 2);
  g_assert_cmpuint (limn_job_get_n_steps (studio_get_job (studio, 0)), ==, STUDIO_N_STEPS);
  g_assert_cmpint (limn_job_get_state (studio_get_job (studio, 1)), ==, LIMN_JOB_WAITING);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 1);
  g_assert_cmpint (studio->lab.opened, ==, 0);

  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 2);
  for (guint i = 0; i < 3; i++)
    studio_assert_picture (studio, a, i, 0);
  studio_assert_picture (studio, b, 0, 0);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 4);
}

/* The file of the queue says less than what is on the disk, as after a kill between writing and noting. */
static void
test_never_twice (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  g_autofree char *before = studio_read_queue_file (studio);
  g_autoptr(GPtrArray) paths = NULL;

  studio_wait_ended (studio, 1);
  studio_kill (studio);
  studio_write_queue_file (studio, before);
  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
  g_assert_false (limn_job_queue_is_paused (studio->queue));
  studio_kill (studio);

  /* One of the two is gone: that one is made again. */
  paths = studio_list_pictures (studio);
  g_assert_cmpint (g_unlink (g_ptr_array_index (paths, 0)), ==, 0);
  studio_write_queue_file (studio, before);
  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 2);
  studio_assert_picture (studio, job, 0, 0);
  studio_assert_picture (studio, job, 1, 0);
}

/* All steps were done and the picture was not written: its last step is decoded again, no more. */
static void
test_lost_before_saving (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *blocker = g_build_filename (studio->folder, "Pictures", NULL);

  g_assert_true (g_file_set_contents (blocker, "", 0, NULL));
  job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  while (limn_job_get_state (job) != LIMN_JOB_SAVING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
  studio_kill (studio);
  g_assert_cmpint (g_unlink (blocker), ==, 0);

  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
  g_assert_cmpint (limn_job_get_state (studio_get_job (studio, 0)), ==, LIMN_JOB_PAUSED);
  g_assert_cmpuint (limn_job_get_step (studio_get_job (studio, 0)), ==, STUDIO_N_STEPS);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  /* Thumbnails of the steps may have been decoded meanwhile, and one may be on its way: counted as a call, but not yet as a decode. */
  g_assert_cmpuint (studio->lab.n_decodes, >=, 2);
  g_assert_cmpuint (studio->lab.calls - studio->lab.n_decodes, <=, 1);
  studio_assert_picture (studio, job, 0, 0);
  studio_assert_picture (studio, job, 1, 0);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 2);
}

/* A trajectory that is damaged, or of another picture, costs its steps and nothing else. */
static void
test_damaged_steps (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  studio_allow (studio, 3);
  studio_wait_step (job, 0, 3);
  id = limn_job_dup_picture_id (job, 0);
  path = g_strconcat (limn_job_queue_get_steps_folder (studio->queue), "/", id, ".safetensors", NULL);
  studio_kill (studio);
  g_assert_true (g_file_set_contents (path, "half a file", -1, NULL));
  studio_open (studio);
  g_assert_cmpint (limn_job_get_state (studio_get_job (studio, 0)), ==, LIMN_JOB_PAUSED);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  studio_assert_picture (studio, job, 0, 0);
  g_assert_cmpuint (studio->n_remarks, ==, 1);
}

/* How often the network was asked, and decodes that have only begun. */
static guint
count_passes (Studio *studio)
{
  return studio->lab.calls - studio->lab.n_decodes;
}

/* It is not the steps that are damaged, but the model: they are still there when it is mended. */
static void
test_damaged_model (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  studio_allow (studio, 3);
  studio_wait_step (job, 0, 3);
  studio_kill (studio);
  studio_open (studio);
  studio->lab.damaged = TRUE;
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (studio_get_job (studio, 0)), ==, LIMN_JOB_FAILED);
  g_assert_cmpuint (studio->n_remarks, ==, 0);
  studio->lab.damaged = FALSE;
  limn_job_queue_retry (studio->queue, studio_get_job (studio, 0));
  studio_wait_ended (studio, 2);
  g_assert_cmpuint (count_passes (studio), <=, STUDIO_N_STEPS - 3 + 1);
  studio_assert_picture (studio, job, 0, 0);
}

/* The disk for steps is full, and then the device is lost: what is in memory is the only copy. */
static void
test_only_copy (Studio *studio, gconstpointer data)
{
  const char *folder = limn_job_queue_get_steps_folder (studio->queue);
  LimnJob *job;
  guint before;

  g_rmdir (folder);
  g_assert_true (g_file_set_contents (folder, "", 0, NULL));
  studio->lab.gate = g_async_queue_new ();
  job = studio_add (studio, "a ship", 3, 1);
  studio_allow (studio, 3);
  studio_wait_step (job, 0, 3);
  while (!limn_keeper_has_trouble_below (studio->keeper, folder))
    g_main_context_iteration (NULL, FALSE);
  studio->lab.lose_always = TRUE;
  studio_allow (studio, 100);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
  studio->lab.lose_always = FALSE;
  before = count_passes (studio);
  limn_job_queue_retry (studio->queue, job);
  studio_wait_ended (studio, 2);
  g_assert_cmpuint (count_passes (studio) - before, <=, STUDIO_N_STEPS - 3 + 1);
  g_assert_cmpint (g_unlink (folder), ==, 0);
}

/* Nothing could be saved: the first picture is decoded again, and the second, which was begun, goes on. */
static void
test_begun_behind (Studio *studio, gconstpointer data)
{
  g_autofree char *blocker = g_build_filename (studio->folder, "Pictures", NULL);
  g_autoptr(LimnJob) job = NULL;

  g_assert_true (g_file_set_contents (blocker, "", 0, NULL));
  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 3));
  studio_allow (studio, STUDIO_N_STEPS + 4);
  studio_wait_step (job, 1, 4);
  studio_kill (studio);
  g_assert_cmpint (g_unlink (blocker), ==, 0);
  studio_open (studio);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  g_assert_cmpuint (count_passes (studio), <=, 2 * STUDIO_N_STEPS - 4 + 1);
  for (guint i = 0; i < 3; i++)
    studio_assert_picture (studio, job, i, 0);
}

/* Stopped at each moment of its being taken up again, and paused when it is stopped: its last step is its picture. */
static void
test_stop_taken_up (Studio *studio, gconstpointer data)
{
  for (guint moment = 0; moment < 3; moment++)
    {
      g_autoptr(LimnJob) job = NULL;
      guint n = studio_count_pictures (studio);

      studio->lab.gate = g_async_queue_new ();
      job = g_object_ref (studio_add (studio, "a ship", 3 + moment, 1));
      studio_allow (studio, 3);
      studio_wait_step (job, 0, 3);
      studio_kill (studio);
      studio_open (studio);
      studio->lab.gate = g_async_queue_new ();
      if (moment == 2)
        {
          limn_job_queue_stop (studio->queue);
          limn_job_queue_set_paused (studio->queue, FALSE);
          limn_job_queue_set_paused (studio->queue, TRUE);
        }
      else
        {
          limn_job_queue_set_paused (studio->queue, FALSE);
          while (moment == 1 && studio->lab.opened == 0)
            g_main_context_iteration (NULL, FALSE);
          limn_job_queue_stop (studio->queue);
        }
      studio_allow (studio, 100);
      studio_wait_ended (studio, 1);
      g_assert_cmpuint (studio_count_pictures (studio), ==, n + 1);
      studio_assert_picture (studio, job, 0, 3);
      limn_job_queue_set_paused (studio->queue, FALSE);
      g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
      studio->n_ended = 0;
    }
}

/* What is stopped after a restart was never in this program's memory. And one that was killed while it stopped. */
static void
test_stop_restored (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;

  for (guint killed_again = 0; killed_again < 2; killed_again++)
    {
      guint n = studio_count_pictures (studio);

      g_clear_object (&job);
      studio->lab.gate = g_async_queue_new ();
      job = g_object_ref (studio_add (studio, "a ship", 3 + killed_again, 4));
      studio_allow (studio, 3);
      studio_wait_step (job, 0, 3);
      studio_kill (studio);
      studio_open (studio);
      g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
      if (killed_again)
        {
          studio->lab.gate = g_async_queue_new ();
          limn_job_queue_stop (studio->queue);
          studio_kill (studio);
          studio_open (studio);
          g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
          limn_job_queue_set_paused (studio->queue, FALSE);
        }
      else
        limn_job_queue_stop (studio->queue);
      studio_wait_ended (studio, 1);
      studio_assert_picture (studio, job, 0, 3);
      g_assert_cmpuint (studio_count_pictures (studio), ==, n + 1);
      g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
      limn_job_queue_set_paused (studio->queue, FALSE);
    }
}

/* Two programs never work on one queue. */
static void
test_lock (Studio *studio, gconstpointer data)
{
  Studio other = { .state = studio->state, .pictures = studio->pictures, .told = g_string_new (NULL) };
  g_autoptr(LimnJob) job = NULL, early = NULL, second = NULL;

  studio_open_unrestored (&other);
  early = g_object_ref (studio_add (&other, "early", 1, 1));
  second = g_object_ref (studio_add (&other, "early too", 1, 1));
  g_assert_cmpint (limn_job_get_state (early), ==, LIMN_JOB_WAITING);
  limn_job_queue_restore_async (other.queue, studio_on_restored, &other);
  studio_wait_restored (&other);
  g_assert_error (other.error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (limn_job_get_state (early), ==, LIMN_JOB_FAILED);
  g_assert_cmpint (limn_job_get_state (second), ==, LIMN_JOB_FAILED);
  job = g_object_ref (studio_add (&other, "a ship", 3, 1));
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
  g_assert_nonnull (strstr (limn_job_get_message (job), "Another Limn"));
  {
    g_autofree char *path = g_build_filename (studio->state, "draft.json", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static ("draft", 5);

    g_assert_true (limn_job_queue_is_refused (other.queue));
    g_assert_false (limn_job_queue_keeps (other.queue));
    g_assert_true (limn_job_queue_keeps (studio->queue));
    limn_keeper_replace (other.keeper, path, bytes);
    g_assert_true (limn_keeper_flush (other.keeper, 10 * G_USEC_PER_SEC));
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
  studio_kill (&other);
  g_clear_error (&other.error);

  studio_kill (studio);
  studio_open (&other);
  g_assert_no_error (other.error);
  studio_kill (&other);
  limn_stash_unref (other.stash);
  g_string_free (other.told, TRUE);
}

/* Jobs that were added before the kept ones were read come after them. */
static void
test_early (Studio *studio, gconstpointer data)
{
  studio->lab.gate = g_async_queue_new ();
  studio_add (studio, "first", 1, 1);
  studio_kill (studio);
  studio_open_unrestored (studio);
  studio->lab.gate = g_async_queue_new ();
  studio_add (studio, "second", 2, 1);
  g_assert_null (limn_job_queue_get_running (studio->queue));
  studio->restored = FALSE;
  limn_job_queue_restore_async (studio->queue, studio_on_restored, studio);
  studio_wait_restored (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 2);
  g_assert_cmpstr (limn_job_get_request (studio_get_job (studio, 0))->prompt, ==, "first");
  g_assert_cmpstr (limn_job_get_request (studio_get_job (studio, 1))->prompt, ==, "second");
}

/* A file that cannot be understood is put aside and said; nothing is deleted, also the second time. */
static void
test_damaged_file (Studio *studio, gconstpointer data)
{
  g_autofree char *path = g_build_filename (studio->state, "queue.json.damaged", NULL);
  g_autofree char *second = g_build_filename (studio->state, "queue.json.damaged-1", NULL);
  g_autofree char *text = NULL;

  studio_kill (studio);
  studio_write_queue_file (studio, "{\"version\":3,\"new\":true}");
  studio_open (studio);
  g_assert_error (studio->error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (studio->error->message, "queue.json.damaged"));
  g_assert_nonnull (strstr (studio->error->message, "another version"));
  studio_kill (studio);
  studio_write_queue_file (studio, "{");
  studio_open (studio);
  g_assert_error (studio->error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"version\":3,\"new\":true}");
  studio_add (studio, "it works", 1, 1);
  studio_wait_ended (studio, 1);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 1);
}

static guint
n_kept_steps (LimnJobQueue *queue, LimnJob *job)
{
  g_autofree char *id = limn_job_dup_picture_id (job, 0);
  g_autofree char *path = g_strconcat (limn_job_queue_get_steps_folder (queue), "/", id, ".safetensors", NULL);
  g_autoptr(LimnTrajectory) trajectory = limn_trajectory_load (path, NULL);

  return trajectory ? limn_trajectory_get_n_steps (trajectory) : 0;
}

/* Not each step of a fast device is written, but the first is, and what there is at the end. */
static void
test_keep_every (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;

  limn_job_queue_set_keep_every (studio->queue, 1000 * G_USEC_PER_SEC);
  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  studio_allow (studio, 1);
  studio_wait_step (job, 0, 1);
  studio_allow (studio, 2);
  studio_wait_step (job, 0, 3);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_kept_steps (studio->queue, job), ==, 1);
  limn_job_queue_set_paused (studio->queue, TRUE);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_kept_steps (studio->queue, job), ==, 3);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_allow (studio, STUDIO_N_STEPS);
  studio_wait_ended (studio, 1);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_kept_steps (studio->queue, job), ==, STUDIO_N_STEPS);
  studio_assert_picture (studio, job, 0, 0);
}

/* What is read is what was written, and nothing else is read. */
static void
test_parse (Studio *studio, gconstpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LimnQueueFile) file = NULL;
  g_autoptr(GError) error = NULL;
  guint n_read = 0;

  studio->lab.gate = g_async_queue_new ();
  studio_add (studio, "a “ship”,\n[and] more\\", G_MAXUINT64, 3);
  studio_add (studio, "b", 2, 1);
  text = studio_read_queue_file (studio);
  length = strlen (text);
  bytes = g_bytes_new (text, length);
  file = limn_queue_file_parse (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (file->jobs->len, ==, 2);
  {
    const LimnKeptJob *job = g_ptr_array_index (file->jobs, 0);

    g_assert_true (limn_request_equal (job->request, limn_job_get_request (studio_get_job (studio, 0))));
    g_assert_cmpuint (job->stopped, ==, G_MAXUINT);
  }
  for (guint i = 0; i < 3000; i++)
    {
      char *changed = g_memdup2 (text, length);
      g_autoptr(GBytes) damaged = NULL;
      g_autoptr(LimnQueueFile) read = NULL;

      changed[g_rand_int_range (rand, 0, length)] = g_rand_int_range (rand, 0, 256);
      damaged = g_bytes_new_take (changed, i % 10 ? length : (gsize) g_rand_int_range (rand, 0, length));
      read = limn_queue_file_parse (damaged, NULL);
      n_read += read != NULL;
    }
  /* A changed letter of a prompt or a digit of a seed is as good as another. */
  g_test_message ("%u of 3000 changed files were files all the same", n_read);
  g_assert_cmpuint (n_read, <, 1500);
}

static void
test_parse_refused (void)
{
  g_autoptr(LimnRequest) request = studio_request_new ("x", 1, 3);
  g_autofree char *json = limn_request_to_json (request);
  static const struct
  {
    const char *job;
    gboolean    good;
    guint       version; /* 0: the first */
  } cases[] = {
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[0,1],\"stopped\":null,\"failed\":null", TRUE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":3,\"unsaved\":[2],\"stopped\":2,\"failed\":\"why\"", TRUE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[0,1],\"stopped\":null,\"failed\":null,\"more\":1", FALSE },
    { "\"id\":\"%s\",\"name\":\"../n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"x%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":-1,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":4,\"unsaved\":[],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[2],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":0,\"unsaved\":[0],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[1,0],\"stopped\":null,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":3,\"failed\":null", FALSE },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null,\"parent_steps\":null",
      TRUE, 2 },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null,"
      "\"parent_steps\":\"8c6f3a9e-2222-4222-8333-444455556666\"", TRUE, 2 },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null,"
      "\"parent_steps\":\"8c6f3a9e-2222-4222-8333-444455556666\"", FALSE, 1 },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null,"
      "\"parent_steps\":\"../steps\"", FALSE, 2 },
    { "\"id\":\"%s\",\"name\":\"n\",\"request\":%s,\"max_slowdown\":0.5,\"picture\":2,\"unsaved\":[],\"stopped\":null,\"failed\":null", FALSE, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) parts = g_strsplit (cases[i].job, "%s", 3);
      g_autofree char *job = g_strconcat (parts[0], "8c6f3a9e-1111-4222-8333-444455556666", parts[1], json, parts[2], NULL);
      guint version = MAX (cases[i].version, 1);
      g_autofree char *text = g_strdup_printf ("{\"version\":%u,\"folders\":[\"/x\"],\"jobs\":[{%s}]}", version, job);
      g_autofree char *twice = g_strdup_printf ("{\"version\":%u,\"folders\":[\"/x\"],\"jobs\":[{%s},{%s}]}", version, job, job);
      g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr(GBytes) twice_bytes = g_bytes_new (twice, strlen (twice));
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnQueueFile) file = limn_queue_file_parse (bytes, &error);

      g_assert_true ((file != NULL) == cases[i].good);
      if (cases[i].good)
        {
          g_assert_no_error (error);
          g_assert_null (limn_queue_file_parse (twice_bytes, NULL));
        }
      else
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
}

/* A sheet stands in the place of a request, since version 2. */
static void
test_parse_sheet (void)
{
  static const char job[] = "\"id\":\"8c6f3a9e-1111-4222-8333-444455556666\",\"name\":\"n\",\"max_slowdown\":0.5,\"stopped\":null,"
                            "\"failed\":null";
  g_autoptr(LimnRequest) base = studio_request_new ("x", 1, 1);
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autofree char *sheet_json = NULL;
  g_autofree char *base_json = NULL;
  static const struct
  {
    guint       version, picture;
    const char *unsaved;
    gboolean    request, sheet, good;
  } cases[] = { { 2, 2, "[0,1]", FALSE, TRUE, TRUE },   { 2, 3, "[]", FALSE, TRUE, TRUE },      { 2, 4, "[]", FALSE, TRUE, FALSE },
                { 2, 3, "[3]", FALSE, TRUE, FALSE },    { 1, 2, "[0,1]", FALSE, TRUE, FALSE },  { 2, 1, "[]", TRUE, TRUE, FALSE },
                { 2, 0, "[]", FALSE, FALSE, FALSE },    { 2, 1, "[]", TRUE, FALSE, TRUE } };

  base->open = 0;
  base->steps = 4;
  base->sampler = LIMN_SAMPLER_EULER;
  base->cfg = 5;
  base->width = base->height = 64;
  x = limn_sheet_axis_new_parse (LIMN_SHEET_CFG, "2, 3, 4", base, NULL);
  sheet = limn_sheet_new (LIMN_SHEET_GRID, base, x, NULL, NULL);
  sheet_json = limn_sheet_to_json (sheet);
  base_json = limn_request_to_json (base);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnQueueFile) file = NULL;

      g_string_printf (text, "{\"version\":%u,\"folders\":[],\"jobs\":[{%s,\"picture\":%u,\"unsaved\":%s", cases[i].version, job,
                       cases[i].picture, cases[i].unsaved);
      if (cases[i].request)
        g_string_append_printf (text, ",\"request\":%s", base_json);
      if (cases[i].sheet)
        g_string_append_printf (text, ",\"sheet\":%s", sheet_json);
      g_string_append (text, "}]}");
      bytes = g_bytes_new (text->str, text->len);
      file = limn_queue_file_parse (bytes, &error);
      if (!cases[i].good)
        {
          g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpint (((LimnKeptJob *) file->jobs->pdata[0])->sheet != NULL, ==, cases[i].sheet);
    }
}

/* What a branch parts from is needed until it is painted, by the next program too. */
static void
test_parent (Studio *studio, gconstpointer data)
{
  static const char parent[] = "8c6f3a9e-2222-4222-8333-444455556666";
  g_autoptr(LimnRequest) request = studio_request_new ("x", 1, 1);

  studio->lab.gate = g_async_queue_new ();
  limn_job_queue_add_branch (studio->queue, request, parent, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GHashTable) used = limn_job_queue_dup_used_ids (studio->queue);

      g_assert_true (g_hash_table_contains (used, parent));
      if (i == 0)
        {
          studio_kill (studio);
          studio_open (studio);
          g_assert_no_error (studio->error);
        }
    }
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  {
    g_autoptr(GHashTable) used = limn_job_queue_dup_used_ids (studio->queue);

    g_assert_false (g_hash_table_contains (used, parent));
  }
}

/* The note of a stop may be on the disk before the steps that are to be saved: then there is a whole picture, and not none. */
static void
test_stop_without_steps (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *steps = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  steps = studio_steps_path (studio, job, 0);
  studio_allow (studio, 3);
  studio_wait_step (job, 0, 3);
  limn_job_queue_stop (studio->queue);
  studio_kill (studio);
  g_assert_cmpint (g_unlink (steps), ==, 0);
  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  studio_assert_picture (studio, job, 0, 0);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 1);
}

#define ADD(name, function) g_test_add ("/job-queue/" name, Studio, NULL, studio_set_up, function, studio_tear_down)

void
test_job_queue_restore_add (void)
{
  ADD ("restore", test_restore);
  ADD ("never-twice", test_never_twice);
  ADD ("lost-before-saving", test_lost_before_saving);
  ADD ("damaged-steps", test_damaged_steps);
  ADD ("damaged-model", test_damaged_model);
  ADD ("only-copy", test_only_copy);
  ADD ("begun-behind", test_begun_behind);
  ADD ("stop-taken-up", test_stop_taken_up);
  ADD ("stop-restored", test_stop_restored);
  ADD ("stop-without-steps", test_stop_without_steps);
  ADD ("lock", test_lock);
  ADD ("early", test_early);
  ADD ("damaged-file", test_damaged_file);
  ADD ("keep-every", test_keep_every);
  ADD ("parent", test_parent);
  ADD ("parse", test_parse);
  g_test_add_func ("/job-queue/parse-refused", test_parse_refused);
  g_test_add_func ("/job-queue/parse-sheet", test_parse_sheet);
}
