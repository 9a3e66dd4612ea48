/* SPDX-License-Identifier: CC0-1.0 */

/* Training-time only: GroupNorm (+ SiLU), LayerNorm and GEGLU, forward and backward, and AdamW with its moving average.
 * Data float32 or bfloat16, parameters float32. PyTorch's own CPU kernels for these are bound by memory and several
 * times slower. Built by fused.py. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline float
load_bf16 (uint16_t value)
{
  uint32_t bits = (uint32_t) value << 16;
  float number;

  memcpy (&number, &bits, sizeof number);
  return number;
}

static inline uint16_t
store_bf16 (float number)
{
  uint32_t bits;

  memcpy (&bits, &number, sizeof bits);
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

/* Abramowitz and Stegun 7.1.26, |error| < 1.5e-7; unlike libm's it vectorises. */
static inline float
erf_approx (float x)
{
  float sign = x < 0 ? -1.0f : 1.0f, z = fabsf (x), t = 1.0f / (1.0f + 0.3275911f * z);
  float p = ((((1.061405429f * t - 1.453152027f) * t) + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f;

  return sign * (1.0f - p * t * expf (-z * z));
}

#define VALUE float
#define LOAD(value) (value)
#define STORE(number) (number)
#define FUNCTION(name) name##_f32
#include "fused_kernels.h"
#undef VALUE
#undef LOAD
#undef STORE
#undef FUNCTION

#define VALUE uint16_t
#define LOAD(value) load_bf16 (value)
#define STORE(number) store_bf16 (number)
#define FUNCTION(name) name##_bf16
#include "fused_kernels.h"

/* One pass of AdamW and the EMA over flat parameters; wd holds the decay per element group. */
void
adamw_ema (float *p,
           const float *g0,
           const float *g1,
           float *m,
           float *v,
           float *ema,
           const float *wd,
           long n,
           float lr,
           float b1,
           float b2,
           float eps,
           float c1,
           float c2,
           float gscale,
           float d)
{

#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++)
    {
      float g = (g0[i] + g1[i]) * gscale;
      float mm = m[i] = b1 * m[i] + (1 - b1) * g, vv = v[i] = b2 * v[i] + (1 - b2) * g * g;
      float q = p[i] * (1 - lr * wd[i]) - lr * (mm / c1) / (sqrtf (vv / c2) + eps);
      p[i] = q;
      ema[i] = d * ema[i] + (1 - d) * q;
    }
}
