/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* The denoising of a picture as something to look at, to keep and to give away. */

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-frame.h"
#include "session/limn-frame-cache.h"
#include "session/limn-generation.h"
#include "session/limn-reel-private.h"
#include "stub-engine.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

#define ID "01234567-89ab-4def-8123-456789abcdef"
#define N_STEPS 6

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->seed = 8;
  request->sampler = LIMN_SAMPLER_EULER_A;
  request->open &= ~LIMN_REQUEST_OPEN_SAMPLER;
  request->keep_latents = TRUE;
  return request;
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **place)
{
  while (!*place)
    g_main_context_iteration (NULL, TRUE);
  return *place;
}

static LimnImage *
get_frame (LimnReel *reel, guint step)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *frame;

  limn_reel_get_frame_async (reel, step, NULL, store_result, &result);
  frame = limn_reel_get_frame_finish (reel, wait_for_result (&result), &error);
  g_assert_no_error (error);
  return frame;
}

static void
assert_same_image (LimnImage *a, LimnImage *b)
{
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;

  limn_image_compare (a, b, &difference, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (difference.n_pixels, ==, 0);
}

static LimnImage *
get_thumbnail (LimnReel *reel, guint step)
{
  g_autoptr(LimnReelStep) entry = g_list_model_get_item (G_LIST_MODEL (reel), step - 1);

  g_assert_cmpuint (limn_reel_step_get_step (entry), ==, step);
  return limn_reel_step_get_thumbnail (entry);
}

static gboolean
has_all_thumbnails (LimnReel *reel)
{
  for (guint i = 1; i <= g_list_model_get_n_items (G_LIST_MODEL (reel)); i++)
    if (!get_thumbnail (reel, i))
      return FALSE;
  return TRUE;
}

static void
wait_for_thumbnails (LimnReel *reel)
{
  while (!has_all_thumbnails (reel))
    g_main_context_iteration (NULL, TRUE);
}

/* A job, and its reel as it grows. */
typedef struct
{
  StubLab      lab;
  LimnSession *session;
  LimnReel    *reel;
  LimnResult  *result;
  GPtrArray   *steps;  /* of LimnStep */
  guint        n_changes;
} Show;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  Show *show = data;
  g_autoptr(LimnReelStep) step = g_list_model_get_item (model, position);

  g_assert_cmpuint (removed, ==, 0);
  g_assert_cmpuint (added, ==, 1);
  g_assert_cmpuint (limn_reel_step_get_step (step), ==, position + 1);
  show->n_changes++;
}

static void
on_news (LimnFeed *feed, gpointer data)
{
  Show *show = data;
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  if (!show->reel)
    {
      show->reel = limn_reel_new_live (show->session, limn_feed_get_start (feed), ID);
      g_signal_connect (show->reel, "items-changed", G_CALLBACK (on_items_changed), show);
    }
  for (guint i = 0; i < steps->len; i++)
    {
      LimnStep *step = g_ptr_array_index (steps, i);

      g_ptr_array_add (show->steps, limn_step_ref (step));
      limn_reel_append (show->reel, step);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (show->reel)), ==, step->step);
    }
}

static Show *
show_new (void)
{
  Show *show = g_new0 (Show, 1);

  stub_lab_init (&show->lab);
  show->session = limn_session_new (stub_engine_open, &show->lab, NULL);
  show->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
  return show;
}

static void
show_paint (Show *show, const LimnRequest *request)
{
  g_autoptr(LimnFeed) feed = limn_feed_new (on_news, show, NULL);
  g_autoptr(GError) error = NULL;

  g_clear_object (&show->reel);
  g_clear_pointer (&show->result, limn_result_free);
  g_ptr_array_set_size (show->steps, 0);
  show->n_changes = 0;
  show->result = limn_session_generate_sync (show->session, request, feed, NULL, &error);
  g_assert_no_error (error);
  on_news (feed, show);
  limn_feed_close (feed);
}

