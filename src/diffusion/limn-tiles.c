/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Everything is a product of two axes: windows stand in rows and columns, a window's weight is that along x times that along y, and
 * so is the sum of weights by which is divided. */
#include "config.h"

#include "diffusion/limn-tiles.h"

typedef struct
{
  guint    length;
  guint    side;    /* of a window */
  gboolean wrap;
  guint    n;
  guint   *places;  /* n */
} Axis;

struct _LimnTiles
{
  Axis x;
  Axis y;
};

static void
axis_init (Axis *axis, guint length, guint tile, guint overlap, gboolean wrap)
{
  guint side = tile > 0 ? MIN (tile, length) : length;
  guint stride = side - MIN (overlap, side - 1);

  axis->length = length;
  axis->side = side;
  axis->wrap = wrap;
  if (wrap)
    /* The last and the first overlap too; one cell alone has no seam. */
    axis->n = length == 1 ? 1 : MAX ((length + stride - 1) / stride, 2);
  else
    axis->n = 1 + (length - side + stride - 1) / stride;
  axis->places = g_new (guint, axis->n);
  for (guint i = 0; i < axis->n; i++)
    {
      if (wrap)
        axis->places[i] = (guint64) i * length / axis->n;
      else
        axis->places[i] = axis->n > 1 ? (guint64) i * (length - side) / (axis->n - 1) : 0;
    }
}

/* Smooth at both ends: what a network makes of the edge of its window counts 1/1000 beside what another makes of the same place in the middle of
 * its own, where a plain tent gives it 1/60 and one still sees it. */
static double
tent (guint i, guint n)
{
  double t = (MIN (i, n - 1 - i) + 0.5) / (n / 2.0);

  return t * t * (3 - 2 * t);
}

LimnTiles *
limn_tiles_new (const LimnTilesParams *params)
{
  LimnTiles *tiles = g_new0 (LimnTiles, 1);

  g_return_val_if_fail (params->width > 0 && params->height > 0, NULL);

  axis_init (&tiles->x, params->width, params->tile, params->overlap, params->wrap_x);
  axis_init (&tiles->y, params->height, params->tile, params->overlap, params->wrap_y);
  return tiles;
}

void
limn_tiles_free (LimnTiles *tiles)
{
  if (!tiles)
    return;
  g_free (tiles->x.places);
  g_free (tiles->y.places);
  g_free (tiles);
}

guint
limn_tiles_get_n (const LimnTiles *tiles)
{
  return tiles->x.n * tiles->y.n;
}

guint
limn_tiles_get_width (const LimnTiles *tiles)
{
  return tiles->x.side;
}

guint
limn_tiles_get_height (const LimnTiles *tiles)
{
  return tiles->y.side;
}

void
limn_tiles_get_place (const LimnTiles *tiles, guint i, guint *x, guint *y)
{
  *x = tiles->x.places[i % tiles->x.n];
  *y = tiles->y.places[i / tiles->x.n];
}

/* Where in the whole row or column @k of a window at @place lies. */
static gsize
position (const Axis *axis, guint place, guint scale, guint k)
{
  return ((gsize) place * scale + k) % ((gsize) axis->length * scale);
}

void
limn_tiles_cut (const LimnTiles *tiles, guint i, guint n_channels, guint scale, const float *whole, float *window)
{
  gsize width = (gsize) tiles->x.length * scale, height = (gsize) tiles->y.length * scale;
  guint side_x = tiles->x.side * scale, side_y = tiles->y.side * scale;
  guint x, y;

  limn_tiles_get_place (tiles, i, &x, &y);
  for (guint c = 0; c < n_channels; c++)
    for (guint k = 0; k < side_y; k++)
      {
        const float *row = whole + (c * height + position (&tiles->y, y, scale, k)) * width;

        for (guint j = 0; j < side_x; j++)
          *window++ = row[position (&tiles->x, x, scale, j)];
      }
}

void
limn_tiles_add (const LimnTiles *tiles, guint i, guint n_channels, guint scale, const float *window, double *sum)
{
  gsize width = (gsize) tiles->x.length * scale, height = (gsize) tiles->y.length * scale;
  guint side_x = tiles->x.side * scale, side_y = tiles->y.side * scale;
  guint x, y;

  limn_tiles_get_place (tiles, i, &x, &y);
  for (guint c = 0; c < n_channels; c++)
    for (guint k = 0; k < side_y; k++)
      {
        double *row = sum + (c * height + position (&tiles->y, y, scale, k)) * width;

        for (guint j = 0; j < side_x; j++)
          row[position (&tiles->x, x, scale, j)] += tent (k, side_y) * tent (j, side_x) * *window++;
      }
}

/* The sum of all windows' weights along one side. */
static double *
sum_weights (const Axis *axis, guint scale)
{
  double *sums = g_new0 (double, (gsize) axis->length * scale);

  for (guint i = 0; i < axis->n; i++)
    for (guint k = 0; k < axis->side * scale; k++)
      sums[position (axis, axis->places[i], scale, k)] += tent (k, axis->side * scale);
  return sums;
}

void
limn_tiles_divide (const LimnTiles *tiles, guint n_channels, guint scale, double *sum)
{
  gsize width = (gsize) tiles->x.length * scale, height = (gsize) tiles->y.length * scale;
  g_autofree double *weights_x = sum_weights (&tiles->x, scale);
  g_autofree double *weights_y = sum_weights (&tiles->y, scale);

  for (guint c = 0; c < n_channels; c++)
    for (gsize k = 0; k < height; k++)
      for (gsize j = 0; j < width; j++)
        *sum++ /= weights_x[j] * weights_y[k];
}
