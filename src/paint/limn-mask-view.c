/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "paint/limn-mask-view.h"

#include "image/limn-mask-cell.h"
#include "image/limn-mirror.h"
#include "paint/limn-mask-private.h"

#include <math.h>
#include <string.h>

/* Level at which a cell is a pixel: 2^3 = LIMN_MASK_CELL. */
#define CELL_LEVEL 3

/* Cells along a tile of the mask. */
#define TILE_CELLS (LIMN_TILE_SIDE / LIMN_MASK_CELL)

/* What is known of the cells of a tile. A value depends on the cells around, and the cells at the mask's edge on pixels beside them. */
#define KNOWS_CELLS 1
#define KNOWS_VALUES 2

typedef struct
{
  guint      width;
  guint      height;
  guint      columns;
  guint      rows;
  LimnTile **tiles; /* NULL where it must be made anew; NULL altogether for level 0, which is the mask */
} Level;

struct _LimnMaskView
{
  LimnMask     *mask;
  guint         watch;
  Level         levels[LIMN_MASK_LEVELS];
  /* NULL until they are asked for. */
  LimnMaskCell *cells;  /* of the whole mask, row by row */
  guint8       *values; /* theirs */
  guint8       *known;  /* of each tile of the mask, KNOWS_... */
};

/* --- Smaller masks --- */

/* What lies up to @margin px around @dirty is not known any more. */
static void
forget (LimnMaskView   *view,
        const LimnRect *dirty,
        int             margin,
        guint8          what)
{
  const Level *mask = &view->levels[0];
  const LimnRect all = { 0, 0, mask->width, mask->height };
  LimnRect rect = { dirty->x - margin, dirty->y - margin, dirty->width + 2 * margin, dirty->height + 2 * margin };

  rect = limn_rect_intersect (&rect, &all);
  for (int y = rect.y >> LIMN_TILE_SHIFT; y <= (rect.y + rect.height - 1) >> LIMN_TILE_SHIFT; y++)
    for (int x = rect.x >> LIMN_TILE_SHIFT; x <= (rect.x + rect.width - 1) >> LIMN_TILE_SHIFT; x++)
      view->known[y * mask->columns + x] &= ~what;
}

static void
changed (LimnMask       *mask,
         const LimnRect *dirty,
         gpointer        data)
{
  LimnMaskView *view = data;

  if (limn_rect_is_empty (dirty))
    return;
  for (guint l = 1; l < LIMN_MASK_LEVELS; l++)
    {
      Level *level = &view->levels[l];
      guint shift = l + LIMN_TILE_SHIFT;

      for (int y = dirty->y >> shift; y <= (dirty->y + dirty->height - 1) >> shift; y++)
        for (int x = dirty->x >> shift; x <= (dirty->x + dirty->width - 1) >> shift; x++)
          g_clear_pointer (&level->tiles[y * level->columns + x], limn_tile_unref);
    }
  if (!view->known)
    return;
  forget (view, dirty, LIMN_MASK_CELL, KNOWS_CELLS);
  forget (view, dirty, LIMN_MASK_CELL_REACH, KNOWS_VALUES);
}

LimnMaskView *
limn_mask_view_new (LimnMask *mask)
{
  LimnMaskView *view = g_new0 (LimnMaskView, 1);
  guint width = limn_mask_get_width (mask), height = limn_mask_get_height (mask);

  view->mask = limn_mask_ref (mask);
  view->watch = limn_mask_add_watch (mask, changed, view);
  for (guint l = 0; l < LIMN_MASK_LEVELS; l++)
    {
      Level *level = &view->levels[l];

      level->width = (width + (1 << l) - 1) >> l;
      level->height = (height + (1 << l) - 1) >> l;
      level->columns = (level->width + LIMN_TILE_SIDE - 1) >> LIMN_TILE_SHIFT;
      level->rows = (level->height + LIMN_TILE_SIDE - 1) >> LIMN_TILE_SHIFT;
      if (l > 0)
        level->tiles = g_new0 (LimnTile *, (gsize) level->columns * level->rows);
    }
  return view;
}

void
limn_mask_view_free (LimnMaskView *view)
{
  if (view == NULL)
    return;
  limn_mask_remove_watch (view->mask, view->watch);
  limn_mask_unref (view->mask);
  for (guint l = 1; l < LIMN_MASK_LEVELS; l++)
    {
      for (guint i = 0; i < view->levels[l].columns * view->levels[l].rows; i++)
        limn_tile_unref (view->levels[l].tiles[i]);
      g_free (view->levels[l].tiles);
    }
  g_free (view->cells);
  g_free (view->values);
  g_free (view->known);
  g_free (view);
}

