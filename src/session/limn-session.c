/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Two threads see a task. Before the worker takes it, it lies in a queue and whoever removes it there, under the lock, owns its
 * ending: the worker, the handler of its cancellable, or the end of the session. What the worker does with it is in
 * limn-worker.c; when errands are done, in limn-session-errands.c.
 *
 * There are two queues: jobs, which are pictures, done in the order they came; and errands, which are done between two steps of a
 * job, at most one each time so that the job goes on however many come, or while there is no job.
 *
 * The user's cancellable is not what the work looks at: each task has one of its own, so that the end of the session
 * can cancel a task whose caller gave none. An errand has another one beside it for each try, since one that waits for idle times
 * is cut short by a job and tried again. */
#include "config.h"

#include "session/limn-session-job-private.h"
#include "session/limn-session-private.h"

#include "base/limn-error.h"

/* What an engine does when idle cannot be cut short while a driver compiles a kernel, up to 2 s on software. Who goes on
 * with the next picture at once, or is a command that ends, shall never wait for that. */
#define IDLE_AFTER_US (5 * G_USEC_PER_SEC)

/* Who has asked for sketches looks at them, comes back, and waits for the next with the hand on the mouse: 60 s. */
#define SKETCHED_FACTOR 12

/* The next picture of a batch is asked for only when the one before has arrived in the main loop. What would close its engine, or
 * what nobody waits for, gives it this long: ten times what a main loop at 60 frames a second needs for that. */
#define REST_US (G_USEC_PER_SEC / 6)

G_DEFINE_FINAL_TYPE (LimnSession, limn_session, G_TYPE_OBJECT)

void
limn_result_free (LimnResult *result)
{
  if (!result)
    return;
  limn_request_free (result->request);
  g_clear_pointer (&result->picture, limn_image_unref);
  g_clear_pointer (&result->fingerprints, g_array_unref);
  g_clear_pointer (&result->trajectory, limn_trajectory_free);
  g_free (result->model_name);
  g_free (result->model_files);
  g_free (result->device);
  g_free (result->driver);
  g_strfreev (result->notes);
  g_free (result);
}

static void
job_free (Job *job)
{
  limn_request_free (job->request);
  g_clear_pointer (&job->feed, limn_feed_unref);
  g_clear_pointer (&job->own, g_bytes_unref);
  g_clear_pointer (&job->other, g_bytes_unref);
  g_clear_pointer (&job->latent, g_bytes_unref);
  g_clear_object (&job->task);
  g_clear_object (&job->cancellable);
  g_clear_object (&job->user);
  g_free (job->key);
  g_free (job);
}

/* Not under the lock: it waits for a handler that runs, and the handler takes the lock. */
static void
job_disconnect (Job *job)
{
  if (job->user_handler)
    g_cancellable_disconnect (job->user, job->user_handler);
  job->user_handler = 0;
}

