/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Under an id lies always the same picture, so that files are written and read without asking who else does: whoever comes second writes
 * the same bytes. What is in memory may be forgotten once its file is there.
 *
 * The keeper calls our functions with its lock held or on its thread, and they may end there: none of them holds the stash, and the stash
 * asks the keeper for nothing while it holds its own lock. */
#include "config.h"

#include "library/limn-stash.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "library/limn-atomic-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

/* A mask that was saved: as pixels until the keeper has packed it, then packed, which is a hundredth of that. */
typedef struct
{
  GMutex     mutex;
  LimnImage *image; /* (nullable) */
  GBytes    *png;   /* (nullable); without both: forgotten */
} Slot;

struct _LimnStash
{
  gatomicrefcount refs;
  char           *folder; /* (nullable) */
  LimnKeeper     *keeper; /* (nullable) */

  GMutex          mutex; /* guards what follows */
  GHashTable     *images; /* id -> LimnImage */
  GQueue          recent; /* of keys of @images; the newest first */
  guint64         n_bytes;
  GHashTable     *masks; /* id of the picture -> Slot */
  GHashTable     *files; /* id -> GBytes: those whose own file may not be there yet */
};

static void
slot_clear (gpointer data)
{
  Slot *slot = data;

  g_mutex_clear (&slot->mutex);
  g_clear_pointer (&slot->image, limn_image_unref);
  g_clear_pointer (&slot->png, g_bytes_unref);
}

static void
slot_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, slot_clear);
}

LimnStash *
limn_stash_new (const char *folder, LimnKeeper *keeper)
{
  LimnStash *stash;

  g_return_val_if_fail (folder == NULL || LIMN_IS_KEEPER (keeper), NULL);

  stash = g_new0 (LimnStash, 1);
  g_atomic_ref_count_init (&stash->refs);
  stash->folder = g_strdup (folder);
  stash->keeper = folder ? g_object_ref (keeper) : NULL;
  g_mutex_init (&stash->mutex);
  stash->images = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_image_unref);
  g_queue_init (&stash->recent);
  stash->masks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, slot_unref);
  stash->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  return stash;
}

LimnStash *
limn_stash_ref (LimnStash *stash)
{
  g_atomic_ref_count_inc (&stash->refs);
  return stash;
}

void
limn_stash_unref (LimnStash *stash)
{
  if (!stash || !g_atomic_ref_count_dec (&stash->refs))
    return;
  g_queue_clear (&stash->recent);
  g_hash_table_unref (stash->images);
  g_hash_table_unref (stash->masks);
  g_hash_table_unref (stash->files);
  g_mutex_clear (&stash->mutex);
  g_clear_object (&stash->keeper);
  g_free (stash->folder);
  g_free (stash);
}

static gboolean
is_id (const char *id)
{
  return id && strlen (id) == 64 && strspn (id, "0123456789abcdef") == 64;
}

static char *
path_of (LimnStash *stash, const char *below, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".png", NULL);

  return g_build_filename (stash->folder, below ? below : name, below ? name : NULL, NULL);
}

static guint64
bytes_of (LimnImage *image)
{
  return g_bytes_get_size (limn_image_get_pixels (image));
}

/* With the lock held: forgets what was not used for longest, as long as there is too much; but nothing that has no file. The newest stays,
 * however large. */
static void
trim (LimnStash *stash)
{
  GList *link = stash->recent.tail;

  while (stash->folder && stash->n_bytes > LIMN_STASH_MEMORY && link && link->prev)
    {
      GList *before = link->prev;
      g_autofree char *path = path_of (stash, NULL, link->data);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        {
          stash->n_bytes -= bytes_of (g_hash_table_lookup (stash->images, link->data));
          g_hash_table_remove (stash->images, link->data);
          g_queue_delete_link (&stash->recent, link);
        }
      link = before;
    }
}

