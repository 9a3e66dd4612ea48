/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How pictures are painted, stopped and saved. See limn-job-queue.c for what holds them together. */
#include "config.h"

#include "session/limn-job-queue-private.h"

#include "session/limn-embedded.h"
#include "session/limn-frame.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"

/* --- What it takes --- */

static void
learn_step (Pace *pace, const LimnStep *step)
{
  if (pace->n_steps == 0)
    pace->first_at = g_get_monotonic_time ();
  /* One that was there already only shows its frame. */
  if (step->denoise_seconds > 0)
    {
      pace->step_seconds = pace->n_steps == 1 ? step->denoise_seconds : pace->step_seconds + step->denoise_seconds;
      pace->n_steps++;
    }
  /* What the model's own decoder takes is what is forecast. */
  if (step->frame && !step->rough)
    {
      guint half = step->half;

      pace->frame_seconds[half] =
        pace->n_frames[half] == 1 ? step->decode_seconds : pace->frame_seconds[half] + step->decode_seconds;
      pace->n_frames[half]++;
    }
}

static double
mean (double sum, guint n)
{
  return sum / (n > 1 ? n - 1 : 1);
}

static void
learn (LimnJobQueue *self, const LimnRequest *request)
{
  const Pace *pace = &self->pace;

  if (pace->n_steps > 0)
    limn_estimates_learn_step (self->estimates, request, mean (pace->step_seconds, pace->n_steps));
  for (guint half = 0; half < 2; half++)
    if (pace->n_frames[half] > 0)
      limn_estimates_learn_frame (self->estimates, request, half, mean (pace->frame_seconds[half], pace->n_frames[half]));
  limn_job_queue_keep_estimates (self);
}

/* --- The end of a picture, and of a job --- */

static void
end_job (LimnJobQueue *self, LimnJob *job)
{
  G_GNUC_UNUSED g_autoptr(LimnJob) held = g_object_ref (job);

  limn_job_drop_picture (job);
  limn_job_set_seconds_left (job, 0);
  limn_job_set_state (job, job->cut ? LIMN_JOB_STOPPED : LIMN_JOB_DONE);
  limn_job_queue_drop (self, job);
  limn_job_queue_keep (self);
  limn_job_queue_emit_ended (self, job);
}

void
limn_job_queue_fail (LimnJobQueue *self, LimnJob *job, const char *message)
{
  gboolean begun = job->kept || job->on_disk;
  g_autoptr(GBytes) only_copy = NULL;

  /* What is on the disk is as good, and maybe gigabytes less. */
  if (job->kept && (!self->keeps || limn_keeper_has_trouble_below (self->keeper, self->steps_folder)))
    only_copy = g_bytes_ref (job->kept);
  if (job->reel)
    limn_reel_end (job->reel);
  limn_job_drop_picture (job);
  job->on_disk = begun && self->keeps;
  job->kept = g_steal_pointer (&only_copy);
  limn_job_set_message (job, message);
  limn_job_set_state (job, LIMN_JOB_FAILED);
  limn_job_queue_place (self, job, G_MAXUINT);
  limn_job_queue_keep (self);
  limn_job_queue_emit_ended (self, job);
}

/* The picture at hand is the next to be painted, if it is not that already: so far from its beginning. */
static void
show_current (LimnJob *job)
{
  guint current = limn_job_get_current (job);

  if (job->picture != current || (!job->kept && !job->on_disk))
    limn_job_set_progress (job, current, 0, limn_job_foresee_steps (job, current));
}

void
limn_job_queue_settle (LimnJobQueue *self, LimnJob *job)
{
  gboolean more = limn_job_get_current (job) != LIMN_JOB_NONE;

  if (job->state == LIMN_JOB_FAILED || limn_job_queue_is_aside (self, job))
    limn_job_queue_keep (self);
  else if (more && job->message)
    limn_job_queue_fail (self, job, job->message);
  else if (more)
    {
      show_current (job);
      if (self->paused && job->state == LIMN_JOB_PAINTING)
        limn_job_set_state (job, LIMN_JOB_PAUSED);
      limn_job_queue_keep (self);
    }
  else if (job->unsaved->len > 0)
    {
      limn_job_set_state (job, LIMN_JOB_SAVING);
      limn_job_queue_place (self, job, G_MAXUINT);
      limn_job_queue_keep (self);
    }
  else
    end_job (self, job);
}

