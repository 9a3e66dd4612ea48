/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-paint.h"

#include <math.h>
#include <string.h>

static LimnMaskState *
random_state (LimnMt19937 *rng, guint width, guint height)
{
  g_autoptr(LimnMask) mask = limn_mask_new (width, height);

  for (guint i = 0; i < 5; i++)
    paint_random (mask, rng, 40);
  return limn_mask_dup_state (mask);
}

static int
grown_at (const guint8 *values, int width, int height, int x, int y, double radius)
{
  int reach = floor (fabs (radius)), best = radius > 0 ? 0 : 255;

  for (int dy = -reach; dy <= reach; dy++)
    for (int dx = -reach; dx <= reach; dx++)
      {
        int u = x + dx, v = y + dy;

        if (u < 0 || v < 0 || u >= width || v >= height || dx * dx + dy * dy > radius * radius)
          continue;
        best = radius > 0 ? MAX (best, values[v * width + u]) : MIN (best, values[v * width + u]);
      }
  return best;
}

static void
test_grow (void)
{
  static const double radii[] = { 1, -1, 1.5, 3, -4.3, 9.99, -17 };
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 6);
  for (gsize i = 0; i < G_N_ELEMENTS (radii); i++)
    {
      int width = (const int[]){ 137, 260, 1, 5 }[i % 4], height = (const int[]){ 141, 33, 150, 3 }[i % 4];
      g_autoptr(LimnMaskState) state = random_state (&rng, width, height);
      g_autoptr(LimnMaskState) grown = limn_mask_state_grow (state, radii[i], NULL);
      g_autofree guint8 *before = read_state (state), *after = read_state (grown);

      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          g_assert_cmpint (after[y * width + x], ==, grown_at (before, width, height, x, y, radii[i]));
    }
}

static void
test_grow_limits (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (1400, 900);
  g_autoptr(LimnMaskState) point = NULL, disc = NULL, full = limn_mask_state_new (900, 900, 255), shrunk = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  const LimnPoint corner = { 700, 450 }, opposite = { 701, 451 };
  guint n = 0, expected = 0;

  limn_mask_fill_rectangle (mask, &corner, &opposite, 200);
  point = limn_mask_dup_state (mask);
  disc = limn_mask_state_grow (point, 1e9, NULL);
  for (int y = 0; y < 900; y++)
    for (int x = 0; x < 1400; x++)
      {
        n += limn_mask_state_get_value (disc, x, y) == 200;
        expected += (x - 700) * (x - 700) + (y - 450) * (y - 450) <= LIMN_MASK_MAX_GROW * LIMN_MASK_MAX_GROW;
      }
  g_assert_cmpuint (n, ==, expected);
  /* The edge of the picture is no edge of the mask. */
  shrunk = limn_mask_state_grow (full, -50, NULL);
  g_assert_true (limn_mask_state_is_uniform (shrunk, 255));
  g_cancellable_cancel (cancellable);
  g_assert_null (limn_mask_state_grow (point, 3, cancellable));
  g_assert_null (limn_mask_state_feather (point, 3, cancellable));
}

/* The sums with true weights, in double, edges repeated. */
static double *
blur (const guint8 *values, int width, int height, double sigma)
{
  int reach = ceil (5 * sigma);
  g_autofree double *rows = g_new (double, width * height), *weights = g_new (double, 2 * reach + 1);
  double *out = g_new (double, width * height), sum = 0;

  for (int i = -reach; i <= reach; i++)
    sum += weights[i + reach] = exp (-i * i / (2 * sigma * sigma));
  for (int j = 0; j < width * height; j++)
    {
      rows[j] = 0;
      for (int i = -reach; i <= reach; i++)
        rows[j] += weights[i + reach] / sum * values[j / width * width + CLAMP (j % width + i, 0, width - 1)];
    }
  for (int j = 0; j < width * height; j++)
    {
      out[j] = 0;
      for (int i = -reach; i <= reach; i++)
        out[j] += weights[i + reach] / sum * rows[CLAMP (j / width + i, 0, height - 1) * width + j % width];
    }
  return out;
}

