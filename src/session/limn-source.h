/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-source-plan.h"

G_BEGIN_DECLS

/**
 * LimnSource:
 *
 * The picture that a request starts from, made ready: what the VAE encodes, how much each latent cell may change, and how
 * what was painted goes back into the picture. Without a mask everything changes; where the picture grows and there is no
 * mask, only what is new and what is transparent. Where something changes, what is transparent counts as masked, in proportion,
 * and becomes opaque. With a strength of 0 nothing of the picture changes.
 *
 * Immutable, counted by reference. The same arguments give the same bits. Thread-safety: any.
 */
typedef struct _LimnSource LimnSource;

/**
 * LimnSourceFill:
 * @LIMN_SOURCE_KNOWN: the picture; what is grown or transparent continues its surroundings smoothly
 * @LIMN_SOURCE_INITIAL: the same with the request's masked content, if that is blurred; of the others, noise and empty are no pixels
 * @LIMN_SOURCE_MASKED: the same with grey (0) where the mask is 128 or more: for models for inpainting
 */
typedef enum
{
  LIMN_SOURCE_KNOWN,
  LIMN_SOURCE_INITIAL,
  LIMN_SOURCE_MASKED,
} LimnSourceFill;

/**
 * limn_source_new:
 * @request: with a source, its size not open
 * @picture: any format
 * @mask: (nullable): grey, of @picture's size
 * @file: (nullable): the bytes of the JPEG that @picture was read from, with LIMN_RESTORE_JPEG
 *
 * Fails with LIMN_ERROR_INVALID where mask or file do not fit the picture, and as limn_source_plan_init() does.
 * Takes about 0.2 s a megapixel.
 */
LimnSource           *limn_source_new            (const LimnRequest      *request,
                                                  const LimnEngineFacts  *facts,
                                                  LimnImage              *picture,
                                                  LimnImage              *mask,
                                                  GBytes                 *file,
                                                  GError                **error);
LimnSource           *limn_source_ref            (LimnSource             *source);
void                  limn_source_unref          (LimnSource             *source);

const LimnSourcePlan *limn_source_get_plan       (const LimnSource       *source);
guint                 limn_source_get_width_lt   (const LimnSource       *source);
guint                 limn_source_get_height_lt  (const LimnSource       *source);

/** limn_source_fill_rgb: @rgb: (out): [3, height_lt * factor, width_lt * factor], -1..1, for the VAE's encoder. */
void                  limn_source_fill_rgb       (const LimnSource       *source,
                                                  LimnSourceFill          what,
                                                  float                  *rgb);

/**
 * limn_source_get_strength:
 *
 * [height_lt, width_lt]: how much each cell changes, 0..1: the request's strength times the mean of the mask in the cell, or times its largest
 * value where the mask is thinner than a cell; 1 in a cell that has a grown pixel. Borrowed.
 *
 * Source: Levin & Fried, Differential Diffusion, 2023, for what becomes of it.
 */
const double         *limn_source_get_strength   (const LimnSource       *source);

/** limn_source_get_max_strength: the largest of them; 0: nothing changes, and the result is the source. */
double                limn_source_get_max_strength (const LimnSource     *source);

/** limn_source_get_mask: [height_lt, width_lt]: 1 in a cell with a mask value of 128 or more, else 0: for models for inpainting. Borrowed. */
const float          *limn_source_get_mask       (const LimnSource       *source);

/**
 * limn_source_compose:
 * @work: what was painted: @width_lt * factor by @height_lt * factor pixels, or half of that both ways, any format
 *
 * The result: the bytes of the source (RGBA) where nothing may change; inside the mask @work, its colours matched to the surroundings, and from
 * the mask's edge inwards as much of the old picture as the feather wants; what has grown joins on to the
 * old pixels beside it. Scaling, COLORIZE and JPEG included.
 *
 * About 0.1 s a megapixel that changes, 0.3 s where it has grown. Fails with LIMN_ERROR_SHAPE for another size. Returns: (transfer full)
 */
LimnImage            *limn_source_compose        (const LimnSource       *source,
                                                  LimnImage              *work,
                                                  GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSource, limn_source_unref)

G_END_DECLS
