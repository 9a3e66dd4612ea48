/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "session/limn-request-source.h"

G_BEGIN_DECLS

/**
 * limn_grow_blend:
 * @mask: (nullable): grey, @width x @height, what may change anyway
 * @source: which sides grow
 * @width, @height: of the picture that grows
 * @n: pixels, 1 or more
 *
 * So that what is added to a picture runs on from it without a seam: @mask, and at each side that grows a ramp, 255 at the edge, 0 from @n pixels
 * inside on; of both the larger. Where no side grows that is @mask, or black.
 *
 * Fails with LIMN_ERROR_OUT_OF_MEMORY. Any thread. Returns: (transfer full): grey
 */
LimnImage *limn_grow_blend (LimnImage                *mask,
                            const LimnRequestSource  *source,
                            guint                     width,
                            guint                     height,
                            guint                     n,
                            GError                  **error);

G_END_DECLS
