/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The tree of pictures: where its lines are, and the widget in a real window. */
#include "config.h"

#include "app/limn-branch-row.h"
#include "app/limn-branch-tree.h"

#include <adwaita.h>

/* As the rows take it. */
#define WIDTH 400.0
#define BEND 14.0

static double
at (GArray *array, guint i)
{
  return g_array_index (array, double, i);
}

static gboolean
has (GArray *array, double x)
{
  for (guint i = 0; i < array->len; i++)
    if (at (array, i) == x)
      return TRUE;
  return FALSE;
}

/* --- The layout --- */

/* What parts later is nearer, a child of a child between, and the way to the marked one is one line. */
static void
test_order (void)
{
  static const LimnBranchPart parts[] = {
    { LIMN_BRANCH_NONE, 0, 20 }, { 0, 4, 20 }, { 0, 12, 20 }, { 2, 16, 20 }, { 0, 12, 20 }, { 1, 0, 20 },
  };
  static const guint rows[] = { 0, 4, 1, 2, 3, 5 };
  static const guint levels[] = { 1, 2, 2, 3, 2, 2 };
  g_autoptr(LimnBranchLayout) layout = limn_branch_layout_new (parts, G_N_ELEMENTS (parts));
  const LimnBranchLines *lines;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_assert_cmpuint (limn_branch_layout_get_row (layout, i), ==, rows[i]);
      g_assert_cmpuint (limn_branch_layout_get_part (layout, rows[i]), ==, i);
      g_assert_cmpuint (limn_branch_layout_get_level (layout, rows[i]), ==, levels[i]);
    }
  g_assert_cmpuint (limn_branch_layout_get_parent (layout, 0), ==, LIMN_BRANCH_NONE);
  g_assert_cmpuint (limn_branch_layout_get_parent (layout, 2), ==, 1);
  g_assert_cmpuint (limn_branch_layout_get_child (layout, 0), ==, 1);
  g_assert_cmpuint (limn_branch_layout_get_child (layout, 2), ==, LIMN_BRANCH_NONE);
  /* It sets out before its parent's own parting: the steps it shares are the root's. */
  g_assert_cmpuint (limn_branch_layout_get_parent (layout, 5), ==, 0);

  limn_branch_layout_mark (layout, 2);
  lines = limn_branch_layout_get_lines (layout, 0, WIDTH, BEND);
  g_assert_true (lines->root);
  /* At 12 of 20 of what is left of the width when two bends have been taken off; two pictures leave there by one way. */
  g_assert_cmpuint (lines->leaves->len, ==, 3);
  g_assert_true (has (lines->leaves, (WIDTH - 2 * BEND) * 12 / 20));
  g_assert_cmpfloat_with_epsilon (lines->marked_to, (WIDTH - 2 * BEND) * 12 / 20, 1e-9);
  g_assert_cmpfloat (at (lines->leaves, lines->marked_leave), ==, lines->marked_to);
  lines = limn_branch_layout_get_lines (layout, 1, WIDTH, BEND);
  g_assert_false (lines->root);
  g_assert_cmpfloat_with_epsilon (lines->from, (WIDTH - 2 * BEND) * 12 / 20 + BEND, 1e-9);
  g_assert_cmpfloat_with_epsilon (lines->start, lines->from + BEND, 1e-9);
  g_assert_cmpuint (lines->marked_through, ==, LIMN_BRANCH_NONE);
  lines = limn_branch_layout_get_lines (layout, 2, WIDTH, BEND);
  g_assert_cmpfloat (lines->marked_to, ==, WIDTH);
  /* The ways of those below go through: one at 12, one at 4, one at 0. */
  g_assert_cmpuint (lines->through->len, ==, 3);
}

/* No line crosses another, whatever the tree: what goes down through a row does so before the row's own line begins, and each way that
 * goes out of a row below goes on in the next. */
static void
test_no_crossings (void)
{
  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr(GRand) random = g_rand_new_with_seed (seed);
      guint n = g_rand_int_range (random, 1, 40);
      g_autofree LimnBranchPart *parts = g_new (LimnBranchPart, n);
      g_autoptr(LimnBranchLayout) layout = NULL;

      for (guint i = 0; i < n; i++)
        {
          guint n_steps = g_rand_int_range (random, 1, 50);

          parts[i] = (LimnBranchPart){ i == 0 || g_rand_int_range (random, 0, 12) == 0 ? LIMN_BRANCH_NONE : (guint) g_rand_int_range (random, 0, i),
                                       g_rand_int_range (random, 0, n_steps), n_steps };
        }
      layout = limn_branch_layout_new (parts, n);
      limn_branch_layout_mark (layout, g_rand_int_range (random, 0, n));
      for (guint row = 0; row < n; row++)
        {
          const LimnBranchLines *lines = limn_branch_layout_get_lines (layout, row, 4000, BEND);
          const LimnBranchLines *next = row + 1 < n ? limn_branch_layout_get_lines (layout, row + 1, 4000, BEND) : NULL;

          g_assert_cmpfloat (lines->start, <=, 4000);
          for (guint i = 0; i < lines->through->len; i++)
            {
              g_assert_cmpfloat (at (lines->through, i), <=, lines->root ? 4000 : lines->start);
              g_assert_nonnull (next);
              g_assert_true (has (next->through, at (lines->through, i)) || next->from == at (lines->through, i));
            }
          for (guint i = 0; i < lines->leaves->len; i++)
            {
              /* Where the river is at its end they lie upon each other. */
              if (lines->start < 4000 - 2 * BEND)
                g_assert_cmpfloat (at (lines->leaves, i), >=, lines->root ? 0 : lines->start);
              g_assert_nonnull (next);
              g_assert_true (has (next->through, at (lines->leaves, i) + BEND) || next->from == at (lines->leaves, i) + BEND);
            }
        }
    }
}

