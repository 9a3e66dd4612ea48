/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "branching-kit.h"

#include "session/limn-recipe.h"
#include "source-kit.h"

const LimnScheduleKind branching_schedules[BRANCHING_N_SCHEDULES] = {
  LIMN_SCHEDULE_MODEL, LIMN_SCHEDULE_KARRAS, LIMN_SCHEDULE_TRAILING, LIMN_SCHEDULE_DDIM_UNIFORM,
};

void
bench_init (Bench *bench)
{
  g_autoptr(LimnRequest) plain = limn_request_new ();

  stub_lab_init (&bench->lab);
  bench->engine = stub_engine_open (&bench->lab, plain, NULL, NULL);
  bench->stash = limn_stash_new (NULL, NULL);
}

void
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

void
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

guint
painted_count_steps (const Painted *painted)
{
  return painted->hashes->len - 1;
}

LimnGeneration *
bench_begin (Bench *bench, const LimnRequest *request, GBytes *file)
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

Painted *
painted_new (LimnGeneration *generation)
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

Painted *
bench_paint (Bench *bench, const LimnRequest *request, GBytes *file)
{
  g_autoptr(LimnGeneration) generation = bench_begin (bench, request, file);

  return painted_new (generation);
}

void
painted_assert_same (const Painted *a, const Painted *b)
{
  g_assert_cmpuint (a->hashes->len, ==, b->hashes->len);
  for (guint i = 0; i < a->hashes->len; i++)
    g_assert_cmpstr (g_ptr_array_index (a->hashes, i), ==, g_ptr_array_index (b->hashes, i));
  g_assert_cmpstr (a->pixels, ==, b->pixels);
}

void
painted_assert_parts_at (const Painted *a, const Painted *b, guint n_shared)
{
  for (guint i = 0; i <= n_shared; i++)
    g_assert_cmpstr (g_ptr_array_index (a->hashes, i), ==, g_ptr_array_index (b->hashes, i));
  if (n_shared < MIN (painted_count_steps (a), painted_count_steps (b)))
    g_assert_cmpstr (g_ptr_array_index (a->hashes, n_shared + 1), !=, g_ptr_array_index (b->hashes, n_shared + 1));
}

LimnRequest *
branching_request_new (LimnSamplerKind sampler, LimnScheduleKind schedule)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a [harbour|pier] [at noon:4][:in rain:0.7]");
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

LimnRequest *
branching_branch_new (const LimnRequest *from, guint step)
{
  LimnRequest *request = limn_request_copy (from);

  g_clear_pointer (&request->branch, limn_request_branch_free);
  request->branch = limn_request_branch_new (from, step);
  return request;
}

void
branching_change_at_random (LimnRequest *request, GRand *rand)
{
  static const char *const prompts[] = { "a [harbour:pier:0.5]", "a harbour at dusk", "[boats|birds] AND mist:0.5", "" };

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
      request->schedule = branching_schedules[g_rand_int_range (rand, 0, BRANCHING_N_SCHEDULES)];
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
