/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pictures that part from others. Whatever is shared is the same to the bit, and whatever way leads to a picture (all of it painted anew, from
 * kept latents of any relative, killed and gone on with) leads to the same one. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "branching-kit.h"
#include "session/limn-request-chain.h"

/* At each step of each sampler, unchanged: its parent's pixels, from its kept latents with none of the shared steps, and from nothing. And
 * with another prompt: the same bits either way, from the parent's first part on. */
static void
check_every_step (Bench *bench, const LimnRequest *request)
{
  g_autoptr(Painted) parent = bench_paint (bench, request, NULL);
  guint n = painted_count_steps (parent);

  for (guint step = 0; step <= n; step++)
    {
      g_autoptr(LimnRequest) same = branching_branch_new (request, step);
      g_autoptr(LimnRequest) other = branching_branch_new (request, step);
      g_autoptr(Painted) kept = bench_paint (bench, same, parent->file);
      g_autoptr(Painted) anew = bench_paint (bench, same, NULL);
      g_autoptr(Painted) other_kept = NULL;
      g_autoptr(Painted) other_anew = NULL;

      painted_assert_same (parent, kept);
      painted_assert_same (parent, anew);
      g_assert_cmpuint (kept->n_computed, ==, 0);
      g_assert_cmpuint (anew->n_computed, ==, n);
      if (step == n)
        continue;
      limn_request_set_prompt (other, "a harbour at sunset");
      other_anew = bench_paint (bench, other, NULL);
      painted_assert_parts_at (other_anew, parent, step);
      g_assert_cmpuint (other_anew->n_computed, ==, n);
      if (step == 0)
        {
          g_autoptr(LimnRequest) plain = limn_request_copy (request);
          g_autoptr(Painted) alone = NULL;

          /* Nothing but its noise is shared: a picture of its own. */
          limn_request_set_prompt (plain, other->prompt);
          alone = bench_paint (bench, plain, NULL);
          painted_assert_same (alone, other_anew);
          continue;
        }
      other_kept = bench_paint (bench, other, parent->file);
      painted_assert_same (other_kept, other_anew);
      g_assert_cmpuint (other_kept->n_computed, ==, n - step);
    }
}

