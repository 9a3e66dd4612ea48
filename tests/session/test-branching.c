/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pictures that part from others. Whatever is shared is the same to the bit, and whatever way leads to a picture (all of it painted anew, from
 * kept latents of any relative, killed and gone on with) leads to the same one. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-generation.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"
#include "source-kit.h"
#include "stub-engine.h"

#include <string.h>

static const LimnScheduleKind schedules[] = { LIMN_SCHEDULE_MODEL, LIMN_SCHEDULE_KARRAS, LIMN_SCHEDULE_TRAILING,
                                              LIMN_SCHEDULE_DDIM_UNIFORM };

/* One engine for all of a test. */
typedef struct
{
  StubLab     lab;
  LimnEngine *engine;
  LimnStash  *stash;
} Bench;

static void
bench_init (Bench *bench)
{
  g_autoptr(LimnRequest) plain = limn_request_new ();

  stub_lab_init (&bench->lab);
  bench->engine = stub_engine_open (&bench->lab, plain, NULL, NULL);
  bench->stash = limn_stash_new (NULL, NULL);
}

static void
bench_clear (Bench *bench)
{
  limn_engine_free (bench->engine);
  limn_stash_unref (bench->stash);
}

static LimnSource *
get_source (gpointer data, const LimnRequest *request, GError **error)
{
  Bench *bench = data;

  return source_kit_prepare (bench->stash, request, &bench->engine->facts);
}

static const LimnSegmentFuncs funcs = { get_source, NULL };

/* All that no way may change, and what it took. */
typedef struct
{
  char      *pixels;
  GPtrArray *hashes; /* of x_T and after each step */
  GBytes    *file;
  LimnImage *picture;
  guint      n_computed;
} Painted;

static void
painted_free (Painted *painted)
{
  if (!painted)
    return;
  g_free (painted->pixels);
  g_ptr_array_unref (painted->hashes);
  g_bytes_unref (painted->file);
  limn_image_unref (painted->picture);
  g_free (painted);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Painted, painted_free)

static guint
count_steps (const Painted *painted)
{
  return painted->hashes->len - 1;
}

static LimnGeneration *
begin (Bench *bench, const LimnRequest *request, GBytes *file)
{
  g_autoptr(GError) error = NULL;
  LimnGeneration *generation = limn_generation_new_from (request, &bench->engine->facts, &funcs, bench, &error);

  g_assert_no_error (error);
  if (file)
    {
      g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (file, &error);

      g_assert_no_error (error);
      limn_generation_restore (generation, trajectory, G_MAXUINT, &error);
      g_assert_no_error (error);
    }
  limn_generation_set_engine (generation, bench->engine);
  return generation;
}

static Painted *
finish (LimnGeneration *generation)
{
  Painted *painted = g_new0 (Painted, 1);
  g_autoptr(GError) error = NULL;

  while (!limn_generation_is_done (generation))
    {
      g_autoptr(LimnStep) step = limn_generation_step (generation, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (step->n_steps, ==, limn_generation_get_n_steps (generation));
    }
  painted->picture = limn_image_ref (limn_generation_get_picture (generation));
  painted->pixels = limn_recipe_hash_pixels (painted->picture);
  painted->hashes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i <= limn_generation_get_n_steps (generation); i++)
    g_ptr_array_add (painted->hashes, g_strdup (limn_generation_get_fingerprint (generation, i)->hash));
  painted->n_computed = limn_generation_get_n_computed (generation);
  painted->file = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
  g_assert_no_error (error);
  return painted;
}

/* @file: (nullable): kept latents to set out from. */
static Painted *
paint (Bench *bench, const LimnRequest *request, GBytes *file)
{
  g_autoptr(LimnGeneration) generation = begin (bench, request, file);

  return finish (generation);
}

static void
assert_same (const Painted *a, const Painted *b)
{
  g_assert_cmpuint (a->hashes->len, ==, b->hashes->len);
  for (guint i = 0; i < a->hashes->len; i++)
    g_assert_cmpstr (g_ptr_array_index (a->hashes, i), ==, g_ptr_array_index (b->hashes, i));
  g_assert_cmpstr (a->pixels, ==, b->pixels);
}

