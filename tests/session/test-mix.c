/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Pictures between others, painted: where they meet their ends to the bit, what they cost, and that one that was killed goes on. */

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-picture-mix.h"
#include "session/limn-session.h"
#include "source-kit.h"
#include "stub-engine.h"

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
  g_object_unref (f->session);
  limn_stash_unref (f->stash);
}

static LimnRequest *
new_request (LimnSamplerKind sampler)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  request->sampler = sampler;
  request->eta = limn_sampler_get_facts (sampler)->default_eta;
  request->steps = 6;
  request->cfg = 4;
  request->width = 64;
  request->height = 48;
  request->keep_latents = TRUE;
  limn_request_set_prompt (request, "nobody reads this");
  return request;
}

/* Each with words, a seed and more of its own. */
static LimnRequest *
new_end (LimnSamplerKind sampler, guint end)
{
  static const char *const words[][2] = { { "a house", "" }, { "a boat, a moon", "snow" }, { "hills", "people" }, { "a cat", "" } };
  LimnRequest *request = new_request (sampler);

  limn_request_set_prompt (request, words[end][0]);
  limn_request_set_negative (request, words[end][1]);
  request->seed = 40 + end;
  request->rng = end == 3 ? LIMN_NOISE_CUDA : LIMN_NOISE_CPU;
  request->variation_strength = end == 1 ? 0.3 : 0;
  request->seed_width = request->seed_height = end == 2 ? 48 : 0;
  return request;
}

static LimnRequest *
new_noise_mix (LimnSamplerKind sampler, guint n_ends, double u, double v)
{
  LimnRequest *request = new_request (sampler);
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, n_ends);

  for (guint i = 0; i < n_ends; i++)
    {
      g_autoptr(LimnRequest) end = new_end (sampler, i);

      limn_request_mix_set_end (mix, i, end, NULL);
    }
  mix->u = u;
  mix->v = v;
  limn_request_take_mix (request, mix);
  return request;
}

static char *
add_picture (Fixture *f, guint32 seed)
{
  g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, seed);

  return limn_stash_add (f->stash, picture);
}

static LimnRequest *
new_picture_mix (Fixture *f, LimnSamplerKind sampler, double u, double strength)
{
  LimnRequest *request = new_request (sampler);
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_PICTURES, 2);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *id = add_picture (f, i);

      limn_request_mix_set_end (mix, i, NULL, id);
    }
  mix->u = u;
  mix->strength = strength;
  limn_request_take_mix (request, mix);
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

/* Every latent on the way, and the pixels. */
static void
assert_same (const LimnResult *a, const LimnResult *b)
{
  g_assert_cmpuint (a->fingerprints->len, ==, b->fingerprints->len);
  for (guint i = 0; i < a->fingerprints->len; i++)
    g_assert_cmpstr (g_array_index (a->fingerprints, LimnFingerprint, i).hash, ==, g_array_index (b->fingerprints, LimnFingerprint, i).hash);
  assert_same_image (a->picture, b->picture);
}

static const char *
get_first (const LimnResult *result)
{
  return g_array_index (result->fingerprints, LimnFingerprint, 0).hash;
}

/* In each corner it is that end's picture, step by step, for every sampler, those that draw noise on their way too. A session for each, lest one is
 * taken for the other and nothing computed. */
static void
test_corners (void)
{
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    for (guint n_ends = 2; n_ends <= 4; n_ends += 2)
      {
        Fixture mixed = { 0 }, alone = { 0 };

        set_up (&mixed, NULL);
        set_up (&alone, NULL);
        for (guint corner = 0; corner < n_ends; corner++)
          {
            g_autoptr(LimnRequest) request = new_noise_mix (kind, n_ends, corner % 2, corner / 2);
            g_autoptr(LimnRequest) end = new_end (kind, corner);
            g_autoptr(LimnResult) a = paint (&mixed, request);
            g_autoptr(LimnResult) b = paint (&alone, end);

            g_assert_cmpuint (a->n_computed, ==, 6);
            assert_same (a, b);
          }
        tear_down (&mixed, NULL);
        tear_down (&alone, NULL);
      }
}

/* Between them it is another one, which has no step in common with either; an edge of a pad is the strip between its two. */
static void
test_between (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) inside = new_noise_mix (LIMN_SAMPLER_EULER_A, 4, 0.3, 0.6);
  g_autoptr(LimnRequest) edge = new_noise_mix (LIMN_SAMPLER_EULER_A, 4, 0.3, 0);
  g_autoptr(LimnRequest) strip = new_noise_mix (LIMN_SAMPLER_EULER_A, 2, 0.3, 0);
  g_autoptr(LimnResult) a = NULL;
  g_autoptr(LimnResult) b = NULL;
  g_autoptr(LimnResult) c = NULL;

  /* Not kept, lest one is the other's. */
  inside->keep_latents = edge->keep_latents = strip->keep_latents = FALSE;
  a = paint (f, inside);
  b = paint (f, edge);
  c = paint (f, strip);
  g_assert_cmpuint (c->n_computed, ==, 6);
  g_assert_cmpstr (get_first (a), !=, get_first (b));
  assert_same (b, c);
}

