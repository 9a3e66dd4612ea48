// SPDX-License-Identifier: GPL-3.0-or-later
// winograd_input.comp - B^T d B of each 6 x 6 neighbourhood: one item, one tile, 4 channels
//
// items   tiles * columns; neighbours along the channels
// defines WG
layout (local_size_x = WG) in;

#include "lib/winograd.glsl"
#include "lib/items.glsl"
layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly restrict buffer Y { vec4 y[]; };

// B^T applied to six values: rows of
//   4  0 -5  0  1  0
//   0 -4 -4  1  1  0
//   0  4 -4 -1  1  0
//   0 -2 -1  2  1  0
//   0  2 -1 -2  1  0
//   0  4  0 -5  0  1
void
transform (inout vec4 a, inout vec4 b, inout vec4 c, inout vec4 d, inout vec4 e, inout vec4 f)
{
  vec4 even = e - 4.0 * c;
  vec4 odd = d - 4.0 * b;
  vec4 even2 = e - c;
  vec4 odd2 = 2.0 * (d - b);

  a = 4.0 * a - 5.0 * c + e;
  f = 4.0 * b - 5.0 * d + f;
  b = even + odd;
  c = even - odd;
  d = even2 + odd2;
  e = even2 - odd2;
}

void
main ()
{
  uint item = item_index ();
  uint tile = item / columns;
  uint c = item % columns;
  ivec3 place = tile_place (min (first_tile + tile, first_tile + tiles - 1u));
  int sample_row = place.z * (height >> doubling) * (width >> doubling) - x_first;
  vec4 d[6][6];

  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++)
      {
        ivec2 p = place.xy + ivec2 (j, i) - 1;
        bool inside = p.x >= 0 && p.y >= 0 && p.x < width && p.y < height;
        int row = sample_row + (p.y >> doubling) * (width >> doubling) + (p.x >> doubling);
        vec4 v = texelFetch (x, inside ? x_base + row * x_pitch + int (c) : x_base);

        d[i][j] = inside ? v : vec4 (0.0);
      }
  for (int j = 0; j < 6; j++)
    transform (d[0][j], d[1][j], d[2][j], d[3][j], d[4][j], d[5][j]);
  for (int i = 0; i < 6; i++)
    transform (d[i][0], d[i][1], d[i][2], d[i][3], d[i][4], d[i][5]);
  if (tile >= tiles)
    return;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++)
      y[y_base + (uint (i * 6 + j) * plane + tile) * y_pitch + c] = d[i][j];
}
