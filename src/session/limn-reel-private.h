/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-reel.h"

G_BEGIN_DECLS

/* --- limn-reel-step.c --- */

/** limn_reel_step_new: takes nothing; @latent, @denoised: [C, height_lt, width_lt] doubles; @fingerprint: of @latent. */
LimnReelStep          *limn_reel_step_new             (guint                  step,
                                                       double                 sigma,
                                                       GBytes                *latent,
                                                       GBytes                *denoised,
                                                       const LimnFingerprint *fingerprint);
GBytes                *limn_reel_step_get_latent      (LimnReelStep          *step);
GBytes                *limn_reel_step_get_denoised    (LimnReelStep          *step);
const LimnFingerprint *limn_reel_step_get_fingerprint (LimnReelStep          *step);
void                   limn_reel_step_set_thumbnail   (LimnReelStep          *step,
                                                       LimnImage             *thumbnail);

/* --- limn-reel.c --- */

/** limn_reel_get_frame_in_mode_async: limn_reel_get_frame_async() whatever the present mode is; limn_reel_get_frame_finish(). */
void                   limn_reel_get_frame_in_mode_async (LimnReel            *reel,
                                                          guint                step,
                                                          LimnPreview          mode,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             data);
LimnRecipe            *limn_reel_dup_recipe_in_mode      (LimnReel            *reel,
                                                          guint                step,
                                                          LimnPreview          mode);

/* For tests: frames kept from now on, in place of LIMN_REEL_CACHE_BYTES. Forgets those that are there. */
void                   limn_reel_set_cache_bytes         (LimnReel            *reel,
                                                          gsize                max_bytes);
gsize                  limn_reel_get_cached_bytes        (LimnReel            *reel);

G_END_DECLS
