/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The pages in the middle of the window. */
#include "config.h"

#include "test-app.h"

static const char *
get_page (LimnTestApp *app)
{
  return adw_view_stack_get_visible_child_name (app->window->pages);
}

static void
show_page (LimnTestApp *app, const char *page)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.page", "s", page));
  limn_test_run_for (0.1);
}

/* Each is a key away, and what is not its own is out of its way. */
static void
test_pages (LimnTestApp *app, gconstpointer data)
{
  static const char *const names[] = { "picture", "sheet", "blend", "branches" };

  g_assert_cmpstr (get_page (app), ==, "picture");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *accel = g_strdup_printf ("<Alt>%u", i + 1);
      g_autofree char *action = g_strdup_printf ("win.page::%s", names[i]);
      g_auto(GStrv) actions = gtk_application_get_actions_for_accel (GTK_APPLICATION (app->application), accel);

      g_assert_cmpstr (actions[0], ==, action);
      show_page (app, names[i]);
      g_assert_cmpstr (get_page (app), ==, names[i]);
      g_assert_true (gtk_widget_get_visible (GTK_WIDGET (app->window->prompt_bar)) == !g_str_equal (names[i], "blend"));
    }
  show_page (app, "no such page");
  g_assert_cmpstr (get_page (app), ==, "branches");
}

/* Whoever paints wants to see it, and whoever goes to the canvas is there. */
static void
test_back (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;

  limn_test_set_small (app, 64, 2, 5);
  show_page (app, "sheet");
  path = limn_test_paint (app, "a boat");
  g_assert_cmpstr (get_page (app), ==, "picture");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (app->window->filmstrip)));
  show_page (app, "branches");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (app->window->filmstrip)));
  limn_test_activate (app, "win.focus-canvas");
  g_assert_cmpstr (get_page (app), ==, "picture");
  g_assert_true (gtk_widget_has_focus (GTK_WIDGET (app->window->canvas)));
}

void
limn_test_add_pages (void)
{
  limn_test_add_journey ("/app/pages/keys", test_pages);
  limn_test_add_journey ("/app/pages/back", test_back);
}
