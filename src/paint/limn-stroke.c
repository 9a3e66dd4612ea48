/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A stroke has a coverage S of its own, 15 bits, in tiles like the mask's. A dab m that flows with f brings it nearer
 * to its own:
 *
 *     S' = S + ceil (f max (m - S, 0))
 *
 * Rounded up, so that S arrives; never above the largest m of the dabs that went over a pixel. So the profile of a
 * stroke is that of its dab: neither does a soft edge grow fat nor does a hard one lose its smoothness where many dabs
 * overlap.
 *
 * A click leaves one dab with the whole flow. It is no dab of the stroke's: those that follow would add to it, and each
 * stroke would begin with a blot. It only counts as a floor, when the mask is made of S, in the pixels where less than
 * that has come together.
 *
 * The curve from the last sample but one to the last is known only when the next one is. Until then it is drawn as if
 * there were none, and tiles of S are kept as they were before: LimnStrokeTile.kept. */
#include "config.h"

#include "paint/limn-stroke.h"

#include "paint/limn-dab.h"
#include "paint/limn-mask-private.h"

#include <math.h>
#include <string.h>

/* A sample from further outside than this says nothing more about the mask. Bounds the dabs of one segment. */
#define FAR_PX 32768.0

typedef struct
{
  gint16    *coverage;
  gint16    *kept;     /* as it was without the provisional piece; NULL where that has not been */
  LimnTile  *former;   /* of the mask before the stroke */
  LimnRect   dirty;    /* in pixels of the mask: where the mask is not yet made of this */
  LimnRect   tail;     /* the same: where the provisional piece went */
} StrokeTile;

/* How far the curve has come since the last dab. */
typedef struct
{
  double due;    /* in spacings: at 1 a dab is drawn */
  double length; /* px */
  double turned; /* radians */
  double dx;     /* direction of the last piece, 0 where there was none */
  double dy;
} Way;

struct _LimnStroke
{
  LimnMask    *mask;
  LimnBrush    brush;
  guint8       value;
  StrokeTile **tiles;
  GArray      *used;     /* of guint: which tiles there are */
  gboolean     over;
  gboolean     provisional;
  LimnSample   points[3]; /* the last ones, newest last */
  guint        n_points;
  Way          way;
  Way          kept_way;
  guint64      n_dabs;
  gboolean     has_floor;
  LimnDab      floor;
  gint32       floor_flow;
};

/* --- Coverage --- */

static StrokeTile *
get_tile (LimnStroke *stroke,
          guint       index)
{
  StrokeTile *tile = stroke->tiles[index];

  if (!tile)
    {
      tile = stroke->tiles[index] = g_new0 (StrokeTile, 1);
      tile->coverage = g_new0 (gint16, LIMN_TILE_AREA);
      tile->former = limn_tile_ref (limn_mask_peek (stroke->mask)->tiles[index]);
      g_array_append_val (stroke->used, index);
    }
  if (stroke->provisional && !tile->kept)
    tile->kept = g_memdup2 (tile->coverage, LIMN_TILE_AREA * sizeof (gint16));
  return tile;
}

static void
touch (StrokeTile *tile,
       int         x,
       int         y,
       int         width)
{
  LimnRect row = { x, y, width, 1 };

  tile->dirty = limn_rect_union (&tile->dirty, &row);
  if (tile->kept)
    tile->tail = limn_rect_union (&tile->tail, &row);
}

/* @flow: 1 is 32768 */
static void
cover_row (gint16       *restrict coverage,
           const gint16 *restrict m,
           int           n,
           gint32        flow)
{
  if (flow == 32768)
    for (int i = 0; i < n; i++)
      coverage[i] = MAX (coverage[i], m[i]);
  else
    for (int i = 0; i < n; i++)
      {
        gint16 more = MAX (coverage[i], m[i]) - coverage[i];

        coverage[i] += (gint16) ((more * flow + 32767) >> 15);
      }
}

