// SPDX-License-Identifier: GPL-3.0-or-later
// winograd_weights.comp - G g G^T of each 3 x 3 filter, where there is no room to keep that: one item, one place, 4 filters
//
// x       panels of LimnWeights: [panel][9][K][16]
// y       F32 [36][panel][K][16]
// In double and in the order of limn-winograd.c, which makes the same once and keeps it: the same bits.
// items   places * panels * K * 4
// defines WG
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint K;
  uint panels;      // of this dispatch
  uint first_place;
  uint x_base;
  uint y_base;
  uint y_place;     // texels from place to place
};

#include "lib/items.glsl"
layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly restrict buffer Y { vec4 y[]; };

const double G[18] = double[18] (
  1.0lf / 4.0lf, 0.0lf, 0.0lf,
  -1.0lf / 6.0lf, -1.0lf / 6.0lf, -1.0lf / 6.0lf,
  -1.0lf / 6.0lf, 1.0lf / 6.0lf, -1.0lf / 6.0lf,
  1.0lf / 24.0lf, 1.0lf / 12.0lf, 1.0lf / 6.0lf,
  1.0lf / 24.0lf, -1.0lf / 12.0lf, 1.0lf / 6.0lf,
  0.0lf, 0.0lf, 1.0lf);

dvec4
filters (uint panel, uint tap, uint k, uint texel)
{
  return dvec4 (texelFetch (x, int (x_base + ((panel * 9u + tap) * K + k) * 4u + texel)));
}

void
main ()
{
  uint item = item_index ();
  uint texel = item % 4u;
  uint row = item / 4u % (panels * K);
  uint at = item / 4u / (panels * K);
  uint place = first_place + at;
  uint panel = row / K;
  uint k = row % K;
  uint i = place / 6u * 3u;
  uint j = place % 6u * 3u;
  precise dvec4 half_way[3];
  precise dvec4 u;

  if (item >= n_items)
    return;
  for (uint c = 0u; c < 3u; c++)
    half_way[c] = G[i] * filters (panel, c, k, texel) + G[i + 1u] * filters (panel, 3u + c, k, texel) +
                  G[i + 2u] * filters (panel, 6u + c, k, texel);
  u = half_way[0] * G[j] + half_way[1] * G[j + 1u] + half_way[2] * G[j + 2u];
  y[y_base + at * y_place + row * 4u + texel] = vec4 (u);
}
