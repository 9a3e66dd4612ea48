// SPDX-License-Identifier: GPL-3.0-or-later
// probe_fma.comp - multiply-adds on registers alone, as a yardstick of arithmetic
//
// CHAINS independent vec4 accumulators, a <- a * scale + shift, 4 times a turn: enough chains to fill the pipeline of
// any device, few enough to stay in registers. The sum is stored so that nothing is optimised away.
// multiply-adds  turns * 4 * CHAINS * 4 an item
// defines: WG (default 256), CHAINS (default 8)
#ifndef WG
#define WG 256
#endif
#ifndef CHAINS
#define CHAINS 8
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params { uint n; uint turns; float scale; float shift; };
layout (std430, binding = 1) writeonly buffer Y { float y[]; };

#include "lib/items.glsl"

void
main ()
{
  uint i = item_index ();
  vec4 a[CHAINS];

  for (int c = 0; c < CHAINS; c++)
    a[c] = vec4 (float (i) + float (c), 1.0, 2.0, 3.0);
  for (uint turn = 0u; turn < turns; turn++)
    {
      for (int c = 0; c < CHAINS; c++)
        a[c] = a[c] * scale + shift;
      for (int c = 0; c < CHAINS; c++)
        a[c] = a[c] * scale + shift;
      for (int c = 0; c < CHAINS; c++)
        a[c] = a[c] * scale + shift;
      for (int c = 0; c < CHAINS; c++)
        a[c] = a[c] * scale + shift;
    }
  for (int c = 1; c < CHAINS; c++)
    a[0] += a[c];
  if (i < n)
    y[i] = a[0].x + a[0].y + a[0].z + a[0].w;
}
