/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The gallery in a real window, over a real studio and real files. */
#include "config.h"

#include "app/limn-gallery-private.h"
#include "app/limn-gallery-loader.h"
#include "app/limn-gallery-model-private.h"
#include "app/limn-gallery-tile.h"
#include "app/limn-studio-private.h"
#include "image/limn-png.h"
#include "library/limn-deleted-steps.h"
#include "library/limn-picture-index.h"

#include "tests/limn-test-folder.h"
#include "tests/limn-test-pictures.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whatever takes longer than this never comes, not on a slow machine with all its cores busy either. */
#define PATIENCE_S 90

typedef struct
{
  char        *root;
  char        *folder;
  GSettings   *settings;
  LimnStudio  *studio;
  GtkWidget   *window;
  LimnGallery *gallery;
  char        *toast;
  char        *toast_action;
  GVariant    *toast_target;
} Fixture;

static double
now (void)
{
  return g_get_monotonic_time () / 1e6;
}

/* Runs the main loop until @condition, which may use f. */
#define WAIT_FOR(condition) \
  G_STMT_START \
  { \
    double end = now () + PATIENCE_S; \
    while (!(condition)) \
      { \
        if (now () > end) \
          g_error ("waited in vain for: %s (%s:%d)", #condition, __FILE__, __LINE__); \
        g_main_context_iteration (NULL, FALSE); \
        g_usleep (200); \
      } \
  } \
  G_STMT_END

static void
run_for (double seconds)
{
  double end = now () + seconds;

  while (now () < end)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (200);
    }
}

static void
on_toast (LimnStudio *studio, const char *message, const char *action, const char *label, GVariant *target, Fixture *f)
{
  /* A picture that is deleted the moment it is selected cannot be shown, which is said as well. */
  if (!action && f->toast_action)
    return;
  g_free (f->toast);
  g_free (f->toast_action);
  g_clear_pointer (&f->toast_target, g_variant_unref);
  f->toast = g_strdup (message);
  f->toast_action = g_strdup (action);
  if (target)
    f->toast_target = g_variant_ref_sink (target);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  /* Of each test alone: the index of a folder outlives it, and would show the pictures of another test until they are looked at. */
  f->root = g_build_filename (g_get_user_data_dir (), g_test_get_path (), NULL);
  f->folder = g_build_filename (f->root, "Pictures", NULL);
  g_assert_cmpint (g_mkdir_with_parents (f->folder, 0777), ==, 0);
  f->settings = g_settings_new (APPLICATION_ID);
  g_settings_set_string (f->settings, "pictures-folder", f->folder);
  f->studio = limn_studio_new (f->settings);
  g_signal_connect (f->studio, "toast", G_CALLBACK (on_toast), f);
  f->gallery = g_object_new (LIMN_TYPE_GALLERY, NULL);
  f->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (f->window), 280, 700);
  gtk_window_set_child (GTK_WINDOW (f->window), GTK_WIDGET (f->gallery));
  gtk_widget_insert_action_group (f->window, "gallery", limn_gallery_get_actions (f->gallery));
  limn_gallery_set_studio (f->gallery, f->studio);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gpointer gone = f->studio;

  /* Before it is known whose the folder is nothing can be kept, which would be warned of. */
  WAIT_FOR (limn_job_queue_is_restored (limn_studio_get_queue (f->studio)));
  gtk_window_destroy (GTK_WINDOW (f->window));
  limn_studio_close (f->studio);
  g_object_add_weak_pointer (G_OBJECT (f->studio), &gone);
  g_object_unref (f->studio);
  /* What it is in the middle of holds it; the driver must not go before its thread does. */
  WAIT_FOR (!gone);
  g_object_unref (f->settings);
  limn_test_remove_folder (f->root);
  g_free (f->root);
  g_free (f->folder);
  g_free (f->toast);
  g_free (f->toast_action);
  g_clear_pointer (&f->toast_target, g_variant_unref);
}