/* A file may say anything of its parents. */
static void
test_circles (void)
{
  static const LimnBranchPart parts[] = { { 1, 3, 5 }, { 0, 3, 5 }, { 2, 1, 5 }, { 0, 9, 5 }, { 77, 0, 0 }, { 4, 7, 0 } };
  g_autoptr(LimnBranchLayout) layout = limn_branch_layout_new (parts, G_N_ELEMENTS (parts));

  g_assert_cmpuint (limn_branch_layout_get_n_rows (layout), ==, G_N_ELEMENTS (parts));
  for (guint row = 0; row < G_N_ELEMENTS (parts); row++)
    g_assert_cmpfloat (limn_branch_layout_get_lines (layout, row, WIDTH, BEND)->start, <=, WIDTH);
}

/* One that parts from one that parts …: hundreds deep. */
static void
test_chain (void)
{
  g_autofree LimnBranchPart *parts = g_new (LimnBranchPart, 500);
  g_autoptr(LimnBranchLayout) layout = NULL;

  for (guint i = 0; i < 500; i++)
    parts[i] = (LimnBranchPart){ i - 1, i * 20 / 500, 20 };
  layout = limn_branch_layout_new (parts, 500);
  g_assert_cmpuint (limn_branch_layout_get_level (layout, 499), ==, 500);
  for (guint row = 0; row < 500; row++)
    g_assert_cmpfloat (limn_branch_layout_get_lines (layout, row, 80, BEND)->start, <=, 80);
}

/* --- The widget --- */

typedef struct
{
  GtkWidget      *window;
  LimnBranchTree *tree;
  guint           n_shows;
  gint64          shows; /* the last one */
  int             n_in_sight;
} Fixture;

static void
run_for (guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

/* What is not there by then never is, on a slow machine with all its cores busy either. */
#define wait_until(condition) \
  G_STMT_START \
  { \
    gint64 end = g_get_monotonic_time () + 90 * G_USEC_PER_SEC; \
\
    while (!(condition)) \
      { \
        if (g_get_monotonic_time () > end) \
          g_error ("waited in vain for: %s (%s:%d)", #condition, __FILE__, __LINE__); \
        if (!g_main_context_iteration (NULL, FALSE)) \
          g_usleep (1000); \
      } \
  } \
  G_STMT_END

static void
on_show (LimnBranchTree *tree, LimnBranchNode *node, Fixture *fixture)
{
  fixture->n_shows++;
  fixture->shows = limn_branch_node_get_id (node);
}

static void
on_sight (LimnBranchTree *tree, LimnGalleryItem *item, gboolean in_sight, Fixture *fixture)
{
  fixture->n_in_sight += in_sight ? 1 : -1;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  *fixture = (Fixture){ .window = gtk_window_new () };
  fixture->tree = g_object_new (LIMN_TYPE_BRANCH_TREE, NULL);
  g_signal_connect (fixture->tree, "chosen", G_CALLBACK (on_show), fixture);
  g_signal_connect (fixture->tree, "sight", G_CALLBACK (on_sight), fixture);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 700, 600);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->tree));
  gtk_window_present (GTK_WINDOW (fixture->window));
  wait_until (gtk_widget_get_height (GTK_WIDGET (fixture->tree)) > 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  wait_until (fixture->n_in_sight == 0);
}

/* The row that has been made for the picture @id, has its place and can be seen; NULL: none. */
static GtkWidget *
find_row (GtkWidget *below, gint64 id)
{
  GtkWidget *found = NULL;

  if (LIMN_IS_BRANCH_ROW (below))
    {
      LimnBranchNode *node = limn_branch_row_get_node (LIMN_BRANCH_ROW (below));

      return node && limn_branch_node_get_id (node) == id && gtk_widget_get_mapped (below) && gtk_widget_get_height (below) > 0 ? below : NULL;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (below); child && !found; child = gtk_widget_get_next_sibling (child))
    found = find_row (child, id);
  return found;
}

