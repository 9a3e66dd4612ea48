// SPDX-License-Identifier: GPL-3.0-or-later
// attention_lanes.comp - attention with each lane at R rows of queries; keys and values are the same for all lanes
//
// For renderers that run invocations as lanes of one vector. A block of BLOCK keys is fetched for all R rows of a lane. Where the whole of
// a head fits (KEEP_Q: SLICE is its width) the queries are fetched once and for all, too.
//
// items   ceil (rows / (GROUP * R)) x heads * slices x N
// defines R, SLICE (texels of a head's output computed by a group), KEEP_Q, STORE_F16, CARRY
#define GROUP 8
#define BLOCK 4
layout (local_size_x = GROUP) in;

#include "lib/attention.glsl"
#ifndef KEEP_Q
#define KEEP_Q 0
#endif
#if KEEP_Q
#define WIDTH SLICE
#else
#define WIDTH int (width)
#endif

void
main ()
{
  uint row0 = (gl_WorkGroupID.x * uint (GROUP) + gl_LocalInvocationID.x) * uint (R);
  uint head = gl_WorkGroupID.y / slices;
  uint first = gl_WorkGroupID.y % slices * uint (SLICE);
  int sample_index = int (gl_WorkGroupID.z);
  int q_at = q_base + sample_index * q_sample + int (head * width);
  int k_at = k_base + sample_index * k_sample + int (head * width);
  int v_at = v_base + sample_index * v_sample + int (head * width + first);
  int q_row[R];
  float most[R];
  float total[R];
  vec4 o[R][SLICE];
#if KEEP_Q
  vec4 kept[R][SLICE];
#endif
  // Under a causal mask no row of this group sees keys past its last row.
  uint seen = seen_keys ((gl_WorkGroupID.x + 1u) * uint (GROUP * R) - 1u);

  for (int r = 0; r < R; r++)
    {
      q_row[r] = q_at + int (min (row0 + uint (r), rows - 1u)) * q_pitch;
#if KEEP_Q
      for (int d = 0; d < SLICE; d++)
        kept[r][d] = texelFetch (q, q_row[r] + d);
#endif
      most[r] = MASKED;
      total[r] = 0.0;
      for (int d = 0; d < SLICE; d++)
        o[r][d] = vec4 (0.0);
#if CARRY
      if (state_in >= 0)
        {
          int at = state_in + int (state_texel (min (row0 + uint (r), rows - 1u)));
          vec4 ml = texelFetch (old_state, at + SLICE);

          most[r] = ml.x;
          total[r] = ml.y;
          for (int d = 0; d < SLICE; d++)
            o[r][d] = texelFetch (old_state, at + d);
        }
#endif
    }

  for (uint s = 0u; s < seen; s += uint (BLOCK))
    {
      vec4 score[R];
      int k_row[BLOCK];
      int v_row[BLOCK];

      for (int b = 0; b < BLOCK; b++)
        {
          int key = int (min (s + uint (b), keys - 1u));

          k_row[b] = k_at + key * k_pitch;
          v_row[b] = v_at + key * v_pitch;
        }
      for (int r = 0; r < R; r++)
        score[r] = vec4 (0.0);
      for (int d = 0; d < WIDTH; d++)
        {
          vec4 kd[BLOCK];

          for (int b = 0; b < BLOCK; b++)
            kd[b] = texelFetch (k, k_row[b] + d);
          for (int r = 0; r < R; r++)
            {
#if KEEP_Q
              vec4 qd = kept[r][d];
#else
              vec4 qd = texelFetch (q, q_row[r] + d);
#endif

              for (int b = 0; b < BLOCK; b++)
                {
                  score[r][b] = fma (qd.x, kd[b].x, score[r][b]);
                  score[r][b] = fma (qd.y, kd[b].y, score[r][b]);
                  score[r][b] = fma (qd.z, kd[b].z, score[r][b]);
                  score[r][b] = fma (qd.w, kd[b].w, score[r][b]);
                }
            }
        }
      for (int r = 0; r < R; r++)
        {
          uint visible = seen_keys (row0 + uint (r));
          float larger = most[r];
          float shrink;

          for (int b = 0; b < BLOCK; b++)
            {
              score[r][b] = s + uint (b) >= visible ? MASKED : score[r][b] * scale;
              larger = max (larger, score[r][b]);
            }
          shrink = exp (most[r] - larger);
          most[r] = larger;
          total[r] *= shrink;
          for (int b = 0; b < BLOCK; b++)
            {
              score[r][b] = exp (score[r][b] - larger);
              total[r] += score[r][b];
            }
          for (int d = 0; d < SLICE; d++)
            o[r][d] *= shrink;
        }
      for (int d = 0; d < SLICE; d++)
        for (int b = 0; b < BLOCK; b++)
          {
            vec4 vd = texelFetch (v, v_row[b] + d);

            for (int r = 0; r < R; r++)
              o[r][d] = fma (score[r][b].xxxx, vd, o[r][d]);
          }
    }

#if CARRY
  if (state_out >= 0)
    {
      for (int r = 0; r < R; r++)
        if (row0 + uint (r) < rows)
          {
            uint at = uint (state_out) + state_texel (row0 + uint (r));

            for (int d = 0; d < SLICE; d++)
              new_state[at + uint (d)] = o[r][d];
            new_state[at + uint (SLICE)] = vec4 (most[r], total[r], 0.0, 0.0);
          }
      return;
    }
#endif
  for (int r = 0; r < R; r++)
    for (int d = 0; d < SLICE; d++)
      if (row0 + uint (r) < rows && first + uint (d) < width)
        y[y_base + uint (sample_index) * y_sample + (row0 + uint (r)) * y_pitch + head * width + first + uint (d)] =
          store_texel (o[r][d] / total[r]);
}
