/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a person waits for: from the start of the command to the first frame and to the end. Only a new process can tell, and only
 * with cache folders of its own is a first start a first start: ours and the driver's. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include "base/limn-error.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define STEPS "20"

typedef struct
{
  double first_frame; /* seconds; negative: there was none */
  double all;
} Times;

static gboolean
run_command (LimnCliBench *bench, const char *folder, gboolean previews, Times *times, GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", error);
  g_autofree char *output = g_build_filename (folder, "limn.png", NULL);
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GDataInputStream) lines = NULL;
  gint64 begin;
  char *line;

  if (!self)
    return FALSE;
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "MESA_SHADER_CACHE_DIR", folder, TRUE);       /* Mesa >= 21.3 */
  g_subprocess_launcher_setenv (launcher, "MESA_GLSL_CACHE_DIR", folder, TRUE);         /* before */
  g_subprocess_launcher_setenv (launcher, "__GL_SHADER_DISK_CACHE_PATH", folder, TRUE); /* NVIDIA */

  begin = g_get_monotonic_time ();
  process = g_subprocess_launcher_spawn (launcher, error, self, "generate", "--seed", "1", "--steps", STEPS, "--preview",
                                         previews ? "noisy" : "none", "--progress", "json", "--output", output,
                                         "a red house on a green hill at sunset", bench->device ? "--device" : NULL,
                                         bench->device, NULL);
  if (!process)
    return FALSE;
  lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  times->first_frame = -1;
  while ((line = g_data_input_stream_read_line (lines, NULL, bench->cancellable, NULL)))
    {
      if (times->first_frame < 0 && strstr (line, "\"decode_seconds\":") && !strstr (line, "\"decode_seconds\":null"))
        times->first_frame = (g_get_monotonic_time () - begin) * 1e-6;
      g_free (line);
    }
  if (!g_subprocess_wait (process, bench->cancellable, error))
    {
      g_subprocess_send_signal (process, SIGTERM);
      g_subprocess_wait (process, NULL, NULL);
      return FALSE;
    }
  times->all = (g_get_monotonic_time () - begin) * 1e-6;
  if (g_subprocess_get_successful (process))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“limn-cli generate” fails on this device.");
  return FALSE;
}

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

gboolean
limn_cli_bench_commands (LimnCliBench *bench, GError **error)
{
  static const struct
  {
    const char *caches;
    gboolean    previews;
  } runs[] = { { "first start", TRUE }, { "warm caches", TRUE }, { "warm caches", FALSE } };
  g_autofree char *folder = NULL;
  gboolean good = TRUE;

  if (!limn_cli_bench_wants (bench, "limn-cli generate", "starter, first start, warm caches, first frame, steps, every step decoded"))
    return TRUE;
  folder = g_dir_make_tmp ("limn-bench-XXXXXX", error);
  if (!folder)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (runs) && good; i++)
    {
      g_autofree char *first = g_strdup_printf ("%s: first frame", runs[i].caches);
      g_autofree char *all = g_strdup_printf ("%s: " STEPS " steps%s", runs[i].caches,
                                              runs[i].previews ? ", each decoded" : ", no previews");
      const LimnCliBenchRow first_row = { "limn-cli generate", first, 0, 1, NULL };
      const LimnCliBenchRow all_row = { "limn-cli generate", all, 0, 1, NULL };
      Times times;

      limn_cli_bench_doing (all);
      good = run_command (bench, folder, runs[i].previews, &times, error);
      if (good && runs[i].previews)
        limn_cli_bench_report (bench, &first_row, times.first_frame, 1);
      if (good)
        limn_cli_bench_report (bench, &all_row, times.all, 1);
    }
  remove_folder (folder);
  return good;
}