static void
show_free (Show *show)
{
  g_clear_object (&show->reel);
  g_clear_pointer (&show->result, limn_result_free);
  g_ptr_array_unref (show->steps);
  g_object_unref (show->session);
  g_free (show);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Show, show_free)

static LimnImage *
frame_of (const Show *show, guint step)
{
  return ((LimnStep *) g_ptr_array_index (show->steps, step - 1))->frame;
}

static LimnReel *
open_kept (Show *show, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, ID ".safetensors", NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnReel *reel;

  limn_trajectory_save (show->result->trajectory, path, &error);
  g_assert_no_error (error);
  limn_reel_open_async (show->session, path, ID, NULL, store_result, &result);
  reel = limn_reel_open_finish (wait_for_result (&result), &error);
  g_assert_no_error (error);
  return reel;
}

/* None dropped, frames as they came, thumbnails of all. */
static void
test_live (void)
{
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();

  request->width = 320;
  request->height = 160;
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  show_paint (show, request);
  g_assert_cmpuint (show->n_changes, ==, N_STEPS);
  g_assert_cmpuint (limn_reel_get_n_steps (show->reel), ==, N_STEPS);
  g_assert_cmpstr (limn_reel_get_id (show->reel), ==, ID);
  g_assert_true (limn_reel_is_live (show->reel));
  g_assert_true (limn_request_equal (limn_reel_get_request (show->reel), show->result->request));
  limn_reel_end (show->reel);
  g_assert_false (limn_reel_is_live (show->reel));
  for (guint i = 1; i <= N_STEPS; i++)
    {
      g_assert_true (limn_reel_peek_frame (show->reel, i) == frame_of (show, i));
      g_assert_true (get_frame (show->reel, i) == frame_of (show, i));
      limn_image_unref (frame_of (show, i));
    }
  g_assert_null (limn_reel_peek_frame (show->reel, 0));
  g_assert_null (limn_reel_peek_frame (show->reel, N_STEPS + 1));
  wait_for_thumbnails (show->reel);
  for (guint i = 1; i <= N_STEPS; i++)
    {
      g_assert_cmpuint (limn_image_get_width (get_thumbnail (show->reel, i)), ==, LIMN_REEL_THUMBNAIL_PX);
      g_assert_cmpuint (limn_image_get_height (get_thumbnail (show->reel, i)), ==, LIMN_REEL_THUMBNAIL_PX / 2);
    }
  /* All of them from the frames that there were. */
  g_assert_cmpuint (show->lab.n_decodes, ==, N_STEPS);
}

/* What the previews cost, without the picture itself; none cost nothing, and a file does not tell. */
static void
test_preview_share (void)
{
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autoptr(LimnReel) kept = NULL;
  double decoding = 0, denoising = 0;

  show_paint (show, request);
  for (guint i = 0; i < N_STEPS; i++)
    {
      const LimnStep *step = g_ptr_array_index (show->steps, i);

      denoising += step->denoise_seconds;
      decoding += i + 1 < N_STEPS ? step->decode_seconds : 0;
    }
  g_assert_cmpfloat (decoding, >, 0);
  g_assert_cmpfloat_with_epsilon (limn_reel_get_preview_share (show->reel), decoding / (decoding + denoising), 1e-12);
  kept = open_kept (show, folder);
  g_assert_cmpfloat (limn_reel_get_preview_share (kept), <, 0);
  limn_test_remove_folder (folder);
  request->preview = LIMN_PREVIEW_NONE;
  show_paint (show, request);
  g_assert_cmpfloat (limn_reel_get_preview_share (show->reel), ==, 0);
}

