/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_guidance_combine:
 * @n: number of elements
 * @uncond, @cond: predictions of the network (epsilon, v or x0, before any conversion) without and with the prompt
 * @scale: w; 1 gives @cond
 * @rescale: phi of 0..1; 0 is plain classifier-free guidance
 * @out: (out): may be @uncond or @cond
 *
 *     g   = uncond + w (cond - uncond)
 *     out = phi g std (cond) / std (g) + (1 - phi) g
 *
 * std over all elements. Pure; any thread. Source: Ho & Salimans 2022; Lin et al. 2023,
 * "Common diffusion noise schedules and sample steps are flawed", section 3.4.
 */
void limn_guidance_combine (gsize         n,
                            const double *uncond,
                            const double *cond,
                            double        scale,
                            double        rescale,
                            double       *out);

G_END_DECLS
