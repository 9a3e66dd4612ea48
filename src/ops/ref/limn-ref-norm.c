/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/ref/limn-ref.h"

#include <math.h>

void
limn_ref_group_norm (float             *y,
                     const float       *x,
                     const float       *gamma,
                     const float       *beta,
                     gsize              samples,
                     gsize              rows,
                     gsize              c,
                     gsize              groups,
                     double             eps,
                     LimnRefActivation  activation)
{
  gsize per_group = c / groups;

  for (gsize n = 0; n < samples; n++)
    for (gsize g = 0; g < groups; g++)
      {
        double mean = 0.0, variance = 0.0;

        for (gsize row = n * rows; row < (n + 1) * rows; row++)
          for (gsize i = g * per_group; i < (g + 1) * per_group; i++)
            mean += x[row * c + i];
        mean /= rows * per_group;

        for (gsize row = n * rows; row < (n + 1) * rows; row++)
          for (gsize i = g * per_group; i < (g + 1) * per_group; i++)
            variance += (x[row * c + i] - mean) * (x[row * c + i] - mean);
        variance /= rows * per_group;

        for (gsize row = n * rows; row < (n + 1) * rows; row++)
          for (gsize i = g * per_group; i < (g + 1) * per_group; i++)
            y[row * c + i] = limn_ref_activation (
              activation, gamma[i] * (x[row * c + i] - mean) / sqrt (variance + eps) + beta[i]);
      }
}

void
limn_ref_layer_norm (float       *y,
                     const float *x,
                     const float *gamma,
                     const float *beta,
                     gsize        rows,
                     gsize        c,
                     double       eps)
{
  /* One group of all channels, over one row. */
  limn_ref_group_norm (y, x, gamma, beta, rows, 1, c, 1, eps, LIMN_REF_NONE);
}
