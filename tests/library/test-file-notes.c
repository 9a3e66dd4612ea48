/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered of large files, and when it is not believed any more. */
#include "config.h"

#include "library/limn-file-notes.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"

#include <sys/stat.h>

static void
assert_notes (LimnFileNotes *notes, const char *path, gint64 mtime, gint64 size, const char *about, const char *hash)
{
  const LimnFileStamp stamp = { mtime, size };
  g_autofree char *got_about = NULL;
  g_autofree char *got_hash = NULL;

  limn_file_notes_get (notes, path, &stamp, &got_about, &got_hash);
  g_assert_cmpstr (got_about, ==, about);
  g_assert_cmpstr (got_hash, ==, hash);
}

static void
test_kept (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-notes-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "deeper", "models.sqlite", NULL);
  g_autoptr(LimnFileNotes) notes = limn_file_notes_new (path);
  const LimnFileStamp first = { 7, 100 };
  const LimnFileStamp second = { 8, 100 };

  /* Names of files are bytes. */
  limn_file_notes_set_about (notes, "/a\xff", &first, "a model");
  assert_notes (notes, "/a\xff", 7, 100, "a model", NULL);
  limn_file_notes_set_hash (notes, "/a\xff", &first, "1234");
  assert_notes (notes, "/a\xff", 7, 100, "a model", "1234");
  assert_notes (notes, "/a", 7, 100, NULL, NULL);
  assert_notes (notes, "/a\xff", 7, 101, NULL, NULL);
  assert_notes (notes, "/a\xff", 8, 100, NULL, NULL);
  limn_file_notes_unref (g_steal_pointer (&notes));

  /* The file has changed: what is known of it before is gone, whichever is known first. */
  notes = limn_file_notes_new (path);
  assert_notes (notes, "/a\xff", 7, 100, "a model", "1234");
  limn_file_notes_set_hash (notes, "/a\xff", &second, "5678");
  assert_notes (notes, "/a\xff", 8, 100, NULL, "5678");
  limn_file_notes_set_about (notes, "/a\xff", &first, "a LoRA");
  assert_notes (notes, "/a\xff", 7, 100, "a LoRA", NULL);
  limn_test_remove_folder (folder);
}

static void
test_damaged (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-notes-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "models.sqlite", NULL);
  g_autofree char *nowhere = g_build_filename (path, "models.sqlite", NULL);
  const LimnFileStamp stamp = { 7, 100 };
  LimnFileNotes *notes;

  g_assert_true (g_file_set_contents (path, "this is no database, but it is long enough to be looked at as one", -1, NULL));
  for (guint i = 0; i < 2; i++)
    {
      notes = limn_file_notes_new (path);
      assert_notes (notes, "/a", 7, 100, i == 0 ? NULL : "a model", NULL);
      limn_file_notes_set_about (notes, "/a", &stamp, "a model");
      limn_file_notes_unref (notes);
    }
  /* A file stands where the folder should be. */
  notes = limn_file_notes_new (nowhere);
  limn_file_notes_set_about (notes, "/a", &stamp, "a model");
  assert_notes (notes, "/a", 7, 100, "a model", NULL);
  limn_file_notes_unref (notes);
  limn_test_remove_folder (folder);
}

static void
test_stamp (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-notes-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  const struct timespec times[2] = { { 5, 25 }, { 5, 25 } };
  LimnFileStamp stamp;

  g_assert_false (limn_file_stamp_read (path, &stamp));
  g_assert_true (g_file_set_contents (path, "12345", -1, NULL));
  g_assert_cmpint (utimensat (-1, path, times, 0), ==, 0);
  g_assert_true (limn_file_stamp_read (path, &stamp));
  g_assert_cmpint (stamp.size, ==, 5);
  g_assert_cmpint (stamp.mtime_ns, ==, G_GINT64_CONSTANT (5000000025));
  limn_test_remove_folder (folder);
}

void
add_file_notes_tests (void)
{
  g_test_add_func ("/file-notes/kept", test_kept);
  g_test_add_func ("/file-notes/damaged", test_damaged);
  g_test_add_func ("/file-notes/stamp", test_stamp);
}
