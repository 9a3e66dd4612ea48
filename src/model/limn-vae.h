/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-loader.h"
#include "model/limn-model-config.h"
#include "model/limn-pass.h"
#include "model/limn-taps.h"

G_BEGIN_DECLS

/**
 * LimnVaeSide: the two halves of AutoencoderKL, loaded apart, since most pictures need only the decoder
 */
typedef enum
{
  LIMN_VAE_DECODER,
  LIMN_VAE_ENCODER,
} LimnVaeSide;

/**
 * LimnVae:
 *
 * One half of AutoencoderKL: latent to picture, or picture to latent. Latents here are unscaled: the UNet's divided by
 * the config's scaling_factor. In F16 the first 1x1 and the last convolutions are F32.
 *
 * Thread-safety: owner thread of the GL.
 * Source: Rombach et al. 2022, appendix; diffusers' AutoencoderKL for the names.
 */
typedef struct _LimnVae LimnVae;

/** limn_vae_new: as limn_text_encoder_new(). */
LimnVae *limn_vae_new     (LimnLoader           *loader,
                           const LimnVaeConfig  *config,
                           LimnVaeSide           side,
                           LimnArena            *arena,
                           GError              **error);
void     limn_vae_free    (LimnVae              *vae);

/**
 * limn_vae_set_slabs:
 * @slab_bytes: 0, as at first: layers are computed as a whole; LIMN_SLAB_BYTES: large ones in slabs of lines, which takes less memory,
 *   hardly more time, and changes no bit (model/limn-slabs.h); something else: for tests
 *
 * A change forgets the recorded passes.
 */
void     limn_vae_set_slabs (LimnVae            *vae,
                             guint64             slab_bytes);

/**
 * limn_vae_plan:
 * @h, @w: of the latent, on either side
 * @slab_bytes: as for limn_vae_set_slabs(), which stays as it is
 *
 * What a pass of this shape needs. Records it, but allocates and computes nothing.
 */
gboolean limn_vae_plan    (LimnVae              *vae,
                           guint                 n,
                           guint                 h,
                           guint                 w,
                           guint64               slab_bytes,
                           LimnPassNeed         *need,
                           GError              **error);

/** limn_vae_is_prepared: whether a pass of this shape is kept. */
gboolean limn_vae_is_prepared (LimnVae          *vae,
                               guint             n,
                               guint             h,
                               guint             w);

/** limn_vae_prepare: records the pass for this shape, to be kept; computes nothing. */
gboolean limn_vae_prepare (LimnVae              *vae,
                           guint                 n,
                           guint                 h,
                           guint                 w,
                           GError              **error);

/** limn_vae_warm_up: as limn_unet_warm_up(). */
gboolean limn_vae_warm_up (LimnVae              *vae,
                           guint                 n,
                           guint                 h,
                           guint                 w,
                           GCancellable         *cancellable,
                           GError              **error);

/**
 * limn_vae_decode:
 * @z: [n, latent_channels, h, w], NCHW, unscaled
 * @taps: (nullable)
 * @rgba: (out) (nullable): n pictures of w * factor x h * factor pixels: R, G, B, 255; rounded to nearest
 * @rgb: (out) (nullable): [n, 3, h * factor, w * factor], NCHW, about -1..1, not clamped
 *
 * Waits for the GPU. Fails as limn_graph_run() does.
 */
gboolean limn_vae_decode  (LimnVae              *vae,
                           guint                 n,
                           guint                 h,
                           guint                 w,
                           const float          *z,
                           LimnTaps             *taps,
                           GCancellable         *cancellable,
                           guint8               *rgba,
                           float                *rgb,
                           GError              **error);

/** limn_vae_has_overflowed: whether the picture decoded last had values that are no finite numbers: black in its @rgba. */
gboolean limn_vae_has_overflowed (LimnVae       *vae);

/**
 * limn_vae_encode:
 * @h, @w: of the latent; the picture is factor times as large
 * @rgb: [n, 3, h * factor, w * factor], NCHW, -1..1
 * @mean, @logvar: (out): [n, latent_channels, h, w], NCHW, unscaled; the log variance clamped to -30..20
 */
gboolean limn_vae_encode  (LimnVae              *vae,
                           guint                 n,
                           guint                 h,
                           guint                 w,
                           const float          *rgb,
                           LimnTaps             *taps,
                           GCancellable         *cancellable,
                           float                *mean,
                           float                *logvar,
                           GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnVae, limn_vae_free)

G_END_DECLS