/* The first @n_shared steps, and no more. */
static void
assert_parts_at (const Painted *a, const Painted *b, guint n_shared)
{
  for (guint i = 0; i <= n_shared; i++)
    g_assert_cmpstr (g_ptr_array_index (a->hashes, i), ==, g_ptr_array_index (b->hashes, i));
  if (n_shared < MIN (count_steps (a), count_steps (b)))
    g_assert_cmpstr (g_ptr_array_index (a->hashes, n_shared + 1), !=, g_ptr_array_index (b->hashes, n_shared + 1));
}

static LimnRequest *
new_request (LimnSamplerKind sampler, LimnScheduleKind schedule)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a harbour at noon");
  limn_request_set_negative (request, "fog");
  request->steps = 6;
  request->sampler = sampler;
  request->schedule = schedule;
  request->eta = limn_sampler_get_facts (sampler)->default_eta;
  request->cfg = 7;
  request->seed = 42;
  request->width = request->height = 16;
  request->preview = LIMN_PREVIEW_NONE;
  request->keep_latents = TRUE;
  return request;
}

static LimnRequest *
new_branch (const LimnRequest *from, guint step)
{
  LimnRequest *request = limn_request_copy (from);

  g_clear_pointer (&request->branch, limn_request_branch_free);
  request->branch = limn_request_branch_new (from, step);
  return request;
}

/* At each step of each sampler, unchanged: its parent's pixels, from its kept latents with none of the shared steps, and from nothing. And
 * with another prompt: the same bits either way, from the parent's first part on. */
static void
check_every_step (Bench *bench, const LimnRequest *request)
{
  g_autoptr(Painted) parent = paint (bench, request, NULL);
  guint n = count_steps (parent);

  for (guint step = 0; step <= n; step++)
    {
      g_autoptr(LimnRequest) same = new_branch (request, step);
      g_autoptr(LimnRequest) other = new_branch (request, step);
      g_autoptr(Painted) kept = paint (bench, same, parent->file);
      g_autoptr(Painted) anew = paint (bench, same, NULL);
      g_autoptr(Painted) other_kept = NULL;
      g_autoptr(Painted) other_anew = NULL;

      assert_same (parent, kept);
      assert_same (parent, anew);
      g_assert_cmpuint (kept->n_computed, ==, 0);
      g_assert_cmpuint (anew->n_computed, ==, n);
      if (step == n)
        continue;
      limn_request_set_prompt (other, "a harbour at sunset");
      other_anew = paint (bench, other, NULL);
      assert_parts_at (other_anew, parent, step);
      g_assert_cmpuint (other_anew->n_computed, ==, n);
      if (step == 0)
        {
          g_autoptr(LimnRequest) plain = limn_request_copy (request);
          g_autoptr(Painted) alone = NULL;

          /* Nothing but its noise is shared: a picture of its own. */
          limn_request_set_prompt (plain, other->prompt);
          alone = paint (bench, plain, NULL);
          assert_same (alone, other_anew);
          continue;
        }
      other_kept = paint (bench, other, parent->file);
      assert_same (other_kept, other_anew);
      g_assert_cmpuint (other_kept->n_computed, ==, n - step);
    }
}

static void
test_every_step (gconstpointer data)
{
  LimnSamplerKind sampler = GPOINTER_TO_UINT (data);
  Bench bench;

  bench_init (&bench);
  for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
    for (guint rng = LIMN_NOISE_CPU; rng <= LIMN_NOISE_CUDA; rng++)
      for (guint guided = 0; guided < 2; guided++)
        {
          g_autoptr(LimnRequest) request = new_request (sampler, schedules[s]);

          request->rng = rng;
          request->cfg = guided ? 7 : 1;
          check_every_step (&bench, request);
        }
  bench_clear (&bench);
}

/* The parent's way again, but with the turn really made: a setting that has no effect is changed. The steps after it are the parent's, and so is
 * all that the sampler remembers; only where it never was compared with the parent the segments differ. */
