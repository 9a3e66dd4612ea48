/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-mask-state.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * What takes a moment on a large mask: from state to state, for any thread. Each returns NULL only when it was
 * cancelled.
 */

/** LIMN_MASK_MAX_GROW, LIMN_MASK_MAX_FEATHER: px. */
#define LIMN_MASK_MAX_GROW 512.0
#define LIMN_MASK_MAX_FEATHER 512.0

/**
 * limn_mask_state_grow:
 * @radius: px, -LIMN_MASK_MAX_GROW to LIMN_MASK_MAX_GROW; negative: shrinks
 *
 * y(p) = max of x(q) over all q with |p - q| <= radius, distances between centres of pixels, exact; min when it
 * shrinks. Greys keep their order, so that a soft edge moves and stays soft. Outside the mask lies nothing that could
 * come in: its edge neither grows nor shrinks.
 */
LimnMaskState *limn_mask_state_grow    (LimnMaskState  *state,
                                        double          radius,
                                        GCancellable   *cancellable);

/**
 * limn_mask_state_feather:
 * @sigma: px, 0 to LIMN_MASK_MAX_FEATHER
 *
 * A Gaussian of standard deviation @sigma, the same in all directions; beyond the mask its edge pixels are repeated.
 * Within one level of 255 of the sum with its true weights. Below 0.3 nothing changes. Takes the same time whatever
 * @sigma is.
 */
LimnMaskState *limn_mask_state_feather (LimnMaskState  *state,
                                        double          sigma,
                                        GCancellable   *cancellable);

/**
 * limn_mask_state_select:
 * @picture: up to LIMN_MASK_MAX_SIDE a side
 * @x, @y: a pixel of it
 * @tolerance: 0 to 255: how far R, G, B or A may be from that pixel's, the largest of the differences
 * @contiguous: only what is joined to the pixel by sides of such pixels; else everywhere
 *
 * Fill by colour. Returns: a mask of the picture's size, 255 where the colour is within the tolerance, else 0; for
 * limn_mask_add_state().
 */
LimnMaskState *limn_mask_state_select  (LimnImage      *picture,
                                        guint           x,
                                        guint           y,
                                        guint           tolerance,
                                        gboolean        contiguous,
                                        GCancellable   *cancellable);

G_END_DECLS
