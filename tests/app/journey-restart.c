/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window is closed in the middle of everything, and opened again the next morning. */
#include "config.h"

#include "image/limn-png.h"
#include "test-app.h"

#define STEPS 40

static void
test_restart_with_queue (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *straight = NULL;
  g_autoptr(LimnImage) wanted = NULL;
  g_autoptr(LimnImage) got = NULL;
  g_autoptr(LimnRecipe) second = NULL;
  LimnJob *running;
  guint at;

  limn_test_set_small (app, 64, STEPS, 61);
  g_object_set (app->draft, "sampler", LIMN_SAMPLER_EULER_A, NULL);
  straight = limn_test_paint (app, "the sea in winter");
  wanted = limn_test_load (straight);

  /* The same again, another behind it, and half a sentence in the field. */
  limn_test_activate (app, "win.paint");
  limn_test_type (limn_test_get_prompt_view (app), "the sea in summer");
  g_object_set (app->draft, "steps", 2, NULL);
  limn_test_activate (app, "win.paint");
  limn_test_type (limn_test_get_prompt_view (app), "the sea in spr");
  g_object_set (app->draft, "negative", "ships", "steps", 17, NULL);
  limn_test_wait (limn_job_queue_get_running (app->queue));
  running = limn_job_queue_get_running (app->queue);
  limn_test_wait (limn_job_get_step (running) >= 3);
  g_assert_cmpuint (limn_job_get_state (running), ==, LIMN_JOB_PAINTING);
  limn_test_app_close (app);

  limn_test_app_start (app);
  /* What was typed. */
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, "the sea in spr");
  g_assert_cmpstr (limn_draft_get_negative (app->draft), ==, "ships");
  {
    GtkTextBuffer *buffer = gtk_text_view_get_buffer (limn_test_get_prompt_view (app));
    g_autofree char *text = NULL;
    guint steps;

    g_object_get (buffer, "text", &text, NULL);
    g_assert_cmpstr (text, ==, "the sea in spr");
    g_object_get (app->draft, "steps", &steps, NULL);
    g_assert_cmpuint (steps, ==, 17);
  }
  /* The queue, which waits to be asked. */
  limn_test_wait (g_list_model_get_n_items (G_LIST_MODEL (app->queue)) == 2);
  g_assert_true (limn_job_queue_is_paused (app->queue));
  g_assert_null (limn_job_queue_get_running (app->queue));
  {
    g_autoptr(LimnJob) first = g_list_model_get_item (G_LIST_MODEL (app->queue), 0);

    g_assert_cmpstr (limn_job_get_request (first)->prompt, ==, "the sea in winter");
    g_assert_cmpuint (limn_job_get_state (first), ==, LIMN_JOB_PAUSED);
    at = limn_job_get_step (first);
    g_assert_cmpuint (at, >=, 1);
    g_assert_cmpuint (at, <, STEPS);
  }
  {
    gboolean revealed;

    g_object_get (app->window->interrupted_notice, "revealed", &revealed, NULL);
    g_assert_true (revealed);
    limn_test_wait (gtk_widget_get_mapped (GTK_WIDGET (app->window->interrupted_notice)));
  }
  limn_test_run_for (0.3);
  g_assert_cmpuint (app->saved->len, ==, 0);

  limn_test_click (GTK_WIDGET (app->window->interrupted_notice), "Continue");
  limn_test_wait (app->saved->len == 2 && !limn_job_queue_get_running (app->queue));
  got = limn_test_load (g_ptr_array_index (app->saved, 0));
  limn_test_assert_same_pixels (got, wanted);
  second = limn_test_load_recipe (g_ptr_array_index (app->saved, 1));
  g_assert_cmpstr (second->request->prompt, ==, "the sea in summer");
  g_assert_cmpuint (limn_test_count_files (limn_studio_get_folder (app->studio), ".png"), ==, 3);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (app->queue)), ==, 0);
}

/* Closed before the first step: the picture waits, and nobody is asked whether to keep what there is of it. */
static void
test_restart_before_first_step (LimnTestApp *app, gconstpointer data)
{
  gboolean revealed;

  limn_test_set_small (app, 256, STEPS, 63);
  limn_test_type (limn_test_get_prompt_view (app), "a ship");
  limn_test_activate (app, "win.paint");
  limn_test_wait (limn_studio_get_reel (app->studio));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (limn_studio_get_reel (app->studio))), ==, 0);
  limn_test_app_close (app);

  limn_test_app_start (app);
  limn_test_wait (g_list_model_get_n_items (G_LIST_MODEL (app->queue)) == 1);
  g_assert_true (limn_job_queue_is_paused (app->queue));
  g_object_get (app->window->interrupted_notice, "revealed", &revealed, NULL);
  g_assert_false (revealed);
  limn_job_queue_set_paused (app->queue, FALSE);
  limn_test_wait (limn_job_queue_get_running (app->queue));
  limn_test_activate (app, "win.stop");
  limn_test_wait (app->jobs->len == 1);
}

/* Closed with nothing left to do: the next start is an ordinary one, with the text that was there. */
static void
test_restart_at_rest (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;

  limn_test_set_small (app, 64, 2, 62);
  path = limn_test_paint (app, "a fox");
  limn_test_app_close (app);
  limn_test_app_start (app);
  limn_test_run_for (0.3);
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, "a fox");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (app->queue)), ==, 0);
  g_assert_false (limn_job_queue_is_paused (app->queue));
  g_free (path);
  path = limn_test_paint (app, "a fox");
  g_assert_cmpuint (limn_test_count_files (limn_studio_get_folder (app->studio), ".png"), ==, 2);
}

/* The very first start: a prompt is there, and one press of the button is enough. */
static void
test_first_start (LimnTestApp *app, gconstpointer data)
{
  g_assert_cmpuint (strlen (limn_draft_get_prompt (app->draft)), >, 10);
  limn_test_activate (app, "win.paint");
  limn_test_wait (app->saved->len == 1);
  g_assert_cmpuint (app->toasts->len, ==, 0);
}

/* A step is kept, and the window closed before it is decoded. */
static void
test_restart_kept_step (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *folder = NULL;

  limn_test_set_small (app, 128, 4, 65);
  g_object_set (app->draft, "preview", LIMN_PREVIEW_NONE, NULL);
  path = limn_test_paint (app, "a lighthouse");
  folder = g_path_get_dirname (path);
  g_assert_cmpuint (limn_test_count_files (folder, ".png"), ==, 1);
  limn_test_activate (app, "film.previous");
  limn_test_activate (app, "film.keep-step");
  limn_test_app_close (app);
  g_assert_cmpuint (limn_test_count_files (folder, ".png"), ==, 2);
  limn_test_app_start (app);
}

void
limn_test_add_restart (void)
{
  limn_test_add_journey ("/app/first-start", test_first_start);
  limn_test_add_journey ("/app/restart/queue", test_restart_with_queue);
  limn_test_add_journey ("/app/restart/before-first-step", test_restart_before_first_step);
  limn_test_add_journey ("/app/restart/at-rest", test_restart_at_rest);
  limn_test_add_journey ("/app/restart/kept-step", test_restart_kept_step);
}
