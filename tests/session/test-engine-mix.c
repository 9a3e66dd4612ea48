/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* test-mix.c with the starter model: the ends of a mix are met by the real networks too. */

#include "test-engine.h"

#include "session/limn-engine-model.h"
#include "session/limn-session.h"
#include "source-kit.h"

#include <math.h>
#include <string.h>

/* 101 tokens: two chunks, where the other end has one. */
#define LONG                                                                                                                      \
  "a red house, a green hill, a blue lake, a white boat, a yellow moon, a black cat, a brown dog, a grey stone, a pink flower, "  \
  "a red house, a green hill, a blue lake, a white boat, a yellow moon, a black cat, a brown dog, a grey stone, a pink flower"

typedef struct
{
  LimnGlOptions  options;
  LimnStash     *stash;
  LimnSession   *session;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->options = test_engine_get_options ();
  f->stash = limn_stash_new (NULL, NULL);
  f->session = limn_session_new (limn_engine_model_open, &f->options, NULL);
  limn_session_set_stash (f->session, f->stash);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->session);
  limn_stash_unref (f->stash);
}

static LimnRequest *
new_end (guint end)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, end == 0 ? "a (red:1.2) house" : LONG);
  limn_request_set_negative (request, end == 0 ? "snow" : "");
  request->seed = 11 + end;
  request->steps = 3;
  request->sampler = LIMN_SAMPLER_EULER_A;
  request->eta = 1;
  request->cfg = 4;
  request->width = request->height = 32;
  request->preview = LIMN_PREVIEW_NONE;
  return request;
}

static LimnResult *
paint (Fixture *f, const LimnRequest *request)
{
  g_autoptr(GError) error = NULL;
  LimnResult *result = limn_session_generate_sync (f->session, request, NULL, NULL, &error);

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

static void
assert_same (const LimnResult *a, const LimnResult *b)
{
  g_assert_cmpuint (a->fingerprints->len, ==, b->fingerprints->len);
  for (guint i = 0; i < a->fingerprints->len; i++)
    g_assert_cmpstr (g_array_index (a->fingerprints, LimnFingerprint, i).hash, ==, g_array_index (b->fingerprints, LimnFingerprint, i).hash);
  assert_same_image (a->picture, b->picture);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static LimnImage *
sketch (Fixture *f, const LimnRequest *request, LimnSketchLevel level)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *image;

  limn_session_sketch_async (f->session, request, level, NULL, NULL, store_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  image = limn_session_sketch_finish (f->session, result, &error);
  g_assert_no_error (error);
  return image;
}

static LimnRequest *
new_mix (LimnMixWay way, double u, const char *const *pictures)
{
  LimnRequest *request = new_end (0);
  LimnRequestMix *mix = limn_request_mix_new (way, 2);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) end = new_end (i);

      limn_request_mix_set_end (mix, i, way == LIMN_MIX_NOISE ? end : NULL, pictures ? pictures[i] : NULL);
    }
  mix->u = u;
  mix->strength = way == LIMN_MIX_PICTURES ? 0.7 : 0;
  limn_request_take_mix (request, mix);
  return request;
}

/* Noise and words: other words, other negative ones, of another length, and a sampler that draws. */
static void
test_noise (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) between = new_mix (LIMN_MIX_NOISE, 0.5, NULL);
  g_autoptr(LimnResult) middle = paint (f, between);
  g_autoptr(LimnImage) fine = sketch (f, between, LIMN_SKETCH_FINE);

  assert_same_image (fine, middle->picture);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) mix = new_mix (LIMN_MIX_NOISE, i, NULL);
      g_autoptr(LimnRequest) end = new_end (i);
      g_autoptr(LimnResult) a = paint (f, mix);
      g_autoptr(LimnResult) b = paint (f, end);

      assert_same (a, b);
      g_assert_cmpstr (g_array_index (a->fingerprints, LimnFingerprint, 3).hash, !=,
                       g_array_index (middle->fingerprints, LimnFingerprint, 3).hash);
    }
}

