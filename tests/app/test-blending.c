/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The page of blending in a real window, with the real engine: the starter model's pictures, small and in few steps. Order and memory are held
 * here; how long a sketch takes is measured elsewhere. */
#include "config.h"

#include "limn-test-app.h"

#include "app/limn-blend-page.h"
#include "app/limn-blend-pad.h"
#include "app/limn-blend-sequence.h"
#include "app/limn-blend-slot.h"
#include "image/limn-apng.h"
#include "image/limn-png.h"
#include "session/limn-embedded.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define SIDE 64
#define STEPS 2

typedef struct
{
  LimnTestApp       app;
  LimnBlendPage    *page;
  LimnBlend        *blend;
  LimnBlendPreview *preview;
  LimnBlendPad     *pad;
  GArray           *shown; /* of double: u of each frame that was shown */
  guint             n_fine;
} Fixture;

static void
on_frame (Fixture *fixture, const LimnBlendFrame *frame)
{
  if (frame->aside)
    return;
  g_array_append_val (fixture->shown, frame->u);
  fixture->n_fine += frame->level == LIMN_BLEND_FINE;
}

static void
find_parts (Fixture *fixture)
{
  LimnTestApp *app = &fixture->app;

  limn_test_set_small (app, SIDE, STEPS, 5);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.page", "s", "blend"));
  fixture->page = app->window->blend_page;
  fixture->blend = limn_blend_page_get_blend (fixture->page);
  fixture->preview = limn_blend_page_get_preview (fixture->page);
  fixture->pad = LIMN_BLEND_PAD (limn_test_find (GTK_WIDGET (fixture->page), LIMN_TYPE_BLEND_PAD, NULL));
  g_signal_connect_swapped (fixture->preview, "frame", G_CALLBACK (on_frame), fixture);
  limn_test_wait (gtk_widget_get_mapped (GTK_WIDGET (fixture->pad)));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  limn_test_app_set_up (&fixture->app, NULL);
  fixture->shown = g_array_new (FALSE, FALSE, sizeof (double));
  find_parts (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_signal_handlers_disconnect_by_data (fixture->preview, fixture);
  limn_test_app_tear_down (&fixture->app, NULL);
  g_array_unref (fixture->shown);
}

static gboolean
is_ready (Fixture *fixture)
{
  gboolean ready;

  g_object_get (fixture->blend, "ready", &ready, NULL);
  return ready;
}

static gboolean
has_message (Fixture *fixture)
{
  g_autofree char *message = NULL;

  g_object_get (fixture->blend, "message", &message, NULL);
  return message != NULL;
}

static void
use_two_words (Fixture *fixture)
{
  limn_blend_use_words (fixture->blend, 0, "a red house", 3);
  limn_blend_use_words (fixture->blend, 1, "a blue boat", 4);
  g_assert_true (is_ready (fixture));
}

static void
wait_for_fine (Fixture *fixture)
{
  limn_test_wait (!limn_blend_preview_is_busy (fixture->preview) && limn_blend_preview_get_frame (fixture->preview) &&
                    limn_blend_preview_get_level (fixture->preview) == LIMN_BLEND_FINE);
}

/* Pixels of what is shown, as a PNG has them. */
static LimnImage *
dup_shown (Fixture *fixture)
{
  return limn_image_ref (limn_blend_preview_get_frame (fixture->preview));
}

static char *
wait_for_saved (Fixture *fixture, guint n)
{
  limn_test_wait (fixture->app.saved->len >= n);
  return g_strdup (g_ptr_array_index (fixture->app.saved, n - 1));
}

/* Two ends of words: a sketch, then the picture, and that very picture when it is painted. */
static void
test_words (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr(LimnImage) shown = NULL, painted = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;

  g_assert_true (has_message (fixture));
  use_two_words (fixture);
  wait_for_fine (fixture);
  shown = dup_shown (fixture);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->page), "blend.paint", NULL));
  path = wait_for_saved (fixture, 1);
  painted = limn_test_load (path);
  limn_test_assert_same_pixels (shown, painted);
  recipe = limn_test_load_recipe (path);
  g_assert_nonnull (recipe->request->mix);
  g_assert_cmpfloat (recipe->request->mix->u, ==, 0.5);
  g_assert_cmpint (recipe->request->mix->way, ==, LIMN_MIX_NOISE);
}

