/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The queue while its program lives: the order, painting, stopping, saving. */
#include "config.h"

#include "test-session.h"

#include "queue-studio.h"
#include "source-kit.h"

#include <glib/gstdio.h>
#include <string.h>

/* A job and a batch, one after the other, each picture saved at once under a name that says when and what. */
static void
test_paint (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) a = g_object_ref (studio_add (studio, "a red house / on a (green:1.2) hill", 7, 1));
  g_autoptr(LimnJob) b = g_object_ref (studio_add (studio, "two ships", 40, 3));
  g_autoptr(GPtrArray) paths = NULL;
  g_autofree char *file = NULL;

  g_assert_true (limn_job_queue_get_running (studio->queue) == a);
  g_assert_cmpint (limn_job_get_state (a), ==, LIMN_JOB_PAINTING);
  g_assert_cmpint (limn_job_get_state (b), ==, LIMN_JOB_WAITING);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 2);
  studio_wait_ended (studio, 2);
  g_assert_cmpuint (studio->n_saved, ==, 4);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
  g_assert_null (limn_job_queue_get_running (studio->queue));
  g_assert_cmpint (limn_job_get_state (a), ==, LIMN_JOB_DONE);
  g_assert_cmpint (limn_job_get_state (b), ==, LIMN_JOB_DONE);
  g_assert_cmpuint (limn_job_get_n_steps (a), ==, STUDIO_N_STEPS);
  studio_assert_picture (studio, a, 0, 0);
  for (guint i = 0; i < 3; i++)
    studio_assert_picture (studio, b, i, 0);
  paths = studio_list_pictures (studio);
  g_assert_cmpuint (paths->len, ==, 4);
  {
    guint n_houses = 0, n_ships = 0;

    for (guint i = 0; i < 4; i++)
      {
        n_houses += g_str_has_suffix (g_ptr_array_index (paths, i), " a red house on a green hill.png");
        n_ships += g_regex_match_simple ("/\\d{4}-\\d\\d-\\d\\d \\d\\d-\\d\\d-\\d\\d two ships [123]\\.png$",
                                         g_ptr_array_index (paths, i), 0, 0);
      }
    g_assert_cmpuint (n_houses, ==, 1);
    g_assert_cmpuint (n_ships, ==, 3);
  }
  file = studio_read_queue_file (studio);
  g_assert_nonnull (strstr (file, "\"jobs\":[]"));
}

/* The same prompt in the same second: two names. */
static void
test_same_name (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) a = g_object_ref (studio_add (studio, "same", 1, 1));
  g_autoptr(LimnJob) b = g_object_ref (studio_add (studio, "same", 2, 1));

  studio_wait_ended (studio, 2);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 2);
  studio_assert_picture (studio, a, 0, 0);
  studio_assert_picture (studio, b, 0, 0);
}

