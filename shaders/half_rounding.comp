// SPDX-License-Identifier: GPL-3.0-or-later
// half_rounding.comp - what lib/half.glsl makes of floats; tells whether the driver's own packing will do
//
// x  floats; y  the half of each in the low bits, the half of its negative in the high bits
// defines: HALF_EXACT (see lib/half.glsl)
layout (local_size_x = 64) in;

layout (std140, binding = 0) uniform Params { uint n; };
layout (std430, binding = 1) readonly buffer X { float x[]; };
layout (std430, binding = 2) writeonly buffer Y { uint y[]; };

#include "lib/half.glsl"
#include "lib/items.glsl"

void
main ()
{
  uint i = item_index ();

  if (i < n)
    y[i] = pack_half2 (vec2 (x[i], -x[i]));
}
