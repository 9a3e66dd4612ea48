/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One run at a time (limn-job-run.c); everything here happens on the main thread and waits for nothing: the session paints, the keeper writes.
 *
 * A picture is in one of three places of its job: not painted ("next" and after it), painted by an earlier program that may not have saved it
 * ("redo"), painted and on its way to the disk ("unsaved"). queue.json holds the last two as one list, and a picture leaves it when the
 * keeper has said that its file is there; between the two moments a restart finds the file by the id in it. So no order of writing and being
 * killed loses a picture or makes it twice. */
#include "config.h"

#include "session/limn-job-queue-private.h"

#include <string.h>
#include <unistd.h>

/* What a kill may cost. */
#define KEEP_EVERY_US (1 * G_USEC_PER_SEC)

typedef enum
{
  PROP_RUNNING = 1,
  PROP_PAUSED,
  PROP_FOLDER,
  PROP_SECONDS_LEFT,
  PROP_KEEPS,
  PROP_REFUSED,
  N_PROPS,
} Property;

typedef enum
{
  SIGNAL_PICTURE_STARTED,
  SIGNAL_PICTURE_SAVED,
  SIGNAL_JOB_ENDED,
  SIGNAL_REMARK,
  N_SIGNALS,
} Signal;

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnJobQueue, limn_job_queue, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* --- The list --- */

static GType
get_item_type (GListModel *list)
{
  return LIMN_TYPE_JOB;
}

static guint
get_n_items (GListModel *list)
{
  return LIMN_JOB_QUEUE (list)->jobs->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  LimnJobQueue *self = LIMN_JOB_QUEUE (list);

  return position < self->jobs->len ? g_object_ref (g_ptr_array_index (self->jobs, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

gboolean
limn_job_queue_find (LimnJobQueue *self, LimnJob *job, guint *position)
{
  return g_ptr_array_find (self->jobs, job, position);
}

gboolean
limn_job_queue_is_aside (LimnJobQueue *self, LimnJob *job)
{
  return g_ptr_array_find (self->aside, job, NULL);
}

/* To the place that its state asks for: before the first job of a later kind. @position: among those, as near as can be. */
void
limn_job_queue_place (LimnJobQueue *self, LimnJob *job, guint position)
{
  static const guint ranks[] = { [LIMN_JOB_WAITING] = 1, [LIMN_JOB_PAINTING] = 0, [LIMN_JOB_PAUSED] = 0, [LIMN_JOB_SAVING] = 2,
                                 [LIMN_JOB_FAILED] = 3,  [LIMN_JOB_DONE] = 4,     [LIMN_JOB_STOPPED] = 4 };
  guint rank = ranks[job->state];
  guint first = 0, end = 0, old;
  gboolean there = limn_job_queue_find (self, job, &old);

  g_object_ref (job);
  if (there)
    g_ptr_array_remove_index (self->jobs, old);
  for (guint i = 0; i < self->jobs->len; i++)
    {
      LimnJob *other = g_ptr_array_index (self->jobs, i);

      first += ranks[other->state] < rank;
      end += ranks[other->state] <= rank;
    }
  position = CLAMP (position, first, end);
  g_ptr_array_insert (self->jobs, position, job);
  if (there && old != position)
    {
      guint low = MIN (old, position);
      guint n = MAX (old, position) - low + 1;

      g_list_model_items_changed (G_LIST_MODEL (self), low, n, n);
    }
  else if (!there)
    g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
}

void
limn_job_queue_drop (LimnJobQueue *self, LimnJob *job)
{
  guint position;

  if (!limn_job_queue_find (self, job, &position))
    return;
  g_ptr_array_remove_index (self->jobs, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

/* --- How long it will take --- */

static double
estimate_picture (LimnJobQueue *self, LimnJob *job, guint n_steps)
{
  return limn_estimates_get (self->estimates, job->request, n_steps, job->max_slowdown);
}

/* Of the picture that is painted: by the clock, once there are two steps, since that counts everything. */
static double
estimate_rest (LimnJobQueue *self, LimnJob *job)
{
  guint left = job->n_steps - MIN (job->step, job->n_steps);

  if (self->run && limn_job_run_get_job (self->run) == job && self->pace.n_steps > 1)
    return (g_get_monotonic_time () - self->pace.first_at) / 1e6 / (self->pace.n_steps - 1) * left;
  return estimate_picture (self, job, job->n_steps ? left : G_MAXUINT);
}

static double
estimate_job (LimnJobQueue *self, LimnJob *job)
{
  guint current = limn_job_get_current (job);
  double rest, n_more, whole = 0;

  if (current == LIMN_JOB_NONE || job->state == LIMN_JOB_SAVING || job->state == LIMN_JOB_FAILED)
    return 0;
  rest = estimate_rest (self, job);
  n_more = job->redo->len > 0 ? job->redo->len - 1 + limn_job_count_rest (job, job->next) : limn_job_count_rest (job, job->next + 1);
  if (n_more > 0)
    whole = n_more * estimate_picture (self, job, G_MAXUINT);
  return rest < 0 || whole < 0 ? -1 : rest + whole;
}

/* @only: (nullable): the job for which something changed; NULL: all */
void
limn_job_queue_update_seconds_left (LimnJobQueue *self, LimnJob *only)
{
  double all = 0;

  for (guint i = 0; i < self->jobs->len; i++)
    {
      LimnJob *job = g_ptr_array_index (self->jobs, i);

      if (!only || job == only)
        limn_job_set_seconds_left (job, estimate_job (self, job));
      all = all < 0 || job->seconds_left < 0 ? -1 : all + job->seconds_left;
    }
  if (all == self->seconds_left)
    return;
  self->seconds_left = all;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SECONDS_LEFT]);
}

/* --- What others hear --- */

void
limn_job_queue_emit_started (LimnJobQueue *self, LimnJob *job)
{
  g_signal_emit (self, signals[SIGNAL_PICTURE_STARTED], 0, job, job->reel);
}

void
limn_job_queue_emit_saved (LimnJobQueue *self, LimnJob *job, const char *path, LimnReel *reel)
{
  g_signal_emit (self, signals[SIGNAL_PICTURE_SAVED], 0, job, path, reel);
}

void
limn_job_queue_emit_ended (LimnJobQueue *self, LimnJob *job)
{
  g_signal_emit (self, signals[SIGNAL_JOB_ENDED], 0, job);
}

void
limn_job_queue_emit_remark (LimnJobQueue *self, LimnJob *job, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_REMARK], 0, job, message);
}

void
limn_job_queue_notify_running (LimnJobQueue *self)
{
  LimnJob *job = self->run ? limn_job_run_get_job (self->run) : NULL;

  if (job == self->running)
    return;
  self->running = job;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
}

void
limn_job_queue_notify_access (LimnJobQueue *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_KEEPS]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REFUSED]);
}