static void
test_turn_without_effect (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
    for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
      {
        g_autoptr(LimnRequest) request = new_request (sampler, schedules[s]);
        g_autoptr(Painted) parent = NULL;

        request->cfg = 1;
        parent = paint (&bench, request, NULL);
        for (guint step = 0; step < count_steps (parent); step++)
          {
            g_autoptr(LimnRequest) branch = new_branch (request, step);
            g_autoptr(Painted) painted = NULL;

            /* Without guidance nobody is told. */
            limn_request_set_negative (branch, "rain");
            painted = paint (&bench, branch, NULL);
            assert_same (parent, painted);
          }
      }
  bench_clear (&bench);
}

/* --- Chains --- */

static void
change_at_random (LimnRequest *request, GRand *rand)
{
  static const char *const prompts[] = { "a harbour", "a harbour at dusk", "boats", "" };

  switch (g_rand_int_range (rand, 0, 9))
    {
    case 0:
    case 1:
      limn_request_set_prompt (request, prompts[g_rand_int_range (rand, 0, G_N_ELEMENTS (prompts))]);
      break;
    case 2:
      limn_request_set_negative (request, prompts[g_rand_int_range (rand, 0, G_N_ELEMENTS (prompts))]);
      break;
    case 3:
      request->cfg = g_rand_int_range (rand, 1, 10);
      break;
    case 4:
      request->sampler = g_rand_int_range (rand, 0, LIMN_SAMPLER_N_KINDS);
      break;
    case 5:
      request->schedule = schedules[g_rand_int_range (rand, 0, G_N_ELEMENTS (schedules))];
      break;
    case 6:
      request->steps = g_rand_int_range (rand, 2, 9);
      break;
    case 7:
      request->eta = g_rand_double (rand);
      break;
    default:
      request->branch->noise = g_rand_int_range (rand, LIMN_FRESH_NOISE_NONE, LIMN_FRESH_NOISE_RENOISE + 1);
      request->branch->noise_seed = g_rand_int (rand);
      request->branch->noise_amount = request->branch->noise == LIMN_FRESH_NOISE_RENOISE ? g_rand_double (rand) : 0;
    }
}

/* (nullable): NULL: that cannot be. */
static LimnRequest *
new_random_branch (Bench *bench, const LimnRequest *from, GRand *rand)
{
  g_autoptr(LimnRequest) request = NULL;
  guint n = limn_generation_count_steps (from, &bench->engine->facts, NULL);

  g_assert_cmpuint (n, >, 0);
  request = new_branch (from, g_rand_int_range (rand, 0, n));
  for (guint i = g_rand_int_range (rand, 0, 3); i <= 2; i++)
    change_at_random (request, rand);
  return limn_request_check (request, NULL) && limn_generation_check (request, &bench->engine->facts, NULL) ? g_steal_pointer (&request)
                                                                                                            : NULL;
}

/* Killed after some steps, again and again. */
static Painted *
paint_killed (Bench *bench, const LimnRequest *request, GBytes *file, GRand *rand)
{
  g_autoptr(GBytes) kept = file ? g_bytes_ref (file) : NULL;

  for (;;)
    {
      g_autoptr(LimnGeneration) generation = begin (bench, request, kept);
      g_autoptr(GError) error = NULL;
      guint n = g_rand_int_range (rand, 2, 5);

      for (guint i = 0; i < n && !limn_generation_is_done (generation); i++)
        limn_step_unref (limn_generation_step (generation, NULL, &error));
      if (limn_generation_is_done (generation))
        return finish (generation);
      g_clear_pointer (&kept, g_bytes_unref);
      kept = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
      g_assert_no_error (error);
      {
        g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (kept, &error);

        g_assert_cmpuint (limn_generation_read_n_steps (trajectory), ==, limn_generation_get_n_steps (generation));
      }
    }
}

