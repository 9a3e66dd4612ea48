/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Nothing is lost: the driver is killed at every single call that changes something in its folders (crash-preload.c), started again, and must
 * end with every picture there once, to the pixel what an undisturbed run makes, and with nothing half-written in sight. */
#include "config.h"

#include "image/limn-png.h"
#include "library/limn-trajectory.h"
#include "session/limn-recipe.h"
#include "tests/limn-test-folder.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pictures that an undisturbed driver makes. */
#define N_PICTURES 4

/* Of a batch of two that the driver stops in the middle of the first: where it was killed before that, both are whole. */
#define STOPPED_SEED 300

/* A picture that is steered: where the driver was killed before it could say so, it may have gone on unsteered. */
#define STEERED_SEED 400

typedef struct
{
  const char *driver;
  char       *preload;
  const char *engine;
  char       *folder;
  char       *cache;    /* of compiled kernels: made warm by the undisturbed run */
  GHashTable *expected; /* seed and step, as text -> SHA-256 of the pixels */
  guint       n_calls;
} Lab;

/* What one program said. */
typedef struct
{
  gboolean   killed;
  GPtrArray *lines;
  guint      n_calls;
} Story;

static void
story_free (Story *story)
{
  g_ptr_array_unref (story->lines);
  g_free (story);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Story, story_free)

static char *
last_of (const Story *story, const char *word)
{
  for (guint i = story->lines->len; i > 0; i--)
    {
      const char *line = g_ptr_array_index (story->lines, i - 1);

      if (g_str_has_prefix (line, word) && line[strlen (word)] == ' ')
        return g_strdup (line + strlen (word) + 1);
    }
  return NULL;
}

/* @kill_at: 0: never; @task: (nullable): of the driver */
static Story *
run_driver (Lab *lab, guint kill_at, const char *task)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *count_path = g_strconcat (lab->folder, ".count", NULL);
  g_autofree char *at = g_strdup_printf ("%u", kill_at);
  g_autofree char *output = NULL;
  g_autofree char *count = NULL;
  g_autoptr(GError) error = NULL;
  Story *story = g_new0 (Story, 1);

  g_unlink (count_path);
  g_subprocess_launcher_setenv (launcher, "LD_PRELOAD", lab->preload, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIMN_CRASH_FOLDER", lab->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIMN_CRASH_AT", at, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIMN_CRASH_COUNT", count_path, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", lab->cache, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, lab->driver, lab->folder, lab->engine, task, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  {
    g_auto(GStrv) lines = g_strsplit (output, "\n", -1);

    story->lines = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; lines[i]; i++)
      g_ptr_array_add (story->lines, g_strdup (lines[i]));
  }
  story->killed = g_subprocess_get_if_signaled (process);
  if (story->killed)
    g_assert_cmpint (g_subprocess_get_term_sig (process), ==, SIGKILL);
  else if (g_subprocess_get_exit_status (process) != 0)
    g_error ("killed at %u, the driver ended badly: %s", kill_at, output);
  if (g_file_get_contents (count_path, &count, NULL, NULL))
    story->n_calls = g_ascii_strtoull (count, NULL, 10);
  g_unlink (count_path);
  return story;
}

/* The sweeper leaves alone what may just be being written; here nobody writes. */
static void
make_leavings_old (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      const struct timespec hour_ago[2] = { { .tv_sec = time (NULL) - 3600 }, { .tv_sec = time (NULL) - 3600 } };

      if (g_str_has_prefix (name, ".limn-"))
        utimensat (AT_FDCWD, path, hour_ago, 0);
      else if (g_file_test (path, G_FILE_TEST_IS_DIR))
        make_leavings_old (path);
    }
}

static void
assert_no_leavings (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, ".limn-"))
        g_error ("left behind: %s", path);
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        assert_no_leavings (path);
    }
}

