/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Steps that leave the program: one of them as a picture of its own, or all of them. Decoding is the session's, encoding and writing
 * happen on a thread; what is here only hands from one to the other, a step at a time, so that a long reel needs no
 * more memory than a short one. */
#include "config.h"

#include "session/limn-reel-private.h"

#include "base/limn-error.h"
#include "image/limn-apng.h"
#include "library/limn-atomic-file.h"
#include "session/limn-picture-name.h"

#include <errno.h>
#include <glib/gstdio.h>

/* The last step is the picture: it stays eight times as long as the others. */
#define LAST_STEP_TIMES 8

/* A step on its way to a file. */
typedef struct
{
  LimnRecipe *recipe;
  LimnImage  *frame;
  char       *id;
} Still;

static Still *
still_new (LimnReel *reel, guint step, LimnPreview mode, LimnImage *frame)
{
  Still *still = g_new0 (Still, 1);

  still->recipe = limn_reel_dup_recipe_in_mode (reel, step, mode);
  still->frame = limn_image_ref (frame);
  still->id = g_strdup (limn_reel_get_id (reel));
  return still;
}

static void
still_free (gpointer data)
{
  Still *still = data;

  if (!still)
    return;
  limn_recipe_free (still->recipe);
  limn_image_unref (still->frame);
  g_free (still->id);
  g_free (still);
}

/* Any thread. */
static GBytes *
still_encode (gpointer data, GError **error)
{
  Still *still = data;
  const LimnPngText text = { (char *) LIMN_RECIPE_TRAJECTORY_KEYWORD, still->id };

  return limn_recipe_encode_png_with_texts (still->recipe, still->frame, &text, still->id ? 1 : 0, error);
}

/* --- One --- */

typedef struct
{
  guint       step;
  LimnPreview mode;
  LimnKeeper *keeper;
  char       *folder;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *keeping = data;

  g_object_unref (keeping->keeper);
  g_free (keeping->folder);
  g_free (keeping);
}

static void
on_kept (const char *path, const GError *error, gpointer data)
{
  g_autoptr(GTask) task = data;

  if (path)
    g_task_return_pointer (task, g_strdup (path), g_free);
  else
    g_task_return_error (task, g_error_copy (error));
}

/* Beside its picture, named like it. */
static char *
dup_still_path (const char *folder, const LimnRequest *request, guint step)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *base = limn_picture_name_new (now, request->prompt);
  g_autofree char *name = g_strdup_printf ("%s step %u.png", base, step);

  return g_build_filename (folder, name, NULL);
}

static void
on_frame_to_keep (GObject *source, GAsyncResult *result, gpointer data)
{
  LimnReel *self = LIMN_REEL (source);
  g_autoptr(GTask) task = data;
  const Keeping *keeping = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LimnImage) frame = limn_reel_get_frame_finish (self, result, &error);
  g_autofree char *path = NULL;

  if (!frame)
    {
      g_task_return_error (task, error);
      return;
    }
  path = dup_still_path (keeping->folder, limn_reel_get_request (self), keeping->step);
  limn_keeper_add (keeping->keeper, path, still_encode, still_new (self, keeping->step, keeping->mode, frame), still_free, on_kept,
                   g_steal_pointer (&task));
}

void
limn_reel_keep_async (LimnReel           *self,
                      guint               step,
                      LimnKeeper         *keeper,
                      const char         *folder,
                      GAsyncReadyCallback callback,
                      gpointer            data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  Keeping *keeping = g_new0 (Keeping, 1);

  g_task_set_source_tag (task, limn_reel_keep_async);
  keeping->step = step;
  keeping->mode = limn_reel_get_mode (self);
  keeping->keeper = g_object_ref (keeper);
  keeping->folder = g_strdup (folder);
  g_task_set_task_data (task, keeping, keeping_free);
  limn_reel_get_frame_in_mode_async (self, step, keeping->mode, NULL, on_frame_to_keep, task);
}

