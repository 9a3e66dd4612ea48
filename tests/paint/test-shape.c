/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-paint.h"

#include <math.h>

/* How often the outline winds around a point. */
static int
winding (const LimnPoint *points, gsize n, double x, double y)
{
  int times = 0;

  for (gsize i = 0; i < n; i++)
    {
      LimnPoint a = points[i], b = points[(i + 1) % n];

      if ((a.y <= y) == (b.y <= y))
        continue;
      if (a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y) > x)
        times += a.y < b.y ? 1 : -1;
    }
  return times;
}

/* Each pixel by 32 x 32 points of it. */
static double
covered (const LimnPoint *points, gsize n, int x, int y)
{
  guint inside = 0;

  for (guint i = 0; i < 32 * 32; i++)
    inside += winding (points, n, x + (i % 32 + 0.5) / 32, y + (i / 32 + 0.5) / 32) != 0;
  return inside / 1024.0;
}

/* Simple outlines have exact edges; those that cross themselves are right wherever one edge at most runs through a
 * pixel. */
static void
test_polygon (void)
{
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 44);
  for (guint round = 0; round < 30; round++)
    {
      gboolean star = round % 2;
      int width = 150, height = 140;
      g_autoptr(LimnMask) mask = limn_mask_new (width, height);
      double cx = random_in (&rng, 0, width), cy = random_in (&rng, 0, height), worst = 0;
      guint8 base = round % 3 * 100, value = round % 4 ? 255 : 0;
      LimnPoint points[9];
      gsize n = 3 + limn_mt19937_next (&rng) % 7;

      for (gsize i = 0; i < n; i++)
        {
          /* Around a centre in order, or crossing each other. */
          double angle = star ? random_in (&rng, 0, 7) : 2 * G_PI * i / n * (round % 3 ? 1 : -1), reach = random_in (&rng, 10, 110);

          points[i] = (LimnPoint){ cx + cos (angle) * reach, cy + sin (angle) * reach };
        }
      limn_mask_fill (mask, base);
      limn_mask_fill_polygon (mask, points, n, value);
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          {
            guint8 now = limn_mask_get_value (mask, x, y);
            double share, expected;

            /* All of the edge, and a part of what lies in and out of it. */
            if ((now == value || now == base) && limn_mt19937_next (&rng) % 32)
              continue;
            share = covered (points, n, x, y);
            expected = base + (value - base) * share;
            if (!star || share == 0 || share == 1)
              worst = MAX (worst, fabs (now - expected));
          }
      /* 32 x 32 points tell an area to about 1/32 at worst where an edge is nearly level: 8 of 255, and 1 for two
       * roundings. */
      g_assert_cmpfloat (worst, <, star ? 1.01 : 9);
    }
}

static void
test_rectangle (void)
{
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 45);
  for (guint round = 0; round < 40; round++)
    {
      g_autoptr(LimnMask) mask = limn_mask_new (270, 200);
      LimnPoint a = { random_in (&rng, -50, 320), random_in (&rng, -50, 250) };
      LimnPoint b = { random_in (&rng, -50, 320), random_in (&rng, -50, 250) };

      if (round % 2)
        {
          a = (LimnPoint){ floor (a.x), floor (a.y) };
          b = (LimnPoint){ floor (b.x), floor (b.y) };
        }
      limn_mask_fill_rectangle (mask, &a, &b, 255);
      for (int y = 0; y < 200; y++)
        for (int x = 0; x < 270; x++)
          {
            double w = MIN (x + 1, MAX (a.x, b.x)) - MAX (x, MIN (a.x, b.x));
            double h = MIN (y + 1, MAX (a.y, b.y)) - MAX (y, MIN (a.y, b.y));
            double expected = 255 * MAX (0, w) * MAX (0, h);

            /* Half a level for rounding, the rest for floats. */
            g_assert_cmpfloat (fabs (limn_mask_get_value (mask, x, y) - expected), <, round % 2 ? 1e-9 : 0.51);
          }
    }
}

/* What is no outline fills nothing, and what is far outside costs nothing. */
static void
test_shape_hostile (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (300, 300);
  const LimnPoint line[] = { { 10, 10 }, { 200, 200 }, { 10, 10 } };
  const LimnPoint odd[] = { { NAN, 3 }, { 10, INFINITY }, { 5, 5 }, { 7, 9 } };
  const LimnPoint around[] = { { -1e300, -1e300 }, { 1e300, -1e300 }, { 1e300, 1e300 }, { -1e300, 1e300 } };
  const LimnPoint beside[] = { { 400, 0 }, { 500, 0 }, { 500, 300 }, { 400, 300 } };

  limn_mask_fill_polygon (mask, line, 3, 255);
  limn_mask_fill_polygon (mask, line, 2, 255);
  limn_mask_fill_polygon (mask, NULL, 0, 255);
  limn_mask_fill_polygon (mask, odd, 4, 255);
  limn_mask_fill_polygon (mask, beside, 4, 255);
  g_assert_false (limn_mask_can_undo (mask));
  limn_mask_fill_polygon (mask, around, 4, 255);
  {
    g_autoptr(LimnMaskState) state = limn_mask_dup_state (mask);

    g_assert_true (limn_mask_state_is_uniform (state, 255));
    g_assert_cmpuint (limn_mask_state_get_bytes (state), ==, 0);
  }
  /* Again is no step. */
  limn_mask_fill_polygon (mask, around, 4, 255);
  g_assert_true (limn_mask_undo (mask));
  g_assert_false (limn_mask_can_undo (mask));
}

void
add_shape_tests (void)
{
  g_test_add_func ("/paint/shape/polygon", test_polygon);
  g_test_add_func ("/paint/shape/rectangle", test_rectangle);
  g_test_add_func ("/paint/shape/hostile", test_shape_hostile);
}