/* --- The object --- */

static void
limn_job_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnJobQueue *self = LIMN_JOB_QUEUE (object);

  switch ((Property) id)
    {
    case PROP_RUNNING:
      g_value_set_object (value, limn_job_queue_get_running (self));
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, self->paused);
      break;
    case PROP_FOLDER:
      g_value_set_string (value, self->folder);
      break;
    case PROP_SECONDS_LEFT:
      g_value_set_double (value, self->seconds_left);
      break;
    case PROP_KEEPS:
      g_value_set_boolean (value, limn_job_queue_keeps (self));
      break;
    case PROP_REFUSED:
      g_value_set_boolean (value, limn_job_queue_is_refused (self));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_job_queue_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnJobQueue *self = LIMN_JOB_QUEUE (object);

  switch ((Property) id)
    {
    case PROP_PAUSED:
      limn_job_queue_set_paused (self, g_value_get_boolean (value));
      break;
    case PROP_FOLDER:
      limn_job_queue_set_folder (self, g_value_get_string (value));
      break;
    case PROP_RUNNING:
    case PROP_SECONDS_LEFT:
    case PROP_KEEPS:
    case PROP_REFUSED:
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_job_queue_dispose (GObject *object)
{
  LimnJobQueue *self = LIMN_JOB_QUEUE (object);

  if (self->keeper)
    limn_job_queue_keep_steps (self);
  g_clear_pointer (&self->run, limn_job_run_detach);
  self->running = NULL;
  /* Whoever still holds a job shall not hold a reel, and with it the session. */
  for (guint i = 0; i < self->jobs->len; i++)
    limn_job_drop_picture (g_ptr_array_index (self->jobs, i));
  for (guint i = 0; i < self->aside->len; i++)
    limn_job_drop_picture (g_ptr_array_index (self->aside, i));
  g_ptr_array_set_size (self->jobs, 0);
  g_ptr_array_set_size (self->aside, 0);
  g_clear_object (&self->session);
  g_clear_object (&self->keeper);
  if (self->lock >= 0)
    close (self->lock);
  self->lock = -1;
  G_OBJECT_CLASS (limn_job_queue_parent_class)->dispose (object);
}

static void
limn_job_queue_finalize (GObject *object)
{
  LimnJobQueue *self = LIMN_JOB_QUEUE (object);

  g_ptr_array_unref (self->jobs);
  g_ptr_array_unref (self->aside);
  g_ptr_array_unref (self->folders);
  limn_estimates_free (self->estimates);
  g_free (self->state_folder);
  g_free (self->steps_folder);
  g_free (self->folder);
  g_free (self->refusal);
  G_OBJECT_CLASS (limn_job_queue_parent_class)->finalize (object);
}

static void
limn_job_queue_class_init (LimnJobQueueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GParamFlags both = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_job_queue_get_property;
  object_class->set_property = limn_job_queue_set_property;
  object_class->dispose = limn_job_queue_dispose;
  object_class->finalize = limn_job_queue_finalize;

  props[PROP_RUNNING] = g_param_spec_object ("running", NULL, NULL, LIMN_TYPE_JOB, read);
  props[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, both);
  props[PROP_FOLDER] = g_param_spec_string ("folder", NULL, NULL, NULL, both);
  props[PROP_SECONDS_LEFT] = g_param_spec_double ("seconds-left", NULL, NULL, -1, G_MAXDOUBLE, 0, read);
  props[PROP_KEEPS] = g_param_spec_boolean ("keeps", NULL, NULL, FALSE, read);
  props[PROP_REFUSED] = g_param_spec_boolean ("refused", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[SIGNAL_PICTURE_STARTED] = g_signal_new ("picture-started", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                                  NULL, G_TYPE_NONE, 2, LIMN_TYPE_JOB, LIMN_TYPE_REEL);
  signals[SIGNAL_PICTURE_SAVED] = g_signal_new ("picture-saved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 3, LIMN_TYPE_JOB, G_TYPE_STRING, LIMN_TYPE_REEL);
  signals[SIGNAL_JOB_ENDED] = g_signal_new ("job-ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                            G_TYPE_NONE, 1, LIMN_TYPE_JOB);
  signals[SIGNAL_REMARK] = g_signal_new ("remark", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, LIMN_TYPE_JOB, G_TYPE_STRING);
}

static void
limn_job_queue_init (LimnJobQueue *self)
{
  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  self->aside = g_ptr_array_new_with_free_func (g_object_unref);
  self->folders = g_ptr_array_new_with_free_func (g_free);
  self->estimates = limn_estimates_new ();
  self->lock = -1;
  self->keep_every_us = KEEP_EVERY_US;
}

void
limn_job_queue_set_keep_every (LimnJobQueue *self, gint64 keep_every_us)
{
  self->keep_every_us = keep_every_us;
}

LimnJobQueue *
limn_job_queue_new (LimnSession *session, LimnKeeper *keeper, const char *state_folder, const char *folder)
{
  LimnJobQueue *self = g_object_new (LIMN_TYPE_JOB_QUEUE, NULL);

  self->session = g_object_ref (session);
  self->keeper = g_object_ref (keeper);
  self->state_folder = g_strdup (state_folder);
  self->steps_folder = g_build_filename (state_folder, "steps", NULL);
  self->folder = g_strdup (folder);
  limn_keeper_set_access (keeper, state_folder, LIMN_KEEPER_HELD);
  return self;
}

/* (transfer full) @job */
static LimnJob *
add (LimnJobQueue *self, LimnJob *job)
{
  G_GNUC_UNUSED g_autoptr(LimnJob) held = job;
  g_autoptr(GError) error = NULL;

  limn_job_queue_place (self, job, G_MAXUINT);
  if (self->stage == STAGE_REFUSED)
    limn_job_queue_fail (self, job, self->refusal);
  /* A sheet that could be made has pictures that can be. */
  else if (!job->sheet && !limn_request_check (job->request, &error))
    limn_job_queue_fail (self, job, error->message);
  else
    limn_job_queue_keep (self);
  limn_job_queue_begin_next (self);
  return job;
}

LimnJob *
limn_job_queue_add (LimnJobQueue *self, const LimnRequest *request, double max_slowdown)
{
  return limn_job_queue_add_branch (self, request, NULL, max_slowdown);
}

LimnJob *
limn_job_queue_add_branch (LimnJobQueue *self, const LimnRequest *request, const char *parent_steps, double max_slowdown)
{
  LimnJob *job;

  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self) && request != NULL, NULL);
  g_return_val_if_fail (parent_steps == NULL || g_uuid_string_is_valid (parent_steps), NULL);

  job = limn_job_new (NULL, request, max_slowdown, NULL);
  job->parent_steps = g_strdup (parent_steps);
  return add (self, job);
}

LimnJob *
limn_job_queue_add_sheet (LimnJobQueue *self, LimnSheet *sheet, const char *parent_steps, double max_slowdown)
{
  LimnJob *job;

  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self) && sheet != NULL, NULL);
  g_return_val_if_fail (parent_steps == NULL || g_uuid_string_is_valid (parent_steps), NULL);

  job = limn_job_new_sheet (NULL, sheet, max_slowdown, NULL);
  job->parent_steps = g_strdup (parent_steps);
  return add (self, job);
}

