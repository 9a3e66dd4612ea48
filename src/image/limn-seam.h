/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/* Lines beside a mask's edge on each side that are measured; in pixels. */
#define LIMN_SEAM_LINES 8

/**
 * LimnSeam:
 * @edge: mean CIEDE2000 of neighbours of which one is inside the mask and one is not
 * @inside, @outside: the same across the lines that run 1, 2, … LIMN_SEAM_LINES pixels beside the edge; NAN where there is no such line
 * @n_pairs: of neighbours across the edge
 *
 * How much a seam stands out: across it colours change more than across the lines beside it.
 */
typedef struct
{
  double  edge;
  double  inside[LIMN_SEAM_LINES];
  double  outside[LIMN_SEAM_LINES];
  guint64 n_pairs;
} LimnSeam;

/**
 * limn_seam_measure:
 * @mask: grey, of @image's size: inside is what is not 0
 *
 * Neighbours are those to the right and below. The lines are level lines of the distance from the edge. Fails with
 * LIMN_ERROR_SHAPE where the sizes differ. Any thread.
 */
gboolean limn_seam_measure   (LimnImage        *image,
                              LimnImage        *mask,
                              LimnSeam         *seam,
                              GError          **error);

/**
 * limn_seam_get_ratio:
 *
 * @edge as a multiple of the median of the lines from the second on (the first still touches the edge), inside and outside; 1 where nothing
 * stands out. NAN where there is no edge.
 */
double   limn_seam_get_ratio (const LimnSeam   *seam);

G_END_DECLS
