/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-job-private.h"

G_BEGIN_DECLS

/**
 * LimnJobRunFuncs: what the queue hears; main thread
 * @started: the job's feed has its start; its reel is there
 * @remark: something that stops nothing, for the artist
 * @stepped: the job's @last, @fingerprints, @kept and reel are new. @step: as it came from the feed
 * @turned: the picture was steered: the job's reel knows, limn_feed_get_request() of its feed too, and @n_steps is new
 * @ended: with a result, or with an error; the run is gone after this
 */
typedef struct
{
  void (*started) (gpointer          data);
  void (*stepped) (gpointer          data,
                   LimnStep         *step);
  void (*kept)    (gpointer          data,
                   GBytes           *trajectory);
  void (*remark)  (gpointer          data,
                   const char       *message);
  void (*turned)  (gpointer          data,
                   guint             n_steps);
  void (*ended)   (gpointer          data,
                   const LimnResult *result,
                   const GError     *error);
} LimnJobRunFuncs;

/**
 * LimnJobRun:
 *
 * One picture of a job on its way through the session, from the newest trajectory there is: the one in memory, else the one in its file,
 * else that of another picture with which it shares steps, else from noise. A trajectory that does not fit or is damaged is no failure: the
 * picture is begun anew, and a remark says so.
 *
 * Thread-safety: main thread.
 */
typedef struct _LimnJobRun LimnJobRun;

/**
 * limn_job_run_start:
 * @path: of its trajectory
 * @other: (nullable): of one that may share steps with it
 * @one_step: ends by itself, as if it had been cancelled, after the first step that the feed gives; without a trajectory at once
 */
LimnJobRun *limn_job_run_start       (LimnSession           *session,
                                      LimnJob               *job,
                                      const char            *path,
                                      const char            *other,
                                      gboolean               one_step,
                                      const LimnJobRunFuncs *funcs,
                                      gpointer               data);
LimnJob    *limn_job_run_get_job     (LimnJobRun            *run);
guint       limn_job_run_get_picture (LimnJobRun            *run);

/** limn_job_run_is_one_step: whether it is only to show the step that it goes on from. */
gboolean    limn_job_run_is_one_step (LimnJobRun           *run);

/** limn_job_run_get_serial: of the session's job; 0 while there is none. */
guint64     limn_job_run_get_serial  (LimnJobRun            *run);

/** limn_job_run_take_news: what the session has told by now is heard at once, and not when the main loop comes to it. */
void        limn_job_run_take_news   (LimnJobRun            *run);

/** limn_job_run_cancel: it ends soon, maybe with a result all the same. */
void        limn_job_run_cancel      (LimnJobRun            *run);

/** limn_job_run_detach: cancels it; nothing is told any more. The caller forgets it. */
void        limn_job_run_detach      (LimnJobRun            *run);

G_END_DECLS
