/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table. Write-ahead log with synchronous=NORMAL, as the index of pictures has it: a program that is killed leaves whole rows, and a commit
 * costs no fsync(). A disk that is full or goes away costs the note and nothing else.
 */
#include "config.h"

#include "library/limn-file-notes.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

/* "limf" */
#define DATABASE_ID 0x6c696d66

/* Any change of the table, or of what those who look into files find there: the next number. */
#define SCHEMA_VERSION 1

/* Another process that writes a row is done much sooner; one that is stopped in a debugger shall not hang us for ever. */
#define BUSY_MS 5000

static const char schema[] =
  "CREATE TABLE file ("
  "  path BLOB PRIMARY KEY," /* names of files are bytes */
  "  mtime INTEGER NOT NULL, size INTEGER NOT NULL, about TEXT, hash TEXT) WITHOUT ROWID;";

struct _LimnFileNotes
{
  gatomicrefcount refs;
  sqlite3        *db; /* SQLite's own lock serves */
};

gboolean
limn_file_stamp_read (const char *path, LimnFileStamp *stamp)
{
  struct stat info;

  if (stat (path, &info) != 0)
    return FALSE;
  stamp->mtime_ns = info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
  stamp->size = info.st_size;
  return TRUE;
}

/* --- Opening --- */

static gboolean
get_int (sqlite3 *db, const char *sql, int *value)
{
  sqlite3_stmt *statement = NULL;
  gboolean found = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step (statement) == SQLITE_ROW;

  if (found)
    *value = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  return found;
}

static gboolean
is_sound (sqlite3 *db)
{
  sqlite3_stmt *statement = NULL;
  gboolean sound = sqlite3_prepare_v2 (db, "PRAGMA integrity_check (1)", -1, &statement, NULL) == SQLITE_OK &&
                   sqlite3_step (statement) == SQLITE_ROW && g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0;

  sqlite3_finalize (statement);
  return sound;
}

static gboolean
is_ours (sqlite3 *db)
{
  int application, version;

  return get_int (db, "PRAGMA application_id", &application) && application == DATABASE_ID &&
         get_int (db, "PRAGMA user_version", &version) && version == SCHEMA_VERSION && is_sound (db);
}

static gboolean
create (sqlite3 *db)
{
  g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", schema,
                                          DATABASE_ID, SCHEMA_VERSION);

  if (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  /* Another process may have been quicker. */
  return is_ours (db);
}

/* (nullable) */
static sqlite3 *
open_database (const char *path)
{
  sqlite3 *db = NULL;

  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK)
    {
      sqlite3_close (db);
      return NULL;
    }
  sqlite3_busy_timeout (db, BUSY_MS);
  /* The file is only a cache, but somebody may still have put a trap into it. */
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_exec (db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
  return db;
}

static void
remove_files (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);

      g_unlink (name);
    }
}

static sqlite3 *
open_any (const char *path)
{
  sqlite3 *db = open_database (path);

  if (db && is_ours (db))
    return db;
  sqlite3_close (db);
  remove_files (path);
  db = open_database (path);
  if (db && create (db))
    return db;
  g_debug ("%s cannot be used; what is known of files is kept in memory", path);
  sqlite3_close (db);
  db = open_database (":memory:");
  if (!db || !create (db))
    g_error ("No memory for what is known of files");
  return db;
}

LimnFileNotes *
limn_file_notes_new (const char *path)
{
  LimnFileNotes *notes = g_new0 (LimnFileNotes, 1);
  g_autofree char *own = g_build_filename (g_get_user_cache_dir (), "limn", "models.sqlite", NULL);
  g_autofree char *folder = g_path_get_dirname (path ? path : own);

  g_atomic_ref_count_init (&notes->refs);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_debug ("%s: %s", folder, g_strerror (errno));
  notes->db = open_any (path ? path : own);
  return notes;
}

LimnFileNotes *
limn_file_notes_ref (LimnFileNotes *notes)
{
  g_atomic_ref_count_inc (&notes->refs);
  return notes;
}

void
limn_file_notes_unref (LimnFileNotes *notes)
{
  if (!notes || !g_atomic_ref_count_dec (&notes->refs))
    return;
  sqlite3_close (notes->db);
  g_free (notes);
}

/* --- Rows --- */

static sqlite3_stmt *
prepare (LimnFileNotes *notes, const char *sql, const char *path, const LimnFileStamp *stamp)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (notes->db, sql, -1, &statement, NULL) != SQLITE_OK)
    {
      g_debug ("What is known of files: %s", sqlite3_errmsg (notes->db));
      return NULL;
    }
  sqlite3_bind_blob (statement, 1, path, strlen (path), SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, stamp->mtime_ns);
  sqlite3_bind_int64 (statement, 3, stamp->size);
  return statement;
}

void
limn_file_notes_get (LimnFileNotes *notes, const char *path, const LimnFileStamp *stamp, char **about, char **hash)
{
  sqlite3_stmt *statement = prepare (notes, "SELECT about, hash FROM file WHERE path = ? AND mtime = ? AND size = ?", path, stamp);

  *about = NULL;
  *hash = NULL;
  if (statement && sqlite3_step (statement) == SQLITE_ROW)
    {
      *about = g_strdup ((const char *) sqlite3_column_text (statement, 0));
      *hash = g_strdup ((const char *) sqlite3_column_text (statement, 1));
    }
  sqlite3_finalize (statement);
}

static void
set (LimnFileNotes *notes, const char *sql, const char *path, const LimnFileStamp *stamp, const char *text)
{
  sqlite3_stmt *statement = prepare (notes, sql, path, stamp);

  if (!statement)
    return;
  sqlite3_bind_text (statement, 4, text, -1, SQLITE_STATIC);
  if (sqlite3_step (statement) != SQLITE_DONE)
    g_debug ("What is known of files: %s", sqlite3_errmsg (notes->db));
  sqlite3_finalize (statement);
}

void
limn_file_notes_set_about (LimnFileNotes *notes, const char *path, const LimnFileStamp *stamp, const char *about)
{
  set (notes,
       "INSERT INTO file (path, mtime, size, about) VALUES (?, ?, ?, ?)"
       " ON CONFLICT (path) DO UPDATE SET hash = CASE WHEN mtime = excluded.mtime AND size = excluded.size THEN hash END,"
       " mtime = excluded.mtime, size = excluded.size, about = excluded.about",
       path, stamp, about);
}

void
limn_file_notes_set_hash (LimnFileNotes *notes, const char *path, const LimnFileStamp *stamp, const char *hash)
{
  set (notes,
       "INSERT INTO file (path, mtime, size, hash) VALUES (?, ?, ?, ?)"
       " ON CONFLICT (path) DO UPDATE SET about = CASE WHEN mtime = excluded.mtime AND size = excluded.size THEN about END,"
       " mtime = excluded.mtime, size = excluded.size, hash = excluded.hash",
       path, stamp, hash);
}
