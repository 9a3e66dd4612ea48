/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Stopping, pausing, batches, and the queue put into another order, by the actions that buttons and keys call. */
#include "config.h"

#include "image/limn-png.h"
#include "test-app.h"

static LimnJob *
wait_for_step (LimnTestApp *app, guint step)
{
  LimnJob *job;

  limn_test_wait (limn_job_queue_get_running (app->queue));
  job = limn_job_queue_get_running (app->queue);
  limn_test_wait (limn_job_get_step (job) >= step || limn_job_get_state (job) != LIMN_JOB_PAINTING);
  g_assert_cmpuint (limn_job_get_state (job), ==, LIMN_JOB_PAINTING);
  return job;
}

/* Half-way is far from both ends, however late the main loop hears of a step. */
#define LONG_STEPS 40

static void
test_stop (LimnTestApp *app, gconstpointer data)
{
  g_autoptr(LimnImage) saved = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  LimnReel *reel;
  LimnJob *job;
  guint n;

  limn_test_set_small (app, 64, LONG_STEPS, 21);
  limn_test_type (limn_test_get_prompt_view (app), "an island in fog");
  limn_test_activate (app, "win.paint");
  wait_for_step (app, 3);
  limn_test_activate (app, "win.stop");
  limn_test_wait (app->saved->len == 1 && app->jobs->len == 1);
  job = g_ptr_array_index (app->jobs, 0);
  g_assert_cmpuint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);

  /* A picture with what there is, which says so. */
  recipe = limn_test_load_recipe (g_ptr_array_index (app->saved, 0));
  g_assert_cmpuint (recipe->n_steps, ==, LONG_STEPS);
  g_assert_cmpuint (recipe->shown, >=, 3);
  g_assert_cmpuint (recipe->shown, <, LONG_STEPS);
  /* The filmstrip has its steps and no others, and the last is the picture. */
  reel = limn_studio_get_reel (app->studio);
  n = g_list_model_get_n_items (G_LIST_MODEL (reel));
  g_assert_cmpuint (n, ==, recipe->shown);
  g_assert_false (limn_reel_is_live (reel));
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  saved = limn_test_load (g_ptr_array_index (app->saved, 0));
  limn_test_assert_same_pixels (saved, limn_canvas_get_picture (app->window->canvas));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (app->queue)), ==, 0);
}

static void
test_pause (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *straight = NULL;
  g_autoptr(LimnImage) wanted = NULL;
  g_autoptr(LimnImage) got = NULL;
  LimnJob *job;
  guint at;

  limn_test_set_small (app, 64, LONG_STEPS, 22);
  /* Noise is drawn in each step: what a resumed job must not draw twice. */
  g_object_set (app->draft, "sampler", LIMN_SAMPLER_EULER_A, NULL);
  straight = limn_test_paint (app, "a castle");
  wanted = limn_test_load (straight);

  limn_test_activate (app, "win.paint");
  job = wait_for_step (app, 3);
  limn_test_activate (app, "win.pause");
  limn_test_wait (limn_job_get_state (job) == LIMN_JOB_PAUSED);
  at = limn_job_get_step (job);
  g_assert_cmpuint (at, <, LONG_STEPS);
  limn_test_run_for (0.5);
  g_assert_cmpuint (limn_job_get_step (job), ==, at);
  g_assert_null (limn_job_queue_get_running (app->queue));
  g_assert_cmpuint (app->saved->len, ==, 1);
  limn_test_activate (app, "win.pause");
  limn_test_wait (app->saved->len == 2);
  got = limn_test_load (g_ptr_array_index (app->saved, 1));
  limn_test_assert_same_pixels (got, wanted);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (limn_studio_get_reel (app->studio))), ==, LONG_STEPS);
}

static guint
count_steps (LimnTestApp *app)
{
  LimnReel *reel = limn_studio_get_reel (app->studio);

  return reel ? g_list_model_get_n_items (G_LIST_MODEL (reel)) : 0;
}

/* Begins a picture whose steps take long enough to do something before the first. */
static void
begin_large (LimnTestApp *app)
{
  LimnReel *before = limn_studio_get_reel (app->studio);

  limn_test_set_small (app, 256, LONG_STEPS, 24);
  limn_test_activate (app, "win.paint");
  limn_test_wait (limn_studio_get_reel (app->studio) != before);
  g_assert_cmpuint (count_steps (app), ==, 0);
}