static void
assert_order (Studio *studio, LimnJob *const *jobs, guint n)
{
  g_assert_cmpuint (studio_count_jobs (studio), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_true (studio_get_job (studio, i) == jobs[i]);
}

static void
on_items_changed (GListModel *list, guint position, guint removed, guint added, gpointer data)
{
  GPtrArray *mirror = data;

  g_ptr_array_remove_range (mirror, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror, position + i, g_list_model_get_item (list, position + i));
}

/* Who waits can be moved, the running one stays first; what the list model tells is what it is. */
static void
test_move (Studio *studio, gconstpointer data)
{
  g_autoptr(GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);
  LimnJob *jobs[4];

  studio->lab.gate = g_async_queue_new ();
  g_signal_connect (studio->queue, "items-changed", G_CALLBACK (on_items_changed), mirror);
  for (guint i = 0; i < 4; i++)
    jobs[i] = studio_add (studio, "ship", i, 1);
  assert_order (studio, jobs, 4);
  limn_job_queue_move (studio->queue, jobs[3], 0);
  assert_order (studio, (LimnJob *[]){ jobs[0], jobs[3], jobs[1], jobs[2] }, 4);
  limn_job_queue_move (studio->queue, jobs[0], 2);
  limn_job_queue_move (studio->queue, jobs[1], 99);
  assert_order (studio, (LimnJob *[]){ jobs[0], jobs[3], jobs[2], jobs[1] }, 4);
  limn_job_queue_move (studio->queue, jobs[1], 2);
  assert_order (studio, (LimnJob *[]){ jobs[0], jobs[3], jobs[1], jobs[2] }, 4);
  limn_job_queue_remove (studio->queue, jobs[1]);
  g_assert_cmpuint (studio->n_ended, ==, 1);
  assert_order (studio, (LimnJob *[]){ jobs[0], jobs[3], jobs[2] }, 3);
  studio_kill (studio);
  studio_open (studio);
  g_assert_true (limn_job_queue_is_paused (studio->queue));
  g_assert_cmpuint (studio_count_jobs (studio), ==, 3);
  g_assert_cmpuint (limn_job_get_request (studio_get_job (studio, 1))->seed, ==, 3);
  g_assert_cmpuint (limn_job_get_request (studio_get_job (studio, 2))->seed, ==, 2);
  g_assert_cmpuint (mirror->len, ==, 3);
}

/* Paused after two steps and gone on with, twice; the pixels do not know. */
static void
test_pause (Studio *studio, gconstpointer data)
{
  LimnJob *job;
  g_autoptr(LimnJob) held = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = held = g_object_ref (studio_add (studio, "a ship", 3, 1));
  for (guint i = 1; i <= 2; i++)
    {
      studio_allow (studio, 2);
      studio_wait_step (job, 0, 2 * i);
      limn_job_queue_set_paused (studio->queue, TRUE);
      g_assert_true (limn_job_queue_get_running (studio->queue) == job);
      /* The step at hand is given up: the stub sees that once it is let through. */
      studio_allow (studio, 1);
      studio_wait_idle (studio);
      while (g_async_queue_try_pop (studio->lab.gate))
        ;
      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_PAUSED);
      g_assert_cmpuint (limn_job_get_step (job), ==, 2 * i);
      g_assert_cmpuint (studio->n_ended, ==, 0);
      limn_job_queue_set_paused (studio->queue, FALSE);
      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_PAINTING);
    }
  studio_allow (studio, STUDIO_N_STEPS);
  studio_wait_ended (studio, 1);
  g_assert_cmpstr (studio->told->str, ==, "started 0;started 0;started 0;saved;done;");
  studio_assert_picture (studio, job, 0, 0);
}

/* Stopped after three steps: what there is becomes a picture, whatever frames the request wanted; the next job begins. */
static void
test_stop (Studio *studio, gconstpointer data)
{
  static const struct
  {
    LimnPreview preview;
    gboolean    half;
    guint       every;
    guint       width; /* 0: the model's own */
    guint       height;
    gboolean    source;
  } kinds[] = {
    { LIMN_PREVIEW_NOISY, FALSE, 1 },
    { LIMN_PREVIEW_PREDICTED, FALSE, 1 },
    { LIMN_PREVIEW_PREDICTED, TRUE, 1 },
    { LIMN_PREVIEW_NOISY, FALSE, 5 },
    { LIMN_PREVIEW_NONE, FALSE, 1 },
    { LIMN_PREVIEW_NONE, FALSE, 1, 192, 128 },
    { LIMN_PREVIEW_NOISY, TRUE, 1, 128, 192 },
    { LIMN_PREVIEW_NOISY, FALSE, 1, 61, 45, TRUE },
    { LIMN_PREVIEW_PREDICTED, TRUE, 1, 61, 45, TRUE },
    { LIMN_PREVIEW_NONE, FALSE, 1, 61, 45, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr(LimnRequest) request = studio_request_new ("a ship", 3 + i, 2);
      g_autoptr(LimnJob) job = NULL;
      g_autoptr(LimnJob) next = NULL;

      g_string_truncate (studio->told, 0);
      studio->lab.gate = g_async_queue_new ();
      studio->n_ended = 0;
      request->preview = kinds[i].preview;
      request->preview_half = kinds[i].half;
      request->preview_every = kinds[i].every;
      if (kinds[i].width > 0)
        {
          request->open &= ~LIMN_REQUEST_OPEN_SIZE;
          request->width = kinds[i].width;
          request->height = kinds[i].height;
        }
      if (kinds[i].source)
        {
          g_autoptr(LimnImage) mask = source_kit_make_mask (61, 45);

          g_clear_pointer (&studio->source, limn_image_unref);
          studio->source = source_kit_make_picture (61, 45, i);
          source_kit_give (studio->stash, request, studio->source, mask)->strength = 0.99;
        }
      job = g_object_ref (limn_job_queue_add (studio->queue, request, 0));
      next = g_object_ref (studio_add (studio, "next", 1, 1));
      studio_allow (studio, 3);
      studio_wait_step (job, 0, 3);
      limn_job_queue_stop (studio->queue);
      limn_job_queue_stop (studio->queue);
      studio_allow (studio, 1 + STUDIO_N_STEPS);
      studio_wait_ended (studio, 2);
      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);
      g_assert_cmpint (limn_job_get_state (next), ==, LIMN_JOB_DONE);
      studio_assert_picture (studio, job, 0, 3);
      studio_assert_picture (studio, next, 0, 0);
      g_assert_cmpuint (studio_count_pictures (studio), ==, 2 * (i + 1));
      g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
    }
}

