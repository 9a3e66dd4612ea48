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

/**
 * limn_image_scale_to_fit:
 * @side: at least 1
 *
 * The largest copy of @image with its proportions that fits into @side x @side pixels; at least one pixel either way, never larger
 * than @image, which is returned itself (with one more reference) where it fits already. Each pixel is the mean of
 * the area it covers, in the stored (gamma) values, with fractions of pixels at its edges, so that nothing flickers or
 * moves; colours are weighed by alpha. Reads each pixel once. For thumbnails.
 */
LimnImage *limn_image_scale_to_fit (LimnImage *image,
                                    guint      side);

G_END_DECLS
