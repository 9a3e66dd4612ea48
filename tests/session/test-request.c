/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-engine.h"
#include "session/limn-json-text.h"
#include "session/limn-request-word.h"
#include "session/limn-request-lora.h"
#include "session/limn-tile-choice.h"
#include "stub-engine.h"

#include <math.h>
#include <string.h>

LimnRequest *
test_random_request (GRand *rand)
{
  static const char *const prompts[] = { "a red [house|boat:castle:0.5] AND snow:0.5", "a [castle:ruin:.4], \"at\" night\n(oil painting:1.2)", "",
                                         "Grüße, [北斎|広重] \\o/" };
  static const LimnScheduleKind schedules[] = { LIMN_SCHEDULE_MODEL, LIMN_SCHEDULE_LEADING, LIMN_SCHEDULE_TRAILING,
                                                LIMN_SCHEDULE_LINSPACE, LIMN_SCHEDULE_KARRAS, LIMN_SCHEDULE_EXPONENTIAL,
                                                LIMN_SCHEDULE_SGM_UNIFORM };
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, prompts[g_rand_int_range (rand, 0, G_N_ELEMENTS (prompts))]);
  limn_request_set_negative (request, prompts[g_rand_int_range (rand, 0, G_N_ELEMENTS (prompts))]);
  request->syntax = g_rand_boolean (rand) ? LIMN_PROMPT_A1111 : LIMN_PROMPT_PLAIN;
  request->seed = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
  request->rng = g_rand_boolean (rand) ? LIMN_NOISE_CPU : LIMN_NOISE_CUDA;
  request->steps = g_rand_int_range (rand, 1, 13);
  request->sampler = g_rand_int_range (rand, 0, LIMN_SAMPLER_N_KINDS);
  request->schedule = schedules[g_rand_int_range (rand, 0, G_N_ELEMENTS (schedules))];
  request->eta = g_rand_boolean (rand) ? limn_sampler_get_facts (request->sampler)->default_eta : g_rand_double (rand);
  request->cfg = g_rand_int_range (rand, 0, 3) == 0 ? 1 : g_rand_double_range (rand, 0, 12);
  request->cfg_rescale = g_rand_boolean (rand) ? 0 : g_rand_double (rand);
  request->prediction = g_rand_int_range (rand, 0, 2) ? LIMN_PREDICTION_EPSILON : LIMN_PREDICTION_V;
  request->width = 16 * g_rand_int_range (rand, 1, 5);
  request->height = 16 * g_rand_int_range (rand, 1, 5);
  return request;
}

#define PICTURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MASK "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static LimnRequestSource *
random_source (GRand *rand)
{
  LimnRequestSource *source = limn_request_source_new (PICTURE);

  limn_request_source_set_mask (source, g_rand_boolean (rand) ? MASK : NULL);
  source->strength = g_rand_double (rand);
  source->content = g_rand_int_range (rand, 0, LIMN_CONTENT_EMPTY + 1);
  source->feather = g_rand_int_range (rand, 0, LIMN_SOURCE_MAX_FEATHER + 1);
  source->only_masked = g_rand_boolean (rand);
  source->padding = g_rand_int_range (rand, 0, LIMN_SOURCE_MAX_PADDING + 1);
  source->grow_left = g_rand_int_range (rand, 0, 1000);
  source->grow_top = g_rand_int_range (rand, 0, 1000);
  source->grow_right = g_rand_int_range (rand, 0, 1000);
  source->grow_bottom = g_rand_int_range (rand, 0, 1000);
  source->restore = g_rand_int_range (rand, 0, LIMN_RESTORE_ENLARGE + 1);
  if (source->restore == LIMN_RESTORE_JPEG)
    limn_request_source_set_file (source, MASK);
  return source;
}

/* What the reader makes of the writer's text is the same in every field, and the text is the same again. */
static void
check_round_trip (const LimnRequest *request)
{
  g_autofree char *json = limn_request_to_json (request);
  g_autofree char *again = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) read = limn_request_new_from_json (json, "test", &error);

  g_assert_no_error (error);
  g_assert_true (limn_request_equal (request, read));
  again = limn_request_to_json (read);
  g_assert_cmpstr (json, ==, again);
}

