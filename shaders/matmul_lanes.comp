// SPDX-License-Identifier: GPL-3.0-or-later
// matmul_lanes.comp - matrix product and 3x3 convolution with all accumulators in registers; no barrier
//
// For renderers that run invocations as lanes of one vector (llvmpipe: 8): a work group is one vector. Its lanes lie
// lane_columns along the columns and GROUP / lane_columns along the rows, chosen per shape so that few lanes idle;
// each computes TM rows by TN columns. A fetched texel of x serves TN products, one of b TM; that, and that a lane
// reads its columns of b in one straight line, sets the speed (PERFORMANCE.md). Two texels of channels a turn, so that
// an accumulator is loaded and stored once for eight products.
//
// items   ceil (rows / (GROUP / lane_columns * TM)) x ceil (columns / (lane_columns * TN / 4)) x batch: rows first, so
//         that the panels of a column are read by all rows while they are in the cache
// defines TM, TN (rows and columns of a lane; TN 4, 8 or 16), those of lib/product.glsl
#define GROUP 8
layout (local_size_x = GROUP) in;

#include "lib/product.glsl"

#define TJ (TN / 4)

void
main ()
{
  uint lane = gl_LocalInvocationID.x;
  uint column = (gl_WorkGroupID.y * lane_columns + lane % lane_columns) * uint (TJ);
  uint row0 = (gl_WorkGroupID.x * (uint (GROUP) / lane_columns) + lane / lane_columns) * uint (TM);
  // A lane past the end computes the last columns or rows once more and stores nothing.
  uint column_in = min (column, (columns - 1u) / uint (TJ) * uint (TJ));
  int b_column = b_base + int (gl_WorkGroupID.z) * b_batch + int (column_in >> 2u) * b_panel_pitch + int (column_in & 3u);
  int x_shift = int (gl_WorkGroupID.z) * x_batch;
  RowPlace place[TM];
  int at[TM];
  vec4 sum[TM][TJ];

  for (int i = 0; i < TM; i++)
    {
      uint row = min (row0 + uint (i), rows - 1u);

      place[i] = row_place (row);
      for (int j = 0; j < TJ; j++)
        sum[i][j] = vec4 (0.0);
      if (partial_base >= 0)
        for (int j = 0; j < TJ; j++)
          sum[i][j] = texelFetch (partial, partial_base + int (row) * partial_pitch + int (column_in) + j);
    }

  for (uint t = 0u; t < tap_count; t++)
    {
      int b_at = b_column + int (t) * b_tap_pitch;

      for (int i = 0; i < TM; i++)
        at[i] = row_texel (place[i], tap_first + t) + x_shift;
      for (uint k = 0u; k < k4; k += 2u)
        {
          // The second texel past the last meets weights of zero.
          int k0 = int (k);
          int k1 = int (min (k + 1u, k4 - 1u));
          vec4 w[8][TJ];

          for (int q = 0; q < 8; q++)
            for (int j = 0; j < TJ; j++)
              w[q][j] = texelFetch (b, b_at + q * 4 + j);
          b_at += 32;
          for (int i = 0; i < TM; i++)
            {
              vec4 v = x_texel (at[i], k0);
              vec4 u = x_texel (at[i], k1);

              for (int j = 0; j < TJ; j++)
                {
                  vec4 s = sum[i][j];

                  s = fma (v.xxxx, w[0][j], s);
                  s = fma (v.yyyy, w[1][j], s);
                  s = fma (v.zzzz, w[2][j], s);
                  s = fma (v.wwww, w[3][j], s);
                  s = fma (u.xxxx, w[4][j], s);
                  s = fma (u.yyyy, w[5][j], s);
                  s = fma (u.zzzz, w[6][j], s);
                  s = fma (u.wwww, w[7][j], s);
                  sum[i][j] = s;
                }
            }
        }
    }

  for (int j = 0; j < TJ; j++)
    {
      uint c = column + uint (j);
      vec4 shift = vec4 (0.0);

      if (bias_base >= 0)
        shift = texelFetch (bias, bias_base + int (min (c, columns - 1u)));
      for (int i = 0; i < TM; i++)
        if (c < columns && row0 + uint (i) < rows)
          finish (row0 + uint (i), c, sum[i][j], shift);
    }
}
