/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-easel-private.h"

#include "base/limn-error.h"
#include "image/limn-photo.h"
#include "image/limn-png.h"
#include "library/limn-atomic-file.h"
#include "session/limn-grow-blend.h"

#include <glib/gi18n.h>

/* --- Freezing it for a request --- */

typedef struct
{
  LimnStash     *stash;
  char          *id; /* (nullable): known already */
  LimnMaskState *state;
  LimnRequestSource *grown; /* (nullable): with @blend pixels */
  guint          blend;
} Freeze;

static void
freeze_free (Freeze *freeze)
{
  limn_stash_unref (freeze->stash);
  g_free (freeze->id);
  limn_mask_state_unref (freeze->state);
  g_clear_pointer (&freeze->grown, limn_request_source_free);
  g_free (freeze);
}

static void
do_blend (GTask *task, Freeze *freeze)
{
  GError *error = NULL;
  g_autoptr(LimnImage) marked = limn_mask_state_to_image (freeze->state, &error);
  g_autoptr(LimnImage) image = NULL;

  if (marked)
    image = limn_grow_blend (marked, freeze->grown, limn_image_get_width (marked), limn_image_get_height (marked), freeze->blend, &error);
  if (image)
    g_task_return_pointer (task, limn_stash_add (freeze->stash, image), g_free);
  else
    g_task_return_error (task, error);
}

static void
do_freeze (GTask *task, gpointer data)
{
  Freeze *freeze = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = NULL;

  if (freeze->grown)
    {
      do_blend (task, freeze);
      return;
    }
  if (freeze->id || limn_mask_state_is_uniform (freeze->state, 0))
    {
      g_task_return_pointer (task, g_strdup (freeze->id), g_free);
      return;
    }
  image = limn_mask_state_to_image (freeze->state, &error);
  if (image)
    g_task_return_pointer (task, limn_stash_add (freeze->stash, image), g_free);
  else
    g_task_return_error (task, error);
}

typedef struct
{
  GTask    *task;
  LimnMask *mask;
  guint64   serial;
  gboolean  plain; /* the mask and nothing else */
} Freezing;

static void
on_frozen (GObject *source, GAsyncResult *result, gpointer data)
{
  Freezing *freezing = data;
  g_autoptr(GTask) task = freezing->task;
  LimnEasel *self = g_task_get_source_object (task);
  GError *error = NULL;
  char *id = g_task_propagate_pointer (G_TASK (result), &error);

  if (error)
    g_task_return_error (task, error);
  else
    {
      if (freezing->plain && freezing->mask == self->mask)
        {
          g_free (self->frozen_id);
          self->frozen_id = g_strdup (id);
          self->frozen_serial = freezing->serial;
        }
      g_task_return_pointer (task, id, g_free);
    }
  limn_mask_unref (freezing->mask);
  g_free (freezing);
}

void
limn_easel_freeze_async (LimnEasel *self, const LimnRequestSource *grown, GAsyncReadyCallback callback, gpointer data)
{
  Freezing *freezing = g_new (Freezing, 1);
  Freeze *freeze;
  guint blend;

  freezing->task = g_task_new (self, NULL, callback, data);
  if (!self->mask)
    {
      g_task_return_pointer (freezing->task, NULL, NULL);
      g_object_unref (freezing->task);
      g_free (freezing);
      return;
    }
  freezing->mask = limn_mask_ref (self->mask);
  freezing->serial = limn_mask_get_serial (self->mask);
  freeze = g_new0 (Freeze, 1);
  freeze->stash = limn_stash_ref (self->stash);
  freeze->state = limn_mask_dup_state (self->mask);
  g_object_get (self->draft, "grow-blend", &blend, NULL);
  if (blend > 0 && (grown->grow_left || grown->grow_top || grown->grow_right || grown->grow_bottom))
    {
      freeze->grown = limn_request_source_copy (grown);
      freeze->blend = blend;
    }
  freezing->plain = freeze->grown == NULL;
  if (freezing->plain && self->frozen_serial == freezing->serial)
    freeze->id = g_strdup (self->frozen_id);
  limn_easel_run (self, do_freeze, freeze, (GDestroyNotify) freeze_free, NULL, on_frozen, freezing);
}