static void
test_round_trip (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);
  g_autoptr(LimnRequest) open = limn_request_new ();
  g_autoptr(LimnRequest) odd = limn_request_new ();

  check_round_trip (open);
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr(LimnRequest) request = test_random_request (rand);

      check_round_trip (request);
      if (i % 2)
        request->source = random_source (rand);
      request->tile = i % 3 ? g_rand_int_range (rand, LIMN_REQUEST_MIN_TILE, 2000) : 0;
      request->overlap = i % 3 ? request->tile / 4 : 0;
      request->wrap_x = i % 5 == 0 && !(request->source && request->source->only_masked);
      check_round_trip (request);
    }

  odd->open = LIMN_REQUEST_OPEN_SAMPLER | LIMN_REQUEST_OPEN_PREDICTION;
  odd->steps = 999;
  odd->seed = G_MAXUINT64;
  odd->cfg = nextafter (7.5, 8);
  odd->cfg_rescale = 5e-324;
  odd->eta = 0.1;
  odd->width = odd->height = LIMN_REQUEST_MAX_SIDE;
  odd->batch_count = 3;
  odd->batch_index = 2;
  odd->preview = LIMN_PREVIEW_PREDICTED;
  odd->preview_every = 5;
  odd->preview_half = TRUE;
  odd->keep_latents = TRUE;
  limn_request_set_prompt (odd, "tab\tquote\" back\\slash \x01 \x7f line\r\nend");
  limn_request_set_device (odd, "llvmpipe");
  limn_request_set_model (odd, "/models/a b");
  check_round_trip (odd);
}

/* What a request without a source says of itself, byte by byte as it did before there were sources: pictures, queues and hashes that are
 * years old go by it. */
static void
test_version_1 (void)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autofree char *json = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *newer = NULL;

  request->open = LIMN_REQUEST_OPEN_ALL & ~LIMN_REQUEST_OPEN_STEPS;
  request->steps = 20;
  json = limn_request_to_json (request);
  g_assert_cmpstr (json, ==,
                   "{\"version\":1,\"model\":null,\"prompt\":\"\",\"negative\":\"\",\"prompt_syntax\":\"a1111\",\"seed\":\"0\","
                   "\"rng\":\"cpu\",\"steps\":20,\"sampler\":null,\"schedule\":\"model\",\"eta\":null,\"cfg\":null,\"cfg_rescale\":0.0,"
                   "\"prediction\":null,\"width\":null,\"height\":null,\"precision\":\"f32\",\"batch_count\":1,\"batch_index\":0,"
                   "\"device\":null,\"preview\":\"noisy\",\"preview_every\":1,\"preview_half\":false,\"keep_latents\":false}");
  hash = limn_request_hash (request);
  g_assert_cmpstr (hash, ==, "2a55eacdb0a9214a770abccf2171d7717873dd0493866b3de43110813d12fadb");

  request->wrap_y = TRUE;
  newer = limn_request_to_json (request);
  g_assert_true (g_str_has_prefix (newer, "{\"version\":2,"));
  g_assert_nonnull (strstr (newer, "\"source\":null,\"tile\":0,\"overlap\":0,\"wrap_x\":false,\"wrap_y\":true"));
}

