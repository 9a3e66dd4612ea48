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
  const LimnRequestSource *source = request->source;
  gboolean whole;

  if (!source || request->tile > 0)
    return;
  whole = source->only_masked || (guint64) longer * 2 <= (guint64) own * 3;
  request->tile = MAX (round_up (whole ? longer : own, facts->multiple), round_up (LIMN_REQUEST_MIN_TILE, facts->multiple));
  request->overlap = whole ? 0 : round_up (own / 2, facts->multiple);
  if (!whole && (source->grow_left || source->grow_top || source->grow_right || source->grow_bottom))
    {
      request->tile = round_up (own + own / 2, facts->multiple);
      request->overlap = round_up (own, facts->multiple);
    }
  /* Sides are bounded, and so are tiles. */
  request->tile = MIN (request->tile, LIMN_REQUEST_MAX_SIDE);
  request->overlap = MIN (request->overlap, request->tile - 1);
}
