/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a request says of others: where it parts from one, what it is between. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-request-lora.h"

#include <math.h>
#include <string.h>

#define PICTURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MASK "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

LimnRequest *
test_branch_of (const LimnRequest *from, guint step)
{
  LimnRequest *request = limn_request_copy (from);

  limn_request_take_branch (request, limn_request_branch_new (from, step));
  return request;
}

LimnRequest *
test_mix_of (const LimnRequest *own, LimnMixWay way, guint n_ends, double u, double v)
{
  static const char *const prompts[] = { "a red house", "a blue house", "a tree", "the sea" };
  LimnRequest *request = limn_request_copy (own);
  LimnRequestMix *mix = limn_request_mix_new (way, n_ends);

  for (guint i = 0; i < n_ends; i++)
    {
      g_autoptr(LimnRequest) end = limn_request_copy (own);

      limn_request_set_prompt (end, prompts[i]);
      end->seed = own->seed + 100 + i;
      limn_request_mix_set_end (mix, i, end, way == LIMN_MIX_PICTURES ? (i % 2 ? PICTURE : MASK) : NULL);
    }
  mix->u = u;
  mix->v = v;
  mix->strength = way == LIMN_MIX_PICTURES ? 0.5 : 0;
  limn_request_take_mix (request, mix);
  return request;
}

static LimnRequest *
plain (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a red house at noon");
  request->sampler = LIMN_SAMPLER_EULER_A;
  request->eta = 1;
  request->steps = 20;
  request->cfg = 7;
  request->seed = 5;
  request->width = request->height = 64;
  return request;
}

static void
check_round_trip (const LimnRequest *request)
{
  g_autofree char *json = limn_request_to_json (request);
  g_autofree char *again = NULL;
  g_autofree char *hash = limn_request_hash (request);
  g_autofree char *hash_again = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) copy = limn_request_copy (request);
  g_autoptr(LimnRequest) read = limn_request_new_from_json (json, "test", &error);

  g_assert_no_error (error);
  g_assert_true (limn_request_equal (request, read));
  g_assert_true (limn_request_equal (request, copy));
  g_assert_true (limn_request_equal_picture (request, read));
  again = limn_request_to_json (read);
  g_assert_cmpstr (json, ==, again);
  hash_again = limn_request_hash (copy);
  g_assert_cmpstr (hash, ==, hash_again);
}

static void
test_round_trip (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (11);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr(LimnRequest) request = test_random_request (rand);
      guint n = g_rand_int_range (rand, 0, 6);

      if (i % 3 == 0)
        {
          LimnRequest *mix = test_mix_of (request, i % 2, i % 4 ? 4 : 2, g_rand_double (rand), i % 4 ? g_rand_double (rand) : 0);

          limn_request_free (request);
          request = mix;
        }
      request->variation_seed = i % 2 ? g_rand_int (rand) : 0;
      request->variation_strength = i % 2 ? g_rand_double (rand) : 0;
      request->seed_width = request->seed_height = i % 5 ? 0 : 48;
      for (guint j = 0; j < n; j++)
        {
          LimnRequest *next = test_branch_of (request, g_rand_int_range (rand, 0, 12));

          next->cfg = g_rand_double_range (rand, 0, 12);
          next->branch->noise = j % 2 ? LIMN_FRESH_NOISE_RENOISE : LIMN_FRESH_NOISE_NONE;
          next->branch->noise_seed = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
          next->branch->noise_amount = g_rand_double (rand);
          limn_request_free (request);
          request = next;
        }
      check_round_trip (request);
    }
}