/* What version 4 adds is there where it is used, and else neither there nor read. */
static void
test_version_4 (void)
{
  static const struct { const char *from, *to, *words; } bad[] = {
    { "\"clip_skip\":2", "\"clip_skip\":0", "clip_skip" },
    { "\"clip_skip\":2", "\"clip_skip\":13", "clip_skip" },
    { "\"clip_skip\":2", "\"clip_skip\":null", "clip_skip" },
    { "\"vae\":\"~/v.safetensors\"", "\"vae\":null", "vae" },
    { "\"vae\"", "\"vea\"", "vea" },
    { "{\"version\":4", "{\"version\":3", "clip_skip" },
    { "{\"version\":4", "{\"version\":5", "another version" },
  };
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autofree char *path = g_build_filename (g_get_home_dir (), "v.safetensors", NULL);
  g_autofree char *json = NULL;
  GError *error = NULL;

  request->clip_skip = 2;
  limn_request_set_vae (request, path);
  json = limn_request_to_json (request);
  g_assert_true (g_str_has_prefix (json, "{\"version\":4,"));
  g_assert_nonnull (strstr (json, "\"source\":null,\"tile\":0,"));
  g_assert_nonnull (strstr (json, "\"seed_height\":0,\"clip_skip\":2,\"vae\":\"~/v.safetensors\",\"batch_count\":1"));
  check_round_trip (request);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto(GStrv) pieces = g_strsplit (json, bad[i].from, 2);
      g_autofree char *text = g_strjoinv (bad[i].to, pieces);

      g_assert_cmpuint (g_strv_length (pieces), ==, 2);
      g_assert_null (limn_request_new_from_json (text, "test", &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, bad[i].words));
      g_clear_error (&error);
    }
  request->clip_skip = LIMN_REQUEST_MAX_CLIP_SKIP + 1;
  g_assert_false (limn_request_check (request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  request->clip_skip = 0;
  limn_request_set_family (request, "sdxl-slow");
  g_assert_false (limn_request_check (request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "sdxl-lightning"));
  g_clear_error (&error);
  limn_request_set_family (request, "");
  g_assert_null (request->family);
  limn_request_set_vae (request, "");
  g_assert_null (request->vae);
  g_free (json);
  json = limn_request_to_json (request);
  g_assert_true (g_str_has_prefix (json, "{\"version\":1,"));
}

/* Which of an artist's embeddings the prompts name. */
static void
test_words (void)
{
  g_autoptr(LimnResources) resources = limn_resources_new ();
  g_autoptr(LimnRequest) request = limn_request_new ();
  static const struct { const char *prompt, *negative, *found; } cases[] = {
    { "a cat", "", "" },
    { "a cat, Ink-Style", "", "ink-style " },
    { "a cat", "(embedding:bad5:1.2)", "bad5 " },
    { "[ink-style:x:0.5] AND bad5", "", "bad5 ink-style " },
    { "pink-style, ink-styles", "bad55", "bad5 " },
    { "水墨 ink-style水", "", "水墨 " },
  };

  limn_resources_add (resources, LIMN_RESOURCE_EMBEDDING, NULL, "/e/bad5.pt");
  limn_resources_add (resources, LIMN_RESOURCE_EMBEDDING, NULL, "/e/ink-style.safetensors");
  limn_resources_add (resources, LIMN_RESOURCE_EMBEDDING, "水墨", "/e/w.safetensors");
  limn_resources_add (resources, LIMN_RESOURCE_LORA, "cat", "/l/cat.safetensors");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GString) found = g_string_new (NULL);

      limn_request_set_prompt (request, cases[i].prompt);
      limn_request_set_negative (request, cases[i].negative);
      limn_request_resolve_words (request, resources);
      for (guint w = 0; request->embeddings && w < request->embeddings->len; w++)
        g_string_append_printf (found, "%s ", ((LimnRequestWord *) request->embeddings->pdata[w])->name);
      g_assert_cmpstr (found->str, ==, cases[i].found);
      check_round_trip (request);
    }
  {
    g_auto(GStrv) unknown = NULL;
    g_autofree char *joined = NULL;

    limn_request_set_prompt (request, "(embedding:bad5:1.2) embedding:Else-Where, embedding:else-where embedding: x");
    limn_request_set_negative (request, "[embedding:水:0.5]");
    limn_request_resolve_words (request, resources);
    unknown = limn_request_list_unknown_words (request);
    joined = g_strjoinv (" ", unknown);
    g_assert_cmpstr (joined, ==, "else-where 水");
    limn_request_set_negative (request, "");
  }
  /* What was known stays known where nobody has it any more, as long as it is named. */
  limn_request_set_prompt (request, "ink-style");
  limn_request_add_word (request, "ink-style", "/elsewhere/ink-style.pt");
  limn_request_resolve_words (request, NULL);
  g_assert_cmpuint (request->embeddings->len, ==, 1);
  limn_request_set_prompt (request, "nothing");
  limn_request_resolve_words (request, NULL);
  g_assert_null (request->embeddings);
  limn_request_set_prompt (request, "ink-style");
  request->syntax = LIMN_PROMPT_PLAIN;
  limn_request_resolve_words (request, resources);
  g_assert_null (request->embeddings);
}

