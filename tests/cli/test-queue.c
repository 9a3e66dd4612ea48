/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SMALL "--size", "32x32", "--steps", "2"

/* Lines that were printed. (transfer full): NULL-terminated, without an empty last one. */
static char **
lines_of (const char *text)
{
  g_autofree char *copy = g_strchomp (g_strdup (text));

  return *copy ? g_strsplit (copy, "\n", -1) : g_new0 (char *, 1);
}

/* SHA-256 of the pixels of a file that is named by its whole path. */
static char *
pixels_at (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD));
  return limn_recipe_hash_pixels (png->image);
}

/* Put aside, listed, painted, and the same pictures as those that are made at once. */
static void
test_paint (void)
{
  g_auto(Run) first = run_cli ("generate", "a house", SMALL, "--seed", "5", "--batch", "2", "--queue", "q", NULL);
  g_auto(Run) second = run_cli ("generate", "a\ntree", SMALL, "--seed", "9", "--queue", "q", NULL);
  g_auto(Run) list = run_cli ("queue", "--list", "q", NULL);
  g_auto(Run) paint = run_cli ("queue", "q", NULL);
  g_auto(Run) again = run_cli ("queue", "q", NULL);
  g_auto(Run) empty = run_cli ("queue", "--list", "q", NULL);
  g_auto(Run) direct = run_cli ("generate", "a house", SMALL, "--seed", "6", "--output", "direct.png", NULL);
  g_auto(GStrv) paths = NULL;
  g_autofree char *queued = NULL;
  g_autofree char *at_once = NULL;

  assert_code (&first, 0);
  g_assert_true (g_uuid_string_is_valid (g_strchomp (first.out)));
  assert_code (&second, 0);
  assert_code (&list, 0);
  g_assert_cmpstr (list.out, ==, "waiting\tpicture 1 of 2\tstep 0\ta house\nwaiting\tpicture 1 of 1\tstep 0\ta tree\n");
  assert_code (&paint, 0);
  g_assert_cmpstr (paint.err, ==, "");
  paths = lines_of (paint.out);
  g_assert_cmpuint (g_strv_length (paths), ==, 3);
  g_assert_true (g_str_has_suffix (paths[1], " a house 2.png"));
  g_assert_true (g_str_has_suffix (paths[2], " a tree.png"));
  assert_code (&direct, 0);
  queued = pixels_at (paths[1]);
  at_once = pixels_of ("direct.png");
  g_assert_cmpstr (queued, ==, at_once);
  assert_code (&again, 0);
  g_assert_cmpstr (again.out, ==, "");
  g_assert_cmpstr (empty.out, ==, "");
}

/* Ctrl+C in the middle of a picture, and on with it the next time. */
static void
test_interrupt (void)
{
  g_auto(Run) add = run_cli ("generate", "a house", "--size", "32x32", "--steps", "60", "--seed", "5", "--queue", "q", NULL);
  g_auto(Run) list = { 0 };
  g_auto(Run) paint = { 0 };
  g_auto(Run) direct = { 0 };
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GDataInputStream) err = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *queued = NULL;
  g_autofree char *at_once = NULL;
  gboolean sent = FALSE;
  guint step = 0;

  assert_code (&add, 0);
  g_subprocess_launcher_set_cwd (launcher, test_folder);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("LIMN_CLI"), "queue", "q", "--progress", "json", NULL);
  g_assert_no_error (error);
  err = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (err, NULL, NULL, &error);

      g_assert_no_error (error);
      if (!line)
        break;
      if (!sent && strstr (line, "\"step\":3,"))
        {
          g_subprocess_send_signal (process, SIGINT);
          sent = TRUE;
        }
    }
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (sent && g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);

  list = run_cli ("queue", "--list", "q", NULL);
  g_assert_true (g_str_has_prefix (list.out, "interrupted\tpicture 1 of 1\tstep "));
  step = g_ascii_strtoull (list.out + strlen ("interrupted\tpicture 1 of 1\tstep "), NULL, 10);
  g_assert_cmpuint (step, >=, 3);
  g_assert_cmpuint (step, <, 60);
  paint = run_cli ("queue", "q", NULL);
  assert_code (&paint, 0);
  direct = run_cli ("generate", "a house", "--size", "32x32", "--steps", "60", "--seed", "5", "--output", "direct.png", NULL);
  assert_code (&direct, 0);
  queued = pixels_at (g_strchomp (paint.out));
  at_once = pixels_of ("direct.png");
  g_assert_cmpstr (queued, ==, at_once);
}

/* What fails says why, stays, and does not hold up the others. */
static void
test_failed (void)
{
  g_auto(Run) bad = run_cli ("generate", "a house", SMALL, "--model", "nowhere.safetensors", "--queue", "q", NULL);
  g_auto(Run) good = run_cli ("generate", "a tree", SMALL, "--queue", "q", NULL);
  g_auto(Run) paint = run_cli ("queue", "q", "--output", "here", NULL);
  g_auto(Run) list = run_cli ("queue", "--list", "q", NULL);
  g_auto(Run) again = run_cli ("queue", "q", NULL);
  g_auto(Run) retry = run_cli ("queue", "q", "--retry", NULL);
  g_autofree char *here = path_to ("here");

  assert_code (&bad, 0);
  assert_code (&good, 0);
  assert_code (&paint, 1);
  assert_says (paint.err, "nowhere");
  g_assert_true (g_str_has_prefix (paint.out, here));
  g_assert_true (g_str_has_prefix (list.out, "failed\tpicture 1 of 1\t"));
  assert_says (list.out, "nowhere");
  assert_code (&again, 1);
  g_assert_cmpstr (again.err, ==, "");
  assert_code (&retry, 1);
  assert_says (retry.err, "nowhere");
}

static void
test_refused (void)
{
  g_auto(Run) none = run_cli ("queue", NULL);
  g_auto(Run) missing = run_cli ("queue", "q", NULL);
  g_auto(Run) both = run_cli ("generate", "a house", "--queue", "q", "--output", "o.png", NULL);
  g_auto(Run) add = run_cli ("generate", "a house", SMALL, "--queue", "q", NULL);
  g_auto(Run) busy = { 0 };
  g_auto(Run) damaged = { 0 };
  g_autofree char *lock = path_to ("q/lock");
  g_autofree char *file = path_to ("q/queue.json");
  g_autofree char *aside = path_to ("q/queue.json.damaged");
  int fd;

  assert_code (&none, 2);
  assert_code (&missing, 3);
  assert_says (missing.err, "no queue");
  assert_code (&both, 2);
  assert_code (&add, 0);
  fd = open (lock, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  busy = run_cli ("queue", "q", NULL);
  assert_code (&busy, 1);
  assert_says (busy.err, "Another Limn");
  close (fd);
  g_assert_true (g_file_set_contents (file, "{", 1, NULL));
  damaged = run_cli ("queue", "q", NULL);
  assert_code (&damaged, 0);
  assert_says (damaged.err, "queue.json.damaged");
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
}

void
test_queue_add (void)
{
  test_add ("/queue/paint", test_paint);
  test_add ("/queue/interrupt", test_interrupt);
  test_add ("/queue/failed", test_failed);
  test_add ("/queue/refused", test_refused);
}
