/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-atomic-file-private.h"
#include "library/limn-atomic-file.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path; /* "picture.png" in it */
} Fixture;

static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  f->folder = g_dir_make_tmp ("limn-library-XXXXXX", NULL);
  g_assert_nonnull (f->folder);
  f->path = g_build_filename (f->folder, "picture.png", NULL);
}

static guint
count_files (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
tear_down (Fixture       *f,
           gconstpointer  data)
{
  g_autoptr(GDir) dir = NULL;
  const char *name;

  g_chmod (f->folder, 0700);
  dir = g_dir_open (f->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

/* @length bytes that say how many they are, so that a half-written file cannot pass for a whole one. */
static GBytes *
pattern (guint32 seed,
         gsize   length)
{
  guint8 *data = g_malloc (length);

  g_assert_cmpuint (length, >=, 8);
  for (gsize i = 0; i < length; i++)
    data[i] = seed + i * 7;
  memcpy (data, &length, sizeof length);
  return g_bytes_new_take (data, length);
}

static void
assert_whole (const char *path)
{
  g_autofree char *data = NULL;
  g_autoptr(GError) error = NULL;
  gsize length, said;

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, >=, 8);
  memcpy (&said, data, sizeof said);
  g_assert_cmpuint (said, ==, length);
  for (gsize i = 9; i < length; i++)
    g_assert_cmpuint ((guint8) (data[i] - data[i - 1]), ==, 7);
}

static void
assert_holds (const char *path,
              GBytes     *bytes)
{
  g_autofree char *data = NULL;
  g_autoptr(GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (data, length, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* The write must fail with @code, @path keep what it has (nothing, if @before is NULL) and nothing else appear. */
static void
assert_fails (const char *path,
              GBytes     *bytes,
              int         code,
              const char *advice,
              GBytes     *before)
{
  g_autofree char *folder = g_path_get_dirname (path);
  gboolean has_folder = g_file_test (folder, G_FILE_TEST_IS_DIR);
  guint n = has_folder ? count_files (folder) : 0;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;

      if (i == 0)
        g_assert_false (limn_atomic_file_write (path, bytes, &error));
      else
        g_assert_null (limn_atomic_file_write_new (path, bytes, &error));
      g_assert_error (error, G_IO_ERROR, code);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, advice));
    }
  if (has_folder)
    g_assert_cmpuint (count_files (folder), ==, n);
  if (before != NULL)
    assert_holds (path, before);
}

static void
test_write (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr(GBytes) first = pattern (1, 100000);
  g_autoptr(GBytes) second = pattern (2, 10);
  g_autoptr(GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr(GError) error = NULL;
  GStatBuf info;
  mode_t mask = umask (0);

  umask (mask);
  g_assert_true (limn_atomic_file_write (f->path, first, &error));
  g_assert_no_error (error);
  assert_holds (f->path, first);
  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0666 & ~mask);

  g_assert_cmpint (g_chmod (f->path, 0640), ==, 0);
  g_assert_true (limn_atomic_file_write (f->path, second, &error));
  g_assert_no_error (error);
  assert_holds (f->path, second);
  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0640);

  g_assert_true (limn_atomic_file_write (f->path, empty, &error));
  g_assert_no_error (error);
  assert_holds (f->path, empty);
  g_assert_cmpuint (count_files (f->folder), ==, 1);
}

/* A name without a folder is one in the current folder, and stays without. */
static void
test_bare_name (Fixture       *f,
                gconstpointer  data)
{
  g_autoptr(GBytes) bytes = pattern (1, 10);
  g_autofree char *before = g_get_current_dir ();
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  g_assert_cmpint (g_chdir (f->folder), ==, 0);
  first = limn_atomic_file_write_new ("picture.png", bytes, NULL);
  second = limn_atomic_file_write_new ("picture.png", bytes, NULL);
  g_assert_cmpint (g_chdir (before), ==, 0);
  g_assert_cmpstr (first, ==, "picture.png");
  g_assert_cmpstr (second, ==, "picture-0001.png");
  assert_holds (f->path, bytes);
}

static void
test_link (Fixture       *f,
           gconstpointer  data)
{
  g_autoptr(GBytes) bytes = pattern (1, 10);
  g_autofree char *link_path = g_build_filename (f->folder, "link", NULL);
  g_autofree char *dangling = g_build_filename (f->folder, "dangling", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (symlink ("picture.png", link_path), ==, 0);
  g_assert_cmpint (symlink ("nowhere/at/all", dangling), ==, 0);
  g_assert_true (g_file_set_contents (f->path, "old", 3, NULL));
  g_assert_true (limn_atomic_file_write (link_path, bytes, &error));
  g_assert_no_error (error);
  assert_holds (f->path, bytes);
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));

  g_assert_false (limn_atomic_file_write (dangling, bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Each way to take a free name finds the next one; a folder or a dangling link takes a name too. */
static void
test_write_new (Fixture       *f,
                gconstpointer  data)
{
  static const LimnAtomicFileClaim ways[] = { LIMN_ATOMIC_FILE_CLAIM_RENAME, LIMN_ATOMIC_FILE_CLAIM_LINK,
                                              LIMN_ATOMIC_FILE_CLAIM_RESERVE, LIMN_ATOMIC_FILE_CLAIM_ANY };
  static const char *const names[] = { "picture-0001.png", "picture-0003.png", "picture-0004.png",
                                       "picture-0005.png" };
  g_autofree char *folder = g_build_filename (f->folder, "picture-0002.png", NULL);
  g_autoptr(GBytes) old = pattern (9, 20);
  g_autoptr(GBytes) bytes = pattern (1, 10);

  g_assert_true (limn_atomic_file_write (f->path, old, NULL));
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *got = limn_atomic_file_write_new_by (f->path, bytes, ways[i], &error);
      g_autofree char *name = NULL;

      g_assert_no_error (error);
      name = g_path_get_basename (got);
      g_assert_cmpstr (name, ==, names[i]);
      assert_holds (got, bytes);
    }
  assert_holds (f->path, old);
  g_assert_cmpuint (count_files (f->folder), ==, 6);
}

static void
test_numbers (Fixture       *f,
              gconstpointer  data)
{
  static const char *const names[][2] = { { "a.b.png", "a.b-0001.png" }, { "plain", "plain-0001" },
                                          { ".hidden", ".hidden-0001" }, { "100%s.png", "100%s-0001.png" } };
  g_autoptr(GBytes) bytes = pattern (1, 10);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->folder, names[i][0], NULL);
      g_autofree char *first = limn_atomic_file_write_new (path, bytes, NULL);
      g_autofree char *second = limn_atomic_file_write_new (path, bytes, NULL);
      g_autofree char *name = g_path_get_basename (second);

      g_assert_cmpstr (first, ==, path);
      g_assert_cmpstr (name, ==, names[i][1]);
    }
}

