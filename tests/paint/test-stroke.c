/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Strokes against what they should be at each pixel: the largest coverage that the brush has there from any place along
 * the curve, which is evaluated here in tiny steps and in double, without dabs, tiles, rows or integers. */
#include "config.h"

#include "test-paint.h"

#include <math.h>
#include <string.h>

#define SIDE 300

/* The brush at distance d, as limn-brush.h and limn-dab.h tell it. */
static double
profile (double d, double diameter, double hardness)
{
  double r = diameter / 2, t = CLAMP ((r + 0.5 - d) / (1 + (1 - hardness) * (r - 0.5)), 0, 1);

  return hardness * t + (1 - hardness) * t * t * (3 - 2 * t);
}

/* Barry and Goldman's pyramid: the curve by interpolation alone, another way than by tangents. */
static void
curve_at (const double p[4][2], double u, double at[2])
{
  double t[4] = { 0 };

  for (int i = 1; i < 4; i++)
    t[i] = t[i - 1] + sqrt (hypot (p[i][0] - p[i - 1][0], p[i][1] - p[i - 1][1]));
  u = t[1] + u * (t[2] - t[1]);
  for (int c = 0; c < 2; c++)
    {
      double a1 = ((t[1] - u) * p[0][c] + (u - t[0]) * p[1][c]) / (t[1] - t[0]);
      double a2 = ((t[2] - u) * p[1][c] + (u - t[1]) * p[2][c]) / (t[2] - t[1]);
      double a3 = ((t[3] - u) * p[2][c] + (u - t[2]) * p[3][c]) / (t[3] - t[2]);
      double b1 = ((t[2] - u) * a1 + (u - t[0]) * a2) / (t[2] - t[0]);
      double b2 = ((t[3] - u) * a2 + (u - t[1]) * a3) / (t[3] - t[1]);

      at[c] = ((t[2] - u) * b1 + (u - t[1]) * b2) / (t[2] - t[1]);
    }
}

static void
stamp (double *coverage, double x, double y, double diameter, double hardness)
{
  int reach = ceil (diameter / 2) + 2;

  for (int v = MAX (0, (int) y - reach); v < MIN (SIDE, (int) y + reach + 1); v++)
    for (int u = MAX (0, (int) x - reach); u < MIN (SIDE, (int) x + reach + 1); u++)
      {
        double m = profile (hypot (u + 0.5 - x, v + 0.5 - y), diameter, hardness);

        coverage[v * SIDE + u] = MAX (coverage[v * SIDE + u], m);
      }
}

/* Only pieces between inner points: at the ends, curves are a matter of taste. */
static void
test_reference (void)
{
  LimnMt19937 rng;
  double worst = 0;

  limn_mt19937_seed (&rng, 12);
  for (guint round = 0; round < 12; round++)
    {
      g_autoptr(LimnMask) mask = limn_mask_new (SIDE, SIDE);
      g_autofree double *expected = g_new0 (double, SIDE * SIDE);
      g_autofree guint8 *values = NULL;
      const LimnBrush brush = {
        .diameter = (const double[]){ 1, 2.5, 9, 30, 61, 100 }[round % 6],
        .hardness = round % 3 / 2.0,
        .flow = 1,
        .opacity = 1,
        .value = 255,
      };
      /* Small brushes see each hundredth of a pixel. */
      guint n_steps = brush.diameter < 5 ? 6000 : 200;
      LimnSample samples[9];

      for (guint i = 0; i < 9; i++)
        samples[i] = (LimnSample){ 60 + 22 * i + random_in (&rng, -9, 9), 150 + random_in (&rng, -40, 40), 1 };
      paint_stroke (mask, &brush, samples, G_N_ELEMENTS (samples));
      values = read_values (mask);
      for (guint i = 1; i < 7; i++)
        {
          double p[4][2];

          for (guint k = 0; k < 4; k++)
            {
              p[k][0] = samples[i - 1 + k].x;
              p[k][1] = samples[i - 1 + k].y;
            }
          for (guint k = 0; k <= n_steps; k++)
            {
              double at[2];

              curve_at (p, (double) k / n_steps, at);
              stamp (expected, at[0], at[1], brush.diameter, brush.hardness);
            }
        }
      for (int j = 0; j < SIDE * SIDE; j++)
        {
          double x = j % SIDE, reach = brush.diameter / 2 + 2;

          /* The first and the last piece may have added to what is near them. */
          if (x < samples[1].x + reach || x > samples[7].x - reach)
            continue;
          worst = MAX (worst, fabs (values[j] - 255 * expected[j]));
        }
    }
  g_test_message ("worst: %.2f of 255", worst);
  /* Dabs are so close that the outline is a 64th of the edge's width further in between them: 4 of 255 for a hard edge,
   * 6 for a soft one, which is half as steep again at its steepest; 0.5 for rounding; and at bends what a piece of the
   * curve adds. Measured 5.9 to 7.2 with five seeds. */
  g_assert_cmpfloat (worst, <, 9);
}