static void
test_feather (void)
{
  static const double sigmas[] = { 0.3, 0.7, 1, 2, 3.3, 8, 25, 60 };
  LimnMt19937 rng;
  double worst = 0;

  limn_mt19937_seed (&rng, 16);
  for (gsize i = 0; i < G_N_ELEMENTS (sigmas); i++)
    {
      int width = (const int[]){ 210, 131, 1, 40 }[i % 4], height = (const int[]){ 97, 140, 60, 7 }[i % 4];
      g_autoptr(LimnMaskState) state = random_state (&rng, width, height);
      g_autoptr(LimnMaskState) soft = limn_mask_state_feather (state, sigmas[i], NULL);
      g_autofree guint8 *before = read_state (state), *after = read_state (soft);
      g_autofree double *expected = blur (before, width, height, sigmas[i]);

      for (int j = 0; j < width * height; j++)
        worst = MAX (worst, fabs (after[j] - expected[j]));
    }
  g_test_message ("worst: %.3f of 255", worst);
  /* Half a level for rounding, and what the filter is off by. Measured 0.56. */
  g_assert_cmpfloat (worst, <, 0.75);
}

/* An edge far from all sides, and constants, stay what they are, for the largest sigma too. */
static void
test_feather_large (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (4000, 3);
  g_autoptr(LimnMaskState) edge = NULL, soft = NULL, full = limn_mask_state_new (300, 300, 255), grey = limn_mask_state_new (300, 300, 91);
  const LimnPoint corner = { 2000, 0 }, opposite = { 4000, 3 };
  double worst = 0;

  limn_mask_fill_rectangle (mask, &corner, &opposite, 255);
  edge = limn_mask_dup_state (mask);
  soft = limn_mask_state_feather (edge, LIMN_MASK_MAX_FEATHER, NULL);
  for (int x = 0; x < 4000; x++)
    worst = MAX (worst, fabs (limn_mask_state_get_value (soft, x, 1) - 127.5 * erfc ((1999.5 - x) / LIMN_MASK_MAX_FEATHER / G_SQRT2)));
  g_assert_cmpfloat (worst, <, 0.75);
  g_clear_pointer (&soft, limn_mask_state_unref);
  soft = limn_mask_state_feather (full, 30, NULL);
  g_assert_true (limn_mask_state_is_uniform (soft, 255));
  g_clear_pointer (&soft, limn_mask_state_unref);
  soft = limn_mask_state_feather (grey, 30, NULL);
  g_assert_true (limn_mask_state_is_uniform (soft, 91));
}

/* --- Fill by colour --- */

/* A colour at a time: what is joined is found by going over all until nothing changes. */
static void
test_select (void)
{
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 5);
  for (guint round = 0; round < 40; round++)
    {
      LimnPixelFormat format = (const LimnPixelFormat[]){ LIMN_PIXEL_GREY8, LIMN_PIXEL_RGB8, LIMN_PIXEL_RGBA8 }[round % 3];
      guint width = 1 + limn_mt19937_next (&rng) % 60, height = 1 + limn_mt19937_next (&rng) % 60;
      guint x = limn_mt19937_next (&rng) % width, y = limn_mt19937_next (&rng) % height;
      guint tolerance = limn_mt19937_next (&rng) % 80;
      gboolean contiguous = round % 2, more = TRUE;
      guint8 *pixels = g_malloc (width * height * format);
      g_autofree guint8 *joined = g_malloc0 (width * height), *values = NULL;
      g_autoptr(LimnImage) picture = NULL;
      g_autoptr(LimnMaskState) state = NULL;

      for (guint i = 0; i < width * height * format; i++)
        pixels[i] = 100 + limn_mt19937_next (&rng) % 3 * 25;
      picture = limn_image_new_take (format, width, height, pixels, NULL);
      state = limn_mask_state_select (picture, x, y, tolerance, contiguous, NULL);
      values = read_state (state);

      joined[y * width + x] = 255;
      while (more)
        {
          more = FALSE;
          for (guint j = 0; j < width * height; j++)
            {
              guint u = j % width, v = j / width;
              gboolean beside = !contiguous || (u > 0 && joined[j - 1]) || (u + 1 < width && joined[j + 1])
                                || (v > 0 && joined[j - width]) || (v + 1 < height && joined[j + width]);
              guint largest = 0;

              for (guint c = 0; c < (guint) format; c++)
                largest = MAX (largest, (guint) ABS (pixels[j * format + c] - pixels[(y * width + x) * format + c]));
              if (!joined[j] && beside && largest <= tolerance)
                {
                  joined[j] = 255;
                  more = TRUE;
                }
            }
        }
      g_assert_cmpmem (values, width * height, joined, width * height);
    }
}

void
add_edit_tests (void)
{
  g_test_add_func ("/paint/edit/grow", test_grow);
  g_test_add_func ("/paint/edit/grow-limits", test_grow_limits);
  g_test_add_func ("/paint/edit/feather", test_feather);
  g_test_add_func ("/paint/edit/feather-large", test_feather_large);
  g_test_add_func ("/paint/edit/select", test_select);
}
