/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "paint/limn-mask-edit.h"

#include "paint/limn-mask-private.h"

#include <math.h>
#include <string.h>

/* --- Growing --- */

/* A disc is a pile of rows: the largest value within @radius of (x, y) is the largest, over all rows dy of the disc, of
 * the largest within sqrt (radius^2 - dy^2) of x in row y + dy. Along a row that is the larger of two runs of 2^k
 * pixels, for which there are tables. So a pixel takes one comparison for each row of the disc, and these come sixteen
 * at a time. */
typedef struct
{
  const LimnMaskState *state;
  int                  reach;   /* whole rows that the disc has above its centre */
  int                 *half;    /* of each |dy|: pixels that it reaches to either side */
  guint                n_runs;
  gsize                pad;     /* zeros on both sides of a row */
  gsize                stride;
  guint8              *runs;    /* n_runs rows: the largest of the 2^k values from x on */
} Grower;

static void
max_of (guint8       *restrict y,
        const guint8 *restrict a,
        const guint8 *restrict b,
        gsize         n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = MAX (a[i], b[i]);
}

static void
max_into (guint8       *restrict y,
          const guint8 *restrict a,
          const guint8 *restrict b,
          gsize         n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint8 larger = MAX (a[i], b[i]);

      y[i] = MAX (y[i], larger);
    }
}

/* Reads a row and makes its tables; FALSE where all of it is 0. @first, @end: what is not. */
static gboolean
load_row (Grower *grower,
          int     y,
          int    *first,
          int    *end)
{
  LimnRect rect = { 0, y, grower->state->width, 1 };
  guint8 *row = grower->runs + grower->pad;

  limn_mask_state_read (grower->state, &rect, row, rect.width);
  *first = 0;
  *end = rect.width;
  while (*first < *end && row[*first] == 0)
    ++*first;
  if (*first == *end)
    return FALSE;
  while (row[*end - 1] == 0)
    --*end;
  for (guint k = 1; k < grower->n_runs; k++)
    {
      const guint8 *shorter = grower->runs + grower->stride * (k - 1);
      gsize half = (gsize) 1 << (k - 1);

      max_of (grower->runs + grower->stride * k, shorter, shorter + half, grower->stride - half);
    }
  return TRUE;
}

/* What row @y does to the rows of one band of tiles, @top to @bottom - 1. */
static void
spread_row (Grower *grower,
            int     y,
            int     top,
            int     bottom,
            guint8 *band)
{
  int width = grower->state->width, first, end;

  if (!load_row (grower, y, &first, &end))
    return;
  for (int to = MAX (top, y - grower->reach); to < MIN (bottom, y + grower->reach + 1); to++)
    {
      int half = grower->half[ABS (to - y)];
      int left = MAX (0, first - half), right = MIN (width, end + half);
      guint k = g_bit_storage (2 * half + 1) - 1;
      const guint8 *run = grower->runs + grower->stride * k + grower->pad + left;

      max_into (band + (gsize) width * (to - top) + left, run - half, run + half + 1 - (1 << k), right - left);
    }
}

