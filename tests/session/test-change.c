/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "session/limn-change.h"
#include "session/limn-request-lora.h"

#include <string.h>

#define PICTURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static LimnRequest *
plain (const char *prompt)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, prompt);
  request->sampler = LIMN_SAMPLER_EULER;
  request->steps = 20;
  request->cfg = 7;
  request->width = request->height = 64;
  return request;
}

/* How a branch that says other words is called. */
static void
test_words (void)
{
  static const struct
  {
    const char *from;
    const char *to;
    const char *name;
  } cases[] = {
    { "a lighthouse at noon", "a lighthouse at sunset", "noon → sunset" },
    { "a lighthouse at noon, oil", "a lighthouse at sunset, oil", "noon → sunset" },
    { "a lighthouse", "a lighthouse, rain", "+ rain" },
    { "a lighthouse, rain, fog", "a lighthouse, fog", "− rain" },
    { "", "a cat", "+ a cat" },
    { "a cat", "", "− a cat" },
    { "a red house by the sea at noon", "a blue house by the sea at night", "red → blue, noon → night" },
    { "the dark house", "the old houses", "dark house → old houses" },
    { "a dark house", "the dark castle", "a dark house → the dark castle" },
    { "(noon:1.2) light", "(noon:1.4) light", "1.2 → 1.4" },
    { "a cat", "a  cat", "a cat → a  cat" },
    { "a cat", "a cat.", "a cat → a cat." },
    { "מגדלור בצהריים", "מגדלור בשקיעה", "בצהריים → בשקיעה" },
    { "a b c d e f", "f e d c b a", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnRequest) from = plain (cases[i].from);
      g_autoptr(LimnRequest) to = test_branch_of (from, 8);
      g_autoptr(GPtrArray) changes = NULL;
      g_autofree char *name = NULL;

      limn_request_set_prompt (to, cases[i].to);
      changes = limn_change_list (to);
      name = limn_changes_to_english (changes);
      if (cases[i].name)
        g_assert_cmpstr (name, ==, cases[i].name);
      else
        g_assert_cmpuint (changes->len, >, 0);
    }
}

/* Whatever the words: the first and the last that differ are in some change, and nothing is said where they are the same. */
static void
test_any_words (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (31);

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr(GString) left = g_string_new (NULL);
      g_autoptr(GString) right = g_string_new (NULL);
      GString *const texts[] = { left, right };
      g_autoptr(LimnRequest) a = NULL;
      g_autoptr(LimnRequest) b = NULL;
      g_autoptr(GPtrArray) changes = NULL;

      for (guint k = 0; k < 2; k++)
        for (guint n = g_rand_int_range (rand, 0, 9); n > 0; n--)
          g_string_append_printf (texts[k], "%c%s", 'a' + g_rand_int_range (rand, 0, 4), g_rand_boolean (rand) ? ", " : " ");
      a = plain (texts[0]->str);
      b = plain (texts[1]->str);
      changes = limn_change_list_between (a, b);
      g_assert_cmpint (changes->len == 0, ==, g_str_equal (a->prompt, b->prompt));
      for (guint k = 0; k < changes->len; k++)
        {
          const LimnChange *change = g_ptr_array_index (changes, k);

          g_assert_cmpstr (change->old_text, !=, change->new_text);
          g_assert_nonnull (strstr (a->prompt, change->old_text));
          g_assert_nonnull (strstr (b->prompt, change->new_text));
        }
    }
}

static void
test_long (void)
{
  g_autoptr(GString) left = g_string_new (NULL);
  g_autoptr(GString) right = g_string_new (NULL);
  GString *const texts[] = { left, right };
  g_autoptr(LimnRequest) a = NULL;
  g_autoptr(LimnRequest) b = NULL;
  g_autoptr(GPtrArray) changes = NULL;
  const LimnChange *change;

  for (guint k = 0; k < 2; k++)
    for (guint i = 0; i < 9000; i++)
      g_string_append_printf (texts[k], "é%u ", i * 2 + k);
  a = plain (texts[0]->str);
  b = plain (texts[1]->str);
  changes = limn_change_list_between (a, b);
  g_assert_cmpuint (changes->len, ==, 1);
  change = g_ptr_array_index (changes, 0);
  g_assert_true (g_utf8_validate (change->new_text, -1, NULL));
  g_assert_cmpuint (g_utf8_strlen (change->new_text, -1), ==, 200);
}

