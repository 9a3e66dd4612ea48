// SPDX-License-Identifier: GPL-3.0-or-later
// winograd_weights.comp - G g G^T of 3 x 3 filters, while a convolution runs: one item, the filters of one input for 4 outputs
//
// x       panels as LimnWeights lays them out, [panel][9][k][16]
// y       F32 [36][panels][k][16]: panels again, of the 36 products in the middle; see lib/winograd.glsl
// items   panels * k * 4; neighbours along the columns, then along k
// defines WG
layout (local_size_x = WG) in;

#include "lib/items.glsl"
layout (std140, binding = 0) uniform Params
{
  uint items;        // of this dispatch
  uint plane;        // texels of one tap, or place, of a panel
  uint panels;       // of this dispatch
  uint first_place;  // that is stored
  uint places;
  int x_base;
  uint y_base;
};
layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly restrict buffer Y { vec4 y[]; };

// G applied to three values: rows of
//    1/4     0     0
//   -1/6  -1/6  -1/6
//   -1/6   1/6  -1/6
//   1/24  1/12   1/6
//   1/24 -1/12   1/6
//      0     0     1
void
transform (vec4 a, vec4 b, vec4 c, out vec4 r[6])
{
  vec4 even = (a + c) * (1.0 / 6.0);
  vec4 odd = b * (1.0 / 6.0);
  vec4 even2 = a * (1.0 / 24.0) + c * (1.0 / 6.0);
  vec4 odd2 = b * (1.0 / 12.0);

  r[0] = a * 0.25;
  r[1] = -even - odd;
  r[2] = odd - even;
  r[3] = even2 + odd2;
  r[4] = even2 - odd2;
  r[5] = c;
}

void
main ()
{
  uint item = item_index ();
  uint panel = min (item, items - 1u) / plane;
  uint at = min (item, items - 1u) % plane;
  vec4 half_way[3][6];

  for (int i = 0; i < 3; i++)
    {
      int from = x_base + int ((panel * 9u + uint (i)) * plane + at);

      // g is [row][column]; the column of three rows goes first.
      transform (texelFetch (x, from), texelFetch (x, from + 3 * int (plane)), texelFetch (x, from + 6 * int (plane)), half_way[i]);
    }
  if (item >= items)
    return;
  for (int i = 0; i < 6; i++)
    {
      vec4 u[6];

      transform (half_way[0][i], half_way[1][i], half_way[2][i], u);
      for (int j = 0; j < 6; j++)
        {
          uint place = uint (i * 6 + j) - first_place;

          if (place < places)
            y[y_base + (place * panels + panel) * plane + at] = u[j];
        }
    }
}
