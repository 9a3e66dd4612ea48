/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Another picture from a step of one that is there. Its request stands in the reel where the steps are kept, else in the file. */
#include "config.h"

#include "app/limn-studio-private.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <glib/gi18n.h>

static void
begin (LimnStudio *self, const LimnRequest *from, const char *steps_id, guint step)
{
  limn_studio_remember_prompt (self);
  limn_draft_set_branch (self->draft, from, steps_id, step);
}

/* --- From a file --- */

typedef struct
{
  LimnRecipe *recipe;
  char       *id; /* (nullable): of its steps, which may be gone */
} Origin;

static void
origin_free (gpointer data)
{
  Origin *origin = data;

  limn_recipe_free (origin->recipe);
  g_free (origin->id);
  g_free (origin);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char *path = data;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_TEXTS, NULL);
  const char *text = png ? limn_png_lookup (png, LIMN_RECIPE_KEYWORD) : NULL;
  g_autoptr(LimnRecipe) recipe = text ? limn_recipe_new_from_json (text, path, NULL) : NULL;
  Origin *origin;

  if (!recipe || recipe->shown != recipe->n_steps)
    {
      g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "%s",
                               _("Only a picture that Limn has painted to its end can have branches."));
      return;
    }
  origin = g_new0 (Origin, 1);
  origin->recipe = g_steal_pointer (&recipe);
  origin->id = g_strdup (limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD));
  g_task_return_pointer (task, origin, origin_free);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;
  Origin *origin = g_task_propagate_pointer (G_TASK (result), &error);

  if (!origin)
    {
      limn_studio_say_error (self, error);
      return;
    }
  begin (self, origin->recipe->request, origin->id && g_uuid_string_is_valid (origin->id) ? origin->id : NULL, origin->recipe->n_steps / 2);
  origin_free (origin);
}

/* --- Public --- */

void
limn_studio_branch (LimnStudio *self, guint step)
{
  g_autoptr(GTask) task = NULL;

  if (self->reel)
    {
      begin (self, limn_reel_get_request (self->reel), limn_reel_get_id (self->reel), step);
      return;
    }
  if (!self->path)
    {
      limn_studio_say (self, _("Only a picture that Limn has painted to its end can have branches."));
      return;
    }
  task = g_task_new (NULL, NULL, on_read, g_object_ref (self));
  g_task_set_task_data (task, g_strdup (self->path), g_free);
  g_task_run_in_thread (task, read_thread);
}
