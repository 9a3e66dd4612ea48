/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Two threads see a job. Before the worker takes it, it lies in the queue and whoever removes it there, under the lock, owns its
 * ending: the worker, the handler of its cancellable, or the end of the session. The engine, and so everything GL,
 * is touched by the worker alone; the one exception is hash_model(), which has a thread of its own that never outlives the engine.
 *
 * The user's cancellable is not what the work looks at: each job has one of its own, so that the end of the session
 * can cancel a job whose caller gave none. */
#include "config.h"

#include "session/limn-session-private.h"

#include "base/limn-error.h"
#include "session/limn-generation.h"

typedef struct
{
  guint64       serial;
  LimnRequest  *request;
  LimnFeed     *feed;
  GTask        *task;
  GCancellable *cancellable; /* the job's own */
  GCancellable *user;        /* (nullable) */
  gulong        user_handler;
} Job;

/* Belongs to the worker. */
typedef struct
{
  LimnEngineOpen open;
  gpointer       open_data;
  LimnEngine    *engine;
  char          *key;

  GThread       *hash_thread;
  GCancellable  *hash_cancellable;
  GError        *hash_error;
  char          *model_files; /* (nullable): of the model under @key */
} Worker;

/* Counted by itself and not part of the session: a handler of a cancellable may run in any thread while the session
 * ends, and must not be what ends it (the worker may wait for that very handler). */
typedef struct
{
  GMutex        mutex; /* guards what follows */
  GCond         cond;
  gboolean      quit;
  GQueue        jobs;
  Job          *running; /* its cancellable may be used under the lock */
  GCancellable *idle;    /* (nullable): of what the engine does while there is no job */
  gint64        idle_after_us;
  guint64       last_serial;
} Queue;

/* What an engine does when idle cannot be cut short while a driver compiles a kernel, up to 2 s on software. Who goes on
 * with the next picture at once, or is a command that ends, shall never wait for that. */
#define IDLE_AFTER_US (5 * G_USEC_PER_SEC)

struct _LimnSession
{
  GObject        parent_instance;

  GThread       *thread;
  Worker         worker;
  GDestroyNotify destroy;
  Queue         *queue;
};

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
  g_free (result);
}

static void
job_free (Job *job)
{
  limn_request_free (job->request);
  g_clear_pointer (&job->feed, limn_feed_unref);
  g_clear_object (&job->task);
  g_clear_object (&job->cancellable);
  g_clear_object (&job->user);
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

/* --- The worker: its engine --- */

static gpointer
hash_main (gpointer data)
{
  Worker *worker = data;

  worker->model_files = worker->engine->hash_model (worker->engine, worker->hash_cancellable, &worker->hash_error);
  return NULL;
}

static void
start_hash (Worker *worker)
{
  if (worker->hash_thread || worker->model_files)
    return;
  g_clear_error (&worker->hash_error);
  worker->hash_cancellable = g_cancellable_new ();
  worker->hash_thread = g_thread_new ("limn-hash", hash_main, worker);
}

static void
join_hash (Worker *worker)
{
  g_clear_pointer (&worker->hash_thread, g_thread_join);
  g_clear_object (&worker->hash_cancellable);
}

/* The model's hashes stay: it will be the same model when the engine comes back. */
static void
close_engine (Worker *worker)
{
  if (worker->hash_cancellable)
    g_cancellable_cancel (worker->hash_cancellable);
  join_hash (worker);
  g_clear_pointer (&worker->engine, limn_engine_free);
}

static gboolean
open_engine (Worker *worker, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%s\n%s\n%s", limn_storage_get_name (request->storage),
                                          request->device ? request->device : "", request->model ? request->model : "");

  if (worker->engine && g_strcmp0 (key, worker->key) == 0)
    return TRUE;
  /* The old one goes first: both at once may not fit. */
  close_engine (worker);
  if (g_strcmp0 (key, worker->key) != 0)
    g_clear_pointer (&worker->model_files, g_free);
  g_clear_pointer (&worker->key, g_free);
  worker->engine = worker->open (worker->open_data, request, cancellable, error);
  if (!worker->engine)
    return FALSE;
  worker->key = g_steal_pointer (&key);
  return TRUE;
}

