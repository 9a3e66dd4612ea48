/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Nothing is out of reach of the keyboard: Tab goes round the whole window, with both sidebars open and a picture on the canvas. */
#include "config.h"

#include "test-app.h"

/* More than there are stops in the window. */
#define MOST_STOPS 400

static void
add_focusable (GtkWidget *widget, GPtrArray *found)
{
  if (!gtk_widget_get_mapped (widget) || !gtk_widget_get_sensitive (widget) || !gtk_widget_get_can_focus (widget))
    return;
  /* Those that only hold others have the focus where these cannot, and text that can be selected is read, not operated. */
  if (gtk_widget_get_focusable (widget) && !GTK_IS_SCROLLED_WINDOW (widget) && !GTK_IS_VIEWPORT (widget) &&
      !GTK_IS_LIST_BOX (widget) && !GTK_IS_LIST_BASE (widget) && !GTK_IS_LABEL (widget) && !GTK_IS_FLOW_BOX (widget))
    g_ptr_array_add (found, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    add_focusable (child, found);
}

/* What the arrow keys go round in: a list, and, since libadwaita 1.7, the pages. */
static GtkWidget *
find_ring (GtkWidget *widget)
{
  const GType types[] = { GTK_TYPE_LIST_BOX, GTK_TYPE_LIST_BASE, ADW_TYPE_VIEW_SWITCHER };
  GtkWidget *parent = gtk_widget_get_parent (widget);

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (GTK_IS_LIST_BOX_ROW (widget) ? i == 0 : G_TYPE_CHECK_INSTANCE_TYPE (parent, types[i]))
      return gtk_widget_get_ancestor (widget, types[i]);
  return NULL;
}

/* Itself or something in it; or, by the arrow keys, from any other of its ring. */
static gboolean
is_reached (GtkWidget *widget, GHashTable *stops)
{
  GtkWidget *ring = find_ring (widget);
  GHashTableIter iter;
  gpointer stop;

  g_hash_table_iter_init (&iter, stops);
  while (g_hash_table_iter_next (&iter, &stop, NULL))
    if (stop == widget || gtk_widget_is_ancestor (stop, widget) || (ring && gtk_widget_is_ancestor (stop, ring)))
      return TRUE;
  return FALSE;
}

/* The pages by the arrow keys, from the first one. */
static void
test_pages (LimnTestApp *app, gconstpointer data)
{
  GtkWidget *switcher = limn_test_find (GTK_WIDGET (app->window), ADW_TYPE_VIEW_SWITCHER, NULL);
  guint n = 0;

  g_assert_nonnull (switcher);
  for (GtkWidget *button = gtk_widget_get_first_child (switcher); button; button = gtk_widget_get_next_sibling (button))
    {
      if (!gtk_widget_get_visible (button))
        continue;
      if (n++ == 0)
        g_assert_true (gtk_widget_grab_focus (button));
      else
        g_assert_true (gtk_widget_child_focus (switcher, GTK_DIR_RIGHT));
      g_assert_true (gtk_window_get_focus (GTK_WINDOW (app->window)) == button);
    }
  g_assert_cmpuint (n, >=, 4);
}

static void
test_tab (LimnTestApp *app, gconstpointer data)
{
  static const GtkDirectionType ways[] = { GTK_DIR_TAB_FORWARD, GTK_DIR_TAB_BACKWARD };
  g_autofree char *path = NULL;
  g_autoptr(GPtrArray) wanted = g_ptr_array_new ();

  limn_test_set_small (app, 64, 3, 81);
  path = limn_test_paint (app, "a piano");
  adw_flap_set_reveal_flap (app->window->gallery_flap, TRUE);
  adw_flap_set_reveal_flap (app->window->settings_flap, TRUE);
  limn_test_run_for (1);
  add_focusable (GTK_WIDGET (app->window), wanted);
  g_test_message ("%u widgets can have the focus", wanted->len);
  g_assert_cmpuint (wanted->len, >, 40);

  for (guint w = 0; w < G_N_ELEMENTS (ways); w++)
    {
      g_autoptr(GHashTable) stops = g_hash_table_new (NULL, NULL);
      guint missed = 0;

      gtk_widget_grab_focus (GTK_WIDGET (app->window->canvas));
      for (guint i = 0; i < MOST_STOPS; i++)
        {
          g_assert_true (gtk_widget_child_focus (GTK_WIDGET (app->window), ways[w]));
          g_hash_table_add (stops, gtk_window_get_focus (GTK_WINDOW (app->window)));
          if (gtk_widget_has_focus (GTK_WIDGET (app->window->canvas)))
            break;
        }
      g_test_message ("%u stops", g_hash_table_size (stops));
      /* Round, not into a corner. */
      g_assert_true (gtk_window_get_focus (GTK_WINDOW (app->window)) == GTK_WIDGET (app->window->canvas));
      for (guint i = 0; i < wanted->len; i++)
        {
          GtkWidget *widget = g_ptr_array_index (wanted, i);

          if (is_reached (widget, stops))
            continue;
          missed++;
          g_test_message ("never reached: %s “%s” in %s", G_OBJECT_TYPE_NAME (widget),
                          ADW_IS_PREFERENCES_ROW (widget) ? adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget))
                                                          : gtk_widget_get_tooltip_text (widget),
                          G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)));
        }
      g_assert_cmpuint (missed, ==, 0);
    }
}

/* Keys without a modifier are for the canvas and the filmstrip; where text is typed they are text. */
static void
test_letters (LimnTestApp *app, gconstpointer data)
{
  static const char *const letters[] = { "k", "j", "l", "comma", "period", "space", "Home", "End", "Left", "Right", NULL };

  for (guint i = 0; letters[i]; i++)
    {
      g_auto(GStrv) actions = gtk_application_get_actions_for_accel (GTK_APPLICATION (app->application), letters[i]);

      g_assert_cmpuint (g_strv_length (actions), ==, 0);
    }
}

/* Wherever the focus is, in the prompt itself too. */
static void
test_to_prompt (LimnTestApp *app, gconstpointer data)
{
  GtkWidget *prompt = GTK_WIDGET (limn_test_get_prompt_view (app));
  GtkWidget *from[] = { GTK_WIDGET (app->window->canvas), prompt, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (from); i++)
    {
      if (from[i])
        gtk_widget_grab_focus (from[i]);
      else
        gtk_widget_child_focus (GTK_WIDGET (app->window), GTK_DIR_TAB_FORWARD);
      limn_test_activate (app, "win.focus-prompt");
      g_assert_true (gtk_window_get_focus (GTK_WINDOW (app->window)) == prompt);
    }
}

void
limn_test_add_keyboard (void)
{
  limn_test_add_journey ("/app/keyboard/to-prompt", test_to_prompt);
  limn_test_add_journey ("/app/keyboard/pages", test_pages);
  limn_test_add_journey ("/app/keyboard/tab", test_tab);
  limn_test_add_journey ("/app/keyboard/letters", test_letters);
}
