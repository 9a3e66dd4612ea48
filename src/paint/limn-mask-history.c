/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A change holds a tile before and after. As long as it is young it holds both tiles themselves: they are shared with
 * its neighbours and with the mask, so that undo is a matter of pointers and costs one tile for each that was painted
 * on. Later it holds after - before (modulo 256), deflated, which serves both ways; where a stroke did not go that is
 * 0, and the rest of a stroke is smooth. Constant tiles cost nothing and are never packed.
 *
 * Packing a tile takes about 0.1 ms. So a little is packed with each event, and more only where memory would run away.
 * */
#include "config.h"

#include "paint/limn-mask-private.h"

#include <string.h>
#include <zlib.h>

/* Tiles that may stay unpacked: 16 MiB, some twenty strokes of a large brush; and where packing no longer waits: 96
 * MiB. */
#define N_LOOSE 1024
#define MAX_LOOSE 6144

typedef struct
{
  guint     index;
  guint     n_packed;
  LimnTile *before; /* NULL when packed */
  LimnTile *after;
  guint8   *packed;
} Change;

typedef struct
{
  guint  n_changes;
  Change changes[];
} Step;

struct _LimnMaskHistory
{
  GPtrArray *steps;
  guint      position; /* steps that are in the mask; those behind it were undone */
  GArray    *open;     /* of Change */
  guint      n_loose;  /* changes that could be packed */
  guint      next_step; /* before this step, and this change of it, all is packed */
  guint      next_change;
  z_stream   deflater;
  gboolean   has_deflater;
};

static gboolean
can_pack (const Change *change)
{
  return change->before && !(limn_tile_is_constant (change->before) && limn_tile_is_constant (change->after));
}

static void
clear_change (Change *change)
{
  limn_tile_unref (change->before);
  limn_tile_unref (change->after);
  g_free (change->packed);
}

static void
free_step (gpointer data)
{
  Step *step = data;

  for (guint i = 0; i < step->n_changes; i++)
    clear_change (&step->changes[i]);
  g_free (step);
}

LimnMaskHistory *
limn_mask_history_new (void)
{
  LimnMaskHistory *history = g_new0 (LimnMaskHistory, 1);

  history->steps = g_ptr_array_new_with_free_func (free_step);
  history->open = g_array_new (FALSE, FALSE, sizeof (Change));
  g_array_set_clear_func (history->open, (GDestroyNotify) clear_change);
  return history;
}

void
limn_mask_history_free (LimnMaskHistory *history)
{
  g_ptr_array_unref (history->steps);
  g_array_unref (history->open);
  if (history->has_deflater)
    deflateEnd (&history->deflater);
  g_free (history);
}

/* Those from @n on are gone. */
static void
truncate_steps (LimnMaskHistory *history,
                guint            n)
{
  for (guint i = n; i < history->steps->len; i++)
    {
      const Step *step = history->steps->pdata[i];

      for (guint j = 0; j < step->n_changes; j++)
        history->n_loose -= can_pack (&step->changes[j]);
    }
  g_ptr_array_set_size (history->steps, n);
  if (history->next_step >= n)
    {
      history->next_step = n;
      history->next_change = 0;
    }
}

void
limn_mask_history_clear (LimnMaskHistory *history)
{
  truncate_steps (history, 0);
  history->position = 0;
}

void
limn_mask_history_add (LimnMaskHistory *history,
                       guint            index,
                       LimnTile        *before,
                       LimnTile        *after)
{
  Change change = { .index = index, .before = before, .after = after };

  g_array_append_val (history->open, change);
}

gboolean
limn_mask_history_commit (LimnMaskHistory *history)
{
  guint n = history->open->len;
  Step *step;

  if (n == 0)
    return FALSE;
  truncate_steps (history, history->position);
  step = g_malloc (sizeof *step + n * sizeof (Change));
  step->n_changes = n;
  memcpy (step->changes, history->open->data, n * sizeof (Change));
  /* They live on in the step. */
  memset (history->open->data, 0, n * sizeof (Change));
  g_array_set_size (history->open, 0);
  for (guint i = 0; i < n; i++)
    history->n_loose += can_pack (&step->changes[i]);
  g_ptr_array_add (history->steps, step);
  history->position++;
  return TRUE;
}

gboolean
limn_mask_history_can_undo (const LimnMaskHistory *history)
{
  return history->position > 0;
}

gboolean
limn_mask_history_can_redo (const LimnMaskHistory *history)
{
  return history->position < history->steps->len;
}

/* --- Packing --- */