/* At an end the blend is the picture that is there, to the bit, though it was dropped from a file. */
static void
test_ends (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = NULL, *b = NULL;
  g_autoptr(LimnImage) first = NULL, second = NULL, at_first = NULL, at_second = NULL;

  limn_blend_use_words (fixture->blend, 0, "a red house", 3);
  limn_blend_use_words (fixture->blend, 1, "a blue boat", 4);
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_DIFFUSED, NULL);
  g_assert_false (is_ready (fixture));
  /* One press paints both, and both become pictures where they are. */
  limn_test_click (GTK_WIDGET (fixture->page), "paint_ends_button");
  b = wait_for_saved (fixture, 2);
  a = g_strdup (g_ptr_array_index (fixture->app.saved, 0));
  limn_test_wait (limn_blend_get_kind (fixture->blend, 0) == LIMN_BLEND_PICTURE &&
                    limn_blend_get_kind (fixture->blend, 1) == LIMN_BLEND_PICTURE && is_ready (fixture));
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_IMAGINED, "u", 0.0, NULL);
  g_assert_true (is_ready (fixture));
  first = limn_test_load (a);
  second = limn_test_load (b);
  wait_for_fine (fixture);
  at_first = dup_shown (fixture);
  limn_test_assert_same_pixels (at_first, first);
  g_object_set (fixture->blend, "u", 1.0, NULL);
  wait_for_fine (fixture);
  at_second = dup_shown (fixture);
  limn_test_assert_same_pixels (at_second, second);
}

/* As from the gallery, or from a file manager. */
static gboolean
drop_file (GtkWidget *widget, const char *path)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);
  GSList *files = g_slist_append (NULL, g_file_new_for_path (path));
  g_auto(GValue) value = G_VALUE_INIT;
  gboolean taken = FALSE;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (files));
  g_slist_free_full (files, g_object_unref);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        g_signal_emit_by_name (controller, "drop", &value, 1.0, 1.0, &taken);
    }
  return taken;
}

/* What @path was mixed of is in the file itself. */
static void
assert_whole (const char *path)
{
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_TEXTS, NULL);
  g_autoptr(LimnRecipe) recipe = limn_test_load_recipe (path);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);

  g_assert_true (limn_embedded_unpack (png->texts, recipe->request, stash, NULL));
  for (guint i = 0; i < recipe->request->mix->n_ends; i++)
    {
      g_autoptr(LimnImage) picture = limn_stash_load (stash, recipe->request->mix->ends[i].picture, NULL);

      g_assert_nonnull (picture);
    }
}

/* Pictures of which nothing is known blend by the other two ways, and what cannot be is said. */
static void
test_ways (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-blend-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "photo.png", NULL);
  g_autofree char *painted = NULL;
  g_autoptr(LimnImage) straight = NULL, diffused = NULL;

  for (guint i = 0; i < 2; i++)
    {
      guint8 *pixels = g_malloc (SIDE * SIDE * 3);
      g_autoptr(LimnImage) image = NULL;
      g_autoptr(GBytes) png = NULL;

      memset (pixels, i == 0 ? 40 : 200, SIDE * SIDE * 3);
      image = limn_image_new_take (LIMN_PIXEL_RGB8, SIDE, SIDE, pixels, NULL);
      png = limn_png_encode (image, NULL, 0, NULL);
      g_assert_true (g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), NULL));
      /* On the end, or beside it: then where there is room. */
      g_assert_true (drop_file (i == 0 ? limn_test_find (GTK_WIDGET (fixture->page), LIMN_TYPE_BLEND_SLOT, "slot_a")
                                       : GTK_WIDGET (fixture->page),
                                path));
      limn_test_wait (limn_blend_get_thumbnail (fixture->blend, i));
    }
  g_assert_false (drop_file (GTK_WIDGET (fixture->page), path));
  g_unlink (path);
  g_rmdir (folder);
  g_assert_false (is_ready (fixture));
  g_assert_true (has_message (fixture));
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_STRAIGHT, NULL);
  g_assert_true (is_ready (fixture));
  wait_for_fine (fixture);
  straight = dup_shown (fixture);
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_DIFFUSED, "strength", 0.9, "words", "a blue boat", NULL);
  wait_for_fine (fixture);
  diffused = dup_shown (fixture);
  limn_test_assert_other_pixels (straight, diffused);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->page), "blend.paint", NULL));
  painted = wait_for_saved (fixture, 1);
  assert_whole (painted);
  /* A file that is none, and the end stays what it was. */
  limn_blend_use_file (fixture->blend, 0, "/nowhere.png");
  limn_test_wait (!limn_blend_is_reading (fixture->blend, 0));
  g_assert_cmpint (limn_blend_get_kind (fixture->blend, 0), ==, LIMN_BLEND_PICTURE);
  g_assert_cmpuint (fixture->app.toasts->len, >, 0);
}

