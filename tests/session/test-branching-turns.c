/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What happens to a picture where it parts from another: fresh noise, a mask; and pictures that part from themselves, since they are
 * steered while they are painted. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "branching-kit.h"
#include "source-kit.h"

#include <string.h>

/* --- Fresh noise --- */

static void
test_renoise (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
    for (guint rng = LIMN_NOISE_CPU; rng <= LIMN_NOISE_CUDA; rng++)
      {
        g_autoptr(LimnRequest) request = branching_request_new (sampler, LIMN_SCHEDULE_KARRAS);
        g_autoptr(Painted) parent = NULL;

        request->rng = rng;
        parent = bench_paint (&bench, request, NULL);
        for (guint step = 0; step < painted_count_steps (parent); step++)
          {
            g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
            g_autoptr(Painted) nothing = NULL;
            g_autoptr(Painted) some = NULL;
            g_autoptr(Painted) kept = NULL;

            branch->branch->noise = LIMN_FRESH_NOISE_RENOISE;
            branch->branch->noise_seed = 7;
            nothing = bench_paint (&bench, branch, NULL);
            painted_assert_same (nothing, parent);
            branch->branch->noise_amount = 0.4;
            some = bench_paint (&bench, branch, NULL);
            painted_assert_parts_at (some, parent, step == 0 ? 0 : step);
            if (step == 0)
              continue;
            kept = bench_paint (&bench, branch, parent->file);
            painted_assert_same (some, kept);
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
      g_autoptr(LimnRequest) request = branching_request_new (sampler, LIMN_SCHEDULE_KARRAS);
      g_autoptr(Painted) parent = bench_paint (&bench, request, NULL);
      guint n = painted_count_steps (parent);

      for (guint step = 0; step < n; step++)
        {
          g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
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
          anew = bench_paint (&bench, branch, NULL);
          painted_assert_parts_at (anew, parent, step);
          if (step > 0)
            {
              again = bench_paint (&bench, branch, parent->file);
              painted_assert_same (anew, again);
            }
          branch->branch->noise_seed = 8;
          g_clear_pointer (&again, painted_free);
          again = bench_paint (&bench, branch, NULL);
          painted_assert_parts_at (anew, again, step);
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
      g_autoptr(LimnRequest) request = branching_request_new (LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS);
      g_autoptr(LimnRequest) once = NULL;
      g_autoptr(LimnRequest) twice = NULL;
      g_autoptr(LimnRequest) elsewhere = NULL;
      const LimnRequest *made[3];
      guint64 seeds[3];

      request->seed = seed;
      once = branching_branch_new (request, 2);
      once->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      once->branch->noise_seed = seed;
      once->branch->noise_amount = 0.5;
      twice = branching_branch_new (once, 4);
      twice->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      twice->branch->noise_seed = seed;
      twice->branch->noise_amount = 0.5;
      elsewhere = branching_branch_new (request, 4);
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

/* --- Masks --- */

/* What is outside of the mask becomes the parent, byte for byte; inside another picture comes out. */
static void
test_mask (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
    {
      g_autoptr(LimnRequest) request = branching_request_new (sampler, LIMN_SCHEDULE_MODEL);
      g_autoptr(LimnImage) mask = source_kit_make_mask (64, 64);
      g_autoptr(Painted) parent = NULL;

      request->width = request->height = 64;
      parent = bench_paint (&bench, request, NULL);
      for (guint step = 0; step < painted_count_steps (parent); step++)
        for (guint steps = 6; steps <= 9; steps += 3)
          {
            g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
            g_autoptr(Painted) anew = NULL;
            g_autoptr(Painted) kept = NULL;
            g_autoptr(Painted) own = NULL;
            guint n_same = 0, n_outside = 0, n_changed = 0;

            branch->steps = steps;
            source_kit_give (bench.stash, branch, parent->picture, mask)->strength = 1;
            limn_request_set_prompt (branch, "a lighthouse");
            branch->tile = branch->overlap = 0;
            anew = bench_paint (&bench, branch, NULL);
            if (step > 0)
              {
                kept = bench_paint (&bench, branch, parent->file);
                painted_assert_same (anew, kept);
              }
            /* What it held is in its own file. */
            own = bench_paint (&bench, branch, anew->file);
            painted_assert_same (anew, own);
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
        g_autoptr(LimnRequest) request = branching_request_new (sampler, LIMN_SCHEDULE_KARRAS);
        g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, 3);
        g_autoptr(LimnImage) white = source_kit_make_grey (64, 48, 255);
        g_autoptr(LimnImage) disk = source_kit_make_mask (64, 48);
        g_autofree char *disk_id = limn_stash_add (bench.stash, disk);
        g_autoptr(Painted) parent = NULL;

        source_kit_give (bench.stash, request, picture, white)->content = content;
        request->source->strength = 0.7;
        request->steps = 10;
        request->tile = 64;
        parent = bench_paint (&bench, request, NULL);
        g_assert_cmpuint (painted_count_steps (parent), ==, 7);
        for (guint step = 0; step < 7; step += 2)
          {
            g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
            g_autoptr(Painted) anew = NULL;
            g_autoptr(Painted) kept = NULL;

            limn_request_source_set_mask (branch->source, disk_id);
            g_assert_true (limn_request_check (branch, NULL));
            anew = bench_paint (&bench, branch, NULL);
            g_assert_cmpstr (anew->pixels, !=, parent->pixels);
            if (step == 0)
              continue;
            kept = bench_paint (&bench, branch, parent->file);
            painted_assert_same (anew, kept);
          }
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
      g_autoptr(LimnRequest) request = branching_request_new (i % LIMN_SAMPLER_N_KINDS, branching_schedules[i % BRANCHING_N_SCHEDULES]);
      g_autoptr(LimnGeneration) generation = NULL;
      g_autoptr(LimnRequest) recipe = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(Painted) steered = NULL;
      g_autoptr(Painted) replayed = NULL;
      g_autofree char *json = NULL;

      request->steps = 8;
      generation = bench_begin (&bench, request, NULL);
      g_assert_true (limn_generation_prepare (generation, NULL, NULL, NULL, NULL));
      while (!limn_generation_is_done (generation))
        {
          while (g_rand_int_range (rand, 0, 3) == 0)
            {
              const LimnRequest *running = limn_generation_get_request (generation);
              g_autoptr(LimnRequest) wanted = branching_branch_new (running, 0);
              guint step;

              branching_change_at_random (wanted, rand);
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
                  generation = bench_begin (&bench, told, kept);
                  g_assert_true (limn_generation_prepare (generation, NULL, NULL, NULL, NULL));
                }
            }
          limn_step_unref (limn_generation_step (generation, NULL, &error));
          g_assert_no_error (error);
        }
      steered = painted_new (generation);
      json = limn_request_to_json (limn_generation_get_request (generation));
      recipe = limn_request_new_from_json (json, "recipe", &error);
      g_assert_no_error (error);
      replayed = bench_paint (&bench, recipe, NULL);
      painted_assert_same (steered, replayed);
    }
  g_assert_cmpuint (n_turns, >, 300);
  bench_clear (&bench);
}

/* A step that fails in a new segment leaves no trace of it, and can be steered elsewhere. */
static void
test_steer_after_failure (void)
{
  g_autoptr(LimnRequest) request = branching_request_new (LIMN_SAMPLER_DPMPP_2M_SDE, LIMN_SCHEDULE_KARRAS);
  g_autoptr(LimnRequest) first = branching_branch_new (request, 0);
  g_autoptr(LimnRequest) second = branching_branch_new (request, 0);
  g_autoptr(LimnRequest) straight_request = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  g_autoptr(Painted) painted = NULL;
  g_autoptr(Painted) straight = NULL;
  g_autoptr(GError) error = NULL;
  Bench bench;
  guint step;

  bench_init (&bench);
  generation = bench_begin (&bench, request, NULL);
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
  painted = painted_new (generation);
  straight_request = branching_branch_new (request, 3);
  limn_request_set_prompt (straight_request, "boats");
  straight = bench_paint (&bench, straight_request, NULL);
  painted_assert_same (painted, straight);
  /* One turn, not two. */
  g_assert_true (limn_request_equal_picture (limn_generation_get_request (generation), straight_request));
  g_object_unref (bench.lab.cancellable);
  bench_clear (&bench);
}

void
test_branching_turns_add (void)
{
  g_test_add_func ("/branching/renoise", test_renoise);
  g_test_add_func ("/branching/stream", test_stream);
  g_test_add_func ("/branching/same-number", test_same_number);
  g_test_add_func ("/branching/mask", test_mask);
  g_test_add_func ("/branching/other-mask", test_other_mask);
  g_test_add_func ("/branching/steer", test_steer);
  g_test_add_func ("/branching/steer-after-failure", test_steer_after_failure);
}
