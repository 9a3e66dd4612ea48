/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-frame-cache.h"

typedef struct
{
  guint      key;
  LimnImage *image;
  gsize      n_bytes;
} Entry;

struct _LimnFrameCache
{
  GHashTable *links;  /* key -> link of @entries */
  GQueue      entries; /* of Entry, the one used last in front */
  gsize       n_bytes;
  gsize       max_bytes;
};

LimnFrameCache *
limn_frame_cache_new (gsize max_bytes)
{
  LimnFrameCache *cache = g_new0 (LimnFrameCache, 1);

  cache->links = g_hash_table_new (NULL, NULL);
  g_queue_init (&cache->entries);
  cache->max_bytes = max_bytes;
  return cache;
}

static void
remove_link (LimnFrameCache *cache, GList *link)
{
  Entry *entry = link->data;

  cache->n_bytes -= entry->n_bytes;
  g_hash_table_remove (cache->links, GUINT_TO_POINTER (entry->key));
  g_queue_delete_link (&cache->entries, link);
  limn_image_unref (entry->image);
  g_free (entry);
}

void
limn_frame_cache_free (LimnFrameCache *cache)
{
  if (!cache)
    return;
  while (cache->entries.tail)
    remove_link (cache, cache->entries.tail);
  g_hash_table_unref (cache->links);
  g_free (cache);
}

LimnImage *
limn_frame_cache_get (LimnFrameCache *cache, guint key)
{
  GList *link = g_hash_table_lookup (cache->links, GUINT_TO_POINTER (key));

  if (!link)
    return NULL;
  g_queue_unlink (&cache->entries, link);
  g_queue_push_head_link (&cache->entries, link);
  return ((Entry *) link->data)->image;
}

void
limn_frame_cache_put (LimnFrameCache *cache, guint key, LimnImage *image)
{
  GList *old = g_hash_table_lookup (cache->links, GUINT_TO_POINTER (key));
  Entry *entry = g_new0 (Entry, 1);

  entry->key = key;
  entry->image = limn_image_ref (image);
  entry->n_bytes = limn_image_get_stride (image) * limn_image_get_height (image);
  if (old)
    remove_link (cache, old);
  g_queue_push_head (&cache->entries, entry);
  g_hash_table_insert (cache->links, GUINT_TO_POINTER (key), cache->entries.head);
  cache->n_bytes += entry->n_bytes;
  while (cache->n_bytes > cache->max_bytes && cache->entries.length > 1)
    remove_link (cache, cache->entries.tail);
}

gsize
limn_frame_cache_get_bytes (LimnFrameCache *cache)
{
  return cache->n_bytes;
}
