/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "image/limn-parameters.h"
#include "image/limn-png.h"
#include "session/limn-import.h"
#include "session/limn-recipe.h"
#include "stub-engine.h"

#include <string.h>

static LimnResult *
make_result (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(GError) error = NULL;
  LimnResult *result;

  limn_request_set_prompt (request, "a “red” house,\nwith: a door");
  limn_request_set_negative (request, "blurry");
  request->seed = 40;
  request->batch_count = 4;
  request->batch_index = 2;
  request->schedule = LIMN_SCHEDULE_KARRAS;
  request->open &= ~(LIMN_REQUEST_OPEN_STEPS | LIMN_REQUEST_OPEN_SAMPLER);
  request->steps = 3;
  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static void
test_png (void)
{
  g_autoptr(LimnResult) result = make_result ();
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autoptr(LimnRecipe) read = NULL;
  g_autoptr(LimnParameters) parameters = NULL;
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *again = NULL;
  g_autofree char *pixels = NULL;

  bytes = limn_recipe_encode_png (recipe, result->picture, &error);
  g_assert_no_error (error);
  png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, &error);
  g_assert_no_error (error);

  read = limn_recipe_new_from_json (limn_png_lookup (png, "limn"), "test", &error);
  g_assert_no_error (error);
  g_assert_true (read->intact);
  g_assert_true (limn_request_equal (read->request, result->request));
  g_assert_cmpuint (read->n_steps, ==, 3);
  g_assert_cmpuint (read->shown, ==, 3);
  pixels = limn_recipe_hash_pixels (png->image);
  g_assert_cmpstr (pixels, ==, read->pixels);
  again = limn_recipe_to_json (read);
  g_assert_cmpstr (again, ==, limn_png_lookup (png, "limn"));
  for (guint i = 0; i <= 3; i++)
    {
      const LimnFingerprint *a = &g_array_index (result->fingerprints, LimnFingerprint, i);
      const LimnFingerprint *b = &g_array_index (read->fingerprints, LimnFingerprint, i);

      g_assert_cmpstr (a->hash, ==, b->hash);
      g_assert_cmpfloat (limn_fingerprint_distance (a, b), <, 1e-8);
    }

  parameters = limn_parameters_parse (limn_png_lookup (png, "parameters"));
  g_assert_cmpstr (parameters->prompt, ==, result->request->prompt);
  g_assert_cmpstr (parameters->negative_prompt, ==, "blurry");
  g_assert_cmpuint (parameters->steps, ==, 3);
  g_assert_cmpstr (parameters->sampler, ==, "DPM++ 2M");
  g_assert_cmpstr (parameters->schedule_type, ==, "Karras");
  g_assert_cmpuint (parameters->seed, ==, 42);
  g_assert_cmpuint (parameters->width, ==, 64);
  g_assert_cmpfloat (parameters->cfg_scale, ==, 4);
  g_assert_cmpstr (parameters->model_hash, ==, "0011223344");
  g_assert_cmpstr (parameters->rng, ==, "CPU");
}

