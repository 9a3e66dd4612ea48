/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-steps-limit.h"

#include "library/limn-keeper-private.h"
#include "library/limn-trajectory.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KB 1000
/* 2021-01-01, which is nobody's future. */
#define PAST G_GINT64_CONSTANT (1609459200)

typedef struct
{
  char       *root;
  char       *folder;
  LimnKeeper *keeper;
  GHashTable *protected;
  GHashTable *starred;
} Fixture;

static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  f->root = g_dir_make_tmp ("limn-limit-XXXXXX", NULL);
  f->folder = g_build_filename (f->root, "steps", NULL);
  f->keeper = limn_keeper_new ();
  f->protected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  f->starred = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_assert_cmpint (g_mkdir (f->folder, 0700), ==, 0);
}

static void
tear_down (Fixture       *f,
           gconstpointer  data)
{
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  g_assert_finalize_object (f->keeper);
  g_hash_table_unref (f->protected);
  g_hash_table_unref (f->starred);
  limn_test_remove_folder (f->root);
  g_free (f->root);
  g_free (f->folder);
}

static char *
id_of (guint i)
{
  return g_strdup_printf ("8c6f3a9e-1111-4222-8333-%012u", i);
}

static void
put_file (Fixture    *f,
          const char *name,
          gsize       n_bytes,
          gint64      seconds)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autofree char *data = g_malloc0 (n_bytes);
  struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

  g_assert_true (g_file_set_contents (path, data, n_bytes, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
put (Fixture *f,
     guint    i,
     gsize    n_bytes,
     gint64   seconds)
{
  g_autofree char *id = id_of (i);
  g_autofree char *name = g_strconcat (id, ".safetensors", NULL);

  put_file (f, name, n_bytes, seconds);
}

static gboolean
is_there (Fixture *f,
          guint    i)
{
  g_autofree char *id = id_of (i);
  g_autofree char *path = g_strdup_printf ("%s/%s.safetensors", f->folder, id);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static LimnStepsPlan *
plan (Fixture *f,
      guint64  limit)
{
  g_autoptr(GError) error = NULL;
  LimnStepsPlan *result = limn_steps_limit_plan (f->folder, limit, f->protected, f->starred, &error);

  g_assert_no_error (error);
  return result;
}

/* @expected: numbers, in order: "3 1" */
static void
assert_going (Fixture    *f,
              guint64     limit,
              const char *expected)
{
  g_autoptr(LimnStepsPlan) p = plan (f, limit);
  g_autoptr(GString) going = g_string_new (NULL);

  for (guint i = 0; i < p->going->len; i++)
    g_string_append_printf (going, "%s%d", i > 0 ? " " : "", atoi (strrchr (g_ptr_array_index (p->going, i), '-') + 1));
  g_assert_cmpstr (going->str, ==, expected);
}

/* The oldest first, and no more than must. */
static void
test_oldest (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr(LimnStepsPlan) p = NULL;

  put (f, 3, 100 * KB, PAST + 10);
  put (f, 1, 200 * KB, PAST + 30);
  put (f, 4, 300 * KB, PAST + 20);
  put (f, 2, 400 * KB, PAST + 40);
  assert_going (f, 0, "");
  assert_going (f, 1000 * KB, "");
  assert_going (f, 1000 * KB - 1, "3");
  assert_going (f, 900 * KB, "3");
  assert_going (f, 899 * KB, "3 4");
  assert_going (f, 1, "3 4 1 2");

  p = plan (f, 500 * KB);
  g_assert_cmpuint (p->n_files, ==, 4);
  g_assert_cmpuint (p->bytes, ==, 1000 * KB);
  g_assert_cmpuint (p->going_bytes, ==, 600 * KB);
  g_assert_cmpuint (p->n_starred, ==, 0);
  g_assert_cmpuint (limn_steps_limit_carry_out (p, f->keeper, NULL), ==, 3);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  g_assert_true (is_there (f, 2));
  for (guint i = 1; i <= 4; i++)
    g_assert_cmpint (is_there (f, i), ==, i == 2);
}

/* Stars and what is needed stay, however little is allowed; what came to be needed after the plan, too. */
static void
test_never (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr(LimnStepsPlan) p = NULL;

  for (guint i = 0; i < 6; i++)
    put (f, i, 100 * KB, PAST + i);
  g_hash_table_add (f->starred, id_of (0));
  g_hash_table_add (f->protected, id_of (2));
  assert_going (f, 400 * KB, "1 3");
  assert_going (f, 1, "1 3 4 5");
  p = plan (f, 1);
  g_assert_cmpuint (p->n_starred, ==, 1);
  g_assert_cmpuint (p->starred_bytes, ==, 100 * KB);
  g_hash_table_add (f->protected, id_of (4));
  g_assert_cmpuint (limn_steps_limit_carry_out (p, f->keeper, f->protected), ==, 3);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (is_there (f, i), ==, i == 0 || i == 2 || i == 4);
}

/* A wrong clock makes nothing older than what has a time that can be. */
static void
test_clock (Fixture       *f,
            gconstpointer  data)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  put (f, 1, 100 * KB, 0);
  put (f, 2, 100 * KB, now + 400 * 24 * 3600);
  put (f, 3, 100 * KB, PAST + 5);
  put (f, 4, 100 * KB, PAST);
  put (f, 5, 100 * KB, now + 3600); /* somebody has put it back an hour: the newest */
  put (f, 6, 100 * KB, PAST); /* as old as 4 */
  assert_going (f, 1, "4 6 3 5 1 2");
}

/* What is not ours is not counted and does not go. */
static void
test_strangers (Fixture       *f,
                gconstpointer  data)
{
  g_autofree char *link_id = id_of (1);
  g_autofree char *link_path = g_strdup_printf ("%s/%s.safetensors", f->folder, link_id);
  g_autofree char *folder_id = id_of (2);
  g_autofree char *folder_path = g_strdup_printf ("%s/%s.safetensors", f->folder, folder_id);
  g_autofree char *outside = g_build_filename (f->root, "model.safetensors", NULL);
  g_autofree char *linked = g_build_filename (f->root, "linked", NULL);
  g_autoptr(LimnStepsPlan) p = NULL;

  put_file (f, "model.safetensors", 500 * KB, PAST);
  put_file (f, "8C6F3A9E-1111-4222-8333-000000000007.safetensors", 500 * KB, PAST);
  put_file (f, "8c6f3a9e-1111-4222-8333-000000000008.safetensors.part", 500 * KB, PAST);
  put_file (f, "8c6f3a9e-1111-4222-8333-000000000009", 500 * KB, PAST);
  put_file (f, ".safetensors", 500 * KB, PAST);
  g_assert_true (g_file_set_contents (outside, "weights", -1, NULL));
  g_assert_cmpint (symlink (outside, link_path), ==, 0);
  g_assert_cmpint (g_mkdir (folder_path, 0700), ==, 0);
  put (f, 3, 100 * KB, PAST);
  p = plan (f, 1);
  g_assert_cmpuint (p->n_files, ==, 1);
  g_assert_cmpuint (p->bytes, ==, 100 * KB);
  g_assert_cmpuint (p->going->len, ==, 1);
  limn_steps_limit_carry_out (p, f->keeper, NULL);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  g_assert_false (is_there (f, 3));
  g_assert_true (g_file_test (outside, G_FILE_TEST_IS_REGULAR));
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK) && g_file_test (folder_path, G_FILE_TEST_IS_DIR));

  /* Whoever has put the folder on another disk has still his steps there. */
  put (f, 3, 100 * KB, PAST);
  g_assert_cmpint (symlink (f->folder, linked), ==, 0);
  limn_steps_plan_free (g_steal_pointer (&p));
  p = limn_steps_limit_plan (linked, 1, NULL, NULL, NULL);
  g_assert_cmpuint (p->going->len, ==, 1);
}