static guint
n_items (Fixture *f)
{
  return g_list_model_get_n_items (G_LIST_MODEL (f->gallery->model));
}

static gboolean
is_ready (Fixture *f)
{
  gboolean ready;

  g_object_get (f->gallery->model, "ready", &ready, NULL);
  return ready;
}

static const char *
page (Fixture *f)
{
  return gtk_stack_get_visible_child_name (f->gallery->stack);
}

static void
act (Fixture *f, const char *name)
{
  g_action_group_activate_action (limn_gallery_get_actions (f->gallery), name, NULL);
}

/* The tile that shows the item at @position, if it is drawn at all. */
static LimnGalleryTile *
find_tile (Fixture *f, guint position)
{
  g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), position);

  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (f->gallery->grid)); cell; cell = gtk_widget_get_next_sibling (cell))
    {
      GtkWidget *tile = gtk_widget_get_first_child (cell);

      if (LIMN_IS_GALLERY_TILE (tile) && limn_gallery_tile_get_item (LIMN_GALLERY_TILE (tile)) == item)
        return LIMN_GALLERY_TILE (tile);
    }
  return NULL;
}

static gboolean
is_shown (Fixture *f, guint position)
{
  LimnGalleryTile *tile = find_tile (f, position);

  return tile && limn_gallery_item_get_texture (limn_gallery_tile_get_item (tile)) != NULL;
}

static gboolean
is_starred (Fixture *f, guint position)
{
  g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), position);

  return limn_gallery_item_get_starred (item);
}

static void
select_only (Fixture *f, guint position)
{
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (f->gallery->selection), position, TRUE);
}

static void
show (Fixture *f)
{
  gtk_window_present (GTK_WINDOW (f->window));
}

/* --- What is there --- */

static void
test_states (Fixture *f, gconstpointer data)
{
  show (f);
  WAIT_FOR (g_str_equal (page (f), "empty"));

  limn_test_pictures_make (f->folder, 25);
  WAIT_FOR (n_items (f) == 25); /* nobody told the gallery: the folder is watched */
  g_assert_cmpstr (page (f), ==, "pictures");
  WAIT_FOR (is_shown (f, 0) && is_shown (f, 3));

  gtk_editable_set_text (GTK_EDITABLE (f->gallery->search), "number 1");
  WAIT_FOR (n_items (f) == 11); /* 1, 10 … 19 */
  gtk_editable_set_text (GTK_EDITABLE (f->gallery->search), "zebra");
  WAIT_FOR (g_str_equal (page (f), "nothing"));
  gtk_editable_set_text (GTK_EDITABLE (f->gallery->search), "");
  WAIT_FOR (n_items (f) == 25);

  gtk_toggle_button_set_active (f->gallery->starred_only, TRUE);
  WAIT_FOR (n_items (f) == 2);
  gtk_editable_set_text (GTK_EDITABLE (f->gallery->search), "\"quote (");
  WAIT_FOR (is_ready (f) && g_str_equal (page (f), "nothing"));
}

/* A picture that is saved is there at once and first; the one that was selected stays selected. */
static void
test_saved (Fixture *f, gconstpointer data)
{
  LimnGalleryModel *model = f->gallery->model;
  g_autofree char *path = NULL;
  gint64 id;
  double start;

  limn_test_pictures_make (f->folder, 8);
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_ready (f));
  select_only (f, 2);
  id = limn_gallery_model_get_id (f->gallery->model, 2);

  /* It is not the folder's watch, which waits 300 ms, that brings it: there is none, nor is anything on its way that would look at the folder. */
  WAIT_FOR (!model->scanning && !model->settle_source && !model->finding);
  g_assert_nonnull (model->monitor);
  g_signal_handlers_disconnect_by_data (model->monitor, model);
  path = limn_test_pictures_make_one (f->folder, 99, 92); /* newer than all */
  start = now ();
  g_signal_emit_by_name (f->studio, "picture-saved", path);
  WAIT_FOR (n_items (f) == 9);
  g_test_message ("a new picture after %.1f ms", (now () - start) * 1000);
  if (g_test_perf ())
    g_assert_cmpfloat (now () - start, <, 0.25);
  WAIT_FOR (is_shown (f, 0));
  {
    g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), 0);

    g_assert_cmpstr (limn_gallery_item_get_path (item), ==, path);
  }
  g_assert_true (gtk_selection_model_is_selected (GTK_SELECTION_MODEL (f->gallery->selection), 3));
  g_assert_cmpint (limn_gallery_model_get_id (f->gallery->model, 3), ==, id);
}