/* How a picture was painted over another one stands in the text that others read, in their words; and comes back from there. */
static void
test_source (void)
{
  g_autoptr(LimnResult) result = make_result ();
  g_autoptr(GPtrArray) texts = g_ptr_array_new ();
  LimnRequestSource *source = limn_request_source_new (
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  LimnPngText text = { (char *) "parameters", NULL };

  g_ptr_array_add (texts, &text);
  limn_request_source_set_mask (source, source->picture);
  source->strength = 0.6;
  source->feather = 12;
  source->only_masked = TRUE;
  source->padding = 48;
  source->grow_left = 64;
  result->request->source = source;
  result->request->tile = 512;
  result->request->overlap = 96;
  for (guint i = 0; i <= LIMN_CONTENT_EMPTY; i++)
    {
      static const char *const contents[] = { "original", "fill", "latent noise", "latent nothing" };
      g_autoptr(LimnRecipe) recipe = NULL;
      g_autoptr(LimnRecipe) read = NULL;
      g_autoptr(LimnParameters) parameters = NULL;
      g_autoptr(LimnImport) import = NULL;
      g_autofree char *line = NULL;
      g_autofree char *content = NULL;
      g_autofree char *json = NULL;

      source->content = i;
      result->request->wrap_y = i == 2;
      source->only_masked = i != 2;
      recipe = limn_recipe_new_for_result (result);
      recipe->pixels = g_strdup (source->picture);
      json = limn_recipe_to_json (recipe);
      read = limn_recipe_new_from_json (json, "test", NULL);
      g_assert_true (limn_request_equal (read->request, result->request));

      line = text.text = limn_recipe_get_parameters (recipe);
      parameters = limn_parameters_parse (line);
      content = limn_parameters_get (parameters, "Masked content");
      g_assert_cmpstr (content, ==, contents[i]);
      g_assert_nonnull (strstr (line, ", Denoising strength: 0.6, "));
      g_assert_nonnull (strstr (line, ", Mask blur: 12"));
      g_assert_cmpint (strstr (line, ", Inpaint area: Only masked, Masked area padding: 48") != NULL, ==, i != 2);
      g_assert_nonnull (strstr (line, ", Outpaint: \"left 64, top 0, right 0, bottom 0\""));

      import = limn_import_new (texts, 8);
      g_assert_cmpfloat (import->start->strength, ==, 0.6);
      g_assert_cmpuint (import->start->feather, ==, 12);
      g_assert_cmpuint (import->start->padding, ==, i != 2 ? 48 : 32);
      g_assert_cmpint (import->start->only_masked, ==, i != 2);
      g_assert_cmpint (import->start->content, ==, i);
      g_assert_null (import->start->picture);
      g_assert_null (import->request->source);
      g_assert_cmpuint (import->request->tile, ==, 512);
      g_assert_cmpuint (import->request->overlap, ==, 96);
      g_assert_cmpint (import->request->wrap_y, ==, i == 2);
      g_assert_false (import->request->wrap_x);
    }
}

static char *
make_parameters (const LimnRequest *request)
{
  LimnRecipe recipe = { .program = (char *) "Limn 0.1.0", .request = (LimnRequest *) request, .n_steps = 20, .shown = 20,
                        .model_name = (char *) "m", .device = (char *) "d", .driver = (char *) "d" };

  return limn_recipe_get_parameters (&recipe);
}

static void
assert_says (const LimnRequest *request, const char *part)
{
  g_autofree char *text = make_parameters (request);

  if (!strstr (text, part))
    g_error ("“%s” does not say “%s”", text, part);
}

/* What the text for other programs says of a picture that descends from others, and what comes back where only that text is left. */
static void
test_descent (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  g_autoptr(LimnRequest) own = test_random_request (rand);
  g_autoptr(LimnRequest) branch = NULL;
  g_autoptr(LimnRequest) again = NULL;
  g_autoptr(LimnRequest) mix = NULL;
  g_autoptr(LimnRequest) pictures = NULL;
  g_autoptr(LimnImport) import = NULL;
  g_autoptr(GPtrArray) texts = g_ptr_array_new ();
  LimnPngText text = { .keyword = (char *) "parameters" };
  g_autofree char *parameters = NULL;

  own->seed = 40;
  own->cfg = 7;
  own->batch_count = 4;
  own->batch_index = 2;
  limn_request_set_prompt (own, "a lake at noon");
  own->variation_seed = 9;
  own->variation_strength = 0.25;
  own->seed_width = 512;
  own->seed_height = 768;
  assert_says (own, ", Seed: 40, ");
  assert_says (own, ", Variation seed: 11, Variation seed strength: 0.25, Seed resize from: 512x768, ");
  own->clip_skip = 2;
  limn_request_set_vae (own, "/vaes/soft.safetensors");
  assert_says (own, ", VAE: soft.safetensors, ");
  assert_says (own, ", Clip skip: 2, ");
  own->clip_skip = 0;
  limn_request_set_vae (own, NULL);

  branch = test_branch_of (own, 8);
  limn_request_set_prompt (branch, "a lake at sunset");
  assert_says (branch, "a lake at sunset\n");
  assert_says (branch, "Branch: \"after step 8: noon → sunset\", ");
  again = test_branch_of (branch, 12);
  again->cfg = 3;
  again->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  again->branch->noise_amount = 0.5;
  assert_says (again, "Branch: \"after step 8: noon → sunset; after step 12: cfg 7 → 3, fresh noise 0.5\", ");
  again->cfg = 7;
  again->branch->noise_amount = 0;
  assert_says (again, "Branch: \"after step 8: noon → sunset\", ");

  own->variation_strength = 0;
  mix = test_mix_of (own, LIMN_MIX_NOISE, 2, 0.75, 0);
  assert_says (mix, "a blue house\n");
  assert_says (mix, "Mix: \"noise and prompts: 0.25 of seed 142, a red house; 0.75 of seed 143, a blue house\"");
  assert_says (mix, ", Seed: 143, ");
  pictures = test_mix_of (own, LIMN_MIX_PICTURES, 4, 0, 0.25);
  limn_request_mix_set_end (pictures->mix, 2, NULL, pictures->mix->ends[1].picture);
  assert_says (pictures, "a lake at noon\n");
  assert_says (pictures, "Mix: \"pictures: 0.75 of seed 142, a red house; 0.25 of 0123456789ab\"");
  assert_says (pictures, "Denoising strength: 0.5");

  parameters = make_parameters (branch);
  text.text = parameters;
  g_ptr_array_add (texts, &text);
  import = limn_import_new (texts, 8);
  g_assert_cmpstr (import->request->prompt, ==, "a lake at sunset");
  g_assert_cmpuint (import->request->variation_seed, ==, 11);
  g_assert_null (import->request->branch);
  g_assert_cmpuint (import->notes->len, ==, 2); /* and the model's name */
  g_assert_nonnull (strstr (g_ptr_array_index (import->notes, 0), "parted from another picture"));
}

/* A picture of Limn's own brings back every field, and says so when somebody has changed it. */
static void
test_import (void)
{
  g_autoptr(LimnResult) result = make_result ();
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autoptr(GBytes) bytes = limn_recipe_encode_png (recipe, result->picture, NULL);
  g_autoptr(LimnPng) png = limn_png_decode (bytes, LIMN_PNG_READ_TEXTS, NULL);
  g_autoptr(LimnImport) import = limn_import_new (png->texts, 8);
  g_autoptr(LimnImport) changed = NULL;
  g_autoptr(LimnImport) broken = NULL;
  LimnPngText *text = g_ptr_array_index (png->texts, 1);
  char *seed;

  g_assert_true (import->exact);
  g_assert_cmpint (import->origin, ==, LIMN_IMPORT_LIMN);
  g_assert_true (limn_request_equal (import->request, result->request));
  g_assert_cmpuint (import->notes->len, ==, 0);

  g_assert_cmpstr (text->keyword, ==, "limn");
  seed = strstr (text->text, "\"seed\":\"40\"");
  seed[8] = '2';
  changed = limn_import_new (png->texts, 8);
  g_assert_false (changed->exact);
  g_assert_cmpuint (changed->request->seed, ==, 20);
  g_assert_cmpuint (changed->notes->len, ==, 1);

  /* A recipe that cannot be read leaves the text for other programs. */
  text->text[0] = '!';
  broken = limn_import_new (png->texts, 8);
  g_assert_cmpint (broken->origin, ==, LIMN_IMPORT_LIMN);
  g_assert_cmpuint (broken->request->seed, ==, 42);
  g_assert_cmpint (broken->request->schedule, ==, LIMN_SCHEDULE_KARRAS);
  g_assert_false (broken->exact);
}

/* Any digit of the recipe: wherever it stands, the seal breaks or the text is refused. */
static void
test_altered (void)
{
  g_autoptr(LimnResult) result = make_result ();
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autofree char *json = NULL;
  guint n = 0;

  recipe->pixels = limn_recipe_hash_pixels (result->picture);
  json = limn_recipe_to_json (recipe);
  for (char *c = json; *c; c++)
    if (g_ascii_isdigit (*c))
      {
        g_autoptr(LimnRecipe) read = NULL;
        g_autoptr(GError) error = NULL;
        char digit = *c;

        *c = digit == '9' ? '0' : digit + 1;
        read = limn_recipe_new_from_json (json, "test", &error);
        if (read)
          g_assert_false (read->intact);
        else
          g_assert_nonnull (error);
        *c = digit;
        n++;
      }
  g_assert_cmpuint (n, >, 500);
}

static void
test_refused (void)
{
  g_autoptr(LimnResult) result = make_result ();
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autofree char *json = NULL;
  static const struct
  {
    const char *from;
    const char *to;
  } cases[] = {
    { "{\"version\":1,\"program\"", "{\"version\":7,\"program\"" },
    { "\"steps\":3,\"shown\":3", "\"steps\":3,\"shown\":4" },
    { "\"steps\":3,\"shown\":3", "\"steps\":3,\"shown\":2" },
    { "\"steps\":3,\"shown\":3", "\"steps\":0,\"shown\":0" },
    { "\"pixels\":\"", "\"pixels\":\"x" },
    { "\"latents\":[", "\"latents\":[{}," },
    { "\"files\":{", "\"files\":[],\"other\":{" },
    { "\"width\":64", "\"width\":null" },
    { "\"projections\":[", "\"projections\":[1," },
  };

  recipe->pixels = limn_recipe_hash_pixels (result->picture);
  json = limn_recipe_to_json (recipe);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *place = strstr (json, cases[i].from);
      g_autoptr(LimnRecipe) read = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *bad = NULL;

      g_assert_nonnull (place);
      bad = g_strdup_printf ("%.*s%s%s", (int) (place - json), json, cases[i].to, place + strlen (cases[i].from));
      read = limn_recipe_new_from_json (bad, "test", &error);
      g_assert_null (read);
      g_assert_true (error->domain == LIMN_ERROR);
    }
}

