/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnTrajectory:
 *
 * Every latent on the way of one picture, so that a run can be shown again, branched and resumed
 * to the last bit: one safetensors file, float64, PyTorch's order [N, C, H, W].
 *
 *   latents    F64 [n+1, C, H, W]   x_t: the start, then after each step
 *   denoised   F64 [n, C, H, W]     the estimate of the finished latent that each step was made from
 *   sigmas     F64 [n+1]            the noise level of each of @latents
 *   timesteps  F64 [n]              the model's timestep of each step
 *   state/NAME I64 [m, 4]           where the array NAME of the sampler's state after a step is:
 *                                   the step, 0 to n; 0: in latents, 1: in denoised, 2: in pool/LENGTH; LENGTH; the row there
 *   pool/K     F64 [k, K]           arrays of K numbers that stand nowhere else, each once
 *   __metadata__ "limn"             the request, JSON, as it came
 *   __metadata__ "limn-origin"      optional, JSON: what computed it
 *   __metadata__ "limn-format"      "trajectory-2"
 *   __metadata__ "limn-crc32"       optional, 8 digits: of the request, the origin and the tensors in their order, each its name,
 *                                   sizes and numbers, but for the empty ones; where it does not fit the file is refused
 *
 * n is the number of steps taken, which may be less than the request asks for. From a step that has its state a sampler goes on as if
 * it had never stopped. Of "trajectory-1", which is read too, only the last step has one: F64 history/NAME.
 * Thread-safety: owner thread.
 */
typedef struct _LimnTrajectory LimnTrajectory;

/**
 * limn_trajectory_new:
 * @request_json: a JSON object; kept as it is
 * @start: [C, H, W] x_T, copied
 * @sigma: its noise level
 *
 * Channels, height and width are counted in latent cells.
 */
LimnTrajectory *limn_trajectory_new          (const char      *request_json,
                                              guint            channels,
                                              guint            height_lt,
                                              guint            width_lt,
                                              const double    *start,
                                              double           sigma);

void            limn_trajectory_free         (LimnTrajectory  *trajectory);

/**
 * limn_trajectory_append:
 * @timestep: what the model was given for this step
 * @denoised: [C, H, W], copied
 * @latent: [C, H, W] after the step, copied
 * @sigma: the noise level of @latent
 */
void            limn_trajectory_append       (LimnTrajectory  *trajectory,
                                              double           timestep,
                                              const double    *denoised,
                                              const double    *latent,
                                              double           sigma);

/**
 * limn_trajectory_set_history:
 * @name: 1 to 64 of a-z, 0-9, '-' and '_'
 * @values: @n doubles, copied
 *
 * An array of the state at hand, which is that of the last step when it is written, or what limn_trajectory_keep_state() makes of it.
 * Replaces what stood under @name.
 */
void            limn_trajectory_set_history  (LimnTrajectory  *trajectory,
                                              const char      *name,
                                              gsize            n,
                                              const double    *values);

/** limn_trajectory_clear_history: forgets every array of the state at hand; a sampler stores anew after each step. */
void            limn_trajectory_clear_history (LimnTrajectory *trajectory);

/** limn_trajectory_list_history: (transfer container) (element-type utf8): the names, sorted; free with g_ptr_array_unref(). */
GPtrArray      *limn_trajectory_list_history (const LimnTrajectory *trajectory);

/** limn_trajectory_get_history: borrowed, or NULL; @n: (out) (optional). After loading the state at hand is that of the last step. */
const double   *limn_trajectory_get_history  (const LimnTrajectory *trajectory,
                                              const char           *name,
                                              gsize                *n);

/**
 * limn_trajectory_keep_state:
 * @step: 0 (the start) to n
 *
 * The state at hand is the one after @step: replaces what was kept of it; without arrays nothing is. Arrays that equal a latent, an
 * estimate or an array of any state, bit for bit, take no space.
 */
void            limn_trajectory_keep_state   (LimnTrajectory       *trajectory,
                                              guint                 step);

/** LimnTrajectoryArray: borrowed until the trajectory changes. */
typedef struct
{
  const char   *name;
  gsize         n;
  const double *values;
} LimnTrajectoryArray;

/** limn_trajectory_get_state: (transfer full) (element-type LimnTrajectoryArray) (nullable): after @step, sorted by name; g_ptr_array_unref(). */
GPtrArray      *limn_trajectory_get_state    (const LimnTrajectory *trajectory,
                                              guint                 step);
gboolean        limn_trajectory_has_state    (const LimnTrajectory *trajectory,
                                              guint                 step);

/**
 * limn_trajectory_append_from:
 * @from: its latents have the same size
 *
 * Appends what @from has up to its step @n_steps and this one has not, states too (also that of the step this one is at). That both are the
 * same so far is the caller's to know. Clears the state at hand.
 */
void            limn_trajectory_append_from  (LimnTrajectory       *trajectory,
                                              const LimnTrajectory *from,
                                              guint                 n_steps);

guint           limn_trajectory_get_n_steps  (const LimnTrajectory *trajectory);
guint           limn_trajectory_get_channels (const LimnTrajectory *trajectory);
guint           limn_trajectory_get_height   (const LimnTrajectory *trajectory);
guint           limn_trajectory_get_width    (const LimnTrajectory *trajectory);
const char     *limn_trajectory_get_request  (const LimnTrajectory *trajectory);
/** limn_trajectory_set_request: it was steered. */
void            limn_trajectory_set_request  (LimnTrajectory       *trajectory,
                                              const char           *request_json);

/** limn_trajectory_get_latent: x_t, @step from 0 (the start) to n; borrowed until the next append. */
const double   *limn_trajectory_get_latent   (const LimnTrajectory *trajectory,
                                              guint                 step);
/** limn_trajectory_get_denoised: @step from 0 to n - 1; borrowed until the next append. */
const double   *limn_trajectory_get_denoised (const LimnTrajectory *trajectory,
                                              guint                 step);
double          limn_trajectory_get_sigma    (const LimnTrajectory *trajectory,
                                              guint                 step);
double          limn_trajectory_get_timestep (const LimnTrajectory *trajectory,
                                              guint                 step);

/** limn_trajectory_set_origin: @json: (nullable): a JSON object that tells what computed the latents. */
void            limn_trajectory_set_origin   (LimnTrajectory       *trajectory,
                                              const char           *json);
const char     *limn_trajectory_get_origin   (const LimnTrajectory *trajectory);

/** limn_trajectory_to_bytes: the whole file; a state at hand that has changed since it was kept is that of the last step. */
GBytes         *limn_trajectory_to_bytes     (LimnTrajectory        *trajectory,
                                              GError               **error);

/** limn_trajectory_save: through limn_atomic_file_write(); waits for the disk. */
gboolean        limn_trajectory_save         (LimnTrajectory        *trajectory,
                                              const char            *path,
                                              GError               **error);

/**
 * limn_trajectory_load:
 *
 * Every shape is held against every other, every number but those of the states must be finite, states point to what is there,
 * the request must be a JSON object, and nothing else may be in the file. Fails with LIMN_ERROR_FORMAT, or as opening and reading fails.
 */
LimnTrajectory *limn_trajectory_load         (const char            *path,
                                              GError               **error);

/** limn_trajectory_parse: limn_trajectory_load() of bytes. */
LimnTrajectory *limn_trajectory_parse        (GBytes                *bytes,
                                              GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTrajectory, limn_trajectory_free)

G_END_DECLS
