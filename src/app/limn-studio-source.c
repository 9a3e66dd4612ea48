/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The button, and what pictures start from. A request takes its mask along as it is when the button is pressed: the thread that puts it into the
 * stash is the easel's, so that presses come out in the order they were made, and what is painted afterwards is for the next. */
#include "config.h"

#include "app/limn-studio-private.h"

#include "app/limn-opening.h"
#include "app/limn-trouble.h"
#include "image/limn-jpeg.h"

#include <glib/gi18n.h>
#include <math.h>

/* As limn-cli's commands of these names. */
#define ENLARGE_STRENGTH 0.3
#define COLORIZE_STRENGTH 0.6
#define RESTORE_STRENGTH 0.2

/* --- The button --- */

/* With fresh noise there may be several of one branch, each with other noise; without they would all be the same. */
static void
add_branches (LimnStudio *self, const LimnRequest *request, double max_slowdown)
{
  guint count;

  g_object_get (self->draft, "count", &count, NULL);
  for (guint i = 0; i < (request->branch->noise == LIMN_FRESH_NOISE_NONE ? 1 : count); i++)
    {
      g_autoptr(LimnRequest) one = limn_request_copy (request);

      one->branch->noise_seed += i;
      limn_job_queue_add_branch (self->queue, one, limn_draft_get_branch_steps_id (self->draft), max_slowdown);
    }
}

static void
add_request (LimnStudio *self, const LimnRequest *request)
{
  guint slowdown;

  g_object_get (self->draft, "preview-slowdown", &slowdown, NULL);
  if (!limn_job_queue_get_running (self->queue))
    limn_studio_set_following (self, TRUE);
  if (request->branch && limn_draft_get_branch (self->draft))
    add_branches (self, request, slowdown / 100.0);
  else
    limn_job_queue_add (self->queue, request, slowdown / 100.0);
  if (limn_job_queue_is_paused (self->queue))
    limn_studio_say_with_action (self, _("Added to the queue, which is paused."), "win.resume", _("Resume"), NULL);
}

typedef struct
{
  LimnStudio  *self;
  LimnRequest *request;
} Waiting;

static Waiting *
new_waiting (LimnStudio *self, const LimnRequest *request)
{
  Waiting *waiting = g_new (Waiting, 1);

  *waiting = (Waiting){ g_object_ref (self), limn_request_copy (request) };
  limn_studio_hold (self);
  return waiting;
}

static void
waiting_free (Waiting *waiting)
{
  limn_studio_release (waiting->self);
  g_object_unref (waiting->self);
  limn_request_free (waiting->request);
  g_free (waiting);
}

static void
on_frozen (GObject *source, GAsyncResult *result, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *mask = limn_easel_freeze_finish (LIMN_EASEL (source), result, &error);

  if (error)
    limn_studio_say_error (waiting->self, error);
  else
    {
      limn_request_source_set_mask (waiting->request->source, mask);
      add_request (waiting->self, waiting->request);
    }
  waiting_free (waiting);
}

void
limn_studio_paint (LimnStudio *self)
{
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *trouble = NULL;
  gboolean locked, busy;

  g_object_get (self->draft, "seed-locked", &locked, NULL);
  g_object_get (self->easel, "busy", &busy, NULL);
  if (busy)
    {
      limn_studio_say (self, _("The picture to change is still being read."));
      return;
    }
  if (!self->inspecting && !self->inspect_source && limn_trouble_find (self, &trouble) == LIMN_TROUBLE_MEMORY)
    {
      limn_studio_say (self, trouble);
      return;
    }
  if (!locked)
    limn_draft_roll_seed (self->draft);
  request = limn_studio_dup_request (self, &error);
  if (!request || !limn_request_check (request, &error))
    {
      limn_studio_say_error (self, error);
      return;
    }
  limn_studio_remember_prompt (self);
  if (!request->source)
    {
      add_request (self, request);
      return;
    }
  /* Who paints wants to see what becomes of it. */
  g_object_set (self->easel, "marks-shown", FALSE, NULL);
  limn_easel_freeze_async (self->easel, request->source, on_frozen, new_waiting (self, request));
}

/* --- The picture to change --- */

