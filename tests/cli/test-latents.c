/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What is done with the steps of pictures: branches, variations, sheets, and what lies between. */

#include "test-cli.h"
#include "test-folder.h"

#include "image/limn-png.h"
#include "session/limn-recipe.h"
#include "session/limn-sheet.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#define SMALL "--size", "32x32", "--steps", "5"

static void
assert_same (const char *a, const char *b, gboolean same)
{
  g_autofree char *pixels_a = pixels_of (a);
  g_autofree char *pixels_b = pixels_of (b);

  if (g_str_equal (pixels_a, pixels_b) != same)
    g_error ("“%s” and “%s” are %s picture", a, b, same ? "not the same" : "the same");
}

static void
assert_verified (const char *name)
{
  g_auto(Run) run = run_cli ("verify", name, NULL);

  if (run.code != 0)
    g_error ("“%s” cannot be made again: %s%s", name, run.out, run.err);
}

static guint
count_events (const Run *run, const char *name)
{
  g_autofree char *event = g_strdup_printf ("{\"event\":\"%s\"", name);
  g_auto(GStrv) lines = g_strsplit (run->err, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i]; i++)
    n += g_str_has_prefix (lines[i], event);
  return n;
}

/* What the last event says. */
static void
assert_done (const Run *run, guint n_pictures, guint n_steps, guint n_shared)
{
  g_autofree char *wanted = g_strdup_printf ("{\"event\":\"done\",\"pictures\":%u,\"steps\":%u,\"shared\":%u}\n", n_pictures, n_steps, n_shared);

  assert_code (run, 0);
  if (!g_str_has_suffix (run->err, wanted))
    g_error ("it does not end with %s but: %s", wanted, run->err);
}

/* Unchanged it is its parent; changed it goes on from there, to the same pixels whether the steps were kept or are computed again; and a branch
 * of a branch. Each is made again from its PNG alone. */
static void
test_branch (void)
{
  g_auto(Run) made = run_cli ("generate", "a red house", SMALL, "--seed", "3", "--sampler", "dpmpp-2m", "--latents", "a.st", "-o", "a.png", NULL);
  g_auto(Run) same = run_cli ("branch", "a.png", "--at-step", "2", NULL);
  g_auto(Run) computed = run_cli ("branch", "a.png", "a blue sea", "--at-step", "2", "--cfg", "2", "-o", "b.png", "--progress", "json", "--frames", "f",
                                  NULL);
  g_auto(Run) kept = run_cli ("branch", "a.png", "a blue sea", "--at-step", "2", "--cfg", "2", "-o", "c.png", "--steps-file", "a.st", "--latents",
                              "c.st", "--progress", "json", NULL);
  g_auto(Run) frames = run_cli ("frames", "c.st", "-o", "g", "--preview", "noisy", NULL);
  g_auto(Run) again = { 0 };
  g_auto(Run) other = { 0 };
  g_auto(Run) info = { 0 };

  assert_code (&made, 0);
  assert_code (&same, 0);
  g_assert_cmpstr (same.out, ==, "a-branch.png\n");
  assert_says (same.err, "nothing is changed");
  assert_same ("a.png", "a-branch.png", TRUE);
  assert_code (&computed, 0);
  assert_code (&kept, 0);
  g_assert_cmpuint (count_events (&computed, "step"), ==, 5);
  g_assert_cmpuint (count_events (&kept, "step"), ==, 3);
  assert_same ("b.png", "c.png", TRUE);
  assert_same ("a.png", "c.png", FALSE);
  assert_verified ("b.png");
  again = run_cli ("branch", "c.png", "--at-step", "3", "--renoise", "0.6", "--noise-seed", "1", "--steps-file", "c.st", "--sampler", "ddim", "--steps",
                   "9", "-o", "d.png", NULL);
  assert_code (&again, 0);
  g_assert_cmpstr (again.err, ==, "");
  assert_verified ("d.png");
  info = run_cli ("info", "d.png", NULL);
  assert_says (info.out, "After step 3");
  assert_says (info.out, "After step 2       red house → blue sea, cfg 4 → 2");
  /* Each step of it too, shared ones as what they were. */
  assert_code (&frames, 0);
  assert_same ("f/step-002.png", "g/step-002.png", TRUE);
  assert_same ("f/step-004.png", "g/step-004.png", TRUE);
  assert_verified ("f/step-002.png");
  assert_verified ("f/step-004.png");
  /* Steps of another picture are no failure, and no help. */
  other = run_cli ("branch", "a.png", "a blue sea", "--at-step", "2", "--cfg", "2", "-o", "e.png", "--steps-file", "c.st", NULL);
  assert_code (&other, 0);
  assert_same ("b.png", "e.png", TRUE);
}

