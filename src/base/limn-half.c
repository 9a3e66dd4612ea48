/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-half.h"

#include <string.h>

static guint32
bits_of (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static float
float_of (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

guint16
limn_half_from_float (float value)
{
  guint32 bits = bits_of (value);
  guint16 sign = (bits >> 16) & 0x8000;
  guint32 magnitude = bits & 0x7fffffff;

  if (magnitude > 0x7f800000)
    return sign | 0x7e00;
  /* 65520 is half-way between the largest half, 65504, and what would be the next. */
  if (magnitude >= bits_of (65520.0f))
    return sign | 0x7c00;
  /* Below 2^-14 halves are subnormal, multiples of 2^-24: adding 0.5, whose last
   * place is 2^-24, lets the hardware round to that grid. */
  if (magnitude < bits_of (0x1p-14f))
    return sign | (bits_of (float_of (magnitude) + 0.5f) - bits_of (0.5f));
  /* Rebias the exponent from 127 to 15 and round the 13 bits that go. */
  magnitude += 0xfff + ((magnitude >> 13) & 1);
  return sign | ((magnitude - ((127 - 15) << 23)) >> 13);
}

float
limn_half_to_float (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16;
  guint32 exponent = (half >> 10) & 0x1f;
  guint32 mantissa = half & 0x3ff;

  if (exponent == 0)
    return float_of (sign | bits_of (mantissa * 0x1p-24f));
  if (exponent == 31)
    return float_of (sign | 0x7f800000 | (mantissa << 13));
  return float_of (sign | ((exponent + 127 - 15) << 23) | (mantissa << 13));
}

float
limn_bf16_to_float (guint16 bf16)
{
  return float_of ((guint32) bf16 << 16);
}
