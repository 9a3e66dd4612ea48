/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diffusion/limn-sampler.h"

G_BEGIN_DECLS

/**
 * LimnInpaint:
 *
 * Painting that sets out from a latent which is known, each cell changing from its own moment on. No sampler knows of it: what it
 * holds is the denoised estimate, in the callback that the sampler takes for the network.
 *
 * Of the N steps from pure noise the last n are done. A cell of strength s is active while of these
 *
 *     steps left <= floor (N s)
 *
 * and before that its denoised estimate is @held, whatever the network says. Since it begins as held + sigma noise, it then is held + sigma noise
 * at every later level, with the sampler's own noise; and what a sampler remembers of former steps fits to that when the cell
 * becomes active. An active cell is what the network says, to the bit. A cell that is active in all N steps begins as pure noise, as a picture
 * from nothing does, and held values under it mean nothing.
 *
 * Immutable. Thread-safety: any.
 * Source: Levin & Fried 2023, "Differential Diffusion" (a strength for each pixel); Lugmayr et al. 2022, RePaint (the known region at the
 * step's level); Meng et al. 2022, SDEdit (the last n steps).
 */
typedef struct _LimnInpaint LimnInpaint;

/**
 * limn_inpaint_count_steps:
 * @n_steps: N
 * @strength: the largest of all cells, 0..1
 *
 * max (1, floor (N s)), as diffusers counts; a product that floating point leaves a little below a whole number counts as that number.
 */
guint        limn_inpaint_count_steps  (guint                   n_steps,
                                        double                  strength);

/**
 * limn_inpaint_needs_held:
 *
 * Whether any cell is not active in all @n_steps; else no held latent is looked at.
 */
gboolean     limn_inpaint_needs_held   (guint                   n_steps,
                                        gsize                   n_cells,
                                        const double           *strength);

/** limn_inpaint_is_ever_active: whether a cell of @strength changes in any of @n_steps. */
gboolean     limn_inpaint_is_ever_active (guint                 n_steps,
                                        double                  strength);

/**
 * limn_inpaint_new:
 * @n_channels: C
 * @n_steps: N
 * @n_last: the steps that the sampler's schedule has: limn_inpaint_count_steps() of the largest strength for a picture of its own. A
 *   schedule that was cut at a level has as many as it has, even one more than N
 * @strength: [@n_cells], 0..1
 * @held: (nullable): [C, @n_cells], scaled as the sampler sees latents; NULL where none is needed
 *
 * Copies both.
 */
LimnInpaint *limn_inpaint_new          (guint                   n_channels,
                                        gsize                   n_cells,
                                        guint                   n_steps,
                                        guint                   n_last,
                                        const double           *strength,
                                        const double           *held);
void         limn_inpaint_free         (LimnInpaint            *inpaint);

/** limn_inpaint_get_held: (nullable) */
const double *limn_inpaint_get_held    (const LimnInpaint      *inpaint);

/**
 * limn_inpaint_start:
 * @sampler: of C * n_cells elements, its schedule the last limn_inpaint_count_steps() steps of all: limn_schedule_new_tail()
 * @noise: C * n_cells unit normal values
 *
 * x = held + noise at the level of the first step; pure noise where a cell is active from the very first.
 */
void         limn_inpaint_start        (const LimnInpaint      *inpaint,
                                        LimnSampler            *sampler,
                                        const double           *noise);

/** limn_inpaint_get_active: @active: (out): [n_cells]: what the network says of this cell counts in the sampler's step @step. */
void         limn_inpaint_get_active   (const LimnInpaint      *inpaint,
                                        guint                   step,
                                        gboolean               *active);

/**
 * limn_inpaint_constrain:
 * @space: of the sampler
 * @kind: what @prediction is
 * @input: of the call, its step counted in the sampler's own steps
 * @prediction: (inout): C * n_cells values, or twice as many, of which only the first half is looked at
 *
 * Replaces the prediction of each cell that is not active by the one from which the sampler gets x0 = held.
 */
void         limn_inpaint_constrain    (const LimnInpaint      *inpaint,
                                        LimnSpace               space,
                                        LimnPrediction          kind,
                                        const LimnDenoiseInput *input,
                                        double                 *prediction);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnInpaint, limn_inpaint_free)

G_END_DECLS