/* Trees of branches, of whatever can be changed: each picture from nothing, and from the latents of every other in the tree. */
static void
test_chains (void)
{
  const char *fixed = g_getenv ("LIMN_TEST_SEED");
  guint32 seed = fixed ? g_ascii_strtoull (fixed, NULL, 10) : g_random_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  guint n_restored = 0, n_deep = 0;
  Bench bench;

  g_test_message ("LIMN_TEST_SEED=%u", seed);
  bench_init (&bench);
  for (guint tree = 0; tree < 60; tree++)
    {
      g_autoptr(GPtrArray) requests = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_free);
      g_autoptr(GPtrArray) pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) painted_free);
      LimnRequest *root = new_request (g_rand_int_range (rand, 0, LIMN_SAMPLER_N_KINDS),
                                       schedules[g_rand_int_range (rand, 0, G_N_ELEMENTS (schedules))]);

      root->rng = g_rand_boolean (rand) ? LIMN_NOISE_CPU : LIMN_NOISE_CUDA;
      g_ptr_array_add (requests, root);
      g_ptr_array_add (pictures, paint (&bench, root, NULL));
      for (guint i = 0; i < 8; i++)
        {
          const LimnRequest *from = g_ptr_array_index (requests, g_rand_int_range (rand, 0, requests->len));
          LimnRequest *request = new_random_branch (&bench, from, rand);
          Painted *anew;

          if (!request)
            continue;
          n_deep += from->branch != NULL;
          anew = paint (&bench, request, NULL);
          g_assert_cmpuint (count_steps (anew), ==, limn_generation_count_steps (request, &bench.engine->facts, NULL));
          g_assert_cmpuint (anew->n_computed, ==, count_steps (anew));
          for (guint j = 0; j < requests->len; j++)
            {
              const Painted *other = g_ptr_array_index (pictures, j);
              guint shared = limn_request_count_shared (request, g_ptr_array_index (requests, j));
              g_autoptr(Painted) restored = NULL;
              g_autoptr(Painted) killed = NULL;

              shared = MIN (shared, count_steps (other));
              if (shared == 0)
                continue;
              restored = paint (&bench, request, other->file);
              assert_same (anew, restored);
              g_assert_cmpuint (restored->n_computed, ==, count_steps (anew) - MIN (shared, count_steps (anew)));
              killed = paint_killed (&bench, request, other->file, rand);
              assert_same (anew, killed);
              n_restored++;
            }
          g_ptr_array_add (requests, request);
          g_ptr_array_add (pictures, anew);
        }
    }
  /* If little was shared, little was tested. */
  g_assert_cmpuint (n_restored, >, 300);
  g_assert_cmpuint (n_deep, >, 100);
  bench_clear (&bench);
}

/* --- Fresh noise --- */

static void
test_renoise (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
    for (guint rng = LIMN_NOISE_CPU; rng <= LIMN_NOISE_CUDA; rng++)
      {
        g_autoptr(LimnRequest) request = new_request (sampler, LIMN_SCHEDULE_KARRAS);
        g_autoptr(Painted) parent = NULL;

        request->rng = rng;
        parent = paint (&bench, request, NULL);
        for (guint step = 0; step < count_steps (parent); step++)
          {
            g_autoptr(LimnRequest) branch = new_branch (request, step);
            g_autoptr(Painted) nothing = NULL;
            g_autoptr(Painted) some = NULL;
            g_autoptr(Painted) kept = NULL;

            branch->branch->noise = LIMN_FRESH_NOISE_RENOISE;
            branch->branch->noise_seed = 7;
            nothing = paint (&bench, branch, NULL);
            assert_same (nothing, parent);
            branch->branch->noise_amount = 0.4;
            some = paint (&bench, branch, NULL);
            assert_parts_at (some, parent, step == 0 ? 0 : step);
            if (step == 0)
              continue;
            kept = paint (&bench, branch, parent->file);
            assert_same (some, kept);
          }
      }
  bench_clear (&bench);
}

