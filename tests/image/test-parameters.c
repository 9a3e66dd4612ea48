/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-parameters.h"

#include "test-image.h"

#include <math.h>
#include <string.h>

static const LimnParameter *
extra (const LimnParameters *p,
       guint                 i)
{
  g_assert_cmpuint (i, <, p->extra->len);
  return g_ptr_array_index (p->extra, i);
}

static void
assert_extra (const LimnParameters *p,
              guint                 i,
              const char           *key,
              const char           *value)
{
  g_assert_cmpstr (extra (p, i)->key, ==, key);
  g_assert_cmpstr (extra (p, i)->value, ==, value);
}

/* A text as AUTOMATIC1111's program writes it comes back letter for letter. */
static void
test_a1111 (void)
{
  static const char text[] =
    "a castle on a hill, (mist:1.2),\nby night <lora:ink:0.8>\n"
    "Negative prompt: blurry,\ntext: none\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 965400086, Size: 512x768, "
    "Model hash: 45dee52b, Model: castle-v1, VAE: soft.safetensors, Variation seed: 12, Variation seed strength: 0.1, Seed resize from: 384x512, "
    "Denoising strength: 0.75, Eta: 0.67, Clip skip: 2, RNG: CPU, Mask blur: 4, "
    "Lora hashes: \"ink: 5f3e, gold: 77aa\", TI hashes: \"say \\\"hi\\\": 1\", Version: v1.10.1";
  g_autoptr(LimnParameters) p = limn_parameters_parse (text);
  g_autofree char *again = NULL;

  g_assert_cmpstr (p->prompt, ==, "a castle on a hill, (mist:1.2),\nby night <lora:ink:0.8>");
  g_assert_cmpstr (p->negative_prompt, ==, "blurry,\ntext: none");
  g_assert_cmpuint (p->steps, ==, 20);
  g_assert_cmpstr (p->sampler, ==, "DPM++ 2M");
  g_assert_cmpstr (p->schedule_type, ==, "Karras");
  g_assert_cmpfloat (p->cfg_scale, ==, 7.5);
  g_assert_true (p->has_seed);
  g_assert_cmpuint (p->seed, ==, 965400086);
  g_assert_cmpuint (p->width, ==, 512);
  g_assert_cmpuint (p->height, ==, 768);
  g_assert_cmpstr (p->model_hash, ==, "45dee52b");
  g_assert_cmpstr (p->model, ==, "castle-v1");
  g_assert_cmpstr (p->vae, ==, "soft.safetensors");
  g_assert_true (p->has_variation_seed);
  g_assert_cmpuint (p->variation_seed, ==, 12);
  g_assert_cmpfloat (p->variation_strength, ==, 0.1);
  g_assert_cmpuint (p->seed_width, ==, 384);
  g_assert_cmpuint (p->seed_height, ==, 512);
  g_assert_cmpfloat (p->denoising_strength, ==, 0.75);
  g_assert_cmpfloat (p->eta, ==, 0.67);
  g_assert_cmpuint (p->clip_skip, ==, 2);
  g_assert_cmpstr (p->rng, ==, "CPU");
  g_assert_cmpstr (p->version, ==, "v1.10.1");
  g_assert_cmpuint (p->extra->len, ==, 3);
  assert_extra (p, 0, "Mask blur", "4");
  assert_extra (p, 1, "Lora hashes", "ink: 5f3e, gold: 77aa");
  assert_extra (p, 2, "TI hashes", "say \"hi\": 1");

  again = limn_parameters_to_text (p);
  g_assert_cmpstr (again, ==, text);
}