static LimnMaskState *
dilate (LimnMaskState *state,
        double         radius,
        GCancellable  *cancellable)
{
  Grower grower = { .state = state, .reach = floor (radius) };
  int width = state->width, height = state->height;
  g_autofree int *half = g_new (int, grower.reach + 1);
  g_autofree guint8 *runs = NULL, *band = g_malloc ((gsize) width << LIMN_TILE_SHIFT);
  LimnMaskState *grown;

  for (int dy = 0; dy <= grower.reach; dy++)
    half[dy] = floor (sqrt (radius * radius - (double) dy * dy));
  grower.half = half;
  grower.n_runs = g_bit_storage (2 * half[0] + 1);
  grower.pad = grower.reach + 1;
  grower.stride = width + 2 * grower.pad;
  grower.runs = runs = g_malloc0 (grower.stride * grower.n_runs);

  grown = limn_mask_state_new_empty (width, height);
  for (guint row = 0; row < state->rows; row++)
    {
      int top = row << LIMN_TILE_SHIFT, bottom = MIN (top + LIMN_TILE_SIDE, height);

      if (g_cancellable_is_cancelled (cancellable))
        {
          limn_mask_state_unref (grown);
          return NULL;
        }
      memset (band, 0, (gsize) width << LIMN_TILE_SHIFT);
      for (int y = MAX (0, top - grower.reach); y < MIN (height, bottom + grower.reach); y++)
        spread_row (&grower, y, top, bottom, band);
      for (guint column = 0; column < state->columns; column++)
        {
          guint index = row * state->columns + column;
          LimnRect rect = limn_mask_state_tile_rect (state, index);
          LimnTile *tile = limn_tile_new ();

          memset (tile->data, 0, sizeof tile->data);
          for (int y = 0; y < rect.height; y++)
            memcpy (tile->data + (y << LIMN_TILE_SHIFT), band + (gsize) width * y + rect.x, rect.width);
          grown->tiles[index] = limn_mask_state_canonical (state, index, tile);
        }
    }
  return grown;
}

LimnMaskState *
limn_mask_state_grow (LimnMaskState *state,
                      double         radius,
                      GCancellable  *cancellable)
{
  g_autoptr(LimnMaskState) inverse = NULL;
  g_autoptr(LimnMaskState) grown = NULL;

  if (!isfinite (radius) || fabs (radius) < 1)
    return limn_mask_state_ref (state);
  radius = CLAMP (radius, -LIMN_MASK_MAX_GROW, LIMN_MASK_MAX_GROW);
  if (radius > 0)
    return dilate (state, radius, cancellable);
  /* What is not masked grows. */
  inverse = limn_mask_state_invert (state);
  grown = dilate (inverse, -radius, cancellable);
  return grown ? limn_mask_state_invert (grown) : NULL;
}

/* --- Feathering --- */

/* Deriche's recursive filter: the Gaussian as the sum of two damped oscillations,
 *
 *     g(x) ~ sum over i of exp (-b_i |x| / sigma) (a_i cos (w_i x / sigma) + c_i sin (w_i |x| / sigma))
 *
 * so that a pixel takes the same work whatever sigma is: four values before it and four of what came out of them, from
 * either side. What it makes of an edge from 0 to 255 is off by 0.04 at most, for any sigma from 0.3 on (measured). In
 * double, since for large sigma the poles lie close to 1.
 *
 * Source: Deriche 1993, "Recursively implementing the Gaussian and its derivatives", INRIA research report 1893. */
#define ORDER 4

typedef struct
{
  double forward[ORDER];  /* of x[n], x[n - 1], ... */
  double backward[ORDER]; /* of x[n + 1], x[n + 2], ... */
  double fed[ORDER];      /* of y[n - 1], ...: subtracted */
  double rest_forward;    /* what comes out of a line of ones */
  double rest_backward;
} Deriche;

/* Lines that are filtered side by side. */
#define LANES 16

