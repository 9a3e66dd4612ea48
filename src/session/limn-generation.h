/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-trajectory.h"
#include "session/limn-segment.h"
#include "session/limn-step.h"

G_BEGIN_DECLS

/**
 * LimnGeneration:
 *
 * The loop that makes one picture: noise from the seed, then for each step the network (twice, with guidance), the
 * sampler, and the frame. What it holds is on the host and in double, so that it outlives the engine: after a lost
 * device it goes on with another from the last step that was done, and comes to the same pixels.
 *
 * A branch is painted in the segments of its chain (limn-segment.h): all of it from nothing, or from the deepest step that kept latents
 * share with it; to the same pixels either way.
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
 * limn_generation_new_from:
 * @request: nothing open
 * @facts: of the engine that will be used
 * @funcs: also used later, where the picture is steered
 *
 * Computes nothing that takes an engine: what a source is as a latent is found out by limn_generation_prepare(), and until then there is no
 * first fingerprint and no trajectory. Fails as limn_segments_new() does.
 */
LimnGeneration *limn_generation_new_from     (const LimnRequest      *request,
                                              const LimnEngineFacts  *facts,
                                              const LimnSegmentFuncs *funcs,
                                              gpointer                funcs_data,
                                              GError                **error);

/** limn_generation_new: @source: (nullable): the only one of @request, must outlive the generation; no pictures are mixed. */
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
 * limn_generation_count_steps:
 *
 * Of the whole picture, those that are shared included. With a source as many as with a mask that is white somewhere. Fails, with 0, as
 * limn_generation_check().
 */
guint           limn_generation_count_steps  (const LimnRequest      *request,
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

/**
 * limn_generation_set_small_decoder:
 * @path: (nullable): by which all frames but the last are decoded, as long as it can be used: LimnEngine's decode_small()
 */
void            limn_generation_set_small_decoder (LimnGeneration    *generation,
                                                   const char        *path);

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
 * Holds the need of memory of all that is to come against what there is, then encodes what the picture begins with, if it has a source;
 * limn_generation_step() does it where it was not done. Where only LIMN_PLAN_ALONE fits there are no previews, since each would cost reading the
 * UNet anew. Fails with LIMN_ERROR_OUT_OF_MEMORY, telling both, before anything is allocated.
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

/**
 * limn_generation_steer:
 * @wanted: see limn_steer_request()
 * @step: (out): after which @wanted holds
 *
 * Between two steps, once prepared, with an engine: from the next one on. The request becomes a branch of itself, which is what the trajectory
 * says too, and how many steps there are may change. Fails, changing nothing, as limn_steer_request() and limn_segments_new() do.
 */
gboolean        limn_generation_steer        (LimnGeneration         *generation,
                                              const LimnRequest      *wanted,
                                              guint                  *step,
                                              GError                **error);

/** limn_generation_get_request: with all its branches; borrowed until it is steered. */
const LimnRequest *limn_generation_get_request (const LimnGeneration *generation);
gboolean        limn_generation_is_done      (const LimnGeneration   *generation);
guint           limn_generation_get_step     (const LimnGeneration   *generation); /* steps done, their frames too */
guint           limn_generation_get_n_steps  (const LimnGeneration   *generation);
/** limn_generation_get_n_computed: steps that asked the network, in this generation. */
guint           limn_generation_get_n_computed (const LimnGeneration *generation);
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

/** limn_generation_steal_trajectory: the same, to be kept; the generation has none any more. (transfer full) (nullable) */
LimnTrajectory *limn_generation_steal_trajectory (LimnGeneration     *generation);

/**
 * limn_generation_count_shared:
 * @theirs: @trajectory's request
 * @limit: no more than that
 *
 * The step to which limn_generation_restore() would take it: the last that both share and whose state @trajectory has. 0: none.
 */
guint           limn_generation_count_shared (const LimnGeneration   *generation,
                                              const LimnTrajectory   *trajectory,
                                              const LimnRequest      *theirs,
                                              guint                   limit);

/**
 * limn_generation_restore:
 * @trajectory: what limn_generation_get_trajectory() gave, maybe in another process: of the same picture, or of any that shares steps with it
 *
 * @limit: no more steps than that
 *
 * Goes on from the last step that both share and whose state @trajectory has; to the last bit as if it had done the steps itself. Before the
 * first step only. Fails with LIMN_ERROR_FORMAT, changing nothing, where no step is shared or it is damaged.
 */
gboolean        limn_generation_restore      (LimnGeneration         *generation,
                                              const LimnTrajectory   *trajectory,
                                              guint                   limit,
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
