/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which steps two pictures share. What has an effect is told by tables, each entry by hand; how segments follow each other is held against
 * the definition, step by step; the rest are laws that hold for any requests. */
#include "config.h"

#include "test-session.h"

#include "session/limn-picture-line.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"
#include "session/limn-request-lora.h"

#include <string.h>

#define PICTURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MASK "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define ALL G_MAXUINT

/* More than any picture here has. */
#define N_STEPS 30

static LimnRequest *
plain (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a red house at noon");
  limn_request_set_negative (request, "blurry");
  request->sampler = LIMN_SAMPLER_EULER;
  request->steps = 20;
  request->cfg = 7;
  request->seed = 5;
  request->width = request->height = 64;
  return request;
}

/* Both ways round, and with themselves. */
static void
check_shared (const LimnRequest *a, const LimnRequest *b, guint shared)
{
  g_assert_cmpuint (limn_request_count_shared (a, b), ==, shared);
  g_assert_cmpuint (limn_request_count_shared (b, a), ==, shared);
  g_assert_cmpuint (limn_request_count_shared (a, a), ==, ALL);
  g_assert_cmpuint (limn_request_count_shared (b, b), ==, ALL);
  g_assert_cmpint (limn_request_compare_paths (a, b) == 0, ==, shared == ALL);
  g_assert_cmpint (limn_request_compare_paths (a, b) < 0, ==, limn_request_compare_paths (b, a) > 0);
  if (shared > 0)
    g_assert_true (limn_request_same_start (a, b));
}

/* One setting at a time: of a whole picture, and from step 8 on. */
static void
test_settings (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) base = plain ();
      g_autoptr(LimnRequest) other = NULL;
      g_autoptr(LimnRequest) branch = NULL;
      gboolean same = FALSE, start = FALSE;

      switch (i)
        {
        case 0: case 1: case 2: base->cfg = 1; break;
        case 3: base->cfg = 1; break;
        case 4: base->sampler = LIMN_SAMPLER_DDIM; break;
        case 5: base->sampler = LIMN_SAMPLER_DDPM; break;
        case 6: base->sampler = LIMN_SAMPLER_EULER_A; base->eta = 1; break;
        default: break;
        }
      other = limn_request_copy (base);
      switch (i)
        {
        case 0: limn_request_set_negative (other, "ugly"); same = TRUE; break;
        case 1: other->cfg_rescale = 0.5; same = TRUE; break;
        case 2: limn_request_set_negative (other, NULL); same = TRUE; break;
        case 3: limn_request_set_prompt (other, "ugly"); break;
        case 4: other->eta = 0.5; break;
        case 5: other->eta = 0.5; same = TRUE; break;
        case 6: other->eta = 0.5; break;
        case 7: other->eta = 0.5; same = TRUE; break;
        case 8: limn_request_set_prompt (other, "a red house at sunset"); break;
        case 9: limn_request_set_negative (other, NULL); break;
        case 10: other->syntax = LIMN_PROMPT_PLAIN; break;
        case 11: other->cfg = 7.5; break;
        case 12: other->cfg = 1; break;
        case 13: other->cfg_rescale = 0.5; break;
        case 14: other->sampler = LIMN_SAMPLER_HEUN; break;
        case 15: other->schedule = LIMN_SCHEDULE_KARRAS; break;
        case 16: other->steps = 21; break;
        case 17: other->preview = LIMN_PREVIEW_NONE; other->preview_every = 4; same = TRUE; break;
        case 18: other->preview_half = other->keep_latents = TRUE; same = TRUE; break;
        case 19: limn_request_set_device (other, "1"); same = TRUE; break;
        case 20: other->seed = 3; other->batch_count = 5; other->batch_index = 2; same = TRUE; break;
        case 21: other->variation_seed = 9; same = start = TRUE; break;
        case 22: other->seed_width = other->seed_height = 64; same = start = TRUE; break;
        case 23: other->seed = 6; start = TRUE; break;
        case 24: other->rng = LIMN_NOISE_CUDA; start = TRUE; break;
        case 25: other->variation_strength = 0.5; start = TRUE; break;
        case 26: other->variation_strength = 1; other->variation_seed = 5; start = TRUE; break;
        case 27: other->seed_width = other->seed_height = 32; start = TRUE; break;
        case 28: other->width = 72; start = TRUE; break;
        case 29: limn_request_set_model (other, "/m"); start = TRUE; break;
        case 30: other->storage = LIMN_STORAGE_F16; start = TRUE; break;
        case 31: other->prediction = LIMN_PREDICTION_V; start = TRUE; break;
        case 32: other->tile = 64; start = TRUE; break;
        case 33: other->tile = 64; other->overlap = 8; start = TRUE; break;
        case 34: other->wrap_x = TRUE; start = TRUE; break;
        case 35: other->wrap_y = TRUE; start = TRUE; break;
        case 36: other->source = limn_request_source_new (PICTURE); start = TRUE; break;
        case 37: limn_request_set_vae (other, "/v"); start = TRUE; break;
        case 38: other->clip_skip = 2; break;
        case 39: limn_request_add_lora (other, "/l", 1, 1); break;
        case 40: limn_request_set_family (other, "sd1-lcm"); start = TRUE; break;
        case 41: limn_request_add_control (other, limn_request_control_new ("/c", PICTURE)); break;
        default: return;
        }
      check_shared (base, other, same ? ALL : 0);
      g_assert_cmpint (limn_request_same_start (base, other), ==, same || !start);
      if (start)
        continue;
      branch = limn_request_copy (other);
      limn_request_take_branch (branch, limn_request_branch_new (base, 8));
      g_assert_true (limn_request_check (branch, NULL));
      check_shared (base, branch, same ? ALL : 8);
      check_shared (other, branch, same ? ALL : 0);
      /* What parts with the first step has the noise alone in common: it is the same as from scratch. */
      branch->branch->step = 0;
      check_shared (other, branch, ALL);
    }
}

