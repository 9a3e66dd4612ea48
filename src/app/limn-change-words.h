/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-change.h"

G_BEGIN_DECLS

/* What a branch changed, in the reader's language. All (transfer full); any thread. */

/** limn_change_words: of one change: "noon → sunset", "CFG 7 → 4", "30 % fresh noise". */
char *limn_change_words         (const LimnChange  *change);

/** limn_change_words_request: all that @request, with a branch, changes, the most telling first; where that is nothing: it says so. */
char *limn_change_words_request (const LimnRequest *request);

G_END_DECLS
