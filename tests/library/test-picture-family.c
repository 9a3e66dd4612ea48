/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which picture comes from which. Recipes are lines of names here: "c@3 b@5 a": c shares 3 steps with b, b 5 with a. */
#include "config.h"

#include "library/limn-picture-index.h"

#include "image/limn-png-edit.h"
#include "image/limn-xmp.h"

#include "test-library.h"
#include "tests/limn-test-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct
{
  char             *root;
  char             *folder;
  char             *cache;
  LimnPictureIndex *index;
  guint             n;
} Fixture;

static char *
hash_of (const char *name)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
}

static GArray *
identify (const char *recipe)
{
  g_auto(GStrv) words = g_strsplit (recipe, " ", -1);
  GArray *line;
  guint step = 0;

  if (*recipe == '{')
    return NULL;
  line = g_array_new (FALSE, FALSE, sizeof (LimnPictureAncestor));
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit (words[i], "@", 2);
      g_autofree char *hash = hash_of (parts[0]);
      LimnPictureAncestor ancestor = { .step = step };

      g_strlcpy (ancestor.hash, hash, sizeof ancestor.hash);
      g_array_append_val (line, ancestor);
      step = parts[1] != NULL ? atoi (parts[1]) : 0;
    }
  return line;
}

static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  f->root = g_dir_make_tmp ("limn-family-XXXXXX", NULL);
  f->folder = g_build_filename (f->root, "Limn", NULL);
  f->cache = g_build_filename (f->root, "cache", NULL);
  g_assert_cmpint (g_mkdir (f->folder, 0777), ==, 0);
  f->index = limn_picture_index_new (f->folder, f->cache, identify);
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

static char *
trajectory_of (const char *file)
{
  g_autofree char *hash = hash_of (file);

  return g_strdup_printf ("%.8s-%.4s-4%.3s-8%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15, hash + 18);
}

/* The picture @file, one second younger than the one before. */
static void
put (Fixture    *f,
     const char *file,
     const char *recipe,
     gboolean    has_steps,
     gboolean    starred)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.png", f->folder, file);
  g_autofree char *trajectory = trajectory_of (file);
  const LimnPngText texts[] = { { (char *) "limn", (char *) recipe }, { (char *) "limn-trajectory", trajectory } };
  g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_RGB8, 2, 1, g_malloc0 (6), NULL);
  g_autoptr(GBytes) plain = limn_png_encode (image, texts, has_steps ? 2 : 1, NULL);
  g_autoptr(GBytes) bytes = starred ? limn_png_set_rating (plain, LIMN_XMP_MAX_RATING, NULL) : g_bytes_ref (plain);
  struct timespec times[2] = { { .tv_sec = 1700000000 + f->n }, { .tv_sec = 1700000000 + f->n } };

  f->n++;
  g_assert_true (g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                           G_FILE_SET_CONTENTS_NONE, 0666, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
take_away (Fixture    *f,
           const char *file)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.png", f->folder, file);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static gint64
id_of (Fixture    *f,
       const char *file)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.png", f->folder, file);

  return limn_picture_index_lookup (f->index, path);
}

static char *
file_of (Fixture *f,
         gint64   id)
{
  g_autoptr(LimnPicture) picture = limn_picture_index_get (f->index, id);
  g_autofree char *name = g_path_get_basename (picture->path);

  return g_strndup (name, strlen (name) - 4);
}

/* As "a b<a@5 c<b@3". */
static char *
family_of (Fixture    *f,
           const char *file)
{
  g_autoptr(GPtrArray) family = limn_picture_index_list_family (f->index, id_of (f, file));
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < family->len; i++)
    {
      const LimnPictureNode *node = g_ptr_array_index (family, i);
      g_autofree char *name = file_of (f, node->id);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", name);
      if (node->parent != 0)
        {
          g_autofree char *parent = file_of (f, node->parent);

          g_string_append_printf (text, "<%s@%u", parent, node->step);
        }
    }
  return g_string_free (text, FALSE);
}

static void
assert_family (Fixture    *f,
               const char *file,
               const char *expected)
{
  g_autofree char *family = NULL;

  limn_picture_index_scan (f->index, NULL, NULL, NULL, NULL, NULL);
  family = family_of (f, file);
  g_assert_cmpstr (family, ==, expected);
}

