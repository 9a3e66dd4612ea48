/* SPDX-License-Identifier: GPL-3.0-or-later */

/* As the gallery's loader, but that a cell of a sheet may be shown much larger than a thumbnail, and that it may get its file while it is in
 * sight. Sizes are powers of two, so that a sheet that is slowly enlarged is not read at each size in between. */
#include "config.h"

#include "app/limn-sheet-loader.h"

#include "app/limn-read-pool.h"
#include "image/limn-photo.h"
#include "image/limn-resize.h"
#include "library/limn-picture.h"
#include "library/limn-thumbnails.h"

/* Pixels: twice what a large screen shows of one cell. */
#define MAX_SIDE 4096

struct _LimnSheetLoader
{
  LimnReadPool *pool;
  GHashTable   *shown; /* LimnSheetItem -> Sight */
  GQueue        kept;  /* of LimnSheetItem, referenced: loaded, out of sight, least recently seen first */
};

/* @cancellable: (nullable): while it is being read */
typedef struct
{
  LimnSheetLoader *loader;
  LimnSheetItem   *item;
  guint            side;
  GCancellable    *cancellable;
} Sight;

typedef struct
{
  LimnSheetItem *item;
  char          *path;
  guint          side;
  LimnImage     *image; /* (nullable): it cannot be read */
  gboolean       starred;
} Load;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_object_unref (load->item);
  g_free (load->path);
  limn_image_unref (load->image);
  g_free (load);
}

static void
stop (Sight *sight)
{
  if (sight->cancellable)
    g_cancellable_cancel (sight->cancellable);
  g_clear_object (&sight->cancellable);
}

static void
sight_free (gpointer data)
{
  Sight *sight = data;

  stop (sight);
  g_signal_handlers_disconnect_by_data (sight->item, sight);
  g_object_unref (sight->item);
  g_free (sight);
}

/* --- Reading --- */

static void
on_loaded (gpointer data)
{
  Load *load = data;

  if (load->image)
    {
      limn_sheet_item_set_starred (load->item, load->starred);
      limn_sheet_item_set_image (load->item, load->image, load->side);
    }
  else
    limn_sheet_item_set_state (load->item, LIMN_SHEET_MISSING);
}

static void
load_thread (gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  g_autoptr(LimnPicture) picture = NULL;
  g_autoptr(GError) error = NULL;

  if (g_cancellable_is_cancelled (cancellable))
    return;
  picture = limn_picture_load (load->path, NULL, NULL);
  load->starred = picture && picture->starred;
  if (load->side <= LIMN_THUMBNAIL_SIDE)
    load->image = limn_thumbnail_load (load->path, cancellable, &error);
  else
    {
      g_autoptr(LimnImage) whole = limn_photo_load (load->path, &error);

      load->image = whole ? limn_image_scale_to_fit (whole, load->side) : NULL;
    }
  if (error)
    g_debug ("%s: %s", load->path, error->message);
}

static const LimnReadFuncs read_funcs = { .read = load_thread, .done = on_loaded, .free = load_free };

static void
start (Sight *sight)
{
  const char *path = limn_sheet_item_get_path (sight->item);
  Load *load;

  stop (sight);
  if (!path || limn_sheet_item_get_state (sight->item) != LIMN_SHEET_DONE || limn_sheet_item_get_side (sight->item) >= sight->side)
    return;
  sight->cancellable = g_cancellable_new ();
  load = g_new0 (Load, 1);
  load->item = g_object_ref (sight->item);
  load->path = g_strdup (path);
  load->side = sight->side;
  limn_read_pool_push (sight->loader->pool, &read_funcs, sight->cancellable, load);
}

/* --- In sight and out of it --- */

static guint
round_up (guint side)
{
  guint rounded = LIMN_THUMBNAIL_SIDE;

  while (rounded < MIN (side, MAX_SIDE))
    rounded *= 2;
  return rounded;
}

/* Some may have lost theirs meanwhile. */
static gsize
count_kept_bytes (LimnSheetLoader *self)
{
  gsize bytes = 0;

  for (GList *l = self->kept.head; l; l = l->next)
    {
      gsize side = limn_sheet_item_get_side (l->data);

      bytes += 4 * side * side;
    }
  return bytes;
}

void
limn_sheet_loader_show (LimnSheetLoader *self, LimnSheetItem *item, guint side)
{
  Sight *sight = g_hash_table_lookup (self->shown, item);

  side = round_up (side);
  if (sight && sight->side == side)
    return;
  if (!sight)
    {
      sight = g_new0 (Sight, 1);
      sight->loader = self;
      sight->item = g_object_ref (item);
      g_hash_table_insert (self->shown, item, sight);
      g_signal_connect_swapped (item, "notify::path", G_CALLBACK (start), sight);
      g_signal_connect_swapped (item, "notify::state", G_CALLBACK (start), sight);
      if (g_queue_remove (&self->kept, item))
        g_object_unref (item); /* it is held by what is in sight */
    }
  sight->side = side;
  start (sight);
}

/* What has no file cannot be read again. */
void
limn_sheet_loader_hide (LimnSheetLoader *self, LimnSheetItem *item)
{
  gboolean read;

  if (!g_hash_table_contains (self->shown, item))
    return;
  g_object_ref (item);
  g_hash_table_remove (self->shown, item);
  read = limn_sheet_item_get_side (item) > 0;
  if (limn_sheet_item_get_state (item) == LIMN_SHEET_DONE && limn_sheet_item_get_path (item) && !read)
    limn_sheet_item_set_image (item, NULL, 0);
  if (read)
    g_queue_push_tail (&self->kept, g_object_ref (item));
  while (count_kept_bytes (self) > LIMN_SHEET_LOADER_KEPT_BYTES)
    {
      g_autoptr(LimnSheetItem) oldest = g_queue_pop_head (&self->kept);

      limn_sheet_item_set_image (oldest, NULL, 0);
    }
  g_object_unref (item);
}

LimnSheetLoader *
limn_sheet_loader_new (void)
{
  LimnSheetLoader *self = g_new0 (LimnSheetLoader, 1);

  self->pool = limn_read_pool_new ();
  self->shown = g_hash_table_new_full (NULL, NULL, NULL, sight_free);
  g_queue_init (&self->kept);
  return self;
}

void
limn_sheet_loader_free (LimnSheetLoader *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->shown);
  g_queue_clear_full (&self->kept, g_object_unref);
  limn_read_pool_free (self->pool);
  g_free (self);
}
