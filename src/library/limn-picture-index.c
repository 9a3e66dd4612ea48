/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folders and files against the store of rows.
 *
 * Two locks: @scan_lock is held for a whole scan, so that two never read the same files; @lock for each piece of work on the
 * database, so that a search during a scan waits for one batch at most. No file is opened while @lock is held.
 *
 * When the database fails in any way, it is replaced by an empty one, and the folder is scanned again: there is
 * nothing in it that the files do not say.
 */
#include "config.h"

#include "library/limn-picture-index.h"

#include "base/limn-error.h"
#include "library/limn-picture-index-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A batch ends with this many files, or after this long: a search waits no longer than a batch takes to write (2 ms measured). */
#define BATCH_FILES 200
#define BATCH_US (100 * G_TIME_SPAN_MILLISECOND)

/* Folders inside each other; each holds a file descriptor open. */
#define MAX_DEPTH 32

/* A database that fails is replaced by a new file, then by memory, which does not fail. */
#define MAX_TRIES 3

#define DATABASE_PREFIX "pictures-"
#define DATABASE_ENDING ".sqlite"

struct _LimnPictureIndex
{
  gatomicrefcount  refs;
  char            *folder;
  char            *cache_folder;
  LimnPictureIdentify identify; /* (nullable) */
  GMutex           scan_lock;
  GMutex           lock;
  LimnPictureStore store; /* under @lock */
};

LimnPictureIndex *
limn_picture_index_new (const char          *folder,
                        const char          *cache_folder,
                        LimnPictureIdentify  identify)
{
  LimnPictureIndex *index = g_new0 (LimnPictureIndex, 1);
  g_autofree char *own = g_build_filename (g_get_user_cache_dir (), "limn", NULL);
  g_autofree char *hash = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  g_return_val_if_fail (folder != NULL && g_path_is_absolute (folder), NULL);

  g_atomic_ref_count_init (&index->refs);
  g_mutex_init (&index->scan_lock);
  g_mutex_init (&index->lock);
  index->folder = g_canonicalize_filename (folder, "/");
  index->identify = identify;

  if (cache_folder == NULL)
    cache_folder = own;
  /* One for each folder: who goes back to the last one finds everything there. */
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, index->folder, -1);
  name = g_strdup_printf (DATABASE_PREFIX "%.16s" DATABASE_ENDING, hash);
  path = g_build_filename (cache_folder, name, NULL);
  index->cache_folder = g_strdup (cache_folder);
  if (g_mkdir_with_parents (cache_folder, 0700) != 0)
    g_debug ("%s: %s", cache_folder, g_strerror (errno));
  limn_picture_store_open (&index->store, path, index->folder);
  return index;
}

LimnPictureIndex *
limn_picture_index_ref (LimnPictureIndex *index)
{
  g_atomic_ref_count_inc (&index->refs);
  return index;
}

void
limn_picture_index_unref (LimnPictureIndex *index)
{
  if (index == NULL || !g_atomic_ref_count_dec (&index->refs))
    return;
  limn_picture_store_close (&index->store);
  g_mutex_clear (&index->scan_lock);
  g_mutex_clear (&index->lock);
  g_free (index->folder);
  g_free (index->cache_folder);
  g_free (index);
}

const char *
limn_picture_index_get_folder (LimnPictureIndex *index)
{
  return index->folder;
}

/* @path inside the folder, without the folder; NULL for one outside, or one that a scan would leave out. Borrowed. */
static const char *
relative_path (LimnPictureIndex *index,
               const char       *path)
{
  gsize length = strlen (index->folder);
  const char *relative;

  if (!g_str_has_prefix (path, index->folder))
    return NULL;
  relative = path + length;
  if (length > 1 && *relative != '/') /* the folder may be "/" */
    return NULL;
  relative += strspn (relative, "/");
  if (*relative == '\0' || *relative == '.' || strstr (relative, "/.") != NULL)
    return NULL;
  return relative;
}

static gboolean
is_png_name (const char *name)
{
  gsize length = strlen (name);

  return length > 4 && g_ascii_strcasecmp (name + length - 4, ".png") == 0;
}