/* Each picture's family is the whole tree; what is deleted leaves it whole, and shares as many steps as the whole way does. */
static void
test_tree (Fixture       *f,
           gconstpointer  data)
{
  static const char *const all = "a b<a@5 d<b@7 e<b@2 c<a@9";

  put (f, "other", "other", TRUE, FALSE);
  put (f, "a", "a", TRUE, FALSE);
  put (f, "b", "b@5 a", TRUE, FALSE);
  put (f, "c", "c@9 a", TRUE, FALSE);
  put (f, "d", "d@7 b@5 a", TRUE, FALSE);
  put (f, "e", "e@2 b@5 a", TRUE, FALSE);
  put (f, "stranger", "{\"prompt\": \"of another program\"}", TRUE, FALSE);
  assert_family (f, "a", all);
  assert_family (f, "d", all);
  assert_family (f, "c", all);
  assert_family (f, "other", "other");
  assert_family (f, "stranger", "");

  /* d shared 7 with b, but b only 5 with a; e shared 2 with b, so 2 with a. */
  take_away (f, "b");
  assert_family (f, "d", "a c<a@9 d<a@5 e<a@2");
  take_away (f, "a");
  assert_family (f, "d", "c d e");
  put (f, "b", "b@5 a", TRUE, FALSE);
  assert_family (f, "d", "c b d<b@7 e<b@2");
}

/* The same picture twice: both are there, and branches stand at the one whose steps are kept, of these at the newest. */
static void
test_twins (Fixture       *f,
            gconstpointer  data)
{
  g_autofree char *hash = hash_of ("a");

  put (f, "a1", "a", TRUE, FALSE);
  put (f, "a2", "a", TRUE, FALSE);
  put (f, "a3", "a", FALSE, FALSE);
  put (f, "b", "b@5 a", TRUE, FALSE);
  assert_family (f, "b", "a1 a2 b<a2@5 a3");
  g_assert_cmpint (limn_picture_index_find_hash (f->index, hash), ==, id_of (f, "a2"));
  take_away (f, "a2");
  take_away (f, "a1");
  assert_family (f, "b", "a3 b<a3@5");
  g_assert_cmpint (limn_picture_index_find_hash (f->index, hash), ==, id_of (f, "a3"));
  g_assert_cmpint (limn_picture_index_find_hash (f->index, "0"), ==, 0);
}

static void
test_facts (Fixture       *f,
            gconstpointer  data)
{
  static const struct
  {
    const char *file;
    gboolean    is_branch, has_branches;
  } facts[] = { { "a", FALSE, TRUE }, { "b", TRUE, TRUE }, { "c", TRUE, FALSE }, { "d", FALSE, FALSE } };
  g_autofree char *trajectory = trajectory_of ("b");

  put (f, "a", "a", FALSE, FALSE);
  put (f, "b", "b@5 a", TRUE, FALSE);
  put (f, "c", "c@1 b@5 a", TRUE, FALSE);
  put (f, "d", "d", TRUE, FALSE);
  limn_picture_index_scan (f->index, NULL, NULL, NULL, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autoptr(LimnPicture) picture = limn_picture_index_get (f->index, id_of (f, facts[i].file));
      g_autofree char *hash = hash_of (facts[i].file);

      g_assert_cmpstr (picture->hash, ==, hash);
      g_assert_cmpint (picture->is_branch, ==, facts[i].is_branch);
      g_assert_cmpint (picture->has_branches, ==, facts[i].has_branches);
    }
  g_assert_cmpint (limn_picture_index_find_trajectory (f->index, trajectory), ==, id_of (f, "b"));
  g_assert_cmpint (limn_picture_index_find_trajectory (f->index, "nothing"), ==, 0);
  /* A picture that is changed has another line. */
  put (f, "b", "new", TRUE, FALSE);
  assert_family (f, "b", "b");
}