/* Selecting shows; the arrow keys select. */
static void
test_show (Fixture *f, gconstpointer data)
{
  limn_test_pictures_make (f->folder, 8);
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_shown (f, 4));
  select_only (f, 4);
  WAIT_FOR (limn_studio_get_path (f->studio) != NULL);
  {
    g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), 4);

    g_assert_cmpstr (limn_studio_get_path (f->studio), ==, limn_gallery_item_get_path (item));
  }
  g_assert_nonnull (limn_studio_get_picture (f->studio));

  /* Two selected: what is shown stays. */
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (f->gallery->selection), 5, FALSE);
  g_assert_true (gtk_revealer_get_reveal_child (f->gallery->selection_bar));
  g_assert_false (g_action_group_get_action_enabled (limn_gallery_get_actions (f->gallery), "compare"));
  WAIT_FOR (f->gallery->dragged != NULL);
  g_assert_cmpuint (f->gallery->dragged->len, ==, 2);
}

static void
test_star (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnPicture) picture = NULL;

  limn_test_pictures_make (f->folder, 8);
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_shown (f, 1));
  g_assert_false (is_starred (f, 1));
  g_signal_emit_by_name (find_tile (f, 1), "toggle-star");
  WAIT_FOR (is_starred (f, 1));
  {
    g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), 1);
    const char *path = limn_gallery_item_get_path (item);

    WAIT_FOR ((limn_picture_free (picture), picture = limn_picture_load (path, NULL, NULL)) && picture->starred);
  }
  run_for (0.5); /* the watch of the folder has seen it, too */
  g_assert_true (is_starred (f, 1));

  /* All, then none. */
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (f->gallery->selection), 0, 3, TRUE);
  act (f, "toggle-star");
  WAIT_FOR (is_starred (f, 0) && is_starred (f, 1) && is_starred (f, 2));
  act (f, "toggle-star");
  WAIT_FOR (!is_starred (f, 0) && !is_starred (f, 1) && !is_starred (f, 2));
}

static void
test_delete (Fixture *f, gconstpointer data)
{
  g_autofree char *path = NULL;
  gint64 ids[8];

  limn_test_pictures_make (f->folder, 8);
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_shown (f, 2));
  for (guint i = 0; i < 8; i++)
    ids[i] = limn_gallery_model_get_id (f->gallery->model, i);
  {
    g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), 2);

    path = g_strdup (limn_gallery_item_get_path (item));
  }
  select_only (f, 2);
  WAIT_FOR (limn_studio_get_path (f->studio) != NULL);
  act (f, "delete");
  /* Where the disk has no wastebasket, all there is to see is a message that says so. */
  WAIT_FOR (f->toast_action || (f->toast && strstr (f->toast, "no wastebasket")));
  if (!f->toast_action)
    {
      g_test_skip (f->toast);
      return;
    }
  WAIT_FOR (n_items (f) == 7);
  g_assert_cmpstr (f->toast_action, ==, "gallery.undo-delete");
  /* The next one moved up, and is selected: so one goes on. */
  g_assert_true (gtk_selection_model_is_selected (GTK_SELECTION_MODEL (f->gallery->selection), 2));
  g_assert_cmpint (limn_gallery_model_get_id (f->gallery->model, 2), ==, ids[3]);

  /* Two more, apart from each other; then both deletions are undone, the older by its toast. */
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (f->gallery->selection), 0, TRUE);
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (f->gallery->selection), 5, FALSE);
  {
    g_autoptr(GVariant) first = g_variant_ref (f->toast_target);

    act (f, "delete");
    WAIT_FOR (n_items (f) == 5);
    g_assert_cmpint (limn_gallery_model_get_id (f->gallery->model, 0), ==, ids[1]);
    WAIT_FOR (g_strrstr (f->toast, "2"));
    g_action_group_activate_action (limn_gallery_get_actions (f->gallery), "undo-delete", first);
  }
  WAIT_FOR (n_items (f) == 6);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_action_group_activate_action (limn_gallery_get_actions (f->gallery), "undo-delete", g_variant_new_uint32 (0));
  WAIT_FOR (n_items (f) == 8);
  g_assert_false (g_action_group_get_action_enabled (limn_gallery_get_actions (f->gallery), "undo-delete"));
}

