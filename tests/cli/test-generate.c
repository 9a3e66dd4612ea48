/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include "image/limn-parameters.h"
#include "image/limn-png.h"
#include "library/limn-trajectory.h"
#include "session/limn-recipe.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>

#define SMALL "--size", "32x32", "--steps", "2"

/* With no option but for the time it takes: a name of its own, never over another. */
static void
test_default_name (void)
{
  g_auto(Run) first = run_cli ("generate", "a house", SMALL, "--seed", "5", NULL);
  g_auto(Run) second = run_cli ("generate", "a house", SMALL, "--seed", "5", NULL);
  g_auto(Run) any = run_cli ("generate", "a house", SMALL, NULL);
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autofree char *names = NULL;

  assert_code (&first, 0);
  g_assert_cmpstr (first.out, ==, "limn-5.png\n");
  /* Not a terminal: no bar. */
  g_assert_cmpstr (first.err, ==, "");
  g_assert_cmpstr (second.out, ==, "limn-5-0001.png\n");
  g_assert_true (g_str_has_prefix (any.out, "limn-") && g_str_has_suffix (any.out, ".png\n"));
  a = pixels_of ("limn-5.png");
  b = pixels_of ("limn-5-0001.png");
  g_assert_cmpstr (a, ==, b);
  names = list_folder ();
  g_assert_cmpuint (strlen (names), >, strlen ("limn-5-0001.png limn-5.png "));
}

/* Both texts, and what they say. */
static void
test_texts (void)
{
  g_auto(Run) run = run_cli ("generate", "a “red” house,\n(by night:1.2)", SMALL, "--seed", "18446744073709551615", "--negative", "snow",
                             "--sampler", "dpmpp-2m", "--schedule", "karras", "--cfg", "5.5", "--output", "a.png", NULL);
  g_autofree char *path = path_to ("a.png");
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnParameters) parameters = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;

  assert_code (&run, 0);
  g_assert_cmpstr (run.out, ==, "a.png\n");
  png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (png->width, ==, 32);
  parameters = limn_parameters_parse (limn_png_lookup (png, "parameters"));
  g_assert_cmpstr (parameters->prompt, ==, "a “red” house,\n(by night:1.2)");
  g_assert_cmpstr (parameters->negative_prompt, ==, "snow");
  g_assert_cmpstr (parameters->sampler, ==, "DPM++ 2M");
  g_assert_cmpstr (parameters->schedule_type, ==, "Karras");
  g_assert_true (parameters->has_seed && parameters->seed == G_MAXUINT64);
  g_assert_cmpfloat (parameters->cfg_scale, ==, 5.5);
  g_assert_cmpuint (parameters->steps, ==, 2);
  recipe = limn_recipe_new_from_json (limn_png_lookup (png, "limn"), "a.png", &error);
  g_assert_no_error (error);
  g_assert_true (recipe->intact);
  g_assert_cmpuint (recipe->fingerprints->len, ==, 3);
  g_assert_nonnull (recipe->model_files);
  g_assert_cmpstr (recipe->request->prompt, ==, parameters->prompt);
}