static LimnJob *
find_by_id (GPtrArray *jobs, const char *id)
{
  for (guint i = 0; i < jobs->len; i++)
    if (g_str_equal (((LimnJob *) g_ptr_array_index (jobs, i))->id, id))
      return g_ptr_array_index (jobs, i);
  return NULL;
}

LimnJob *
limn_job_queue_continue_sheet (LimnJobQueue   *self,
                               LimnSheet      *sheet,
                               const char     *job_id,
                               const gboolean *wanted,
                               const char     *parent_steps,
                               double          max_slowdown)
{
  LimnJob *job;

  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self) && sheet != NULL && wanted != NULL, NULL);
  g_return_val_if_fail (job_id != NULL && g_uuid_string_is_valid (job_id), NULL);
  g_return_val_if_fail (parent_steps == NULL || g_uuid_string_is_valid (parent_steps), NULL);

  job = find_by_id (self->jobs, job_id);
  if (!job)
    job = find_by_id (self->aside, job_id);
  if (job)
    return job;
  job = limn_job_new_sheet (job_id, sheet, max_slowdown, NULL);
  job->parent_steps = g_strdup (parent_steps);
  /* As if all had been painted, and these not saved. */
  job->next = job->n_pictures;
  for (guint i = 0; i < job->n_pictures; i++)
    if (wanted[i])
      g_array_append_val (job->redo, i);
  if (job->redo->len == 0)
    {
      g_object_unref (job);
      return NULL;
    }
  return add (self, job);
}

