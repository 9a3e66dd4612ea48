/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The queue around a stub that paints. "Killed" is here: everything is dropped without being told; what a real kill does to files is
 * tested by the suite `crash`. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "library/limn-atomic-file.h"
#include "library/limn-keeper-private.h"
#include "library/limn-trajectory.h"
#include "session/limn-job-queue-private.h"
#include "session/limn-queue-file.h"
#include "session/limn-recipe.h"
#include "session/limn-reel.h"
#include "source-kit.h"
#include "stub-engine.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

/* Of the stub's own choice. */
#define N_STEPS 6

typedef struct
{
  char         *folder;
  char         *state;
  char         *pictures;
  StubLab       lab;
  LimnStash    *stash;
  LimnImage    *source;    /* (nullable): what the running job begins with */
  LimnSession  *session;
  LimnKeeper   *keeper;
  LimnJobQueue *queue;
  GString      *told;
  guint         n_saved;
  guint         n_ended;
  GError       *error;    /* of the restore */
  gboolean      restored;
  guint         stop_after; /* steps of the running picture, then the queue is paused */
} Studio;

static void
on_started (LimnJobQueue *queue, LimnJob *job, LimnReel *reel, gpointer data)
{
  Studio *studio = data;

  g_assert_true (LIMN_IS_REEL (reel));
  g_assert_true (limn_job_queue_get_running (queue) == job);
  g_string_append_printf (studio->told, "started %u;", limn_job_get_picture (job));
}

static void
on_picture_saved (LimnJobQueue *queue, LimnJob *job, const char *path, LimnReel *reel, gpointer data)
{
  Studio *studio = data;

  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_assert_true (LIMN_IS_REEL (reel));
  g_string_append (studio->told, "saved;");
  studio->n_saved++;
}

static void
on_job_ended (LimnJobQueue *queue, LimnJob *job, gpointer data)
{
  Studio *studio = data;
  LimnJobState state = limn_job_get_state (job);

  g_string_append (studio->told, state == LIMN_JOB_DONE ? "done;" : state == LIMN_JOB_STOPPED ? "stopped;" : "failed;");
  studio->n_ended++;
}

static void
on_restored (GObject *source, GAsyncResult *result, gpointer data)
{
  Studio *studio = data;

  g_clear_error (&studio->error);
  limn_job_queue_restore_finish (LIMN_JOB_QUEUE (source), result, &studio->error);
  studio->restored = TRUE;
}

static void
open_studio_no_restore (Studio *studio)
{
  stub_lab_init (&studio->lab);
  studio->session = limn_session_new (stub_engine_open, &studio->lab, NULL);
  if (!studio->stash)
    studio->stash = limn_stash_new (NULL, NULL);
  limn_session_set_stash (studio->session, studio->stash);
  studio->keeper = limn_keeper_new ();
  limn_keeper_set_pauses (studio->keeper, 5 * 1000, 20 * 1000);
  studio->queue = limn_job_queue_new (studio->session, studio->keeper, studio->state, studio->pictures);
  limn_job_queue_set_keep_every (studio->queue, 0);
  g_signal_connect (studio->queue, "picture-started", G_CALLBACK (on_started), studio);
  g_signal_connect (studio->queue, "picture-saved", G_CALLBACK (on_picture_saved), studio);
  g_signal_connect (studio->queue, "job-ended", G_CALLBACK (on_job_ended), studio);
}

static void
wait_restored (Studio *studio)
{
  while (!studio->restored)
    g_main_context_iteration (NULL, TRUE);
}

static void
open_studio (Studio *studio)
{
  open_studio_no_restore (studio);
  studio->restored = FALSE;
  limn_job_queue_restore_async (studio->queue, on_restored, studio);
  wait_restored (studio);
}

static void
on_gone (gpointer data, GObject *object)
{
  *(gboolean *) data = TRUE;
}

/* What the keeper has is written first: what is asked here is whether the kept state is enough, not how much of it there is. Pictures that
 * cannot be written are lost. */
static void
kill_studio (Studio *studio)
{
  g_autofree char *lost = g_build_filename (studio->state, "lost", NULL);
  gboolean gone = FALSE;

  limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC);
  limn_keeper_move_to (studio->keeper, studio->pictures, lost);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  if (studio->lab.gate)
    for (guint i = 0; i < 1000; i++)
      g_async_queue_push (studio->lab.gate, studio);
  g_signal_handlers_disconnect_by_data (studio->queue, studio);
  g_object_run_dispose (G_OBJECT (studio->queue));
  g_clear_object (&studio->queue);
  g_clear_object (&studio->keeper);
  /* Reels hold it until their thumbnails are there. */
  g_object_weak_ref (G_OBJECT (studio->session), on_gone, &gone);
  g_clear_object (&studio->session);
  while (!gone)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
  g_string_truncate (studio->told, 0);
  studio->n_saved = studio->n_ended = 0;
}

