// SPDX-License-Identifier: GPL-3.0-or-later
// add.comp - y = a + b
//
// a, b, y  [rows, c], any pitch; y may be a or b: an item reads a texel before it alone writes it
// defines: STORE_F16, WG, TEXELS (lib/rows.glsl)
layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint c;
  uint a_base;
  uint a_pitch;
  uint b_base;
  uint b_pitch;
  uint y_base;
  uint y_pitch;
};

#include "lib/rows.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform samplerBuffer a;
layout (binding = 2) uniform samplerBuffer b;
layout (std430, binding = 3) writeonly buffer Y { STORE_TYPE y[]; };

void
main ()
{
  FOR_EACH_TEXEL
    {
      vec4 value = texelFetch (a, int (a_base + row * a_pitch + column))
                   + texelFetch (b, int (b_base + row * b_pitch + column));

      y[y_base + row * y_pitch + column] = store_texel (clip_columns (value, column * 4u, c));
    }
}
