/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "library/limn-atomic-file.h"
#include "library/limn-stash.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#define NOBODY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct
{
  char       *folder;
  LimnKeeper *keeper;
  LimnStash  *stash;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("limn-stash-XXXXXX", NULL);
  f->keeper = limn_keeper_new ();
  f->stash = limn_stash_new (f->folder, f->keeper);
}

static void
flush (Fixture *f)
{
  g_assert_true (limn_keeper_flush (f->keeper, 20 * G_USEC_PER_SEC));
}

/* What another start of the program sees. */
static void
start_again (Fixture *f)
{
  flush (f);
  limn_stash_unref (f->stash);
  f->stash = limn_stash_new (f->folder, f->keeper);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  flush (f);
  limn_stash_unref (f->stash);
  g_assert_finalize_object (f->keeper);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  limn_test_remove_folder (f->folder);
  g_free (f->folder);
}

static LimnImage *
make_image (LimnPixelFormat format, guint width, guint height, guint32 seed)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  gsize n = (gsize) width * height * format;
  guint8 *data = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    data[i] = g_rand_int_range (rand, 0, 256);
  return limn_image_new_take (format, width, height, data, NULL);
}

static void
assert_same (LimnImage *a, LimnImage *b)
{
  LimnImageDifference difference;

  g_assert_cmpint (limn_image_get_format (a), ==, limn_image_get_format (b));
  g_assert_true (limn_image_compare (a, b, &difference, NULL));
  g_assert_cmpuint (difference.n_pixels, ==, 0);
}

/* All three formats, odd sizes, before the file is written and by another start. */
static void
test_round_trip (Fixture *f, gconstpointer data)
{
  static const LimnPixelFormat formats[] = { LIMN_PIXEL_GREY8, LIMN_PIXEL_RGB8, LIMN_PIXEL_RGBA8 };
  LimnImage *images[G_N_ELEMENTS (formats)];
  char *ids[G_N_ELEMENTS (formats)];

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr(LimnImage) loaded = NULL;
      g_autofree char *again = NULL;

      images[i] = make_image (formats[i], 37, 11, i);
      ids[i] = limn_stash_add (f->stash, images[i]);
      again = limn_stash_add (f->stash, images[i]);
      g_assert_cmpstr (ids[i], ==, again);
      g_assert_true (limn_stash_has (f->stash, ids[i]));
      loaded = limn_stash_load (f->stash, ids[i], NULL);
      assert_same (images[i], loaded);
    }
  start_again (f);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnImage) loaded = limn_stash_load (f->stash, ids[i], &error);

      g_assert_no_error (error);
      assert_same (images[i], loaded);
      limn_image_unref (images[i]);
      g_free (ids[i]);
    }
}

/* A picture whose alpha says nothing is the same picture without. */
static void
test_opaque (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) rgb = make_image (LIMN_PIXEL_RGB8, 9, 9, 1);
  g_autoptr(LimnImage) rgba = limn_image_dup_as (rgb, LIMN_PIXEL_RGBA8);
  g_autofree char *id = limn_stash_add (f->stash, rgba);
  g_autofree char *same = limn_stash_add (f->stash, rgb);
  g_autoptr(LimnImage) loaded = NULL;

  g_assert_cmpstr (id, ==, same);
  loaded = limn_stash_load (f->stash, id, NULL);
  assert_same (loaded, rgb);
  g_clear_pointer (&loaded, limn_image_unref);
  start_again (f);
  loaded = limn_stash_load (f->stash, id, NULL);
  assert_same (loaded, rgb);
}

static void
check_refused (Fixture *f, const char *id, GQuark domain, int code, const char *part)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_stash_load (f->stash, id, &error));
  g_assert_error (error, domain, code);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