/* Steps of which the job made no frame, or a small one, have a thumbnail too, and a frame when it is asked for. */
static void
test_sparse (void)
{
  for (guint half = 0; half < 2; half++)
    {
      g_autoptr(Show) full = show_new ();
      g_autoptr(Show) show = show_new ();
      g_autoptr(LimnRequest) request = new_request ();

      show_paint (full, request);
      request->preview_half = half;
      request->preview_every = half ? 1 : 4;
      show_paint (show, request);
      for (guint i = 1; i <= N_STEPS; i++)
        {
          LimnImage *frame = limn_reel_peek_frame (show->reel, i);

          g_assert_true (frame == frame_of (show, i));
          if (half && i < N_STEPS)
            g_assert_cmpuint (limn_image_get_width (frame), ==, 32);
        }
      limn_reel_end (show->reel);
      for (guint i = 1; half && i < N_STEPS; i++)
        g_assert_null (limn_reel_peek_frame (show->reel, i));
      wait_for_thumbnails (show->reel);
      for (guint i = 1; i <= N_STEPS; i++)
        {
          g_autoptr(LimnImage) frame = get_frame (show->reel, i);

          assert_same_image (frame, frame_of (full, i));
          g_assert_true (limn_reel_peek_frame (show->reel, i) == frame);
        }
    }
}

/* The other way of looking is what another run with that preview shows; the last step is the picture either way. */
static void
test_mode (void)
{
  g_autoptr(Show) noisy = show_new ();
  g_autoptr(Show) predicted = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  LimnImage *last;

  show_paint (noisy, request);
  request->preview = LIMN_PREVIEW_PREDICTED;
  show_paint (predicted, request);
  limn_reel_end (noisy->reel);
  limn_reel_end (predicted->reel);
  g_assert_cmpint (limn_reel_get_mode (predicted->reel), ==, LIMN_PREVIEW_PREDICTED);
  wait_for_thumbnails (noisy->reel);
  last = get_thumbnail (noisy->reel, N_STEPS);

  limn_reel_set_mode (noisy->reel, LIMN_PREVIEW_PREDICTED);
  for (guint i = 1; i <= N_STEPS; i++)
    g_assert_cmpint (get_thumbnail (noisy->reel, i) != NULL, ==, i == N_STEPS);
  g_assert_true (get_thumbnail (noisy->reel, N_STEPS) == last);
  wait_for_thumbnails (noisy->reel);
  wait_for_thumbnails (predicted->reel);
  for (guint i = 1; i <= N_STEPS; i++)
    {
      g_autoptr(LimnImage) frame = get_frame (noisy->reel, i);

      assert_same_image (frame, frame_of (predicted, i));
      assert_same_image (get_thumbnail (noisy->reel, i), get_thumbnail (predicted->reel, i));
    }
  limn_reel_set_mode (noisy->reel, LIMN_PREVIEW_NOISY);
  wait_for_thumbnails (noisy->reel);
  for (guint i = 1; i <= N_STEPS; i++)
    g_assert_true (limn_reel_peek_frame (noisy->reel, i) == frame_of (noisy, i));
}

/* What was kept is the same as what was seen, the recipes of its steps too. */
static void
test_kept (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autoptr(LimnRequest) request = new_request ();

  for (guint mode = LIMN_PREVIEW_NOISY; mode <= LIMN_PREVIEW_PREDICTED; mode++)
    {
      g_autoptr(Show) show = show_new ();
      g_autoptr(LimnReel) reel = NULL;

      request->preview = mode;
      show_paint (show, request);
      reel = open_kept (show, folder);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (reel)), ==, N_STEPS);
      g_assert_cmpuint (limn_reel_get_n_steps (reel), ==, N_STEPS);
      g_assert_false (limn_reel_is_live (reel));
      g_assert_cmpint (limn_reel_get_mode (reel), ==, mode);
      for (guint i = 1; i <= N_STEPS; i++)
        {
          g_autoptr(LimnImage) frame = get_frame (reel, i);
          g_autoptr(LimnRecipe) seen = limn_reel_dup_recipe (show->reel, i);
          g_autoptr(LimnRecipe) kept = limn_reel_dup_recipe (reel, i);
          g_autofree char *seen_json = NULL;
          g_autofree char *kept_json = NULL;
          g_autoptr(LimnReelStep) entry = g_list_model_get_item (G_LIST_MODEL (reel), i - 1);

          assert_same_image (frame, frame_of (show, i));
          g_assert_cmpfloat (limn_reel_step_get_sigma (entry), ==, ((LimnStep *) g_ptr_array_index (show->steps, i - 1))->sigma);
          seen->pixels = limn_recipe_hash_pixels (frame);
          kept->pixels = limn_recipe_hash_pixels (frame);
          seen_json = limn_recipe_to_json (seen);
          kept_json = limn_recipe_to_json (kept);
          g_assert_cmpstr (seen_json, ==, kept_json);
          g_assert_cmpuint (kept->shown, ==, i);
        }
      wait_for_thumbnails (reel);
      wait_for_thumbnails (show->reel);
      for (guint i = 1; i <= N_STEPS; i++)
        assert_same_image (get_thumbnail (reel, i), get_thumbnail (show->reel, i));
    }
  limn_test_remove_folder (folder);
}