/* @way: px since the last dab; 0: it is the first. */
static void
draw_dab (LimnStroke *stroke,
          double      x,
          double      y,
          double      pressure,
          double      way)
{
  const LimnMaskState *state = limn_mask_peek (stroke->mask);
  double diameter = limn_brush_get_diameter (&stroke->brush, pressure);
  double flow = stroke->brush.flow * (stroke->brush.pressure_flow ? pressure : 1);
  gint32 dab_flow;
  LimnDab dab;
  int first, end;

  if (way <= 0)
    way = limn_brush_get_spacing (&stroke->brush, diameter);
  flow = limn_brush_get_dab_flow (flow, way, diameter);
  if (flow <= 0)
    return;
  dab_flow = MAX (1, lround (flow * 32768));
  stroke->n_dabs++;
  limn_dab_init (&dab, &stroke->brush, diameter, x, y);
  limn_dab_get_rows (&dab, &first, &end);
  first = MAX (first, 0);
  end = MIN (end, (int) state->height);
  for (int row = first; row < end; row++)
    {
      gint16 m[LIMN_DAB_MAX_WIDTH];
      int left, n = limn_dab_get_row (&dab, row, 0, state->width, &left, m);

      for (int i = 0; i < n;)
        {
          int at = left + i, in_tile = at % LIMN_TILE_SIDE, count = MIN (n - i, LIMN_TILE_SIDE - in_tile);
          guint index = (row >> LIMN_TILE_SHIFT) * state->columns + (at >> LIMN_TILE_SHIFT);
          StrokeTile *tile = get_tile (stroke, index);

          cover_row (tile->coverage + ((row % LIMN_TILE_SIDE) << LIMN_TILE_SHIFT) + in_tile, m + i, count, dab_flow);
          touch (tile, at, row, count);
          i += count;
        }
    }
}

/* --- The mask of it --- */

static void
mix_row (guint8       *restrict to,
         const guint8 *restrict former,
         const gint16 *restrict coverage,
         int           n,
         gint32        value)
{
  for (int i = 0; i < n; i++)
    {
      /* Rounded division by 2^15 - 1, exact for all that can stand here. */
      gint32 sum = former[i] * (LIMN_DAB_ONE - coverage[i]) + value * coverage[i] + 16384;

      to[i] = (sum + (sum >> 15)) >> 15;
    }
}

static void
mix_tile (LimnStroke *stroke,
          guint       index)
{
  StrokeTile *tile = stroke->tiles[index];
  guint8 *to = limn_mask_write (stroke->mask, index);
  LimnRect dirty = tile->dirty;

  for (int y = dirty.y; y < dirty.y + dirty.height; y++)
    {
      gsize row = ((y % LIMN_TILE_SIDE) << LIMN_TILE_SHIFT) + dirty.x % LIMN_TILE_SIDE;
      gint16 raised[LIMN_TILE_SIDE], m[LIMN_DAB_MAX_WIDTH];
      const gint16 *coverage = tile->coverage + row;
      int x, n = 0;

      if (stroke->has_floor)
        n = limn_dab_get_row (&stroke->floor, y, dirty.x, dirty.x + dirty.width, &x, m);
      if (n > 0)
        {
          memcpy (raised, coverage, dirty.width * sizeof (gint16));
          for (int i = 0; i < n; i++)
            {
              gint16 least = (m[i] * stroke->floor_flow + 32767) >> 15;

              raised[x - dirty.x + i] = MAX (raised[x - dirty.x + i], least);
            }
          coverage = raised;
        }
      mix_row (to + row, tile->former->data + row, coverage, dirty.width, stroke->value);
    }
}

/* What the dabs of this call have changed goes into the mask, and is told. */
static void
show (LimnStroke *stroke)
{
  LimnRect dirty = { 0 };

  for (guint i = 0; i < stroke->used->len; i++)
    {
      guint index = g_array_index (stroke->used, guint, i);
      StrokeTile *tile = stroke->tiles[index];

      if (limn_rect_is_empty (&tile->dirty))
        continue;
      mix_tile (stroke, index);
      dirty = limn_rect_union (&dirty, &tile->dirty);
      tile->dirty = (LimnRect){ 0 };
    }
  if (!limn_rect_is_empty (&dirty))
    limn_mask_tell (stroke->mask, &dirty);
}