/* Every field: one that copy, equal or JSON forgets is found here. */
static void
test_every_field (void)
{
  g_autoptr(LimnRequest) base = limn_request_new ();

  base->open = 0;
  base->steps = 20;
  base->width = base->height = 64;
  base->batch_count = 2;
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (base);
      gboolean picture = TRUE;

      g_assert_true (limn_request_equal (base, other));
      switch (i)
        {
        case 0: limn_request_set_model (other, "/m"); break;
        case 1: limn_request_set_prompt (other, "p"); break;
        case 2: limn_request_set_negative (other, "n"); break;
        case 3: other->syntax = LIMN_PROMPT_PLAIN; break;
        case 4: other->seed = 1; break;
        case 5: other->rng = LIMN_NOISE_CUDA; break;
        case 6: other->steps = 21; break;
        case 7: other->sampler = LIMN_SAMPLER_LCM; break;
        case 8: other->schedule = LIMN_SCHEDULE_KARRAS; break;
        case 9: other->eta = 0.5; break;
        case 10: other->cfg = 2; break;
        case 11: other->cfg_rescale = 0.5; break;
        case 12: other->prediction = LIMN_PREDICTION_V; break;
        case 13: other->width = 72; break;
        case 14: other->height = 72; break;
        case 15: other->storage = LIMN_STORAGE_F16; break;
        case 16: other->batch_index = 1; break;
        case 17: other->open = LIMN_REQUEST_OPEN_STEPS; break;
        case 18: other->batch_count = 3; picture = FALSE; break;
        case 19: limn_request_set_device (other, "1"); picture = FALSE; break;
        case 20: other->preview = LIMN_PREVIEW_NONE; picture = FALSE; break;
        case 21: other->preview_every = 2; picture = FALSE; break;
        case 22: other->preview_half = TRUE; picture = FALSE; break;
        case 23: other->keep_latents = TRUE; picture = FALSE; break;
        case 24: other->tile = 512; break;
        case 25: other->tile = 512; other->overlap = 64; base->tile = 512; break;
        case 26: base->tile = 0; other->tile = 0; other->wrap_x = TRUE; break;
        case 27: other->wrap_y = TRUE; break;
        case 28: other->source = limn_request_source_new (PICTURE); break;
        case 29: other->variation_seed = 1; break;
        case 30: other->variation_strength = 0.25; break;
        case 31: base->seed_height = other->seed_height = 32; base->seed_width = 32; other->seed_width = 64; break;
        case 32: other->seed_height = 64; break;
        case 33: other->branch = limn_request_branch_new (base, 0); break;
        case 34:
          other->mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
          limn_request_mix_set_end (other->mix, 0, base, NULL);
          limn_request_mix_set_end (other->mix, 1, base, NULL);
          break;
        case 35: other->clip_skip = 2; break;
        case 36: limn_request_set_vae (other, "/v"); break;
        case 37: limn_request_add_lora (other, "/l", 1, 1); break;
        case 38: limn_request_add_lora (base, "/l", 1, 1); limn_request_add_lora (other, "/l", 0.5, 1); break;
        case 39: limn_request_add_lora (other, "/l", 1, 0.5); break;
        case 40: limn_request_add_lora (other, "/m", 1, 1); break;
        case 41: limn_request_set_family (other, "sdxl-lightning"); break;
        case 42: limn_request_add_control (other, limn_request_control_new ("/c", PICTURE)); break;
        case 43: limn_request_add_word (base, "ink", "/i"); limn_request_add_word (other, "oil", "/i"); break;
        case 44: limn_request_add_word (other, "INK", "/j"); break;
        default: return;
        }
      g_assert_false (limn_request_equal (base, other));
      g_assert_cmpint (limn_request_equal_picture (base, other), ==, !picture);
      check_round_trip (other);
      {
        g_autofree char *a = limn_request_hash (base);
        g_autofree char *b = limn_request_hash (other);

        g_assert_cmpint (g_str_equal (a, b), ==, !picture);
      }
    }
}

/* The same of the source's own. */
static void
test_every_source_field (void)
{
  g_autoptr(LimnRequest) base = limn_request_new ();

  base->source = limn_request_source_new (PICTURE);
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) other = limn_request_copy (base);
      g_autofree char *a = limn_request_hash (base);
      g_autofree char *b = NULL;

      g_assert_true (limn_request_equal (base, other));
      switch (i)
        {
        case 0: limn_request_source_set_picture (other->source, MASK); break;
        case 1: limn_request_source_set_mask (other->source, MASK); break;
        case 2: other->source->strength = nextafter (LIMN_SOURCE_STRENGTH, 1); break;
        case 3: other->source->content = LIMN_CONTENT_EMPTY; break;
        case 4: other->source->feather = 0; break;
        case 5: other->source->only_masked = TRUE; break;
        case 6: other->source->padding = 1; break;
        case 7: other->source->grow_left = 1; break;
        case 8: other->source->grow_top = 1; break;
        case 9: other->source->grow_right = 1; break;
        case 10: other->source->grow_bottom = 1; break;
        case 11: other->source->restore = LIMN_RESTORE_COLORIZE; break;
        case 12: limn_request_set_source (other, NULL); break;
        case 13:
          other->source->restore = LIMN_RESTORE_JPEG;
          limn_request_source_set_file (other->source, MASK);
          break;
        default: return;
        }
      g_assert_false (limn_request_equal (base, other));
      g_assert_false (limn_request_equal_picture (base, other));
      check_round_trip (other);
      b = limn_request_hash (other);
      g_assert_cmpstr (a, !=, b);
    }
}

