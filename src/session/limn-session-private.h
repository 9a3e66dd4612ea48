/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-session.h"

G_BEGIN_DECLS

/* For tests: the worker waits this long after a job before the engine's idle() is called. Counts from the next job on. */
void limn_session_set_idle_after (LimnSession *session, gint64 idle_after_us);

G_END_DECLS
