/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The property that everything else rests on: the same request gives the same pixels, whatever happens on the way. Random
 * requests, random places to kill, lose and cancel; one hash. Written around a stub, since what is tested is the
 * loop and not the network. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-generation.h"
#include "session/limn-recipe.h"
#include "session/limn-session.h"
#include "source-kit.h"
#include "stub-engine.h"

#include <math.h>
#include <string.h>

/* What no run may change: the pixels and the hash of every latent. */
static char *
hash_of (LimnImage *picture, guint n, const LimnFingerprint *(*get) (gpointer, guint), gpointer data)
{
  g_autofree char *pixels = limn_recipe_hash_pixels (picture);
  GString *all = g_string_new (pixels);

  for (guint i = 0; i <= n; i++)
    g_string_append (all, get (data, i)->hash);
  {
    char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, all->str, all->len);

    g_string_free (all, TRUE);
    return hash;
  }
}

static const LimnFingerprint *
from_generation (gpointer generation, guint i)
{
  return limn_generation_get_fingerprint (generation, i);
}

static const LimnFingerprint *
from_result (gpointer result, guint i)
{
  return &g_array_index (((LimnResult *) result)->fingerprints, LimnFingerprint, i);
}

static char *
hash_generation (LimnGeneration *generation)
{
  return hash_of (limn_generation_get_picture (generation), limn_generation_get_n_steps (generation), from_generation, generation);
}

static char *
hash_result (LimnResult *result)
{
  return hash_of (result->picture, result->fingerprints->len - 1, from_result, result);
}

/* Not every sampler takes every schedule and step count; what is refused is refused before any work. */
static char *
run_straight (LimnStash *stash, const LimnRequest *request)
{
  StubLab lab;
  LimnEngine *engine;
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  g_autoptr(GError) error = NULL;
  char *hash = NULL;

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  source = source_kit_prepare (stash, request, &engine->facts);
  generation = limn_generation_new (request, &engine->facts, source, &error);
  if (generation)
    {
      limn_generation_set_engine (generation, engine);
      while (!limn_generation_is_done (generation))
        {
          g_autoptr(LimnStep) step = limn_generation_step (generation, NULL, &error);

          g_assert_no_error (error);
          g_assert_cmpuint (step->step, ==, limn_generation_get_step (generation));
        }
      hash = hash_generation (generation);
    }
  else
    g_assert_true (error->domain == LIMN_ERROR &&
                   (error->code == LIMN_ERROR_INVALID || error->code == LIMN_ERROR_UNSUPPORTED));
  limn_engine_free (engine);
  return hash;
}

static void
randomize_previews (LimnRequest *request, GRand *rand)
{
  request->preview = g_rand_int_range (rand, 0, 3);
  request->preview_every = g_rand_int_range (rand, 1, 5);
  request->preview_half = g_rand_boolean (rand);
}

/* Killed after a random step, its file read by what might be another process, to the end; killed again on the way. */
static char *
run_killed (LimnStash *stash, const LimnRequest *base, GRand *rand)
{
  g_autoptr(LimnRequest) request = limn_request_copy (base);
  g_autoptr(GBytes) file = NULL;
  char *hash = NULL;

  request->keep_latents = TRUE;
  while (!hash)
    {
      StubLab lab;
      LimnEngine *engine;
      g_autoptr(LimnSource) source = NULL;
      g_autoptr(LimnGeneration) generation = NULL;
      g_autoptr(GError) error = NULL;
      guint kill_after = g_rand_int_range (rand, 0, 6);

      randomize_previews (request, rand);
      stub_lab_init (&lab);
      engine = stub_engine_open (&lab, request, NULL, &error);
      source = source_kit_prepare (stash, request, &engine->facts);
      generation = limn_generation_new (request, &engine->facts, source, &error);
      g_assert_no_error (error);
      if (file)
        {
          g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (file, &error);

          g_assert_no_error (error);
          g_assert_true (limn_generation_restore (generation, trajectory, G_MAXUINT, &error));
          g_assert_no_error (error);
          /* What the picture that it starts from is as a latent comes out of the file. */
          g_assert_nonnull (limn_generation_get_fingerprint (generation, 0));
        }
      limn_generation_set_engine (generation, engine);
      /* One step more than the last time at least, or it would never end. */
      for (guint i = 0; i < kill_after + 2 && !limn_generation_is_done (generation); i++)
        {
          g_autoptr(LimnStep) step = limn_generation_step (generation, NULL, &error);

          g_assert_no_error (error);
          g_assert_nonnull (step);
        }
      if (limn_generation_is_done (generation))
        hash = hash_generation (generation);
      else
        {
          g_clear_pointer (&file, g_bytes_unref);
          file = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
          g_assert_no_error (error);
        }
      limn_engine_free (engine);
    }
  return hash;
}

