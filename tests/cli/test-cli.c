/* SPDX-License-Identifier: GPL-3.0-or-later */

/* limn-cli as people run it: another process, its exit status, what it says and what it leaves behind. Pictures are 32x32 in
 * two steps. */
#include "config.h"

#include "test-cli.h"

#include "gl/limn-gl.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

char *test_folder;

void
run_clear (Run *run)
{
  g_free (run->out);
  g_free (run->err);
}

static void
limit_files (gpointer data)
{
  struct rlimit limit = { GPOINTER_TO_SIZE (data), GPOINTER_TO_SIZE (data) };

  setrlimit (RLIMIT_FSIZE, &limit);
}

/* GBytes has NULL for nothing. */
static char *
to_text (GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return length > 0 ? g_strndup (data, length) : g_strdup ("");
}

Run
run_cli_full (const char *const *argv, const char *variable, const char *value, gsize max_file_bytes)
{
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) out = NULL;
  g_autoptr(GBytes) err = NULL;
  Run run = { 0 };

  g_ptr_array_add (all, (char *) g_getenv ("LIMN_CLI"));
  for (guint i = 0; argv[i]; i++)
    g_ptr_array_add (all, (char *) argv[i]);
  g_ptr_array_add (all, NULL);
  g_subprocess_launcher_set_cwd (launcher, test_folder);
  if (variable)
    g_subprocess_launcher_setenv (launcher, variable, value, TRUE);
  if (max_file_bytes > 0)
    g_subprocess_launcher_set_child_setup (launcher, limit_files, GSIZE_TO_POINTER (max_file_bytes), NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) all->pdata, &error);
  g_assert_no_error (error);
  /* Bytes: a message may quote what is not UTF-8. */
  g_subprocess_communicate (process, NULL, NULL, &out, &err, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  run.code = g_subprocess_get_exit_status (process);
  run.out = to_text (out);
  run.err = to_text (err);
  return run;
}

Run
run_cli_argv (const char *const *argv)
{
  return run_cli_full (argv, NULL, NULL, 0);
}

Run
run_cli (const char *first, ...)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  va_list arguments;

  va_start (arguments, first);
  for (const char *argument = first; argument; argument = va_arg (arguments, const char *))
    g_ptr_array_add (argv, (char *) argument);
  va_end (arguments);
  g_ptr_array_add (argv, NULL);
  return run_cli_argv ((const char *const *) argv->pdata);
}

void
assert_code (const Run *run, int code)
{
  if (run->code != code)
    g_error ("it ended with %d, not %d; stderr: %s", run->code, code, run->err);
}

void
assert_says (const char *text, const char *part)
{
  if (!strstr (text, part))
    g_error ("“%s” does not say “%s”", text, part);
}

char *
path_to (const char *name)
{
  return g_build_filename (test_folder, name, NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
list_folder (void)
{
  g_autoptr(GDir) dir = g_dir_open (test_folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

char *
pixels_of (const char *name)
{
  g_autofree char *path = path_to (name);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);

  g_assert_no_error (error);
  return limn_recipe_hash_pixels (png->image);
}

int
main (int argc, char *argv[])
{
  g_autoptr(GPtrArray) devices = NULL;
  g_autoptr(GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  devices = limn_gl_list_devices (&error);
  if (!devices)
    {
      g_print ("1..0 # SKIP %s\n", error->message);
      return 0;
    }
  test_inputs_add ();
  test_generate_add ();
  test_verify_add ();
  test_bench_add ();
  test_frames_add ();
  test_queue_add ();
  test_paint_add ();
  test_latents_add ();
  test_control_add ();
  test_lora_add ();
  return g_test_run ();
}
