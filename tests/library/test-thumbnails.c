/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-thumbnails.h"
#include "library/limn-trash-private.h"

#include "image/limn-png.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-pictures.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static LimnImage *
load (const char *path)
{
  g_autoptr(GError) error = NULL;
  LimnImage *image = limn_thumbnail_load (path, NULL, &error);

  g_assert_no_error (error);
  return image;
}

static char *
make_picture (const char *folder,
              guint       width,
              guint       height,
              guint8      shade)
{
  guint8 *pixels = g_malloc ((gsize) width * height * 3);
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GBytes) bytes = NULL;
  char *path = g_build_filename (folder, "bild é #1.png", NULL);

  memset (pixels, shade, (gsize) width * height * 3);
  image = limn_image_new_take (LIMN_PIXEL_RGB8, width, height, pixels, NULL);
  bytes = limn_png_encode (image, NULL, 0, NULL);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  return path;
}

static void
set_time (const char *path,
          gint64      seconds)
{
  const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* Name, place, rights and texts as the specification has them: other programs find what Limn made. */
static void
test_thumbnail (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-thumbnails-XXXXXX", NULL);
  g_autofree char *path = make_picture (folder, 600, 400, 100);
  g_autofree char *cached = limn_thumbnail_get_path (path);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *expected = g_strdup_printf ("%s/thumbnails/large/%s.png", g_get_user_cache_dir (), hash);
  g_autoptr(LimnImage) first = NULL;
  g_autoptr(LimnPng) png = NULL;
  GStatBuf info, again;

  set_time (path, 1234567890);
  first = load (path);
  g_assert_cmpuint (limn_image_get_width (first), ==, 256);
  g_assert_cmpuint (limn_image_get_height (first), ==, 171);
  g_assert_cmpstr (cached, ==, expected);
  g_assert_cmpint (g_stat (cached, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  png = limn_png_load (cached, LIMN_PNG_READ_ALL, NULL);
  g_assert_cmpstr (limn_png_lookup (png, "Thumb::URI"), ==, uri);
  g_assert_cmpstr (limn_png_lookup (png, "Thumb::MTime"), ==, "1234567890");
  g_assert_cmpstr (limn_png_lookup (png, "Thumb::Image::Width"), ==, "600");

  /* From the cache: it is not written again. */
  set_time (cached, 1000);
  limn_image_unref (load (path));
  g_assert_cmpint (g_stat (cached, &again), ==, 0);
  g_assert_cmpint (again.st_mtime, ==, 1000);

  limn_thumbnail_forget (path);
  g_assert_false (g_file_test (cached, G_FILE_TEST_EXISTS));
  limn_test_remove_folder (folder);
}

/* Whatever lies in its place, the picture's own thumbnail comes back. */
static void
test_thumbnail_damaged (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-thumbnails-XXXXXX", NULL);
  g_autofree char *path = make_picture (folder, 300, 300, 100);
  g_autofree char *cached = limn_thumbnail_get_path (path);
  g_autofree char *sound = NULL;
  gsize length;

  set_time (path, 5000);
  limn_image_unref (load (path));
  g_assert_true (g_file_get_contents (cached, &sound, &length, NULL));

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *bad = g_memdup2 (sound, length);
      g_autofree char *other = NULL;
      g_autoptr(LimnImage) image = NULL;
      gsize n = length;

      switch (i)
        {
        case 0:
          n = 0;
          break;
        case 1:
          n = length / 2;
          break;
        case 2:
          memset (bad + length / 2, 0, length / 4);
          break;
        case 3: /* the picture has changed since */
          g_free (make_picture (folder, 300, 300, 200));
          set_time (path, 6000);
          break;
        case 4: /* and got older: a copy was put in its place */
          g_free (make_picture (folder, 300, 300, 50));
          set_time (path, 4000);
          break;
        default: /* somebody else's, of that name */
          other = g_strdup ("GIF89a");
          n = 6;
          break;
        }
      g_assert_true (g_file_set_contents (cached, other != NULL ? other : bad, n, NULL));
      image = load (path);
      g_assert_cmpuint (limn_image_get_width (image), ==, 256);
      g_assert_cmpuint (limn_image_get_row (image, 128)[300], ==, i < 3 ? 100 : i == 3 ? 200 : 50);
    }
  limn_thumbnail_forget (path);
  limn_test_remove_folder (folder);
}

static void
test_thumbnail_errors (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-thumbnails-XXXXXX", NULL);
  g_autofree char *path = make_picture (folder, 30, 30, 100);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (limn_thumbnail_load (path, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "no picture", -1, NULL));
  g_assert_null (limn_thumbnail_load (path, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_null (limn_thumbnail_load (path, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  limn_test_remove_folder (folder);
}

/* ------------------------------------------------------------------------------------------------ the wastebasket */

/* The test's own home is where the program's data lies, on the same disk as the wastebasket. */
static char *
trash_place (void)
{
  g_autofree char *folder = g_build_filename (g_get_home_dir (), "pictures", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  return g_steal_pointer (&folder);
}

static guint
count_in (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_trash (void)
{
  g_autofree char *folder = trash_place ();
  g_autofree char *files = g_build_filename (g_get_user_data_dir (), "Trash", "files", NULL);
  g_autofree char *infos = g_build_filename (g_get_user_data_dir (), "Trash", "info", NULL);
  g_autofree char *path = limn_test_pictures_make_one (folder, 1, 2);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *restored = NULL;
  g_autofree char *second = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTrashed) trashed = limn_trash_file (path, NULL, &error);
  g_autoptr(LimnTrashed) twin = NULL;
  GStatBuf info;
  gsize length, after_length;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_test_skip (error->message);
      return;
    }
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpstr (limn_trashed_get_path (trashed), ==, path);
  g_assert_cmpuint (count_in (files), ==, 1);

  /* A second of that name, and both come back: nothing is overwritten. */
  g_free (limn_test_pictures_make_one (folder, 1, 2));
  g_assert_true (g_file_get_contents (path, &before, &length, NULL));
  twin = limn_trash_file (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_in (files), ==, 2);

  restored = limn_trashed_restore (trashed, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (restored, ==, path);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mtime, ==, LIMN_TEST_PICTURES_NEWEST);
  g_assert_true (g_file_get_contents (path, &after, &after_length, NULL));
  g_assert_cmpmem (before, length, after, after_length);

  second = limn_trashed_restore (twin, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (second, "picture-00001-0001.png"));
  g_assert_cmpuint (count_in (files), ==, 0);
  g_assert_cmpuint (count_in (infos), ==, 0);
  limn_test_remove_folder (folder);
}

/* The wastebasket was emptied; the folder is gone; there is none. */
static void
test_trash_gone (void)
{
  g_autofree char *folder = trash_place ();
  g_autofree char *trash = g_build_filename (g_get_user_data_dir (), "Trash", NULL);
  g_autofree char *path = limn_test_pictures_make_one (folder, 1, 2);
  g_autofree char *restored = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTrashed) trashed = limn_trash_file (path, NULL, &error);
  g_autoptr(LimnTrashed) other = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_test_skip (error->message);
      return;
    }
  g_assert_no_error (error);
  limn_test_remove_folder (folder);
  restored = limn_trashed_restore (trashed, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (restored, ==, path);

  other = limn_trash_file (path, NULL, &error);
  g_assert_no_error (error);
  limn_test_remove_folder (trash);
  g_assert_null (limn_trashed_restore (other, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_null (limn_trash_file (path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  limn_test_remove_folder (folder);
}

/* As in a sandbox: the file went to a place that cannot be seen, and was even deleted there. */
static void
test_trash_unseen (void)
{
  g_autofree char *folder = trash_place ();
  g_autofree char *trash = g_build_filename (g_get_user_data_dir (), "Trash", NULL);
  g_autofree char *path = limn_test_pictures_make_one (folder, 1, 2);
  g_autofree char *restored = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTrashed) trashed = NULL;
  gsize length, after_length;
  GStatBuf info;

  g_assert_true (g_file_get_contents (path, &before, &length, NULL));
  trashed = limn_trash_file_by (path, FALSE, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_test_skip (error->message);
      return;
    }
  g_assert_no_error (error);
  limn_test_remove_folder (trash);
  restored = limn_trashed_restore (trashed, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (restored, ==, path);
  g_assert_true (g_file_get_contents (path, &after, &after_length, NULL));
  g_assert_cmpmem (before, length, after, after_length);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mtime, ==, LIMN_TEST_PICTURES_NEWEST);
  limn_test_remove_folder (folder);
}

void
add_thumbnails_tests (void)
{
  g_test_add_func ("/thumbnails/cache", test_thumbnail);
  g_test_add_func ("/thumbnails/damaged", test_thumbnail_damaged);
  g_test_add_func ("/thumbnails/errors", test_thumbnail_errors);
  g_test_add_func ("/trash/restore", test_trash);
  g_test_add_func ("/trash/gone", test_trash_gone);
  g_test_add_func ("/trash/unseen", test_trash_unseen);
}
