// SPDX-License-Identifier: GPL-3.0-or-later
// activation.glsl - LimnActivation, as numbered there; by define or as a constant, so that the branch costs nothing
#define ACTIVATION_NONE 0
#define ACTIVATION_SILU 1
#define ACTIVATION_QUICK_GELU 2
#define ACTIVATION_GELU 3
#define ACTIVATION_RELU 4

vec4
silu (vec4 x)
{
  return x / (1.0 + exp (-x));
}

vec4
quick_gelu (vec4 x)
{
  return x / (1.0 + exp (-1.702 * x));
}

// x times the normal distribution function, its tail by Abramowitz & Stegun 7.1.26: |error| < 1.5e-7 of erf. The tail
// is made directly and not as 1 + erf, so that large negative x keep their digits.
vec4
gelu (vec4 x)
{
  vec4 z = abs (x) * 0.70710678;
  vec4 t = 1.0 / (1.0 + 0.3275911 * z);
  vec4 tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));

  // 1 - erf (z) = tail * exp (-z^2)
  tail *= 0.5 * exp (-z * z);
  return mix (x - x * tail, x * tail, lessThan (x, vec4 (0.0)));
}

vec4
activate (int activation, vec4 x)
{
  if (activation == ACTIVATION_SILU)
    return silu (x);
  if (activation == ACTIVATION_QUICK_GELU)
    return quick_gelu (x);
  if (activation == ACTIVATION_GELU)
    return gelu (x);
  if (activation == ACTIVATION_RELU)
    return max (x, vec4 (0.0));
  return x;
}
