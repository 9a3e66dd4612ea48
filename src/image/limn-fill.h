/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_fill_holes:
 * @values: (inout): [height, width, n_channels]
 * @known: [height, width], 0..1: how much each pixel is known
 * @n_channels: at most 4
 *
 * Where a pixel is not known it becomes a smooth continuation of what is known around it, the finer the nearer; where it is half known, as much
 * of that as is missing. Known pixels stay exactly. Without any known pixel all become 0.
 *
 * Means over blocks of two by two, weighed by what is known, are taken until all is known; on the way back each level fills what is
 * missing by linear interpolation of the coarser one. Linear time; 4/3 of the memory of @values. Any thread.
 *
 * Source: Gortler et al., The Lumigraph, 1996, section 3.3 (push and pull).
 */
void limn_fill_holes (float       *values,
                      const float *known,
                      guint        width,
                      guint        height,
                      guint        n_channels);

G_END_DECLS