static gboolean
remove_uint (GArray *array, guint value)
{
  for (guint i = 0; i < array->len; i++)
    if (g_array_index (array, guint, i) == value)
      {
        g_array_remove_index (array, i);
        return TRUE;
      }
  return FALSE;
}

typedef struct
{
  LimnRecipe *recipe;
  LimnImage  *image;
  char       *id;
  char       *mark;  /* (nullable): of a sheet */
  LimnStash  *stash; /* (nullable): what the picture was mixed of or drawn by goes along, from here */
} Png;

/* A picture that lies between others, or was drawn by one, can be made again from its file alone. Where they are too large, or gone, it is saved without them. */
static void
add_mixed (const Png *png, GPtrArray **kept, GArray *texts)
{
  g_autoptr(GError) local = NULL;

  *kept = png->stash ? limn_embedded_new_texts (png->recipe->request, png->stash, &local) : NULL;
  if (local)
    g_debug ("saved without what it was made from: %s", local->message);
  for (guint i = 0; *kept && i < (*kept)->len; i++)
    g_array_append_vals (texts, g_ptr_array_index (*kept, i), 1);
}

static GBytes *
make_png (gpointer data, GError **error)
{
  Png *png = data;
  const LimnPngText own[] = { { (char *) LIMN_RECIPE_TRAJECTORY_KEYWORD, png->id }, { (char *) LIMN_SHEET_KEYWORD, png->mark } };
  g_autoptr(GArray) texts = g_array_new (FALSE, FALSE, sizeof (LimnPngText));
  g_autoptr(GPtrArray) mixed = NULL;

  g_array_append_vals (texts, own, png->mark ? 2 : 1);
  add_mixed (png, &mixed, texts);
  return limn_recipe_encode_png_with_texts (png->recipe, png->image, (const LimnPngText *) texts->data, texts->len, error);
}

static void
png_free (gpointer data)
{
  Png *png = data;

  limn_recipe_free (png->recipe);
  limn_image_unref (png->image);
  g_free (png->id);
  g_free (png->mark);
  g_clear_pointer (&png->stash, limn_stash_unref);
  g_free (png);
}

/* A picture on its way to the disk. */
typedef struct
{
  GWeakRef  queue;
  LimnJob  *job;
  guint     picture;
  LimnReel *reel;
} Saving;

/* It cannot even be made: to be painted again from its trajectory, if the artist wants to try. */
static void
give_up_saving (LimnJobQueue *self, LimnJob *job, guint picture, const char *message)
{
  remove_uint (job->unsaved, picture);
  g_array_append_val (job->redo, picture);
  limn_job_sort_pictures (job->redo);
  job->taken_up = TRUE;
  limn_job_set_message (job, message);
  if (self->run && limn_job_run_get_job (self->run) == job)
    limn_job_run_cancel (self->run);
  else
    limn_job_queue_settle (self, job);
}

static void
on_saved (const char *path, const GError *error, gpointer data)
{
  Saving *saving = data;
  g_autoptr(LimnJobQueue) self = g_weak_ref_get (&saving->queue);
  LimnJob *job = saving->job;

  if (self)
    {
      if (!path)
        give_up_saving (self, job, saving->picture, error->message);
      else
        {
          remove_uint (job->unsaved, saving->picture);
          limn_job_queue_emit_saved (self, job, path, saving->reel);
          if (self->run && limn_job_run_get_job (self->run) == job)
            limn_job_queue_keep (self);
          else
            limn_job_queue_settle (self, job);
        }
      limn_job_queue_update_seconds_left (self, NULL);
      limn_job_queue_begin_next (self);
    }
  g_weak_ref_clear (&saving->queue);
  g_object_unref (saving->job);
  g_clear_object (&saving->reel);
  g_free (saving);
}

/* (transfer full) @recipe. The picture is unsaved from here on. */
static void
save (LimnJobQueue *self, LimnJob *job, guint picture, LimnRecipe *recipe, LimnImage *image, LimnReel *reel)
{
  g_autofree char *name = limn_job_dup_file_name (job, picture);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  Png *png = g_new0 (Png, 1);
  Saving *saving = g_new0 (Saving, 1);

  png->recipe = recipe;
  png->image = limn_image_ref (image);
  png->id = limn_job_dup_picture_id (job, picture);
  png->mark = job->sheet ? limn_sheet_mark_to_text (job->id, picture, job->sheet) : NULL;
  if (limn_request_carries_files (recipe->request) && limn_session_get_stash (self->session))
    png->stash = limn_stash_ref (limn_session_get_stash (self->session));
  g_weak_ref_init (&saving->queue, self);
  saving->job = g_object_ref (job);
  saving->picture = picture;
  saving->reel = reel ? g_object_ref (reel) : NULL;
  limn_keeper_add (self->keeper, path, make_png, png, png_free, on_saved, saving);
}