static void
pack_change (LimnMaskHistory *history,
             Change          *change)
{
  guint8 delta[LIMN_TILE_AREA], packed[LIMN_TILE_AREA + 1024];
  z_stream *z = &history->deflater;

  for (guint i = 0; i < LIMN_TILE_AREA; i++)
    delta[i] = change->after->data[i] - change->before->data[i];
  if (!history->has_deflater)
    {
      if (deflateInit2 (z, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        g_error ("no memory to pack a step of a mask");
      history->has_deflater = TRUE;
    }
  z->next_in = delta;
  z->avail_in = sizeof delta;
  z->next_out = packed;
  z->avail_out = sizeof packed;
  /* Bytes that cannot be packed are stored, with less than 1024 more: this cannot fail. */
  if (deflate (z, Z_FINISH) != Z_STREAM_END)
    g_assert_not_reached ();
  change->n_packed = sizeof packed - z->avail_out;
  change->packed = g_memdup2 (packed, change->n_packed);
  deflateReset (z);
  g_clear_pointer (&change->before, limn_tile_unref);
  g_clear_pointer (&change->after, limn_tile_unref);
  history->n_loose--;
}

gboolean
limn_mask_history_pack (LimnMaskHistory *history,
                        guint            n_tiles)
{
  guint done = 0;

  while (history->n_loose > N_LOOSE && (done < n_tiles || history->n_loose > MAX_LOOSE))
    {
      Step *step;

      g_assert (history->next_step < history->steps->len);
      step = history->steps->pdata[history->next_step];
      if (history->next_change == step->n_changes)
        {
          history->next_step++;
          history->next_change = 0;
          continue;
        }
      if (can_pack (&step->changes[history->next_change]))
        {
          pack_change (history, &step->changes[history->next_change]);
          done++;
        }
      history->next_change++;
    }
  return history->n_loose > N_LOOSE;
}

static void
unpack (const Change *change,
        guint8       *delta)
{
  z_stream z = { .next_in = change->packed, .avail_in = change->n_packed, .next_out = delta, .avail_out = LIMN_TILE_AREA };

  if (inflateInit2 (&z, -MAX_WBITS) != Z_OK)
    g_error ("no memory to unpack a step of a mask");
  /* Our own memory, packed by us. */
  if (inflate (&z, Z_FINISH) != Z_STREAM_END || z.avail_out != 0)
    g_assert_not_reached ();
  inflateEnd (&z);
}

/* --- Undo and redo --- */

static LimnTile *
moved_tile (const LimnMaskState *state,
            const Change        *change,
            gboolean             back)
{
  const guint8 *from = state->tiles[change->index]->data;
  guint8 delta[LIMN_TILE_AREA];
  LimnTile *tile;

  if (!change->packed)
    return limn_tile_ref (back ? change->before : change->after);
  unpack (change, delta);
  tile = limn_tile_new ();
  if (back)
    for (guint i = 0; i < LIMN_TILE_AREA; i++)
      tile->data[i] = from[i] - delta[i];
  else
    for (guint i = 0; i < LIMN_TILE_AREA; i++)
      tile->data[i] = from[i] + delta[i];
  return limn_mask_state_canonical (state, change->index, tile);
}

gboolean
limn_mask_history_move (LimnMaskHistory *history,
                        LimnMaskState   *state,
                        gboolean         back,
                        LimnRect        *dirty)
{
  const Step *step;

  if (back ? history->position == 0 : history->position == history->steps->len)
    return FALSE;
  step = history->steps->pdata[back ? --history->position : history->position++];
  *dirty = (LimnRect){ 0 };
  for (guint i = 0; i < step->n_changes; i++)
    {
      const Change *change = &step->changes[i];
      LimnTile *tile = moved_tile (state, change, back);
      LimnRect rect = limn_mask_state_tile_rect (state, change->index);

      limn_tile_unref (state->tiles[change->index]);
      state->tiles[change->index] = tile;
      *dirty = limn_rect_union (dirty, &rect);
    }
  return TRUE;
}

gsize
limn_mask_history_get_bytes (const LimnMaskHistory *history,
                             const LimnMaskState   *state)
{
  g_autoptr(GHashTable) current = g_hash_table_new (NULL, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  gsize bytes = 0;

  for (guint i = 0; i < state->columns * state->rows; i++)
    g_hash_table_add (current, state->tiles[i]);
  for (guint i = 0; i < history->steps->len; i++)
    {
      const Step *step = history->steps->pdata[i];

      bytes += sizeof *step + step->n_changes * sizeof (Change);
      for (guint j = 0; j < step->n_changes; j++)
        {
          const Change *change = &step->changes[j];
          LimnTile *tiles[] = { change->before, change->after };

          bytes += change->n_packed;
          for (guint k = 0; k < G_N_ELEMENTS (tiles); k++)
            if (tiles[k] && !limn_tile_is_constant (tiles[k]) && !g_hash_table_contains (current, tiles[k]))
              g_hash_table_add (seen, tiles[k]);
        }
    }
  return bytes + g_hash_table_size (seen) * sizeof (LimnTile);
}
