/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-engine.h"

#include "base/limn-error.h"
#include "session/limn-tile-choice.h"

void
limn_engine_free (LimnEngine *engine)
{
  if (engine)
    engine->free (engine);
}

static guint
nearest (guint size, guint multiple)
{
  guint rounded = (size + multiple / 2) / multiple * multiple;

  return CLAMP (rounded, multiple, LIMN_REQUEST_MAX_SIDE / multiple * multiple);
}

static gboolean
check_size (const LimnEngineFacts *facts, const LimnRequest *request, GError **error)
{
  guint multiple = facts->multiple;
  guint low_width, low_height;

  /* What a source becomes is padded to what the model wants, and cut again. */
  if (request->source || (request->width % multiple == 0 && request->height % multiple == 0))
    return TRUE;
  low_width = MAX (request->width / multiple, 1) * multiple;
  low_height = MAX (request->height / multiple, 1) * multiple;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "%s makes pictures whose width and height are multiples of %u pixels, not %ux%u. "
               "The nearest size is %ux%u; %ux%u and %ux%u are possible too.",
               facts->model_name, multiple, request->width, request->height,
               nearest (request->width, multiple), nearest (request->height, multiple), low_width, low_height,
               request->width % multiple ? low_width + multiple : low_width,
               request->height % multiple ? low_height + multiple : low_height);
  return FALSE;
}

LimnRequest *
limn_engine_resolve (const LimnEngineFacts *facts, const LimnRequest *request, GError **error)
{
  g_autoptr(LimnRequest) resolved = limn_request_copy (request);

  if (!limn_request_check (request, error))
    return NULL;
  if (resolved->branch)
    limn_request_inherit (resolved);
  if (resolved->open & LIMN_REQUEST_OPEN_STEPS)
    resolved->steps = facts->steps;
  if (resolved->open & LIMN_REQUEST_OPEN_SAMPLER)
    resolved->sampler = facts->sampler;
  if (resolved->open & LIMN_REQUEST_OPEN_ETA)
    resolved->eta = limn_sampler_get_facts (resolved->sampler)->default_eta;
  if (resolved->open & LIMN_REQUEST_OPEN_CFG)
    resolved->cfg = facts->cfg;
  if (resolved->open & LIMN_REQUEST_OPEN_PREDICTION)
    resolved->prediction = facts->scheduler.prediction_type;
  if (resolved->open & LIMN_REQUEST_OPEN_SIZE)
    {
      resolved->width = facts->width;
      resolved->height = facts->height;
    }
  resolved->open = 0;
  if (!resolved->branch)
    limn_tile_choose (facts, resolved);
  if (!limn_request_check (resolved, error) || !check_size (facts, resolved, error))
    return NULL;
  return g_steal_pointer (&resolved);
}
