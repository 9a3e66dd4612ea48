/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "paint/limn-mask-private.h"

#include "base/limn-error.h"
#include "image/limn-resize.h"

#include <string.h>

/* --- Tiles --- */

static const LimnTile zero_tile;
static const LimnTile full_tile = { .data = { [0 ... LIMN_TILE_AREA - 1] = 255 } };

/* Never written to, nor counted. */
LimnTile *
limn_tile_zero (void)
{
  return (LimnTile *) &zero_tile;
}

LimnTile *
limn_tile_full (void)
{
  return (LimnTile *) &full_tile;
}

LimnTile *
limn_tile_new (void)
{
  LimnTile *tile = g_new (LimnTile, 1);

  g_atomic_ref_count_init (&tile->refs);
  return tile;
}

LimnTile *
limn_tile_ref (LimnTile *tile)
{
  if (!limn_tile_is_constant (tile))
    g_atomic_ref_count_inc (&tile->refs);
  return tile;
}

void
limn_tile_unref (LimnTile *tile)
{
  if (tile && !limn_tile_is_constant (tile) && g_atomic_ref_count_dec (&tile->refs))
    g_free (tile);
}

/* --- States --- */

LimnMaskState *
limn_mask_state_new_empty (guint width,
                           guint height)
{
  guint columns = (width + LIMN_TILE_SIDE - 1) >> LIMN_TILE_SHIFT;
  guint rows = (height + LIMN_TILE_SIDE - 1) >> LIMN_TILE_SHIFT;
  LimnMaskState *state = g_malloc0 (sizeof *state + (gsize) columns * rows * sizeof (LimnTile *));

  g_atomic_ref_count_init (&state->refs);
  state->width = width;
  state->height = height;
  state->columns = columns;
  state->rows = rows;
  return state;
}

LimnMaskState *
limn_mask_state_copy (const LimnMaskState *state)
{
  LimnMaskState *copy = limn_mask_state_new_empty (state->width, state->height);

  for (guint i = 0; i < state->columns * state->rows; i++)
    copy->tiles[i] = limn_tile_ref (state->tiles[i]);
  return copy;
}

LimnRect
limn_mask_state_tile_rect (const LimnMaskState *state,
                           guint                index)
{
  guint x = (index % state->columns) << LIMN_TILE_SHIFT;
  guint y = (index / state->columns) << LIMN_TILE_SHIFT;

  return (LimnRect){ x, y, MIN (LIMN_TILE_SIDE, state->width - x), MIN (LIMN_TILE_SIDE, state->height - y) };
}

gboolean
limn_mask_state_same_tile (const LimnMaskState *state,
                           guint                index,
                           const LimnTile      *a,
                           const LimnTile      *b)
{
  LimnRect rect = limn_mask_state_tile_rect (state, index);

  if (a == b)
    return TRUE;
  if (rect.width == LIMN_TILE_SIDE)
    return memcmp (a->data, b->data, (gsize) rect.height << LIMN_TILE_SHIFT) == 0;
  for (int y = 0; y < rect.height; y++)
    if (memcmp (a->data + (y << LIMN_TILE_SHIFT), b->data + (y << LIMN_TILE_SHIFT), rect.width) != 0)
      return FALSE;
  return TRUE;
}

LimnTile *
limn_mask_state_canonical (const LimnMaskState *state,
                           guint                index,
                           LimnTile            *tile)
{
  LimnTile *constant;

  if (limn_tile_is_constant (tile))
    return tile;
  constant = tile->data[0] == 0 ? limn_tile_zero () : limn_tile_full ();
  if (tile->data[0] != constant->data[0] || !limn_mask_state_same_tile (state, index, tile, constant))
    return tile;
  limn_tile_unref (tile);
  return constant;
}

