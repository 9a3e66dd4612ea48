/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   pictures make FOLDER [COUNT]    makes COUNT (10,000) small PNGs with prompts in FOLDER
 *   pictures bench FOLDER [WORDS]   indexes FOLDER and prints how long everything takes
 */
#include "config.h"

#include "library/limn-picture-index.h"
#include "library/limn-thumbnails.h"

#include "tests/limn-test-folder.h"
#include "tests/limn-test-pictures.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

static double
ms_since (gint64 start)
{
  return (g_get_monotonic_time () - start) / 1000.0;
}

static void
bench_scan (LimnPictureIndex *index,
            const char       *what)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr(GError) error = NULL;
  LimnPictureScan scan;

  if (!limn_picture_index_scan (index, &scan, NULL, NULL, NULL, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      exit (1);
    }
  printf ("%-28s %8.1f ms   %u new, %u changed, %u gone\n", what, ms_since (start), scan.n_added, scan.n_changed,
          scan.n_removed);
}

static void
bench_find (LimnPictureIndex *index,
            const char       *words,
            gboolean          starred,
            guint             limit)
{
  const LimnPictureFind find = { words, starred };
  gint64 start = g_get_monotonic_time ();
  g_autoptr(GArray) ids = limn_picture_index_find (index, &find, 0, limit);

  printf ("find %-16s%s%s %8.1f ms   %u found\n", words != NULL ? words : "everything", starred ? " starred" : "        ",
          limit > 0 ? " page" : "     ", ms_since (start), ids->len);
}

static int
bench (const char *folder,
       const char *words)
{
  g_autofree char *full = g_canonicalize_filename (folder, NULL);
  g_autofree char *cache = g_dir_make_tmp ("limn-bench-XXXXXX", NULL);
  LimnPictureIndex *index = limn_picture_index_new (full, cache, NULL);
  gint64 start;
  g_autoptr(GArray) ids = NULL;

  bench_scan (index, "first scan");
  limn_picture_index_unref (index);

  start = g_get_monotonic_time ();
  index = limn_picture_index_new (full, cache, NULL);
  printf ("%-28s %8.1f ms\n", "open", ms_since (start));
  bench_scan (index, "second scan");
  bench_find (index, NULL, FALSE, 0);
  bench_find (index, NULL, FALSE, 50);
  bench_find (index, NULL, TRUE, 0);
  bench_find (index, words, FALSE, 0);
  bench_find (index, "a", FALSE, 0);
  bench_find (index, "red hou", TRUE, 0);

  ids = limn_picture_index_find (index, NULL, 0, 0);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < MIN (ids->len, 1000); i++)
    limn_picture_free (limn_picture_index_get (index, g_array_index (ids, gint64, i)));
  printf ("%-28s %8.1f ms\n", "a thousand looked up", ms_since (start));
  for (guint round = 0; round < 2 && ids->len > 0; round++)
    {
      guint n = MIN (ids->len, 200);

      start = g_get_monotonic_time ();
      for (guint i = 0; i < n; i++)
        {
          g_autoptr(LimnPicture) picture = limn_picture_index_get (index, g_array_index (ids, gint64, i));
          g_autoptr(LimnImage) thumbnail = limn_thumbnail_load (picture->path, NULL, NULL);
        }
      printf ("%3u thumbnails, %-12s %8.1f ms\n", n, round == 0 ? "new or not" : "again", ms_since (start));
    }
  limn_picture_index_unref (index);
  limn_test_remove_folder (cache);
  return 0;
}

int
main (int    argc,
      char **argv)
{
  if (argc >= 3 && g_str_equal (argv[1], "make"))
    {
      guint n = argc > 3 ? strtoul (argv[3], NULL, 10) : 10000;
      gint64 start = g_get_monotonic_time ();

      g_mkdir_with_parents (argv[2], 0777);
      limn_test_pictures_make (argv[2], n);
      printf ("%u pictures in %.1f s\n", n, ms_since (start) / 1000);
      return 0;
    }
  if (argc >= 3 && g_str_equal (argv[1], "bench"))
    return bench (argv[2], argc > 3 ? argv[3] : "red hou");
  fprintf (stderr, "Usage: %s make FOLDER [COUNT] | bench FOLDER [WORDS]\n", argv[0]);
  return 2;
}