/* ------------------------------------------------------------------------------------------------ scanning */

typedef struct
{
  LimnPictureIndex    *index;
  GHashTable          *rows;    /* relative path -> LimnPictureRow */
  GPtrArray           *batch;   /* of LimnPicture, relative paths */
  gint64               started; /* the batch */
  LimnPictureScan      counts;
  LimnPictureIndexFunc changed;
  gpointer             data;
  GCancellable        *cancellable;
  int                  code; /* of the store, SQLITE_OK as long as it works */
} Scan;

/* (nullable): what is to be kept of the file @path: the picture, or that it is none; NULL where that cannot be told at the moment. */
static LimnPicture *
look_at (LimnPictureIndex  *index,
         const char        *path,
         const char        *relative,
         const struct stat *info)
{
  g_autoptr(GError) error = NULL;
  LimnPicture *picture = limn_picture_load (path, index->identify, &error);

  if (picture == NULL && error->domain != LIMN_ERROR)
    return NULL;
  if (picture == NULL)
    {
      picture = g_new0 (LimnPicture, 1);
      picture->prompt = g_strdup ("");
      picture->negative_prompt = g_strdup ("");
      picture->size = info->st_size;
      picture->mtime_ns = info->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_mtim.tv_nsec;
      picture->ctime_ns = info->st_ctim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_ctim.tv_nsec;
    }
  g_free (picture->path);
  picture->path = g_strdup (relative);
  return picture;
}

static gboolean
is_same (const LimnPictureRow *row,
         const struct stat    *info)
{
  return row->size == info->st_size
         && row->mtime_ns == info->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_mtim.tv_nsec
         && row->ctime_ns == info->st_ctim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_ctim.tv_nsec;
}

static void
scan_write (Scan   *scan,
            GArray *removed)
{
  if (scan->code != SQLITE_OK || (scan->batch->len == 0 && (removed == NULL || removed->len == 0)))
    return;
  g_mutex_lock (&scan->index->lock);
  scan->code = limn_picture_store_write (&scan->index->store, scan->batch, removed);
  g_mutex_unlock (&scan->index->lock);
  g_ptr_array_set_size (scan->batch, 0);
  if (scan->code == SQLITE_OK && scan->changed != NULL)
    scan->changed (scan->data);
}

static void
scan_file (Scan              *scan,
           const char        *relative,
           const struct stat *info)
{
  LimnPictureRow *row = g_hash_table_lookup (scan->rows, relative);
  g_autofree char *path = NULL;
  LimnPicture *picture;
  gboolean was_picture = row != NULL && row->is_picture;

  if (row != NULL)
    row->seen = TRUE;
  if (row != NULL && is_same (row, info))
    return;

  path = g_build_filename (scan->index->folder, relative, NULL);
  picture = look_at (scan->index, path, relative, info);
  if (picture == NULL)
    return;
  if (picture->width > 0 && !was_picture)
    scan->counts.n_added++;
  else if (picture->width > 0)
    scan->counts.n_changed++;
  else if (was_picture)
    scan->counts.n_removed++;
  if (scan->batch->len == 0)
    scan->started = g_get_monotonic_time ();
  g_ptr_array_add (scan->batch, picture);
  if (scan->batch->len >= BATCH_FILES || g_get_monotonic_time () - scan->started > BATCH_US)
    scan_write (scan, NULL);
}

/* Takes over @fd. */
static void
scan_folder (Scan       *scan,
             int         fd,
             const char *relative,
             guint       depth)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;

  if (dir == NULL)
    {
      close (fd);
      return;
    }
  while (scan->code == SQLITE_OK && !g_cancellable_is_cancelled (scan->cancellable) && (entry = readdir (dir)) != NULL)
    {
      g_autofree char *name = NULL;
      struct stat info;

      if (entry->d_name[0] == '.')
        continue;
      if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN && !is_png_name (entry->d_name))
        continue;
      name = *relative != '\0' ? g_build_filename (relative, entry->d_name, NULL) : g_strdup (entry->d_name);

      if (fstatat (fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      if (S_ISDIR (info.st_mode))
        {
          int inner = depth < MAX_DEPTH ? openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

          if (inner >= 0)
            scan_folder (scan, inner, name, depth + 1);
          continue;
        }
      if (S_ISLNK (info.st_mode) && fstatat (fd, entry->d_name, &info, 0) != 0)
        continue;
      if (S_ISREG (info.st_mode) && is_png_name (entry->d_name))
        scan_file (scan, name, &info);
    }
  closedir (dir);
}