/* One picture alone is img2img of it, whatever the strength; with all of it diffused it is made from nothing. */
static void
test_picture_corners (Fixture *f, gconstpointer data)
{
  static const LimnSamplerKind kinds[] = { LIMN_SAMPLER_DDIM, LIMN_SAMPLER_EULER_A, LIMN_SAMPLER_DPMPP_2M };
  static const double strengths[] = { 0, 0.3, 0.5, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint j = 0; j < G_N_ELEMENTS (strengths); j++)
      for (guint corner = 0; corner < 2; corner++)
        {
          g_autoptr(LimnRequest) request = new_picture_mix (f, kinds[i], corner, strengths[j]);
          g_autoptr(LimnRequest) plain = new_request (kinds[i]);
          g_autoptr(LimnRequestSource) source = limn_request_source_new (request->mix->ends[corner].picture);
          g_autoptr(LimnResult) a = paint (f, request);
          g_autoptr(LimnResult) b = NULL;

          /* With a strength of 0 img2img is the picture itself, which did not go through the VAE. */
          source->strength = strengths[j] > 0 ? strengths[j] : 0.01;
          if (strengths[j] < 1)
            limn_request_set_source (plain, source);
          b = paint (f, plain);
          if (strengths[j] == 0)
            g_assert_cmpuint (a->n_computed, ==, 0);
          else
            assert_same (a, b);
        }
}

static LimnImage *
load (gpointer data, const char *id, GError **error)
{
  return limn_stash_load (data, id, error);
}

/* The sampler takes off what it had put on, in doubles: 1e-16 of a few units, twice. */
static void
assert_shows_mean (Fixture *f, const LimnRequest *request, const LimnTrajectory *trajectory)
{
  StubLab lab;
  g_autoptr(LimnLatentCache) cache = limn_latent_cache_new ();
  g_autoptr(LimnPictureMix) pictures = NULL;
  g_autoptr(LimnWork) work = NULL;
  LimnEngine *engine;
  double held[4 * 6 * 8];
  const double *shown = limn_trajectory_get_latent (trajectory, 1);

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, NULL);
  pictures = limn_picture_mix_new (request, &engine->facts, "", cache, load, f->stash, NULL);
  work = limn_work_new (&engine->facts, request, 8, 6);
  g_assert_true (limn_picture_mix_encode (pictures, work, engine, NULL, held, NULL));
  g_assert_cmpuint (limn_trajectory_get_n_steps (trajectory), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    g_assert_cmpfloat_with_epsilon (shown[i], held[i], 1e-14);
  limn_engine_free (engine);
}

/* The latents themselves, decoded: no pass of the network. And a hand that moves encodes nothing anew. */
static void
test_pictures_cost (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr(LimnRequest) shown = new_picture_mix (f, LIMN_SAMPLER_DDIM, 0.1 + 0.2 * i, 0);
      g_autoptr(LimnRequest) diffused = new_picture_mix (f, LIMN_SAMPLER_DDIM, 0.1 + 0.2 * i, 0.5);
      g_autoptr(LimnResult) a = NULL;
      g_autoptr(LimnResult) b = NULL;
      guint calls = f->lab.calls, decodes = f->lab.n_decodes, encodes = f->lab.n_encodes;

      shown->preview = diffused->preview = LIMN_PREVIEW_NONE;
      a = paint (f, shown);
      g_assert_cmpuint (a->n_computed, ==, 0);
      g_assert_cmpuint (f->lab.n_decodes - decodes, ==, 1);
      g_assert_cmpuint (f->lab.n_encodes - encodes, ==, i == 0 ? 2 : 0);
      g_assert_cmpuint (f->lab.calls - calls, ==, i == 0 ? 3 : 1);
      /* No noise is left in what is shown. */
      assert_shows_mean (f, shown, a->trajectory);
      calls = f->lab.calls;
      b = paint (f, diffused);
      /* Three steps of six, and the picture. */
      g_assert_cmpuint (b->n_computed, ==, 3);
      g_assert_cmpuint (f->lab.calls - calls, ==, 4);
    }
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
collect_state (LimnFeed *feed, gpointer data)
{
  GBytes *state = limn_feed_take_state (feed);

  if (state)
    g_ptr_array_add (data, state);
}