/* Every call of the engine may fail, in any order, and the step is called again. */
static char *
run_stumbling (LimnStash *stash, const LimnRequest *base, GRand *rand)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = limn_request_copy (base);
  LimnEngine *engine;
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  g_autoptr(GError) error = NULL;
  char *hash;

  randomize_previews (request, rand);
  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  source = source_kit_prepare (stash, request, &engine->facts);
  generation = limn_generation_new (request, &engine->facts, source, &error);
  limn_generation_set_engine (generation, engine);
  while (!limn_generation_is_done (generation))
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LimnStep) step = NULL;
      guint before = limn_generation_get_step (generation);

      g_clear_error (&error);
      lab.cancellable = cancellable;
      lab.cancel_at = g_rand_int_range (rand, 0, 3) == 0 ? lab.calls + g_rand_int_range (rand, 0, 3) : G_MAXUINT;
      lab.lose_at = g_rand_int_range (rand, 0, 3) == 0 ? lab.calls + g_rand_int_range (rand, 0, 3) : G_MAXUINT;
      step = limn_generation_step (generation, cancellable, &error);
      if (step)
        {
          g_assert_no_error (error);
          g_assert_cmpuint (step->step, ==, before + 1);
          continue;
        }
      g_assert_cmpuint (limn_generation_get_step (generation), ==, before);
      if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
        {
          limn_generation_set_engine (generation, NULL);
          limn_engine_free (engine);
          g_clear_error (&error);
          engine = stub_engine_open (&lab, request, NULL, &error);
          limn_generation_set_engine (generation, engine);
        }
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  hash = hash_generation (generation);
  limn_engine_free (engine);
  return hash;
}

/* Through the session: as picture i of a batch, after a cancelled job, with a device that is lost on the way. */
static char *
run_session (LimnSession *session, StubLab *lab, const LimnRequest *base, GRand *rand)
{
  g_autoptr(LimnRequest) request = limn_request_copy (base);
  g_autoptr(LimnRequest) other = test_random_request (rand);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnResult) before = NULL;
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  /* Another job, maybe cancelled in the middle, maybe of another model. */
  other->storage = g_rand_boolean (rand) ? LIMN_STORAGE_F16 : LIMN_STORAGE_F32;
  lab->cancellable = cancellable;
  lab->cancel_at = lab->calls + g_rand_int_range (rand, 0, 30);
  before = limn_session_generate_sync (session, other, NULL, cancellable, NULL);
  lab->cancel_at = G_MAXUINT;

  randomize_previews (request, rand);
  request->keep_latents = g_rand_boolean (rand);
  request->batch_count = 5;
  request->batch_index = g_rand_int_range (rand, 0, 5);
  request->seed -= request->batch_index;
  if (g_rand_boolean (rand))
    lab->lose_at = lab->calls + g_rand_int_range (rand, 0, 20);
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  lab->lose_at = G_MAXUINT;
  g_assert_no_error (error);
  g_assert_cmpint (result->trajectory != NULL, ==, request->keep_latents);
  return hash_result (result);
}

/* As it is carried out: with a source, windows that are open are chosen. */
static LimnRequest *
resolve (const LimnRequest *request)
{
  StubLab lab;
  LimnEngine *engine;
  g_autoptr(GError) error = NULL;
  LimnRequest *resolved;

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  resolved = limn_engine_resolve (&engine->facts, request, &error);
  g_assert_no_error (error);
  limn_engine_free (engine);
  return resolved;
}

static void
test_property (void)
{
  StubLab lab;
  /* Another seed on another day; TAP shows which, and LIMN_TEST_SEED repeats it. */
  const char *fixed = g_getenv ("LIMN_TEST_SEED");
  guint32 seed = fixed ? g_ascii_strtoull (fixed, NULL, 10) : g_random_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnSession) session = NULL;
  guint n_done = 0, n_sources = 0, n_plain = 0;

  g_test_message ("LIMN_TEST_SEED=%u", seed);
  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_set_stash (session, stash);
  for (guint i = 0; i < 240; i++)
    {
      g_autoptr(LimnRequest) asked = test_random_request (rand);
      g_autoptr(LimnRequest) request = NULL;
      g_autofree char *straight = NULL;
      g_autofree char *twice = NULL;
      g_autofree char *killed = NULL;
      g_autofree char *stumbling = NULL;
      g_autofree char *in_session = NULL;

      if (i % 2)
        source_kit_decorate (stash, asked, rand);
      request = resolve (asked);
      straight = run_straight (stash, request);
      if (!straight)
        continue;
      n_done++;
      n_sources += request->source != NULL;
      n_plain += !request->source && request->tile == 0 && !request->wrap_x && !request->wrap_y;
      twice = run_straight (stash, request);
      g_assert_cmpstr (straight, ==, twice);
      killed = run_killed (stash, request, rand);
      g_assert_cmpstr (straight, ==, killed);
      stumbling = run_stumbling (stash, request, rand);
      g_assert_cmpstr (straight, ==, stumbling);
      in_session = run_session (session, &lab, request, rand);
      g_assert_cmpstr (straight, ==, in_session);
    }
  /* If most requests were refused, little was tested. */
  g_assert_cmpuint (n_done, >, 160);
  g_assert_cmpuint (n_plain, >, 60);
  g_assert_cmpuint (n_sources, >, 40);
}