void
limn_studio_show_source (LimnStudio *self)
{
  g_return_if_fail (limn_easel_get_picture (self->easel));

  limn_studio_stop_opening (self);
  limn_studio_set_following (self, FALSE);
  limn_studio_set_shown (self, NULL, limn_easel_get_picture (self->easel), self->source_path);
  g_object_set (self->easel, "marks-shown", TRUE, NULL);
}

/* What was opened with the program goes first. */
static gboolean
is_empty_handed (LimnStudio *self)
{
  return !self->reel && !self->picture && !self->live && !self->opening;
}

void
limn_studio_show_source_at_start (LimnStudio *self)
{
  if (is_empty_handed (self) && limn_easel_get_picture (self->easel))
    limn_studio_show_source (self);
}

static void
on_easel_picture (LimnStudio *self)
{
  LimnImage *picture = limn_easel_get_picture (self->easel);

  if (self->source_wanted || picture != self->source_known)
    {
      g_free (self->source_path);
      self->source_path = picture && self->source_wanted ? g_steal_pointer (&self->wanted_path) : NULL;
      self->source_known = picture;
    }
  if (picture && (self->source_wanted || is_empty_handed (self)))
    limn_studio_show_source (self);
  self->source_wanted = FALSE;
}

static void
on_easel_said (LimnEasel *easel, const char *message, LimnStudio *self)
{
  limn_studio_say (self, message);
}

void
limn_studio_use_picture (LimnStudio *self, LimnImage *picture, const char *path)
{
  char *wanted = g_strdup (path);
  gboolean busy;

  g_free (self->wanted_path);
  self->wanted_path = wanted;
  self->source_wanted = TRUE;
  limn_easel_use (self->easel, picture);
  g_object_get (self->easel, "busy", &busy, NULL);
  if (picture == limn_easel_get_picture (self->easel))
    on_easel_picture (self);
  else if (!busy)
    /* It was refused. */
    self->source_wanted = FALSE;
}

static void
on_file_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnOpening) opening = limn_opening_read_finish (result, &error);

  if (opening)
    limn_studio_use_picture (self, opening->image, opening->path);
  else
    limn_studio_say_error (self, error);
}

void
limn_studio_use_file (LimnStudio *self, const char *path)
{
  limn_studio_stop_opening (self);
  self->opening = g_cancellable_new ();
  limn_opening_read_async (path, 0, self->stash, self->opening, on_file_read, g_object_ref (self));
}

/* --- What is done with a picture as a whole --- */

/* What the thread puts into the stash. */
typedef struct
{
  LimnStash *stash;
  LimnImage *picture;
  char      *path; /* (nullable): of a file to be put there too */
  char      *id;
  char      *file_id;
} Put;

static void
put_free (Put *put)
{
  limn_stash_unref (put->stash);
  limn_image_unref (put->picture);
  g_free (put->path);
  g_free (put->id);
  g_free (put->file_id);
  g_free (put);
}

static void
put_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Put *put = data;
  GError *error = NULL;

  if (put->path)
    {
      char *contents;
      gsize length;
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(LimnJpeg) jpeg = NULL;

      if (!g_file_get_contents (put->path, &contents, &length, &error))
        {
          g_task_return_error (task, error);
          return;
        }
      bytes = g_bytes_new_take (contents, length);
      jpeg = limn_jpeg_new (bytes, &error);
      if (!jpeg)
        {
          g_task_return_error (task, error);
          return;
        }
      put->file_id = limn_stash_add_file (put->stash, bytes);
    }
  put->id = limn_stash_add (put->stash, put->picture);
  g_task_return_boolean (task, TRUE);
}

static void
on_put (GObject *source, GAsyncResult *result, gpointer data)
{
  Waiting *waiting = data;
  const Put *put = g_task_get_task_data (G_TASK (result));
  g_autoptr(GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      limn_request_source_set_picture (waiting->request->source, put->id);
      limn_request_source_set_file (waiting->request->source, put->file_id);
      if (limn_request_check (waiting->request, &error))
        add_request (waiting->self, waiting->request);
    }
  if (error)
    limn_studio_say_error (waiting->self, error);
  waiting_free (waiting);
}