/* With the lock held. */
static void
remember (LimnStash *stash, const char *id, LimnImage *image)
{
  char *key = g_strdup (id);

  g_hash_table_insert (stash->images, key, limn_image_ref (image));
  g_queue_push_head (&stash->recent, key);
  stash->n_bytes += bytes_of (image);
  trim (stash);
}

/* With the lock held. (transfer none) (nullable) */
static LimnImage *
recall (LimnStash *stash, const char *id)
{
  gpointer key, image;

  if (!g_hash_table_lookup_extended (stash->images, id, &key, &image))
    return NULL;
  g_queue_remove (&stash->recent, key);
  g_queue_push_head (&stash->recent, key);
  return image;
}

static GBytes *
make_png (gpointer data, GError **error)
{
  return limn_png_encode (data, NULL, 0, error);
}

char *
limn_stash_add (LimnStash *stash, LimnImage *image)
{
  /* As the file will give it back. */
  g_autoptr(LimnImage) kept = limn_image_dup_as (image, limn_image_get_format (image) == LIMN_PIXEL_RGBA8 && limn_image_is_opaque (image)
                                                          ? LIMN_PIXEL_RGB8
                                                          : limn_image_get_format (image));
  g_autofree char *id = limn_image_hash (kept);
  gboolean known;

  g_mutex_lock (&stash->mutex);
  known = recall (stash, id) != NULL;
  if (!known)
    remember (stash, id, kept);
  g_mutex_unlock (&stash->mutex);
  /* Where there is a file already it is written again: it may have been damaged. */
  if (!known && stash->folder)
    {
      g_autofree char *path = path_of (stash, NULL, id);

      limn_keeper_replace_later (stash->keeper, path, make_png, limn_image_ref (kept), (GDestroyNotify) limn_image_unref);
    }
  return g_steal_pointer (&id);
}

/* The image as it was before it went into @png. */
static LimnImage *
unpack (const LimnPng *png)
{
  if (png->grey)
    return limn_image_dup_as (png->image, LIMN_PIXEL_GREY8);
  return limn_image_dup_as (png->image, limn_image_is_opaque (png->image) ? LIMN_PIXEL_RGB8 : LIMN_PIXEL_RGBA8);
}

static gboolean
fail_missing (const char *what, const char *id, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s is no longer there. Open it again. (%.12s…)", what, id);
  return FALSE;
}

/* Reads @path. What is not there is @what. */
static LimnImage *
load_file (const char *path, const char *what, const char *id, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &local);

  if (png)
    return unpack (png);
  if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    fail_missing (what, id, error);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

LimnImage *
limn_stash_load (LimnStash *stash, const char *id, GError **error)
{
  static const char what[] = "The picture or mask that this was to start from";
  g_autoptr(LimnImage) image = NULL;
  g_autofree char *path = NULL;
  g_autofree char *found = NULL;

  if (!is_id (id))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "A picture to start from is named by 64 digits of hexadecimal.");
      return NULL;
    }
  g_mutex_lock (&stash->mutex);
  image = recall (stash, id);
  if (image)
    limn_image_ref (image);
  g_mutex_unlock (&stash->mutex);
  if (image)
    return g_steal_pointer (&image);
  if (!stash->folder)
    {
      fail_missing (what, id, error);
      return NULL;
    }

  path = path_of (stash, NULL, id);
  image = load_file (path, what, id, error);
  if (!image)
    return NULL;
  found = limn_image_hash (image);
  if (!g_str_equal (found, id))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "The picture or mask that this was to start from was changed by another program. Open it again. (%s)", path);
      return NULL;
    }
  /* The sweep goes by when a file was used last. */
  utime (path, NULL);
  g_mutex_lock (&stash->mutex);
  if (!recall (stash, id))
    remember (stash, id, image);
  g_mutex_unlock (&stash->mutex);
  return g_steal_pointer (&image);
}

