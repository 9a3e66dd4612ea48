/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The list holds every task that is not done, in order; the one that runs stays in it, marked. A task that failed waits in its place
 * for its time, and with it those behind it that have the same path: all others pass by. So a full Pictures folder
 * holds up no state, and the other way round.
 *
 * The object is only the handle. What the thread works on is counted by itself, so that the last reference can be dropped at any
 * time: the thread then tries what is left once and ends. */
#include "config.h"

#include "library/limn-keeper-private.h"

#include "library/limn-atomic-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* A disk fills and empties, a folder is mounted: seconds matter to who has just freed some space, and after a while no more. */
#define FIRST_PAUSE_US (1 * G_USEC_PER_SEC)
#define LONGEST_PAUSE_US (60 * G_USEC_PER_SEC)

typedef enum
{
  TASK_REPLACE,
  TASK_ADD,
  TASK_REMOVE,
} TaskKind;

typedef struct
{
  TaskKind        kind;
  char           *path;
  GBytes         *bytes; /* (nullable): not made yet, by @make */
  LimnKeeperMake  make;
  gpointer        make_data;
  GDestroyNotify  destroy;
  LimnKeeperDone  done;
  gpointer        done_data;

  gboolean        running;
  GError         *error;    /* (nullable): why it failed the last time */
  gint64          pause_us; /* the last one */
  gint64          retry_at;
} Task;

typedef struct
{
  GMainContext *context;
  GWeakRef      keeper;

  GMutex        mutex; /* guards what follows */
  GCond         work;  /* there is something to do */
  GCond         rest;  /* there is nothing to do now */
  GQueue        tasks;
  gboolean      resting;
  gboolean      quit;     /* nothing is taken any more, and nothing tried twice */
  guint         n_lost;   /* what was given up for it */
  gboolean      notifying;
  gint64        first_pause_us;
  gint64        longest_pause_us;
  char         *guarded; /* (nullable): with "/" at its end */
  LimnKeeperAccess access;  /* of all below it */
} Core;

struct _LimnKeeper
{
  GObject parent_instance;

  Core   *core;
  guint   n_waiting; /* as last notified */
  char   *trouble;
};

typedef enum
{
  PROP_TROUBLE = 1,
  PROP_N_WAITING,
  N_PROPS,
} Property;

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnKeeper, limn_keeper, G_TYPE_OBJECT)

static void
core_clear (gpointer data)
{
  Core *core = data;

  g_assert (g_queue_is_empty (&core->tasks));
  g_weak_ref_clear (&core->keeper);
  g_free (core->guarded);
  g_main_context_unref (core->context);
  g_cond_clear (&core->work);
  g_cond_clear (&core->rest);
  g_mutex_clear (&core->mutex);
}

static void
core_unref (Core *core)
{
  g_atomic_rc_box_release_full (core, core_clear);
}

static void
task_drop_make (Task *task)
{
  if (task->destroy)
    task->destroy (task->make_data);
  task->destroy = NULL;
  task->make_data = NULL;
}

static void
task_free (Task *task)
{
  task_drop_make (task);
  g_free (task->path);
  g_clear_pointer (&task->bytes, g_bytes_unref);
  g_clear_error (&task->error);
  g_free (task);
}

/* --- News for the keeper's context --- */

static void
attach (Core *core, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, core->context);
}

/* With the lock held. (transfer full) (nullable) */
static char *
dup_trouble (Core *core)
{
  for (GList *link = core->tasks.head; link; link = link->next)
    {
      Task *task = link->data;

      if (task->error)
        return g_strdup (task->error->message);
    }
  return NULL;
}

static gboolean
notify_in_context (gpointer data)
{
  Core *core = data;
  g_autoptr(LimnKeeper) keeper = g_weak_ref_get (&core->keeper);
  g_autofree char *trouble = NULL;
  guint n_waiting;

  g_mutex_lock (&core->mutex);
  core->notifying = FALSE;
  trouble = dup_trouble (core);
  n_waiting = core->tasks.length;
  g_mutex_unlock (&core->mutex);
  if (!keeper)
    return G_SOURCE_REMOVE;

  g_object_freeze_notify (G_OBJECT (keeper));
  if (keeper->n_waiting != n_waiting)
    {
      keeper->n_waiting = n_waiting;
      g_object_notify_by_pspec (G_OBJECT (keeper), props[PROP_N_WAITING]);
    }
  if (g_strcmp0 (keeper->trouble, trouble) != 0)
    {
      g_free (keeper->trouble);
      keeper->trouble = g_steal_pointer (&trouble);
      g_object_notify_by_pspec (G_OBJECT (keeper), props[PROP_TROUBLE]);
    }
  g_object_thaw_notify (G_OBJECT (keeper));
  return G_SOURCE_REMOVE;
}

