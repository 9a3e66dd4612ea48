/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A picture is painted and looked at: what is on the canvas, in the filmstrip, in the folder, and in the kept trajectory must be the
 * same thing, to the last bit. */
#include "config.h"

#include "session/limn-recipe.h"
#include "test-app.h"

#include "image/limn-png.h"

#include <string.h>

#define SIDE 128
#define STEPS 6

/* --- What is seen meanwhile --- */

typedef struct
{
  LimnTestApp *app;
  GHashTable  *drawn;    /* SHA-256 of what the canvas looked like -> itself */
  LimnImage   *pictures[STEPS + 1];
  LimnImage   *last;
  guint        n_ticks;
} Watch;

static char *
hash_texture (GdkTexture *texture)
{
  gsize stride = (gsize) gdk_texture_get_width (texture) * 4;
  gsize size = stride * gdk_texture_get_height (texture);
  g_autofree guchar *pixels = g_malloc (size);

  gdk_texture_download (texture, pixels, stride);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, pixels, size);
}

/* After every frame of the window: the canvas as it was just drawn, if it has another picture than before. */
static void
look (GdkFrameClock *clock, Watch *watch)
{
  LimnImage *picture = limn_canvas_get_picture (watch->app->window->canvas);
  g_autoptr(GdkTexture) texture = NULL;

  watch->n_ticks++;
  if (!picture || picture == watch->last)
    return;
  g_clear_pointer (&watch->last, limn_image_unref);
  watch->last = limn_image_ref (picture);
  texture = limn_test_draw (GTK_WIDGET (watch->app->window->canvas));
  if (texture)
    g_hash_table_add (watch->drawn, hash_texture (texture));
}

static void
watch_start (Watch *watch, LimnTestApp *app)
{
  *watch = (Watch){ .app = app, .drawn = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_signal_connect (gtk_widget_get_frame_clock (GTK_WIDGET (app->window)), "after-paint", G_CALLBACK (look), watch);
}

static void
watch_end (Watch *watch)
{
  g_signal_handlers_disconnect_by_data (gtk_widget_get_frame_clock (GTK_WIDGET (watch->app->window)), watch);
  g_clear_pointer (&watch->last, limn_image_unref);
  g_hash_table_unref (watch->drawn);
}

/* --- Steps --- */

static void
on_object (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object ((GAsyncResult **) data, result);
}

static LimnImage *
get_frame (LimnReel *reel, guint step)
{
  g_autoptr(GAsyncResult) result = NULL;
  GError *error = NULL;
  LimnImage *frame;

  limn_reel_get_frame_async (reel, step, NULL, on_object, &result);
  limn_test_wait (result);
  frame = limn_reel_get_frame_finish (reel, result, &error);
  g_assert_no_error (error);
  return frame;
}

/* The trajectory as it lies on the disk, whatever the application still holds in memory. */
static LimnReel *
open_stored (LimnTestApp *app, const char *png_path)
{
  g_autoptr(LimnPng) png = limn_png_load (png_path, LIMN_PNG_READ_TEXTS, NULL);
  const char *id = limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  GError *error = NULL;
  LimnReel *reel;

  g_assert_nonnull (id);
  name = g_strconcat (id, ".safetensors", NULL);
  path = g_build_filename (limn_job_queue_get_steps_folder (app->queue), name, NULL);
  limn_reel_open_async (limn_studio_get_session (app->studio), path, id, NULL, on_object, &result);
  limn_test_wait (result);
  reel = limn_reel_open_finish (result, &error);
  g_assert_no_error (error);
  return reel;
}

/* The step is chosen in the filmstrip, and looked at on the canvas. */
static LimnImage *
show_step (LimnTestApp *app, guint step)
{
  limn_filmstrip_set_step (app->window->filmstrip, step);
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  g_assert_cmpuint (limn_filmstrip_get_step (app->window->filmstrip), ==, step);
  return limn_canvas_get_picture (app->window->canvas);
}

static void
assert_every_step_is_what_is_stored (LimnTestApp *app, LimnReel *stored, LimnPreview mode)
{
  LimnReel *shown = limn_studio_get_reel (app->studio);

  limn_reel_set_mode (shown, mode);
  limn_reel_set_mode (stored, mode);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (stored)), ==, g_list_model_get_n_items (G_LIST_MODEL (shown)));
  for (guint step = 1; step <= g_list_model_get_n_items (G_LIST_MODEL (stored)); step++)
    {
      g_autoptr(LimnImage) decoded = get_frame (stored, step);

      limn_test_assert_same_pixels (show_step (app, step), decoded);
    }
}

/* --- The journeys --- */