/* --- The worker: a job --- */

static void
push_start (Job *job, LimnEngine *engine, LimnGeneration *generation, const LimnRequest *request, guint64 need, guint64 limit)
{
  LimnFeedStart *start;

  if (!job->feed)
    return;
  start = g_new0 (LimnFeedStart, 1);
  start->request = limn_request_copy (request);
  start->model_name = g_strdup (engine->facts.model_name);
  start->device = g_strdup (engine->facts.device);
  start->driver = g_strdup (engine->facts.driver);
  start->n_steps = limn_generation_get_n_steps (generation);
  start->first = *limn_generation_get_fingerprint (generation, 0);
  start->need_bytes = need;
  start->limit_bytes = limit;
  limn_feed_push_start (job->feed, start);
}

/* Steps until done or failed, and no further: what to do about a lost device is the caller's. */
static gboolean
run_steps (Worker *worker, Job *job, LimnGeneration *generation, const LimnRequest *request, GError **error)
{
  guint64 need, limit;

  limn_generation_set_engine (generation, worker->engine);
  if (!limn_generation_prepare (generation, &need, &limit, job->cancellable, error))
    return FALSE;
  push_start (job, worker->engine, generation, request, need, limit);
  start_hash (worker);

  while (!limn_generation_is_done (generation))
    {
      g_autoptr(LimnStep) step = limn_generation_step (generation, job->cancellable, error);

      if (!step)
        return FALSE;
      step->serial = job->serial;
      if (job->feed)
        limn_feed_push_step (job->feed, step);
    }
  return TRUE;
}

static gboolean
run_generation (Worker *worker, Job *job, LimnGeneration *generation, const LimnRequest *request, guint *n_recoveries,
                GError **error)
{
  for (;;)
    {
      g_autoptr(GError) local = NULL;

      if (run_steps (worker, job, generation, request, &local))
        return TRUE;
      if (!g_error_matches (local, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }

      g_debug ("device lost after step %u: %s", limn_generation_get_step (generation), local->message);
      limn_generation_set_engine (generation, NULL);
      close_engine (worker);
      if (*n_recoveries == LIMN_SESSION_MAX_RECOVERIES)
        {
          g_propagate_prefixed_error (error, g_steal_pointer (&local),
                                      "The graphics device was reset %u times while it made this picture; it cannot do it. ",
                                      *n_recoveries + 1);
          return FALSE;
        }
      *n_recoveries += 1;
      if (!open_engine (worker, request, job->cancellable, error))
        return FALSE;
    }
}

static void
cancel_other (GCancellable *cancellable, gpointer other)
{
  g_cancellable_cancel (other);
}

/* Gigabytes take seconds, which a job that is cancelled shall not wait for; the next job begins the hash again. */
static void
finish_hash (Worker *worker, GCancellable *cancellable)
{
  gulong handler = 0;

  if (worker->hash_thread)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancel_other), g_object_ref (worker->hash_cancellable),
                                     g_object_unref);
  g_clear_pointer (&worker->hash_thread, g_thread_join);
  g_cancellable_disconnect (cancellable, handler);
  join_hash (worker);
}