static void
test_source_settings (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) base = plain ();
      g_autoptr(LimnRequest) other = NULL;
      gboolean same = FALSE;

      base->source = limn_request_source_new (PICTURE);
      base->source->only_masked = i >= 10;
      limn_request_source_set_mask (base->source, MASK);
      other = limn_request_copy (base);
      switch (i)
        {
        case 0: other->source->padding = 5; same = TRUE; break;
        case 1: limn_request_source_set_mask (other->source, NULL); break;
        case 2: other->source->feather++; break;
        case 3: other->source->strength = 0.5; break;
        case 4: other->source->content = LIMN_CONTENT_NOISE; break;
        case 5: other->source->grow_top = 8; break;
        case 6: other->source->restore = LIMN_RESTORE_COLORIZE; break;
        case 7: limn_request_source_set_picture (other->source, MASK); break;
        case 8: other->source->only_masked = TRUE; break;
        case 9: same = TRUE; break;
        case 10: other->source->padding = 5; break;
        default: return;
        }
      check_shared (base, other, same ? ALL : 0);
    }
}

static void
test_mask_in_branch (void)
{
  g_autoptr(LimnRequest) base = plain ();
  g_autoptr(LimnRequest) branch = test_branch_of (base, 4);
  g_autoptr(LimnRequest) again = NULL;
  g_autoptr(LimnRequest) scratch = plain ();

  branch->source = limn_request_source_new (PICTURE);
  limn_request_source_set_mask (branch->source, MASK);
  branch->source->strength = 1;
  g_assert_true (limn_request_check (branch, NULL));
  check_shared (base, branch, 4);
  again = test_branch_of (branch, 6);
  check_shared (again, branch, ALL);
  limn_request_source_set_mask (again->source, PICTURE);
  check_shared (again, branch, 6);
  check_shared (again, base, 4);
  /* It begins with noise, not with the picture. */
  branch->branch->step = 0;
  scratch->source = limn_request_source_copy (branch->source);
  check_shared (scratch, branch, 0);
  g_assert_false (limn_request_same_start (scratch, branch));
}