/* Outside of the mask the picture flows to what it was; what it was painted over is itself. */
static void
test_branch_mask (void)
{
  g_autofree guint8 *grey = g_malloc0 (32 * 32);
  g_autoptr(LimnImage) mask = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autofree char *path = path_to ("m.png");
  g_auto(Run) made = run_cli ("generate", "a red house", SMALL, "--seed", "3", "-o", "a.png", NULL);
  g_auto(Run) branch = { 0 };
  g_auto(Run) embedded = { 0 };
  g_auto(Run) alone = { 0 };
  g_auto(Run) given = { 0 };

  for (guint y = 0; y < 32; y++)
    memset (grey + 32 * y, 255, 16);
  mask = limn_image_new_take (LIMN_PIXEL_GREY8, 32, 32, g_steal_pointer (&grey), NULL);
  file = limn_png_encode (mask, NULL, 0, NULL);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file), NULL));
  assert_code (&made, 0);
  branch = run_cli ("branch", "a.png", "the moon", "-k", "1", "--mask", "m.png", "-o", "b.png", NULL);
  assert_code (&branch, 0);
  assert_same ("a.png", "b.png", FALSE);
  alone = run_cli ("verify", "b.png", NULL);
  assert_code (&alone, 2);
  assert_says (alone.err, "--init must name it");
  given = run_cli ("verify", "b.png", "-i", "a.png", "--mask", "m.png", NULL);
  assert_code (&given, 0);
  embedded = run_cli ("branch", "a.png", "the moon", "-k", "1", "--mask", "m.png", "--embed-source", "-o", "c.png", NULL);
  assert_code (&embedded, 0);
  assert_same ("b.png", "c.png", TRUE);
  assert_verified ("c.png");
}

