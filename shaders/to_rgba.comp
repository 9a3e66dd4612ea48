// SPDX-License-Identifier: GPL-3.0-or-later
// to_rgba.comp - pixels from a decoded latent: R in the lowest byte, A = 255, or 0 where a channel is no finite number
//
// x      [pixels, 3], -1..1
// y      [pixels] packed
// items  pixels: here a row is one texel wide
// defines: WG, TEXELS (lib/rows.glsl)
layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint x_base;
  uint x_pitch;
  uint y_base;
};

#include "lib/rows.glsl"

layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly buffer Y { uint y[]; };

void
main ()
{
  FOR_EACH_TEXEL
    {
      vec3 value = texelFetch (x, int (x_base + row * x_pitch)).xyz;
      uvec3 bytes = uvec3 (floor (255.0 * clamp ((value + 1.0) * 0.5, 0.0, 1.0) + 0.5));
      /* The bits are looked at, since a compiler may take it for granted that there is no infinity. */
      bool finite = all (notEqual (floatBitsToUint (value) & uvec3 (0x7f800000u), uvec3 (0x7f800000u)));

      y[y_base + row] = finite ? bytes.x | (bytes.y << 8) | (bytes.z << 16) | 0xff000000u : 0u;
    }
}
