/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-picture-index.h"
#include "library/limn-search-text.h"

#include "base/limn-error.h"
#include "image/limn-png-edit.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-pictures.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char             *root;
  char             *folder;
  char             *cache;
  LimnPictureIndex *index;
} Fixture;

static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  f->root = g_dir_make_tmp ("limn-index-XXXXXX", NULL);
  f->folder = g_build_filename (f->root, "Limn é", NULL);
  f->cache = g_build_filename (f->root, "cache", NULL);
  g_assert_cmpint (g_mkdir (f->folder, 0777), ==, 0);
  f->index = limn_picture_index_new (f->folder, f->cache, NULL);
}

static void
tear_down (Fixture       *f,
           gconstpointer  data)
{
  limn_picture_index_unref (f->index);
  limn_test_remove_folder (f->root);
  g_free (f->root);
  g_free (f->folder);
  g_free (f->cache);
}

static void
reopen (Fixture *f)
{
  limn_picture_index_unref (f->index);
  f->index = limn_picture_index_new (f->folder, f->cache, NULL);
}

static LimnPictureScan
scan (Fixture *f)
{
  g_autoptr(GError) error = NULL;
  LimnPictureScan counts;

  g_assert_true (limn_picture_index_scan (f->index, &counts, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  return counts;
}

static void
assert_scan (Fixture *f,
             guint    n_added,
             guint    n_changed,
             guint    n_removed)
{
  LimnPictureScan counts = scan (f);

  g_assert_cmpuint (counts.n_added, ==, n_added);
  g_assert_cmpuint (counts.n_changed, ==, n_changed);
  g_assert_cmpuint (counts.n_removed, ==, n_removed);
}

static guint
count (Fixture    *f,
       const char *words,
       gboolean    starred)
{
  const LimnPictureFind find = { words, starred };
  g_autoptr(GArray) ids = limn_picture_index_find (f->index, &find, 0, 0);

  g_assert_cmpuint (limn_picture_index_count (f->index, &find), ==, ids->len);
  return ids->len;
}

static char *
path_in (Fixture    *f,
         const char *name)
{
  return g_build_filename (f->folder, name, NULL);
}

static GBytes *
png (const char *prompt)
{
  const LimnPngText text = { (char *) "parameters", (char *) prompt };
  g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_RGB8, 2, 1, g_malloc0 (6), NULL);
  g_autoptr(GError) error = NULL;
  GBytes *bytes = limn_png_encode (image, &text, prompt != NULL, &error);

  g_assert_no_error (error);
  return bytes;
}

static void
put (Fixture    *f,
     const char *name,
     const char *prompt)
{
  g_autofree char *path = path_in (f, name);
  g_autoptr(GBytes) bytes = png (prompt);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}

static void
remove_file (Fixture    *f,
             const char *name)
{
  g_autofree char *path = path_in (f, name);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* ------------------------------------------------------------------------------------------------ scanning */

/* Everything that is in the files comes back, newest first, page by page, and is still there after closing. */
static void
test_fields (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr(GArray) ids = NULL;

  limn_test_pictures_make (f->folder, 40);
  assert_scan (f, 40, 0, 0);
  assert_scan (f, 0, 0, 0);
  reopen (f);
  assert_scan (f, 0, 0, 0);

  ids = limn_picture_index_find (f->index, NULL, 0, 0);
  g_assert_cmpuint (ids->len, ==, 40);
  for (guint k = 0; k < 40; k++)
    {
      guint i = 39 - k;
      g_autoptr(GArray) page = limn_picture_index_find (f->index, NULL, k, 1);
      g_autoptr(LimnPicture) picture = limn_picture_index_get (f->index, g_array_index (ids, gint64, k));
      g_autofree char *prompt = limn_test_pictures_dup_prompt (i);
      g_autofree char *name = g_strdup_printf ("picture-%05u.png", i);
      g_autofree char *uuid = g_strdup_printf ("%08x-0000-4000-8000-000000000000", i);

      g_assert_cmpuint (page->len, ==, 1);
      g_assert_cmpint (g_array_index (page, gint64, 0), ==, picture->id);
      g_assert_cmpint (limn_picture_index_lookup (f->index, picture->path), ==, picture->id);
      g_assert_true (g_str_has_prefix (picture->path, f->folder));
      g_assert_true (g_str_has_suffix (picture->path, name));
      g_assert_cmpint (picture->mtime_ns / 1000000000, ==, LIMN_TEST_PICTURES_NEWEST - k);
      g_assert_cmpuint (picture->width, ==, 24);
      g_assert_cmpuint (picture->height, ==, 16);
      g_assert_cmpstr (picture->prompt, ==, prompt);
      g_assert_cmpstr (picture->negative_prompt, ==, "blurry");
      g_assert_true (picture->has_seed);
      g_assert_cmpuint (picture->seed, ==, G_MAXUINT64 - i);
      g_assert_cmpstr (picture->model, ==, "starter");
      g_assert_cmpstr (picture->sampler, ==, "Euler a");
      g_assert_cmpint (picture->starred, ==, i % 20 == 0);
      g_assert_cmpstr (picture->trajectory, ==, i % 5 == 0 ? uuid : NULL);
    }
  g_assert_null (limn_picture_index_get (f->index, 999));
}

/* New, changed, renamed and removed files; what is no picture; names with any bytes; links. */
static void
test_incremental (Fixture       *f,
                  gconstpointer  data)
{
  static const char odd[] = "\xff name\n.PNG";
  g_autofree char *below = path_in (f, "a/b");
  g_autofree char *hidden = path_in (f, ".hidden");
  g_autofree char *loop = path_in (f, "a/loop");
  g_autofree char *linked = path_in (f, "linked.png");
  g_autofree char *from = path_in (f, "one.png");
  g_autofree char *to = path_in (f, "a/renamed.png");
  g_autofree char *broken = path_in (f, "broken.png");
  g_autoptr(GError) error = NULL;
  g_autofree char *pipe = path_in (f, "pipe.png");

  g_mkdir_with_parents (below, 0777);
  g_mkdir (hidden, 0777);
  put (f, "one.png", "one");
  put (f, "two.png", "two");
  put (f, odd, "odd");
  put (f, "a/b/deep.png", "deep");
  put (f, "no-text.png", NULL);
  put (f, ".hidden/secret.png", "secret");
  put (f, ".hidden.png", "secret");
  put (f, "picture.jpeg", "not by its name");
  g_assert_true (g_file_set_contents (broken, "\x89PNG\r\n\x1a\n and so on", -1, NULL));
  g_assert_cmpint (mkfifo (pipe, 0666), ==, 0);
  g_assert_cmpint (symlink ("..", loop), ==, 0);
  g_assert_cmpint (symlink ("two.png", linked), ==, 0);

  assert_scan (f, 6, 0, 0);
  g_assert_cmpuint (count (f, "secret", FALSE), ==, 0);
  g_assert_cmpuint (count (f, "odd", FALSE), ==, 1);
  g_assert_cmpuint (count (f, "two", FALSE), ==, 2);
  assert_scan (f, 0, 0, 0);

  put (f, "one.png", "another");
  assert_scan (f, 0, 1, 0);
  g_assert_cmpuint (count (f, "one", FALSE), ==, 0);
  g_assert_cmpuint (count (f, "another", FALSE), ==, 1);

  g_assert_cmpint (g_rename (from, to), ==, 0);
  assert_scan (f, 1, 0, 1);
  g_assert_cmpuint (count (f, "another", FALSE), ==, 1);
  g_assert_cmpint (limn_picture_index_lookup (f->index, from), ==, 0);
  g_assert_cmpint (limn_picture_index_lookup (f->index, to), !=, 0);

  /* A file that becomes a picture, and one that stops being one. */
  put (f, "broken.png", "mended");
  g_assert_true (g_file_set_contents (to, "gone", -1, NULL));
  assert_scan (f, 1, 0, 1);
  g_assert_cmpuint (count (f, "mended", FALSE), ==, 1);
  g_assert_cmpuint (count (f, "another", FALSE), ==, 0);

  remove_file (f, "two.png");
  assert_scan (f, 0, 0, 2); /* the link to it, too */
  /* A disk that is not connected: nothing of it is forgotten, as long as the folder is not there. */
  limn_test_remove_folder (f->folder);
  g_assert_false (limn_picture_index_scan (f->index, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (count (f, NULL, FALSE), ==, 4);
  g_mkdir (f->folder, 0777);
  assert_scan (f, 0, 0, 4);
  g_assert_cmpuint (count (f, NULL, FALSE), ==, 0);
}

/* One file at a time, as a picture is saved. */
static void
test_refresh (Fixture       *f,
              gconstpointer  data)
{
  g_autofree char *path = limn_test_pictures_make_one (f->folder, 3, 10);
  g_autofree char *outside = g_build_filename (f->root, "outside.png", NULL);
  g_autofree char *above = g_build_filename (f->folder, "..", "outside.png", NULL);
  g_autofree char *text = path_in (f, "notes.txt");
  gint64 id = limn_picture_index_refresh (f->index, path);
  g_autoptr(GBytes) bytes = png ("outside");

  g_assert_cmpint (id, >, 0);
  g_assert_cmpint (limn_picture_index_refresh (f->index, path), ==, id);
  g_assert_cmpuint (count (f, "golden dog", FALSE), ==, 0);
  g_assert_cmpuint (count (f, "golden cat", FALSE), ==, 1);
  assert_scan (f, 0, 0, 0);

  put (f, "picture-00003.png", "a boat");
  g_assert_cmpint (limn_picture_index_refresh (f->index, path), ==, id);
  g_assert_cmpuint (count (f, "boat", FALSE), ==, 1);

  g_assert_true (g_file_set_contents (outside, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  g_assert_true (g_file_set_contents (text, "x", 1, NULL));
  g_assert_cmpint (limn_picture_index_refresh (f->index, outside), ==, 0);
  g_assert_cmpint (limn_picture_index_refresh (f->index, above), ==, 0);
  g_assert_cmpint (limn_picture_index_refresh (f->index, text), ==, 0);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (limn_picture_index_refresh (f->index, path), ==, 0);
  g_assert_cmpuint (count (f, NULL, FALSE), ==, 0);
  put (f, "picture-00003.png", "a dog");
  g_assert_cmpint (limn_picture_index_refresh (f->index, path), >, id); /* never the same id for something else */
}

static void
test_star (Fixture       *f,
           gconstpointer  data)
{
  g_autofree char *path = limn_test_pictures_make_one (f->folder, 3, 10);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize before_length, after_length;
  gint64 id = limn_picture_index_refresh (f->index, path);
  g_autoptr(GError) error = NULL;
  struct stat first, second;

  g_assert_true (g_file_get_contents (path, &before, &before_length, NULL));
  g_assert_cmpint (stat (path, &first), ==, 0);
  g_assert_cmpuint (count (f, NULL, TRUE), ==, 0);
  g_assert_true (limn_picture_index_set_starred (f->index, id, TRUE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count (f, NULL, TRUE), ==, 1);
  assert_scan (f, 0, 0, 0);

  /* The picture keeps its time, and with it its place and its thumbnail. */
  g_assert_cmpint (stat (path, &second), ==, 0);
  g_assert_cmpint (second.st_mtim.tv_sec, ==, first.st_mtim.tv_sec);
  g_assert_cmpint (second.st_mtim.tv_nsec, ==, first.st_mtim.tv_nsec);
  g_assert_cmpint (second.st_size, >, first.st_size);

  /* Rated in another program: the index learns of it. The size stays, the time is made to. */
  {
    g_autofree char *starred = NULL;
    gsize length;
    struct timespec times[2] = { first.st_mtim, first.st_mtim };
    char *rating;

    g_assert_true (g_file_get_contents (path, &starred, &length, NULL));
    rating = memmem (starred, length, "Rating=\"5", 9);
    g_assert_nonnull (rating);
    rating[8] = '4'; /* a wrong checksum now: as if there were none */
    g_assert_true (g_file_set_contents (path, starred, length, NULL));
    g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    assert_scan (f, 0, 1, 0);
    g_assert_cmpuint (count (f, NULL, TRUE), ==, 0);
    rating[8] = '5';
    g_assert_true (g_file_set_contents (path, starred, length, NULL));
    assert_scan (f, 0, 1, 0);
    g_assert_cmpuint (count (f, NULL, TRUE), ==, 1);
  }

  g_assert_true (limn_picture_index_set_starred (f->index, id, FALSE, &error));
  g_assert_cmpuint (count (f, NULL, TRUE), ==, 0);
  g_assert_true (g_file_get_contents (path, &after, &after_length, NULL));
  g_assert_cmpmem (before, before_length, after, after_length);

  g_assert_false (limn_picture_index_set_starred (f->index, id + 1, TRUE, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

/* ------------------------------------------------------------------------------------------------ searching */

static void
test_search (Fixture       *f,
             gconstpointer  data)
{
  static const struct
  {
    const char *prompt;
  } prompts[] = {
    { "a red house on a green hill" },
    { "the house by the RED bridge" },
    { "(masterpiece:1.2), Café crème, été" },
    { "赤い家と日本の海" },
    { "ภาพวาดบ้าน" },
    { "cat 🏠 in front" },
    { "خانه\u200cی قرمز کوچک" },
    { "weiße Straße\tim Nebel" },
    { "מָה זֶה בַּיִת" },
    { "redwood forest \"quoted\" AND NOT OR NEAR" },
  };
  static const struct
  {
    const char *words;
    guint       n;
    guint       which; /* where there is one */
  } cases[] = {
    { "red hou", 2 }, { "hou red", 2 }, { "red house hill", 1, 0 }, { "red", 3 }, { "ed", 0 }, { "RED", 3 },
    { "house cat", 0 }, { "cafe", 1, 2 }, { "CAFÉ", 1, 2 }, { "cafe\u0301", 1, 2 }, { "creme ete", 1, 2 }, { "1.2", 1, 2 },
    { "masterpiece:1.2", 1, 2 }, { "(masterpiece:1.2)", 1, 2 }, { "日本", 1, 3 }, { "本の", 1, 3 }, { "海", 1, 3 }, { "本日", 0 },
    { "บ้าน", 1, 4 }, { "🏠", 1, 5 }, { "🏡", 0 }, { "كوچك", 1, 6 }, { "خانه", 1, 6 }, { "strasse", 1, 7 }, { "weiße", 1, 7 },
    { "מה", 1, 8 }, { "בית", 1, 8 }, { "quoted", 1, 9 }, { "\"quoted\"", 1, 9 }, { "\"quoted", 1, 9 }, { "red OR cat", 0 },
    { "AND", 1, 9 }, { "NOT quoted", 1, 9 }, { "NEAR(red)", 0 }, { "near", 1, 9 }, { "prompt:red", 0 }, { "red*", 3 },
    { "^red", 3 }, { "-red", 3 }, { "{red}", 3 }, { "red + house", 2 }, { "'; DROP TABLE picture; --", 0 },
    { "red\thouse", 2 }, { "red\nhouse\r", 2 }, { "x'y\"z*(){}[]^:-+~,.\\/", 0 }, { "number", 0 },
    /* Nothing to look for is everything. */
    { "", G_N_ELEMENTS (prompts) }, { "  ", G_N_ELEMENTS (prompts) }, { "*", G_N_ELEMENTS (prompts) },
    { "\"", G_N_ELEMENTS (prompts) }, { "\"\"", G_N_ELEMENTS (prompts) }, { "()", G_N_ELEMENTS (prompts) },
    { NULL, G_N_ELEMENTS (prompts) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      g_autofree char *name = g_strdup_printf ("%" G_GSIZE_FORMAT ".png", i);

      put (f, name, prompts[i].prompt);
    }
  scan (f);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const LimnPictureFind find = { cases[i].words, FALSE };
      g_autoptr(GArray) ids = limn_picture_index_find (f->index, &find, 0, 0);

      if (ids->len != cases[i].n)
        g_error ("“%s” finds %u", cases[i].words, ids->len);
      if (ids->len == 1)
        {
          g_autoptr(LimnPicture) picture = limn_picture_index_get (f->index, g_array_index (ids, gint64, 0));

          g_assert_cmpstr (picture->prompt, ==, prompts[cases[i].which].prompt);
        }
    }
}

/* Any characters: found or not, but never a failure that throws the database away. */
static void
test_search_random (Fixture       *f,
                    gconstpointer  data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  g_autofree char *path = path_in (f, "one.png");
  gint64 id;

  put (f, "one.png", "one");
  scan (f);
  id = limn_picture_index_lookup (f->index, path);
  for (guint round = 0; round < 3000; round++)
    {
      GString *words = g_string_new (NULL);
      g_autofree char *text = NULL;
      const LimnPictureFind find = { .starred = FALSE };
      LimnPictureFind asked = find;

      for (gint n = g_rand_int_range (rand, 1, 12); n > 0; n--)
        {
          static const gunichar tops[] = { 0x7f, 0x7ff, 0xffff, 0x10ffff };
          gunichar c = 1 + g_rand_int (rand) % tops[g_rand_int_range (rand, 0, 4)];

          if (g_unichar_validate (c))
            g_string_append_unichar (words, c);
        }
      text = g_string_free (words, FALSE);
      asked.words = text;
      g_array_unref (limn_picture_index_find (f->index, &asked, 0, 0));
      g_assert_cmpint (limn_picture_index_lookup (f->index, f->folder), ==, 0);
    }
  /* Made anew, the index would number on. */
  {
    g_autoptr(LimnPicture) picture = limn_picture_index_get (f->index, id);

    g_assert_nonnull (picture);
    g_assert_cmpstr (picture->prompt, ==, "one");
  }
}

/* ------------------------------------------------------------------------------------------------ hostile pictures */

static void
test_hostile_pictures (Fixture       *f,
                       gconstpointer  data)
{
  g_autofree char *long_prompt = g_strnfill (1 << 20, 'x');
  g_autofree char *wide_prompt = NULL;
  GString *wide = g_string_new ("x");
  g_autoptr(GBytes) sound = png ("sound");
  gsize length = g_bytes_get_size (sound);
  g_autoptr(GRand) rand = g_rand_new_with_seed (8);
  g_autoptr(LimnPicture) picture = NULL;
  g_autofree char *path = path_in (f, "wide.png");

  while (wide->len < LIMN_PICTURE_MAX_PROMPT + 10)
    g_string_append (wide, "本");
  wide_prompt = g_string_free (wide, FALSE);
  put (f, "long.png", long_prompt);
  put (f, "wide.png", wide_prompt);
  put (f, "control.png", "a\x01\x02 red\x7f house\nSteps: 1, Sampler: x, Seed: -5, Size: 1x1, Model: \"\\\"\"");
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("damaged-%u.png", i);
      g_autofree char *damaged = path_in (f, name);
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (sound, NULL), length);

      for (guint k = 0; k < 3; k++)
        copy[g_rand_int_range (rand, 0, length)] = g_rand_int (rand);
      g_assert_true (g_file_set_contents_full (damaged, (const char *) copy,
                                               i % 4 == 0 ? (gsize) g_rand_int_range (rand, 0, length) : length,
                                               G_FILE_SET_CONTENTS_NONE, 0666, NULL));
    }
  scan (f);
  assert_scan (f, 0, 0, 0);
  g_assert_cmpuint (count (f, "red house", FALSE), ==, 1);
  g_assert_cmpuint (count (f, "xxxx", FALSE), ==, 1);
  picture = limn_picture_index_get (f->index, limn_picture_index_lookup (f->index, path));
  g_assert_cmpuint (strlen (picture->prompt), ==, LIMN_PICTURE_MAX_PROMPT);
  g_assert_true (g_utf8_validate (picture->prompt, -1, NULL));
}

/* ------------------------------------------------------------------------------------------------ damage */

static char *
database_of (Fixture *f)
{
  g_autoptr(GDir) dir = g_dir_open (f->cache, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".sqlite"))
      return g_build_filename (f->cache, name, NULL);
  g_assert_not_reached ();
}

/* After anything that can happen to the database, the next start shows what is in the folder. */
static void
test_damaged (Fixture       *f,
              gconstpointer  data)
{
  g_autofree char *path = NULL;
  g_autofree char *sound = NULL;
  g_autoptr(GRand) rand = g_rand_new_with_seed (77);
  gsize length;
  guint expected;

  limn_test_pictures_make (f->folder, 60);
  scan (f);
  expected = count (f, "red", FALSE);
  limn_picture_index_unref (f->index);
  path = database_of (f);
  g_assert_true (g_file_get_contents (path, &sound, &length, NULL));
  g_assert_cmpuint (length, >, 20000);

  for (guint round = 0; round < 60; round++)
    {
      g_autofree char *bad = g_memdup2 (sound, length);
      gsize bad_length = length;
      gsize page = g_rand_int_range (rand, 0, length / 4096) * 4096;

      switch (round % 6)
        {
        case 0: /* a page of zeros, as a file system leaves them */
          memset (bad + page, 0, 4096);
          break;
        case 1:
          for (guint i = 0; i < 4096; i++)
            bad[page + i] = g_rand_int (rand);
          break;
        case 2:
          bad_length = g_rand_int_range (rand, 0, length);
          break;
        case 3: /* another program's version of it */
          bad[63] ^= 1 + round;
          break;
        case 4: /* not a database */
          memset (bad, 'x', 100);
          break;
        default: /* two pages change places */
          memcpy (bad + page, sound + (page + 4096 < length ? page + 4096 : 0), 4096);
          break;
        }
      g_assert_true (g_file_set_contents (path, bad, bad_length, NULL));
      f->index = limn_picture_index_new (f->folder, f->cache, NULL);
      scan (f);
      g_assert_cmpuint (count (f, NULL, FALSE), ==, 60);
      g_assert_cmpuint (count (f, "red", FALSE), ==, expected);
      limn_picture_index_unref (f->index);
    }

  /* Damaged while it is open. */
  g_unlink (path);
  f->index = limn_picture_index_new (f->folder, f->cache, NULL);
  scan (f);
  reopen (f);
  {
    g_autofree char *bad = g_malloc0 (length * 2);
    int fd = open (path, O_WRONLY);

    g_assert_cmpint (write (fd, bad, length * 2), ==, length * 2);
    close (fd);
  }
  g_assert_cmpuint (count (f, "red", FALSE), ==, expected);
  g_assert_cmpuint (count (f, NULL, FALSE), ==, 60);
}

/* No place for a database: it is kept in memory. A database of another folder is not mistaken for this one's. */
static void
test_no_place (Fixture       *f,
               gconstpointer  data)
{
  g_autofree char *file = g_build_filename (f->root, "file", NULL);
  g_autofree char *other = g_build_filename (f->root, "other", NULL);
  LimnPictureIndex *index;

  limn_test_pictures_make (f->folder, 5);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  index = limn_picture_index_new (f->folder, file, NULL);
  g_assert_true (limn_picture_index_scan (index, NULL, NULL, NULL, NULL, NULL));
  g_assert_cmpuint (limn_picture_index_count (index, NULL), ==, 5);
  limn_picture_index_unref (index);

  scan (f);
  index = limn_picture_index_new (other, f->cache, NULL);
  g_assert_cmpuint (limn_picture_index_count (index, NULL), ==, 0);
  limn_picture_index_unref (index);
  g_assert_cmpuint (limn_picture_index_count (f->index, NULL), ==, 5);
}

static void
test_errors (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *file = g_build_filename (f->root, "file", NULL);
  LimnPictureIndex *index;

  limn_test_pictures_make (f->folder, 5);
  g_cancellable_cancel (cancellable);
  g_assert_false (limn_picture_index_scan (f->index, NULL, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  index = limn_picture_index_new (file, f->cache, NULL);
  g_assert_false (limn_picture_index_scan (index, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  limn_picture_index_unref (index);
}

/* A process that is killed while it scans, at any time: the next has everything. */
static void
test_killed (Fixture       *f,
             gconstpointer  data)
{
  limn_test_pictures_make (f->folder, 1200);
  for (guint round = 0; round < 12; round++)
    {
      pid_t child;

      limn_picture_index_unref (f->index);
      f->index = NULL;
      child = fork ();
      if (child == 0)
        {
          LimnPictureIndex *index = limn_picture_index_new (f->folder, f->cache, NULL);

          limn_picture_index_scan (index, NULL, NULL, NULL, NULL, NULL);
          for (guint i = 0;; i++)
            {
              g_autofree char *path = limn_test_pictures_make_one (f->folder, i % 1200, 1200);

              limn_picture_index_refresh (index, path);
            }
        }
      g_usleep (5000 + round * 9000);
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
      if (round % 3 == 2)
        limn_test_remove_folder (f->cache);

      f->index = limn_picture_index_new (f->folder, f->cache, NULL);
      limn_test_pictures_make (f->folder, 1200); /* whole again: the files are not what is tried here */
      scan (f);
      g_assert_cmpuint (count (f, "picture", FALSE), ==, 0);
      g_assert_cmpuint (count (f, "number", FALSE), >=, 1200);
      assert_scan (f, 0, 0, 0);
    }
}

typedef struct
{
  Fixture *f;
  guint    i;
} Busy;

static gpointer
be_busy (gpointer data)
{
  Busy *busy = data;

  for (guint round = 0; round < 20; round++)
    {
      if (busy->i == 0)
        limn_picture_index_scan (busy->f->index, NULL, NULL, NULL, NULL, NULL);
      else if (busy->i == 1)
        {
          g_autofree char *path = limn_test_pictures_make_one (busy->f->folder, round, 100);

          limn_picture_index_refresh (busy->f->index, path);
        }
      else
        {
          g_autoptr(GArray) ids = limn_picture_index_find (busy->f->index, NULL, 0, 0);

          for (guint k = 0; k < ids->len; k++)
            limn_picture_free (limn_picture_index_get (busy->f->index, g_array_index (ids, gint64, k)));
        }
    }
  return NULL;
}

/* Several threads, and a second index (another process has one, too) on the same database. */
static void
test_threads (Fixture       *f,
              gconstpointer  data)
{
  LimnPictureIndex *second = limn_picture_index_new (f->folder, f->cache, NULL);
  Busy busy[4] = { { f, 0 }, { f, 1 }, { f, 2 }, { f, 2 } };
  GThread *threads[4];

  limn_test_pictures_make (f->folder, 100);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("busy", be_busy, &busy[i]);
  for (guint round = 0; round < 5; round++)
    g_assert_true (limn_picture_index_scan (second, NULL, NULL, NULL, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  scan (f);
  assert_scan (f, 0, 0, 0);
  g_assert_cmpuint (limn_picture_index_count (second, NULL), ==, count (f, NULL, FALSE));
  limn_picture_index_unref (second);
}

/* ------------------------------------------------------------------------------------------------ ten thousand */

static void
count_batch (gpointer data)
{
  guint *n = data;

  ++*n;
}

static double
seconds_since (gint64 start)
{
  return (g_get_monotonic_time () - start) / 1e6;
}

/*
 * What an artist with ten thousand pictures waits for. The bounds are what was promised: opening under 1 s, a search under
 * 100 ms. Measured on two busy cores of a virtual machine: 0.07 s until the index is up to date, searches 0.1 to 7 ms. Without -m perf ten times
 * as long is allowed: a processor that others use too must not fail a test.
 */
static void
test_ten_thousand (Fixture       *f,
                   gconstpointer  data)
{
  static const char *const searches[] = { "red hou", "a", "lighthouse snow", "number 77", "cafe", "日本", "nothing" };
  double allowance = g_test_perf () ? 1 : 10;
  gint64 start;
  guint n_batches = 0;

  limn_test_pictures_make (f->folder, 10000);
  start = g_get_monotonic_time ();
  g_assert_true (limn_picture_index_scan (f->index, NULL, count_batch, &n_batches, NULL, NULL));
  g_test_message ("first scan: %.2f s, %u batches", seconds_since (start), n_batches);
  g_assert_cmpuint (n_batches, >=, 50);

  start = g_get_monotonic_time ();
  reopen (f);
  g_assert_cmpuint (count (f, NULL, FALSE), ==, 10000);
  g_test_message ("shown: %.3f s", seconds_since (start));
  assert_scan (f, 0, 0, 0);
  g_test_message ("up to date: %.3f s", seconds_since (start));
  g_assert_cmpfloat (seconds_since (start), <, 1.0 * allowance);

  for (gsize i = 0; i < G_N_ELEMENTS (searches); i++)
    {
      const LimnPictureFind find = { searches[i], FALSE };
      g_autoptr(GArray) ids = NULL;

      start = g_get_monotonic_time ();
      ids = limn_picture_index_find (f->index, &find, 0, 0);
      g_test_message ("“%s”: %u in %.1f ms", searches[i], ids->len, seconds_since (start) * 1000);
      g_assert_cmpfloat (seconds_since (start), <, 0.1 * allowance);
      g_assert_true ((ids->len == 0) == (i == G_N_ELEMENTS (searches) - 1));
    }
  g_assert_cmpuint (count (f, NULL, TRUE), ==, 500);
}

/* Which picture shows what a model draws. */
static void
test_model (Fixture       *f,
            gconstpointer  data)
{
  static const struct
  {
    const char *name;
    const char *model;
    const char *hash;
  } pictures[] = {
    { "a.png", "ink", "0123456789" },
    { "b.png", "ink", "0123456789" },
    { "c.png", "ink", "9876543210" },
    { "d.png", "ink", "01234567" }, /* of the early way to make one */
    { "e.png", "wash", "0123456789" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1000 + i } };
      g_autofree char *path = path_in (f, pictures[i].name);
      g_autofree char *text = g_strdup_printf ("a house\nSteps: 20, Sampler: Euler, Model: %s, Model hash: %s", pictures[i].model,
                                               pictures[i].hash);
      g_autoptr(GBytes) bytes = png (text);

      g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
      g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    }
  scan (f);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *a = path_in (f, "a.png");
      g_autofree char *c = path_in (f, "c.png");
      g_autofree char *d = path_in (f, "d.png");
      g_autofree char *e = path_in (f, "e.png");
      g_autoptr(LimnPicture) picture = limn_picture_index_get (f->index, limn_picture_index_lookup (f->index, a));

      g_assert_cmpstr (picture->model_hash, ==, "0123456789");
      g_assert_cmpint (limn_picture_index_find_model (f->index, "0123456789ABCDEF", "ink"), ==, limn_picture_index_lookup (f->index, e));
      g_assert_cmpint (limn_picture_index_find_model (f->index, "9876543210", NULL), ==, limn_picture_index_lookup (f->index, c));
      g_assert_cmpint (limn_picture_index_find_model (f->index, "aaaaaaaaaa", "ink"), ==, limn_picture_index_lookup (f->index, d));
      g_assert_cmpint (limn_picture_index_find_model (f->index, NULL, "wash"), ==, 0);
      g_assert_cmpint (limn_picture_index_find_model (f->index, NULL, NULL), ==, 0);
      reopen (f);
    }
}

void
add_picture_index_tests (void)
{
#define ADD(name, func) g_test_add ("/picture-index/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("fields", test_fields);
  ADD ("incremental", test_incremental);
  ADD ("refresh", test_refresh);
  ADD ("star", test_star);
  ADD ("search", test_search);
  ADD ("search-random", test_search_random);
  ADD ("model", test_model);
  ADD ("hostile-pictures", test_hostile_pictures);
  ADD ("damaged", test_damaged);
  ADD ("no-place", test_no_place);
  ADD ("errors", test_errors);
  ADD ("killed", test_killed);
  ADD ("threads", test_threads);
  ADD ("ten-thousand", test_ten_thousand);
#undef ADD
}