/* @width x @height pixels of the larger one become a quarter of a tile of the smaller. */
static void
halve (guint8       *to,
       const guint8 *from,
       int           width,
       int           height)
{
  int half = width / 2;

  for (int y = 0; y < (height + 1) / 2; y++)
    {
      const guint8 *restrict a = from + (2 * y << LIMN_TILE_SHIFT);
      /* Rows and columns that are missing at the end count as those beside them: the mean of what there is. */
      const guint8 *restrict b = 2 * y + 1 < height ? a + LIMN_TILE_SIDE : a;
      guint8 *restrict row = to + (y << LIMN_TILE_SHIFT);

      for (int x = 0; x < half; x++)
        row[x] = (a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2;
      if (width % 2)
        row[half] = (2 * a[width - 1] + 2 * b[width - 1] + 2) >> 2;
    }
}

static LimnTile *
get_tile (LimnMaskView *view,
          guint         l,
          guint         column,
          guint         row)
{
  const guint quarter = LIMN_TILE_SIDE / 2;
  Level *level = &view->levels[l];
  const Level *larger = level - 1;
  LimnTile **made, *parts[4] = { NULL }, *constant = NULL;
  gboolean same = TRUE;

  if (l == 0)
    return limn_mask_peek (view->mask)->tiles[row * level->columns + column];
  made = &level->tiles[row * level->columns + column];
  if (*made)
    return *made;
  for (guint i = 0; i < 4; i++)
    {
      guint x = 2 * column + i % 2, y = 2 * row + i / 2;

      if (x >= larger->columns || y >= larger->rows)
        continue;
      parts[i] = get_tile (view, l - 1, x, y);
      constant = constant ? constant : parts[i];
      same &= parts[i] == constant && limn_tile_is_constant (parts[i]);
    }
  if (same)
    return *made = constant;
  *made = limn_tile_new ();
  for (guint i = 0; i < 4; i++)
    {
      guint x = (2 * column + i % 2) << LIMN_TILE_SHIFT, y = (2 * row + i / 2) << LIMN_TILE_SHIFT;
      guint8 *to = (*made)->data + ((i / 2 * quarter) << LIMN_TILE_SHIFT) + i % 2 * quarter;

      if (!parts[i])
        continue;
      halve (to, parts[i]->data, MIN (LIMN_TILE_SIDE, larger->width - x), MIN (LIMN_TILE_SIDE, larger->height - y));
    }
  return *made;
}

guint
limn_mask_view_pick_level (double scale)
{
  guint level = 0;

  while (level + 1 < LIMN_MASK_LEVELS && scale * (2 << level) <= 1)
    level++;
  return level;
}

LimnRect
limn_mask_view_scale_rect (LimnMaskView   *view,
                           guint           level,
                           const LimnRect *dirty)
{
  int right = dirty->x + dirty->width - 1, bottom = dirty->y + dirty->height - 1;
  LimnRect all, scaled = { 0 };

  g_return_val_if_fail (level < LIMN_MASK_LEVELS, scaled);

  if (limn_rect_is_empty (dirty))
    return scaled;
  all = (LimnRect){ 0, 0, view->levels[level].width, view->levels[level].height };
  scaled = (LimnRect){ dirty->x >> level, dirty->y >> level, 0, 0 };
  scaled.width = (right >> level) - scaled.x + 1;
  scaled.height = (bottom >> level) - scaled.y + 1;
  return limn_rect_intersect (&scaled, &all);
}

/* --- Drawing --- */

/* Colours of the 256 strengths, as four bytes each. */
static void
make_palette (const LimnOverlay *overlay,
              double             shade,
              guint32            palette[256])
{
  double opacity = CLAMP (overlay->opacity, 0, 1);
  const guint8 colour[3] = { overlay->red, overlay->green, overlay->blue };

  for (guint i = 0; i < 256; i++)
    {
      double alpha = opacity * i / 255;
      guint8 *bytes = (guint8 *) &palette[i];

      for (guint c = 0; c < 3; c++)
        bytes[c] = floor (colour[c] * shade * alpha + 0.5);
      bytes[3] = floor (255 * alpha + 0.5);
    }
}

static void
draw_values (LimnMaskView   *view,
             guint           l,
             const LimnRect *rect,
             const guint32   palette[256],
             guint8         *rgba,
             gsize           stride)
{
  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width;)
      {
        int in_tile = x % LIMN_TILE_SIDE, n = MIN (rect->x + rect->width - x, LIMN_TILE_SIDE - in_tile);
        const LimnTile *tile = get_tile (view, l, x >> LIMN_TILE_SHIFT, y >> LIMN_TILE_SHIFT);
        const guint8 *from = tile->data + ((y % LIMN_TILE_SIDE) << LIMN_TILE_SHIFT) + in_tile;
        guint32 *to = (guint32 *) (rgba + stride * (y - rect->y)) + (x - rect->x);

        if (limn_tile_is_constant (tile))
          for (int i = 0; i < n; i++)
            to[i] = palette[tile->data[0]];
        else
          for (int i = 0; i < n; i++)
            to[i] = palette[from[i]];
        x += n;
      }
}

