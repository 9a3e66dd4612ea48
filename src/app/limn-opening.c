/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-opening.h"

#include "image/limn-photo.h"
#include "image/limn-png.h"
#include "session/limn-embedded.h"
#include "session/limn-recipe.h"

typedef struct
{
  char      *path;
  guint      multiple;
  LimnStash *stash;
} Wanted;

static void
wanted_free (Wanted *wanted)
{
  g_free (wanted->path);
  limn_stash_unref (wanted->stash);
  g_free (wanted);
}

void
limn_opening_free (LimnOpening *opening)
{
  g_free (opening->path);
  g_clear_pointer (&opening->image, limn_image_unref);
  g_free (opening->id);
  g_clear_pointer (&opening->import, limn_import_free);
  g_free (opening);
}

static char *
find_id (LimnPng *png)
{
  const char *id = limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD);

  /* It becomes the name of a file. */
  return id && g_uuid_string_is_valid (id) ? g_strdup (id) : NULL;
}

/* What it was painted over, where that came along. */
static void
unpack_sources (LimnPng *png, LimnOpening *opening, LimnStash *stash)
{
  g_autoptr(GError) error = NULL;

  if (opening->import && opening->import->request && opening->import->request->source &&
      !limn_embedded_unpack (png->texts, opening->import->request, stash, &error))
    g_debug ("%s: %s", opening->path, error->message);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Wanted *wanted = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_photo_load (wanted->path, &error);
  g_autoptr(LimnPng) png = NULL;
  LimnOpening *opening;

  if (!image)
    {
      g_task_return_error (task, error);
      return;
    }
  opening = g_new0 (LimnOpening, 1);
  opening->path = g_strdup (wanted->path);
  opening->image = limn_image_dup_as (image, LIMN_PIXEL_RGBA8);
  /* Of other files than PNGs there is none. */
  png = limn_png_load (wanted->path, LIMN_PNG_READ_TEXTS, NULL);
  opening->id = png ? find_id (png) : NULL;
  /* A TIFF has none that anybody has written; that is no reason not to show it. */
  opening->settings_wanted = wanted->multiple > 0;
  if (opening->settings_wanted)
    opening->import = limn_import_new_for_file (wanted->path, wanted->multiple, NULL);
  if (png)
    unpack_sources (png, opening, wanted->stash);
  g_task_return_pointer (task, opening, (GDestroyNotify) limn_opening_free);
}

void
limn_opening_read_async (const char          *path,
                         guint                multiple,
                         LimnStash           *stash,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->path = g_strdup (path);
  wanted->multiple = multiple;
  wanted->stash = limn_stash_ref (stash);
  g_task_set_task_data (task, wanted, (GDestroyNotify) wanted_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, read_thread);
}

LimnOpening *
limn_opening_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
