/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How soon the window is there, and whether it goes on breathing while the painter takes the same cores as the drawing: the time from one
 * tick of the frame clock to the next, during a whole picture of the starter model at its own size. If anything made the main loop wait
 * for a step, a decode or a disk, here it would show: these take 100 to 600 ms.
 *
 * With -m perf also how long the first picture of all takes to begin. */
#include "config.h"

#include "limn-test-app.h"
#include "tests/limn-test-folder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The bound for two cores of llvmpipe, on which it also draws; the aim is 33. */
#define P99_MS 100
#define AIM_P99_MS 33

/* Without -m perf, where the cores may be slow, or others have them: but not for a main loop that waits for steps, which is known by gaps longer than
 * half of one, in a quarter of them or more. */
#define P99_SHARED_MS 300

/* From the start of the process to its first drawn window, where its files have been read before. */
#define START_MS 1000
#define START_SHARED_MS (4 * START_MS)

#define SPAWNED "LIMN_TEST_SPAWNED_US"

/* --- The start --- */

static void
on_first_frame (GdkFrameClock *clock, gboolean *drawn)
{
  *drawn = TRUE;
}

/* What the program's main() does, until something is to be seen. */
static int
show_first_frame (void)
{
  gint64 spawned = g_ascii_strtoll (g_getenv (SPAWNED), NULL, 10);
  LimnApplication *application = limn_application_new ();
  gboolean drawn = FALSE;
  GList *windows;

  if (!g_application_register (G_APPLICATION (application), NULL, NULL))
    return 1;
  g_application_activate (G_APPLICATION (application));
  windows = gtk_application_get_windows (GTK_APPLICATION (application));
  g_signal_connect (gtk_widget_get_frame_clock (windows->data), "after-paint", G_CALLBACK (on_first_frame), &drawn);
  limn_test_wait (drawn);
  printf ("%.1f\n", (g_get_monotonic_time () - spawned) / 1e3);
  fflush (stdout);
  /* The rest is the system's. */
  _exit (0);
}

/* Milliseconds, measured in a process of its own. */
static double
measure_start (const char *program)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_monotonic_time ());
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *output = NULL;
  GError *error = NULL;

  g_subprocess_launcher_setenv (launcher, SPAWNED, now, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, program, "--first-frame", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
  return g_ascii_strtod (output, NULL);
}

static void
test_start (gconstpointer program)
{
  double first = measure_start (program), best = G_MAXDOUBLE;

  /* Of three, since something else may have the cores at any one moment. */
  for (guint i = 0; i < 3; i++)
    best = MIN (best, measure_start (program));
  printf ("# from the start of the process to the first drawn window: %.0f ms the first time, then %.0f ms\n", first, best);
  g_assert_cmpfloat (best, <, g_test_perf () ? START_MS : START_SHARED_MS);
}

/* --- The first picture --- */

/* Seconds that an artist takes to read the prompt that is there and to look around; warming up takes 4 on two quiet cores. */
#define READING_S 12

/* What a first start may take at most, on software and with its cores shared: HACKING.md, "Kernels". 0.4 s were measured. */
#define FIRST_PICTURE_MS 10000

/* What an artist does: the program is started for the first time, the prompt read or not, the button pressed. */
static int
show_first_picture (double reading)
{
  LimnTestApp app = { NULL };
  gint64 pressed;

  limn_test_app_start (&app);
  limn_test_run_for (reading);
  pressed = g_get_monotonic_time ();
  limn_test_activate (&app, "win.paint");
  limn_test_wait (limn_canvas_get_picture (app.window->canvas));
  printf ("milliseconds: %.1f\n", (g_get_monotonic_time () - pressed) / 1e3);
  fflush (stdout);
  _exit (0);
}

/* Milliseconds from the button to the first frame on the canvas, in a home that nothing of Limn's or of the driver's was ever in. */
static double
measure_first_picture (const char *program, const char *reading)
{
  static const char *const folders[] = { "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME" };
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *home = g_dir_make_tmp ("limn-first-XXXXXX", NULL);
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *output = NULL;
  const char *answer;
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_build_filename (home, folders[i], NULL);

      g_subprocess_launcher_setenv (launcher, folders[i], folder, TRUE);
    }
  g_subprocess_launcher_unsetenv (launcher, "MESA_SHADER_CACHE_DIR");
  process = g_subprocess_launcher_spawn (launcher, &error, program, "--first-picture", reading, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
  limn_test_remove_folder (home);
  /* After what tests say. */
  answer = strstr (output, "milliseconds: ");
  g_assert_nonnull (answer);
  return g_ascii_strtod (answer + strlen ("milliseconds: "), NULL);
}

