/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-distance.h"
#include "image/limn-fill.h"
#include "image/limn-lab.h"
#include "image/limn-resample.h"
#include "image/limn-seam.h"

#include "test-image.h"

#include <math.h>
#include <string.h>

/* Every pair that the formula's authors publish, to the four digits they give. Source: Sharma, Wu, Dalal, 2005, table 1. */
static void
test_ciede2000 (void)
{
  static const struct
  {
    double a[3];
    double b[3];
    double difference;
  } pairs[] = {
    { { 50.0000, 2.6772, -79.7751 }, { 50.0000, 0.0000, -82.7485 }, 2.0425 },
    { { 50.0000, 3.1571, -77.2803 }, { 50.0000, 0.0000, -82.7485 }, 2.8615 },
    { { 50.0000, 2.8361, -74.0200 }, { 50.0000, 0.0000, -82.7485 }, 3.4412 },
    { { 50.0000, -1.3802, -84.2814 }, { 50.0000, 0.0000, -82.7485 }, 1.0000 },
    { { 50.0000, -1.1848, -84.8006 }, { 50.0000, 0.0000, -82.7485 }, 1.0000 },
    { { 50.0000, -0.9009, -85.5211 }, { 50.0000, 0.0000, -82.7485 }, 1.0000 },
    { { 50.0000, 0.0000, 0.0000 }, { 50.0000, -1.0000, 2.0000 }, 2.3669 },
    { { 50.0000, -1.0000, 2.0000 }, { 50.0000, 0.0000, 0.0000 }, 2.3669 },
    { { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0009 }, 7.1792 },
    { { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0010 }, 7.1792 },
    { { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0011 }, 7.2195 },
    { { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0012 }, 7.2195 },
    { { 50.0000, -0.0010, 2.4900 }, { 50.0000, 0.0009, -2.4900 }, 4.8045 },
    { { 50.0000, -0.0010, 2.4900 }, { 50.0000, 0.0010, -2.4900 }, 4.8045 },
    { { 50.0000, -0.0010, 2.4900 }, { 50.0000, 0.0011, -2.4900 }, 4.7461 },
    { { 50.0000, 2.5000, 0.0000 }, { 50.0000, 0.0000, -2.5000 }, 4.3065 },
    { { 50.0000, 2.5000, 0.0000 }, { 73.0000, 25.0000, -18.0000 }, 27.1492 },
    { { 50.0000, 2.5000, 0.0000 }, { 61.0000, -5.0000, 29.0000 }, 22.8977 },
    { { 50.0000, 2.5000, 0.0000 }, { 56.0000, -27.0000, -3.0000 }, 31.9030 },
    { { 50.0000, 2.5000, 0.0000 }, { 58.0000, 24.0000, 15.0000 }, 19.4535 },
    { { 50.0000, 2.5000, 0.0000 }, { 50.0000, 3.1736, 0.5854 }, 1.0000 },
    { { 50.0000, 2.5000, 0.0000 }, { 50.0000, 3.2972, 0.0000 }, 1.0000 },
    { { 50.0000, 2.5000, 0.0000 }, { 50.0000, 1.8634, 0.5757 }, 1.0000 },
    { { 50.0000, 2.5000, 0.0000 }, { 50.0000, 3.2592, 0.3350 }, 1.0000 },
    { { 60.2574, -34.0099, 36.2677 }, { 60.4626, -34.1751, 39.4387 }, 1.2644 },
    { { 63.0109, -31.0961, -5.8663 }, { 62.8187, -29.7946, -4.0864 }, 1.2630 },
    { { 61.2901, 3.7196, -5.3901 }, { 61.4292, 2.2480, -4.9620 }, 1.8731 },
    { { 35.0831, -44.1164, 3.7933 }, { 35.0232, -40.0716, 1.5901 }, 1.8645 },
    { { 22.7233, 20.0904, -46.6940 }, { 23.0331, 14.9730, -42.5619 }, 2.0373 },
    { { 36.4612, 47.8580, 18.3852 }, { 36.2715, 50.5065, 21.2231 }, 1.4146 },
    { { 90.8027, -2.0831, 1.4410 }, { 91.1528, -1.6435, 0.0447 }, 1.4441 },
    { { 90.9257, -0.5406, -0.9208 }, { 88.6381, -0.8985, -0.7239 }, 1.5381 },
    { { 6.7747, -0.2908, -2.4247 }, { 5.8714, -0.0985, -2.2286 }, 0.6377 },
    { { 2.0776, 0.0795, -1.1350 }, { 0.9033, -0.0636, -0.5514 }, 0.9082 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_assert_cmpfloat_with_epsilon (limn_lab_difference (pairs[i].a, pairs[i].b), pairs[i].difference, 0.00005);
      g_assert_cmpfloat_with_epsilon (limn_lab_difference (pairs[i].b, pairs[i].a), pairs[i].difference, 0.00005);
    }
}

/* Against the search of all pixels, on shapes from a dot to noise. */
static void
test_distance (void)
{
  static const guint sizes[][2] = { { 1, 1 }, { 1, 17 }, { 23, 1 }, { 31, 19 }, { 24, 40 } };
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 60; i++)
    {
      guint width = sizes[i % 5][0], height = sizes[i % 5][1];
      g_autofree guint8 *inside = g_new (guint8, width * height);
      g_autofree float *distance = g_new (float, width * height);
      /* Nothing outside, almost nothing, half, all. */
      double share = (double[]){ 1, 0.995, 0.5, 0 }[i % 4];

      for (guint k = 0; k < width * height; k++)
        inside[k] = g_rand_double (rand) < share ? 255 : 0;
      limn_distance_transform (inside, width, height, distance);
      for (int y = 0; y < (int) height; y++)
        for (int x = 0; x < (int) width; x++)
          {
            double best = INFINITY;

            for (int v = 0; v < (int) height; v++)
              for (int u = 0; u < (int) width; u++)
                if (!inside[v * width + u])
                  best = MIN (best, hypot (u - x, v - y));
            if (isinf (best))
              g_assert_cmpfloat (distance[y * width + x], ==, G_MAXFLOAT);
            else
              g_assert_cmpfloat_with_epsilon (distance[y * width + x], best, 1e-5);
          }
    }
}