static void
test_defaults (void)
{
  g_autoptr(LimnParameters) p = limn_parameters_parse ("cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, "
                                                       "Mask mode: Inpaint not masked, Size: 64x64");
  static const char *const pairs[][2] = {
    { "Clip skip", "1" },       { "RNG", "GPU" },
    { "Schedule type", "Automatic" }, { "Mask mode", "Inpaint not masked" },
    { "Masked content", "original" }, { "Inpaint area", "Whole picture" },
    { "Masked area padding", "32" },  { "Hires upscale", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *value = limn_parameters_get (p, pairs[i][0]);

      g_assert_cmpstr (value, ==, pairs[i][1]);
    }
  g_assert_cmpstr (p->negative_prompt, ==, "");
  g_assert_true (isnan (p->eta));
  g_assert_false (p->has_variation_seed);
}

/* Absent fields and defaults are not written. */
static void
test_write_short (void)
{
  g_autoptr(LimnParameters) p = limn_parameters_new ();
  g_autofree char *empty = limn_parameters_to_text (p);
  g_autofree char *text = NULL;

  g_assert_cmpstr (empty, ==, "");
  p->prompt = g_strdup ("a red house");
  p->negative_prompt = g_strdup ("");
  p->steps = 20;
  p->sampler = g_strdup ("DDIM");
  p->cfg_scale = 7.0;
  p->has_seed = TRUE;
  p->seed = G_MAXUINT64;
  p->width = p->height = 128;
  p->clip_skip = 1;
  p->rng = g_strdup ("GPU");
  limn_parameters_add (p, "Prompt syntax", "plain");
  limn_parameters_add (p, "Empty", "");
  limn_parameters_add (p, "Prompt syntax", "a1111");
  text = limn_parameters_to_text (p);
  g_assert_cmpstr (text, ==, "a red house\nSteps: 20, Sampler: DDIM, CFG scale: 7, Seed: 18446744073709551615, "
                             "Size: 128x128, Prompt syntax: a1111");
}

/* The text of stable-diffusion.cpp: floats with six digits, the schedule behind the sampler, JSON at the end. */
static void
test_stable_diffusion_cpp (void)
{
  g_autoptr(LimnParameters) p = limn_parameters_parse (
    "a lovely cat\nNegative prompt: \nSteps: 30, CFG scale: 7.000000, Guidance: 3.500000, Eta: 0.000000, Seed: 42, "
    "Size: 512x512, Model: sd_v1.4.ckpt, RNG: cuda, Sampler: euler_a discrete, Version: stable-diffusion.cpp, "
    "SDCPP: {\"prompt\": \"Steps: 3, Seed: 5, Size: 1x1\", \"n\": [1, 2]}");

  g_assert_cmpstr (p->prompt, ==, "a lovely cat");
  g_assert_cmpstr (p->negative_prompt, ==, "");
  g_assert_cmpuint (p->steps, ==, 30);
  g_assert_cmpfloat (p->cfg_scale, ==, 7.0);
  g_assert_cmpfloat (p->eta, ==, 0.0);
  g_assert_cmpuint (p->seed, ==, 42);
  g_assert_cmpuint (p->width, ==, 512);
  g_assert_cmpstr (p->sampler, ==, "euler_a discrete");
  g_assert_cmpstr (p->rng, ==, "cuda");
  g_assert_cmpstr (p->version, ==, "stable-diffusion.cpp");
  g_assert_cmpuint (p->extra->len, ==, 2);
  assert_extra (p, 0, "Guidance", "3.500000");
  assert_extra (p, 1, "SDCPP", "{\"prompt\": \"Steps: 3, Seed: 5, Size: 1x1\", \"n\": [1, 2]}");
}

/* Fewer than three pairs: the last line belongs to the prompt. */
static void
test_no_parameter_line (void)
{
  g_autoptr(LimnParameters) two = limn_parameters_parse ("cat\nSteps: 20, Seed: 1");
  g_autoptr(LimnParameters) three = limn_parameters_parse ("Steps: 20, Seed: 1, Size: 8x8");
  g_autoptr(LimnParameters) empty = limn_parameters_parse (" \n ");
  g_autoptr(LimnParameters) odd = limn_parameters_parse ("  cat  \n  Negative prompt:  dog \n\n bird \n");

  g_assert_cmpstr (two->prompt, ==, "cat\nSteps: 20, Seed: 1");
  g_assert_cmpuint (two->steps, ==, 0);
  g_assert_cmpstr (three->prompt, ==, "");
  g_assert_cmpuint (three->steps, ==, 20);
  g_assert_cmpuint (three->height, ==, 8);
  g_assert_cmpstr (empty->prompt, ==, "");
  g_assert_cmpstr (odd->prompt, ==, "cat");
  g_assert_cmpstr (odd->negative_prompt, ==, "dog\n\nbird");
}

/* A known key with a value of the wrong kind is kept among the others, not guessed at. */
static void
test_bad_values (void)
{
  g_autoptr(LimnParameters) p = limn_parameters_parse (
    "Steps: many, CFG scale: nan, Seed: -1, Size: 512, Size: 1x2x3, Clip skip: 0, Eta: 1e999, Seed: 7, "
    "Note: \"broken \\q\", Other: \"\\u00e9\\ud83c\\udfe0\"");

  g_assert_cmpuint (p->steps, ==, 0);
  g_assert_true (isnan (p->cfg_scale));
  g_assert_true (p->has_seed);
  g_assert_cmpuint (p->seed, ==, 7);
  g_assert_cmpuint (p->width, ==, 0);
  assert_extra (p, 0, "Steps", "many");
  assert_extra (p, 1, "CFG scale", "nan");
  assert_extra (p, 2, "Seed", "-1");
  assert_extra (p, 3, "Size", "1x2x3");
  assert_extra (p, 4, "Clip skip", "0");
  assert_extra (p, 5, "Eta", "1e999");
  assert_extra (p, 6, "Note", "\"broken \\q\"");
  assert_extra (p, 7, "Other", "é🏠");
}

/* Any value of an extra pair survives, whatever is in it. */
static void
test_round_trip_values (void)
{
  static const char *const pieces[] = { "a", ",", ":", "\"", "\\", "\n", " ", "é", "日本", "x", "7", "{", "\t", "\x01" };
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);

  for (guint round = 0; round < 500; round++)
    {
      g_autoptr(LimnParameters) p = limn_parameters_new ();
      g_autoptr(LimnParameters) q = NULL;
      g_autofree char *text = NULL;

      p->prompt = g_strdup ("a house");
      p->steps = 1 + round;
      p->cfg_scale = g_rand_double_range (rand, 0, 30);
      p->eta = g_rand_double (rand) * 1e-7;
      p->sampler = g_strdup ("Euler");
      for (guint i = 0; i < 4; i++)
        {
          g_autofree char *key = g_strdup_printf ("Key %u", i);
          GString *value = g_string_new (NULL);

          for (gint n = g_rand_int_range (rand, 1, 9); n > 0; n--)
            g_string_append (value, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
          limn_parameters_add (p, key, value->str);
          g_string_free (value, TRUE);
        }
      text = limn_parameters_to_text (p);
      q = limn_parameters_parse (text);
      g_assert_cmpuint (q->steps, ==, p->steps);
      g_assert_cmpfloat (q->cfg_scale, ==, p->cfg_scale);
      g_assert_cmpfloat (q->eta, ==, p->eta);
      g_assert_cmpuint (q->extra->len, ==, 4);
      for (guint i = 0; i < 4; i++)
        assert_extra (q, i, extra (p, i)->key, extra (p, i)->value);
    }
}

/* The scanner finds what the published expression finds, in lines made to confuse it. */
static void
test_same_as_expression (void)
{
  static const char *const pieces[] = { "ab", "c", ":", ": ", ",", ", ", "\"", "\\", " ", "-", "/", "é", "\t", "!", "K:", "x1:" };
  g_autoptr(GRegex) expression = g_regex_new ("\\s*(\\w[\\w \\-/]+):\\s*(\"(?:\\\\.|[^\\\\\"])+\"|[^,]*)(?:,|$)",
                                              G_REGEX_DEFAULT, 0, NULL);
  g_autoptr(GRand) rand = g_rand_new_with_seed (11);
  guint n_lines = 0;

  g_assert_nonnull (expression);
  for (guint round = 0; round < 20000; round++)
    {
      g_autoptr(GString) line = g_string_new ("Aa: 1, Bb: 2, Cc: 3, "); /* always a parameter line */
      g_autoptr(LimnParameters) wanted = limn_parameters_new ();
      g_autoptr(LimnParameters) p = NULL;
      g_autoptr(GMatchInfo) match = NULL;

      for (gint n = g_rand_int_range (rand, 1, 14); n > 0; n--)
        g_string_append (line, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      g_string_append_c (line, '.');

      for (g_regex_match (expression, line->str, 0, &match); g_match_info_matches (match);
           g_match_info_next (match, NULL))
        {
          g_autofree char *key = g_match_info_fetch (match, 1);
          g_autofree char *value = g_match_info_fetch (match, 2);
          gsize length = strlen (value);

          if (length == 0 || strcmp (value, "\"\"") == 0)
            continue;
          /* What JSON makes of it is another test's business: the same pairs are the matter here. */
          if (length >= 2 && value[0] == '"' && value[length - 1] == '"')
            limn_parameters_add (wanted, key, "quoted");
          else
            limn_parameters_add (wanted, key, value);
        }

      p = limn_parameters_parse (line->str);
      if (p->extra->len != wanted->extra->len)
        g_test_message ("line: %s", line->str);
      g_assert_cmpuint (p->extra->len, ==, wanted->extra->len);
      for (guint i = 0; i < wanted->extra->len; i++)
        {
          g_assert_cmpstr (extra (p, i)->key, ==, extra (wanted, i)->key);
          if (strcmp (extra (wanted, i)->value, "quoted") != 0)
            g_assert_cmpstr (extra (p, i)->value, ==, extra (wanted, i)->value);
        }
      n_lines += wanted->extra->len > 3;
    }
  g_assert_cmpuint (n_lines, >, 2000);
}

/* Lines that would take a backtracking reader hours; a minute here is a failure (measured: 0.1 s). */
static void
test_hostile_time (void)
{
  static const char *const patterns[] = { "a", "a ", "a:\"", "ab:\"\\", "ab: ,", "ab:\"x\",", "\\\"", "ab:\"\\\"," };
  gint64 start = g_get_monotonic_time ();

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr(GString) text = g_string_new ("aa:1,bb:2,cc:3,");
      g_autoptr(LimnParameters) p = NULL;

      for (guint n = 0; n < 300000; n++)
        g_string_append (text, patterns[i]);
      p = limn_parameters_parse (text->str);
      g_assert_cmpuint (p->extra->len, >=, 3);
    }
  g_assert_cmpint (g_get_monotonic_time () - start, <, 60 * G_USEC_PER_SEC);
}

void
add_parameters_tests (void)
{
  g_test_add_func ("/parameters/a1111", test_a1111);
  g_test_add_func ("/parameters/defaults", test_defaults);
  g_test_add_func ("/parameters/write-short", test_write_short);
  g_test_add_func ("/parameters/stable-diffusion-cpp", test_stable_diffusion_cpp);
  g_test_add_func ("/parameters/no-parameter-line", test_no_parameter_line);
  g_test_add_func ("/parameters/bad-values", test_bad_values);
  g_test_add_func ("/parameters/round-trip-values", test_round_trip_values);
  g_test_add_func ("/parameters/same-as-expression", test_same_as_expression);
  g_test_add_func ("/parameters/hostile-time", test_hostile_time);
}