static void
set_up (Studio *studio, gconstpointer data)
{
  g_autofree char *estimates = g_build_filename (g_get_user_cache_dir (), "limn", "estimates.json", NULL);

  studio->folder = g_dir_make_tmp ("limn-queue-XXXXXX", NULL);
  studio->state = g_build_filename (studio->folder, "state", NULL);
  studio->pictures = g_build_filename (studio->folder, "Pictures", "Limn", NULL);
  studio->told = g_string_new (NULL);
  /* What other tests have measured. */
  g_unlink (estimates);
  open_studio (studio);
  g_assert_no_error (studio->error);
}

static void
tear_down (Studio *studio, gconstpointer data)
{
  if (studio->queue)
    kill_studio (studio);
  limn_test_remove_folder (studio->folder);
  g_free (studio->folder);
  g_free (studio->state);
  g_free (studio->pictures);
  g_string_free (studio->told, TRUE);
  g_clear_pointer (&studio->stash, limn_stash_unref);
  g_clear_pointer (&studio->source, limn_image_unref);
  g_clear_error (&studio->error);
}

static LimnRequest *
request_new (const char *prompt, guint64 seed, guint count)
{
  LimnRequest *request = limn_request_new ();

  limn_request_set_prompt (request, prompt);
  request->seed = seed;
  request->batch_count = count;
  return request;
}

static LimnJob *
add (Studio *studio, const char *prompt, guint64 seed, guint count)
{
  g_autoptr(LimnRequest) request = request_new (prompt, seed, count);

  return limn_job_queue_add (studio->queue, request, 0);
}

static void
wait_ended (Studio *studio, guint n)
{
  while (studio->n_ended < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
allow (Studio *studio, guint n_steps)
{
  for (guint i = 0; i < n_steps; i++)
    g_async_queue_push (studio->lab.gate, studio);
}

static void
wait_step (LimnJob *job, guint picture, guint step)
{
  while (limn_job_get_picture (job) < picture || limn_job_get_step (job) < step)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_idle (Studio *studio)
{
  while (limn_job_queue_get_running (studio->queue))
    g_main_context_iteration (NULL, TRUE);
}

/* SHA-256 of the pixels that @request makes when nothing happens to it. */
static char *
expected_pixels (const LimnRequest *request, guint picture)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) copy = limn_request_copy (request);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  copy->batch_index = picture;
  result = limn_session_generate_sync (session, copy, NULL, NULL, &error);
  g_assert_no_error (error);
  return limn_recipe_hash_pixels (result->picture);
}

static GPtrArray *
list_pictures (Studio *studio)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GDir) dir = g_dir_open (studio->pictures, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_assert_true (g_str_has_suffix (name, ".png"));
      g_ptr_array_add (names, g_build_filename (studio->pictures, name, NULL));
    }
  return names;
}

/* There is exactly one file with the id of this picture; its recipe and its pixels are as they should be. @shown: 0: finished. */
static void
assert_picture (Studio *studio, LimnJob *job, guint picture, guint shown)
{
  g_autoptr(GPtrArray) paths = list_pictures (studio);
  g_autofree char *id = limn_job_dup_picture_id (job, picture);
  g_autofree char *steps = g_strconcat (limn_job_queue_get_steps_folder (studio->queue), "/", id, ".safetensors", NULL);
  g_autoptr(LimnTrajectory) trajectory = NULL;
  g_autoptr(GError) error = NULL;
  guint n = 0;

  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr(LimnPng) png = limn_png_load (g_ptr_array_index (paths, i), LIMN_PNG_READ_ALL, &error);
      g_autoptr(LimnRecipe) recipe = NULL;
      g_autofree char *pixels = NULL;

      g_assert_no_error (error);
      if (g_strcmp0 (limn_png_lookup (png, "limn-trajectory"), id) != 0)
        continue;
      n++;
      g_assert_nonnull (limn_png_lookup (png, "parameters"));
      recipe = limn_recipe_new_from_json (limn_png_lookup (png, "limn"), "recipe", &error);
      g_assert_no_error (error);
      g_assert_true (recipe->intact);
      g_assert_cmpuint (recipe->shown, ==, shown ? shown : recipe->n_steps);
      g_assert_cmpuint (limn_request_get_seed (recipe->request), ==, limn_job_get_request (job)->seed + picture);
      pixels = limn_recipe_hash_pixels (png->image);
      g_assert_cmpstr (pixels, ==, recipe->pixels);
      g_assert_cmpuint (limn_image_get_width (png->image), ==, recipe->request->width);
      g_assert_cmpuint (limn_image_get_height (png->image), ==, recipe->request->height);
      /* The mask leaves its upper edge alone. */
      for (guint x = 0; recipe->request->source && x < recipe->request->width; x++)
        g_assert_cmpmem (limn_image_get_row (png->image, 0) + limn_image_get_format (png->image) * x, 3,
                         limn_image_get_row (studio->source, 0) + 4 * x, 3);
      if (!shown)
        {
          g_autofree char *expected = expected_pixels (limn_job_get_request (job), picture);

          g_assert_cmpstr (pixels, ==, expected);
        }
    }
  g_assert_cmpuint (n, ==, 1);
  trajectory = limn_trajectory_load (steps, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_trajectory_get_n_steps (trajectory), >=, MAX (shown, 1));
}

