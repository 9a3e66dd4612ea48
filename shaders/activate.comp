// SPDX-License-Identifier: GPL-3.0-or-later
// activate.comp - y = activation (x); with ACTIVATION 0 a copy, which also converts between storages
//
// x, y  [rows, c], any pitch; y may be x: an item reads a texel before it alone writes it
// defines: ACTIVATION (default 0: see lib/activation.glsl), STORE_F16, WG, TEXELS (lib/rows.glsl)
#ifndef ACTIVATION
#define ACTIVATION 0
#endif

layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint c;
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
      vec4 value = texelFetch (x, int (x_base + row * x_pitch + column));

      y[y_base + row * y_pitch + column] = store_texel (clip_columns (activate (ACTIVATION, value), column * 4u, c));
    }
}