LimnMaskState *
limn_mask_state_new (guint  width,
                     guint  height,
                     guint8 value)
{
  LimnMaskState *state;
  LimnTile *tile;

  g_return_val_if_fail (width >= 1 && width <= LIMN_MASK_MAX_SIDE && height >= 1 && height <= LIMN_MASK_MAX_SIDE, NULL);

  state = limn_mask_state_new_empty (width, height);
  if (value == 0 || value == 255)
    tile = value ? limn_tile_full () : limn_tile_zero ();
  else
    {
      tile = limn_tile_new ();
      memset (tile->data, value, sizeof tile->data);
    }
  for (guint i = 0; i < state->columns * state->rows; i++)
    state->tiles[i] = limn_tile_ref (tile);
  limn_tile_unref (tile);
  return state;
}

LimnMaskState *
limn_mask_state_new_from_values (guint         width,
                                 guint         height,
                                 const guint8 *values,
                                 gsize         stride)
{
  LimnMaskState *state = limn_mask_state_new_empty (width, height);

  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      LimnRect rect = limn_mask_state_tile_rect (state, i);
      LimnTile *tile = limn_tile_new ();

      if (rect.width < LIMN_TILE_SIDE || rect.height < LIMN_TILE_SIDE)
        memset (tile->data, 0, sizeof tile->data);
      for (int y = 0; y < rect.height; y++)
        memcpy (tile->data + (y << LIMN_TILE_SHIFT), values + stride * (rect.y + y) + rect.x, rect.width);
      state->tiles[i] = limn_mask_state_canonical (state, i, tile);
    }
  return state;
}

/* The brightness of each pixel. */
static guint8 *
brightness_of (LimnImage *image)
{
  LimnPixelFormat format = limn_image_get_format (image);
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  guint8 *values = g_malloc ((gsize) width * height), *to = values;

  for (guint y = 0; y < height; y++)
    {
      const guint8 *p = limn_image_get_row (image, y);

      if (format == LIMN_PIXEL_GREY8)
        {
          memcpy (to, p, width);
          to += width;
          continue;
        }
      for (guint x = 0; x < width; x++, p += format)
        {
          guint alpha = format == LIMN_PIXEL_RGBA8 ? p[3] : 255;

          /* The weights add up to 1000. */
          *to++ = ((p[0] * 299 + p[1] * 587 + p[2] * 114) * alpha + 127500) / 255000;
        }
    }
  return values;
}

LimnMaskState *
limn_mask_state_new_from_image (LimnImage    *image,
                                guint         width,
                                guint         height,
                                LimnMaskFit   fit,
                                GError      **error)
{
  guint image_width = limn_image_get_width (image), image_height = limn_image_get_height (image);
  g_autoptr(LimnImage) grey = NULL;
  g_autofree guint8 *padded = NULL;

  width = width ? width : image_width;
  height = height ? height : image_height;
  if (width > LIMN_MASK_MAX_SIDE || height > LIMN_MASK_MAX_SIDE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "A mask of %ux%u pixels is too large; Limn handles up to %d pixels a side.", width, height, LIMN_MASK_MAX_SIDE);
      return NULL;
    }
  grey = limn_image_new_take (LIMN_PIXEL_GREY8, image_width, image_height, brightness_of (image), error);
  if (!grey)
    return NULL;
  if (fit == LIMN_MASK_FIT_SCALE && (width != image_width || height != image_height))
    {
      /* Linear interpolation would skip pixels of a picture that is made much smaller. */
      guint factor = MAX (1, MIN (image_width / width, image_height / height));
      g_autoptr(LimnImage) smaller = limn_image_scale_down (grey, factor);
      LimnImage *scaled = limn_image_scale_bilinear (smaller, width, height, error);

      if (!scaled)
        return NULL;
      limn_image_unref (grey);
      grey = scaled;
    }
  else if (width != image_width || height != image_height)
    {
      padded = g_malloc0 ((gsize) width * height);
      for (guint y = 0; y < MIN (height, image_height); y++)
        memcpy (padded + (gsize) width * y, limn_image_get_row (grey, y), MIN (width, image_width));
      return limn_mask_state_new_from_values (width, height, padded, width);
    }
  return limn_mask_state_new_from_values (width, height, limn_image_get_row (grey, 0), limn_image_get_stride (grey));
}