/* --- The curve --- */

static void
draw_next (LimnStroke       *stroke,
           const LimnSample *origin,
           const LimnSample *from,
           const LimnSample *to,
           double            at)
{
  draw_dab (stroke, origin->x + (from->x + at * (to->x - from->x)), origin->y + (from->y + at * (to->y - from->y)),
            from->pressure + at * (to->pressure - from->pressure), stroke->way.length);
  stroke->way.due = stroke->way.length = stroke->way.turned = 0;
}

/* A straight piece. Its ends are told from @origin on: where on the mask a stroke is must not decide where its dabs
 * are. */
static void
walk (LimnStroke       *stroke,
      const LimnSample *origin,
      const LimnSample *from,
      const LimnSample *to)
{
  Way *way = &stroke->way;
  double dx = to->x - from->x, dy = to->y - from->y, length = hypot (dx, dy), at = 0;
  double diameter = limn_brush_get_diameter (&stroke->brush, (from->pressure + to->pressure) / 2);
  double step = length / limn_brush_get_spacing (&stroke->brush, diameter);

  if (length == 0)
    return;
  if (way->dx != 0 || way->dy != 0)
    way->turned += fabs (atan2 (way->dx * dy - way->dy * dx, way->dx * dx + way->dy * dy));
  way->dx = dx;
  way->dy = dy;
  while (way->due + (1 - at) * step >= 1)
    {
      double next = MIN (1, at + (1 - way->due) / step);

      way->length += (next - at) * length;
      at = next;
      draw_next (stroke, origin, from, to, at);
    }
  way->due += (1 - at) * step;
  way->length += (1 - at) * length;
  /* Dabs on both sides of a bend do not reach as far out as one at its top: an eighth of length times angle, if it is
   * round, and what the outline lacks on a straight way. No more than a 96th of the edge: a 64th as elsewhere, less
   * what the piece that tells adds. */
  if (way->turned > 0 && way->length * (way->turned + 2 * way->length / diameter) * 12 > limn_brush_get_edge (&stroke->brush, diameter))
    draw_next (stroke, origin, from, to, 1);
}

static double
knot (const LimnSample *a,
      const LimnSample *b)
{
  /* Centripetal: the square root of the distance. Such curves have neither loops nor cusps between their points. */
  return sqrt (hypot (b->x - a->x, b->y - a->y));
}

static double
tangent (double before,
         double here,
         double after,
         double dt_before,
         double dt_after)
{
  return (here - before) / dt_before - (after - before) / (dt_before + dt_after) + (after - here) / dt_after;
}

/* From @b to @c; NULL where there is no point before or after them. */
static void
walk_curve (LimnStroke       *stroke,
            const LimnSample *a,
            const LimnSample *b,
            const LimnSample *c,
            const LimnSample *d)
{
  double dt = knot (b, c), length = hypot (c->x - b->x, c->y - b->y);
  double bx, by, cx, cy, pressure = c->pressure - b->pressure;
  LimnSample last = { 0, 0, b->pressure }, end = { c->x - b->x, c->y - b->y, c->pressure };
  int n;

  if (!a && !d)
    {
      walk (stroke, b, &last, &end);
      return;
    }
  /* The tangents at both ends for a parameter that runs from 0 to 1; at an end of the stroke that of the chord. */
  bx = a ? dt * tangent (a->x, b->x, c->x, knot (a, b), dt) : c->x - b->x;
  by = a ? dt * tangent (a->y, b->y, c->y, knot (a, b), dt) : c->y - b->y;
  cx = d ? dt * tangent (b->x, c->x, d->x, dt, knot (c, d)) : c->x - b->x;
  cy = d ? dt * tangent (b->y, c->y, d->y, dt, knot (c, d)) : c->y - b->y;

  /* Pieces of half a pixel: around a bend of 10 px they cut it by 0.003. */
  n = CLAMP (ceil (length * 2), 1, 4096);
  for (int i = 1; i <= n; i++)
    {
      double t = (double) i / n, t2 = t * t, t3 = t2 * t;
      double b1 = t3 - 2 * t2 + t, c0 = 3 * t2 - 2 * t3, c1 = t3 - t2;
      LimnSample next = { b1 * bx + c0 * end.x + c1 * cx, b1 * by + c0 * end.y + c1 * cy, b->pressure + t * pressure };

      walk (stroke, b, &last, &next);
      last = next;
    }
}