/* Known pixels stay to the bit, what is missing lies between them; flat surroundings go on flat. */
static void
test_fill (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (2);

  for (guint i = 0; i < 40; i++)
    {
      guint width = g_rand_int_range (rand, 1, 40), height = g_rand_int_range (rand, 1, 40);
      guint n = width * height;
      g_autofree float *values = g_new (float, n * 3);
      g_autofree float *before = NULL;
      g_autofree float *known = g_new (float, n);
      float low = G_MAXFLOAT, high = -G_MAXFLOAT;
      gboolean flat = i % 2;

      for (guint k = 0; k < n; k++)
        {
          known[k] = g_rand_int_range (rand, 0, 3) / 2.0f;
          for (guint c = 0; c < 3; c++)
            {
              values[k * 3 + c] = flat ? 70 + c : 100 * g_rand_double (rand);
              if (known[k] > 0)
                {
                  low = MIN (low, values[k * 3 + c]);
                  high = MAX (high, values[k * 3 + c]);
                }
            }
        }
      known[g_rand_int_range (rand, 0, n)] = 1;
      before = g_memdup2 (values, n * 3 * sizeof *values);
      for (guint k = 0; k < n; k++)
        for (guint c = 0; c < 3; c++)
          if (known[k] > 0)
            {
              low = MIN (low, values[k * 3 + c]);
              high = MAX (high, values[k * 3 + c]);
            }
      limn_fill_holes (values, known, width, height, 3);
      for (guint k = 0; k < n * 3; k++)
        {
          if (known[k / 3] == 1)
            g_assert_cmpfloat (values[k], ==, before[k]);
          /* Sums of a few floats of 100. */
          g_assert_cmpfloat (values[k], >=, low - 1e-3);
          g_assert_cmpfloat (values[k], <=, high + 1e-3);
          if (flat)
            g_assert_cmpfloat_with_epsilon (values[k], 70 + k % 3, 1e-3);
        }
    }
  {
    float nothing[3] = { 1, 2, 3 };
    const float unknown[1] = { 0 };

    limn_fill_holes (nothing, unknown, 1, 1, 3);
    g_assert_cmpfloat (nothing[0] + nothing[1] + nothing[2], ==, 0);
  }
}