/* From "next" or "redo" to "unsaved". */
static void
move_to_unsaved (LimnJob *job, guint picture)
{
  if (!remove_uint (job->redo, picture))
    job->next = picture + 1;
  g_array_append_val (job->unsaved, picture);
}

static void
end_painted (LimnJobQueue *self, LimnJob *job, guint picture, const LimnResult *result)
{
  LimnRecipe *recipe = limn_recipe_new_for_result (result);

  job->painted = TRUE;
  move_to_unsaved (job, picture);
  if (job->stopped == picture)
    job->stopped = LIMN_JOB_NONE;
  if (job->reel)
    limn_reel_end (job->reel);
  /* Noted first, then written: the keeper does it in this order, and one that is noted but not there is made again. */
  limn_job_queue_keep (self);
  save (self, job, picture, recipe, result->picture, job->reel);
  limn_job_drop_picture (job);
  limn_job_queue_settle (self, job);
}

/* --- Stopping: the last step becomes the picture --- */

typedef struct
{
  GWeakRef    queue;
  LimnJob    *job;
  guint       picture;
  LimnRecipe *recipe;
  LimnReel   *reel;
} Stopping;

static void
on_decoded (GObject *source, GAsyncResult *result, gpointer data)
{
  Stopping *stopping = data;
  g_autoptr(LimnJobQueue) self = g_weak_ref_get (&stopping->queue);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) frame = limn_session_decode_finish (self ? self->session : NULL, result, &error);

  if (self && frame)
    save (self, stopping->job, stopping->picture, g_steal_pointer (&stopping->recipe), frame, stopping->reel);
  else if (self)
    give_up_saving (self, stopping->job, stopping->picture, error->message);
  g_weak_ref_clear (&stopping->queue);
  g_object_unref (stopping->job);
  limn_recipe_free (stopping->recipe);
  g_clear_object (&stopping->reel);
  g_free (stopping);
}

/* The request under which the frame of one step is made again: each step has one, of full size. */
static LimnRequest *
stopped_request (const LimnRequest *request)
{
  LimnRequest *stopped = limn_request_copy (request);

  if (stopped->preview == LIMN_PREVIEW_NONE)
    stopped->preview = LIMN_PREVIEW_PREDICTED;
  stopped->preview_every = 1;
  stopped->preview_half = FALSE;
  return stopped;
}

/* What the session decodes for it, where the step brought no such frame. */
static void
decode_stopped (LimnJobQueue *self, LimnJob *job, guint picture, const LimnStep *step, const LimnRequest *request, LimnRecipe *recipe)
{
  const LimnFeedStart *start = limn_feed_get_start (job->feed);
  gboolean predicted = limn_frame_shows_denoised (request->preview, step->step, step->n_steps);
  g_autoptr(LimnRequest) at = limn_frame_dup_request (request, step->step);
  Stopping *stopping = g_new0 (Stopping, 1);

  g_weak_ref_init (&stopping->queue, self);
  stopping->job = g_object_ref (job);
  stopping->picture = picture;
  stopping->recipe = recipe;
  stopping->reel = job->reel ? g_object_ref (job->reel) : NULL;
  limn_session_decode_async (self->session, at, predicted ? step->denoised : step->latent, start->width_lt,
                             start->height_lt, predicted ? 1 : step->latent_scale, NULL, on_decoded, stopping);
}

