/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-keeper-private.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char        *folder;
  LimnKeeper  *keeper;
  GThread     *main;
  GAsyncQueue *gate; /* an ADD that is not allowed to go on by a push here holds up the thread */
  GString     *told; /* what the done functions heard */
  guint        n_told;
  guint        n_destroyed;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("limn-keeper-XXXXXX", NULL);
  f->main = g_thread_self ();
  f->keeper = limn_keeper_new ();
  limn_keeper_set_pauses (f->keeper, 10 * 1000, 40 * 1000);
  f->gate = g_async_queue_new ();
  f->told = g_string_new (NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->keeper)
    {
      g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
      g_assert_finalize_object (f->keeper);
    }
  while (g_main_context_iteration (NULL, FALSE))
    ;
  limn_test_remove_folder (f->folder);
  g_free (f->folder);
  g_async_queue_unref (f->gate);
  g_string_free (f->told, TRUE);
}

static char *
in_folder (Fixture *f, const char *name)
{
  return g_build_filename (f->folder, name, NULL);
}

static void
replace (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = in_folder (f, name);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  limn_keeper_replace (f->keeper, path, bytes);
}

typedef struct
{
  Fixture *f;
  char    *text; /* NULL: cannot be made */
  gboolean gated;
} Make;

static GBytes *
make (gpointer data, GError **error)
{
  Make *m = data;

  g_assert_true (g_thread_self () != m->f->main);
  if (m->gated)
    g_async_queue_pop (m->f->gate);
  if (m->text)
    return g_bytes_new (m->text, strlen (m->text));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot be made");
  return NULL;
}

static void
make_free (gpointer data)
{
  Make *m = data;

  g_atomic_int_inc ((gint *) &m->f->n_destroyed);
  g_free (m->text);
  g_free (m);
}

static void
on_done (const char *path, const GError *error, gpointer data)
{
  Fixture *f = data;
  g_autofree char *name = path ? g_path_get_basename (path) : g_strdup (error->message);

  g_assert_true ((path == NULL) == (error != NULL));
  g_string_append_printf (f->told, "%s;", name);
  f->n_told++;
}

static void
add (Fixture *f, const char *name, const char *text, gboolean gated)
{
  g_autofree char *path = in_folder (f, name);
  Make *m = g_new0 (Make, 1);

  m->f = f;
  m->text = g_strdup (text);
  m->gated = gated;
  limn_keeper_add (f->keeper, path, make, m, make_free, on_done, f);
}

static void
open_gate (Fixture *f)
{
  g_async_queue_push (f->gate, f);
}

static void
assert_holds (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = in_folder (f, name);
  g_autofree char *data = NULL;

  g_file_get_contents (path, &data, NULL, NULL);
  g_assert_cmpstr (data, ==, text);
}

static void
wait_for_told (Fixture *f, guint n)
{
  while (f->n_told < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_trouble (Fixture *f, gboolean there)
{
  for (;;)
    {
      g_autofree char *trouble = NULL;

      g_object_get (f->keeper, "trouble", &trouble, NULL);
      if ((trouble != NULL) == there)
        return;
      g_main_context_iteration (NULL, TRUE);
    }
}

/* In order; the folders are made; a name that is taken gets a number, and who asked is told which. */
static void
test_order (Fixture *f, gconstpointer data)
{
  add (f, "a.png", "first", FALSE);
  add (f, "a.png", "second", FALSE);
  replace (f, "deep/er/queue.json", "1");
  add (f, "deep/b.png", "third", FALSE);
  wait_for_told (f, 3);
  g_assert_cmpstr (f->told->str, ==, "a.png;a-0001.png;b.png;");
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "a.png", "first");
  assert_holds (f, "a-0001.png", "second");
  assert_holds (f, "deep/er/queue.json", "1");
  assert_holds (f, "deep/b.png", "third");
  g_assert_cmpuint (f->n_destroyed, ==, 3);
  g_assert_cmpuint (limn_keeper_get_n_waiting (f->keeper), ==, 0);
}

/* While the thread is held up, newer bytes take the place of older ones, but never across a removal, and not while it writes. */
static void
test_coalesce (Fixture *f, gconstpointer data)
{
  g_autofree char *path = in_folder (f, "queue.json");

  add (f, "a.png", "a", TRUE);
  replace (f, "queue.json", "1");
  replace (f, "other.json", "x");
  replace (f, "queue.json", "2");
  replace (f, "queue.json", "3");
  g_assert_cmpuint (limn_keeper_get_n_waiting (f->keeper), ==, 3);
  limn_keeper_remove (f->keeper, path);
  g_assert_cmpuint (limn_keeper_get_n_waiting (f->keeper), ==, 3);
  replace (f, "queue.json", "4");
  replace (f, "queue.json", "5");
  g_assert_cmpuint (limn_keeper_get_n_waiting (f->keeper), ==, 4);
  open_gate (f);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "queue.json", "5");
  assert_holds (f, "other.json", "x");
  limn_keeper_remove (f->keeper, path);
  limn_keeper_remove (f->keeper, path);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "queue.json", NULL);
}

