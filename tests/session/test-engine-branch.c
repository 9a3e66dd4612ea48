/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What tests/session/test-branching.c shows around a stub, with the real networks: a few pictures of 32x32. */
#include "config.h"

#include "test-engine.h"

#include "session/limn-engine-model.h"
#include "session/limn-recipe.h"
#include "session/limn-session.h"
#include "source-kit.h"

#include <string.h>

#define N_STEPS 4

/* Samplers that remember most, and one of each space; each goes on as the one after it. */
static const LimnSamplerKind samplers[] = { LIMN_SAMPLER_DPMPP_3M_SDE, LIMN_SAMPLER_UNIPC, LIMN_SAMPLER_PLMS, LIMN_SAMPLER_LMS };

typedef struct
{
  LimnGlOptions options;
  LimnStash    *stash;
  LimnSession  *session; /* remembers the latest steps */
  LimnSession  *anew;    /* is only asked for pictures whose steps it does not keep */
} Studio;

static void
set_up (Studio *studio, gconstpointer data)
{
  studio->options = test_engine_get_options ();
  studio->stash = limn_stash_new (NULL, NULL);
  studio->session = limn_session_new (limn_engine_model_open, &studio->options, NULL);
  studio->anew = limn_session_new (limn_engine_model_open, &studio->options, NULL);
  limn_session_set_stash (studio->session, studio->stash);
  limn_session_set_stash (studio->anew, studio->stash);
}

static void
tear_down (Studio *studio, gconstpointer data)
{
  g_object_unref (studio->session);
  g_object_unref (studio->anew);
  limn_stash_unref (studio->stash);
}

static LimnRequest *
new_request (LimnSamplerKind sampler, double cfg)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a red house on a hill at sunset");
  limn_request_set_negative (request, "snow");
  request->seed = 11;
  request->steps = N_STEPS;
  request->sampler = sampler;
  request->eta = limn_sampler_get_facts (sampler)->default_eta;
  request->cfg = cfg;
  request->width = request->height = 32;
  request->preview = LIMN_PREVIEW_NONE;
  request->keep_latents = TRUE;
  return request;
}

static LimnRequest *
new_branch (const LimnRequest *from, guint step)
{
  LimnRequest *request = limn_request_copy (from);

  request->branch = limn_request_branch_new (from, step);
  return request;
}

static LimnResult *
paint (LimnSession *session, const LimnRequest *request, gboolean keeps, GBytes *other)
{
  g_autoptr(LimnRequest) copy = limn_request_copy (request);
  g_autoptr(GError) error = NULL;
  LimnResult *result;

  copy->keep_latents = keeps;
  result = limn_session_paint_sync (session, copy, NULL, other, NULL, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static void
assert_same (const LimnResult *a, const LimnResult *b)
{
  g_autofree char *first = limn_recipe_hash_pixels (a->picture);
  g_autofree char *second = limn_recipe_hash_pixels (b->picture);

  g_assert_cmpuint (a->fingerprints->len, ==, b->fingerprints->len);
  for (guint i = 0; i < a->fingerprints->len; i++)
    g_assert_cmpstr (g_array_index (a->fingerprints, LimnFingerprint, i).hash, ==,
                     g_array_index (b->fingerprints, LimnFingerprint, i).hash);
  g_assert_cmpstr (first, ==, second);
}

/* From the file of its parent, and from nothing on another engine. */
static void
check_both_ways (Studio *studio, const LimnRequest *request, GBytes *parent, guint shared)
{
  g_autoptr(LimnResult) kept = paint (studio->session, request, FALSE, parent);
  g_autoptr(LimnResult) anew = paint (studio->anew, request, FALSE, NULL);

  assert_same (kept, anew);
  g_assert_cmpuint (anew->n_computed, ==, anew->fingerprints->len - 1);
  g_assert_cmpuint (kept->n_computed, ==, anew->n_computed - shared);
}

/* Prompts that change on the way, with the real networks: what says the same is the same picture, also out of kept steps, branched or not. */
static void
test_programs (Studio *studio, gconstpointer data)
{
  static const char *const same[] = { "a red house", "[a red house:a boat:1.0]", "[a boat:a red house:0]", "[a red house|a red house]" };
  static const char *const pictures[] = { "a [red:blue:2] house", "[a cat|a dog] AND snow:0.5", "a cat AND a dog" };
  g_autoptr(LimnResult) plain = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER, 5);
      g_autoptr(LimnResult) result = NULL;

      limn_request_set_prompt (request, same[i]);
      result = paint (studio->session, request, FALSE, NULL);
      if (plain)
        assert_same (plain, result);
      else
        plain = g_steal_pointer (&result);
    }
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autoptr(LimnRequest) request = new_request (i == 0 ? LIMN_SAMPLER_DPMPP_2M : LIMN_SAMPLER_HEUN, i == 2 ? 1 : 5);
      g_autoptr(LimnRequest) branch = NULL;
      g_autoptr(LimnResult) parent = NULL;
      g_autoptr(GBytes) file = NULL;

      limn_request_set_prompt (request, pictures[i]);
      parent = paint (studio->session, request, TRUE, NULL);
      file = limn_trajectory_to_bytes (parent->trajectory, NULL);
      branch = new_branch (request, 1);
      limn_request_set_negative (branch, "[snow|rain]");
      check_both_ways (studio, branch, file, 1);
      branch->branch->step = 3;
      branch->steps = 9;
      check_both_ways (studio, branch, file, 3);
    }
}

