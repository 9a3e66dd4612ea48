/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-loader.h"
#include "model/limn-model-config.h"
#include "model/limn-pass.h"
#include "model/limn-residuals.h"
#include "model/limn-taps.h"
#include "model/limn-unet-encoder.h"

G_BEGIN_DECLS

/**
 * LimnUnet:
 *
 * UNet2DConditionModel: from a noisy latent, a timestep and a context the noise in it (or v, or x0: what it was
 * trained for).
 *
 * A pass is recorded once for each shape and the last few are kept. Keys and values of the context for all
 * cross-attentions do not change from step to step, so they are computed apart, when the context is another than in
 * the last call.
 *
 * SDXL's also get a vector of what else is to be told of the picture (LimnConditioning), which goes the timestep's way.
 *
 * In F16 the timestep's way through the network and the last convolution are F32 all the same: they cost
 * nothing, and the output is where rounding would show.
 *
 * Thread-safety: owner thread of the GL.
 * Source: Rombach et al. 2022; diffusers' UNet2DConditionModel for the names.
 */
typedef struct _LimnUnet LimnUnet;

/** limn_unet_new: as limn_text_encoder_new(). */
LimnUnet *limn_unet_new     (LimnLoader            *loader,
                             const LimnUnetConfig  *config,
                             LimnArena             *arena,
                             GError               **error);
void      limn_unet_free    (LimnUnet              *unet);

/**
 * limn_unet_plan:
 * @n: samples; @h, @w: of the latent; @tokens: of the context
 *
 * What a pass of this shape needs. Records it, but allocates and computes nothing.
 */
gboolean  limn_unet_plan    (LimnUnet              *unet,
                             guint                  n,
                             guint                  h,
                             guint                  w,
                             guint                  tokens,
                             LimnPassNeed          *need,
                             GError               **error);

/** limn_unet_is_prepared: whether a pass of this shape is kept. */
gboolean  limn_unet_is_prepared (LimnUnet          *unet,
                                 guint              n,
                                 guint              h,
                                 guint              w,
                                 guint              tokens);

/** limn_unet_prepare: records the pass for this shape, to be kept; computes nothing. */
gboolean  limn_unet_prepare (LimnUnet              *unet,
                             guint                  n,
                             guint                  h,
                             guint                  w,
                             guint                  tokens,
                             GError               **error);

/**
 * limn_unet_warm_up: prepares, and runs each kernel of the pass that never ran: see limn_graph_warm_up(). The next run takes no longer than the
 * others.
 */
gboolean  limn_unet_warm_up (LimnUnet              *unet,
                             guint                  n,
                             guint                  h,
                             guint                  w,
                             guint                  tokens,
                             GCancellable          *cancellable,
                             GError               **error);

/**
 * LimnUnetInput: what one pass is given
 * @n: samples; @h, @w: of the latent; @tokens: of the context
 * @x: [n, in_channels, h, w], NCHW
 * @t: [n]: timesteps, maybe fractional
 * @context: [n, tokens, context_width]
 * @vector: (nullable): [n, vector_width]; NULL where the model has none
 * @residuals: (nullable): for samples of this shape: added to the skips and to what comes out of the middle: LimnControlNet
 */
typedef struct
{
  guint          n;
  guint          h;
  guint          w;
  guint          tokens;
  const float   *x;
  const float   *t;
  const float   *context;
  const float   *vector;
  LimnResiduals *residuals;
} LimnUnetInput;

/**
 * limn_unet_run:
 * @taps: (nullable)
 * @y: (out): [n, out_channels, h, w], NCHW; undefined on failure
 *
 * Waits for the GPU. Fails as limn_graph_run() does.
 */
gboolean  limn_unet_run     (LimnUnet              *unet,
                             const LimnUnetInput   *input,
                             LimnTaps              *taps,
                             GCancellable          *cancellable,
                             float                 *y,
                             GError               **error);

/** limn_unet_forget_contexts: after weights were uploaded anew: nothing that was computed with the old ones is used again. */
void      limn_unet_forget_contexts (LimnUnet      *unet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnUnet, limn_unet_free)

G_END_DECLS
