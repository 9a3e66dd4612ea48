/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branch-family.h"

#include "app/limn-change-words.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"

#include <glib/gi18n.h>

typedef struct
{
  LimnPictureIndex *index;
  char             *path;
  LimnRequest      *request;
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  limn_picture_index_unref (wanted->index);
  g_free (wanted->path);
  limn_request_free (wanted->request);
  g_free (wanted);
}

static void
member_free (gpointer data)
{
  LimnBranchMember *member = data;

  g_free (member->title);
  g_free (member->detail);
  g_free (member);
}

void
limn_branch_family_free (LimnBranchFamily *family)
{
  g_ptr_array_unref (family->members);
  g_free (family);
}

/* --- Words --- */

/* (nullable): what the file says of how it was made. */
static LimnRecipe *
load_recipe (const char *path)
{
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_TEXTS, NULL);
  const char *text = png ? limn_png_lookup (png, LIMN_RECIPE_KEYWORD) : NULL;

  return text ? limn_recipe_new_from_json (text, path, NULL) : NULL;
}

static char *
dup_prompt (const LimnPicture *picture)
{
  g_autofree char *line = g_strstrip (g_strdelimit (g_strdup (picture->prompt), "\r\n\t", ' '));

  return *line ? g_steal_pointer (&line) : g_filename_display_basename (picture->path);
}

/* Of one that has grown out of nothing that is here. */
static char *
dup_root_detail (const LimnRequest *request)
{
  if (request && request->branch)
    /* Translators: of a picture that was changed while it was painted, or whose parent is no longer here: the step. */
    return g_strdup_printf (_("Turned at step %u"), request->branch->step);
  if (request && limn_request_get_root (request)->mix)
    return g_strdup (_("From between pictures"));
  if (request && limn_request_get_root (request)->source)
    return g_strdup (_("From another picture"));
  return g_strdup (_("From its own noise"));
}

static LimnBranchMember *
new_member (LimnPictureIndex *index, const LimnPictureNode *node, GHashTable *places)
{
  LimnBranchMember *member = g_new0 (LimnBranchMember, 1);
  g_autoptr(LimnPicture) picture = limn_picture_index_get (index, node->id);
  g_autoptr(LimnRecipe) recipe = picture ? load_recipe (picture->path) : NULL;
  const LimnRequest *request = recipe ? recipe->request : NULL;
  gpointer parent;

  member->id = node->id;
  member->part.parent = node->parent != 0 && g_hash_table_lookup_extended (places, &node->parent, NULL, &parent) ? GPOINTER_TO_UINT (parent)
                                                                                                              : LIMN_BRANCH_NONE;
  member->part.step = node->step;
  member->part.n_steps = MAX (recipe ? recipe->n_steps : 1, 1);
  if (member->part.parent == LIMN_BRANCH_NONE)
    member->detail = dup_root_detail (request);
  else
    {
      member->title = request && request->branch ? limn_change_words_request (request) : NULL;
      /* Translators: the step after which a picture parts from the one that it has grown out of, and how many steps it has in all. */
      member->detail = g_strdup_printf (_("From step %u of %u"), node->step, member->part.n_steps);
    }
  if (!member->title)
    member->title = picture ? dup_prompt (picture) : g_strdup (_("Picture"));
  return member;
}

/* --- On the thread --- */

/* By its file, else by itself or the nearest of those that it comes from. */
static gint64
find_picture (const Wanted *wanted, gint64 *shown)
{
  g_auto(GStrv) hashes = wanted->request ? limn_request_list_hashes (wanted->request) : NULL;
  gint64 id = wanted->path ? limn_picture_index_lookup (wanted->index, wanted->path) : 0;

  *shown = id;
  for (guint i = 0; id == 0 && hashes && hashes[i]; i++)
    id = limn_picture_index_find_hash (wanted->index, hashes[i]);
  return id;
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Wanted *wanted = data;
  LimnBranchFamily *family = g_new0 (LimnBranchFamily, 1);
  g_autoptr(GPtrArray) nodes = NULL;
  g_autoptr(GHashTable) places = g_hash_table_new (g_int64_hash, g_int64_equal);
  gint64 id = find_picture (wanted, &family->shown);

  family->members = g_ptr_array_new_with_free_func (member_free);
  nodes = id != 0 ? limn_picture_index_list_family (wanted->index, id) : NULL;
  for (guint i = 0; nodes && i < nodes->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      LimnPictureNode *node = g_ptr_array_index (nodes, i);

      g_ptr_array_add (family->members, new_member (wanted->index, node, places));
      g_hash_table_insert (places, &node->id, GUINT_TO_POINTER (i));
    }
  g_task_return_pointer (task, family, (GDestroyNotify) limn_branch_family_free);
}

void
limn_branch_family_load_async (LimnPictureIndex    *index,
                               const char          *path,
                               const LimnRequest   *request,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->index = limn_picture_index_ref (index);
  wanted->path = g_strdup (path);
  wanted->request = request ? limn_request_copy (request) : NULL;
  g_task_set_task_data (task, wanted, wanted_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, load_thread);
}

LimnBranchFamily *
limn_branch_family_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