/* A picture of a batch is the one that its seed alone makes; frames, latents and previews change nothing. */
static void
test_batch_and_frames (void)
{
  g_auto(Run) batch = run_cli ("generate", "a house", SMALL, "--seed", "8", "--batch", "2", NULL);
  g_auto(Run) frames = run_cli ("generate", "a house", SMALL, "--seed", "9", "--frames", "f/g", "--preview", "predicted",
                                "--preview-half", "--latents", "l.safetensors", "--output", "o.png", NULL);
  g_auto(Run) numbered = run_cli ("generate", "a house", SMALL, "--seed", "8", "--batch", "2", "--output", "n.png", NULL);
  g_autofree char *in_batch = NULL;
  g_autofree char *with_frames = NULL;
  g_autofree char *with_number = NULL;
  g_autofree char *last_frame = NULL;
  g_autofree char *latents = path_to ("l.safetensors");
  g_autofree char *first = path_to ("f/g/step-001.png");
  g_autofree char *names = NULL;
  g_autoptr(LimnTrajectory) trajectory = NULL;
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(GError) error = NULL;

  assert_code (&batch, 0);
  g_assert_cmpstr (batch.out, ==, "limn-8.png\nlimn-9.png\n");
  assert_code (&frames, 0);
  assert_code (&numbered, 0);
  g_assert_cmpstr (numbered.out, ==, "n-0001.png\nn-0002.png\n");
  names = list_folder ();
  g_assert_cmpstr (names, ==, "f l.safetensors limn-8.png limn-9.png n-0001.png n-0002.png o.png");

  in_batch = pixels_of ("limn-9.png");
  with_frames = pixels_of ("o.png");
  with_number = pixels_of ("n-0002.png");
  last_frame = pixels_of ("f/g/step-002.png");
  g_assert_cmpstr (in_batch, ==, with_frames);
  g_assert_cmpstr (in_batch, ==, with_number);
  g_assert_cmpstr (in_batch, ==, last_frame);

  png = limn_png_load (first, LIMN_PNG_READ_TEXTS, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (png->width, ==, 16);
  assert_says (limn_png_lookup (png, "parameters"), "Frame of step: \"1 of 2, predicted\"");
  trajectory = limn_trajectory_load (latents, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_trajectory_get_n_steps (trajectory), ==, 2);
}

static void
test_json (void)
{
  g_auto(Run) run = run_cli ("generate", "a house", SMALL, "--seed", "3", "--progress", "json", "--frames", ".", NULL);
  g_auto(GStrv) lines = NULL;
  static const char *const events[] = { "start", "step", "step", "picture" };

  assert_code (&run, 0);
  lines = g_strsplit (g_strchomp (run.err), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (events));
  for (guint i = 0; lines[i]; i++)
    {
      json_t *event = json_loads (lines[i], JSON_REJECT_DUPLICATES, NULL);

      g_assert_nonnull (event);
      g_assert_cmpstr (json_string_value (json_object_get (event, "event")), ==, events[i]);
      if (g_str_equal (events[i], "step"))
        {
          g_assert_cmpint (json_integer_value (json_object_get (event, "step")), ==, i);
          g_assert_true (json_is_real (json_object_get (event, "sigma")));
          g_assert_true (json_is_real (json_object_get (event, "decode_seconds")));
          g_assert_nonnull (json_string_value (json_object_get (event, "frame")));
        }
      if (g_str_equal (events[i], "picture"))
        g_assert_cmpstr (json_string_value (json_object_get (event, "path")), ==, "limn-3.png");
      json_decref (event);
    }
}

/* Stopped in the middle: its own status, nothing left. */
static void
test_interrupt (void)
{
  static const int signals[] = { SIGINT, SIGTERM };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
      g_autoptr(GError) error = NULL;
      g_autoptr(GSubprocess) process = NULL;
      g_autoptr(GDataInputStream) err = NULL;
      g_autofree char *names = NULL;
      g_autofree char *rest = NULL;
      guint n_lines = 0;

      g_subprocess_launcher_set_cwd (launcher, test_folder);
      process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("LIMN_CLI"), "generate", "a house", "--size", "32x32",
                                             "--steps", "999", "--progress", "json", "--latents", "l", "--output", "o.png", NULL);
      g_assert_no_error (error);
      err = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
      for (;;)
        {
          g_autofree char *line = g_data_input_stream_read_line (err, NULL, NULL, &error);

          g_assert_no_error (error);
          if (!line)
            break;
          n_lines++;
          if (n_lines == 3)
            g_subprocess_send_signal (process, signals[i]);
          g_free (rest);
          rest = g_steal_pointer (&line);
        }
      g_subprocess_wait (process, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_subprocess_get_if_exited (process));
      g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
      g_assert_cmpuint (n_lines, <, 900);
      g_assert_cmpstr (rest, ==, "Cancelled.");
      names = list_folder ();
      g_assert_cmpstr (names, ==, "");
    }
}

