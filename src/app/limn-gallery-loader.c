/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-gallery-loader.h"

#include "app/limn-files.h"
#include "app/limn-read-pool.h"
#include "library/limn-thumbnails.h"

struct _LimnGalleryLoader
{
  LimnReadPool *pool;
  GHashTable   *shown; /* LimnGalleryItem -> Sight: what is in sight */
  GQueue        kept;  /* of LimnGalleryItem, referenced: loaded, out of sight, least recently seen first */
};

/* @cancellable: (nullable): while it is being read */
typedef struct
{
  guint         n; /* a tile may get an item before another has let go of it */
  GCancellable *cancellable;
} Sight;

typedef struct
{
  LimnPictureIndex *index;
  LimnGalleryItem  *item;
  gint64            id;
  LimnPicture      *picture;
  LimnImage        *thumbnail;
} Load;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_object_unref (load->item);
  limn_picture_free (load->picture);
  limn_image_unref (load->thumbnail);
  g_free (load);
}

static void
sight_free (gpointer data)
{
  Sight *sight = data;

  if (sight->cancellable)
    g_cancellable_cancel (sight->cancellable);
  g_clear_object (&sight->cancellable);
  g_free (sight);
}

static void
on_loaded (gpointer data)
{
  Load *load = data;
  g_autoptr(GdkTexture) texture = load->thumbnail ? limn_files_new_texture (load->thumbnail) : NULL;

  limn_gallery_item_load (load->item, load->picture, texture);
}

static void
load_thread (gpointer data, GCancellable *cancellable)
{
  Load *load = data;

  if (!g_cancellable_is_cancelled (cancellable))
    load->picture = limn_picture_index_get (load->index, load->id);
  if (load->picture)
    load->thumbnail = limn_thumbnail_load (load->picture->path, cancellable, NULL);
  /* Whoever is the last closes a database, which waits for the disk. */
  g_clear_pointer (&load->index, limn_picture_index_unref);
}

static const LimnReadFuncs read_funcs = { .read = load_thread, .done = on_loaded, .free = load_free };

LimnGalleryLoader *
limn_gallery_loader_new (void)
{
  LimnGalleryLoader *self = g_new0 (LimnGalleryLoader, 1);

  self->pool = limn_read_pool_new ();
  self->shown = g_hash_table_new_full (NULL, NULL, NULL, sight_free);
  g_queue_init (&self->kept);
  return self;
}

void
limn_gallery_loader_free (LimnGalleryLoader *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->shown);
  g_queue_clear_full (&self->kept, g_object_unref);
  limn_read_pool_free (self->pool);
  g_free (self);
}

static void
start (LimnGalleryLoader *self, LimnPictureIndex *index, LimnGalleryItem *item, Sight *sight)
{
  Load *load = g_new0 (Load, 1);

  if (sight->cancellable)
    g_cancellable_cancel (sight->cancellable);
  g_clear_object (&sight->cancellable);
  sight->cancellable = g_cancellable_new ();
  load->index = limn_picture_index_ref (index);
  load->item = g_object_ref (item);
  load->id = limn_gallery_item_get_id (item);
  limn_read_pool_push (self->pool, &read_funcs, sight->cancellable, load);
}

void
limn_gallery_loader_show (LimnGalleryLoader *self, LimnPictureIndex *index, LimnGalleryItem *item)
{
  Sight *sight = g_hash_table_lookup (self->shown, item);

  if (sight)
    {
      sight->n++;
      return;
    }
  sight = g_new0 (Sight, 1);
  sight->n = 1;
  g_hash_table_insert (self->shown, item, sight);
  if (g_queue_remove (&self->kept, item))
    g_object_unref (item); /* whoever shows it holds it */
  if (!limn_gallery_item_is_loaded (item))
    start (self, index, item, sight);
}

void
limn_gallery_loader_hide (LimnGalleryLoader *self, LimnGalleryItem *item)
{
  Sight *sight = g_hash_table_lookup (self->shown, item);

  if (!sight || --sight->n > 0)
    return;
  g_hash_table_remove (self->shown, item);
  if (!limn_gallery_item_is_loaded (item))
    return;
  g_queue_push_tail (&self->kept, g_object_ref (item));
  if (g_queue_get_length (&self->kept) > LIMN_GALLERY_LOADER_KEPT)
    {
      g_autoptr(LimnGalleryItem) oldest = g_queue_pop_head (&self->kept);

      limn_gallery_item_unload (oldest);
    }
}

void
limn_gallery_loader_reload (LimnGalleryLoader *self, LimnPictureIndex *index, LimnGalleryItem *item)
{
  Sight *sight = g_hash_table_lookup (self->shown, item);

  if (sight)
    start (self, index, item, sight);
  else
    limn_gallery_item_unload (item);
}