/* Not there, damaged, and another picture under the name. */
static void
test_missing (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) image = make_image (LIMN_PIXEL_RGB8, 20, 20, 1);
  g_autoptr(LimnImage) other = make_image (LIMN_PIXEL_RGB8, 20, 20, 2);
  g_autofree char *id = limn_stash_add (f->stash, image);
  g_autofree char *name = g_strconcat (id, ".png", NULL);
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autoptr(GBytes) png = limn_png_encode (other, NULL, 0, NULL);
  g_autoptr(LimnImage) loaded = NULL;

  check_refused (f, NOBODY, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no longer there");
  check_refused (f, "../../etc/passwd", LIMN_ERROR, LIMN_ERROR_FORMAT, "64 digits");
  g_assert_false (limn_stash_has (f->stash, NOBODY));
  start_again (f);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), NULL));
  check_refused (f, id, LIMN_ERROR, LIMN_ERROR_FORMAT, "another program");
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png) / 2, NULL));
  check_refused (f, id, LIMN_ERROR, LIMN_ERROR_FORMAT, "damaged");

  /* Who has the picture mends the file. */
  g_free (limn_stash_add (f->stash, image));
  start_again (f);
  loaded = limn_stash_load (f->stash, id, NULL);
  assert_same (loaded, image);
}

