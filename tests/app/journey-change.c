/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A picture is painted on and changed where it is marked. Points come in as a pen's or a mouse's do, through limn_canvas_pen(), with a pressure and an
 * eraser that the X server's test extension cannot make; tests/app/smoke-change.py does the same with a real pointer. */
#include "config.h"

#include "test-app.h"

#include "app/limn-control-row.h"
#include "app/limn-lora-row.h"
#include "session/limn-draft-controls.h"

#include <glib/gstdio.h>

#define SIDE 96
#define STEPS 3
#define N_STROKES 1000

static LimnEasel *
get_easel (LimnTestApp *app)
{
  return limn_studio_get_easel (app->studio);
}

static guint
get_uint (gpointer object, const char *property)
{
  guint value;

  g_object_get (object, property, &value, NULL);
  return value;
}

/* --- A pen --- */

static void
pen (LimnTestApp *app, LimnPenPhase phase, double x, double y, double pressure, gboolean eraser, GdkModifierType modifiers)
{
  double widget_x, widget_y;

  g_assert_true (limn_canvas_from_image (app->window->canvas, x, y, &widget_x, &widget_y));
  g_assert_true (limn_canvas_pen (app->window->canvas, phase, widget_x, widget_y, pressure, eraser, modifiers));
}

static void
draw_line (LimnTestApp *app, double x, double y, double to_x, double to_y, double pressure, gboolean eraser)
{
  pen (app, LIMN_PEN_DOWN, x, y, pressure, eraser, 0);
  for (guint i = 1; i <= 4; i++)
    pen (app, LIMN_PEN_MOVE, x + (to_x - x) * i / 4, y + (to_y - y) * i / 4, pressure, eraser, 0);
  pen (app, LIMN_PEN_UP, to_x, to_y, pressure, eraser, 0);
}

static LimnMaskState *
dup_mask (LimnTestApp *app)
{
  return limn_mask_dup_state (limn_easel_get_mask (get_easel (app)));
}

static gboolean
is_marked (LimnTestApp *app, guint x, guint y)
{
  return limn_mask_get_value (limn_easel_get_mask (get_easel (app)), x, y) > 0;
}

/* --- A picture to change --- */

/* What is on the canvas, once it is what the artist may paint on. */
static LimnImage *
use_picture (LimnTestApp *app)
{
  LimnImage *before = limn_easel_get_picture (get_easel (app));

  limn_test_wait (limn_window_can_use_picture (app->window));
  limn_test_activate (app, "win.use-picture");
  limn_test_wait (limn_easel_get_picture (get_easel (app)) && limn_easel_get_picture (get_easel (app)) != before);
  g_assert_cmpuint (get_uint (get_easel (app), "shown"), ==, LIMN_EASEL_SHOWS_SOURCE);
  return limn_easel_get_picture (get_easel (app));
}

static LimnImage *
paint_and_use (LimnTestApp *app, guint64 seed)
{
  g_autofree char *path = NULL;

  limn_test_set_small (app, SIDE, STEPS, seed);
  path = limn_test_paint (app, "a meadow");
  return use_picture (app);
}

static void
mark_rectangle (LimnTestApp *app, double x, double y, double to_x, double to_y)
{
  g_object_set (get_easel (app), "tool", LIMN_TOOL_RECTANGLE, NULL);
  draw_line (app, x, y, to_x, to_y, 1, FALSE);
}

/* Pixels of @after that are not those that @before had at (-@left, -@top), where the mask says nothing; where it does, how many are. */
static void
count_changes (LimnImage *before, LimnImage *after, LimnMaskState *mask, guint left, guint top, guint *n_outside, guint *n_inside)
{
  g_autoptr(LimnImage) a = limn_image_dup_as (before, LIMN_PIXEL_RGBA8);
  g_autoptr(LimnImage) b = limn_image_dup_as (after, LIMN_PIXEL_RGBA8);

  *n_outside = *n_inside = 0;
  for (guint y = 0; y < limn_image_get_height (a); y++)
    for (guint x = 0; x < limn_image_get_width (a); x++)
      if (memcmp (limn_image_get_row (a, y) + 4 * x, limn_image_get_row (b, y + top) + 4 * (x + left), 4) != 0)
        ++*(mask && limn_mask_state_get_value (mask, x, y) > 0 ? n_inside : n_outside);
}

