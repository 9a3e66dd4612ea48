/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SQL of the picture index.
 *
 * Write-ahead log with synchronous=NORMAL: a program that is killed at any moment leaves whole transactions, and so does a
 * machine that loses power, though perhaps not the last ones, which the next scan makes up for; readers go on while a scan
 * writes; and a commit costs no fsync(). A rollback journal would sync two or three times a commit for a promise
 * (durability) that a cache does not need. Where the log cannot be (it wants shared memory, which some network folders lack) SQLite
 * keeps its rollback journal, which is as safe.
 *
 * The full-text table has its own copy of the folded prompts: tables without content cannot forget a row before SQLite 3.43.
 */
#include "config.h"

#include "library/limn-picture-index-private.h"
#include "library/limn-search-text.h"

#include <glib/gstdio.h>
#include <string.h>

/* "limn" */
#define DATABASE_ID 0x6c696d6e

/* Any change of the tables or of what stands in them (the folding of prompts and the hashing of requests too): the next number. */
#define SCHEMA_VERSION 5

static const char schema[] =
  "CREATE TABLE origin (folder BLOB NOT NULL);"
  "CREATE TABLE picture ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* an id that somebody still holds never becomes another picture */
  "  path BLOB NOT NULL UNIQUE," /* relative to the folder; names of files are bytes */
  "  mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, size INTEGER NOT NULL,"
  "  width INTEGER NOT NULL, height INTEGER NOT NULL," /* width 0: no sound PNG, remembered so that it is not read again */
  "  prompt TEXT NOT NULL, negative TEXT NOT NULL,"
  "  seed INTEGER," /* 64 bits, the sign has no meaning */
  "  model TEXT, sampler TEXT, starred INTEGER NOT NULL, trajectory TEXT, model_hash TEXT);"
  "CREATE INDEX picture_newest ON picture (mtime, id) WHERE width > 0;"
  "CREATE INDEX picture_starred ON picture (mtime, id) WHERE width > 0 AND starred;"
  "CREATE INDEX picture_trajectory ON picture (trajectory) WHERE trajectory IS NOT NULL;"
  "CREATE INDEX picture_model ON picture (model, mtime, id) WHERE width > 0;"
  "CREATE INDEX picture_model_hash ON picture (model_hash, mtime, id) WHERE width > 0;"
  /* Itself at depth 0, what it parts from at 1, …; @step: how many steps the one before it shares. */
  "CREATE TABLE line (picture INTEGER NOT NULL, depth INTEGER NOT NULL, hash TEXT NOT NULL, step INTEGER NOT NULL,"
  "  PRIMARY KEY (picture, depth)) WITHOUT ROWID;"
  "CREATE INDEX line_hash ON line (hash, depth);"
  "CREATE VIRTUAL TABLE picture_text USING fts5 (prompt, prefix = '1 2 3',"
  "  tokenize = \"unicode61 remove_diacritics 0 categories 'L* M* N* Co So'\");";

/* --------------------------------------------------------------------------------------------- opening */

static int
run (LimnPictureStore *store,
     const char       *sql)
{
  return sqlite3_exec (store->db, sql, NULL, NULL, NULL);
}

static int
get_int (LimnPictureStore *store,
         const char       *sql,
         gint64           *value)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL);

  if (code == SQLITE_OK && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      *value = sqlite3_column_int64 (statement, 0);
      code = SQLITE_OK;
    }
  sqlite3_finalize (statement);
  return code;
}

/* Whether the database is ours, of this version, of this folder and whole. */
static gboolean
is_usable (LimnPictureStore *store)
{
  gint64 application = 0, version = 0;
  sqlite3_stmt *statement = NULL;
  gboolean usable;
  int code;

  if (get_int (store, "PRAGMA application_id", &application) != SQLITE_OK || application != DATABASE_ID
      || get_int (store, "PRAGMA user_version", &version) != SQLITE_OK || version != SCHEMA_VERSION)
    return FALSE;

  usable = sqlite3_prepare_v2 (store->db, "SELECT folder FROM origin", -1, &statement, NULL) == SQLITE_OK
           && sqlite3_step (statement) == SQLITE_ROW
           && sqlite3_column_bytes (statement, 0) == (int) strlen (store->folder)
           && memcmp (sqlite3_column_blob (statement, 0), store->folder, strlen (store->folder)) == 0;
  sqlite3_finalize (statement);
  if (!usable)
    return FALSE;

  usable = sqlite3_prepare_v2 (store->db, "PRAGMA integrity_check (1)", -1, &statement, NULL) == SQLITE_OK
           && sqlite3_step (statement) == SQLITE_ROW
           && g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0;
  sqlite3_finalize (statement);
  if (!usable)
    return FALSE;
  /* Another program at work is no damage. */
  code = run (store, "INSERT INTO picture_text (picture_text) VALUES ('integrity-check')");
  return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY;
}

