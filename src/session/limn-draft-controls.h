/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-draft.h"
#include "session/limn-request-control.h"

G_BEGIN_DECLS

/* What the draft's pictures are drawn by, as the panel has it: also one that has no picture yet, which requests then leave out. Property "controls"
 * is notified when any of it changes. */

guint                     limn_draft_get_n_controls (LimnDraft                *draft);

/** limn_draft_get_control: (transfer none): as long as nothing changes. Its picture is "" as long as none was chosen. */
const LimnRequestControl *limn_draft_get_control    (LimnDraft                *draft,
                                                     guint                     i);

/** limn_draft_set_control: @i: which one; their number: one more, while there is room for it. @control: copied. */
void                      limn_draft_set_control    (LimnDraft                *draft,
                                                     guint                     i,
                                                     const LimnRequestControl *control);

void                      limn_draft_remove_control (LimnDraft                *draft,
                                                     guint                     i);

G_END_DECLS
