/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* 3x3 convolution of stride 1 as Winograd F(4x4, 3x3); see shaders/lib/winograd.glsl. */

#include "ops/limn-product.h"

G_BEGIN_DECLS

/**
 * limn_winograd_pays:
 *
 * Whether @product, a convolution, is to be computed this way: a function of the class of device and the shape
 * alone, since it changes the last digits of the picture.
 */
gboolean limn_winograd_pays   (const LimnGraph    *graph,
                               const LimnProduct  *product);

/**
 * limn_winograd_record:
 *
 * Transforms the weights if that was not done before (waits for the GPU then).
 */
gboolean limn_winograd_record (LimnGraph          *graph,
                               const LimnProduct  *product,
                               LimnWeights        *weights,
                               GError            **error);

G_END_DECLS
