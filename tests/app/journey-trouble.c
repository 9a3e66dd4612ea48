/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The folder of the pictures cannot be written. What the permissions of a folder forbid root may do all the same, so it is a file that
 * stands where the folder should be: that stops everybody. */
#include "config.h"

#include "image/limn-png.h"
#include "session/limn-queue-file.h"
#include "test-app.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static gboolean
is_revealed (LimnNotice *notice)
{
  gboolean revealed;

  g_object_get (notice, "revealed", &revealed, NULL);
  return revealed;
}

/* The dialog in which a folder is chosen. */
static GtkWindow *
find_chooser (void)
{
  g_autoptr(GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l; l = l->next)
    if (GTK_IS_FILE_CHOOSER_DIALOG (l->data) && gtk_widget_get_mapped (l->data))
      return l->data;
  return NULL;
}

static char *
paint_in_vain (LimnTestApp *app)
{
  char *blocked = g_strdup (limn_studio_get_folder (app->studio));
  g_autofree char *parent = g_path_get_dirname (blocked);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (blocked, "in the way", -1, NULL));
  limn_test_set_small (app, 64, 2, 71);
  limn_test_type (limn_test_get_prompt_view (app), "a stone bridge");
  limn_test_activate (app, "win.paint");
  limn_test_wait (is_revealed (app->window->trouble_notice));
  g_assert_cmpuint (app->saved->len, ==, 0);
  /* It is to be seen all the same. */
  limn_test_wait (!limn_job_queue_get_running (app->queue));
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  return blocked;
}

static void
assert_saved (LimnTestApp *app, LimnImage *seen, const char *folder)
{
  g_autoptr(LimnImage) saved = NULL;
  g_autofree char *parent = NULL;

  limn_test_wait (app->saved->len == 1);
  saved = limn_test_load (g_ptr_array_index (app->saved, 0));
  limn_test_assert_same_pixels (saved, seen);
  parent = g_path_get_dirname (g_ptr_array_index (app->saved, 0));
  g_assert_cmpstr (parent, ==, folder);
  limn_test_wait (!is_revealed (app->window->trouble_notice));
}

static void
test_another_folder (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *blocked = paint_in_vain (app);
  g_autofree char *other = g_build_filename (g_get_home_dir (), "other", NULL);
  g_autofree char *contents = NULL;
  g_autoptr(LimnImage) seen = limn_image_ref (limn_canvas_get_picture (app->window->canvas));
  g_autoptr(GFile) folder = g_file_new_for_path (other);
  GtkWindow *chooser;

  g_mkdir (other, 0755);
  limn_test_click (GTK_WIDGET (app->window->trouble_notice), "Choose Another Folder…");
  limn_test_wait ((chooser = find_chooser ()));
  g_assert_true (gtk_file_chooser_set_file (GTK_FILE_CHOOSER (chooser), folder, NULL));
  limn_test_run_for (0.5);
  gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_ACCEPT);
  assert_saved (app, seen, other);
  /* What was in the way is as it was. */
  g_assert_true (g_file_get_contents (blocked, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "in the way");
}

static void
test_try_again (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *blocked = paint_in_vain (app);
  g_autoptr(LimnImage) seen = limn_image_ref (limn_canvas_get_picture (app->window->canvas));

  g_unlink (blocked);
  limn_test_click (GTK_WIDGET (app->window->trouble_notice), "Try Again");
  assert_saved (app, seen, blocked);
}

/* Not even the next morning is it lost: the steps are kept, and the picture is made from them again. */
static void
test_until_tomorrow (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *blocked = paint_in_vain (app);
  g_autoptr(LimnImage) seen = limn_image_ref (limn_canvas_get_picture (app->window->canvas));

  g_test_expect_message ("limn-app", G_LOG_LEVEL_WARNING, "*not everything could be saved*");
  limn_test_app_close (app);
  g_test_assert_expected_messages ();
  g_unlink (blocked);
  limn_test_app_start (app);
  limn_test_wait (g_list_model_get_n_items (G_LIST_MODEL (app->queue)) == 1);
  limn_job_queue_set_paused (app->queue, FALSE);
  assert_saved (app, seen, blocked);
  g_assert_cmpuint (limn_test_count_files (blocked, ".png"), ==, 1);
}