/* --- The journeys --- */

/* Pressure, the eraser, straight lines, and a thousand strokes undone one by one. */
static void
test_strokes (LimnTestApp *app, gconstpointer data)
{
  g_autoptr(LimnMaskState) all = NULL;
  g_autoptr(LimnMaskState) none = NULL;
  g_autoptr(LimnMaskState) again = NULL;
  g_autoptr(LimnMaskState) narrow = NULL;
  g_autoptr(LimnMaskState) wide = NULL;
  GActionGroup *actions = limn_easel_get_actions (get_easel (app));
  LimnRect bounds;
  guint n = 0;

  paint_and_use (app, 71);
  g_assert_cmpuint (get_uint (get_easel (app), "tool"), ==, LIMN_TOOL_BRUSH);
  g_object_set (get_easel (app), "brush-size", 20.0, "brush-hardness", 1.0, "brush-flow", 1.0, "pressure-size", TRUE, NULL);

  /* A pen that is pressed half draws half as wide. */
  draw_line (app, 20, 40, 70, 40, 0.5, FALSE);
  narrow = dup_mask (app);
  bounds = limn_mask_state_get_bounds (narrow);
  g_assert_cmpint (bounds.height, >=, 9);
  g_assert_cmpint (bounds.height, <=, 12);
  draw_line (app, 20, 40, 70, 40, 1, FALSE);
  wide = dup_mask (app);
  bounds = limn_mask_state_get_bounds (wide);
  g_assert_cmpint (bounds.height, >=, 19);
  g_assert_cmpint (bounds.height, <=, 22);
  /* Its other end takes away. */
  draw_line (app, 45, 40, 45, 40, 1, TRUE);
  g_assert_false (is_marked (app, 45, 40));
  g_assert_true (is_marked (app, 25, 40));
  /* With Shift a line comes from where the last stroke ended. */
  draw_line (app, 10, 80, 10, 80, 1, FALSE);
  pen (app, LIMN_PEN_DOWN, 80, 80, 1, FALSE, GDK_SHIFT_MASK);
  pen (app, LIMN_PEN_UP, 80, 80, 1, FALSE, GDK_SHIFT_MASK);
  g_assert_true (is_marked (app, 45, 80));
  /* A stroke that is broken off has never been. */
  pen (app, LIMN_PEN_DOWN, 50, 10, 1, FALSE, 0);
  pen (app, LIMN_PEN_CANCEL, 50, 10, 1, FALSE, 0);
  g_assert_false (is_marked (app, 50, 10));

  for (guint i = 5; i < N_STROKES; i++)
    draw_line (app, i * 7 % SIDE, i * 13 % SIDE, i * 11 % SIDE, i * 5 % SIDE, 0.1 + i % 9 / 10.0, i % 4 == 3);
  all = dup_mask (app);
  while (g_action_group_get_action_enabled (actions, "undo"))
    {
      g_action_group_activate_action (actions, "undo", NULL);
      n++;
    }
  /* Erasing where nothing is marked is no step. */
  g_test_message ("%u steps", n);
  g_assert_cmpuint (n, >, N_STROKES / 2);
  g_assert_cmpuint (n, <=, N_STROKES);
  none = dup_mask (app);
  g_assert_true (limn_mask_state_is_uniform (none, 0));
  while (g_action_group_get_action_enabled (actions, "redo"))
    g_action_group_activate_action (actions, "redo", NULL);
  again = dup_mask (app);
  g_assert_true (limn_mask_state_equal (all, again));
}

