/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pass.h"
#include "model/limn-residuals.h"
#include "model/limn-unet.h"

G_BEGIN_DECLS

/** LIMN_CONTROL_MAX_WIDTHS: resolutions of the hint; one halving between two; real ones have 4. */
#define LIMN_CONTROL_MAX_WIDTHS 8

/**
 * LimnControlConfig: ControlNetModel
 * @unet: the way down and the middle; what it says of the way up means nothing
 * @hint_channels: 3
 * @n_widths, @widths: conditioning_embedding_out_channels: 16, 32, 96, 256
 */
typedef struct
{
  LimnUnetConfig unet;
  guint          hint_channels;
  guint          n_widths;
  guint          widths[LIMN_CONTROL_MAX_WIDTHS];
} LimnControlConfig;

/**
 * LimnControlNet:
 *
 * A copy of a UNet's way down that looks at a picture too, the hint, and tells the UNet what to add to its skips and to its middle:
 *
 *   hint' = 3x3 convolutions with SiLU between them, every second but the last of stride 2
 *   skips, middle = encoder (x, t, context, conv_in + hint')
 *   residual_i += strength * (1x1 of its own) (skip_i), and of the middle likewise
 *
 * What becomes of the hint is kept until another is given: it is the same in all steps.
 *
 * Thread-safety: owner thread of the GL.
 * Source: Zhang et al. 2023, section 3; lllyasviel/ControlNet, cldm/cldm.py; diffusers' ControlNetModel for the names.
 */
typedef struct _LimnControlNet LimnControlNet;

/** limn_control_net_new: as limn_unet_new(). */
LimnControlNet *limn_control_net_new    (LimnLoader               *loader,
                                         const LimnControlConfig  *config,
                                         LimnArena                *arena,
                                         GError                  **error);
void            limn_control_net_free   (LimnControlNet           *net);

/** limn_control_config_get_factor: pixels of the hint per cell of the latent, in each direction: 8. */
guint           limn_control_config_get_factor (const LimnControlConfig *config);

/**
 * limn_control_config_check_fits:
 * @unet: of the model that is to be controlled. It may take more channels than the ControlNet: of a model for inpainting that sees the first ones.
 * @name: what errors call the ControlNet
 *
 * Whether the skips of both are the same. LIMN_ERROR_UNSUPPORTED, saying for what model it was made.
 */
gboolean        limn_control_config_check_fits (const LimnControlConfig  *config,
                                                const LimnUnetConfig     *unet,
                                                const char               *name,
                                                GError                  **error);

/** limn_control_net_plan: what a pass of this shape needs beside the residuals. Records it, but allocates and computes nothing. */
gboolean        limn_control_net_plan   (LimnControlNet           *net,
                                         guint                     n,
                                         guint                     h,
                                         guint                     w,
                                         guint                     tokens,
                                         LimnPassNeed             *need,
                                         GError                  **error);

/**
 * limn_control_net_run:
 * @input: as for the UNet; of @x the first channels of @n_channels count
 * @n_channels: of input's x
 * @hint: [hint_channels, h * factor, w * factor], 0..1, for all samples
 * @strength: what it says is multiplied by this
 * @residuals: (inout): of the UNet's shapes; where they are empty they are written, else added to
 *
 * Waits for the GPU. Fails as limn_graph_run() does; @residuals are undefined then.
 */
gboolean        limn_control_net_run    (LimnControlNet           *net,
                                         const LimnUnetInput      *input,
                                         guint                     n_channels,
                                         const float              *hint,
                                         float                     strength,
                                         LimnResiduals            *residuals,
                                         GCancellable             *cancellable,
                                         GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnControlNet, limn_control_net_free)

G_END_DECLS
