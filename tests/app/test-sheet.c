/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A contact sheet as a widget, in a real window: where its cells are, which of them there are widgets for, keys, what it says, and what a
 * frame of it costs. */
#include "config.h"

#include "app/limn-sheet-tile.h"
#include "app/limn-sheet-view.h"
#include "image/limn-png.h"
#include "library/limn-atomic-file.h"
#include "tests/limn-test-folder.h"

#include <adwaita.h>
#include <string.h>

typedef struct
{
  LimnSheetBoard *board;
  GtkWidget      *window;
  GtkWidget      *scrolled;
  LimnSheetView  *view;
  char           *folder;
  GPtrArray      *opened; /* of LimnSheetItem */
  guint           n_stars;
} Fixture;

typedef struct
{
  guint n_columns;
  guint n_rows;
} Size;

static const Size few = { 3, 3 }, many = { 10, 10 }, huge = { 100, 100 };

static LimnSheetBoard *
new_board (guint n_columns, guint n_rows)
{
  g_auto(GStrv) columns = g_new0 (char *, n_columns + 1), rows = g_new0 (char *, n_rows + 1);
  LimnSheetLayout layout = {
    .n_columns = n_columns,
    .n_pictures = n_columns * n_rows,
    .column_labels = (const char *const *) columns,
    .row_labels = (const char *const *) rows,
    .width = 64,
    .height = 32,
  };

  for (guint i = 0; i < n_columns; i++)
    columns[i] = g_strdup_printf ("CFG %u", i + 1);
  for (guint i = 0; i < n_rows; i++)
    rows[i] = g_strdup_printf ("Seed %u", i + 1);
  return limn_sheet_board_new (&layout);
}

static void
on_open (LimnSheetView *view, LimnSheetItem *item, Fixture *fixture)
{
  g_ptr_array_add (fixture->opened, item);
}

static void
on_star (LimnSheetView *view, LimnSheetItem *item, Fixture *fixture)
{
  fixture->n_stars++;
}

static void
on_after_paint (GdkFrameClock *clock, guint *n_frames)
{
  (*n_frames)++;
}

/* Laid out and drawn, however long that takes: one frame may ask for the next. */
static void
settle_view (Fixture *fixture)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (fixture->window);
  guint n_frames = 0;
  gulong handler = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &n_frames);

  while (n_frames < 3)
    {
      gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_PAINT);
      g_main_context_iteration (NULL, TRUE);
    }
  g_signal_handler_disconnect (clock, handler);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const Size *size = data;

  fixture->folder = g_dir_make_tmp ("limn-sheet-XXXXXX", NULL);
  fixture->opened = g_ptr_array_new ();
  fixture->board = new_board (size->n_columns, size->n_rows);
  fixture->view = g_object_new (LIMN_TYPE_SHEET_VIEW, NULL);
  g_signal_connect (fixture->view, "open", G_CALLBACK (on_open), fixture);
  g_signal_connect (fixture->view, "toggle-star", G_CALLBACK (on_star), fixture);
  limn_sheet_view_set_board (fixture->view, fixture->board);
  fixture->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (fixture->scrolled), GTK_WIDGET (fixture->view));
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 700, 400);
  gtk_window_set_child (GTK_WINDOW (fixture->window), fixture->scrolled);
  gtk_window_present (GTK_WINDOW (fixture->window));
  while (!gtk_widget_get_mapped (GTK_WIDGET (fixture->view)) || gtk_widget_get_width (GTK_WIDGET (fixture->view)) == 0)
    g_main_context_iteration (NULL, TRUE);
  settle_view (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->board);
  g_ptr_array_unref (fixture->opened);
  limn_test_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static guint
count_tiles (GtkWidget *widget)
{
  guint n = LIMN_IS_SHEET_TILE (widget);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    n += count_tiles (child);
  return n;
}

static gboolean
press (Fixture *fixture, guint key, GdkModifierType modifiers)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (fixture->view));
  guint matches = 0;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && matches == 0; i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (!GTK_IS_SHORTCUT_CONTROLLER (controller))
        continue;
      for (guint j = 0; j < g_list_model_get_n_items (G_LIST_MODEL (controller)); j++)
        {
          g_autoptr(GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), j);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger) && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key &&
              gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)) == modifiers)
            {
              gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, GTK_WIDGET (fixture->view),
                                            gtk_shortcut_get_arguments (shortcut));
              matches++;
              break;
            }
        }
    }
  settle_view (fixture);
  return matches > 0;
}

static const char *
get_selected (Fixture *fixture)
{
  return limn_sheet_item_get_name (limn_sheet_view_get_selected (fixture->view));
}

