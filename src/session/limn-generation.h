/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-trajectory.h"
#include "session/limn-engine.h"
#include "session/limn-source.h"
#include "session/limn-step.h"

G_BEGIN_DECLS

/**
 * LimnGeneration:
 *
 * The loop that makes one picture: noise from the seed, then for each step the network (twice, with guidance), the
 * sampler, and the frame. What it holds is on the host and in double, so that it outlives the engine: after a lost
 * device it goes on with another from the last step that was done, and comes to the same pixels.
 *
 * The picture depends on the request and the device alone, not on which frames were wanted.
 *
 * Thread-safety: owner thread; the engine's, once it has one.
 */
typedef struct _LimnGeneration LimnGeneration;

/* Keys of a trajectory's origin, each a string: the name of the model, the device and its driver. */
#define LIMN_ORIGIN_MODEL "model"
#define LIMN_ORIGIN_DEVICE "device"
#define LIMN_ORIGIN_DRIVER "driver"

/**
 * limn_generation_new:
 * @request: nothing open
 * @facts: of the engine that will be used
 * @source: (nullable): of @request, where it has one
 *
 * Computes nothing that takes an engine: what a source is as a latent is found out by limn_generation_prepare(), and until then there is no
 * first fingerprint and no trajectory. Fails with LIMN_ERROR_INVALID and LIMN_ERROR_UNSUPPORTED as schedules and samplers do.
 */
LimnGeneration *limn_generation_new          (const LimnRequest      *request,
                                              const LimnEngineFacts  *facts,
                                              LimnSource             *source,
                                              GError                **error);
void            limn_generation_free         (LimnGeneration         *generation);

/** limn_generation_is_guided: whether the network is asked twice a step. */
gboolean        limn_generation_is_guided    (const LimnRequest      *request);

/** limn_generation_check: @request: nothing open. Whether limn_generation_new() will take it, and if not, why; allocates nothing. */
gboolean        limn_generation_check        (const LimnRequest      *request,
                                              const LimnEngineFacts  *facts,
                                              GError                **error);

/**
 * limn_generation_list_offers:
 * @offers: (out): [LIMN_SAMPLER_N_KINDS] bit LimnScheduleKind set: limn_generation_new() takes this pair. A millisecond
 */
void            limn_generation_list_offers  (const LimnEngineFacts  *facts,
                                              LimnPrediction          prediction,
                                              guint                   steps,
                                              guint                  *offers);

/** limn_generation_set_max_slowdown: limn_feed_set_max_slowdown(). */
void            limn_generation_set_max_slowdown (LimnGeneration     *generation,
                                                  double              fraction);

/** limn_generation_set_half_picture: every frame, the picture too, is decoded at half its width and height, rounded up to a cell: for sketches. */
void            limn_generation_set_half_picture (LimnGeneration    *generation);

/**
 * limn_generation_set_engine:
 * @engine: (nullable) (unowned): of the same model as before; NULL: none for now
 */
void            limn_generation_set_engine   (LimnGeneration         *generation,
                                              LimnEngine             *engine);

/**
 * limn_generation_prepare:
 * @need_bytes, @limit_bytes: (out) (optional)
 *
 * Holds the need of memory against what there is, then encodes the prompts and, where there is one, the source; limn_generation_step() does
 * it where it was not done. Fails with LIMN_ERROR_OUT_OF_MEMORY, telling both, before anything is allocated.
 */
gboolean        limn_generation_prepare      (LimnGeneration         *generation,
                                              guint64                *need_bytes,
                                              guint64                *limit_bytes,
                                              GCancellable           *cancellable,
                                              GError                **error);

/**
 * limn_generation_step:
 *
 * Does the next step and makes its frame. Waits for the GPU. After a failure it may be called again, maybe with
 * another engine: what was done is not done twice, and the result is what it would have been.
 *
 * Returns: (transfer full): the step, or NULL with @error
 */
LimnStep       *limn_generation_step         (LimnGeneration         *generation,
                                              GCancellable           *cancellable,
                                              GError                **error);
gboolean        limn_generation_is_done      (const LimnGeneration   *generation);
guint           limn_generation_get_step     (const LimnGeneration   *generation); /* steps done, their frames too */
guint           limn_generation_get_n_steps  (const LimnGeneration   *generation);
/* Of the latent that is painted, in cells. */
guint           limn_generation_get_width_lt (const LimnGeneration   *generation);
guint           limn_generation_get_height_lt (const LimnGeneration  *generation);

/** limn_generation_get_picture: borrowed; NULL before it is done. */
LimnImage      *limn_generation_get_picture  (const LimnGeneration   *generation);

/** limn_generation_get_fingerprint: of x after @step steps, 0 is the start; borrowed until the next step; NULL where it did not come so far. */
const LimnFingerprint *limn_generation_get_fingerprint (const LimnGeneration *generation,
                                                        guint                 step);

/**
 * limn_generation_get_trajectory:
 *
 * Every latent until now and all that is needed to go on from here, the latent of the source included; borrowed until the next call. NULL
 * where the request does not keep latents.
 */
LimnTrajectory *limn_generation_get_trajectory (LimnGeneration       *generation);

/**
 * limn_generation_restore:
 * @trajectory: what limn_generation_get_trajectory() gave, maybe in another process
 *
 * Goes on where @trajectory stopped; to the last bit as if it never had. Before the first step only. Fails with LIMN_ERROR_FORMAT,
 * changing nothing, where it belongs to another request or is damaged.
 */
gboolean        limn_generation_restore      (LimnGeneration         *generation,
                                              const LimnTrajectory   *trajectory,
                                              GError                **error);

/**
 * limn_generation_list_before:
 * @trajectory: what limn_generation_restore() took
 *
 * The steps that the next limn_generation_step() will not give any more, as LimnStep without frames.
 *
 * Returns: (transfer full) (element-type LimnStep)
 */
GPtrArray      *limn_generation_list_before  (const LimnGeneration   *generation,
                                              const LimnTrajectory   *trajectory);

/** limn_generation_read_n_steps: how many steps the picture of @trajectory has when it is finished; 0 where its state does not tell. */
guint           limn_generation_read_n_steps (const LimnTrajectory   *trajectory);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGeneration, limn_generation_free)

G_END_DECLS
