/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which picture comes from which.
 *
 * A picture's recipe holds those of all that it comes from, so that each row of a line is there even where those pictures are not: a tree
 * keeps together when one of its branches is deleted, or was never a picture at all because it was steered away from.
 */
#include "config.h"

#include "library/limn-picture-index-private.h"

#include <string.h>

/* --------------------------------------------------------------------------------------------- finding one */

static int
find_one (LimnPictureStore *store,
          const char       *sql,
          const char       *text,
          gint64           *id)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL);

  *id = 0;
  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_text (statement, 1, text, -1, SQLITE_STATIC);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *id = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int
limn_picture_store_find_trajectory (LimnPictureStore *store,
                                    const char       *trajectory,
                                    gint64           *id)
{
  return find_one (store, "SELECT id FROM picture WHERE trajectory = ? AND width > 0 ORDER BY mtime DESC, id DESC LIMIT 1", trajectory,
                   id);
}

int
limn_picture_store_find_hash (LimnPictureStore *store,
                              const char       *hash,
                              gint64           *id)
{
  return find_one (store,
                   "SELECT id FROM picture JOIN line ON line.picture = id WHERE line.hash = ? AND line.depth = 0 AND width > 0"
                   " ORDER BY trajectory IS NULL, mtime DESC, id DESC LIMIT 1",
                   hash, id);
}

int
limn_picture_store_find_model (LimnPictureStore *store,
                               const char       *hash,
                               const char       *name,
                               gint64           *id)
{
  if (hash != NULL)
    return find_one (store, "SELECT id FROM picture WHERE model_hash = ? AND width > 0 ORDER BY mtime DESC, id DESC LIMIT 1", hash, id);
  return find_one (store,
                   "SELECT id FROM picture WHERE model = ? AND model_hash IS NULL AND width > 0 ORDER BY mtime DESC, id DESC LIMIT 1",
                   name, id);
}

/* --------------------------------------------------------------------------------------------- a family */

typedef struct
{
  gint64     id;
  char      *trajectory;
  GArray    *line;     /* of LimnPictureAncestor */
  gint64     parent;
  guint      step;
  GPtrArray *children; /* of Member, unowned */
} Member;

static void
member_free (gpointer data)
{
  Member *member = data;

  g_free (member->trajectory);
  g_array_unref (member->line);
  g_ptr_array_unref (member->children);
  g_free (member);
}

/* (out) @root: (transfer full) (nullable): the hash of the farthest that picture @id comes from. */
static int
find_root (LimnPictureStore  *store,
           gint64             id,
           char             **root)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db, "SELECT hash FROM line WHERE picture = ? ORDER BY depth DESC LIMIT 1", -1, &statement, NULL);

  *root = NULL;
  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_int64 (statement, 1, id);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *root = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Into @members, from the oldest to the newest. */
static int
read_members (LimnPictureStore *store,
              const char       *root,
              GPtrArray        *members)
{
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2 (store->db,
                                 "SELECT id, trajectory, line.hash, line.step FROM line JOIN picture ON id = line.picture"
                                 " WHERE id IN (SELECT picture FROM line WHERE hash = ?) AND width > 0 ORDER BY mtime, id, line.depth",
                                 -1, &statement, NULL);

  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_text (statement, 1, root, -1, SQLITE_STATIC);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);
      const char *trajectory = (const char *) sqlite3_column_text (statement, 1);
      const char *hash = (const char *) sqlite3_column_text (statement, 2);
      LimnPictureAncestor ancestor = { .step = CLAMP (sqlite3_column_int64 (statement, 3), 0, G_MAXINT) };
      Member *member = members->len > 0 ? g_ptr_array_index (members, members->len - 1) : NULL;

      if (member == NULL || member->id != id)
        {
          member = g_new0 (Member, 1);
          member->id = id;
          member->trajectory = g_strdup (trajectory);
          member->line = g_array_new (FALSE, FALSE, sizeof (LimnPictureAncestor));
          member->children = g_ptr_array_new ();
          g_ptr_array_add (members, member);
        }
      g_strlcpy (ancestor.hash, hash != NULL ? hash : "", sizeof ancestor.hash);
      g_array_append_val (member->line, ancestor);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* @by_hash: own hash -> Member. Whose line is not shorter is no ancestor, whatever a damaged database says: so a tree it is. */