static void
test_stream (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
    {
      g_autoptr(LimnRequest) request = new_request (sampler, LIMN_SCHEDULE_KARRAS);
      g_autoptr(Painted) parent = paint (&bench, request, NULL);
      guint n = count_steps (parent);

      for (guint step = 0; step < n; step++)
        {
          g_autoptr(LimnRequest) branch = new_branch (request, step);
          g_autoptr(Painted) anew = NULL;
          g_autoptr(Painted) again = NULL;
          g_autoptr(GError) error = NULL;

          branch->branch->noise = LIMN_FRESH_NOISE_STREAM;
          branch->branch->noise_seed = 7;
          /* The last step draws nothing, whoever makes it. */
          if (!limn_sampler_get_facts (sampler)->stochastic || step == n - 1)
            {
              g_assert_false (limn_generation_check (branch, &bench.engine->facts, &error));
              g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
              continue;
            }
          anew = paint (&bench, branch, NULL);
          assert_parts_at (anew, parent, step);
          if (step > 0)
            {
              again = paint (&bench, branch, parent->file);
              assert_same (anew, again);
            }
          branch->branch->noise_seed = 8;
          g_clear_pointer (&again, painted_free);
          again = paint (&bench, branch, NULL);
          assert_parts_at (anew, again, step);
        }
    }
  bench_clear (&bench);
}

/* How much the fresh noise of @request's last turn is like the noise that its picture begins with: 1: it is the same. */
static double
measure (Bench *bench, const LimnRequest *request)
{
  g_autoptr(GPtrArray) segments = limn_segments_new (request, &bench->engine->facts, NULL, NULL, NULL);
  const LimnSegment *last = g_ptr_array_index (segments, segments->len - 1);
  g_autoptr(LimnNoise) start = limn_noise_new (request->rng, request->seed);
  g_autoptr(LimnNoise) fresh = limn_noise_new (request->rng, last->fresh_seed);
  double a[256], b[256], product = 0;

  limn_noise_draw (start, 256, a);
  limn_noise_draw (fresh, 256, b);
  for (guint i = 0; i < 256; i++)
    product += a[i] * b[i] / 256;
  return product;
}

/* A number that was typed in as a seed, and once more for fresh noise, and again. */
static void
test_same_number (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint seed = 0; seed < 20; seed++)
    {
      g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS);
      g_autoptr(LimnRequest) once = NULL;
      g_autoptr(LimnRequest) twice = NULL;
      g_autoptr(LimnRequest) elsewhere = NULL;
      const LimnRequest *made[3];
      guint64 seeds[3];

      request->seed = seed;
      once = new_branch (request, 2);
      once->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      once->branch->noise_seed = seed;
      once->branch->noise_amount = 0.5;
      twice = new_branch (once, 4);
      twice->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      twice->branch->noise_seed = seed;
      twice->branch->noise_amount = 0.5;
      elsewhere = new_branch (request, 4);
      elsewhere->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      elsewhere->branch->noise_seed = seed;
      elsewhere->branch->noise_amount = 0.5;
      made[0] = once;
      made[1] = twice;
      made[2] = elsewhere;
      for (guint i = 0; i < 3; i++)
        {
          g_autoptr(GPtrArray) segments = limn_segments_new (made[i], &bench.engine->facts, NULL, NULL, NULL);

          seeds[i] = ((const LimnSegment *) g_ptr_array_index (segments, segments->len - 1))->fresh_seed;
          /* Of 256 independent pairs: 1/16 is the deviation; five of them. */
          g_assert_cmpfloat (ABS (measure (&bench, made[i])), <, 5 / 16.0);
        }
      g_assert_cmpuint (seeds[0], !=, seeds[1]);
      /* Whichever step it is put in at. */
      g_assert_cmpuint (seeds[0], ==, seeds[2]);
    }
  bench_clear (&bench);
}

/* --- Other samplers and schedules --- */

static void
test_across_spaces (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint first = 0; first < LIMN_SAMPLER_N_KINDS; first++)
    for (guint second = 0; second < LIMN_SAMPLER_N_KINDS; second++)
      {
        g_autoptr(LimnRequest) request = new_request (first, LIMN_SCHEDULE_MODEL);
        g_autoptr(Painted) parent = NULL;

        if (first == second)
          continue;
        parent = paint (&bench, request, NULL);
        for (guint step = 1; step < count_steps (parent); step += 2)
          {
            g_autoptr(LimnRequest) branch = new_branch (request, step);
            g_autoptr(Painted) anew = NULL;
            g_autoptr(Painted) kept = NULL;

            branch->sampler = second;
            branch->eta = limn_sampler_get_facts (second)->default_eta;
            anew = paint (&bench, branch, NULL);
            g_assert_cmpuint (count_steps (anew), ==, count_steps (parent));
            kept = paint (&bench, branch, parent->file);
            assert_same (anew, kept);
            for (guint i = 0; i <= step; i++)
              g_assert_cmpstr (g_ptr_array_index (anew->hashes, i), ==, g_ptr_array_index (parent->hashes, i));
          }
      }
  bench_clear (&bench);
}