static guint
count_pictures (Studio *studio)
{
  g_autoptr(GPtrArray) paths = list_pictures (studio);

  return paths->len;
}

static char *
read_queue_file (Studio *studio)
{
  g_autofree char *path = g_build_filename (studio->state, "queue.json", NULL);
  char *data = NULL;

  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (g_file_get_contents (path, &data, NULL, NULL));
  return data;
}

static void
write_queue_file (Studio *studio, const char *text)
{
  g_autofree char *path = g_build_filename (studio->state, "queue.json", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static guint
n_jobs (Studio *studio)
{
  return g_list_model_get_n_items (G_LIST_MODEL (studio->queue));
}

static LimnJob *
nth_job (Studio *studio, guint i)
{
  g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (studio->queue), i);

  g_assert_nonnull (job);
  return job;
}

/* A job and a batch, one after the other, each picture saved at once under a name that says when and what. */
static void
test_paint (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) a = g_object_ref (add (studio, "a red house / on a (green:1.2) hill", 7, 1));
  g_autoptr(LimnJob) b = g_object_ref (add (studio, "two ships", 40, 3));
  g_autoptr(GPtrArray) paths = NULL;
  g_autofree char *file = NULL;

  g_assert_true (limn_job_queue_get_running (studio->queue) == a);
  g_assert_cmpint (limn_job_get_state (a), ==, LIMN_JOB_PAINTING);
  g_assert_cmpint (limn_job_get_state (b), ==, LIMN_JOB_WAITING);
  g_assert_cmpuint (n_jobs (studio), ==, 2);
  wait_ended (studio, 2);
  g_assert_cmpuint (studio->n_saved, ==, 4);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
  g_assert_null (limn_job_queue_get_running (studio->queue));
  g_assert_cmpint (limn_job_get_state (a), ==, LIMN_JOB_DONE);
  g_assert_cmpint (limn_job_get_state (b), ==, LIMN_JOB_DONE);
  g_assert_cmpuint (limn_job_get_n_steps (a), ==, N_STEPS);
  assert_picture (studio, a, 0, 0);
  for (guint i = 0; i < 3; i++)
    assert_picture (studio, b, i, 0);
  paths = list_pictures (studio);
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
  file = read_queue_file (studio);
  g_assert_nonnull (strstr (file, "\"jobs\":[]"));
}

/* The same prompt in the same second: two names. */
static void
test_same_name (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) a = g_object_ref (add (studio, "same", 1, 1));
  g_autoptr(LimnJob) b = g_object_ref (add (studio, "same", 2, 1));

  wait_ended (studio, 2);
  g_assert_cmpuint (count_pictures (studio), ==, 2);
  assert_picture (studio, a, 0, 0);
  assert_picture (studio, b, 0, 0);
}