/* Another folder, and back: what was there is gone from sight at once, and comes back from its own index. */
static void
test_folder (Fixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename (f->root, "Other", NULL);
  g_autofree char *file = g_build_filename (f->root, "file", NULL);

  limn_test_pictures_make (f->folder, 8);
  g_assert_cmpint (g_mkdir (other, 0777), ==, 0);
  limn_test_pictures_make (other, 3);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_ready (f));
  g_settings_set_string (f->settings, "pictures-folder", other);
  WAIT_FOR (n_items (f) == 3);
  g_settings_set_string (f->settings, "pictures-folder", file);
  WAIT_FOR (g_str_equal (page (f), "trouble"));
  g_settings_set_string (f->settings, "pictures-folder", f->folder);
  WAIT_FOR (n_items (f) == 8);
  g_assert_cmpstr (page (f), ==, "pictures");
}

/* Each cell that can have the focus says which picture it is. */
static void
test_names (Fixture *f, gconstpointer data)
{
  g_autofree char *prompt = limn_test_pictures_dup_prompt (7);
  g_autofree char *starred = NULL;

  limn_test_pictures_make (f->folder, 21);
  show (f);
  WAIT_FOR (n_items (f) == 21 && is_shown (f, 13) && is_shown (f, 0));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (find_tile (f, 13)), GTK_ACCESSIBLE_PROPERTY_LABEL, prompt);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (gtk_widget_get_parent (GTK_WIDGET (find_tile (f, 13)))),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, prompt);
  g_free (prompt);
  prompt = limn_test_pictures_dup_prompt (20);
  starred = g_strdup_printf ("%s, starred", prompt);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (find_tile (f, 0)), GTK_ACCESSIBLE_PROPERTY_LABEL, starred);
}

/* Everything under the pointer is the tile's: its star, its tooltip, its menu. */
static void
test_pointer (Fixture *f, gconstpointer data)
{
  LimnGalleryTile *tile;
  GtkWidget *picked;
  double x, y;

  limn_test_pictures_make (f->folder, 8);
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_shown (f, 1));
  tile = find_tile (f, 1);
  WAIT_FOR (gtk_widget_get_width (GTK_WIDGET (tile)) > 0);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (tile)), ==, gtk_widget_get_height (GTK_WIDGET (tile)));
  g_assert_true (gtk_widget_translate_coordinates (GTK_WIDGET (tile), f->window, 40, 60, &x, &y));
  picked = gtk_widget_pick (f->window, x, y, GTK_PICK_DEFAULT);
  g_assert_true (picked == GTK_WIDGET (tile) || gtk_widget_is_ancestor (picked, GTK_WIDGET (tile)));

  limn_gallery_popup_menu (f->gallery, limn_gallery_item_get_id (limn_gallery_tile_get_item (tile)), GTK_WIDGET (tile), 40, 60);
  WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (f->gallery->menu)));
  g_assert_true (g_action_group_get_action_enabled (limn_gallery_get_actions (f->gallery), "compare"));
  /* The menu is that of its picture; nothing is selected by it, and nothing else shown. */
  g_assert_cmpuint (f->gallery->selected, ==, 0);
  gtk_popover_popdown (GTK_POPOVER (f->gallery->menu));
  WAIT_FOR (!g_action_group_get_action_enabled (limn_gallery_get_actions (f->gallery), "compare"));
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  gboolean *done = data;
  g_autoptr(GError) error = NULL;

  g_assert_true (gdk_content_provider_write_mime_type_finish (GDK_CONTENT_PROVIDER (source), result, &error));
  g_assert_no_error (error);
  *done = TRUE;
}

