/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli.h"
#include "gl/limn-gl-probe.h"
#include "session/limn-json-text.h"

G_BEGIN_DECLS

/**
 * LimnCliBench: one run of limn-cli bench
 * @device: (nullable): as it was given
 * @quick: a few seconds, only what needs no large model
 * @filter: (nullable): only rows whose name and shape contain this, whatever the case
 * @text: (nullable): rows go here, for --json; else they are printed as they come
 * @probe: what the device can do at most; zero where nobody has measured it
 * @model: (nullable): this model's memory alone is measured, at @width x @height
 * @f16: in this precision
 * @memory_bytes: of the device that may be used; 0: what there is
 * @seconds: of one call of what was reported last
 * @product_gflops: best rate of a matrix product so far, for guesses; 0: none was measured
 */
typedef struct
{
  LimnGl       *gl;
  const char   *device;
  gboolean      quick;
  const char   *filter;
  const char   *model;
  guint         width;
  guint         height;
  gboolean      f16;
  guint64       memory_bytes;
  LimnJsonText *text;
  GCancellable *cancellable;
  LimnGlProbe   probe;
  double        seconds;
  double        product_gflops;
} LimnCliBench;

/**
 * LimnCliBenchRow:
 * @flops: multiply and add count as two, of the direct sum, whatever the kernel saves; 0: not told
 * @calls: how many of what is named one run makes
 * @note: (nullable)
 */
typedef struct
{
  const char *name;
  const char *shape;
  double      flops;
  guint       calls;
  const char *note;
} LimnCliBenchRow;

/** LimnCliBenchRun: does it once, and waits until it is done. */
typedef gboolean (*LimnCliBenchRun) (gpointer data, GCancellable *cancellable, GError **error);

/** limn_cli_bench_wants: whether the filter takes such a row. */
gboolean limn_cli_bench_wants   (const LimnCliBench *bench, const char *name, const char *shape);

/** limn_cli_bench_measure: runs it once to warm up and then several times; reports the median. */
gboolean limn_cli_bench_measure (LimnCliBench          *bench,
                                 const LimnCliBenchRow *row,
                                 LimnCliBenchRun        run,
                                 gpointer               data,
                                 GError               **error);

/** limn_cli_bench_report: @seconds of one call; negative: left out, for the reason in the note. @runs: how many they are the median of. */
void     limn_cli_bench_report  (LimnCliBench *bench, const LimnCliBenchRow *row, double seconds, guint runs);

/** limn_cli_bench_doing: on a terminal says what is under way. */
void     limn_cli_bench_doing   (const char *what);

/** limn_cli_bench_noise: (transfer full): -spread..spread, the same for the same @n and @spread. */
float   *limn_cli_bench_noise   (gsize n, float spread);

/* The parts of it. Each leaves the device as it was. */
gboolean limn_cli_bench_ops     (LimnCliBench *bench, GError **error);
gboolean limn_cli_bench_sd      (LimnCliBench *bench, GError **error);
gboolean limn_cli_bench_starter (LimnCliBench *bench, GError **error);

/** limn_cli_bench_paint: the brush of the mask; knows no device. */
gboolean limn_cli_bench_paint   (LimnCliBench *bench, GError **error);

/** limn_cli_bench_memory: a picture of @model (NULL: the starter) at that size, and nothing else: memory and time of each part. */
gboolean limn_cli_bench_memory  (LimnCliBench *bench, const char *model, guint width, guint height, gboolean f16, GError **error);

/** limn_cli_bench_sketch: the starter model's sketches, as a drag asks for them; opens a session of its own. */
gboolean limn_cli_bench_sketch  (LimnCliBench *bench, GError **error);

/** limn_cli_bench_commands: whole runs of this program, from its start; opens no device itself. */
gboolean limn_cli_bench_commands (LimnCliBench *bench, GError **error);

G_END_DECLS