static void
test_bad_places (Fixture       *f,
                 gconstpointer  data)
{
  g_autoptr(GBytes) bytes = pattern (1, 10);
  g_autofree char *missing = g_build_filename (f->folder, "missing", "x.png", NULL);
  g_autofree char *under_file = g_build_filename (f->path, "x.png", NULL);
  g_autofree char *slash = g_strconcat (f->folder, "/", NULL);
  g_autofree char *long_name = g_strnfill (300, 'x');
  g_autofree char *too_long = g_build_filename (f->folder, long_name, NULL);
  g_autofree char *fifo = g_build_filename (f->folder, "pipe", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (limn_atomic_file_write (f->path, bytes, NULL));
  assert_fails (missing, bytes, G_IO_ERROR_NOT_FOUND, "does not exist", NULL);
  assert_fails (under_file, bytes, G_IO_ERROR_NOT_DIRECTORY, "not a folder", NULL);
  assert_fails (slash, bytes, G_IO_ERROR_IS_DIRECTORY, "A folder has that name", NULL);
  assert_fails ("", bytes, G_IO_ERROR_IS_DIRECTORY, "A folder has that name", NULL);
  assert_fails (too_long, bytes, G_IO_ERROR_FILENAME_TOO_LONG, "shorter", NULL);

  g_assert_false (limn_atomic_file_write (f->folder, bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_clear_error (&error);

  /* Above all: /dev/null must not be replaced by a file, whoever asks. */
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_false (limn_atomic_file_write (fifo, bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_assert_cmpuint (count_files (f->folder), ==, 2);
}

/* As root nothing is forbidden: such a test runs as nobody for a while. */
static void
be_nobody (gboolean nobody)
{
  if (getuid () == 0)
    g_assert_cmpint (seteuid (nobody ? 65534 : 0), ==, 0);
}

static void
test_no_permission (Fixture       *f,
                    gconstpointer  data)
{
  g_autoptr(GBytes) old = pattern (1, 10);
  g_autoptr(GBytes) bytes = pattern (2, 10);
  g_autoptr(GError) error = NULL;

  g_assert_true (limn_atomic_file_write (f->path, old, NULL));
  g_chmod (f->folder, 0555);
  be_nobody (TRUE);
  {
    g_autofree char *other = g_build_filename (f->folder, "other.png", NULL);

    assert_fails (other, bytes, G_IO_ERROR_PERMISSION_DENIED, "not allowed", NULL);
  }
  be_nobody (FALSE);
  assert_holds (f->path, old);

  /* The folder is open to all, the file is not. */
  g_chmod (f->folder, 0777);
  g_chmod (f->path, 0444);
  be_nobody (TRUE);
  g_assert_false (limn_atomic_file_write (f->path, bytes, &error));
  be_nobody (FALSE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, "write-protected"));
  assert_holds (f->path, old);
  g_assert_cmpuint (count_files (f->folder), ==, 1);
}

/* The write itself is cut short: the limit on file size lets 4096 bytes through. */
static void
test_file_size_limit (Fixture       *f,
                      gconstpointer  data)
{
  g_autoptr(GBytes) old = pattern (1, 10);
  g_autoptr(GBytes) bytes = pattern (2, 100000);
  struct rlimit before, small;
  void (*handler) (int) = signal (SIGXFSZ, SIG_IGN);

  g_assert_true (limn_atomic_file_write (f->path, old, NULL));
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small = before;
  small.rlim_cur = 4096;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  /* This test's own output may be a file as well: nothing is printed until the limit is gone. */
  {
    g_autoptr(GError) error = NULL;
    gboolean written = limn_atomic_file_write (f->path, bytes, &error);
    g_autoptr(GError) error_new = NULL;
    g_autofree char *got = limn_atomic_file_write_new (f->path, bytes, &error_new);

    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
    signal (SIGXFSZ, handler);
    g_assert_false (written);
    g_assert_nonnull (strstr (error->message, "of that size"));
    g_assert_null (got);
    g_assert_nonnull (strstr (error_new->message, "of that size"));
  }
  assert_holds (f->path, old);
  g_assert_cmpuint (count_files (f->folder), ==, 1);
}

/* Piece by piece: nothing before the end, nothing without an end, and nothing after an error. */
static void
test_stream (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr(GBytes) old = pattern (1, 10);
  g_autoptr(GBytes) bytes = pattern (2, 100000);
  const guint8 *start = g_bytes_get_data (bytes, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnAtomicStream) none = NULL;

  g_assert_true (limn_atomic_file_write (f->path, old, NULL));
  for (guint end = 0; end < 3; end++)
    {
      g_autoptr(LimnAtomicStream) stream = limn_atomic_stream_new (f->path, &error);
      struct rlimit before, small;
      void (*handler) (int) = signal (SIGXFSZ, SIG_IGN);
      gboolean written;

      g_assert_no_error (error);
      g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
      small = before;
      if (end == 1)
        small.rlim_cur = 70000;
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
      written = g_output_stream_write_all (G_OUTPUT_STREAM (stream), start, 50000, NULL, NULL, &error)
                && g_output_stream_write_all (G_OUTPUT_STREAM (stream), start + 50000, 50000, NULL, NULL, &error);
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
      signal (SIGXFSZ, handler);
      g_assert_cmpint (written, ==, end != 1);
      if (end == 1)
        g_assert_nonnull (strstr (error->message, "of that size"));
      g_clear_error (&error);
      assert_holds (f->path, old);
      g_assert_cmpuint (count_files (f->folder), ==, 2);
      if (end == 2)
        {
          g_assert_true (limn_atomic_stream_commit (stream, &error));
          g_assert_no_error (error);
          assert_holds (f->path, bytes);
        }
      g_clear_object (&stream);
      g_assert_cmpuint (count_files (f->folder), ==, 1);
    }
  none = limn_atomic_stream_new ("/nonexistent/folder/a.png", &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* A real small disk, in a mount namespace of a child; where that is not allowed, the test is skipped. */
static int
on_small_disk (Fixture *f)
{
  g_autoptr(GBytes) old = pattern (1, 1000);
  g_autoptr(GBytes) bytes = pattern (2, 1 << 20);
  g_autofree char *other = g_build_filename (f->folder, "other.png", NULL);

  if (unshare (geteuid () == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0
      || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
      || mount ("limn", f->folder, "tmpfs", 0, "size=65536") != 0)
    return 77;

  g_assert_true (limn_atomic_file_write (f->path, old, NULL));
  assert_fails (f->path, bytes, G_IO_ERROR_NO_SPACE, "disk is full", old);
  assert_fails (other, bytes, G_IO_ERROR_NO_SPACE, "disk is full", NULL);
  g_assert_cmpuint (count_files (f->folder), ==, 1);

  g_assert_cmpint (mount ("limn", f->folder, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  assert_fails (other, old, G_IO_ERROR_READ_ONLY, "only be read", NULL);
  assert_holds (f->path, old);
  return 0;
}

static void
test_small_disk (Fixture       *f,
                 gconstpointer  data)
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    _exit (on_small_disk (f));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    {
      g_test_skip ("mounting is not allowed here");
      return;
    }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

#define N_THREADS 8
#define N_FILES 20

static gpointer
write_many_new (gpointer data)
{
  Fixture *f = data;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < N_FILES; i++)
    {
      static const LimnAtomicFileClaim ways[] = { LIMN_ATOMIC_FILE_CLAIM_RENAME, LIMN_ATOMIC_FILE_CLAIM_LINK,
                                                  LIMN_ATOMIC_FILE_CLAIM_RESERVE };
      g_autoptr(GBytes) bytes = pattern (i, 1000 + i);
      g_autoptr(GError) error = NULL;

      g_ptr_array_add (names, limn_atomic_file_write_new_by (f->path, bytes, ways[i % 3], &error));
      g_assert_no_error (error);
    }
  return names;
}

/* Many writers of one new name: each gets its own, no number is left out, each file is whole. */
static void
test_concurrent_new (Fixture       *f,
                     gconstpointer  data)
{
  GThread *threads[N_THREADS];
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *last = g_strdup_printf ("%s/picture-%04d.png", f->folder, N_THREADS * N_FILES - 1);

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("writer", write_many_new, f);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_autoptr(GPtrArray) names = g_thread_join (threads[i]);

      for (guint k = 0; k < names->len; k++)
        {
          assert_whole (g_ptr_array_index (names, k));
          g_assert_true (g_hash_table_add (seen, g_strdup (g_ptr_array_index (names, k))));
        }
    }
  g_assert_cmpuint (count_files (f->folder), ==, N_THREADS * N_FILES);
  g_assert_true (g_hash_table_contains (seen, last));
}

static gpointer
write_many (gpointer data)
{
  Fixture *f = data;

  for (guint i = 0; i < N_FILES; i++)
    {
      g_autoptr(GBytes) bytes = pattern (i, 5000 + 1000 * i);
      g_autoptr(GError) error = NULL;

      limn_atomic_file_write (f->path, bytes, &error);
      g_assert_no_error (error);
    }
  return NULL;
}

/* Many writers of one name: who reads meanwhile sees a whole file every time. */
static void
test_concurrent_replace (Fixture       *f,
                         gconstpointer  data)
{
  GThread *threads[4];
  g_autoptr(GBytes) first = pattern (1, 10);

  g_assert_true (limn_atomic_file_write (f->path, first, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("writer", write_many, f);
  for (guint i = 0; i < 200; i++)
    assert_whole (f->path);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  assert_whole (f->path);
  g_assert_cmpuint (count_files (f->folder), ==, 1);
}

static void
make_old (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      utimensat (AT_FDCWD, path, times, 0);
    }
}

/* A writer killed at any moment leaves the old or the new file, whole; its leavings can be swept. */
static void
test_killed (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr(GBytes) small = pattern (1, 1 << 20);
  g_autoptr(GBytes) large = pattern (2, 3 << 20);
  g_autoptr(GRand) rand = g_rand_new_with_seed (3);
  guint n_left = 0;

  g_assert_true (limn_atomic_file_write (f->path, small, NULL));
  for (guint round = 0; round < 40; round++)
    {
      pid_t child = fork ();

      g_assert_cmpint (child, >=, 0);
      if (child == 0)
        for (guint i = 0;; i++)
          limn_atomic_file_write (f->path, i % 2 ? small : large, NULL);
      g_usleep (g_rand_int_range (rand, 0, 20000));
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
      assert_whole (f->path);

      n_left = count_files (f->folder) - 1;
      g_assert_cmpuint (limn_atomic_file_sweep (f->folder), ==, 0); /* too young */
    }
  make_old (f->folder);
  g_test_message ("%u of 40 left something", n_left);
  g_assert_cmpuint (limn_atomic_file_sweep (f->folder), ==, n_left);
  g_assert_cmpuint (count_files (f->folder), ==, 1);
  assert_whole (f->path);
}

/* Only what is surely a leaving goes: not what is locked, nor a name that merely looks like one. */
static void
test_sweep (Fixture       *f,
            gconstpointer  data)
{
  static const char *const names[] = { ".limn-0123456789abcdef.tmp", ".limn-0123456789abcdee.tmp",
                                       ".limn-0123456789abcde.tmp",  ".limn-0123456789abcdeg.tmp",
                                       "limn-0123456789abcdef.tmp",  "picture.png" };
  g_autofree char *locked = g_build_filename (f->folder, names[0], NULL);
  int fd;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->folder, names[i], NULL);

      g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    }
  make_old (f->folder);
  fd = open (locked, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_assert_cmpuint (limn_atomic_file_sweep (f->folder), ==, 1);
  g_assert_cmpuint (count_files (f->folder), ==, 5);
  close (fd);
  g_assert_cmpuint (limn_atomic_file_sweep (f->folder), ==, 1);
  g_assert_cmpuint (count_files (f->folder), ==, 4);
  g_assert_cmpuint (limn_atomic_file_sweep ("/nonexistent/folder"), ==, 0);
}

#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *home = limn_test_own_home ();
  int status;

  g_test_init (&argc, &argv, NULL);
  ADD ("/atomic-file/write", test_write);
  ADD ("/atomic-file/bare-name", test_bare_name);
  ADD ("/atomic-file/link", test_link);
  ADD ("/atomic-file/write-new", test_write_new);
  ADD ("/atomic-file/numbers", test_numbers);
  ADD ("/atomic-file/bad-places", test_bad_places);
  ADD ("/atomic-file/no-permission", test_no_permission);
  ADD ("/atomic-file/file-size-limit", test_file_size_limit);
  ADD ("/atomic-file/stream", test_stream);
  ADD ("/atomic-file/small-disk", test_small_disk);
  ADD ("/atomic-file/concurrent-new", test_concurrent_new);
  ADD ("/atomic-file/concurrent-replace", test_concurrent_replace);
  ADD ("/atomic-file/killed", test_killed);
  ADD ("/atomic-file/sweep", test_sweep);
  add_file_notes_tests ();
  add_keeper_tests ();
  add_picture_index_tests ();
  add_steps_limit_tests ();
  add_picture_family_tests ();
  add_stash_tests ();
  add_thumbnails_tests ();
  add_trajectory_tests ();
  status = g_test_run ();
  limn_test_remove_folder (home);
  return status;
}