static void
test_paint (LimnTestApp *app, gconstpointer data)
{
  static const char prompt[] = "a red house on a green hill";
  LimnReel *reel = NULL;
  g_autoptr(LimnImage) saved = NULL;
  g_autoptr(LimnReel) stored = NULL;
  LimnImage *noisy, *predicted;
  Watch watch;

  limn_test_set_small (app, SIDE, STEPS, 11);
  limn_test_type (limn_test_get_prompt_view (app), prompt);
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, prompt);
  watch_start (&watch, app);
  limn_test_click (GTK_WIDGET (app->window->prompt_bar), "_Paint");
  limn_test_wait (app->saved->len == 1);
  limn_test_wait (!limn_job_queue_get_running (app->queue));
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  limn_test_run_for (0.1);

  /* One entry a step, none dropped. */
  reel = limn_studio_get_reel (app->studio);
  g_assert_nonnull (reel);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (app->window->filmstrip)));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (reel)), ==, STEPS);

  /* A slow window may skip a frame, but has shown it coming: the board, and at least half of the steps, each as another picture. */
  g_test_message ("%u different pictures were drawn in %u frames of the window", g_hash_table_size (watch.drawn), watch.n_ticks);
  g_assert_cmpuint (g_hash_table_size (watch.drawn), >, STEPS / 2);
  watch_end (&watch);

  /* What was saved is what is seen. */
  saved = limn_test_load (g_ptr_array_index (app->saved, 0));
  g_assert_cmpuint (limn_image_get_width (saved), ==, SIDE);
  limn_test_assert_same_pixels (saved, limn_canvas_get_picture (app->window->canvas));
  limn_test_assert_same_pixels (saved, limn_filmstrip_get_frame (app->window->filmstrip));
  g_assert_cmpstr (limn_studio_get_path (app->studio), ==, g_ptr_array_index (app->saved, 0));

  /* And every step what is stored of it, in both modes. */
  stored = open_stored (app, g_ptr_array_index (app->saved, 0));
  assert_every_step_is_what_is_stored (app, stored, LIMN_PREVIEW_NOISY);
  assert_every_step_is_what_is_stored (app, stored, LIMN_PREVIEW_PREDICTED);
  /* Which are two things to look at, half-way. */
  limn_reel_set_mode (stored, LIMN_PREVIEW_NOISY);
  noisy = get_frame (stored, STEPS / 2);
  limn_reel_set_mode (stored, LIMN_PREVIEW_PREDICTED);
  predicted = get_frame (stored, STEPS / 2);
  limn_test_assert_other_pixels (noisy, predicted);
  limn_image_unref (noisy);
  limn_image_unref (predicted);
}

/* The frames of the running job, which the painter decoded itself, against the disk, in @data's mode. */
typedef struct
{
  LimnImage *frames[STEPS + 1];
} Live;

static void
keep_live (LimnTestApp *app, Live *live)
{
  LimnReel *reel = limn_studio_get_reel (app->studio);
  guint n = reel ? g_list_model_get_n_items (G_LIST_MODEL (reel)) : 0;

  for (guint step = 1; step <= n; step++)
    {
      LimnImage *frame = limn_reel_peek_frame (reel, step);

      if (frame && !live->frames[step])
        live->frames[step] = limn_image_ref (frame);
    }
}

static void
test_live (LimnTestApp *app, gconstpointer data)
{
  LimnPreview mode = GPOINTER_TO_UINT (data);
  g_autoptr(LimnReel) stored = NULL;
  Live live = { 0 };

  limn_test_set_small (app, SIDE, STEPS, 12);
  g_object_set (app->draft, "preview", mode, "preview-slowdown", 0, NULL);
  limn_test_type (limn_test_get_prompt_view (app), "a snowy mountain lake");
  limn_test_activate (app, "win.paint");
  limn_test_wait ((keep_live (app, &live), app->saved->len == 1));
  keep_live (app, &live);

  stored = open_stored (app, g_ptr_array_index (app->saved, 0));
  limn_reel_set_mode (stored, mode);
  for (guint step = 1; step <= STEPS; step++)
    {
      g_autoptr(LimnImage) decoded = get_frame (stored, step);

      limn_test_assert_same_pixels (live.frames[step], decoded);
      limn_image_unref (live.frames[step]);
    }
}