/* Stopped half-way: the last step that there is, is not the picture. */
static void
test_stopped (void)
{
  StubLab lab;
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "half.safetensors", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) resolved = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LimnReel) reel = NULL;
  g_autoptr(LimnImage) frame = NULL;
  g_autoptr(GError) error = NULL;
  LimnEngine *engine;

  request->preview = LIMN_PREVIEW_PREDICTED;
  show_paint (show, request);
  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  resolved = limn_engine_resolve (&engine->facts, request, &error);
  generation = limn_generation_new (resolved, &engine->facts, NULL, &error);
  limn_generation_set_engine (generation, engine);
  for (guint i = 0; i < 3; i++)
    limn_step_unref (limn_generation_step (generation, NULL, &error));
  limn_trajectory_save (limn_generation_get_trajectory (generation), path, &error);
  g_assert_no_error (error);
  limn_engine_free (engine);

  limn_reel_open_async (show->session, path, "half", NULL, store_result, &result);
  reel = limn_reel_open_finish (wait_for_result (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (reel)), ==, 3);
  g_assert_cmpuint (limn_reel_get_n_steps (reel), ==, N_STEPS);
  frame = get_frame (reel, 3);
  assert_same_image (frame, frame_of (show, 3));
  limn_test_remove_folder (folder);
}

/* A job that goes on has a whole reel, whether the old one is there or not. */
static void
test_continued (void)
{
  g_autoptr(Show) whole = show_new ();
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();

  show_paint (whole, request);
  for (guint old = 0; old < 2; old++)
    {
      StubLab lab;
      g_autoptr(LimnFeed) feed = limn_feed_new (on_news, show, NULL);
      g_autoptr(GAsyncResult) ended = NULL;
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GError) error = NULL;
      LimnEngine *engine;

      stub_lab_init (&lab);
      engine = stub_engine_open (&lab, request, NULL, &error);
      {
        g_autoptr(LimnGeneration) generation = limn_generation_new (whole->result->request, &engine->facts, NULL, &error);

        g_assert_no_error (error);
        limn_generation_set_engine (generation, engine);
        for (guint i = 0; i < 4; i++)
          limn_step_unref (limn_generation_step (generation, NULL, &error));
        bytes = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
      }
      limn_engine_free (engine);
      g_clear_object (&show->reel);
      if (old)
        {
          /* Of the same program, paused after its fourth step. */
          show->reel = limn_reel_new_live (show->session, &(LimnFeedStart){ .request = whole->result->request,
                                                                             .n_steps = N_STEPS,
                                                                             .width_lt = 8,
                                                                             .height_lt = 6 }, ID);
          for (guint i = 0; i < 4; i++)
            limn_reel_append (show->reel, g_ptr_array_index (whole->steps, i));
        }
      limn_session_continue_async (show->session, request, bytes, feed, NULL, store_result, &ended);
      result = limn_session_generate_finish (show->session, wait_for_result (&ended), &error);
      g_assert_no_error (error);
      on_news (feed, show);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (show->reel)), ==, N_STEPS);
      for (guint i = 1; i <= N_STEPS; i++)
        {
          g_autoptr(LimnImage) frame = get_frame (show->reel, i);

          assert_same_image (frame, frame_of (whole, i));
        }
      wait_for_thumbnails (show->reel);
    }
}