static void
job_end_cancelled (Job *job)
{
  job_disconnect (job);
  g_task_return_new_error (job->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The picture was cancelled.");
  job_free (job);
}

void
limn_session_job_end (Job *job, gpointer result, GDestroyNotify destroy, GError *error)
{
  job_disconnect (job);
  if (result)
    g_task_return_pointer (job->task, result, destroy);
  else
    g_task_return_error (job->task, error);
  job_free (job);
}

/* --- The worker --- */

/* One piece of the engine's own work, under the lock but for the work itself. Returns whether there is more of it. */
static gboolean
run_idle (LimnSession *self)
{
  Queue *queue = self->queue;
  g_autoptr(GError) error = NULL;
  gboolean more = FALSE;

  queue->idle = g_cancellable_new ();
  g_mutex_unlock (&queue->mutex);
  if (!self->worker.engine->idle (self->worker.engine, queue->idle, &more, &error))
    {
      more = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      if (!more)
        g_debug ("idle: %s", error->message);
      if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
        limn_worker_close_engine (&self->worker);
    }
  g_mutex_lock (&queue->mutex);
  g_clear_object (&queue->idle);
  return more;
}

static gint64
get_idle_after (const Queue *queue)
{
  return queue->idle_after_us * (queue->sketched ? SKETCHED_FACTOR : 1);
}

/* Under the lock. Meanwhile errands are done and, when these are over for long enough, what the engine does when idle.
 * Returns: (nullable): NULL: the session ends */
static Job *
wait_for_job (LimnSession *self)
{
  Queue *queue = self->queue;
  gint64 idle_at = g_get_monotonic_time () + get_idle_after (queue);
  gboolean more = TRUE;

  while (!queue->quit && g_queue_is_empty (&queue->jobs))
    {
      gint64 now = g_get_monotonic_time ();
      gboolean can_idle = more && self->worker.engine && self->worker.engine->idle;

      if (limn_session_run_some_errand (self, now >= queue->rested_at))
        {
          idle_at = g_get_monotonic_time () + get_idle_after (queue);
          more = TRUE;
        }
      else if (!g_queue_is_empty (&queue->errands))
        g_cond_wait_until (&queue->cond, &queue->mutex, queue->rested_at);
      else if (!can_idle)
        g_cond_wait (&queue->cond, &queue->mutex);
      else if (now >= idle_at)
        more = run_idle (self);
      else
        g_cond_wait_until (&queue->cond, &queue->mutex, idle_at);
    }
  return queue->quit ? NULL : g_queue_pop_head (&queue->jobs);
}

static LimnResources *
ref_previews (Queue *queue)
{
  LimnResources *previews;

  g_mutex_lock (&queue->mutex);
  previews = queue->previews ? limn_resources_ref (queue->previews) : NULL;
  g_mutex_unlock (&queue->mutex);
  return previews;
}

static LimnResult *
run_job (LimnSession *self, Job *job, GError **error)
{
  g_autoptr(LimnResources) previews = ref_previews (self->queue);
  const LimnPaint paint = {
    .serial = job->serial,
    .request = job->request,
    .own = job->own,
    .other = job->other,
    .feed = job->feed,
    .steering = self->steering,
    .previews = previews,
    .cancellable = job->cancellable,
    .pause = limn_session_pause_for_errand,
    .pause_data = self,
  };

  return limn_worker_paint (&self->worker, &paint, error);
}

static gpointer
worker_main (gpointer data)
{
  LimnSession *self = data;
  Queue *queue = self->queue;
  Job *job;

  g_mutex_lock (&queue->mutex);
  while ((job = wait_for_job (self)))
    {
      g_autoptr(GError) error = NULL;
      LimnResult *result;

      queue->running = job;
      queue->sketched = FALSE;
      g_mutex_unlock (&queue->mutex);

      result = run_job (self, job, &error);

      g_mutex_lock (&queue->mutex);
      queue->running = NULL;
      queue->rested_at = g_get_monotonic_time () + REST_US;
      g_mutex_unlock (&queue->mutex);
      limn_session_job_end (job, result, (GDestroyNotify) limn_result_free, g_steal_pointer (&error));
      g_mutex_lock (&queue->mutex);
    }
  g_mutex_unlock (&queue->mutex);

  limn_worker_close_engine (&self->worker);
  return NULL;
}

/* --- The session --- */

static void
queue_clear (gpointer data)
{
  Queue *queue = data;

  g_cond_clear (&queue->cond);
  g_cond_clear (&queue->beside_cond);
  g_mutex_clear (&queue->mutex);
  g_clear_pointer (&queue->previews, limn_resources_unref);
}

/* Whoever removes it from its queue owns it. */
static Job *
take_any (Queue *queue)
{
  Job *job;

  g_mutex_lock (&queue->mutex);
  job = g_queue_pop_head (&queue->jobs);
  if (!job)
    job = g_queue_pop_head (&queue->errands);
  g_mutex_unlock (&queue->mutex);
  return job;
}

void
limn_session_close (LimnSession *self)
{
  Queue *queue = self->queue;
  Job *job;

  if (!self->thread)
    return;
  g_mutex_lock (&queue->mutex);
  queue->quit = TRUE;
  if (queue->running)
    g_cancellable_cancel (queue->running->cancellable);
  if (queue->errand)
    g_cancellable_cancel (queue->errand);
  if (queue->loading)
    g_cancellable_cancel (queue->loading);
  if (queue->idle)
    g_cancellable_cancel (queue->idle);
  g_cond_signal (&queue->cond);
  g_mutex_unlock (&queue->mutex);
  g_clear_pointer (&self->thread, g_thread_join);

  g_mutex_lock (&queue->mutex);
  while (queue->n_beside > 0)
    g_cond_wait (&queue->beside_cond, &queue->mutex);
  g_mutex_unlock (&queue->mutex);
  while ((job = take_any (queue)))
    job_end_cancelled (job);
}

static void
limn_session_finalize (GObject *object)
{
  LimnSession *self = LIMN_SESSION (object);

  limn_session_close (self);
  limn_worker_clear (&self->worker);
  limn_steering_free (self->steering);
  if (self->destroy)
    self->destroy (self->worker.open_data);
  g_atomic_rc_box_release_full (self->queue, queue_clear);
  G_OBJECT_CLASS (limn_session_parent_class)->finalize (object);
}

static void
limn_session_class_init (LimnSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_session_finalize;
}

static void
limn_session_init (LimnSession *self)
{
  self->steering = limn_steering_new ();
  self->queue = g_atomic_rc_box_new0 (Queue);
  g_mutex_init (&self->queue->mutex);
  g_cond_init (&self->queue->cond);
  g_cond_init (&self->queue->beside_cond);
  g_queue_init (&self->queue->jobs);
  g_queue_init (&self->queue->errands);
  self->queue->idle_after_us = IDLE_AFTER_US;
  self->queue->reading = -1;
}

gboolean
limn_session_serves_both (const LimnRequest *a, const LimnRequest *b)
{
  g_autofree char *one = limn_worker_dup_key (a);
  g_autofree char *other = limn_worker_dup_key (b);

  return g_str_equal (one, other);
}

double
limn_session_get_reading (LimnSession *self)
{
  double reading;

  g_return_val_if_fail (LIMN_IS_SESSION (self), -1);

  g_mutex_lock (&self->queue->mutex);
  reading = self->queue->reading;
  g_mutex_unlock (&self->queue->mutex);
  return reading;
}

void
limn_session_set_idle_after (LimnSession *self, gint64 idle_after_us)
{
  g_mutex_lock (&self->queue->mutex);
  self->queue->idle_after_us = idle_after_us;
  g_mutex_unlock (&self->queue->mutex);
}

LimnSession *
limn_session_new (LimnEngineOpen open, gpointer data, GDestroyNotify destroy)
{
  LimnSession *self = g_object_new (LIMN_TYPE_SESSION, NULL);

  self->worker.open = open;
  self->worker.open_data = data;
  self->worker.reading = limn_session_on_reading;
  self->worker.reading_data = self;
  self->destroy = destroy;
  self->thread = g_thread_new ("limn-worker", worker_main, self);
  return self;
}

/* The worker looks there only for a job, and to get one it takes the lock that queued it. */
void
limn_session_set_stash (LimnSession *self, LimnStash *stash)
{
  g_return_if_fail (LIMN_IS_SESSION (self) && stash != NULL);

  limn_stash_ref (stash);
  g_clear_pointer (&self->worker.stash, limn_stash_unref);
  self->worker.stash = stash;
}

void
limn_session_set_previews (LimnSession *self, LimnResources *resources)
{
  LimnResources *old;

  g_return_if_fail (LIMN_IS_SESSION (self));

  g_mutex_lock (&self->queue->mutex);
  old = self->queue->previews;
  self->queue->previews = resources ? limn_resources_ref (resources) : NULL;
  g_mutex_unlock (&self->queue->mutex);
  g_clear_pointer (&old, limn_resources_unref);
}

LimnStash *
limn_session_get_stash (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);

  return self->worker.stash;
}