/* Nothing came of it: all is as before the start. */
static void
test_stop_at_once (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr(LimnImage) picture = NULL;
  LimnReel *reel;

  limn_test_type (limn_test_get_prompt_view (app), "a ship");
  begin_large (app);
  limn_test_activate (app, "win.stop");
  limn_test_wait (app->jobs->len == 1);
  g_assert_null (limn_studio_get_reel (app->studio));
  g_assert_true (gtk_widget_get_visible (app->window->hint));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (app->window->filmstrip)));

  limn_test_set_small (app, 64, 2, 25);
  path = limn_test_paint (app, "a ship");
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  reel = limn_studio_get_reel (app->studio);
  picture = limn_image_ref (limn_canvas_get_picture (app->window->canvas));

  begin_large (app);
  limn_test_activate (app, "win.pause");
  /* At once, though the step at hand has not ended. */
  g_assert_cmpstr (adw_window_title_get_subtitle (app->window->title), ==, "Paused");
  limn_test_wait (!limn_job_queue_get_running (app->queue));
  {
    gboolean revealed;

    g_object_get (app->window->interrupted_notice, "revealed", &revealed, NULL);
    g_assert_false (revealed);
  }
  limn_test_activate (app, "win.stop");
  limn_test_wait (app->jobs->len == 3);
  g_assert_true (limn_studio_get_reel (app->studio) == reel);
  g_assert_cmpstr (limn_studio_get_path (app->studio), ==, path);
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  limn_test_assert_same_pixels (limn_canvas_get_picture (app->window->canvas), picture);
  g_assert_cmpuint (app->saved->len, ==, 1);
}

/* Picture i of a batch is the picture of seed + i. */
static void
test_batch (LimnTestApp *app, gconstpointer data)
{
  g_autoptr(LimnImage) alone = NULL;
  g_autofree char *path = NULL;

  limn_test_set_small (app, 64, 2, 31);
  g_object_set (app->draft, "count", 3, NULL);
  limn_test_type (limn_test_get_prompt_view (app), "a blue bird");
  limn_test_activate (app, "win.paint");
  limn_test_wait (app->saved->len == 3 && app->jobs->len == 1);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LimnRecipe) recipe = limn_test_load_recipe (g_ptr_array_index (app->saved, i));

      g_assert_cmpuint (limn_request_get_seed (recipe->request), ==, 31 + i);
    }
  limn_test_set_small (app, 64, 2, 32);
  g_object_set (app->draft, "count", 1, NULL);
  path = limn_test_paint (app, "a blue bird");
  alone = limn_test_load (path);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LimnImage) picture = limn_test_load (g_ptr_array_index (app->saved, i));

      if (i == 1)
        limn_test_assert_same_pixels (picture, alone);
      else
        limn_test_assert_other_pixels (picture, alone);
    }
}

static char *
dup_order (LimnTestApp *app)
{
  GString *order = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (app->queue)); i++)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (app->queue), i);

      g_string_append_printf (order, "%s,", limn_job_get_request (job)->prompt);
    }
  return g_string_free (order, FALSE);
}

static void
test_reorder (LimnTestApp *app, gconstpointer data)
{
  static const char *const prompts[] = { "one", "two", "three", "four" };
  static const char *const wanted[] = { "three", "one", "four" };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  limn_test_set_small (app, 64, 2, 41);
  limn_job_queue_set_paused (app->queue, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      limn_test_type (limn_test_get_prompt_view (app), prompts[i]);
      limn_test_activate (app, "win.paint");
    }
  before = dup_order (app);
  g_assert_cmpstr (before, ==, "one,two,three,four,");
  g_assert_cmpstr (gtk_label_get_label (app->window->queue_count), ==, "4");
  {
    g_autoptr(LimnJob) two = g_list_model_get_item (G_LIST_MODEL (app->queue), 1);
    g_autoptr(LimnJob) three = g_list_model_get_item (G_LIST_MODEL (app->queue), 2);

    limn_job_queue_move (app->queue, three, 0);
    limn_job_queue_remove (app->queue, two);
  }
  after = dup_order (app);
  g_assert_cmpstr (after, ==, "three,one,four,");
  limn_test_activate (app, "win.pause");
  limn_test_wait (app->saved->len == 3 && !limn_job_queue_get_running (app->queue));
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LimnRecipe) recipe = limn_test_load_recipe (g_ptr_array_index (app->saved, i));

      g_assert_cmpstr (recipe->request->prompt, ==, wanted[i]);
    }
}

static void
test_notification (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  guint before = limn_test_desktop_count_notifications (app->desktop);
  /* The artist does something else meanwhile. */
  GtkWidget *other = gtk_window_new ();

  gtk_window_present (GTK_WINDOW (other));
  limn_test_wait (!gtk_window_is_active (GTK_WINDOW (app->window)));
  limn_test_set_small (app, 64, 2, 51);
  path = limn_test_paint (app, "a lamp");
  limn_test_wait (limn_test_desktop_count_notifications (app->desktop) == before + 1);
  g_settings_set_boolean (limn_studio_get_settings (app->studio), "notify-when-done", FALSE);
  g_free (path);
  path = limn_test_paint (app, "a lamp");
  limn_test_run_for (0.3);
  g_assert_cmpuint (limn_test_desktop_count_notifications (app->desktop), ==, before + 1);
  gtk_window_destroy (GTK_WINDOW (other));
}

void
limn_test_add_queue (void)
{
  limn_test_add_journey ("/app/stop", test_stop);
  limn_test_add_journey ("/app/stop-at-once", test_stop_at_once);
  limn_test_add_journey ("/app/pause", test_pause);
  limn_test_add_journey ("/app/batch", test_batch);
  limn_test_add_journey ("/app/reorder", test_reorder);
  limn_test_add_journey ("/app/notification", test_notification);
}