static void
test_every_step (gconstpointer data)
{
  LimnSamplerKind sampler = GPOINTER_TO_UINT (data);
  Bench bench;

  bench_init (&bench);
  for (guint s = 0; s < BRANCHING_N_SCHEDULES; s++)
    for (guint rng = LIMN_NOISE_CPU; rng <= LIMN_NOISE_CUDA; rng++)
      for (guint guided = 0; guided < 2; guided++)
        {
          g_autoptr(LimnRequest) request = branching_request_new (sampler, branching_schedules[s]);

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
    for (guint s = 0; s < BRANCHING_N_SCHEDULES; s++)
      {
        g_autoptr(LimnRequest) request = branching_request_new (sampler, branching_schedules[s]);
        g_autoptr(Painted) parent = NULL;

        request->cfg = 1;
        parent = bench_paint (&bench, request, NULL);
        for (guint step = 0; step < painted_count_steps (parent); step++)
          {
            g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
            g_autoptr(Painted) painted = NULL;

            /* Without guidance nobody is told. */
            limn_request_set_negative (branch, "rain");
            painted = bench_paint (&bench, branch, NULL);
            painted_assert_same (parent, painted);
          }
      }
  bench_clear (&bench);
}

/* --- Chains --- */

/* (nullable): NULL: that cannot be. */
static LimnRequest *
new_random_branch (Bench *bench, const LimnRequest *from, GRand *rand)
{
  g_autoptr(LimnRequest) request = NULL;
  guint n = limn_generation_count_steps (from, &bench->engine->facts, NULL);

  g_assert_cmpuint (n, >, 0);
  request = branching_branch_new (from, g_rand_int_range (rand, 0, n));
  for (guint i = g_rand_int_range (rand, 0, 3); i <= 2; i++)
    branching_change_at_random (request, rand);
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
      g_autoptr(LimnGeneration) generation = bench_begin (bench, request, kept);
      g_autoptr(GError) error = NULL;
      guint n = g_rand_int_range (rand, 2, 5);

      for (guint i = 0; i < n && !limn_generation_is_done (generation); i++)
        limn_step_unref (limn_generation_step (generation, NULL, &error));
      if (limn_generation_is_done (generation))
        return painted_new (generation);
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
      LimnRequest *root = branching_request_new (g_rand_int_range (rand, 0, LIMN_SAMPLER_N_KINDS),
                                       branching_schedules[g_rand_int_range (rand, 0, BRANCHING_N_SCHEDULES)]);

      root->rng = g_rand_boolean (rand) ? LIMN_NOISE_CPU : LIMN_NOISE_CUDA;
      g_ptr_array_add (requests, root);
      g_ptr_array_add (pictures, bench_paint (&bench, root, NULL));
      for (guint i = 0; i < 8; i++)
        {
          const LimnRequest *from = g_ptr_array_index (requests, g_rand_int_range (rand, 0, requests->len));
          LimnRequest *request = new_random_branch (&bench, from, rand);
          Painted *anew;

          if (!request)
            continue;
          n_deep += from->branch != NULL;
          anew = bench_paint (&bench, request, NULL);
          g_assert_cmpuint (painted_count_steps (anew), ==, limn_generation_count_steps (request, &bench.engine->facts, NULL));
          g_assert_cmpuint (anew->n_computed, ==, painted_count_steps (anew));
          for (guint j = 0; j < requests->len; j++)
            {
              const Painted *other = g_ptr_array_index (pictures, j);
              guint shared = limn_request_count_shared (request, g_ptr_array_index (requests, j));
              g_autoptr(Painted) restored = NULL;
              g_autoptr(Painted) killed = NULL;

              shared = MIN (shared, painted_count_steps (other));
              if (shared == 0)
                continue;
              restored = bench_paint (&bench, request, other->file);
              painted_assert_same (anew, restored);
              g_assert_cmpuint (restored->n_computed, ==, painted_count_steps (anew) - MIN (shared, painted_count_steps (anew)));
              killed = paint_killed (&bench, request, other->file, rand);
              painted_assert_same (anew, killed);
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

/* --- Other samplers and schedules --- */

static void
test_across_spaces (void)
{
  Bench bench;

  bench_init (&bench);
  for (guint first = 0; first < LIMN_SAMPLER_N_KINDS; first++)
    for (guint second = 0; second < LIMN_SAMPLER_N_KINDS; second++)
      {
        g_autoptr(LimnRequest) request = branching_request_new (first, LIMN_SCHEDULE_MODEL);
        g_autoptr(Painted) parent = NULL;

        if (first == second)
          continue;
        parent = bench_paint (&bench, request, NULL);
        for (guint step = 1; step < painted_count_steps (parent); step += 2)
          {
            g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
            g_autoptr(Painted) anew = NULL;
            g_autoptr(Painted) kept = NULL;

            branch->sampler = second;
            branch->eta = limn_sampler_get_facts (second)->default_eta;
            anew = bench_paint (&bench, branch, NULL);
            g_assert_cmpuint (painted_count_steps (anew), ==, painted_count_steps (parent));
            kept = bench_paint (&bench, branch, parent->file);
            painted_assert_same (anew, kept);
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
  g_autoptr(LimnRequest) request = branching_request_new (LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS);
  g_autoptr(Painted) parent = NULL;
  Bench bench;

  bench_init (&bench);
  request->steps = 10;
  parent = bench_paint (&bench, request, NULL);
  for (guint step = 1; step < 10; step++)
    for (guint steps = 1; steps <= 30; steps += 7)
      {
        g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
        g_autoptr(Painted) anew = NULL;
        g_autoptr(Painted) kept = NULL;

        branch->steps = steps;
        anew = bench_paint (&bench, branch, NULL);
        kept = bench_paint (&bench, branch, parent->file);
        painted_assert_same (anew, kept);
        g_assert_cmpuint (painted_count_steps (anew), >, step);
        g_assert_cmpuint (painted_count_steps (anew), <=, step + steps + 1);
      }
  bench_clear (&bench);
}

/* --- What cannot be --- */

static void
test_refused (void)
{
  g_autoptr(LimnRequest) request = branching_request_new (LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_KARRAS);
  g_autoptr(LimnRequest) stranger = branching_request_new (LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_KARRAS);
  g_autoptr(LimnTrajectory) trajectory = NULL;
  g_autoptr(Painted) parent = NULL;
  Bench bench;

  bench_init (&bench);
  parent = bench_paint (&bench, request, NULL);
  for (guint step = 6; step < 9; step++)
    {
      g_autoptr(LimnRequest) branch = branching_branch_new (request, step);
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
      g_autoptr(LimnRequest) branch = branching_branch_new (stranger, 3);
      g_autoptr(LimnGeneration) generation = NULL;
      g_autoptr(GError) error = NULL;

      branch->cfg = 3;
      if (i)
        {
          stranger->seed--;
          stranger->cfg = 6;
        }
      generation = bench_begin (&bench, i ? stranger : branch, NULL);
      g_assert_cmpuint (limn_generation_count_shared (generation, trajectory, request, G_MAXUINT), ==, 0);
      g_assert_false (limn_generation_restore (generation, trajectory, G_MAXUINT, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
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
  g_test_add_func ("/branching/across-spaces", test_across_spaces);
  g_test_add_func ("/branching/other-steps", test_other_steps);
  g_test_add_func ("/branching/refused", test_refused);
}
