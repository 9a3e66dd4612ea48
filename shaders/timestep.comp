// SPDX-License-Identifier: GPL-3.0-or-later
// timestep.comp - y[n] = (sin (t[n] f), cos (t[n] f)), or cosines first
//
// t            [N] a value in each row's first column
// frequencies  [half]
// y            [N, 2 half]; half need not be a multiple of 4, hence value by value
//
// Angles reach 999, where GLSL promises nothing for sin() and cos(): the angle is reduced to -pi/4 .. pi/4 here in three
// parts (Cody & Waite 1980) and the functions are polynomials (least maximum error, as in Moshier's Cephes sinf, cosf).
// items  texels of y
// defines: STORE_F16, FLIP (default 0), WG, TEXELS (lib/rows.glsl)
#ifndef FLIP
#define FLIP 0
#endif

layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint half_c;
  uint t_base;
  uint t_pitch;
  uint frequencies_base;
  uint y_base;
  uint y_pitch;
};

#include "lib/rows.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform samplerBuffer t;
layout (binding = 2) uniform samplerBuffer frequencies;
layout (std430, binding = 3) writeonly buffer Y { STORE_TYPE y[]; };

// sin (angle + quarters * pi / 2)
float
sine (float angle, int quarters)
{
  precise float turn = roundEven (angle * 0.63661977);
  // pi / 2 in parts of few bits, so that their products with turn are exact
  precise float r = ((angle - turn * 1.5703125) - turn * 4.83751296997e-4) - turn * 7.549789415861596e-8;
  float z = r * r;
  int quadrant = (int (turn) + quarters) & 3;
  float s = r + r * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - z * 1.9515295891e-4));
  float c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  float value = (quadrant & 1) == 0 ? s : c;

  return quadrant < 2 ? value : -value;
}

void
main ()
{
  FOR_EACH_TEXEL
    {
      float time = texelFetch (t, int (t_base + row * t_pitch)).x;
      vec4 value = vec4 (0.0);

      for (uint i = 0u; i < 4u; i++)
        {
          uint at = column * 4u + i;
          uint k = at < half_c ? at : at - half_c;
          float frequency = texelFetch (frequencies, int (frequencies_base + k / 4u))[k % 4u];

          if (at < 2u * half_c)
            value[i] = sine (time * frequency, (at < half_c) == (FLIP != 0) ? 1 : 0);
        }
      y[y_base + row * y_pitch + column] = store_texel (value);
    }
}