/* --- Dragging --- */

/* Back and forth, now and then at rest. @seconds in all. */
static void
drag (Fixture *fixture, double seconds)
{
  gint64 begin = g_get_monotonic_time (), now;

  while ((now = g_get_monotonic_time ()) < begin + seconds * G_USEC_PER_SEC)
    {
      double t = (now - begin) / 1e6;

      g_object_set (fixture->pad, "u", fmod (t, 2) < 1 ? fmod (t, 1) : 1 - fmod (t, 1), NULL);
      limn_test_run_for (fmod (t, 0.7) < 0.02 ? 0.3 : 0.016);
    }
}

static double
get_u (Fixture *fixture)
{
  double u;

  g_object_get (fixture->blend, "u", &u, NULL);
  return u;
}

/* KiB that the process has in memory. */
static gulong
get_rss (void)
{
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "VmRSS:");
  g_assert_nonnull (line);
  return strtoul (line + strlen ("VmRSS:"), NULL, 10);
}

/* A frame that was left behind is never shown again: what is shown are places of the hand in the order in which it was there. */
typedef struct
{
  GArray *places; /* of double: where the hand was */
  guint   at;
} Track;

static void
on_moved (Track *track, GParamSpec *spec, LimnBlendPad *pad)
{
  double u;

  g_object_get (pad, "u", &u, NULL);
  g_array_append_val (track->places, u);
}

static void
on_shown (Track *track, const LimnBlendFrame *frame)
{
  if (frame->aside)
    return;
  while (track->at < track->places->len && g_array_index (track->places, double, track->at) != frame->u)
    track->at++;
  g_assert_cmpuint (track->at, <, track->places->len);
}

/* Memory: what GTK, the driver and malloc keep for later comes in the first seconds; after that 8 MiB are a thousand sketches of 64 pixels, of
 * which some hundred are painted here, or forty whole pictures at this window's size. On slow cores the first seconds are longer: one of a few rounds
 * that grows by less is enough, since what is kept of every sketch grows by the same in all of them. */
#define MAX_GROWTH_KIB (8 * 1024)
#define MAX_ROUNDS 5

static void
test_drag (Fixture *fixture, gconstpointer data)
{
  Track track = { g_array_new (FALSE, FALSE, sizeof (double)), 0 };
  gulong before = 0, after;

  use_two_words (fixture);
  wait_for_fine (fixture);
  g_array_append_val (track.places, ((double){ 0.5 }));
  g_signal_connect_swapped (fixture->pad, "notify::u", G_CALLBACK (on_moved), &track);
  g_signal_connect_swapped (fixture->preview, "frame", G_CALLBACK (on_shown), &track);
  drag (fixture, 5);
  after = get_rss ();
  for (guint round = 0; round == 0 || (round < MAX_ROUNDS && after >= before + MAX_GROWTH_KIB); round++)
    {
      before = after;
      drag (fixture, 5);
      after = get_rss ();
      g_test_message ("RSS: %lu KiB, after: %lu KiB; %u frames shown", before, after, fixture->shown->len);
    }
  g_assert_cmpuint (fixture->shown->len, >, 2);
  g_assert_cmpuint (after, <, before + MAX_GROWTH_KIB);
  /* At last it is where the hand is. */
  wait_for_fine (fixture);
  g_assert_cmpfloat (g_array_index (fixture->shown, double, fixture->shown->len - 1), ==, get_u (fixture));
  g_signal_handlers_disconnect_by_data (fixture->pad, &track);
  g_signal_handlers_disconnect_by_data (fixture->preview, &track);
  g_array_unref (track.places);
}