/* id -> seed; every file is a whole PNG, no id is there twice. @expected: where it is empty it is filled. */
static GHashTable *
look_at_pictures (Lab *lab)
{
  g_autofree char *folder = g_build_filename (lab->folder, "Pictures", NULL);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  gboolean first = g_hash_table_size (lab->expected) == 0;
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *steps = NULL;
      g_autofree char *pixels = NULL;
      g_autofree char *seed = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);
      g_autoptr(LimnTrajectory) trajectory = NULL;
      g_autoptr(LimnRecipe) recipe = NULL;
      guint64 number;
      const char *id;

      g_assert_no_error (error);
      recipe = limn_recipe_new_from_json (limn_png_lookup (png, LIMN_RECIPE_KEYWORD), name, &error);
      g_assert_no_error (error);
      g_assert_true (recipe->intact);
      number = limn_request_get_seed (recipe->request);
      if (number != STOPPED_SEED)
        g_assert_cmpuint (recipe->shown, ==, recipe->n_steps);
      id = limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD);
      g_assert_nonnull (id);
      seed = recipe->request->branch
               ? g_strdup_printf ("%" G_GUINT64_FORMAT " %u steered after %u", number, recipe->shown, recipe->request->branch->step)
               : g_strdup_printf ("%" G_GUINT64_FORMAT " %u", number, recipe->shown);
      pixels = limn_recipe_hash_pixels (png->image);
      g_assert_cmpstr (pixels, ==, recipe->pixels);
      if (first || (number >= STOPPED_SEED && !g_hash_table_contains (lab->expected, seed)))
        g_hash_table_insert (lab->expected, g_strdup (seed), g_strdup (pixels));
      g_assert_cmpstr (pixels, ==, g_hash_table_lookup (lab->expected, seed));
      /* The steps are kept too, all of them. */
      steps = g_strdup_printf ("%s/state/steps/%s.safetensors", lab->folder, id);
      trajectory = limn_trajectory_load (steps, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (limn_trajectory_get_n_steps (trajectory), >=, recipe->shown);
      if (!g_hash_table_insert (found, g_strdup (id), g_steal_pointer (&seed)))
        g_error ("made twice: %s", name);
    }
  return found;
}

/* With all that the programs said, since what depends on the time may not come again. */
G_GNUC_NORETURN
static void
fail_lost (Story *const *before, guint n_before, const Story *last, const char *line)
{
  for (guint i = 0; i <= n_before; i++)
    {
      const Story *story = i < n_before ? before[i] : last;

      g_test_message ("program %u, killed: %d, %u calls", i, story->killed, story->n_calls);
      for (guint k = 0; k < story->lines->len; k++)
        g_test_message ("  %s", (const char *) g_ptr_array_index (story->lines, k));
    }
  g_error ("lost: a picture that was %s", line);
}

/* @before: what the programs said that were killed. */
static void
assert_nothing_lost (Lab *lab, Story *const *before, guint n_before, const Story *last)
{
  g_autoptr(GHashTable) found = look_at_pictures (lab);
  g_autofree char *indexed = last_of (last, "indexed");
  g_autofree char *draft = last_of (last, "found-draft");
  g_autofree char *queue_path = g_build_filename (lab->folder, "state", "queue.json", NULL);
  g_autofree char *queue = NULL;
  const char *promised = NULL;

  g_assert_cmpstr (g_ptr_array_index (last->lines, last->lines->len - 2), ==, "complete");
  for (guint i = 0; i < n_before; i++)
    for (guint j = 0; j < before[i]->lines->len; j++)
      {
        const char *line = g_ptr_array_index (before[i]->lines, j);

        if (g_str_has_prefix (line, "queued ") && !g_hash_table_contains (found, line + strlen ("queued ")))
          fail_lost (before, n_before, last, line);
        if (g_str_has_prefix (line, "steered ") &&
            !strstr (g_hash_table_lookup (found, line + strlen ("steered ")), "steered"))
          fail_lost (before, n_before, last, line);
        if (g_str_has_prefix (line, "saved ") && !g_file_test (line + strlen ("saved "), G_FILE_TEST_IS_REGULAR))
          fail_lost (before, n_before, last, line);
        if (g_str_has_prefix (line, "draft "))
          promised = line + strlen ("draft ");
        if (g_str_has_prefix (line, "masked "))
          {
            g_autofree char *mask = last_of (last, "found-mask");

            g_assert_cmpstr (mask, ==, line + strlen ("masked "));
          }
      }
  /* What was being written when the program was killed may be there already. */
  if (promised && !g_str_equal (draft, promised))
    g_assert_cmpstr (draft, ==, "after a job");
  g_assert_cmpuint (g_ascii_strtoull (indexed, NULL, 10), ==, g_hash_table_size (found));
  g_assert_true (g_file_get_contents (queue_path, &queue, NULL, NULL));
  g_assert_nonnull (strstr (queue, "\"jobs\":[]"));
  assert_no_leavings (lab->folder);
}

static void
begin (Lab *lab)
{
  lab->folder = g_dir_make_tmp ("limn-crash-XXXXXX", NULL);
  g_assert_nonnull (lab->folder);
}

static void
finish (Lab *lab)
{
  limn_test_remove_folder (lab->folder);
  g_clear_pointer (&lab->folder, g_free);
}