/* A file may have come back since its folder was read, or stand in one that cannot be read at the moment. */
static gboolean
is_gone (LimnPictureIndex *index,
         const char       *relative)
{
  g_autofree char *path = g_build_filename (index->folder, relative, NULL);
  struct stat info;

  return stat (path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
}

static void
scan_forget (Scan *scan)
{
  g_autoptr(GArray) removed = g_array_new (FALSE, FALSE, sizeof (gint64));
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, scan->rows);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const LimnPictureRow *row = value;

      if (row->seen || !is_gone (scan->index, key))
        continue;
      g_array_append_val (removed, row->id);
      if (row->is_picture)
        scan->counts.n_removed++;
    }
  scan_write (scan, removed);
}

/* One try. FALSE with the error set; TRUE with @scan's code not SQLITE_OK asks for another. */
static gboolean
scan_once (Scan    *scan,
           GError **error)
{
  int fd = open (scan->index->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  int code = errno;

  g_mutex_lock (&scan->index->lock);
  scan->code = limn_picture_store_list (&scan->index->store, scan->rows);
  g_mutex_unlock (&scan->index->lock);
  /* One that is not there yet has no pictures. One that had some lies on a disk that is not connected. */
  if (fd < 0 && (code != ENOENT || g_hash_table_size (scan->rows) > 0))
    {
      g_autofree char *shown = g_filename_display_name (scan->index->folder);

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "The pictures in “%s” cannot be listed. (%s)", shown,
                   g_strerror (code));
      return FALSE;
    }

  if (fd >= 0)
    scan_folder (scan, fd, "", 0);
  if (g_cancellable_is_cancelled (scan->cancellable))
    {
      scan_write (scan, NULL); /* what was read need not be read again */
      return !g_cancellable_set_error_if_cancelled (scan->cancellable, error);
    }
  if (scan->code == SQLITE_OK)
    scan_forget (scan);
  return TRUE;
}

/* Under @scan_lock. */
static gboolean
scan_all (LimnPictureIndex      *index,
          LimnPictureScan       *counts,
          LimnPictureIndexFunc   changed,
          gpointer               data,
          GCancellable          *cancellable,
          GError               **error)
{
  gboolean done = FALSE;

  for (guint i = 0; i < MAX_TRIES && !done; i++)
    {
      Scan scan = { .index = index, .changed = changed, .data = data, .cancellable = cancellable };
      gboolean good;

      scan.rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      scan.batch = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_picture_free);
      good = scan_once (&scan, error);
      done = scan.code == SQLITE_OK;
      g_hash_table_unref (scan.rows);
      g_ptr_array_unref (scan.batch);
      if (!good)
        return FALSE;
      if (done && counts != NULL)
        *counts = scan.counts;
      if (!done)
        {
          g_mutex_lock (&index->lock);
          limn_picture_store_mend (&index->store, scan.code);
          g_mutex_unlock (&index->lock);
        }
    }
  if (!done)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for the index of the pictures.");
  return done;
}

gboolean
limn_picture_index_scan (LimnPictureIndex      *index,
                         LimnPictureScan       *scan,
                         LimnPictureIndexFunc   changed,
                         gpointer               data,
                         GCancellable          *cancellable,
                         GError               **error)
{
  gboolean done;

  g_return_val_if_fail (index != NULL, FALSE);

  g_mutex_lock (&index->scan_lock);
  done = scan_all (index, scan, changed, data, cancellable, error);
  g_mutex_unlock (&index->scan_lock);
  return done;
}

/* ------------------------------------------------------------------------------------------------ one by one */

