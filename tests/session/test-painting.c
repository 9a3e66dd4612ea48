/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pictures that begin with a picture, through the session and around the stub: what they must be equal to, and what of them must stay. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-estimates.h"
#include "session/limn-generation.h"
#include "session/limn-reel.h"
#include "session/limn-session.h"
#include "source-kit.h"
#include "stub-engine.h"

#include <string.h>

#define ID "01234567-89ab-4def-8123-456789abcdef"

typedef struct
{
  StubLab      lab;
  LimnStash   *stash;
  LimnSession *session;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  stub_lab_init (&f->lab);
  f->stash = limn_stash_new (NULL, NULL);
  f->session = limn_session_new (stub_engine_open, &f->lab, NULL);
  limn_session_set_stash (f->session, f->stash);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->session);
  g_clear_pointer (&f->stash, limn_stash_unref);
}

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a moon");
  request->seed = 21;
  request->steps = 6;
  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  request->schedule = LIMN_SCHEDULE_KARRAS;
  request->cfg = 4;
  request->width = 64;
  request->height = 48;
  request->keep_latents = TRUE;
  return request;
}

static LimnResult *
paint (Fixture *f, const LimnRequest *request, LimnFeed *feed)
{
  g_autoptr(GError) error = NULL;
  LimnResult *result = limn_session_generate_sync (f->session, request, feed, NULL, &error);

  g_assert_no_error (error);
  return result;
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

/* Of pixels where @mask is 0. */
static guint
count_differences_outside (LimnImage *a, LimnImage *b, LimnImage *mask)
{
  guint n = 0;

  g_assert_cmpuint (limn_image_get_width (a), ==, limn_image_get_width (b));
  g_assert_cmpuint (limn_image_get_height (a), ==, limn_image_get_height (b));
  g_assert_cmpint (limn_image_get_format (a), ==, LIMN_PIXEL_RGBA8);
  for (guint y = 0; y < limn_image_get_height (a); y++)
    for (guint x = 0; x < limn_image_get_width (a); x++)
      n += limn_image_get_row (mask, y)[x] == 0 &&
           memcmp (limn_image_get_row (a, y) + 4 * x, limn_image_get_row (b, y) + 4 * x, 4) != 0;
  return n;
}

static gboolean
are_same (LimnImage *a, LimnImage *b)
{
  LimnImageDifference difference;

  return limn_image_compare (a, b, &difference, NULL) && difference.n_pixels == 0;
}

/* All of it, at full strength: the picture and every latent of it are those that the prompt alone gives, whatever lay under it; nothing is
 * even encoded. */
static void
test_everything (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 1);
  g_autoptr(LimnImage) mask = source_kit_make_grey (64, 48, 255);

  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    for (guint rng = LIMN_NOISE_CPU; rng <= LIMN_NOISE_CUDA; rng++)
      {
        g_autoptr(LimnRequest) request = new_request ();
        g_autoptr(LimnResult) plain = NULL;
        g_autoptr(LimnResult) result = NULL;
        LimnRequestSource *source;

        request->sampler = kind;
        request->eta = limn_sampler_get_facts (kind)->default_eta;
        request->schedule = LIMN_SCHEDULE_LEADING;
        request->rng = rng;
        plain = paint (f, request, NULL);
        source = source_kit_give (f->stash, request, picture, kind % 2 ? mask : NULL);
        source->strength = 1;
        source->content = kind % 4;
        source->feather = kind;
        result = paint (f, request, NULL);
        assert_same_image (result->picture, plain->picture);
        g_assert_cmpuint (result->fingerprints->len, ==, plain->fingerprints->len);
        for (guint i = 0; i < plain->fingerprints->len; i++)
          g_assert_cmpstr (g_array_index (result->fingerprints, LimnFingerprint, i).hash, ==,
                           g_array_index (plain->fingerprints, LimnFingerprint, i).hash);
      }
  g_assert_cmpuint (f->lab.n_encodes, ==, 0);
}

/* Nothing of it, or without any strength: the source comes back, and every frame on the way is the source. */
static void
test_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (61, 45, 2);
  g_autoptr(LimnImage) nothing = source_kit_make_grey (61, 45, 0);

  for (guint content = 0; content <= LIMN_CONTENT_EMPTY; content++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GPtrArray) steps = NULL;
      LimnRequestSource *source = source_kit_give (f->stash, request, picture, nothing);

      source->content = content;
      source->strength = 1;
      result = paint (f, request, feed);
      assert_same_image (result->picture, picture);
      steps = limn_feed_take_steps (feed);
      g_assert_cmpuint (steps->len, ==, 1);
      for (guint i = 0; i < steps->len; i++)
        assert_same_image (((LimnStep *) g_ptr_array_index (steps, i))->frame, picture);
    }
}