/* One dab, exactly: nothing but rounding. */
static void
test_dab (void)
{
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 3);
  for (guint round = 0; round < 60; round++)
    {
      g_autoptr(LimnMask) mask = limn_mask_new (SIDE, SIDE);
      g_autofree guint8 *values = NULL;
      const LimnBrush brush = {
        .diameter = round < 4 ? 1 : random_in (&rng, 1, 250),
        .hardness = round % 5 / 4.0,
        .flow = round % 4 == 3 ? 0.37 : 1,
        .opacity = round % 7 == 6 ? 0.6 : 1,
        .value = round % 3 ? 255 : 101,
      };
      const LimnSample sample = { random_in (&rng, -20, SIDE + 20), random_in (&rng, -20, SIDE + 20), 1 };

      paint_stroke (mask, &brush, &sample, 1);
      values = read_values (mask);
      for (int j = 0; j < SIDE * SIDE; j++)
        {
          double d = hypot (j % SIDE + 0.5 - sample.x, j / SIDE + 0.5 - sample.y);
          double expected = brush.value * brush.opacity * brush.flow * profile (d, brush.diameter, brush.hardness);

          /* Half a level for rounding; 15 bits and floats add less than 0.02 (measured 0.511). */
          g_assert_cmpfloat (fabs (values[j] - expected), <, 0.53);
        }
    }
}

/* A straight stroke has no thinner and no thicker places, whatever the speed of the pen. */
static void
test_even (void)
{
  static const double diameters[] = { 1, 3, 20, 120 };
  static const double hardnesses[] = { 1, 0.5, 0 };
  static const double flows[] = { 1, 0.3, 0.05 };

  for (gsize d = 0; d < G_N_ELEMENTS (diameters); d++)
    for (gsize h = 0; h < G_N_ELEMENTS (hardnesses); h++)
      for (gsize f = 0; f < G_N_ELEMENTS (flows); f++)
        {
          g_autoptr(LimnMask) mask = limn_mask_new (600, 140);
          const LimnBrush brush = {
            .diameter = diameters[d], .hardness = hardnesses[h], .flow = flows[f], .opacity = 1, .value = 255,
          };
          LimnSample samples[60];
          double x = 20, end = 580 - diameters[d];
          guint n = 0, largest = 0, least = 255;

          /* Slow at first, then faster and faster. */
          for (double step = 0.4; n < G_N_ELEMENTS (samples) && x < 580; step *= 1.15)
            {
              samples[n++] = (LimnSample){ x, 70.3, 1 };
              x += step;
            }
          end = samples[n - 1].x - diameters[d];
          paint_stroke (mask, &brush, samples, n);
          for (int u = 20 + diameters[d]; u < end; u++)
            {
              guint8 value = limn_mask_get_value (mask, u, 70);

              largest = MAX (largest, value);
              least = MIN (least, value);
            }
          g_test_message ("%g px, hardness %g, flow %g: %u to %u", diameters[d], hardnesses[h], flows[f], least, largest);
          /* Two levels where one dab more or less has passed (measured), by rounding one more. */
          g_assert_cmpuint (largest - least, <=, 3);
          /* A hard brush has the whole way across a pixel to flow: four quarters of its diameter. */
          if (hardnesses[h] == 1 && diameters[d] >= 20)
            g_assert_cmpfloat (fabs ((largest + least) / 2.0 - 255 * (1 - pow (1 - flows[f], 4))), <, 4);
        }
}

