/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-back-project.h"
#include "image/limn-colorize.h"
#include "image/limn-lab.h"

#include "test-image.h"

#include <math.h>
#include <string.h>

/* The primaries, as they are published everywhere. White and greys have no colour at all. */
static void
test_lab (void)
{
  static const struct
  {
    guint8 rgb[3];
    double lab[3];
  } known[] = {
    { { 255, 0, 0 }, { 53.241, 80.092, 67.203 } },
    { { 0, 255, 0 }, { 87.735, -86.183, 83.179 } },
    { { 0, 0, 255 }, { 32.297, 79.188, -107.860 } },
    { { 255, 255, 255 }, { 100, 0, 0 } },
    { { 119, 119, 119 }, { 50.034, 0, 0 } },
    { { 0, 0, 0 }, { 0, 0, 0 } },
    { { 1, 1, 1 }, { 0.274, 0, 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      double lab[3], again[3];
      const double rgb[3] = { known[i].rgb[0] / 255.0, known[i].rgb[1] / 255.0, known[i].rgb[2] / 255.0 };

      limn_lab_from_rgb8 (known[i].rgb, lab);
      for (guint c = 0; c < 3; c++)
        /* Published values differ by 0.01 with the digits of the matrix. */
        g_assert_cmpfloat_with_epsilon (lab[c], known[i].lab[c], 0.02);
      limn_lab_from_rgb (rgb, again);
      for (guint c = 0; c < 3; c++)
        g_assert_cmpfloat_with_epsilon (lab[c], again[c], 1e-12);
      if (rgb[0] == rgb[1] && rgb[1] == rgb[2])
        g_assert_cmpfloat (MAX (fabs (lab[1]), fabs (lab[2])), <, 1e-12);
    }
}

/* There and back: every byte of a sample of all colours, and values outside of sRGB. */
static void
test_round_trip (void)
{
  double lab[3], rgb[3];

  for (guint i = 0; i < 1 << 24; i += 997)
    {
      const guint8 bytes[3] = { i >> 16, i >> 8 & 255, i & 255 };
      guint8 again[3];

      limn_lab_from_rgb8 (bytes, lab);
      limn_lab_to_rgb8 (lab, again);
      g_assert_cmpmem (bytes, 3, again, 3);
    }
  for (guint i = 0; i < 27; i++)
    {
      const double first[3] = { i % 3 * 0.8 - 0.3, i / 3 % 3 * 0.8 - 0.3, i / 9 * 0.8 - 0.3 };

      limn_lab_from_rgb (first, lab);
      limn_lab_to_rgb (lab, rgb);
      for (guint c = 0; c < 3; c++)
        g_assert_cmpfloat_with_epsilon (first[c], rgb[c], 1e-9);
    }
}

/* What sRGB cannot show is paler, of the same hue and lightness. */
static void
test_gamut (void)
{
  for (guint i = 0; i < 2000; i++)
    {
      const double angle = i * 0.1, lab[3] = { 5 + i % 90, 150 * cos (angle), 150 * sin (angle) };
      double shown[3];
      guint8 rgb[3];

      limn_lab_to_rgb8 (lab, rgb);
      limn_lab_from_rgb8 (rgb, shown);
      /* 8 bits: a step of the darkest blue channel values is 0.3 in L*, and much hue where there is little chroma. */
      g_assert_cmpfloat_with_epsilon (shown[0], lab[0], 0.5);
      g_assert_cmpfloat (hypot (shown[1], shown[2]), >, 4);
      g_assert_cmpfloat ((shown[1] * lab[1] + shown[2] * lab[2]) / hypot (shown[1], shown[2]) / 150, >, 0.97);
    }
}

static LimnImage *
make_noise (LimnPixelFormat format,
            guint           side,
            guint32         seed,
            gboolean        grey)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  guint8 *data = g_malloc ((gsize) side * side * format);

  for (guint i = 0; i < side * side * format; i++)
    data[i] = grey && i % format > 0 && i % format < 3 ? data[i - 1] : g_rand_int_range (random, 0, 256);
  return limn_image_new_take (format, side, side, data, NULL);
}

static double
lightness_rms (LimnImage *a,
               LimnImage *b)
{
  double sum = 0;
  guint n = limn_image_get_width (a);

  for (guint y = 0; y < n; y++)
    for (guint x = 0; x < n; x++)
      {
        double lab_a[3], lab_b[3];

        limn_lab_from_rgb8 (limn_image_get_row (a, y) + x * limn_image_get_format (a), lab_a);
        limn_lab_from_rgb8 (limn_image_get_row (b, y) + x * limn_image_get_format (b), lab_b);
        sum += (lab_a[0] - lab_b[0]) * (lab_a[0] - lab_b[0]);
      }
  return sqrt (sum / n / n);
}

static void
test_colorize (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnImage) light = make_noise (i ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, 64, 1, i == 0);
      g_autoptr(LimnImage) colours = make_noise (LIMN_PIXEL_RGB8, 64, 2, FALSE);
      g_autoptr(LimnImage) grey = make_noise (LIMN_PIXEL_RGB8, 64, 3, TRUE);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnImage) result = limn_image_colorize (light, colours, &error);
      g_autoptr(LimnImage) pale = limn_image_colorize (light, grey, &error);
      gboolean coloured = FALSE;

      g_assert_no_error (error);
      g_assert_cmpuint (limn_image_get_format (result), ==, limn_image_get_format (light));
      /* 0.11 at most, measured: rounding to 8 bits. The promise is 1.0. */
      g_test_message ("L* off by %.3f and %.3f", lightness_rms (light, result), lightness_rms (light, pale));
      g_assert_cmpfloat (lightness_rms (light, result), <, 0.4);
      g_assert_cmpfloat (lightness_rms (light, pale), <, 0.4);
      for (guint x = 0; x < 64; x++)
        {
          const guint8 *p = limn_image_get_row (pale, 9) + x * limn_image_get_format (pale);
          const guint8 *q = limn_image_get_row (result, 9) + x * limn_image_get_format (result);

          g_assert_cmpint (MAX (ABS (p[0] - p[1]), ABS (p[1] - p[2])), <=, 1);
          coloured = coloured || ABS (q[0] - q[2]) > 40;
          if (i == 1)
            g_assert_cmpuint (q[3], ==, limn_image_get_row (light, 9)[x * 4 + 3]);
        }
      g_assert_true (coloured);
    }
}

