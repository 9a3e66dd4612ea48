// SPDX-License-Identifier: GPL-3.0-or-later
// epilogue.comp - y = activation (x + sample_bias) + residual: what follows a product whose kernel stores bare sums
//
// matmul_lanes.comp has 48 stores in a row; with all of this at each of them its compilation takes three times as
// long, at every first start, and its time hardly changes (PERFORMANCE.md).
// x, y, residual  [rows, c]; y may be either; sample_bias [N, c]
// defines: STORE_F16, WG, TEXELS (lib/rows.glsl)
layout (std140, binding = 0) uniform Params
{
  uint n_texels;
  uint width;
  uint x_base;
  uint x_pitch;
  uint y_base;
  uint y_pitch;
  int sample_base;      // -1: none
  int sample_pitch;
  uint first_row;       // of this dispatch, in the whole output
  uint rows_per_sample;
  int residual_base;    // -1: none
  int residual_pitch;
  int activation;
};

#include "lib/rows.glsl"
#include "lib/store.glsl"
#include "lib/activation.glsl"

layout (binding = 1) uniform samplerBuffer x;
layout (binding = 2) uniform samplerBuffer sample_bias;
layout (binding = 3) uniform samplerBuffer residual;
layout (std430, binding = 4) writeonly buffer Y { STORE_TYPE y[]; };

void
main ()
{
  FOR_EACH_TEXEL
    {
      vec4 v = texelFetch (x, int (x_base + row * x_pitch + column));

      if (sample_base >= 0)
        v += texelFetch (sample_bias,
                         sample_base + int ((first_row + row) / rows_per_sample) * sample_pitch + int (column));
      v = activate (activation, v);
      if (residual_base >= 0)
        v += texelFetch (residual, residual_base + int (row) * residual_pitch + int (column));
      y[y_base + row * y_pitch + column] = store_texel (v);
    }
}
