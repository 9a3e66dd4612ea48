// SPDX-License-Identifier: GPL-3.0-or-later
// store.glsl - writing the texels (4 channels) of an output whose storage is STORE_F16 ? packed halves : floats
//
// The kernel declares its output as
//     layout (std430, binding = n) restrict buffer Y { STORE_TYPE y[]; };
// and writes y[i] = store_texel (v). No two invocations share a word, whatever the storage. Reading through a
// samplerBuffer needs nothing of the kind: texelFetch converts.
#ifndef STORE_F16
#define STORE_F16 0
#endif

#include "lib/half.glsl"

#if STORE_F16
#define STORE_TYPE uvec2

uvec2
store_texel (vec4 v)
{
  return pack_half4 (v);
}

vec4
load_texel (uvec2 t)
{
  return unpack_half4 (t);
}
#else
#define STORE_TYPE vec4

vec4
store_texel (vec4 v)
{
  return v;
}

vec4
load_texel (vec4 t)
{
  return t;
}
#endif

// Zeros from column c on: what lies behind a row's last column is zero for whoever reads whole texels.
vec4
clip_columns (vec4 value, uint first_column, uint c)
{
  return mix (vec4 (0.0), value, lessThan (uvec4 (first_column) + uvec4 (0u, 1u, 2u, 3u), uvec4 (c)));
}