/* Neither the picture nor its steps can be written: whoever closes the window is asked, and may stay. */
static void
test_close (LimnTestApp *app, gconstpointer data)
{
  const char *steps = limn_job_queue_get_steps_folder (app->queue);
  g_autofree char *state = g_path_get_dirname (steps);
  g_autofree char *blocked = NULL;
  g_autoptr(LimnImage) seen = NULL;

  g_assert_cmpint (g_mkdir_with_parents (state, 0700), ==, 0);
  g_assert_true (g_file_set_contents (steps, "in the way", -1, NULL));
  blocked = paint_in_vain (app);
  limn_test_wait (!limn_job_queue_can_close (app->queue));
  seen = limn_image_ref (limn_canvas_get_picture (app->window->canvas));
  gtk_window_close (GTK_WINDOW (app->window));
  limn_test_wait (limn_test_find_message ());
  limn_test_click (GTK_WIDGET (limn_test_find_message ()), "_Stay");
  limn_test_wait (!limn_test_find_message ());
  g_action_group_activate_action (G_ACTION_GROUP (app->application), "quit", NULL);
  limn_test_wait (limn_test_find_message ());
  limn_test_click (GTK_WIDGET (limn_test_find_message ()), "_Stay");
  limn_test_wait (!limn_test_find_message ());
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (app->window)));

  g_unlink (steps);
  g_unlink (blocked);
  limn_test_click (GTK_WIDGET (app->window->trouble_notice), "Try Again");
  assert_saved (app, seen, blocked);
  g_assert_true (limn_job_queue_can_close (app->queue));
}

/* Each is shown for seconds, one after the other: what is said again must not wait behind itself. */
static void
test_toasts (LimnTestApp *app, gconstpointer data)
{
  g_autoptr(AdwToast) first = NULL;

  limn_studio_say (app->studio, "The model <cannot> be read.");
  first = g_object_ref (app->window->toast);
  for (guint i = 0; i < 100; i++)
    {
      limn_studio_say (app->studio, "The model <cannot> be read.");
      limn_test_run_for (0.01);
      g_assert_true (app->window->toast == first);
    }
  limn_studio_say (app->studio, "Something else.");
  g_assert_true (app->window->toast != first);
}

/* Two that know nothing of each other, as without a session bus: what the first keeps is the first's. */
static void
test_second (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *state = g_build_filename (g_get_user_data_dir (), "limn", NULL);
  g_autofree char *path = g_build_filename (state, "draft.json", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  int lock;

  limn_test_type (limn_test_get_prompt_view (app), "of the first");
  limn_test_app_close (app);
  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  g_assert_nonnull (strstr (before, "of the first"));
  lock = limn_queue_file_lock (state, NULL);
  g_assert_cmpint (lock, >=, 0);

  limn_test_app_start (app);
  limn_test_wait (is_revealed (app->window->refused_notice));
  g_assert_cmpuint (app->toasts->len, ==, 0);
  limn_test_type (limn_test_get_prompt_view (app), "of the second");
  limn_test_app_close (app);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, before);

  close (lock);
  limn_test_app_start (app);
  g_assert_false (is_revealed (app->window->refused_notice));
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, "of the first");
}

void
limn_test_add_trouble (void)
{
  limn_test_add_journey ("/app/trouble/another-folder", test_another_folder);
  limn_test_add_journey ("/app/trouble/try-again", test_try_again);
  limn_test_add_journey ("/app/trouble/until-tomorrow", test_until_tomorrow);
  limn_test_add_journey ("/app/trouble/close", test_close);
  limn_test_add_journey ("/app/trouble/toasts", test_toasts);
  limn_test_add_journey ("/app/trouble/second", test_second);
}