/* The picture has the shared steps and those of the new schedule that lie lower. */
static void
test_other_steps (void)
{
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS);
  g_autoptr(Painted) parent = NULL;
  Bench bench;

  bench_init (&bench);
  request->steps = 10;
  parent = paint (&bench, request, NULL);
  for (guint step = 1; step < 10; step++)
    for (guint steps = 1; steps <= 30; steps += 7)
      {
        g_autoptr(LimnRequest) branch = new_branch (request, step);
        g_autoptr(Painted) anew = NULL;
        g_autoptr(Painted) kept = NULL;

        branch->steps = steps;
        anew = paint (&bench, branch, NULL);
        kept = paint (&bench, branch, parent->file);
        assert_same (anew, kept);
        g_assert_cmpuint (count_steps (anew), >, step);
        g_assert_cmpuint (count_steps (anew), <=, step + steps + 1);
      }
  bench_clear (&bench);
}

/* --- Masks --- */

/* What is outside of the mask becomes the parent, byte for byte; inside another picture comes out. */
static void
test_mask (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
    {
      g_autoptr(LimnRequest) request = new_request (sampler, LIMN_SCHEDULE_MODEL);
      g_autoptr(LimnImage) mask = source_kit_make_mask (64, 64);
      g_autoptr(Painted) parent = NULL;

      request->width = request->height = 64;
      parent = paint (&bench, request, NULL);
      for (guint step = 0; step < count_steps (parent); step++)
        for (guint steps = 6; steps <= 9; steps += 3)
          {
            g_autoptr(LimnRequest) branch = new_branch (request, step);
            g_autoptr(Painted) anew = NULL;
            g_autoptr(Painted) kept = NULL;
            g_autoptr(Painted) own = NULL;
            guint n_same = 0, n_outside = 0, n_changed = 0;

            branch->steps = steps;
            source_kit_give (bench.stash, branch, parent->picture, mask)->strength = 1;
            limn_request_set_prompt (branch, "a lighthouse");
            branch->tile = branch->overlap = 0;
            anew = paint (&bench, branch, NULL);
            if (step > 0)
              {
                kept = paint (&bench, branch, parent->file);
                assert_same (anew, kept);
              }
            /* What it held is in its own file. */
            own = paint (&bench, branch, anew->file);
            assert_same (anew, own);
            g_assert_cmpuint (own->n_computed, ==, 0);
            for (guint y = 0; y < 64; y++)
              for (guint x = 0; x < 64; x++)
                {
                  gboolean same =
                    memcmp (limn_image_get_row (anew->picture, y) + 4 * x, limn_image_get_row (parent->picture, y) + 4 * x, 4) == 0;

                  if (limn_image_get_row (mask, y)[x] == 0)
                    {
                      n_outside++;
                      n_same += same;
                    }
                  else
                    n_changed += !same;
                }
            g_assert_cmpuint (n_outside, >, 1000);
            g_assert_cmpuint (n_same, ==, n_outside);
            g_assert_cmpuint (n_changed, >, 500);
          }
    }
  bench_clear (&bench);
}