/* Whose steps are needed: of the picture that comes next in each job, and of those that are not known to be saved. */
static void
test_used (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(GHashTable) at_first = NULL;
  g_autoptr(GHashTable) after = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  first = limn_job_dup_picture_id (job, 0);
  second = limn_job_dup_picture_id (job, 1);
  at_first = limn_job_queue_dup_used_ids (studio->queue);
  g_assert_true (g_hash_table_contains (at_first, first));
  studio_allow (studio, STUDIO_N_STEPS);
  while (studio->n_saved < 1 || limn_job_get_picture (job) < 1)
    g_main_context_iteration (NULL, TRUE);
  after = limn_job_queue_dup_used_ids (studio->queue);
  g_assert_false (g_hash_table_contains (after, first));
  g_assert_true (g_hash_table_contains (after, second));
}

/* Nothing was done: there is nothing to keep. */
static void
test_stop_at_once (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  limn_job_queue_stop (studio->queue);
  studio_allow (studio, 2);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 0);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
}

/* A folder that cannot be written to: painting goes on, pictures wait in memory, the state is kept all the same; then they are saved, once. */
static void
test_trouble (Studio *studio, gconstpointer data)
{
  g_autofree char *blocker = g_build_filename (studio->folder, "Pictures", NULL);
  g_autofree char *other = g_build_filename (studio->folder, "Other", NULL);
  g_autofree char *file = NULL;
  g_autofree char *trouble = NULL;
  g_autoptr(LimnJob) a = NULL, b = NULL;

  g_assert_true (g_file_set_contents (blocker, "", 0, NULL));
  a = g_object_ref (studio_add (studio, "a ship", 3, 2));
  b = g_object_ref (studio_add (studio, "a house", 9, 1));
  while (limn_job_get_state (a) != LIMN_JOB_SAVING || limn_job_get_state (b) != LIMN_JOB_SAVING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  trouble = limn_keeper_dup_trouble (studio->keeper);
  g_assert_nonnull (trouble);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 2);
  {
    g_autofree char *path = g_build_filename (studio->state, "queue.json", NULL);

    g_assert_true (g_file_get_contents (path, &file, NULL, NULL));
    g_assert_nonnull (strstr (file, "\"unsaved\":[0,1]"));
  }
  g_assert_cmpuint (studio->n_saved, ==, 0);
  /* The steps are on the disk. */
  g_assert_true (limn_job_queue_can_close (studio->queue));

  /* The artist chooses another folder. */
  limn_job_queue_set_folder (studio->queue, other);
  studio_wait_ended (studio, 2);
  g_assert_cmpuint (studio->n_saved, ==, 3);
  g_free (studio->pictures);
  studio->pictures = g_strdup (other);
  studio_assert_picture (studio, a, 0, 0);
  studio_assert_picture (studio, a, 1, 0);
  studio_assert_picture (studio, b, 0, 0);
}

