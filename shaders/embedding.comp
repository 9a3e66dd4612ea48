// SPDX-License-Identifier: GPL-3.0-or-later
// embedding.comp - y[row] = table[ids[row]] + positions[row % T]
//
// ids    [rows] as uint texels
// table  rows table_first .. table_first + table_rows - 1 of the table: a slab that one binding holds
// y      [rows, c]; the slab that begins with row 0 writes every row (without a token where it is another slab's, or
//        nobody's), the others only the rows whose tokens they hold
// defines: STORE_F16, POSITIONS (default 0: there are none), WG, TEXELS (lib/rows.glsl)
#ifndef POSITIONS
#define POSITIONS 0
#endif

layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint c;
  uint T;
  uint ids_base;
  uint table_first;
  uint table_rows;
  uint table_base;
  uint table_pitch;
  uint positions_base;
  uint positions_pitch;
  uint first_row;
  uint y_base;
  uint y_pitch;
};

#include "lib/rows.glsl"
#include "lib/store.glsl"

layout (binding = 1) uniform usamplerBuffer ids;
layout (binding = 2) uniform samplerBuffer table;
#if POSITIONS
layout (binding = 3) uniform samplerBuffer positions;
#endif
layout (std430, binding = 4) writeonly buffer Y { STORE_TYPE y[]; };

void
main ()
{
  FOR_EACH_TEXEL
    {
      // Wraps around for smaller ids, and is then too large as well.
      uint token = texelFetch (ids, int (ids_base + row)).x - table_first;
      bool inside = token < table_rows;
      vec4 value = vec4 (0.0);

      if (inside)
        value = texelFetch (table, int (table_base + token * table_pitch + column));
#if POSITIONS
      value += texelFetch (positions, int (positions_base + (first_row + row) % T * positions_pitch + column));
#endif
      if (inside || table_first == 0u)
        y[y_base + row * y_pitch + column] = store_texel (clip_columns (value, column * 4u, c));
    }
}