/* What a handler of the user's cancellable holds: the job may be gone by then, so it is found by its serial. */
typedef struct
{
  Queue        *queue;
  guint64       serial;
  GCancellable *cancellable;
} CancelData;

static void
cancel_data_free (gpointer data, GClosure *closure)
{
  CancelData *cancel = data;

  g_atomic_rc_box_release_full (cancel->queue, queue_clear);
  g_object_unref (cancel->cancellable);
  g_free (cancel);
}

static gboolean
end_cancelled_idle (gpointer data)
{
  job_end_cancelled (data);
  return G_SOURCE_REMOVE;
}

/* Under the lock. */
static Job *
take_by_serial (GQueue *jobs, guint64 serial)
{
  for (GList *link = jobs->head; link; link = link->next)
    {
      Job *job = link->data;

      if (job->serial == serial)
        {
          g_queue_delete_link (jobs, link);
          return job;
        }
    }
  return NULL;
}

/* Any thread. Must neither disconnect nor run the caller's callback here: both would wait for this very handler. */
static void
on_cancelled (GCancellable *user, gpointer data)
{
  CancelData *cancel = data;
  Queue *queue = cancel->queue;
  Job *job;

  g_cancellable_cancel (cancel->cancellable);
  g_mutex_lock (&queue->mutex);
  job = take_by_serial (&queue->jobs, cancel->serial);
  if (!job)
    job = take_by_serial (&queue->errands, cancel->serial);
  g_mutex_unlock (&queue->mutex);
  if (job)
    {
      g_autoptr(GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, end_cancelled_idle, job, NULL);
      g_source_attach (source, g_task_get_context (job->task));
    }
}