gboolean
limn_stash_has (LimnStash *stash, const char *id)
{
  g_autofree char *path = NULL;
  gboolean known;

  if (!is_id (id))
    return FALSE;
  g_mutex_lock (&stash->mutex);
  known = g_hash_table_contains (stash->images, id);
  g_mutex_unlock (&stash->mutex);
  if (known || !stash->folder)
    return known;
  path = path_of (stash, NULL, id);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* --- Files --- */

/* As those of picture files, which are refused unread past that. */
#define MAX_FILE_BYTES (G_GUINT64_CONSTANT (1) << 30)

char *
limn_stash_hash_file (GBytes *file)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length;
  const guchar *data = g_bytes_get_data (file, &length);

  g_checksum_update (checksum, (const guchar *) "limn-file 1\n", strlen ("limn-file 1\n"));
  g_checksum_update (checksum, data, length);
  return g_strdup (g_checksum_get_string (checksum));
}

static char *
file_path_of (LimnStash *stash, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".file", NULL);

  return g_build_filename (stash->folder, name, NULL);
}

static gboolean
is_written (gpointer id, gpointer file, gpointer stash)
{
  g_autofree char *path = file_path_of (stash, id);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static GBytes *
hand_over (gpointer data, GError **error)
{
  return g_bytes_ref (data);
}

char *
limn_stash_add_file (LimnStash *stash, GBytes *file)
{
  g_autofree char *id = limn_stash_hash_file (file);

  g_mutex_lock (&stash->mutex);
  if (stash->folder)
    g_hash_table_foreach_remove (stash->files, is_written, stash);
  g_hash_table_insert (stash->files, g_strdup (id), g_bytes_ref (file));
  g_mutex_unlock (&stash->mutex);
  if (stash->folder)
    {
      g_autofree char *path = file_path_of (stash, id);

      limn_keeper_replace_later (stash->keeper, path, hand_over, g_bytes_ref (file), (GDestroyNotify) g_bytes_unref);
    }
  return g_steal_pointer (&id);
}

GBytes *
limn_stash_load_file (LimnStash *stash, const char *id, GError **error)
{
  static const char what[] = "The file that this was to start from";
  g_autoptr(GBytes) file = NULL;
  g_autofree char *path = NULL;
  g_autofree char *found = NULL;
  GStatBuf info;
  char *data;
  gsize length;

  if (!is_id (id))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "A file to start from is named by 64 digits of hexadecimal.");
      return NULL;
    }
  g_mutex_lock (&stash->mutex);
  file = g_hash_table_lookup (stash->files, id);
  if (file)
    g_bytes_ref (file);
  g_mutex_unlock (&stash->mutex);
  if (file)
    return g_steal_pointer (&file);
  path = stash->folder ? file_path_of (stash, id) : NULL;
  if (!path || g_stat (path, &info) != 0)
    {
      fail_missing (what, id, error);
      return NULL;
    }
  if (!S_ISREG (info.st_mode) || (guint64) info.st_size > MAX_FILE_BYTES)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not a picture file.", path);
      return NULL;
    }
  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  file = g_bytes_new_take (data, length);
  found = limn_stash_hash_file (file);
  if (!g_str_equal (found, id))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "%s was changed by another program. Open it again. (%s)", what, path);
      return NULL;
    }
  utime (path, NULL);
  return g_steal_pointer (&file);
}

/* --- Masks --- */

static GBytes *
pack_slot (gpointer data, GError **error)
{
  Slot *slot = data;
  GBytes *png = limn_png_encode (slot->image, NULL, 0, error);

  if (png)
    {
      g_mutex_lock (&slot->mutex);
      slot->png = g_bytes_ref (png);
      g_clear_pointer (&slot->image, limn_image_unref);
      g_mutex_unlock (&slot->mutex);
    }
  return png;
}

