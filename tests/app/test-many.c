/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An afternoon: picture after picture in one window, with everything that hangs on each of them: frames, thumbnails, the filmstrip, the kept
 * steps, the gallery's row, the file. What the process takes of memory must not grow with their number. */
#include "config.h"

#include "limn-test-app.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#define N_PICTURES 200

/* The first ones fill caches: frames, glyphs, textures, the pools of threads. */
#define N_WARM_UP 60

/* What the rest may add: four times what was measured, 0.3 to 0.4 MiB in four runs, most of it list items of the heap. One frame of 64x64
 * that is not let go of, 16 KB, adds 2.2 MiB; one trajectory 13 MiB. With the gallery open it keeps its thumbnails, 2.1 MiB
 * until its widgets are as many as it wants; its own test bounds that. */
#define GROWTH_MIB 1.5

static double
get_rss_mib (void)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) fields = NULL;

  /* What free() has not given back to the system is not held by anybody. */
  malloc_trim (0);
  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  fields = g_strsplit (text, " ", 3);
  return g_ascii_strtoull (fields[1], NULL, 10) * (double) sysconf (_SC_PAGESIZE) / (1 << 20);
}

static void
test_many (LimnTestApp *app, gconstpointer data)
{
  double warm = 0, last;

  limn_test_set_small (app, 64, 2, 1);
  for (guint i = 1; i <= N_PICTURES; i++)
    {
      g_object_set (app->draft, "seed", (guint64) i, NULL);
      g_free (limn_test_paint (app, i % 2 ? "a door" : "a window"));
      if (i == N_WARM_UP)
        {
          limn_test_run_for (1);
          warm = get_rss_mib ();
        }
      if (i % 20 == 0)
        printf ("# after %3u pictures: %.1f MiB\n", i, get_rss_mib ());
    }
  limn_test_run_for (1);
  last = get_rss_mib ();
  printf ("# %.1f MiB after %u pictures, %.1f MiB after %u\n", warm, N_WARM_UP, last, N_PICTURES);
  g_assert_cmpuint (limn_test_count_files (limn_studio_get_folder (app->studio), ".png"), ==, N_PICTURES);
  g_assert_cmpfloat (last - warm, <, GROWTH_MIB);
}

int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    {
      puts ("1..0 # SKIP there is no display");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_set_application_name ("Limn");
  g_test_add ("/many/memory", LimnTestApp, NULL, limn_test_app_set_up, test_many, limn_test_app_tear_down);
  return g_test_run ();
}
