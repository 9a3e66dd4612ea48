/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diffusion/limn-sampler.h"

/**
 * LimnTestField:
 *
 * A denoiser known in closed form: x0 is drawn from a mixture of isotropic Gaussians, and
 *
 *   D(x, sigma) = sum_k r_k (s_k^2 x + sigma^2 m_k) / (s_k^2 + sigma^2),  r_k ~ w_k N(x; m_k, (s_k^2 + sigma^2) I)
 *
 * is its posterior mean. limn_test_field_denoise() is a LimnDenoiseFunc over it.
 * @prediction: what it answers with
 * @fail_at: number of the call (from 1) that fails once, or 0
 * @n_calls: calls made
 * @timesteps, @inputs: (nullable): where each call's timestep (double) and input (n doubles) is appended
 * @first_inputs_only: keep the input of the first call of each step only
 * @inputs_in_vp: whether the inputs are kept in VP space, as they come, or in sigma space
 */
typedef struct
{
  guint          n_components;
  gsize          n;
  const double  *means; /* n_components x n */
  const double  *weights;
  const double  *stds;
  LimnPrediction prediction;
  guint          fail_at;
  guint          n_calls;
  GArray        *timesteps;
  GArray        *inputs;
  gboolean       first_inputs_only;
  gboolean       inputs_in_vp;
} LimnTestField;

void     limn_test_field_mean    (const LimnTestField *field, const double *x, double sigma, double *denoised);
gboolean limn_test_field_denoise (gpointer field, const LimnDenoiseInput *input, double *prediction, GError **error);