static void
init_deriche (Deriche *filter,
              double   sigma)
{
  static const double a[] = { 1.68, -0.6803 }, c[] = { 3.735, -0.2598 }, b[] = { 1.783, 1.723 }, w[] = { 0.6318, 1.997 };
  double n[2][2], d[2][3], sum_n = 0, sum_d = 1, sum_b = 0, scale;
  double product[ORDER + 1] = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      double damped = exp (-b[i] / sigma), angle = w[i] / sigma;

      n[i][0] = a[i];
      n[i][1] = damped * (c[i] * sin (angle) - a[i] * cos (angle));
      d[i][0] = 1;
      d[i][1] = -2 * damped * cos (angle);
      d[i][2] = damped * damped;
    }
  *filter = (Deriche){ 0 };
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 3; j++)
      {
        product[i + j] += d[0][i] * d[1][j];
        if (j < 2)
          filter->forward[i + j] += d[0][i] * n[1][j] + d[1][i] * n[0][j];
      }
  for (guint i = 0; i < ORDER; i++)
    {
      filter->fed[i] = product[i + 1];
      filter->backward[i] = (i + 1 < ORDER ? filter->forward[i + 1] : 0) - product[i + 1] * filter->forward[0];
      sum_d += product[i + 1];
    }
  for (guint i = 0; i < ORDER; i++)
    {
      sum_n += filter->forward[i];
      sum_b += filter->backward[i];
    }
  /* A line of ones stays one. */
  scale = sum_d / (sum_n + sum_b);
  for (guint i = 0; i < ORDER; i++)
    {
      filter->forward[i] *= scale;
      filter->backward[i] *= scale;
    }
  filter->rest_forward = sum_n * scale / sum_d;
  filter->rest_backward = sum_b * scale / sum_d;
}

/* One step for all lanes: @x and @y hold the four before, newest first. */
static inline void
run_lanes (const double  in[ORDER],
           const double  fed[ORDER],
           const double *x[ORDER],
           const double *y[ORDER],
           double       *restrict to)
{
  for (guint l = 0; l < LANES; l++)
    to[l] = in[0] * x[0][l] + in[1] * x[1][l] + in[2] * x[2][l] + in[3] * x[3][l]
            - fed[0] * y[0][l] - fed[1] * y[1][l] - fed[2] * y[2][l] - fed[3] * y[3][l];
}

/* @line: n x LANES, becomes its filtered self; @scratch: as long. */
static void
run_deriche (const Deriche *filter,
             double        *line,
             double        *scratch,
             int            n)
{
  double rest[LANES], ring[ORDER][LANES], edge[LANES];

  memcpy (edge, line, sizeof edge);
  for (guint l = 0; l < LANES; l++)
    rest[l] = edge[l] * filter->rest_forward;
  for (int i = 0; i < n; i++)
    {
      const double *x[ORDER], *y[ORDER];

      for (int k = 0; k < ORDER; k++)
        {
          x[k] = i - k >= 0 ? line + (gsize) (i - k) * LANES : edge;
          y[k] = i - k - 1 >= 0 ? scratch + (gsize) (i - k - 1) * LANES : rest;
        }
      run_lanes (filter->forward, filter->fed, x, y, scratch + (gsize) i * LANES);
    }

  memcpy (edge, line + (gsize) (n - 1) * LANES, sizeof edge);
  for (guint l = 0; l < LANES; l++)
    rest[l] = edge[l] * filter->rest_backward;
  /* The last four of what comes out from this side stand in the ring; @scratch has the sum of both. */
  for (int i = n - 1; i >= 0; i--)
    {
      const double *x[ORDER], *y[ORDER];
      double out[LANES];

      for (int k = 0; k < ORDER; k++)
        {
          x[k] = i + k + 1 < n ? line + (gsize) (i + k + 1) * LANES : edge;
          y[k] = i + k + 1 < n ? ring[(i + k + 1) % ORDER] : rest;
        }
      run_lanes (filter->backward, filter->fed, x, y, out);
      memcpy (ring[i % ORDER], out, sizeof out);
      for (guint l = 0; l < LANES; l++)
        scratch[(gsize) i * LANES + l] += out[l];
    }
  memcpy (line, scratch, (gsize) n * LANES * sizeof (double));
}

/* 8 bits before the point, 8 behind it, are enough between the two directions: 1 / 512 of a level. */
static inline guint16
to_fixed (double value)
{
  return (guint16) (CLAMP (value, 0, 255) * 256 + 0.5);
}