/* With the lock held. */
static void
notify (Core *core)
{
  if (core->notifying)
    return;
  core->notifying = TRUE;
  attach (core, notify_in_context, g_atomic_rc_box_acquire (core), (GDestroyNotify) core_unref);
}

typedef struct
{
  LimnKeeperDone  done;
  gpointer        data;
  char           *path;
  GError         *error;
} Ending;

static void
ending_free (gpointer data)
{
  Ending *ending = data;

  g_free (ending->path);
  g_clear_error (&ending->error);
  g_free (ending);
}

static gboolean
done_in_context (gpointer data)
{
  Ending *ending = data;

  ending->done (ending->path, ending->error, ending->data);
  return G_SOURCE_REMOVE;
}

static void
tell_done (Core *core, const Task *task, const char *path, const GError *error)
{
  Ending *ending;

  if (!task->done)
    return;
  ending = g_new0 (Ending, 1);
  ending->done = task->done;
  ending->data = task->done_data;
  ending->path = g_strdup (path);
  ending->error = error ? g_error_copy (error) : NULL;
  attach (core, done_in_context, ending, ending_free);
}

/* --- The thread --- */

static gboolean
make_folders (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *shown = NULL;
  int code;

  if (g_mkdir_with_parents (folder, 0777) == 0)
    return TRUE;
  code = errno;
  shown = g_filename_display_name (folder);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               "The folder “%s” could not be made. Choose another folder. (%s)", shown, g_strerror (code));
  return FALSE;
}

/* (out) @got: (transfer full): the name of what was written. @final: (out): trying again makes no sense. */
static gboolean
carry_out (Task *task, const char *path, char **got, gboolean *final, GError **error)
{
  *final = FALSE;
  if (task->kind == TASK_REMOVE)
    {
      if (g_unlink (path) != 0 && errno != ENOENT && errno != ENOTDIR)
        {
          int code = errno;
          g_autofree char *shown = g_filename_display_name (path);

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "“%s” could not be deleted. (%s)", shown, g_strerror (code));
          return FALSE;
        }
      return TRUE;
    }
  if (!task->bytes)
    {
      task->bytes = task->make (task->make_data, error);
      if (!task->bytes)
        {
          *final = TRUE;
          return FALSE;
        }
      task_drop_make (task);
    }
  if (!make_folders (path, error))
    return FALSE;
  if (task->kind == TASK_REPLACE)
    {
      *got = g_strdup (path);
      return limn_atomic_file_write (path, task->bytes, error);
    }
  *got = limn_atomic_file_write_new (path, task->bytes, error);
  return *got != NULL;
}

/* With the lock held. */
static LimnKeeperAccess
get_access (Core *core, const Task *task)
{
  return core->guarded && g_str_has_prefix (task->path, core->guarded) ? core->access : LIMN_KEEPER_OPEN;
}

/* With the lock held: the first task whose time has come and in front of which none with the same path waits. @next: (out): when
 * to look again. */
static Task *
choose (Core *core, gint64 *next)
{
  g_autoptr(GHashTable) held = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 now = g_get_monotonic_time ();

  *next = G_MAXINT64;
  for (GList *link = core->tasks.head; link; link = link->next)
    {
      Task *task = link->data;

      if (get_access (core, task) == LIMN_KEEPER_HELD && !core->quit)
        continue;
      else if (task->retry_at > now)
        {
          *next = MIN (*next, task->retry_at);
          g_hash_table_add (held, task->path);
        }
      else if (!g_hash_table_contains (held, task->path))
        return task;
    }
  return NULL;
}

/* With the lock held: @task, which replaces a file, gets what @newer has to write. */
static void
take_content (Task *task, Task *newer)
{
  g_clear_pointer (&task->bytes, g_bytes_unref);
  task_drop_make (task);
  task->bytes = g_steal_pointer (&newer->bytes);
  task->make = newer->make;
  task->make_data = g_steal_pointer (&newer->make_data);
  task->destroy = newer->destroy;
  newer->destroy = NULL;
  task_free (newer);
}