/* Lest the hash be one that is always the same: each field that makes a difference makes one. */
static void
test_differences (void)
{
  g_autoptr(LimnRequest) base = limn_request_new ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  base->open = 0;
  limn_request_set_prompt (base, "a");
  limn_request_set_negative (base, "b");
  base->steps = 5;
  base->sampler = LIMN_SAMPLER_EULER_A;
  base->eta = 1;
  base->cfg = 4;
  base->width = base->height = 32;
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (base);

      switch (i)
        {
        case 0: break;
        case 1: limn_request_set_prompt (other, "p"); break;
        case 2: limn_request_set_negative (other, "n"); break;
        case 3: other->seed = 1; break;
        case 4: other->rng = LIMN_NOISE_CUDA; break;
        case 5: other->steps = 6; break;
        case 6: other->sampler = LIMN_SAMPLER_EULER; break;
        case 7: other->schedule = LIMN_SCHEDULE_KARRAS; break;
        case 8: other->eta = 0.5; break;
        case 9: other->cfg = 4.001; break;
        case 10: other->cfg_rescale = 0.5; break;
        case 11: other->prediction = LIMN_PREDICTION_V; break;
        case 12: other->width = 48; break;
        case 13: other->height = 48; break;
        case 14: other->cfg = 1; break;
        case 15: other->syntax = LIMN_PROMPT_PLAIN; break;
        default: return;
        }
      {
        char *hash = run_straight (stash, other);

        g_assert_nonnull (hash);
        if (!g_hash_table_add (seen, hash))
          g_error ("change %u makes no difference", i);
      }
    }
}