/* Going to and fro within a stroke adds up to the opacity and no further; a second stroke goes on from there. */
static void
test_ceiling (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (200, 100);
  const LimnBrush brush = { .diameter = 40, .hardness = 0.7, .flow = 0.2, .opacity = 0.5, .value = 255 };
  const LimnBrush eraser = { .diameter = 40, .hardness = 0.7, .flow = 1, .opacity = 0.5, .value = 255, .eraser = TRUE };
  LimnSample samples[80];
  guint8 last = 0;

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = (LimnSample){ i % 2 ? 150 : 50, 50, 1 };
  for (guint n = 2; n <= G_N_ELEMENTS (samples); n += 13)
    {
      limn_mask_fill (mask, 0);
      paint_stroke (mask, &brush, samples, n);
      g_assert_cmpuint (limn_mask_get_value (mask, 100, 50), >=, last);
      g_assert_cmpuint (limn_mask_get_value (mask, 100, 50), <=, 128);
      last = limn_mask_get_value (mask, 100, 50);
    }
  g_assert_cmpuint (last, ==, 128);
  paint_stroke (mask, &brush, samples, G_N_ELEMENTS (samples));
  g_assert_cmpuint (limn_mask_get_value (mask, 100, 50), ==, 192); /* 128 + 127 x 0.5 */
  paint_stroke (mask, &eraser, samples, 2);
  g_assert_cmpuint (limn_mask_get_value (mask, 100, 50), ==, 96);
}

/* A grey value is an aim, from below and from above. */
static void
test_value (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (100, 100);
  const LimnBrush brush = { .diameter = 30, .hardness = 1, .flow = 1, .opacity = 1, .value = 140 };
  const LimnSample sample = { 50, 50, 1 };

  for (guint i = 0; i < 3; i++)
    {
      paint_stroke (mask, &brush, &sample, 1);
      g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), ==, 140);
    }
  limn_mask_fill (mask, 255);
  paint_stroke (mask, &brush, &sample, 1);
  g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), ==, 140);
  g_assert_cmpuint (limn_mask_get_value (mask, 5, 5), ==, 255);
}

/* How samples are bundled, and whether somebody looks at the mask meanwhile, changes nothing. */
static void
test_bundles (void)
{
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 8);
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr(LimnMask) one = limn_mask_new (SIDE, SIDE), many = limn_mask_new (SIDE, SIDE);
      const LimnBrush brush = {
        .diameter = random_in (&rng, 1, 80), .hardness = round % 3 / 2.0, .flow = round % 2 ? 1 : 0.3, .opacity = 0.9, .value = 255,
        .pressure_size = TRUE, .pressure_flow = TRUE,
      };
      g_autofree guint8 *a = NULL, *b = NULL;
      LimnSample samples[15];
      LimnStroke *stroke;

      for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
        samples[i] = (LimnSample){ random_in (&rng, 0, SIDE), random_in (&rng, 0, SIDE), random_in (&rng, 0, 1) };
      limn_mask_fill (one, 90);
      limn_mask_fill (many, 90);
      paint_stroke (one, &brush, samples, G_N_ELEMENTS (samples));
      stroke = limn_stroke_new (many, &brush, &samples[0], FALSE);
      for (guint i = 1; i < G_N_ELEMENTS (samples); i++)
        {
          LimnMaskState *look = round % 2 ? limn_mask_dup_state (many) : NULL;

          limn_stroke_add (stroke, &samples[i], 1);
          g_clear_pointer (&look, limn_mask_state_unref);
        }
      limn_stroke_end (stroke);
      a = read_values (one);
      b = read_values (many);
      g_assert_cmpmem (a, SIDE * SIDE, b, SIDE * SIDE);
    }
}

/* Tiles are not to be seen: the same stroke elsewhere leaves the same paint. */
static void
test_anywhere (void)
{
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 21);
  for (guint round = 0; round < 12; round++)
    {
      g_autoptr(LimnMask) here = limn_mask_new (600, 600), there = limn_mask_new (600, 600);
      const LimnBrush brush = { .diameter = random_in (&rng, 1, 60), .hardness = round % 3 / 2.0, .flow = round % 2 ? 1 : 0.4,
                                .opacity = 1, .value = 255 };
      int dx = 128 + limn_mt19937_next (&rng) % 128, dy = 128 + limn_mt19937_next (&rng) % 128;
      LimnSample samples[6], moved[6];

      for (guint i = 0; i < 6; i++)
        {
          /* 64ths, so that both are exact. */
          samples[i] = (LimnSample){ floor (random_in (&rng, 40, 300) * 64) / 64, floor (random_in (&rng, 40, 300) * 64) / 64, 1 };
          moved[i] = (LimnSample){ samples[i].x + dx, samples[i].y + dy, 1 };
        }
      paint_stroke (here, &brush, samples, 6);
      paint_stroke (there, &brush, moved, 6);
      for (guint y = 0; y < 340; y++)
        for (guint x = 0; x < 340; x++)
          {
            int a = limn_mask_get_value (here, x, y), b = limn_mask_get_value (there, x + dx, y + dy);

            /* Sums on the curve have other last digits. */
            g_assert_cmpint (ABS (a - b), <=, 1);
          }
    }
}