LimnImage *
limn_mask_state_to_image (LimnMaskState  *state,
                          GError        **error)
{
  LimnRect all = { 0, 0, state->width, state->height };
  guint8 *values;

  /* Before the memory is taken. */
  if ((guint64) state->width * state->height > LIMN_IMAGE_MAX_PIXELS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "A mask of %ux%u pixels is too large for a picture; Limn handles up to %" G_GUINT64_FORMAT " million pixels.",
                   state->width, state->height, LIMN_IMAGE_MAX_PIXELS / 1000000);
      return NULL;
    }
  values = g_malloc ((gsize) state->width * state->height);
  limn_mask_state_read (state, &all, values, state->width);
  return limn_image_new_take (LIMN_PIXEL_GREY8, state->width, state->height, values, error);
}

LimnMaskState *
limn_mask_state_ref (LimnMaskState *state)
{
  g_atomic_ref_count_inc (&state->refs);
  return state;
}

void
limn_mask_state_unref (LimnMaskState *state)
{
  if (state == NULL || !g_atomic_ref_count_dec (&state->refs))
    return;
  for (guint i = 0; i < state->columns * state->rows; i++)
    limn_tile_unref (state->tiles[i]);
  g_free (state);
}

guint
limn_mask_state_get_width (const LimnMaskState *state)
{
  return state->width;
}

guint
limn_mask_state_get_height (const LimnMaskState *state)
{
  return state->height;
}

guint8
limn_mask_state_get_value (const LimnMaskState *state,
                           guint                x,
                           guint                y)
{
  g_return_val_if_fail (x < state->width && y < state->height, 0);

  return state->tiles[(y >> LIMN_TILE_SHIFT) * state->columns + (x >> LIMN_TILE_SHIFT)]
    ->data[(y % LIMN_TILE_SIDE << LIMN_TILE_SHIFT) + x % LIMN_TILE_SIDE];
}

void
limn_mask_state_read (const LimnMaskState *state,
                      const LimnRect      *rect,
                      guint8              *values,
                      gsize                stride)
{
  int right = rect->x + rect->width, bottom = rect->y + rect->height;

  g_return_if_fail (rect->x >= 0 && rect->y >= 0 && right <= (int) state->width && bottom <= (int) state->height);

  for (int y = rect->y; y < bottom; y++)
    for (int x = rect->x; x < right;)
      {
        int end = MIN (right, (x | (LIMN_TILE_SIDE - 1)) + 1);
        const LimnTile *tile = state->tiles[(y >> LIMN_TILE_SHIFT) * state->columns + (x >> LIMN_TILE_SHIFT)];

        memcpy (values + stride * (y - rect->y) + (x - rect->x),
                tile->data + ((y % LIMN_TILE_SIDE) << LIMN_TILE_SHIFT) + x % LIMN_TILE_SIDE, end - x);
        x = end;
      }
}

gboolean
limn_mask_state_is_uniform (const LimnMaskState *state,
                            guint8               value)
{
  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      const LimnTile *tile = state->tiles[i];
      LimnRect rect = limn_mask_state_tile_rect (state, i);

      if (i > 0 && tile == state->tiles[i - 1])
        continue;
      if (tile->data[0] != value)
        return FALSE;
      if (limn_tile_is_constant (tile))
        continue;
      for (int y = 0; y < rect.height; y++)
        for (int x = 0; x < rect.width; x++)
          if (tile->data[(y << LIMN_TILE_SHIFT) + x] != value)
            return FALSE;
    }
  return TRUE;
}

gboolean
limn_mask_state_equal (const LimnMaskState *a,
                       const LimnMaskState *b)
{
  if (a->width != b->width || a->height != b->height)
    return FALSE;
  if (a == b)
    return TRUE;
  for (guint i = 0; i < a->columns * a->rows; i++)
    if (!limn_mask_state_same_tile (a, i, a->tiles[i], b->tiles[i]))
      return FALSE;
  return TRUE;
}

