/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * limn_image_scale_down:
 * @factor: at least 1
 *
 * Each pixel is the mean of the @factor x @factor block it covers, rounded to nearest, in the stored
 * (gamma) values; blocks at the right and lower edge are cut off by the image. Colours are weighed by alpha, so that what is
 * transparent does not bleed. The result has ceil (size / @factor) pixels a side.
 */
LimnImage *limn_image_scale_down (LimnImage *image,
                                  guint      factor);

/**
 * limn_image_scale_bilinear:
 * @width, @height: at least 1
 *
 * Linear interpolation between pixel centres, edges repeated; in the stored (gamma) values, each channel by
 * itself. For enlarging; to make an image much smaller, scale it down by a whole factor first.
 * Fails where limn_image_new() does.
 */
LimnImage *limn_image_scale_bilinear (LimnImage *image,
                                      guint      width,
                                      guint      height,
                                      GError   **error);

G_END_DECLS
