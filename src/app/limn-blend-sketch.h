/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend-preview.h"

G_BEGIN_DECLS

/** limn_blend_sketch_painter: the preview's sketches are errands of a LimnSession, which is the painter's data. */
extern const LimnBlendPainter limn_blend_sketch_painter;

G_END_DECLS
