/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <string.h>

static void
make (const char *const *more)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  static const char *const base[] = { "generate", "a house", "--size", "32x32", "--steps", "4", "--seed", "1", "--output", "a.png",
                                      "--sampler", "euler", "--cfg", "4" };
  g_auto(Run) run = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (base); i++)
    g_ptr_array_add (argv, (char *) base[i]);
  for (guint i = 0; more && more[i]; i++)
    g_ptr_array_add (argv, (char *) more[i]);
  g_ptr_array_add (argv, NULL);
  run = run_cli_argv ((const char *const *) argv->pdata);
  assert_code (&run, 0);
}

static LimnPng *
load (const char *name)
{
  g_autofree char *path = path_to (name);
  g_autoptr(GError) error = NULL;
  LimnPng *png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);

  g_assert_no_error (error);
  return png;
}

static void
save (const char *name, GBytes *bytes)
{
  g_autofree char *path = path_to (name);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}

/* The same picture with these texts. */
static void
save_with (const char *name, LimnImage *image, const char *parameters, const char *recipe)
{
  const LimnPngText texts[] = { { (char *) "parameters", (char *) parameters }, { (char *) "limn", (char *) recipe } };
  g_autoptr(GBytes) bytes = limn_png_encode (image, texts, 2, NULL);

  save (name, bytes);
}

static void
check (const char *name, int code, const char *part)
{
  g_auto(Run) run = run_cli ("verify", name, NULL);

  assert_code (&run, code);
  assert_says (run.out, part);
}

static void
test_same (void)
{
  static const char *const frames[] = { "--frames", "f", "--preview", "predicted", "--preview-every", "2", "--batch", "2", NULL };

  make (frames);
  check ("a-0002.png", 0, "The same: all 1024 pixels.");
  check ("f/picture-0002-step-003.png", 0, "The same: all 1024 pixels.");
  check ("f/picture-0001-step-004.png", 0, "The same: all 1024 pixels.");
}

/* One digit of either text, one bit of one pixel. */
static void
test_altered (void)
{
  g_autoptr(LimnPng) png = NULL;
  const char *recipe, *parameters;
  guint n = 0;

  make (NULL);
  png = load ("a.png");
  recipe = limn_png_lookup (png, "limn");
  parameters = limn_png_lookup (png, "parameters");

  /* A sample: the library's test goes through all digits of such a text. */
  for (gsize i = 0; recipe[i]; i++)
    if (g_ascii_isdigit (recipe[i]) && n++ % 97 == 0)
      {
        g_autofree char *bad = g_strdup (recipe);
        g_auto(Run) run = { 0 };

        bad[i] = bad[i] == '9' ? '8' : bad[i] + 1;
        save_with ("b.png", png->image, parameters, bad);
        run = run_cli ("verify", "b.png", NULL);
        /* Some digits make a text that is none, such as that of another version. */
        if (run.code != 7 && run.code != 3 && run.code != 2)
          g_error ("digit %u: verify ended with %d: %s%s", n, run.code, run.out, run.err);
      }
  g_assert_cmpuint (n, >, 500);
  {
    const char *seed = strstr (recipe, "\"seed\":\"1\"");
    g_autofree char *bad = g_strdup (recipe);

    bad[seed - recipe + 8] = '2';
    save_with ("b.png", png->image, parameters, bad);
    check ("b.png", 7, "recipe in “b.png” was changed");
  }
  {
    g_autofree char *bad = g_strdup (parameters);

    strstr (bad, "Seed: 1")[6] = '2';
    save_with ("b.png", png->image, bad, recipe);
    check ("b.png", 7, "“parameters”");
  }
  /* Behind the good recipe another one, which other programs would read. */
  {
    const LimnPngText texts[] = { { (char *) "parameters", (char *) parameters }, { (char *) "limn", (char *) recipe },
                                  { (char *) "limn", (char *) "{}" } };
    g_autoptr(GBytes) bytes = limn_png_encode (png->image, texts, 3, NULL);

    save ("b.png", bytes);
    check ("b.png", 7, "two recipes");
  }
  {
    g_autoptr(LimnImage) rgb = limn_image_dup_as (png->image, LIMN_PIXEL_RGB8);
    g_autofree guint8 *pixels = g_memdup2 (limn_image_get_row (rgb, 0), 32 * 32 * 3);
    g_autoptr(LimnImage) bad = NULL;

    pixels[1000] ^= 1;
    bad = limn_image_new_take (LIMN_PIXEL_RGB8, 32, 32, g_steal_pointer (&pixels), NULL);
    save_with ("b.png", bad, parameters, recipe);
    check ("b.png", 7, "pixels of “b.png” were changed");
  }
}

/* Recipes that are whole, but not of this picture: what two machines that part would leave. */
static void
test_parting (void)
{
  g_autoptr(LimnPng) png = NULL;
  static const struct
  {
    guint64     seed;
    double      cfg;
    const char *prompt;
    guint       steps;
    const char *part;
  } cases[] = {
    { 2, 4, "a house", 4, "before the first step: the noise is another" },
    { 1, 4.000001, "a house", 4, "part at step 1, by rounding" },
    { 1, 5, "a house", 4, "part at step 1, by more than rounding" },
    { 1, 4, "a castle", 4, "part at step 1, by more than rounding" },
  };

  make (NULL);
  png = load ("a.png");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnRecipe) recipe = limn_recipe_new_from_json (limn_png_lookup (png, "limn"), "a.png", &error);
      g_autoptr(GBytes) bytes = NULL;
      g_auto(Run) run = { 0 };

      g_assert_no_error (error);
      recipe->request->seed = cases[i].seed;
      recipe->request->cfg = cases[i].cfg;
      limn_request_set_prompt (recipe->request, cases[i].prompt);
      bytes = limn_recipe_encode_png (recipe, png->image, &error);
      save ("b.png", bytes);
      run = run_cli ("verify", "b.png", NULL);
      /* What differs by rounding may come to the same pixels; then it is the same picture, and it says where they part. */
      if (!(i == 1 && run.code == 0))
        assert_code (&run, 7);
      assert_says (run.out, cases[i].part);
    }
}

/* Another model under the same name is not the same recipe, though the pixels were. */
static void
test_model (void)
{
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(GBytes) bytes = NULL;
  char *digit;

  make (NULL);
  png = load ("a.png");
  recipe = limn_recipe_new_from_json (limn_png_lookup (png, "limn"), "a.png", NULL);
  digit = strstr (recipe->model_files, ".safetensors\":\"") + strlen (".safetensors\":\"") + 20;
  *digit = *digit == '0' ? '1' : '0';
  bytes = limn_recipe_encode_png (recipe, png->image, NULL);
  save ("b.png", bytes);
  check ("b.png", 7, "other weights");
}

void
test_verify_add (void)
{
  test_add ("/verify/same", test_same);
  test_add ("/verify/altered", test_altered);
  test_add ("/verify/parting", test_parting);
  test_add ("/verify/model", test_model);
}
