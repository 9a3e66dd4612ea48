/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is done with pictures of the list: stars, the wastebasket and back, each on a thread of its own. As everywhere in the model, no task
 * holds it. */
#include "config.h"

#include "app/limn-gallery-model-private.h"

#include "library/limn-deleted-steps.h"
#include "library/limn-thumbnails.h"
#include "library/limn-trash.h"

typedef struct
{
  LimnPictureIndex *index;
  GArray           *ids;
  gboolean          reload;  /* what is known of @ids, when it is done */
  gboolean          starred;
  char             *path;
  GPtrArray        *trashed; /* of LimnTrashed */
  char             *steps_folder; /* (nullable) */
  GHashTable       *used;    /* (nullable): ids of pictures whose steps stay */
  char             *message; /* out: of the first that failed */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  limn_picture_index_unref (work->index);
  g_clear_pointer (&work->ids, g_array_unref);
  g_clear_pointer (&work->trashed, g_ptr_array_unref);
  g_clear_pointer (&work->used, g_hash_table_unref);
  g_free (work->steps_folder);
  g_free (work->path);
  g_free (work->message);
  g_free (work);
}

/* (nullable): NULL where there is no index yet, so nothing to work on. */
static Work *
work_new (LimnGalleryModel *self, GArray *ids)
{
  Work *work;

  if (!self->index)
    return NULL;
  work = g_new0 (Work, 1);
  work->index = limn_picture_index_ref (self->index);
  work->steps_folder = g_strdup (self->steps_folder);
  if (ids)
    work->ids = g_array_copy (ids);
  return work;
}

static void
work_fail (Work *work, GError *error)
{
  if (!work->message)
    work->message = g_strdup (error->message);
  g_error_free (error);
}

static void
finish_work (LimnGalleryModel *self, Work *work)
{
  if (work->message)
    limn_gallery_model_tell_failed (self, work->message);
  /* Something that was read before, and comes in after, would show the star that was; and one that could not be written goes. */
  for (guint i = 0; work->reload && self->index && i < work->ids->len; i++)
    {
      LimnGalleryItem *item = g_hash_table_lookup (self->items, &g_array_index (work->ids, gint64, i));

      if (item)
        limn_gallery_loader_reload (self->loader, self->index, item);
    }
  limn_gallery_model_ask (self);
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnGalleryModel) self = limn_gallery_model_take_handle (data);
  Work *work = g_task_get_task_data (G_TASK (result));

  if (self)
    finish_work (self, work);
  else
    limn_gallery_model_drop_index (g_steal_pointer (&work->index));
}

static void
run_work (LimnGalleryModel *self, Work *work, GTaskThreadFunc func)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, on_worked, g_atomic_rc_box_acquire (self->handle));

  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, func);
}

/* What a new picture has grown out of has branches now. */
static void
add_parent (Work *work, gint64 id)
{
  g_autoptr(LimnPicture) picture = id != 0 ? limn_picture_index_get (work->index, id) : NULL;
  g_autoptr(GPtrArray) family = picture && picture->is_branch ? limn_picture_index_list_family (work->index, id) : NULL;

  for (guint i = 0; family && i < family->len; i++)
    {
      const LimnPictureNode *node = g_ptr_array_index (family, i);

      if (node->id == id && node->parent != 0)
        g_array_append_val (work->ids, node->parent);
    }
}

static void
refresh_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;

  gint64 id = limn_picture_index_refresh (work->index, work->path);

  add_parent (work, id);
  g_task_return_boolean (task, TRUE);
}

void
limn_gallery_model_refresh (LimnGalleryModel *self, const char *path)
{
  Work *work = work_new (self, NULL);

  /* Without an index, the scan that comes first will find it. */
  if (!work)
    return;
  work->path = g_strdup (path);
  work->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  work->reload = TRUE;
  run_work (self, work, refresh_thread);
}

static void
star_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;

  for (guint i = 0; i < work->ids->len; i++)
    {
      GError *error = NULL;

      if (!limn_picture_index_set_starred (work->index, g_array_index (work->ids, gint64, i), work->starred, &error))
        work_fail (work, error);
    }
  g_task_return_boolean (task, TRUE);
}