/* Marked, painted, painted again with other words: the mask stays, and what is not marked is what it was. */
static void
test_change (LimnTestApp *app, gconstpointer data)
{
  LimnImage *source = paint_and_use (app, 72);
  g_autoptr(LimnMaskState) mask = NULL;
  g_autoptr(LimnMaskState) still = NULL;
  g_autoptr(LimnImage) first = NULL;
  g_autoptr(LimnImage) second = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autofree char *first_path = NULL;
  g_autofree char *second_path = NULL;
  guint n_outside, n_inside;
  gboolean comparing;

  mark_rectangle (app, 24, 16, 72, 60);
  mask = dup_mask (app);
  g_object_set (app->draft, "strength", 1.0, NULL);
  first_path = limn_test_paint (app, "a red house");
  first = limn_test_load (first_path);
  count_changes (source, first, mask, 0, 0, &n_outside, &n_inside);
  g_assert_cmpuint (n_outside, ==, 0);
  g_assert_cmpuint (n_inside, >, 48 * 44 / 2);
  recipe = limn_test_load_recipe (first_path);
  g_assert_nonnull (recipe->request->source);
  g_assert_nonnull (recipe->request->source->mask);
  limn_test_wait (get_uint (get_easel (app), "shown") == LIMN_EASEL_SHOWS_RESULT);

  second_path = limn_test_paint (app, "a blue lake");
  second = limn_test_load (second_path);
  limn_test_assert_other_pixels (first, second);
  count_changes (source, second, mask, 0, 0, &n_outside, &n_inside);
  g_assert_cmpuint (n_outside, ==, 0);
  still = dup_mask (app);
  g_assert_true (limn_mask_state_equal (mask, still));

  /* Painting on goes over the result, and over what is being painted. */
  limn_test_activate (app, "win.paint");
  limn_test_wait (limn_job_queue_get_running (app->queue));
  limn_test_wait (get_uint (get_easel (app), "shown") == LIMN_EASEL_SHOWS_RESULT);
  mark_rectangle (app, 4, 70, 30, 90);
  g_assert_true (is_marked (app, 10, 80));
  limn_test_wait (app->saved->len == 4 && !limn_job_queue_get_running (app->queue));

  /* Compared with one press, and taken on from; what offers that lies over neither of the two names. */
  g_assert_true (gtk_widget_get_visible (app->window->go_on_button));
  limn_test_activate (app, "win.compare");
  g_object_get (app->window->canvas, "comparing", &comparing, NULL);
  g_assert_true (comparing);
  g_assert_false (gtk_widget_get_visible (app->window->go_on_button));
  limn_test_activate (app, "win.compare");
  g_assert_true (gtk_widget_get_visible (app->window->go_on_button));
  use_picture (app);
  g_clear_pointer (&still, limn_mask_state_unref);
  still = dup_mask (app);
  g_assert_true (limn_mask_state_is_uniform (still, 0));
}

/* An edge is dragged outwards; the picture lies in the new one as it was. */
static void
test_grow (LimnTestApp *app, gconstpointer data)
{
  LimnImage *source = paint_and_use (app, 73);
  g_autoptr(LimnImage) grown = NULL;
  g_autoptr(LimnImage) blended = NULL;
  g_autoptr(LimnImage) before = NULL;
  g_autoptr(LimnImage) after = NULL;
  g_autofree char *path = NULL;
  guint n_outside, n_inside, grow;

  g_object_set (get_easel (app), "tool", LIMN_TOOL_GROW, NULL);
  pen (app, LIMN_PEN_DOWN, SIDE, SIDE / 2, 1, FALSE, 0);
  pen (app, LIMN_PEN_MOVE, SIDE + 20, SIDE / 2, 1, FALSE, 0);
  pen (app, LIMN_PEN_MOVE, SIDE + 31, SIDE / 2, 1, FALSE, 0);
  pen (app, LIMN_PEN_UP, SIDE + 31, SIDE / 2, 1, FALSE, 0);
  grow = get_uint (app->draft, "grow-right");
  g_assert_cmpuint (grow, ==, 32);
  g_object_set (app->draft, "grow-top", 8u, NULL);
  path = limn_test_paint (app, "a meadow, and a wood");
  grown = limn_test_load (path);
  g_assert_cmpuint (limn_image_get_width (grown), ==, SIDE + 32);
  g_assert_cmpuint (limn_image_get_height (grown), ==, SIDE + 8);
  count_changes (source, grown, NULL, 0, 8, &n_outside, &n_inside);
  g_assert_cmpuint (n_outside, ==, 0);
  limn_test_wait (get_uint (get_easel (app), "shown") == LIMN_EASEL_SHOWS_GROWN);
  /* Blended in, the old pixels near the edges may change, the others may not. */
  g_object_set (app->draft, "grow-blend", 8u, NULL);
  g_free (path);
  path = limn_test_paint (app, "a meadow, and a lake");
  blended = limn_test_load (path);
  before = limn_image_dup_as (source, LIMN_PIXEL_RGBA8);
  after = limn_image_dup_as (blended, LIMN_PIXEL_RGBA8);
  n_inside = 0;
  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      if (memcmp (limn_image_get_row (after, y + 8) + 4 * x, limn_image_get_row (before, y) + 4 * x, 4) != 0)
        {
          n_inside++;
          g_assert_true (y < 8 || x >= SIDE - 8);
        }
  g_assert_cmpuint (n_inside, >, 0);
  limn_test_wait (get_uint (get_easel (app), "shown") == LIMN_EASEL_SHOWS_GROWN);
  /* Taken on from, it does not grow once more. */
  use_picture (app);
  g_assert_cmpuint (get_uint (app->draft, "grow-right"), ==, 0);
}