/* Neither the picture nor its steps can be written: whoever closes now loses it, and can be told. */
static void
test_can_close (Studio *studio, gconstpointer data)
{
  g_autofree char *blocker = g_build_filename (studio->folder, "Pictures", NULL);
  const char *steps = limn_job_queue_get_steps_folder (studio->queue);
  g_autoptr(LimnJob) job = NULL;

  g_assert_true (g_file_set_contents (blocker, "", 0, NULL));
  g_assert_true (g_file_set_contents (steps, "", 0, NULL));
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  while (limn_job_get_state (job) != LIMN_JOB_SAVING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_false (limn_job_queue_can_close (studio->queue));
  g_assert_cmpint (g_unlink (steps), ==, 0);
  limn_keeper_retry (studio->keeper);
  g_assert_false (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (limn_job_queue_can_close (studio->queue));
  g_assert_cmpint (g_unlink (blocker), ==, 0);
  limn_keeper_retry (studio->keeper);
  studio_wait_ended (studio, 1);
  studio_assert_picture (studio, job, 0, 0);
}

/* What cannot be painted stays and says why, through a restart too; the others go on; it can be tried again or removed. */
static void
test_failed (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = studio_request_new ("a ship", 3, 1);
  g_autoptr(LimnRequest) broken = studio_request_new ("\xff", 3, 1);
  g_autoptr(LimnJob) failed = NULL, good = NULL, unkept = NULL;
  LimnJob *again;

  limn_request_set_model (request, "missing");
  failed = g_object_ref (limn_job_queue_add (studio->queue, request, 0));
  good = g_object_ref (studio_add (studio, "a house", 9, 1));
  unkept = g_object_ref (limn_job_queue_add (studio->queue, broken, 0));
  g_assert_cmpint (limn_job_get_state (unkept), ==, LIMN_JOB_FAILED);
  g_assert_nonnull (strstr (limn_job_get_message (unkept), "UTF-8"));
  studio_wait_ended (studio, 3);
  g_assert_cmpint (limn_job_get_state (failed), ==, LIMN_JOB_FAILED);
  g_assert_cmpstr (limn_job_get_message (failed), ==, "There is no such model.");
  g_assert_cmpint (limn_job_get_state (good), ==, LIMN_JOB_DONE);
  studio_assert_picture (studio, good, 0, 0);
  assert_order (studio, (LimnJob *[]){ unkept, failed }, 2);
  studio_kill (studio);

  studio_open (studio);
  g_assert_no_error (studio->error);
  g_assert_false (limn_job_queue_is_paused (studio->queue));
  g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
  again = studio_get_job (studio, 0);
  g_assert_cmpint (limn_job_get_state (again), ==, LIMN_JOB_FAILED);
  g_assert_cmpstr (limn_job_get_message (again), ==, "There is no such model.");
  limn_job_queue_retry (studio->queue, again);
  g_assert_null (limn_job_get_message (again));
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (again), ==, LIMN_JOB_FAILED);
  limn_job_queue_remove (studio->queue, again);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
}

static LimnImage *
flat_image (LimnPixelFormat format, guint8 value)
{
  guint8 *data = g_malloc (64 * 48 * format);

  memset (data, value, 64 * 48 * format);
  return limn_image_new_take (format, 64, 48, data, NULL);
}

/* Jobs that wait over a restart and start from pictures: where the picture is gone or damaged, or the mask is, the job says so and the next
 * one goes on; and when the picture is there again, it can be tried again. */
static void
test_sources (Studio *studio, gconstpointer data)
{
  enum { GOOD, GONE, DAMAGED, NO_MASK, N };
  g_autofree char *sources = g_build_filename (studio->state, "sources", NULL);
  LimnStash *stash = limn_stash_new (sources, studio->keeper);
  g_autoptr(LimnImage) mask = flat_image (LIMN_PIXEL_GREY8, 200);
  char *paths[N];
  guint n_before;

  limn_session_set_stash (studio->session, stash);
  limn_job_queue_set_paused (studio->queue, TRUE);
  for (guint i = 0; i < N; i++)
    {
      g_autoptr(LimnRequest) request = studio_request_new ("a ship", 30 + i, 1);
      g_autoptr(LimnImage) picture = flat_image (LIMN_PIXEL_RGB8, 10 + i);
      g_autoptr(LimnImage) other = flat_image (LIMN_PIXEL_GREY8, 100 + i);
      g_autofree char *id = limn_stash_add (stash, picture);
      g_autofree char *mask_id = limn_stash_add (stash, i == NO_MASK ? other : mask);
      g_autofree char *name = g_strconcat (i == NO_MASK ? mask_id : id, ".png", NULL);

      paths[i] = g_build_filename (sources, name, NULL);
      request->open |= LIMN_REQUEST_OPEN_SIZE;
      request->source = limn_request_source_new (id);
      limn_request_source_set_mask (request->source, mask_id);
      limn_job_queue_add (studio->queue, request, 0);
    }
  studio_kill (studio);
  limn_stash_unref (stash);
  g_assert_cmpint (g_unlink (paths[GONE]), ==, 0);
  g_assert_cmpint (g_unlink (paths[NO_MASK]), ==, 0);
  g_assert_true (g_file_set_contents (paths[DAMAGED], "x", 1, NULL));

  studio_open_unrestored (studio);
  stash = limn_stash_new (sources, studio->keeper);
  limn_session_set_stash (studio->session, stash);
  studio->restored = FALSE;
  limn_job_queue_restore_async (studio->queue, studio_on_restored, studio);
  studio_wait_restored (studio);
  g_assert_no_error (studio->error);
  g_assert_cmpuint (studio_count_jobs (studio), ==, N);
  n_before = studio->n_ended;
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, n_before + N);
  g_assert_cmpuint (studio->n_saved, ==, 1);
  g_assert_cmpuint (studio_count_jobs (studio), ==, N - 1);
  for (guint i = 0; i < N - 1; i++)
    {
      static const char *const words[] = { "no longer there", "not a PNG", "no longer there" };
      LimnJob *job = studio_get_job (studio, i);

      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
      if (!strstr (limn_job_get_message (job), words[i]))
        g_error ("“%s” does not speak of “%s”", limn_job_get_message (job), words[i]);
    }

  /* The artist opens the picture again. */
  {
    g_autoptr(LimnImage) picture = flat_image (LIMN_PIXEL_RGB8, 10 + GONE);

    g_free (limn_stash_add (stash, picture));
  }
  limn_job_queue_retry (studio->queue, studio_get_job (studio, 0));
  studio_wait_ended (studio, n_before + N + 1);
  g_assert_cmpuint (studio_count_jobs (studio), ==, N - 2);
  while (studio_count_jobs (studio) > 0)
    limn_job_queue_remove (studio->queue, studio_get_job (studio, 0));
  for (guint i = 0; i < N; i++)
    g_free (paths[i]);
  limn_stash_unref (stash);
}

