/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The textures of a level lie edge to edge on whole screen pixels: with fractions each edge would be blended twice, and be seen as a line
 * through what is marked. While the textures of another level are being made after a zoom those of the last are drawn. */
#include "config.h"

#include "app/limn-canvas-marks.h"

#include <math.h>

/* Pixels of a texture's side, the size of the mask's own tiles: a brush of 200 px touches nine of them, 0.6 MB to send to the GPU. */
#define SIDE 128
/* What a frame may take to make textures, a quarter of the 16 ms that there are. */
#define BUDGET_US 4000

typedef struct
{
  GdkTexture *texture; /* (nullable): nothing is marked, or not known yet */
  gboolean    known;
} Tile;

typedef struct
{
  guint  level;
  guint  width; /* of the mask at this level */
  guint  height;
  guint  columns;
  guint  rows;
  Tile  *tiles; /* (nullable): there is no such layer */
} Layer;

struct _LimnCanvasMarks
{
  LimnMask               *mask;
  LimnMaskView           *view;
  guint                   watch;
  LimnOverlay             overlay;
  LimnCanvasMarksChanged  changed;
  gpointer                data;
  Layer                   layer;
  Layer                   before; /* of another level, in whose place @layer is being made */
};

static void
layer_clear (Layer *layer)
{
  for (guint i = 0; layer->tiles && i < layer->columns * layer->rows; i++)
    g_clear_object (&layer->tiles[i].texture);
  g_clear_pointer (&layer->tiles, g_free);
}

static void
layer_init (Layer *layer, LimnMask *mask, guint level)
{
  guint round = (1u << level) - 1;

  layer->level = level;
  layer->width = (limn_mask_get_width (mask) + round) >> level;
  layer->height = (limn_mask_get_height (mask) + round) >> level;
  layer->columns = (layer->width + SIDE - 1) / SIDE;
  layer->rows = (layer->height + SIDE - 1) / SIDE;
  layer->tiles = g_new0 (Tile, (gsize) layer->columns * layer->rows);
}

/* What was drawn stays until the tile is made anew. */
static void
layer_touch (Layer *layer, const LimnRect *dirty)
{
  for (int row = dirty->y / SIDE; row <= (dirty->y + dirty->height - 1) / SIDE; row++)
    for (int column = dirty->x / SIDE; column <= (dirty->x + dirty->width - 1) / SIDE; column++)
      layer->tiles[row * layer->columns + column].known = FALSE;
}

static void
on_marked (LimnMask *mask, const LimnRect *dirty, gpointer data)
{
  LimnCanvasMarks *self = data;
  LimnRect at_level, cells = *dirty;

  if (limn_rect_is_empty (dirty))
    return;
  layer_clear (&self->before);
  if (self->layer.tiles)
    {
      LimnRect all = { 0, 0, self->layer.width, self->layer.height };

      /* A cell shows as a whole what one pixel of it did, and those around show something else beside it. */
      if (self->overlay.cells)
        {
          const LimnRect whole = { 0, 0, limn_mask_get_width (mask), limn_mask_get_height (mask) };

          cells = (LimnRect){ dirty->x - LIMN_MASK_CELL_REACH, dirty->y - LIMN_MASK_CELL_REACH,
                              dirty->width + 2 * LIMN_MASK_CELL_REACH, dirty->height + 2 * LIMN_MASK_CELL_REACH };
          cells = limn_rect_intersect (&cells, &whole);
        }
      at_level = limn_mask_view_scale_rect (self->view, self->layer.level, &cells);
      at_level = limn_rect_intersect (&at_level, &all);
      if (!limn_rect_is_empty (&at_level))
        layer_touch (&self->layer, &at_level);
    }
  self->changed (self->data);
}

LimnCanvasMarks *
limn_canvas_marks_new (LimnMask *mask, LimnCanvasMarksChanged changed, gpointer data)
{
  LimnCanvasMarks *self = g_new0 (LimnCanvasMarks, 1);

  self->mask = limn_mask_ref (mask);
  self->view = limn_mask_view_new (mask);
  self->changed = changed;
  self->data = data;
  self->watch = limn_mask_add_watch (mask, on_marked, self);
  return self;
}

void
limn_canvas_marks_free (LimnCanvasMarks *self)
{
  if (!self)
    return;
  limn_mask_remove_watch (self->mask, self->watch);
  layer_clear (&self->layer);
  layer_clear (&self->before);
  limn_mask_view_free (self->view);
  limn_mask_unref (self->mask);
  g_free (self);
}

LimnMask *
limn_canvas_marks_get_mask (LimnCanvasMarks *self)
{
  return self->mask;
}

void
limn_canvas_marks_set_overlay (LimnCanvasMarks *self, const LimnOverlay *overlay)
{
  if (memcmp (&self->overlay, overlay, sizeof *overlay) == 0)
    return;
  self->overlay = *overlay;
  layer_clear (&self->before);
  for (guint i = 0; self->layer.tiles && i < self->layer.columns * self->layer.rows; i++)
    self->layer.tiles[i].known = FALSE;
  self->changed (self->data);
}

/* Colours multiplied by alpha are what everybody draws in the end, but GTK 4.8's software renderer makes floats of them and back, at every frame and
 * for each texture that lies there: 7 ns a pixel, instead of 3. */