/* A picture that has a source, with another mask from some step on. */
static void
test_other_mask (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler += 3)
    for (guint content = LIMN_CONTENT_ORIGINAL; content <= LIMN_CONTENT_EMPTY; content++)
      {
        g_autoptr(LimnRequest) request = new_request (sampler, LIMN_SCHEDULE_KARRAS);
        g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 3);
        g_autoptr(LimnImage) white = source_kit_make_grey (64, 48, 255);
        g_autoptr(LimnImage) disk = source_kit_make_mask (64, 48);
        g_autofree char *disk_id = limn_stash_add (bench.stash, disk);
        g_autoptr(Painted) parent = NULL;

        source_kit_give (bench.stash, request, picture, white)->content = content;
        request->source->strength = 0.7;
        request->steps = 10;
        request->tile = 64;
        parent = paint (&bench, request, NULL);
        g_assert_cmpuint (count_steps (parent), ==, 7);
        for (guint step = 0; step < 7; step += 2)
          {
            g_autoptr(LimnRequest) branch = new_branch (request, step);
            g_autoptr(Painted) anew = NULL;
            g_autoptr(Painted) kept = NULL;

            limn_request_source_set_mask (branch->source, disk_id);
            g_assert_true (limn_request_check (branch, NULL));
            anew = paint (&bench, branch, NULL);
            g_assert_cmpstr (anew->pixels, !=, parent->pixels);
            if (step == 0)
              continue;
            kept = paint (&bench, branch, parent->file);
            assert_same (anew, kept);
          }
      }
  bench_clear (&bench);
}

/* --- What cannot be --- */

static void
test_refused (void)
{
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_KARRAS);
  g_autoptr(LimnRequest) stranger = new_request (LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_KARRAS);
  g_autoptr(LimnTrajectory) trajectory = NULL;
  g_autoptr(Painted) parent = NULL;
  Bench bench;

  bench_init (&bench);
  parent = paint (&bench, request, NULL);
  for (guint step = 6; step < 9; step++)
    {
      g_autoptr(LimnRequest) branch = new_branch (request, step);
      g_autoptr(GError) error = NULL;

      /* Where nothing is changed it is the parent, and nothing has to be done. */
      g_assert_cmpuint (limn_generation_count_steps (branch, &bench.engine->facts, &error), ==, 6);
      branch->cfg = 3;
      g_assert_cmpuint (limn_generation_count_steps (branch, &bench.engine->facts, &error), ==, 0);
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
  trajectory = limn_trajectory_parse (parent->file, NULL);
  stranger->seed++;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) branch = new_branch (stranger, 3);
      g_autoptr(LimnGeneration) generation = NULL;
      g_autoptr(GError) error = NULL;

      branch->cfg = 3;
      if (i)
        {
          stranger->seed--;
          stranger->cfg = 6;
        }
      generation = begin (&bench, i ? stranger : branch, NULL);
      g_assert_cmpuint (limn_generation_count_shared (generation, trajectory, request, G_MAXUINT), ==, 0);
      g_assert_false (limn_generation_restore (generation, trajectory, G_MAXUINT, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
  bench_clear (&bench);
}

/* --- Steering --- */

/* At several steps, of several settings; what it says of itself afterwards makes the same picture from nothing. */
static void
test_steer (void)
{
  const char *fixed = g_getenv ("LIMN_TEST_SEED");
  guint32 seed = fixed ? g_ascii_strtoull (fixed, NULL, 10) : g_random_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  guint n_turns = 0;
  Bench bench;

  g_test_message ("LIMN_TEST_SEED=%u", seed);
  bench_init (&bench);
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr(LimnRequest) request = new_request (i % LIMN_SAMPLER_N_KINDS, schedules[i % G_N_ELEMENTS (schedules)]);
      g_autoptr(LimnGeneration) generation = NULL;
      g_autoptr(LimnRequest) recipe = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(Painted) steered = NULL;
      g_autoptr(Painted) replayed = NULL;
      g_autofree char *json = NULL;

      request->steps = 8;
      generation = begin (&bench, request, NULL);
      g_assert_true (limn_generation_prepare (generation, NULL, NULL, NULL, NULL));
      while (!limn_generation_is_done (generation))
        {
          while (g_rand_int_range (rand, 0, 3) == 0)
            {
              const LimnRequest *running = limn_generation_get_request (generation);
              g_autoptr(LimnRequest) wanted = new_branch (running, 0);
              guint step;

              change_at_random (wanted, rand);
              wanted->branch->noise = LIMN_FRESH_NOISE_NONE;
              wanted->seed = 1234; /* not looked at */
              if (!limn_generation_steer (generation, wanted, &step, &error))
                {
                  g_assert_true (error->domain == LIMN_ERROR);
                  g_clear_error (&error);
                  continue;
                }
              g_assert_cmpuint (step, ==, limn_generation_get_step (generation));
              n_turns++;
            }
          /* Killed on the way. */
          if (g_rand_int_range (rand, 0, 6) == 0)
            {
              g_autoptr(GBytes) kept = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
              g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (kept, &error);
              g_autoptr(LimnRequest) told = limn_request_new_from_json (limn_trajectory_get_request (trajectory), "kept", &error);

              g_assert_no_error (error);
              g_assert_cmpuint (limn_generation_read_n_steps (trajectory), ==, limn_generation_get_n_steps (generation));
              if (limn_trajectory_get_n_steps (trajectory) > 0)
                {
                  g_clear_pointer (&generation, limn_generation_free);
                  generation = begin (&bench, told, kept);
                  g_assert_true (limn_generation_prepare (generation, NULL, NULL, NULL, NULL));
                }
            }
          limn_step_unref (limn_generation_step (generation, NULL, &error));
          g_assert_no_error (error);
        }
      steered = finish (generation);
      json = limn_request_to_json (limn_generation_get_request (generation));
      recipe = limn_request_new_from_json (json, "recipe", &error);
      g_assert_no_error (error);
      replayed = paint (&bench, recipe, NULL);
      assert_same (steered, replayed);
    }
  g_assert_cmpuint (n_turns, >, 300);
  bench_clear (&bench);
}