static int
create (LimnPictureStore *store)
{
  sqlite3_stmt *statement = NULL;
  g_autofree char *stamp = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", DATABASE_ID,
                                            SCHEMA_VERSION);
  int code = run (store, "BEGIN IMMEDIATE");

  if (code == SQLITE_OK)
    code = run (store, schema);
  if (code == SQLITE_OK)
    code = sqlite3_prepare_v2 (store->db, "INSERT INTO origin VALUES (?)", -1, &statement, NULL);
  if (code == SQLITE_OK)
    {
      sqlite3_bind_blob (statement, 1, store->folder, strlen (store->folder), SQLITE_STATIC);
      code = sqlite3_step (statement) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode (store->db);
    }
  sqlite3_finalize (statement);
  if (code == SQLITE_OK)
    code = run (store, stamp);
  if (code != SQLITE_OK)
    run (store, "ROLLBACK");
  return code;
}

static int
open_database (LimnPictureStore *store)
{
  const char *name = store->path != NULL ? store->path : ":memory:";
  int code = sqlite3_open_v2 (name, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);

  if (code != SQLITE_OK)
    return code;
  sqlite3_extended_result_codes (store->db, TRUE);
  sqlite3_busy_timeout (store->db, LIMN_PICTURE_STORE_BUSY_MS);
  /* The file is only a cache, but somebody may still have put a trap into it. */
  sqlite3_db_config (store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return run (store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
}

static void
remove_files (LimnPictureStore *store)
{
  static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (store->path, endings[i], NULL);

      g_unlink (name);
    }
}

void
limn_picture_store_open (LimnPictureStore *store,
                         const char       *path,
                         const char       *folder)
{
  store->path = g_strdup (path);
  store->folder = g_strdup (folder);

  if (store->path != NULL)
    {
      if (open_database (store) == SQLITE_OK && is_usable (store))
        return;
      sqlite3_close (g_steal_pointer (&store->db));
      remove_files (store);
      if (open_database (store) == SQLITE_OK && create (store) == SQLITE_OK)
        return;
      /* Another process may have been quicker in making it. */
      if (store->db != NULL && is_usable (store))
        return;
      g_debug ("%s cannot be used; the pictures are indexed in memory", store->path);
      sqlite3_close (g_steal_pointer (&store->db));
      g_clear_pointer (&store->path, g_free);
    }
  if (open_database (store) != SQLITE_OK || create (store) != SQLITE_OK)
    g_error ("No memory for the index of pictures: %s", sqlite3_errmsg (store->db));
}

void
limn_picture_store_close (LimnPictureStore *store)
{
  sqlite3_close (g_steal_pointer (&store->db));
  g_clear_pointer (&store->path, g_free);
  g_clear_pointer (&store->folder, g_free);
}

void
limn_picture_store_mend (LimnPictureStore *store,
                         int               code)
{
  g_autofree char *path = g_steal_pointer (&store->path);
  g_autofree char *folder = g_steal_pointer (&store->folder);
  gboolean damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB
                     || (code & 0xff) == SQLITE_ERROR /* a table is missing */;

  g_debug ("the index of pictures is made anew (%s)", sqlite3_errstr (code));
  sqlite3_close (g_steal_pointer (&store->db));
  if (damaged && path != NULL)
    {
      store->path = g_steal_pointer (&path);
      remove_files (store);
      path = g_steal_pointer (&store->path);
    }
  limn_picture_store_open (store, damaged ? path : NULL, folder);
}

/* --------------------------------------------------------------------------------------------- writing */

static void
bind_text (sqlite3_stmt *statement,
           int           place,
           const char   *text)
{
  sqlite3_bind_text (statement, place, text, -1, SQLITE_STATIC); /* NULL for NULL */
}

/* Runs @statement once and makes it ready for the next time. (out) @id: (optional): of its one row. */
static int
step_once (LimnPictureStore *store,
           sqlite3_stmt     *statement,
           gint64           *id)
{
  int code = sqlite3_step (statement);

  if (code == SQLITE_ROW)
    {
      if (id != NULL)
        *id = sqlite3_column_int64 (statement, 0);
      code = sqlite3_step (statement);
    }
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

typedef struct
{
  sqlite3_stmt *put;
  sqlite3_stmt *forget;
  sqlite3_stmt *forget_text;
  sqlite3_stmt *put_text;
  sqlite3_stmt *forget_line;
  sqlite3_stmt *put_line;
} Writer;

static int
writer_prepare (LimnPictureStore *store,
                Writer           *writer)
{
  const struct
  {
    sqlite3_stmt **statement;
    const char *sql;
  } all[] = {
    { &writer->put,
      "INSERT INTO picture (path, mtime, ctime, size, width, height, prompt, negative, seed, model, sampler, starred, trajectory,"
      " model_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
      " ON CONFLICT (path) DO UPDATE SET mtime = ?2, ctime = ?3, size = ?4, width = ?5, height = ?6, prompt = ?7,"
      " negative = ?8, seed = ?9, model = ?10, sampler = ?11, starred = ?12, trajectory = ?13, model_hash = ?14 RETURNING id" },
    { &writer->forget, "DELETE FROM picture WHERE id = ?" },
    { &writer->forget_text, "DELETE FROM picture_text WHERE rowid = ?" },
    { &writer->put_text, "INSERT INTO picture_text (rowid, prompt) VALUES (?, ?)" },
    { &writer->forget_line, "DELETE FROM line WHERE picture = ?" },
    { &writer->put_line, "INSERT INTO line (picture, depth, hash, step) VALUES (?, ?, ?, ?)" },
  };
  int code = SQLITE_OK;

  for (gsize i = 0; i < G_N_ELEMENTS (all) && code == SQLITE_OK; i++)
    code = sqlite3_prepare_v2 (store->db, all[i].sql, -1, all[i].statement, NULL);
  return code;
}

static void
writer_clear (Writer *writer)
{
  sqlite3_finalize (writer->put);
  sqlite3_finalize (writer->forget);
  sqlite3_finalize (writer->forget_text);
  sqlite3_finalize (writer->put_text);
  sqlite3_finalize (writer->forget_line);
  sqlite3_finalize (writer->put_line);
}

static int
put_line (LimnPictureStore  *store,
          Writer            *writer,
          gint64             id,
          const GArray      *line)
{
  int code;

  sqlite3_bind_int64 (writer->forget_line, 1, id);
  code = step_once (store, writer->forget_line, NULL);
  for (guint i = 0; line != NULL && i < line->len && code == SQLITE_OK; i++)
    {
      const LimnPictureAncestor *ancestor = &g_array_index (line, LimnPictureAncestor, i);

      sqlite3_bind_int64 (writer->put_line, 1, id);
      sqlite3_bind_int64 (writer->put_line, 2, i);
      bind_text (writer->put_line, 3, ancestor->hash);
      sqlite3_bind_int64 (writer->put_line, 4, ancestor->step);
      code = step_once (store, writer->put_line, NULL);
    }
  return code;
}

static int
put_picture (LimnPictureStore  *store,
             Writer            *writer,
             const LimnPicture *picture)
{
  g_autofree char *folded = limn_search_text_fold (picture->prompt);
  gint64 id = 0;
  int code;

  sqlite3_bind_blob (writer->put, 1, picture->path, strlen (picture->path), SQLITE_STATIC);
  sqlite3_bind_int64 (writer->put, 2, picture->mtime_ns);
  sqlite3_bind_int64 (writer->put, 3, picture->ctime_ns);
  sqlite3_bind_int64 (writer->put, 4, picture->size);
  sqlite3_bind_int64 (writer->put, 5, picture->width);
  sqlite3_bind_int64 (writer->put, 6, picture->height);
  bind_text (writer->put, 7, picture->prompt);
  bind_text (writer->put, 8, picture->negative_prompt);
  if (picture->has_seed)
    sqlite3_bind_int64 (writer->put, 9, (gint64) picture->seed);
  bind_text (writer->put, 10, picture->model);
  bind_text (writer->put, 11, picture->sampler);
  sqlite3_bind_int (writer->put, 12, picture->starred);
  bind_text (writer->put, 13, picture->trajectory);
  bind_text (writer->put, 14, picture->model_hash);
  code = step_once (store, writer->put, &id);

  if (code == SQLITE_OK)
    {
      sqlite3_bind_int64 (writer->forget_text, 1, id);
      code = step_once (store, writer->forget_text, NULL);
    }
  if (code == SQLITE_OK && picture->width > 0)
    {
      sqlite3_bind_int64 (writer->put_text, 1, id);
      bind_text (writer->put_text, 2, folded);
      code = step_once (store, writer->put_text, NULL);
    }
  return code == SQLITE_OK ? put_line (store, writer, id, picture->line) : code;
}

static int
forget_picture (LimnPictureStore *store,
                Writer           *writer,
                gint64            id)
{
  int code;

  sqlite3_bind_int64 (writer->forget, 1, id);
  code = step_once (store, writer->forget, NULL);
  if (code == SQLITE_OK)
    {
      sqlite3_bind_int64 (writer->forget_text, 1, id);
      code = step_once (store, writer->forget_text, NULL);
    }
  return code == SQLITE_OK ? put_line (store, writer, id, NULL) : code;
}

int
limn_picture_store_write (LimnPictureStore *store,
                          GPtrArray        *pictures,
                          GArray           *removed)
{
  Writer writer = { 0 };
  int code = run (store, "BEGIN IMMEDIATE");

  if (code != SQLITE_OK)
    return code;
  code = writer_prepare (store, &writer);
  for (guint i = 0; pictures != NULL && i < pictures->len && code == SQLITE_OK; i++)
    code = put_picture (store, &writer, g_ptr_array_index (pictures, i));
  for (guint i = 0; removed != NULL && i < removed->len && code == SQLITE_OK; i++)
    code = forget_picture (store, &writer, g_array_index (removed, gint64, i));
  writer_clear (&writer);
  if (code == SQLITE_OK)
    code = run (store, "COMMIT");
  if (code != SQLITE_OK)
    run (store, "ROLLBACK");
  return code;
}

/* --------------------------------------------------------------------------------------------- reading */

int
limn_picture_store_list (LimnPictureStore *store,
                         GHashTable       *rows)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db, "SELECT id, path, mtime, ctime, size, width > 0 FROM picture", -1, &statement, NULL);

  if (code != SQLITE_OK)
    return code;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *path = sqlite3_column_blob (statement, 1);
      LimnPictureRow *row = g_new0 (LimnPictureRow, 1);

      row->id = sqlite3_column_int64 (statement, 0);
      row->mtime_ns = sqlite3_column_int64 (statement, 2);
      row->ctime_ns = sqlite3_column_int64 (statement, 3);
      row->size = sqlite3_column_int64 (statement, 4);
      row->is_picture = sqlite3_column_int (statement, 5);
      g_hash_table_insert (rows, g_strndup (path != NULL ? path : "", sqlite3_column_bytes (statement, 1)), row);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Prepares "SELECT @what …" for what @find asks for. */
static int
prepare_find (LimnPictureStore       *store,
              const char             *what,
              const char             *order,
              const LimnPictureFind  *find,
              sqlite3_stmt          **statement)
{
  g_autofree char *match = find != NULL && find->words != NULL ? limn_search_text_to_match (find->words) : NULL;
  g_autofree char *sql =
    g_strdup_printf ("SELECT %s FROM picture%s WHERE width > 0%s%s%s", what,
                     match != NULL ? " JOIN picture_text ON picture_text.rowid = picture.id" : "",
                     match != NULL ? " AND picture_text MATCH ?1" : "",
                     find != NULL && find->starred ? " AND starred" : "", order);
  int code = sqlite3_prepare_v2 (store->db, sql, -1, statement, NULL);

  if (code == SQLITE_OK && match != NULL)
    sqlite3_bind_text (*statement, 1, match, -1, SQLITE_TRANSIENT);
  return code;
}

int
limn_picture_store_find (LimnPictureStore      *store,
                         const LimnPictureFind *find,
                         guint                  offset,
                         guint                  limit,
                         GArray                *ids)
{
  sqlite3_stmt *statement;
  int code = prepare_find (store, "picture.id", " ORDER BY mtime DESC, picture.id DESC LIMIT ?2 OFFSET ?3", find, &statement);

  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_int64 (statement, 2, limit > 0 ? (gint64) limit : -1);
  sqlite3_bind_int64 (statement, 3, offset);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

int
limn_picture_store_count (LimnPictureStore      *store,
                          const LimnPictureFind *find,
                          guint                 *n)
{
  sqlite3_stmt *statement;
  int code = prepare_find (store, "count(*)", "", find, &statement);

  if (code != SQLITE_OK)
    return code;
  if ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      *n = sqlite3_column_int64 (statement, 0);
      code = SQLITE_OK;
    }
  sqlite3_finalize (statement);
  return code;
}

/* A damaged database may hold any bytes, and widgets take UTF-8 only. */
static char *
dup_column (sqlite3_stmt *statement,
            int           column,
            const char   *fallback)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? g_utf8_make_valid (text, -1) : g_strdup (fallback);
}