/* Seed 5 of picture 2 is seed 7 of picture 0. */
static void
test_seed_of_batch (void)
{
  g_autoptr(LimnRequest) a = limn_request_new ();
  g_autoptr(LimnRequest) b = limn_request_new ();
  g_autofree char *hash_a = NULL;
  g_autofree char *hash_b = NULL;

  a->seed = 5;
  a->batch_count = 4;
  a->batch_index = 2;
  b->seed = 7;
  g_assert_cmpuint (limn_request_get_seed (a), ==, 7);
  g_assert_true (limn_request_equal_picture (a, b));
  hash_a = limn_request_hash (a);
  hash_b = limn_request_hash (b);
  g_assert_cmpstr (hash_a, ==, hash_b);
  a->seed = G_MAXUINT64;
  g_assert_cmpuint (limn_request_get_seed (a), ==, 1);

  /* Of variations it is the second seed that counts up. */
  a->variation_seed = 9;
  g_assert_cmpuint (limn_request_get_variation_seed (a), ==, 9);
  a->variation_strength = b->variation_strength = 0.5;
  g_assert_cmpuint (limn_request_get_seed (a), ==, G_MAXUINT64);
  g_assert_cmpuint (limn_request_get_variation_seed (a), ==, 11);
  b->seed = G_MAXUINT64;
  b->variation_seed = 11;
  g_assert_true (limn_request_equal_picture (a, b));
  g_assert_false (limn_request_equal (a, b));
  g_free (hash_a);
  g_free (hash_b);
  hash_a = limn_request_hash (a);
  hash_b = limn_request_hash (b);
  g_assert_cmpstr (hash_a, ==, hash_b);
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

static void
test_ranges (void)
{
  static const double bad_cfg[] = { NAN, INFINITY, -INFINITY, -0.1, 1000.1 };

  for (guint i = 0; i < G_N_ELEMENTS (bad_cfg); i++)
    {
      g_autoptr(LimnRequest) request = limn_request_new ();

      request->cfg = bad_cfg[i];
      g_assert_true (limn_request_check (request, NULL)); /* it is open still */
      request->open &= ~LIMN_REQUEST_OPEN_CFG;
      check_refused (request, "cfg");
    }
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) request = limn_request_new ();
      const char *part;

      request->open = 0;
      request->steps = 1;
      request->width = request->height = 8;
      request->cfg = 1;
      g_assert_true (limn_request_check (request, NULL));
      switch (i)
        {
        case 0: request->steps = 0; part = "steps must be a number from 1 to 999, not 0"; break;
        case 1: request->steps = 1000; part = "not 1000"; break;
        case 2: request->eta = NAN; part = "Eta"; break;
        case 3: request->eta = -1; part = "Eta"; break;
        case 4: request->cfg_rescale = 1.5; part = "rescale"; break;
        case 5: request->width = 0; part = "width"; break;
        case 6: request->height = LIMN_REQUEST_MAX_SIDE + 1; part = "height"; break;
        case 7: request->batch_count = 0; part = "batch"; break;
        case 8: request->batch_index = 1; part = "batch"; break;
        case 9: request->preview_every = 0; part = "preview"; break;
        case 10: limn_request_set_prompt (request, "\xff"); part = "UTF-8"; break;
        case 11: request->sampler = LIMN_SAMPLER_N_KINDS; part = "sampler"; break;
        case 12: request->tile = 8; part = "tile must be a number from 64"; break;
        case 13: request->tile = request->overlap = 64; part = "overlap by 64"; break;
        case 14: request->overlap = 1; part = "overlap"; break;
        case 15: request->source = limn_request_source_new ("../../x"); part = "SHA-256"; break;
        case 16: request->source = limn_request_source_new (NULL); part = "start from"; break;
        case 17: request->source = limn_request_source_new (PICTURE "0"); part = "64 digits"; break;
        case 18:
        case 19:
        case 20:
        case 21:
        case 22:
        case 23:
        case 24:
        case 25:
        case 26:
        case 27:
          request->source = limn_request_source_new (PICTURE);
          switch (i)
            {
            case 18: limn_request_source_set_mask (request->source, "\xff"); part = "mask"; break;
            case 19: request->source->strength = NAN; part = "strength"; break;
            case 20: request->source->strength = 1.01; part = "1.01"; break;
            case 21: request->source->feather = LIMN_SOURCE_MAX_FEATHER + 1; part = "feather"; break;
            case 22: request->source->padding = G_MAXUINT; part = "padding"; break;
            case 23: request->source->grow_top = 16385; part = "above"; break;
            case 24: limn_request_source_set_file (request->source, MASK); part = "JPEG"; break;
            case 25: request->source->restore = LIMN_RESTORE_JPEG; part = "JPEG itself"; break;
            case 26: limn_request_source_set_file (request->source, "x"); part = "SHA-256 of its bytes"; break;
            default: request->source->content = 9; part = "content"; break;
            }
          break;
        case 28:
          request->source = limn_request_source_new (PICTURE);
          request->source->only_masked = request->wrap_y = TRUE;
          part = "Edges";
          break;
        case 29: limn_request_set_model (request, "/\xff"); part = "model cannot be named"; break;
        case 30: limn_request_set_vae (request, "/\xff"); part = "VAE cannot be named"; break;
        case 31: limn_request_add_lora (request, "/\xff", 1, 1); part = "LoRA cannot be named"; break;
        case 32: limn_request_add_word (request, "cat", "/\xff"); part = "word cannot be named"; break;
        default: return;
        }
      check_refused (request, part);
    }
}

