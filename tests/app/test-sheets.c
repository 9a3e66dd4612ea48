/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What an artist does with sheets, in the application as a whole: a real window, the real engine. */
#include "config.h"

#include "limn-test-app.h"

#include "app/limn-axis-group.h"
#include "app/limn-sheet-page-private.h"
#include "app/limn-sheet-save.h"

#include <glib/gstdio.h>

#define SIDE_PX 64
#define STEPS 3

static LimnSheetPage *
get_page (LimnTestApp *app)
{
  return app->window->sheet_page;
}

static LimnSheetBoard *
get_board (LimnTestApp *app)
{
  return get_page (app)->run ? limn_sheet_run_get_board (get_page (app)->run) : NULL;
}

static guint
count (LimnTestApp *app, LimnSheetState state)
{
  LimnSheetBoard *board = get_board (app);
  guint n = 0;

  for (guint i = 0; board && i < limn_sheet_board_get_n_pictures (board); i++)
    n += limn_sheet_item_get_state (limn_sheet_board_get (board, i)) == state;
  return n;
}

static guint
count_saved (LimnTestApp *app)
{
  LimnSheetBoard *board = get_board (app);
  guint n = 0;

  for (guint i = 0; board && i < limn_sheet_board_get_n_pictures (board); i++)
    n += limn_sheet_item_get_path (limn_sheet_board_get (board, i)) != NULL;
  return n;
}

static void
activate (LimnTestApp *app, const char *action)
{
  g_test_message ("%s", action);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (get_page (app)), action, NULL));
}

static gboolean
is_on (LimnTestApp *app, const char *page)
{
  return g_str_equal (adw_view_stack_get_visible_child_name (app->window->pages), page);
}

static LimnAxisGroup *
get_axis (LimnTestApp *app, const char *id)
{
  GtkWidget *axis = limn_test_find (GTK_WIDGET (get_page (app)), LIMN_TYPE_AXIS_GROUP, id);

  g_assert_nonnull (axis);
  return LIMN_AXIS_GROUP (axis);
}

/* Three by three, each the smallest and shortest picture there is. */
static void
plan_grid (LimnTestApp *app)
{
  limn_test_set_small (app, SIDE_PX, STEPS, 1);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.page", "s", "sheet"));
  gtk_widget_activate_action (GTK_WIDGET (get_page (app)), "sheet.mode", "s", "grid");
  limn_axis_group_set_field (get_axis (app, "x_axis"), LIMN_SHEET_CFG);
  limn_axis_group_set_text (get_axis (app, "x_axis"), "1, 3, 5");
  limn_axis_group_set_field (get_axis (app, "y_axis"), LIMN_SHEET_SEED);
  limn_axis_group_set_text (get_axis (app, "y_axis"), "1-3");
  limn_test_wait (get_page (app)->plan && limn_sheet_get_n_pictures (get_page (app)->plan->sheet) == 9);
}

static void
paint_grid (LimnTestApp *app)
{
  plan_grid (app);
  limn_test_click (GTK_WIDGET (get_page (app)), "paint_button");
  limn_test_wait (count_saved (app) == 9 && !limn_job_queue_get_running (app->queue));
}

static gboolean
is_starting (LimnTestApp *app, guint done)
{
  return count (app, LIMN_SHEET_PAINTING) == 1 && count (app, LIMN_SHEET_DONE) >= done;
}

static gboolean
shows_frame (LimnTestApp *app)
{
  LimnSheetBoard *board = get_board (app);

  for (guint i = 0; i < limn_sheet_board_get_n_pictures (board); i++)
    {
      LimnSheetItem *item = limn_sheet_board_get (board, i);

      if (limn_sheet_item_get_state (item) == LIMN_SHEET_PAINTING && limn_sheet_item_get_texture (item) &&
          limn_sheet_item_get_progress (item) > 0)
        return TRUE;
    }
  return FALSE;
}

/* What it costs is said before; then cells come to life one after the other, and each is a picture of its own. */
static void
test_grid (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;

  plan_grid (app);
  g_assert_cmpstr (gtk_label_get_label (get_page (app)->pictures), ==, "3 × 3 = 9 pictures");
  g_assert_nonnull (strstr (gtk_label_get_label (get_page (app)->cost), "27 steps to run"));
  g_assert_cmpstr (gtk_button_get_label (get_page (app)->paint_button), ==, "Paint 9 Pictures");

  limn_test_click (GTK_WIDGET (get_page (app)), "paint_button");
  limn_test_wait (get_board (app) && shows_frame (app));
  /* Seven or eight wait by then, unless the window gets no time: not less than one. */
  g_assert_cmpuint (count (app, LIMN_SHEET_WAITING), >=, 1);
  limn_test_wait (count_saved (app) == 9 && !limn_job_queue_get_running (app->queue));
  g_assert_cmpuint (count (app, LIMN_SHEET_DONE), ==, 9);
  g_assert_cmpuint (app->saved->len, ==, 9);
  g_assert_cmpuint (app->jobs->len, ==, 1);

  /* Each stands where its label says. */
  for (guint i = 0; i < 9; i++)
    {
      LimnSheetItem *item = limn_sheet_board_get (get_board (app), i);
      g_autoptr(LimnRecipe) recipe = limn_test_load_recipe (limn_sheet_item_get_path (item));
      g_autofree char *name = g_strdup_printf ("CFG %g, Seed %u", recipe->request->cfg, (guint) recipe->request->seed);

      g_assert_cmpstr (limn_sheet_item_get_name (item), ==, name);
    }

  /* One of them is opened. */
  path = g_strdup (limn_sheet_item_get_path (limn_sheet_board_get (get_board (app), 4)));
  limn_sheet_view_select (get_page (app)->view, 4);
  activate (app, "sheet.open-cell");
  limn_test_wait (is_on (app, "picture") && g_strcmp0 (limn_studio_get_path (app->studio), path) == 0);
}

