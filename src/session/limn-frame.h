/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-source.h"
#include "session/limn-work.h"

G_BEGIN_DECLS

/* What of a step is shown, and how it becomes a picture: the same code for the frames of a job and for those that are decoded from kept
 * latents later, so that they are the same to the bit. */

/**
 * limn_frame_shows_denoised:
 * @mode: LIMN_PREVIEW_NOISY or LIMN_PREVIEW_PREDICTED
 *
 * Whether the frame of step @step of @n_steps shows the denoised estimate; else it shows x_t. The last step's is the picture: x_t.
 */
gboolean   limn_frame_shows_denoised (LimnPreview           mode,
                                      guint                 step,
                                      guint                 n_steps);

/** limn_frame_get_scale: by which the latent that is shown becomes what the VAE takes. @sigma: of x_t, after the step. */
double     limn_frame_get_scale      (LimnSamplerKind       sampler,
                                      double                sigma,
                                      gboolean              denoised);

/** limn_frame_dup_request: what is in force at @step, 1 to all, of @request's picture, on its device: of the frame of that step. (transfer full) */
LimnRequest *limn_frame_dup_request   (const LimnRequest *request,
                                       guint              step);

/**
 * limn_frame_decode:
 * @work: of the request
 * @source: (nullable): of the request; the frame is then its picture with what was painted in it, of the result's size also where @half
 * @x: [C, height_lt, width_lt] of @work
 * @half: a quarter of the work. Of x_t every second cell of each row and column is taken, since a mean of four would show half
 *   the noise there is; of an estimate without noise (@denoised) the mean of four. Odd sides are rounded up
 * @small: (nullable): as for limn_work_decode()
 *
 * Worker thread; waits for the GPU. Fails as the engine's decode() does.
 */
LimnImage *limn_frame_decode         (LimnEngine           *engine,
                                      const LimnWork       *work,
                                      LimnSource           *source,
                                      const double         *x,
                                      double                scale,
                                      gboolean              denoised,
                                      gboolean              half,
                                      const char           *small,
                                      GCancellable         *cancellable,
                                      GError              **error);

G_END_DECLS