static void
check_bad_json (const char *json, int code, const char *part)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) request = limn_request_new_from_json (json, "test", &error);

  g_assert_null (request);
  g_assert_error (error, LIMN_ERROR, code);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

/* One thing changed in a sound text. */
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
    { "\"steps\":20", "\"steps\":0", LIMN_ERROR_INVALID, "steps" },
    { "\"steps\":20", "\"steps\":20.0", LIMN_ERROR_FORMAT, "steps" },
    { "\"steps\":20", "\"steps\":-1", LIMN_ERROR_FORMAT, "steps" },
    { "\"steps\":20", "\"steps\":18446744073709551616", LIMN_ERROR_FORMAT, "" },
    { "\"steps\":20,", "", LIMN_ERROR_FORMAT, "“steps” is missing" },
    { "\"steps\":20", "\"stepps\":20", LIMN_ERROR_FORMAT, "stepps" },
    { "\"steps\":20", "\"steps\":20,\"steps\":20", LIMN_ERROR_FORMAT, "" },
    { "\"cfg\":7.5", "\"cfg\":1e999", LIMN_ERROR_FORMAT, "" },
    { "\"cfg\":7.5", "\"cfg\":NaN", LIMN_ERROR_FORMAT, "" },
    { "\"cfg\":7.5", "\"cfg\":-7.5", LIMN_ERROR_INVALID, "cfg" },
    { "\"sampler\":\"ddim\"", "\"sampler\":\"best\"", LIMN_ERROR_INVALID, "best" },
    { "\"sampler\":\"ddim\"", "\"sampler\":3", LIMN_ERROR_FORMAT, "sampler" },
    { "\"schedule\":\"model\"", "\"schedule\":\"\"", LIMN_ERROR_INVALID, "" },
    { "\"seed\":\"5\"", "\"seed\":5", LIMN_ERROR_FORMAT, "seed" },
    { "\"seed\":\"5\"", "\"seed\":\"-5\"", LIMN_ERROR_FORMAT, "seed" },
    { "\"seed\":\"5\"", "\"seed\":\"18446744073709551616\"", LIMN_ERROR_FORMAT, "seed" },
    { "\"version\":1", "\"version\":5", LIMN_ERROR_FORMAT, "version" },
    { "\"version\":1", "\"version\":0", LIMN_ERROR_FORMAT, "version" },
    { "\"version\":1", "\"version\":2", LIMN_ERROR_FORMAT, "“source” is missing" },
    { "\"steps\":20", "\"steps\":20,\"source\":null", LIMN_ERROR_FORMAT, "no “source”" },
    { "\"rng\":\"cpu\"", "\"rng\":\"tpu\"", LIMN_ERROR_INVALID, "" },
    { "\"precision\":\"f32\"", "\"precision\":\"f8\"", LIMN_ERROR_INVALID, "f8" },
    { "\"prediction\":\"epsilon\"", "\"prediction\":\"noise\"", LIMN_ERROR_INVALID, "noise" },
    { "\"preview\":\"noisy\"", "\"preview\":\"x\"", LIMN_ERROR_INVALID, "preview" },
    { "\"keep_latents\":false", "\"keep_latents\":0", LIMN_ERROR_FORMAT, "keep_latents" },
    { "}", "", LIMN_ERROR_FORMAT, "" },
  };
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autofree char *json = NULL;

  request->open = 0;
  request->steps = 20;
  request->cfg = 7.5;
  request->seed = 5;
  request->sampler = LIMN_SAMPLER_DDIM;
  request->width = request->height = 64;
  json = limn_request_to_json (request);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *place = strstr (json, cases[i].from);
      g_autofree char *bad = NULL;

      g_assert_nonnull (place);
      bad = g_strdup_printf ("%.*s%s%s", (int) (place - json), json, cases[i].to, place + strlen (cases[i].from));
      check_bad_json (bad, cases[i].code, cases[i].part);
    }
}

