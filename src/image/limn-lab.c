/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-lab.h"

#include <math.h>

/* Where the cube root gives way to a straight line, CIE 15:2004: (6/29)^3, and its slope (29/3)^3 / 116. */
#define DELTA (6.0 / 29.0)

/* Linear sRGB to XYZ by its primaries and D65 of IEC 61966-2-1, each row divided by its sum, so that white is exactly 1 1 1 and no grey gets a
 * colour by rounding. */
static const double to_xyz[3][3] = {
  { 0.4124, 0.3576, 0.1805 },
  { 0.2126, 0.7152, 0.0722 },
  { 0.0193, 0.1192, 0.9505 },
};

static double
to_linear (double value)
{
  double size = fabs (value);

  return copysign (size <= 0.04045 ? size / 12.92 : pow ((size + 0.055) / 1.055, 2.4), value);
}

static double
to_stored (double value)
{
  double size = fabs (value);

  return copysign (size <= 0.0031308 ? size * 12.92 : 1.055 * pow (size, 1 / 2.4) - 0.055, value);
}

static void
lab_of_linear (const double linear[3],
               double       lab[3])
{
  double f[3];

  for (guint i = 0; i < 3; i++)
    {
      const double *row = to_xyz[i];
      double t = (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]) / (row[0] + row[1] + row[2]);

      f[i] = t > DELTA * DELTA * DELTA ? cbrt (t) : t / (3 * DELTA * DELTA) + 4.0 / 29.0;
    }
  lab[0] = 116 * f[1] - 16;
  lab[1] = 500 * (f[0] - f[1]);
  lab[2] = 200 * (f[1] - f[2]);
}

/* By Cramer's rule, so that there is one matrix. */
static void
linear_of_lab (const double lab[3],
               double       linear[3])
{
  const double(*m)[3] = to_xyz;
  double middle = (lab[0] + 16) / 116;
  const double f[3] = { middle + lab[1] / 500, middle, middle - lab[2] / 200 };
  double xyz[3], whole;

  for (guint i = 0; i < 3; i++)
    {
      double t = f[i] > DELTA ? f[i] * f[i] * f[i] : 3 * DELTA * DELTA * (f[i] - 4.0 / 29.0);

      xyz[i] = t * (m[i][0] + m[i][1] + m[i][2]);
    }
  whole = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
          m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  for (guint i = 0; i < 3; i++)
    {
      double c[3][3];

      for (guint j = 0; j < 3; j++)
        for (guint k = 0; k < 3; k++)
          c[j][k] = k == i ? xyz[j] : m[j][k];
      linear[i] = (c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) - c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0]) +
                   c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0])) /
                  whole;
    }
}

void
limn_lab_from_rgb (const double rgb[3],
                   double       lab[3])
{
  const double linear[3] = { to_linear (rgb[0]), to_linear (rgb[1]), to_linear (rgb[2]) };

  lab_of_linear (linear, lab);
}

void
limn_lab_to_rgb (const double lab[3],
                 double       rgb[3])
{
  double linear[3];

  linear_of_lab (lab, linear);
  for (guint i = 0; i < 3; i++)
    rgb[i] = to_stored (linear[i]);
}

void
limn_lab_from_rgb8 (const guint8 rgb[3],
                    double       lab[3])
{
  const double linear[3] = { to_linear (rgb[0] / 255.0), to_linear (rgb[1] / 255.0), to_linear (rgb[2] / 255.0) };

  lab_of_linear (linear, lab);
}

/* Half a step of 8 bits near black, in linear values: what rounds into the range lies in it. */
#define ROUNDED (0.5 / 255 / 12.92)

static gboolean
is_shown (const double lab[3],
          double       chroma,
          double       linear[3])
{
  const double paler[3] = { lab[0], lab[1] * chroma, lab[2] * chroma };

  linear_of_lab (paler, linear);
  for (guint i = 0; i < 3; i++)
    if (!(linear[i] >= -ROUNDED && linear[i] <= 1 + ROUNDED))
      return FALSE;
  return TRUE;
}

void
limn_lab_to_rgb8 (const double lab[3],
                  guint8       rgb[3])
{
  const double within[3] = { CLAMP (lab[0], 0, 100), lab[1], lab[2] };
  double linear[3];

  if (!is_shown (within, 1, linear))
    {
      double low = 0, high = 1;

      /* 2^-10 of any chroma that sRGB has (134) is less than a step of 8 bits. */
      for (guint i = 0; i < 10; i++)
        {
          double middle = (low + high) / 2;

          *(is_shown (within, middle, linear) ? &low : &high) = middle;
        }
      is_shown (within, low, linear);
    }
  for (guint i = 0; i < 3; i++)
    rgb[i] = (guint8) (CLAMP (to_stored (linear[i]), 0, 1) * 255 + 0.5);
}

#define RADIANS(degrees) ((degrees) * (G_PI / 180))

/* 0 to 360; 0 where there is no hue. */
static double
hue (double a,
     double b)
{
  double h = a == 0 && b == 0 ? 0 : atan2 (b, a) / RADIANS (1);

  return h < 0 ? h + 360 : h;
}

/* x^7 / (x^7 + 25^7) under a root. */
static double
root_of_sevenths (double x)
{
  double seventh = pow (x, 7);

  return sqrt (seventh / (seventh + 6103515625.0));
}

double
limn_lab_difference (const double a[3],
                     const double b[3])
{
  double g = 0.5 * (1 - root_of_sevenths ((hypot (a[1], a[2]) + hypot (b[1], b[2])) / 2));
  double a1 = (1 + g) * a[1], a2 = (1 + g) * b[1];
  double c1 = hypot (a1, a[2]), c2 = hypot (a2, b[2]);
  double h1 = hue (a1, a[2]), h2 = hue (a2, b[2]);
  double turn = c1 * c2 == 0 ? 0 : h2 - h1;
  double lightness = (a[0] + b[0]) / 2, chroma = (c1 + c2) / 2;
  double middle = h1 + h2, t, sl, sc, sh, rt, dl, dc, dh;

  /* The shorter way around the circle. */
  if (turn > 180)
    turn -= 360;
  else if (turn < -180)
    turn += 360;
  if (c1 * c2 != 0)
    {
      if (fabs (h1 - h2) > 180)
        middle += middle < 360 ? 360 : -360;
      middle /= 2;
    }

  t = 1 - 0.17 * cos (RADIANS (middle - 30)) + 0.24 * cos (RADIANS (2 * middle)) + 0.32 * cos (RADIANS (3 * middle + 6))
      - 0.20 * cos (RADIANS (4 * middle - 63));
  sl = 1 + 0.015 * (lightness - 50) * (lightness - 50) / sqrt (20 + (lightness - 50) * (lightness - 50));
  sc = 1 + 0.045 * chroma;
  sh = 1 + 0.015 * chroma * t;
  rt = -2 * root_of_sevenths (chroma) * sin (RADIANS (60 * exp (-(middle - 275) / 25 * ((middle - 275) / 25))));
  dl = (b[0] - a[0]) / sl;
  dc = (c2 - c1) / sc;
  dh = 2 * sqrt (c1 * c2) * sin (RADIANS (turn / 2)) / sh;
  return sqrt (dl * dl + dc * dc + dh * dh + rt * dc * dh);
}