static LimnResult *
collect (Worker *worker, Job *job, LimnGeneration *generation, LimnRequest *request, GError **error)
{
  g_autoptr(LimnResult) result = g_new0 (LimnResult, 1);

  finish_hash (worker, job->cancellable);
  if (!worker->model_files)
    {
      g_propagate_error (error, g_steal_pointer (&worker->hash_error));
      return NULL;
    }
  result->serial = job->serial;
  result->request = limn_request_copy (request);
  result->picture = limn_image_ref (limn_generation_get_picture (generation));
  result->fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));
  for (guint i = 0; i <= limn_generation_get_n_steps (generation); i++)
    g_array_append_vals (result->fingerprints, limn_generation_get_fingerprint (generation, i), 1);
  result->model_name = g_strdup (worker->engine->facts.model_name);
  result->model_files = g_strdup (worker->model_files);
  result->device = g_strdup (worker->engine->facts.device);
  result->driver = g_strdup (worker->engine->facts.driver);
  if (limn_generation_get_trajectory (generation))
    {
      /* Through its bytes: a trajectory has no copy, and the generation's belongs to it. */
      g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), error);

      if (!bytes)
        return NULL;
      result->trajectory = limn_trajectory_parse (bytes, error);
      if (!result->trajectory)
        return NULL;
    }
  return g_steal_pointer (&result);
}

static LimnResult *
run_job (Worker *worker, Job *job, GError **error)
{
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  LimnResult *result;
  guint n_recoveries = 0;
  gint64 begin;

  if (g_cancellable_set_error_if_cancelled (job->cancellable, error) ||
      !limn_request_check (job->request, error) ||
      !open_engine (worker, job->request, job->cancellable, error))
    return NULL;

  begin = g_get_monotonic_time ();
  request = limn_engine_resolve (&worker->engine->facts, job->request, error);
  if (!request)
    return NULL;
  generation = limn_generation_new (request, &worker->engine->facts, error);
  if (!generation || !run_generation (worker, job, generation, request, &n_recoveries, error))
    return NULL;

  result = collect (worker, job, generation, request, error);
  if (result)
    {
      result->n_recoveries = n_recoveries;
      result->seconds = (g_get_monotonic_time () - begin) / 1e6;
    }
  return result;
}

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
        close_engine (&self->worker);
    }
  g_mutex_lock (&queue->mutex);
  g_clear_object (&queue->idle);
  return more;
}

/* Under the lock. */
static void
wait_for_job (LimnSession *self)
{
  Queue *queue = self->queue;
  gint64 idle_at = g_get_monotonic_time () + queue->idle_after_us;
  gboolean more = TRUE;

  while (!queue->quit && g_queue_is_empty (&queue->jobs))
    if (!more || !self->worker.engine || !self->worker.engine->idle)
      g_cond_wait (&queue->cond, &queue->mutex);
    else if (g_get_monotonic_time () >= idle_at)
      more = run_idle (self);
    else
      g_cond_wait_until (&queue->cond, &queue->mutex, idle_at);
}

static gpointer
worker_main (gpointer data)
{
  LimnSession *self = data;

  g_mutex_lock (&self->queue->mutex);
  for (;;)
    {
      g_autoptr(GError) error = NULL;
      LimnResult *result;
      Job *job;

      wait_for_job (self);
      if (self->queue->quit)
        break;
      job = g_queue_pop_head (&self->queue->jobs);
      self->queue->running = job;
      g_mutex_unlock (&self->queue->mutex);

      result = run_job (&self->worker, job, &error);

      g_mutex_lock (&self->queue->mutex);
      self->queue->running = NULL;
      g_mutex_unlock (&self->queue->mutex);
      job_disconnect (job);
      if (result)
        g_task_return_pointer (job->task, result, (GDestroyNotify) limn_result_free);
      else
        g_task_return_error (job->task, g_steal_pointer (&error));
      job_free (job);
      g_mutex_lock (&self->queue->mutex);
    }
  g_mutex_unlock (&self->queue->mutex);

  close_engine (&self->worker);
  return NULL;
}

/* --- The session --- */

static void
queue_clear (gpointer data)
{
  Queue *queue = data;

  g_cond_clear (&queue->cond);
  g_mutex_clear (&queue->mutex);
}