/* Not every chain is one that a program of ours wrote. */
static void
test_hostile (Fixture       *f,
              gconstpointer  data)
{
  g_autoptr(GString) deep = g_string_new ("a0");

  for (guint i = 1; i < 400; i++)
    g_string_append_printf (deep, "@%u a%u", i, i);
  put (f, "round1", "x@1 y", TRUE, FALSE);
  put (f, "round2", "y@1 x", TRUE, FALSE);
  put (f, "self", "z@3 z", TRUE, FALSE);
  put (f, "deep", deep->str, TRUE, FALSE);
  put (f, "empty", "", TRUE, FALSE);
  assert_family (f, "round1", "round1 round2");
  assert_family (f, "self", "self");
  assert_family (f, "deep", "deep");
  assert_family (f, "empty", "");
}

/* Stars of this folder and of one that is not there any more. */
static void
test_starred_steps (Fixture       *f,
                    gconstpointer  data)
{
  g_autofree char *here = trajectory_of ("here");
  g_autofree char *there = trajectory_of ("there");
  g_autofree char *nonsense = g_build_filename (f->cache, "pictures-0000000000000000.sqlite", NULL);
  g_autofree char *other = g_build_filename (f->root, "Other", NULL);
  g_autoptr(GHashTable) ids = NULL;

  put (f, "there", "there", TRUE, TRUE);
  put (f, "plain", "plain", TRUE, FALSE);
  limn_picture_index_scan (f->index, NULL, NULL, NULL, NULL, NULL);
  limn_picture_index_unref (f->index);
  limn_test_remove_folder (f->folder);
  g_assert_true (g_file_set_contents (nonsense, "SQLite format 3, or not", -1, NULL));

  g_free (f->folder);
  f->folder = g_steal_pointer (&other);
  g_assert_cmpint (g_mkdir (f->folder, 0777), ==, 0);
  f->index = limn_picture_index_new (f->folder, f->cache, identify);
  put (f, "here", "here", TRUE, TRUE);
  put (f, "no-steps", "no-steps", FALSE, TRUE);
  limn_picture_index_scan (f->index, NULL, NULL, NULL, NULL, NULL);
  ids = limn_picture_index_list_starred_steps (f->index);
  g_assert_cmpuint (g_hash_table_size (ids), ==, 2);
  g_assert_true (g_hash_table_contains (ids, here) && g_hash_table_contains (ids, there));
}

/* Of ten thousand pictures each has up to three branches. */
static void
test_ten_thousand (Fixture       *f,
                   gconstpointer  data)
{
  double allowance = g_test_perf () ? 1 : 10;
  g_autoptr(GPtrArray) family = NULL;
  gint64 start;
  double seconds;

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);
      g_autoptr(GString) line = g_string_new (name);

      /* A hundred trees of a hundred pictures. */
      for (guint k = i % 100; k > 0; k = (k - 1) / 3)
        g_string_append_printf (line, "@%u p%u", k % 20, i - i % 100 + (k - 1) / 3);
      put (f, name, line->str, TRUE, FALSE);
    }
  start = g_get_monotonic_time ();
  g_assert_true (limn_picture_index_scan (f->index, NULL, NULL, NULL, NULL, NULL));
  g_test_message ("first scan: %.2f s", (g_get_monotonic_time () - start) / 1e6);
  start = g_get_monotonic_time ();
  family = limn_picture_index_list_family (f->index, id_of (f, "p4242"));
  seconds = (g_get_monotonic_time () - start) / 1e6;
  g_test_message ("family: %.1f ms", seconds * 1e3);
  g_assert_cmpuint (family->len, ==, 100);
  /* What is drawn at once. 1 ms measured on two busy cores. */
  g_assert_cmpfloat (seconds, <, 0.1 * allowance);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < 60; i++)
    limn_picture_free (limn_picture_index_get (f->index, i + 1));
  seconds = (g_get_monotonic_time () - start) / 1e6;
  g_test_message ("60 tiles: %.1f ms", seconds * 1e3);
  g_assert_cmpfloat (seconds, <, 0.1 * allowance);
}

void
add_picture_family_tests (void)
{
#define ADD(name, func) g_test_add ("/picture-family/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("tree", test_tree);
  ADD ("twins", test_twins);
  ADD ("facts", test_facts);
  ADD ("hostile", test_hostile);
  ADD ("starred-steps", test_starred_steps);
  ADD ("ten-thousand", test_ten_thousand);
#undef ADD
}