static void
test_enlarge (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr(LimnImage) large = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;

  limn_test_set_small (app, 64, STEPS, 74);
  path = limn_test_paint (app, "a lighthouse");
  limn_test_wait (limn_window_can_use_picture (app->window));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.enlarge", "u", 2u));
  limn_test_wait (app->saved->len == 2);
  large = limn_test_load (g_ptr_array_index (app->saved, 1));
  g_assert_cmpuint (limn_image_get_width (large), ==, 128);
  recipe = limn_test_load_recipe (g_ptr_array_index (app->saved, 1));
  g_assert_cmpstr (recipe->request->prompt, ==, "a lighthouse");
}

/* Closed and opened again: the picture is there, with what is marked on it. */
static void
test_again (LimnTestApp *app, gconstpointer data)
{
  g_autoptr(LimnMaskState) mask = NULL;
  g_autoptr(LimnMaskState) back = NULL;
  LimnImage *source = limn_image_ref (paint_and_use (app, 75));

  mark_rectangle (app, 10, 20, 40, 50);
  mask = dup_mask (app);
  limn_test_app_close (app);
  limn_test_app_start (app);
  limn_test_wait (limn_easel_get_picture (get_easel (app)));
  limn_test_assert_same_pixels (limn_easel_get_picture (get_easel (app)), source);
  limn_test_assert_same_pixels (limn_canvas_get_picture (app->window->canvas), source);
  limn_image_unref (source);
  g_assert_cmpuint (get_uint (get_easel (app), "shown"), ==, LIMN_EASEL_SHOWS_SOURCE);
  back = dup_mask (app);
  g_assert_true (limn_mask_state_equal (mask, back));
  limn_test_activate (app, "win.remove-source");
  g_assert_null (limn_easel_get_picture (get_easel (app)));
}

/* Who starts the program with a file sees that file, whatever there is to change; where it cannot be read, the picture to change. */
static void
test_started_with_file (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *file = g_build_filename (g_get_home_dir (), "other.png", NULL);
  LimnImage *source = limn_image_ref (paint_and_use (app, 78));
  g_autoptr(LimnImage) other = limn_image_new_take (LIMN_PIXEL_RGB8, 24, 16, g_malloc0 (24 * 16 * 3), NULL);
  g_autoptr(GBytes) png = limn_png_encode (other, NULL, 0, NULL);

  g_assert_true (g_file_set_contents (file, g_bytes_get_data (png, NULL), g_bytes_get_size (png), NULL));
  limn_test_app_close (app);
  app->file = file;
  limn_test_app_start (app);
  limn_test_wait (limn_easel_get_picture (get_easel (app)) && limn_canvas_get_picture (app->window->canvas));
  limn_test_run_for (0.2);
  limn_test_assert_same_pixels (limn_canvas_get_picture (app->window->canvas), other);

  g_assert_true (g_file_set_contents (file, "no picture", -1, NULL));
  limn_test_app_close (app);
  limn_test_app_start (app);
  app->file = NULL;
  limn_test_wait (limn_canvas_get_picture (app->window->canvas));
  limn_test_assert_same_pixels (limn_canvas_get_picture (app->window->canvas), source);
  limn_image_unref (source);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object ((GAsyncResult **) data, result);
}