/* The keyboard does all that a hand does, and a screen reader hears of it. */
static void
press (Fixture *fixture, guint key, GdkModifierType state)
{
  GtkWidget *pad = GTK_WIDGET (fixture->pad);
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (pad);

  gtk_widget_grab_focus (pad);
  g_assert_true (gtk_widget_has_focus (pad));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (!GTK_IS_SHORTCUT_CONTROLLER (controller))
        continue;
      for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (controller)); k++)
        {
          g_autoptr(GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), k);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger) && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key &&
              gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)) == state)
            {
              gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, pad, gtk_shortcut_get_arguments (shortcut));
              return;
            }
        }
    }
  g_assert_not_reached ();
}

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  GtkTextDirection direction = gtk_widget_get_default_direction ();
  double v;

  press (fixture, GDK_KEY_Home, 0);
  g_assert_cmpfloat (get_u (fixture), ==, 0);
  press (fixture, GDK_KEY_Right, GDK_CONTROL_MASK);
  g_assert_cmpfloat (get_u (fixture), ==, 0.1);
  press (fixture, GDK_KEY_Left, 0);
  g_assert_cmpfloat_with_epsilon (get_u (fixture), 0.09, 1e-9);
  press (fixture, GDK_KEY_End, 0);
  g_assert_cmpfloat (get_u (fixture), ==, 1);
  g_assert_true (gtk_test_accessible_has_role (GTK_ACCESSIBLE (fixture->pad), GTK_ACCESSIBLE_ROLE_SLIDER));
  g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (fixture->pad), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT));
  /* A square has a way down too. */
  limn_test_click (GTK_WIDGET (fixture->page), "four_button");
  press (fixture, GDK_KEY_Page_Down, 0);
  g_object_get (fixture->blend, "v", &v, NULL);
  g_assert_cmpfloat (v, ==, 1);
  press (fixture, GDK_KEY_Up, 0);
  g_object_get (fixture->blend, "v", &v, NULL);
  g_assert_cmpfloat_with_epsilon (v, 0.99, 1e-9);
  /* From right to left the first end is on the right. */
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  press (fixture, GDK_KEY_Right, 0);
  g_assert_cmpfloat_with_epsilon (get_u (fixture), 0.99, 1e-9);
  gtk_widget_set_default_direction (direction);
}

/* The next morning all of it is there again. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  guint n_ends, way;
  double strength, u;

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->app.window), "win.page", "s", "picture"));
  path = limn_test_paint (&fixture->app, "a boat");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->app.window), "win.page", "s", "blend"));
  limn_blend_use_file (fixture->blend, 2, path);
  limn_test_wait (limn_blend_get_thumbnail (fixture->blend, 2));
  limn_blend_use_words (fixture->blend, 0, "a red house", 3);
  g_object_set (fixture->blend, "n-ends", 4, "way", (guint) LIMN_BLEND_DIFFUSED, "strength", 0.25, "u", 0.75, NULL);
  g_signal_handlers_disconnect_by_data (fixture->preview, fixture);
  limn_test_app_close (&fixture->app);
  /* The file may be gone: the picture is not. */
  g_unlink (path);
  limn_test_app_start (&fixture->app);
  find_parts (fixture);
  limn_test_wait (limn_blend_get_thumbnail (fixture->blend, 2));
  g_object_get (fixture->blend, "n-ends", &n_ends, "way", &way, "strength", &strength, "u", &u, NULL);
  g_assert_cmpuint (n_ends, ==, 4);
  g_assert_cmpuint (way, ==, LIMN_BLEND_DIFFUSED);
  g_assert_cmpfloat (strength, ==, 0.25);
  g_assert_cmpfloat (u, ==, 0.75);
  g_assert_cmpint (limn_blend_get_kind (fixture->blend, 0), ==, LIMN_BLEND_WORDS);
  g_assert_cmpstr (limn_blend_get_request (fixture->blend, 0)->prompt, ==, "a red house");
  g_assert_cmpuint (limn_blend_get_request (fixture->blend, 0)->seed, ==, 3);
  g_assert_cmpint (limn_blend_get_kind (fixture->blend, 1), ==, LIMN_BLEND_EMPTY);
  g_assert_cmpstr (limn_blend_get_request (fixture->blend, 2)->prompt, ==, "a boat");
  g_assert_cmpint (limn_blend_get_kind (fixture->blend, 3), ==, LIMN_BLEND_EMPTY);
}

