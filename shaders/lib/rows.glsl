// SPDX-License-Identifier: GPL-3.0-or-later
// rows.glsl - items of element-wise kernels: TEXELS consecutive texels of a matrix of rows, WG items a group
//
//   FOR_EACH_TEXEL { ... row, column (in texels) ... }
//
// Needs the parameters n_texels (rows * width) and width (texels of a row that are computed). One division an item;
// within the item the place is stepped on.
// defines: WG (default 64), TEXELS (default 1): software wants 4 or more, hardware 1, so that neighbours read neighbours
#ifndef WG
#define WG 64
#endif
#ifndef TEXELS
#define TEXELS 1
#endif
layout (local_size_x = WG) in;

#include "lib/items.glsl"

// A fixed count and a guard: software unrolls that, and is a fifth faster than with an end of each item's own.
#define FOR_EACH_TEXEL                                                                                              \
  uint first = item_index () * uint (TEXELS);                                                                       \
  uint row = first / width;                                                                                         \
  uint column = first - row * width;                                                                                \
  for (uint u = 0u; u < uint (TEXELS); u++, column++, row += column == width ? 1u : 0u,                             \
            column = column == width ? 0u : column)                                                                 \
    if (first + u < n_texels)
