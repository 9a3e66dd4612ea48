/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/limn-rng.h"
#include "paint/limn-mask-edit.h"
#include "paint/limn-mask-view.h"
#include "paint/limn-stroke.h"

/** random_in: low to high. */
double  random_in       (LimnMt19937 *rng, double low, double high);

/** read_values: (transfer full): width x height bytes of the mask as it is. */
guint8 *read_values     (LimnMask *mask);
guint8 *read_state      (LimnMaskState *state);

/** paint_stroke: all samples at once, to the end. */
void    paint_stroke    (LimnMask *mask, const LimnBrush *brush, const LimnSample *samples, gsize n);

/** paint_random: a stroke of some samples with a brush of any kind up to @max_diameter. */
void    paint_random    (LimnMask *mask, LimnMt19937 *rng, double max_diameter);

/** change_random: any one change that a mask knows but undo. */
void    change_random   (LimnMask *mask, LimnMt19937 *rng);

void    add_edit_tests   (void);
void    add_shape_tests  (void);
void    add_stroke_tests (void);
void    add_view_tests   (void);