static void
assert_order (Studio *studio, LimnJob *const *jobs, guint n)
{
  g_assert_cmpuint (n_jobs (studio), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_true (nth_job (studio, i) == jobs[i]);
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
    jobs[i] = add (studio, "ship", i, 1);
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
  kill_studio (studio);
  open_studio (studio);
  g_assert_true (limn_job_queue_is_paused (studio->queue));
  g_assert_cmpuint (n_jobs (studio), ==, 3);
  g_assert_cmpuint (limn_job_get_request (nth_job (studio, 1))->seed, ==, 3);
  g_assert_cmpuint (limn_job_get_request (nth_job (studio, 2))->seed, ==, 2);
  g_assert_cmpuint (mirror->len, ==, 3);
}

/* Paused after two steps and gone on with, twice; the pixels do not know. */
static void
test_pause (Studio *studio, gconstpointer data)
{
  LimnJob *job;
  g_autoptr(LimnJob) held = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = held = g_object_ref (add (studio, "a ship", 3, 1));
  for (guint i = 1; i <= 2; i++)
    {
      allow (studio, 2);
      wait_step (job, 0, 2 * i);
      limn_job_queue_set_paused (studio->queue, TRUE);
      g_assert_true (limn_job_queue_get_running (studio->queue) == job);
      /* The step at hand is given up: the stub sees that once it is let through. */
      allow (studio, 1);
      wait_idle (studio);
      while (g_async_queue_try_pop (studio->lab.gate))
        ;
      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_PAUSED);
      g_assert_cmpuint (limn_job_get_step (job), ==, 2 * i);
      g_assert_cmpuint (studio->n_ended, ==, 0);
      limn_job_queue_set_paused (studio->queue, FALSE);
      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_PAINTING);
    }
  allow (studio, N_STEPS);
  wait_ended (studio, 1);
  g_assert_cmpstr (studio->told->str, ==, "started 0;started 0;started 0;saved;done;");
  assert_picture (studio, job, 0, 0);
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
      g_autoptr(LimnRequest) request = request_new ("a ship", 3 + i, 2);
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
      next = g_object_ref (add (studio, "next", 1, 1));
      allow (studio, 3);
      wait_step (job, 0, 3);
      limn_job_queue_stop (studio->queue);
      limn_job_queue_stop (studio->queue);
      allow (studio, 1 + N_STEPS);
      wait_ended (studio, 2);
      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);
      g_assert_cmpint (limn_job_get_state (next), ==, LIMN_JOB_DONE);
      assert_picture (studio, job, 0, 3);
      assert_picture (studio, next, 0, 0);
      g_assert_cmpuint (count_pictures (studio), ==, 2 * (i + 1));
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
  job = g_object_ref (add (studio, "a ship", 3, 2));
  first = limn_job_dup_picture_id (job, 0);
  second = limn_job_dup_picture_id (job, 1);
  at_first = limn_job_queue_dup_used_ids (studio->queue);
  g_assert_true (g_hash_table_contains (at_first, first));
  allow (studio, N_STEPS);
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
  job = g_object_ref (add (studio, "a ship", 3, 2));
  limn_job_queue_stop (studio->queue);
  allow (studio, 2);
  wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);
  g_assert_cmpuint (count_pictures (studio), ==, 0);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
}

/* Killed in the second picture of a batch, with a job behind it: the next start has it all, and paused. */
static void
test_restore (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) a = NULL, b = NULL;
  g_autofree char *id = NULL;

  studio->lab.gate = g_async_queue_new ();
  a = g_object_ref (add (studio, "a ship", 3, 3));
  b = g_object_ref (add (studio, "a house", 9, 1));
  allow (studio, N_STEPS + 2);
  wait_step (a, 1, 2);
  while (studio->n_saved == 0)
    g_main_context_iteration (NULL, TRUE);
  kill_studio (studio);

  open_studio (studio);
  g_assert_no_error (studio->error);
  g_assert_true (limn_job_queue_is_paused (studio->queue));
  g_assert_cmpuint (n_jobs (studio), ==, 2);
  g_assert_cmpstr (limn_job_get_id (nth_job (studio, 0)), ==, limn_job_get_id (a));
  g_assert_cmpint (limn_job_get_state (nth_job (studio, 0)), ==, LIMN_JOB_PAUSED);
  g_assert_cmpuint (limn_job_get_picture (nth_job (studio, 0)), ==, 1);
  g_assert_cmpuint (limn_job_get_step (nth_job (studio, 0)), ==, 2);
  g_assert_cmpuint (limn_job_get_n_steps (nth_job (studio, 0)), ==, N_STEPS);
  g_assert_cmpint (limn_job_get_state (nth_job (studio, 1)), ==, LIMN_JOB_WAITING);
  g_assert_cmpuint (count_pictures (studio), ==, 1);
  g_assert_cmpint (studio->lab.opened, ==, 0);

  limn_job_queue_set_paused (studio->queue, FALSE);
  wait_ended (studio, 2);
  for (guint i = 0; i < 3; i++)
    assert_picture (studio, a, i, 0);
  assert_picture (studio, b, 0, 0);
  g_assert_cmpuint (count_pictures (studio), ==, 4);
}

/* The file of the queue says less than what is on the disk, as after a kill between writing and noting. */
static void
test_never_twice (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = g_object_ref (add (studio, "a ship", 3, 2));
  g_autofree char *before = read_queue_file (studio);
  g_autoptr(GPtrArray) paths = NULL;

  wait_ended (studio, 1);
  kill_studio (studio);
  write_queue_file (studio, before);
  open_studio (studio);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
  g_assert_false (limn_job_queue_is_paused (studio->queue));
  kill_studio (studio);

  /* One of the two is gone: that one is made again. */
  paths = list_pictures (studio);
  g_assert_cmpint (g_unlink (g_ptr_array_index (paths, 0)), ==, 0);
  write_queue_file (studio, before);
  open_studio (studio);
  g_assert_cmpuint (n_jobs (studio), ==, 1);
  limn_job_queue_set_paused (studio->queue, FALSE);
  wait_ended (studio, 1);
  g_assert_cmpuint (count_pictures (studio), ==, 2);
  assert_picture (studio, job, 0, 0);
  assert_picture (studio, job, 1, 0);
}