/* What a picture began with must be kept, though its steps are gone. Those that cannot be read stay. */
static void
test_notes (Fixture       *f,
            gconstpointer  data)
{
  static const char source[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  static const char request[] = "{\"seed\":1}";
  g_autofree char *with_source = g_strdup_printf ("{\"seed\":1,\"source\":{\"picture\":\"%s\"}}", source);
  g_autofree char *sources = g_build_filename (f->root, "sources", NULL);
  g_autofree char *note_id = id_of (1);
  g_autofree char *note = g_strdup_printf ("%s/%s.json", sources, note_id);
  g_autofree char *other_id = id_of (2);
  g_autofree char *other_note = g_strdup_printf ("%s/%s.json", sources, other_id);
  g_autofree char *text = NULL;
  g_autoptr(LimnStepsPlan) p = NULL;

  for (guint i = 1; i <= 2; i++)
    {
      const double start = 1;
      g_autofree char *id = id_of (i);
      g_autofree char *path = g_strdup_printf ("%s/%s.safetensors", f->folder, id);
      g_autoptr(LimnTrajectory) trajectory = limn_trajectory_new (i == 1 ? with_source : request, 1, 1, 1, &start, 1);

      g_assert_true (limn_trajectory_save (trajectory, path, NULL));
    }
  p = plan (f, 1);
  g_assert_cmpuint (p->going->len, ==, 2);
  limn_steps_plan_note_sources (p, sources);
  g_assert_cmpuint (limn_steps_limit_carry_out (p, f->keeper, NULL), ==, 2);
  g_assert_true (limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC));
  g_assert_false (is_there (f, 1) || is_there (f, 2));
  g_assert_false (g_file_test (other_note, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_get_contents (note, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, source));

  if (geteuid () == 0)
    return;
  put (f, 3, 100, PAST);
  {
    g_autofree char *id = id_of (3);
    g_autofree char *path = g_strdup_printf ("%s/%s.safetensors", f->folder, id);

    g_assert_cmpint (g_chmod (path, 0), ==, 0);
  }
  limn_steps_plan_free (g_steal_pointer (&p));
  p = plan (f, 1);
  g_assert_cmpuint (p->going->len, ==, 1);
  limn_steps_plan_note_sources (p, sources);
  g_assert_cmpuint (p->going->len, ==, 0);
}

/* Nothing is known, nothing goes. */
static void
test_errors (Fixture       *f,
             gconstpointer  data)
{
  g_autofree char *missing = g_build_filename (f->root, "missing", NULL);
  g_autofree char *file = g_build_filename (f->root, "file", NULL);
  g_autoptr(LimnStepsPlan) p = limn_steps_limit_plan (missing, 1, NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (p->n_files, ==, 0);
  g_assert_cmpuint (p->going->len, ==, 0);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));
  g_assert_null (limn_steps_limit_plan (file, 1, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);

  put (f, 1, 100, PAST);
  if (geteuid () == 0)
    return;
  g_clear_error (&error);
  g_assert_cmpint (g_chmod (f->folder, 0), ==, 0);
  g_assert_null (limn_steps_limit_plan (f->folder, 1, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_cmpint (g_chmod (f->folder, 0700), ==, 0);
}

/* Where the state folder is another program's nothing is deleted. */
static void
test_not_ours (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr(LimnStepsPlan) p = NULL;

  put (f, 1, 100 * KB, PAST);
  limn_keeper_set_access (f->keeper, f->root, LIMN_KEEPER_CLOSED);
  p = plan (f, 1);
  limn_steps_limit_carry_out (p, f->keeper, NULL);
  limn_keeper_flush (f->keeper, 10 * G_USEC_PER_SEC);
  g_assert_true (is_there (f, 1));
}

void
add_steps_limit_tests (void)
{
#define ADD(name, func) g_test_add ("/steps-limit/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("oldest", test_oldest);
  ADD ("never", test_never);
  ADD ("clock", test_clock);
  ADD ("strangers", test_strangers);
  ADD ("notes", test_notes);
  ADD ("errors", test_errors);
  ADD ("not-ours", test_not_ours);
#undef ADD
}
