// SPDX-License-Identifier: GPL-3.0-or-later
// probe_copy.comp - device-to-device copy, a vec4 an item, as a yardstick of bandwidth
//
// defines: WG (default 256)
#ifndef WG
#define WG 256
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params { uint n; };
layout (std430, binding = 1) readonly buffer X { vec4 x[]; };
layout (std430, binding = 2) writeonly buffer Y { vec4 y[]; };

#include "lib/items.glsl"

void
main ()
{
  uint i = item_index ();

  if (i < n)
    y[i] = x[i];
}
