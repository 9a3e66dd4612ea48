/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* LoRAs on their way through a session: that what a request says of them is what is painted, that nothing of one picture's gets into the next, and
 * that the picture says what it was painted with. What they do to the networks is seen in tests/model. */

#include "test-engine.h"

#include "session/limn-engine-model.h"
#include "session/limn-recipe.h"
#include "session/limn-request-lora.h"
#include "session/limn-session.h"

#include <string.h>

static LimnEngine *
open_engine (gpointer data, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  return limn_engine_model_open (data, request, cancellable, error);
}

static char *
lora_path (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);

  return g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests/model/reference/lora", file, NULL);
}

static LimnRequest *
new_request (const char *prompt)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, prompt);
  request->seed = 11;
  request->steps = 2;
  request->sampler = LIMN_SAMPLER_EULER;
  request->cfg = 4;
  request->width = request->height = 32;
  request->preview = LIMN_PREVIEW_NONE;
  return request;
}

static LimnResult *
paint (LimnSession *session, const LimnRequest *request)
{
  g_autoptr(GError) error = NULL;
  LimnResult *result = limn_session_generate_sync (session, request, NULL, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static gboolean
same_pixels (const LimnResult *a, const LimnResult *b)
{
  g_autofree char *first = limn_recipe_hash_pixels (a->picture);
  g_autofree char *second = limn_recipe_hash_pixels (b->picture);

  return g_str_equal (first, second);
}

static void
test_pictures (void)
{
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &options, NULL);
  g_autoptr(LimnResources) resources = limn_resources_new ();
  g_autofree char *kohya = lora_path ("kohya");
  g_autofree char *peft = lora_path ("peft");
  g_autoptr(LimnRequest) plain = new_request ("a house");
  g_autoptr(LimnRequest) beside = new_request ("a house");
  g_autoptr(LimnRequest) words_only = new_request ("a house");
  g_autoptr(LimnRequest) tagged = new_request ("a house<lora:kohya:0.25:0.75>");
  g_autoptr(LimnRequest) both = new_request ("a house<lora:peft:0.5>");
  g_autoptr(LimnResult) before = paint (session, plain);
  g_autoptr(LimnResult) first = NULL;
  g_autoptr(LimnResult) second = NULL;
  g_autoptr(LimnResult) third = NULL;
  g_autoptr(LimnResult) fourth = NULL;
  g_autoptr(LimnResult) after = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autofree char *text = NULL;
  GError *error = NULL;

  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, kohya);
  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, peft);
  limn_request_add_lora (beside, kohya, 0.75, 0.25);
  limn_request_add_lora (words_only, kohya, 0, 0.25);
  g_assert_true (limn_request_resolve_loras (tagged, resources, &error));
  g_assert_true (limn_request_resolve_loras (both, resources, &error));
  limn_request_add_lora (both, kohya, 0.75, 0.25);

  first = paint (session, beside);
  g_assert_false (same_pixels (before, first));
  g_assert_cmpuint (g_strv_length (first->notes), ==, 0);
  /* The same words for the same UNet are others for another encoder. */
  third = paint (session, words_only);
  g_assert_false (same_pixels (before, third));
  g_assert_false (same_pixels (first, third));
  /* A tag is no word, and means the same as the list. */
  second = paint (session, tagged);
  g_assert_true (same_pixels (first, second));
  fourth = paint (session, both);
  g_assert_false (same_pixels (first, fourth));
  after = paint (session, plain);
  g_assert_true (same_pixels (before, after));

  /* What the file says: by whose contents it was painted, and as AUTOMATIC1111 would say it. */
  g_assert_null (strstr (before->model_files, "lora:"));
  g_assert_nonnull (strstr (fourth->model_files, "\"lora:kohya\":\"d714076155e9"));
  g_assert_nonnull (strstr (fourth->model_files, "\"lora:peft\":\""));
  recipe = limn_recipe_new_for_result (fourth);
  text = limn_recipe_get_parameters (recipe);
  g_assert_true (g_str_has_prefix (text, "a house<lora:peft:0.5> <lora:kohya:0.25:0.75>\n"));
  g_assert_nonnull (strstr (text, "Lora hashes: \"peft: "));
  g_assert_nonnull (strstr (text, "kohya: d714076155e9"));
}

/* From one style to the other: the ends to the bit, and between them something else. */
static void
test_mix (void)
{
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &options, NULL);
  g_autofree char *kohya = lora_path ("kohya");
  g_autofree char *peft = lora_path ("peft");
  g_autoptr(LimnRequest) a = new_request ("a house");
  g_autoptr(LimnRequest) b = new_request ("a house");
  g_autoptr(LimnRequest) mixed = new_request ("");
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  g_autoptr(LimnResult) end = NULL;
  g_autoptr(LimnResult) at_end = NULL;
  g_autoptr(LimnResult) between = NULL;

  limn_request_add_lora (a, kohya, 0.75, 0.25);
  limn_request_add_lora (b, peft, 1, 1);
  limn_request_mix_set_end (mix, 0, a, NULL);
  limn_request_mix_set_end (mix, 1, b, NULL);
  limn_request_take_mix (mixed, mix);
  end = paint (session, b);
  mix->u = 1;
  at_end = paint (session, mixed);
  g_assert_true (same_pixels (end, at_end));
  mix->u = 0.5;
  between = paint (session, mixed);
  g_assert_false (same_pixels (end, between));
}

/* One that is not there, or for another model: said before the first step, and the next picture is as ever. */
static void
test_refused (void)
{
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &options, NULL);
  g_autofree char *no_lora = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests/model/reference/lora/merged.safetensors", NULL);
  const char *const paths[] = { "/nowhere/ink.safetensors", no_lora };
  g_autoptr(LimnRequest) plain = new_request ("a house");
  g_autoptr(LimnResult) before = paint (session, plain);
  g_autoptr(LimnResult) after = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr(LimnRequest) request = new_request ("a house");
      g_autoptr(GError) error = NULL;

      limn_request_add_lora (request, paths[i], 1, 1);
      g_assert_null (limn_session_generate_sync (session, request, NULL, NULL, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
    }
  after = paint (session, plain);
  g_assert_true (same_pixels (before, after));
}

/* What is written and has no such effect: said with the picture, and not with the next. */
static void
test_notes (void)
{
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &options, NULL);
  g_autoptr(LimnRequest) request = new_request ("a house, embedding:nowhere");
  g_autoptr(LimnRequest) plain = new_request ("a house");
  g_autoptr(LimnResult) told = NULL;
  g_autoptr(LimnResult) silent = NULL;

  request->clip_skip = 12;
  told = paint (session, request);
  g_assert_cmpuint (g_strv_length (told->notes), ==, 2);
  g_assert_nonnull (strstr (told->notes[0], "“nowhere”"));
  g_assert_nonnull (strstr (told->notes[1], "the 3 layers"));
  silent = paint (session, plain);
  g_assert_cmpuint (g_strv_length (silent->notes), ==, 0);
}

void
test_engine_lora_add (void)
{
  g_test_add_func ("/engine/lora/pictures", test_pictures);
  g_test_add_func ("/engine/lora/mix", test_mix);
  g_test_add_func ("/engine/lora/refused", test_refused);
  g_test_add_func ("/engine/lora/notes", test_notes);
}
