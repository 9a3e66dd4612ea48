// SPDX-License-Identifier: GPL-3.0-or-later
// half.glsl - float16 as a storage format: two halves in a uint, the first in the low bits
//
// To the nearest, ties to even, as IEEE 754 and base/limn-half.c do. GLSL leaves the rounding of packHalf2x16 to the
// driver, and some cut off; with them the program cache sets HALF_EXACT (limn_gl_get_program() tries the driver once)
// and the bits are made here.
#ifndef HALF_EXACT
#define HALF_EXACT 0
#endif

#if HALF_EXACT
uint
half_bits (float value)
{
  uint bits = floatBitsToUint (value);
  uint sign_bit = (bits >> 16) & 0x8000u;
  uint magnitude = bits & 0x7fffffffu;

  if (magnitude > 0x7f800000u)
    return sign_bit | 0x7e00u;
  // 65520, half-way from the largest half to what would be the next
  if (magnitude >= 0x477ff000u)
    return sign_bit | 0x7c00u;
  // Below 2^-14: multiples of 2^-24, which is the last place of 0.5, so that the addition rounds.
  if (magnitude < 0x38800000u)
    return sign_bit | (floatBitsToUint (uintBitsToFloat (magnitude) + 0.5) - 0x3f000000u);
  magnitude += 0xfffu + ((magnitude >> 13) & 1u);
  return sign_bit | ((magnitude - (112u << 23)) >> 13);
}
#endif

uint
pack_half2 (vec2 v)
{
#if HALF_EXACT
  return half_bits (v.x) | (half_bits (v.y) << 16);
#else
  return packHalf2x16 (v);
#endif
}

uvec2
pack_half4 (vec4 v)
{
  return uvec2 (pack_half2 (v.xy), pack_half2 (v.zw));
}

vec4
unpack_half4 (uvec2 v)
{
  return vec4 (unpackHalf2x16 (v.x), unpackHalf2x16 (v.y));
}
