/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is changed while a picture is painted: from the next step on, recorded, replayed from the recipe alone. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "queue-studio.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"
#include "session/limn-sheet.h"
#include "source-kit.h"

#include <string.h>

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **place)
{
  while (!*place)
    g_main_context_iteration (NULL, TRUE);
  return *place;
}

/* The same settings as the job at hand, but for @prompt. */
static LimnRequest *
new_wanted (LimnJob *job, const char *prompt)
{
  LimnRequest *wanted = limn_request_copy (limn_job_get_request (job));

  limn_request_set_prompt (wanted, prompt);
  return wanted;
}

/* The engine stands at its gate: the next step has begun, so that what is said now is taken before the one after it. */
static void
wait_at_gate (Studio *studio)
{
  while (g_async_queue_length (studio->lab.gate) >= 0)
    g_main_context_iteration (NULL, FALSE);
}

static guint
steer (Studio *studio, LimnJob *job, const LimnRequest *wanted, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  guint step = G_MAXUINT;

  wait_at_gate (studio);
  limn_job_queue_steer_async (studio->queue, job, wanted, NULL, store_result, &result);
  studio_allow (studio, 1);
  limn_job_queue_steer_finish (studio->queue, wait_for (&result), &step, error);
  return step;
}

/* The one picture with this id, and whether its recipe makes it again. */
static LimnRecipe *
check_replay (Studio *studio, LimnJob *job, guint picture)
{
  g_autoptr(GPtrArray) paths = studio_list_pictures (studio);
  g_autofree char *id = limn_job_dup_picture_id (job, picture);
  LimnRecipe *recipe = NULL;

  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr(LimnPng) png = limn_png_load (g_ptr_array_index (paths, i), LIMN_PNG_READ_ALL, NULL);
      g_autofree char *pixels = NULL;
      g_autofree char *expected = NULL;

      if (g_strcmp0 (limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD), id) != 0)
        continue;
      g_assert_null (recipe);
      recipe = limn_recipe_new_from_json (limn_png_lookup (png, LIMN_RECIPE_KEYWORD), "recipe", NULL);
      pixels = limn_recipe_hash_pixels (png->image);
      g_assert_cmpstr (pixels, ==, recipe->pixels);
      if (recipe->shown < recipe->n_steps)
        continue;
      expected = studio_expect_pixels (recipe->request, recipe->request->batch_index);
      g_assert_cmpstr (pixels, ==, expected);
    }
  g_assert_nonnull (recipe);
  return recipe;
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer data)
{
  ++*(guint *) data;
}

