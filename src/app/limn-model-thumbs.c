/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-model-thumbs.h"

#include "app/limn-files.h"
#include "app/limn-read-pool.h"
#include "image/limn-photo.h"
#include "image/limn-resize.h"
#include "library/limn-picture-index.h"
#include "library/limn-thumbnails.h"
#include "session/limn-picture-line.h"

#include <string.h>
#include <sys/stat.h>

/* Of a picture beside a model: what people put there are pictures of a few megabytes. */
#define MAX_BESIDE_BYTES (32 << 20)

/* What the threads have too. g_atomic_rc_box */
typedef struct
{
  GMutex            lock;
  char             *folder;
  LimnPictureIndex *index; /* (nullable): under @lock; opened by the first who needs it */
} Place;

struct _LimnModelThumbs
{
  LimnReadPool *pool;
  Place        *place;
  GHashTable   *known; /* path and hash -> GdkTexture, NULL where there is none */
};

typedef struct
{
  LimnModelThumbs    *thumbs; /* valid while it is not cancelled */
  Place              *place;
  LimnModelFile      *file;
  char               *key;
  LimnImage          *image;
  LimnModelThumbFunc  func;
  gpointer            data;
} Load;

static void
place_clear (gpointer data)
{
  Place *place = data;

  limn_picture_index_unref (place->index);
  g_free (place->folder);
  g_mutex_clear (&place->lock);
}

static void
place_unref (Place *place)
{
  g_atomic_rc_box_release_full (place, place_clear);
}

static LimnPictureIndex *
get_index (Place *place)
{
  G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&place->lock);

  if (!place->index)
    {
      place->index = limn_picture_index_new (place->folder, NULL, limn_picture_line_new);
      /* The gallery, which keeps it up to date, may never have been open. */
      limn_picture_index_scan (place->index, NULL, NULL, NULL, NULL, NULL);
    }
  return place->index;
}

/* --- On a thread --- */

/* (nullable) */
static LimnImage *
load_made (LimnPictureIndex *index, const LimnModelFile *file, GCancellable *cancellable)
{
  gint64 id = limn_picture_index_find_model (index, file->hash, file->name);
  g_autoptr(LimnPicture) picture = id ? limn_picture_index_get (index, id) : NULL;

  return picture ? limn_thumbnail_load (picture->path, cancellable, NULL) : NULL;
}

/* (nullable) */
static LimnImage *
load_beside (const LimnModelFile *file, GCancellable *cancellable)
{
  static const char *const endings[] = { ".preview.png", ".png",  ".preview.jpg",  ".jpg",
                                         ".preview.jpeg", ".jpeg", ".preview.webp", ".webp" };
  const char *dot = strrchr (file->path, '.');
  g_autofree char *stem = dot && !strchr (dot, '/') ? g_strndup (file->path, dot - file->path) : g_strdup (file->path);

  for (guint i = 0; i < G_N_ELEMENTS (endings) && !g_cancellable_is_cancelled (cancellable); i++)
    {
      g_autofree char *path = g_strconcat (stem, endings[i], NULL);
      g_autoptr(LimnImage) image = NULL;
      struct stat info;

      if (stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MAX_BESIDE_BYTES)
        continue;
      image = limn_photo_load (path, NULL);
      if (image)
        return limn_image_scale_to_fit (image, LIMN_THUMBNAIL_SIDE);
    }
  return NULL;
}

static void
load_thread (gpointer data, GCancellable *cancellable)
{
  Load *load = data;

  if (!g_cancellable_is_cancelled (cancellable) && load->file->kind == LIMN_RESOURCE_MODEL)
    load->image = load_made (get_index (load->place), load->file, cancellable);
  if (!load->image)
    load->image = load_beside (load->file, cancellable);
}

/* --- In the main thread --- */

static void
on_loaded (gpointer data)
{
  Load *load = data;
  GdkTexture *texture = load->image ? limn_files_new_texture (load->image) : NULL;

  g_hash_table_replace (load->thumbs->known, g_steal_pointer (&load->key), texture);
  load->func (texture, load->data);
}

static void
load_free (gpointer data)
{
  Load *load = data;

  place_unref (load->place);
  limn_model_file_unref (load->file);
  limn_image_unref (load->image);
  g_free (load->key);
  g_free (load);
}

static const LimnReadFuncs read_funcs = { .read = load_thread, .done = on_loaded, .free = load_free };

static void
texture_free (gpointer texture)
{
  g_clear_object ((GObject **) &texture);
}

LimnModelThumbs *
limn_model_thumbs_new (const char *folder)
{
  LimnModelThumbs *thumbs = g_new0 (LimnModelThumbs, 1);

  thumbs->pool = limn_read_pool_new ();
  thumbs->place = g_atomic_rc_box_new0 (Place);
  thumbs->place->folder = g_strdup (folder);
  g_mutex_init (&thumbs->place->lock);
  thumbs->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, texture_free);
  return thumbs;
}

void
limn_model_thumbs_free (LimnModelThumbs *thumbs)
{
  if (!thumbs)
    return;
  limn_read_pool_free (thumbs->pool);
  place_unref (thumbs->place);
  g_hash_table_unref (thumbs->known);
  g_free (thumbs);
}

void
limn_model_thumbs_load (LimnModelThumbs *thumbs, const LimnModelFile *file, GCancellable *cancellable, LimnModelThumbFunc func, gpointer data)
{
  g_autofree char *key = g_strconcat (file->path, "\n", file->hash, NULL);
  gpointer texture;
  Load *load;

  if (g_hash_table_lookup_extended (thumbs->known, key, NULL, &texture))
    {
      func (texture, data);
      return;
    }
  load = g_new0 (Load, 1);
  load->thumbs = thumbs;
  load->place = g_atomic_rc_box_acquire (thumbs->place);
  load->file = limn_model_file_ref ((LimnModelFile *) file);
  load->key = g_steal_pointer (&key);
  load->func = func;
  load->data = data;
  limn_read_pool_push (thumbs->pool, &read_funcs, cancellable, load);
}