/* What is not masked is the source in every frame of every kind, and what is masked is not; the steps are those that the strength leaves. */
static void
test_outside (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (83, 57, 3);
  g_autoptr(LimnImage) mask = source_kit_make_mask (83, 57);

  for (guint half = 0; half < 2; half++)
    for (guint only_masked = 0; only_masked < 2; only_masked++)
      {
        g_autoptr(LimnRequest) request = new_request ();
        g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
        g_autoptr(LimnResult) result = NULL;
        g_autoptr(GPtrArray) steps = NULL;
        LimnRequestSource *source = source_kit_give (f->stash, request, picture, mask);

        source->strength = 0.67;
        source->only_masked = only_masked;
        source->padding = 4;
        request->preview_half = half;
        result = paint (f, request, feed);
        g_assert_cmpuint (count_differences_outside (result->picture, picture, mask), ==, 0);
        g_assert_false (are_same (result->picture, picture));
        steps = limn_feed_take_steps (feed);
        g_assert_cmpuint (steps->len, ==, 4);
        for (guint i = 0; i < steps->len; i++)
          {
            LimnStep *step = g_ptr_array_index (steps, i);

            g_assert_cmpuint (step->n_steps, ==, 4);
            g_assert_cmpint (step->half, ==, half && i < 3);
            g_assert_cmpuint (count_differences_outside (step->frame, picture, mask), ==, 0);
            g_assert_false (are_same (step->frame, picture));
          }
      }
}

static void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

static LimnImage *
decode (LimnSession *session, const LimnRequest *request, const LimnStep *step, const LimnFeedStart *start, gboolean denoised)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *image;

  limn_session_decode_async (session, request, denoised ? step->denoised : step->latent, start->width_lt, start->height_lt,
                             denoised ? 1 : step->latent_scale, NULL, store_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  image = limn_session_decode_finish (session, result, &error);
  g_assert_no_error (error);
  return image;
}

/* A frame that is decoded from its latent later has the bits that it had; where the source is gone, it is what was painted, without the
 * picture around it. */
static void
test_later (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (83, 57, 3);
  g_autoptr(LimnImage) mask = source_kit_make_mask (83, 57);

  for (guint variant = 0; variant < 6; variant++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GPtrArray) steps = NULL;
      gboolean predicted = variant % 2;

      if (variant < 4)
        {
          LimnRequestSource *source = source_kit_give (f->stash, request, picture, mask);

          source->only_masked = variant < 2;
        }
      if (variant >= 2)
        {
          request->tile = LIMN_REQUEST_MIN_TILE;
          request->overlap = 16;
          if (variant >= 4)
            {
              request->width = 96;
              request->wrap_x = TRUE;
            }
        }
      request->preview = predicted ? LIMN_PREVIEW_PREDICTED : LIMN_PREVIEW_NOISY;
      result = paint (f, request, feed);
      steps = limn_feed_take_steps (feed);
      for (guint i = 0; i < steps->len; i++)
        {
          LimnStep *step = g_ptr_array_index (steps, i);
          g_autoptr(LimnImage) again =
            decode (f->session, result->request, step, limn_feed_get_start (feed), predicted && i + 1 < steps->len);

          assert_same_image (again, step->frame);
        }
      if (variant < 4)
        {
          Fixture other;
          g_autoptr(LimnImage) bare = NULL;
          LimnStep *last = g_ptr_array_index (steps, steps->len - 1);

          set_up (&other, NULL);
          bare = decode (other.session, result->request, last, limn_feed_get_start (feed), FALSE);
          g_assert_cmpuint (limn_image_get_width (bare), ==, limn_feed_get_start (feed)->width_lt * 8);
          g_assert_cmpuint (limn_image_get_height (bare), ==, limn_feed_get_start (feed)->height_lt * 8);
          tear_down (&other, NULL);
        }
    }
}

/* A preview of half the size has the result's size here, and is none the less no full frame. */
static void
test_half (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 3);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GPtrArray) steps = NULL;
  g_autoptr(LimnReel) reel = NULL;

  source_kit_give (f->stash, request, picture, NULL)->strength = 0.5;
  request->preview_half = TRUE;
  result = paint (f, request, feed);
  steps = limn_feed_take_steps (feed);
  g_assert_cmpuint (steps->len, ==, 3);
  reel = limn_reel_new_live (f->session, limn_feed_get_start (feed), ID);
  for (guint i = 0; i < 3; i++)
    {
      LimnStep *step = g_ptr_array_index (steps, i);

      limn_reel_append (reel, step);
      g_assert_true (limn_reel_peek_frame (reel, i + 1) == step->frame);
      g_assert_cmpint (limn_reel_has_full_frame (reel, i + 1), ==, i == 2);
    }
  limn_reel_end (reel);
  g_assert_null (limn_reel_peek_frame (reel, 1));
}

