// SPDX-License-Identifier: GPL-3.0-or-later
// matmul_tile.comp - matrix product and 3x3 convolution, tiles staged through shared memory
//
// For hardware: a work group of 16 x 16 invocations computes BM rows by BN columns, 16 channels a turn: all invocations
// load both tiles into shared memory, then each multiplies BM/16 rows by BN/16 columns from there into registers. While
// one turn is computed, the next turn's texels are on their way into registers.
//
// items   ceil (rows / BM) x ceil (columns * 4 / BN) x batch
// shared  16 (BM + 4) + 16 (BN + 4) floats
// defines BM, BN (64 or 128), those of lib/product.glsl
#define GROUP 256
#define BK 16
layout (local_size_x = GROUP) in;

#include "lib/product.glsl"

#define TM (BM / 16)
#define TJ (BN / 64)
// Texels of each tile that one invocation brings in: BM rows (BN/4 columns x 16) of 4 texels over 256 invocations.
#define X_LOADS (BM / 64)
#define B_LOADS (BN / 64)

// Rows of 4 floats more than the tile, so that the 4 x 16 transposing writes meet different banks.
shared float x_tile[BK][BM + 4];
shared vec4 b_tile[BK][BN / 4 + 1];

void
main ()
{
  uint me = gl_LocalInvocationID.x;
  uint tx = me % 16u;
  uint ty = me / 16u;
  uint row0 = gl_WorkGroupID.x * uint (BM);
  uint column0 = gl_WorkGroupID.y * uint (BN / 4);
  int x_shift = int (gl_WorkGroupID.z) * x_batch;
  int b_shift = b_base + int (gl_WorkGroupID.z) * b_batch;
  RowPlace place[X_LOADS];
  vec4 x_next[X_LOADS];
  vec4 b_next[B_LOADS];
  vec4 sum[TM][TJ];
  uint k16 = (k4 + 3u) / 4u;
  uint turns = tap_count * k16;

  for (int l = 0; l < X_LOADS; l++)
    place[l] = row_place (min (row0 + (me >> 2u) + uint (l) * 64u, rows - 1u));
  for (int i = 0; i < TM; i++)
    for (int j = 0; j < TJ; j++)
      {
        uint row = min (row0 + ty + uint (i) * 16u, rows - 1u);
        uint c = min (column0 + tx + uint (j) * 16u, columns - 1u);

        sum[i][j] = vec4 (0.0);
        if (partial_base >= 0)
          sum[i][j] = texelFetch (partial, partial_base + int (row) * partial_pitch + int (c));
      }

  for (uint turn = 0u; turn <= turns; turn++)
    {
      // What the turn before this one fetched is put in its place.
      if (turn > 0u)
        {
          for (int l = 0; l < X_LOADS; l++)
            for (int q = 0; q < 4; q++)
              x_tile[(me & 3u) * 4u + uint (q)][(me >> 2u) + uint (l) * 64u] = x_next[l][q];
          for (int l = 0; l < B_LOADS; l++)
            {
              uint e = me + uint (l) * uint (GROUP);

              b_tile[e / uint (BN / 4)][e % uint (BN / 4)] = b_next[l];
            }
        }
      barrier ();
      if (turn < turns)
        {
          uint tap = turn / k16;
          uint k = turn % k16 * 4u;

          for (int l = 0; l < X_LOADS; l++)
            {
              uint kt = k + (me & 3u);
              vec4 v = x_texel (row_texel (place[l], tap_first + tap) + x_shift * (1 - CONV), int (min (kt, k4 - 1u)));

              x_next[l] = kt < k4 ? v : vec4 (0.0);
            }
          for (int l = 0; l < B_LOADS; l++)
            {
              uint e = me + uint (l) * uint (GROUP);
              uint c = min (column0 + e % uint (BN / 4), columns - 1u);
              uint kk = min (k * 4u + e / uint (BN / 4), ((k4 + 1u) & ~1u) * 4u - 1u);

              b_next[l] = texelFetch (b, b_shift + int (tap) * b_tap_pitch + int (c >> 2u) * b_panel_pitch +
                                         int (kk) * 4 + int (c & 3u));
            }
        }
      if (turn > 0u)
        for (uint q = 0u; q < uint (BK); q++)
          {
            vec4 w[TJ];

            for (int j = 0; j < TJ; j++)
              w[j] = b_tile[q][tx + uint (j) * 16u];
            for (int i = 0; i < TM; i++)
              {
                float v = x_tile[q][ty + uint (i) * 16u];

                for (int j = 0; j < TJ; j++)
                  sum[i][j] = fma (vec4 (v), w[j], sum[i][j]);
              }
          }
      barrier ();
    }

  for (int j = 0; j < TJ; j++)
    {
      uint c = column0 + tx + uint (j) * 16u;
      vec4 shift = vec4 (0.0);

      if (bias_base >= 0)
        shift = texelFetch (bias, bias_base + int (min (c, columns - 1u)));
      for (int i = 0; i < TM; i++)
        {
          uint row = row0 + ty + uint (i) * 16u;

          if (c < columns && row < rows)
            finish (row, c, sum[i][j], shift);
        }
    }
}
