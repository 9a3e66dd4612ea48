/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tensor/limn-graph-private.h"

struct _LimnArena
{
  LimnGl     *gl;
  GPtrArray  *chunks;  /* LimnGlBuffer */
  double      pace;
  GHashTable *choices; /* key -> value */
  GHashTable *asked;   /* keys, owned by @order */
  GPtrArray  *order;
  LimnTensor *nothing;
};

LimnArena *
limn_arena_new (LimnGl *gl)
{
  LimnArena *arena = g_new0 (LimnArena, 1);

  arena->gl = gl;
  arena->chunks = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_gl_buffer_free);
  arena->choices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  arena->asked = g_hash_table_new (g_str_hash, g_str_equal);
  arena->order = g_ptr_array_new_with_free_func (g_free);
  return arena;
}

void
limn_arena_free (LimnArena *arena)
{
  if (!arena)
    return;
  limn_tensor_free (arena->nothing);
  g_hash_table_unref (arena->asked);
  g_ptr_array_unref (arena->order);
  g_hash_table_unref (arena->choices);
  g_ptr_array_unref (arena->chunks);
  g_free (arena);
}

LimnGl *
limn_arena_get_gl (const LimnArena *arena)
{
  return arena->gl;
}

guint64
limn_arena_get_bytes (const LimnArena *arena)
{
  guint64 bytes = 0;

  for (guint i = 0; i < arena->chunks->len; i++)
    bytes += limn_gl_buffer_get_size (arena->chunks->pdata[i]);
  return bytes;
}

void
limn_arena_trim (LimnArena *arena)
{
  g_ptr_array_set_size (arena->chunks, 0);
}

gboolean
limn_arena_reserve (LimnArena      *arena,
                    const guint64  *chunks,
                    guint           n_chunks,
                    GError        **error)
{
  for (guint i = 0; i < n_chunks; i++)
    {
      LimnGlBuffer *grown;
      g_autofree char *label = g_strdup_printf ("arena %u", i);

      if (i < arena->chunks->len && limn_gl_buffer_get_size (arena->chunks->pdata[i]) >= chunks[i])
        continue;
      /* The old chunk goes first, so that old and new never stand side by side. */
      if (i < arena->chunks->len)
        g_ptr_array_set_size (arena->chunks, i);
      grown = limn_gl_buffer_new (arena->gl, chunks[i], label, error);
      if (!grown)
        return FALSE;
      g_ptr_array_add (arena->chunks, grown);
    }
  return TRUE;
}

LimnGlBuffer *
limn_arena_get_chunk (LimnArena *arena,
                      guint      chunk)
{
  return g_ptr_array_index (arena->chunks, chunk);
}

const LimnTensor *
limn_arena_get_nothing (LimnArena  *arena,
                        GError    **error)
{
  if (!arena->nothing)
    arena->nothing = limn_tensor_new (arena->gl, LIMN_DTYPE_F32, 1, 1, 1, LIMN_TEXEL, "nothing", error);
  return arena->nothing;
}

double
limn_arena_get_pace (const LimnArena *arena)
{
  return arena->pace;
}

void
limn_arena_set_pace (LimnArena *arena,
                     double     seconds_per_cost)
{
  arena->pace = seconds_per_cost;
}

const char *
limn_arena_get_choice (LimnArena  *arena,
                       const char *key)
{
  if (!g_hash_table_contains (arena->asked, key))
    {
      char *copy = g_strdup (key);

      g_ptr_array_add (arena->order, copy);
      g_hash_table_add (arena->asked, copy);
    }
  return g_hash_table_lookup (arena->choices, key);
}

void
limn_arena_set_choice (LimnArena  *arena,
                       const char *key,
                       const char *value)
{
  g_hash_table_replace (arena->choices, g_strdup (key), g_strdup (value));
}

GPtrArray *
limn_arena_list_keys (const LimnArena *arena)
{
  GPtrArray *keys = g_ptr_array_new ();

  for (guint i = 0; i < arena->order->len; i++)
    g_ptr_array_add (keys, arena->order->pdata[i]);
  return keys;
}