void
limn_gallery_model_set_starred (LimnGalleryModel *self, GArray *ids, gboolean starred)
{
  Work *work = work_new (self, ids);

  if (!work)
    return;
  work->reload = TRUE;
  work->starred = starred;
  /* Seen at once. */
  for (guint i = 0; i < ids->len; i++)
    {
      LimnGalleryItem *item = g_hash_table_lookup (self->items, &g_array_index (ids, gint64, i));

      if (item)
        limn_gallery_item_set_starred (item, starred);
    }
  run_work (self, work, star_thread);
}

static void
paths_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < work->ids->len; i++)
    {
      g_autoptr(LimnPicture) picture = limn_picture_index_get (work->index, g_array_index (work->ids, gint64, i));

      if (picture)
        g_ptr_array_add (paths, g_steal_pointer (&picture->path));
    }
  g_task_return_pointer (task, paths, (GDestroyNotify) g_ptr_array_unref);
}

static GTask *
new_task (LimnGalleryModel *self, GArray *ids, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Work *work = work_new (self, ids);

  if (work)
    g_task_set_task_data (task, work, work_free);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "No folder");
  return task;
}

void
limn_gallery_model_get_paths_async (LimnGalleryModel *self, GArray *ids, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = new_task (self, ids, callback, data);

  if (g_task_get_task_data (task))
    g_task_run_in_thread (task, paths_thread);
}

GPtrArray *
limn_gallery_model_get_paths_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Steps are kept for a picture and for what was kept of it on the way: the last one that goes takes them along. */
static void
put_steps_away (Work *work, const LimnPicture *picture)
{
  const char *id = picture->trajectory;

  if (id && work->steps_folder && !g_hash_table_contains (work->used, id) && !limn_picture_index_has_trajectory (work->index, id))
    limn_deleted_steps_put_away (work->steps_folder, limn_picture_index_get_folder (work->index), id);
}

static void
trash_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GPtrArray *trashed = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_trashed_free);

  for (guint i = 0; i < work->ids->len; i++)
    {
      g_autoptr(LimnPicture) picture = limn_picture_index_get (work->index, g_array_index (work->ids, gint64, i));
      GError *error = NULL;
      LimnTrashed *one = picture ? limn_trash_file (picture->path, NULL, &error) : NULL;

      if (one)
        g_ptr_array_add (trashed, one);
      else if (error)
        work_fail (work, error);
      if (one)
        limn_thumbnail_forget (picture->path);
      if (picture)
        limn_picture_index_refresh (work->index, picture->path);
      if (one)
        put_steps_away (work, picture);
    }
  g_task_return_pointer (task, trashed, (GDestroyNotify) g_ptr_array_unref);
}

void
limn_gallery_model_trash_async (LimnGalleryModel   *self,
                                GArray             *ids,
                                GHashTable         *used,
                                GAsyncReadyCallback callback,
                                gpointer            data)
{
  g_autoptr(GTask) task = new_task (self, ids, callback, data);
  Work *work = g_task_get_task_data (task);

  if (!work)
    return;
  work->used = g_hash_table_ref (used);
  g_task_run_in_thread (task, trash_thread);
}

GPtrArray *
limn_gallery_model_trash_finish (LimnGalleryModel *self, GAsyncResult *result, GError **error)
{
  GPtrArray *trashed = g_task_propagate_pointer (G_TASK (result), error);

  if (trashed)
    finish_work (self, g_task_get_task_data (G_TASK (result)));
  return trashed;
}

static void
bring_steps_back (Work *work, gint64 id)
{
  g_autoptr(LimnPicture) picture = id ? limn_picture_index_get (work->index, id) : NULL;

  if (picture && picture->trajectory && work->steps_folder)
    limn_deleted_steps_bring_back (work->steps_folder, limn_picture_index_get_folder (work->index), picture->trajectory);
}

static void
restore_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;

  for (guint i = 0; i < work->trashed->len; i++)
    {
      GError *error = NULL;
      g_autofree char *path = limn_trashed_restore (g_ptr_array_index (work->trashed, i), &error);

      if (path)
        bring_steps_back (work, limn_picture_index_refresh (work->index, path));
      else
        work_fail (work, error);
    }
  g_task_return_boolean (task, TRUE);
}

void
limn_gallery_model_restore (LimnGalleryModel *self, GPtrArray *trashed)
{
  Work *work = work_new (self, NULL);

  if (!work)
    return;
  work->trashed = g_ptr_array_ref (trashed);
  run_work (self, work, restore_thread);
}