/* Flat stays flat; a whole shift is exact; a wave comes back from twice the size as it was; transparency lends no colour. */
static void
test_resample (void)
{
  enum { W = 48, H = 33 };
  guint8 *data = g_malloc (W * H * 4);
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(LimnImage) large = NULL;
  g_autoptr(LimnImage) back = NULL;
  g_autoptr(LimnImage) clear = NULL;
  g_autoptr(LimnImage) clear_large = NULL;
  LimnImageDifference difference;
  float row[W], moved[W];
  LimnResampleAxis across = { W, -3, 1, W }, one = { 1, 0, 1, 1 };

  for (guint i = 0; i < W; i++)
    row[i] = i * i;
  limn_resample (row, moved, &across, &one, 1, LIMN_RESAMPLE_LANCZOS);
  for (int i = 0; i < W; i++)
    g_assert_cmpfloat (moved[i], ==, i < 3 ? row[2 - i] : row[i - 3]);

  for (guint y = 0; y < H; y++)
    for (guint x = 0; x < W; x++)
      {
        guint8 *p = data + (y * W + x) * 4;

        p[0] = 128 + 100 * sin (x * 0.4 + y * 0.2);
        p[1] = 77;
        p[2] = 255 * y / H;
        p[3] = 255;
      }
  image = limn_image_new_take (LIMN_PIXEL_RGBA8, W, H, data, NULL);
  large = limn_image_resample (image, 2 * W, 2 * H, LIMN_RESAMPLE_LANCZOS, NULL);
  back = limn_image_resample (large, W, H, LIMN_RESAMPLE_LANCZOS, NULL);
  g_assert_true (limn_image_compare (image, back, &difference, NULL));
  for (guint i = 0; i < 4 * W * H; i++)
    g_assert_cmpuint (limn_image_get_row (large, 0)[i * 4 + 1], ==, 77);
  /* Measured 68.2 dB; by linear interpolation there and back 43.6 dB. */
  g_assert_cmpfloat (difference.psnr_db, >, 62);

  /* A black field that nobody sees beside a white one. */
  {
    guint8 *half = g_malloc0 (8 * 4 * 4);

    for (guint i = 0; i < 8 * 4; i++)
      if (i % 8 >= 4)
        memset (half + i * 4, 255, 4);
    clear = limn_image_new_take (LIMN_PIXEL_RGBA8, 8, 4, half, NULL);
  }
  clear_large = limn_image_resample (clear, 24, 12, LIMN_RESAMPLE_LANCZOS, NULL);
  for (guint x = 0; x < 24; x++)
    if (limn_image_get_row (clear_large, 6)[x * 4 + 3] > 8)
      g_assert_cmpuint (limn_image_get_row (clear_large, 6)[x * 4], >=, 250);
}

/* A step of known height, a smooth ramp, and a seam in a ramp. */
static void
test_seam (void)
{
  enum { SIDE = 64 };
  guint8 *mask_data = g_malloc0 (SIDE * SIDE);
  g_autoptr(LimnImage) mask = NULL;

  for (guint y = 16; y < 48; y++)
    memset (mask_data + y * SIDE + 16, 255, 32);
  mask = limn_image_new_take (LIMN_PIXEL_GREY8, SIDE, SIDE, mask_data, NULL);
  for (guint i = 0; i < 3; i++)
    {
      guint8 *data = g_malloc (SIDE * SIDE * 3);
      g_autoptr(LimnImage) image = NULL;
      LimnSeam seam;

      for (guint k = 0; k < SIDE * SIDE; k++)
        memset (data + k * 3, 60 + (i > 0 ? 2 * (k % SIDE + k / SIDE) / 2 : 0) + (i == 2 && mask_data[k] ? 6 : 0), 3);
      image = limn_image_new_take (LIMN_PIXEL_RGB8, SIDE, SIDE, data, NULL);
      g_assert_true (limn_seam_measure (image, mask, &seam, NULL));
      g_assert_cmpuint (seam.n_pairs, ==, 4 * 32);
      if (i == 2)
        g_assert_cmpfloat (limn_seam_get_ratio (&seam), >, 3);
      else
        g_assert_cmpfloat_with_epsilon (limn_seam_get_ratio (&seam), 1, 0.05);
    }
}

void
add_seam_tests (void)
{
  g_test_add_func ("/seam/ciede2000", test_ciede2000);
  g_test_add_func ("/seam/distance", test_distance);
  g_test_add_func ("/seam/fill", test_fill);
  g_test_add_func ("/seam/resample", test_resample);
  g_test_add_func ("/seam/measure", test_seam);
}
