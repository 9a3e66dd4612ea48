/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-latent-cache.h"

typedef struct
{
  char   *key;
  GBytes *latent;
} Entry;

struct _LimnLatentCache
{
  GQueue entries; /* of Entry, the latest first */
  gsize  bytes;
};

static void
entry_free (Entry *entry)
{
  g_free (entry->key);
  g_bytes_unref (entry->latent);
  g_free (entry);
}

LimnLatentCache *
limn_latent_cache_new (void)
{
  LimnLatentCache *cache = g_rc_box_new0 (LimnLatentCache);

  g_queue_init (&cache->entries);
  return cache;
}

LimnLatentCache *
limn_latent_cache_ref (LimnLatentCache *cache)
{
  return g_rc_box_acquire (cache);
}

static void
cache_clear (gpointer data)
{
  g_queue_clear_full (&((LimnLatentCache *) data)->entries, (GDestroyNotify) entry_free);
}

void
limn_latent_cache_unref (LimnLatentCache *cache)
{
  if (cache)
    g_rc_box_release_full (cache, cache_clear);
}

static GList *
find (LimnLatentCache *cache, const char *key)
{
  for (GList *link = cache->entries.head; link; link = link->next)
    if (g_str_equal (((Entry *) link->data)->key, key))
      return link;
  return NULL;
}

static void
remove_link (LimnLatentCache *cache, GList *link)
{
  Entry *entry = link->data;

  cache->bytes -= g_bytes_get_size (entry->latent);
  g_queue_delete_link (&cache->entries, link);
  entry_free (entry);
}

GBytes *
limn_latent_cache_get (LimnLatentCache *cache, const char *key)
{
  GList *link = find (cache, key);

  if (!link)
    return NULL;
  g_queue_unlink (&cache->entries, link);
  g_queue_push_head_link (&cache->entries, link);
  return g_bytes_ref (((Entry *) link->data)->latent);
}

void
limn_latent_cache_add (LimnLatentCache *cache, const char *key, GBytes *latent)
{
  GList *old = find (cache, key);
  Entry *entry = g_new (Entry, 1);

  if (old)
    remove_link (cache, old);
  *entry = (Entry){ g_strdup (key), g_bytes_ref (latent) };
  g_queue_push_head (&cache->entries, entry);
  cache->bytes += g_bytes_get_size (latent);
  while (cache->bytes > LIMN_LATENT_CACHE_BYTES && cache->entries.length > 1)
    remove_link (cache, cache->entries.tail);
}
