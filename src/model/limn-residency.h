/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What of a model stays on the device, and what makes room: the one place where that is decided. Nothing here changes a bit of a
 * picture: only its memory and its time.
 */

/**
 * LimnResident: parts of a model that are loaded and let go of each for itself
 * @LIMN_RESIDENT_FULL_DECODER: the decoder in float32, of a model in float16: for pictures at which that one overflows; seldom there
 */
typedef enum
{
  LIMN_RESIDENT_TEXT,
  LIMN_RESIDENT_TEXT_2,
  LIMN_RESIDENT_UNET,
  LIMN_RESIDENT_DECODER,
  LIMN_RESIDENT_ENCODER,
  LIMN_RESIDENT_FULL_DECODER,
} LimnResident;

#define LIMN_RESIDENT_N (LIMN_RESIDENT_FULL_DECODER + 1)

/**
 * LimnPipelinePlan: from what costs nothing to what costs most
 * @LIMN_PLAN_WHOLE: everything stays, every layer is computed as a whole
 * @LIMN_PLAN_SLABS: large layers of the VAE in slabs of lines: a few per cent of the time
 * @LIMN_PLAN_TEXT_AWAY: and the text encoders make room for the VAE, the VAE for them: read anew for each new prompt
 * @LIMN_PLAN_ALONE: and what is not being used is not there: the UNet is read anew after each decoded picture, so previews cost seconds
 * @LIMN_PLAN_NONE: it does not fit
 */
typedef enum
{
  LIMN_PLAN_WHOLE,
  LIMN_PLAN_SLABS,
  LIMN_PLAN_TEXT_AWAY,
  LIMN_PLAN_ALONE,
  LIMN_PLAN_NONE,
} LimnPipelinePlan;

/** limn_pipeline_plan_get_name: "whole", "slabs", "text-away", "alone", "none" */
const char *limn_pipeline_plan_get_name (LimnPipelinePlan plan);

/**
 * LimnResidencyNeed: bytes
 * @weights: of each part; 0: it is not used
 * @peaks: that its passes plan, as a whole
 * @tight_peaks: that they plan from LIMN_PLAN_SLABS on
 * @edges: that its passes will keep and do not yet
 * @arena: what the arena has grown to
 * @other: everything else that is on the device
 */
typedef struct
{
  guint64 weights[LIMN_RESIDENT_N];
  guint64 peaks[LIMN_RESIDENT_N];
  guint64 tight_peaks[LIMN_RESIDENT_N];
  guint64 edges[LIMN_RESIDENT_N];
  guint64 arena;
  guint64 other;
} LimnResidencyNeed;

/** limn_residency_get_bytes: on the device, at the peak; of LIMN_PLAN_NONE as of LIMN_PLAN_ALONE: the least that there is. */
guint64          limn_residency_get_bytes (const LimnResidencyNeed *need,
                                           LimnPipelinePlan         plan);

/** limn_residency_choose: the first plan from @from on that takes at most @limit. */
LimnPipelinePlan limn_residency_choose    (const LimnResidencyNeed *need,
                                           LimnPipelinePlan         from,
                                           guint64                  limit);

/**
 * limn_residency_next_to_go:
 * @loaded, @keep: sets of 1 << LimnResident
 *
 * Returns: what makes room next, of what is loaded and need not be kept: what is read again soonest goes last; -1: nothing
 */
int              limn_residency_next_to_go (guint                   loaded,
                                            guint                   keep);

G_END_DECLS
