/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>

static double
number (const json_t *object, const char *key)
{
  const json_t *value = json_object_get (object, key);

  g_assert_true (json_is_number (value));
  return json_number_value (value);
}

static void
test_json (void)
{
  g_auto(Run) run = run_cli ("bench", "--quick", "--json", "--filter", "PRODUCT 512", NULL);
  json_error_t problem;
  json_t *root, *rows;

  assert_code (&run, 0);
  root = json_loads (run.out, JSON_REJECT_DUPLICATES, &problem);
  g_assert_nonnull (root);
  g_assert_cmpstr (json_string_value (json_object_get (root, "version")), ==, LIMN_VERSION);
  g_assert_cmpuint (strlen (json_string_value (json_object_get (root, "device"))), >, 0);
  g_assert_cmpuint (strlen (json_string_value (json_object_get (root, "driver"))), >, 0);
  g_assert_cmpfloat (number (root, "fma_gflops"), >, 0);
  g_assert_cmpfloat (number (root, "copy_gbps"), >, 0);
  rows = json_object_get (root, "rows");
  g_assert_cmpuint (json_array_size (rows), ==, 2);
  for (gsize i = 0; i < 2; i++)
    {
      const json_t *row = json_array_get (rows, i);
      double gflops = 2 * 512.0 * 512 * 512 / number (row, "ms") * 1e-6;

      g_assert_cmpstr (json_string_value (json_object_get (row, "name")), ==, "matrix product");
      g_assert_cmpstr (json_string_value (json_object_get (row, "shape")), ==,
                       i == 0 ? "512 x 512 x 512 f32" : "512 x 512 x 512 f16");
      /* Rounding of the sums apart, the same numbers. */
      g_assert_cmpfloat_with_epsilon (number (row, "gflops"), gflops, 1e-9 * gflops);
      g_assert_cmpfloat_with_epsilon (number (row, "percent_of_peak"), 100 * gflops / number (root, "fma_gflops"),
                                      1e-9 * gflops);
      g_assert_cmpfloat (number (row, "runs"), >=, 1);
    }
  json_decref (root);
}

/* A model's memory: what is forecast, and every part of a picture by name. */
static void
test_memory (void)
{
  static const char *const names[] = { "opening", "planning", "forecast", "loading", "prompt", "first guided step", "first frame", "guided step", "frame" };
  g_auto(Run) run = run_cli ("bench", "--json", "--model", "", "--size", "64x64", "--precision", "f32", "--memory", "1000", NULL);
  g_auto(Run) wrong = run_cli ("bench", "--model", "", "--size", "64", NULL);
  json_error_t problem;
  json_t *root, *rows;

  assert_code (&run, 0);
  root = json_loads (run.out, JSON_REJECT_DUPLICATES, &problem);
  g_assert_nonnull (root);
  rows = json_object_get (root, "rows");
  g_assert_cmpuint (json_array_size (rows), ==, G_N_ELEMENTS (names));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const json_t *row = json_array_get (rows, i);
      const char *note = json_string_value (json_object_get (row, "note"));

      g_assert_cmpstr (json_string_value (json_object_get (row, "name")), ==, names[i]);
      g_assert_cmpstr (json_string_value (json_object_get (row, "shape")), ==, "64 x 64 px, two samples, f32");
      g_assert_nonnull (note);
      g_assert_nonnull (strstr (note, i == 2 ? " of 1000 MiB, whole" : "process + "));
    }
  json_decref (root);
  assert_code (&wrong, 2);
}

/* One report of the pen with a brush of 200 px on 4096 x 4096: less than a frame, the overlay included. Measured 0.5 ms in
 * processor time; a frame is 16. */
static void
test_paint (void)
{
  g_auto(Run) run = run_cli ("bench", "--quick", "--json", "--filter", "paint stroke", NULL);
  json_t *root, *rows;

  assert_code (&run, 0);
  root = json_loads (run.out, JSON_REJECT_DUPLICATES, NULL);
  g_assert_nonnull (root);
  rows = json_object_get (root, "rows");
  g_assert_cmpuint (json_array_size (rows), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (json_array_get (rows, 0), "name")), ==, "paint stroke");
  g_assert_nonnull (strstr (json_string_value (json_object_get (json_array_get (rows, 0), "note")), "dabs/s"));
  g_assert_cmpfloat (number (json_array_get (rows, 0), "ms"), <, 16);
  json_decref (root);
}

static void
test_table (void)
{
  g_auto(Run) run = run_cli ("bench", "--quick", "--filter", "starter model text", NULL);

  assert_code (&run, 0);
  assert_says (run.out, "GFLOP/s of multiply-adds");
  assert_says (run.out, "text encoder");
  g_assert_null (strstr (run.out, "matrix product"));
  g_assert_cmpstr (run.err, ==, "");
}

/* A session of its own, beside the device that is measured. */
static void
test_sketch (void)
{
  g_auto(Run) run = run_cli ("bench", "--quick", "--filter", "sketch coarse", NULL);

  assert_code (&run, 0);
  assert_says (run.out, "between two prompts");
  g_assert_null (strstr (run.out, "fine"));
  g_assert_cmpstr (run.err, ==, "");
}

/* A whole command, in caches of its own that do not stay. */
static void
test_interrupt (void)
{
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GDataInputStream) out = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *line = NULL;
  g_autofree char *names = NULL;

  g_subprocess_launcher_set_cwd (launcher, test_folder);
  g_subprocess_launcher_setenv (launcher, "TMPDIR", test_folder, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("LIMN_CLI"), "bench", "--filter", "limn-cli generate", NULL);
  g_assert_no_error (error);
  out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  /* Time for the first command to begin; if it did not, the test says less and is right all the same. */
  g_usleep (300000);
  g_subprocess_send_signal (process, SIGINT);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
  names = list_folder ();
  g_assert_cmpstr (names, ==, "");
}

void
test_bench_add (void)
{
  test_add ("/bench/json", test_json);
  test_add ("/bench/memory", test_memory);
  test_add ("/bench/paint", test_paint);
  test_add ("/bench/table", test_table);
  test_add ("/bench/sketch", test_sketch);
  test_add ("/bench/interrupt", test_interrupt);
}