/* Each field of a branch and of a mix tells two requests apart; a batch's way of saying a seed does not, in any request inside. */
static void
test_every_field (void)
{
  g_autoptr(LimnRequest) own = plain ();
  g_autoptr(LimnRequest) base = test_mix_of (own, LIMN_MIX_PICTURES, 4, 0.5, 0.5);

  limn_request_take_branch (base, limn_request_branch_new (own, 3));
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (base);
      g_autofree char *hash = limn_request_hash (base);
      g_autofree char *theirs = NULL;
      gboolean picture = TRUE;

      g_assert_true (limn_request_equal (base, other));
      switch (i)
        {
        case 0: other->branch->step = 4; break;
        case 1: other->branch->noise = LIMN_FRESH_NOISE_STREAM; break;
        case 2: other->branch->noise_seed = 1; break;
        case 3: other->branch->noise_amount = 0.5; break;
        case 4: limn_request_set_prompt (other->branch->from, "x"); break;
        case 5: other->branch->from->preview = LIMN_PREVIEW_NONE; picture = FALSE; break;
        case 6: other->mix->way = LIMN_MIX_NOISE; break;
        case 7: other->mix->n_ends = 2; break;
        case 8: other->mix->u = 0.25; break;
        case 9: other->mix->v = 0.25; break;
        case 10: other->mix->strength = 0.25; break;
        case 11: limn_request_mix_set_end (other->mix, 3, own, MASK); break;
        case 12: limn_request_mix_set_end (other->mix, 3, NULL, PICTURE); break;
        case 13: other->mix->ends[2].request->seed--, other->mix->ends[2].request->batch_index++; picture = FALSE; break;
        case 14: limn_request_take_mix (other, NULL); break;
        case 15: limn_request_take_branch (other, NULL); break;
        default: return;
        }
      g_assert_false (limn_request_equal (base, other));
      g_assert_cmpint (limn_request_equal_picture (base, other), ==, !picture);
      theirs = limn_request_hash (other);
      g_assert_cmpint (g_str_equal (hash, theirs), ==, !picture);
    }
}

static void
check_refused (const LimnRequest *request, const char *part)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (limn_request_check (request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

/* What a branch may have of its own, and what it may not. */
static void
test_check_branch (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) from = plain ();
      g_autoptr(LimnRequest) branch = test_branch_of (from, 8);
      const char *part = NULL;

      g_assert_true (limn_request_check (branch, NULL));
      switch (i)
        {
        case 0: limn_request_set_prompt (branch, "x"); break;
        case 1: limn_request_set_negative (branch, "x"); branch->syntax = LIMN_PROMPT_PLAIN; break;
        case 2: branch->cfg = 1; branch->cfg_rescale = 0.5; break;
        case 3: branch->sampler = LIMN_SAMPLER_UNIPC; branch->schedule = LIMN_SCHEDULE_KARRAS; branch->steps = 50; break;
        case 4: branch->eta = 0.5; branch->branch->noise = LIMN_FRESH_NOISE_STREAM; break;
        case 5: branch->seed = 3; branch->batch_count = 5; branch->batch_index = 2; break;
        case 6: branch->preview = LIMN_PREVIEW_NONE; branch->keep_latents = TRUE; limn_request_set_device (branch, "1"); break;
        case 7:
          branch->source = limn_request_source_new (PICTURE);
          limn_request_source_set_mask (branch->source, MASK);
          branch->source->strength = 1;
          break;
        case 8: limn_request_set_model (branch, "/m"); part = "the model"; break;
        case 9: branch->storage = LIMN_STORAGE_F16; part = "the precision"; break;
        case 10: branch->width = 72; part = "the size"; break;
        case 11: branch->seed = 6; part = "the seed"; break;
        case 12: branch->rng = LIMN_NOISE_CUDA; part = "the seed"; break;
        case 13: branch->variation_strength = 0.5; part = "variation"; break;
        case 14: branch->seed_width = branch->seed_height = 32; part = "resized"; break;
        case 15: branch->tile = 64; part = "tiles"; break;
        case 16: branch->wrap_x = TRUE; part = "seamless"; break;
        case 17: branch->prediction = LIMN_PREDICTION_V; part = "prediction"; break;
        case 18: branch->branch->noise = 9; part = "noise number"; break;
        case 19: branch->branch->noise_amount = NAN; part = "amount"; break;
        case 20: branch->branch->step = LIMN_REQUEST_MAX_STEPS; part = "step"; break;
        case 21: branch->branch->from->open = LIMN_REQUEST_OPEN_CFG; part = "completely"; break;
        case 22: branch->branch->from->steps = 0; part = "steps"; break;
        case 23: branch->sampler = LIMN_SAMPLER_EULER; branch->branch->noise = LIMN_FRESH_NOISE_STREAM; part = "Euler draws no noise"; break;
        case 24: branch->eta = 0; branch->branch->noise = LIMN_FRESH_NOISE_STREAM; part = "draws no noise"; break;
        case 25: branch->source = limn_request_source_new (PICTURE); part = "needs a mask"; break;
        case 26:
          branch->source = limn_request_source_new (PICTURE);
          limn_request_source_set_mask (branch->source, MASK);
          part = "strength";
          break;
        case 27:
          branch->source = limn_request_source_new (PICTURE);
          limn_request_source_set_mask (branch->source, MASK);
          branch->source->strength = 1;
          branch->source->only_masked = TRUE;
          part = "whole picture";
          break;
        case 28: limn_request_take_branch (branch, limn_request_branch_new (NULL, 0)); part = "completely"; break;
        case 29: limn_request_set_vae (branch, "/v"); part = "the VAE"; break;
        case 30: branch->clip_skip = 2; break;
        case 31: limn_request_add_lora (branch, "/l", 1, 1); break;
        case 32: limn_request_set_family (branch, "sd1-lcm"); part = "the family"; break;
        case 33: limn_request_add_control (branch, limn_request_control_new ("/c", PICTURE)); break;
        default: return;
        }
      if (part)
        check_refused (branch, part);
      else
        {
          check_round_trip (branch);
          g_assert_true (limn_request_check (branch, NULL));
        }
    }
}