/* The piece to the last sample, as if it was the end. */
static void
draw_provisional (LimnStroke *stroke)
{
  guint n = stroke->n_points;

  if (n < 2)
    return;
  stroke->provisional = TRUE;
  stroke->kept_way = stroke->way;
  walk_curve (stroke, n > 2 ? &stroke->points[n - 3] : NULL, &stroke->points[n - 2], &stroke->points[n - 1], NULL);
}

static void
drop_provisional (LimnStroke *stroke)
{
  if (!stroke->provisional)
    return;
  stroke->provisional = FALSE;
  stroke->way = stroke->kept_way;
  for (guint i = 0; i < stroke->used->len; i++)
    {
      StrokeTile *tile = stroke->tiles[g_array_index (stroke->used, guint, i)];

      if (!tile->kept)
        continue;
      g_free (tile->coverage);
      tile->coverage = g_steal_pointer (&tile->kept);
      tile->dirty = limn_rect_union (&tile->dirty, &tile->tail);
      tile->tail = (LimnRect){ 0 };
    }
}

static void
add_point (LimnStroke       *stroke,
           const LimnSample *sample)
{
  LimnSample *points = stroke->points;

  if (stroke->n_points >= 2)
    walk_curve (stroke, stroke->n_points > 2 ? &points[0] : NULL, &points[stroke->n_points - 2], &points[stroke->n_points - 1], sample);
  if (stroke->n_points == 3)
    {
      points[0] = points[1];
      points[1] = points[2];
      stroke->n_points = 2;
    }
  points[stroke->n_points++] = *sample;
}

static gboolean
take_sample (const LimnSample *sample,
             LimnSample       *taken)
{
  if (!isfinite (sample->x) || !isfinite (sample->y) || !isfinite (sample->pressure))
    return FALSE;
  taken->x = CLAMP (sample->x, -FAR_PX, LIMN_MASK_MAX_SIDE + FAR_PX);
  taken->y = CLAMP (sample->y, -FAR_PX, LIMN_MASK_MAX_SIDE + FAR_PX);
  taken->pressure = CLAMP (sample->pressure, 0, 1);
  return TRUE;
}

/* --- Public --- */

/* The pen comes down. */
static void
start_at (LimnStroke       *stroke,
          const LimnSample *start)
{
  double flow = stroke->brush.flow * (stroke->brush.pressure_flow ? start->pressure : 1);

  draw_dab (stroke, start->x, start->y, start->pressure, 0);
  stroke->has_floor = flow < 1;
  stroke->floor_flow = lround (flow * 32768);
  limn_dab_init (&stroke->floor, &stroke->brush, limn_brush_get_diameter (&stroke->brush, start->pressure), start->x, start->y);
  add_point (stroke, start);
}

static double
within (double value,
        double low,
        double high,
        double otherwise)
{
  return isfinite (value) ? CLAMP (value, low, high) : otherwise;
}

