/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The state that the mask has now is its own only as long as nobody else holds a reference; then its grid is copied,
 * which is a matter of pointers, and later each tile that is written to.
 *
 * While a step is open, started[] says which tiles it has touched, and the tiles as they were are kept. */
#include "config.h"

#include "paint/limn-mask-private.h"

#include <string.h>

typedef struct
{
  guint     index;
  LimnTile *tile;
} Former;

typedef struct
{
  guint         id;
  LimnMaskWatch watch;
  gpointer      data;
} Watch;

struct _LimnMask
{
  grefcount           refs;
  LimnMaskState      *state;
  LimnMaskHistory    *history;
  GArray             *former;  /* of Former: tiles as they were when the open step began */
  guint8             *started; /* of each tile: whether it is in former */
  gboolean            open;
  struct _LimnStroke *stroke;
  GArray             *watches;
  guint               last_watch;
  guint               telling;
  guint64             serial;
  LimnImage          *frozen;
  guint64             frozen_serial;
  gboolean            has_last;
  LimnPoint           last;
};

LimnMask *
limn_mask_new (guint width,
               guint height)
{
  LimnMask *mask;

  g_return_val_if_fail (width >= 1 && width <= LIMN_MASK_MAX_SIDE && height >= 1 && height <= LIMN_MASK_MAX_SIDE, NULL);

  mask = g_new0 (LimnMask, 1);
  g_ref_count_init (&mask->refs);
  mask->state = limn_mask_state_new (width, height, 0);
  mask->history = limn_mask_history_new ();
  mask->former = g_array_new (FALSE, FALSE, sizeof (Former));
  mask->started = g_malloc0 ((gsize) mask->state->columns * mask->state->rows);
  mask->watches = g_array_new (FALSE, FALSE, sizeof (Watch));
  return mask;
}

LimnMask *
limn_mask_ref (LimnMask *mask)
{
  g_ref_count_inc (&mask->refs);
  return mask;
}

void
limn_mask_unref (LimnMask *mask)
{
  if (mask == NULL || !g_ref_count_dec (&mask->refs))
    return;
  g_assert (!mask->open);
  limn_mask_state_unref (mask->state);
  limn_mask_history_free (mask->history);
  g_array_unref (mask->former);
  g_array_unref (mask->watches);
  g_clear_pointer (&mask->frozen, limn_image_unref);
  g_free (mask->started);
  g_free (mask);
}

guint
limn_mask_get_width (const LimnMask *mask)
{
  return mask->state->width;
}

guint
limn_mask_get_height (const LimnMask *mask)
{
  return mask->state->height;
}

guint8
limn_mask_get_value (const LimnMask *mask,
                     guint           x,
                     guint           y)
{
  return limn_mask_state_get_value (mask->state, x, y);
}

guint64
limn_mask_get_serial (const LimnMask *mask)
{
  return mask->serial;
}

/* --- Watches --- */

guint
limn_mask_add_watch (LimnMask      *mask,
                     LimnMaskWatch  watch,
                     gpointer       data)
{
  Watch added = { ++mask->last_watch, watch, data };

  g_array_append_val (mask->watches, added);
  return added.id;
}

static void
drop_removed (LimnMask *mask)
{
  for (guint i = mask->watches->len; i-- > 0;)
    if (g_array_index (mask->watches, Watch, i).watch == NULL)
      g_array_remove_index (mask->watches, i);
}

void
limn_mask_remove_watch (LimnMask *mask,
                        guint     id)
{
  for (guint i = 0; i < mask->watches->len; i++)
    {
      Watch *watch = &g_array_index (mask->watches, Watch, i);

      if (watch->id == id)
        watch->watch = NULL;
    }
  /* One that removes itself is being called from a list. */
  if (mask->telling == 0)
    drop_removed (mask);
}

void
limn_mask_tell (LimnMask       *mask,
                const LimnRect *dirty)
{
  LimnRect all = { 0, 0, mask->state->width, mask->state->height };
  LimnRect inside = limn_rect_intersect (dirty, &all);

  if (!limn_rect_is_empty (&inside))
    mask->serial++;
  limn_mask_ref (mask);
  mask->telling++;
  for (guint i = 0; i < mask->watches->len; i++)
    {
      Watch watch = g_array_index (mask->watches, Watch, i);

      if (watch.watch)
        watch.watch (mask, &inside, watch.data);
    }
  if (--mask->telling == 0)
    drop_removed (mask);
  limn_mask_unref (mask);
}