/* All steps were done and the picture was not written: its last step is decoded again, no more. */
static void
test_lost_before_saving (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *blocker = g_build_filename (studio->folder, "Pictures", NULL);

  g_assert_true (g_file_set_contents (blocker, "", 0, NULL));
  job = g_object_ref (add (studio, "a ship", 3, 2));
  while (limn_job_get_state (job) != LIMN_JOB_SAVING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_jobs (studio), ==, 1);
  kill_studio (studio);
  g_assert_cmpint (g_unlink (blocker), ==, 0);

  open_studio (studio);
  g_assert_cmpuint (n_jobs (studio), ==, 1);
  g_assert_cmpint (limn_job_get_state (nth_job (studio, 0)), ==, LIMN_JOB_PAUSED);
  g_assert_cmpuint (limn_job_get_step (nth_job (studio, 0)), ==, N_STEPS);
  limn_job_queue_set_paused (studio->queue, FALSE);
  wait_ended (studio, 1);
  g_assert_cmpuint (studio->lab.calls, ==, 2);
  g_assert_cmpuint (studio->lab.n_decodes, ==, 2);
  assert_picture (studio, job, 0, 0);
  assert_picture (studio, job, 1, 0);
  g_assert_cmpuint (count_pictures (studio), ==, 2);
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
  a = g_object_ref (add (studio, "a ship", 3, 2));
  b = g_object_ref (add (studio, "a house", 9, 1));
  while (limn_job_get_state (a) != LIMN_JOB_SAVING || limn_job_get_state (b) != LIMN_JOB_SAVING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  trouble = limn_keeper_dup_trouble (studio->keeper);
  g_assert_nonnull (trouble);
  g_assert_cmpuint (n_jobs (studio), ==, 2);
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
  wait_ended (studio, 2);
  g_assert_cmpuint (studio->n_saved, ==, 3);
  g_free (studio->pictures);
  studio->pictures = g_strdup (other);
  assert_picture (studio, a, 0, 0);
  assert_picture (studio, a, 1, 0);
  assert_picture (studio, b, 0, 0);
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
  job = g_object_ref (add (studio, "a ship", 3, 1));
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
  wait_ended (studio, 1);
  assert_picture (studio, job, 0, 0);
}

/* What cannot be painted stays and says why, through a restart too; the others go on; it can be tried again or removed. */
static void
test_failed (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = request_new ("a ship", 3, 1);
  g_autoptr(LimnRequest) broken = request_new ("\xff", 3, 1);
  g_autoptr(LimnJob) failed = NULL, good = NULL, unkept = NULL;
  LimnJob *again;

  limn_request_set_model (request, "missing");
  failed = g_object_ref (limn_job_queue_add (studio->queue, request, 0));
  good = g_object_ref (add (studio, "a house", 9, 1));
  unkept = g_object_ref (limn_job_queue_add (studio->queue, broken, 0));
  g_assert_cmpint (limn_job_get_state (unkept), ==, LIMN_JOB_FAILED);
  g_assert_nonnull (strstr (limn_job_get_message (unkept), "UTF-8"));
  wait_ended (studio, 3);
  g_assert_cmpint (limn_job_get_state (failed), ==, LIMN_JOB_FAILED);
  g_assert_cmpstr (limn_job_get_message (failed), ==, "There is no such model.");
  g_assert_cmpint (limn_job_get_state (good), ==, LIMN_JOB_DONE);
  assert_picture (studio, good, 0, 0);
  assert_order (studio, (LimnJob *[]){ unkept, failed }, 2);
  kill_studio (studio);

  open_studio (studio);
  g_assert_no_error (studio->error);
  g_assert_false (limn_job_queue_is_paused (studio->queue));
  g_assert_cmpuint (n_jobs (studio), ==, 1);
  again = nth_job (studio, 0);
  g_assert_cmpint (limn_job_get_state (again), ==, LIMN_JOB_FAILED);
  g_assert_cmpstr (limn_job_get_message (again), ==, "There is no such model.");
  limn_job_queue_retry (studio->queue, again);
  g_assert_null (limn_job_get_message (again));
  wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (again), ==, LIMN_JOB_FAILED);
  limn_job_queue_remove (studio->queue, again);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
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
      g_autoptr(LimnRequest) request = request_new ("a ship", 30 + i, 1);
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
  kill_studio (studio);
  limn_stash_unref (stash);
  g_assert_cmpint (g_unlink (paths[GONE]), ==, 0);
  g_assert_cmpint (g_unlink (paths[NO_MASK]), ==, 0);
  g_assert_true (g_file_set_contents (paths[DAMAGED], "x", 1, NULL));

  open_studio_no_restore (studio);
  stash = limn_stash_new (sources, studio->keeper);
  limn_session_set_stash (studio->session, stash);
  studio->restored = FALSE;
  limn_job_queue_restore_async (studio->queue, on_restored, studio);
  wait_restored (studio);
  g_assert_no_error (studio->error);
  g_assert_cmpuint (n_jobs (studio), ==, N);
  n_before = studio->n_ended;
  limn_job_queue_set_paused (studio->queue, FALSE);
  wait_ended (studio, n_before + N);
  g_assert_cmpuint (studio->n_saved, ==, 1);
  g_assert_cmpuint (n_jobs (studio), ==, N - 1);
  for (guint i = 0; i < N - 1; i++)
    {
      static const char *const words[] = { "no longer there", "not a PNG", "no longer there" };
      LimnJob *job = nth_job (studio, i);

      g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
      if (!strstr (limn_job_get_message (job), words[i]))
        g_error ("“%s” does not speak of “%s”", limn_job_get_message (job), words[i]);
    }

  /* The artist opens the picture again. */
  {
    g_autoptr(LimnImage) picture = flat_image (LIMN_PIXEL_RGB8, 10 + GONE);

    g_free (limn_stash_add (stash, picture));
  }
  limn_job_queue_retry (studio->queue, nth_job (studio, 0));
  wait_ended (studio, n_before + N + 1);
  g_assert_cmpuint (n_jobs (studio), ==, N - 2);
  while (n_jobs (studio) > 0)
    limn_job_queue_remove (studio->queue, nth_job (studio, 0));
  for (guint i = 0; i < N; i++)
    g_free (paths[i]);
  limn_stash_unref (stash);
}