static void
test_settings (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) from = plain ("a cat");
      g_autoptr(LimnRequest) to = NULL;
      g_autoptr(GPtrArray) changes = NULL;
      g_autofree char *name = NULL;
      const char *expected;

      from->cfg = i == 2 ? 1 : 7;
      to = test_branch_of (from, 8);
      switch (i)
        {
        case 0: expected = "the same"; break;
        case 1: limn_request_set_negative (to, "blurry"); expected = "negative: + blurry"; break;
        case 2: limn_request_set_negative (to, "blurry"); to->cfg_rescale = 0.5; expected = "the same"; break;
        case 3: to->cfg = 3.5; expected = "cfg 7 → 3.5"; break;
        case 4: to->sampler = LIMN_SAMPLER_EULER_A; to->eta = 1; expected = "Euler → Euler a"; break;
        case 5: to->sampler = LIMN_SAMPLER_EULER_A; to->eta = 0.5; expected = "Euler → Euler a, eta 0 → 0.5"; break;
        case 6: to->eta = 0.5; expected = "the same"; break;
        case 7: to->schedule = LIMN_SCHEDULE_KARRAS; to->steps = 30; expected = "model → Karras, steps 20 → 30"; break;
        case 8:
          to->branch->noise = LIMN_FRESH_NOISE_RENOISE;
          to->branch->noise_amount = 0.35;
          expected = "fresh noise 0.35";
          break;
        case 9: to->branch->noise = LIMN_FRESH_NOISE_STREAM; to->branch->noise_seed = 5; expected = "fresh noise, seed 5"; break;
        case 10: to->branch->noise = LIMN_FRESH_NOISE_RENOISE; expected = "the same"; break;
        case 11:
          to->source = limn_request_source_new (PICTURE);
          limn_request_source_set_mask (to->source, PICTURE);
          expected = "mask";
          break;
        case 12: to->syntax = LIMN_PROMPT_PLAIN; expected = "prompt syntax"; break;
        case 13: to->cfg_rescale = 0.5; expected = "cfg rescale 0 → 0.5"; break;
        case 14: limn_request_add_control (to, limn_request_control_new ("/c", PICTURE)); expected = "pictures to draw by"; break;
        case 15:
          limn_request_add_lora (to, "/m/ink.safetensors", 0.8, 0.8);
          limn_request_add_lora (to, "/m/fog.safetensors", 1, 0.5);
          expected = "LoRA + ink 0.8, LoRA + fog 1, text 0.5";
          break;
        case 16:
          limn_request_add_lora (to->branch->from, "/m/ink.safetensors", 0.8, 0.8);
          limn_request_add_lora (to->branch->from, "/m/fog.safetensors", 1, 1);
          limn_request_add_lora (to->branch->from, "/m/oil.safetensors", 1, 1);
          limn_request_add_lora (to, "/m/oil.safetensors", 1, 1);
          limn_request_add_lora (to, "/m/ink.safetensors", -0.5, -0.5);
          expected = "LoRA ink 0.8 → ink -0.5, LoRA − fog 1";
          break;
        default: return;
        }
      changes = limn_change_list (to);
      name = limn_changes_to_english (changes);
      g_assert_cmpstr (name, ==, expected);
    }
}

/* What is named is what changes at that step, not what the parent changed later. */
static void
test_chain (void)
{
  g_autoptr(LimnRequest) a = plain ("a cat");
  g_autoptr(LimnRequest) b = test_branch_of (a, 10);
  g_autoptr(LimnRequest) c = NULL;
  g_autoptr(GPtrArray) changes = NULL;
  g_autofree char *name = NULL;

  limn_request_set_prompt (b, "a dog");
  c = test_branch_of (b, 5);
  c->cfg = 3;
  changes = limn_change_list (c);
  name = limn_changes_to_english (changes);
  g_assert_cmpstr (name, ==, "cat → dog, cfg 7 → 3");
}

static void
test_between (void)
{
  g_autoptr(LimnRequest) a = plain ("a cat");
  g_autoptr(LimnRequest) b = plain ("a cat");
  g_autoptr(GPtrArray) changes = NULL;
  g_autofree char *name = NULL;

  b->seed = 4;
  b->batch_index = 2;
  b->batch_count = 3;
  b->width = 128;
  limn_request_set_model (b, "/models/one.safetensors");
  b->source = limn_request_source_new (PICTURE);
  changes = limn_change_list_between (a, b);
  name = limn_changes_to_english (changes);
  g_assert_cmpstr (name, ==, "picture to start from, seed 0 → 6, 64×64 → 128×64, model + one.safetensors");
}

void
test_change_add (void)
{
  g_test_add_func ("/change/words", test_words);
  g_test_add_func ("/change/any-words", test_any_words);
  g_test_add_func ("/change/long", test_long);
  g_test_add_func ("/change/settings", test_settings);
  g_test_add_func ("/change/chain", test_chain);
  g_test_add_func ("/change/between", test_between);
}
