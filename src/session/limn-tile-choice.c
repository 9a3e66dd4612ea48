/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-tile-choice.h"

static guint
round_up (guint value, guint multiple)
{
  return (value + multiple - 1) / multiple * multiple;
}

void
limn_tile_choose (const LimnEngineFacts *facts, LimnRequest *request)
{
  guint longer = MAX (request->width, request->height), own = MAX (facts->width, facts->height);
  gboolean whole;

  if (!request->source || request->tile > 0)
    return;
  whole = request->source->only_masked || (guint64) longer * 2 <= (guint64) own * 3;
  request->tile = MAX (round_up (whole ? longer : own, facts->multiple), round_up (LIMN_REQUEST_MIN_TILE, facts->multiple));
  request->overlap = whole ? 0 : round_up (own / 2, facts->multiple);
  /* Sides are bounded, and so are tiles. */
  request->tile = MIN (request->tile, LIMN_REQUEST_MAX_SIDE);
}
