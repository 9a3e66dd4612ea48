// SPDX-License-Identifier: GPL-3.0-or-later
// group_norm_groups.comp - mean and 1 / sqrt (var + eps) of each sample and group, from the statistics of channels
//
// in     [N * chunks, C] twice: see group_norm_merge.comp, whose formula this is once more, over chunks and channels
// out    [N * G] vec4: mean, 1 / sqrt (var + eps), 0, 0
// order  chunks ascending, within them texels ascending; the four channels of a texel add up last
// items  (n, g), g fastest
// defines: WG (default 64)
#ifndef WG
#define WG 64
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint G;
  uint per_group;
  uint width;
  uint chunks;
  uint chunk_rows;
  uint P;
  uint mean_in_base;
  uint m2_in_base;
  uint y_base;
  float eps;
};

#include "lib/items.glsl"

layout (binding = 1) uniform samplerBuffer mean_in;
layout (binding = 2) uniform samplerBuffer m2_in;
layout (std430, binding = 3) writeonly buffer Y { vec4 y[]; };

// 1 for the channels of the texel that are in low .. high - 1
vec4
members (uint texel, uint low, uint high)
{
  uvec4 channel = uvec4 (texel * 4u) + uvec4 (0u, 1u, 2u, 3u);

  return vec4 (greaterThanEqual (channel, uvec4 (low))) * vec4 (lessThan (channel, uvec4 (high)));
}

void
main ()
{
  uint item = item_index ();
  uint n = item / G;
  uint g = item - n * G;
  uint low = g * per_group, high = low + per_group;
  uint first = low / 4u, last = (high - 1u) / 4u;
  int base = int (n * chunks * width);
  float total = float (P) * float (per_group);
  float shift, centre;
  vec4 sum = vec4 (0.0), squares = vec4 (0.0);

  if (item >= n_items)
    return;

  shift = texelFetch (mean_in, int (mean_in_base) + base + int (first))[low % 4u];
  for (uint i = 0u; i < chunks; i++)
    {
      float rows = float (min ((i + 1u) * chunk_rows, P) - i * chunk_rows);

      for (uint texel = first; texel <= last; texel++)
        sum += members (texel, low, high) * rows
               * (texelFetch (mean_in, int (mean_in_base) + base + int (i * width + texel)) - shift);
    }
  centre = ((sum.x + sum.y) + (sum.z + sum.w)) / total;
  for (uint i = 0u; i < chunks; i++)
    {
      float rows = float (min ((i + 1u) * chunk_rows, P) - i * chunk_rows);

      for (uint texel = first; texel <= last; texel++)
        {
          int at = base + int (i * width + texel);
          vec4 d = (texelFetch (mean_in, int (mean_in_base) + at) - shift) - centre;

          squares += members (texel, low, high) * (texelFetch (m2_in, int (m2_in_base) + at) + rows * d * d);
        }
    }
  y[y_base + item] = vec4 (shift + centre,
                           1.0 / sqrt (((squares.x + squares.y) + (squares.z + squares.w)) / total + eps), 0.0, 0.0);
}
