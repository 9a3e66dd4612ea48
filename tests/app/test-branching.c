/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Another picture from a step of one that is there: from the strip of its steps to the tree in which both stand. */
#include "config.h"

#include "test-app.h"

#include "app/limn-branch-chip.h"
#include "app/limn-branch-tree.h"

#include <glib/gstdio.h>
#include <string.h>

#define STEPS 6
#define AT 3

static LimnBranchTree *
get_tree (LimnTestApp *app)
{
  return LIMN_BRANCH_TREE (limn_test_find (GTK_WIDGET (app->window->branches_page), LIMN_TYPE_BRANCH_TREE, NULL));
}

static GtkWidget *
get_chip (LimnTestApp *app)
{
  return limn_test_find (GTK_WIDGET (app->window->prompt_bar), LIMN_TYPE_BRANCH_CHIP, NULL);
}

/* After so many steps, 0 is the noise, the latents are the same to the bit or not. */
static gboolean
is_same_step (const LimnRecipe *a, const LimnRecipe *b, guint step)
{
  g_assert_cmpuint (a->fingerprints->len, >, step);
  g_assert_cmpuint (b->fingerprints->len, >, step);
  return g_str_equal (g_array_index (a->fingerprints, LimnFingerprint, step).hash, g_array_index (b->fingerprints, LimnFingerprint, step).hash);
}

/* So many first steps are the same; the next is not. */
static void
assert_shared (const LimnRecipe *a, const LimnRecipe *b, guint n)
{
  for (guint step = 0; step <= n; step++)
    g_assert_true (is_same_step (a, b, step));
  g_assert_false (is_same_step (a, b, n + 1));
}

static void
wait_for_tree (LimnTestApp *app, guint n)
{
  gtk_widget_activate_action (GTK_WIDGET (app->window), "win.page", "s", "branches");
  limn_test_wait (limn_branch_tree_get_n_nodes (get_tree (app)) == n);
}

static int
get_least (GtkWidget *widget, GtkOrientation orientation, int for_size)
{
  int least;

  gtk_widget_measure (widget, orientation, for_size, &least, NULL, NULL, NULL);
  return least;
}

/* Nothing of the popover is cut off, and a small screen has room for the chip and the strip. */
static void
test_room (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *parent = NULL;
  GtkMenuButton *button;
  GtkWidget *box;

  limn_test_set_small (app, 64, 2, 26);
  parent = limn_test_paint (app, "a moon");
  limn_test_activate (app, "film.branch");
  limn_test_wait (gtk_widget_get_mapped (get_chip (app)));
  button = GTK_MENU_BUTTON (limn_test_find (get_chip (app), GTK_TYPE_MENU_BUTTON, NULL));
  box = gtk_popover_get_child (gtk_menu_button_get_popover (button));
  gtk_menu_button_popup (button);
  limn_test_wait (gtk_widget_get_mapped (box));
  limn_test_run_for (0.5);
  g_assert_cmpint (gtk_widget_get_height (box), >=,
                   get_least (box, GTK_ORIENTATION_VERTICAL, gtk_widget_get_width (box)) - gtk_widget_get_margin_top (box) -
                     gtk_widget_get_margin_bottom (box));
  gtk_menu_button_popdown (button);
  g_assert_cmpint (get_least (GTK_WIDGET (app->window->filmstrip), GTK_ORIENTATION_HORIZONTAL, -1), <=, 360);
  g_assert_cmpint (get_least (GTK_WIDGET (app->window->prompt_bar), GTK_ORIENTATION_HORIZONTAL, -1), <=, 360);
  g_assert_cmpint (get_least (GTK_WIDGET (app->window->branches_page), GTK_ORIENTATION_HORIZONTAL, -1), <=, 360);
}

