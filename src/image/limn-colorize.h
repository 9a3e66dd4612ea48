/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * limn_image_colorize:
 * @lightness: what is there: of each pixel its L* counts, whatever its colour
 * @colours: of the same size: of each pixel its a* and b* count, whatever its lightness
 *
 * L* from the one, a* and b* from the other; where sRGB has no such colour it is as much paler as it must be, never lighter or darker.
 * Rounding to 8 bits leaves L* within 0.15 RMS. Alpha is @lightness's own.
 *
 * Fails with LIMN_ERROR_SHAPE where sizes differ. Any thread; below 1 s a megapixel. Returns: (transfer full)
 */
LimnImage *limn_image_colorize (LimnImage  *lightness,
                                LimnImage  *colours,
                                GError    **error);

G_END_DECLS