char *
limn_reel_keep_finish (LimnReel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_reel_keep_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- All --- */

typedef struct
{
  LimnReelExport        kind;
  LimnPreview           mode;
  char                 *path;
  guint                 frame_ms;
  guint                 step;   /* that is on its way; 0: what programs show that know no animations */
  guint                 n_steps;
  Still                *still;
  LimnAtomicStream     *stream; /* of an animation, as the next */
  LimnApng             *apng;
  GFileProgressCallback progress;
  gpointer              progress_data;
} Exporting;

static void export_step (GTask *task);

static void
exporting_free (gpointer data)
{
  Exporting *exporting = data;

  still_free (exporting->still);
  g_clear_pointer (&exporting->apng, limn_apng_free);
  g_clear_object (&exporting->stream);
  g_free (exporting->path);
  g_free (exporting);
}

/* Takes @task. */
static void
export_failed (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
write_numbered (Exporting *exporting, GError **error)
{
  g_autofree char *name = g_strdup_printf ("step-%03u.png", exporting->step);
  g_autofree char *path = g_build_filename (exporting->path, name, NULL);
  g_autofree char *written = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (g_mkdir_with_parents (exporting->path, 0777) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "The folder “%s” cannot be made: %s.", exporting->path,
                   g_strerror (code));
      return FALSE;
    }
  bytes = still_encode (exporting->still, error);
  if (!bytes)
    return FALSE;
  written = limn_atomic_file_write_new (path, bytes, error);
  return written != NULL;
}

/* A still program shows the last step, and finds the recipe of that. */
static gboolean
begin_animation (Exporting *exporting, GError **error)
{
  Still *still = exporting->still;
  g_autofree char *parameters = limn_recipe_get_parameters (still->recipe);
  g_autofree char *json = NULL;

  still->recipe->pixels = limn_recipe_hash_pixels (still->frame);
  json = limn_recipe_to_json (still->recipe);
  {
    const LimnPngText texts[] = {
      { (char *) LIMN_RECIPE_PARAMETERS_KEYWORD, parameters },
      { (char *) LIMN_RECIPE_KEYWORD, json },
      { (char *) LIMN_RECIPE_TRAJECTORY_KEYWORD, still->id },
    };

    exporting->stream = limn_atomic_stream_new (exporting->path, error);
    if (!exporting->stream)
      return FALSE;
    exporting->apng = limn_apng_new (G_OUTPUT_STREAM (exporting->stream), LIMN_PIXEL_RGB8, limn_image_get_width (still->frame),
                                     limn_image_get_height (still->frame), exporting->n_steps, 0, still->frame, texts,
                                     still->id ? 3 : 2, error);
  }
  return exporting->apng != NULL;
}

static gboolean
write_animation (Exporting *exporting, GError **error)
{
  gboolean last = exporting->step == exporting->n_steps;

  if (exporting->step == 0)
    return begin_animation (exporting, error);
  return limn_apng_add (exporting->apng, exporting->still->frame, last ? LAST_STEP_TIMES * exporting->frame_ms : exporting->frame_ms,
                        error) &&
         (!last || (limn_apng_finish (exporting->apng, error) && limn_atomic_stream_commit (exporting->stream, error)));
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Exporting *exporting = data;
  GError *error = NULL;

  if (exporting->kind == LIMN_REEL_EXPORT_APNG ? write_animation (exporting, &error) : write_numbered (exporting, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Exporting *exporting = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      export_failed (task, error);
      return;
    }
  g_clear_pointer (&exporting->still, still_free);
  if (exporting->progress && exporting->step > 0)
    exporting->progress (exporting->step, exporting->n_steps, exporting->progress_data);
  exporting->step++;
  export_step (task);
}

static void
on_frame_to_export (GObject *source, GAsyncResult *result, gpointer data)
{
  LimnReel *self = LIMN_REEL (source);
  GTask *task = data;
  Exporting *exporting = g_task_get_task_data (task);
  g_autoptr(LimnImage) frame = NULL;
  g_autoptr(GTask) writing = NULL;
  GError *error = NULL;

  frame = limn_reel_get_frame_finish (self, result, &error);
  if (!frame)
    {
      export_failed (task, error);
      return;
    }
  exporting->still = still_new (self, exporting->step > 0 ? exporting->step : exporting->n_steps, exporting->mode, frame);
  /* Nothing of the reel's: a thread may be the last to let its task go, and the session must not end there. */
  writing = g_task_new (NULL, NULL, on_written, task);
  g_task_set_task_data (writing, exporting, NULL);
  g_task_run_in_thread (writing, write_thread);
}

static void
export_step (GTask *task)
{
  LimnReel *self = g_task_get_source_object (task);
  const Exporting *exporting = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else if (exporting->step <= exporting->n_steps)
    limn_reel_get_frame_in_mode_async (self, exporting->step > 0 ? exporting->step : exporting->n_steps, exporting->mode, cancellable,
                                       on_frame_to_export, task);
  else
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

void
limn_reel_export_async (LimnReel             *self,
                        LimnReelExport        kind,
                        const char           *path,
                        guint                 frame_ms,
                        GFileProgressCallback progress,
                        gpointer              progress_data,
                        GCancellable         *cancellable,
                        GAsyncReadyCallback   callback,
                        gpointer              data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Exporting *exporting = g_new0 (Exporting, 1);

  g_task_set_source_tag (task, limn_reel_export_async);
  exporting->kind = kind;
  exporting->mode = limn_reel_get_mode (self);
  exporting->path = g_strdup (path);
  exporting->frame_ms = frame_ms;
  exporting->step = kind == LIMN_REEL_EXPORT_APNG ? 0 : 1;
  exporting->n_steps = g_list_model_get_n_items (G_LIST_MODEL (self));
  exporting->progress = progress;
  exporting->progress_data = progress_data;
  g_task_set_task_data (task, exporting, exporting_free);
  if (exporting->n_steps > 0)
    export_step (task);
  else
    export_failed (task, g_error_new (LIMN_ERROR, LIMN_ERROR_INVALID, "There are no steps to export."));
}

gboolean
limn_reel_export_finish (LimnReel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_reel_export_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