/* With other words: the steps before are shared, the chip says so, and both pictures stand in the tree. */
static void
test_words (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *parent = NULL;
  g_autofree char *child = NULL;
  g_autoptr(LimnRecipe) parent_recipe = NULL;
  g_autoptr(LimnRecipe) child_recipe = NULL;
  LimnBranchNode *node;

  limn_test_set_small (app, 64, STEPS, 21);
  parent = limn_test_paint (app, "a lake at noon");
  g_assert_false (gtk_widget_get_visible (get_chip (app)));
  limn_filmstrip_set_step (app->window->filmstrip, AT);
  limn_test_click (GTK_WIDGET (app->window->filmstrip), "Branch Here");
  limn_test_wait (gtk_widget_get_mapped (get_chip (app)));
  g_assert_nonnull (limn_test_find (get_chip (app), GTK_TYPE_LABEL, "From step 3 of 6"));
  g_assert_nonnull (limn_test_find (GTK_WIDGET (app->window->prompt_bar), GTK_TYPE_BUTTON, "_Branch"));
  g_assert_false (gtk_widget_is_sensitive (limn_test_find (GTK_WIDGET (app->window->settings_panel), GTK_TYPE_BUTTON,
                                                           "Another seed: another picture of the same prompt")));

  child = limn_test_paint (app, "a lake at sunset");
  parent_recipe = limn_test_load_recipe (parent);
  child_recipe = limn_test_load_recipe (child);
  assert_shared (parent_recipe, child_recipe, AT);
  g_assert_cmpuint (child_recipe->request->branch->step, ==, AT);
  g_assert_true (limn_request_equal_picture (child_recipe->request->branch->from, parent_recipe->request));

  wait_for_tree (app, 2);
  node = limn_branch_tree_get_node (get_tree (app), 1);
  g_assert_cmpstr (limn_branch_node_get_title (node), ==, "noon → sunset");
  g_assert_cmpstr (limn_branch_node_get_detail (node), ==, "From step 3 of 6");
  g_assert_true (limn_branch_node_is_shown (node));
  /* The parent is a click away. */
  g_signal_emit_by_name (get_tree (app), "chosen", limn_branch_tree_get_node (get_tree (app), 0));
  limn_test_wait (g_strcmp0 (limn_studio_get_path (app->studio), parent) == 0);
  g_assert_cmpstr (adw_view_stack_get_visible_child_name (app->window->pages), ==, "picture");

  /* Enough of it. */
  limn_test_click (get_chip (app), "No branch: the next picture begins as its own noise again, with the settings from before");
  g_assert_null (limn_draft_get_branch (app->draft));
  limn_test_wait (!gtk_widget_get_visible (get_chip (app)));
  g_assert_nonnull (limn_test_find (GTK_WIDGET (app->window->prompt_bar), GTK_TYPE_BUTTON, "_Paint"));
}

/* Where nothing is changed it is the same picture, whether its steps are there or not. */
static void
test_unchanged (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *parent = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *computed = NULL;
  g_autofree char *steps = NULL;
  g_autoptr(LimnImage) wanted = NULL;
  g_autoptr(LimnImage) got = NULL;
  g_autoptr(LimnImage) again = NULL;

  limn_test_set_small (app, 64, STEPS, 22);
  g_object_set (app->draft, "sampler", LIMN_SAMPLER_DPMPP_2M, NULL);
  parent = limn_test_paint (app, "a hill");
  limn_filmstrip_set_step (app->window->filmstrip, AT);
  limn_test_activate (app, "film.branch");
  kept = limn_test_paint (app, "a hill");
  wanted = limn_test_load (parent);
  got = limn_test_load (kept);
  limn_test_assert_same_pixels (got, wanted);

  /* Without the steps. */
  steps = g_strdup_printf ("%s/%s.safetensors", limn_job_queue_get_steps_folder (app->queue),
                           limn_draft_get_branch_steps_id (app->draft));
  limn_test_wait (g_file_test (steps, G_FILE_TEST_EXISTS));
  limn_draft_set_branch (app->draft, NULL, NULL, 0);
  g_assert_cmpint (g_remove (steps), ==, 0);
  limn_studio_show_picture (app->studio, parent);
  limn_test_wait (g_strcmp0 (limn_studio_get_path (app->studio), parent) == 0 && !limn_studio_get_reel (app->studio));
  limn_studio_branch (app->studio, 0);
  limn_test_wait (limn_draft_get_branch (app->draft));
  g_assert_cmpuint (limn_draft_get_branch (app->draft)->step, ==, STEPS / 2);
  limn_test_wait (limn_test_find (get_chip (app), GTK_TYPE_LABEL, "The first 3 steps are computed again: they were not kept."));
  computed = limn_test_paint (app, "a hill");
  again = limn_test_load (computed);
  limn_test_assert_same_pixels (again, wanted);
}