/* What other programs call a mask comes in and goes out. */
static void
test_mask_files (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *file = g_build_filename (g_get_home_dir (), "mask.png", NULL);
  g_autofree char *other = g_build_filename (g_get_home_dir (), "no-picture.png", NULL);
  g_autoptr(LimnMaskState) mask = NULL;
  g_autoptr(LimnMaskState) back = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  LimnEasel *easel = get_easel (app);
  GError *error = NULL;

  paint_and_use (app, 76);
  mark_rectangle (app, 10, 20, 40, 50);
  mask = dup_mask (app);
  limn_easel_save_mask_async (easel, file, on_done, &result);
  limn_test_wait (result);
  g_assert_true (limn_easel_save_mask_finish (easel, result, &error));
  g_action_group_activate_action (limn_easel_get_actions (easel), "clear", NULL);
  g_clear_object (&result);
  limn_easel_load_mask_async (easel, file, LIMN_EASEL_FIT_ASK, on_done, &result);
  limn_test_wait (result);
  g_assert_true (limn_easel_load_mask_finish (easel, result, &error));
  back = dup_mask (app);
  g_assert_true (limn_mask_state_equal (mask, back));

  /* Of another size: asked, then scaled or laid on; and what is no picture changes nothing. */
  limn_test_set_small (app, 64, 2, 77);
  g_object_set (app->draft, "paint-from-source", FALSE, NULL);
  g_free (limn_test_paint (app, "a hill"));
  use_picture (app);
  g_clear_object (&result);
  limn_easel_load_mask_async (easel, file, LIMN_EASEL_FIT_ASK, on_done, &result);
  limn_test_wait (result);
  g_assert_false (limn_easel_load_mask_finish (easel, result, &error));
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  g_clear_object (&result);
  limn_easel_load_mask_async (easel, file, LIMN_EASEL_FIT_PAD, on_done, &result);
  limn_test_wait (result);
  g_assert_true (limn_easel_load_mask_finish (easel, result, &error));
  g_assert_true (is_marked (app, 39, 49));
  g_assert_false (is_marked (app, 8, 14));
  g_clear_object (&result);
  limn_easel_load_mask_async (easel, file, LIMN_EASEL_FIT_SCALE, on_done, &result);
  limn_test_wait (result);
  g_assert_true (limn_easel_load_mask_finish (easel, result, &error));
  g_assert_false (is_marked (app, 39, 49));
  g_assert_true (is_marked (app, 8, 14));
  g_file_set_contents (other, "no picture", -1, NULL);
  g_clear_object (&result);
  limn_easel_load_mask_async (easel, other, LIMN_EASEL_FIT_SCALE, on_done, &result);
  limn_test_wait (result);
  g_assert_false (limn_easel_load_mask_finish (easel, result, &error));
  g_clear_error (&error);
  g_assert_true (is_marked (app, 8, 14));
  g_unlink (file);
  g_unlink (other);
}

/* A picture that was changed brings back what it was made of, what was marked, and the same pixels. */
static void
test_settings (LimnTestApp *app, gconstpointer data)
{
  g_autoptr(LimnMaskState) mask = NULL;
  g_autoptr(LimnMaskState) back = NULL;
  g_autoptr(LimnImage) first = NULL;
  g_autoptr(LimnImage) second = NULL;
  g_autofree char *path = NULL;
  g_autofree char *again = NULL;
  LimnImage *source = limn_image_ref (paint_and_use (app, 78));

  mark_rectangle (app, 30, 30, 80, 70);
  mask = dup_mask (app);
  path = limn_test_paint (app, "a barn");
  first = limn_test_load (path);
  g_action_group_activate_action (limn_easel_get_actions (get_easel (app)), "clear", NULL);
  mark_rectangle (app, 0, 0, 10, 10);
  limn_test_activate (app, "win.remove-source");
  g_object_set (app->draft, "strength", 0.1, "seed", (guint64) 1, NULL);

  limn_studio_import (app->studio, path);
  limn_test_wait (limn_easel_get_picture (get_easel (app)));
  limn_test_assert_same_pixels (limn_easel_get_picture (get_easel (app)), source);
  limn_image_unref (source);
  back = dup_mask (app);
  g_assert_true (limn_mask_state_equal (mask, back));
  again = limn_test_paint (app, "a barn");
  second = limn_test_load (again);
  limn_test_assert_same_pixels (first, second);
  /* What was marked before is one step away. */
  limn_studio_show_source (app->studio);
  g_action_group_activate_action (limn_easel_get_actions (get_easel (app)), "undo", NULL);
  g_assert_true (is_marked (app, 5, 5));
}

