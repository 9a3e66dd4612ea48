/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-paint.h"

#include <math.h>
#include <string.h>

/* One size smaller, pixel by pixel. */
static guint8 *
halve (const guint8 *values, int width, int height)
{
  int w = (width + 1) / 2, h = (height + 1) / 2;
  guint8 *half = g_malloc (w * h);

  for (int j = 0; j < w * h; j++)
    {
      double sum = 0, n = 0;

      for (int i = 0; i < 4; i++)
        {
          int x = j % w * 2 + i % 2, y = j / w * 2 + i / 2;

          if (x < width && y < height)
            {
              sum += values[y * width + x];
              n++;
            }
        }
      half[j] = floor (sum / n + 0.5);
    }
  return half;
}

/* Pixel by pixel; what is beyond the edge is mirrored. */
static guint8 *
cells_of (const guint8 *values, int width, int height)
{
  int w = (width + 7) / 8, h = (height + 7) / 8;
  guint8 *result = g_malloc (w * h);
  g_autofree double *means = g_new0 (double, w * h);
  g_autofree guint8 *largest = g_new0 (guint8, w * h);

  for (int j = 0; j < w * h * 64; j++)
    {
      int cell = j / 64, x = cell % w * 8 + j % 8, y = cell / w * 8 + j / 8 % 8;

      while (x >= width || x < 0)
        x = x < 0 ? -1 - x : 2 * width - 1 - x;
      while (y >= height || y < 0)
        y = y < 0 ? -1 - y : 2 * height - 1 - y;
      means[cell] += values[y * width + x] / 64.0;
      largest[cell] = MAX (largest[cell], values[y * width + x]);
    }
  for (int i = 0; i < w * h; i++)
    {
      double fullest = 0;

      for (int j = 0; j < w * h; j++)
        if (ABS (j % w - i % w) <= 1 && ABS (j / w - i / w) <= 1)
          fullest = MAX (fullest, means[j]);
      result[i] = fullest < 0.75 * largest[i] ? largest[i] : floor (means[i] + 0.5);
    }
  return result;
}

static void
assert_colour (const guint8 *pixel, const LimnOverlay *overlay, double shade, guint value)
{
  const guint8 colour[] = { overlay->red, overlay->green, overlay->blue };
  double alpha = overlay->opacity * value / 255;

  for (guint c = 0; c < 3; c++)
    g_assert_cmpfloat (fabs (pixel[c] - colour[c] * shade * alpha), <, 0.501);
  g_assert_cmpfloat (fabs (pixel[3] - 255 * alpha), <, 0.501);
}

/* Every level, whole or in part, after any changes; and the cells. */
static void
test_levels (void)
{
  static const guint sizes[][2] = { { 523, 300 }, { 128, 256 }, { 1, 1 }, { 129, 1 }, { 1001, 77 } };
  const LimnOverlay overlay = { 230, 40, 120, 0.6, FALSE };
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 10);
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr(LimnMask) mask = limn_mask_new (sizes[s][0], sizes[s][1]);
      g_autoptr(LimnMaskView) view = limn_mask_view_new (mask);

      for (guint round = 0; round < 12; round++)
        {
          int width = sizes[s][0], height = sizes[s][1];
          g_autofree guint8 *values = NULL, *cells = NULL, *expected_cells = NULL;
          guint columns, rows;

          if (round % 5 == 4)
            limn_mask_undo (mask);
          else
            change_random (mask, &rng);
          values = read_values (mask);
          expected_cells = cells_of (values, width, height);
          cells = limn_mask_view_dup_cells (view, &columns, &rows);
          g_assert_cmpuint (columns, ==, (width + 7) / 8);
          g_assert_cmpuint (rows, ==, (height + 7) / 8);
          g_assert_cmpmem (cells, columns * rows, expected_cells, columns * rows);

          for (guint level = 0; level < LIMN_MASK_LEVELS; level++)
            {
              int x = limn_mt19937_next (&rng) % width, y = limn_mt19937_next (&rng) % height;
              LimnRect rect = { x, y, 1 + limn_mt19937_next (&rng) % (width - x), 1 + limn_mt19937_next (&rng) % (height - y) };
              g_autofree guint8 *rgba = g_malloc (((gsize) rect.width * 4 + 12) * rect.height), *half = NULL;
              gsize stride = (gsize) rect.width * 4 + 12;

              limn_mask_view_render (view, level, &rect, &overlay, rgba, stride);
              for (int v = 0; v < rect.height; v++)
                for (int u = 0; u < rect.width; u++)
                  assert_colour (rgba + stride * v + 4 * u, &overlay, 1, values[(rect.y + v) * width + rect.x + u]);
              half = halve (values, width, height);
              g_free (values);
              values = g_steal_pointer (&half);
              width = (width + 1) / 2;
              height = (height + 1) / 2;
            }
        }
    }
}

