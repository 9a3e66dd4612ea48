/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-half.h"

#include <math.h>

/* Every half survives the way to float and back; NaN stays NaN. */
static void
test_half_round_trip (void)
{
  for (guint i = 0; i <= 0xffff; i++)
    {
      float value = limn_half_to_float (i);

      if (isnan (value))
        g_assert_true (isnan (limn_half_to_float (limn_half_from_float (value))));
      else
        g_assert_cmphex (limn_half_from_float (value), ==, i);
    }
}

/* Between two neighbours the nearer one is taken, the even one at the middle. */
static void
test_half_rounding (void)
{
  for (guint i = 0; i < 0x7bff; i++)
    {
      float low = limn_half_to_float (i);
      float high = limn_half_to_float (i + 1);
      float middle = (low + high) / 2; /* exact: one more bit than a half has */

      g_assert_cmphex (limn_half_from_float (middle), ==, i + (i & 1));
      g_assert_cmphex (limn_half_from_float (nextafterf (middle, low)), ==, i);
      g_assert_cmphex (limn_half_from_float (nextafterf (middle, high)), ==, i + 1);
      g_assert_cmphex (limn_half_from_float (-middle), ==, (i + (i & 1)) | 0x8000);
    }
  g_assert_cmphex (limn_half_from_float (65519.996f), ==, 0x7bff);
  g_assert_cmphex (limn_half_from_float (65520.0f), ==, 0x7c00);
  g_assert_cmphex (limn_half_from_float (-INFINITY), ==, 0xfc00);
}

static void
test_bf16 (void)
{
  g_assert_cmpfloat (limn_bf16_to_float (0x3f80), ==, 1.0f);
  g_assert_cmpfloat (limn_bf16_to_float (0xc049), ==, -3.140625f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/half/round-trip", test_half_round_trip);
  g_test_add_func ("/base/half/rounding", test_half_rounding);
  g_test_add_func ("/base/bf16", test_bf16);
  return g_test_run ();
}