static void
test_remove_paused (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(GDir) dir = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  studio_allow (studio, 3);
  studio_wait_step (job, 0, 3);
  limn_job_queue_set_paused (studio->queue, TRUE);
  studio_allow (studio, 1);
  studio_wait_idle (studio);
  limn_job_queue_remove (studio->queue, job);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  /* Not even the folder, where the disk was slow. */
  dir = g_dir_open (limn_job_queue_get_steps_folder (studio->queue), 0, NULL);
  g_assert_null (dir ? g_dir_read_name (dir) : NULL);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 0);
}

/* Half painted, then failed, then taken out: it comes back with all that it had, after a kill too, until it is removed for good. */
static void
test_aside (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL, other = NULL, again = NULL;
  g_autofree char *path = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  studio_allow (studio, STUDIO_N_STEPS + 3);
  studio_wait_step (job, 1, 3);
  studio->lab.lose_always = TRUE;
  studio_allow (studio, 10);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
  path = studio_steps_path (studio, job, 1);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  while (g_async_queue_try_pop (studio->lab.gate))
    ;

  other = g_object_ref (studio_add (studio, "a house", 9, 1));
  g_assert_false (limn_job_queue_set_aside (studio->queue, other));
  g_assert_true (limn_job_queue_set_aside (studio->queue, job));
  assert_order (studio, (LimnJob *[]){ other }, 1);
  limn_job_queue_put_back (studio->queue, job, 1);
  assert_order (studio, (LimnJob *[]){ other, job }, 2);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
  g_assert_cmpuint (limn_job_get_picture (job), ==, 1);
  g_assert_cmpuint (limn_job_get_step (job), ==, 3);
  g_assert_nonnull (limn_job_get_message (job));
  g_assert_true (limn_job_queue_set_aside (studio->queue, job));
  studio_kill (studio);

  studio->lab.lose_always = FALSE;
  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 2);
  again = g_object_ref (studio_get_job (studio, 1));
  g_assert_cmpstr (limn_job_get_id (again), ==, limn_job_get_id (job));
  g_assert_cmpuint (limn_job_get_step (again), ==, 3);
  limn_job_queue_retry (studio->queue, again);
  g_assert_true (limn_job_queue_set_aside (studio->queue, again));
  limn_job_queue_put_back (studio->queue, again, 99);
  g_string_truncate (studio->told, 0);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 2);
  /* The one of the house, and the second of the ships: when they are saved is another matter. */
  g_assert_true (strstr (studio->told->str, "started 0;") == studio->told->str);
  g_assert_null (strstr (studio->told->str + 1, "started 0;"));
  g_assert_nonnull (strstr (studio->told->str, "started 1;"));
  studio_assert_picture (studio, again, 0, 0);
  studio_assert_picture (studio, again, 1, 0);
}