/* Frames are forgotten past a bound, and made again to the same bits. */
static void
test_bounded (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnReel) reel = NULL;
  gsize frame_bytes = 64 * 48 * 4;

  show_paint (show, request);
  reel = open_kept (show, folder);
  limn_reel_set_cache_bytes (reel, 2 * frame_bytes);
  wait_for_thumbnails (reel);
  for (guint round = 0; round < 2; round++)
    for (guint i = N_STEPS; i >= 1; i--)
      {
        g_autoptr(LimnImage) frame = get_frame (reel, i);

        assert_same_image (frame, frame_of (show, i));
        g_assert_cmpuint (limn_reel_get_cached_bytes (reel), <=, 2 * frame_bytes);
        g_assert_nonnull (limn_reel_peek_frame (reel, i));
      }
  g_assert_null (limn_reel_peek_frame (reel, N_STEPS));
  limn_test_remove_folder (folder);
}

static LimnImage *
new_image (guint side)
{
  return limn_image_new_take (LIMN_PIXEL_RGBA8, side, side, g_malloc0 (side * side * 4), NULL);
}

static void
test_cache (void)
{
  LimnFrameCache *cache = limn_frame_cache_new (3 * 100 * 4);
  g_autoptr(LimnImage) image = new_image (10);
  g_autoptr(LimnImage) large = new_image (100);

  for (guint i = 0; i < 3; i++)
    limn_frame_cache_put (cache, i, image);
  g_assert_true (limn_frame_cache_get (cache, 0) == image);
  limn_frame_cache_put (cache, 3, image);
  /* 1 was used longest ago. */
  g_assert_null (limn_frame_cache_get (cache, 1));
  g_assert_nonnull (limn_frame_cache_get (cache, 0));
  g_assert_nonnull (limn_frame_cache_get (cache, 2));
  limn_frame_cache_put (cache, 2, image);
  g_assert_cmpuint (limn_frame_cache_get_bytes (cache), ==, 3 * 100 * 4);
  limn_frame_cache_put (cache, 4, large);
  g_assert_true (limn_frame_cache_get (cache, 4) == large);
  g_assert_null (limn_frame_cache_get (cache, 2));
  limn_frame_cache_put (cache, 4, image);
  g_assert_cmpuint (limn_frame_cache_get_bytes (cache), ==, 100 * 4);
  limn_frame_cache_free (cache);
}

/* "Keep this step": a picture of its own, which says what it is and where its steps are; never over another one. */
static void
test_keep (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autoptr(LimnKeeper) keeper = limn_keeper_new ();
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  show_paint (show, request);
  for (guint i = 0; i < 4; i++)
    {
      guint k = i < 2 ? 3 : N_STEPS;
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPng) png = NULL;
      g_autoptr(LimnRecipe) recipe = NULL;
      char *path;

      limn_reel_keep_async (show->reel, k, keeper, folder, store_result, &result);
      path = limn_reel_keep_finish (show->reel, wait_for_result (&result), &error);
      g_assert_no_error (error);
      g_assert_true (g_hash_table_add (paths, path));
      png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);
      g_assert_no_error (error);
      assert_same_image (png->image, frame_of (show, k));
      g_assert_cmpstr (limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD), ==, ID);
      recipe = limn_recipe_new_from_json (limn_png_lookup (png, LIMN_RECIPE_KEYWORD), path, &error);
      g_assert_no_error (error);
      g_assert_true (recipe->intact);
      g_assert_cmpuint (recipe->shown, ==, k);
      g_assert_cmpuint (recipe->n_steps, ==, N_STEPS);
      g_assert_cmpuint (recipe->fingerprints->len, ==, k + 1);
      g_assert_cmpstr (recipe->model_name, ==, "stub");
      g_assert_cmpstr (recipe->device, ==, "stub device");
      g_assert_nonnull (limn_png_lookup (png, LIMN_RECIPE_PARAMETERS_KEYWORD));
    }
  limn_test_remove_folder (folder);
}

