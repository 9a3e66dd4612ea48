// SPDX-License-Identifier: GPL-3.0-or-later
// group_norm_apply.comp - y = activation (gamma (x - mean) / sqrt (var + eps) + beta)
//
// x, y    [N * P, C]; y may be x: an item reads a texel before it alone writes it
// groups  [N * G]: mean, 1 / sqrt (var + eps)
// items   (chunk of chunk_rows rows of a sample, texel of C), texels fastest: the factors are found once an item
// defines: SILU (default 0), STORE_F16, WG (default 64)
#ifndef WG
#define WG 64
#endif
#ifndef SILU
#define SILU 0
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint width;
  uint c;
  uint per_group;
  uint G;
  uint first_chunk;
  uint chunks;
  uint chunk_rows;
  uint P;
  uint first_row;
  uint x_base;
  uint x_pitch;
  uint groups_base;
  uint gamma_base;
  uint beta_base;
  uint y_base;
  uint y_pitch;
};

#include "lib/activation.glsl"
#include "lib/items.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform samplerBuffer x;
layout (binding = 2) uniform samplerBuffer groups;
layout (binding = 3) uniform samplerBuffer gamma;
layout (binding = 4) uniform samplerBuffer beta;
layout (std430, binding = 5) writeonly buffer Y { STORE_TYPE y[]; };

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
  uint row = n * P + begin - first_row;
  int from = int (x_base + row * x_pitch + column);
  uint to = y_base + row * y_pitch + column;
  vec4 mean, factor, offset;

  if (item >= n_items)
    return;

  for (uint i = 0u; i < 4u; i++)
    {
      // Behind the last channel any group will do: gamma and beta are zero there.
      uint g = min (column * 4u + i, c - 1u) / per_group;
      vec4 statistics = texelFetch (groups, int (groups_base + n * G + g));

      mean[i] = statistics.x;
      factor[i] = statistics.y;
    }
  factor *= texelFetch (gamma, int (gamma_base + column));
  offset = texelFetch (beta, int (beta_base + column));

  for (uint i = 0u; i < rows; i++)
    {
      vec4 value = (texelFetch (x, from) - mean) * factor + offset;

#if SILU
      value = silu (value);
#endif
      // Not clipped: x, gamma and beta are zero behind the last channel, hence so is the value.
      y[to] = store_texel (value);
      from += int (x_pitch);
      to += y_pitch;
    }
}