/* Bytes of a file: at once, by another start, and not once they are changed. */
static void
test_files (Fixture *f, gconstpointer data)
{
  g_autoptr(GBytes) file = g_bytes_new_static ("\xff\xd8\xff\0and more", 12);
  g_autofree char *id = limn_stash_add_file (f->stash, file);
  g_autofree char *same = limn_stash_hash_file (file);
  g_autofree char *name = g_strconcat (id, ".file", NULL);
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autoptr(LimnStash) memory = limn_stash_new (NULL, NULL);
  g_autofree char *in_memory = limn_stash_add_file (memory, file);
  g_autoptr(GError) error = NULL;

  g_assert_cmpstr (id, ==, same);
  g_assert_cmpstr (id, ==, in_memory);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(GBytes) loaded = limn_stash_load_file (i == 2 ? memory : f->stash, id, &error);

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (file, loaded));
      if (i == 0)
        start_again (f);
    }
  g_assert_true (g_file_set_contents (path, "other", 5, NULL));
  g_assert_null (limn_stash_load_file (f->stash, id, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_null (limn_stash_load_file (f->stash, id, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (limn_stash_load_file (f->stash, "../x", &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

static guint8
mask_value (Fixture *f, const char *id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) mask = limn_stash_load_mask (f->stash, id, &error);

  g_assert_no_error (error);
  g_assert_cmpint (limn_image_get_format (mask), ==, LIMN_PIXEL_GREY8);
  return limn_image_get_row (mask, 0)[0];
}

/* The newest counts at once, after it is written, and at another start; one that is forgotten is forgotten. */
static void
test_masks (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_stash_load_mask (f->stash, NOBODY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  for (guint i = 1; i < 200; i++)
    {
      guint8 *pixels = g_malloc (300 * 200);
      g_autoptr(LimnImage) mask = NULL;

      memset (pixels, i, 300 * 200);
      mask = limn_image_new_take (LIMN_PIXEL_GREY8, 300, 200, pixels, NULL);
      limn_stash_save_mask (f->stash, NOBODY, mask);
      g_assert_cmpuint (mask_value (f, NOBODY), ==, i);
    }
  flush (f);
  g_assert_cmpuint (mask_value (f, NOBODY), ==, 199);
  start_again (f);
  g_assert_cmpuint (mask_value (f, NOBODY), ==, 199);
  limn_stash_save_mask (f->stash, NOBODY, NULL);
  g_assert_null (limn_stash_load_mask (f->stash, NOBODY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  start_again (f);
  g_assert_null (limn_stash_load_mask (f->stash, NOBODY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Without a folder: the same, but nothing outlives it. */
static void
test_memory (void)
{
  LimnStash *stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnImage) image = make_image (LIMN_PIXEL_RGBA8, 5, 5, 1);
  g_autoptr(LimnImage) mask = make_image (LIMN_PIXEL_GREY8, 5, 5, 1);
  g_autofree char *id = limn_stash_add (stash, image);
  g_autoptr(LimnImage) loaded = limn_stash_load (stash, id, NULL);
  g_autoptr(LimnImage) loaded_mask = NULL;

  assert_same (image, loaded);
  limn_stash_save_mask (stash, id, mask);
  loaded_mask = limn_stash_load_mask (stash, id, NULL);
  assert_same (mask, loaded_mask);
  g_assert_false (limn_stash_has (stash, NOBODY));
  limn_stash_unref (stash);
}

static char *
path_below (Fixture *f, const char *below, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".png", NULL);

  return g_build_filename (f->folder, below, name, NULL);
}

static void
make_old (const char *path, guint days)
{
  time_t then = time (NULL) - days * (time_t) (24 * 60 * 60);
  struct utimbuf times = { then, then };

  g_assert_cmpint (utime (path, &times), ==, 0);
}

/* Only what is old, unnamed and without a mask goes; and no file that is not the stash's. */
static void
test_sweep (Fixture *f, gconstpointer data)
{
  enum { OLD, NAMED, MASKED, NEW, FADED, N };
  g_autoptr(GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *foreign = g_build_filename (f->folder, "holiday.png", NULL);
  char *ids[N], *paths[N];

  for (guint i = 0; i < N; i++)
    {
      g_autoptr(LimnImage) image = make_image (LIMN_PIXEL_RGB8, 4, 4, i);
      g_autoptr(LimnImage) mask = make_image (LIMN_PIXEL_GREY8, 4, 4, i);

      ids[i] = limn_stash_add (f->stash, image);
      paths[i] = path_below (f, ".", ids[i]);
      if (i == MASKED || i == FADED)
        limn_stash_save_mask (f->stash, ids[i], mask);
    }
  start_again (f);
  g_assert_true (g_file_set_contents (foreign, "x", 1, NULL));
  make_old (foreign, 400);
  for (guint i = 0; i < N; i++)
    make_old (paths[i], i == NEW ? LIMN_STASH_KEEP_DAYS - 1 : LIMN_STASH_KEEP_DAYS + 1);
  {
    g_autofree char *faded = path_below (f, "masks", ids[FADED]);

    make_old (faded, LIMN_STASH_KEEP_DAYS + 1);
  }
  g_hash_table_add (named, ids[NAMED]);

  /* OLD, FADED and the mask of FADED. */
  g_assert_cmpuint (limn_stash_sweep (f->stash, named), ==, 3);
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpint (g_file_test (paths[i], G_FILE_TEST_EXISTS), ==, i != OLD && i != FADED);
      g_free (paths[i]);
      g_free (ids[i]);
    }
  g_assert_true (g_file_test (foreign, G_FILE_TEST_EXISTS));
}

/* Queue, draft and kept steps name pictures in any words; what cannot be read may name any. */
static void
test_sweep_state (Fixture *f, gconstpointer data)
{
  enum { QUEUED, DRAWN, PAINTED, ASIDE, NOTED, SHOWN, FORGOTTEN, N };
  g_autofree char *state = g_build_filename (f->folder, "state", NULL);
  g_autofree char *steps = g_build_filename (state, "steps", NULL);
  g_autofree char *sources = g_build_filename (state, "sources", NULL);
  g_autofree char *locked = g_build_filename (state, "other.json", NULL);
  g_autoptr(GError) error = NULL;
  char *ids[N], *paths[N];
  guint n_swept = 99;

  g_assert_cmpint (g_mkdir_with_parents (steps, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (sources, 0700), ==, 0);
  for (guint i = 0; i < N; i++)
    {
      static const char *const names[] = { "queue.json", "draft.json", "steps/a-0.safetensors", "queue.json.1.damaged",
                                           "sources/x.json", "sheet.ini", NULL };
      g_autoptr(LimnImage) image = make_image (LIMN_PIXEL_RGB8, 4, 4, i);
      g_autofree char *path = names[i] ? g_build_filename (state, names[i], NULL) : NULL;
      g_autoptr(GByteArray) bytes = g_byte_array_new ();
      g_autofree char *text = NULL;

      ids[i] = limn_stash_add (f->stash, image);
      paths[i] = path_below (f, ".", ids[i]);
      text = g_strdup_printf ("{\"x\":\"%s\", \"longer\":\"%sa\"", ids[i], ids[FORGOTTEN > i ? 0 : i]);
      if (i == PAINTED)
        {
          guint64 head = GUINT64_TO_LE (strlen (text));

          g_byte_array_append (bytes, (const guint8 *) &head, sizeof head);
        }
      g_byte_array_append (bytes, (const guint8 *) text, strlen (text));
      if (path)
        g_assert_true (g_file_set_contents (path, (const char *) bytes->data, bytes->len, NULL));
    }
  start_again (f);
  for (guint i = 0; i < N; i++)
    make_old (paths[i], 100);

  /* A folder with the name of a file names nothing; what cannot be read may. */
  g_assert_cmpint (g_mkdir (locked, 0700), ==, 0);
  g_assert_true (limn_stash_sweep_state (f->stash, state, &n_swept, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_swept, ==, 1);
  for (guint i = 0; i < N; i++)
    g_assert_cmpint (g_file_test (paths[i], G_FILE_TEST_EXISTS), ==, i != FORGOTTEN);

  /* Nothing goes where it cannot be known what is named. */
  limn_test_remove_folder (steps);
  g_assert_true (g_file_set_contents (steps, "x", 1, NULL));
  make_old (paths[QUEUED], 100);
  make_old (paths[PAINTED], 100);
  g_assert_false (limn_stash_sweep_state (f->stash, state, &n_swept, &error));
  g_assert_nonnull (error);
  g_assert_true (g_file_test (paths[PAINTED], G_FILE_TEST_EXISTS));
  for (guint i = 0; i < N; i++)
    {
      g_free (paths[i]);
      g_free (ids[i]);
    }
}

/* A picture that was loaded is not old. */
static void
test_use_is_seen (Fixture *f, gconstpointer data)
{
  g_autoptr(GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(LimnImage) image = make_image (LIMN_PIXEL_RGB8, 4, 4, 1);
  g_autoptr(LimnImage) loaded = NULL;
  g_autofree char *id = limn_stash_add (f->stash, image);
  g_autofree char *path = path_below (f, ".", id);

  start_again (f);
  make_old (path, 100);
  loaded = limn_stash_load (f->stash, id, NULL);
  g_assert_cmpuint (limn_stash_sweep (f->stash, named), ==, 0);
  make_old (path, 100);
  g_assert_cmpuint (limn_stash_sweep (f->stash, named), ==, 1);
}

/* More than memory holds: what has a file is read again, and is what it was. */
static void
test_trim (Fixture *f, gconstpointer data)
{
  char *ids[20];

  /* 16 MiB each, of one colour: 320 MiB in all. */
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      gsize n = 2048 * 2048 * 4;
      guint8 *pixels = g_malloc (n);
      g_autoptr(LimnImage) image = NULL;

      memset (pixels, i, n);
      image = limn_image_new_take (LIMN_PIXEL_RGBA8, 2048, 2048, pixels, NULL);
      ids[i] = limn_stash_add (f->stash, image);
      if (i % 5 == 4)
        flush (f);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr(LimnImage) image = limn_stash_load (f->stash, ids[i], NULL);

      g_assert_cmpuint (limn_image_get_row (image, 0)[0], ==, i);
      g_free (ids[i]);
    }
}

void
add_stash_tests (void)
{
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/stash/round-trip", test_round_trip);
  ADD ("/stash/opaque", test_opaque);
  ADD ("/stash/missing", test_missing);
  ADD ("/stash/files", test_files);
  ADD ("/stash/masks", test_masks);
  ADD ("/stash/sweep", test_sweep);
  ADD ("/stash/sweep-state", test_sweep_state);
  ADD ("/stash/use-is-seen", test_use_is_seen);
  if (g_test_slow ())
    ADD ("/stash/trim", test_trim);
  g_test_add_func ("/stash/memory", test_memory);
#undef ADD
}