/* Nothing that is opened, and no file that goes away, costs what is there. */
static void
test_bad_files (LimnTestApp *app, gconstpointer data)
{
  /* The heads of PNGs of 20,000 x 20,000 and of 0 x 0 pixels. */
  static const char huge[] = "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x4e\x20\x00\x00\x4e\x20\x08\x02\x00\x00\x00"
                             "\x6c\x12\xd1\x6e";
  static const char none[] = "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x00\x00\x00\x00\x00\x08\x02\x00\x00\x00"
                             "\xb4\xe9\xeb\x45";
  static const struct
  {
    const char *bytes;
    gsize       n_bytes;
  } files[] = { { huge, sizeof huge - 1 }, { none, sizeof none - 1 }, { "no picture at all", 17 }, { "", 0 } };
  g_autofree char *path = g_build_filename (g_get_home_dir (), "strange.png", NULL);
  g_autoptr(LimnMaskState) mask = NULL;
  g_autoptr(LimnMaskState) still = NULL;
  g_autofree char *painted = NULL;
  LimnImage *source = paint_and_use (app, 79);

  mark_rectangle (app, 30, 30, 80, 70);
  mask = dup_mask (app);
  for (guint i = 0; i <= G_N_ELEMENTS (files); i++)
    {
      guint n_said = app->toasts->len;

      /* The last is not there at all. */
      if (i < G_N_ELEMENTS (files))
        g_file_set_contents (path, files[i].bytes, files[i].n_bytes, NULL);
      else
        g_unlink (path);
      limn_studio_use_file (app->studio, path);
      limn_test_wait (app->toasts->len > n_said);
      g_assert_true (limn_easel_get_picture (get_easel (app)) == source);
      limn_studio_import (app->studio, path);
      limn_test_wait (app->toasts->len > n_said + 1);
    }
  still = dup_mask (app);
  g_assert_true (limn_mask_state_equal (mask, still));
  g_assert_cmpuint (get_uint (get_easel (app), "shown"), ==, LIMN_EASEL_SHOWS_SOURCE);

  /* The file that the picture came from is deleted. */
  g_assert_cmpint (g_unlink (limn_studio_get_path (app->studio)), ==, 0);
  painted = limn_test_paint (app, "a pond");
  g_assert_nonnull (painted);
}

/* --- What comes with Limn --- */

/* Whether what belongs to a model says of itself that it does not fit. */
static gboolean
is_warned (LimnTestApp *app, GType type)
{
  GtkWidget *row = limn_test_find (GTK_WIDGET (app->window), type, NULL);

  g_assert_nonnull (row);
  return gtk_widget_get_visible (GTK_WIDGET (gtk_widget_get_template_child (row, type, "warning")));
}

static void
use_companion (LimnTestApp *app, LimnResourceKind kind)
{
  LimnModelLibrary *library = limn_studio_get_models (app->studio);
  const char *path;

  limn_test_wait (limn_resources_get_n (limn_model_library_get_resources (library), kind) == 1);
  path = limn_resources_get_path (limn_model_library_get_resources (library), kind, 0);
  limn_studio_use_model_file (app->studio, limn_model_entry_get_file (limn_model_library_lookup (library, path)));
}

/* A ControlNet and its first picture, the file @path: what is made of it. */
static LimnControlMapKind
draw_by (LimnTestApp *app, const char *path)
{
  use_companion (app, LIMN_RESOURCE_CONTROL);
  g_assert_cmpuint (limn_draft_get_n_controls (app->draft), ==, 1);
  limn_test_wait (limn_test_find (GTK_WIDGET (app->window), LIMN_TYPE_CONTROL_ROW, NULL));
  g_assert_true (limn_test_drop (limn_test_find (GTK_WIDGET (app->window), LIMN_TYPE_CONTROL_ROW, NULL), path));
  limn_test_wait (*limn_draft_get_control (app->draft, 0)->picture);
  return limn_draft_get_control (app->draft, 0)->map;
}

/* Stores what the ControlNet sees of @picture as a file, beside that of the picture. */
static char *
save_edges (LimnImage *picture, const char *picture_path)
{
  char *path = g_strconcat (picture_path, ".edges.png", NULL);
  g_autoptr(LimnImage) edges = limn_control_map_new (picture, LIMN_CONTROL_MAP_EDGE, NULL);
  g_autoptr(GBytes) png = limn_png_encode (edges, NULL, 0, NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), NULL));
  return path;
}

