// SPDX-License-Identifier: GPL-3.0-or-later
// attention_tile.comp - attention with blocks of keys and values staged through shared memory
//
// For hardware: each invocation has one row of queries; a block of BLOCK keys, and their values, is brought in by the
// whole group and read by all of it.
//
// items   ceil (rows / GROUP) x heads * slices x N
// shared  BLOCK (STEP + SLICE) vec4
// defines SLICE (texels of a head's output computed by a group), STORE_F16, CARRY
#define GROUP 64
#define BLOCK 16
// Texels of a key that are staged at once.
#define STEP 8
layout (local_size_x = GROUP) in;

#include "lib/attention.glsl"

shared vec4 k_tile[BLOCK][STEP];
shared vec4 v_tile[BLOCK][SLICE];

void
main ()
{
  uint me = gl_LocalInvocationID.x;
  uint row = gl_WorkGroupID.x * uint (GROUP) + me;
  uint head = gl_WorkGroupID.y / slices;
  uint first = gl_WorkGroupID.y % slices * uint (SLICE);
  int sample_index = int (gl_WorkGroupID.z);
  int q_row = q_base + sample_index * q_sample + int (head * width) + int (min (row, rows - 1u)) * q_pitch;
  int k_at = k_base + sample_index * k_sample + int (head * width);
  int v_at = v_base + sample_index * v_sample + int (head * width + first);
  uint visible = seen_keys (row);
  float most = MASKED;
  float total = 0.0;
  vec4 o[SLICE];
  // The last row's, so that all of the group meet the same barriers.
  uint seen = seen_keys ((gl_WorkGroupID.x + 1u) * uint (GROUP) - 1u);

  for (int d = 0; d < SLICE; d++)
    o[d] = vec4 (0.0);
#if CARRY
  if (state_in >= 0)
    {
      int at = state_in + int (state_texel (min (row, rows - 1u)));
      vec4 ml = texelFetch (old_state, at + SLICE);

      most = ml.x;
      total = ml.y;
      for (int d = 0; d < SLICE; d++)
        o[d] = texelFetch (old_state, at + d);
    }
#endif

  for (uint s = 0u; s < seen; s += uint (BLOCK))
    {
      float score[BLOCK];
      float larger = most;
      float shrink;

      for (int b = 0; b < BLOCK; b++)
        score[b] = 0.0;
      for (uint e = me; e < uint (BLOCK * SLICE); e += uint (GROUP))
        {
          uint d = min (first + e % uint (SLICE), width - 1u) - first;

          v_tile[e / uint (SLICE)][e % uint (SLICE)] =
            texelFetch (v, v_at + int (min (s + e / uint (SLICE), keys - 1u)) * v_pitch + int (d));
        }
      for (uint d0 = 0u; d0 < width; d0 += uint (STEP))
        {
          uint steps = min (uint (STEP), width - d0);

          for (uint e = me; e < uint (BLOCK * STEP); e += uint (GROUP))
            {
              uint d = min (d0 + e % uint (STEP), width - 1u);

              k_tile[e / uint (STEP)][e % uint (STEP)] =
                texelFetch (k, k_at + int (min (s + e / uint (STEP), keys - 1u)) * k_pitch + int (d));
            }
          barrier ();
          for (uint d = 0u; d < steps; d++)
            {
              vec4 qd = texelFetch (q, q_row + int (d0 + d));

              for (int b = 0; b < BLOCK; b++)
                {
                  vec4 kd = k_tile[b][d];

                  score[b] = fma (qd.x, kd.x, score[b]);
                  score[b] = fma (qd.y, kd.y, score[b]);
                  score[b] = fma (qd.z, kd.z, score[b]);
                  score[b] = fma (qd.w, kd.w, score[b]);
                }
            }
          barrier ();
        }
      for (int b = 0; b < BLOCK; b++)
        {
          score[b] = s + uint (b) >= visible ? MASKED : score[b] * scale;
          larger = max (larger, score[b]);
        }
      shrink = exp (most - larger);
      most = larger;
      total *= shrink;
      for (int b = 0; b < BLOCK; b++)
        {
          score[b] = exp (score[b] - larger);
          total += score[b];
        }
      for (int d = 0; d < SLICE; d++)
        o[d] *= shrink;
      for (int b = 0; b < BLOCK; b++)
        for (int d = 0; d < SLICE; d++)
          o[d] = fma (vec4 (score[b]), v_tile[b][d], o[d]);
      barrier ();
    }

#if CARRY
  if (state_out >= 0)
    {
      uint at = uint (state_out) + state_texel (row);

      if (row < rows)
        {
          for (int d = 0; d < SLICE; d++)
            new_state[at + uint (d)] = o[d];
          new_state[at + uint (SLICE)] = vec4 (most, total, 0.0, 0.0);
        }
      return;
    }
#endif
  if (row < rows)
    for (int d = 0; d < SLICE; d++)
      if (first + uint (d) < width)
        y[y_base + uint (sample_index) * y_sample + row * y_pitch + head * width + first + uint (d)] =
          store_texel (o[d] / total);
}
