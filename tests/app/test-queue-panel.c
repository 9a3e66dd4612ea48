/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-panels.h"

#include "app/limn-queue-panel.h"
#include "app/limn-queue-row.h"

static void
set_studio (GtkWidget *widget, LimnStudio *studio)
{
  limn_queue_panel_set_studio (LIMN_QUEUE_PANEL (widget), studio);
}

/* From the end: the first may be painted, and is stopped, which takes its time. */
static void
remove_all (Panel *panel)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (panel->queue)); i > 0; i--)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (panel->queue), i - 1);

      limn_job_queue_remove (panel->queue, job);
    }
}

static void
set_up (Panel *panel, gconstpointer data)
{
  panel_init (panel, LIMN_TYPE_QUEUE_PANEL, set_studio, 340);
  remove_all (panel);
}

static void
tear_down (Panel *panel, gconstpointer data)
{
  panel_clear (panel);
}

static void
add (Panel *panel, const char *prompt)
{
  limn_draft_set_prompt (panel->draft, prompt);
  limn_studio_paint (panel->studio);
}

static GtkListBoxRow *
get_row (Panel *panel, int place)
{
  return gtk_list_box_get_row_at_index (GTK_LIST_BOX (part (panel->widget, LIMN_TYPE_QUEUE_PANEL, "list")), place);
}

/* The first letters of all prompts. (transfer full) */
static char *
dup_order (Panel *panel)
{
  GString *order = g_string_new (NULL);
  GtkListBoxRow *row;

  for (int i = 0; (row = get_row (panel, i)); i++)
    g_string_append_c (order, *limn_job_get_request (limn_queue_row_get_job (LIMN_QUEUE_ROW (row)))->prompt);
  return g_string_free (order, FALSE);
}

#define assert_order(panel, expected) \
  G_STMT_START \
  { \
    g_autofree char *order = dup_order (panel); \
\
    g_assert_cmpstr (order, ==, expected); \
  } \
  G_STMT_END

static void
test_order (Panel *panel, gconstpointer data)
{
  gpointer stack = part (panel->widget, LIMN_TYPE_QUEUE_PANEL, "stack");

  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (stack)), ==, "empty");
  add (panel, "a");
  add (panel, "b");
  add (panel, "c");
  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (stack)), ==, "list");
  assert_order (panel, "abc");

  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 2)), "row.up", NULL);
  assert_order (panel, "acb");
  /* The focus went with the job, so that the key can be pressed again. */
  g_assert_true (gtk_root_get_focus (GTK_ROOT (panel->window)) == GTK_WIDGET (get_row (panel, 1)));
  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 0)), "row.down", NULL);
  assert_order (panel, "cab");
  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 0)), "row.up", NULL);
  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 2)), "row.down", NULL);
  assert_order (panel, "cab");
}

static void
test_undo (Panel *panel, gconstpointer data)
{
  gpointer revealer = part (panel->widget, LIMN_TYPE_QUEUE_PANEL, "undo_revealer");
  GtkWidget *undo = gtk_widget_get_last_child (gtk_revealer_get_child (GTK_REVEALER (revealer)));
  g_autoptr(LimnJob) before = NULL;

  g_object_set (panel->draft, "count", 3u, "steps", 9u, NULL);
  add (panel, "a");
  add (panel, "b");
  add (panel, "c");
  before = g_object_ref (limn_queue_row_get_job (LIMN_QUEUE_ROW (get_row (panel, 0))));
  g_assert_false (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 0)), "row.remove", NULL);
  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 1)), "row.remove", NULL);
  assert_order (panel, "b");
  g_assert_true (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
  click (undo);
  click (undo);
  assert_order (panel, "abc");
  /* The very same, with what it has painted. */
  g_assert_true (limn_queue_row_get_job (LIMN_QUEUE_ROW (get_row (panel, 0))) == before);
  g_assert_false (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));

  /* What was taken out is forgotten when the list closes. */
  gtk_widget_activate_action (GTK_WIDGET (get_row (panel, 0)), "row.remove", NULL);
  gtk_widget_set_visible (panel->widget, FALSE);
  gtk_widget_set_visible (panel->widget, TRUE);
  g_assert_false (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
}

static void
test_narrow (Panel *panel, gconstpointer data)
{
  int min;

  add (panel, "a-prompt-with-a-very-long-word-in-which-there-is-no-space-at-all-and-which-goes-on");
  settle ();
  gtk_widget_measure (panel->widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  g_assert_cmpint (min, <=, 330);
}

/* A row costs milliseconds: a long queue is listed in pages. */
static void
test_long (Panel *panel, gconstpointer data)
{
  GtkWidget *more = GTK_WIDGET (part (panel->widget, LIMN_TYPE_QUEUE_PANEL, "more_button"));

  for (guint i = 0; i < 50; i++)
    add (panel, "a");
  g_assert_nonnull (get_row (panel, 19));
  g_assert_null (get_row (panel, 20));
  g_assert_true (gtk_widget_get_visible (more));
  click (more);
  g_assert_nonnull (get_row (panel, 39));
  g_assert_null (get_row (panel, 40));
  click (more);
  g_assert_nonnull (get_row (panel, 49));
  g_assert_false (gtk_widget_get_visible (more));
  gtk_widget_set_visible (panel->widget, FALSE);
  g_assert_null (get_row (panel, 20));
  gtk_widget_set_visible (panel->widget, TRUE);
  remove_all (panel);
  settle ();
}

static void
test_named (Panel *panel, gconstpointer data)
{
  add (panel, "a");
  assert_named (panel->widget);
}

void
test_queue_panel_add (void)
{
  g_test_add ("/queue-panel/order", Panel, NULL, set_up, test_order, tear_down);
  g_test_add ("/queue-panel/undo", Panel, NULL, set_up, test_undo, tear_down);
  g_test_add ("/queue-panel/narrow", Panel, NULL, set_up, test_narrow, tear_down);
  g_test_add ("/queue-panel/long", Panel, NULL, set_up, test_long, tear_down);
  g_test_add ("/queue-panel/named", Panel, NULL, set_up, test_named, tear_down);
}