static void
test_noise (void)
{
  g_autoptr(LimnRequest) base = plain ();
  g_autoptr(LimnRequest) a = NULL;
  g_autoptr(LimnRequest) b = NULL;

  base->sampler = LIMN_SAMPLER_EULER_A;
  base->eta = 1;
  a = test_branch_of (base, 6);
  b = test_branch_of (base, 6);
  a->branch->noise_seed = 3; /* of no noise */
  a->branch->noise_amount = 0.5;
  check_shared (a, base, ALL);
  a->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  check_shared (a, base, 6);
  check_shared (a, b, 6);
  b->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  b->branch->noise_seed = 3;
  check_shared (b, base, ALL); /* of amount 0 */
  b->branch->noise_amount = 0.5;
  check_shared (a, b, ALL);
  b->branch->noise_amount = 0.25;
  check_shared (a, b, 6);
  b->branch->noise_amount = 0.5;
  b->branch->noise_seed = 4;
  check_shared (a, b, 6);
  b->branch->noise = LIMN_FRESH_NOISE_STREAM;
  check_shared (a, b, 6);
  check_shared (b, base, 6);
  a->branch->noise = LIMN_FRESH_NOISE_STREAM;
  check_shared (a, b, 6);
  a->branch->noise_seed = 4;
  a->branch->noise_amount = 0; /* which a stream does not ask for */
  check_shared (a, b, ALL);
  a->branch->step = 0;
  check_shared (a, base, 0);
  g_assert_true (limn_request_same_start (a, base));
  limn_request_take_branch (b, limn_request_branch_new (a, 9));
  check_shared (a, b, ALL);
  b->branch->noise = LIMN_FRESH_NOISE_STREAM;
  check_shared (a, b, 9);
}

/* What a mix is at its edges. */
static void
test_mixes (void)
{
  g_autoptr(LimnRequest) own = plain ();

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnRequest) corner = test_mix_of (own, LIMN_MIX_NOISE, 4, i % 2, i / 2);
      g_autoptr(LimnRequest) pictures = test_mix_of (own, LIMN_MIX_PICTURES, 4, i % 2, i / 2);
      g_autoptr(LimnRequest) end = limn_request_copy (corner->mix->ends[i].request);
      g_autoptr(LimnRequest) branch = test_branch_of (corner, 7);

      check_shared (corner, end, ALL);
      end->width = 72;
      check_shared (corner, end, 0);
      end->width = 64;
      /* Going on with the words of the corner, or with its own. */
      check_shared (branch, end, ALL);
      branch->cfg = 3;
      check_shared (branch, end, 7);
      branch->cfg = 7;
      limn_request_take_mix (branch, NULL);
      limn_request_set_prompt (branch, "a cat");
      check_shared (branch, end, 7);
      limn_request_set_prompt (branch, end->prompt);
      check_shared (branch, end, ALL);
      /* Pictures are never painted from noise alone. */
      check_shared (pictures, end, 0);
      limn_request_mix_set_end (pictures->mix, 3 - i, own, PICTURE);
      {
        g_autoptr(LimnRequest) more = test_mix_of (own, LIMN_MIX_PICTURES, 4, i % 2, i / 2);

        check_shared (pictures, more, ALL);
        limn_request_mix_set_end (more->mix, 3 - i, NULL, PICTURE);
        check_shared (pictures, more, 0); /* then the request's own words hold */
        limn_request_mix_set_end (more->mix, 3 - i, own, PICTURE);
        limn_request_mix_set_end (more->mix, i, own, "00");
        check_shared (pictures, more, 0);
      }
    }
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr(LimnRequest) a = test_mix_of (own, i < 6 ? LIMN_MIX_NOISE : LIMN_MIX_PICTURES, 2, 0.5, 0);
      g_autoptr(LimnRequest) b = limn_request_copy (a);
      gboolean same = FALSE;

      switch (i % 6)
        {
        case 0: /* its own words and seed; only the seed counts where pictures are diffused */
          limn_request_set_prompt (b, "x");
          same = TRUE;
          break;
        case 1: b->seed = b->variation_seed = 8; b->variation_strength = 0.5; same = i < 6; break;
        case 2: b->mix->u = 0.25; break;
        case 3: b->mix->strength = 0.75; same = i < 6; break;
        case 4: /* what an end was painted with */
          b->mix->ends[1].request->cfg = 3;
          b->mix->ends[1].request->steps = 7;
          b->mix->ends[1].request->sampler = LIMN_SAMPLER_DDIM;
          same = TRUE;
          break;
        case 5: b->mix->ends[1].request->seed = 8; same = i > 6; break;
        }
      check_shared (a, b, same ? ALL : 0);
    }
  /* Edges of four are two. */
  {
    g_autoptr(LimnRequest) four = test_mix_of (own, LIMN_MIX_NOISE, 4, 0.25, 0);
    g_autoptr(LimnRequest) two = test_mix_of (own, LIMN_MIX_NOISE, 2, 0.25, 0);

    check_shared (four, two, ALL);
    four->mix->u = 0;
    four->mix->v = 0.25;
    check_shared (four, two, 0);
    limn_request_mix_set_end (two->mix, 1, four->mix->ends[2].request, NULL);
    check_shared (four, two, ALL);
    /* A mix as the corner of a mix. */
    limn_request_mix_set_end (four->mix, 3, two, NULL);
    four->mix->u = four->mix->v = 1;
    check_shared (four, two, ALL);
    two->mix->u = 0.5;
    check_shared (four, two, 0);
    /* A mix that says other words to the same noise. */
    limn_request_set_prompt (two->mix->ends[0].request, "x");
    two->mix->u = 0.25;
    check_shared (four, two, 0);
    g_assert_true (limn_request_same_start (four, two));
  }
}