/* One at the mask's edge, pixel by pixel: what is missing of it is mirrored, as in the engine. */
static LimnMaskCell
look_at_edge (const LimnMaskState *state,
              guint                cx,
              guint                cy)
{
  LimnMaskCell cell = { 0 };
  guint sum = 0;

  for (guint i = 0; i < LIMN_MASK_CELL * LIMN_MASK_CELL; i++)
    {
      guint x = limn_mirror (cx * LIMN_MASK_CELL + i % LIMN_MASK_CELL, state->width);
      guint y = limn_mirror (cy * LIMN_MASK_CELL + i / LIMN_MASK_CELL, state->height);
      guint8 value = limn_mask_state_get_value (state, x, y);

      cell.largest = MAX (cell.largest, value);
      sum += value;
    }
  cell.mean = (double) sum / (LIMN_MASK_CELL * LIMN_MASK_CELL);
  return cell;
}

/* One row of a tile's cells; @values: their first row of pixels, the whole of it and seven more. */
static void
look_at_row (LimnMaskCell *cells,
             guint         n,
             const guint8 *values)
{
  guint8 largest[LIMN_TILE_SIDE] = { 0 };
  guint16 sums[LIMN_TILE_SIDE] = { 0 };

  for (guint v = 0; v < LIMN_MASK_CELL; v++)
    for (guint x = 0; x < LIMN_TILE_SIDE; x++)
      {
        guint8 value = values[(v << LIMN_TILE_SHIFT) + x];

        largest[x] = MAX (largest[x], value);
        sums[x] += value;
      }
  for (guint c = 0; c < n; c++)
    {
      guint sum = 0;

      cells[c].largest = 0;
      for (guint x = c * LIMN_MASK_CELL; x < (c + 1) * LIMN_MASK_CELL; x++)
        {
          cells[c].largest = MAX (cells[c].largest, largest[x]);
          sum += sums[x];
        }
      cells[c].mean = (double) sum / (LIMN_MASK_CELL * LIMN_MASK_CELL);
    }
}

/* Which cells a tile has: columns @x to @x + @width - 1 of the mask's, rows alike. */
static LimnRect
cells_of_tile (LimnMaskView *view,
               guint         index)
{
  const Level *mask = &view->levels[0], *cells = &view->levels[CELL_LEVEL];
  int x = index % mask->columns * TILE_CELLS, y = index / mask->columns * TILE_CELLS;

  return (LimnRect){ x, y, MIN (TILE_CELLS, (int) cells->width - x), MIN (TILE_CELLS, (int) cells->height - y) };
}

static void
know_cells (LimnMaskView *view,
            guint         index)
{
  const LimnMaskState *state = limn_mask_peek (view->mask);
  const guint width = view->levels[CELL_LEVEL].width;
  LimnRect rect;

  if (view->known[index] & KNOWS_CELLS)
    return;
  rect = cells_of_tile (view, index);
  for (int y = rect.y; y < rect.y + rect.height; y++)
    {
      LimnMaskCell *row = view->cells + (gsize) y * width;
      gboolean whole = (y + 1) * LIMN_MASK_CELL <= (int) state->height;
      int n = whole ? MIN (rect.width, (int) state->width / LIMN_MASK_CELL - rect.x) : 0;

      if (n > 0)
        look_at_row (row + rect.x, n, state->tiles[index]->data + ((y - rect.y) * LIMN_MASK_CELL << LIMN_TILE_SHIFT));
      for (int x = rect.x + n; x < rect.x + rect.width; x++)
        row[x] = look_at_edge (state, x, y);
    }
  view->known[index] |= KNOWS_CELLS;
}