typedef struct
{
  const LimnPictureFind *find;
  guint                  offset, limit;
  GArray                *ids;
  guint                  n;
  gint64                 id;
  LimnPicture           *picture;
  const char            *path;
  const char            *text;
  gint64                 found;
  GPtrArray             *family;
  GHashTable            *set;
  LimnPictureRow         row;
  GPtrArray             *put;
  GArray                *removed;
  gboolean               tried;
} Work;

typedef int (*WorkFunc) (LimnPictureStore *store,
                         Work             *work);

/* @func on the database; if that fails, on a new one with what the folder holds. */
static gboolean
work (LimnPictureIndex *index,
      WorkFunc          func,
      Work             *w)
{
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      int code;

      g_mutex_lock (&index->lock);
      code = func (&index->store, w);
      if (code != SQLITE_OK)
        limn_picture_store_mend (&index->store, code);
      g_mutex_unlock (&index->lock);
      if (code == SQLITE_OK)
        return TRUE;
      limn_picture_index_scan (index, NULL, NULL, NULL, NULL, NULL);
    }
  return FALSE;
}

static int
work_find (LimnPictureStore *store,
           Work             *w)
{
  g_array_set_size (w->ids, 0);
  return limn_picture_store_find (store, w->find, w->offset, w->limit, w->ids);
}

GArray *
limn_picture_index_find (LimnPictureIndex      *index,
                         const LimnPictureFind *find,
                         guint                  offset,
                         guint                  limit)
{
  Work w = { .find = find, .offset = offset, .limit = limit, .ids = g_array_new (FALSE, FALSE, sizeof (gint64)) };

  work (index, work_find, &w);
  return w.ids;
}

static int
work_count (LimnPictureStore *store,
            Work             *w)
{
  return limn_picture_store_count (store, w->find, &w->n);
}

guint
limn_picture_index_count (LimnPictureIndex      *index,
                          const LimnPictureFind *find)
{
  Work w = { .find = find };

  work (index, work_count, &w);
  return w.n;
}

static int
work_get (LimnPictureStore *store,
          Work             *w)
{
  return limn_picture_store_get (store, w->id, &w->picture);
}

LimnPicture *
limn_picture_index_get (LimnPictureIndex *index,
                        gint64            id)
{
  Work w = { .id = id };

  work (index, work_get, &w);
  if (w.picture != NULL)
    {
      g_autofree char *relative = g_steal_pointer (&w.picture->path);

      w.picture->path = g_build_filename (index->folder, relative, NULL);
    }
  return w.picture;
}

static int
work_lookup (LimnPictureStore *store,
             Work             *w)
{
  return limn_picture_store_lookup (store, w->path, &w->row);
}

gint64
limn_picture_index_lookup (LimnPictureIndex *index,
                           const char       *path)
{
  Work w = { .path = relative_path (index, path) };

  if (w.path != NULL)
    work (index, work_lookup, &w);
  return w.row.is_picture ? w.row.id : 0;
}

static int
work_find_trajectory (LimnPictureStore *store,
                      Work             *w)
{
  return limn_picture_store_find_trajectory (store, w->text, &w->found);
}

gint64
limn_picture_index_find_trajectory (LimnPictureIndex *index,
                                    const char       *trajectory)
{
  Work w = { .text = trajectory };

  return work (index, work_find_trajectory, &w) ? w.found : 0;
}

gboolean
limn_picture_index_has_trajectory (LimnPictureIndex *index,
                                   const char       *trajectory)
{
  Work w = { .text = trajectory };

  return !work (index, work_find_trajectory, &w) || w.found != 0;
}

static int
work_find_model_hash (LimnPictureStore *store,
                      Work             *w)
{
  return limn_picture_store_find_model (store, w->text, NULL, &w->found);
}

static int
work_find_model_name (LimnPictureStore *store,
                      Work             *w)
{
  return limn_picture_store_find_model (store, NULL, w->text, &w->found);
}

