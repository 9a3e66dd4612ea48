// SPDX-License-Identifier: GPL-3.0-or-later
// panels.comp - a matrix that was computed, laid out as weights are: one item, one texel
//
// x       [rows, C]
// y       the panels of a product's right side B, [panel][k][16], zeros behind the last row and column
//         TRANSPOSE 0: B = x,   k along the rows of x, panels along its columns
//         TRANSPOSE 1: B = x^T, k along the columns of x, panels along its rows
// items   panels * k_count * 4
// defines WG, STORE_F16, TRANSPOSE
layout (local_size_x = WG) in;

#include "lib/items.glsl"
#include "lib/store.glsl"
layout (std140, binding = 0) uniform Params
{
  uint items;    // of this dispatch
  uint first;    // panel
  uint k;        // rows of a panel, padded
  uint k_first;  // of this dispatch
  uint k_count;
  uint rows;     // of x
  uint x_first;  // row of x that is bound first
  uint c;
  int x_base;
  int x_pitch;
  uint y_base;
};
layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly restrict buffer Y { STORE_TYPE y[]; };

void
main ()
{
  uint item = item_index ();
  uint at = k_first + item / 4u % k_count;
  uint panel = item / 4u / k_count;
  uint column = (first + panel) * 16u + item % 4u * 4u;
  vec4 v = vec4 (0.0);

  if (item >= items)
    return;
#if TRANSPOSE
  if (at < c)
    for (uint i = 0u; i < 4u; i++)
      if (column + i < rows)
        v[i] = texelFetch (x, x_base + int (column + i - x_first) * x_pitch + int (at / 4u))[at % 4u];
#else
  if (at < rows && column < c)
    v = clip_columns (texelFetch (x, x_base + int (at - x_first) * x_pitch + int (column / 4u)), column, c);
#endif
  y[y_base + (panel * k + at) * 4u + item % 4u] = store_texel (v);
}