/* At 100 % every pixel of the picture is one of the screen's, drawn as it is in the file. */
static void
test_drawn (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr(LimnImage) saved = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  g_autofree guchar *pixels = NULL;
  gsize stride;
  double x, y;
  guint n_wrong = 0;

  limn_test_set_small (app, 64, 2, 13);
  path = limn_test_paint (app, "a green apple");
  saved = limn_test_load (path);
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  limn_test_activate (app, "canvas.actual-size");
  limn_test_run_for (0.3);
  texture = limn_test_draw (GTK_WIDGET (app->window->canvas));
  g_assert_nonnull (texture);
  stride = (gsize) gdk_texture_get_width (texture) * 4;
  pixels = g_malloc (stride * gdk_texture_get_height (texture));
  gdk_texture_download (texture, pixels, stride);
  g_assert_true (limn_canvas_from_image (app->window->canvas, 0, 0, &x, &y));
  g_assert_cmpfloat_with_epsilon (x, (double) (int) x, 1e-9);
  g_assert_cmpfloat_with_epsilon (y, (double) (int) y, 1e-9);
  for (guint j = 0; j < 64; j++)
    for (guint i = 0; i < 64; i++)
      {
        guint32 drawn; /* cairo's ARGB in the order of this machine */
        const guint8 *wanted = limn_image_get_row (saved, j) + i * limn_image_get_format (saved);

        memcpy (&drawn, pixels + ((gsize) y + j) * stride + ((gsize) x + i) * 4, 4);
        n_wrong += (drawn & 0xffffff) != ((guint32) wanted[0] << 16 | (guint32) wanted[1] << 8 | wanted[2]);
      }
  g_assert_cmpuint (n_wrong, ==, 0);
}

/* The only PNG in the folder that is not @known. */
static char *
find_other (const char *folder, const char *known)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_suffix (name, ".png") && name[0] != '.' && !g_str_equal (path, known))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static void
test_keep_step (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *kept = NULL;
  g_autoptr(LimnImage) saved = NULL;
  g_autoptr(LimnImage) pixels = NULL;
  g_autoptr(LimnImage) frame = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;

  limn_test_set_small (app, 64, 5, 14);
  path = limn_test_paint (app, "a boat on a river");
  frame = limn_image_ref (show_step (app, 3));
  limn_test_activate (app, "film.keep-step");
  limn_test_wait ((kept = find_other (limn_studio_get_folder (app->studio), path)));

  pixels = limn_test_load (kept);
  limn_test_assert_same_pixels (pixels, frame);
  recipe = limn_test_load_recipe (kept);
  g_assert_cmpuint (recipe->shown, ==, 3);
  g_assert_cmpuint (recipe->n_steps, ==, 5);
  /* The picture itself is as it was. */
  saved = limn_test_load (path);
  limn_test_assert_other_pixels (saved, pixels);
}

/* What is typed while it paints belongs to the next picture. */
static void
test_edit_while_painting (LimnTestApp *app, gconstpointer data)
{
  static const char prompt[] = "a yellow field of wheat";
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr(LimnImage) undisturbed = NULL;
  g_autoptr(LimnImage) disturbed = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  LimnJob *job;

  limn_test_set_small (app, 64, 8, 15);
  first = limn_test_paint (app, prompt);
  undisturbed = limn_test_load (first);

  limn_test_activate (app, "win.paint");
  limn_test_wait (limn_job_queue_get_running (app->queue));
  job = limn_job_queue_get_running (app->queue);
  limn_test_wait (limn_job_get_step (job) >= 1);
  g_assert_cmpuint (limn_job_get_state (job), ==, LIMN_JOB_PAINTING);
  limn_test_type (limn_test_get_prompt_view (app), "something else entirely");
  g_object_set (app->draft, "negative", "wheat", "width", 96, "steps", 3, "cfg", 1.5, "seed", (guint64) 99,
                "sampler", LIMN_SAMPLER_DDIM, NULL);
  limn_test_wait (app->saved->len == 2);
  second = g_strdup (g_ptr_array_index (app->saved, 1));
  disturbed = limn_test_load (second);
  limn_test_assert_same_pixels (disturbed, undisturbed);
  recipe = limn_test_load_recipe (second);
  g_assert_cmpstr (recipe->request->prompt, ==, prompt);
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, "something else entirely");
  /* Neither took the place of the other. */
  g_assert_cmpstr (first, !=, second);
}

void
limn_test_add_paint (void)
{
  limn_test_add_journey ("/app/paint", test_paint);
  g_test_add ("/app/live/noisy", LimnTestApp, GUINT_TO_POINTER (LIMN_PREVIEW_NOISY), limn_test_app_set_up, test_live,
              limn_test_app_tear_down);
  g_test_add ("/app/live/predicted", LimnTestApp, GUINT_TO_POINTER (LIMN_PREVIEW_PREDICTED), limn_test_app_set_up, test_live,
              limn_test_app_tear_down);
  limn_test_add_journey ("/app/drawn", test_drawn);
  limn_test_add_journey ("/app/keep-step", test_keep_step);
  limn_test_add_journey ("/app/edit-while-painting", test_edit_while_painting);
}