static LimnRequest *
new_finish_request (LimnStudio *self, LimnFinish finish, LimnImage *picture, guint factor)
{
  LimnRequest *request;
  g_autoptr(LimnRequestSource) source = limn_request_source_new (NULL);
  gboolean locked;

  g_object_get (self->draft, "seed-locked", &locked, NULL);
  if (!locked)
    limn_draft_roll_seed (self->draft);
  request = limn_draft_dup_request (self->draft);
  limn_request_take_branch (request, NULL);
  limn_request_take_mix (request, NULL);
  /* Of a picture whose words are known they are those that it is to be gone over with. */
  if (self->reel)
    {
      limn_request_set_prompt (request, limn_reel_get_request (self->reel)->prompt);
      limn_request_set_negative (request, limn_reel_get_request (self->reel)->negative);
    }
  source->strength = finish == LIMN_FINISH_ENLARGE ? ENLARGE_STRENGTH
                     : finish == LIMN_FINISH_COLORIZE ? COLORIZE_STRENGTH
                                                      : RESTORE_STRENGTH;
  source->restore = finish == LIMN_FINISH_COLORIZE       ? LIMN_RESTORE_COLORIZE
                    : finish == LIMN_FINISH_RESTORE_JPEG ? LIMN_RESTORE_JPEG
                                                         : LIMN_RESTORE_NONE;
  limn_request_set_source (request, source);
  request->batch_count = 1;
  request->tile = request->overlap = 0;
  request->wrap_x = request->wrap_y = FALSE;
  request->width = limn_image_get_width (picture) * factor;
  request->height = limn_image_get_height (picture) * factor;
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  return request;
}

void
limn_studio_finish (LimnStudio *self, LimnFinish finish, LimnImage *picture, const char *path, guint factor)
{
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GTask) task = NULL;
  Put *put;

  if (limn_image_get_width (picture) * factor > LIMN_REQUEST_MAX_SIDE || limn_image_get_height (picture) * factor > LIMN_REQUEST_MAX_SIDE)
    {
      /* Translators: %u is a number of pixels. */
      g_autofree char *message = g_strdup_printf (_("That would be too large: a side may have %u pixels."), LIMN_REQUEST_MAX_SIDE);

      limn_studio_say (self, message);
      return;
    }
  request = new_finish_request (self, finish, picture, factor);
  put = g_new0 (Put, 1);
  put->stash = limn_stash_ref (self->stash);
  put->picture = limn_image_ref (picture);
  put->path = finish == LIMN_FINISH_RESTORE_JPEG ? g_strdup (path) : NULL;
  task = g_task_new (NULL, NULL, on_put, new_waiting (self, request));
  g_task_set_task_data (task, put, (GDestroyNotify) put_free);
  g_task_run_in_thread (task, put_thread);
}

/* --- The studio --- */

void
limn_studio_source_init (LimnStudio *self)
{
  g_autofree char *folder = g_build_filename (self->state_folder, "sources", NULL);

  self->stash = limn_stash_new (folder, self->keeper);
  limn_session_set_stash (self->session, self->stash);
  self->easel = limn_easel_new (self->draft, self->stash, self->settings);
  g_signal_connect_object (self->easel, "notify::picture", G_CALLBACK (on_easel_picture), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->easel, "said", G_CALLBACK (on_easel_said), self, 0);
}

typedef struct
{
  LimnStash *stash;
  char      *state_folder;
} Sweep;

static void
sweep_free (gpointer data)
{
  Sweep *sweep = data;

  limn_stash_unref (sweep->stash);
  g_free (sweep->state_folder);
  g_free (sweep);
}

/* Nobody waits for it, and nobody misses it when it cannot be done. */
static void
sweep_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Sweep *sweep = data;
  g_autoptr(GError) error = NULL;
  guint n;

  if (!limn_stash_sweep_state (sweep->stash, sweep->state_folder, &n, &error))
    g_debug ("the sources were not swept: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

void
limn_studio_sweep_sources (LimnStudio *self)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);
  Sweep *sweep = g_new0 (Sweep, 1);

  sweep->stash = limn_stash_ref (self->stash);
  sweep->state_folder = g_strdup (self->state_folder);
  g_task_set_task_data (task, sweep, sweep_free);
  g_task_run_in_thread (task, sweep_thread);
}

void
limn_studio_source_dispose (LimnStudio *self)
{
  g_clear_object (&self->easel);
  g_clear_pointer (&self->stash, limn_stash_unref);
}