/* A trajectory that is damaged, or of another picture, costs its steps and nothing else. */
static void
test_damaged_steps (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (add (studio, "a ship", 3, 1));
  allow (studio, 3);
  wait_step (job, 0, 3);
  id = limn_job_dup_picture_id (job, 0);
  path = g_strconcat (limn_job_queue_get_steps_folder (studio->queue), "/", id, ".safetensors", NULL);
  kill_studio (studio);
  g_assert_true (g_file_set_contents (path, "half a file", -1, NULL));
  open_studio (studio);
  g_assert_cmpint (limn_job_get_state (nth_job (studio, 0)), ==, LIMN_JOB_PAUSED);
  limn_job_queue_set_paused (studio->queue, FALSE);
  wait_ended (studio, 1);
  assert_picture (studio, job, 0, 0);
}

/* What is stopped after a restart was never in this program's memory. And one that was killed while it stopped. */
static void
test_stop_restored (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;

  for (guint killed_again = 0; killed_again < 2; killed_again++)
    {
      guint n = count_pictures (studio);

      g_clear_object (&job);
      studio->lab.gate = g_async_queue_new ();
      job = g_object_ref (add (studio, "a ship", 3 + killed_again, 4));
      allow (studio, 3);
      wait_step (job, 0, 3);
      kill_studio (studio);
      open_studio (studio);
      g_assert_cmpuint (n_jobs (studio), ==, 1);
      if (killed_again)
        {
          g_autofree char *blocker = NULL;

          studio->lab.gate = g_async_queue_new ();
          limn_job_queue_stop (studio->queue);
          kill_studio (studio);
          open_studio (studio);
          g_assert_cmpuint (n_jobs (studio), ==, 1);
          limn_job_queue_set_paused (studio->queue, FALSE);
        }
      else
        limn_job_queue_stop (studio->queue);
      wait_ended (studio, 1);
      assert_picture (studio, job, 0, 3);
      g_assert_cmpuint (count_pictures (studio), ==, n + 1);
      g_assert_cmpuint (n_jobs (studio), ==, 0);
      limn_job_queue_set_paused (studio->queue, FALSE);
    }
}

static void
test_remove_paused (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(GDir) dir = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (add (studio, "a ship", 3, 1));
  allow (studio, 3);
  wait_step (job, 0, 3);
  limn_job_queue_set_paused (studio->queue, TRUE);
  allow (studio, 1);
  wait_idle (studio);
  limn_job_queue_remove (studio->queue, job);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  /* Not even the folder, where the disk was slow. */
  dir = g_dir_open (limn_job_queue_get_steps_folder (studio->queue), 0, NULL);
  g_assert_null (dir ? g_dir_read_name (dir) : NULL);
  g_assert_cmpuint (count_pictures (studio), ==, 0);
}

static char *
steps_path (Studio *studio, LimnJob *job, guint picture)
{
  g_autofree char *id = limn_job_dup_picture_id (job, picture);
  g_autofree char *name = g_strconcat (id, ".safetensors", NULL);

  return g_build_filename (limn_job_queue_get_steps_folder (studio->queue), name, NULL);
}

