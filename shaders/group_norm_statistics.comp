// SPDX-License-Identifier: GPL-3.0-or-later
// group_norm_statistics.comp - mean and centred sum of squares of each channel over a chunk of rows
//
// x      [N * P, C]; P rows a sample, cut into chunks of chunk_rows, the last one maybe shorter
// mean   [N * chunks, C], m2 the same: sum of (x - mean)^2
//
// One pass over values shifted by the chunk's first: since that one is in the sum of squares itself, the subtraction
// at the end loses at most a factor of 1 + chunk_rows in precision whatever the data, and nothing to speak of when
// |mean| >> std, where x - shift is small and mostly exact.
// order  rows ascending
// items  (chunk, texel of C), texels fastest
// defines: WG (default 64)
#ifndef WG
#define WG 64
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint width;
  uint first_chunk;
  uint chunks;
  uint chunk_rows;
  uint P;
  uint first_row;
  uint x_base;
  uint x_pitch;
  uint mean_base;
  uint m2_base;
};

#include "lib/items.glsl"

layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly buffer Mean { vec4 mean[]; };
layout (std430, binding = 3) writeonly buffer M2 { vec4 m2[]; };

void
main ()
{
  uint item = item_index ();
  uint slab_chunk = item / width;
  uint column = item - slab_chunk * width;
  uint chunk = first_chunk + slab_chunk;
  uint n = chunk / chunks;
  uint begin = (chunk - n * chunks) * chunk_rows;
  uint rows = min (chunk_rows, P - begin);
  int at = int (x_base + (n * P + begin - first_row) * x_pitch + column);
  vec4 shift, sum = vec4 (0.0), squares = vec4 (0.0);

  if (item >= n_items)
    return;

  shift = texelFetch (x, at);
  for (uint i = 1u; i < rows; i++)
    {
      vec4 d;

      at += int (x_pitch);
      d = texelFetch (x, at) - shift;
      sum += d;
      squares += d * d;
    }
  mean[mean_base + item] = shift + sum / float (rows);
  m2[m2_base + item] = max (squares - sum * sum / float (rows), 0.0);
}