/* A disk on which no file can be longer than 500 bytes: every way of writing fails, says so, and leaves nothing. */
static void
test_full (void)
{
  static const char *const picture[] = { "generate", "a house", SMALL, NULL };
  static const char *const frames[] = { "generate", "a house", SMALL, "--frames", ".", NULL };
  static const char *const latents[] = { "generate", "a house", SMALL, "--latents", "l", NULL };
  static const char *const *const cases[] = { picture, frames, latents };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* The caches are under the same limit: Mesa's is switched off once (then every kernel is compiled, 5 s), ours must bear it. */
      g_auto(Run) run = run_cli_full (cases[i], "MESA_SHADER_CACHE_DISABLE", i == 1 ? "true" : "false", 500);
      g_autofree char *names = list_folder ();

      assert_code (&run, 6);
      g_assert_cmpstr (run.out, ==, "");
      g_assert_cmpstr (names, ==, "");
    }
}

/* A file that is there is replaced, and only by a whole one. */
static void
test_replace (void)
{
  static const char *const argv[] = { "generate", "a house", SMALL, "--seed", "1", "--output", "a.png", NULL };
  g_autofree char *path = path_to ("a.png");
  g_autofree char *kept = NULL;
  g_autofree char *names = NULL;
  g_auto(Run) full = { 0 };
  g_auto(Run) run = { 0 };

  g_file_set_contents (path, "precious", -1, NULL);
  full = run_cli_full (argv, NULL, NULL, 500);
  assert_code (&full, 6);
  g_file_get_contents (path, &kept, NULL, NULL);
  g_assert_cmpstr (kept, ==, "precious");
  run = run_cli_argv (argv);
  assert_code (&run, 0);
  g_free (pixels_of ("a.png"));
  names = list_folder ();
  g_assert_cmpstr (names, ==, "a.png");
}

/* A prompt that looks like an option, an empty one, one in the C locale. */
static void
test_prompts (void)
{
  static const char *const utf8[] = { "generate", "Grüße", SMALL, "--output", "c.png", NULL };
  g_auto(Run) dashes = run_cli ("generate", SMALL, "--output", "a.png", "--", "--steps", NULL);
  g_auto(Run) empty = run_cli ("generate", SMALL, "--output", "b.png", "", NULL);
  g_auto(Run) locale = run_cli_full (utf8, "LC_ALL", "C", 0);
  g_autofree char *a = path_to ("a.png");
  g_autofree char *c = path_to ("c.png");
  g_autoptr(LimnPng) png_a = NULL;
  g_autoptr(LimnPng) png_c = NULL;

  assert_code (&dashes, 0);
  assert_code (&empty, 0);
  assert_code (&locale, 0);
  png_a = limn_png_load (a, LIMN_PNG_READ_TEXTS, NULL);
  assert_says (limn_png_lookup (png_a, "limn"), "\"prompt\":\"--steps\"");
  png_c = limn_png_load (c, LIMN_PNG_READ_TEXTS, NULL);
  assert_says (limn_png_lookup (png_c, "limn"), "\"prompt\":\"Grüße\"");
}

/* What it would take, and no picture; the same status as painting it where it does not fit. */
static void
test_dry_run (void)
{
  g_auto(Run) run = run_cli ("generate", "--dry-run", "a house", SMALL, "--output", "dry.png", NULL);
  g_auto(Run) large = run_cli ("generate", "--dry-run", "a house", "--size", "16384x16384", NULL);
  g_autofree char *path = path_to ("dry.png");

  assert_code (&run, 0);
  assert_says (run.out, "Model    starter, ");
  assert_says (run.out, "Memory   needs ");
  assert_says (run.out, ": it fits as it is\n");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_code (&large, 5);
  assert_says (large.out, ": it does not fit\n");
}

void
test_generate_add (void)
{
  test_add ("/generate/default-name", test_default_name);
  test_add ("/generate/texts", test_texts);
  test_add ("/generate/batch-and-frames", test_batch_and_frames);
  test_add ("/generate/json", test_json);
  test_add ("/generate/interrupt", test_interrupt);
  test_add ("/generate/full", test_full);
  test_add ("/generate/replace", test_replace);
  test_add ("/generate/prompts", test_prompts);
  test_add ("/generate/dry-run", test_dry_run);
}