void
limn_job_queue_move (LimnJobQueue *self, LimnJob *job, guint position)
{
  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && LIMN_IS_JOB (job));

  if (job->state != LIMN_JOB_WAITING || !limn_job_queue_find (self, job, NULL))
    return;
  limn_job_queue_place (self, job, position);
  limn_job_queue_keep (self);
}

gboolean
limn_job_queue_set_aside (LimnJobQueue *self, LimnJob *job)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self) && LIMN_IS_JOB (job), FALSE);

  if ((job->state != LIMN_JOB_WAITING && job->state != LIMN_JOB_FAILED) || !limn_job_queue_find (self, job, NULL))
    return FALSE;
  g_ptr_array_add (self->aside, g_object_ref (job));
  limn_job_queue_drop (self, job);
  limn_job_queue_keep (self);
  limn_job_queue_update_seconds_left (self, NULL);
  return TRUE;
}

void
limn_job_queue_put_back (LimnJobQueue *self, LimnJob *job, guint position)
{
  g_autoptr(LimnJob) held = NULL;

  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && LIMN_IS_JOB (job));

  held = g_object_ref (job);
  if (!g_ptr_array_remove (self->aside, job))
    return;
  limn_job_queue_place (self, job, position);
  limn_job_queue_settle (self, job);
  limn_job_queue_begin_next (self);
}