/* Cells follow one another the way one reads, all of them in sight, none over a label. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  static const GtkTextDirection directions[] = { GTK_TEXT_DIR_LTR, GTK_TEXT_DIR_RTL };

  for (guint d = 0; d < G_N_ELEMENTS (directions); d++)
    {
      gboolean rtl = directions[d] == GTK_TEXT_DIR_RTL;
      graphene_rect_t a, b, c;

      gtk_widget_set_direction (GTK_WIDGET (fixture->view), directions[d]);
      settle_view (fixture);
      g_assert_true (limn_sheet_view_get_place (fixture->view, 0, &a));
      g_assert_true (limn_sheet_view_get_place (fixture->view, 1, &b));
      g_assert_true (limn_sheet_view_get_place (fixture->view, 3, &c));
      g_assert_true (rtl ? b.origin.x + b.size.width < a.origin.x : b.origin.x > a.origin.x + a.size.width);
      g_assert_cmpfloat (a.origin.y, ==, b.origin.y);
      g_assert_cmpfloat (c.origin.y, >=, a.origin.y + a.size.height);
      g_assert_cmpfloat (a.origin.y, >=, 20);
      g_assert_cmpfloat_with_epsilon (a.size.width, 2 * a.size.height, 2);
      g_assert_true (limn_sheet_view_get_place (fixture->view, 8, &c));
      g_assert_cmpfloat (c.size.height, ==, a.size.height);
      g_assert_false (limn_sheet_view_get_place (fixture->view, 9, &c));
    }
}

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  gtk_widget_grab_focus (GTK_WIDGET (fixture->view));
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 1, Seed 1");
  press (fixture, GDK_KEY_Right, 0);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 2, Seed 1");
  press (fixture, GDK_KEY_Down, 0);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 2, Seed 2");
  press (fixture, GDK_KEY_End, 0);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 3, Seed 2");
  /* Not round the corner. */
  press (fixture, GDK_KEY_Right, 0);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 3, Seed 2");
  press (fixture, GDK_KEY_End, GDK_CONTROL_MASK);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 3, Seed 3");
  press (fixture, GDK_KEY_Home, GDK_CONTROL_MASK);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 1, Seed 1");
  press (fixture, GDK_KEY_Return, 0);
  g_assert_cmpuint (fixture->opened->len, ==, 1);
  g_assert_true (g_ptr_array_index (fixture->opened, 0) == limn_sheet_board_get (fixture->board, 0));
  press (fixture, GDK_KEY_b, GDK_CONTROL_MASK);
  g_assert_cmpuint (fixture->n_stars, ==, 1);

  gtk_widget_set_direction (GTK_WIDGET (fixture->view), GTK_TEXT_DIR_RTL);
  press (fixture, GDK_KEY_Left, 0);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 2, Seed 1");
}

/* The space bar shows one cell as large as there is room, arrows go on from there, and back. */
static void
test_large (Fixture *fixture, gconstpointer data)
{
  graphene_rect_t before, place;

  g_assert_true (limn_sheet_view_get_place (fixture->view, 4, &before));
  limn_sheet_view_select (fixture->view, 4);
  press (fixture, GDK_KEY_space, 0);
  g_assert_true (limn_sheet_view_is_large (fixture->view));
  g_assert_true (limn_sheet_view_get_place (fixture->view, 4, &place));
  g_assert_cmpfloat (place.size.width, >, 2 * before.size.width);
  press (fixture, GDK_KEY_Right, 0);
  g_assert_true (limn_sheet_view_get_place (fixture->view, 5, &place));
  g_assert_cmpfloat (place.size.width, >, 2 * before.size.width);
  press (fixture, GDK_KEY_Escape, 0);
  g_assert_false (limn_sheet_view_is_large (fixture->view));
  g_assert_true (limn_sheet_view_get_place (fixture->view, 4, &place));
  g_assert_true (graphene_rect_equal (&place, &before));

  g_action_group_activate_action (limn_sheet_view_get_actions (fixture->view), "zoom-in", NULL);
  settle_view (fixture);
  g_assert_true (limn_sheet_view_get_place (fixture->view, 4, &place));
  g_assert_cmpfloat (place.size.width, >, before.size.width);
  g_action_group_activate_action (limn_sheet_view_get_actions (fixture->view), "fit", NULL);
  settle_view (fixture);
  g_assert_true (limn_sheet_view_get_place (fixture->view, 4, &place));
  g_assert_true (graphene_rect_equal (&place, &before));
}

/* Of ten thousand cells there are widgets for those that can be seen. */
static void
test_huge (Fixture *fixture, gconstpointer data)
{
  graphene_rect_t place;

  g_assert_cmpuint (count_tiles (GTK_WIDGET (fixture->view)), <, 300);
  g_assert_false (limn_sheet_view_get_place (fixture->view, 9999, &place));
  press (fixture, GDK_KEY_End, GDK_CONTROL_MASK);
  g_assert_cmpstr (get_selected (fixture), ==, "CFG 100, Seed 100");
  g_assert_true (limn_sheet_view_get_place (fixture->view, 9999, &place));
  g_assert_false (limn_sheet_view_get_place (fixture->view, 0, &place));
  g_assert_cmpuint (count_tiles (GTK_WIDGET (fixture->view)), <, 300);
}