/* With the lock held: a replacement that failed is needed no more where the next task of its path is another one, or a removal. */
static gboolean
is_overtaken (Core *core, Task *task)
{
  GList *link = g_queue_find (&core->tasks, task);

  if (task->kind != TASK_REPLACE)
    return FALSE;
  for (link = link->next; link; link = link->next)
    {
      Task *later = link->data;

      if (!g_str_equal (later->path, task->path))
        continue;
      if (later->kind == TASK_ADD)
        return FALSE;
      if (later->kind == TASK_REMOVE)
        return TRUE;
      /* The newer bytes take the older place. */
      g_queue_delete_link (&core->tasks, link);
      take_content (task, later);
      return FALSE;
    }
  return FALSE;
}

/* With the lock held, which is released for the work. */
static void
run_task (Core *core, Task *task)
{
  g_autofree char *path = g_strdup (task->path);
  g_autofree char *got = NULL;
  g_autoptr(GError) error = NULL;
  gboolean may_write = get_access (core, task) == LIMN_KEEPER_OPEN;
  gboolean good = FALSE, final = TRUE;

  task->running = TRUE;
  g_mutex_unlock (&core->mutex);
  if (may_write)
    good = carry_out (task, path, &got, &final, &error);
  else
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "“%s” belongs to another program.", path);
  g_mutex_lock (&core->mutex);
  task->running = FALSE;

  if (!good && !final && !core->quit && !is_overtaken (core, task))
    {
      g_debug ("%s waits: %s", path, error->message);
      g_clear_error (&task->error);
      task->error = g_steal_pointer (&error);
      task->pause_us = CLAMP (2 * task->pause_us, core->first_pause_us, core->longest_pause_us);
      /* The artist has chosen another folder meanwhile: at once. */
      if (g_str_equal (path, task->path))
        task->retry_at = g_get_monotonic_time () + task->pause_us;
      notify (core);
      return;
    }
  /* Else nobody needs it any more. */
  if (!good && !final && core->quit)
    core->n_lost++;
  tell_done (core, task, good ? got : NULL, good ? NULL : error);
  g_queue_remove (&core->tasks, task);
  task_free (task);
  notify (core);
}

static gpointer
keeper_main (gpointer data)
{
  Core *core = data;

  g_mutex_lock (&core->mutex);
  for (;;)
    {
      gint64 next;
      Task *task = choose (core, &next);

      if (task)
        {
          run_task (core, task);
          continue;
        }
      core->resting = TRUE;
      g_cond_broadcast (&core->rest);
      if (core->quit && g_queue_is_empty (&core->tasks))
        break;
      if (next == G_MAXINT64)
        g_cond_wait (&core->work, &core->mutex);
      else
        g_cond_wait_until (&core->work, &core->mutex, next);
    }
  g_mutex_unlock (&core->mutex);
  core_unref (core);
  return NULL;
}

/* --- The object --- */

