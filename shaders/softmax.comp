// SPDX-License-Identifier: GPL-3.0-or-later
// softmax.comp - x = exp (scale x - m) / sum exp (scale x - m) for each row, m the largest scale x of it; in place
//
// x      F32 [rows, C]; zeros are written behind the last column, where weights of zero wait for them
// items  rows; an item goes along its row three times
// order  texels ascending in each of four sums a turn, which add up last
// defines WG
layout (local_size_x = WG) in;

#include "lib/items.glsl"
#include "lib/store.glsl"
layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint width;   // texels of a row
  uint c;
  int x_base;
  int x_pitch;
  uint y_base;
  uint y_pitch;
  float scale;
};
layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly buffer Y { vec4 y[]; };

// Texels a turn: llvmpipe ends loops after 65535 turns of an item in all, and a row may have 262144 scores (4096 x 4096 pixels).
#define TURN 4u
#define MASKED -1e30

vec4
score (int from, uint i)
{
  vec4 v = texelFetch (x, from + int (min (i, width - 1u))) * scale;

  return mix (vec4 (MASKED), v, lessThan (uvec4 (i * 4u) + uvec4 (0u, 1u, 2u, 3u), uvec4 (c)));
}

void
main ()
{
  uint row = item_index ();
  int from = x_base + int (row) * x_pitch;
  uint to = y_base + row * y_pitch;
  vec4 most = vec4 (MASKED), sums = vec4 (0.0);
  float m, factor;

  if (row >= n_items)
    return;
  for (uint i = 0u; i < width; i += TURN)
    for (uint j = 0u; j < TURN; j++)
      most = max (most, score (from, i + j));
  m = max (max (most.x, most.y), max (most.z, most.w));
  for (uint i = 0u; i < width; i += TURN)
    for (uint j = 0u; j < TURN; j++)
      sums += exp (score (from, i + j) - m);
  factor = 1.0 / ((sums.x + sums.y) + (sums.z + sums.w));
  for (uint i = 0u; i < width; i += TURN)
    for (uint j = 0u; j < TURN; j++)
      if (i + j < width)
        y[to + i + j] = exp (score (from, i + j) - m) * factor;
}