static void
test_check_source (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) from = plain ();
      g_autoptr(LimnRequest) branch = NULL;
      const char *part = NULL;

      from->source = limn_request_source_new (PICTURE);
      from->source->only_masked = i > 5;
      branch = test_branch_of (from, 2);
      switch (i)
        {
        case 0: limn_request_source_set_mask (branch->source, MASK); break;
        case 1: branch->source->feather = 3; break;
        case 2: branch->source->strength = 0.5; part = "start from"; break;
        case 3: branch->source->grow_left = 5; part = "start from"; break;
        case 4: limn_request_source_set_picture (branch->source, MASK); part = "start from"; break;
        case 5: limn_request_set_source (branch, NULL); part = "start from"; break;
        case 6: branch->source->feather = 3; part = "another mask"; break;
        case 7: break;
        default: return;
        }
      if (part)
        check_refused (branch, part);
      else
        check_round_trip (branch);
    }
}

static void
test_check_mix (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) own = plain ();
      g_autoptr(LimnRequest) mix = test_mix_of (own, i < 10 ? LIMN_MIX_NOISE : LIMN_MIX_PICTURES, i == 9 ? 4 : 2, 0.5, 0);
      g_autoptr(LimnRequest) branch = NULL;
      const char *part = NULL;

      g_assert_true (limn_request_check (mix, NULL));
      switch (i)
        {
        case 0: mix->mix->u = 1.5; part = "from 0 to 1"; break;
        case 1: mix->mix->v = 0.5; part = "one direction"; break;
        case 2: mix->mix->n_ends = 3; part = "Two or four"; break;
        case 3: mix->mix->way = 7; part = "no way"; break;
        case 4: limn_request_mix_set_end (mix->mix, 1, NULL, PICTURE); part = "needs a prompt"; break;
        case 5: limn_request_take_branch (mix->mix->ends[1].request, limn_request_branch_new (own, 2)); part = "noise alone"; break;
        case 6: mix->mix->ends[0].request->source = limn_request_source_new (PICTURE); part = "noise alone"; break;
        case 7: mix->source = limn_request_source_new (PICTURE); part = "as well"; break;
        case 8: mix->mix->ends[0].request->open = LIMN_REQUEST_OPEN_ALL; part = "completely"; break;
        case 9: mix->mix->v = 1; break;
        case 10: limn_request_mix_set_end (mix->mix, 0, own, NULL); part = "needs a picture"; break;
        case 11: limn_request_mix_set_end (mix->mix, 0, NULL, "x"); part = "SHA-256"; break;
        case 12: limn_request_mix_set_end (mix->mix, 0, NULL, PICTURE); break;
        case 13: mix->mix->strength = NAN; part = "diffused"; break;
        case 14: mix->mix->ends[0].request->cfg = -1; part = "cfg"; break;
        case 15: limn_request_take_branch (mix->mix->ends[1].request, limn_request_branch_new (own, 2)); part = NULL; mix->mix->ends[1].request->seed = own->seed; break;
        default: return;
        }
      if (part)
        check_refused (mix, part);
      else
        check_round_trip (mix);
      if (part)
        continue;
      /* A branch goes on mixing, or speaks for itself; it cannot mix otherwise. */
      branch = test_branch_of (mix, 3);
      check_round_trip (branch);
      limn_request_take_mix (branch, NULL);
      check_round_trip (branch);
      limn_request_take_mix (branch, limn_request_mix_copy (mix->mix));
      branch->mix->u = 0.125;
      check_refused (branch, "the mix");
    }
}

