/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnReadPool:
 *
 * Files read for what is in sight: on two threads that everything else comes before, what was asked for last first.
 *
 * Main thread.
 */
typedef struct _LimnReadPool LimnReadPool;

/**
 * LimnReadFuncs:
 * @read: on a thread, for each; what is cancelled it need not read
 * @done: (nullable): in the main thread, unless it is cancelled by then
 * @free: in the main thread, for each
 */
typedef struct
{
  void (*read) (gpointer data, GCancellable *cancellable);
  void (*done) (gpointer data);
  void (*free) (gpointer data);
} LimnReadFuncs;

LimnReadPool *limn_read_pool_new  (void);

/** limn_read_pool_free: whoever asked has cancelled what it asked for: what waits is then gone through in no time. */
void          limn_read_pool_free (LimnReadPool        *pool);

/** limn_read_pool_push: @funcs: copied; @data: taken */
void          limn_read_pool_push (LimnReadPool        *pool,
                                   const LimnReadFuncs *funcs,
                                   GCancellable        *cancellable,
                                   gpointer             data);

G_END_DECLS
