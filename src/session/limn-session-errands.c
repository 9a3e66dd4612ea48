/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is asked for beside pictures: when each errand is done, and what is done again when a job or a lost device cut it short. */
#include "config.h"

#include "session/limn-session-job-private.h"

#include "base/limn-error.h"

/* Under the lock. The newest that the engine under @key (NULL: any) can do, @beside a job; where @when_idle and there is none, the oldest
 * of those that wait for idle times. */
static Job *
take_errand (Queue *queue, const char *key, gboolean beside, gboolean when_idle)
{
  Job *job;

  for (GList *link = queue->errands.tail; link; link = link->prev)
    {
      job = link->data;
      if (!job->when_idle && (job->beside || !beside) && (!key || g_str_equal (job->key, key)))
        {
          g_queue_delete_link (&queue->errands, link);
          return job;
        }
    }
  for (GList *link = when_idle ? queue->errands.head : NULL; link; link = link->next)
    {
      job = link->data;
      if (job->when_idle)
        {
          g_queue_delete_link (&queue->errands, link);
          return job;
        }
    }
  return NULL;
}

static void
cancel_other (GCancellable *cancellable, gpointer other)
{
  g_cancellable_cancel (other);
}

/* Under the lock. Whether somebody waits for what an errand for idle times stands in the way of. */
static gboolean
is_wanted (Queue *queue)
{
  for (const GList *link = queue->errands.head; link; link = link->next)
    if (!((const Job *) link->data)->when_idle)
      return TRUE;
  return !g_queue_is_empty (&queue->jobs);
}

/* Weights that are half read are of no use to anybody: it goes on until they are all there, unless another model is wanted. What comes after it is
 * done in pieces. */
static gboolean
do_warm_up (LimnSession *self, Job *job, GCancellable *cancellable, GError **error)
{
  Queue *queue = self->queue;
  gboolean good;

  g_mutex_lock (&queue->mutex);
  queue->errand = NULL;
  queue->loading = cancellable;
  queue->loading_key = job->key;
  if (queue->quit)
    g_cancellable_cancel (cancellable);
  g_mutex_unlock (&queue->mutex);
  good = limn_worker_load (&self->worker, job->request, cancellable, error);
  g_mutex_lock (&queue->mutex);
  queue->loading = NULL;
  queue->loading_key = NULL;
  queue->errand = cancellable;
  queue->errand_yields = TRUE;
  if (queue->quit || is_wanted (queue))
    g_cancellable_cancel (cancellable);
  g_mutex_unlock (&queue->mutex);
  return good && limn_worker_warm_up (&self->worker, job->request, cancellable, error);
}

static gpointer
do_errand (LimnSession *self, Job *job, GCancellable *cancellable, GError **error)
{
  if (job->kind == JOB_INSPECT)
    return limn_worker_inspect (&self->worker, job->request, cancellable, error);
  if (job->kind == JOB_WARM_UP)
    return GINT_TO_POINTER (do_warm_up (self, job, cancellable, error));
  if (job->kind == JOB_SKETCH)
    return limn_worker_sketch (&self->worker, job->request, job->level, job->feed, cancellable, error);
  return limn_worker_decode (&self->worker, job->request, job->latent, job->width_lt, job->height_lt, job->scale, cancellable, error);
}

static int
compare_serials (gconstpointer a, gconstpointer b, gpointer data)
{
  guint64 first = ((const Job *) a)->serial, second = ((const Job *) b)->serial;

  return first < second ? -1 : first > second;
}

