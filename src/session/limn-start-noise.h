/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diffusion/limn-noise.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/* The noise that a picture begins with, and the stream that its sampler goes on drawing from. Thread-safety: any. */

/**
 * limn_start_noise_new:
 * @request: nothing open, without a branch
 *
 * The stream of the request's seed; where it mixes noises (LIMN_MIX_NOISE) that of its ends' streams: limn_noise_new_mixed().
 */
LimnNoise *limn_start_noise_new  (const LimnRequest  *request);

/**
 * limn_start_noise_draw:
 * @noise: of limn_start_noise_new(), nothing drawn yet
 * @factor: pixels of a latent cell's side
 * @out: (out): [n_channels, height_lt, width_lt]
 *
 * The first draw: of the seed; turned towards that of the variation seed, limn_slerp_columns(); where the seed has a size of its own, the noise of a
 * picture of that size (variation included) put into the middle of the whole draw, or its middle taken. A mix has that of all its ends.
 * What is drawn next is the same whatever of this there was, but for the seed and the size.
 *
 * Source: ImageRNG in modules/rng.py of stable-diffusion-webui, version 1.10, which rounds the place towards the upper left.
 */
void       limn_start_noise_draw (LimnNoise          *noise,
                                  const LimnRequest  *request,
                                  guint               n_channels,
                                  guint               height_lt,
                                  guint               width_lt,
                                  guint               factor,
                                  double             *out);

G_END_DECLS
