// SPDX-License-Identifier: GPL-3.0-or-later
// winograd_output.comp - A^T m A of each 6 x 6 product, then the epilogue: one item, one tile, 4 channels
//
// items   tiles * columns; neighbours along the channels
// defines WG, STORE_F16, ACTIVATION
layout (local_size_x = WG) in;

#include "lib/winograd.glsl"
#include "lib/items.glsl"
#include "lib/store.glsl"
#include "lib/activation.glsl"
#ifndef ACTIVATION
#define ACTIVATION 0
#endif
layout (binding = 1) uniform samplerBuffer x;
layout (std430, binding = 2) writeonly restrict buffer Y { STORE_TYPE y[]; };
layout (binding = 3) uniform samplerBuffer bias;
layout (binding = 4) uniform samplerBuffer sample_bias;
layout (binding = 5) uniform samplerBuffer residual;

// A^T applied to six values, giving four: rows of
//   1  1  1  1  1  0
//   0  1 -1  2 -2  0
//   0  1  1  4  4  0
//   0  1 -1  8 -8  1
void
transform (vec4 a, vec4 b, vec4 c, vec4 d, vec4 e, vec4 f, out vec4 r0, out vec4 r1, out vec4 r2, out vec4 r3)
{
  vec4 sum = b + c;
  vec4 difference = b - c;
  vec4 sum2 = d + e;
  vec4 difference2 = d - e;

  r0 = a + sum + sum2;
  r1 = difference + 2.0 * difference2;
  r2 = sum + 4.0 * sum2;
  r3 = difference + 8.0 * difference2 + f;
}

void
main ()
{
  uint item = item_index ();
  uint tile = item / columns;
  uint c = item % columns;
  ivec3 place = tile_place (min (first_tile + tile, first_tile + tiles - 1u));
  int sample_row = place.z * height * width - y_first;
  int at = x_base + int (min (tile, tiles - 1u)) * x_pitch + int (c);
  vec4 shift = vec4 (0.0);
  vec4 half_way[4][6];

  for (int j = 0; j < 6; j++)
    {
      vec4 m[6];

      for (int i = 0; i < 6; i++)
        m[i] = texelFetch (x, at + (i * 6 + j) * int (plane) * x_pitch);
      transform (m[0], m[1], m[2], m[3], m[4], m[5], half_way[0][j], half_way[1][j], half_way[2][j], half_way[3][j]);
    }
  if (tile >= tiles)
    return;
  if (bias_base >= 0)
    shift = texelFetch (bias, bias_base + int (c));
  if (sample_base >= 0)
    shift += texelFetch (sample_bias, sample_base + place.z * sample_pitch + int (c));
  for (int i = 0; i < 4; i++)
    {
      vec4 r[4];

      transform (half_way[i][0], half_way[i][1], half_way[i][2], half_way[i][3], half_way[i][4], half_way[i][5],
                 r[0], r[1], r[2], r[3]);
      for (int j = 0; j < 4; j++)
        if (place.x + j < width && place.y + i < height)
          {
            int row = sample_row + (place.y + i) * width + place.x + j;
            vec4 v = activate (ACTIVATION, r[j] + shift);

            if (residual_base >= 0)
              v += texelFetch (residual, residual_base + row * residual_pitch + int (c));
            y[y_base + uint (row) * y_pitch + c] = store_texel (v);
          }
    }
}
