/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-session.h"

#include "session/limn-steering.h"
#include "session/limn-worker.h"

G_BEGIN_DECLS

/* The session in two files: its queues, its thread and its jobs (limn-session.c), and what is done between their steps and while there are
 * none (limn-session-errands.c). */

typedef enum
{
  JOB_PAINT,
  JOB_INSPECT,
  JOB_DECODE,
  JOB_WARM_UP,
  JOB_SKETCH,
} JobKind;

typedef struct
{
  JobKind       kind;
  guint64       serial;
  LimnRequest  *request;
  LimnFeed     *feed;        /* (nullable) */
  GBytes       *own;         /* (nullable): steps to go on from */
  GBytes       *other;       /* (nullable) */
  GTask        *task;
  GCancellable *cancellable; /* the job's own */
  GCancellable *user;        /* (nullable) */
  gulong        user_handler;

  /* Of errands. */
  char         *key;         /* of the engine that serves it */
  gboolean      when_idle;   /* nobody waits for it */
  gboolean      beside;      /* short enough to be done between two steps of a job */
  guint         n_losses;
  GBytes       *latent;
  guint         width_lt;
  guint         height_lt;
  double        scale;
  LimnSketchLevel level;
} Job;

/* Counted by itself and not part of the session: a handler of a cancellable may run in any thread while the session
 * ends, and must not be what ends it (the worker may wait for that very handler). */
typedef struct
{
  GMutex        mutex; /* guards what follows */
  GCond         cond;
  gboolean      quit;
  guint         n_beside;     /* threads of limn_session_run_in_thread() */
  GCond         beside_cond;
  GQueue        jobs;
  GQueue        errands;      /* the newest last */
  Job          *running;      /* its cancellable may be used under the lock */
  GCancellable *errand;       /* (nullable): of the errand that is being done */
  gboolean      errand_yields; /* it is one for idle times */
  GCancellable *loading;      /* (nullable): of an errand that reads weights of @loading_key: who wants these waits, who wants others does not */
  const char   *loading_key;
  double        reading;      /* LimnEngineReading */
  GCancellable *idle;         /* (nullable): of what the engine does while there is no job */
  gint64        idle_after_us;
  gboolean      sketched;     /* since the last job */
  gint64        rested_at;    /* monotonic time */
  guint64       last_serial;
  LimnResources *previews;    /* (nullable) */
} Queue;

struct _LimnSession
{
  GObject        parent_instance;

  GThread       *thread;
  LimnWorker     worker;
  GDestroyNotify destroy;
  Queue         *queue;
  LimnSteering  *steering;
};

/* limn-session.c */

/** limn_session_job_new: @tag: the function that the artist's side called; its _finish() asks for it. */
Job     *limn_session_job_new          (JobKind             kind,
                                        const LimnRequest  *request,
                                        GAsyncReadyCallback callback,
                                        gpointer            data,
                                        gpointer            tag);
/** limn_session_job_end: not under the lock. Takes @job, and @result or, where that is NULL, @error. */
void     limn_session_job_end          (Job                *job,
                                        gpointer            result,
                                        GDestroyNotify      destroy,
                                        GError             *error);
/** limn_session_submit: takes @job. Returns its serial. */
guint64  limn_session_submit           (LimnSession        *self,
                                        Job                *job,
                                        GCancellable       *cancellable);

/* limn-session-errands.c: the worker */

/** limn_session_pause_for_errand: between two steps of a job. */
gboolean limn_session_pause_for_errand (gpointer            session,
                                        GError            **error);
/** limn_session_on_reading: a LimnEngineReading: what can be said without weights is said meanwhile. */
void     limn_session_on_reading       (gpointer            session,
                                        double              done);
/** limn_session_run_some_errand: under the lock, while there is no job. @rested: long enough for what nobody waits for. Returns whether
 *  there was one. */
gboolean limn_session_run_some_errand  (LimnSession        *self,
                                        gboolean            rested);

G_END_DECLS
