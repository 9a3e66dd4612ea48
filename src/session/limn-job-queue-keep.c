/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The queue on the disk: written here after every change, read by limn-queue-file.c. */
#include "config.h"

#include "session/limn-job-queue-private.h"

#include "library/limn-atomic-file.h"
#include "session/limn-json-text.h"
#include "session/limn-queue-file.h"

#include <string.h>
#include <unistd.h>

char *
limn_job_queue_steps_path (LimnJobQueue *self, LimnJob *job, guint picture)
{
  g_autofree char *id = limn_job_dup_picture_id (job, picture);
  g_autofree char *name = g_strconcat (id, ".safetensors", NULL);

  return g_build_filename (self->steps_folder, name, NULL);
}

static void
write_job (LimnJsonText *text, LimnJob *job)
{
  g_autoptr(GArray) unsaved = g_array_copy (job->unsaved);

  g_array_append_vals (unsaved, job->redo->data, job->redo->len);
  limn_job_sort_pictures (unsaved);
  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_string (text, "id", job->id);
  limn_json_text_add_string (text, "name", job->name);
  limn_json_text_add_raw (text, job->sheet ? "sheet" : "request", job->json);
  limn_json_text_add_string (text, "parent_steps", job->parent_steps);
  limn_json_text_add_double (text, "max_slowdown", job->max_slowdown);
  limn_json_text_add_int (text, "picture", job->next);
  limn_json_text_begin_array (text, "unsaved");
  for (guint i = 0; i < unsaved->len; i++)
    limn_json_text_add_int (text, NULL, g_array_index (unsaved, guint, i));
  limn_json_text_end_array (text);
  if (job->stopped == LIMN_JOB_NONE)
    limn_json_text_add_null (text, "stopped");
  else
    limn_json_text_add_int (text, "stopped", job->stopped);
  limn_json_text_add_string (text, "failed", job->state == LIMN_JOB_FAILED ? job->message : NULL);
  limn_json_text_end_object (text);
}

static void
write_jobs (LimnJsonText *text, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      LimnJob *job = g_ptr_array_index (jobs, i);

      if (job->json)
        write_job (text, job);
    }
}

/* After every change. Requests are frozen, so that this is little more than copying text. */
void
limn_job_queue_keep (LimnJobQueue *self)
{
  g_autofree char *path = g_build_filename (self->state_folder, "queue.json", NULL);
  g_autoptr(GBytes) bytes = NULL;
  LimnJsonText *text;
  char *json;

  if (self->stage != STAGE_READY || !self->keeps)
    return;
  if (self->jobs->len == 0 && self->aside->len == 0)
    g_ptr_array_set_size (self->folders, 0);
  if (!g_ptr_array_find_with_equal_func (self->folders, self->folder, g_str_equal, NULL))
    g_ptr_array_add (self->folders, g_strdup (self->folder));

  text = limn_json_text_new ();
  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "version", LIMN_QUEUE_FILE_VERSION);
  limn_json_text_begin_array (text, "folders");
  for (guint i = 0; i < self->folders->len; i++)
    if (g_utf8_validate (g_ptr_array_index (self->folders, i), -1, NULL))
      limn_json_text_add_string (text, NULL, g_ptr_array_index (self->folders, i));
  limn_json_text_end_array (text);
  limn_json_text_begin_array (text, "jobs");
  write_jobs (text, self->jobs);
  /* A program that is killed has not asked whether they may go. */
  write_jobs (text, self->aside);
  limn_json_text_end_array (text);
  limn_json_text_end_object (text);
  json = limn_json_text_free (text);
  bytes = g_bytes_new_take (json, strlen (json));
  limn_keeper_replace (self->keeper, path, bytes);
}

static char *
estimates_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "limn", "estimates.json", NULL);
}

void
limn_job_queue_keep_steps (LimnJobQueue *self)
{
  LimnJob *job = self->run ? limn_job_run_get_job (self->run) : NULL;
  g_autofree char *path = NULL;

  if (!self->is_behind || !job || !job->kept)
    return;
  self->is_behind = FALSE;
  self->kept_at = g_get_monotonic_time ();
  path = limn_job_queue_steps_path (self, job, limn_job_run_get_picture (self->run));
  if (self->keeps)
    limn_keeper_replace (self->keeper, path, job->kept);
}

void
limn_job_queue_keep_estimates (LimnJobQueue *self)
{
  g_autofree char *path = estimates_path ();
  char *json = limn_estimates_to_json (self->estimates);
  g_autoptr(GBytes) bytes = g_bytes_new_take (json, strlen (json));

  if (self->keeps)
    limn_keeper_replace (self->keeper, path, bytes);
}

/* --- Restoring --- */

typedef struct
{
  char          *state_folder;
  char          *steps_folder;
  char          *folder;

  int            lock;
  gboolean       busy;
  LimnQueueFile *file;
  GBytes        *estimates;
  GError        *error;
} Restore;

static void
restore_free (gpointer data)
{
  Restore *restore = data;

  if (restore->lock >= 0)
    close (restore->lock);
  limn_queue_file_free (restore->file);
  g_clear_pointer (&restore->estimates, g_bytes_unref);
  g_clear_error (&restore->error);
  g_free (restore->state_folder);
  g_free (restore->steps_folder);
  g_free (restore->folder);
  g_free (restore);
}

