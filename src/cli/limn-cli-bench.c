/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Everything is measured on a thread of its own, so that this one can listen to SIGINT. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RUNS 31

/* Several short runs, but not a third of a long one: where one takes seconds, what differs between two is small beside it. */
#define ENOUGH_S       0.5
#define ENOUGH_QUICK_S 0.15
#define LONG_S         2.0

/* --- What the parts of it share --- */

gboolean
limn_cli_bench_wants (const LimnCliBench *bench, const char *name, const char *shape)
{
  g_autofree char *row = g_strdup_printf ("%s %s", name, shape);
  g_autofree char *folded = g_utf8_casefold (row, -1);
  g_autofree char *filter = bench->filter ? g_utf8_casefold (bench->filter, -1) : NULL;

  return !filter || strstr (folded, filter) != NULL;
}

void
limn_cli_bench_doing (const char *what)
{
  if (!isatty (STDERR_FILENO))
    return;
  fprintf (stderr, "\r%s%s\033[K\r", what ? what : "", what ? " ..." : "");
  fflush (stderr);
}

float *
limn_cli_bench_noise (gsize n, float spread)
{
  float *values = g_new (float, n);
  guint32 state = 1;

  for (gsize i = 0; i < n; i++)
    {
      state = state * 1664525u + 1013904223u; /* Numerical Recipes, "quick and dirty" */
      values[i] = ((float) (state >> 8) * 0x1p-23f - 1.0f) * spread;
    }
  return values;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

gboolean
limn_cli_bench_measure (LimnCliBench          *bench,
                        const LimnCliBenchRow *row,
                        LimnCliBenchRun        run,
                        gpointer               data,
                        GError               **error)
{
  g_autofree char *what = g_strdup_printf ("%s %s", row->name, row->shape);
  double enough = bench->quick ? ENOUGH_QUICK_S : ENOUGH_S;
  double seconds[MAX_RUNS], all = 0;
  guint n = 0;

  limn_cli_bench_doing (what);
  /* The first pays for the driver's compilations and for memory that nobody has touched. */
  if (!run (data, bench->cancellable, error))
    return FALSE;
  while (n < MAX_RUNS && !(n >= 3 && all >= enough) && all < LONG_S)
    {
      gint64 begin = g_get_monotonic_time ();

      if (!run (data, bench->cancellable, error))
        return FALSE;
      seconds[n] = (g_get_monotonic_time () - begin) * 1e-6;
      all += seconds[n++];
    }
  qsort (seconds, n, sizeof *seconds, compare_doubles);
  limn_cli_bench_report (bench, row, (seconds[(n - 1) / 2] + seconds[n / 2]) / 2 / MAX (row->calls, 1), n);
  return TRUE;
}

static void
report_json (LimnCliBench *bench, const LimnCliBenchRow *row, double seconds, guint runs, double gflops)
{
  limn_json_text_begin_object (bench->text, NULL);
  limn_json_text_add_string (bench->text, "name", row->name);
  limn_json_text_add_string (bench->text, "shape", row->shape);
  if (seconds >= 0)
    {
      limn_json_text_add_double (bench->text, "ms", seconds * 1e3);
      limn_json_text_add_int (bench->text, "runs", runs);
    }
  if (gflops > 0)
    {
      limn_json_text_add_double (bench->text, "gflops", gflops);
      limn_json_text_add_double (bench->text, "percent_of_peak", 100 * gflops / bench->probe.fma_gflops);
    }
  if (row->note)
    limn_json_text_add_string (bench->text, "note", row->note);
  limn_json_text_end_object (bench->text);
}

void
limn_cli_bench_report (LimnCliBench *bench, const LimnCliBenchRow *row, double seconds, guint runs)
{
  double gflops = row->flops > 0 && seconds > 0 ? row->flops / seconds * 1e-9 : 0;

  bench->seconds = seconds;
  if (bench->text)
    {
      report_json (bench, row, seconds, runs, gflops);
      return;
    }
  limn_cli_bench_doing (NULL);
  printf ("%-22s %-36s", row->name, row->shape);
  if (seconds >= 0)
    printf (" %10.*f", seconds < 0.1 ? 3 : 1, seconds * 1e3);
  else
    printf (" %10s", "-");
  if (gflops > 0)
    printf (" %9.1f %5.0f", gflops, 100 * gflops / bench->probe.fma_gflops);
  else if (row->note)
    printf (" %9s %5s", "", "");
  printf ("%s%s\n", row->note ? "  " : "", row->note ? row->note : "");
  fflush (stdout);
}

/* --- The command --- */

typedef struct
{
  LimnCliBench  bench;
  GMainLoop    *loop;
  GError       *error;
} Run;

static void
print_device (const LimnCliBench *bench)
{
  const LimnGlDevice *device = limn_gl_get_device (bench->gl);

  if (bench->text)
    {
      limn_json_text_add_string (bench->text, "version", LIMN_VERSION);
      limn_json_text_add_string (bench->text, "device", device->name);
      limn_json_text_add_string (bench->text, "vendor", device->vendor);
      limn_json_text_add_string (bench->text, "driver", device->driver);
      limn_json_text_add_string (bench->text, "class", limn_gl_class_get_name (device->device_class));
      limn_json_text_add_int (bench->text, "processors", g_get_num_processors ());
      limn_json_text_add_double (bench->text, "fma_gflops", bench->probe.fma_gflops);
      limn_json_text_add_double (bench->text, "copy_gbps", bench->probe.copy_gbps);
      limn_json_text_begin_array (bench->text, "rows");
      return;
    }
  limn_cli_bench_doing (NULL);
  printf ("%s\n%s, %s\n", device->name, device->vendor, device->driver);
  if (device->device_class == LIMN_GL_SOFTWARE)
    printf ("%u processors\n", g_get_num_processors ());
  printf ("%.1f GFLOP/s of multiply-adds in registers: the peak below; %.1f GB/s copied\n\n", bench->probe.fma_gflops,
          bench->probe.copy_gbps);
  printf ("%-22s %-36s %10s %9s %5s\n", "", "", "ms", "GFLOP/s", "peak");
  fflush (stdout);
}

static gboolean
run_all (LimnCliBench *bench, GError **error)
{
  LimnGlOptions options = { .device = bench->device, .budget_bytes = bench->memory_bytes };
  gboolean good;

  limn_cli_bench_doing ("what the device can do");
  bench->gl = limn_gl_new (&options, error);
  if (!bench->gl)
    return FALSE;
  good = limn_gl_probe (bench->gl, &bench->probe, error);
  if (good)
    {
      print_device (bench);
      if (bench->model)
        good = limn_cli_bench_memory (bench, *bench->model ? bench->model : NULL, bench->width, bench->height, bench->f16, error);
      else
        good = limn_cli_bench_ops (bench, error) && limn_cli_bench_sd (bench, error) && limn_cli_bench_starter (bench, error);
    }
  g_clear_pointer (&bench->gl, limn_gl_free);
  if (bench->model)
    return good;
  return good && limn_cli_bench_sketch (bench, error) && limn_cli_bench_paint (bench, error) && limn_cli_bench_commands (bench, error);
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static gpointer
bench_main (gpointer data)
{
  Run *run = data;
  g_autoptr(GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  run_all (&run->bench, &run->error);
  g_main_context_pop_thread_default (context);
  /* From within the loop: where there is no device this thread may be done before the loop begins, and a loop that begins after it
   * was told to quit runs for ever. */
  g_idle_add (quit, run->loop);
  return NULL;
}

int
limn_cli_bench (int argc, char **argv)
{
  g_autofree char *device = NULL;
  g_autofree char *filter = NULL;
  g_autofree char *model = NULL;
  g_autofree char *size = NULL;
  g_autofree char *precision = NULL;
  gboolean json = FALSE, quick = FALSE;
  guint width = 512, height = 512;
  gint64 memory = 0;
  int end = 0;
  GOptionEntry entries[] = {
    { "device", 'd', 0, G_OPTION_ARG_FILENAME, &device,
      "Number or part of a name from limn-cli devices (default: the first hardware)", "N|NAME" },
    { "filter", 0, 0, G_OPTION_ARG_FILENAME, &filter, "Only rows that contain this, as matrix, conv, 320, starter or paint", "TEXT" },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model, "Measures what pictures of this model take of memory, and nothing else; “” is the starter model",
      "PATH" },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &size, "With --model: of the picture (default: 512x512)", "WxH" },
    { "precision", 0, 0, G_OPTION_ARG_FILENAME, &precision, "With --model: f16 or f32 (default: f16)", "NAME" },
    { "memory", 0, 0, G_OPTION_ARG_INT64, &memory, "With --model: MiB of the device's memory that may be used (default: what there is)", "MIB" },
    { "quick", 0, 0, G_OPTION_ARG_NONE, &quick, "Some seconds: no large model, fewer sizes", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object instead of a table", NULL },
    { NULL },
  };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run run = { .loop = loop };
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("bench", NULL,
                       "Measures a device: its peak by multiply-adds that touch no memory; the operators of which pictures are made;\n"
                       "networks of Stable Diffusion 1.5's shape with made-up weights, at a size that the device can do in seconds;\n"
                       "the starter model; its sketches, as a drag between two prompts asks for them; the brush that masks are painted with; and whole commands, from their start to the first frame and\n"
                       "to the picture.",
                       "Each is done once to warm up and then several times; the median is told. GFLOP/s count a multiplication and\n"
                       "an addition as two and a convolution by its direct sum, also where Winograd's algorithm does a quarter of it.\n"
                       "All takes two to three minutes on two cores without a GPU, --quick about fifteen seconds.\n",
                       entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest > 0)
    return limn_cli_usage ("bench", "What is “%s”? This command takes no arguments.", rest[0]);
  if (size && (sscanf (size, "%ux%u%n", &width, &height, &end) != 2 || size[end] != '\0' || width == 0 || height == 0 || width > 8192 || height > 8192))
    return limn_cli_usage ("bench", "“%s” is no size: 512x512, for example.", size);
  if (precision && !g_str_equal (precision, "f16") && !g_str_equal (precision, "f32"))
    return limn_cli_usage ("bench", "“%s” is no precision: f16 or f32.", precision);
  if (memory < 0 || memory > G_MAXINT32)
    return limn_cli_usage ("bench", "%" G_GINT64_FORMAT " MiB is no amount of memory.", memory);
  run.bench = (LimnCliBench){ .device = device, .quick = quick, .filter = filter, .cancellable = cancellable };
  run.bench.model = model;
  run.bench.width = width;
  run.bench.height = height;
  run.bench.f16 = !precision || g_str_equal (precision, "f16");
  run.bench.memory_bytes = (guint64) memory << 20;
  if (json)
    {
      run.bench.text = limn_json_text_new ();
      limn_json_text_begin_object (run.bench.text, NULL);
    }

  limn_cli_cancel_on_signal (cancellable);
  {
    g_autoptr(GThread) thread = g_thread_new ("limn-bench", bench_main, &run);

    g_main_loop_run (loop);
    g_thread_join (g_steal_pointer (&thread));
  }
  limn_cli_bench_doing (NULL);
  if (json && !run.error)
    {
      g_autofree char *line = NULL;

      limn_json_text_end_array (run.bench.text);
      limn_json_text_end_object (run.bench.text);
      line = limn_json_text_free (g_steal_pointer (&run.bench.text));
      puts (line);
    }
  if (run.error)
    {
      g_autoptr(GError) error = run.error;

      return limn_cli_fail (error);
    }
  return LIMN_CLI_OK;
}