static void
find_parent (Member     *member,
             GHashTable *by_hash)
{
  guint step = G_MAXUINT;

  for (guint i = 1; i < member->line->len; i++)
    {
      const LimnPictureAncestor *ancestor = &g_array_index (member->line, LimnPictureAncestor, i);
      Member *parent = g_hash_table_lookup (by_hash, ancestor->hash);

      step = MIN (step, ancestor->step);
      if (parent == NULL || parent->line->len >= member->line->len)
        continue;
      member->parent = parent->id;
      member->step = step;
      g_ptr_array_add (parent->children, member);
      return;
    }
}

/* As deep as a line is long. */
static void
add_nodes (const Member *member,
           GPtrArray    *family)
{
  LimnPictureNode *node = g_new0 (LimnPictureNode, 1);

  node->id = member->id;
  node->parent = member->parent;
  node->step = member->step;
  node->trajectory = g_strdup (member->trajectory);
  memcpy (node->hash, g_array_index (member->line, LimnPictureAncestor, 0).hash, sizeof node->hash);
  g_ptr_array_add (family, node);
  for (guint i = 0; i < member->children->len; i++)
    add_nodes (g_ptr_array_index (member->children, i), family);
}

int
limn_picture_store_list_family (LimnPictureStore *store,
                                gint64            id,
                                GPtrArray        *family)
{
  g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func (member_free);
  g_autoptr(GHashTable) by_hash = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *root = NULL;
  int code = find_root (store, id, &root);

  if (code == SQLITE_OK && root != NULL)
    code = read_members (store, root, members);
  for (guint i = 0; i < members->len; i++)
    {
      Member *member = g_ptr_array_index (members, i);
      char *hash = g_array_index (member->line, LimnPictureAncestor, 0).hash;
      const Member *other = g_hash_table_lookup (by_hash, hash);

      if (other == NULL || other->trajectory == NULL || member->trajectory != NULL)
        g_hash_table_replace (by_hash, hash, member);
    }
  for (guint i = 0; i < members->len; i++)
    find_parent (g_ptr_array_index (members, i), by_hash);
  for (guint i = 0; i < members->len; i++)
    if (((Member *) g_ptr_array_index (members, i))->parent == 0)
      add_nodes (g_ptr_array_index (members, i), family);
  return code;
}

/* --------------------------------------------------------------------------------------------- stars */

int
limn_picture_store_list_starred (sqlite3    *db,
                                 GHashTable *ids)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (db, "SELECT trajectory FROM picture WHERE width > 0 AND starred AND trajectory IS NOT NULL", -1,
                                 &statement, NULL);

  while (code == SQLITE_OK || code == SQLITE_ROW)
    {
      code = sqlite3_step (statement);
      if (code == SQLITE_ROW)
        g_hash_table_add (ids, g_strdup ((const char *) sqlite3_column_text (statement, 0)));
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

int
limn_picture_store_list_starred_of (const char *path,
                                    GHashTable *ids)
{
  sqlite3 *db = NULL;
  int code = sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX, NULL);

  if (code == SQLITE_OK)
    {
      sqlite3_busy_timeout (db, LIMN_PICTURE_STORE_BUSY_MS);
      sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
      sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
      code = limn_picture_store_list_starred (db, ids);
    }
  sqlite3_close (db);
  /* A damaged one says nothing, now or later. */
  return (code & 0xff) == SQLITE_BUSY ? code : SQLITE_OK;
}