/* Bytes changed, lost and doubled at random: whatever is read is no crash, and what still counts as whole is whole. */
static void
test_damaged (void)
{
  g_autoptr(LimnResult) result = make_result ();
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autoptr(GRand) rand = g_rand_new_with_seed (4);
  g_autofree char *json = NULL;
  guint n_read = 0;

  recipe->pixels = limn_recipe_hash_pixels (result->picture);
  json = limn_recipe_to_json (recipe);
  for (guint i = 0; i < 5000; i++)
    {
      GString *bad = g_string_new (json);
      g_autoptr(LimnRecipe) read = NULL;
      g_autoptr(GError) error = NULL;

      for (guint j = g_rand_int_range (rand, 1, 4); j > 0; j--)
        {
          /* Most of the text is latents; what is interesting stands at the start. */
          gsize place = g_rand_int_range (rand, 0, g_rand_boolean (rand) ? 700 : bad->len);
          gsize length = g_rand_int_range (rand, 1, 20);

          switch (g_rand_int_range (rand, 0, 3))
            {
            case 0: bad->str[place] = g_rand_int_range (rand, 1, 256); break;
            case 1: g_string_erase (bad, place, MIN (length, bad->len - place)); break;
            default: g_string_insert_c (bad, place, "0123456789-+.eE\"\\{}[],:"[g_rand_int_range (rand, 0, 24)]); break;
            }
        }
      read = limn_recipe_new_from_json (bad->str, "test", &error);
      g_assert_true ((read != NULL) != (error != NULL));
      if (read)
        {
          n_read++;
          g_assert_true (!read->intact || g_str_equal (bad->str, json));
        }
      g_string_free (bad, TRUE);
    }
  /* Some must come through, or only the JSON parser was tried. */
  g_assert_cmpuint (n_read, >, 50);
}

void
test_recipe_add (void)
{
  g_test_add_func ("/recipe/png", test_png);
  g_test_add_func ("/recipe/source", test_source);
  g_test_add_func ("/recipe/descent", test_descent);
  g_test_add_func ("/recipe/import", test_import);
  g_test_add_func ("/recipe/altered", test_altered);
  g_test_add_func ("/recipe/refused", test_refused);
  g_test_add_func ("/recipe/damaged", test_damaged);
}
