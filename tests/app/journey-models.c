/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A model of one's own: found in a folder, chosen, painted with, shown with what it painted, and gone. */
#include "config.h"

#include "test-app.h"

#include "app/limn-model-row.h"
#include "app/limn-model-window.h"

#include <glib/gstdio.h>
#include <unistd.h>

static LimnModelWindow *
open_window (LimnTestApp *app)
{
  GtkWidget *window = limn_model_window_new (GTK_WINDOW (app->window), app->studio, LIMN_RESOURCE_MODEL);

  gtk_window_present (GTK_WINDOW (window));
  limn_test_wait (!limn_model_library_is_scanning (limn_studio_get_models (app->studio)));
  return LIMN_MODEL_WINDOW (window);
}

static gboolean
has_picture (LimnModelWindow *window)
{
  GtkWidget *row = limn_test_find (GTK_WIDGET (window), LIMN_TYPE_MODEL_ROW, NULL);

  return row && gtk_picture_get_paintable (GTK_PICTURE (gtk_widget_get_template_child (row, LIMN_TYPE_MODEL_ROW, "picture")));
}

static gboolean
is_ready (LimnTestApp *app, const char *path)
{
  LimnInspection *inspection = limn_draft_get_inspection (app->draft);

  return inspection && g_strcmp0 (inspection->model, path) == 0;
}

static void
test_own (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *starter = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data", "starter-model", NULL);
  g_autofree char *folder = g_build_filename (g_get_home_dir (), "models", NULL);
  g_autofree char *model = g_build_filename (folder, "Little Sketcher", NULL);
  g_autofree char *path = NULL;
  g_autofree char *error = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  LimnModelWindow *window;
  GtkListView *list;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (symlink (starter, model), ==, 0);
  limn_studio_add_model_folder (app->studio, folder);
  window = open_window (app);
  list = GTK_LIST_VIEW (gtk_widget_get_template_child (GTK_WIDGET (window), LIMN_TYPE_MODEL_WINDOW, "list"));
  limn_test_wait (g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (list))) == 1);
  g_assert_false (has_picture (window));
  g_signal_emit_by_name (list, "activate", 0);
  g_assert_cmpstr (limn_draft_get_model (app->draft), ==, model);

  limn_test_wait (is_ready (app, model));
  limn_test_set_small (app, 64, 2, 5);
  path = limn_test_paint (app, "a red house");
  recipe = limn_test_load_recipe (path);
  g_assert_cmpstr (recipe->request->model, ==, model);
  window = open_window (app);
  limn_test_wait (has_picture (window));
  gtk_window_destroy (GTK_WINDOW (window));

  /* The next morning it is there as it was; and then its disk is not. */
  limn_test_app_close (app);
  limn_test_app_start (app);
  g_assert_cmpstr (limn_draft_get_model (app->draft), ==, model);
  limn_test_wait (is_ready (app, model));
  g_assert_cmpint (g_unlink (model), ==, 0);
  g_object_set (app->draft, "storage", (guint) LIMN_STORAGE_F16, NULL);
  limn_test_wait ((g_free (error), g_object_get (app->studio, "inspection-error", &error, NULL), error != NULL));
  limn_studio_choose_model (app->studio, NULL);
  limn_test_wait (is_ready (app, NULL));
}

void
limn_test_add_models (void)
{
  limn_test_add_journey ("/app/models", test_own);
}