/* What other programs get: the file, and its very bytes as a picture. Of several, the files. */
static void
test_copy (Fixture *f, gconstpointer data)
{
  GdkClipboard *clipboard;
  g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autofree char *path = NULL;
  g_autofree char *contents = NULL;
  gboolean done = FALSE;
  gsize length;

  limn_test_pictures_make (f->folder, 8);
  show (f);
  WAIT_FOR (n_items (f) == 8 && is_shown (f, 3));
  clipboard = gtk_widget_get_clipboard (GTK_WIDGET (f->gallery));
  select_only (f, 3);
  WAIT_FOR (limn_studio_get_path (f->studio) != NULL);
  path = g_strdup (limn_studio_get_path (f->studio));
  act (f, "copy");
  WAIT_FOR (gdk_clipboard_get_content (clipboard) != NULL);
  g_assert_true (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), GDK_TYPE_FILE_LIST));
  gdk_content_provider_write_mime_type_async (gdk_clipboard_get_content (clipboard), "image/png", stream, G_PRIORITY_DEFAULT, NULL,
                                              on_written, &done);
  WAIT_FOR (done);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream)),
                   g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (stream)), contents, length);

  gtk_selection_model_select_range (GTK_SELECTION_MODEL (f->gallery->selection), 0, 3, TRUE);
  g_clear_pointer (&f->toast, g_free);
  act (f, "copy");
  WAIT_FOR (f->toast != NULL);
  g_assert_true (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), GDK_TYPE_FILE_LIST));
  g_assert_false (gdk_content_formats_contain_mime_type (gdk_clipboard_get_formats (clipboard), "image/png"));
}

/* --- Ten thousand --- */

static double
get_rss_mib (void)
{
  g_autofree char *text = NULL;
  long pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%*d %ld", &pages), ==, 1);
  return pages * (double) sysconf (_SC_PAGESIZE) / (1 << 20);
}

/* When it begins the studio asks its model what it needs, and then warms up: that memory is not the gallery's. */
static void
wait_for_studio (Fixture *f)
{
  gboolean inspecting = TRUE;

  WAIT_FOR ((g_object_get (f->studio, "inspecting", &inspecting, NULL),
             limn_draft_get_inspection (limn_studio_get_draft (f->studio)) && !inspecting));
  WAIT_FOR (!f->studio->warming);
}

/* GTK 4.8 warns ("ran out of items") of a list that is scrolled before it is laid out: a frame that begins after now is over. */
static void
wait_for_layout (Fixture *f)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (f->gallery));
  gint64 frame = gdk_frame_clock_get_frame_counter (clock);

  gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_LAYOUT);
  WAIT_FOR (gdk_frame_clock_get_frame_counter (clock) > frame);
}

/* From one end to the other, a screen at a time, each until its pictures are there. */
static guint
scroll_through (Fixture *f, guint n_stops)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (f->gallery->scroller);
  guint n_shown = 0;

  for (guint i = 0; i <= n_stops; i++)
    {
      double upper = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

      gtk_adjustment_set_value (adjustment, upper * i / n_stops);
      wait_for_layout (f);
    }
  for (guint i = n_items (f) - 12; i < n_items (f); i++)
    WAIT_FOR (is_shown (f, i));
  n_shown = 12;
  return n_shown;
}

