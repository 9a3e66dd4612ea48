/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-request-lora.h"

#include <math.h>
#include <string.h>

static void
check_lora (const GPtrArray *loras, guint i, const char *path, double strength, double text_strength)
{
  const LimnRequestLora *lora;

  g_assert_cmpuint (loras->len, >, i);
  lora = loras->pdata[i];
  g_assert_cmpstr (lora->path, ==, path);
  g_assert_cmpfloat (lora->strength, ==, strength);
  g_assert_cmpfloat (lora->text_strength, ==, text_strength);
}

static void
test_json (void)
{
  static const struct { const char *from, *to, *words; } bad[] = {
    { "\"loras\":[", "\"loras\":[{},", "missing" },
    { "\"strength\":0.8", "\"strength\":\"0.8\"", "strength" },
    { "\"strength\":0.8", "\"strength\":101", "strength" },
    { "\"tagged\":false", "\"tagged\":0", "tagged" },
    { "\"tagged\":false", "\"tagged\":false,\"hash\":1", "hash" },
    { "\"path\":\"~/ink.safetensors\"", "\"path\":null", "path" },
    { "[{\"path\":\"~/ink.safetensors\",\"strength\":0.8,\"text_strength\":0.25,\"tagged\":false}]", "[]", "loras" },
    { "[{\"path\":\"~/ink.safetensors\",\"strength\":0.8,\"text_strength\":0.25,\"tagged\":false}]", "7", "loras" },
  };
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnRequest) again = NULL;
  g_autofree char *path = g_build_filename (g_get_home_dir (), "ink.safetensors", NULL);
  g_autofree char *json = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *before = limn_request_to_json (request);
  GError *error = NULL;

  limn_request_add_lora (request, path, 0.8, 0.25);
  json = limn_request_to_json (request);
  g_assert_true (g_str_has_prefix (json, "{\"version\":4,"));
  g_assert_nonnull (strstr (json, "\"loras\":[{\"path\":\"~/ink.safetensors\",\"strength\":0.8,\"text_strength\":0.25,\"tagged\":false}]"));
  again = limn_request_new_from_json (json, "test", &error);
  g_assert_no_error (error);
  g_assert_true (limn_request_equal (request, again));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto(GStrv) pieces = g_strsplit (json, bad[i].from, 2);
      g_autofree char *text = g_strjoinv (bad[i].to, pieces);

      g_test_message ("%s", bad[i].to);
      g_assert_cmpuint (g_strv_length (pieces), ==, 2);
      g_assert_null (limn_request_new_from_json (text, "test", &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, bad[i].words));
      g_clear_error (&error);
    }
  /* The last one gone, it is the request that it was. */
  limn_request_clear_loras (request, FALSE);
  g_assert_null (request->loras);
  plain = limn_request_to_json (request);
  g_assert_cmpstr (plain, ==, before);
}

