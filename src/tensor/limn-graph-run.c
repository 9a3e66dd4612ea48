/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Replaying. The list is cut into submissions that should take SUBMISSION_S each: the GPU draws the artist's
 * desktop too. What a submission will take is predicted from its cost (flops and bytes) and
 * the pace at which earlier ones ran. */

#include "tensor/limn-graph-private.h"

#include "base/limn-error.h"

/* design.md, "GPU manners": a submission stays under about 8 ms on hardware. Software has no desktop to stall, and
 * works while it records: there a submission only sets how soon a cancel is noticed. */
#define SUBMISSION_S          0.008
#define SUBMISSION_SOFTWARE_S 0.05
#define MAX_IN_FLIGHT         2

/* A byte moved costs about as much as this many operations: the ratio of peak arithmetic to bandwidth
 * is 5 to 60 flops per byte on present GPUs, and memory-bound kernels are what bytes stand for. */
#define FLOPS_PER_BYTE 10.0

/* First guess before anything was measured: 1 TFLOP/s, a slow integrated GPU, so that the first submissions are short. */
#define FIRST_PACE 1e-12

static double
step_cost (const LimnGraphStep *step)
{
  return step->flops + FLOPS_PER_BYTE * step->traffic;
}

static LimnGlBuffer *
buffer_of (LimnGraph        *graph,
           const LimnTensor *tensor)
{
  return tensor->slot ? limn_arena_get_chunk (graph->arena, tensor->slot->chunk) : tensor->buffer;
}

/* With @only_first: if it never ran. Returns whether it runs. */
static gboolean
submit_step (LimnGraph           *graph,
             const LimnGraphStep *step,
             gboolean             only_first)
{
  LimnGlBinding bindings[LIMN_GL_N_BINDINGS];
  const LimnGlDispatch dispatch = {
    .program = step->program,
    .bindings = bindings,
    .n_bindings = step->n_args + 1,
    .groups = { step->groups[0], step->groups[1], step->groups[2] },
    .label = step->label,
  };

  g_assert (step->n_args + 1 <= G_N_ELEMENTS (bindings));

  bindings[0] = (LimnGlBinding) {
    .kind = LIMN_GL_UNIFORM,
    .binding = 0,
    .buffer = graph->params_buffer,
    .offset = step->params_offset,
    .size = step->params_bytes,
  };
  for (guint i = 0; i < step->n_args; i++)
    {
      const LimnArg *arg = &step->args[i];

      bindings[i + 1] = (LimnGlBinding) {
        .kind = arg->kind,
        .binding = arg->binding,
        .buffer = buffer_of (graph, arg->tensor),
        .offset = (arg->tensor->slot ? arg->tensor->slot->offset : 0) + arg->offset,
        .size = arg->size,
      };
    }
  if (only_first && !limn_gl_is_first_run (graph->gl, &dispatch))
    return FALSE;
  if (step->barrier)
    limn_gl_barrier (graph->gl);
  limn_gl_dispatch (graph->gl, &dispatch);
  return TRUE;
}

static gboolean
prepare (LimnGraph  *graph,
         GError    **error)
{
  g_return_val_if_fail (!graph->dry, FALSE);

  if (!limn_graph_plan (graph, error) ||
      !limn_arena_reserve (graph->arena, (const guint64 *) graph->chunks->data, graph->chunks->len, error))
    return FALSE;
  if (!graph->params_buffer && graph->params->len > 0)
    {
      graph->params_buffer = limn_gl_buffer_new (graph->gl, graph->params->len, "params", error);
      if (!graph->params_buffer)
        return FALSE;
      limn_gl_buffer_write (graph->params_buffer, 0, graph->params->data, graph->params->len);
    }
  /* What was uploaded, or written by another graph, before this one. */
  limn_gl_barrier (graph->gl);
  return TRUE;
}

/* Long enough for any sound submission; the driver's watchdog ends unsound ones much sooner (2 to 10 s). */
#define FENCE_TIMEOUT_US (60 * G_USEC_PER_SEC)

typedef struct
{
  LimnGlFence *fence;
  double       cost;
} Submission;

