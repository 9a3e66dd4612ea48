/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What is done with kept latents: going on, and looking at the steps again. */

#include "test-cli.h"
#include "test-folder.h"

#include "library/limn-trajectory.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define PICTURE "--size", "32x32", "--steps", "8", "--seed", "6", "--sampler", "dpmpp-2m"

/* Killed, without any warning, after its third step; the file that it leaves is whole, and the picture the same. */
static void
test_resume (void)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_auto(Run) straight = run_cli ("generate", "a house", PICTURE, "--output", "a.png", NULL);
  g_auto(Run) resumed = { 0 };
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GDataInputStream) err = NULL;
  g_autoptr(LimnTrajectory) kept = NULL;
  g_autofree char *path = path_to ("c");
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autofree char *names = NULL;
  g_auto(GStrv) lines = NULL;
  g_autoptr(GError) error = NULL;
  guint n_steps;

  assert_code (&straight, 0);
  g_subprocess_launcher_set_cwd (launcher, test_folder);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("LIMN_CLI"), "generate", "a house", PICTURE, "--progress", "json",
                                         "--checkpoint", "c", "--output", "b.png", NULL);
  g_assert_no_error (error);
  err = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  /* The start, three steps. */
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *line = g_data_input_stream_read_line (err, NULL, NULL, &error);

      g_assert_nonnull (line);
    }
  g_subprocess_send_signal (process, SIGKILL);
  g_subprocess_wait (process, NULL, NULL);
  kept = limn_trajectory_load (path, &error);
  g_assert_no_error (error);
  n_steps = limn_trajectory_get_n_steps (kept);
  g_assert_cmpuint (n_steps, >=, 3);

  resumed = run_cli ("generate", "--resume", "c", "--checkpoint", "c", "--output", "b.png", "--progress", "json", NULL);
  assert_code (&resumed, 0);
  lines = g_strsplit (g_strchomp (resumed.err), "\n", -1);
  /* The start, the last step that was done and those that were not, the picture. */
  g_assert_cmpuint (g_strv_length (lines), ==, 8 - n_steps + 3);
  a = pixels_of ("a.png");
  b = pixels_of ("b.png");
  g_assert_cmpstr (a, ==, b);
  names = list_folder ();
  g_assert_cmpstr (names, ==, "a.png b.png");
}

static void
test_resume_refused (void)
{
  g_auto(Run) made = run_cli ("generate", "a house", PICTURE, "--latents", "l", "--output", "a.png", NULL);
  g_auto(Run) prompt = run_cli ("generate", "--resume", "l", "a house", NULL);
  g_auto(Run) steps = run_cli ("generate", "--resume", "l", "--steps", "9", NULL);
  g_auto(Run) none = run_cli ("generate", "--resume", "nowhere", NULL);
  g_auto(Run) picture = run_cli ("generate", "--resume", "a.png", NULL);
  g_auto(Run) same = run_cli ("generate", "a house", PICTURE, "--checkpoint", "x", "--latents", "x", NULL);
  g_auto(Run) batch = run_cli ("generate", "a house", PICTURE, "--checkpoint", "x", "--batch", "2", NULL);

  assert_code (&made, 0);
  assert_code (&prompt, 2);
  assert_says (prompt.err, "a prompt cannot be given beside it");
  assert_code (&steps, 2);
  assert_says (steps.err, "--steps");
  assert_code (&none, 3);
  assert_code (&picture, 3);
  assert_says (picture.err, "a.png");
  assert_code (&same, 6);
  assert_code (&batch, 2);
}

/* The frames of a run and those that are made of its latents later are the same, either way of looking, and each can be
 * verified by itself. */
static void
test_frames (void)
{
  g_auto(Run) made = run_cli ("generate", "a house", PICTURE, "--latents", "l", "--output", "a.png", "--frames", "f", "--preview",
                              "predicted", NULL);
  g_auto(Run) predicted = run_cli ("frames", "l", "--output", "g", NULL);
  g_auto(Run) noisy = run_cli ("frames", "l", "--output", "h", "--preview", "noisy", NULL);
  g_auto(Run) animated = run_cli ("frames", "l", "--animate", "x.png", "--frame-ms", "50", NULL);
  g_auto(Run) verified = { 0 };
  g_auto(Run) still = { 0 };
  g_autofree char *picture = pixels_of ("a.png");

  assert_code (&made, 0);
  assert_code (&predicted, 0);
  assert_code (&noisy, 0);
  g_assert_cmpstr (predicted.out, ==, "g\n");
  for (guint i = 1; i <= 8; i++)
    {
      g_autofree char *seen = g_strdup_printf ("f/step-%03u.png", i);
      g_autofree char *again = g_strdup_printf ("g/step-%03u.png", i);
      g_autofree char *other = g_strdup_printf ("h/step-%03u.png", i);
      g_autofree char *seen_pixels = pixels_of (seen);
      g_autofree char *again_pixels = pixels_of (again);
      g_autofree char *other_pixels = pixels_of (other);

      g_assert_cmpstr (seen_pixels, ==, again_pixels);
      g_assert_cmpint (strcmp (seen_pixels, other_pixels) == 0, ==, i == 8);
      if (i == 8)
        g_assert_cmpstr (picture, ==, seen_pixels);
    }
  verified = run_cli ("verify", "h/step-005.png", NULL);
  assert_code (&verified, 0);
  assert_code (&animated, 0);
  still = run_cli ("verify", "x.png", NULL);
  assert_code (&still, 0);
}

static void
test_frames_refused (void)
{
  g_auto(Run) nothing = run_cli ("frames", NULL);
  g_auto(Run) nowhere = run_cli ("frames", "l", NULL);
  g_auto(Run) both = run_cli ("frames", "l", "-o", "d", "-a", "x.png", NULL);
  g_auto(Run) missing = run_cli ("frames", "l", "-o", "d", NULL);
  g_auto(Run) none = run_cli ("frames", "l", "-o", "d", "--preview", "none", NULL);
  g_auto(Run) ms = run_cli ("frames", "l", "-a", "x.png", "--frame-ms", "5", NULL);
  g_autofree char *names = list_folder ();

  assert_code (&nothing, 2);
  assert_code (&nowhere, 2);
  assert_code (&both, 2);
  assert_code (&missing, 3);
  assert_code (&none, 2);
  assert_code (&ms, 2);
  g_assert_cmpstr (names, ==, "");
}

void
test_frames_add (void)
{
  test_add ("/frames/resume", test_resume);
  test_add ("/frames/resume-refused", test_resume_refused);
  test_add ("/frames/frames", test_frames);
  test_add ("/frames/frames-refused", test_frames_refused);
}