static void
limn_session_finalize (GObject *object)
{
  LimnSession *self = LIMN_SESSION (object);
  Job *job;

  if (self->thread)
    {
      g_mutex_lock (&self->queue->mutex);
      self->queue->quit = TRUE;
      if (self->queue->running)
        g_cancellable_cancel (self->queue->running->cancellable);
      if (self->queue->idle)
        g_cancellable_cancel (self->queue->idle);
      g_cond_signal (&self->queue->cond);
      g_mutex_unlock (&self->queue->mutex);
      g_thread_join (self->thread);
    }
  for (;;)
    {
      g_mutex_lock (&self->queue->mutex);
      job = g_queue_pop_head (&self->queue->jobs);
      g_mutex_unlock (&self->queue->mutex);
      if (!job)
        break;
      job_end_cancelled (job);
    }
  g_free (self->worker.key);
  g_free (self->worker.model_files);
  g_clear_error (&self->worker.hash_error);
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
  self->queue = g_atomic_rc_box_new0 (Queue);
  g_mutex_init (&self->queue->mutex);
  g_cond_init (&self->queue->cond);
  g_queue_init (&self->queue->jobs);
  self->queue->idle_after_us = IDLE_AFTER_US;
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
  self->destroy = destroy;
  self->thread = g_thread_new ("limn-worker", worker_main, self);
  return self;
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

/* Any thread. Must neither disconnect nor run the caller's callback here: both would wait for this very handler. */
static void
on_cancelled (GCancellable *user, gpointer data)
{
  CancelData *cancel = data;
  Queue *queue = cancel->queue;
  Job *job = NULL;

  g_cancellable_cancel (cancel->cancellable);
  g_mutex_lock (&queue->mutex);
  for (GList *link = queue->jobs.head; link; link = link->next)
    if (((Job *) link->data)->serial == cancel->serial)
      {
        job = link->data;
        g_queue_delete_link (&queue->jobs, link);
        break;
      }
  g_mutex_unlock (&queue->mutex);
  if (job)
    {
      g_autoptr(GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, end_cancelled_idle, job, NULL);
      g_source_attach (source, g_task_get_context (job->task));
    }
}

guint64
limn_session_generate_async (LimnSession        *self,
                             const LimnRequest  *request,
                             LimnFeed           *feed,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            data)
{
  Job *job = g_new0 (Job, 1);
  gboolean cancelled;
  guint64 serial;

  g_return_val_if_fail (LIMN_IS_SESSION (self), 0);

  job->request = limn_request_copy (request);
  job->feed = feed ? limn_feed_ref (feed) : NULL;
  job->task = g_task_new (NULL, NULL, callback, data);
  g_task_set_source_tag (job->task, limn_session_generate_async);
  job->cancellable = g_cancellable_new ();

  g_mutex_lock (&self->queue->mutex);
  serial = job->serial = ++self->queue->last_serial;
  g_mutex_unlock (&self->queue->mutex);
  if (feed)
    limn_feed_set_serial (feed, serial);

  if (cancellable && !g_cancellable_is_cancelled (cancellable))
    {
      CancelData *cancel = g_new0 (CancelData, 1);

      cancel->queue = g_atomic_rc_box_acquire (self->queue);
      cancel->serial = serial;
      cancel->cancellable = g_object_ref (job->cancellable);
      job->user = g_object_ref (cancellable);
      job->user_handler = g_signal_connect_data (cancellable, "cancelled", G_CALLBACK (on_cancelled), cancel, cancel_data_free, 0);
    }

  /* One that is cancelled from here on is found in the queue by its handler. */
  g_mutex_lock (&self->queue->mutex);
  cancelled = cancellable && g_cancellable_is_cancelled (cancellable);
  if (!cancelled)
    {
      g_queue_push_tail (&self->queue->jobs, job);
      if (self->queue->idle)
        g_cancellable_cancel (self->queue->idle);
      g_cond_signal (&self->queue->cond);
    }
  g_mutex_unlock (&self->queue->mutex);
  if (cancelled)
    job_end_cancelled (job);
  return serial;
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
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr(GAsyncResult) result = NULL;

  limn_session_generate_async (self, request, feed, cancellable, store_result, &result);
  while (!result)
    g_main_context_iteration (context, TRUE);
  return limn_session_generate_finish (self, result, error);
}