static void
test_aside_removed (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *path = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  studio_allow (studio, 3);
  studio_wait_step (job, 0, 3);
  studio->lab.lose_always = TRUE;
  studio_allow (studio, 10);
  studio_wait_ended (studio, 1);
  path = studio_steps_path (studio, job, 0);
  g_assert_true (limn_job_queue_set_aside (studio->queue, job));
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  limn_job_queue_remove (studio->queue, job);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  limn_job_queue_put_back (studio->queue, job, 0);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
  studio_kill (studio);
  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
}

/* Measured, kept through a restart, and of use for requests that leave things to the model. */
static void
test_estimate (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = studio_request_new ("a ship", 3, 4);
  g_autoptr(LimnRequest) other = studio_request_new ("a ship", 3, 1);
  double seconds, left;

  other->open &= ~LIMN_REQUEST_OPEN_SIZE;
  other->width = 128;
  other->height = 64;
  studio->lab.sleep_us = 5000;
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, request, 0), <, 0);
  studio_add (studio, "measured", 1, 1);
  g_assert_cmpfloat (limn_job_queue_get_seconds_left (studio->queue), <, 0);
  studio_wait_ended (studio, 1);
  g_assert_cmpfloat (limn_job_queue_get_seconds_left (studio->queue), ==, 0);
  seconds = limn_job_queue_estimate (studio->queue, request, 0);
  /* Four pictures of six steps and six frames of 5 ms or more each; how much more is the machine's affair. */
  g_assert_cmpfloat (seconds, >=, 4 * 12 * 0.005);
  g_assert_cmpfloat (seconds, <, 60);
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, other, 0), <, 0);
  request->preview = LIMN_PREVIEW_NONE;
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, request, 0), <, seconds);
  studio_kill (studio);

  studio_open (studio);
  request->preview = LIMN_PREVIEW_NOISY;
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, request, 0), ==, seconds);
  studio->lab.gate = g_async_queue_new ();
  studio_add (studio, "one", 1, 1);
  left = limn_job_queue_get_seconds_left (studio->queue);
  g_assert_cmpfloat (left, >, 0);
  studio_add (studio, "two", 1, 1);
  g_assert_cmpfloat (limn_job_queue_get_seconds_left (studio->queue), >, left);
}

#define ADD(name, function) g_test_add ("/job-queue/" name, Studio, NULL, studio_set_up, function, studio_tear_down)

void
test_job_queue_add (void)
{
  ADD ("paint", test_paint);
  ADD ("same-name", test_same_name);
  ADD ("move", test_move);
  ADD ("pause", test_pause);
  ADD ("stop", test_stop);
  ADD ("stop-at-once", test_stop_at_once);
  ADD ("used", test_used);
  ADD ("trouble", test_trouble);
  ADD ("can-close", test_can_close);
  ADD ("failed", test_failed);
  ADD ("sources", test_sources);
  ADD ("remove-paused", test_remove_paused);
  ADD ("aside", test_aside);
  ADD ("aside-removed", test_aside_removed);
  ADD ("estimate", test_estimate);
}
