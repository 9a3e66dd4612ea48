/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-inspection.h"

#include "base/limn-error.h"
#include "session/limn-generation.h"
#include "session/limn-request-chain.h"
#include "session/limn-source-plan.h"
#include "session/limn-work.h"

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
  g_free ((double *) inspection->facts.scheduler.trained_betas);
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

/* The latent that @resolved will be painted in. */
static gboolean
find_size (const LimnEngineFacts *facts, const LimnRequest *resolved, guint picture_width, guint picture_height, guint *width_lt,
           guint *height_lt, GError **error)
{
  gboolean is_whole = resolved->source && !resolved->source->only_masked;
  LimnSourcePlan plan;

  *width_lt = (resolved->source ? facts->width : resolved->width) / facts->factor;
  *height_lt = (resolved->source ? facts->height : resolved->height) / facts->factor;
  if (!is_whole || picture_width == 0 || picture_height == 0)
    return TRUE;
  if (!limn_source_plan_init (&plan, resolved, facts, picture_width, picture_height, NULL, error))
    return FALSE;
  *width_lt = plan.width_lt;
  *height_lt = plan.height_lt;
  return TRUE;
}

/* What is left to the picture: its own size, and what it grows by. */
static gboolean
close_size (LimnRequest *request, guint picture_width, guint picture_height, GError **error)
{
  if (!request->source || !(request->open & LIMN_REQUEST_OPEN_SIZE) || picture_width == 0 || picture_height == 0)
    return TRUE;
  if (!limn_source_plan_get_size (request, picture_width, picture_height, &request->width, &request->height, error))
    return FALSE;
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  return TRUE;
}

/* What can be said of the request as a whole: whether it can be painted, and what it needs. */
static gboolean
inspect_request (LimnInspection *inspection, LimnEngine *engine, const LimnRequest *request, guint picture_width, guint picture_height,
                 GError **error)
{
  const LimnEngineFacts *facts = &engine->facts;
  g_autoptr(GError) local = NULL;
  g_autoptr(LimnRequest) copy = limn_request_copy (request);
  g_autoptr(LimnRequest) resolved = NULL;
  g_autoptr(LimnWork) work = NULL;
  LimnEngineShape shape;
  guint width_lt, height_lt;
  guint64 need, limit;
  LimnPipelinePlan plan;

  if (!close_size (copy, picture_width, picture_height, &local))
    return find_refusal (inspection, &local, error);
  resolved = limn_engine_resolve (facts, copy, &local);
  if (!resolved || !limn_generation_check (resolved, facts, &local) ||
      !find_size (facts, resolved, picture_width, picture_height, &width_lt, &height_lt, &local))
    return find_refusal (inspection, &local, error);
  work = limn_work_new (facts, resolved, width_lt, height_lt);
  limn_work_get_shape (work, resolved->source || facts->n_inputs > facts->n_channels, &shape);
  if (!engine->get_need (engine, resolved, &shape, limn_generation_is_guided (resolved), &need, &limit, &plan, &local))
    return find_refusal (inspection, &local, error);
  inspection->need_bytes = need;
  inspection->limit_bytes = limit;
  inspection->plan = plan;
  return TRUE;
}

/* The engine's facts, in texts and numbers that outlive it. */
static void
keep_facts (LimnInspection *inspection, const LimnEngineFacts *facts)
{
  const LimnSchedulerConfig *scheduler = &facts->scheduler;

  inspection->facts = *facts;
  inspection->facts.model_name = inspection->model_name;
  inspection->facts.family = inspection->family;
  inspection->facts.device = inspection->device;
  inspection->facts.driver = inspection->driver;
  inspection->facts.scheduler.trained_betas =
    g_memdup2 (scheduler->trained_betas, scheduler->trained_betas ? scheduler->n_trained_betas * sizeof (double) : 0);
}

LimnInspection *
limn_inspection_new_for_engine (LimnEngine *engine, const LimnRequest *request, guint picture_width, guint picture_height, GError **error)
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
  inspection->picture_width = picture_width;
  inspection->picture_height = picture_height;
  keep_facts (inspection, facts);
  inspection->need_bytes = G_MAXUINT64;
  inspection->limit_bytes = G_MAXUINT64;
  limn_generation_list_offers (facts,
                               request->open & LIMN_REQUEST_OPEN_PREDICTION ? facts->scheduler.prediction_type : request->prediction,
                               CLAMP (steps, LIMN_STEPS_MIN, LIMN_STEPS_MAX), inspection->offers);
  if (!inspect_request (inspection, engine, request, picture_width, picture_height, error))
    return NULL;
  return g_steal_pointer (&inspection);
}

LimnRequest *
limn_inspection_resolve (const LimnInspection *inspection, const LimnRequest *request, GError **error)
{
  g_autoptr(LimnRequest) copy = limn_request_copy (request);

  if (!close_size (copy, inspection->picture_width, inspection->picture_height, error))
    return NULL;
  return limn_engine_resolve (&inspection->facts, copy, error);
}

guint
limn_inspection_count_steps (const LimnRequest *request, gpointer data)
{
  const LimnInspection *inspection = data;
  const LimnRequest *root = limn_request_get_root (request);
  gboolean keeps_all = (root->source && root->source->strength == 0) ||
                       (root->mix && root->mix->way == LIMN_MIX_PICTURES && root->mix->strength == 0);

  return keeps_all ? 0 : limn_generation_count_steps (request, &inspection->facts, NULL);
}