static void
know_values (LimnMaskView *view,
             guint         index)
{
  const Level *mask = &view->levels[0], *cells = &view->levels[CELL_LEVEL];
  guint column = index % mask->columns, row = index / mask->columns;
  LimnRect rect = cells_of_tile (view, index);

  for (guint y = row - MIN (row, 1); y <= MIN (row + 1, mask->rows - 1); y++)
    for (guint x = column - MIN (column, 1); x <= MIN (column + 1, mask->columns - 1); x++)
      know_cells (view, y * mask->columns + x);
  for (int y = rect.y; y < rect.y + rect.height; y++)
    for (int x = rect.x; x < rect.x + rect.width; x++)
      view->values[(gsize) y * cells->width + x] =
        limn_mask_cell_get_value (view->cells, cells->width, cells->height, x, y) + 0.5;
  view->known[index] |= KNOWS_VALUES;
}

static guint8
cell_at (LimnMaskView *view,
         int           x,
         int           y)
{
  const Level *mask = &view->levels[0], *cells = &view->levels[CELL_LEVEL];
  guint index;

  if (x < 0 || y < 0)
    return 0;
  if (!view->known)
    {
      view->cells = g_new (LimnMaskCell, (gsize) cells->width * cells->height);
      view->values = g_new (guint8, (gsize) cells->width * cells->height);
      view->known = g_new0 (guint8, (gsize) mask->columns * mask->rows);
    }
  index = y / TILE_CELLS * mask->columns + x / TILE_CELLS;
  if (!(view->known[index] & KNOWS_VALUES))
    know_values (view, index);
  return view->values[(gsize) y * cells->width + x];
}

/* Each cell in its one value; a line along its upper and its left side where it or its neighbour there is not 0. */
static void
draw_cells (LimnMaskView   *view,
            guint           l,
            const LimnRect *rect,
            const guint32   palette[256],
            const guint32   lines[256],
            guint8         *rgba,
            gsize           stride)
{
  guint shift = CELL_LEVEL - l;
  int side = 1 << shift;
  gboolean has_lines = side >= 4;

  for (int y = rect->y; y < rect->y + rect->height; y++)
    {
      guint32 *to = (guint32 *) (rgba + stride * (y - rect->y));
      gboolean line = has_lines && y % side == 0;

      for (int x = rect->x; x < rect->x + rect->width;)
        {
          int end = MIN (rect->x + rect->width, (x | (side - 1)) + 1);
          guint8 cell = cell_at (view, x >> shift, y >> shift);
          guint8 above = line ? MAX (cell, cell_at (view, x >> shift, (y >> shift) - 1)) : cell;
          guint32 colour = line && above > 0 ? lines[above] : palette[cell];

          if (has_lines && x % side == 0)
            {
              guint8 beside = MAX (above, cell_at (view, (x >> shift) - 1, y >> shift));

              *to++ = beside > 0 ? lines[beside] : colour;
              x++;
            }
          for (; x < end; x++)
            *to++ = colour;
        }
    }
}

void
limn_mask_view_render (LimnMaskView      *view,
                       guint              level,
                       const LimnRect    *rect,
                       const LimnOverlay *overlay,
                       guint8            *rgba,
                       gsize              stride)
{
  guint32 palette[256], lines[256];

  g_return_if_fail (level < LIMN_MASK_LEVELS);
  g_return_if_fail (rect->x >= 0 && rect->x + rect->width <= (int) view->levels[level].width);
  g_return_if_fail (rect->y >= 0 && rect->y + rect->height <= (int) view->levels[level].height);

  make_palette (overlay, 1, palette);
  if (!overlay->cells || level > CELL_LEVEL)
    {
      draw_values (view, level, rect, palette, rgba, stride);
      return;
    }
  /* Darker, and never too faint to be seen. */
  make_palette (overlay, 0.5, lines);
  for (guint i = 1; i < 64; i++)
    lines[i] = lines[64];
  draw_cells (view, level, rect, palette, lines, rgba, stride);
}

guint8 *
limn_mask_view_dup_cells (LimnMaskView *view,
                          guint        *columns,
                          guint        *rows)
{
  const Level *level = &view->levels[CELL_LEVEL];
  guint8 *cells = g_malloc ((gsize) level->width * level->height);

  for (guint y = 0; y < level->height; y++)
    for (guint x = 0; x < level->width; x++)
      cells[(gsize) level->width * y + x] = cell_at (view, x, y);
  *columns = level->width;
  *rows = level->height;
  return cells;
}