/* Siblings by fresh noise, several with one press. */
static void
test_noise (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *parent = NULL;
  g_autofree char *first = NULL;
  g_autoptr(LimnRecipe) parent_recipe = NULL;
  g_autoptr(LimnRecipe) a = NULL;
  g_autoptr(LimnRecipe) b = NULL;

  limn_test_set_small (app, 64, STEPS, 23);
  parent = limn_test_paint (app, "a boat");
  limn_filmstrip_set_step (app->window->filmstrip, AT);
  limn_test_activate (app, "film.branch");
  g_object_set (app->draft, "fresh-noise", (guint) LIMN_FRESH_NOISE_RENOISE, "noise-amount", 0.5, "count", 2u, "seed-locked", FALSE, NULL);
  first = limn_test_paint (app, "a boat");
  limn_test_wait (app->saved->len == 3 && !limn_job_queue_get_running (app->queue));
  parent_recipe = limn_test_load_recipe (parent);
  a = limn_test_load_recipe (g_ptr_array_index (app->saved, 1));
  b = limn_test_load_recipe (g_ptr_array_index (app->saved, 2));
  assert_shared (parent_recipe, a, AT);
  assert_shared (parent_recipe, b, AT);
  assert_shared (a, b, AT);
  wait_for_tree (app, 3);
  g_assert_cmpstr (limn_branch_node_get_title (limn_branch_tree_get_node (get_tree (app), 1)), ==, "50 % fresh noise");
}

/* The next morning the branch is still in the fields, and what is painted from it is the same as it would have been. */
static void
test_restart (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *parent = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(LimnImage) wanted = NULL;
  g_autoptr(LimnImage) got = NULL;

  limn_test_set_small (app, 64, STEPS, 24);
  parent = limn_test_paint (app, "a castle");
  limn_filmstrip_set_step (app->window->filmstrip, 2);
  limn_test_activate (app, "film.branch");
  g_object_set (app->draft, "cfg", 3.0, NULL);
  before = limn_test_paint (app, "a castle in the rain");
  limn_test_app_close (app);
  limn_test_app_start (app);
  g_assert_nonnull (limn_draft_get_branch (app->draft));
  limn_test_wait (limn_test_find (get_chip (app), GTK_TYPE_LABEL, "From step 2 of 6"));
  after = limn_test_paint (app, "a castle in the rain");
  wanted = limn_test_load (before);
  got = limn_test_load (after);
  limn_test_assert_same_pixels (got, wanted);
}

/* While it paints: what is typed is offered, taken from the next step on, and the picture's own settings make it again. */
static void
test_steer (LimnTestApp *app, gconstpointer data)
{
  GtkWidget *button = limn_test_find (GTK_WIDGET (app->window->prompt_bar), GTK_TYPE_BUTTON, "steer_button");
  g_autofree char *again = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(LimnImage) wanted = NULL;
  g_autoptr(LimnImage) got = NULL;
  guint said;

  limn_test_set_small (app, 64, 60, 25);
  limn_test_type (limn_test_get_prompt_view (app), "a tree in summer");
  limn_test_activate (app, "win.paint");
  limn_test_wait (limn_job_queue_get_running (app->queue) && limn_job_get_step (limn_job_queue_get_running (app->queue)) >= 2);
  g_assert_nonnull (button);
  limn_test_run_for (0.2);
  g_assert_false (gtk_widget_get_mapped (button));
  limn_test_type (limn_test_get_prompt_view (app), "a tree in winter");
  said = app->toasts->len;
  limn_test_click (GTK_WIDGET (app->window->prompt_bar), "steer_button");
  limn_test_wait (app->toasts->len > said);
  g_assert_true (g_str_has_suffix (g_ptr_array_index (app->toasts, said), "on: summer → winter"));
  limn_test_wait (app->saved->len == 1 && !limn_job_queue_get_running (app->queue));
  limn_test_wait (!gtk_widget_get_mapped (button));

  recipe = limn_test_load_recipe (g_ptr_array_index (app->saved, 0));
  g_assert_cmpstr (recipe->request->prompt, ==, "a tree in winter");
  g_assert_nonnull (recipe->request->branch);
  g_assert_cmpuint (recipe->request->branch->step, >=, 2);
  g_assert_cmpstr (recipe->request->branch->from->prompt, ==, "a tree in summer");
  g_assert_true (limn_request_equal_picture (limn_reel_get_request (limn_studio_get_reel (app->studio)), recipe->request));

  limn_studio_import (app->studio, g_ptr_array_index (app->saved, 0));
  limn_test_wait (limn_draft_get_branch (app->draft));
  again = limn_test_paint (app, "a tree in winter");
  wanted = limn_test_load (g_ptr_array_index (app->saved, 0));
  got = limn_test_load (again);
  limn_test_assert_same_pixels (got, wanted);
}

int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    {
      puts ("1..0 # SKIP there is no display");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_set_application_name ("Limn");
  limn_test_add_journey ("/branching/room", test_room);
  limn_test_add_journey ("/branching/words", test_words);
  limn_test_add_journey ("/branching/unchanged", test_unchanged);
  limn_test_add_journey ("/branching/noise", test_noise);
  limn_test_add_journey ("/branching/restart", test_restart);
  limn_test_add_journey ("/branching/steer", test_steer);
  return g_test_run ();
}
