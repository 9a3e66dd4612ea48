/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Filled outlines. Each edge leaves in the rows that it crosses how much more is covered to its right, by exact areas;
 * summed up from the left this is the winding number, mixed where edges run through a pixel. A band of tiles at a time;
 * where no edge left anything in a tile the sum is the same all along, so that the inside costs next to nothing, and a
 * tile that is covered whole is replaced by one that all of them share.
 *
 * Source of the sums: "accumulation buffer", as font rasterisers have it (Levien 2016, "Inside the fastest font
 * renderer in the world"). */
#include "config.h"

#include "paint/limn-mask-private.h"

#include <math.h>
#include <string.h>

/* Of one row in one tile: where edges left something; empty where @end is 0. */
typedef struct
{
  guint8 first;
  guint8 end;
} Touched;

typedef struct
{
  LimnMask *mask;
  guint8    value;
  LimnTile *whole;   /* the value all over */
  guint     columns;
  gsize     stride;  /* of sums: a row has one more than its pixels */
  float    *sums;    /* LIMN_TILE_SIDE rows */
  Touched  *touched; /* of each row and tile in it */
  float     running[LIMN_TILE_SIDE]; /* of each row: the sum of all to the left of the column that is filled next */
} Filler;

/* One row's share of an edge: @height of it lies in the row, going from @x0 to @x1, both 0 to the row's pixels. */
static void
add_row (Filler *filler,
         int     row,
         double  x0,
         double  x1,
         double  height)
{
  float *sums = filler->sums + filler->stride * row;
  Touched *touched = filler->touched + (gsize) filler->columns * row;
  double left = MIN (x0, x1), right = MAX (x0, x1), per_px, before = 0;
  int first = floor (left), last = MAX (first, (int) ceil (right) - 1);

  /* Along the mask's side, as what lies left of it was moved to. */
  if (right == 0)
    {
      filler->running[row] += height;
      return;
    }
  for (guint tile = first >> LIMN_TILE_SHIFT; tile < filler->columns && (int) tile << LIMN_TILE_SHIFT <= last + 1; tile++)
    {
      int from = MAX (first - (int) (tile << LIMN_TILE_SHIFT), 0);
      int to = MIN (last + 2 - (int) (tile << LIMN_TILE_SHIFT), LIMN_TILE_SIDE);

      touched[tile].first = touched[tile].end ? MIN (touched[tile].first, from) : from;
      touched[tile].end = MAX (touched[tile].end, to);
    }
  if (first == last)
    {
      double share = first + 1 - (left + right) / 2;

      sums[first] += height * share;
      sums[first + 1] += height * (1 - share);
      return;
    }
  /* area (x): covered in pixel x, as a share of @height; what is left behind is its growth from pixel to pixel. */
  per_px = 1 / (right - left);
  for (int x = first; x <= last; x++)
    {
      double from = MAX (left, x), to = MIN (right, x + 1);
      /* Where the edge has passed already all of the pixel is covered, where it crosses what lies to its right. */
      double area = (from - left) * per_px + (to - from) * per_px * (x + 1 - (from + to) / 2);

      sums[x] += height * (area - before);
      before = area;
    }
  sums[last + 1] += height * (1 - before);
}

/* An edge inside the band and between the mask's sides. */
static void
add_edge (Filler *filler,
          double  x0,
          double  y0,
          double  x1,
          double  y1)
{
  double sign = 1, slope;

  if (y0 == y1)
    return;
  if (y0 > y1)
    {
      double x = x0, y = y0;

      x0 = x1;
      y0 = y1;
      x1 = x;
      y1 = y;
      sign = -1;
    }
  slope = (x1 - x0) / (y1 - y0);
  for (int row = floor (y0); row < y1; row++)
    {
      double top = MAX (y0, row), bottom = MIN (y1, row + 1);
      double low = MIN (x0, x1), high = MAX (x0, x1);

      add_row (filler, row, CLAMP (x0 + (top - y0) * slope, low, high), CLAMP (x0 + (bottom - y0) * slope, low, high),
               sign * (bottom - top));
    }
}

/* The same for one that may go beyond the sides: there it runs along them. */
static void
add_clipped (Filler *filler,
             double  x0,
             double  y0,
             double  x1,
             double  y1,
             double  width)
{
  double cuts[4] = { 0, 1, 1, 1 };
  guint n = 1;

  if ((x0 < 0) != (x1 < 0))
    cuts[n++] = CLAMP (x0 / (x0 - x1), 0, 1);
  if ((x0 > width) != (x1 > width))
    cuts[n++] = CLAMP ((x0 - width) / (x0 - x1), 0, 1);
  if (n == 3 && cuts[1] > cuts[2])
    {
      double cut = cuts[1];

      cuts[1] = cuts[2];
      cuts[2] = cut;
    }
  cuts[n] = 1;
  for (guint i = 0; i < n; i++)
    {
      double from = cuts[i], to = cuts[i + 1];

      add_edge (filler, CLAMP (x0 + from * (x1 - x0), 0, width), i == 0 ? y0 : y0 + from * (y1 - y0),
                CLAMP (x0 + to * (x1 - x0), 0, width), i == n - 1 ? y1 : y0 + to * (y1 - y0));
    }
}

static guint8
coverage_of (float sum)
{
  return (guint8) (MIN (fabsf (sum), 1.0f) * 255 + 0.5f);
}

static void
mix (guint8 *to,
     int     n,
     guint   coverage,
     guint   value)
{
  if (coverage == 255)
    memset (to, value, n);
  else if (coverage > 0)
    for (int x = 0; x < n; x++)
      to[x] = (to[x] * (255 - coverage) + value * coverage + 127) / 255;
}

/* One column of the band. */
static void
fill_tile (Filler   *filler,
           guint     index,
           LimnRect  rect,
           LimnRect *dirty)
{
  float *running = filler->running;
  gsize column = rect.x >> LIMN_TILE_SHIFT;
  gboolean none = TRUE, all = TRUE;
  guint8 *data;

  for (int y = 0; y < rect.height && (none || all); y++)
    {
      gboolean touched = filler->touched[filler->columns * y + column].end > 0;
      guint8 coverage = coverage_of (running[y]);

      none &= !touched && coverage == 0;
      all &= !touched && coverage == 255;
    }
  if (none)
    return;
  *dirty = limn_rect_union (dirty, &rect);
  if (all)
    {
      limn_mask_put (filler->mask, index, limn_tile_ref (filler->whole));
      return;
    }
  data = limn_mask_write (filler->mask, index);
  for (int y = 0; y < rect.height; y++)
    {
      guint8 *to = data + (y << LIMN_TILE_SHIFT);
      const float *sums = filler->sums + filler->stride * y + rect.x;
      Touched touched = filler->touched[filler->columns * y + column];
      int end = MIN (touched.end, rect.width);

      mix (to, MIN (touched.first, end), coverage_of (running[y]), filler->value);
      for (int x = touched.first; x < end; x++)
        {
          running[y] += sums[x];
          mix (to + x, 1, coverage_of (running[y]), filler->value);
        }
      mix (to + end, rect.width - end, coverage_of (running[y]), filler->value);
    }
}

void
limn_mask_fill_polygon (LimnMask        *mask,
                        const LimnPoint *points,
                        gsize            n_points,
                        guint8           value)
{
  const LimnMaskState *state;
  g_autofree LimnPoint *outline = g_new (LimnPoint, n_points + 1);
  g_autofree float *sums = NULL;
  g_autofree Touched *touched = NULL;
  double width, height, top = INFINITY, bottom = -INFINITY;
  LimnRect dirty = { 0 };
  Filler filler;
  gsize n = 0;

  limn_mask_begin (mask);
  state = limn_mask_peek (mask);
  width = state->width;
  height = state->height;
  for (gsize i = 0; i < n_points; i++)
    if (isfinite (points[i].x) && isfinite (points[i].y))
      {
        outline[n] = (LimnPoint){ CLAMP (points[i].x, -1e6, 1e6), CLAMP (points[i].y, -1e6, 1e6) };
        top = MIN (top, outline[n].y);
        bottom = MAX (bottom, outline[n].y);
        n++;
      }
  top = MAX (top, 0);
  bottom = MIN (bottom, height);
  if (n < 3 || top >= bottom)
    {
      limn_mask_commit (mask);
      return;
    }
  outline[n] = outline[0];

  filler = (Filler){ .mask = mask, .value = value, .columns = state->columns };
  filler.stride = ((gsize) state->columns << LIMN_TILE_SHIFT) + 2;
  filler.sums = sums = g_new0 (float, filler.stride * LIMN_TILE_SIDE);
  filler.touched = touched = g_new0 (Touched, (gsize) state->columns * LIMN_TILE_SIDE);
  if (value == 0 || value == 255)
    filler.whole = value ? limn_tile_full () : limn_tile_zero ();
  else
    {
      filler.whole = limn_tile_new ();
      memset (filler.whole->data, value, sizeof filler.whole->data);
    }

  for (int band = (int) top >> LIMN_TILE_SHIFT; (band << LIMN_TILE_SHIFT) < bottom; band++)
    {
      double band_top = band << LIMN_TILE_SHIFT, band_bottom = MIN (band_top + LIMN_TILE_SIDE, height);

      memset (filler.running, 0, sizeof filler.running);
      for (gsize i = 0; i < n; i++)
        {
          LimnPoint a = outline[i], b = outline[i + 1];
          double from = MAX (band_top, MIN (a.y, b.y)), to = MIN (band_bottom, MAX (a.y, b.y)), slope;

          if (from >= to)
            continue;
          slope = (b.x - a.x) / (b.y - a.y);
          if (a.y < b.y)
            add_clipped (&filler, a.x + (from - a.y) * slope, from - band_top, a.x + (to - a.y) * slope, to - band_top, width);
          else
            add_clipped (&filler, a.x + (to - a.y) * slope, to - band_top, a.x + (from - a.y) * slope, from - band_top, width);
        }
      for (guint column = 0; column < filler.columns; column++)
        {
          guint index = band * filler.columns + column;

          fill_tile (&filler, index, limn_mask_state_tile_rect (limn_mask_peek (mask), index), &dirty);
        }
      for (int y = 0; y < LIMN_TILE_SIDE; y++)
        for (guint column = 0; column < filler.columns; column++)
          {
            Touched *part = &touched[filler.columns * y + column];

            if (part->end > 0)
              memset (sums + filler.stride * y + (column << LIMN_TILE_SHIFT) + part->first, 0,
                      (part->end - part->first) * sizeof (float));
            *part = (Touched){ 0 };
          }
    }
  limn_tile_unref (filler.whole);
  if (!limn_rect_is_empty (&dirty))
    limn_mask_tell (mask, &dirty);
  limn_mask_commit (mask);
}

void
limn_mask_fill_rectangle (LimnMask        *mask,
                          const LimnPoint *corner,
                          const LimnPoint *opposite,
                          guint8           value)
{
  const LimnPoint points[] = {
    { corner->x, corner->y }, { opposite->x, corner->y }, { opposite->x, opposite->y }, { corner->x, opposite->y },
  };

  limn_mask_fill_polygon (mask, points, G_N_ELEMENTS (points), value);
}
