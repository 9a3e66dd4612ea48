/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-picture-index.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* A reader or writer of another process is done much sooner; one that is stopped in a debugger shall not hang us for ever. */
#define LIMN_PICTURE_STORE_BUSY_MS 5000

/*
 * The database beneath: limn-picture-store.c knows SQL and what is done about damage, limn-picture-family.c asks which picture comes
 * from which, limn-picture-index.c knows folders and files.
 * The store's functions return SQLite's code; anything but SQLITE_OK means that limn_picture_store_mend() is to be called, the folder
 * scanned, and the work begun again.
 */
typedef struct
{
  sqlite3 *db;
  char    *path;   /* NULL: in memory */
  char    *folder; /* that it tells of */
} LimnPictureStore;

/** LimnPictureRow: what tells whether a file is the one that was read; @path: relative to the folder. */
typedef struct
{
  gint64   id;
  gint64   mtime_ns;
  gint64   ctime_ns;
  gint64   size;
  gboolean is_picture; /* FALSE: it was looked at and is no sound PNG */
  gboolean seen;       /* for the scan */
} LimnPictureRow;

void         limn_picture_store_open     (LimnPictureStore      *store,
                                          const char            *path,
                                          const char            *folder);
void         limn_picture_store_close    (LimnPictureStore      *store);

/** limn_picture_store_mend: a new, empty database after @code: in the place of a damaged one, else in memory. */
void         limn_picture_store_mend     (LimnPictureStore      *store,
                                          int                    code);

/** limn_picture_store_list: path -> LimnPictureRow, into @rows. */
int          limn_picture_store_list     (LimnPictureStore      *store,
                                          GHashTable            *rows);

/** limn_picture_store_write: @pictures: (element-type LimnPicture) with paths relative to the folder; width 0: no picture. One transaction. */
int          limn_picture_store_write    (LimnPictureStore      *store,
                                          GPtrArray             *pictures,
                                          GArray                *removed);

int          limn_picture_store_find     (LimnPictureStore      *store,
                                          const LimnPictureFind *find,
                                          guint                  offset,
                                          guint                  limit,
                                          GArray                *ids);
int          limn_picture_store_count    (LimnPictureStore      *store,
                                          const LimnPictureFind *find,
                                          guint                 *n);

/** limn_picture_store_get: @picture: NULL where there is none; its path is relative. */
int          limn_picture_store_get      (LimnPictureStore      *store,
                                          gint64                 id,
                                          LimnPicture          **picture);
int          limn_picture_store_lookup   (LimnPictureStore      *store,
                                          const char            *path,
                                          LimnPictureRow        *row);

/** limn_picture_store_find_trajectory, limn_picture_store_find_hash: @id: of the newest picture; 0: none. */
int          limn_picture_store_find_trajectory (LimnPictureStore *store,
                                          const char            *trajectory,
                                          gint64                *id);
int          limn_picture_store_find_hash (LimnPictureStore     *store,
                                          const char            *hash,
                                          gint64                *id);
/** limn_picture_store_find_model: @hash: (nullable): as LimnPicture has it; NULL: by @name, of those that have none. */
int          limn_picture_store_find_model (LimnPictureStore    *store,
                                          const char            *hash,
                                          const char            *name,
                                          gint64                *id);

/** limn_picture_store_list_family: @family: of LimnPictureNode. */
int          limn_picture_store_list_family (LimnPictureStore   *store,
                                          gint64                 id,
                                          GPtrArray             *family);

/** limn_picture_store_list_starred: trajectories of pictures with stars, added to @ids. */
int          limn_picture_store_list_starred (sqlite3           *db,
                                          GHashTable            *ids);
/** limn_picture_store_list_starred_of: of the database of another folder; nothing where it is none of ours. */
int          limn_picture_store_list_starred_of (const char     *path,
                                          GHashTable            *ids);

G_END_DECLS
