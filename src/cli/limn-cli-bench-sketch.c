/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a hand that drags between two prompts waits for: from asking to the picture, the worker's thread and its queue included. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include "session/limn-engine-model.h"
#include "session/limn-session.h"

typedef struct
{
  LimnSession     *session;
  LimnRequest     *request;
  LimnSketchLevel  level;
  guint            n;
} Drag;

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();

  while (!*result)
    g_main_context_iteration (context, TRUE);
  return *result;
}

/* Each at another place between the two. */
static gboolean
run_sketch (gpointer data, GCancellable *cancellable, GError **error)
{
  Drag *drag = data;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LimnImage) image = NULL;

  drag->n++;
  drag->request->mix->u = drag->n * 0.382 - (guint) (drag->n * 0.382);
  limn_session_sketch_async (drag->session, drag->request, drag->level, NULL, cancellable, store_result, &result);
  image = limn_session_sketch_finish (drag->session, wait_for (&result), error);
  return image != NULL;
}

static LimnRequest *
new_end (const LimnCliBench *bench, guint64 seed, const char *prompt, const LimnInspection *model)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  request->steps = model->steps;
  request->sampler = model->sampler;
  request->prediction = model->prediction;
  request->cfg = model->cfg;
  request->width = model->width;
  request->height = model->height;
  request->seed = seed;
  limn_request_set_prompt (request, prompt);
  limn_request_set_device (request, bench->device);
  return request;
}

static LimnInspection *
inspect (const LimnCliBench *bench, LimnSession *session, GError **error)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(GAsyncResult) result = NULL;

  limn_request_set_device (request, bench->device);
  limn_session_inspect_async (session, request, bench->cancellable, store_result, &result);
  return limn_session_inspect_finish (session, wait_for (&result), error);
}

static gboolean
warm_up (const LimnCliBench *bench, Drag *drag, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  limn_cli_bench_doing ("warming up");
  limn_session_warm_up_async (drag->session, drag->request, bench->cancellable, store_result, &result);
  return limn_session_warm_up_finish (drag->session, wait_for (&result), error);
}

/* In the order in which they are done. */
static const LimnCliBenchRow rows[] = {
  { .name = "starter sketch", .shape = "the first after warming up" },
  { .name = "starter sketch", .shape = "coarse, between two prompts" },
  { .name = "starter sketch", .shape = "fine, between two prompts" },
};

static gboolean
run_drag (LimnCliBench *bench, Drag *drag, GError **error)
{
  if (!warm_up (bench, drag, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gint64 begin = g_get_monotonic_time ();

      if (!limn_cli_bench_wants (bench, rows[i].name, rows[i].shape))
        continue;
      drag->level = i < 2 ? LIMN_SKETCH_COARSE : LIMN_SKETCH_FINE;
      if (i > 0)
        {
          if (!limn_cli_bench_measure (bench, &rows[i], run_sketch, drag, error))
            return FALSE;
          continue;
        }
      if (!run_sketch (drag, bench->cancellable, error))
        return FALSE;
      limn_cli_bench_report (bench, &rows[i], (g_get_monotonic_time () - begin) * 1e-6, 1);
    }
  return TRUE;
}

gboolean
limn_cli_bench_sketch (LimnCliBench *bench, GError **error)
{
  LimnGlOptions options = { .device = bench->device };
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnInspection) model = NULL;
  g_autoptr(LimnRequest) from = NULL;
  g_autoptr(LimnRequest) to = NULL;
  g_autoptr(LimnRequest) request = NULL;
  LimnRequestMix *mix;
  Drag drag = { NULL };
  gboolean good, wanted = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    wanted = wanted || limn_cli_bench_wants (bench, rows[i].name, rows[i].shape);
  if (!wanted)
    return TRUE;
  session = limn_session_new (limn_engine_model_open, &options, NULL);
  model = inspect (bench, session, error);
  if (!model)
    return FALSE;
  from = new_end (bench, 3, "a red house on a green hill at sunset", model);
  to = new_end (bench, 4, "a boat on the sea under a full moon", model);
  request = limn_request_copy (from);
  mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  limn_request_mix_set_end (mix, 0, from, NULL);
  limn_request_mix_set_end (mix, 1, to, NULL);
  limn_request_take_mix (request, mix);
  drag.session = session;
  drag.request = request;
  good = run_drag (bench, &drag, error);
  limn_session_close (session);
  return good;
}