static void
divide_by_alpha (guint8 *pixels, gsize size)
{
  for (gsize i = 0; i < size; i += 4)
    {
      guint alpha = pixels[i + 3];

      if (alpha > 0 && alpha < 255)
        for (guint c = 0; c < 3; c++)
          pixels[i + c] = MIN ((pixels[i + c] * 255u + alpha / 2) / alpha, 255u);
    }
}

static void
make_tile (LimnCanvasMarks *self, guint column, guint row)
{
  Tile *tile = &self->layer.tiles[row * self->layer.columns + column];
  LimnRect rect = { column * SIDE, row * SIDE, MIN (SIDE, self->layer.width - column * SIDE),
                    MIN (SIDE, self->layer.height - row * SIDE) };
  gsize size = (gsize) rect.width * rect.height * 4;
  guint8 *pixels = g_malloc (size);
  gboolean empty = TRUE;

  limn_mask_view_render (self->view, self->layer.level, &rect, &self->overlay, pixels, (gsize) rect.width * 4);
  for (gsize i = 3; i < size && empty; i += 4)
    empty = pixels[i] == 0;
  g_clear_object (&tile->texture);
  tile->known = TRUE;
  if (empty)
    g_free (pixels);
  else
    {
      g_autoptr(GBytes) bytes = NULL;

      divide_by_alpha (pixels, size);
      bytes = g_bytes_new_take (pixels, size);
      tile->texture = gdk_memory_texture_new (rect.width, rect.height, GDK_MEMORY_R8G8B8A8, bytes, (gsize) rect.width * 4);
    }
}

/* The tiles of @layer that can be seen: from *column and *row on. */
static gboolean
find_visible (const Layer           *layer,
              const graphene_rect_t *rect,
              const graphene_rect_t *visible,
              guint                 *column,
              guint                 *row,
              guint                 *last_column,
              guint                 *last_row)
{
  graphene_rect_t part;
  double zoom_x = rect->size.width / layer->width, zoom_y = rect->size.height / layer->height;

  if (!graphene_rect_intersection (rect, visible, &part))
    return FALSE;
  *column = CLAMP ((part.origin.x - rect->origin.x) / zoom_x / SIDE, 0, layer->columns - 1);
  *row = CLAMP ((part.origin.y - rect->origin.y) / zoom_y / SIDE, 0, layer->rows - 1);
  *last_column = CLAMP ((part.origin.x + part.size.width - rect->origin.x) / zoom_x / SIDE, *column, layer->columns - 1);
  *last_row = CLAMP ((part.origin.y + part.size.height - rect->origin.y) / zoom_y / SIDE, *row, layer->rows - 1);
  return TRUE;
}

static void
snapshot_layer (const Layer           *layer,
                GtkSnapshot           *snapshot,
                const graphene_rect_t *rect,
                const graphene_rect_t *visible,
                double                 scale)
{
  double zoom_x = rect->size.width / layer->width, zoom_y = rect->size.height / layer->height;
  guint first_column, first_row, last_column, last_row;

  if (!layer->tiles || !find_visible (layer, rect, visible, &first_column, &first_row, &last_column, &last_row))
    return;
  for (guint row = first_row; row <= last_row; row++)
    for (guint column = first_column; column <= last_column; column++)
      {
        GdkTexture *texture = layer->tiles[row * layer->columns + column].texture;
        double x, y, right, bottom;

        if (!texture)
          continue;
        x = round (rect->origin.x + column * SIDE * zoom_x);
        y = round (rect->origin.y + row * SIDE * zoom_y);
        right = round (rect->origin.x + (column * SIDE + gdk_texture_get_width (texture)) * zoom_x);
        bottom = round (rect->origin.y + (row * SIDE + gdk_texture_get_height (texture)) * zoom_y);
        if (right > x && bottom > y)
          gtk_snapshot_append_texture (snapshot, texture,
                                       &GRAPHENE_RECT_INIT (x / scale, y / scale, (right - x) / scale, (bottom - y) / scale));
      }
}

/* Returns whether all that can be seen is made. */
static gboolean
make_visible (LimnCanvasMarks *self, const graphene_rect_t *rect, const graphene_rect_t *visible)
{
  gint64 until = g_get_monotonic_time () + BUDGET_US;
  guint first_column, first_row, last_column, last_row;

  if (!find_visible (&self->layer, rect, visible, &first_column, &first_row, &last_column, &last_row))
    return TRUE;
  for (guint row = first_row; row <= last_row; row++)
    for (guint column = first_column; column <= last_column; column++)
      if (!self->layer.tiles[row * self->layer.columns + column].known)
        {
          if (g_get_monotonic_time () >= until)
            return FALSE;
          make_tile (self, column, row);
        }
  return TRUE;
}

void
limn_canvas_marks_snapshot (LimnCanvasMarks       *self,
                            GtkSnapshot           *snapshot,
                            const graphene_rect_t *rect,
                            const graphene_rect_t *visible,
                            double                 scale)
{
  guint level = limn_mask_view_pick_level (rect->size.width / limn_mask_get_width (self->mask));
  gboolean all;

  if (!self->layer.tiles || self->layer.level != level)
    {
      layer_clear (&self->before);
      self->before = self->layer;
      layer_init (&self->layer, self->mask, level);
    }
  all = make_visible (self, rect, visible);
  if (all)
    layer_clear (&self->before);
  else
    self->changed (self->data);
  snapshot_layer (self->before.tiles ? &self->before : &self->layer, snapshot, rect, visible, scale);
}