static void
test_replays (Studio *studio, gconstpointer data)
{
  for (guint turns = 1; turns <= 3; turns++)
    {
      g_autoptr(LimnJob) job = NULL;
      g_autoptr(LimnRequest) first = NULL;
      g_autoptr(LimnRequest) second = NULL;
      g_autoptr(LimnRequest) third = NULL;
      g_autoptr(LimnRecipe) recipe = NULL;
      g_autoptr(LimnReel) reel = NULL;
      g_autoptr(GError) error = NULL;
      guint n_notified = 0, n_steps;

      studio->lab.gate = g_async_queue_new ();
      job = g_object_ref (studio_add (studio, "a ship", turns, 1));
      studio_allow (studio, 1);
      studio_wait_step (job, 0, 1);
      reel = g_object_ref (job->reel);
      g_signal_connect (reel, "notify::request", G_CALLBACK (on_notify), &n_notified);
      first = new_wanted (job, "a ship in a storm");
      /* Another seed is in the fields already, for the next picture. */
      first->seed = 1000;
      g_assert_cmpuint (steer (studio, job, first, &error), ==, 2);
      g_assert_no_error (error);
      if (turns > 1)
        {
          second = new_wanted (job, "a ship in a storm");
          second->open &= ~(LIMN_REQUEST_OPEN_CFG | LIMN_REQUEST_OPEN_SAMPLER | LIMN_REQUEST_OPEN_ETA);
          second->cfg = 1;
          second->sampler = LIMN_SAMPLER_EULER_A;
          second->eta = 1;
          g_assert_cmpuint (steer (studio, job, second, &error), ==, 3);
          g_assert_no_error (error);
        }
      if (turns > 2)
        {
          /* Longer than it was. */
          third = new_wanted (job, "a wreck");
          third->open &= ~LIMN_REQUEST_OPEN_STEPS;
          third->steps = 20;
          g_assert_cmpuint (steer (studio, job, third, &error), ==, 4);
          g_assert_no_error (error);
        }
      studio_allow (studio, 50);
      studio_wait_ended (studio, 1);
      studio->n_ended = 0;
      g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
      recipe = check_replay (studio, job, 0);
      n_steps = recipe->n_steps;
      if (turns < 3)
        g_assert_cmpuint (n_steps, ==, STUDIO_N_STEPS);
      else
        g_assert_cmpuint (n_steps, >, STUDIO_N_STEPS);
      g_assert_cmpuint (n_notified, ==, turns);
      g_assert_cmpuint (limn_reel_get_n_steps (reel), ==, n_steps);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (reel)), ==, n_steps);
      g_assert_true (limn_request_equal_picture (limn_reel_get_request (reel), recipe->request));
      g_assert_cmpstr (limn_request_get_at (recipe->request, 2)->prompt, ==, "a ship");
      g_assert_cmpstr (limn_request_get_at (recipe->request, 3)->prompt, ==, "a ship in a storm");
      g_assert_cmpuint (recipe->request->seed, ==, turns);
      {
        g_auto(GStrv) hashes = limn_request_list_hashes (recipe->request);

        /* Its own, and one for each turn. */
        g_assert_cmpuint (g_strv_length (hashes), ==, turns + 1);
      }
    }
}

/* Killed after it was steered, before or after the next step: the steps on the disk say how it goes on, not the queue. */
static void
test_killed (Studio *studio, gconstpointer data)
{
  for (guint more = 0; more < 2; more++)
    {
      g_autoptr(LimnJob) job = NULL;
      g_autoptr(LimnRequest) wanted = NULL;
      g_autoptr(LimnRecipe) recipe = NULL;
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      studio->lab.gate = g_async_queue_new ();
      job = g_object_ref (studio_add (studio, "a ship", 3, 1));
      studio_allow (studio, 2);
      studio_wait_step (job, 0, 2);
      wanted = new_wanted (job, "a ship in a storm");
      wanted->open &= ~LIMN_REQUEST_OPEN_CFG;
      wanted->cfg = 2;
      wait_at_gate (studio);
      limn_job_queue_steer_async (studio->queue, job, wanted, NULL, store_result, &result);
      studio_allow (studio, 1 + more);
      g_assert_true (limn_job_queue_steer_finish (studio->queue, wait_for (&result), NULL, &error));
      if (more)
        studio_wait_step (job, 0, 4);
      studio_kill (studio);
      studio_open (studio);
      g_assert_cmpuint (studio_count_jobs (studio), ==, 1);
      limn_job_queue_set_paused (studio->queue, FALSE);
      studio_wait_ended (studio, 1);
      recipe = check_replay (studio, job, 0);
      g_assert_cmpuint (recipe->request->branch->step, ==, 3);
      g_assert_cmpstr (recipe->request->prompt, ==, "a ship in a storm");
      studio->n_ended = 0;
    }
}