Job *
limn_session_job_new (JobKind kind, const LimnRequest *request, GAsyncReadyCallback callback, gpointer data, gpointer tag)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->request = limn_request_copy (request);
  job->key = limn_worker_dup_key (request);
  job->task = g_task_new (NULL, NULL, callback, data);
  g_task_set_source_tag (job->task, tag);
  job->cancellable = g_cancellable_new ();
  job->beside = TRUE;
  return job;
}

static GError *
new_closed_error (void)
{
  return g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "The program ends.");
}

guint64
limn_session_submit (LimnSession *self, Job *job, GCancellable *cancellable)
{
  Queue *queue = self->queue;
  gboolean cancelled, closed;
  guint64 serial;

  g_mutex_lock (&queue->mutex);
  serial = job->serial = ++queue->last_serial;
  closed = queue->quit;
  g_mutex_unlock (&queue->mutex);
  if (closed)
    {
      limn_session_job_end (job, NULL, NULL, new_closed_error ());
      return serial;
    }
  if (job->feed)
    limn_feed_set_serial (job->feed, serial);

  if (cancellable && !g_cancellable_is_cancelled (cancellable))
    {
      CancelData *cancel = g_new0 (CancelData, 1);

      cancel->queue = g_atomic_rc_box_acquire (queue);
      cancel->serial = serial;
      cancel->cancellable = g_object_ref (job->cancellable);
      job->user = g_object_ref (cancellable);
      job->user_handler = g_signal_connect_data (cancellable, "cancelled", G_CALLBACK (on_cancelled), cancel, cancel_data_free, 0);
    }

  /* One that is cancelled from here on is found in its queue by its handler. */
  g_mutex_lock (&queue->mutex);
  cancelled = cancellable && g_cancellable_is_cancelled (cancellable);
  if (!cancelled)
    {
      g_queue_push_tail (job->kind == JOB_PAINT ? &queue->jobs : &queue->errands, job);
      if (queue->idle)
        g_cancellable_cancel (queue->idle);
      if (queue->errand && queue->errand_yields && !job->when_idle)
        g_cancellable_cancel (queue->errand);
      if (queue->loading && !job->when_idle && !g_str_equal (job->key, queue->loading_key))
        g_cancellable_cancel (queue->loading);
      g_cond_signal (&queue->cond);
    }
  g_mutex_unlock (&queue->mutex);
  if (cancelled)
    job_end_cancelled (job);
  return serial;
}

guint64
limn_session_generate_async (LimnSession        *self,
                             const LimnRequest  *request,
                             LimnFeed           *feed,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            data)
{
  return limn_session_continue_async (self, request, NULL, feed, cancellable, callback, data);
}

