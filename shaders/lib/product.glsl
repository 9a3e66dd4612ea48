// SPDX-License-Identifier: GPL-3.0-or-later
// product.glsl - what matmul_lanes.comp and matmul_tile.comp share: parameters, addressing of x, epilogue
//
//   y[m,n] = epilogue (sum over taps t and channels c of x[row(m,t), c] b[t,c,n])
//
// x       texels of 4 channels; row pitch x_pitch texels
// b       panels of 16 columns [panel][tap][k8 * 8][16], see LimnWeights
// y       row pitch y_pitch texels
// sum     taps outside, channels inside, ascending, one accumulator per output and fma(): all kernels add in this order
// batch   gl_WorkGroupID.z: products that stand x_batch, b_batch, y_batch texels apart (Winograd's)
// defines CONV (0: row m of x; 1: 3x3 neighbourhood of output pixel m), STORE_F16, ACTIVATION,
//         EPILOGUE (0: sum and bias alone; 1: all of it)
layout (std140, binding = 0) uniform Params
{
  uint rows;            // of this dispatch
  uint columns;         // of this dispatch, in texels
  uint k4;              // channels in texels
  uint lane_columns;    // matmul_lanes.comp: LC
  uint tap_first;       // taps of this dispatch; the others come by other dispatches
  uint tap_count;
  int x_base;
  int x_pitch;
  int b_base;
  int b_tap_pitch;      // from tap to tap
  int b_panel_pitch;    // from panel to panel
  uint y_base;
  uint y_pitch;
  int partial_base;     // -1: sums begin at 0
  int partial_pitch;
  int bias_base;        // -1: none; this and the next are at the first column of this dispatch
  int sample_base;      // -1: none
  int sample_pitch;
  int residual_base;    // -1: none
  int residual_pitch;
  int x_batch;
  int b_batch;
  uint y_batch;
  uint first_row;       // of this dispatch, in the whole output
  uint rows_per_sample; // H' W'
  uint out_width;       // W'
  int height;           // of x, before doubling
  int width;
  int stride;
  int padding;          // above and to the left
  int doubling;         // 1: x is doubled by nearest neighbour
  int x_first;          // first row of x that is bound
};
layout (binding = 1) uniform samplerBuffer x;
layout (binding = 2) uniform samplerBuffer b;
layout (binding = 3) uniform samplerBuffer bias;
layout (binding = 4) uniform samplerBuffer sample_bias;
layout (binding = 5) uniform samplerBuffer residual;
layout (binding = 7) uniform samplerBuffer partial;

#include "lib/store.glsl"
#include "lib/activation.glsl"
layout (std430, binding = 6) writeonly restrict buffer Y { STORE_TYPE y[]; };

// What is known of an output row before the taps: where its pixel's neighbourhood begins.
struct RowPlace
{
  ivec2 corner;
  int sample_row;
};

RowPlace
row_place (uint row)
{
  RowPlace place;
#if CONV
  uint in_sample = (first_row + row) % rows_per_sample;

  place.sample_row = int ((first_row + row) / rows_per_sample) * height * width - x_first;
  place.corner = ivec2 (in_sample % out_width, in_sample / out_width) * stride - padding;
#else
  place.sample_row = int (row);
  place.corner = ivec2 (0);
#endif
  return place;
}

// Texel of x where the row's channels begin, -1 where the tap falls outside of the picture.
int
row_texel (RowPlace place, uint tap)
{
#if CONV
  ivec2 p = place.corner + ivec2 (tap % 3u, tap / 3u);
  bool inside = p.x >= 0 && p.y >= 0 && p.x < width << doubling && p.y < height << doubling;

  p >>= doubling;
  return inside ? x_base + (place.sample_row + p.y * width + p.x) * x_pitch : -1;
#else
  return x_base + place.sample_row * x_pitch;
#endif
}

vec4
x_texel (int at, int k)
{
#if CONV
  vec4 v = texelFetch (x, max (at, 0) + k);

  return at < 0 ? vec4 (0.0) : v;
#else
  return texelFetch (x, at + k);
#endif
}

void
finish (uint row, uint c, vec4 v, vec4 shift)
{
  v += shift;
#if EPILOGUE
  if (sample_base >= 0)
    v += texelFetch (sample_bias, sample_base + int ((first_row + row) / rows_per_sample) * sample_pitch + int (c));
  v = activate (ACTIVATION, v);
  if (residual_base >= 0)
    v += texelFetch (residual, residual_base + int (row) * residual_pitch + int (c));
#endif
  y[y_base + gl_WorkGroupID.z * y_batch + row * y_pitch + c] = store_texel (v);
}