gint64
limn_picture_index_find_model (LimnPictureIndex *index,
                               const char       *hash,
                               const char       *name)
{
  g_autofree char *digits = hash != NULL ? g_ascii_strdown (hash, MIN (strlen (hash), LIMN_PICTURE_MODEL_HASH)) : NULL;
  Work by_hash = { .text = digits };
  Work by_name = { .text = name };

  if (digits != NULL && work (index, work_find_model_hash, &by_hash) && by_hash.found != 0)
    return by_hash.found;
  return name != NULL && work (index, work_find_model_name, &by_name) ? by_name.found : 0;
}

static int
work_find_hash (LimnPictureStore *store,
                Work             *w)
{
  return limn_picture_store_find_hash (store, w->text, &w->found);
}

gint64
limn_picture_index_find_hash (LimnPictureIndex *index,
                              const char       *hash)
{
  Work w = { .text = hash };

  return work (index, work_find_hash, &w) ? w.found : 0;
}

void
limn_picture_node_free (LimnPictureNode *node)
{
  if (node == NULL)
    return;
  g_free (node->trajectory);
  g_free (node);
}

static int
work_list_family (LimnPictureStore *store,
                  Work             *w)
{
  g_ptr_array_set_size (w->family, 0);
  return limn_picture_store_list_family (store, w->id, w->family);
}

GPtrArray *
limn_picture_index_list_family (LimnPictureIndex *index,
                                gint64            id)
{
  Work w = { .id = id, .family = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_picture_node_free) };

  work (index, work_list_family, &w);
  return w.family;
}

static int
work_list_starred (LimnPictureStore *store,
                   Work             *w)
{
  g_hash_table_remove_all (w->set);
  return limn_picture_store_list_starred (store->db, w->set);
}

GHashTable *
limn_picture_index_list_starred_steps (LimnPictureIndex *index)
{
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GDir) dir = g_dir_open (index->cache_folder, 0, NULL);
  Work w = { .set = ids };
  const char *name;

  if (!work (index, work_list_starred, &w))
    return NULL;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (index->cache_folder, name, NULL);

      if (g_str_has_prefix (name, DATABASE_PREFIX) && g_str_has_suffix (name, DATABASE_ENDING)
          && limn_picture_store_list_starred_of (path, ids) != SQLITE_OK)
        return NULL;
    }
  return g_steal_pointer (&ids);
}

/* Once: after a failure the scan has done it, and the ids are others. */
static int
work_write (LimnPictureStore *store,
            Work             *w)
{
  if (w->tried)
    return SQLITE_OK;
  w->tried = TRUE;
  return limn_picture_store_write (store, w->put, w->removed);
}

gint64
limn_picture_index_refresh (LimnPictureIndex *index,
                            const char       *path)
{
  g_autofree char *canonical = g_canonicalize_filename (path, "/");
  g_autoptr(GPtrArray) put = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_picture_free);
  g_autoptr(GArray) removed = g_array_new (FALSE, FALSE, sizeof (gint64));
  Work w = { .path = relative_path (index, canonical), .put = put, .removed = removed };
  struct stat info;

  if (w.path == NULL || !is_png_name (w.path))
    return 0;
  work (index, work_lookup, &w);
  if (stat (canonical, &info) != 0 || !S_ISREG (info.st_mode))
    {
      if (w.row.id == 0)
        return 0;
      g_array_append_val (removed, w.row.id);
    }
  else if (w.row.id != 0 && is_same (&w.row, &info))
    {
      return w.row.is_picture ? w.row.id : 0;
    }
  else
    {
      g_ptr_array_add (put, look_at (index, canonical, w.path, &info));
    }
  work (index, work_write, &w);
  return limn_picture_index_lookup (index, canonical);
}

gboolean
limn_picture_index_set_starred (LimnPictureIndex  *index,
                                gint64             id,
                                gboolean           starred,
                                GError           **error)
{
  g_autoptr(LimnPicture) picture = limn_picture_index_get (index, id);

  if (picture == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "That picture is no longer there.");
      return FALSE;
    }
  if (!limn_picture_set_starred (picture->path, starred, error))
    return FALSE;
  limn_picture_index_refresh (index, picture->path);
  return TRUE;
}
