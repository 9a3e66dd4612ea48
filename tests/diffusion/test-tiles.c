/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-diffusion.h"

#include "diffusion/limn-tiles.h"

#include <math.h>

static const LimnTilesParams cases[] = {
  { 16, 16, 0, 0, FALSE, FALSE },   { 16, 12, 16, 4, FALSE, FALSE }, { 17, 16, 16, 4, FALSE, FALSE }, { 48, 16, 16, 4, FALSE, FALSE },
  { 49, 33, 16, 5, FALSE, FALSE },  { 100, 7, 8, 7, FALSE, FALSE },  { 5, 5, 1, 0, FALSE, FALSE },    { 40, 40, 16, 0, FALSE, FALSE },
  { 16, 16, 0, 0, TRUE, FALSE },    { 16, 16, 0, 0, TRUE, TRUE },    { 48, 16, 16, 4, TRUE, FALSE },  { 50, 30, 16, 8, TRUE, TRUE },
  { 13, 40, 16, 3, FALSE, TRUE },   { 1, 1, 0, 0, TRUE, TRUE },      { 3, 2, 2, 1, TRUE, TRUE },      { 16, 16, 8, 9, FALSE, FALSE },
};

static void
test_windows (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      const LimnTilesParams *params = &cases[k];
      g_autoptr(LimnTiles) tiles = limn_tiles_new (params);
      guint side_x = params->tile ? MIN (params->tile, params->width) : params->width;
      guint side_y = params->tile ? MIN (params->tile, params->height) : params->height;
      guint n = limn_tiles_get_n (tiles), last_x = 0;
      g_autofree guint *best = g_new0 (guint, params->width * params->height);

      g_assert_cmpuint (limn_tiles_get_width (tiles), ==, side_x);
      g_assert_cmpuint (limn_tiles_get_height (tiles), ==, side_y);
      for (guint i = 0; i < n; i++)
        {
          guint x, y;

          limn_tiles_get_place (tiles, i, &x, &y);
          g_assert_true (x < params->width && y < params->height);
          g_assert_true (params->wrap_x || x + side_x <= params->width);
          g_assert_true (params->wrap_y || y + side_y <= params->height);
          /* Neighbours share what was asked for. */
          if (x > last_x)
            g_assert_cmpuint (x - last_x, <=, side_x - MIN (params->overlap, side_x - 1));
          last_x = x;
          for (guint v = 0; v < side_y; v++)
            for (guint u = 0; u < side_x; u++)
              {
                guint *cell = &best[(y + v) % params->height * params->width + (x + u) % params->width];
                guint depth_x = params->wrap_x ? MIN (u, side_x - 1 - u) : side_x, depth_y = params->wrap_y ? MIN (v, side_y - 1 - v) : side_y;

                *cell = MAX (*cell, 1 + MIN (depth_x, depth_y));
              }
        }
      for (guint i = 0; i < params->width * params->height; i++)
        {
          g_assert_cmpuint (best[i], >, 0);
          /* On a torus seen whole, some window has each place a quarter of the side from its edge. */
          if (params->tile == 0 && params->wrap_x && params->width > 1)
            g_assert_cmpuint (best[i], >=, params->width / 4);
        }
      if (!params->wrap_x && !params->wrap_y && params->tile == 0)
        g_assert_cmpuint (n, ==, 1);
    }
}

/* Windows of one picture, put together, are that picture: also as pixels, a cell having 3 by 3. */
static void
test_round_trip (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    for (guint scale = 1; scale <= 3; scale += 2)
      {
        const LimnTilesParams *params = &cases[k];
        g_autoptr(LimnTiles) tiles = limn_tiles_new (params);
        gsize n = 2 * (gsize) params->width * params->height * scale * scale;
        gsize n_window = 2 * (gsize) limn_tiles_get_width (tiles) * limn_tiles_get_height (tiles) * scale * scale;
        g_autofree float *whole = g_new (float, n);
        g_autofree float *window = g_new (float, n_window);
        g_autofree double *sum = g_new0 (double, n);

        for (gsize i = 0; i < n; i++)
          whole[i] = sin (1.7 * i);
        for (guint i = 0; i < limn_tiles_get_n (tiles); i++)
          {
            limn_tiles_cut (tiles, i, 2, scale, whole, window);
            limn_tiles_add (tiles, i, 2, scale, window, sum);
          }
        limn_tiles_divide (tiles, 2, scale, sum);
        for (gsize i = 0; i < n; i++)
          limn_assert_near (sum[i], whole[i], 2e-15); /* seen: 4.5e-16 */
      }
}

/* What a window shows where it reaches over the end. */
static void
test_wrap (void)
{
  const LimnTilesParams params = { .width = 4, .height = 2, .wrap_x = TRUE };
  g_autoptr(LimnTiles) tiles = limn_tiles_new (&params);
  const float whole[8] = { 0, 1, 2, 3, 10, 11, 12, 13 };
  const float expected[8] = { 2, 3, 0, 1, 12, 13, 10, 11 };
  float window[8];

  g_assert_cmpuint (limn_tiles_get_n (tiles), ==, 2);
  limn_tiles_cut (tiles, 1, 1, 1, whole, window);
  g_assert_cmpmem (window, sizeof window, expected, sizeof expected);
}

static double
smooth (double t)
{
  return t * t * (3 - 2 * t);
}

/* Two windows that disagree: one passes into the other over what they share, and begins and ends with next to nothing. */
static void
test_blend (void)
{
  const LimnTilesParams params = { .width = 24, .height = 16, .tile = 16, .overlap = 8 };
  g_autoptr(LimnTiles) tiles = limn_tiles_new (&params);
  double sum[24 * 16] = { 0 };
  float window[16 * 16];

  g_assert_cmpuint (limn_tiles_get_n (tiles), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      for (guint k = 0; k < 256; k++)
        window[k] = i;
      limn_tiles_add (tiles, i, 1, 1, window, sum);
    }
  limn_tiles_divide (tiles, 1, 1, sum);
  for (guint y = 0; y < 16; y++)
    for (guint x = 0; x < 24; x++)
      {
        double falling = smooth ((16 - x - 0.5) / 8), rising = smooth ((x - 8 + 0.5) / 8);
        double expected = x < 8 ? 0 : x >= 16 ? 1 : rising / (rising + falling);

        limn_assert_near (sum[y * 24 + x], expected, 1e-15);
      }
}

void
limn_test_tiles_add (void)
{
  g_test_add_func ("/diffusion/tiles/windows", test_windows);
  g_test_add_func ("/diffusion/tiles/round-trip", test_round_trip);
  g_test_add_func ("/diffusion/tiles/wrap", test_wrap);
  g_test_add_func ("/diffusion/tiles/blend", test_blend);
}
