/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-control-look.h"

#include "app/limn-files.h"
#include "image/limn-photo.h"
#include "image/limn-resize.h"

/* Of what is shown in the panel, on a screen of twice the usual pixels. */
#define SHOWN_PX 560
/* Pixels along a side beyond which nobody sees how wide a line is: of a larger picture a smaller one is looked at. */
#define MAX_LOOKED_PX 1024

typedef struct
{
  LimnStash          *stash;
  char               *picture; /* id, or the path of a file */
  LimnControlMapKind  map;
  gboolean            is_made;
  guint               side;
} Look;

static void
look_free (Look *look)
{
  limn_stash_unref (look->stash);
  g_free (look->picture);
  g_free (look);
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Look *look = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_stash_load (look->stash, look->picture, &error);
  g_autoptr(LimnImage) fitting = image ? limn_image_scale_to_fit (image, look->side) : NULL;
  g_autoptr(LimnImage) map = NULL;

  if (g_task_return_error_if_cancelled (task))
    {
      g_clear_error (&error);
      return;
    }
  map = fitting ? limn_control_map_new (fitting, look->map, &error) : NULL;
  if (map)
    g_task_return_pointer (task, limn_image_scale_to_fit (map, SHOWN_PX), (GDestroyNotify) limn_image_unref);
  else
    g_task_return_error (task, error);
}

void
limn_control_look_async (LimnStash           *stash,
                         const char          *picture,
                         LimnControlMapKind   map,
                         guint                width,
                         guint                height,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Look *look = g_new0 (Look, 1);

  look->stash = limn_stash_ref (stash);
  look->picture = g_strdup (picture);
  look->map = map;
  look->side = CLAMP (MAX (width, height), 1, MAX_LOOKED_PX);
  g_task_set_source_tag (task, limn_control_look_async);
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  g_task_run_in_thread (task, look_thread);
}

GdkTexture *
limn_control_look_finish (GAsyncResult *result, GError **error)
{
  g_autoptr(LimnImage) image = g_task_propagate_pointer (G_TASK (result), error);

  return image ? limn_files_new_texture (image) : NULL;
}

static void
add_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *look = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_photo_load (look->picture, &error);

  look->is_made = image && limn_control_map_is_made (image, look->map);
  if (image)
    g_task_return_pointer (task, limn_stash_add (look->stash, image), g_free);
  else
    g_task_return_error (task, error);
}

void
limn_control_add_async (LimnStash *stash, const char *path, LimnControlMapKind map, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Look *look = g_new0 (Look, 1);

  look->stash = limn_stash_ref (stash);
  look->picture = g_strdup (path);
  look->map = map;
  g_task_set_source_tag (task, limn_control_add_async);
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  g_task_run_in_thread (task, add_thread);
}

char *
limn_control_add_finish (GAsyncResult *result, gboolean *is_made, GError **error)
{
  *is_made = ((const Look *) g_task_get_task_data (G_TASK (result)))->is_made;
  return g_task_propagate_pointer (G_TASK (result), error);
}