LimnRect
limn_mask_state_get_bounds (const LimnMaskState *state)
{
  int left = state->width, top = state->height, right = 0, bottom = 0;

  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      const LimnTile *tile = state->tiles[i];
      LimnRect rect = limn_mask_state_tile_rect (state, i);

      if (tile == limn_tile_zero ())
        continue;
      for (int y = 0; y < rect.height; y++)
        {
          const guint8 *row = tile->data + (y << LIMN_TILE_SHIFT);
          int first = 0, last = rect.width;

          while (first < last && row[first] == 0)
            first++;
          if (first == last)
            continue;
          while (row[last - 1] == 0)
            last--;
          left = MIN (left, rect.x + first);
          right = MAX (right, rect.x + last);
          top = MIN (top, rect.y + y);
          bottom = MAX (bottom, rect.y + y + 1);
        }
    }
  return right > left ? (LimnRect){ left, top, right - left, bottom - top } : (LimnRect){ 0 };
}

static void
combine (guint8        *y,
         const guint8  *a,
         const guint8  *b,
         LimnMaskUnion  how)
{
  switch (how)
    {
    case LIMN_MASK_ADD:
      for (guint i = 0; i < LIMN_TILE_AREA; i++)
        y[i] = MAX (a[i], b[i]);
      break;
    case LIMN_MASK_SUBTRACT:
      for (guint i = 0; i < LIMN_TILE_AREA; i++)
        y[i] = MIN (a[i], 255 - b[i]);
      break;
    case LIMN_MASK_INTERSECT:
      for (guint i = 0; i < LIMN_TILE_AREA; i++)
        y[i] = MIN (a[i], b[i]);
      break;
    default:
      g_assert_not_reached ();
    }
}

LimnMaskState *
limn_mask_state_combine (LimnMaskState *a,
                         LimnMaskState *b,
                         LimnMaskUnion  how)
{
  LimnMaskState *state;
  LimnTile *zero = limn_tile_zero (), *full = limn_tile_full ();
  /* What @b is where it leaves @a as it is, and where it decides alone, and what it decides then. */
  LimnTile *neutral = how == LIMN_MASK_INTERSECT ? full : zero;
  LimnTile *decisive = how == LIMN_MASK_INTERSECT ? zero : full;
  LimnTile *decided = how == LIMN_MASK_ADD ? full : zero;

  g_return_val_if_fail (a->width == b->width && a->height == b->height, NULL);

  state = limn_mask_state_new_empty (a->width, a->height);
  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      if (b->tiles[i] == neutral || a->tiles[i] == decided)
        state->tiles[i] = limn_tile_ref (a->tiles[i]);
      else if (b->tiles[i] == decisive)
        state->tiles[i] = decided;
      else
        {
          LimnTile *tile = limn_tile_new ();

          combine (tile->data, a->tiles[i]->data, b->tiles[i]->data, how);
          state->tiles[i] = limn_mask_state_canonical (state, i, tile);
          if (limn_mask_state_same_tile (state, i, state->tiles[i], a->tiles[i]))
            {
              limn_tile_unref (state->tiles[i]);
              state->tiles[i] = limn_tile_ref (a->tiles[i]);
            }
        }
    }
  return state;
}

LimnMaskState *
limn_mask_state_invert (LimnMaskState *state)
{
  LimnMaskState *inverse = limn_mask_state_new_empty (state->width, state->height);

  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      const LimnTile *tile = state->tiles[i];

      if (limn_tile_is_constant (tile))
        inverse->tiles[i] = tile == limn_tile_zero () ? limn_tile_full () : limn_tile_zero ();
      else if (i > 0 && tile == state->tiles[i - 1])
        inverse->tiles[i] = limn_tile_ref (inverse->tiles[i - 1]);
      else
        {
          LimnTile *other = inverse->tiles[i] = limn_tile_new ();

          for (guint j = 0; j < LIMN_TILE_AREA; j++)
            other->data[j] = ~tile->data[j];
        }
    }
  return inverse;
}

gsize
limn_mask_state_get_bytes (const LimnMaskState *state)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < state->columns * state->rows; i++)
    if (!limn_tile_is_constant (state->tiles[i]))
      g_hash_table_add (seen, state->tiles[i]);
  return g_hash_table_size (seen) * sizeof (LimnTile);
}