/* Steps of pictures that were begun, and that nobody will go on with. */
static void
remove_steps (LimnJobQueue *self, LimnJob *job)
{
  guint current = limn_job_get_current (job);

  if (!job->on_disk && !job->kept && job->redo->len == 0 && !job->taken_up)
    return;
  if (job->redo->len == 0 && current != LIMN_JOB_NONE)
    g_array_append_val (job->redo, current);
  else if (job->taken_up && job->next < job->n_pictures)
    g_array_append_val (job->redo, job->next);
  for (guint i = 0; i < job->redo->len; i++)
    {
      g_autofree char *path = limn_job_queue_steps_path (self, job, g_array_index (job->redo, guint, i));

      if (self->keeps)
        limn_keeper_remove (self->keeper, path);
    }
  g_array_set_size (job->redo, 0);
}

void
limn_job_queue_remove (LimnJobQueue *self, LimnJob *job)
{
  g_autoptr(LimnJob) held = NULL;
  gboolean aside;

  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && LIMN_IS_JOB (job));

  held = g_object_ref (job);
  aside = g_ptr_array_remove (self->aside, job);
  if (!aside && (!limn_job_queue_find (self, job, NULL) || job->state == LIMN_JOB_SAVING))
    return;
  if (self->run && limn_job_run_get_job (self->run) == job)
    {
      limn_job_queue_stop (self);
      return;
    }
  remove_steps (self, job);
  if (job->reel)
    limn_reel_end (job->reel);
  limn_job_drop_picture (job);
  job->next = job->n_pictures;
  job->cut = TRUE;
  if (job->unsaved->len > 0)
    limn_job_set_state (job, LIMN_JOB_SAVING);
  else
    limn_job_set_state (job, LIMN_JOB_WAITING);
  limn_job_queue_settle (self, job);
  limn_job_queue_begin_next (self);
}

void
limn_job_queue_retry (LimnJobQueue *self, LimnJob *job)
{
  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && LIMN_IS_JOB (job));

  if (job->state != LIMN_JOB_FAILED || self->stage == STAGE_REFUSED || !limn_job_queue_find (self, job, NULL))
    return;
  limn_job_set_message (job, NULL);
  limn_job_set_state (job, LIMN_JOB_WAITING);
  limn_job_queue_place (self, job, G_MAXUINT);
  limn_job_queue_keep (self);
  limn_job_queue_begin_next (self);
}

void
limn_job_queue_stop (LimnJobQueue *self)
{
  g_autoptr(LimnJob) job = NULL;
  guint picture;

  g_return_if_fail (LIMN_IS_JOB_QUEUE (self));

  if (self->run)
    job = g_object_ref (limn_job_run_get_job (self->run));
  else if (self->jobs->len > 0)
    job = g_object_ref (g_ptr_array_index (self->jobs, 0));
  if (!job || (job->state != LIMN_JOB_PAINTING && job->state != LIMN_JOB_PAUSED))
    return;
  picture = limn_job_get_current (job);
  if (job->stopped == picture)
    return;

  if (job->sheet)
    g_array_set_size (job->redo, 0);
  if (job->redo->len == 0)
    g_array_append_val (job->redo, picture);
  job->stopped = picture;
  job->next = job->n_pictures;
  job->cut = TRUE;
  limn_job_queue_keep (self);
  if (self->run)
    limn_job_run_cancel (self->run);
  else if (job->last)
    limn_job_queue_end_stopped (self, job, picture);
  limn_job_queue_begin_next (self);
}

