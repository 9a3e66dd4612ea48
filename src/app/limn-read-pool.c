/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-read-pool.h"

#include <sys/resource.h>
#include <unistd.h>

/* Two read while the disk waits; more would only take the painter's processors. */
#define N_THREADS 2
#define NICE 10

struct _LimnReadPool
{
  GThreadPool *threads;
  guint        serial;
};

typedef struct
{
  LimnReadFuncs  funcs; /* its own: a task may outlive the pool */
  gpointer       data;
  GCancellable  *cancellable;
  guint          serial;
} Read;

static void
read_free (gpointer data)
{
  Read *read = data;

  read->funcs.free (read->data);
  g_object_unref (read->cancellable);
  g_free (read);
}

static gboolean
on_read (gpointer data)
{
  Read *read = data;

  /* Also when whoever asked is gone. */
  if (read->funcs.done && !g_cancellable_is_cancelled (read->cancellable))
    read->funcs.done (read->data);
  return G_SOURCE_REMOVE;
}

static void
read_thread (gpointer data, gpointer pool)
{
  Read *read = data;

  /* The window, and what is painted, come first. The threads are the pool's own; to be told again does no harm. */
  setpriority (PRIO_PROCESS, gettid (), NICE);
  read->funcs.read (read->data, read->cancellable);
  /* Items are let go of where they belong, in the main thread. */
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_read, read, read_free);
}

static int
newest_first (gconstpointer a, gconstpointer b, gpointer data)
{
  const Read *first = a, *second = b;

  return first->serial > second->serial ? -1 : 1;
}

LimnReadPool *
limn_read_pool_new (void)
{
  LimnReadPool *self = g_new0 (LimnReadPool, 1);

  self->threads = g_thread_pool_new (read_thread, NULL, N_THREADS, TRUE, NULL);
  g_thread_pool_set_sort_function (self->threads, newest_first, NULL);
  return self;
}

void
limn_read_pool_free (LimnReadPool *self)
{
  if (!self)
    return;
  /* Not "immediate": that would drop what waits without freeing it. */
  g_thread_pool_free (self->threads, FALSE, FALSE);
  g_free (self);
}

void
limn_read_pool_push (LimnReadPool *self, const LimnReadFuncs *funcs, GCancellable *cancellable, gpointer data)
{
  Read *read = g_new0 (Read, 1);

  read->funcs = *funcs;
  read->data = data;
  read->cancellable = g_object_ref (cancellable);
  read->serial = self->serial++;
  g_thread_pool_push (self->threads, read, NULL);
}
