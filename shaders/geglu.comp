// SPDX-License-Identifier: GPL-3.0-or-later
// geglu.comp - y = x[.., 0..C-1] * gelu (x[.., C..2C-1]), gelu with erf
//
// x  [rows, 2 C], y [rows, C]; C a multiple of 4, so that width = C / 4 is also where the second half begins
// defines: STORE_F16, WG, TEXELS (lib/rows.glsl)
layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint x_base;
  uint x_pitch;
  uint y_base;
  uint y_pitch;
};

#include "lib/activation.glsl"
#include "lib/rows.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly buffer Y { STORE_TYPE y[]; };

void
main ()
{
  FOR_EACH_TEXEL
    {
      int at = int (x_base + row * x_pitch + column);

      y[y_base + row * y_pitch + column] = store_texel (texelFetch (x, at) * gelu (texelFetch (x, at + int (width))));
    }
}