/* The program is killed under way; another one goes on from what was kept. */
static void
test_continue (Fixture *f, gconstpointer data)
{
  LimnRequest *requests[] = { new_noise_mix (LIMN_SAMPLER_EULER_A, 4, 0.3, 0.6), new_noise_mix (LIMN_SAMPLER_UNIPC, 2, 0.3, 0),
                                        new_noise_mix (LIMN_SAMPLER_DDPM, 4, 1, 0.5), new_picture_mix (f, LIMN_SAMPLER_DPMPP_2M, 0.4, 0.7) };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_autoptr(LimnFeed) feed = limn_feed_new (collect_state, states, NULL);
      g_autoptr(LimnResult) straight = NULL;
      g_autoptr(GError) error = NULL;

      straight = limn_session_generate_sync (f->session, requests[i], feed, NULL, &error);
      g_assert_no_error (error);
      collect_state (feed, states);
      g_assert_cmpuint (states->len, >, 0);
      for (guint k = 0; k < states->len; k++)
        {
          Fixture other = { 0 };
          g_autoptr(GAsyncResult) ended = NULL;
          g_autoptr(LimnResult) result = NULL;

          set_up (&other, NULL);
          limn_session_continue_async (other.session, requests[i], g_ptr_array_index (states, k), NULL, NULL, store_result, &ended);
          while (!ended)
            g_main_context_iteration (NULL, TRUE);
          /* Without the pictures: their latent was kept. */
          result = limn_session_generate_finish (other.session, ended, &error);
          if (i < 3)
            g_assert_no_error (error);
          if (result)
            assert_same (result, straight);
          g_clear_error (&error);
          tear_down (&other, NULL);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    g_clear_pointer (&requests[i], limn_request_free);
}

/* All of a variation seed is that seed's picture, for a sampler that draws nothing on its way; a part of it is neither. A seed's own size puts its
 * noise into the middle: what is painted there is decided by the same numbers. */
static void
test_seeds (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) plain = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnRequest) varied = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnRequest) other = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnRequest) large = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnResult) a = NULL;
  g_autoptr(LimnResult) b = NULL;
  g_autoptr(LimnResult) c = NULL;
  g_autoptr(LimnResult) d = NULL;
  const double *small_x, *large_x;

  plain->seed = varied->seed = large->seed = 5;
  other->seed = varied->variation_seed = 9;
  varied->variation_strength = 1;
  a = paint (f, plain);
  b = paint (f, other);
  c = paint (f, varied);
  assert_same (b, c);
  limn_result_free (g_steal_pointer (&c));
  varied->variation_strength = 0.5;
  c = paint (f, varied);
  g_assert_cmpstr (get_first (c), !=, get_first (a));
  g_assert_cmpstr (get_first (c), !=, get_first (b));

  large->width = 96;
  large->height = 80;
  large->seed_width = 64;
  large->seed_height = 48;
  d = paint (f, large);
  small_x = limn_trajectory_get_latent (a->trajectory, 0);
  large_x = limn_trajectory_get_latent (d->trajectory, 0);
  for (guint i = 0; i < 4; i++)
    for (guint y = 0; y < 6; y++)
      g_assert_cmpmem (small_x + (i * 6 + y) * 8, 8 * sizeof (double), large_x + (i * 10 + y + 2) * 12 + 2, 8 * sizeof (double));
}

/* Sketches of both ways beside each other; a fine one is the picture. */
static void
test_sketches (Fixture *f, gconstpointer data)
{
  LimnRequest *requests[] = { new_noise_mix (LIMN_SAMPLER_EULER_A, 4, 0.3, 0.6), new_picture_mix (f, LIMN_SAMPLER_DDIM, 0.4, 0.7),
                                        new_picture_mix (f, LIMN_SAMPLER_DDIM, 0.4, 0) };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr(LimnResult) result = paint (f, requests[i]);

      for (guint level = LIMN_SKETCH_COARSE; level <= LIMN_SKETCH_FINE; level++)
        {
          g_autoptr(GAsyncResult) ended = NULL;
          g_autoptr(LimnImage) image = NULL;
          g_autoptr(GError) error = NULL;

          limn_session_sketch_async (f->session, requests[i], level, NULL, NULL, store_result, &ended);
          while (!ended)
            g_main_context_iteration (NULL, TRUE);
          image = limn_session_sketch_finish (f->session, ended, &error);
          g_assert_no_error (error);
          if (level == LIMN_SKETCH_FINE || i == 2)
            assert_same_image (image, result->picture);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    g_clear_pointer (&requests[i], limn_request_free);
}

void
test_mix_add (void)
{
  g_test_add_func ("/session/mix/corners", test_corners);
  g_test_add ("/session/mix/between", Fixture, NULL, set_up, test_between, tear_down);
  g_test_add ("/session/mix/picture-corners", Fixture, NULL, set_up, test_picture_corners, tear_down);
  g_test_add ("/session/mix/pictures-cost", Fixture, NULL, set_up, test_pictures_cost, tear_down);
  g_test_add ("/session/mix/continue", Fixture, NULL, set_up, test_continue, tear_down);
  g_test_add ("/session/mix/seeds", Fixture, NULL, set_up, test_seeds, tear_down);
  g_test_add ("/session/mix/sketches", Fixture, NULL, set_up, test_sketches, tear_down);
}