void
limn_job_queue_set_paused (LimnJobQueue *self, gboolean paused)
{
  g_return_if_fail (LIMN_IS_JOB_QUEUE (self));

  paused = !!paused;
  if (self->paused == paused)
    return;
  self->paused = paused;
  /* One that is stopped is taken up for one step alone, which is its picture. */
  if (paused && self->run && !limn_job_run_is_one_step (self->run))
    {
      /* Maybe the program ends, and nobody waits for the run to. */
      limn_job_queue_keep_steps (self);
      limn_job_run_cancel (self->run);
    }
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PAUSED]);
  limn_job_queue_begin_next (self);
}

gboolean
limn_job_queue_is_paused (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), FALSE);
  return self->paused;
}

LimnJob *
limn_job_queue_get_running (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), NULL);
  return self->running;
}

const char *
limn_job_queue_get_folder (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), NULL);
  return self->folder;
}

void
limn_job_queue_set_folder (LimnJobQueue *self, const char *folder)
{
  g_autofree char *old = NULL;

  g_return_if_fail (LIMN_IS_JOB_QUEUE (self) && folder != NULL);

  if (g_str_equal (self->folder, folder))
    return;
  old = g_steal_pointer (&self->folder);
  self->folder = g_strdup (folder);
  /* Noted before anything can be written there. */
  limn_job_queue_keep (self);
  limn_keeper_move_to (self->keeper, old, folder);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FOLDER]);
}

static void
add_used_ids (GPtrArray *jobs, GHashTable *ids)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      LimnJob *job = g_ptr_array_index (jobs, i);
      const GArray *pictures[] = { job->unsaved, job->redo };

      g_hash_table_add (ids, limn_job_dup_picture_id (job, job->next));
      if (job->parent_steps)
        g_hash_table_add (ids, g_strdup (job->parent_steps));
      /* The next program goes on from there. */
      if (job->sheet && limn_job_get_current (job) != LIMN_JOB_NONE && limn_job_get_current (job) > 0)
        g_hash_table_add (ids, limn_job_dup_picture_id (job, limn_job_get_current (job) - 1));
      for (guint k = 0; k < G_N_ELEMENTS (pictures); k++)
        for (guint at = 0; at < pictures[k]->len; at++)
          g_hash_table_add (ids, limn_job_dup_picture_id (job, g_array_index (pictures[k], guint, at)));
    }
}

GHashTable *
limn_job_queue_dup_used_ids (LimnJobQueue *self)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), ids);

  add_used_ids (self->jobs, ids);
  add_used_ids (self->aside, ids);
  return ids;
}

gboolean
limn_job_queue_keeps (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), FALSE);
  return self->stage == STAGE_READY && self->keeps;
}

gboolean
limn_job_queue_is_restored (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), FALSE);
  return self->stage == STAGE_READY || self->stage == STAGE_REFUSED;
}

gboolean
limn_job_queue_is_refused (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), FALSE);
  return self->stage == STAGE_REFUSED;
}

const char *
limn_job_queue_get_steps_folder (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), NULL);
  return self->steps_folder;
}

double
limn_job_queue_get_seconds_left (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), -1);
  return self->seconds_left;
}

static gboolean
has_unsaved (GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      LimnJob *job = g_ptr_array_index (jobs, i);

      if (job->unsaved->len > 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
limn_job_queue_can_close (LimnJobQueue *self)
{
  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self), TRUE);

  if (self->keeps)
    return !limn_keeper_has_trouble_below (self->keeper, self->state_folder);
  return !has_unsaved (self->jobs) && !has_unsaved (self->aside);
}

/* Of a branch: how many steps are its own, at least nearly: other schedules are cut where their noise is as much. Those before are kept as a rule. */
static guint
count_own_steps (const LimnRequest *request)
{
  const LimnRequestBranch *branch = request->branch;

  if (!branch || branch->from->steps == 0 || branch->step >= branch->from->steps)
    return G_MAXUINT;
  return (request->steps * (branch->from->steps - branch->step) + branch->from->steps - 1) / branch->from->steps;
}

double
limn_job_queue_estimate (LimnJobQueue *self, const LimnRequest *request, double max_slowdown)
{
  double one;

  g_return_val_if_fail (LIMN_IS_JOB_QUEUE (self) && request != NULL, -1);

  one = limn_estimates_get (self->estimates, request, count_own_steps (request), max_slowdown);
  return one < 0 ? -1 : one * request->batch_count;
}