/* Under the lock. Whether it is worth another try: it was cut short by a job, or its device was lost. Else it stays the caller's. */
static gboolean
put_back (Queue *queue, Job *job, const GError *error)
{
  if (queue->quit || g_cancellable_is_cancelled (job->cancellable))
    return FALSE;
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
    {
      if (job->n_losses++ == LIMN_SESSION_MAX_RECOVERIES)
        return FALSE;
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  /* Where it was: it has become no newer. */
  g_queue_insert_sorted (&queue->errands, job, compare_serials, NULL);
  return TRUE;
}

/* Under the lock but for the work itself. Returns FALSE with @error, LIMN_ERROR_DEVICE_LOST, when the engine is of no use any more. */
static gboolean
run_errand (LimnSession *self, Job *job, GError **error)
{
  Queue *queue = self->queue;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) local = NULL;
  gpointer result;
  gulong handler;
  gboolean lost;

  queue->errand = cancellable;
  queue->errand_yields = job->when_idle || !job->beside;
  queue->sketched = queue->sketched || job->kind == JOB_SKETCH;
  g_mutex_unlock (&queue->mutex);
  handler = g_cancellable_connect (job->cancellable, G_CALLBACK (cancel_other), g_object_ref (cancellable), g_object_unref);
  result = do_errand (self, job, cancellable, &local);
  g_cancellable_disconnect (job->cancellable, handler);
  lost = g_error_matches (local, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  if (lost && error)
    g_propagate_error (error, g_error_copy (local));

  g_mutex_lock (&queue->mutex);
  queue->errand = NULL;
  if (!local || !put_back (queue, job, local))
    {
      static const GDestroyNotify destroys[] = {
        [JOB_INSPECT] = (GDestroyNotify) limn_inspection_unref,
        [JOB_DECODE] = (GDestroyNotify) limn_image_unref,
        [JOB_WARM_UP] = NULL,
        [JOB_SKETCH] = (GDestroyNotify) limn_image_unref,
      };
      GDestroyNotify destroy = destroys[job->kind];

      g_mutex_unlock (&queue->mutex);
      limn_session_job_end (job, result, destroy, g_steal_pointer (&local));
      g_mutex_lock (&queue->mutex);
    }
  return !lost;
}

gboolean
limn_session_pause_for_errand (gpointer data, GError **error)
{
  LimnSession *self = data;
  Job *errand = NULL;
  gboolean done;

  g_mutex_lock (&self->queue->mutex);
  if (!self->queue->quit && !g_cancellable_is_cancelled (self->queue->running->cancellable))
    errand = take_errand (self->queue, self->worker.key, TRUE, FALSE);
  done = !errand || run_errand (self, errand, error);
  g_mutex_unlock (&self->queue->mutex);
  return done;
}

/* Under the lock. The newest question about the model under @key. */
static Job *
take_question (Queue *queue, const char *key)
{
  for (GList *link = queue->errands.tail; link; link = link->prev)
    {
      Job *job = link->data;

      if (job->kind == JOB_INSPECT && g_str_equal (job->key, key))
        {
          g_queue_delete_link (&queue->errands, link);
          return job;
        }
    }
  return NULL;
}

void
limn_session_on_reading (gpointer data, double done)
{
  LimnSession *self = data;
  Queue *queue = self->queue;
  Job *errand = NULL;

  g_mutex_lock (&queue->mutex);
  queue->reading = done;
  if (done >= 0 && !queue->quit && !queue->errand)
    errand = take_question (queue, self->worker.key);
  /* A lost device is met again by who is reading. */
  if (errand)
    run_errand (self, errand, NULL);
  g_mutex_unlock (&queue->mutex);
}

gboolean
limn_session_run_some_errand (LimnSession *self, gboolean rested)
{
  g_autoptr(GError) error = NULL;
  /* Without an engine any key is as good. */
  const char *key = self->worker.engine ? self->worker.key : "";
  Job *errand = take_errand (self->queue, rested ? NULL : key, FALSE, rested);

  if (!errand)
    return FALSE;
  if (!run_errand (self, errand, &error))
    limn_worker_close_engine (&self->worker);
  return TRUE;
}

/* --- What can be asked for --- */

void
limn_session_inspect_async (LimnSession        *self,
                            const LimnRequest  *request,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            data)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  limn_session_submit (self, limn_session_job_new (JOB_INSPECT, request, callback, data, limn_session_inspect_async), cancellable);
}

LimnInspection *
limn_session_inspect_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_session_inspect_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
submit_decode (LimnSession        *self,
               const LimnRequest  *request,
               GBytes             *latent,
               guint               width_lt,
               guint               height_lt,
               double              scale,
               gboolean            when_idle,
               GCancellable       *cancellable,
               GAsyncReadyCallback callback,
               gpointer            data)
{
  Job *job = limn_session_job_new (JOB_DECODE, request, callback, data, limn_session_decode_async);

  job->latent = g_bytes_ref (latent);
  job->width_lt = width_lt;
  job->height_lt = height_lt;
  job->scale = scale;
  job->when_idle = when_idle;
  limn_session_submit (self, job, cancellable);
}

void
limn_session_decode_async (LimnSession        *self,
                           const LimnRequest  *request,
                           GBytes             *latent,
                           guint               width_lt,
                           guint               height_lt,
                           double              scale,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  submit_decode (self, request, latent, width_lt, height_lt, scale, FALSE, cancellable, callback, data);
}

void
limn_session_decode_when_idle_async (LimnSession        *self,
                                     const LimnRequest  *request,
                                     GBytes             *latent,
                                     guint               width_lt,
                                     guint               height_lt,
                                     double              scale,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            data)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  submit_decode (self, request, latent, width_lt, height_lt, scale, TRUE, cancellable, callback, data);
}

LimnImage *
limn_session_decode_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_session_decode_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
limn_session_warm_up_async (LimnSession        *self,
                            const LimnRequest  *request,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            data)
{
  Job *job;

  g_return_if_fail (LIMN_IS_SESSION (self));

  job = limn_session_job_new (JOB_WARM_UP, request, callback, data, limn_session_warm_up_async);
  job->when_idle = TRUE;
  limn_session_submit (self, job, cancellable);
}

gboolean
limn_session_warm_up_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_session_warm_up_async), FALSE);

  return GPOINTER_TO_INT (g_task_propagate_pointer (G_TASK (result), error));
}

void
limn_session_sketch_async (LimnSession        *self,
                           const LimnRequest  *request,
                           LimnSketchLevel     level,
                           LimnFeed           *feed,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            data)
{
  Job *job;

  g_return_if_fail (LIMN_IS_SESSION (self));

  job = limn_session_job_new (JOB_SKETCH, request, callback, data, limn_session_sketch_async);
  job->level = level;
  job->feed = feed ? limn_feed_ref (feed) : NULL;
  job->beside = limn_sketch_is_short (request, level);
  limn_session_submit (self, job, cancellable);
}

LimnImage *
limn_session_sketch_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_session_sketch_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
