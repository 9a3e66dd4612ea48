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

/* Steps of a coarse sketch. On two cores of llvmpipe three guided ones of the starter model take 0.2 s at 128 pixels. */
#define LIMN_SKETCH_STEPS 3

/**
 * limn_sketch_request:
 * @request: nothing open
 *
 * What is painted for a sketch of @request at @level, with no latents kept; a coarse one without frames on the way.
 *
 * A coarse one keeps the noise, and so the size, since another size is another picture: only what has more than four times the pixels that the model was
 * made for is painted at about those, and then hints at colours and things, not at where they are. It has LIMN_SKETCH_STEPS steps of DPM++ 2M at trailing timesteps, where @request has more; with a mix of
 * pictures, about so many of the last part of them that its strength asks for. Eight pictures of the starter model, reduced to 16x16 pixels, are 30 of
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
 * limn_sketch_is_half: whether the picture of @sketch, made by limn_sketch_request(), is decoded at half its width and height: what is decoded tells
 * no more than three steps know, and is two thirds of the time on two cores of llvmpipe
 */
gboolean     limn_sketch_is_half  (const LimnRequest      *sketch,
                                   const LimnEngineFacts  *facts,
                                   LimnSketchLevel         level);

/** limn_sketch_is_short: whether @level may be painted between two steps of a job. */
gboolean     limn_sketch_is_short (const LimnRequest     *request,
                                   LimnSketchLevel        level);

G_END_DECLS
