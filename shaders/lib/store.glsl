// SPDX-License-Identifier: GPL-3.0-or-later
// store.glsl - writing the texels (4 channels) of an output whose storage is STORE_F16 ? packed halves : floats
//
// The kernel declares its output as
//     layout (std430, binding = n) restrict buffer Y { STORE_TYPE y[]; };
// and writes y[i] = store_texel (v). No two invocations share a word, whatever the storage.
#if STORE_F16
#define STORE_TYPE uvec2

uvec2
store_texel (vec4 v)
{
  return uvec2 (packHalf2x16 (v.xy), packHalf2x16 (v.zw));
}

vec4
load_texel (uvec2 t)
{
  return vec4 (unpackHalf2x16 (t.x), unpackHalf2x16 (t.y));
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
