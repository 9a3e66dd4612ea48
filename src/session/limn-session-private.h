/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-session.h"

G_BEGIN_DECLS

/* For tests: the worker waits this long after a job before the engine's idle() is called. Counts from the next job on. */
void limn_session_set_idle_after (LimnSession *session, gint64 idle_after_us);

/* @func (@task, NULL, its data, its cancellable) in a thread of its own, for what wakes a driver: limn_session_close() waits for it. After
 * that @task fails with G_IO_ERROR_CLOSED. The thread may be the last to let go of @task: see HACKING.md. */
void limn_session_run_in_thread  (LimnSession     *session,
                                  GTask           *task,
                                  GTaskThreadFunc  func);

G_END_DECLS
