/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "queue-studio.h"

#include "image/limn-png.h"
#include "library/limn-trajectory.h"
#include "session/limn-recipe.h"
#include "session/limn-reel.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

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
on_remark (LimnJobQueue *queue, LimnJob *job, const char *message, gpointer data)
{
  Studio *studio = data;

  g_assert_true (LIMN_IS_JOB (job) && g_utf8_validate (message, -1, NULL));
  g_test_message ("%s", message);
  studio->n_remarks++;
}

static void
on_job_ended (LimnJobQueue *queue, LimnJob *job, gpointer data)
{
  Studio *studio = data;
  LimnJobState state = limn_job_get_state (job);

  g_string_append (studio->told, state == LIMN_JOB_DONE ? "done;" : state == LIMN_JOB_STOPPED ? "stopped;" : "failed;");
  studio->n_ended++;
}

void
studio_on_restored (GObject *source, GAsyncResult *result, gpointer data)
{
  Studio *studio = data;

  g_clear_error (&studio->error);
  limn_job_queue_restore_finish (LIMN_JOB_QUEUE (source), result, &studio->error);
  studio->restored = TRUE;
}

void
studio_open_unrestored (Studio *studio)
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
  g_signal_connect (studio->queue, "remark", G_CALLBACK (on_remark), studio);
  g_signal_connect (studio->queue, "job-ended", G_CALLBACK (on_job_ended), studio);
}

void
studio_wait_restored (Studio *studio)
{
  while (!studio->restored)
    g_main_context_iteration (NULL, TRUE);
}

void
studio_open (Studio *studio)
{
  studio_open_unrestored (studio);
  studio->restored = FALSE;
  limn_job_queue_restore_async (studio->queue, studio_on_restored, studio);
  studio_wait_restored (studio);
}

static void
on_gone (gpointer data, GObject *object)
{
  *(gboolean *) data = TRUE;
}

void
studio_kill (Studio *studio)
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
  studio->n_saved = studio->n_ended = studio->n_remarks = 0;
}

void
studio_set_up (Studio *studio, gconstpointer data)
{
  g_autofree char *estimates = g_build_filename (g_get_user_cache_dir (), "limn", "estimates.json", NULL);

  studio->folder = g_dir_make_tmp ("limn-queue-XXXXXX", NULL);
  studio->state = g_build_filename (studio->folder, "state", NULL);
  studio->pictures = g_build_filename (studio->folder, "Pictures", "Limn", NULL);
  studio->told = g_string_new (NULL);
  /* What other tests have measured. */
  g_unlink (estimates);
  studio_open (studio);
  g_assert_no_error (studio->error);
}

void
studio_tear_down (Studio *studio, gconstpointer data)
{
  if (studio->queue)
    studio_kill (studio);
  limn_test_remove_folder (studio->folder);
  g_free (studio->folder);
  g_free (studio->state);
  g_free (studio->pictures);
  g_string_free (studio->told, TRUE);
  g_clear_pointer (&studio->stash, limn_stash_unref);
  g_clear_pointer (&studio->source, limn_image_unref);
  g_clear_error (&studio->error);
}

LimnRequest *
studio_request_new (const char *prompt, guint64 seed, guint count)
{
  LimnRequest *request = limn_request_new ();

  limn_request_set_prompt (request, prompt);
  request->seed = seed;
  request->batch_count = count;
  return request;
}

LimnJob *
studio_add (Studio *studio, const char *prompt, guint64 seed, guint count)
{
  g_autoptr(LimnRequest) request = studio_request_new (prompt, seed, count);

  return limn_job_queue_add (studio->queue, request, 0);
}

void
studio_wait_ended (Studio *studio, guint n)
{
  while (studio->n_ended < n)
    g_main_context_iteration (NULL, TRUE);
}

void
studio_allow (Studio *studio, guint n_steps)
{
  for (guint i = 0; i < n_steps; i++)
    g_async_queue_push (studio->lab.gate, studio);
}

void
studio_wait_step (LimnJob *job, guint picture, guint step)
{
  while (limn_job_get_picture (job) < picture || limn_job_get_step (job) < step)
    g_main_context_iteration (NULL, TRUE);
}

void
studio_wait_idle (Studio *studio)
{
  while (limn_job_queue_get_running (studio->queue))
    g_main_context_iteration (NULL, TRUE);
}

char *
studio_expect_pixels (const LimnRequest *request, guint picture)
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

GPtrArray *
studio_list_pictures (Studio *studio)
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

void
studio_assert_picture (Studio *studio, LimnJob *job, guint picture, guint shown)
{
  g_autoptr(GPtrArray) paths = studio_list_pictures (studio);
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
          g_autofree char *expected = studio_expect_pixels (limn_job_get_request (job), picture);

          g_assert_cmpstr (pixels, ==, expected);
        }
    }
  g_assert_cmpuint (n, ==, 1);
  trajectory = limn_trajectory_load (steps, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_trajectory_get_n_steps (trajectory), >=, MAX (shown, 1));
}

guint
studio_count_pictures (Studio *studio)
{
  g_autoptr(GPtrArray) paths = studio_list_pictures (studio);

  return paths->len;
}

char *
studio_read_queue_file (Studio *studio)
{
  g_autofree char *path = g_build_filename (studio->state, "queue.json", NULL);
  char *data = NULL;

  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (g_file_get_contents (path, &data, NULL, NULL));
  return data;
}

void
studio_write_queue_file (Studio *studio, const char *text)
{
  g_autofree char *path = g_build_filename (studio->state, "queue.json", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

guint
studio_count_jobs (Studio *studio)
{
  return g_list_model_get_n_items (G_LIST_MODEL (studio->queue));
}

LimnJob *
studio_get_job (Studio *studio, guint i)
{
  g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (studio->queue), i);

  g_assert_nonnull (job);
  return job;
}

char *
studio_steps_path (Studio *studio, LimnJob *job, guint picture)
{
  g_autofree char *id = limn_job_dup_picture_id (job, picture);
  g_autofree char *name = g_strconcat (id, ".safetensors", NULL);

  return g_build_filename (limn_job_queue_get_steps_folder (studio->queue), name, NULL);
}
