/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-control-picture.h"
#include "session/limn-picture-mix.h"

G_BEGIN_DECLS

/**
 * LimnSegment:
 * @request: in force in its steps: the end of a chain of branches
 * @branch: (nullable): of @request, by which it parts from the segment before it; NULL: the first
 * @first: the picture's steps before it
 * @n_steps: that are done in it
 * @schedule: of all or some of its steps and maybe others: it does the steps from @node on
 * @n_all: of the same schedule from pure noise
 * @fresh_seed: of the branch's fresh noise, where there is any: its noise seed, but so that no seed that is typed in for two things gives the same
 *   noise twice: not that of the picture's seed, nor that of the same noise seed at an earlier turn
 * @goes_on: sampler and schedule are those of the segment before it
 * @source: (nullable): of @request
 * @pictures: (nullable): that are mixed to begin with; only where it begins at step 0, and has no source
 * @controls: (nullable) (element-type LimnControlPicture): of @request, to draw by
 *
 * Steps of a picture that are done under one request. A picture from nothing has one segment; a branch has the segments of the picture
 * from which it parts, cut at its step, and one more. At step 0 nothing but the noise is shared, and the first segment has no steps.
 */
typedef struct
{
  LimnRequest             *request;
  const LimnRequestBranch *branch;
  guint                    first;
  guint                    n_steps;
  LimnSchedule            *schedule;
  guint                    node;
  guint                    n_all;
  guint64                  fresh_seed;
  gboolean                 goes_on;
  LimnSource              *source;
  LimnPictureMix          *pictures;
  GPtrArray               *controls;
} LimnSegment;

/**
 * LimnSegmentFuncs: what a request starts from, made ready; (transfer full); NULL with @error set
 * @get_source: @request has a source
 * @get_pictures: @request has a mix of pictures, and no branch
 * @get_controls: (element-type LimnControlPicture): @request has controls; @plan: (nullable): of its source
 */
typedef struct
{
  LimnSource     *(*get_source)   (gpointer            data,
                                   const LimnRequest  *request,
                                   GError            **error);
  LimnPictureMix *(*get_pictures) (gpointer            data,
                                   const LimnRequest  *request,
                                   GError            **error);
  GPtrArray      *(*get_controls) (gpointer              data,
                                   const LimnRequest    *request,
                                   const LimnSourcePlan *plan,
                                   GError              **error);
} LimnSegmentFuncs;

/**
 * limn_segments_new:
 * @request: nothing open, with all its branches
 * @funcs: (nullable): NULL: nothing is looked at, and the steps of a picture that has a source are those of a mask that is white somewhere
 *
 * Fails with LIMN_ERROR_INVALID and LIMN_ERROR_UNSUPPORTED as schedules and samplers do; where a branch sets out from a step that its parent has
 * not, or from its last; where it asks for another stream of noise of a sampler that draws none; and where its mask would be painted in
 * another place.
 *
 * Returns: (transfer full) (element-type LimnSegment)
 */
GPtrArray   *limn_segments_new         (const LimnRequest      *request,
                                        const LimnEngineFacts  *facts,
                                        const LimnSegmentFuncs *funcs,
                                        gpointer                data,
                                        GError                **error);

/** limn_segments_count_steps: of the whole picture. */
guint        limn_segments_count_steps (GPtrArray              *segments);

/** limn_segments_find: which of @segments does step @step, 1 to all; for 0 the first. */
guint        limn_segments_find        (GPtrArray              *segments,
                                        guint                   step);

/** limn_segment_new_sampler: @n: elements of the latent; @noise: (unowned). Cannot fail after limn_segments_new(). */
LimnSampler *limn_segment_new_sampler  (const LimnSegment      *segment,
                                        LimnVariance            variance,
                                        gsize                   n,
                                        LimnNoise              *noise,
                                        LimnDenoiseFunc         denoise,
                                        gpointer                data);

G_END_DECLS
