/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnSteering:
 *
 * What is said to a picture while it is painted: the thread that asks puts it here, the worker takes it between two steps, and each is answered
 * once. Made by the session. Thread-safety: any.
 */
typedef struct _LimnSteering LimnSteering;

/**
 * LimnSteerTask:
 * @task: its result is the step after which @request holds
 */
typedef struct
{
  LimnRequest *request;
  GTask       *task;
} LimnSteerTask;

LimnSteering  *limn_steering_new   (void);
void           limn_steering_free  (LimnSteering      *steering);

/** limn_steering_push: @task: taken; answered at once where @serial is not what is painted. */
void           limn_steering_push  (LimnSteering      *steering,
                                    guint64            serial,
                                    const LimnRequest *request,
                                    GTask             *task);

/** limn_steering_begin: the worker paints @serial from here on. */
void           limn_steering_begin (LimnSteering      *steering,
                                    guint64            serial);
/** limn_steering_end: and no more; whoever still waits is told so. */
void           limn_steering_end   (LimnSteering      *steering);

/** limn_steering_take: (transfer full) (nullable): the oldest that waits; to be answered. */
LimnSteerTask *limn_steering_take  (LimnSteering      *steering);

/** limn_steer_task_answer: frees @steer. @error: (nullable): taken; NULL: it holds after @step. */
void           limn_steer_task_answer (LimnSteerTask  *steer,
                                       guint           step,
                                       GError         *error);

G_END_DECLS