static void
set_up (Lab *lab, gconstpointer engine)
{
  g_autoptr(Story) story = NULL;
  g_autoptr(GHashTable) found = NULL;

  lab->driver = g_getenv ("LIMN_CRASH_DRIVER");
  g_assert_true (lab->driver && g_getenv ("LIMN_CRASH_PRELOAD"));
  lab->engine = engine;
  lab->cache = g_dir_make_tmp ("limn-crash-cache-XXXXXX", NULL);
  /* LD_PRELOAD is a list, parted by spaces, and a checkout may lie in a folder that has one in its name. */
  lab->preload = g_build_filename (lab->cache, "preload.so", NULL);
  g_assert_no_errno (symlink (g_getenv ("LIMN_CRASH_PRELOAD"), lab->preload));
  lab->expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  begin (lab);
  story = run_driver (lab, 0, "add");
  lab->n_calls = story->n_calls;
  g_test_message ("an undisturbed run makes %u calls", lab->n_calls);
  /* Three pictures of four steps and what goes with them, five calls a file: fewer would mean that the counter does not see them. */
  g_assert_cmpuint (lab->n_calls, >, 60);
  found = look_at_pictures (lab);
  g_assert_cmpuint (g_hash_table_size (found), ==, N_PICTURES);
  finish (lab);
}

static void
tear_down (Lab *lab, gconstpointer engine)
{
  limn_test_remove_folder (lab->cache);
  g_free (lab->cache);
  g_free (lab->preload);
  g_hash_table_unref (lab->expected);
}

/* Returns whether it was killed at all. */
static gboolean
kill_once (Lab *lab, guint at, const char *task)
{
  g_autoptr(Story) story = NULL;
  g_autoptr(Story) again = NULL;
  gboolean killed;

  begin (lab);
  story = run_driver (lab, at, task);
  killed = story->killed;
  make_leavings_old (lab->folder);
  again = run_driver (lab, 0, NULL);
  assert_nothing_lost (lab, &story, 1, again);
  finish (lab);
  return killed;
}

/* At every call, until a run gets through. */
static void
test_every (Lab *lab, gconstpointer engine)
{
  guint at = 1;

  while (kill_once (lab, at, "add"))
    at++;
  g_test_message ("killed at each of %u calls", at - 1);
  g_assert_cmpuint (at - 1, ==, lab->n_calls);
}

/* One that is steered: whoever was told so finds it steered, and either way it is the picture that its recipe says. How many calls there are
 * depends on which state of two is still written, so that they are not counted. */
static void
test_steered (Lab *lab, gconstpointer engine)
{
  guint at = 1;

  while (kill_once (lab, at, "steer"))
    at++;
  g_test_message ("killed at each of %u calls", at - 1);
  g_assert_cmpuint (at, >, 20);
}

/* The same with the real model, at calls spread over the run. */
static void
test_sample (Lab *lab, gconstpointer engine)
{
  guint n = 10;

  for (guint i = 0; i < n; i++)
    {
      guint from = 1 + i * lab->n_calls / n, to = 1 + (i + 1) * lab->n_calls / n;

      kill_once (lab, g_test_rand_int_range (from, MAX (to, from + 1)), "add");
    }
}

/* Killed again and again, also while it takes up what it finds, until a program gets through. */
static void
test_again_and_again (Lab *lab, gconstpointer engine)
{
  for (guint i = 0; i < 6; i++)
    {
      g_autoptr(GPtrArray) stories = g_ptr_array_new_with_free_func ((GDestroyNotify) story_free);
      Story *story;

      begin (lab);
      do
        {
          /* More each time: who is always killed at the third call never gets anywhere. */
          guint at = g_test_rand_int_range (1, 10 + 8 * stories->len);

          story = run_driver (lab, at, stories->len == 0 ? "add" : NULL);
          g_ptr_array_add (stories, story);
          make_leavings_old (lab->folder);
        }
      while (story->killed && stories->len < 100);
      if (story->killed)
        {
          story = run_driver (lab, 0, NULL);
          g_ptr_array_add (stories, story);
        }
      g_test_message ("%u programs", stories->len);
      assert_nothing_lost (lab, (Story *const *) stories->pdata, stories->len - 1, story);
      finish (lab);
    }
}

/* A full disk, then one that can only be read: said, kept in memory, and saved when it can be, each picture once. */
static void
test_disk (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-crash-XXXXXX", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *output = NULL;

  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", folder, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("LIMN_CRASH_DRIVER"), folder, "stub", "disk", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  limn_test_remove_folder (folder);
  g_assert_true (g_subprocess_get_if_exited (process));
  if (g_subprocess_get_exit_status (process) == 77)
    {
      g_test_skip ("mounting is not allowed here");
      return;
    }
  g_test_message ("%s", output);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_assert_nonnull (strstr (output, "trouble disk is full\n"));
  g_assert_nonnull (strstr (output, "trouble only be read\n"));
  g_assert_nonnull (strstr (output, "indexed 6\ncomplete\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/crash/disk", test_disk);
  g_test_add ("/crash/every", Lab, "stub", set_up, test_every, tear_down);
  g_test_add ("/crash/steered", Lab, "stub", set_up, test_steered, tear_down);
  g_test_add ("/crash/again-and-again", Lab, "stub", set_up, test_again_and_again, tear_down);
  g_test_add ("/crash/real", Lab, "real", set_up, test_sample, tear_down);
  return g_test_run ();
}
