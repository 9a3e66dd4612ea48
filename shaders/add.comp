// SPDX-License-Identifier: GPL-3.0-or-later
// add.comp - y = a + scale b; without a it is 0, without a scale 1
//
// a, b, y  [rows, c], any pitch; y may be a or b: an item reads a texel before it alone writes it
// scale    one texel, of which the first value counts: a tensor and not a uniform, so that a recorded pass serves every strength
// defines: STORE_F16, WG, TEXELS (lib/rows.glsl), SCALED (0, 1)
layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint c;
  uint has_a;
  uint a_base;
  uint a_pitch;
  uint b_base;
  uint b_pitch;
  uint scale_base;
  uint y_base;
  uint y_pitch;
};

#include "lib/rows.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform samplerBuffer a;
layout (binding = 2) uniform samplerBuffer b;
layout (binding = 3) uniform samplerBuffer scale;
layout (std430, binding = 4) writeonly buffer Y { STORE_TYPE y[]; };

void
main ()
{
#if SCALED
  float factor = texelFetch (scale, int (scale_base)).x;
#endif

  FOR_EACH_TEXEL
    {
      vec4 value = texelFetch (b, int (b_base + row * b_pitch + column));

#if SCALED
      value *= factor;
#endif
      if (has_a != 0u)
        value += texelFetch (a, int (a_base + row * a_pitch + column));
      y[y_base + row * y_pitch + column] = store_texel (clip_columns (value, column * 4u, c));
    }
}
