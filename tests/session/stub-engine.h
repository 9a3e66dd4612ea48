/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine.h"

/*
 * An engine that computes nothing worth seeing, but the same nothing for the same arguments, and that fails when told to. Its
 * answers depend on the prompt, the timestep, each cell and its neighbours.
 */

/**
 * StubLab: what all engines of a test share
 * @calls: denoise and decode calls so far, of all engines
 * @lose_at: the call, counted as @calls is, that finds the device lost; G_MAXUINT: none
 * @lose_always: every denoise finds it lost
 * @cancel_at: the call that cancels @cancellable before it works
 * @gate: (nullable): each denoise waits until it is allowed one more
 * @idle_pieces: of work left for idle times; each takes a millisecond
 * @idle_hangs: each takes until it is cancelled
 * @idle_loses: the next finds the device lost
 * @load_hangs: to read the weights takes until it is cancelled, or this is over; half of them are read all the time
 * @n_loads, @n_loads_cancelled: begun, and cut short
 * @warm_up_hangs: to be warmed up takes until it is cancelled, or this is over
 * @n_warm_ups, @n_warm_ups_cancelled: begun, and cut short
 * @hash_hangs: the model's hash takes until it is cancelled
 * @decode_hangs: each decode takes until it is cancelled
 * @decode_us: each takes so long
 * @n_hung: decodes that have begun to hang
 * @n_idle, @n_idle_cancelled: pieces begun, and cut short
 * @n_encodes: encode calls
 * @damaged: no model can be opened, since its file is damaged
 * @alone: what fits only fits by LIMN_PLAN_ALONE
 * @limit_bytes: memory; a picture needs 64 bytes a pixel, and 16 more where it is encoded
 */
typedef struct
{
  gint           opened;
  gint           alive;
  guint          calls;
  guint          lose_at;
  gboolean       lose_always;
  guint          cancel_at;
  GCancellable  *cancellable;
  gboolean       damaged;
  gboolean       alone;
  guint64        limit_bytes;
  guint          n_decodes;
  guint          n_encodes;
  guint          sleep_us;
  guint          decode_us;
  gint           decode_hangs;
  gint           n_hung;
  gint           idle_pieces; /* 0: an engine that has no such work */
  gboolean       idle_hangs;
  gboolean       idle_loses;
  gint           load_hangs;
  gint           n_loads;
  gint           n_loads_cancelled;
  gint           warm_up_hangs;
  gint           n_warm_ups;
  gint           n_warm_ups_cancelled;
  gboolean       hash_hangs;
  gint           n_idle;
  gint           n_idle_cancelled;
  GAsyncQueue   *gate;
  GThread       *thread; /* the one that every call must come from; set by the first */
} StubLab;

void        stub_lab_init    (StubLab            *lab);
LimnEngine *stub_engine_open (gpointer            lab,
                              const LimnRequest  *request,
                              GCancellable       *cancellable,
                              GError            **error);
