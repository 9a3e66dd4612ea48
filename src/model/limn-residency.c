/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-residency.h"

const char *
limn_pipeline_plan_get_name (LimnPipelinePlan plan)
{
  static const char * const names[] = { "whole", "slabs", "text-away", "alone", "none" };

  return names[plan];
}

static guint64
sum (const guint64 *values)
{
  guint64 total = 0;

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    total += values[i];
  return total;
}

static guint64
most (const guint64 *values)
{
  guint64 largest = 0;

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    largest = MAX (largest, values[i]);
  return largest;
}

/* The UNet stays; beside it there is the decoder while it paints, and one text encoder, or the VAE's encoder, before. */
static guint64
text_away_bytes (const LimnResidencyNeed *need)
{
  const guint64 *w = need->weights, *peaks = need->tight_peaks;
  guint64 beside = w[LIMN_RESIDENT_DECODER] + MAX (peaks[LIMN_RESIDENT_UNET], peaks[LIMN_RESIDENT_DECODER]);

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    if (i != LIMN_RESIDENT_UNET && i != LIMN_RESIDENT_DECODER)
      beside = MAX (beside, w[i] + peaks[i]);
  return w[LIMN_RESIDENT_UNET] + beside + sum (need->edges);
}

guint64
limn_residency_get_bytes (const LimnResidencyNeed *need,
                          LimnPipelinePlan         plan)
{
  guint64 alone = 0;

  switch (plan)
    {
    case LIMN_PLAN_WHOLE:
      return need->other + sum (need->weights) + sum (need->edges) + MAX (need->arena, most (need->peaks));
    case LIMN_PLAN_SLABS:
      return need->other + sum (need->weights) + sum (need->edges) + most (need->tight_peaks);
    case LIMN_PLAN_TEXT_AWAY:
      return need->other + text_away_bytes (need);
    case LIMN_PLAN_ALONE:
    case LIMN_PLAN_NONE:
    default:
      for (guint i = 0; i < LIMN_RESIDENT_N; i++)
        alone = MAX (alone, need->weights[i] + need->edges[i] + need->tight_peaks[i]);
      return need->other + alone;
    }
}

LimnPipelinePlan
limn_residency_choose (const LimnResidencyNeed *need,
                       LimnPipelinePlan         from,
                       guint64                  limit)
{
  for (LimnPipelinePlan plan = from; plan < LIMN_PLAN_NONE; plan++)
    if (limn_residency_get_bytes (need, plan) <= limit)
      return plan;
  return LIMN_PLAN_NONE;
}

int
limn_residency_next_to_go (guint loaded,
                           guint keep)
{
  /* Prompts change seldom, pictures to begin with too; the decoder shows each step, and without the UNet there is none. */
  static const LimnResident order[] = {
    LIMN_RESIDENT_TEXT_2, LIMN_RESIDENT_TEXT, LIMN_RESIDENT_ENCODER, LIMN_RESIDENT_FULL_DECODER, LIMN_RESIDENT_DECODER, LIMN_RESIDENT_UNET
  };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (loaded & ~keep & (1u << order[i]))
      return order[i];
  return -1;
}