static void
test_chain (void)
{
  g_autoptr(LimnRequest) a = plain ();
  g_autoptr(LimnRequest) b = test_branch_of (a, 10);
  g_autoptr(LimnRequest) c = NULL;

  b->cfg = 3;
  check_shared (a, b, 10);
  c = test_branch_of (b, 5);
  /* An unchanged branch is its parent, also where it sets out before the parent's own point. */
  check_shared (b, c, ALL);
  g_assert_true (limn_request_get_at (c, 7) == a || limn_request_equal (limn_request_get_at (c, 7), a));
  g_assert_cmpuint (limn_request_get_begin (c), ==, 10);
  /* Otherwise it has never been there. */
  c->cfg = 4;
  check_shared (a, c, 5);
  check_shared (b, c, 5);
  g_assert_cmpuint (limn_request_get_begin (c), ==, 5);
  /* Nor at that very point, with the noise that was put in there. */
  c->branch->step = 10;
  c->branch->from->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  c->branch->from->branch->noise_amount = 1;
  check_shared (a, c, 10);
  check_shared (b, c, 10);
  c->branch->step = 11;
  check_shared (c->branch->from, c, 11);
  check_shared (b, c, 10);
  g_assert_true (limn_request_get_root (c) == c->branch->from->branch->from);
  /* There and back again: the same but for what happened between. */
  {
    g_autoptr(LimnRequest) back = test_branch_of (b, 12);

    back->cfg = 7;
    check_shared (a, back, 10);
    check_shared (b, back, 12);
    /* With nothing between, it is as it was; the history of a sampler too. */
    back->branch->step = 10;
    check_shared (a, back, ALL);
  }
}

/* --- Laws --- */

/* The definition, step by step. */
static const LimnRequest *
define_at (const LimnRequest *request, guint step)
{
  if (!request->branch)
    return request;
  if (limn_request_branch_is_plain (request) || step <= request->branch->step)
    return define_at (request->branch->from, step);
  return request;
}

static LimnRequest *
random_descendant (GRand *rand, GPtrArray *family)
{
  static const char *const prompts[] = { "a red house at noon", "a red house at sunset" };
  const LimnRequest *from = g_ptr_array_index (family, g_rand_int_range (rand, 0, family->len));
  LimnRequest *request = test_branch_of (from, g_rand_int_range (rand, 0, 12));

  switch (g_rand_int_range (rand, 0, 7))
    {
    case 0: limn_request_set_prompt (request, prompts[g_rand_int_range (rand, 0, 2)]); break;
    case 1: request->cfg = g_rand_int_range (rand, 1, 3); break;
    case 2: request->sampler = g_rand_boolean (rand) ? LIMN_SAMPLER_EULER : LIMN_SAMPLER_DPMPP_2M; break;
    case 3: limn_request_set_negative (request, g_rand_boolean (rand) ? "x" : ""); break;
    case 4: request->eta = g_rand_int_range (rand, 0, 2); break;
    case 5:
      request->branch->noise = LIMN_FRESH_NOISE_RENOISE;
      request->branch->noise_amount = g_rand_int_range (rand, 0, 3) / 2.0;
      request->branch->noise_seed = g_rand_int_range (rand, 0, 2);
      break;
    default: break;
    }
  if (limn_request_get_depth (request) > 12)
    g_clear_pointer (&request, limn_request_free);
  return request;
}