/* While the pen is down, there is paint under it. */
static void
test_no_lag (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (600, 200);
  const LimnBrush brush = { .diameter = 12, .hardness = 1, .flow = 1, .opacity = 1, .value = 255 };
  const LimnSample first = { 20.5, 50.5, 1 };
  LimnStroke *stroke = limn_stroke_new (mask, &brush, &first, FALSE);

  g_assert_cmpuint (limn_mask_get_value (mask, 20, 50), ==, 255);
  for (guint i = 1; i < 12; i++)
    {
      const LimnSample next = { 20.5 + 45 * i, i % 2 ? 120.5 : 50.5, 1 };

      limn_stroke_add (stroke, &next, 1);
      g_assert_cmpuint (limn_mask_get_value (mask, next.x, next.y), ==, 255);
    }
  limn_stroke_end (stroke);
  for (guint i = 1; i < 12; i++)
    g_assert_cmpuint (limn_mask_get_value (mask, 20 + 45 * i, i % 2 ? 120 : 50), ==, 255);
}

static void
test_line (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (400, 300);
  const LimnBrush brush = { .diameter = 8, .hardness = 1, .flow = 1, .opacity = 1, .value = 255 };
  const LimnSample start = { 30, 30, 1 }, end = { 370, 240, 1 };
  LimnPoint last;
  guint painted = 0;

  g_assert_false (limn_mask_get_last_point (mask, &last));
  /* Without a stroke before it, it is a dab. */
  limn_stroke_end (limn_stroke_new (mask, &brush, &start, TRUE));
  g_assert_true (limn_mask_get_last_point (mask, &last));
  g_assert_cmpfloat (last.x, ==, 30);
  g_assert_cmpuint (limn_mask_get_value (mask, 200, 135), ==, 0);
  limn_stroke_end (limn_stroke_new (mask, &brush, &end, TRUE));
  for (double t = 0; t <= 1; t += 0.01)
    {
      double x = 30 + 340 * t, y = 30 + 210 * t;

      g_assert_cmpuint (limn_mask_get_value (mask, x, y), ==, 255);
      g_assert_cmpuint (limn_mask_get_value (mask, MAX (0, x - 8), MIN (299, y + 8)), ==, 0);
    }
  for (guint y = 0; y < 300; y++)
    for (guint x = 0; x < 400; x++)
      painted += limn_mask_get_value (mask, x, y);
  /* A bar of 8 x 399.6 and a disc of 8. */
  g_assert_cmpfloat (fabs (painted / 255.0 - (8 * 399.6 + G_PI * 16)), <, 30);
  g_assert_true (limn_mask_undo (mask));
  g_assert_cmpuint (limn_mask_get_value (mask, 200, 135), ==, 0);
  g_assert_cmpuint (limn_mask_get_value (mask, 30, 30), ==, 255);
}

static void
test_pressure (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (500, 200);
  LimnBrush brush = { .diameter = 100, .hardness = 1, .flow = 1, .opacity = 1, .value = 255, .pressure_size = TRUE };
  LimnSample samples[9];
  guint heights[2] = { 0 };

  for (guint i = 0; i < 9; i++)
    samples[i] = (LimnSample){ 50 + 50 * i, 100, 0.1 + i * 0.1 };
  paint_stroke (mask, &brush, samples, 9);
  for (guint y = 0; y < 200; y++)
    {
      heights[0] += limn_mask_get_value (mask, 100, y) > 127;
      heights[1] += limn_mask_get_value (mask, 350, y) > 127;
    }
  /* Thinner places lie within the discs of the thicker ones beside them: a cone with sin a = 0.1. */
  g_assert_cmpuint (heights[0], >=, 20);
  g_assert_cmpuint (heights[0], <=, 22);
  g_assert_cmpuint (heights[1], >=, 70);
  g_assert_cmpuint (heights[1], <=, 72);

  brush.pressure_size = FALSE;
  brush.pressure_flow = TRUE;
  limn_mask_fill (mask, 0);
  paint_stroke (mask, &brush, samples, 9);
  g_assert_cmpuint (limn_mask_get_value (mask, 100, 100), <, limn_mask_get_value (mask, 350, 100));
  g_assert_cmpuint (limn_mask_get_value (mask, 350, 100), >, 240);
}