/* --- Steps --- */

void
limn_mask_set_stroke (LimnMask           *mask,
                      struct _LimnStroke *stroke)
{
  mask->stroke = stroke;
}

static void
end_stroke (LimnMask *mask)
{
  if (mask->stroke)
    limn_stroke_detach (mask->stroke);
}

LimnMaskState *
limn_mask_peek (LimnMask *mask)
{
  return mask->state;
}

static void
own_state (LimnMask *mask)
{
  LimnMaskState *copy;

  if (g_atomic_ref_count_compare (&mask->state->refs, 1))
    return;
  copy = limn_mask_state_copy (mask->state);
  limn_mask_state_unref (mask->state);
  mask->state = copy;
}

void
limn_mask_begin (LimnMask *mask)
{
  end_stroke (mask);
  g_assert (!mask->open);
  mask->open = TRUE;
}

static void
start_tile (LimnMask *mask,
            guint     index)
{
  Former former = { index, mask->state->tiles[index] };

  g_assert (mask->open);
  own_state (mask);
  if (mask->started[index])
    return;
  mask->started[index] = TRUE;
  limn_tile_ref (former.tile);
  g_array_append_val (mask->former, former);
}

guint8 *
limn_mask_write (LimnMask *mask,
                 guint     index)
{
  LimnTile *tile, *copy;

  start_tile (mask, index);
  tile = mask->state->tiles[index];
  if (!limn_tile_is_constant (tile) && g_atomic_ref_count_compare (&tile->refs, 1))
    return tile->data;
  copy = limn_tile_new ();
  memcpy (copy->data, tile->data, sizeof copy->data);
  limn_tile_unref (tile);
  mask->state->tiles[index] = copy;
  return copy->data;
}

void
limn_mask_put (LimnMask *mask,
               guint     index,
               LimnTile *tile)
{
  start_tile (mask, index);
  limn_tile_unref (mask->state->tiles[index]);
  mask->state->tiles[index] = tile;
}

static void
close_step (LimnMask *mask)
{
  for (guint i = 0; i < mask->former->len; i++)
    mask->started[g_array_index (mask->former, Former, i).index] = FALSE;
  g_array_set_size (mask->former, 0);
  mask->open = FALSE;
}

void
limn_mask_commit (LimnMask *mask)
{
  const LimnRect nothing = { 0 };

  if (mask->former->len > 0)
    own_state (mask);
  for (guint i = 0; i < mask->former->len; i++)
    {
      Former former = g_array_index (mask->former, Former, i);
      LimnTile **now = &mask->state->tiles[former.index];

      *now = limn_mask_state_canonical (mask->state, former.index, *now);
      if (limn_mask_state_same_tile (mask->state, former.index, *now, former.tile))
        {
          limn_tile_unref (*now);
          *now = former.tile;
        }
      else
        limn_mask_history_add (mask->history, former.index, former.tile, limn_tile_ref (*now));
    }
  close_step (mask);
  if (!limn_mask_history_commit (mask->history))
    return;
  /* About 2 ms. */
  limn_mask_history_pack (mask->history, 24);
  limn_mask_tell (mask, &nothing);
}

void
limn_mask_abandon (LimnMask *mask)
{
  LimnRect dirty = { 0 };

  if (mask->former->len > 0)
    own_state (mask);
  for (guint i = 0; i < mask->former->len; i++)
    {
      Former former = g_array_index (mask->former, Former, i);
      LimnRect rect = limn_mask_state_tile_rect (mask->state, former.index);

      limn_tile_unref (mask->state->tiles[former.index]);
      mask->state->tiles[former.index] = former.tile;
      dirty = limn_rect_union (&dirty, &rect);
    }
  close_step (mask);
  if (!limn_rect_is_empty (&dirty))
    limn_mask_tell (mask, &dirty);
}