static GPtrArray *
make_family (GRand *rand, guint n)
{
  GPtrArray *family = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_free);
  g_autoptr(LimnRequest) own = plain ();

  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (family, i < 2 ? plain () : test_mix_of (own, LIMN_MIX_NOISE, 2, 0, 0));
  ((LimnRequest *) g_ptr_array_index (family, 1))->cfg = 1;
  while (family->len < n)
    {
      LimnRequest *request = random_descendant (rand, family);

      if (request)
        g_ptr_array_add (family, request);
    }
  return family;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return limn_request_compare_paths (*(LimnRequest *const *) a, *(LimnRequest *const *) b);
}

static void
test_laws (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (21);

  for (guint round = 0; round < 6; round++)
    {
      g_autoptr(GPtrArray) family = make_family (rand, 40);
      guint n_same = 0, n_some = 0;
      guint shared[40][40];

      g_ptr_array_sort (family, compare);
      for (guint i = 0; i < 40; i++)
        for (guint j = 0; j < 40; j++)
          {
            const LimnRequest *a = g_ptr_array_index (family, i), *b = g_ptr_array_index (family, j);
            int order = limn_request_compare_paths (a, b);

            shared[i][j] = limn_request_count_shared (a, b);
            g_assert_cmpint (order == 0, ==, shared[i][j] == ALL);
            /* The sorted order is one. */
            g_assert_true (i == j || (i < j ? order <= 0 : order >= 0));
            n_same += i != j && shared[i][j] == ALL;
            n_some += shared[i][j] != 0 && shared[i][j] != ALL;
            /* What is in force in a shared step differs at most in what has no effect. */
            if (i < j && shared[i][j] == ALL)
              for (guint step = 1; step < N_STEPS; step++)
                {
                  g_assert_cmpfloat (limn_request_get_at (a, step)->cfg, ==, limn_request_get_at (b, step)->cfg);
                  g_assert_cmpint (limn_request_get_at (a, step)->sampler, ==, limn_request_get_at (b, step)->sampler);
                }
          }
      /* It is a tree, and the order walks through it. */
      for (guint i = 0; i < 40; i++)
        for (guint j = 0; j < 40; j++)
          for (guint k = 0; k < 40; k++)
            g_assert_cmpuint (shared[i][k], >=, MIN (shared[i][j], shared[j][k]));
      for (guint i = 1; i < 40; i++)
        for (guint j = 0; j < i; j++)
          g_assert_cmpuint (shared[i][j], <=, shared[i][i - 1]);
      g_assert_cmpuint (n_same, >, 0);
      g_assert_cmpuint (n_some, >, 0);
    }
}

static void
test_segments (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (22);
  g_autoptr(GPtrArray) family = make_family (rand, 150);

  for (guint i = 0; i < family->len; i++)
    {
      const LimnRequest *request = g_ptr_array_index (family, i);
      g_autoptr(GArray) segments = limn_request_list_segments (request);

      for (guint step = 1; step < N_STEPS; step++)
        g_assert_true (limn_request_get_at (request, step) == define_at (request, step));
      g_assert_true (limn_request_get_at (request, 0) == define_at (request, 1));
      g_assert_cmpuint (g_array_index (segments, LimnRequestSegment, 0).begin, ==, 0);
      for (guint k = 1; k < segments->len; k++)
        {
          const LimnRequestSegment *segment = &g_array_index (segments, LimnRequestSegment, k);

          g_assert_cmpuint (segment->begin, >, g_array_index (segments, LimnRequestSegment, k - 1).begin);
          g_assert_cmpuint (segment->begin, ==, segment->request->branch->step);
        }
    }
}

/* What is in force, with the noise that is put in, decides: where it is the same in the first n steps by a table of this test's own, n steps
 * are shared, and not one more. */
static char *
describe_step (const LimnRequest *request, guint step)
{
  const LimnRequest *at = define_at (request, step);
  const LimnRequest *before = step > 1 ? define_at (request, step - 1) : NULL;
  const LimnRequestBranch *branch = at->branch;
  gboolean fresh = at != before && branch && branch->noise == LIMN_FRESH_NOISE_RENOISE && branch->noise_amount > 0;
  const LimnRequest *words = at->mix ? at->mix->ends[0].request : at;

  return g_strdup_printf ("%s|%s|%g|%d|%s %g %u", words->prompt, at->cfg == 1 ? "" : words->negative, at->cfg, at->sampler,
                          fresh ? "fresh" : "", fresh ? branch->noise_amount : 0, fresh ? (guint) branch->noise_seed : 0);
}