void
limn_job_queue_end_stopped (LimnJobQueue *self, LimnJob *job, guint picture)
{
  const LimnFeedStart *start = job->feed ? limn_feed_get_start (job->feed) : NULL;
  LimnStep *step = job->last;

  if (job->reel)
    limn_reel_end (job->reel);
  if (job->sheet)
    {
      /* Half a cell is not what its label says; from its steps it can be gone on with. */
      remove_uint (job->redo, picture);
      job->stopped = LIMN_JOB_NONE;
    }
  else if (!start || !step)
    {
      g_autofree char *path = limn_job_queue_steps_path (self, job, picture);

      remove_uint (job->redo, picture);
      job->stopped = LIMN_JOB_NONE;
      if (self->keeps)
        limn_keeper_remove (self->keeper, path);
    }
  else
    {
      g_autoptr(LimnRequest) request = stopped_request (limn_feed_get_request (job->feed));
      g_autoptr(GArray) fingerprints = g_array_copy (job->fingerprints);
      /* As many steps as its request says now: it may have been steered since this one. */
      guint n_steps = job->reel ? limn_reel_get_n_steps (job->reel) : step->n_steps;
      LimnRecipe *recipe = limn_recipe_new_for_frame (request, start->model_name, start->device, start->driver, n_steps, step->step, fingerprints);

      move_to_unsaved (job, picture);
      if (step->frame && !step->half && !step->rough &&
          (start->request->preview == request->preview || step->step == step->n_steps))
        save (self, job, picture, recipe, step->frame, job->reel);
      else
        decode_stopped (self, job, picture, step, request, recipe);
    }
  limn_job_drop_picture (job);
  limn_job_queue_settle (self, job);
}

/* --- The run --- */

static void
on_run_started (gpointer data)
{
  LimnJobQueue *self = data;
  LimnJob *job = limn_job_run_get_job (self->run);
  const LimnFeedStart *start = limn_feed_get_start (job->feed);

  /* A branch leaves nothing open to the model; and what was steered is not what the model chose. */
  if (!start->request->branch)
    limn_estimates_learn_start (self->estimates, job->request, start->request);
  job->first_steps = start->n_steps;
  limn_job_set_progress (job, job->picture, job->fingerprints->len - 1, start->n_steps);
  limn_job_queue_update_seconds_left (self, NULL);
  limn_job_queue_emit_started (self, job);
}

/* A trajectory of 50 steps at 1024x1024 has 26 MB, and a fast device makes ten steps a second: written each time it would wear out a disk
 * to save a tenth of a second. The last one is always written. */
static void
on_run_kept (gpointer data, GBytes *trajectory)
{
  LimnJobQueue *self = data;

  self->is_behind = TRUE;
  if (self->kept_at == 0 || g_get_monotonic_time () - self->kept_at >= self->keep_every_us)
    limn_job_queue_keep_steps (self);
}

/* What was steered must not be lost: the state that says so, which is there or comes with it, is written at once. */
static void
on_run_turned (gpointer data, guint n_steps)
{
  LimnJobQueue *self = data;
  LimnJob *job = limn_job_run_get_job (self->run);

  limn_job_queue_keep_steps (self);
  self->kept_at = 0;
  /* What was measured until here is not what the new settings take. */
  self->pace = (Pace){ 0 };
  limn_job_set_progress (job, job->picture, job->step, n_steps);
  limn_job_queue_update_seconds_left (self, job);
}

static void
on_run_stepped (gpointer data, LimnStep *step)
{
  LimnJobQueue *self = data;
  LimnJob *job = limn_job_run_get_job (self->run);

  learn_step (&self->pace, step);
  /* The number of steps may have been changed since. */
  limn_job_set_progress (job, job->picture, step->step, limn_reel_get_n_steps (job->reel));
  limn_job_queue_update_seconds_left (self, job);
}

static void
on_run_remark (gpointer data, const char *message)
{
  LimnJobQueue *self = data;

  limn_job_queue_emit_remark (self, limn_job_run_get_job (self->run), message);
}

