/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Another picture from a step of one that is there. Its request stands in the reel where the steps are kept, else in the file. And the same
 * with the one that is being painted, at the step where it is. */
#include "config.h"

#include "app/limn-studio-private.h"

#include "app/limn-change-words.h"
#include "base/limn-error.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"
#include "session/limn-steer.h"

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

/* --- Steering --- */

/* A cell of a sheet is what its labels say, and what lies between pictures is not in the fields: these are left as they are. (nullable) */
static LimnJob *
get_painting (LimnStudio *self)
{
  LimnJob *job = limn_job_queue_get_running (self->queue);

  if (!job || !self->live || !limn_reel_is_live (self->live) || limn_job_get_state (job) != LIMN_JOB_PAINTING || limn_job_get_sheet (job) ||
      limn_request_get_root (limn_reel_get_request (self->live))->mix)
    return NULL;
  return job;
}

char *
limn_studio_describe_steering (LimnStudio *self)
{
  g_autoptr(LimnRequest) wanted = NULL;
  g_autoptr(LimnRequest) steered = NULL;
  guint n_done;

  if (!get_painting (self))
    return NULL;
  n_done = g_list_model_get_n_items (G_LIST_MODEL (self->live));
  if (n_done >= limn_reel_get_n_steps (self->live))
    return NULL;
  wanted = limn_draft_dup_request (self->draft);
  steered = limn_steer_request (limn_reel_get_request (self->live), wanted, n_done, NULL);
  if (!steered || !steered->branch || limn_request_equal_picture (steered, limn_reel_get_request (self->live)))
    return NULL;
  return limn_change_words_request (steered);
}

typedef struct
{
  LimnStudio *self;
  char       *words;
} Steering;

static void
on_steered (GObject *source, GAsyncResult *result, gpointer data)
{
  Steering *steering = data;
  g_autoptr(GError) error = NULL;
  guint step;

  if (limn_job_queue_steer_finish (steering->self->queue, result, &step, &error))
    {
      /* Translators: while a picture is painted something was changed: the number of the first step that is painted with it, and what. */
      g_autofree char *message = g_strdup_printf (_("From step %u on: %s"), step + 1, steering->words);

      limn_studio_say (steering->self, message);
    }
  else
    limn_studio_say_error (steering->self, error);
  g_object_unref (steering->self);
  g_free (steering->words);
  g_free (steering);
}

void
limn_studio_steer (LimnStudio *self)
{
  g_autofree char *words = limn_studio_describe_steering (self);
  g_autoptr(LimnRequest) wanted = NULL;
  Steering *steering;

  if (!words)
    return;
  wanted = limn_draft_dup_request (self->draft);
  steering = g_new (Steering, 1);
  *steering = (Steering){ g_object_ref (self), g_steal_pointer (&words) };
  limn_studio_remember_prompt (self);
  limn_job_queue_steer_async (self->queue, get_painting (self), wanted, NULL, on_steered, steering);
}