/* Several at once: a sheet, whose first and last are the ends. */
static void
test_strip (Fixture *fixture, gconstpointer data)
{
  AdwMessageDialog *dialog;
  GtkWidget *spin;
  LimnJob *job;

  use_two_words (fixture);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->page), "blend.strip", NULL));
  dialog = limn_test_find_message ();
  g_assert_nonnull (dialog);
  spin = limn_test_find (GTK_WIDGET (dialog), GTK_TYPE_SPIN_BUTTON, NULL);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 3);
  adw_message_dialog_response (dialog, "paint");
  limn_test_wait (limn_job_queue_get_running (fixture->app.queue));
  job = limn_job_queue_get_running (fixture->app.queue);
  g_assert_nonnull (limn_job_get_sheet (job));
  limn_test_wait (fixture->app.saved->len == 3);
}

static LimnBlendSequence *
open_sequence (Fixture *fixture)
{
  g_autoptr(GListModel) windows = NULL;

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->page), "blend.sequence", NULL));
  windows = g_object_ref (gtk_window_get_toplevels ());
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (LIMN_IS_BLEND_SEQUENCE (window))
        return LIMN_BLEND_SEQUENCE (window);
    }
  g_assert_not_reached ();
}

/* A film of it, which takes nobody's place; and one that is given up leaves nothing. */
static void
test_sequence (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-blend-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "film.png", NULL);
  g_autofree char *second = g_build_filename (folder, "film-0001.png", NULL);
  g_autofree char *numbered = g_build_filename (folder, "pictures", NULL);
  LimnBlendSequence *sequence;
  GtkWidget *spin;

  use_two_words (fixture);
  g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
  sequence = open_sequence (fixture);
  spin = limn_test_find (GTK_WIDGET (sequence), GTK_TYPE_SPIN_BUTTON, "frames_spin");
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 3);
  g_object_add_weak_pointer (G_OBJECT (sequence), (gpointer *) &sequence);
  limn_blend_sequence_start (sequence, LIMN_SEQUENCE_APNG, path);
  limn_test_wait (!sequence);
  g_assert_cmpuint (limn_test_count_files (folder, ".png"), ==, 2);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));

  sequence = open_sequence (fixture);
  g_object_add_weak_pointer (G_OBJECT (sequence), (gpointer *) &sequence);
  limn_blend_sequence_start (sequence, LIMN_SEQUENCE_NUMBERED, numbered);
  gtk_window_close (GTK_WINDOW (sequence));
  limn_test_wait (!sequence);
  g_assert_false (g_file_test (numbered, G_FILE_TEST_EXISTS));
  /* Nor is anything of it in the gallery. */
  g_assert_cmpuint (fixture->app.saved->len, ==, 0);
  g_unlink (path);
  g_unlink (second);
  g_rmdir (folder);
}

/* A telephone's width, with two ends and with four. */
#define NARROW_PX 360

static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  for (guint n_ends = 2; n_ends <= 4; n_ends += 2)
    {
      int least;

      g_object_set (fixture->blend, "n-ends", n_ends, "way", (guint) LIMN_BLEND_DIFFUSED, NULL);
      limn_test_run_for (0.1);
      gtk_widget_measure (GTK_WIDGET (fixture->page), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
      g_assert_cmpint (least, <=, NARROW_PX);
    }
}

#define add(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

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
  add ("/blending/words", test_words);
  add ("/blending/ends", test_ends);
  add ("/blending/ways", test_ways);
  add ("/blending/drag", test_drag);
  add ("/blending/keys", test_keys);
  add ("/blending/restart", test_restart);
  add ("/blending/strip", test_strip);
  add ("/blending/sequence", test_sequence);
  add ("/blending/narrow", test_narrow);
  return g_test_run ();
}
