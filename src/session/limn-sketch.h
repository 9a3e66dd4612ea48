/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine.h"

G_BEGIN_DECLS

/**
 * LimnSketchLevel:
 * @LIMN_SKETCH_COARSE: what is where, in which colours, as soon as can be; its picture may be smaller than the request's
 * @LIMN_SKETCH_FINE: the request's own picture, to the bit
 */
typedef enum
{
  LIMN_SKETCH_COARSE,
  LIMN_SKETCH_FINE,
} LimnSketchLevel;

/* Steps of a coarse sketch: from noise, and from pictures that are mixed, of which much is known already. On two cores of llvmpipe three guided
 * ones of the starter model take 0.12 s at 128 pixels when these have nothing else to do, and the decode 0.1. */
#define LIMN_SKETCH_STEPS 3
#define LIMN_SKETCH_PICTURE_STEPS 2

/* Seconds that a coarse one shall take at most, where software paints: a hand that has stopped is to see something after 0.3, and somebody
 * must first notice that it has, end what is under way, and show what comes. */
#define LIMN_SKETCH_SECONDS 0.24

/**
 * limn_sketch_request:
 * @request: nothing open
 *
 * What is painted for a sketch of @request at @level, with no latents kept; a coarse one without frames on the way.
 *
 * A coarse one keeps the noise, and so the size, since another size is another picture: only what has more than four times the pixels that the model was
 * made for is painted at about those, and then hints at colours and things, not at where they are. It has LIMN_SKETCH_STEPS steps of DPM++ 2M at trailing timesteps, where @request has more; with a mix of
 * pictures, LIMN_SKETCH_PICTURE_STEPS in the part of them that its strength asks for. Eight pictures of the starter model, reduced to 16x16 pixels, are 30 of
 * 255 levels away from their sketches (root of the mean square), and 76 from each other; with the model's own, leading timesteps these would be 42
 * away, and pictures of half the size are no hint at all: see PERFORMANCE.md.
 *
 * A request with a branch or a source is not made coarse: it has its steps.
 *
 * Returns: (transfer full)
 */
LimnRequest *limn_sketch_request (const LimnRequest      *request,
                                  const LimnEngineFacts  *facts,
                                  LimnSketchLevel         level);

/**
 * limn_sketch_needs_half:
 * @seconds: that passed, and will before the decode
 * @decode_seconds: that a decode of all pixels will take
 *
 * Whether the picture of a coarse sketch is decoded at half its width and height, a quarter of the work: where it would be late otherwise. What
 * things are is hardly seen then, where they are is.
 */
gboolean     limn_sketch_needs_half (const LimnRequest     *sketch,
                                     const LimnEngineFacts *facts,
                                     double                 seconds,
                                     double                 decode_seconds);

/** limn_sketch_is_short: whether @level may be painted between two steps of a job. */
gboolean     limn_sketch_is_short (const LimnRequest     *request,
                                   LimnSketchLevel        level);

G_END_DECLS
