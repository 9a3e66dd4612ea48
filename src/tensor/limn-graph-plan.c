/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Laying out planned tensors. Largest first, each goes into the smallest gap left by those already placed whose
 * lives overlap its own (Pisarchyk & Lee 2020, "greedy by size", within a few percent of the lower bound on networks like
 * these). A second pass finds where barriers are needed: only where a step touches what an
 * earlier one, since the last barrier, wrote, or writes what it read. */

#include "tensor/limn-graph-private.h"

#include "base/limn-error.h"

/* An arena is made of buffers of at most this size (unless one tensor is larger): a driver finds four of
 * these more easily than one of 4 GiB, and offsets within stay below 2^31. */
#define CHUNK_BYTES (G_GUINT64_CONSTANT (1) << 30)

static int
larger_first (gconstpointer a,
              gconstpointer b)
{
  const LimnGraphSlot *x = *(LimnGraphSlot * const *) a;
  const LimnGraphSlot *y = *(LimnGraphSlot * const *) b;

  if (x->bytes != y->bytes)
    return x->bytes > y->bytes ? -1 : 1;
  return (x->first_use > y->first_use) - (x->first_use < y->first_use);
}

/* What is placed, side by side in memory: each new one is held against all of them, ten million times in SDXL's UNet. */
typedef struct
{
  int     first_use;
  int     last_use;
  guint   chunk;
  guint64 offset;
  guint64 bytes;
} Placed;

static int
lower_first (gconstpointer a,
             gconstpointer b)
{
  const Placed *x = a, *y = b;

  return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Smallest gap of @chunk that takes @slot. Returns FALSE when it would grow past the capacity. @living: (element-type Placed): room to work in */
static gboolean
place (const GArray  *placed,
       GArray        *living,
       LimnGraphSlot *slot,
       guint          chunk,
       guint64        capacity)
{
  guint64 end = 0, best = G_MAXUINT64, best_gap = G_MAXUINT64;

  g_array_set_size (living, 0);
  for (guint i = 0; i < placed->len; i++)
    {
      const Placed *other = &g_array_index (placed, Placed, i);

      if (other->first_use <= slot->last_use && slot->first_use <= other->last_use && other->chunk == chunk)
        g_array_append_vals (living, other, 1);
    }
  g_array_sort (living, lower_first);
  for (guint i = 0; i < living->len; i++)
    {
      const Placed *other = &g_array_index (living, Placed, i);

      if (other->offset >= end && other->offset - end >= slot->bytes && other->offset - end < best_gap)
        {
          best = end;
          best_gap = other->offset - end;
        }
      end = MAX (end, other->offset + other->bytes);
    }
  if (best == G_MAXUINT64)
    best = end;
  if (best + slot->bytes > capacity)
    return FALSE;
  slot->chunk = chunk;
  slot->offset = best;
  return TRUE;
}

typedef struct
{
  const void *memory; /* buffer, or GUINT_TO_POINTER (chunk + 1) */
  guint64     begin;
  guint64     end;
  gboolean    written;
} Range;

static Range
range_of (const LimnArg *arg)
{
  const LimnTensor *tensor = arg->tensor;
  guint64 base = tensor->slot ? tensor->slot->offset : 0;

  return (Range) {
    .memory = tensor->slot ? GUINT_TO_POINTER (tensor->slot->chunk + 1) : (const void *) tensor->buffer,
    .begin = base + arg->offset,
    .end = base + arg->offset + arg->size,
    .written = (arg->access & LIMN_WRITE) != 0,
  };
}

static void
find_barriers (LimnGraph *graph)
{
  g_autoptr(GArray) open = g_array_new (FALSE, FALSE, sizeof (Range));

  for (guint i = 0; i < graph->steps->len; i++)
    {
      LimnGraphStep *step = &g_array_index (graph->steps, LimnGraphStep, i);

      for (guint a = 0; a < step->n_args && !step->barrier; a++)
        {
          Range mine = range_of (&step->args[a]);

          for (guint r = 0; r < open->len; r++)
            {
              Range *other = &g_array_index (open, Range, r);

              if (mine.memory == other->memory && mine.begin < other->end && other->begin < mine.end &&
                  (mine.written || other->written))
                {
                  step->barrier = TRUE;
                  break;
                }
            }
        }
      if (step->barrier)
        g_array_set_size (open, 0);
      for (guint a = 0; a < step->n_args; a++)
        {
          Range mine = range_of (&step->args[a]);

          g_array_append_val (open, mine);
        }
    }
}

gboolean
limn_graph_plan (LimnGraph  *graph,
                 GError    **error)
{
  g_autoptr(GPtrArray) order = g_ptr_array_new ();
  g_autoptr(GArray) placed = g_array_new (FALSE, FALSE, sizeof (Placed));
  g_autoptr(GArray) living = g_array_new (FALSE, FALSE, sizeof (Placed));
  const LimnGlLimits *limits = limn_gl_get_limits (graph->gl);

  if (graph->planned)
    return TRUE;
  if (graph->failed)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: an intermediate tensor would be empty or too large",
                   graph->label);
      return FALSE;
    }
  for (guint i = 0; i < graph->slots->len; i++)
    {
      LimnGraphSlot *slot = graph->slots->pdata[i];

      slot->bytes = (slot->bytes + LIMN_ARENA_ALIGNMENT - 1) / LIMN_ARENA_ALIGNMENT * LIMN_ARENA_ALIGNMENT;
      if (slot->keep)
        slot->last_use = graph->steps->len;
      if (slot->first_use >= 0)
        g_ptr_array_add (order, slot);
    }
  if (limn_graph_fail_too_large (graph, error))
    return FALSE;
  g_ptr_array_sort (order, larger_first);
  for (guint i = 0; i < order->len; i++)
    {
      LimnGraphSlot *slot = order->pdata[i];
      guint chunk = 0;

      while (!place (placed, living, slot, chunk, MAX (slot->bytes, MIN (CHUNK_BYTES, limits->max_buffer_bytes))))
        chunk++;
      if (chunk >= graph->chunks->len)
        g_array_set_size (graph->chunks, chunk + 1);
      g_array_index (graph->chunks, guint64, chunk) =
        MAX (g_array_index (graph->chunks, guint64, chunk), slot->offset + slot->bytes);
      g_array_append_val (placed, ((Placed) { slot->first_use, slot->last_use, slot->chunk, slot->offset, slot->bytes }));
    }
  if (!graph->dry)
    find_barriers (graph);
  graph->planned = TRUE;
  return TRUE;
}

guint64
limn_graph_get_peak_bytes (const LimnGraph *graph)
{
  guint64 bytes = 0;

  for (guint i = 0; i < graph->chunks->len; i++)
    bytes += g_array_index (graph->chunks, guint64, i);
  return bytes;
}
