/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_slerp:
 * @n: elements
 * @a, @b: finite
 * @u: 0..1
 * @out: (out): @n; may be @a or @b
 *
 * From @a to @b along the sphere: with the directions a' = a / |a|, b' = b / |b| and the angle w between them
 *
 *   out = l (sin ((1 - u) w) a' + sin (u w) b') / sin w,   l = (1 - u) |a| + u |b|
 *
 * so that the length of what is interpolated is the straight interpolation of the two lengths: noise of the network's own size stays that, whereas
 * the straight mean of two independent draws has 0.71 of it. @u 0 and 1 give @a and @b to the bit, and so do two that are the same. Where the two
 * are parallel, opposite (there is no one way around) or one of them is 0: straight.
 *
 * Thread-safety: any.
 *
 * Source: Shoemake, Animating rotation with quaternion curves, 1985, section 3.3, for the directions.
 */
void limn_slerp         (gsize         n,
                         const double *a,
                         const double *b,
                         double        u,
                         double       *out);

/**
 * limn_slerp_pad:
 * @n_ends: 2 or 4
 * @ends: @n_ends arrays; with 4: the upper row's two, then the lower row's
 * @u, @v: 0..1; @v is not looked at with 2
 * @out: (out): @n; none of @ends
 *
 * limn_slerp() by @u in each row, then by @v from row to row: in a corner that end to the bit, on an edge the slerp of its two.
 */
void limn_slerp_pad     (gsize                n,
                         guint                n_ends,
                         const double *const *ends,
                         double               u,
                         double               v,
                         double              *out);

/**
 * limn_slerp_columns:
 * @n_channels, @height, @width: @a, @b and @out are [n_channels, height, width]
 * @strength: 0..1
 * @out: (out): may be @a or @b
 *
 * What AUTOMATIC1111 makes of a seed's noise @a and a variation seed's @b: each column (one channel, one x, all @height rows) is turned by its own
 * angle w = acos (a . b / (|a| |b|)), and lengths are not looked at:
 *
 *   out = (sin ((1 - strength) w) a + sin (strength w) b) / sin w
 *
 * Where the mean of the cosines is above 0.9995 the two are as good as the same, and it is straight. (AUTOMATIC1111 then takes the ends
 * the other way round; with ends that are the same nobody sees it. And a single column that is parallel to the other's, which is never drawn,
 * gives it NaN; here that one is straight.) Computed in double; PyTorch's own values are floats.
 *
 * Thread-safety: any.
 *
 * Source: slerp() in modules/rng.py of stable-diffusion-webui, version 1.10: dim 1 of noise in the shape C, H, W.
 */
void limn_slerp_columns (guint         n_channels,
                         guint         height,
                         guint         width,
                         const double *a,
                         const double *b,
                         double        strength,
                         double       *out);

G_END_DECLS