static void
test_ranges (void)
{
  g_autoptr(LimnRequest) request = plain ();

  request->variation_strength = 1.01;
  check_refused (request, "variation");
  request->variation_strength = 1;
  g_assert_true (limn_request_check (request, NULL));
  request->seed_width = 64;
  check_refused (request, "height that the seed");
  request->seed_height = LIMN_REQUEST_MAX_SIDE + 1;
  check_refused (request, "height that the seed");
  request->seed_height = 64;
  g_assert_true (limn_request_check (request, NULL));
}

/* A chain as long as may be goes there and back; one more is refused, in memory and as text, before it is followed. */
static void
test_depth (void)
{
  g_autoptr(LimnRequest) chain = plain ();
  g_autoptr(LimnRequest) wide = NULL;
  g_autoptr(GString) bomb = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;

  for (guint i = 1; i < LIMN_REQUEST_MAX_CHAIN; i++)
    {
      LimnRequest *next = i % 2 ? test_branch_of (chain, i) : limn_request_copy (chain);

      if (i % 2 == 0)
        {
          LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_PICTURES, 2);

          limn_request_mix_set_end (mix, 0, chain, PICTURE);
          limn_request_mix_set_end (mix, 1, NULL, MASK);
          limn_request_take_branch (next, NULL);
          limn_request_take_mix (next, mix);
        }
      else
        limn_request_take_mix (next, NULL);
      next->cfg = i;
      limn_request_free (chain);
      chain = next;
    }
  g_assert_cmpuint (limn_request_get_depth (chain), ==, LIMN_REQUEST_MAX_CHAIN);
  check_round_trip (chain);
  {
    g_autoptr(LimnRequest) more = test_branch_of (chain, 3);

    check_refused (more, "63 others");
    json = limn_request_to_json (more);
    g_assert_null (limn_request_new_from_json (json, "test", &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  }

  /* Few deep, many in all. */
  wide = plain ();
  for (guint i = 0; i < 6; i++)
    {
      LimnRequest *next = plain ();
      LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 4);

      for (guint k = 0; k < 4; k++)
        limn_request_mix_set_end (mix, k, wide, NULL);
      limn_request_take_mix (next, mix);
      limn_request_free (wide);
      wide = next;
      if (i == 3)
        g_assert_true (limn_request_check (wide, NULL));
    }
  check_refused (wide, "1023 others");
  g_clear_error (&error);
  g_clear_pointer (&json, g_free);
  json = limn_request_to_json (wide);
  g_assert_null (limn_request_new_from_json (json, "test", &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);

  for (guint i = 0; i < 100000; i++)
    g_string_append (bomb, "{\"branch\":{\"from\":");
  g_clear_error (&error);
  g_assert_null (limn_request_new_from_json (bomb->str, "test", &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

static void
check_bad_json (const char *json, const char *from, const char *to, int code, const char *part)
{
  const char *place = strstr (json, from);
  g_autofree char *bad = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (place);
  bad = g_strdup_printf ("%.*s%s%s", (int) (place - json), json, to, place + strlen (from));
  g_assert_null (limn_request_new_from_json (bad, "test", &error));
  g_assert_error (error, LIMN_ERROR, code);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

static void
test_bad_json (void)
{
  static const struct
  {
    const char *from;
    const char *to;
    int         code;
    const char *part;
  } cases[] = {
    { "\"step\":8", "\"step\":-1", LIMN_ERROR_FORMAT, "step" },
    { "\"step\":8", "\"step\":4294967295", LIMN_ERROR_INVALID, "step" },
    { "\"step\":8,", "", LIMN_ERROR_FORMAT, "“step” is missing" },
    { "\"step\":8", "\"step\":8,\"more\":1", LIMN_ERROR_FORMAT, "no “more”" },
    { "\"noise\":\"none\"", "\"noise\":\"loud\"", LIMN_ERROR_INVALID, "loud" },
    { "\"noise_seed\":\"0\"", "\"noise_seed\":0", LIMN_ERROR_FORMAT, "noise_seed" },
    { "\"noise_amount\":0.0", "\"noise_amount\":2", LIMN_ERROR_INVALID, "amount" },
    { "\"from\":{", "\"from\":null,\"form\":{", LIMN_ERROR_FORMAT, "form" },
    { "\"branch\":{", "\"branch\":[{", LIMN_ERROR_FORMAT, "" },
    { "\"way\":\"pictures\"", "\"way\":\"magic\"", LIMN_ERROR_INVALID, "magic" },
    { "\"ends\":[", "\"ends\":[null,", LIMN_ERROR_FORMAT, "" },
    { "\"ends\":[", "\"ends\":[{\"request\":null,\"picture\":null},{\"request\":null,\"picture\":null},", LIMN_ERROR_INVALID, "picture" },
    { "\"ends\":[", "\"ends\":[{},{},{},", LIMN_ERROR_FORMAT, "at most 4" },
    { "\"u\":0.5", "\"u\":null", LIMN_ERROR_FORMAT, "u" },
    { "\"variation_strength\":0.0", "\"variation_strength\":-1", LIMN_ERROR_INVALID, "variation" },
    { "\"seed_width\":0", "\"seed_width\":0.5", LIMN_ERROR_FORMAT, "seed_width" },
    { "\"variation_seed\":\"0\",", "", LIMN_ERROR_FORMAT, "missing" },
  };
  g_autoptr(LimnRequest) own = plain ();
  g_autoptr(LimnRequest) mix = test_mix_of (own, LIMN_MIX_PICTURES, 2, 0.5, 0);
  g_autoptr(LimnRequest) branch = test_branch_of (mix, 8);
  g_autofree char *json = limn_request_to_json (branch);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_bad_json (json, cases[i].from, cases[i].to, cases[i].code, cases[i].part);
}

static void
test_inherit (void)
{
  g_autoptr(LimnRequest) from = plain ();
  g_autoptr(LimnRequest) branch = NULL;

  from->steps = 33;
  from->cfg = 3;
  from->eta = 0.25;
  branch = test_branch_of (from, 8);
  g_assert_true (limn_request_branch_is_plain (branch));
  branch->open = LIMN_REQUEST_OPEN_ALL;
  branch->steps = branch->width = 0;
  branch->cfg = branch->eta = 0;
  limn_request_inherit (branch);
  g_assert_cmpuint (branch->open, ==, 0);
  g_assert_true (limn_request_branch_is_plain (branch));
  branch->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  branch->branch->noise_seed = 7;
  g_assert_true (limn_request_branch_is_plain (branch));
  branch->branch->noise_amount = 0.01;
  g_assert_false (limn_request_branch_is_plain (branch));
  branch->branch->noise = LIMN_FRESH_NOISE_NONE;
  limn_request_set_prompt (branch, "x");
  g_assert_false (limn_request_branch_is_plain (branch));
  branch->sampler = LIMN_SAMPLER_DDIM;
  branch->open = LIMN_REQUEST_OPEN_ETA;
  limn_request_inherit (branch);
  g_assert_cmpfloat (branch->eta, ==, 0);
}

void
test_branch_add (void)
{
  g_test_add_func ("/branch/round-trip", test_round_trip);
  g_test_add_func ("/branch/every-field", test_every_field);
  g_test_add_func ("/branch/check", test_check_branch);
  g_test_add_func ("/branch/check-source", test_check_source);
  g_test_add_func ("/branch/check-mix", test_check_mix);
  g_test_add_func ("/branch/ranges", test_ranges);
  g_test_add_func ("/branch/depth", test_depth);
  g_test_add_func ("/branch/bad-json", test_bad_json);
  g_test_add_func ("/branch/inherit", test_inherit);
}