/* Ids count from 1; the first is that of a root, which is on top. */
static void
set_parts (Fixture *fixture, const LimnBranchPart *parts, guint n)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnGalleryItem) item = limn_gallery_item_new (i + 1);
      g_autofree char *title = g_strdup_printf ("picture %u", i + 1);

      g_ptr_array_add (nodes, limn_branch_node_new (item, &parts[i], title, "from step 3 of 20"));
    }
  limn_branch_tree_set_nodes (fixture->tree, nodes);
  wait_until (n == 0 || find_row (GTK_WIDGET (fixture->tree), 1));
  /* Then come the rows that GtkListView holds ready. */
  run_for (200);
}

static gint64
get_focused_id (Fixture *fixture)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (fixture->window));
  GtkWidget *row = focus ? gtk_widget_get_first_child (focus) : NULL;

  return LIMN_IS_BRANCH_ROW (row) ? limn_branch_node_get_id (limn_branch_row_get_node (LIMN_BRANCH_ROW (row))) : 0;
}

#define wait_for_focus(fixture, id) wait_until (get_focused_id (fixture) == (id))

/* As the key does. */
static void
press (Fixture *fixture, guint key)
{
  GtkWidget *widget = GTK_WIDGET (fixture->tree);
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (!GTK_IS_SHORTCUT_CONTROLLER (controller))
        continue;
      for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (controller)); k++)
        {
          g_autoptr(GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), k);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger) && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key)
            gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, widget, gtk_shortcut_get_arguments (shortcut));
        }
    }
}

static const LimnBranchPart small[] = { { LIMN_BRANCH_NONE, 0, 20 }, { 0, 4, 20 }, { 0, 12, 20 }, { 2, 16, 20 } };

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  set_parts (fixture, small, G_N_ELEMENTS (small));
  limn_branch_tree_set_shown (fixture->tree, 4);
  gtk_widget_grab_focus (GTK_WIDGET (fixture->tree));
  wait_for_focus (fixture, 4);
  press (fixture, GDK_KEY_Left);
  wait_for_focus (fixture, 3);
  press (fixture, GDK_KEY_Left);
  wait_for_focus (fixture, 1);
  /* There is nothing to go to. */
  press (fixture, GDK_KEY_Left);
  run_for (150);
  g_assert_cmpint (get_focused_id (fixture), ==, 1);
  press (fixture, GDK_KEY_Right);
  wait_for_focus (fixture, 3);
  gtk_widget_set_direction (GTK_WIDGET (fixture->tree), GTK_TEXT_DIR_RTL);
  press (fixture, GDK_KEY_Left);
  wait_for_focus (fixture, 4);

  gtk_widget_activate (gtk_window_get_focus (GTK_WINDOW (fixture->window)));
  g_assert_cmpuint (fixture->n_shows, ==, 1);
  g_assert_cmpint (fixture->shows, ==, 4);
}

/* Of a thousand rows the 200 that GtkListView holds ready are made, and who goes far away with the keyboard arrives. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  LimnBranchPart parts[1000];

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    parts[i] = (LimnBranchPart){ i == 0 ? LIMN_BRANCH_NONE : i < 500 ? 0 : i - 1, i < 500 ? i / 26 + 1 : 18, 20 };
  set_parts (fixture, parts, G_N_ELEMENTS (parts));
  g_test_message ("%d of %u rows", fixture->n_in_sight, limn_branch_tree_get_n_nodes (fixture->tree));
  g_assert_cmpint (fixture->n_in_sight, >, 3);
  g_assert_cmpint (fixture->n_in_sight, <, 300);
  limn_branch_tree_set_shown (fixture->tree, 2);
  wait_until (find_row (GTK_WIDGET (fixture->tree), 2));
  gtk_widget_grab_focus (GTK_WIDGET (fixture->tree));
  wait_for_focus (fixture, 2);
  press (fixture, GDK_KEY_Left);
  wait_for_focus (fixture, 1);
  g_assert_cmpint (fixture->n_in_sight, <, 300);
}

/* Another tree in its place; one alone; none. */
static void
test_others (Fixture *fixture, gconstpointer data)
{
  set_parts (fixture, small, 4);
  limn_branch_tree_set_shown (fixture->tree, 3);
  g_assert_true (limn_branch_node_is_shown (limn_branch_tree_get_node (fixture->tree, 1)));
  set_parts (fixture, small, 1);
  g_assert_cmpuint (limn_branch_tree_get_n_nodes (fixture->tree), ==, 1);
  set_parts (fixture, small, 0);
  g_assert_cmpuint (limn_branch_tree_get_n_nodes (fixture->tree), ==, 0);
  press (fixture, GDK_KEY_Left);
  run_for (150);
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
  adw_init ();
  g_test_add_func ("/branch-tree/order", test_order);
  g_test_add_func ("/branch-tree/no-crossings", test_no_crossings);
  g_test_add_func ("/branch-tree/circles", test_circles);
  g_test_add_func ("/branch-tree/chain", test_chain);
  g_test_add ("/branch-tree/keys", Fixture, NULL, set_up, test_keys, tear_down);
  g_test_add ("/branch-tree/many", Fixture, NULL, set_up, test_many, tear_down);
  g_test_add ("/branch-tree/others", Fixture, NULL, set_up, test_others, tear_down);
  return g_test_run ();
}