/* A step that fails in a new segment leaves no trace of it, and can be steered elsewhere. */
static void
test_steer_after_failure (void)
{
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_DPMPP_2M_SDE, LIMN_SCHEDULE_KARRAS);
  g_autoptr(LimnRequest) first = new_branch (request, 0);
  g_autoptr(LimnRequest) second = new_branch (request, 0);
  g_autoptr(LimnRequest) straight_request = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  g_autoptr(Painted) painted = NULL;
  g_autoptr(Painted) straight = NULL;
  g_autoptr(GError) error = NULL;
  Bench bench;
  guint step;

  bench_init (&bench);
  generation = begin (&bench, request, NULL);
  for (guint i = 0; i < 3; i++)
    limn_step_unref (limn_generation_step (generation, NULL, NULL));
  first->sampler = LIMN_SAMPLER_DDIM;
  limn_request_set_prompt (second, "boats");
  g_assert_true (limn_generation_steer (generation, first, &step, &error));
  bench.lab.cancellable = g_cancellable_new ();
  bench.lab.cancel_at = bench.lab.calls;
  g_assert_null (limn_generation_step (generation, bench.lab.cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (limn_generation_steer (generation, second, &step, &error));
  g_assert_cmpuint (step, ==, 3);
  painted = finish (generation);
  straight_request = new_branch (request, 3);
  limn_request_set_prompt (straight_request, "boats");
  straight = paint (&bench, straight_request, NULL);
  assert_same (painted, straight);
  /* One turn, not two. */
  g_assert_true (limn_request_equal_picture (limn_generation_get_request (generation), straight_request));
  g_object_unref (bench.lab.cancellable);
  bench_clear (&bench);
}

void
test_branching_add (void)
{
  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/branching/every-step/", limn_sampler_get_facts (i)->name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_every_step);
    }
  g_test_add_func ("/branching/turn-without-effect", test_turn_without_effect);
  g_test_add_func ("/branching/chains", test_chains);
  g_test_add_func ("/branching/renoise", test_renoise);
  g_test_add_func ("/branching/stream", test_stream);
  g_test_add_func ("/branching/same-number", test_same_number);
  g_test_add_func ("/branching/across-spaces", test_across_spaces);
  g_test_add_func ("/branching/other-steps", test_other_steps);
  g_test_add_func ("/branching/mask", test_mask);
  g_test_add_func ("/branching/other-mask", test_other_mask);
  g_test_add_func ("/branching/refused", test_refused);
  g_test_add_func ("/branching/steer", test_steer);
  g_test_add_func ("/branching/steer-after-failure", test_steer_after_failure);
}