/* Both kinds. What they share is computed once, and the count of it is exact. */
static void
test_vary (void)
{
  g_auto(Run) made = run_cli ("generate", "a red house", SMALL, "--seed", "3", "--sampler", "ddpm", "--latents", "a.st", "-o", "a.png", NULL);
  g_auto(Run) renoised = run_cli ("vary", "a.png", "--at-step", "3", "--count", "4", "--noise-seed", "7", "--progress", "json", NULL);
  g_auto(Run) fresh = run_cli ("vary", "a.png", "--at-step", "2", "--count", "3", "--fresh-noise", "--steps-file", "a.st", "-o", "v", "--sheet",
                               "s.png", "--progress", "json", NULL);
  g_auto(Run) over = run_cli ("vary", "a.png", "--at-step", "2", "-o", "v", NULL);
  g_autofree char *path = path_to ("v/variation-0003.png");
  g_autofree char *sheet_path = path_to ("s.png");
  g_autofree char *names = NULL;
  g_autofree char *job = NULL;
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnPng) shown = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(GError) error = NULL;
  guint picture;

  assert_code (&made, 0);
  assert_done (&renoised, 4, 20, 9);
  assert_done (&fresh, 3, 15, 6);
  g_assert_cmpstr (renoised.out, ==,
                   "a-variations/variation-0001.png\na-variations/variation-0002.png\na-variations/variation-0003.png\n"
                   "a-variations/variation-0004.png\na-variations/sheet.png\n");
  assert_same ("a-variations/variation-0001.png", "a-variations/variation-0004.png", FALSE);
  assert_same ("a-variations/variation-0001.png", "a.png", FALSE);
  assert_same ("v/variation-0001.png", "v/variation-0002.png", FALSE);
  assert_verified ("a-variations/variation-0003.png");
  assert_verified ("v/variation-0003.png");

  png = limn_png_load (path, LIMN_PNG_READ_TEXTS, &error);
  g_assert_no_error (error);
  g_assert_true (limn_sheet_mark_parse (limn_png_lookup (png, LIMN_SHEET_KEYWORD), &job, &picture, &sheet, &error));
  g_assert_cmpuint (limn_sheet_get_n_pictures (sheet), ==, 3);
  shown = limn_png_load (sheet_path, LIMN_PNG_READ_ALL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (shown->width, >, 64);
  /* Its settings with another seed: no branch of a picture that there is not. */
  {
    g_auto(Run) reseeded = run_cli ("generate", "--from", "v/variation-0002.png", "--seed", "9", "-o", "r.png", NULL);

    assert_code (&reseeded, 0);
    assert_says (reseeded.err, "parts from another one at step 2; this one does not");
    assert_verified ("r.png");
    assert_same ("r.png", "v/variation-0002.png", FALSE);
  }
  /* Never among others. */
  assert_code (&over, 2);
  assert_says (over.err, "variation-000");
  names = list_folder ();
  g_assert_cmpstr (names, ==, "a-variations a.png a.st r.png s.png v");
}

/* Two axes; and the same from a step on, where the shared steps are computed once. */
static void
test_grid (void)
{
  g_auto(Run) plain = run_cli ("grid", "a red house at noon", SMALL, "--seed", "3", "--x", "cfg=1, 3", "--y", "prompt-part=noon, night", "-o", "g",
                               "--progress", "json", NULL);
  g_auto(Run) single = run_cli ("generate", "a red house at night", SMALL, "--seed", "3", "--cfg", "3", "-o", "n.png", NULL);
  g_auto(Run) onward = run_cli ("grid", "--from", "n.png", "--at-step", "3", "--x", "cfg=1, 3, 4", "--dark", "-o", "h", "--progress", "json", NULL);
  g_autofree char *names = NULL;

  assert_done (&plain, 4, 20, 0);
  assert_code (&single, 0);
  assert_same ("g/row-02-column-02.png", "n.png", TRUE);
  assert_verified ("g/row-01-column-02.png");
  /* Three pictures of 5 steps, of which 3 are one. */
  assert_done (&onward, 3, 15, 6);
  assert_same ("h/row-01-column-02.png", "n.png", TRUE);
  assert_verified ("h/row-01-column-03.png");
  names = list_folder ();
  g_assert_cmpstr (names, ==, "g h n.png");
}