/* Masked content is what the masked cells begin with, and what is not masked does not begin with it. */
static void
test_content (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 3);
  g_autoptr(LimnImage) mask = source_kit_make_mask (64, 48);
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_result_free);

  for (guint content = 0; content <= LIMN_CONTENT_EMPTY; content++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      LimnRequestSource *source = source_kit_give (f->stash, request, picture, mask);
      LimnResult *result;
      const double *x, *first;

      source->content = content;
      source->strength = 0.5;
      result = paint (f, request, NULL);
      g_ptr_array_add (results, result);
      g_assert_true (g_hash_table_add (seen, g_array_index (result->fingerprints, LimnFingerprint, 0).hash));
      /* The corner is not masked, the middle is. */
      x = limn_trajectory_get_latent (result->trajectory, 0);
      first = limn_trajectory_get_latent (((LimnResult *) results->pdata[0])->trajectory, 0);
      g_assert_cmpfloat (x[0], ==, first[0]);
      g_assert_cmpint (x[3 * 8 + 4] == first[3 * 8 + 4], ==, content == LIMN_CONTENT_ORIGINAL);
    }
}

/* One window that holds all of it is no window; more of them paint another picture. Seamless edges do too. */
static void
test_windows (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) whole = NULL;

  request->width = 96;
  whole = paint (f, request, NULL);
  for (guint variant = 0; variant < 4; variant++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (request);
      g_autoptr(LimnResult) result = NULL;

      other->tile = variant == 0 ? 96 : variant == 1 ? 64 : 0;
      other->overlap = other->tile > 0 ? 16 : 0;
      other->wrap_x = variant == 2;
      other->wrap_y = variant == 3;
      result = paint (f, other, NULL);
      g_assert_cmpuint (limn_image_get_width (result->picture), ==, 96);
      g_assert_cmpuint (limn_image_get_height (result->picture), ==, 48);
      g_assert_cmpint (are_same (result->picture, whole->picture), ==, variant == 0);
    }
}

/* A window in which nothing changes is not computed, and nothing else is different for it. A rescaling of guidance by the smallest number there
 * is changes no digit, but is a reason to compute all of them. */
static void
test_idle_windows (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (256, 64, 4);
  guint8 *pixels = g_malloc0 (256 * 64);
  g_autoptr(LimnImage) mask = NULL;

  for (guint y = 10; y < 50; y++)
    memset (pixels + y * 256 + 20, 255, 25);
  mask = limn_image_new_take (LIMN_PIXEL_GREY8, 256, 64, pixels, NULL);
  for (guint wrap = 0; wrap < 2; wrap++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnResult) few = NULL;
      g_autoptr(LimnResult) all = NULL;
      guint n_few, n_all, begin = f->lab.calls;

      source_kit_give (f->stash, request, picture, mask)->strength = 0.9;
      request->tile = 64;
      request->overlap = 32;
      request->wrap_x = wrap;
      few = paint (f, request, NULL);
      n_few = f->lab.calls - begin;
      begin = f->lab.calls;
      request->cfg_rescale = 5e-324;
      all = paint (f, request, NULL);
      n_all = f->lab.calls - begin;
      g_test_message ("%u calls of %u", n_few, n_all);
      /* 5 steps of 7 or 8 windows, 2 of which the mask touches. */
      g_assert_cmpuint (n_all - n_few, >=, 5 * 5);
      assert_same_image (few->picture, all->picture);
      for (guint i = 0; i < all->fingerprints->len; i++)
        g_assert_cmpstr (g_array_index (few->fingerprints, LimnFingerprint, i).hash, ==,
                         g_array_index (all->fingerprints, LimnFingerprint, i).hash);
    }
}

