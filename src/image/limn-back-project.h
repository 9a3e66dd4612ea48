/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * limn_image_back_project:
 * @large: a whole number of times as wide and high as @small, the same both ways
 * @small: what it must become when each block of pixels is averaged
 *
 * @large with as smooth a change as brings it there: the detail finer than a pixel of @small is its own, all that is larger is @small's.
 * Means, in the stored values, are off by less than 0.5 of 255 where no colour had to be brought back into 0..255.
 *
 * Fails with LIMN_ERROR_SHAPE for other sizes. About 1 s a megapixel. Any thread. Returns: (transfer full): RGB
 *
 * Source: Irani & Peleg 1991, "Improving resolution by image registration", section 4.
 */
LimnImage *limn_image_back_project (LimnImage  *large,
                                    LimnImage  *small,
                                    GError    **error);

G_END_DECLS