static void
test_sizes (void)
{
  g_autoptr(LimnImage) a = make_noise (LIMN_PIXEL_RGB8, 8, 1, FALSE);
  g_autoptr(LimnImage) b = make_noise (LIMN_PIXEL_RGB8, 9, 1, FALSE);
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_image_colorize (a, b, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (limn_image_back_project (b, a, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE);
}

/* Bands leave no trace: the lower part of a tall picture alone comes out as it does in the whole. And the means are met. */
static void
test_back_project (void)
{
  for (guint factor = 1; factor <= 3; factor++)
    {
      g_autoptr(LimnImage) small = make_noise (LIMN_PIXEL_RGB8, 150, 1, TRUE);
      g_autoptr(LimnImage) large = make_noise (LIMN_PIXEL_RGB8, 150 * factor, 2, FALSE);
      guint row = 150 * factor * 3;
      g_autoptr(GBytes) small_part = g_bytes_new_from_bytes (limn_image_get_pixels (small), 50 * 450, 100 * 450);
      g_autoptr(GBytes) large_part = g_bytes_new_from_bytes (limn_image_get_pixels (large), (gsize) 50 * factor * row,
                                                             (gsize) 100 * factor * row);
      g_autoptr(LimnImage) lower_small = limn_image_new (LIMN_PIXEL_RGB8, 150, 100, 0, small_part, NULL);
      g_autoptr(LimnImage) lower_large = limn_image_new (LIMN_PIXEL_RGB8, 150 * factor, 100 * factor, 0, large_part, NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnImage) whole = limn_image_back_project (large, small, &error);
      g_autoptr(LimnImage) lower = limn_image_back_project (lower_large, lower_small, &error);

      g_assert_no_error (error);
      /* Turns reach so many rows of the small picture. */
      for (guint y = 7 * factor; y < 100 * factor; y++)
        g_assert_cmpmem (limn_image_get_row (lower, y), row, limn_image_get_row (whole, y + 50 * factor), row);
      if (factor == 1)
        g_assert_cmpmem (limn_image_get_row (whole, 0), 150 * row, limn_image_get_row (small, 0), 150 * 450);
    }
}

void
add_colorize_tests (void)
{
  g_test_add_func ("/lab/known", test_lab);
  g_test_add_func ("/lab/round-trip", test_round_trip);
  g_test_add_func ("/lab/gamut", test_gamut);
  g_test_add_func ("/colorize/lightness", test_colorize);
  g_test_add_func ("/colorize/sizes", test_sizes);
  g_test_add_func ("/back-project/bands", test_back_project);
}