static void
limn_keeper_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnKeeper *self = LIMN_KEEPER (object);

  switch ((Property) id)
    {
    case PROP_TROUBLE:
      g_value_take_string (value, limn_keeper_dup_trouble (self));
      break;
    case PROP_N_WAITING:
      g_value_set_uint (value, limn_keeper_get_n_waiting (self));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* With the lock held. */
static void
all_at_once (Core *core)
{
  for (GList *link = core->tasks.head; link; link = link->next)
    {
      Task *task = link->data;

      task->retry_at = 0;
      task->pause_us = 0;
    }
  /* Without one the thread rests as it did, or is gone. */
  if (!g_queue_is_empty (&core->tasks))
    core->resting = FALSE;
  g_cond_signal (&core->work);
}

static void
limn_keeper_finalize (GObject *object)
{
  LimnKeeper *self = LIMN_KEEPER (object);

  g_mutex_lock (&self->core->mutex);
  self->core->quit = TRUE;
  all_at_once (self->core);
  g_mutex_unlock (&self->core->mutex);
  core_unref (self->core);
  g_free (self->trouble);
  G_OBJECT_CLASS (limn_keeper_parent_class)->finalize (object);
}

static void
limn_keeper_class_init (LimnKeeperClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_keeper_get_property;
  object_class->finalize = limn_keeper_finalize;

  props[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_N_WAITING] = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
limn_keeper_init (LimnKeeper *self)
{
  Core *core = self->core = g_atomic_rc_box_new0 (Core);

  core->context = g_main_context_ref_thread_default ();
  g_weak_ref_init (&core->keeper, self);
  g_mutex_init (&core->mutex);
  g_cond_init (&core->work);
  g_cond_init (&core->rest);
  g_queue_init (&core->tasks);
  core->first_pause_us = FIRST_PAUSE_US;
  core->longest_pause_us = LONGEST_PAUSE_US;
  g_thread_unref (g_thread_new ("limn-keeper", keeper_main, g_atomic_rc_box_acquire (core)));
}

LimnKeeper *
limn_keeper_new (void)
{
  return g_object_new (LIMN_TYPE_KEEPER, NULL);
}

void
limn_keeper_set_pauses (LimnKeeper *self, gint64 first_us, gint64 longest_us)
{
  g_mutex_lock (&self->core->mutex);
  self->core->first_pause_us = first_us;
  self->core->longest_pause_us = longest_us;
  g_mutex_unlock (&self->core->mutex);
}

static Task *
task_new (TaskKind kind, const char *path)
{
  Task *task = g_new0 (Task, 1);

  task->kind = kind;
  task->path = g_strdup (path);
  return task;
}

/* With the lock held. */
static void
push (Core *core, Task *task)
{
  if (core->quit)
    {
      g_autoptr(GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "“%s” was not written: the program ends.", task->path);

      tell_done (core, task, NULL, error);
      task_free (task);
      return;
    }
  g_queue_push_tail (&core->tasks, task);
  core->resting = FALSE;
  g_cond_signal (&core->work);
  notify (core);
}

/* With the lock held: the last task for @path, if it is a replacement that has not begun. */
static GList *
find_replacement (Core *core, const char *path)
{
  for (GList *link = core->tasks.tail; link; link = link->prev)
    {
      Task *task = link->data;

      if (g_str_equal (task->path, path))
        return task->kind == TASK_REPLACE && !task->running ? link : NULL;
    }
  return NULL;
}

/* (transfer full) @task */
static void
replace (Core *core, Task *task)
{
  GList *link;

  g_mutex_lock (&core->mutex);
  link = find_replacement (core, task->path);
  if (link)
    take_content (link->data, task);
  else
    push (core, task);
  g_mutex_unlock (&core->mutex);
}

void
limn_keeper_replace (LimnKeeper *self, const char *path, GBytes *bytes)
{
  Task *task;

  g_return_if_fail (LIMN_IS_KEEPER (self) && path != NULL && bytes != NULL);

  task = task_new (TASK_REPLACE, path);
  task->bytes = g_bytes_ref (bytes);
  replace (self->core, task);
}

void
limn_keeper_replace_later (LimnKeeper     *self,
                           const char     *path,
                           LimnKeeperMake  make,
                           gpointer        make_data,
                           GDestroyNotify  destroy)
{
  Task *task;

  g_return_if_fail (LIMN_IS_KEEPER (self) && path != NULL && make != NULL);

  task = task_new (TASK_REPLACE, path);
  task->make = make;
  task->make_data = make_data;
  task->destroy = destroy;
  replace (self->core, task);
}

void
limn_keeper_add (LimnKeeper     *self,
                 const char     *path,
                 LimnKeeperMake  make,
                 gpointer        make_data,
                 GDestroyNotify  destroy,
                 LimnKeeperDone  done,
                 gpointer        done_data)
{
  Task *task;

  g_return_if_fail (LIMN_IS_KEEPER (self) && path != NULL && make != NULL);

  task = task_new (TASK_ADD, path);
  task->make = make;
  task->make_data = make_data;
  task->destroy = destroy;
  task->done = done;
  task->done_data = done_data;
  g_mutex_lock (&self->core->mutex);
  push (self->core, task);
  g_mutex_unlock (&self->core->mutex);
}

void
limn_keeper_remove (LimnKeeper *self, const char *path)
{
  Core *core;
  GList *link;

  g_return_if_fail (LIMN_IS_KEEPER (self) && path != NULL);

  core = self->core;
  g_mutex_lock (&core->mutex);
  link = find_replacement (core, path);
  if (link)
    {
      task_free (link->data);
      g_queue_delete_link (&core->tasks, link);
    }
  push (core, task_new (TASK_REMOVE, path));
  g_mutex_unlock (&core->mutex);
}

void
limn_keeper_move_to (LimnKeeper *self, const char *from, const char *to)
{
  Core *core;

  g_return_if_fail (LIMN_IS_KEEPER (self) && from != NULL && to != NULL);

  core = self->core;
  g_mutex_lock (&core->mutex);
  for (GList *link = core->tasks.head; link; link = link->next)
    {
      Task *task = link->data;
      g_autofree char *folder = g_path_get_dirname (task->path);

      if (task->kind == TASK_ADD && g_str_equal (folder, from))
        {
          g_autofree char *name = g_path_get_basename (task->path);

          g_free (task->path);
          task->path = g_build_filename (to, name, NULL);
        }
    }
  all_at_once (core);
  g_mutex_unlock (&core->mutex);
}

void
limn_keeper_set_access (LimnKeeper *self, const char *folder, LimnKeeperAccess access)
{
  Core *core;

  g_return_if_fail (LIMN_IS_KEEPER (self) && folder != NULL);

  core = self->core;
  g_mutex_lock (&core->mutex);
  g_free (core->guarded);
  core->guarded = g_str_has_suffix (folder, "/") ? g_strdup (folder) : g_strconcat (folder, "/", NULL);
  core->access = access;
  core->resting = FALSE;
  g_cond_signal (&core->work);
  g_mutex_unlock (&core->mutex);
}

void
limn_keeper_retry (LimnKeeper *self)
{
  g_return_if_fail (LIMN_IS_KEEPER (self));

  g_mutex_lock (&self->core->mutex);
  all_at_once (self->core);
  g_mutex_unlock (&self->core->mutex);
}

gboolean
limn_keeper_flush (LimnKeeper *self, gint64 timeout_us)
{
  Core *core;
  gint64 end = g_get_monotonic_time () + timeout_us;
  gboolean empty;

  g_return_val_if_fail (LIMN_IS_KEEPER (self), FALSE);

  core = self->core;
  g_mutex_lock (&core->mutex);
  all_at_once (core);
  while (!core->resting && g_cond_wait_until (&core->rest, &core->mutex, end))
    ;
  empty = g_queue_is_empty (&core->tasks);
  g_mutex_unlock (&core->mutex);
  return empty;
}

guint
limn_keeper_close (LimnKeeper *self, gint64 timeout_us)
{
  Core *core;
  gint64 end = g_get_monotonic_time () + timeout_us;
  guint n_lost;

  g_return_val_if_fail (LIMN_IS_KEEPER (self), 0);

  core = self->core;
  g_mutex_lock (&core->mutex);
  core->quit = TRUE;
  all_at_once (core);
  while (!core->resting && g_cond_wait_until (&core->rest, &core->mutex, end))
    ;
  n_lost = core->n_lost + core->tasks.length;
  g_mutex_unlock (&core->mutex);
  return n_lost;
}

char *
limn_keeper_dup_trouble (LimnKeeper *self)
{
  char *trouble;

  g_return_val_if_fail (LIMN_IS_KEEPER (self), NULL);

  g_mutex_lock (&self->core->mutex);
  trouble = dup_trouble (self->core);
  g_mutex_unlock (&self->core->mutex);
  return trouble;
}

gboolean
limn_keeper_has_trouble_below (LimnKeeper *self, const char *folder)
{
  g_autofree char *prefix = NULL;
  gboolean has = FALSE;

  g_return_val_if_fail (LIMN_IS_KEEPER (self) && folder != NULL, FALSE);

  prefix = g_str_has_suffix (folder, "/") ? g_strdup (folder) : g_strconcat (folder, "/", NULL);
  g_mutex_lock (&self->core->mutex);
  for (GList *link = self->core->tasks.head; link && !has; link = link->next)
    {
      Task *task = link->data;

      has = task->error && g_str_has_prefix (task->path, prefix);
    }
  g_mutex_unlock (&self->core->mutex);
  return has;
}

guint
limn_keeper_get_n_waiting (LimnKeeper *self)
{
  guint n;

  g_return_val_if_fail (LIMN_IS_KEEPER (self), 0);

  g_mutex_lock (&self->core->mutex);
  n = self->core->tasks.length;
  g_mutex_unlock (&self->core->mutex);
  return n;
}
