/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-job-private.h"
#include "session/limn-job-run.h"

#include "session/limn-estimates.h"

G_BEGIN_DECLS

/* The queue in three files: what it is (limn-job-queue.c), how pictures are painted, stopped and saved (limn-job-queue-paint.c), and how
 * it is kept and taken up again (limn-job-queue-keep.c). */

typedef enum
{
  STAGE_NEW,       /* nothing is read yet */
  STAGE_RESTORING,
  STAGE_READY,
  STAGE_REFUSED,   /* another program works here */
} Stage;

/* What the run at hand takes; the first of each is left out where there are more, since kernels are compiled in it. */
typedef struct
{
  guint  n_steps;
  double step_seconds;
  guint  n_frames[2]; /* full, half */
  double frame_seconds[2];
  gint64 first_at;    /* when the first step was there */
} Pace;

struct _LimnJobQueue
{
  GObject        parent_instance;

  LimnSession   *session;
  LimnKeeper    *keeper;
  char          *state_folder;
  char          *steps_folder;
  char          *folder;
  GPtrArray     *folders;   /* all that pictures of the jobs may have gone to */

  Stage          stage;
  gboolean       keeps;     /* the state folder can be used */
  int            lock;
  char          *refusal;

  GPtrArray     *jobs;
  GPtrArray     *aside;     /* out of the list, and may come back */
  LimnJobRun    *run;       /* (nullable) */
  LimnJob       *running;   /* as last notified */
  gboolean       paused;

  gint64         keep_every_us; /* how often the steps of a picture are written at most */
  gint64         kept_at;       /* when those of the run at hand were */
  gboolean       is_behind;     /* there are newer ones in memory */

  LimnEstimates *estimates;
  Pace           pace;
  double         seconds_left;
};

/* limn-job-queue.c */

/* For tests: 0: each step is written. */
void     limn_job_queue_set_keep_every      (LimnJobQueue *self,
                                             gint64        keep_every_us);

/** limn_job_queue_find: @position: (out) (optional) */
gboolean limn_job_queue_find                (LimnJobQueue *self,
                                             LimnJob      *job,
                                             guint        *position);
gboolean limn_job_queue_is_aside            (LimnJobQueue *self,
                                             LimnJob      *job);
/** limn_job_queue_place: moves or inserts @job to the place that its state asks for. @position: among its like, as near as can be. */
void     limn_job_queue_place               (LimnJobQueue *self,
                                             LimnJob      *job,
                                             guint         position);
/** limn_job_queue_drop: out of the list. */
void     limn_job_queue_drop                (LimnJobQueue *self,
                                             LimnJob      *job);
/** limn_job_queue_update_seconds_left: @only: (nullable): the job for which something changed; NULL: all */
void     limn_job_queue_update_seconds_left (LimnJobQueue *self,
                                             LimnJob      *only);
void     limn_job_queue_emit_started        (LimnJobQueue *self,
                                             LimnJob      *job);
void     limn_job_queue_emit_saved          (LimnJobQueue *self,
                                             LimnJob      *job,
                                             const char   *path,
                                             LimnReel     *reel);
void     limn_job_queue_emit_ended          (LimnJobQueue *self,
                                             LimnJob      *job);
void     limn_job_queue_emit_remark         (LimnJobQueue *self,
                                             LimnJob      *job,
                                             const char   *message);
void     limn_job_queue_notify_running      (LimnJobQueue *self);
/** limn_job_queue_notify_access: "keeps" or "refused" may have changed. */
void     limn_job_queue_notify_access       (LimnJobQueue *self);

/* limn-job-queue-keep.c */

/** limn_job_queue_keep: after every change. */
void     limn_job_queue_keep                (LimnJobQueue *self);
void     limn_job_queue_keep_estimates      (LimnJobQueue *self);
/** limn_job_queue_keep_steps: writes those of the run at hand, if there are newer ones. */
void     limn_job_queue_keep_steps          (LimnJobQueue *self);
/** limn_job_queue_steps_path: (transfer full): of the trajectory of picture @picture. */
char    *limn_job_queue_steps_path          (LimnJobQueue *self,
                                             LimnJob      *job,
                                             guint         picture);

/* limn-job-queue-paint.c */

/** limn_job_queue_begin_next: if nothing is painted and something is to be. */
void     limn_job_queue_begin_next          (LimnJobQueue *self);
/** limn_job_queue_settle: no picture of @job is painted now: it waits, is being saved, or is over. */
void     limn_job_queue_settle              (LimnJobQueue *self,
                                             LimnJob      *job);
void     limn_job_queue_fail                (LimnJobQueue *self,
                                             LimnJob      *job,
                                             const char   *message);
/** limn_job_queue_end_stopped: saves the last step of the picture at hand. */
void     limn_job_queue_end_stopped         (LimnJobQueue *self,
                                             LimnJob      *job,
                                             guint         picture);

G_END_DECLS