/* What is wrong is said while it is typed, and nothing can be painted. */
static void
test_values (LimnTestApp *app, gconstpointer data)
{
  plan_grid (app);
  limn_axis_group_set_text (get_axis (app, "x_axis"), "1, three");
  limn_test_wait (!get_page (app)->plan);
  g_assert_nonnull (limn_test_find (GTK_WIDGET (get_axis (app, "x_axis")), GTK_TYPE_LABEL, "note"));
  g_assert_nonnull (
    strstr (gtk_label_get_label (GTK_LABEL (limn_test_find (GTK_WIDGET (get_axis (app, "x_axis")), GTK_TYPE_LABEL, "note"))), "three"));
  g_assert_false (gtk_widget_is_sensitive (GTK_WIDGET (get_page (app)->paint_button)));

  /* Many are asked for once more. */
  limn_axis_group_set_text (get_axis (app, "x_axis"), "1-20");
  limn_axis_group_set_text (get_axis (app, "y_axis"), "1-10");
  limn_test_wait (get_page (app)->plan && limn_sheet_get_n_pictures (get_page (app)->plan->sheet) == 200);
  limn_test_click (GTK_WIDGET (get_page (app)), "paint_button");
  limn_test_wait (limn_test_find_message ());
  gtk_window_close (GTK_WINDOW (limn_test_find_message ()));
  limn_test_wait (!limn_test_find_message ());
  g_assert_null (get_board (app));
}

/* Stopped: what is there stays, nothing half-painted does. The rest is painted later, also by the next program. */
static void
test_stop (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *folder = NULL;
  guint done;

  plan_grid (app);
  folder = g_strdup (limn_studio_get_folder (app->studio));
  limn_test_click (GTK_WIDGET (get_page (app)), "paint_button");
  limn_test_wait (get_board (app) && is_starting (app, 2));
  limn_test_click (GTK_WIDGET (get_page (app)), "stop_button");
  limn_test_wait (app->jobs->len == 1 && !limn_job_queue_get_running (app->queue));
  done = count (app, LIMN_SHEET_DONE);
  g_test_message ("%u were done", done);
  g_assert_cmpuint (done, >=, 2);
  g_assert_cmpuint (done, <, 9);
  g_assert_cmpuint (count (app, LIMN_SHEET_MISSING), ==, 9 - done);
  limn_test_wait (count_saved (app) == done);
  g_assert_cmpuint (limn_test_count_files (folder, ".png"), ==, done);

  limn_test_app_close (app);
  limn_test_app_start (app);
  limn_test_wait (get_board (app) && count (app, LIMN_SHEET_DONE) == done);
  g_assert_cmpuint (count (app, LIMN_SHEET_MISSING), ==, 9 - done);
  g_assert_cmpstr (limn_axis_group_get_text (get_axis (app, "x_axis")), ==, "1, 3, 5");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.page", "s", "sheet"));
  limn_test_click (GTK_WIDGET (get_page (app)), "continue_button");
  limn_test_wait (count_saved (app) == 9 && !limn_job_queue_get_running (app->queue));
  g_assert_cmpuint (limn_test_count_files (folder, ".png"), ==, 9);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_assert_true (limn_sheet_save_finish (result, &error));
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

/* Saved as one picture; and any of its pictures brings the sheet back, after another took its place. */
static void
test_back (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *file = g_build_filename (g_get_home_dir (), "sheet.png", NULL);
  g_autoptr(LimnImage) image = NULL;
  gboolean saved = FALSE;

  paint_grid (app);
  limn_sheet_save_async (get_page (app)->sheet, get_board (app), file, FALSE, NULL, on_saved, &saved);
  limn_test_wait (saved);
  image = limn_test_load (file);
  g_assert_cmpuint (limn_image_get_width (image), >, 3 * SIDE_PX);
  g_unlink (file);

  path = g_strdup (limn_sheet_item_get_path (limn_sheet_board_get (get_board (app), 5)));
  limn_axis_group_set_text (get_axis (app, "x_axis"), "2");
  limn_axis_group_set_none (get_axis (app, "y_axis"));
  limn_sheet_page_plan_soon (get_page (app));
  limn_test_wait (get_page (app)->plan && limn_sheet_get_n_pictures (get_page (app)->plan->sheet) == 1);
  limn_test_click (GTK_WIDGET (get_page (app)), "paint_button");
  limn_test_wait (limn_sheet_board_get_n_pictures (get_board (app)) == 1 && count_saved (app) == 1);

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.show-sheet", "^ay", path));
  limn_test_wait (limn_sheet_board_get_n_pictures (get_board (app)) == 9 && count (app, LIMN_SHEET_DONE) == 9);
  g_assert_cmpstr (limn_sheet_item_get_path (limn_sheet_board_get (get_board (app), 5)), ==, path);
  g_assert_false (gtk_widget_get_visible (get_page (app)->continue_button));
}

static gboolean
is_gone (LimnTestApp *app, guint position)
{
  return limn_sheet_item_get_state (limn_sheet_board_get (get_board (app), position)) == LIMN_SHEET_MISSING;
}

/* Stars and the wastebasket, as in the gallery. */
static void
test_cells (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  LimnSheetItem *item;

  paint_grid (app);
  item = limn_sheet_board_get (get_board (app), 3);
  path = g_strdup (limn_sheet_item_get_path (item));
  limn_sheet_view_select (get_page (app)->view, 3);
  activate (app, "sheet.star-cell");
  g_assert_true (limn_sheet_item_get_starred (item));
  activate (app, "sheet.delete-cell");
  limn_test_wait (!g_file_test (path, G_FILE_TEST_EXISTS) && is_gone (app, 3));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "gallery.undo-delete", "u", 0));
  limn_test_wait (!is_gone (app, 3));
}