typedef struct
{
  guint         n_calls;
  guint         cancel_at;
  GCancellable *cancellable;
} Progress;

static void
on_progress (goffset current, goffset total, gpointer data)
{
  Progress *progress = data;

  g_assert_cmpint (total, ==, N_STEPS);
  g_assert_cmpint (current, ==, ++progress->n_calls);
  if (progress->n_calls == progress->cancel_at)
    g_cancellable_cancel (progress->cancellable);
}

static gboolean
export (LimnReel *reel, LimnReelExport kind, const char *path, Progress *progress, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  progress->cancellable = g_cancellable_new ();
  limn_reel_export_async (reel, kind, path, 200, on_progress, progress, progress->cancellable, store_result, &result);
  wait_for_result (&result);
  g_clear_object (&progress->cancellable);
  return limn_reel_export_finish (reel, result, error);
}

static void
test_export_numbered (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autofree char *target = g_build_filename (folder, "a", "steps", NULL);
  g_autofree char *other = g_build_filename (folder, "other", NULL);
  g_autofree char *blocked = g_build_filename (folder, "file", "steps", NULL);
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *none = g_build_filename (folder, "other", "step-004.png", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  Progress progress = { 0 };
  g_autoptr(GError) error = NULL;

  show_paint (show, request);
  g_assert_true (export (show->reel, LIMN_REEL_EXPORT_NUMBERED, target, &progress, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (progress.n_calls, ==, N_STEPS);
  for (guint i = 1; i <= N_STEPS; i++)
    {
      g_autofree char *name = g_strdup_printf ("step-%03u.png", i);
      g_autofree char *path = g_build_filename (target, name, NULL);
      g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);

      g_assert_no_error (error);
      assert_same_image (png->image, frame_of (show, i));
    }

  progress = (Progress){ .cancel_at = 3 };
  g_assert_false (export (show->reel, LIMN_REEL_EXPORT_NUMBERED, other, &progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (g_file_test (none, G_FILE_TEST_EXISTS));

  progress = (Progress){ 0 };
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_false (export (show->reel, LIMN_REEL_EXPORT_NUMBERED, blocked, &progress, &error));
  g_assert_cmpint (error->domain, ==, G_IO_ERROR);
  limn_test_remove_folder (folder);
}

/* The animation is one file, which is also the picture to everybody who knows no better. What its frames are is tested with
 * limn-apng. */
static void
test_export_animation (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.png", NULL);
  g_autofree char *missing = g_build_filename (folder, "none", "a.png", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(GDir) dir = NULL;
  g_autofree char *data = NULL;
  gsize length;
  guint n_frames = 0;
  Progress progress = { .cancel_at = 3 };
  g_autoptr(GError) error = NULL;

  show_paint (show, request);
  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  g_assert_false (export (show->reel, LIMN_REEL_EXPORT_APNG, path, &progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (path, &data, NULL, NULL));
  g_assert_cmpstr (data, ==, "precious");

  progress = (Progress){ 0 };
  g_assert_true (export (show->reel, LIMN_REEL_EXPORT_APNG, path, &progress, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (progress.n_calls, ==, N_STEPS);
  png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);
  g_assert_no_error (error);
  assert_same_image (png->image, frame_of (show, N_STEPS));
  recipe = limn_recipe_new_from_json (limn_png_lookup (png, LIMN_RECIPE_KEYWORD), path, &error);
  g_assert_no_error (error);
  g_assert_true (recipe->intact);
  g_assert_cmpuint (recipe->shown, ==, N_STEPS);
  g_assert_cmpstr (limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD), ==, ID);
  g_free (data);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  for (gsize i = 0; i + 4 <= length; i++)
    n_frames += memcmp (data + i, "fcTL", 4) == 0;
  g_assert_cmpuint (n_frames, ==, N_STEPS);

  progress = (Progress){ 0 };
  g_assert_false (export (show->reel, LIMN_REEL_EXPORT_APNG, missing, &progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "a.png");
  g_assert_null (g_dir_read_name (dir));
  limn_test_remove_folder (folder);
}

/* A file of a stranger, or none. */
static void
test_refused (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bad.safetensors", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();

  show_paint (show, request);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (show->result->request);
      g_autoptr(LimnTrajectory) trajectory = NULL;
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *json = NULL;
      double latent[4 * 6 * 8] = { 0 };

      if (i == 1)
        other->width = 16;
      if (i == 2)
        other->height = 96;
      if (i == 3)
        other->open = LIMN_REQUEST_OPEN_SIZE;
      json = i == 4 ? g_strdup ("{}") : limn_request_to_json (other);
      trajectory = limn_trajectory_new (json, 4, 6, 8, latent, 1);
      limn_trajectory_append (trajectory, 1, latent, latent, 0);
      if (i > 0)
        g_assert_true (limn_trajectory_save (trajectory, path, NULL));
      limn_reel_open_async (show->session, path, "x", NULL, store_result, &result);
      g_assert_null (limn_reel_open_finish (wait_for_result (&result), &error));
      if (i == 0)
        g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) || g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT));
      else
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
  limn_test_remove_folder (folder);
}

/* A reel that goes while the session decodes for it leaves nothing behind and is not kept alive; one whose thumbnails cannot be made
 * is left in peace. */
static void
test_gone (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();
  LimnReel *reel;

  show_paint (show, request);
  g_atomic_int_set (&show->lab.decode_hangs, TRUE);
  reel = open_kept (show, folder);
  g_object_add_weak_pointer (G_OBJECT (reel), (gpointer *) &reel);
  while (g_atomic_int_get (&show->lab.n_hung) == 0)
    g_main_context_iteration (NULL, FALSE);
  g_object_unref (reel);
  g_assert_null (reel);
  g_atomic_int_set (&show->lab.decode_hangs, FALSE);
  /* The session is free again. */
  show_paint (show, request);
  limn_test_remove_folder (folder);
}

static void
on_session_gone (gpointer thread, GObject *session)
{
  g_assert_true (g_thread_self () == thread);
}

/* Whoever opens a reel and leaves at once ends the session itself, and not a thread of the pool that is slow to let go. Before that was
 * so, every run of these 200 failed. */
static void
test_thread (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, ID ".safetensors", NULL);
  g_autoptr(Show) show = show_new ();
  g_autoptr(LimnRequest) request = new_request ();

  show_paint (show, request);
  g_object_unref (open_kept (show, folder));
  for (guint i = 0; i < 200; i++)
    {
      StubLab lab;
      g_autoptr(GAsyncResult) result = NULL;
      LimnSession *session;

      stub_lab_init (&lab);
      session = limn_session_new (stub_engine_open, &lab, NULL);
      g_object_weak_ref (G_OBJECT (session), on_session_gone, g_thread_self ());
      limn_reel_open_async (session, path, ID, NULL, store_result, &result);
      g_object_unref (session);
      g_object_unref (limn_reel_open_finish (wait_for_result (&result), NULL));
    }
  limn_test_remove_folder (folder);
}

void
test_reel_add (void)
{
  g_test_add_func ("/session/reel/live", test_live);
  g_test_add_func ("/session/reel/preview-share", test_preview_share);
  g_test_add_func ("/session/reel/sparse", test_sparse);
  g_test_add_func ("/session/reel/mode", test_mode);
  g_test_add_func ("/session/reel/kept", test_kept);
  g_test_add_func ("/session/reel/stopped", test_stopped);
  g_test_add_func ("/session/reel/continued", test_continued);
  g_test_add_func ("/session/reel/bounded", test_bounded);
  g_test_add_func ("/session/reel/cache", test_cache);
  g_test_add_func ("/session/reel/keep", test_keep);
  g_test_add_func ("/session/reel/export-numbered", test_export_numbered);
  g_test_add_func ("/session/reel/export-animation", test_export_animation);
  g_test_add_func ("/session/reel/refused", test_refused);
  g_test_add_func ("/session/reel/gone", test_gone);
  g_test_add_func ("/session/reel/thread", test_thread);
}
