// SPDX-License-Identifier: GPL-3.0-or-later
// probe_fma.comp - multiply-adds on registers alone, as a yardstick of arithmetic
//
// CHAINS independent accumulators, a <- a * scale + shift, 32 times a turn. Enough chains to fill the pipeline (two of
// latency four on a processor), few enough to stay in its 16 registers; enough steps a turn that the loop, which costs
// llvmpipe a masked move of every accumulator, hardly counts. The sum is stored so that nothing is optimised away.
// multiply-adds  turns * 32 * CHAINS an item
// defines: WG (default 64), CHAINS (default 8)
#ifndef WG
#define WG 64
#endif
#ifndef CHAINS
#define CHAINS 8
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params { uint n; uint turns; float scale; float shift; };
layout (std430, binding = 1) writeonly buffer Y { float y[]; };

#include "lib/items.glsl"

#define STEP for (int c = 0; c < CHAINS; c++) a[c] = a[c] * scale + shift;
#define STEPS_8 STEP STEP STEP STEP STEP STEP STEP STEP

void
main ()
{
  uint i = item_index ();
  float a[CHAINS];

  for (int c = 0; c < CHAINS; c++)
    a[c] = float (i) + float (c);
  for (uint turn = 0u; turn < turns; turn++)
    {
      STEPS_8 STEPS_8 STEPS_8 STEPS_8
    }
  for (int c = 1; c < CHAINS; c++)
    a[0] += a[c];
  if (i < n)
    y[i] = a[0];
}