static void
restore_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Restore *restore = data;
  g_autofree char *path = estimates_path ();
  g_autofree char *cache_folder = g_path_get_dirname (path);
  char *json;
  gsize length;

  limn_atomic_file_sweep (cache_folder);
  if (g_file_get_contents (path, &json, &length, NULL))
    restore->estimates = g_bytes_new_take (json, length);
  restore->lock = limn_queue_file_lock (restore->state_folder, &restore->error);
  if (restore->lock >= 0)
    {
      limn_atomic_file_sweep (restore->state_folder);
      limn_atomic_file_sweep (restore->steps_folder);
      limn_atomic_file_sweep (restore->folder);
      restore->file = limn_queue_file_load (restore->state_folder, &restore->error);
      if (restore->file)
        limn_queue_file_look_around (restore->file, restore->state_folder, restore->folder);
    }
  g_task_return_boolean (task, TRUE);
}

static LimnJob *
job_from_kept (const LimnKeptJob *kept)
{
  LimnJob *job = kept->sheet ? limn_job_new_sheet (kept->id, kept->sheet, kept->max_slowdown, kept->name)
                             : limn_job_new (kept->id, kept->request, kept->max_slowdown, kept->name);

  job->parent_steps = g_strdup (kept->parent_steps);
  job->next = kept->next;
  g_array_append_vals (job->redo, kept->unsaved->data, kept->unsaved->len);
  job->stopped = kept->stopped;
  job->cut = kept->stopped != LIMN_JOB_NONE;
  job->on_disk = kept->begun;
  job->taken_up = TRUE;
  limn_job_set_progress (job, limn_job_get_current (job), kept->step, kept->n_steps ? kept->n_steps : job->n_steps);
  if (kept->failed)
    {
      limn_job_set_message (job, kept->failed);
      limn_job_set_state (job, LIMN_JOB_FAILED);
    }
  return job;
}

/* They were there first. */
static void
take_kept_jobs (LimnJobQueue *self, const LimnQueueFile *file)
{
  guint n_waiting = 0;

  for (guint i = 0; i < file->jobs->len; i++)
    {
      g_autoptr(LimnJob) job = job_from_kept (g_ptr_array_index (file->jobs, i));

      if (job->state == LIMN_JOB_WAITING)
        {
          if (n_waiting == 0 && (job->on_disk || job->redo->len > 0))
            limn_job_set_state (job, LIMN_JOB_PAUSED);
          limn_job_queue_place (self, job, n_waiting++);
        }
      else
        limn_job_queue_place (self, job, G_MAXUINT);
    }
  if (n_waiting > 0)
    limn_job_queue_set_paused (self, TRUE);
  for (guint i = 0; i < file->folders->len; i++)
    g_ptr_array_add (self->folders, g_strdup (g_ptr_array_index (file->folders, i)));
}

static void
refuse_all (LimnJobQueue *self, const char *message)
{
  self->refusal = g_strdup (message);
  self->stage = STAGE_REFUSED;
  limn_keeper_set_access (self->keeper, self->state_folder, LIMN_KEEPER_CLOSED);
  limn_job_queue_notify_access (self);
  /* Each goes to the end. */
  for (guint i = 0; i < self->jobs->len;)
    {
      LimnJob *job = g_ptr_array_index (self->jobs, i);

      if (job->state == LIMN_JOB_FAILED)
        i++;
      else
        limn_job_queue_fail (self, job, message);
    }
}

static void
on_restored (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  LimnJobQueue *self = g_task_get_source_object (task);
  Restore *restore = g_task_get_task_data (G_TASK (result));

  if (restore->estimates)
    limn_estimates_load (self->estimates, restore->estimates);
  if (g_error_matches (restore->error, G_IO_ERROR, G_IO_ERROR_BUSY))
    refuse_all (self, restore->error->message);
  else
    {
      self->stage = STAGE_READY;
      self->lock = restore->lock;
      restore->lock = -1;
      /* A file that is there and could not be read nor put aside must not be replaced. */
      self->keeps = self->lock >= 0 && (restore->file || restore->error->domain != G_IO_ERROR);
      limn_keeper_set_access (self->keeper, self->state_folder, LIMN_KEEPER_OPEN);
      limn_job_queue_notify_access (self);
      if (restore->file)
        take_kept_jobs (self, restore->file);
      limn_job_queue_keep (self);
      limn_job_queue_begin_next (self);
    }
  if (restore->error)
    g_task_return_error (task, g_steal_pointer (&restore->error));
  else
    g_task_return_boolean (task, TRUE);
}

void
limn_job_queue_restore_async (LimnJobQueue *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) work = NULL;
  GTask *task;
  Restore *restore;

  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && self->stage == STAGE_NEW);

  self->stage = STAGE_RESTORING;
  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, limn_job_queue_restore_async);
  restore = g_new0 (Restore, 1);
  restore->lock = -1;
  restore->state_folder = g_strdup (self->state_folder);
  restore->steps_folder = g_strdup (self->steps_folder);
  restore->folder = g_strdup (self->folder);
  /* Nothing of the queue's: a thread may be the last to let its task go, and the queue must not end there. */
  work = g_task_new (NULL, NULL, on_restored, task);
  g_task_set_task_data (work, restore, restore_free);
  g_task_run_in_thread (work, restore_in_thread);
}

gboolean
limn_job_queue_restore_finish (LimnJobQueue *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
