/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-latent-cache.h"
#include "session/limn-source.h"
#include "session/limn-work.h"

G_BEGIN_DECLS

/**
 * LimnPictureMix:
 *
 * The pictures of a request that mixes them (LIMN_MIX_PICTURES), made ready, and the latent between them:
 *
 *   z = sum of w_i z_i,   z_i the VAE encoder's mean for picture i,   w_i as limn_request_mix_get_weights()
 *
 * A picture without weight is not even looked at; where one has it all, z is its latent to the bit.
 *
 * Ho et al. diffuse both pictures to step t with noise of their own and mix those. Diffused with shared noise e that is the same as to diffuse what is
 * mixed here: sum w_i (sqrt (abar) z_i + sqrt (1 - abar) e) = sqrt (abar) z + sqrt (1 - abar) e, and so the latent goes on as img2img's does,
 * from the step that the mix's strength says.
 *
 * A picture of another shape than the request is cut to it around its middle, then scaled.
 *
 * Counted by reference. Thread-safety: the thread of the cache.
 *
 * Source: Ho, Jain, Abbeel, Denoising Diffusion Probabilistic Models, 2020, section 4.4.
 */
typedef struct _LimnPictureMix LimnPictureMix;

/** LimnPictureLoad: the picture that the stash has under @id; (transfer full). */
typedef LimnImage *(*LimnPictureLoad) (gpointer     data,
                                       const char  *id,
                                       GError     **error);

/**
 * limn_picture_mix_new:
 * @request: nothing open, without a branch, with a mix of pictures
 * @engine_key: the same for engines that encode alike
 * @cache: a reference is taken
 * @load: called here only, for pictures that have weight and are not in the cache
 *
 * Fails as @load and limn_source_new() do. 0.2 s a megapixel of pictures that are not in the cache.
 */
LimnPictureMix *limn_picture_mix_new    (const LimnRequest      *request,
                                         const LimnEngineFacts  *facts,
                                         const char             *engine_key,
                                         LimnLatentCache        *cache,
                                         LimnPictureLoad         load,
                                         gpointer                data,
                                         GError                **error);
LimnPictureMix *limn_picture_mix_ref    (LimnPictureMix         *mix);
void            limn_picture_mix_unref  (LimnPictureMix         *mix);

/** limn_picture_mix_get_strength: of the request's mix, 0..1; 0: no step of the network is done. */
double          limn_picture_mix_get_strength (const LimnPictureMix *mix);

/**
 * limn_picture_mix_encode:
 * @work: of the request, of its whole size
 * @held: (out): [n_channels, height_lt, width_lt]
 *
 * The latent between the pictures. Encodes those that were not yet, and remembers them in the cache. Waits for the GPU. Fails as the engine's
 * encode() does, and may be called again then.
 */
gboolean        limn_picture_mix_encode (LimnPictureMix         *mix,
                                         const LimnWork         *work,
                                         LimnEngine             *engine,
                                         GCancellable           *cancellable,
                                         double                 *held,
                                         GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPictureMix, limn_picture_mix_unref)

G_END_DECLS
