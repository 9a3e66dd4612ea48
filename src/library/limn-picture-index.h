/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-picture.h"

G_BEGIN_DECLS

/**
 * LimnPictureIndex:
 *
 * What is known of the PNGs in one folder and those below it, in an SQLite database that can be thrown away: the files are
 * the truth, a scan makes it anew. A database that is damaged, of another version, or cannot be written is replaced in silence (in the
 * last case by one in memory).
 *
 * Thread-safety: any, several at a time; a reader waits for at most one batch of a scan. Every function waits for the disk:
 * never the main loop.
 */
typedef struct _LimnPictureIndex LimnPictureIndex;

/**
 * limn_picture_index_new:
 * @folder: (type filename): absolute; need not exist yet
 * @cache_folder: (nullable) (type filename): where the database is kept, made if it is missing; NULL: Limn's own in the user's cache
 * @identify: (nullable): reads recipes; without it nothing is known of what pictures come from. Always the same one for a database
 *
 * Opens the database; what it holds is of the last scan. Never fails.
 */
LimnPictureIndex *limn_picture_index_new         (const char            *folder,
                                                  const char            *cache_folder,
                                                  LimnPictureIdentify    identify);

LimnPictureIndex *limn_picture_index_ref         (LimnPictureIndex      *index);
void              limn_picture_index_unref       (LimnPictureIndex      *index);

const char       *limn_picture_index_get_folder  (LimnPictureIndex      *index);

/** LimnPictureScan: how many pictures are new, changed and gone since the last scan. Files that are no sound PNG do not count. */
typedef struct
{
  guint n_added;
  guint n_changed;
  guint n_removed;
} LimnPictureScan;

/** LimnPictureIndexFunc: something in the index has changed; on the thread that scans, without locks. */
typedef void (*LimnPictureIndexFunc) (gpointer data);

/**
 * limn_picture_index_scan:
 * @scan: (out) (optional)
 * @changed: (nullable): called after each batch, for a first scan of a large folder
 *
 * Brings the index up to date with the folder: opens files that are new or whose time or size has changed (their texts only),
 * forgets those that are gone. Names that begin with a dot and links to folders are left out. One scan at a time; a second waits.
 *
 * Fails where the folder is there but cannot be read (the index then stays as it is), and with G_IO_ERROR_CANCELLED. A folder that
 * is not there is an empty one.
 */
gboolean          limn_picture_index_scan        (LimnPictureIndex      *index,
                                                  LimnPictureScan       *scan,
                                                  LimnPictureIndexFunc   changed,
                                                  gpointer               data,
                                                  GCancellable          *cancellable,
                                                  GError               **error);

/**
 * limn_picture_index_refresh:
 * @path: of a file that is new, changed or gone
 *
 * A scan of that file alone. One outside the folder, or that is no picture, is not taken in.
 * Returns: its id, 0 where it is not in the index now
 */
gint64            limn_picture_index_refresh     (LimnPictureIndex      *index,
                                                  const char            *path);

/**
 * LimnPictureFind:
 * @words: (nullable): only pictures with all of these in the prompt, each as the beginning of a word; see limn_search_text_to_match()
 * @starred: only these
 */
typedef struct
{
  const char *words;
  gboolean    starred;
} LimnPictureFind;

/**
 * limn_picture_index_find:
 * @find: (nullable): everything
 * @offset, @limit: a page; @limit 0: all there are from @offset on
 *
 * Ids, newest picture first (by the file's time of change; then the one that was found later). Returns: (transfer full) (element-type gint64): a new array, in trouble
 * an empty one
 */
GArray           *limn_picture_index_find        (LimnPictureIndex      *index,
                                                  const LimnPictureFind *find,
                                                  guint                  offset,
                                                  guint                  limit);

/** limn_picture_index_count: how many limn_picture_index_find() would find in all. */
guint             limn_picture_index_count       (LimnPictureIndex      *index,
                                                  const LimnPictureFind *find);

/** limn_picture_index_get: Returns: (transfer full) (nullable): NULL where @id is not in the index (any more) */
LimnPicture      *limn_picture_index_get         (LimnPictureIndex      *index,
                                                  gint64                 id);

/** limn_picture_index_lookup: the id of the file @path, 0 where it is not in the index. */
gint64            limn_picture_index_lookup      (LimnPictureIndex      *index,
                                                  const char            *path);

/** limn_picture_index_has_trajectory: whether a picture names the kept steps @trajectory (a UUID, in small letters); TRUE also where nobody can say. */
gboolean          limn_picture_index_has_trajectory (LimnPictureIndex   *index,
                                                  const char            *trajectory);

/** limn_picture_index_find_trajectory: the newest picture that names the kept steps @trajectory; 0: none. */
gint64            limn_picture_index_find_trajectory (LimnPictureIndex  *index,
                                                  const char            *trajectory);

/** limn_picture_index_find_hash: the picture that @hash (LimnPictureAncestor) makes; of several the newest with kept steps. 0: none. */
gint64            limn_picture_index_find_hash   (LimnPictureIndex      *index,
                                                  const char            *hash);

/**
 * limn_picture_index_find_model:
 * @hash: (nullable): SHA-256 of the model's weights
 * @name: (nullable): of the model
 *
 * The newest picture that says it was made with that model: by its hash, else, among those that say no hash, by its name. 0: none.
 */
gint64            limn_picture_index_find_model  (LimnPictureIndex      *index,
                                                  const char            *hash,
                                                  const char            *name);

/**
 * LimnPictureNode:
 * @parent: the nearest picture in the index that this one comes from; 0: none
 * @step: how many steps it shares with @parent
 * @trajectory: (nullable)
 */
typedef struct
{
  gint64  id;
  gint64  parent;
  guint   step;
  char    hash[65];
  char   *trajectory;
} LimnPictureNode;

void              limn_picture_node_free         (LimnPictureNode       *node);

/**
 * limn_picture_index_list_family:
 *
 * All pictures in the index that come from the same one as picture @id, be it there or not; itself among them. Each stands behind its
 * parent; those of one parent stand from the oldest to the newest. Of pictures with the same recipe the one with kept steps, of these the
 * newest, is the others' parent's child like them, and the parent of what parts from them.
 *
 * Returns: (transfer full) (element-type LimnPictureNode): empty where @id is not in the index or has no recipe
 */
GPtrArray        *limn_picture_index_list_family (LimnPictureIndex      *index,
                                                  gint64                 id);

/**
 * limn_picture_index_list_starred_steps:
 *
 * The ids of the kept steps of pictures with stars: in this folder, and in all others that were ever looked at, as the databases beside
 * this one were left: a folder may be on a disk that is not there now.
 *
 * Returns: (transfer full) (nullable) (element-type utf8): a set; NULL where that cannot be said at the moment
 */
GHashTable       *limn_picture_index_list_starred_steps (LimnPictureIndex *index);

/** limn_picture_index_set_starred: limn_picture_set_starred(), and the index knows at once. Fails with LIMN_ERROR_INVALID for an id that is gone. */
gboolean          limn_picture_index_set_starred (LimnPictureIndex      *index,
                                                  gint64                 id,
                                                  gboolean               starred,
                                                  GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPictureIndex, limn_picture_index_unref)

G_END_DECLS