/* A trajectory of another picture, or one that was tampered with, is refused and leaves everything as it was. */
static void
test_restore_refused (void)
{
  StubLab lab;
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = test_random_request (rand);
  LimnEngine *engine;
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GError) error = NULL;

  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  request->schedule = LIMN_SCHEDULE_KARRAS;
  request->prediction = LIMN_PREDICTION_EPSILON;
  request->steps = 6;
  request->width = request->height = 16;
  request->keep_latents = TRUE;
  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  {
    g_autoptr(LimnGeneration) generation = limn_generation_new (request, &engine->facts, NULL, &error);

    g_assert_no_error (error);
    limn_generation_set_engine (generation, engine);
    for (guint i = 0; i < 3; i++)
      limn_step_unref (limn_generation_step (generation, NULL, &error));
    file = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
    g_assert_no_error (error);
  }

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (request);
      g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (file, &error);
      g_autoptr(LimnGeneration) generation = NULL;
      double position[64] = { 0 };
      gsize length;

      switch (i)
        {
        case 0: other->seed++; break;
        case 1: other->steps++; break;
        case 2:
          limn_trajectory_clear_history (trajectory);
          for (guint step = 0; step <= 3; step++)
            limn_trajectory_keep_state (trajectory, step);
          break;
        default:
          /* As many values as there were, all of them 0. */
          g_assert_nonnull (limn_trajectory_get_history (trajectory, "position", &length));
          g_assert_cmpuint (length, <=, G_N_ELEMENTS (position));
          limn_trajectory_set_history (trajectory, "position", length, position);
          limn_trajectory_keep_state (trajectory, 3);
        }
      generation = limn_generation_new (other, &engine->facts, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (limn_generation_restore (generation, trajectory, G_MAXUINT, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_clear_error (&error);
      /* And goes on as if nothing had been tried. */
      limn_generation_set_engine (generation, engine);
      while (!limn_generation_is_done (generation))
        limn_step_unref (limn_generation_step (generation, NULL, &error));
      {
        g_autofree char *hash = hash_generation (generation);
        g_autofree char *straight = NULL;

        lab.alive--; /* run_straight() opens its own */
        straight = run_straight (stash, other);
        lab.alive++;
        g_assert_cmpstr (hash, ==, straight);
      }
    }
  limn_engine_free (engine);
}

/* Which steps have frames, of what size, and that the last is the picture whatever was asked for. */
static void
test_frames (void)
{
  for (guint preview = 0; preview < 3; preview++)
    for (guint every = 1; every <= 4; every += 3)
      for (guint kind = 0; kind < 3; kind++)
        {
          /* On a device so small that a preview would cost reading the UNet anew there are none. */
          gboolean half = kind == 1, alone = kind == 2;
          StubLab lab;
          LimnEngine *engine;
          g_autoptr(LimnRequest) request = limn_request_new ();
          g_autoptr(LimnGeneration) generation = NULL;
          g_autoptr(GError) error = NULL;
          guint n_frames = 0;

          request->open = 0;
          request->steps = 6;
          request->sampler = LIMN_SAMPLER_EULER;
          request->cfg = 2;
          request->width = 80;
          request->height = 48;
          request->preview = preview;
          request->preview_every = every;
          request->preview_half = half;
          stub_lab_init (&lab);
          lab.alone = alone;
          engine = stub_engine_open (&lab, request, NULL, &error);
          generation = limn_generation_new (request, &engine->facts, NULL, &error);
          limn_generation_set_engine (generation, engine);
          for (guint i = 1; i <= 6; i++)
            {
              g_autoptr(LimnStep) step = limn_generation_step (generation, NULL, &error);
              gboolean expected = i == 6 || (!alone && preview != LIMN_PREVIEW_NONE && (i - 1) % every == 0);

              g_assert_no_error (error);
              g_assert_cmpint (step->frame != NULL, ==, expected);
              g_assert_cmpuint (g_bytes_get_size (step->latent), ==, 4 * 10 * 6 * sizeof (double));
              g_assert_true (isfinite (step->sigma) && step->timestep > 0);
              if (!expected)
                continue;
              n_frames++;
              /* 10x6 cells; half of them are 5x3. */
              g_assert_cmpuint (limn_image_get_width (step->frame), ==, half && i < 6 ? 40 : 80);
              g_assert_cmpuint (limn_image_get_height (step->frame), ==, half && i < 6 ? 24 : 48);
              if (i == 6)
                g_assert_true (step->frame == limn_generation_get_picture (generation));
            }
          g_assert_true (limn_generation_is_done (generation));
          g_assert_cmpuint (lab.n_decodes, ==, n_frames);
          limn_engine_free (engine);
        }
}

/* The distance that fingerprints give is near the true one, and 0 for equal latents. */
static void
test_fingerprint (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (3);
  double x[1024], y[1024];
  LimnFingerprint a, b;
  double estimates = 0;

  for (guint trial = 0; trial < 100; trial++)
    {
      double size = 0, difference = 0;

      for (guint i = 0; i < 1024; i++)
        {
          double d = 1e-3 * g_rand_double_range (rand, -1, 1);

          x[i] = g_rand_double_range (rand, -2, 2);
          y[i] = x[i] + d;
          size += x[i] * x[i];
          difference += d * d;
        }
      limn_fingerprint_take (&a, 1024, x);
      limn_fingerprint_take (&b, 1024, y);
      g_assert_cmpstr (a.hash, !=, b.hash);
      estimates += log (limn_fingerprint_distance (&a, &b) / sqrt (difference / size));
      /* Of 16 samples each; measured over 1000 trials: 0.45 to 2.4. */
      g_assert_cmpfloat (limn_fingerprint_distance (&a, &b) / sqrt (difference / size), >, 0.25);
      g_assert_cmpfloat (limn_fingerprint_distance (&a, &b) / sqrt (difference / size), <, 4);
    }
  /* The mean of the logarithm: its standard deviation over 100 trials is 0.025. */
  g_assert_cmpfloat (fabs (estimates / 100), <, 0.1);

  limn_fingerprint_take (&b, 1024, x);
  limn_fingerprint_take (&a, 1024, x);
  g_assert_cmpstr (a.hash, ==, b.hash);
  g_assert_cmpfloat (limn_fingerprint_distance (&a, &b), ==, 0);
  /* A fixed point of the definition: it must never change, or old recipes could not be compared. */
  for (guint i = 0; i < 4; i++)
    x[i] = i + 1;
  limn_fingerprint_take (&a, 4, x);
  g_assert_cmpstr (a.hash, ==, "6bab56d2f81d4b5a2dbf102bf6a6ff7d5211a475fc5f97813f977e8ba714b07d");
  g_assert_cmpfloat (a.projections[0], ==, 1);
  g_assert_cmpfloat (a.projections[15], ==, 2);
}

void
test_generation_add (void)
{
  g_test_add_func ("/generation/property", test_property);
  g_test_add_func ("/generation/differences", test_differences);
  g_test_add_func ("/generation/restore-refused", test_restore_refused);
  g_test_add_func ("/generation/frames", test_frames);
  g_test_add_func ("/generation/fingerprint", test_fingerprint);
}