static gboolean
blur_rows (const Deriche *filter,
           guint16       *values,
           int            width,
           int            height,
           GCancellable  *cancellable)
{
  g_autofree double *line = g_new (double, (gsize) width * LANES);
  g_autofree double *scratch = g_new (double, (gsize) width * LANES);

  for (int y = 0; y < height; y += LANES)
    {
      if (g_cancellable_is_cancelled (cancellable))
        return FALSE;
      for (int l = 0; l < LANES; l++)
        {
          const guint16 *row = values + (gsize) width * MIN (y + l, height - 1);

          for (int x = 0; x < width; x++)
            line[(gsize) x * LANES + l] = row[x] / 256.0;
        }
      run_deriche (filter, line, scratch, width);
      for (int l = 0; l < MIN (LANES, height - y); l++)
        {
          guint16 *row = values + (gsize) width * (y + l);

          for (int x = 0; x < width; x++)
            row[x] = to_fixed (line[(gsize) x * LANES + l]);
        }
    }
  return TRUE;
}

static gboolean
blur_columns (const Deriche *filter,
              guint16       *values,
              int            width,
              int            height,
              GCancellable  *cancellable)
{
  g_autofree double *line = g_new (double, (gsize) height * LANES);
  g_autofree double *scratch = g_new (double, (gsize) height * LANES);

  for (int x = 0; x < width; x += LANES)
    {
      int n = MIN (LANES, width - x);

      if (g_cancellable_is_cancelled (cancellable))
        return FALSE;
      for (int y = 0; y < height; y++)
        for (int l = 0; l < LANES; l++)
          line[(gsize) y * LANES + l] = values[(gsize) width * y + x + MIN (l, n - 1)] / 256.0;
      run_deriche (filter, line, scratch, height);
      for (int y = 0; y < height; y++)
        for (int l = 0; l < n; l++)
          values[(gsize) width * y + x + l] = to_fixed (line[(gsize) y * LANES + l]);
    }
  return TRUE;
}

LimnMaskState *
limn_mask_state_feather (LimnMaskState *state,
                         double         sigma,
                         GCancellable  *cancellable)
{
  g_autofree guint16 *values = NULL;
  g_autofree guint8 *row = NULL;
  LimnRect all = { 0, 0, state->width, state->height }, part;
  LimnMaskState *feathered;
  Deriche filter;
  int margin;

  /* Below that a pixel keeps more than 0.99 of itself. */
  if (!isfinite (sigma) || sigma < 0.3)
    return limn_mask_state_ref (state);
  sigma = MIN (sigma, LIMN_MASK_MAX_FEATHER);
  part = limn_mask_state_get_bounds (state);
  if (limn_rect_is_empty (&part) || limn_mask_state_is_uniform (state, 255))
    return limn_mask_state_ref (state);

  /* Further out less than half a level arrives: 255 x 2 x (1 - Phi (4)) = 0.016. */
  margin = ceil (4 * sigma) + 1;
  part = (LimnRect){ part.x - margin, part.y - margin, part.width + 2 * margin, part.height + 2 * margin };
  part = limn_rect_intersect (&part, &all);
  values = g_new (guint16, (gsize) part.width * part.height);
  row = g_malloc (part.width);
  for (int y = 0; y < part.height; y++)
    {
      LimnRect line = { part.x, part.y + y, part.width, 1 };

      limn_mask_state_read (state, &line, row, part.width);
      for (int x = 0; x < part.width; x++)
        values[(gsize) part.width * y + x] = row[x] * 256;
    }
  init_deriche (&filter, sigma);
  if (!blur_rows (&filter, values, part.width, part.height, cancellable)
      || !blur_columns (&filter, values, part.width, part.height, cancellable))
    return NULL;

  feathered = limn_mask_state_new_empty (state->width, state->height);
  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      LimnRect rect = limn_mask_state_tile_rect (state, i), inside = limn_rect_intersect (&rect, &part);
      LimnTile *tile;

      if (limn_rect_is_empty (&inside))
        {
          feathered->tiles[i] = limn_tile_zero ();
          continue;
        }
      tile = limn_tile_new ();
      memset (tile->data, 0, sizeof tile->data);
      for (int y = inside.y; y < inside.y + inside.height; y++)
        {
          const guint16 *from = values + (gsize) part.width * (y - part.y) - part.x;
          guint8 *to = tile->data + ((y - rect.y) << LIMN_TILE_SHIFT) - rect.x;

          for (int x = inside.x; x < inside.x + inside.width; x++)
            to[x] = (from[x] + 128) >> 8;
        }
      feathered->tiles[i] = limn_mask_state_canonical (state, i, tile);
    }
  return feathered;
}

