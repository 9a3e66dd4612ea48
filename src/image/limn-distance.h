/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_distance_transform:
 * @inside: [height, width]: not 0: inside
 * @distance: (out): [height, width]
 *
 * How far the centre of each pixel is from the nearest one outside (Euclidean, exact to float); 0 for those outside themselves; where
 * there is none outside, G_MAXFLOAT. The edge of the array is no outside. Linear time. Any thread.
 *
 * Source: Felzenszwalb & Huttenlocher, Distance Transforms of Sampled Functions, 2012.
 */
void limn_distance_transform (const guint8 *inside,
                              guint         width,
                              guint         height,
                              float        *distance);

G_END_DECLS
