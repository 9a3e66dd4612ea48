/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One model, one size: what a picture takes of the device and of the process, and how long its parts take. Each is done as a job
 * does it: the prompt, a guided step, its frame as a preview, another step, the frame. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include "model/limn-pipeline.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MIB 1048576.0

typedef struct
{
  LimnCliBench *bench;
  LimnPipeline *pipeline;
  double        begin_bytes; /* of the process, before the model was opened */
  guint64       device_bytes;
  gint64        begin_us;
  char         *shape;
} MemoryRun;

/* Of /proc/self/status, where there is one. */
static double
read_process (const char *field)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL) || !(line = strstr (status, field)))
    return 0;
  return g_ascii_strtod (line + strlen (field), NULL) * 1024;
}

static void
forget_peak (void)
{
  int fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (write (fd, "5", 1) < 0)
    g_debug ("the peak of memory cannot be reset");
  close (fd);
}

static void
begin (MemoryRun *run, const char *what)
{
  limn_cli_bench_doing (what);
  run->begin_us = g_get_monotonic_time ();
}

static void
end (MemoryRun *run, const char *what)
{
  double seconds = (g_get_monotonic_time () - run->begin_us) / 1e6;
  guint64 device = limn_gl_get_allocated_bytes (run->bench->gl);
  g_autofree char *note = g_strdup_printf ("device %.0f MiB, process + %.0f MiB, at most + %.0f MiB", device / MIB,
                                           (read_process ("VmRSS:") - run->begin_bytes) / MIB, (read_process ("VmHWM:") - run->begin_bytes) / MIB);
  const LimnCliBenchRow row = { what, run->shape, 0, 1, note };

  run->device_bytes = MAX (run->device_bytes, device);
  limn_cli_bench_report (run->bench, &row, seconds, 1);
}

static gboolean
paint (MemoryRun *run, guint width, guint height, GError **error)
{
  const LimnModelFacts *facts = limn_pipeline_get_facts (run->pipeline);
  guint h = height / facts->factor, w = width / facts->factor;
  gsize n_in = (gsize) facts->unet.in_channels * h * w;
  static const float t[2] = { 700, 700 };
  g_autofree float *x = limn_cli_bench_noise (2 * n_in, 1.7f);
  g_autofree float *y = g_new (float, 2 * (gsize) facts->unet.out_channels * h * w);
  g_autofree guint8 *rgba = g_malloc ((gsize) width * height * 4);
  g_autofree float *contexts = NULL;
  g_autofree float *vectors = NULL;
  g_autoptr(LimnPrompt) prompt = NULL;
  g_autoptr(LimnConditioning) told = NULL;
  gsize n_context;

  prompt = limn_prompt_new (limn_model_get_tokenizer (limn_pipeline_get_model (run->pipeline)), "a lighthouse", LIMN_PROMPT_PLAIN, error);
  if (!prompt)
    return FALSE;
  begin (run, "the prompt");
  told = limn_pipeline_encode_prompt (run->pipeline, prompt, NULL, 0, run->bench->cancellable, error);
  if (!told)
    return FALSE;
  end (run, "prompt");
  n_context = (gsize) told->tokens * told->width;
  contexts = g_new (float, 2 * n_context);
  memcpy (contexts, told->states, n_context * sizeof *contexts);
  memcpy (contexts + n_context, told->states, n_context * sizeof *contexts);
  if (told->vector)
    {
      vectors = g_new (float, 2 * (gsize) facts->unet.vector_width);
      memcpy (vectors, told->vector, facts->unet.vector_width * sizeof *vectors);
      memcpy (vectors + facts->unet.vector_width, told->vector, facts->unet.vector_width * sizeof *vectors);
    }
  for (guint i = 0; i < 2; i++)
    {
      begin (run, "a guided step");
      if (!limn_pipeline_denoise (run->pipeline, 2, h, w, told->tokens, x, t, contexts, vectors, run->bench->cancellable, y, error))
        return FALSE;
      end (run, i == 0 ? "first guided step" : "guided step");
      begin (run, "a frame");
      if (!limn_pipeline_decode (run->pipeline, 1, h, w, y, run->bench->cancellable, rgba, NULL, error))
        return FALSE;
      end (run, i == 0 ? "first frame" : "frame");
    }
  return TRUE;
}

gboolean
limn_cli_bench_memory (LimnCliBench *bench, const char *model, guint width, guint height, gboolean f16, GError **error)
{
  MemoryRun run = { .bench = bench };
  g_autofree char *shape = g_strdup_printf ("%u x %u px, two samples, %s", width, height, f16 ? "f16" : "f32");
  g_autofree char *note = NULL;
  LimnPipelinePlan plan;
  LimnModel *opened;
  guint64 need, limit;
  gboolean done;

  run.shape = shape;
  /* The peak from here on: a kernel that cannot forget it tells the one since the start, which is larger. */
  forget_peak ();
  run.begin_bytes = read_process ("VmRSS:");
  begin (&run, "the model");
  opened = limn_model_open (model, error);
  run.pipeline = opened ? limn_pipeline_new (bench->gl, opened, f16 ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32, error) : NULL;
  if (!run.pipeline)
    return FALSE;
  end (&run, "opening");
  begin (&run, "what it needs");
  done = limn_pipeline_get_need (run.pipeline, width, height, 2, 0, &need, &limit, &plan, error);
  if (done)
    {
      end (&run, "planning");
      if (limit == G_MAXUINT64)
        note = g_strdup_printf ("needs %.0f MiB, %s", need / MIB, limn_pipeline_plan_get_name (plan));
      else
        note = g_strdup_printf ("needs %.0f of %.0f MiB, %s", need / MIB, limit / MIB, limn_pipeline_plan_get_name (plan));
      limn_cli_bench_report (bench, &(LimnCliBenchRow) { "forecast", shape, 0, 1, note }, -1, 0);
    }
  if (done && plan != LIMN_PLAN_NONE)
    {
      begin (&run, "the weights");
      done = limn_pipeline_load (run.pipeline, bench->cancellable, error);
      if (done)
        end (&run, "loading");
      done = done && paint (&run, width, height, error);
    }
  limn_pipeline_free (run.pipeline);
  return done;
}
