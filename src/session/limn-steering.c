/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-steering.h"

#include "base/limn-error.h"

struct _LimnSteering
{
  GMutex  mutex;  /* guards what follows */
  guint64 serial; /* 0: nothing is painted */
  GQueue  waiting;
};

LimnSteering *
limn_steering_new (void)
{
  LimnSteering *self = g_new0 (LimnSteering, 1);

  g_mutex_init (&self->mutex);
  g_queue_init (&self->waiting);
  return self;
}

void
limn_steering_free (LimnSteering *self)
{
  limn_steering_end (self);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
limn_steer_task_answer (LimnSteerTask *steer, guint step, GError *error)
{
  if (error)
    g_task_return_error (steer->task, error);
  else
    g_task_return_int (steer->task, step);
  g_object_unref (steer->task);
  limn_request_free (steer->request);
  g_free (steer);
}

static void
answer_too_late (LimnSteerTask *steer)
{
  limn_steer_task_answer (steer, 0,
                          g_error_new_literal (LIMN_ERROR, LIMN_ERROR_INVALID,
                                               "This picture is not being painted now: nothing was changed in it."));
}

void
limn_steering_push (LimnSteering *self, guint64 serial, const LimnRequest *request, GTask *task)
{
  LimnSteerTask *steer = g_new0 (LimnSteerTask, 1);
  gboolean painted;

  steer->request = limn_request_copy (request);
  steer->task = task;
  g_mutex_lock (&self->mutex);
  painted = serial != 0 && serial == self->serial;
  if (painted)
    g_queue_push_tail (&self->waiting, steer);
  g_mutex_unlock (&self->mutex);
  if (!painted)
    answer_too_late (steer);
}

void
limn_steering_begin (LimnSteering *self, guint64 serial)
{
  g_mutex_lock (&self->mutex);
  self->serial = serial;
  g_mutex_unlock (&self->mutex);
}

LimnSteerTask *
limn_steering_take (LimnSteering *self)
{
  LimnSteerTask *steer;

  g_mutex_lock (&self->mutex);
  steer = g_queue_pop_head (&self->waiting);
  g_mutex_unlock (&self->mutex);
  return steer;
}

void
limn_steering_end (LimnSteering *self)
{
  LimnSteerTask *steer;

  limn_steering_begin (self, 0);
  while ((steer = limn_steering_take (self)))
    answer_too_late (steer);
}