/* Half painted, then failed, then taken out: it comes back with all that it had, after a kill too, until it is removed for good. */
static void
test_aside (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL, other = NULL, again = NULL;
  g_autofree char *path = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (add (studio, "a ship", 3, 2));
  allow (studio, N_STEPS + 3);
  wait_step (job, 1, 3);
  studio->lab.lose_always = TRUE;
  allow (studio, 10);
  wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_FAILED);
  path = steps_path (studio, job, 1);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  while (g_async_queue_try_pop (studio->lab.gate))
    ;

  other = g_object_ref (add (studio, "a house", 9, 1));
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
  kill_studio (studio);

  studio->lab.lose_always = FALSE;
  open_studio (studio);
  g_assert_cmpuint (n_jobs (studio), ==, 2);
  again = g_object_ref (nth_job (studio, 1));
  g_assert_cmpstr (limn_job_get_id (again), ==, limn_job_get_id (job));
  g_assert_cmpuint (limn_job_get_step (again), ==, 3);
  limn_job_queue_retry (studio->queue, again);
  g_assert_true (limn_job_queue_set_aside (studio->queue, again));
  limn_job_queue_put_back (studio->queue, again, 99);
  g_string_truncate (studio->told, 0);
  limn_job_queue_set_paused (studio->queue, FALSE);
  wait_ended (studio, 2);
  /* The one of the house, and the second of the ships: when they are saved is another matter. */
  g_assert_true (strstr (studio->told->str, "started 0;") == studio->told->str);
  g_assert_null (strstr (studio->told->str + 1, "started 0;"));
  g_assert_nonnull (strstr (studio->told->str, "started 1;"));
  assert_picture (studio, again, 0, 0);
  assert_picture (studio, again, 1, 0);
}

static void
test_aside_removed (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autofree char *path = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (add (studio, "a ship", 3, 1));
  allow (studio, 3);
  wait_step (job, 0, 3);
  studio->lab.lose_always = TRUE;
  allow (studio, 10);
  wait_ended (studio, 1);
  path = steps_path (studio, job, 0);
  g_assert_true (limn_job_queue_set_aside (studio->queue, job));
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  limn_job_queue_remove (studio->queue, job);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  limn_job_queue_put_back (studio->queue, job, 0);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
  kill_studio (studio);
  open_studio (studio);
  g_assert_cmpuint (n_jobs (studio), ==, 0);
}

/* Two programs never work on one queue. */
static void
test_lock (Studio *studio, gconstpointer data)
{
  Studio other = { .state = studio->state, .pictures = studio->pictures, .told = g_string_new (NULL) };
  g_autoptr(LimnJob) job = NULL, early = NULL;

  open_studio_no_restore (&other);
  early = g_object_ref (add (&other, "early", 1, 1));
  g_assert_cmpint (limn_job_get_state (early), ==, LIMN_JOB_WAITING);
  limn_job_queue_restore_async (other.queue, on_restored, &other);
  wait_restored (&other);
  g_assert_error (other.error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (limn_job_get_state (early), ==, LIMN_JOB_FAILED);
  job = g_object_ref (add (&other, "a ship", 3, 1));
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
  kill_studio (&other);
  g_clear_error (&other.error);

  kill_studio (studio);
  open_studio (&other);
  g_assert_no_error (other.error);
  kill_studio (&other);
  limn_stash_unref (other.stash);
  g_string_free (other.told, TRUE);
}

/* Jobs that were added before the kept ones were read come after them. */
static void
test_early (Studio *studio, gconstpointer data)
{
  studio->lab.gate = g_async_queue_new ();
  add (studio, "first", 1, 1);
  kill_studio (studio);
  open_studio_no_restore (studio);
  studio->lab.gate = g_async_queue_new ();
  add (studio, "second", 2, 1);
  g_assert_null (limn_job_queue_get_running (studio->queue));
  studio->restored = FALSE;
  limn_job_queue_restore_async (studio->queue, on_restored, studio);
  wait_restored (studio);
  g_assert_cmpuint (n_jobs (studio), ==, 2);
  g_assert_cmpstr (limn_job_get_request (nth_job (studio, 0))->prompt, ==, "first");
  g_assert_cmpstr (limn_job_get_request (nth_job (studio, 1))->prompt, ==, "second");
}

/* A file that cannot be understood is put aside and said; nothing is deleted, also the second time. */
static void
test_damaged_file (Studio *studio, gconstpointer data)
{
  g_autofree char *path = g_build_filename (studio->state, "queue.json.damaged", NULL);
  g_autofree char *second = g_build_filename (studio->state, "queue.json.damaged-1", NULL);
  g_autofree char *text = NULL;

  kill_studio (studio);
  write_queue_file (studio, "{\"version\":2,\"new\":true}");
  open_studio (studio);
  g_assert_error (studio->error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (studio->error->message, "queue.json.damaged"));
  g_assert_nonnull (strstr (studio->error->message, "another version"));
  kill_studio (studio);
  write_queue_file (studio, "{");
  open_studio (studio);
  g_assert_error (studio->error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"version\":2,\"new\":true}");
  add (studio, "it works", 1, 1);
  wait_ended (studio, 1);
  g_assert_cmpuint (count_pictures (studio), ==, 1);
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
  job = g_object_ref (add (studio, "a ship", 3, 1));
  allow (studio, 1);
  wait_step (job, 0, 1);
  allow (studio, 2);
  wait_step (job, 0, 3);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_kept_steps (studio->queue, job), ==, 1);
  limn_job_queue_set_paused (studio->queue, TRUE);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_kept_steps (studio->queue, job), ==, 3);
  limn_job_queue_set_paused (studio->queue, FALSE);
  allow (studio, N_STEPS);
  wait_ended (studio, 1);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (n_kept_steps (studio->queue, job), ==, N_STEPS);
  assert_picture (studio, job, 0, 0);
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
  add (studio, "a “ship”,\n[and] more\\", G_MAXUINT64, 3);
  add (studio, "b", 2, 1);
  text = read_queue_file (studio);
  length = strlen (text);
  bytes = g_bytes_new (text, length);
  file = limn_queue_file_parse (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (file->jobs->len, ==, 2);
  {
    const LimnKeptJob *job = g_ptr_array_index (file->jobs, 0);

    g_assert_true (limn_request_equal (job->request, limn_job_get_request (nth_job (studio, 0))));
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
  g_autoptr(LimnRequest) request = request_new ("x", 1, 3);
  g_autofree char *json = limn_request_to_json (request);
  static const struct
  {
    const char *job;
    gboolean    good;
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
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) parts = g_strsplit (cases[i].job, "%s", 3);
      g_autofree char *job = g_strconcat (parts[0], "8c6f3a9e-1111-4222-8333-444455556666", parts[1], json, parts[2], NULL);
      g_autofree char *text = g_strdup_printf ("{\"version\":1,\"folders\":[\"/x\"],\"jobs\":[{%s}]}", job);
      g_autofree char *twice = g_strdup_printf ("{\"version\":1,\"folders\":[\"/x\"],\"jobs\":[{%s},{%s}]}", job, job);
      g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr(GBytes) twice_bytes = g_bytes_new (twice, strlen (twice));
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnQueueFile) file = limn_queue_file_parse (bytes, &error);

      if (cases[i].good)
        {
          g_assert_no_error (error);
          g_assert_null (limn_queue_file_parse (twice_bytes, NULL));
        }
      else
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
}

