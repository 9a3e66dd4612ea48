/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-keeper.h"

G_BEGIN_DECLS

/* For tests: how long a task waits after it failed: @first_us, then twice that each time, at most @longest_us. */
void limn_keeper_set_pauses (LimnKeeper *keeper,
                             gint64      first_us,
                             gint64      longest_us);

G_END_DECLS