static void
test_bad_source_json (void)
{
  static const struct
  {
    const char *from;
    const char *to;
    int         code;
    const char *part;
  } cases[] = {
    { "\"tile\":0", "\"tile\":-1", LIMN_ERROR_FORMAT, "tile" },
    { "\"tile\":0", "\"tile\":8", LIMN_ERROR_INVALID, "tile" },
    { "\"tile\":0,", "", LIMN_ERROR_FORMAT, "“tile” is missing" },
    { "\"wrap_x\":false", "\"wrap_x\":0", LIMN_ERROR_FORMAT, "wrap_x" },
    { "\"picture\":\"0", "\"picture\":\"O", LIMN_ERROR_INVALID, "SHA-256" },
    { "\"picture\":\"" PICTURE "\"", "\"picture\":null", LIMN_ERROR_FORMAT, "picture" },
    { "\"mask\":null,", "", LIMN_ERROR_FORMAT, "“mask” is missing" },
    { "\"mask\":null", "\"mask\":\"\"", LIMN_ERROR_INVALID, "mask" },
    { "\"file\":null,", "", LIMN_ERROR_FORMAT, "“file” is missing" },
    { "\"file\":null", "\"file\":\"" PICTURE "\"", LIMN_ERROR_INVALID, "JPEG" },
    { "\"strength\":0.75", "\"strength\":75", LIMN_ERROR_INVALID, "strength" },
    { "\"strength\":0.75", "\"strength\":null", LIMN_ERROR_FORMAT, "strength" },
    { "\"content\":\"original\"", "\"content\":\"good\"", LIMN_ERROR_INVALID, "good" },
    { "\"restore\":\"none\"", "\"restore\":0", LIMN_ERROR_FORMAT, "restore" },
    { "\"feather\":8", "\"feather\":4294967296", LIMN_ERROR_FORMAT, "feather" },
    { "\"feather\":8", "\"feather\":4294967295", LIMN_ERROR_INVALID, "feather" },
    { "\"feather\":8", "\"blur\":8", LIMN_ERROR_FORMAT, "“blur”" },
    { "\"source\":{", "\"source\":[{", LIMN_ERROR_FORMAT, "" },
  };
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autofree char *json = NULL;

  request->source = limn_request_source_new (PICTURE);
  json = limn_request_to_json (request);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *place = strstr (json, cases[i].from);
      g_autofree char *bad = NULL;

      g_assert_nonnull (place);
      bad = g_strdup_printf ("%.*s%s%s", (int) (place - json), json, cases[i].to, place + strlen (cases[i].from));
      check_bad_json (bad, cases[i].code, cases[i].part);
    }
}

/* A path under the home folder does not tell whose home it was. */
static void
test_home (void)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autofree char *path = g_build_filename (g_get_home_dir (), "models", "x", NULL);
  g_autofree char *json = NULL;

  limn_request_set_model (request, path);
  json = limn_request_to_json (request);
  g_assert_nonnull (strstr (json, "\"model\":\"~/models/x\""));
  check_round_trip (request);
}

static void
test_doubles (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (2);
  static const struct
  {
    double      value;
    const char *text;
  } cases[] = {
    { 0.1, "0.1" }, { 7, "7.0" }, { 1e300, "1e+300" }, { -0.0, "-0.0" }, { 1.0 / 3, "0.3333333333333333" },
    { 0.1 + 0.2, "0.30000000000000004" }, { NAN, "null" }, { INFINITY, "null" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LimnJsonText *text = limn_json_text_new ();
      g_autofree char *json = NULL;

      limn_json_text_add_double (text, NULL, cases[i].value);
      json = limn_json_text_free (text);
      g_assert_cmpstr (json, ==, cases[i].text);
    }
  for (guint i = 0; i < 10000; i++)
    {
      LimnJsonText *text = limn_json_text_new ();
      union { guint64 word; double value; } u = { .word = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand) };
      g_autofree char *json = NULL;

      limn_json_text_add_double (text, NULL, u.value);
      json = limn_json_text_free (text);
      if (isfinite (u.value))
        g_assert_cmpfloat (g_ascii_strtod (json, NULL), ==, u.value);
    }
}

