/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-sketch.h"

#include "session/limn-generation.h"

#include <math.h>

/* Rounded to what the model can. */
static guint
scale_side (guint side, double scale, guint multiple)
{
  return MAX (1, (guint) (side * scale / multiple + 0.5)) * multiple;
}

/* Larger than this times what the model was made for a coarse sketch would be none any more: three steps of a minute each. */
#define MAX_PIXELS 4

static void
choose_size (const LimnEngineFacts *facts, LimnRequest *coarse)
{
  double own = (double) facts->width * facts->height, pixels = (double) coarse->width * coarse->height;
  double scale = sqrt (own / pixels);

  if (pixels <= MAX_PIXELS * own)
    return;
  coarse->width = scale_side (coarse->width, scale, facts->multiple);
  coarse->height = scale_side (coarse->height, scale, facts->multiple);
  coarse->tile = coarse->overlap = 0;
}

/* Of which hardly anything of the pictures is left. */
#define MUCH_STRENGTH 0.9

/* How many from pure noise, so that so many are done as are wanted. */
static guint
count_steps (const LimnRequest *request)
{
  const LimnRequestMix *mix = request->mix;

  if (!mix || mix->way != LIMN_MIX_PICTURES || mix->strength <= 0)
    return LIMN_SKETCH_STEPS;
  if (mix->strength > MUCH_STRENGTH)
    return ceil (LIMN_SKETCH_STEPS / mix->strength);
  return MIN (ceil (LIMN_SKETCH_PICTURE_STEPS / mix->strength), LIMN_STEPS_MAX);
}

static gboolean
can_be_coarse (const LimnRequest *request)
{
  return !request->branch && !request->source;
}

LimnRequest *
limn_sketch_request (const LimnRequest *request, const LimnEngineFacts *facts, LimnSketchLevel level)
{
  LimnRequest *sketch = limn_request_copy (request);
  g_autoptr(LimnRequest) quick = NULL;

  sketch->keep_latents = FALSE;
  if (level == LIMN_SKETCH_FINE || !can_be_coarse (request))
    return sketch;
  sketch->preview = LIMN_PREVIEW_NONE;
  choose_size (facts, sketch);
  if (sketch->steps <= count_steps (request))
    return sketch;
  sketch->steps = count_steps (request);
  /* What a model cannot be sampled with (one that predicts variances, say) keeps its own sampler. */
  quick = limn_request_copy (sketch);
  quick->sampler = LIMN_SAMPLER_DPMPP_2M;
  quick->schedule = LIMN_SCHEDULE_TRAILING;
  quick->eta = limn_sampler_get_facts (quick->sampler)->default_eta;
  if (!limn_generation_check (quick, facts, NULL))
    return sketch;
  limn_request_free (sketch);
  return g_steal_pointer (&quick);
}

/* Half of 32 pixels would show nothing. */
#define LEAST_SIDE 64

gboolean
limn_sketch_needs_half (const LimnRequest *sketch, const LimnEngineFacts *facts, double seconds, double decode_seconds)
{
  return facts->software && MIN (sketch->width, sketch->height) >= LEAST_SIDE && seconds + decode_seconds > LIMN_SKETCH_SECONDS;
}

gboolean
limn_sketch_is_short (const LimnRequest *request, LimnSketchLevel level)
{
  return level == LIMN_SKETCH_COARSE && can_be_coarse (request);
}