/*
 * The promised bounds: a gallery of 10,000 pictures opens under 1 s and answers a search under 100 ms; memory stays bounded while one
 * scrolls. Wall time on a processor that others use too says nothing of the gallery, so that the bounds are held with -m perf alone (see
 * PERFORMANCE.md); else ten times as much, which no load has come near and a search that reads every file would not keep.
 */
#define OPENS_S 1.0
#define SEARCH_S 0.1
#define UNDER_LOAD 10

static void
test_ten_thousand (Fixture *f, gconstpointer data)
{
  guint n_rounds = 0;
  double allowance = g_test_perf () ? 1 : UNDER_LOAD;
  double start, seconds, before, after;

  limn_test_pictures_make (f->folder, 10000);
  {
    /* An artist who made ten thousand pictures has opened the gallery before. */
    LimnPictureIndex *index = limn_picture_index_new (f->folder, NULL, NULL);

    g_assert_true (limn_picture_index_scan (index, NULL, NULL, NULL, NULL, NULL));
    limn_picture_index_unref (index);
  }

  start = now ();
  show (f);
  WAIT_FOR (n_items (f) == 10000 && is_shown (f, 0) && is_shown (f, 5));
  seconds = now () - start;
  g_test_message ("opened with its first pictures: %.0f ms", seconds * 1000);
  g_assert_cmpfloat (seconds, <, OPENS_S * allowance);
  WAIT_FOR (is_ready (f));

  {
    static const struct
    {
      const char *words;
      guint n;
    } searches[] = { { "red hou", 70 }, { "lighthouse", 769 }, { "a", 10000 }, { "zebra", 0 } };

    for (guint i = 0; i < G_N_ELEMENTS (searches); i++)
      {
        double best = G_MAXDOUBLE;

        /* The best of five: what other programs do meanwhile on the same processors is not the gallery's. */
        for (guint round = 0; round < 5; round++)
          {
            limn_gallery_model_set_find (f->gallery->model, "number 7", FALSE);
            WAIT_FOR (is_ready (f));
            start = now ();
            limn_gallery_model_set_find (f->gallery->model, searches[i].words, FALSE);
            WAIT_FOR (is_ready (f));
            best = MIN (best, now () - start);
          }
        g_test_message ("“%s”: %u in %.1f ms", searches[i].words, n_items (f), best * 1000);
        g_assert_cmpuint (n_items (f), ==, searches[i].n);
        g_assert_cmpfloat (best, <, SEARCH_S * allowance);
      }
    limn_gallery_model_set_find (f->gallery->model, NULL, FALSE);
    WAIT_FOR (n_items (f) == 10000 && is_shown (f, 0));
    wait_for_layout (f);
  }

  wait_for_studio (f);
  /* Once for what GTK keeps of its own; then once more, which must not cost more than what is kept of pictures. */
  scroll_through (f, 400);
  after = get_rss_mib ();
  /*
   * 24 x 16 pixels a thumbnail here, so what is kept (LIMN_GALLERY_LOADER_KEPT) hardly counts. Seven times through it, the memory went
   * up and down by 12 MiB, which is the allocator's; 48,000 tiles come into sight on the way, which a leak of 1 KiB each would show. On a busy
   * machine more is on its way at once (67 MiB were seen): one of four rounds has to be without it, which none is where something leaks.
   */
  do
    {
      before = after;
      scroll_through (f, 400);
      after = get_rss_mib ();
      g_test_message ("scrolled through: %.0f MiB, then %.0f MiB", before, after);
    }
  while (after - before >= 40 && ++n_rounds < 4);
  g_assert_cmpfloat (after - before, <, 40);
}

