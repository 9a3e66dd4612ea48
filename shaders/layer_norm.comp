// SPDX-License-Identifier: GPL-3.0-or-later
// layer_norm.comp - y = gamma (x - mean) / sqrt (var + eps) + beta for each row
//
// x, y   [rows, C]; y may be x: an item has a row to itself
// items  rows; an item goes along its row twice
//
// The first pass sums values shifted by the row's first, which is in the sum of squares itself: the subtraction at the
// end loses at most a factor of 1 + C in precision whatever the data.
// order  texels ascending; the four channels of a texel add up last
// defines: STORE_F16, WG (default 64)
#ifndef WG
#define WG 64
#endif
layout (local_size_x = WG) in;

layout (std140, binding = 0) uniform Params
{
  uint n_items;
  uint width;
  uint c;
  uint x_base;
  uint x_pitch;
  uint gamma_base;
  uint beta_base;
  uint y_base;
  uint y_pitch;
  float eps;
};

#include "lib/items.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform samplerBuffer x;
layout (binding = 2) uniform samplerBuffer gamma;
layout (binding = 3) uniform samplerBuffer beta;
layout (std430, binding = 4) writeonly buffer Y { STORE_TYPE y[]; };

void
main ()
{
  uint row = item_index ();
  int from = int (x_base + row * x_pitch);
  uint to = y_base + row * y_pitch;
  vec4 sums = vec4 (0.0), squares = vec4 (0.0);
  float shift, sum, mean, factor;

  if (row >= n_items)
    return;

  shift = texelFetch (x, from).x;
  for (uint i = 0u; i < width; i++)
    {
      vec4 d = clip_columns (texelFetch (x, from + int (i)) - shift, i * 4u, c);

      sums += d;
      squares += d * d;
    }
  sum = (sums.x + sums.y) + (sums.z + sums.w);
  mean = shift + sum / float (c);
  factor = (squares.x + squares.y) + (squares.z + squares.w) - sum * sum / float (c);
  factor = 1.0 / sqrt (max (factor, 0.0) / float (c) + eps);

  // Not clipped: x, gamma and beta are zero behind the last channel, hence so is the value.
  for (uint i = 0u; i < width; i++)
    y[to + i] = store_texel ((texelFetch (x, from + int (i)) - mean) * factor * texelFetch (gamma, int (gamma_base + i))
                       + texelFetch (beta, int (beta_base + i)));
}