static void
test_branches (Studio *studio, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (samplers); i++)
    {
      g_autoptr(LimnRequest) request = new_request (samplers[i], i % 2 ? 1 : 7);
      g_autoptr(LimnResult) parent = paint (studio->session, request, TRUE, NULL);
      g_autoptr(LimnRequest) plain = new_branch (request, 2);
      g_autoptr(LimnRequest) prompt = new_branch (request, 2);
      g_autoptr(LimnRequest) sampler = new_branch (request, 3);
      g_autoptr(LimnRequest) noise = new_branch (request, 1);
      g_autoptr(LimnResult) same = NULL;
      g_autoptr(GBytes) file = limn_trajectory_to_bytes (parent->trajectory, NULL);

      same = paint (studio->anew, plain, FALSE, NULL);
      assert_same (parent, same);
      limn_request_set_prompt (prompt, "a boat on the sea");
      prompt->cfg = 5;
      check_both_ways (studio, prompt, file, 2);
      sampler->sampler = samplers[(i + 1) % G_N_ELEMENTS (samplers)];
      sampler->steps = 9;
      check_both_ways (studio, sampler, file, 3);
      noise->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      noise->branch->noise_seed = 3;
      noise->branch->noise_amount = 0.5;
      check_both_ways (studio, noise, file, 1);
    }
}

/* Outside of the mask it is its parent, byte for byte, though that went through the decoder and back. */
static void
test_mask (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_DPMPP_2M, 7);
  g_autoptr(LimnResult) parent = paint (studio->session, request, TRUE, NULL);
  g_autoptr(LimnRequest) branch = new_branch (request, 2);
  g_autoptr(LimnImage) mask = source_kit_make_mask (32, 32);
  g_autoptr(LimnResult) painted = NULL;
  g_autoptr(GBytes) file = limn_trajectory_to_bytes (parent->trajectory, NULL);
  guint n_outside = 0;

  source_kit_give (studio->stash, branch, parent->picture, mask)->strength = 1;
  limn_request_set_prompt (branch, "a boat on the sea");
  check_both_ways (studio, branch, file, 2);
  painted = paint (studio->session, branch, FALSE, file);
  for (guint y = 0; y < 32; y++)
    for (guint x = 0; x < 32; x++)
      if (limn_image_get_row (mask, y)[x] == 0)
        {
          g_assert_cmpmem (limn_image_get_row (painted->picture, y) + 4 * x, 4, limn_image_get_row (parent->picture, y) + 4 * x, 4);
          n_outside++;
        }
  g_assert_cmpuint (n_outside, >, 100);
}

void
test_engine_branch_add (void)
{
  g_test_add ("/engine/programs", Studio, NULL, set_up, test_programs, tear_down);
  g_test_add ("/engine/branches", Studio, NULL, set_up, test_branches, tear_down);
  g_test_add ("/engine/branch-with-mask", Studio, NULL, set_up, test_mask, tear_down);
}