int
limn_picture_store_get (LimnPictureStore  *store,
                        gint64             id,
                        LimnPicture      **picture)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db,
                                 "SELECT path, mtime, ctime, size, width, height, prompt, negative, seed, model, sampler, starred,"
                                 " trajectory, (SELECT hash FROM line WHERE line.picture = ?1 AND depth = 0),"
                                 " EXISTS (SELECT 1 FROM line WHERE line.picture = ?1 AND depth = 1),"
                                 " EXISTS (SELECT 1 FROM line own JOIN line other ON other.hash = own.hash AND other.depth > 0"
                                 "         WHERE own.picture = ?1 AND own.depth = 0), model_hash"
                                 " FROM picture WHERE id = ?1 AND width > 0", -1, &statement, NULL);

  *picture = NULL;
  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_int64 (statement, 1, id);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    {
      const char *path = sqlite3_column_blob (statement, 0);
      LimnPicture *p = *picture = g_new0 (LimnPicture, 1);

      p->id = id;
      p->path = g_strndup (path != NULL ? path : "", sqlite3_column_bytes (statement, 0));
      p->mtime_ns = sqlite3_column_int64 (statement, 1);
      p->ctime_ns = sqlite3_column_int64 (statement, 2);
      p->size = sqlite3_column_int64 (statement, 3);
      p->width = sqlite3_column_int64 (statement, 4);
      p->height = sqlite3_column_int64 (statement, 5);
      p->prompt = dup_column (statement, 6, "");
      p->negative_prompt = dup_column (statement, 7, "");
      p->has_seed = sqlite3_column_type (statement, 8) != SQLITE_NULL;
      p->seed = (guint64) sqlite3_column_int64 (statement, 8);
      p->model = dup_column (statement, 9, NULL);
      p->sampler = dup_column (statement, 10, NULL);
      p->starred = sqlite3_column_int (statement, 11) != 0;
      p->trajectory = dup_column (statement, 12, NULL);
      p->hash = dup_column (statement, 13, NULL);
      p->is_branch = sqlite3_column_int (statement, 14) != 0;
      p->has_branches = sqlite3_column_int (statement, 15) != 0;
      p->model_hash = dup_column (statement, 16, NULL);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int
limn_picture_store_lookup (LimnPictureStore *store,
                           const char       *path,
                           LimnPictureRow   *row)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db, "SELECT id, mtime, ctime, size, width > 0 FROM picture WHERE path = ?", -1,
                                 &statement, NULL);

  *row = (LimnPictureRow) { 0 };
  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_blob (statement, 1, path, strlen (path), SQLITE_STATIC);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    {
      row->id = sqlite3_column_int64 (statement, 0);
      row->mtime_ns = sqlite3_column_int64 (statement, 1);
      row->ctime_ns = sqlite3_column_int64 (statement, 2);
      row->size = sqlite3_column_int64 (statement, 3);
      row->is_picture = sqlite3_column_int (statement, 4);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}