/* Selects the picture @path alone and deletes it. FALSE where the disk has no wastebasket. */
static gboolean
delete_path (Fixture *f, const char *path)
{
  guint before = n_items (f), at = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < before; i++)
    {
      g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (f->gallery->model), i);

      WAIT_FOR (limn_gallery_item_get_path (item));
      if (g_str_equal (limn_gallery_item_get_path (item), path))
        at = i;
    }
  g_assert_cmpuint (at, !=, GTK_INVALID_LIST_POSITION);
  select_only (f, at);
  g_clear_pointer (&f->toast_action, g_free);
  act (f, "delete");
  g_clear_pointer (&f->toast, g_free);
  WAIT_FOR (f->toast_action || (f->toast && strstr (f->toast, "no wastebasket")));
  if (!f->toast_action)
    return FALSE;
  WAIT_FOR (n_items (f) == before - 1);
  return TRUE;
}

static void
undo_delete (Fixture *f)
{
  guint before = n_items (f);

  g_action_group_activate_action (limn_gallery_get_actions (f->gallery), "undo-delete", g_variant_new_uint32 (0));
  WAIT_FOR (n_items (f) == before + 1);
}

/* What another program does at its start: all that was put away is gone, or back. */
static void
look_anew (Fixture *f, const char *steps_folder)
{
  g_autoptr(LimnGalleryModel) model = limn_gallery_model_new ();
  g_autoptr(GPtrArray) left = NULL;
  double end = now () + PATIENCE_S;

  limn_gallery_model_set_steps_folder (model, steps_folder);
  limn_gallery_model_set_folder (model, f->folder);
  do
    {
      g_clear_pointer (&left, g_ptr_array_unref);
      run_for (0.02);
      left = limn_deleted_steps_list (steps_folder, f->folder);
    }
  while (left->len > 0 && now () < end);
  g_assert_cmpuint (left->len, ==, 0);
}

#define HAS_STEPS(i) g_file_test (steps[i], G_FILE_TEST_IS_REGULAR)

/* What is pasted by mistake must not be laid out. */
static void
test_long_search (Fixture *f, gconstpointer data)
{
  g_autofree char *book = g_strnfill (200000, 'x');
  gint64 begin;

  show (f);
  begin = g_get_monotonic_time ();
  gtk_editable_set_text (GTK_EDITABLE (f->gallery->search), book);
  g_assert_cmpuint (strlen (gtk_editable_get_text (GTK_EDITABLE (f->gallery->search))), ==, 1000);
  g_test_message ("%.0f ms", (g_get_monotonic_time () - begin) / 1e3);
}

/* Steps go with the last picture that names them, and come back with the first; for good only at the next start. */
static void
test_delete_steps (Fixture *f, gconstpointer data)
{
  LimnJobQueue *queue = limn_studio_get_queue (f->studio);
  const char *folder = limn_job_queue_get_steps_folder (queue);
  char *paths[2], *steps[2], *copy = g_build_filename (f->folder, "copy.png", NULL);
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnPicture) picture = NULL;
      g_autofree char *name = NULL;

      paths[i] = limn_test_pictures_make_one (f->folder, 5 * i, 10);
      picture = limn_picture_load (paths[i], NULL, NULL);
      g_assert_nonnull (picture->trajectory);
      name = g_strconcat (picture->trajectory, ".safetensors", NULL);
      steps[i] = g_build_filename (folder, name, NULL);
      g_assert_true (g_file_set_contents (steps[i], "steps", -1, NULL));
    }
  g_assert_true (g_file_get_contents (paths[1], &bytes, &n_bytes, NULL));
  g_assert_true (g_file_set_contents (copy, bytes, n_bytes, NULL));
  show (f);
  WAIT_FOR (n_items (f) == 3 && is_shown (f, 2));

  if (!delete_path (f, paths[0]))
    {
      g_test_skip (f->toast);
      return;
    }
  g_assert_false (HAS_STEPS (0));
  undo_delete (f);
  WAIT_FOR (HAS_STEPS (0));
  delete_path (f, copy);
  g_assert_true (HAS_STEPS (1));
  delete_path (f, paths[1]);
  g_assert_false (HAS_STEPS (1));
  undo_delete (f);
  WAIT_FOR (HAS_STEPS (1));
  g_assert_true (HAS_STEPS (0));

  /* The next morning: one was brought back by the file manager, the other was not. */
  delete_path (f, paths[0]);
  delete_path (f, paths[1]);
  g_assert_false (HAS_STEPS (0) || HAS_STEPS (1));
  g_assert_true (g_file_set_contents (paths[1], bytes, n_bytes, NULL));
  look_anew (f, folder);
  g_assert_true (HAS_STEPS (1));
  g_assert_false (HAS_STEPS (0));
  for (guint i = 0; i < 2; i++)
    {
      g_free (paths[i]);
      g_free (steps[i]);
    }
  g_free (copy);
}