/* Waits for the oldest of @flight and learns the pace from the time since the one before it. */
static gboolean
retire (LimnGraph   *graph,
        Submission  *flight,
        guint       *n_flight,
        gint64      *since,
        GError     **error)
{
  gboolean done = limn_gl_fence_wait (flight[0].fence, FENCE_TIMEOUT_US);
  gint64 now = g_get_monotonic_time ();
  double pace = limn_arena_get_pace (graph->arena);

  if (flight[0].cost > 0)
    {
      double measured = (now - *since) * 1e-6 / flight[0].cost;

      /* Half old, half new: follows a change within a few submissions, forgives one outlier. */
      limn_arena_set_pace (graph->arena, pace > 0 ? (pace + measured) / 2 : measured);
    }
  *since = now;
  limn_gl_fence_free (flight[0].fence);
  (*n_flight)--;
  memmove (flight, flight + 1, *n_flight * sizeof *flight);
  if (!limn_gl_check (graph->gl, error))
    return FALSE;
  if (!done)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST, "%s: the graphics device does not answer", graph->label);
      return FALSE;
    }
  return TRUE;
}

gboolean
limn_graph_run (LimnGraph     *graph,
                GCancellable  *cancellable,
                GError       **error)
{
  gboolean software = limn_gl_get_device (graph->gl)->device_class == LIMN_GL_SOFTWARE;
  double budget = software ? SUBMISSION_SOFTWARE_S : SUBMISSION_S;
  Submission flight[MAX_IN_FLIGHT + 1];
  guint n_flight = 0;
  gint64 since;
  double cost = 0;
  gboolean ok = TRUE;

  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !prepare (graph, error))
    return FALSE;

  since = g_get_monotonic_time ();
  for (guint i = 0; ok && i < graph->steps->len; i++)
    {
      const LimnGraphStep *step = &g_array_index (graph->steps, LimnGraphStep, i);
      double pace = limn_arena_get_pace (graph->arena);

      submit_step (graph, step, FALSE);
      cost += step_cost (step);
      if (cost * (pace > 0 ? pace : FIRST_PACE) < budget && i + 1 < graph->steps->len)
        continue;
      flight[n_flight++] = (Submission) { limn_gl_fence_new (graph->gl), cost };
      cost = 0;
      if (n_flight == MAX_IN_FLIGHT)
        ok = retire (graph, flight, &n_flight, &since, error);
      if (ok && i + 1 < graph->steps->len)
        ok = !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
  /* Also after a failure: nothing of this run is in flight when it returns. */
  while (n_flight > 0)
    ok = retire (graph, flight, &n_flight, &since, ok ? error : NULL) && ok;
  return ok;
}

gboolean
limn_graph_warm_up (LimnGraph     *graph,
                    GCancellable  *cancellable,
                    GError       **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !prepare (graph, error))
    return FALSE;
  for (guint i = 0; i < graph->steps->len; i++)
    {
      if (!submit_step (graph, &g_array_index (graph->steps, LimnGraphStep, i), TRUE))
        continue;
      limn_gl_finish (graph->gl);
      if (!limn_gl_check (graph->gl, error) || g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_graph_download (LimnGraph         *graph,
                     const LimnTensor  *tensor,
                     float             *values,
                     GError           **error)
{
  gsize offset = tensor->slot ? tensor->slot->offset : 0;

  g_return_val_if_fail (!tensor->slot || tensor->slot->keep, FALSE);

  return limn_tensor_download_from (tensor, buffer_of (graph, tensor), offset, FALSE, values, error);
}

GArray *
limn_graph_profile (LimnGraph  *graph,
                    GError    **error)
{
  g_autoptr(GArray) times = g_array_new (FALSE, TRUE, sizeof (LimnGraphTime));

  if (!prepare (graph, error))
    return NULL;
  limn_gl_finish (graph->gl);
  for (guint i = 0; i < graph->steps->len; i++)
    {
      const LimnGraphStep *step = &g_array_index (graph->steps, LimnGraphStep, i);
      gint64 begin = g_get_monotonic_time ();
      LimnGraphTime *time = NULL;

      submit_step (graph, step, FALSE);
      limn_gl_finish (graph->gl);
      for (guint k = 0; k < times->len && !time; k++)
        if (g_str_equal (g_array_index (times, LimnGraphTime, k).label, step->label))
          time = &g_array_index (times, LimnGraphTime, k);
      if (!time)
        {
          g_array_set_size (times, times->len + 1);
          time = &g_array_index (times, LimnGraphTime, times->len - 1);
          time->label = step->label;
        }
      time->n++;
      time->flops += step->flops;
      time->seconds += (g_get_monotonic_time () - begin) * 1e-6;
    }
  if (!limn_gl_check (graph->gl, error))
    return NULL;
  return g_steal_pointer (&times);
}