static void
check_size_refused (LimnEngine *engine, guint width, guint height, const char *part)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnRequest) resolved = NULL;
  g_autoptr(GError) error = NULL;

  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  request->width = width;
  request->height = height;
  resolved = limn_engine_resolve (&engine->facts, request, &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

/* Windows for what is larger than the model likes, and only where there is a picture to start from; what is chosen once stays chosen. */
static void
test_tiles (void)
{
  static const struct
  {
    guint    width, height;
    gboolean only_masked;
    guint    given, given_overlap;
    guint    tile, overlap;
  } cases[] = {
    { 64, 48, FALSE, 0, 0, 64, 0 },    { 96, 96, FALSE, 0, 0, 96, 0 },  { 97, 10, FALSE, 0, 0, 64, 32 },
    { 10, 300, FALSE, 0, 0, 64, 32 },  { 17, 3, FALSE, 0, 0, 64, 0 },   { 300, 300, TRUE, 0, 0, 304, 0 },
    { 300, 300, FALSE, 80, 16, 80, 16 }, { 16383, 8, TRUE, 0, 0, 16384, 0 },
  };
  StubLab lab;
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnRequest) plain = NULL;
  g_autoptr(GError) error = NULL;
  LimnEngine *engine;

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  request->width = request->height = 640;
  plain = limn_engine_resolve (&engine->facts, request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (plain->tile, ==, 0);
  request->source = limn_request_source_new (PICTURE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnRequest) resolved = NULL;
      g_autoptr(LimnRequest) again = NULL;

      request->width = cases[i].width;
      request->height = cases[i].height;
      request->source->only_masked = cases[i].only_masked;
      request->tile = cases[i].given;
      request->overlap = cases[i].given_overlap;
      resolved = limn_request_copy (request);
      limn_tile_choose (&engine->facts, resolved);
      g_assert_cmpuint (resolved->tile, ==, cases[i].tile);
      g_assert_cmpuint (resolved->overlap, ==, cases[i].overlap);
      g_assert_true (limn_request_check (resolved, NULL));
      again = limn_request_copy (resolved);
      limn_tile_choose (&engine->facts, again);
      g_assert_true (limn_request_equal (resolved, again));
    }
  request->source->only_masked = FALSE;
  request->source->grow_top = 200;
  request->tile = request->overlap = 0;
  request->width = request->height = 300;
  limn_tile_choose (&engine->facts, request);
  g_assert_cmpuint (request->tile, ==, 96);
  g_assert_cmpuint (request->overlap, ==, 64);
  limn_engine_free (engine);
}

static void
test_resolve (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnRequest) resolved = NULL;
  g_autoptr(GError) error = NULL;
  LimnEngine *engine;

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, &error);
  resolved = limn_engine_resolve (&engine->facts, request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (resolved->open, ==, 0);
  g_assert_cmpuint (resolved->steps, ==, 6);
  g_assert_cmpuint (resolved->width, ==, 64);
  g_assert_cmpuint (resolved->height, ==, 48);
  g_assert_cmpfloat (resolved->cfg, ==, 4);
  g_assert_cmpfloat (resolved->eta, ==, 0);

  check_size_refused (engine, 100, 64, "The nearest size is 96x64; 96x64 and 112x64 are possible");
  check_size_refused (engine, 64, 1, "The nearest size is 64x16");
  check_size_refused (engine, LIMN_REQUEST_MAX_SIDE - 1, 24, "The nearest size is 16384x32");
  limn_engine_free (engine);
}

void
test_request_add (void)
{
  g_test_add_func ("/request/doubles", test_doubles);
  g_test_add_func ("/request/round-trip", test_round_trip);
  g_test_add_func ("/request/every-field", test_every_field);
  g_test_add_func ("/request/version-1", test_version_1);
  g_test_add_func ("/request/version-4", test_version_4);
  g_test_add_func ("/request/words", test_words);
  g_test_add_func ("/request/every-source-field", test_every_source_field);
  g_test_add_func ("/request/bad-source-json", test_bad_source_json);
  g_test_add_func ("/request/seed-of-batch", test_seed_of_batch);
  g_test_add_func ("/request/ranges", test_ranges);
  g_test_add_func ("/request/bad-json", test_bad_json);
  g_test_add_func ("/request/home", test_home);
  g_test_add_func ("/request/resolve", test_resolve);
  g_test_add_func ("/request/tiles", test_tiles);
}