/* A click leaves the whole flow, and a stroke begins without a blot. */
static void
test_click (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (400, 100);
  const LimnBrush brush = { .diameter = 40, .hardness = 1, .flow = 0.3, .opacity = 1, .value = 255 };
  const LimnSample samples[] = { { 50, 50, 1 }, { 150, 50, 1 }, { 250, 50, 1 }, { 350, 50, 1 } };
  guint body;

  paint_stroke (mask, &brush, samples, 1);
  g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), >=, 76); /* 255 x 0.3 = 76.5 */
  g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), <=, 77);
  limn_mask_fill (mask, 0);
  paint_stroke (mask, &brush, samples, 4);
  body = limn_mask_get_value (mask, 200, 50);
  for (guint x = 32; x < 350; x++)
    {
      g_assert_cmpuint (limn_mask_get_value (mask, x, 50), >=, 76);
      g_assert_cmpuint (limn_mask_get_value (mask, x, 50), <=, body + 8);
    }
}

static void
test_hostile (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (200, 200);
  const LimnBrush brush = { .diameter = NAN, .hardness = -3, .flow = INFINITY, .opacity = 7, .value = 255, .pressure_size = TRUE };
  const LimnBrush huge = { .diameter = 1e9, .hardness = 0, .flow = 1, .opacity = 1, .value = 255 };
  const LimnSample samples[] = {
    { NAN, 5, 1 }, { 1e300, -1e300, 1 }, { 100, 100, NAN }, { 100, 100, -4 }, { 100, 100, 1 }, { -INFINITY, 0, 0 }, { 101, 100, 1e9 },
    { -1e9, 1e9, 1 }, { 1e9, -1e9, 0.5 },
  };

  paint_stroke (mask, &brush, samples, G_N_ELEMENTS (samples));
  paint_stroke (mask, &huge, &samples[4], 1);
  g_assert_cmpuint (limn_mask_get_value (mask, 100, 100), ==, 255);
  while (limn_mask_undo (mask))
    ;
  g_assert_cmpuint (limn_mask_get_value (mask, 100, 100), ==, 0);
}

static void
test_step_diameter (void)
{
  double d = 1;

  for (guint i = 0; d < LIMN_BRUSH_MAX_DIAMETER; i++)
    {
      double next = limn_brush_step_diameter (d, TRUE);

      g_assert_cmpfloat (next, >=, d + 1);
      g_assert_cmpuint (i, <, 100);
      if (next < LIMN_BRUSH_MAX_DIAMETER)
        g_assert_cmpfloat (limn_brush_step_diameter (next, FALSE), ==, d);
      d = next;
    }
  g_assert_cmpfloat (limn_brush_step_diameter (1, FALSE), ==, 1);
  g_assert_cmpfloat (limn_brush_step_diameter (LIMN_BRUSH_MAX_DIAMETER, TRUE), ==, LIMN_BRUSH_MAX_DIAMETER);
}

void
add_stroke_tests (void)
{
  g_test_add_func ("/paint/stroke/dab", test_dab);
  g_test_add_func ("/paint/stroke/reference", test_reference);
  g_test_add_func ("/paint/stroke/even", test_even);
  g_test_add_func ("/paint/stroke/ceiling", test_ceiling);
  g_test_add_func ("/paint/stroke/value", test_value);
  g_test_add_func ("/paint/stroke/bundles", test_bundles);
  g_test_add_func ("/paint/stroke/anywhere", test_anywhere);
  g_test_add_func ("/paint/stroke/no-lag", test_no_lag);
  g_test_add_func ("/paint/stroke/line", test_line);
  g_test_add_func ("/paint/stroke/pressure", test_pressure);
  g_test_add_func ("/paint/stroke/click", test_click);
  g_test_add_func ("/paint/stroke/hostile", test_hostile);
  g_test_add_func ("/paint/brush/step", test_step_diameter);
}