static void
test_first_picture (gconstpointer program)
{
  g_autofree char *reading = g_strdup_printf ("%d", READING_S);
  double at_once = measure_first_picture (program, "0"), later = measure_first_picture (program, reading);

  printf ("# from the button to the first frame, at the first start of all: %.0f ms at once, %.0f ms after %d s\n", at_once, later,
          READING_S);
  g_assert_cmpfloat (later, <, FIRST_PICTURE_MS);
}

/* --- The ticks --- */

typedef struct
{
  gint64  last;
  GArray *gaps; /* of double, ms */
} Ticks;

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Ticks *ticks = data;
  gint64 now = g_get_monotonic_time ();
  double gap_ms = (now - ticks->last) / 1e3;

  if (ticks->last)
    g_array_append_val (ticks->gaps, gap_ms);
  ticks->last = now;
  return G_SOURCE_CONTINUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
quantile (GArray *gaps, double q)
{
  g_assert_cmpuint (gaps->len, >, 0);
  g_array_sort (gaps, compare);
  return g_array_index (gaps, double, MIN ((guint) (q * gaps->len), gaps->len - 1));
}

static guint
count_longer (GArray *gaps, double ms)
{
  guint n = 0;

  for (guint i = 0; i < gaps->len; i++)
    n += g_array_index (gaps, double, i) > ms;
  return n;
}

static double
report (const char *what, GArray *gaps)
{
  double p99 = quantile (gaps, 0.99);

  printf ("# %s: %u ticks, from one to the next: median %.1f ms, p99 %.1f ms, longest %.1f ms\n", what, gaps->len,
          quantile (gaps, 0.5), p99, quantile (gaps, 1));
  return p99;
}

static void
test_breathing (LimnTestApp *app, gconstpointer data)
{
  Ticks ticks = { .gaps = g_array_new (FALSE, FALSE, sizeof (double)) };
  gint64 began;
  guint id, n_steps, n_long;
  double p99, limit, seconds;

  /* What every first picture waits for, kernels that have to be compiled, is no part of it. */
  g_free (limn_test_paint (app, "a red house on a green hill at sunset"));
  id = gtk_widget_add_tick_callback (GTK_WIDGET (app->window), on_tick, &ticks, NULL);
  limn_test_run_for (2);
  report ("at rest", ticks.gaps);
  g_array_set_size (ticks.gaps, 0);

  began = g_get_monotonic_time ();
  limn_test_activate (app, "win.paint");
  limn_test_wait (app->saved->len == 2);
  seconds = (g_get_monotonic_time () - began) / 1e6;
  p99 = report ("while a picture is painted", ticks.gaps);
  n_steps = g_list_model_get_n_items (G_LIST_MODEL (limn_studio_get_reel (app->studio)));
  n_long = count_longer (ticks.gaps, seconds * 1000 / n_steps / 2);
  limit = g_test_perf () || n_long >= n_steps / 4 ? P99_MS : P99_SHARED_MS;
  printf ("# %u steps in %.1f s, %u times longer than half of one; the aim is %d ms, the limit %.0f ms\n", n_steps, seconds, n_long, AIM_P99_MS,
          limit);
  gtk_widget_remove_tick_callback (GTK_WIDGET (app->window), id);
  g_array_unref (ticks.gaps);
  g_assert_cmpfloat (p99, <=, limit);
}

int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    {
      puts ("1..0 # SKIP there is no display");
      return 0;
    }
  if (argc > 1 && g_str_equal (argv[1], "--first-frame"))
    return show_first_frame ();
  if (argc > 2 && g_str_equal (argv[1], "--first-picture"))
    return show_first_picture (g_ascii_strtod (argv[2], NULL));
  g_test_init (&argc, &argv, NULL);
  g_set_application_name ("Limn");
  g_test_add_data_func ("/breathing/start", argv[0], test_start);
  if (g_test_perf ())
    g_test_add_data_func ("/breathing/first-picture", argv[0], test_first_picture);
  g_test_add ("/breathing/painting", LimnTestApp, NULL, limn_test_app_set_up, test_breathing, limn_test_app_tear_down);
  return g_test_run ();
}