/* Only the picture that is painted is concerned; and what is stopped is what was there. */
static void
test_batch_and_stop (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(LimnRequest) wanted = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(LimnRecipe) next = NULL;
  g_autoptr(GError) error = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 2));
  studio_allow (studio, 2);
  studio_wait_step (job, 0, 2);
  wanted = new_wanted (job, "a ship in a storm");
  g_assert_cmpuint (steer (studio, job, wanted, &error), ==, 3);
  studio_allow (studio, STUDIO_N_STEPS - 3 + 2);
  studio_wait_step (job, 1, 2);
  g_assert_cmpuint (steer (studio, job, wanted, &error), ==, 3);
  studio_allow (studio, 1);
  studio_wait_step (job, 1, 4);
  limn_job_queue_stop (studio->queue);
  studio_allow (studio, 50);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);
  recipe = check_replay (studio, job, 0);
  g_assert_cmpstr (recipe->request->prompt, ==, "a ship in a storm");
  next = check_replay (studio, job, 1);
  g_assert_cmpuint (next->shown, >=, 4);
  g_assert_cmpuint (next->shown, <, next->n_steps);
  g_assert_cmpstr (next->request->prompt, ==, "a ship in a storm");
  g_assert_cmpstr (limn_request_get_at (next->request, 3)->prompt, ==, "a ship");
  g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
}

/* What cannot be is refused, and the picture comes out as if nothing had been said. */
static void
test_refused (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(LimnJob) waiting = NULL;
  g_autoptr(LimnRequest) same = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(GAsyncResult) late = NULL;
  g_autoptr(GError) error = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  waiting = g_object_ref (studio_add (studio, "another", 3, 1));
  studio_allow (studio, 1);
  studio_wait_step (job, 0, 1);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnRequest) wanted = new_wanted (job, "a storm");
      g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 1);

      switch (i)
        {
        case 0:
          wanted->open &= ~LIMN_REQUEST_OPEN_SIZE;
          wanted->width = wanted->height = 32;
          break;
        case 1:
          wanted->storage = LIMN_STORAGE_F16;
          break;
        case 2:
          source_kit_give (studio->stash, wanted, picture, picture)->strength = 1;
          break;
        default:
          limn_request_set_prompt (wanted, "\xff");
        }
      g_assert_cmpuint (steer (studio, job, wanted, &error), ==, G_MAXUINT);
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
      g_clear_error (&error);
    }
  /* Nothing is changed: no turn. */
  same = new_wanted (job, "a ship");
  limn_job_queue_steer_async (studio->queue, waiting, same, NULL, store_result, &late);
  g_assert_false (limn_job_queue_steer_finish (studio->queue, wait_for (&late), NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  studio_allow (studio, 50);
  studio_wait_ended (studio, 2);
  g_clear_object (&late);
  limn_job_queue_steer_async (studio->queue, job, same, NULL, store_result, &late);
  g_assert_false (limn_job_queue_steer_finish (studio->queue, wait_for (&late), NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
  recipe = check_replay (studio, job, 0);
  g_assert_null (recipe->request->branch);
}

/* The device is lost in the step after the turn. */
static void
test_lost (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(LimnRequest) wanted = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(GAsyncResult) result = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (studio_add (studio, "a ship", 3, 1));
  studio_allow (studio, 2);
  studio_wait_step (job, 0, 2);
  wanted = new_wanted (job, "a ship in a storm");
  wait_at_gate (studio);
  limn_job_queue_steer_async (studio->queue, job, wanted, NULL, store_result, &result);
  studio_allow (studio, 1);
  wait_for (&result);
  wait_at_gate (studio);
  studio->lab.lose_at = studio->lab.calls;
  studio_allow (studio, 50);
  studio_wait_ended (studio, 1);
  g_clear_pointer (&studio->lab.gate, g_async_queue_unref);
  recipe = check_replay (studio, job, 0);
  g_assert_cmpuint (recipe->request->branch->step, ==, 3);
  g_assert_cmpint (studio->lab.opened, ==, 2);
}

void
test_steering_add (void)
{
#define ADD(name, func) g_test_add ("/steering/" name, Studio, NULL, studio_set_up, func, studio_tear_down)
  ADD ("replays", test_replays);
  ADD ("killed", test_killed);
  ADD ("batch-and-stop", test_batch_and_stop);
  ADD ("refused", test_refused);
  ADD ("lost", test_lost);
#undef ADD
}