/* A style, a picture's edges and a model for painting over: all that is needed to try them is there, and they go together. */
static void
test_companions (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data", "companions", NULL);
  g_autofree char *before = g_strdup (g_getenv ("LIMN_COMPANIONS"));
  g_autofree char *plain_path = NULL;
  g_autofree char *styled_path = NULL;
  g_autofree char *edges_path = NULL;
  g_autofree char *drawn_path = NULL;
  g_autofree char *over_path = NULL;
  g_autoptr(LimnImage) plain = NULL;
  g_autoptr(LimnImage) styled = NULL;
  g_autoptr(LimnImage) drawn = NULL;
  g_autoptr(LimnImage) over = NULL;
  g_autoptr(LimnMaskState) mask = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  LimnImage *source;
  guint n_outside, n_inside;

  limn_test_app_close (app);
  g_setenv ("LIMN_COMPANIONS", folder, TRUE);
  limn_test_app_start (app);
  limn_test_set_small (app, SIDE, STEPS, 75);
  plain_path = limn_test_paint (app, "a castle, stained glass");
  plain = limn_test_load (plain_path);

  use_companion (app, LIMN_RESOURCE_LORA);
  styled_path = limn_test_paint (app, "a castle, stained glass");
  styled = limn_test_load (styled_path);
  limn_test_assert_other_pixels (plain, styled);

  /* Its name says what it was shown; a map of that needs none to be made. */
  edges_path = save_edges (styled, styled_path);
  g_assert_cmpint (draw_by (app, edges_path), ==, LIMN_CONTROL_MAP_NONE);
  limn_draft_remove_control (app->draft, 0);
  g_assert_cmpint (draw_by (app, styled_path), ==, LIMN_CONTROL_MAP_EDGE);
  drawn_path = limn_test_paint (app, "a castle, stained glass");
  drawn = limn_test_load (drawn_path);
  limn_test_assert_other_pixels (styled, drawn);

  use_companion (app, LIMN_RESOURCE_MODEL);
  source = use_picture (app);
  mark_rectangle (app, 24, 16, 72, 60);
  mask = dup_mask (app);
  g_object_set (app->draft, "strength", 1.0, NULL);
  /* A model for inpainting takes what was made for its relative, and has its guidance scale. */
  limn_test_wait (limn_draft_get_inspection (app->draft) && g_strcmp0 (limn_draft_get_inspection (app->draft)->model, limn_draft_get_model (app->draft)) == 0);
  g_assert_false (is_warned (app, LIMN_TYPE_LORA_ROW));
  g_assert_false (is_warned (app, LIMN_TYPE_CONTROL_ROW));
  over_path = limn_test_paint (app, "a red house, stained glass");
  over = limn_test_load (over_path);
  count_changes (source, over, mask, 0, 0, &n_outside, &n_inside);
  g_assert_cmpuint (n_outside, ==, 0);
  g_assert_cmpuint (n_inside, >, 48 * 44 / 2);
  recipe = limn_test_load_recipe (over_path);
  g_assert_true (g_str_has_prefix (recipe->request->model, folder));
  g_assert_cmpfloat (recipe->request->cfg, ==, 4);
  g_assert_cmpuint (recipe->request->loras->len, ==, 1);
  g_assert_cmpuint (recipe->request->controls->len, ==, 1);
  limn_test_app_close (app);
  if (before)
    g_setenv ("LIMN_COMPANIONS", before, TRUE);
  else
    g_unsetenv ("LIMN_COMPANIONS");
  limn_test_app_start (app);
}

void
limn_test_add_change (void)
{
  limn_test_add_journey ("/app/change/strokes", test_strokes);
  limn_test_add_journey ("/app/change/mask", test_change);
  limn_test_add_journey ("/app/change/grow", test_grow);
  limn_test_add_journey ("/app/change/enlarge", test_enlarge);
  limn_test_add_journey ("/app/change/again", test_again);
  limn_test_add_journey ("/app/change/started-with-file", test_started_with_file);
  limn_test_add_journey ("/app/change/files", test_mask_files);
  limn_test_add_journey ("/app/change/settings", test_settings);
  limn_test_add_journey ("/app/change/bad-files", test_bad_files);
  limn_test_add_journey ("/app/change/companions", test_companions);
}
