/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window on a small screen. */
#include "config.h"

#include "test-app.h"

/* A telephone's, and half of an old laptop's. */
#define NARROW_PX 360

static int
least_width (GtkWidget *widget)
{
  int least;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

static void
print_widths (GtkWidget *widget, guint depth)
{
  if (depth > 5 || !gtk_widget_get_visible (widget))
    return;
  g_test_message ("%*s%s: %d", (int) depth * 2, "", G_OBJECT_TYPE_NAME (widget), least_width (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    print_widths (child, depth + 1);
}

/* All three buttons of the window's own, and a queue that has two digits; whichever panel is open. */
static void
test_narrow (LimnTestApp *app, gconstpointer data)
{
  GtkSettings *settings = gtk_settings_get_default ();
  const char *const panels[] = { "gallery-visible", "settings-visible" };
  g_autofree char *before = NULL;

  g_object_get (settings, "gtk-decoration-layout", &before, NULL);
  g_object_set (settings, "gtk-decoration-layout", "menu:minimize,maximize,close", NULL);
  limn_notice_set_text (app->window->trouble_notice, "Not saved yet, but not lost: there is no room left on the disk.");
  limn_notice_set_revealed (app->window->trouble_notice, TRUE);
  limn_notice_set_revealed (app->window->interrupted_notice, TRUE);
  gtk_label_set_label (app->window->queue_count, "12");
  gtk_widget_set_visible (GTK_WIDGET (app->window->queue_count), TRUE);
  for (guint i = 0; i < 4; i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (panels); k++)
        g_settings_set_boolean (limn_studio_get_settings (app->studio), panels[k], i >> k & 1);
      limn_test_run_for (0.1);
      if (least_width (GTK_WIDGET (app->window)) > NARROW_PX)
        print_widths (GTK_WIDGET (app->window), 0);
      g_assert_cmpint (least_width (GTK_WIDGET (app->window)), <=, NARROW_PX);
    }
  g_object_set (settings, "gtk-decoration-layout", before, NULL);
}

void
limn_test_add_narrow (void)
{
  limn_test_add_journey ("/app/narrow", test_narrow);
}