/* Pictures: one alone is img2img of it. */
static void
test_pictures (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) first = source_kit_make_picture (32, 32, 1);
  g_autoptr(LimnImage) second = source_kit_make_picture (32, 32, 2);
  g_autofree char *first_id = limn_stash_add (f->stash, first);
  g_autofree char *second_id = limn_stash_add (f->stash, second);
  const char *const pictures[] = { first_id, second_id };

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) mix = new_mix (LIMN_MIX_PICTURES, i, pictures);
      g_autoptr(LimnRequest) plain = new_end (0);
      g_autoptr(LimnRequestSource) source = limn_request_source_new (pictures[i]);
      g_autoptr(LimnResult) a = paint (f, mix);
      g_autoptr(LimnResult) b = NULL;

      source->strength = 0.7;
      limn_request_set_source (plain, source);
      b = paint (f, plain);
      assert_same (a, b);
    }
}

/* In software a coarse one is half as large where it would be late; which it is here nobody can say. */
static void
test_coarse (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_mix (LIMN_MIX_NOISE, 0.3, NULL);
  g_autoptr(LimnImage) coarse = NULL;

  request->width = request->height = 64;
  coarse = sketch (f, request, LIMN_SKETCH_COARSE);
  if (limn_image_get_width (coarse) != 32)
    g_assert_cmpuint (limn_image_get_width (coarse), ==, 64);
}

/* Mean distance of @image from the mean of @a and @b, in levels of 255. */
static double
compare_with_blend (LimnImage *image, LimnImage *a, LimnImage *b)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  double sum = 0;

  for (guint y = 0; y < height; y++)
    for (guint i = 0; i < width * 4; i++)
      if (i % 4 < 3)
        sum += fabs (limn_image_get_row (image, y)[i] - (limn_image_get_row (a, y)[i] + limn_image_get_row (b, y)[i]) / 2.0);
  return sum / (3.0 * width * height);
}

/* What Ho et al. 2020 show in figure 9: diffused little, the middle between two pictures is a double exposure of both; the further, the more it is a
 * picture of its own: see data/examples/interpolation-t-by-lambda.png, where 13, 30 and 53 levels from the blend of the pixels were measured. */
static void
test_strength (Fixture *f, gconstpointer data)
{
  static const double strengths[] = { 0, 0.5, 0.85 };
  static const char *const words[] = { "a red house on a green hill at sunset", "a boat on the sea under a full moon" };
  g_autoptr(LimnRequest) request = new_end (0);
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_PICTURES, 2);
  LimnImage *pictures[2];
  double before = 0;

  request->sampler = LIMN_SAMPLER_DDIM;
  request->steps = 10;
  request->width = request->height = 128;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) end = limn_request_copy (request);
      g_autoptr(LimnResult) result = NULL;
      g_autofree char *id = NULL;

      limn_request_set_prompt (end, words[i]);
      limn_request_set_negative (end, "");
      end->seed = 1;
      result = paint (f, end);
      pictures[i] = limn_image_ref (result->picture);
      id = limn_stash_add (f->stash, pictures[i]);
      limn_request_mix_set_end (mix, i, end, id);
    }
  mix->u = 0.5;
  request->seed = 7;
  limn_request_take_mix (request, mix);
  for (guint i = 0; i < G_N_ELEMENTS (strengths); i++)
    {
      g_autoptr(LimnResult) result = NULL;
      double distance;

      mix->strength = strengths[i];
      result = paint (f, request);
      distance = compare_with_blend (result->picture, pictures[0], pictures[1]);
      g_test_message ("strength %g: %.1f levels from the blend of the pixels", strengths[i], distance);
      g_assert_cmpfloat (distance, >, before * 1.2);
      /* Half as much again as with the ten steps of this test, 16. */
      if (strengths[i] == 0)
        g_assert_cmpfloat (distance, <, 24);
      before = distance;
    }
  for (guint i = 0; i < 2; i++)
    limn_image_unref (pictures[i]);
}

void
test_engine_mix_add (void)
{
  g_test_add ("/engine/mix/noise", Fixture, NULL, set_up, test_noise, tear_down);
  g_test_add ("/engine/mix/pictures", Fixture, NULL, set_up, test_pictures, tear_down);
  g_test_add ("/engine/mix/strength", Fixture, NULL, set_up, test_strength, tear_down);
  g_test_add ("/engine/mix/coarse", Fixture, NULL, set_up, test_coarse, tear_down);
}