/* Memory is asked for what the networks are really given: a window, not the whole; and for the encoder. */
static void
test_memory (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 1);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  /* 64 bytes a pixel, and 16 more where it is encoded. */
  f->lab.limit_bytes = 64 * 64 * 64;
  result = paint (f, request, NULL);
  request->width = request->height = 256;
  g_assert_null (limn_session_generate_sync (f->session, request, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_clear_error (&error);
  request->tile = 64;
  g_clear_pointer (&result, limn_result_free);
  result = paint (f, request, NULL);

  request->tile = 0;
  source_kit_give (f->stash, request, picture, NULL)->strength = 0.5;
  f->lab.limit_bytes = 64 * 48 * 79;
  g_assert_null (limn_session_generate_sync (f->session, request, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  f->lab.limit_bytes = 64 * 48 * 80;
  g_clear_pointer (&result, limn_result_free);
  result = paint (f, request, NULL);
}

/* What is wrong with a source is said before anything is painted. */
static void
test_missing (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 1);
  g_autoptr(LimnImage) small = source_kit_make_grey (32, 48, 255);

  for (guint variant = 0; variant < 3; variant++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GError) error = NULL;
      LimnRequestSource *source = source_kit_give (f->stash, request, picture, variant == 2 ? small : NULL);
      g_autofree char *nobody = g_strnfill (64, 'a');

      if (variant == 0)
        limn_request_source_set_picture (source, nobody);
      else if (variant == 1)
        limn_request_source_set_mask (source, nobody);
      result = limn_session_generate_sync (f->session, request, NULL, NULL, &error);
      g_assert_null (result);
      g_test_message ("%s", error->message);
      if (variant < 2)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      else
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
  g_assert_cmpuint (f->lab.calls, ==, 0);
}

/* An open size is the picture's, with what it grows by. */
static void
test_open_size (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (61, 45, 1);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) result = NULL;
  LimnRequestSource *source = source_kit_give (f->stash, request, picture, NULL);

  source->grow_left = 10;
  source->grow_bottom = 3;
  request->open = LIMN_REQUEST_OPEN_SIZE;
  result = paint (f, request, NULL);
  g_assert_cmpuint (result->request->width, ==, 71);
  g_assert_cmpuint (result->request->height, ==, 48);
  g_assert_cmpuint (limn_image_get_width (result->picture), ==, 71);
  g_assert_cmpuint (limn_image_get_height (result->picture), ==, 48);
  for (guint y = 0; y < 45; y++)
    g_assert_cmpmem (limn_image_get_row (result->picture, y) + 40, 61 * 4, limn_image_get_row (picture, y), 61 * 4);
}

/* What a picture from a picture took says nothing of one from nothing, and with half the strength it takes half the steps. */
static void
test_estimates (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnEstimates) estimates = limn_estimates_new ();
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 1);
  g_autoptr(LimnRequest) plain = new_request ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) open = NULL;

  plain->steps = request->steps = 10;
  plain->preview = request->preview = LIMN_PREVIEW_NONE;
  source_kit_give (f->stash, request, picture, NULL)->strength = 0.5;
  limn_estimates_learn_step (estimates, request, 2);
  limn_estimates_learn_frame (estimates, request, FALSE, 1);
  g_assert_cmpfloat (limn_estimates_get (estimates, request, G_MAXUINT, 0), ==, 11);
  g_assert_cmpfloat (limn_estimates_get (estimates, plain, G_MAXUINT, 0), <, 0);
  /* Its size may be left to the picture, and that is not what the model takes. */
  open = limn_request_copy (request);
  open->open = LIMN_REQUEST_OPEN_SIZE;
  limn_estimates_learn_start (estimates, open, request);
  g_assert_cmpfloat (limn_estimates_get (estimates, open, G_MAXUINT, 0), ==, 11);
  limn_estimates_learn_step (estimates, plain, 3);
  limn_estimates_learn_frame (estimates, plain, FALSE, 1);
  g_assert_cmpfloat (limn_estimates_get (estimates, plain, G_MAXUINT, 0), ==, 31);
  /* Another prompt beside it is another pass in each step: three in the place of two, or of one. */
  plain->cfg = 7;
  limn_estimates_learn_step (estimates, plain, 2);
  limn_request_set_prompt (plain, "a cat AND a dog");
  g_assert_cmpfloat (limn_estimates_get (estimates, plain, G_MAXUINT, 0), ==, 31);
  limn_estimates_learn_step (estimates, plain, 6);
  limn_request_set_prompt (plain, "a cat");
  g_assert_cmpfloat (limn_estimates_get (estimates, plain, G_MAXUINT, 0), ==, 41);
  plain->open = LIMN_REQUEST_OPEN_SIZE;
  g_assert_cmpfloat (limn_estimates_get (estimates, plain, G_MAXUINT, 0), <, 0);
}

void
test_painting_add (void)
{
  static const struct
  {
    const char *path;
    void      (*func) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/painting/everything", test_everything }, { "/painting/nothing", test_nothing },     { "/painting/outside", test_outside },
    { "/painting/later", test_later },           { "/painting/half", test_half },           { "/painting/content", test_content },
    { "/painting/windows", test_windows },       { "/painting/memory", test_memory },       { "/painting/missing", test_missing },
    { "/painting/idle-windows", test_idle_windows },
    { "/painting/open-size", test_open_size },   { "/painting/estimates", test_estimates },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
}