/* What cannot even be made is told and is no trouble that could be waited for. */
static void
test_cannot_make (Fixture *f, gconstpointer data)
{
  add (f, "a.png", NULL, FALSE);
  add (f, "b.png", "b", FALSE);
  wait_for_told (f, 2);
  g_assert_cmpstr (f->told->str, ==, "cannot be made;b.png;");
  g_assert_null (limn_keeper_dup_trouble (f->keeper));
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer data)
{
  GString *seen = data;
  g_autofree char *trouble = NULL;

  g_object_get (object, "trouble", &trouble, NULL);
  g_string_append (seen, trouble ? "trouble;" : "well;");
}

/* A file where the folder should be stands for all that can be wrong with a folder. Others are not held up; what waits is tried
 * again by itself, in order, and made only once. */
static void
test_trouble (Fixture *f, gconstpointer data)
{
  g_autofree char *pictures = in_folder (f, "Pictures");
  g_autofree char *other = in_folder (f, "Pict");
  g_autoptr(GString) seen = g_string_new (NULL);
  g_autofree char *trouble = NULL;

  g_assert_true (g_file_set_contents (pictures, "", 0, NULL));
  g_signal_connect (f->keeper, "notify::trouble", G_CALLBACK (on_notify), seen);
  add (f, "Pictures/a.png", "first", FALSE);
  add (f, "Pictures/a.png", "second", FALSE);
  replace (f, "Pictures/c.json", "1");
  wait_for_trouble (f, TRUE);
  trouble = limn_keeper_dup_trouble (f->keeper);
  g_test_message ("%s", trouble);
  g_assert_nonnull (strstr (trouble, "folder"));
  g_assert_true (limn_keeper_has_trouble_below (f->keeper, f->folder));
  g_assert_true (limn_keeper_has_trouble_below (f->keeper, pictures));
  g_assert_false (limn_keeper_has_trouble_below (f->keeper, other));
  replace (f, "queue.json", "1");
  replace (f, "Pictures/c.json", "2");
  /* Returns since all that is left is in trouble. */
  g_assert_false (limn_keeper_flush (f->keeper, 60 * G_USEC_PER_SEC));
  assert_holds (f, "queue.json", "1");
  g_assert_cmpuint (limn_keeper_get_n_waiting (f->keeper), ==, 3);
  g_assert_cmpuint (f->n_told, ==, 0);

  g_assert_cmpint (g_unlink (pictures), ==, 0);
  wait_for_told (f, 2);
  g_assert_cmpstr (f->told->str, ==, "a.png;a-0001.png;");
  assert_holds (f, "Pictures/a.png", "first");
  assert_holds (f, "Pictures/a-0001.png", "second");
  wait_for_trouble (f, FALSE);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "Pictures/c.json", "2");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (seen->str, ==, "trouble;well;");
  g_assert_cmpuint (f->n_destroyed, ==, 2);
}

/* A removal goes through although what it removes could not be written, and nothing comes back after it. */
static void
test_remove_in_trouble (Fixture *f, gconstpointer data)
{
  g_autofree char *steps = in_folder (f, "steps");
  g_autofree char *path = in_folder (f, "steps/a.safetensors");

  g_assert_true (g_file_set_contents (steps, "", 0, NULL));
  replace (f, "steps/a.safetensors", "1");
  wait_for_trouble (f, TRUE);
  limn_keeper_remove (f->keeper, path);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpint (g_unlink (steps), ==, 0);
  limn_keeper_retry (f->keeper);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "steps/a.safetensors", NULL);
}