/* Cells have one colour, and lines only where something is masked. */
static void
test_cells (void)
{
  const LimnOverlay overlay = { 200, 100, 50, 0.5, TRUE };
  g_autoptr(LimnMask) mask = limn_mask_new (333, 222);
  g_autoptr(LimnMaskView) view = limn_mask_view_new (mask);
  g_autofree guint8 *cells = NULL;
  guint columns, rows;
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 19);
  for (guint i = 0; i < 4; i++)
    paint_random (mask, &rng, 90);
  cells = limn_mask_view_dup_cells (view, &columns, &rows);
  for (guint level = 0; level <= 3; level++)
    {
      int side = 8 >> level, width = (333 + (1 << level) - 1) >> level, height = (222 + (1 << level) - 1) >> level;
      LimnRect rect = { 3, 5, width - 3, height - 5 };
      g_autofree guint8 *rgba = g_malloc ((gsize) rect.width * rect.height * 4);

      limn_mask_view_render (view, level, &rect, &overlay, rgba, (gsize) rect.width * 4);
      for (int y = rect.y; y < height; y++)
        for (int x = rect.x; x < width; x++)
          {
            const guint8 *pixel = rgba + ((gsize) rect.width * (y - rect.y) + x - rect.x) * 4;
            int cx = x / side, cy = y / side;
            guint8 here = cells[cy * columns + cx], most = here;

            if (side >= 4 && x % side == 0 && cx > 0)
              most = MAX (most, cells[cy * columns + cx - 1]);
            if (side >= 4 && y % side == 0 && cy > 0)
              most = MAX (most, cells[(cy - 1) * columns + cx]);
            if (side >= 4 && (x % side == 0 || y % side == 0) && most > 0)
              assert_colour (pixel, &overlay, 0.5, MAX (most, 64));
            else
              assert_colour (pixel, &overlay, 1, here);
          }
    }
}

/* A thin line at a tile's end counts whole until what lies beside it, in the next tile, is filled. */
static void
test_neighbours (void)
{
  const LimnPoint line[] = { { 125, 20 }, { 127, 20 }, { 127, 60 }, { 125, 60 } };
  const LimnPoint beside[] = { { 128, 16 }, { 160, 16 }, { 160, 64 }, { 128, 64 } };
  g_autoptr(LimnMask) mask = limn_mask_new (256, 128);
  g_autoptr(LimnMaskView) view = limn_mask_view_new (mask);
  g_autofree guint8 *thin = NULL, *full = NULL;
  guint columns, rows;

  limn_mask_fill_polygon (mask, line, G_N_ELEMENTS (line), 255);
  thin = limn_mask_view_dup_cells (view, &columns, &rows);
  g_assert_cmpuint (thin[5 * columns + 15], ==, 255);
  limn_mask_fill_polygon (mask, beside, G_N_ELEMENTS (beside), 255);
  full = limn_mask_view_dup_cells (view, &columns, &rows);
  g_assert_cmpuint (full[5 * columns + 16], ==, 255);
  /* Two of its eight columns. */
  g_assert_cmpuint (full[5 * columns + 15], ==, 64);
}

static void
test_pick_level (void)
{
  g_assert_cmpuint (limn_mask_view_pick_level (3), ==, 0);
  g_assert_cmpuint (limn_mask_view_pick_level (1), ==, 0);
  g_assert_cmpuint (limn_mask_view_pick_level (0.51), ==, 0);
  g_assert_cmpuint (limn_mask_view_pick_level (0.5), ==, 1);
  g_assert_cmpuint (limn_mask_view_pick_level (0.2), ==, 2);
  g_assert_cmpuint (limn_mask_view_pick_level (0), ==, LIMN_MASK_LEVELS - 1);
  {
    g_autoptr(LimnMask) mask = limn_mask_new (100, 101);
    g_autoptr(LimnMaskView) view = limn_mask_view_new (mask);
    const LimnRect dirty = { 5, 98, 10, 3 };
    LimnRect scaled = limn_mask_view_scale_rect (view, 2, &dirty);

    g_assert_cmpint (scaled.x, ==, 1);
    g_assert_cmpint (scaled.width, ==, 3);
    g_assert_cmpint (scaled.y, ==, 24);
    g_assert_cmpint (scaled.height, ==, 2);
  }
}

void
add_view_tests (void)
{
  g_test_add_func ("/paint/view/levels", test_levels);
  g_test_add_func ("/paint/view/cells", test_cells);
  g_test_add_func ("/paint/view/neighbours", test_neighbours);
  g_test_add_func ("/paint/view/pick-level", test_pick_level);
}