/* The model ends when it is let go, wherever its threads are: none of them holds it, nor what would call it back. */
static void
test_ends (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%u.png", f->folder, i);

      g_assert_true (g_file_set_contents (name, "no picture", -1, NULL));
    }
  for (guint rounds = 0; rounds < 100; rounds += 5)
    {
      LimnGalleryModel *model = limn_gallery_model_new ();

      limn_gallery_model_set_folder (model, f->folder);
      for (guint i = 0; i < rounds; i++)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (100);
        }
      limn_gallery_model_rescan (model);
      limn_gallery_model_set_find (model, "picture", FALSE);
      g_assert_finalize_object (model);
    }
  run_for (0.3);
}

/* The same with pictures of a true size: 1,500 thumbnails of 256 x 256 would be 290 MiB. */
static void
test_memory (Fixture *f, gconstpointer data)
{
  g_autofree char *first = NULL;
  double before, after;

  /* One picture by many names. */
  {
    g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_RGB8, 256, 256, g_malloc0 (256 * 256 * 3), NULL);
    g_autoptr(GBytes) bytes = limn_png_encode (image, NULL, 0, NULL);

    for (guint i = 0; i < 1500; i++)
      {
        g_autofree char *name = g_strdup_printf ("%s/%u.png", f->folder, i);

        g_assert_true (g_file_set_contents_full (name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                                 G_FILE_SET_CONTENTS_NONE, 0666, NULL));
      }
  }
  show (f);
  WAIT_FOR (n_items (f) == 1500 && is_shown (f, 0));
  wait_for_studio (f);
  run_for (0.5);
  before = get_rss_mib ();
  scroll_through (f, 300);
  after = get_rss_mib ();
  g_test_message ("scrolled through: %.0f MiB, then %.0f MiB", before, after);
  /* 24 MiB are kept, as much may be in the 120 or so tiles that GTK holds ready, and the allocator holds on to some: 73 was measured. */
  g_assert_cmpfloat (after - before, <, 100);
}

int
main (int argc, char **argv)
{
  static const char *const variables[] = { "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME" };
  g_autofree char *home = g_dir_make_tmp ("limn-gallery-XXXXXX", NULL);
  g_autoptr(GtkCssProvider) style = NULL;
  int result;

  /* Not G_TEST_OPTION_ISOLATE_DIRS, which hides the icons and their loaders as well. */
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      g_autofree char *folder = g_build_filename (home, variables[i], NULL);

      g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
      g_setenv (variables[i], folder, TRUE);
    }
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  adw_init ();
  /* As GtkApplication does. */
  style = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (style, "/io/github/limn_app/Limn/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (style),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
#define ADD(name, func) g_test_add ("/gallery/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("states", test_states);
  ADD ("saved", test_saved);
  ADD ("show", test_show);
  ADD ("star", test_star);
  ADD ("delete", test_delete);
  ADD ("delete-steps", test_delete_steps);
  ADD ("long-search", test_long_search);
  ADD ("folder", test_folder);
  ADD ("names", test_names);
  ADD ("pointer", test_pointer);
  ADD ("copy", test_copy);
  ADD ("ten-thousand", test_ten_thousand);
  ADD ("ends", test_ends);
  ADD ("memory", test_memory);
#undef ADD
  result = g_test_run ();
  limn_test_remove_folder (home);
  return result;
}