LimnStroke *
limn_stroke_new (LimnMask         *mask,
                 const LimnBrush  *brush,
                 const LimnSample *first,
                 gboolean          line)
{
  LimnStroke *stroke = g_new0 (LimnStroke, 1);
  const LimnMaskState *state;
  LimnPoint last;
  LimnSample start;

  stroke->mask = limn_mask_ref (mask);
  stroke->brush = *brush;
  stroke->brush.diameter = within (brush->diameter, LIMN_BRUSH_MIN_DIAMETER, LIMN_BRUSH_MAX_DIAMETER, LIMN_BRUSH_MIN_DIAMETER);
  stroke->brush.hardness = within (brush->hardness, 0, 1, 1);
  stroke->brush.flow = within (brush->flow, 0, 1, 1);
  stroke->brush.opacity = within (brush->opacity, 0, 1, 1);
  stroke->value = brush->eraser ? 0 : brush->value;
  limn_mask_begin (mask);
  limn_mask_set_stroke (mask, stroke);
  state = limn_mask_peek (mask);
  stroke->tiles = g_new0 (StrokeTile *, (gsize) state->columns * state->rows);
  stroke->used = g_array_new (FALSE, FALSE, sizeof (guint));

  if (!take_sample (first, &start))
    return stroke;
  if (line && limn_mask_get_last_point (mask, &last) && (last.x != start.x || last.y != start.y))
    {
      LimnSample from = { last.x, last.y, start.pressure };

      draw_dab (stroke, from.x, from.y, from.pressure, 0);
      walk_curve (stroke, NULL, &from, &start, NULL);
      add_point (stroke, &start);
    }
  else
    start_at (stroke, &start);
  show (stroke);
  return stroke;
}

void
limn_stroke_add (LimnStroke       *stroke,
                 const LimnSample *samples,
                 gsize             n_samples)
{
  if (stroke->over)
    return;
  drop_provisional (stroke);
  for (gsize i = 0; i < n_samples; i++)
    {
      LimnSample sample, *last;

      if (!take_sample (&samples[i], &sample))
        continue;
      if (stroke->n_points == 0)
        {
          start_at (stroke, &sample);
          continue;
        }
      last = &stroke->points[stroke->n_points - 1];
      /* A pen that stands still has no direction. */
      if (hypot (sample.x - last->x, sample.y - last->y) < 0.01)
        last->pressure = sample.pressure;
      else
        add_point (stroke, &sample);
    }
  draw_provisional (stroke);
  show (stroke);
  limn_mask_pack (stroke->mask);
}

guint64
limn_stroke_get_n_dabs (const LimnStroke *stroke)
{
  return stroke->n_dabs;
}

/* Drops what the stroke holds beside the mask. */
static void
close_stroke (LimnStroke *stroke)
{
  stroke->over = TRUE;
  limn_mask_set_stroke (stroke->mask, NULL);
  for (guint i = 0; i < stroke->used->len; i++)
    {
      StrokeTile *tile = stroke->tiles[g_array_index (stroke->used, guint, i)];

      limn_tile_unref (tile->former);
      g_free (tile->coverage);
      g_free (tile->kept);
      g_free (tile);
    }
  g_clear_pointer (&stroke->used, g_array_unref);
  g_clear_pointer (&stroke->tiles, g_free);
}

void
limn_stroke_detach (LimnStroke *stroke)
{
  if (stroke->n_points > 0)
    {
      const LimnSample *last = &stroke->points[stroke->n_points - 1];
      LimnPoint point = { last->x, last->y };

      limn_mask_set_last_point (stroke->mask, &point);
    }
  close_stroke (stroke);
  limn_mask_commit (stroke->mask);
}

static void
free_stroke (LimnStroke *stroke)
{
  limn_mask_unref (stroke->mask);
  g_free (stroke);
}

void
limn_stroke_end (LimnStroke *stroke)
{
  if (stroke == NULL)
    return;
  if (!stroke->over)
    limn_stroke_detach (stroke);
  free_stroke (stroke);
}

void
limn_stroke_cancel (LimnStroke *stroke)
{
  if (!stroke->over)
    {
      close_stroke (stroke);
      limn_mask_abandon (stroke->mask);
    }
  free_stroke (stroke);
}