static void
on_run_ended (gpointer data, const LimnResult *result, const GError *error)
{
  g_autoptr(LimnJobQueue) self = g_object_ref (LIMN_JOB_QUEUE (data));
  LimnJobRun *run = self->run;
  g_autoptr(LimnJob) job = g_object_ref (limn_job_run_get_job (run));
  guint picture = limn_job_run_get_picture (run);

  limn_job_queue_keep_steps (self);
  self->run = NULL;
  if (job->feed && limn_feed_get_start (job->feed))
    learn (self, limn_feed_get_request (job->feed));
  /* Of a batch all pictures have the same. */
  for (guint i = 0; result && result->notes && picture == 0 && result->notes[i]; i++)
    limn_job_queue_emit_remark (self, job, result->notes[i]);
  /* One that was to end after its first step may have been faster than the news of it. */
  if (result && (job->stopped != picture || !job->last || job->last->step == job->last->n_steps))
    end_painted (self, job, picture, result);
  else if (result)
    limn_job_queue_end_stopped (self, job, picture);
  /* Stopped while its steps were on their way here: they are taken up for one step. */
  else if (job->stopped == picture && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !job->sheet && !job->last &&
           (job->kept || job->on_disk) && !limn_job_run_is_one_step (run))
    limn_job_set_state (job, LIMN_JOB_PAUSED);
  else if (job->stopped == picture && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    limn_job_queue_end_stopped (self, job, picture);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !job->message)
    limn_job_set_state (job, LIMN_JOB_PAUSED);
  else if (job->message)
    limn_job_queue_fail (self, job, job->message);
  else
    limn_job_queue_fail (self, job, error->message);
  limn_job_queue_begin_next (self);
}

/* Whoever is told that it holds may rely on it: its state is on its way to the disk. */
static void
on_steered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  LimnJobQueue *self = g_task_get_source_object (task);
  GError *error = NULL;
  guint step;

  if (self->run)
    limn_job_run_take_news (self->run);
  if (limn_session_steer_finish (NULL, result, &step, &error))
    g_task_return_int (task, step);
  else
    g_task_return_error (task, error);
}

void
limn_job_queue_steer_async (LimnJobQueue       *self,
                            LimnJob            *job,
                            const LimnRequest  *wanted,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            data)
{
  GTask *task;
  gboolean runs;

  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && LIMN_IS_JOB (job));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, limn_job_queue_steer_async);
  runs = self->run && limn_job_run_get_job (self->run) == job;
  limn_session_steer_async (self->session, runs ? limn_job_run_get_serial (self->run) : 0, wanted, cancellable, on_steered, task);
}

gboolean
limn_job_queue_steer_finish (LimnJobQueue *self, GAsyncResult *result, guint *step, GError **error)
{
  gssize value;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_job_queue_steer_async), FALSE);

  value = g_task_propagate_int (G_TASK (result), error);
  if (value >= 0 && step)
    *step = value;
  return value >= 0;
}

static LimnJob *
choose (LimnJobQueue *self)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      LimnJob *job = g_ptr_array_index (self->jobs, i);
      guint current = limn_job_get_current (job);

      if (current != LIMN_JOB_NONE && job->state != LIMN_JOB_FAILED && (!self->paused || job->stopped == current))
        return job;
    }
  return NULL;
}

/* (transfer full) (nullable): of the kept steps that have most in common with picture @picture. What this program has just painted the session
 * remembers by itself. */
static char *
dup_other_path (LimnJobQueue *self, LimnJob *job, guint picture)
{
  guint shared = job->sheet ? limn_sheet_count_shared (job->sheet, picture) : 0;
  g_autofree char *name = NULL;

  if (job->painted)
    return NULL;
  if (shared > (job->request->branch && job->parent_steps ? job->request->branch->step : 0))
    return limn_job_queue_steps_path (self, job, picture - 1);
  if (!job->parent_steps)
    return NULL;
  name = g_strconcat (job->parent_steps, ".safetensors", NULL);
  return g_build_filename (self->steps_folder, name, NULL);
}

void
limn_job_queue_begin_next (LimnJobQueue *self)
{
  static const LimnJobRunFuncs funcs = { on_run_started, on_run_stepped, on_run_kept, on_run_remark, on_run_turned, on_run_ended };
  LimnJob *job = NULL;

  if (self->stage == STAGE_READY && !self->run)
    job = choose (self);
  if (job)
    {
      guint picture = limn_job_get_current (job);
      g_autofree char *path = limn_job_queue_steps_path (self, job, picture);
      g_autofree char *other = dup_other_path (self, job, picture);

      self->pace = (Pace){ 0 };
      self->kept_at = 0;
      self->is_behind = FALSE;
      show_current (job);
      /* What was begun before may have kept steps; how many is known when they are read. */
      job->on_disk = job->on_disk || job->redo->len > 0 || job->taken_up;
      limn_job_set_state (job, LIMN_JOB_PAINTING);
      limn_job_queue_place (self, job, 0);
      self->run = limn_job_run_start (self->session, job, path, other, job->stopped == picture, &funcs, self);
    }
  limn_job_queue_update_seconds_left (self, NULL);
  limn_job_queue_notify_running (self);
}
