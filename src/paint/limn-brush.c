/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "paint/limn-brush.h"
#include "paint/limn-dab.h"

#include <math.h>

void
limn_brush_init (LimnBrush *brush)
{
  *brush = (LimnBrush){
    .diameter = 64,
    .hardness = 0.8,
    .flow = 1,
    .opacity = 1,
    .value = 255,
    .pressure_size = TRUE,
  };
}

double
limn_brush_step_diameter (double   diameter,
                          gboolean larger)
{
  double now = CLAMP (round (diameter), LIMN_BRUSH_MIN_DIAMETER, LIMN_BRUSH_MAX_DIAMETER);
  double next;

  /* Down is the way that up came: the largest whole number that steps up to this one, or beyond. */
  if (larger)
    next = now + MAX (1, floor (now / 10));
  else
    {
      next = ceil (now / 1.1);
      if (next >= now)
        next = now - 1;
    }
  return CLAMP (next, LIMN_BRUSH_MIN_DIAMETER, LIMN_BRUSH_MAX_DIAMETER);
}

double
limn_brush_get_diameter (const LimnBrush *brush,
                         double           pressure)
{
  double diameter = brush->diameter;

  if (brush->pressure_size)
    diameter *= CLAMP (pressure, 0, 1);
  return CLAMP (diameter, LIMN_BRUSH_MIN_DIAMETER, LIMN_BRUSH_MAX_DIAMETER);
}

/* --- Dabs --- */

double
limn_brush_get_edge (const LimnBrush *brush,
                     double           diameter)
{
  return 1 + (1 - brush->hardness) * (diameter / 2 - 0.5);
}

/* Between dabs that are s apart the outline of a stroke lies s^2 / (8 r) further in than at them. A 64th of the edge's
 * width of that is four of 255 levels, six where the edge is soft. Along its middle, which is s / 2 away, a brush
 * without a core would fall off by h u + (1 - h) 3 u^2, u being that as a share of the edge: no more than a 128th. Weak
 * dabs show where each begins: no fewer than ten in a diameter, and sixty, or three in an edge that hides them, where
 * they do not reach the value at once. The least distance counts for hard brushes of nearly one pixel alone. */
double
limn_brush_get_spacing (const LimnBrush *brush,
                        double           diameter)
{
  double radius = diameter / 2, width = limn_brush_get_edge (brush, diameter), soft = 1 - brush->hardness;
  double by_outline = sqrt (8 * radius * width / 64);
  double share = soft > 0 ? (sqrt (brush->hardness * brush->hardness + 12 * soft / 128) - brush->hardness) / (6 * soft) : 1 / 128.0;
  double by_middle = 2 * (radius + 0.5 - width + share * width);
  double by_flow = diameter / 10;

  if (brush->flow < 1 || brush->pressure_flow)
    by_flow = MIN (by_flow, MAX (diameter / 60, width / 3));
  return MAX (1 / 32.0, MIN (MIN (by_outline, by_middle), by_flow));
}

double
limn_brush_get_dab_flow (double flow,
                         double spacing,
                         double diameter)
{
  return flow >= 1 ? 1 : 1 - pow (1 - flow, 4 * spacing / diameter);
}

void
limn_dab_init (LimnDab         *dab,
               const LimnBrush *brush,
               double           diameter,
               double           x,
               double           y)
{
  double radius = diameter / 2;
  double width = limn_brush_get_edge (brush, diameter);

  *dab = (LimnDab){
    .x = x,
    .y = y,
    .outer = radius + 0.5,
    .inner = radius + 0.5 - width,
    .per_width = 1 / width,
    .hardness = brush->hardness,
    .ceiling = round (brush->opacity * LIMN_DAB_ONE),
  };
}

void
limn_dab_get_rows (const LimnDab *dab,
                   int           *first,
                   int           *end)
{
  *first = floor (dab->y - dab->outer);
  *end = ceil (dab->y + dab->outer) + 1;
}

/* Plain loops over arrays, for the compiler to make vectors of. @dx: of the first pixel, @dy2: squared. */
static void
fill_edge (const LimnDab *dab,
           float          dx,
           float          dy2,
           int            n,
           gint16        *values)
{
  float outer = dab->outer, per_width = dab->per_width, hardness = dab->hardness, ceiling = dab->ceiling;

  for (int i = 0; i < n; i++)
    {
      float u = dx + (float) i;
      float t = (outer - sqrtf (u * u + dy2)) * per_width;
      float m;

      t = t < 0 ? 0 : t;
      t = t > 1 ? 1 : t;
      m = hardness * t + (1 - hardness) * (t * t * (3 - 2 * t));
      values[i] = (gint16) (int) (m * ceiling + 0.5f);
    }
}

int
limn_dab_get_row (const LimnDab *dab,
                  int            y,
                  int            left,
                  int            right,
                  int           *x,
                  gint16        *values)
{
  double dy = y + 0.5 - dab->y;
  double half = (double) dab->outer * dab->outer - dy * dy;
  double core = dab->inner > 0 ? (double) dab->inner * dab->inner - dy * dy : -1;
  int first, end, core_first, core_end;

  if (half <= 0)
    return 0;
  half = sqrt (half);
  first = MAX (left, (int) floor (dab->x - half));
  end = MIN (right, (int) ceil (dab->x + half) + 1);
  if (first >= end)
    return 0;
  *x = first;
  /* Where d is surely no more than inner: a pixel's less than it might be, since these are floats there. */
  core_first = core_end = end;
  if (core > 0)
    {
      core = sqrt (core) - 1;
      core_first = CLAMP ((int) ceil (dab->x - 0.5 - core), first, end);
      core_end = CLAMP ((int) floor (dab->x - 0.5 + core) + 1, core_first, end);
    }
  fill_edge (dab, first + 0.5 - dab->x, dy * dy, core_first - first, values);
  for (int i = core_first; i < core_end; i++)
    values[i - first] = (gint16) (int) (dab->ceiling + 0.5f);
  fill_edge (dab, core_end + 0.5 - dab->x, dy * dy, end - core_end, values + (core_end - first));
  return end - first;
}