/* At its ends the strip is the two pictures, and what is shown twice is painted once. */
static void
test_interpolate (void)
{
  g_auto(Run) a = run_cli ("generate", "a red house", SMALL, "--seed", "3", "-o", "a.png", NULL);
  g_auto(Run) b = run_cli ("generate", "the blue sea", SMALL, "--seed", "4", "--cfg", "2", "-o", "b.png", NULL);
  g_auto(Run) noise = run_cli ("interpolate", "a.png", "the blue sea@4", "--frames", "3", "--ping-pong", "--progress", "json", "--sheet", "s.png", NULL);
  g_auto(Run) mixed = run_cli ("interpolate", "a.png", "b.png", "--frames", "4", "--easing", "smooth", "-o", "x.png", NULL);
  g_auto(Run) pictures = run_cli ("interpolate", "a.png", "s.png", "b.png", "a.png", "--way", "pictures", "--strength", "0.4", "--frames", "2",
                                  "--path", "0,0 0.5,0.25", "--embed-source", "-o", "p", NULL);
  g_auto(Run) latents = run_cli ("interpolate", "a.png", "b.png", "--way", "latents", "--loop", "--frames", "4", "-o", "l", "--progress", "json", NULL);
  g_auto(Run) over = run_cli ("interpolate", "a.png", "b.png", "--way", "latents", "-o", "l", NULL);
  g_auto(Run) alone = { 0 };
  g_auto(Run) given = { 0 };
  g_auto(Run) info = { 0 };
  g_autofree char *names = NULL;

  assert_code (&a, 0);
  assert_code (&b, 0);
  assert_done (&noise, 3, 15, 0);
  g_assert_cmpstr (noise.out, ==, "limn-interpolation\ns.png\n");
  assert_same ("limn-interpolation/frame-0001.png", "a.png", TRUE);
  assert_same ("limn-interpolation/frame-0002.png", "limn-interpolation/frame-0004.png", TRUE);
  assert_same ("limn-interpolation/frame-0002.png", "a.png", FALSE);
  assert_verified ("limn-interpolation/frame-0002.png");
  /* An animation is made again by what it shows first. */
  assert_code (&mixed, 0);
  assert_verified ("x.png");
  assert_code (&pictures, 0);
  assert_verified ("p/frame-0002.png");
  assert_done (&latents, 3, 0, 0);
  assert_same ("l/frame-0002.png", "l/frame-0004.png", TRUE);
  alone = run_cli ("verify", "l/frame-0002.png", NULL);
  assert_code (&alone, 2);
  assert_says (alone.err, "mixed of");
  given = run_cli ("verify", "l/frame-0002.png", "-i", "b.png", "-i", "a.png", NULL);
  assert_code (&given, 0);
  info = run_cli ("info", "p/frame-0002.png", NULL);
  assert_says (info.out, "0.5 along, 0.25 down");
  assert_says (info.out, "in this file");
  g_assert_null (strstr (info.out, "limn-source-2"));
  assert_code (&over, 2);
  assert_says (over.err, "another folder");
  /* Other words than those of its ends. */
  {
    g_auto(Run) reworded = run_cli ("generate", "--from", "limn-interpolation/frame-0002.png", "a green hill", "-o", "w.png", NULL);
    g_auto(Run) like = run_cli ("generate", "--from", "a.png", "a green hill", "-o", "y.png", NULL);

    assert_code (&reworded, 0);
    assert_says (reworded.err, "is blended of others; this one is not");
    assert_code (&like, 0);
  }
  names = list_folder ();
  g_assert_cmpstr (names, ==, "a.png b.png l limn-interpolation p s.png w.png x.png y.png");
}

/* A little of another seed; all of it; noise of another size. */
static void
test_seeds (void)
{
  g_auto(Run) plain = run_cli ("generate", "a red house", SMALL, "--seed", "3", "-o", "a.png", NULL);
  g_auto(Run) other = run_cli ("generate", "a red house", SMALL, "--seed", "9", "-o", "b.png", NULL);
  g_auto(Run) none = run_cli ("generate", "a red house", SMALL, "--seed", "3", "--variation-seed", "9", "--variation-strength", "0", "-o", "c.png", NULL);
  g_auto(Run) little = run_cli ("generate", "a red house", SMALL, "--seed", "3", "--variation-seed", "9", "-o", "d.png", NULL);
  g_auto(Run) all = run_cli ("generate", "a red house", SMALL, "--seed", "3", "--variation-seed", "9", "--variation-strength", "1", "-o", "e.png", NULL);
  g_auto(Run) sized = run_cli ("generate", "a red house", "--size", "64x32", "--steps", "5", "--seed", "3", "--seed-size", "32x32", "-o", "f.png", NULL);

  assert_code (&plain, 0);
  assert_code (&other, 0);
  assert_code (&none, 0);
  assert_code (&little, 0);
  assert_code (&all, 0);
  assert_code (&sized, 0);
  assert_same ("a.png", "c.png", TRUE);
  assert_same ("a.png", "d.png", FALSE);
  assert_same ("b.png", "e.png", TRUE);
  assert_verified ("d.png");
  assert_verified ("f.png");
}

