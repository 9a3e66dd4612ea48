/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * LimnResampleKernel:
 * @LIMN_RESAMPLE_LANCZOS: sinc (x) sinc (x / 3), |x| < 3: sharp; it overshoots at edges
 * @LIMN_RESAMPLE_TENT: linear interpolation: for masks, never outside of what was there
 *
 * Where the result is smaller, the kernel is as much wider.
 */
typedef enum
{
  LIMN_RESAMPLE_LANCZOS,
  LIMN_RESAMPLE_TENT,
} LimnResampleKernel;

/**
 * LimnResampleAxis:
 * @size: pixels that there are
 * @start: where the result's first pixel begins, in those pixels; may be outside
 * @step: pixels from one of the result to the next; more than 0
 * @count: pixels of the result
 *
 * Pixel i of the result has its centre at @start + (i + 0.5) * @step; pixel j of what there is at j + 0.5. What lies outside is
 * the mirror image: pixel -1 is pixel 0.
 */
typedef struct
{
  guint  size;
  double start;
  double step;
  guint  count;
} LimnResampleAxis;

/**
 * limn_resample:
 * @from: [y->size, x->size, n_channels]
 * @to: (out): [y->count, x->count, n_channels]
 *
 * Each value is the weighted sum of those around it, weights adding up to 1: a flat area stays what it is. Rows first, then columns, sums in
 * float in the order of the pixels. Where an axis neither moves by fractions nor scales it is copied. Any thread.
 */
void       limn_resample          (const float            *from,
                                   float                  *to,
                                   const LimnResampleAxis *x,
                                   const LimnResampleAxis *y,
                                   guint                   n_channels,
                                   LimnResampleKernel      kernel);

/**
 * limn_image_resample:
 *
 * @image at another size, in its format. Colours are weighed by alpha; in the stored (gamma) values, which PERFORMANCE.md measures as the better. Fails where limn_image_new() does.
 * Returns: (transfer full): @image itself, with one more reference, where it has that size.
 */
LimnImage *limn_image_resample    (LimnImage              *image,
                                   guint                   width,
                                   guint                   height,
                                   LimnResampleKernel      kernel,
                                   GError                **error);

G_END_DECLS