static void
test_count (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (23);
  g_autoptr(GPtrArray) family = make_family (rand, 60);

  for (guint i = 0; i < family->len; i++)
    for (guint j = 0; j < i; j++)
      {
        const LimnRequest *a = g_ptr_array_index (family, i), *b = g_ptr_array_index (family, j);
        gboolean mixed = limn_request_get_root (a)->mix != NULL, mixed_b = limn_request_get_root (b)->mix != NULL;
        guint expected = 0;

        for (guint step = 1; mixed == mixed_b && step < N_STEPS; step++)
          {
            g_autofree char *left = describe_step (a, step);
            g_autofree char *right = describe_step (b, step);

            if (!g_str_equal (left, right))
              break;
            expected = step == N_STEPS - 1 ? ALL : step;
          }
        g_assert_cmpuint (limn_request_count_shared (a, b), ==, expected);
      }
}

static void
test_hashes (void)
{
  g_autoptr(LimnRequest) a = plain ();
  g_autoptr(LimnRequest) b = test_branch_of (a, 10);
  g_autoptr(LimnRequest) c = NULL;
  g_autofree char *own = limn_request_hash (a);
  g_autofree char *own_b = NULL;
  g_auto(GStrv) hashes = NULL;
  g_auto(GStrv) found = NULL;
  g_autoptr(GArray) steps = NULL;
  g_autoptr(GArray) line = NULL;
  g_autofree char *json = NULL;
  g_autofree char *cut = NULL;
  LimnRecipe recipe = { .program = (char *) "p", .n_steps = 20, .shown = 20, .model_name = (char *) "m", .device = (char *) "d",
                        .driver = (char *) "d", .pixels = (char *) PICTURE };

  b->cfg = 3;
  c = test_branch_of (b, 12);
  c->cfg = 4;
  own_b = limn_request_hash (b);
  hashes = limn_request_list_hashes (c);
  g_assert_cmpuint (g_strv_length (hashes), ==, 3);
  g_assert_cmpstr (hashes[1], ==, own_b);
  g_assert_cmpstr (hashes[2], ==, own);

  recipe.request = c;
  recipe.fingerprints = g_array_new (FALSE, TRUE, sizeof (LimnFingerprint));
  json = limn_recipe_to_json (&recipe);
  g_assert_true (limn_recipe_identify (json, &found, &steps));
  g_assert_cmpuint (g_strv_length (found), ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (found[i], ==, hashes[i]);
  g_assert_cmpuint (steps->len, ==, 2);
  g_assert_cmpuint (g_array_index (steps, guint, 0), ==, 12);
  g_assert_cmpuint (g_array_index (steps, guint, 1), ==, 10);
  line = limn_picture_line_new (json);
  g_assert_cmpuint (line->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      static const guint shared[] = { 0, 12, 10 };

      g_assert_cmpstr (g_array_index (line, LimnPictureAncestor, i).hash, ==, hashes[i]);
      g_assert_cmpuint (g_array_index (line, LimnPictureAncestor, i).step, ==, shared[i]);
    }

  /* A frame is no picture; a text that is cut says nothing. */
  g_strfreev (g_steal_pointer (&found));
  g_array_unref (g_steal_pointer (&steps));
  cut = g_strndup (json, strlen (json) - 90);
  g_assert_false (limn_recipe_identify (cut, &found, &steps));
  recipe.shown = 19;
  g_free (json);
  json = limn_recipe_to_json (&recipe);
  g_assert_false (limn_recipe_identify (json, &found, &steps));
  g_assert_false (limn_recipe_identify ("{}", &found, &steps));
  g_assert_null (limn_picture_line_new (json));
  g_array_unref (recipe.fingerprints);
}

void
test_chain_add (void)
{
  g_test_add_func ("/chain/settings", test_settings);
  g_test_add_func ("/chain/source-settings", test_source_settings);
  g_test_add_func ("/chain/mask-in-branch", test_mask_in_branch);
  g_test_add_func ("/chain/noise", test_noise);
  g_test_add_func ("/chain/mixes", test_mixes);
  g_test_add_func ("/chain/chain", test_chain);
  g_test_add_func ("/chain/laws", test_laws);
  g_test_add_func ("/chain/segments", test_segments);
  g_test_add_func ("/chain/count", test_count);
  g_test_add_func ("/chain/hashes", test_hashes);
}