static void
assert_says (LimnSheetItem *item, const char *words)
{
  g_autofree char *said = limn_sheet_item_describe (item);

  g_assert_cmpstr (said, ==, words);
}

static void
test_words (Fixture *fixture, gconstpointer data)
{
  LimnSheetItem *item = limn_sheet_board_get (fixture->board, 5);

  assert_says (item, "CFG 3, Seed 2: waiting");
  limn_sheet_item_set_state (item, LIMN_SHEET_PAINTING);
  assert_says (item, "CFG 3, Seed 2: being painted");
  limn_sheet_item_set_state (item, LIMN_SHEET_DONE);
  assert_says (item, "CFG 3, Seed 2: done");
  limn_sheet_item_set_starred (item, TRUE);
  assert_says (item, "CFG 3, Seed 2: done, starred");
  g_assert_cmpuint (limn_sheet_board_get_n_done (fixture->board), ==, 1);
  limn_sheet_item_set_state (item, LIMN_SHEET_MISSING);
  assert_says (item, "CFG 3, Seed 2: not there");
  limn_sheet_item_set_state (item, LIMN_SHEET_FAILED);
  assert_says (item, "CFG 3, Seed 2: could not be painted");
  g_assert_cmpuint (limn_sheet_board_get_n_done (fixture->board), ==, 0);
}

static LimnImage *
new_image (guint side, guint8 value)
{
  guint8 *pixels = g_malloc ((gsize) side * side * 3);

  memset (pixels, value, (gsize) side * side * 3);
  return limn_image_new_take (LIMN_PIXEL_RGB8, side, side, pixels, NULL);
}

/* A cell gets its picture from its file while it is in sight; one whose file is gone says so. */
static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a.png", NULL);
  g_autofree char *gone = g_build_filename (fixture->folder, "b.png", NULL);
  g_autoptr(LimnImage) image = new_image (600, 77);
  g_autoptr(GBytes) bytes = NULL;
  LimnSheetItem *first = limn_sheet_board_get (fixture->board, 0), *second = limn_sheet_board_get (fixture->board, 1);

  bytes = limn_png_encode (image, NULL, 0, NULL);
  g_assert_true (limn_atomic_file_write (path, bytes, NULL));
  limn_sheet_item_set_state (first, LIMN_SHEET_DONE);
  limn_sheet_item_set_path (first, path);
  limn_sheet_item_set_state (second, LIMN_SHEET_DONE);
  limn_sheet_item_set_path (second, gone);
  while (!limn_sheet_item_get_texture (first) || limn_sheet_item_get_state (second) == LIMN_SHEET_DONE)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (gdk_texture_get_width (limn_sheet_item_get_texture (first)), ==, 256);
  g_assert_cmpint (limn_sheet_item_get_state (second), ==, LIMN_SHEET_MISSING);
  /* As large as it is shown. */
  limn_sheet_view_set_large (fixture->view, TRUE);
  while (gdk_texture_get_width (limn_sheet_item_get_texture (first)) < 500)
    g_main_context_iteration (NULL, TRUE);
}

/* What a frame of the desktop costs while a hundred cells are there and each gets a frame of its own. No time is asserted, since whoever
 * else works here decides it. Measured on two cores, without a graphics card: 0.22 ms each, the worst 2.4 ms. */
static void
test_speed (Fixture *fixture, gconstpointer data)
{
  gint64 start, spent = 0, worst = 0;

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr(LimnImage) image = new_image (128, i);
      GtkSnapshot *snapshot = gtk_snapshot_new ();
      GskRenderNode *node;

      limn_sheet_item_set_state (limn_sheet_board_get (fixture->board, i), LIMN_SHEET_PAINTING);
      start = g_get_monotonic_time ();
      limn_sheet_item_set_image (limn_sheet_board_get (fixture->board, i), image, 128);
      GTK_WIDGET_GET_CLASS (fixture->view)->snapshot (GTK_WIDGET (fixture->view), snapshot);
      start = g_get_monotonic_time () - start;
      spent += start;
      worst = MAX (worst, start);
      node = gtk_snapshot_free_to_node (snapshot);
      g_clear_pointer (&node, gsk_render_node_unref);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_test_message ("a frame of one cell of a hundred: %.2f ms, at most %.2f ms", spent / 100e3, worst / 1e3);
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
  g_test_add ("/sheet/places", Fixture, &few, set_up, test_places, tear_down);
  g_test_add ("/sheet/keys", Fixture, &few, set_up, test_keys, tear_down);
  g_test_add ("/sheet/large", Fixture, &few, set_up, test_large, tear_down);
  g_test_add ("/sheet/huge", Fixture, &huge, set_up, test_huge, tear_down);
  g_test_add ("/sheet/words", Fixture, &few, set_up, test_words, tear_down);
  g_test_add ("/sheet/files", Fixture, &few, set_up, test_files, tear_down);
  g_test_add ("/sheet/speed", Fixture, &many, set_up, test_speed, tear_down);
  return g_test_run ();
}