/* The artist chooses another folder, and what waits goes there; the pauses do not matter. */
static void
test_move (Fixture *f, gconstpointer data)
{
  g_autofree char *pictures = in_folder (f, "Pictures");
  g_autofree char *other = in_folder (f, "Other");

  limn_keeper_set_pauses (f->keeper, 1000 * G_USEC_PER_SEC, 1000 * G_USEC_PER_SEC);
  g_assert_true (g_file_set_contents (pictures, "", 0, NULL));
  add (f, "Pictures/a.png", "first", FALSE);
  add (f, "Pictures/b.png", "second", FALSE);
  wait_for_trouble (f, TRUE);
  limn_keeper_move_to (f->keeper, f->folder, other);
  g_assert_false (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  limn_keeper_move_to (f->keeper, pictures, other);
  wait_for_told (f, 2);
  assert_holds (f, "Other/a.png", "first");
  assert_holds (f, "Other/b.png", "second");
  wait_for_trouble (f, FALSE);
}

/* Nobody waits for the thread, but it does what it has, gives up what it cannot, and says so. */
static void
test_end (Fixture *f, gconstpointer data)
{
  g_autofree char *pictures = in_folder (f, "Pictures");
  Make *gated = g_new0 (Make, 1);
  g_autofree char *path = in_folder (f, "gated.png");

  g_assert_true (g_file_set_contents (pictures, "", 0, NULL));
  add (f, "Pictures/a.png", "first", FALSE);
  wait_for_trouble (f, TRUE);
  gated->f = f;
  gated->text = g_strdup ("gated");
  limn_keeper_add (f->keeper, path, make, gated, make_free, on_done, f);
  replace (f, "queue.json", "1");
  g_clear_object (&f->keeper);
  wait_for_told (f, 2);
  g_assert_nonnull (strstr (f->told->str, "gated.png;"));
  g_assert_nonnull (strstr (f->told->str, "folder"));
  g_assert_cmpuint (f->n_destroyed, ==, 2);
  assert_holds (f, "gated.png", "gated");
}

static void
on_done_unref (const char *path, const GError *error, gpointer data)
{
  g_assert_null (path);
  g_assert_nonnull (error);
  g_object_unref (data);
}

/* A picture that waits holds what holds the keeper. When the program has ended it must not be written after all: who starts next finds that it
 * is not there and makes it again. */
static void
test_close (Fixture *f, gconstpointer data)
{
  g_autofree char *pictures = in_folder (f, "Pictures");
  g_autofree char *path = in_folder (f, "Pictures/a.png");
  g_autofree char *later = in_folder (f, "later.png");
  Make *waiting = g_new0 (Make, 1);
  Make *late = g_new0 (Make, 1);

  g_assert_true (g_file_set_contents (pictures, "", 0, NULL));
  waiting->f = late->f = f;
  waiting->text = g_strdup ("a");
  late->text = g_strdup ("late");
  limn_keeper_add (f->keeper, path, make, waiting, make_free, on_done_unref, g_object_ref (f->keeper));
  wait_for_trouble (f, TRUE);
  replace (f, "queue.json", "1");
  g_assert_cmpuint (limn_keeper_close (f->keeper, 10 * G_USEC_PER_SEC), ==, 1);
  assert_holds (f, "queue.json", "1");

  g_assert_cmpint (g_unlink (pictures), ==, 0);
  replace (f, "queue.json", "2");
  limn_keeper_add (f->keeper, later, make, late, make_free, on_done_unref, g_object_ref (f->keeper));
  limn_keeper_retry (f->keeper);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  g_assert_cmpuint (limn_keeper_close (f->keeper, 10 * G_USEC_PER_SEC), ==, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&f->keeper));
  g_assert_cmpuint (f->n_destroyed, ==, 2);
  assert_holds (f, "queue.json", "1");
  g_assert_false (g_file_test (pictures, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (later, G_FILE_TEST_EXISTS));
}

/* Whose folder it is may be known only later, and then it may be somebody else's. */
static void
test_access (Fixture *f, gconstpointer data)
{
  g_autofree char *state = in_folder (f, "state");
  g_autofree char *first = in_folder (f, "state/first");
  g_autofree char *second = in_folder (f, "state/second");
  g_autofree char *third = in_folder (f, "state/third");

  limn_keeper_set_access (f->keeper, state, LIMN_KEEPER_HELD);
  replace (f, "state/first", "1");
  replace (f, "statement", "s");
  g_assert_false (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "statement", "s");
  g_assert_false (g_file_test (first, G_FILE_TEST_EXISTS));
  limn_keeper_set_access (f->keeper, state, LIMN_KEEPER_OPEN);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "state/first", "1");

  limn_keeper_set_access (f->keeper, state, LIMN_KEEPER_CLOSED);
  replace (f, "state/first", "2");
  replace (f, "state/second", "2");
  add (f, "state/third", "3", FALSE);
  limn_keeper_remove (f->keeper, first);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "state/first", "1");
  g_assert_false (g_file_test (second, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (third, G_FILE_TEST_EXISTS));
  wait_for_told (f, 1);
  g_assert_nonnull (strstr (f->told->str, "another program"));
  g_assert_null (limn_keeper_dup_trouble (f->keeper));

  /* One that ends while it is held ends all the same. */
  limn_keeper_set_access (f->keeper, state, LIMN_KEEPER_HELD);
  replace (f, "state/second", "2");
  g_assert_finalize_object (g_steal_pointer (&f->keeper));
  while (f->n_told < 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (g_file_test (second, G_FILE_TEST_EXISTS));
}

/* A disk of 64 KiB, in a mount namespace of a child: full, then not; read-only, then not. */
static int
on_small_disk (Fixture *f)
{
  g_autofree char *big = g_strnfill (100000, 'x');
  g_autofree char *filler = g_strnfill (40000, 'y');
  g_autofree char *filler_path = in_folder (f, "filler");
  g_autofree char *full = NULL;
  g_autofree char *read_only = NULL;

  if (unshare (geteuid () == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0
      || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
      || mount ("limn", f->folder, "tmpfs", 0, "size=65536") != 0)
    return 77;

  f->keeper = limn_keeper_new ();
  limn_keeper_set_pauses (f->keeper, 10 * 1000, 40 * 1000);
  g_assert_true (g_file_set_contents (filler_path, filler, -1, NULL));
  big[50000] = '\0';
  add (f, "a.png", big, FALSE);
  wait_for_trouble (f, TRUE);
  full = limn_keeper_dup_trouble (f->keeper);
  g_assert_nonnull (strstr (full, "disk is full"));
  replace (f, "queue.json", "fits");
  g_assert_false (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  assert_holds (f, "queue.json", "fits");
  g_assert_cmpint (g_unlink (filler_path), ==, 0);
  wait_for_told (f, 1);
  assert_holds (f, "a.png", big);

  g_assert_cmpint (mount ("limn", f->folder, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  add (f, "b.png", "b", FALSE);
  wait_for_trouble (f, TRUE);
  read_only = limn_keeper_dup_trouble (f->keeper);
  g_assert_nonnull (strstr (read_only, "only be read"));
  g_assert_cmpint (mount ("limn", f->folder, "tmpfs", MS_REMOUNT, "size=65536"), ==, 0);
  limn_keeper_retry (f->keeper);
  wait_for_told (f, 2);
  assert_holds (f, "b.png", "b");
  wait_for_trouble (f, FALSE);
  return 0;
}

static void
test_small_disk (void)
{
  Fixture f = { .folder = g_dir_make_tmp ("limn-keeper-XXXXXX", NULL), .told = g_string_new (NULL) };
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    _exit (on_small_disk (&f));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (g_rmdir (f.folder), ==, 0);
  g_free (f.folder);
  g_string_free (f.told, TRUE);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    {
      g_test_skip ("mounting is not allowed here");
      return;
    }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)

void
add_keeper_tests (void)
{
  /* First: the child must be of a process with one thread. */
  g_test_add_func ("/keeper/small-disk", test_small_disk);
  ADD ("/keeper/order", test_order);
  ADD ("/keeper/coalesce", test_coalesce);
  ADD ("/keeper/cannot-make", test_cannot_make);
  ADD ("/keeper/trouble", test_trouble);
  ADD ("/keeper/remove-in-trouble", test_remove_in_trouble);
  ADD ("/keeper/move", test_move);
  ADD ("/keeper/end", test_end);
  ADD ("/keeper/close", test_close);
  ADD ("/keeper/access", test_access);
}