/* What cannot be, said before anything is painted or written. */
static void
test_refused (void)
{
  static const struct
  {
    const char *argv[12];
    int         code;
    const char *part;
  } cases[] = {
    { { "branch" }, 2, "From which picture?" },
    { { "branch", "a.png" }, 2, "After which of its 5 steps?" },
    { { "branch", "a.png", "-k", "5" }, 2, "after 0 to 4" },
    { { "branch", "a.png", "-k", "-1" }, 2, "--at-step" },
    { { "branch", "a.png", "-k", "2", "--seed", "4" }, 2, "--seed cannot be changed in a branch" },
    { { "branch", "a.png", "-k", "2", "--fresh-noise" }, 2, "DDIM draws no noise" },
    { { "branch", "a.png", "-k", "2", "--fresh-noise", "--renoise", "1" }, 2, "cannot go together" },
    { { "branch", "a.png", "-k", "2", "--noise-seed", "1" }, 2, "of which noise?" },
    { { "branch", "a.png", "-k", "2", "--renoise", "nan" }, 2, "amount of fresh noise" },
    { { "branch", "a.png", "-k", "2", "--steps-file", "cut.st" }, 3, "cut.st" },
    { { "branch", "a.png", "-k", "2", "--steps-file", "a.png" }, 3, "a.png" },
    { { "branch", "plain.png", "-k", "2" }, 3, "no recipe of Limn" },
    { { "branch", "nowhere.png", "-k", "2" }, 3, "nowhere.png" },
    { { "branch", "far.png", "-k", "2" }, 2, "step" },
    { { "verify", "far.png" }, 2, "step" },
    { { "vary", "a.png", "-k", "2", "--count", "0" }, 2, "--count" },
    { { "vary", "a.png", "-k", "2", "--count", "10001" }, 2, "--count" },
    { { "vary", "a.png", "-k", "2", "--queue", "q" }, 2, "--queue" },
    { { "vary", "a.png", "-k", "2", "-o", "a.png" }, 6, "a.png" },
    { { "vary", "a.png", "-k", "2", "--sheet", "no/where.png" }, 6, "no" },
    { { "grid", "a house" }, 2, "What changes" },
    { { "grid", "a house", "--x", "cfg" }, 2, "cfg=1-9" },
    { { "grid", "a house", "--x", "colour=1" }, 2, "prompt-part" },
    { { "grid", "a house", "--x", "cfg=1-100000" }, 2, "10000" },
    { { "grid", "a house", "--x", "cfg=1-1000", "--y", "seed=1-1000" }, 2, "10000" },
    { { "grid", "a house", "--x", "prompt-part=tree, sea" }, 2, "tree" },
    { { "grid", "a house", "--x", "lambda=0-1 [3]" }, 2, "blend" },
    { { "grid", "a house", "--x", "cfg=1", "--at-step", "2" }, 2, "--from" },
    { { "grid", "a house", "--x", "cfg=1", "--renoise", "1" }, 2, "--at-step" },
    /* The last of its pictures; none is painted before that is said. */
    { { "grid", "--from", "a.png", "-k", "2", "--sampler", "euler-a", "--fresh-noise", "--x", "branch-step=2, 4" }, 2, "From step 4 on" },
    { { "interpolate", "a.png" }, 2, "Two pictures" },
    { { "interpolate", "a.png", "a house" }, 2, "\"a red house@1\"" },
    { { "interpolate", "a.png", "@1" }, 2, "There is no file" },
    { { "interpolate", "a.png", "plain.png" }, 2, "does not say how it was made" },
    { { "interpolate", "a.png", "text.png", "--way", "pictures" }, 3, "text.png" },
    { { "interpolate", "a.png", "a.png", "--way", "words" }, 2, "noise, pictures or latents" },
    { { "interpolate", "a.png", "a.png", "--strength", "0.5" }, 2, "--way pictures" },
    { { "interpolate", "a.png", "a.png", "--seed", "5" }, 2, "each end brings its own" },
    { { "interpolate", "a.png", "a.png", "--frames", "1" }, 2, "2 to 1000" },
    { { "interpolate", "a.png", "a.png", "--frames", "4000000000" }, 2, "--frames" },
    { { "interpolate", "a.png", "a.png", "--loop", "--ping-pong" }, 2, "not both" },
    { { "interpolate", "a.png", "a.png", "--path", "0,0 1,1" }, 2, "only one way" },
    { { "interpolate", "a.png", "a.png", "a.png", "a.png", "--path", "0,0 2,2" }, 2, "outside of the pad" },
    { { "interpolate", "a.png", "a.png", "a.png", "a.png", "--path", "0,0;x" }, 2, "“x”" },
    { { "interpolate", "a.png", "a.png", "--frame-ms", "1" }, 2, "--frame-ms" },
    { { "interpolate", "a.png", "a.png", "-o", "no/where/x.png" }, 6, "no/where" },
  };
  g_auto(Run) made = run_cli ("generate", "a red house", SMALL, "--seed", "3", "--latents", "a.st", "-o", "a.png", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  assert_code (&made, 0);
  {
    g_autofree char *path = path_to ("a.png");
    g_autofree char *plain = path_to ("plain.png");
    g_autofree char *far = path_to ("far.png");
    g_autofree char *text = path_to ("text.png");
    g_autofree char *kept = path_to ("a.st");
    g_autofree char *cut = path_to ("cut.st");
    g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, NULL);
    g_autoptr(GBytes) bytes = limn_png_encode (png->image, NULL, 0, NULL);
    g_autoptr(LimnRecipe) recipe = limn_recipe_new_from_json (limn_png_lookup (png, "limn"), "a.png", NULL);
    g_autoptr(LimnRequest) from = limn_request_copy (recipe->request);
    g_autoptr(GBytes) sealed = NULL;
    g_autofree char *data = NULL;
    gsize length;

    g_assert_true (g_file_set_contents (plain, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
    g_assert_true (g_file_set_contents (text, "no picture", -1, NULL));
    g_assert_true (g_file_get_contents (kept, &data, &length, NULL));
    g_assert_true (g_file_set_contents (cut, data, length - 100, NULL));
    /* Whole, and of no picture that there could be. */
    recipe->request->cfg = 2;
    limn_request_take_branch (recipe->request, limn_request_branch_new (from, 100));
    sealed = limn_recipe_encode_png (recipe, png->image, NULL);
    g_assert_true (g_file_set_contents (far, g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed), NULL));
  }
  before = list_folder ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(Run) run = run_cli_argv (cases[i].argv);

      if (run.code != cases[i].code || !strstr (run.err, cases[i].part))
        g_error ("case %u, %s %s …: it ended with %d, not %d; stderr: %s", i, cases[i].argv[0], cases[i].argv[1] ? cases[i].argv[1] : "", run.code,
                 cases[i].code, run.err);
    }
  after = list_folder ();
  g_assert_cmpstr (before, ==, after);
}

void
test_latents_add (void)
{
  test_add ("/latents/branch", test_branch);
  test_add ("/latents/branch-mask", test_branch_mask);
  test_add ("/latents/vary", test_vary);
  test_add ("/latents/grid", test_grid);
  test_add ("/latents/interpolate", test_interpolate);
  test_add ("/latents/seeds", test_seeds);
  test_add ("/latents/refused", test_refused);
}