/* Measured, kept through a restart, and of use for requests that leave things to the model. */
static void
test_estimate (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = request_new ("a ship", 3, 4);
  g_autoptr(LimnRequest) other = request_new ("a ship", 3, 1);
  double seconds, left;

  other->open &= ~LIMN_REQUEST_OPEN_SIZE;
  other->width = 128;
  other->height = 64;
  studio->lab.sleep_us = 5000;
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, request, 0), <, 0);
  add (studio, "measured", 1, 1);
  g_assert_cmpfloat (limn_job_queue_get_seconds_left (studio->queue), <, 0);
  wait_ended (studio, 1);
  g_assert_cmpfloat (limn_job_queue_get_seconds_left (studio->queue), ==, 0);
  seconds = limn_job_queue_estimate (studio->queue, request, 0);
  /* Four pictures of six steps and six frames of 5 ms or more each; how much more is the machine's affair. */
  g_assert_cmpfloat (seconds, >=, 4 * 12 * 0.005);
  g_assert_cmpfloat (seconds, <, 60);
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, other, 0), <, 0);
  request->preview = LIMN_PREVIEW_NONE;
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, request, 0), <, seconds);
  kill_studio (studio);

  open_studio (studio);
  request->preview = LIMN_PREVIEW_NOISY;
  g_assert_cmpfloat (limn_job_queue_estimate (studio->queue, request, 0), ==, seconds);
  studio->lab.gate = g_async_queue_new ();
  add (studio, "one", 1, 1);
  left = limn_job_queue_get_seconds_left (studio->queue);
  g_assert_cmpfloat (left, >, 0);
  add (studio, "two", 1, 1);
  g_assert_cmpfloat (limn_job_queue_get_seconds_left (studio->queue), >, left);
}

#define ADD(name, function) g_test_add ("/job-queue/" name, Studio, NULL, set_up, function, tear_down)

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
  ADD ("restore", test_restore);
  ADD ("never-twice", test_never_twice);
  ADD ("lost-before-saving", test_lost_before_saving);
  ADD ("trouble", test_trouble);
  ADD ("can-close", test_can_close);
  ADD ("failed", test_failed);
  ADD ("sources", test_sources);
  ADD ("damaged-steps", test_damaged_steps);
  ADD ("stop-restored", test_stop_restored);
  ADD ("remove-paused", test_remove_paused);
  ADD ("aside", test_aside);
  ADD ("aside-removed", test_aside_removed);
  ADD ("lock", test_lock);
  ADD ("early", test_early);
  ADD ("damaged-file", test_damaged_file);
  ADD ("keep-every", test_keep_every);
  ADD ("parse", test_parse);
  g_test_add_func ("/job-queue/parse-refused", test_parse_refused);
  ADD ("estimate", test_estimate);
}
