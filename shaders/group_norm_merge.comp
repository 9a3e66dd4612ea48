// SPDX-License-Identifier: GPL-3.0-or-later
// group_norm_merge.comp - statistics of up to MERGE neighbouring chunks of a sample into those of one larger chunk
//
//   mean = sum of n_i mean_i / n,   m2 = sum of m2_i + n_i (mean_i - mean)^2        (Chan, Golub & LeVeque 1983)
//
// in     [N * chunks, C] twice, chunks of chunk_rows rows (the last of a sample maybe shorter), P rows a sample
// out    [N * ceil (chunks / MERGE), C]
// order  chunks ascending
// items  (chunk of the output, texel of C), texels fastest
// defines: WG (default 64), MERGE (default 16)
#ifndef WG
#define WG 64
#endif
#ifndef MERGE
#define MERGE 16
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint width;
  uint first_chunk;    // of the output
  uint chunks;         // of the input, a sample
  uint merged_chunks;  // of the output, a sample
  uint chunk_rows;
  uint P;
  uint first_in;       // first row of the input that is bound
  uint mean_in_base;
  uint m2_in_base;
  uint mean_base;
  uint m2_base;
};

#include "lib/items.glsl"

layout (binding = 1) uniform samplerBuffer mean_in;
layout (binding = 2) uniform samplerBuffer m2_in;
layout (std430, binding = 3) writeonly buffer Mean { vec4 mean[]; };
layout (std430, binding = 4) writeonly buffer M2 { vec4 m2[]; };

void
main ()
{
  uint item = item_index ();
  uint slab_chunk = item / width;
  uint column = item - slab_chunk * width;
  uint chunk = first_chunk + slab_chunk;
  uint n = chunk / merged_chunks;
  uint begin = (chunk - n * merged_chunks) * uint (MERGE);
  uint end = min (begin + uint (MERGE), chunks);
  uint row = n * chunks - first_in;
  vec4 shift, sum = vec4 (0.0), squares = vec4 (0.0), centre;
  float total = float (min (end * chunk_rows, P) - begin * chunk_rows);

  if (item >= n_items)
    return;

  // Means are taken relative to the first, so that their own rounding stays small beside the deviations.
  shift = texelFetch (mean_in, int (mean_in_base + (row + begin) * width + column));
  for (uint i = begin; i < end; i++)
    {
      float rows = float (min ((i + 1u) * chunk_rows, P) - i * chunk_rows);

      sum += rows * (texelFetch (mean_in, int (mean_in_base + (row + i) * width + column)) - shift);
    }
  centre = sum / total;
  for (uint i = begin; i < end; i++)
    {
      float rows = float (min ((i + 1u) * chunk_rows, P) - i * chunk_rows);
      vec4 d = (texelFetch (mean_in, int (mean_in_base + (row + i) * width + column)) - shift) - centre;

      squares += texelFetch (m2_in, int (m2_in_base + (row + i) * width + column)) + rows * d * d;
    }
  mean[mean_base + item] = shift + centre;
  m2[m2_base + item] = squares;
}
