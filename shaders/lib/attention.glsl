// SPDX-License-Identifier: GPL-3.0-or-later
// attention.glsl - what attention_lanes.comp and attention_tile.comp share
//
//   y[t] = sum over s of softmax_s (scale q[t] . k[s]) v[s]      for each sample and head
//
// q, y    [N, T, heads * D]; k, v [N, S, heads * D]; D = 4 * width texels
// Keys pass by in blocks. With m the largest score so far, l the sum of exp (score - m) and o the sum of
// exp (score - m) v, a block with a larger score rescales l and o by exp (m - m') (Milakov & Gimelshein 2018).
// A group computes SLICE texels of the head's output; scores are computed anew for each slice.
// sum     dot products ascending in d, o and l ascending in s; slabs and slices change nothing. The two kernels rescale at
//         different keys, so they differ in the last digits: which one runs is fixed by the class of device
layout (std140, binding = 0) uniform Params
{
  uint rows;        // T of this dispatch
  uint first_row;   // of this dispatch in T, for the causal mask
  uint keys;        // of this dispatch
  uint first_key;   // of this dispatch in S
  uint width;       // D in texels
  uint slices;      // of a head
  uint causal;
  float scale;
  int q_base;
  int q_pitch;
  int q_sample;     // texels from sample to sample
  int k_base;
  int k_pitch;
  int k_sample;
  int v_base;
  int v_pitch;
  int v_sample;
  uint y_base;
  uint y_pitch;
  uint y_sample;
  int state_in;     // -1: begins
  int state_out;    // -1: ends
  uint state_pitch;
};
// Where keys are too many for one binding they come in several dispatches (CARRY 1), and m, l and o travel between them:
// for each row, head and slice SLICE texels of o, then (m, l).
layout (binding = 1) uniform samplerBuffer q;
layout (binding = 2) uniform samplerBuffer k;
layout (binding = 3) uniform samplerBuffer v;

#include "lib/store.glsl"
layout (std430, binding = 4) writeonly restrict buffer Y { STORE_TYPE y[]; };
#ifndef CARRY
#define CARRY 0
#endif
#if CARRY
layout (binding = 5) uniform samplerBuffer old_state;
layout (std430, binding = 6) writeonly restrict buffer NewState { vec4 new_state[]; };
#endif

// Smaller than any score, and far from overflow when subtracted from one.
#define MASKED -1e30

// Keys of this dispatch that @row may see, at most; the rest are masked or left out.
uint
seen_keys (uint row)
{
  return causal == 0u ? keys : uint (clamp (int (first_row + row) + 1 - int (first_key), 0, int (keys)));
}

uint
state_texel (uint row)
{
  return row * state_pitch + gl_WorkGroupID.y * uint (SLICE + 1);
}
