/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "limn-fixtures.h"

#include "diffusion/limn-schedule.h"
#include "formats/limn-safetensors.h"

/* What the checks of samplers/ share. Errors are absolute, divided by the largest number of the tensor where that
 * exceeds 1 (a state begins at 15 or so).
 *
 * Bounds: 1e-9 for what was computed in double, as the fixtures' README says; 1e-4 for trajectories of the
 * family "diffusers", which is float32 inside; 1e-6 for its tables, some ulps of float32. */
#define DOUBLE_BOUND 1e-9
#define FLOAT_BOUND 1e-6
#define DIFFUSERS_BOUND 1e-4

/** (transfer full) (element-type double): @group/@name, or @name where @group is NULL; NULL if there is none. */
GArray *limn_fixtures_read_tensor (const LimnSafetensors *file, const char *group, const char *name);

/** The numbers of an array that limn_fixtures_read_tensor() gave. */
static inline double *
doubles (GArray *array)
{
  return (double *) array->data;
}

/** Worst error over the largest number of @want, or over 1 if that is larger. */
double limn_fixtures_scaled_worst (const double *got, const double *want, gsize n);

/** The same against a tensor; infinity when it has another length. */
double limn_fixtures_compare (const double *got, gsize n, GArray *want);

/** Stable Diffusion's own, but for @betas and @precision. */
LimnAlphas *limn_fixtures_new_alphas (LimnBetas betas, LimnBetasPrecision precision);

/** diffusers' sigma-space schedulers interpolate sigma itself, not its logarithm, between timesteps. */
double limn_fixtures_sigma_at (const LimnAlphas *alphas, double t);
