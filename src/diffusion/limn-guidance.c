/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-guidance.h"

#include <math.h>

static double
centred_squares (gsize n, const double *values)
{
  double mean = 0, sum = 0;

  for (gsize i = 0; i < n; i++)
    mean += values[i];
  mean /= n;
  for (gsize i = 0; i < n; i++)
    sum += (values[i] - mean) * (values[i] - mean);
  return sum;
}

void
limn_guidance_combine (gsize         n,
                       const double *uncond,
                       const double *cond,
                       double        scale,
                       double        rescale,
                       double       *out)
{
  /* Before anything is written: out may be cond. The divisor of the variance cancels in the ratio. */
  double cond_squares = rescale != 0 ? centred_squares (n, cond) : 0;
  double guided_squares, factor;

  for (gsize i = 0; i < n; i++)
    out[i] = uncond[i] + scale * (cond[i] - uncond[i]);
  if (rescale == 0)
    return;
  guided_squares = centred_squares (n, out);
  if (guided_squares <= 0) /* constant: there is no spread to restore */
    return;
  factor = rescale * sqrt (cond_squares / guided_squares) + (1 - rescale);
  for (gsize i = 0; i < n; i++)
    out[i] *= factor;
}