guint64
limn_session_continue_async (LimnSession        *self,
                             const LimnRequest  *request,
                             GBytes             *trajectory,
                             LimnFeed           *feed,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            data)
{
  return limn_session_paint_async (self, request, trajectory, NULL, feed, cancellable, callback, data);
}

guint64
limn_session_paint_async (LimnSession        *self,
                          const LimnRequest  *request,
                          GBytes             *own,
                          GBytes             *other,
                          LimnFeed           *feed,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            data)
{
  Job *job;

  g_return_val_if_fail (LIMN_IS_SESSION (self), 0);

  job = limn_session_job_new (JOB_PAINT, request, callback, data, limn_session_generate_async);
  job->feed = feed ? limn_feed_ref (feed) : NULL;
  job->own = own ? g_bytes_ref (own) : NULL;
  job->other = other ? g_bytes_ref (other) : NULL;
  return limn_session_submit (self, job, cancellable);
}

LimnResult *
limn_session_generate_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_session_generate_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

LimnResult *
limn_session_generate_sync (LimnSession       *self,
                            const LimnRequest *request,
                            LimnFeed          *feed,
                            GCancellable      *cancellable,
                            GError           **error)
{
  return limn_session_continue_sync (self, request, NULL, feed, cancellable, error);
}

LimnResult *
limn_session_continue_sync (LimnSession       *self,
                            const LimnRequest *request,
                            GBytes            *trajectory,
                            LimnFeed          *feed,
                            GCancellable      *cancellable,
                            GError           **error)
{
  return limn_session_paint_sync (self, request, trajectory, NULL, feed, cancellable, error);
}

LimnResult *
limn_session_paint_sync (LimnSession       *self,
                         const LimnRequest *request,
                         GBytes            *own,
                         GBytes            *other,
                         LimnFeed          *feed,
                         GCancellable      *cancellable,
                         GError           **error)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr(GAsyncResult) result = NULL;

  limn_session_paint_async (self, request, own, other, feed, cancellable, store_result, &result);
  while (!result)
    g_main_context_iteration (context, TRUE);
  return limn_session_generate_finish (self, result, error);
}

void
limn_session_steer_async (LimnSession        *self,
                          guint64             serial,
                          const LimnRequest  *wanted,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            data)
{
  GTask *task;

  g_return_if_fail (LIMN_IS_SESSION (self));

  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, limn_session_steer_async);
  limn_steering_push (self->steering, serial, wanted, task);
}

gboolean
limn_session_steer_finish (LimnSession *self, GAsyncResult *result, guint *step, GError **error)
{
  gssize value;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_session_steer_async), FALSE);

  value = g_task_propagate_int (G_TASK (result), error);
  if (value >= 0 && step)
    *step = value;
  return value >= 0;
}

/* --- Beside --- */

typedef struct
{
  Queue          *queue;
  GTask          *task;
  GTaskThreadFunc func;
} Beside;

static gpointer
beside_main (gpointer data)
{
  Beside *beside = data;
  Queue *queue = beside->queue;

  beside->func (beside->task, NULL, g_task_get_task_data (beside->task), g_task_get_cancellable (beside->task));
  g_object_unref (beside->task);
  g_free (beside);
  g_mutex_lock (&queue->mutex);
  queue->n_beside--;
  g_cond_signal (&queue->beside_cond);
  g_mutex_unlock (&queue->mutex);
  g_atomic_rc_box_release_full (queue, queue_clear);
  return NULL;
}

void
limn_session_run_in_thread (LimnSession *self, GTask *task, GTaskThreadFunc func)
{
  Queue *queue = self->queue;
  Beside *beside;
  gboolean closed;

  g_mutex_lock (&queue->mutex);
  closed = queue->quit;
  queue->n_beside += !closed;
  g_mutex_unlock (&queue->mutex);
  if (closed)
    {
      g_task_return_error (task, new_closed_error ());
      return;
    }
  beside = g_new (Beside, 1);
  *beside = (Beside){ g_atomic_rc_box_acquire (queue), g_object_ref (task), func };
  g_thread_unref (g_thread_new ("limn-beside", beside_main, beside));
}