void
limn_mask_pack (LimnMask *mask)
{
  limn_mask_history_pack (mask->history, 6);
}

gboolean
limn_mask_tidy (LimnMask *mask)
{
  return limn_mask_history_pack (mask->history, 24);
}

/* --- Whole states --- */

LimnMaskState *
limn_mask_dup_state (LimnMask *mask)
{
  return limn_mask_state_ref (mask->state);
}

void
limn_mask_set_state (LimnMask      *mask,
                     LimnMaskState *state)
{
  LimnRect dirty = { 0 };

  g_return_if_fail (state->width == mask->state->width && state->height == mask->state->height);

  limn_mask_begin (mask);
  for (guint i = 0; i < state->columns * state->rows; i++)
    {
      LimnRect rect = limn_mask_state_tile_rect (state, i);

      if (limn_mask_state_same_tile (state, i, state->tiles[i], mask->state->tiles[i]))
        continue;
      limn_mask_put (mask, i, limn_tile_ref (state->tiles[i]));
      dirty = limn_rect_union (&dirty, &rect);
    }
  if (!limn_rect_is_empty (&dirty))
    limn_mask_tell (mask, &dirty);
  limn_mask_commit (mask);
}

void
limn_mask_add_state (LimnMask      *mask,
                     LimnMaskState *state,
                     LimnMaskUnion  how)
{
  g_autoptr(LimnMaskState) both = NULL;

  g_return_if_fail (state->width == mask->state->width && state->height == mask->state->height);

  end_stroke (mask);
  both = limn_mask_state_combine (mask->state, state, how);
  limn_mask_set_state (mask, both);
}

LimnImage *
limn_mask_freeze (LimnMask  *mask,
                  GError   **error)
{
  LimnImage *image;

  if (mask->frozen && mask->frozen_serial == mask->serial)
    return limn_image_ref (mask->frozen);
  image = limn_mask_state_to_image (mask->state, error);
  if (!image)
    return NULL;
  g_clear_pointer (&mask->frozen, limn_image_unref);
  mask->frozen = limn_image_ref (image);
  mask->frozen_serial = mask->serial;
  return image;
}

void
limn_mask_fill (LimnMask *mask,
                guint8    value)
{
  g_autoptr(LimnMaskState) state = limn_mask_state_new (mask->state->width, mask->state->height, value);

  limn_mask_set_state (mask, state);
}

void
limn_mask_invert (LimnMask *mask)
{
  g_autoptr(LimnMaskState) state = NULL;

  end_stroke (mask);
  state = limn_mask_state_invert (mask->state);
  limn_mask_set_state (mask, state);
}

/* --- Undo and redo --- */

gboolean
limn_mask_can_undo (const LimnMask *mask)
{
  return mask->stroke || limn_mask_history_can_undo (mask->history);
}

gboolean
limn_mask_can_redo (const LimnMask *mask)
{
  return !mask->stroke && limn_mask_history_can_redo (mask->history);
}

static gboolean
move (LimnMask *mask,
      gboolean  back)
{
  LimnRect dirty;

  end_stroke (mask);
  own_state (mask);
  if (!limn_mask_history_move (mask->history, mask->state, back, &dirty))
    return FALSE;
  limn_mask_tell (mask, &dirty);
  return TRUE;
}

gboolean
limn_mask_undo (LimnMask *mask)
{
  return move (mask, TRUE);
}

gboolean
limn_mask_redo (LimnMask *mask)
{
  return move (mask, FALSE);
}

void
limn_mask_forget (LimnMask *mask)
{
  const LimnRect nothing = { 0 };

  end_stroke (mask);
  limn_mask_history_clear (mask->history);
  limn_mask_tell (mask, &nothing);
}

gsize
limn_mask_get_history_bytes (const LimnMask *mask)
{
  return limn_mask_history_get_bytes (mask->history, mask->state);
}

gboolean
limn_mask_get_last_point (const LimnMask *mask,
                          LimnPoint      *point)
{
  if (mask->has_last)
    *point = mask->last;
  return mask->has_last;
}

void
limn_mask_set_last_point (LimnMask        *mask,
                          const LimnPoint *point)
{
  mask->has_last = TRUE;
  mask->last = *point;
}
