/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-inspection.h"

#include "base/limn-error.h"
#include "session/limn-generation.h"

static void
clear (gpointer data)
{
  LimnInspection *inspection = data;

  g_free (inspection->model);
  g_free (inspection->model_name);
  g_free (inspection->family);
  g_free (inspection->device);
  g_free (inspection->driver);
  g_free (inspection->refused);
}

LimnInspection *
limn_inspection_ref (LimnInspection *inspection)
{
  return g_atomic_rc_box_acquire (inspection);
}

void
limn_inspection_unref (LimnInspection *inspection)
{
  if (inspection)
    g_atomic_rc_box_release_full (inspection, clear);
}

/* What is wrong with a request is a finding, not a failure. */
static gboolean
find_refusal (LimnInspection *inspection, GError **local, GError **error)
{
  if ((*local)->domain != LIMN_ERROR || g_error_matches (*local, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
    {
      g_propagate_error (error, g_steal_pointer (local));
      return FALSE;
    }
  inspection->refused = g_strdup ((*local)->message);
  return TRUE;
}

/* What can be said of the request as a whole: whether it can be painted, and what it needs. */
static gboolean
inspect_request (LimnInspection *inspection, LimnEngine *engine, const LimnRequest *request, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(LimnRequest) resolved = limn_engine_resolve (&engine->facts, request, &local);
  LimnEngineShape shape;
  guint64 need, limit;

  if (!resolved || !limn_generation_check (resolved, &engine->facts, &local))
    return find_refusal (inspection, &local, error);
  limn_engine_get_shape (&engine->facts, resolved, &shape);
  if (!engine->get_need (engine, resolved, &shape, limn_generation_is_guided (resolved), &need, &limit, &local))
    return find_refusal (inspection, &local, error);
  inspection->need_bytes = need;
  inspection->limit_bytes = limit;
  return TRUE;
}

LimnInspection *
limn_inspection_new_for_engine (LimnEngine *engine, const LimnRequest *request, GError **error)
{
  const LimnEngineFacts *facts = &engine->facts;
  g_autoptr(LimnInspection) inspection = g_atomic_rc_box_new0 (LimnInspection);
  guint steps = request->open & LIMN_REQUEST_OPEN_STEPS ? facts->steps : request->steps;

  inspection->model = g_strdup (request->model);
  inspection->model_name = g_strdup (facts->model_name);
  inspection->family = g_strdup (facts->family);
  inspection->model_bytes = facts->weight_bytes;
  inspection->multiple = facts->multiple;
  inspection->factor = facts->factor;
  inspection->width = facts->width;
  inspection->height = facts->height;
  inspection->steps = facts->steps;
  inspection->cfg = facts->cfg;
  inspection->sampler = facts->sampler;
  inspection->prediction = facts->scheduler.prediction_type;
  inspection->device = g_strdup (facts->device);
  inspection->driver = g_strdup (facts->driver);
  inspection->software = facts->software;
  inspection->need_bytes = G_MAXUINT64;
  inspection->limit_bytes = G_MAXUINT64;
  limn_generation_list_offers (facts,
                               request->open & LIMN_REQUEST_OPEN_PREDICTION ? facts->scheduler.prediction_type : request->prediction,
                               CLAMP (steps, LIMN_STEPS_MIN, LIMN_STEPS_MAX), inspection->offers);
  if (!inspect_request (inspection, engine, request, error))
    return NULL;
  return g_steal_pointer (&inspection);
}