/* --- Fill by colour --- */

static inline gboolean
is_near (const guint8 *pixel,
         const guint8 *colour,
         guint         channels,
         guint         tolerance)
{
  guint largest = 0;

  for (guint c = 0; c < channels; c++)
    largest = MAX (largest, (guint) ABS (pixel[c] - colour[c]));
  return largest <= tolerance;
}

/* @values: 1 where the colour is near enough; what is joined to the start becomes 255. A row's run at a time; above and below it,
 * each run that begins there is put on the stack once. */
static gboolean
flood (guint8       *values,
       int           width,
       int           height,
       int           start_x,
       int           start_y,
       GCancellable *cancellable)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, 2 * sizeof (int));
  int seed[2] = { start_x, start_y };

  g_array_append_val (stack, seed);
  for (guint n = 0; stack->len > 0; n++)
    {
      int left, right;
      guint8 *row;

      memcpy (seed, stack->data + sizeof seed * (stack->len - 1), sizeof seed);
      g_array_set_size (stack, stack->len - 1);
      row = values + (gsize) width * seed[1];
      if (row[seed[0]] != 1)
        continue;
      if (n % 4096 == 4095 && g_cancellable_is_cancelled (cancellable))
        return FALSE;
      left = right = seed[0];
      while (left > 0 && row[left - 1] == 1)
        left--;
      while (right + 1 < width && row[right + 1] == 1)
        right++;
      memset (row + left, 255, right - left + 1);
      for (int y = seed[1] - 1; y <= seed[1] + 1; y += 2)
        {
          const guint8 *beside;

          if (y < 0 || y >= height)
            continue;
          beside = values + (gsize) width * y;
          for (int x = left; x <= right; x++)
            if (beside[x] == 1 && (x == left || beside[x - 1] != 1))
              {
                int next[2] = { x, y };

                g_array_append_val (stack, next);
              }
        }
    }
  return TRUE;
}

LimnMaskState *
limn_mask_state_select (LimnImage    *picture,
                        guint         x,
                        guint         y,
                        guint         tolerance,
                        gboolean      contiguous,
                        GCancellable *cancellable)
{
  guint width = limn_image_get_width (picture), height = limn_image_get_height (picture);
  guint channels = limn_image_get_format (picture);
  g_autofree guint8 *values = NULL;
  guint8 colour[4];

  g_return_val_if_fail (x < width && y < height, NULL);
  g_return_val_if_fail (width <= LIMN_MASK_MAX_SIDE && height <= LIMN_MASK_MAX_SIDE, NULL);

  memcpy (colour, limn_image_get_row (picture, y) + (gsize) x * channels, channels);
  values = g_malloc ((gsize) width * height);
  for (guint row = 0; row < height; row++)
    {
      const guint8 *from = limn_image_get_row (picture, row);
      guint8 *to = values + (gsize) width * row;

      if (g_cancellable_is_cancelled (cancellable))
        return NULL;
      for (guint i = 0; i < width; i++, from += channels)
        to[i] = is_near (from, colour, channels, tolerance) ? (contiguous ? 1 : 255) : 0;
    }
  if (contiguous)
    {
      if (!flood (values, width, height, x, y, cancellable))
        return NULL;
      for (gsize i = 0; i < (gsize) width * height; i++)
        values[i] = values[i] == 255 ? 255 : 0;
    }
  return limn_mask_state_new_from_values (width, height, values, width);
}
