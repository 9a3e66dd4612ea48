/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-brush.h"
#include "paint/limn-mask.h"

G_BEGIN_DECLS

/**
 * LimnSample: one report of a pen or mouse
 * @x, @y: px from the mask's top left corner; may lie outside
 * @pressure: 0 to 1; 1 for a mouse
 */
typedef struct
{
  double x;
  double y;
  double pressure;
} LimnSample;

/**
 * LimnStroke:
 *
 * One stroke of a brush, from the pen's coming down to its leaving. Dabs lie along a centripetal Catmull-Rom curve
 * through the samples, with fractions of pixels, at even distances whatever the speed of the pen. What the curve will
 * be between the last two samples shows only with the next one: until then a provisional piece is drawn, so that paint
 * is always under the pen, and replaced. A stroke's coverage grows to a dab's own at each pixel and no further; the
 * mask becomes
 *
 *     old + (value - old) * opacity * coverage
 *
 * with the mask as it was before the stroke, so that a stroke that crosses itself leaves no darker spot.
 *
 * Thread-safety: owner thread of the mask.
 * Source of the curve: Yuksel, Schaefer, Keyser 2011, "Parameterization and applications of Catmull-Rom curves".
 */
typedef struct _LimnStroke LimnStroke;

/**
 * limn_stroke_new:
 * @line: begins with a straight line from where the last stroke on @mask ended (Shift), drawn with this sample's
 *   pressure
 *
 * Draws the first dab. Any stroke under way on @mask is ended first. Keeps a reference to @mask.
 */
LimnStroke *limn_stroke_new    (LimnMask         *mask,
                                const LimnBrush  *brush,
                                const LimnSample *first,
                                gboolean          line);

/**
 * limn_stroke_add:
 *
 * The samples since the last call, oldest first: tell all that one frame brings at once. Samples that are not finite
 * numbers are passed over. Does nothing once the stroke was ended by another change of the mask.
 */
void        limn_stroke_add    (LimnStroke       *stroke,
                                const LimnSample *samples,
                                gsize             n_samples);

/** limn_stroke_get_n_dabs: that it has drawn, provisional ones included. */
guint64     limn_stroke_get_n_dabs (const LimnStroke *stroke);

/** limn_stroke_end: (transfer full): it becomes a step of the mask's history. */
void        limn_stroke_end    (LimnStroke       *stroke);

/**
 * limn_stroke_cancel: (transfer full): the mask is as if it had never been, unless the stroke was ended by another
 * change before.
 */
void        limn_stroke_cancel (LimnStroke       *stroke);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnStroke, limn_stroke_end)

G_END_DECLS