void
limn_stash_save_mask (LimnStash *stash, const char *picture_id, LimnImage *mask)
{
  g_autofree char *path = NULL;
  Slot *slot;

  g_return_if_fail (is_id (picture_id));
  g_return_if_fail (mask == NULL || limn_image_get_format (mask) == LIMN_PIXEL_GREY8);

  slot = g_atomic_rc_box_new0 (Slot);
  g_mutex_init (&slot->mutex);
  slot->image = mask ? limn_image_ref (mask) : NULL;
  g_mutex_lock (&stash->mutex);
  g_hash_table_insert (stash->masks, g_strdup (picture_id), g_atomic_rc_box_acquire (slot));
  g_mutex_unlock (&stash->mutex);

  if (stash->folder)
    {
      path = path_of (stash, "masks", picture_id);
      if (mask)
        limn_keeper_replace_later (stash->keeper, path, pack_slot, g_steal_pointer (&slot), slot_unref);
      else
        limn_keeper_remove (stash->keeper, path);
    }
  if (slot)
    slot_unref (slot);
}

LimnImage *
limn_stash_load_mask (LimnStash *stash, const char *picture_id, GError **error)
{
  static const char what[] = "The mask of this picture";
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GBytes) packed = NULL;
  g_autofree char *path = NULL;
  Slot *slot;

  g_return_val_if_fail (is_id (picture_id), NULL);

  g_mutex_lock (&stash->mutex);
  slot = g_hash_table_lookup (stash->masks, picture_id);
  if (slot)
    {
      g_mutex_lock (&slot->mutex);
      image = slot->image ? limn_image_ref (slot->image) : NULL;
      packed = slot->png ? g_bytes_ref (slot->png) : NULL;
      g_mutex_unlock (&slot->mutex);
    }
  g_mutex_unlock (&stash->mutex);
  if (image)
    return g_steal_pointer (&image);
  if (packed)
    {
      g_autoptr(LimnPng) png = limn_png_decode (packed, LIMN_PNG_READ_ALL, error);

      return png ? limn_image_dup_as (png->image, LIMN_PIXEL_GREY8) : NULL;
    }
  if (slot || !stash->folder)
    {
      fail_missing (what, picture_id, error);
      return NULL;
    }
  path = path_of (stash, "masks", picture_id);
  image = load_file (path, what, picture_id, error);
  return image ? limn_image_dup_as (image, LIMN_PIXEL_GREY8) : NULL;
}

/* --- Sweeping --- */

/* The id that the name of one of our own files says; NULL for any other file. (transfer full) */
static char *
id_of_name (const char *name)
{
  g_autofree char *id = g_strndup (name, 64);

  return is_id (id) && (g_str_equal (name + 64, ".png") || g_str_equal (name + 64, ".file")) ? g_steal_pointer (&id) : NULL;
}

/* Deletes from @folder what is old and not in @named; what stays is added to @kept (nullable). */
static guint
sweep_folder (const char *folder, GHashTable *named, GHashTable *also, GHashTable *kept)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  gint64 oldest = g_get_real_time () / G_USEC_PER_SEC - LIMN_STASH_KEEP_DAYS * (gint64) (24 * 60 * 60);
  const char *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *id = id_of_name (name);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf info;

      if (!id || g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
        continue;
      /* A clock that was wrong makes files from the future: they stay. */
      if (!g_hash_table_contains (named, id) && !(also && g_hash_table_contains (also, id)) && info.st_mtime < oldest &&
          g_unlink (path) == 0)
        n++;
      else if (kept)
        g_hash_table_add (kept, g_steal_pointer (&id));
    }
  return n;
}

guint
limn_stash_sweep (LimnStash *stash, GHashTable *named)
{
  g_autoptr(GHashTable) masked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *masks = NULL;
  guint n;

  if (!stash->folder)
    return 0;
  masks = g_build_filename (stash->folder, "masks", NULL);
  /* And what a program that was killed while writing has left. */
  limn_atomic_file_sweep (stash->folder);
  limn_atomic_file_sweep (masks);
  n = sweep_folder (masks, named, NULL, masked);
  return n + sweep_folder (stash->folder, named, masked, NULL);
}