/* From three steps of the picture that is shown: what it costs less is said, and each row says where it begins. */
static void
test_variations (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;

  limn_test_set_small (app, SIDE_PX, 6, 1);
  path = limn_test_paint (app, "a red house");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.page", "s", "sheet"));
  limn_test_wait (get_page (app)->plan);
  g_assert_cmpstr (gtk_button_get_label (get_page (app)->paint_button), ==, "Paint 9 Variations");
  /* Of 6 steps 2 are there. */
  g_assert_nonnull (strstr (gtk_label_get_label (get_page (app)->cost), "36 steps to run, 18 more are shared"));

  gtk_switch_set_active (GTK_SWITCH (limn_test_find (GTK_WIDGET (get_page (app)), GTK_TYPE_SWITCH, "several_switch")), TRUE);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (limn_test_find (GTK_WIDGET (get_page (app)), GTK_TYPE_SPIN_BUTTON, "count_spin")), 2);
  limn_test_wait (get_page (app)->plan && limn_sheet_get_n_pictures (get_page (app)->plan->sheet) == 6);
  limn_test_click (GTK_WIDGET (get_page (app)), "paint_button");
  limn_test_wait (count_saved (app) == 6 && !limn_job_queue_get_running (app->queue));
  g_assert_cmpstr (limn_sheet_item_get_name (limn_sheet_board_get (get_board (app), 0)), ==, "From step 1, variation 1");
  g_assert_cmpstr (limn_sheet_item_get_name (limn_sheet_board_get (get_board (app), 5)), ==, "From step 4, variation 2");
  for (guint i = 0; i < 6; i++)
    {
      g_autoptr(LimnRecipe) recipe = limn_test_load_recipe (limn_sheet_item_get_path (limn_sheet_board_get (get_board (app), i)));

      g_assert_nonnull (recipe->request->branch);
      g_assert_cmpuint (recipe->request->branch->step, ==, i < 2 ? 1 : i < 4 ? 3 : 4);
    }
  /* They go on to be those of the picture that it began with. */
  g_assert_cmpstr (gtk_button_get_label (get_page (app)->paint_button), ==, "Paint 6 Variations");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return 0;
    }
  adw_init ();
  g_test_add ("/sheets/grid", LimnTestApp, NULL, limn_test_app_set_up, test_grid, limn_test_app_tear_down);
  g_test_add ("/sheets/values", LimnTestApp, NULL, limn_test_app_set_up, test_values, limn_test_app_tear_down);
  g_test_add ("/sheets/stop", LimnTestApp, NULL, limn_test_app_set_up, test_stop, limn_test_app_tear_down);
  g_test_add ("/sheets/back", LimnTestApp, NULL, limn_test_app_set_up, test_back, limn_test_app_tear_down);
  g_test_add ("/sheets/cells", LimnTestApp, NULL, limn_test_app_set_up, test_cells, limn_test_app_tear_down);
  g_test_add ("/sheets/variations", LimnTestApp, NULL, limn_test_app_set_up, test_variations, limn_test_app_tear_down);
  return g_test_run ();
}