char *
limn_easel_freeze_finish (LimnEasel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- The mask from and to files --- */

typedef struct
{
  char          *path;
  guint          width;
  guint          height;
  LimnEaselFit   fit;
  LimnMaskState *state; /* (nullable): to be saved */
} MaskFile;

static void
mask_file_free (MaskFile *file)
{
  g_free (file->path);
  g_clear_pointer (&file->state, limn_mask_state_unref);
  g_free (file);
}

static void
do_load (GTask *task, gpointer data)
{
  MaskFile *file = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_photo_load (file->path, &error);
  LimnMaskState *state;

  if (image && file->fit == LIMN_EASEL_FIT_ASK &&
      (limn_image_get_width (image) != file->width || limn_image_get_height (image) != file->height))
    g_set_error (&error, LIMN_ERROR, LIMN_ERROR_SHAPE, _("The mask has %u × %u pixels, the picture %u × %u."),
                 limn_image_get_width (image), limn_image_get_height (image), file->width, file->height);
  if (error)
    {
      g_task_return_error (task, error);
      return;
    }
  state = limn_mask_state_new_from_image (image, file->width, file->height,
                                          file->fit == LIMN_EASEL_FIT_PAD ? LIMN_MASK_FIT_PAD : LIMN_MASK_FIT_SCALE, &error);
  if (state)
    g_task_return_pointer (task, state, (GDestroyNotify) limn_mask_state_unref);
  else
    g_task_return_error (task, error);
}

static void
on_mask_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  LimnEasel *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr(LimnMaskState) state = g_task_propagate_pointer (G_TASK (result), &error);

  if (!state)
    {
      g_task_return_error (task, error);
      return;
    }
  /* Unless the picture is another by now. */
  if (self->mask && limn_mask_get_width (self->mask) == limn_mask_state_get_width (state) &&
      limn_mask_get_height (self->mask) == limn_mask_state_get_height (state))
    {
      limn_mask_set_state (self->mask, state);
      limn_easel_show_marks (self);
    }
  g_task_return_boolean (task, TRUE);
}

void
limn_easel_load_mask_async (LimnEasel           *self,
                            const char          *path,
                            LimnEaselFit         fit,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  MaskFile *file = g_new0 (MaskFile, 1);

  g_return_if_fail (LIMN_IS_EASEL (self) && self->mask);

  file->path = g_strdup (path);
  file->width = limn_mask_get_width (self->mask);
  file->height = limn_mask_get_height (self->mask);
  file->fit = fit;
  limn_easel_run (self, do_load, file, (GDestroyNotify) mask_file_free, NULL, on_mask_loaded,
                  g_task_new (self, NULL, callback, data));
}

gboolean
limn_easel_load_mask_finish (LimnEasel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
do_save (GTask *task, gpointer data)
{
  MaskFile *file = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_mask_state_to_image (file->state, &error);
  g_autoptr(GBytes) bytes = image ? limn_png_encode (image, NULL, 0, &error) : NULL;

  if (bytes && limn_atomic_file_write (file->path, bytes, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_mask_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_easel_save_mask_async (LimnEasel *self, const char *path, GAsyncReadyCallback callback, gpointer data)
{
  MaskFile *file = g_new0 (MaskFile, 1);

  g_return_if_fail (LIMN_IS_EASEL (self) && self->mask);

  file->path = g_strdup (path);
  file->state = limn_mask_dup_state (self->mask);
  limn_easel_run (self, do_save, file, (GDestroyNotify) mask_file_free, NULL, on_mask_saved,
                  g_task_new (self, NULL, callback, data));
}

gboolean
limn_easel_save_mask_finish (LimnEasel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