static void
test_check (void)
{
  static const double strengths[] = { NAN, INFINITY, -100.5 };

  for (guint i = 0; i <= G_N_ELEMENTS (strengths) + 1; i++)
    {
      g_autoptr(LimnRequest) request = limn_request_new ();
      GError *error = NULL;

      if (i < G_N_ELEMENTS (strengths))
        limn_request_add_lora (request, "/ink.safetensors", i == 0 ? 1 : strengths[i], i == 0 ? strengths[i] : 1);
      else if (i == G_N_ELEMENTS (strengths))
        limn_request_add_lora (request, "", 1, 1);
      for (guint j = 0; i > G_N_ELEMENTS (strengths) && j <= LIMN_REQUEST_MAX_LORAS; j++)
        limn_request_add_lora (request, "/ink.safetensors", 1, 1);
      g_assert_false (limn_request_check (request, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
      g_clear_error (&error);
    }
}

/* Between ends the strengths are mixed; an end alone has its own, to the bit, also where all have the same. */
static void
test_mixed (void)
{
  g_autoptr(LimnRequest) a = limn_request_new ();
  g_autoptr(LimnRequest) b = limn_request_new ();
  g_autoptr(LimnRequest) mixed = limn_request_new ();
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  g_autoptr(GPtrArray) own = NULL;
  g_autoptr(GPtrArray) none = NULL;
  g_autoptr(GPtrArray) first = NULL;
  g_autoptr(GPtrArray) between = NULL;
  g_autoptr(GPtrArray) same = NULL;

  none = limn_request_list_loras (a);
  g_assert_cmpuint (none->len, ==, 0);
  limn_request_add_lora (a, "/ink", 0.7, 0.1);
  limn_request_add_lora (a, "/fog", 1, 1);
  limn_request_add_lora (b, "/ink", 0.5, 0.5);
  limn_request_add_lora (b, "/oil", -2, 0);
  own = limn_request_list_loras (a);
  g_assert_cmpuint (own->len, ==, 2);
  check_lora (own, 0, "/ink", 0.7, 0.1);

  limn_request_add_lora (mixed, "/nobody-asks", 9, 9);
  limn_request_mix_set_end (mix, 0, a, NULL);
  limn_request_mix_set_end (mix, 1, b, NULL);
  limn_request_take_mix (mixed, mix);
  first = limn_request_list_loras (mixed);
  g_assert_cmpuint (first->len, ==, 2);
  check_lora (first, 0, "/ink", 0.7, 0.1);
  check_lora (first, 1, "/fog", 1, 1);

  mix->u = 0.25;
  between = limn_request_list_loras (mixed);
  g_assert_cmpuint (between->len, ==, 3);
  check_lora (between, 0, "/ink", 0.75 * 0.7 + 0.25 * 0.5, 0.75 * 0.1 + 0.25 * 0.5);
  check_lora (between, 1, "/fog", 0.75, 0.75);
  check_lora (between, 2, "/oil", -0.5, 0);

  limn_request_mix_set_end (mix, 1, a, NULL);
  mix->u = 0.3;
  same = limn_request_list_loras (mixed);
  g_assert_cmpuint (same->len, ==, 2);
  check_lora (same, 0, "/ink", 0.7, 0.1);
}

/* Names become files when the request is made; the panel's are left alone, and doing it twice changes nothing. */
static void
test_tags (void)
{
  g_autoptr(LimnResources) resources = limn_resources_new ();
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnRequest) before = NULL;
  GError *error = NULL;

  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/m/ink.safetensors");
  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/m/Fog.safetensors");
  limn_request_add_lora (request, "/m/oil.safetensors", 2, 2);
  limn_request_set_prompt (request, "a house <lora:ink:0.25> and <lora:fog:0.5:0.75> trees");
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (limn_request_resolve_loras (request, resources, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (request->loras->len, ==, 3);
      check_lora (request->loras, 0, "/m/oil.safetensors", 2, 2);
      check_lora (request->loras, 1, "/m/ink.safetensors", 0.25, 0.25);
      check_lora (request->loras, 2, "/m/Fog.safetensors", 0.75, 0.5); /* the text encoder's stands first in a tag */
    }
  g_assert_cmpstr (request->prompt, ==, "a house <lora:ink:0.25> and <lora:fog:0.5:0.75> trees");
  g_assert_true (limn_request_check (request, NULL));

  /* Without folders: those that it had. */
  limn_request_set_prompt (request, "a house <lora:INK:1>");
  g_assert_true (limn_request_resolve_loras (request, NULL, &error));
  g_assert_cmpuint (request->loras->len, ==, 2);
  check_lora (request->loras, 1, "/m/ink.safetensors", 1, 1);

  before = limn_request_copy (request);
  limn_request_set_prompt (before, "a house <lora:nothing:1>");
  limn_request_set_prompt (request, "a house <lora:nothing:1>");
  g_assert_false (limn_request_resolve_loras (request, resources, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "nothing"));
  g_clear_error (&error);
  g_assert_true (limn_request_equal (request, before));

  /* A cell of a sheet: the file beside the others. */
  limn_request_retag_loras (request);
  g_assert_cmpuint (request->loras->len, ==, 2);
  check_lora (request->loras, 1, "/m/nothing.safetensors", 1, 1);

  limn_request_clear_loras (request, FALSE);
  limn_request_set_prompt (request, "a house");
  limn_request_retag_loras (request);
  g_assert_null (request->loras);
  /* Where no sign has a meaning, a tag is text. */
  limn_request_set_prompt (request, "a house <lora:ink:1>");
  request->syntax = LIMN_PROMPT_PLAIN;
  g_assert_true (limn_request_resolve_loras (request, resources, &error));
  g_assert_null (request->loras);
}

void
test_request_lora_add (void)
{
  g_test_add_func ("/request/lora/json", test_json);
  g_test_add_func ("/request/lora/check", test_check);
  g_test_add_func ("/request/lora/mixed", test_mixed);
  g_test_add_func ("/request/lora/tags", test_tags);
}
