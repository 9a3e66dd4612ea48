/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"
#include "session/limn-draft-controls.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnControlRow:
 *
 * One ControlNet: the picture it draws by, as it sees it, how strong it is and in which steps. What is changed here is changed in the draft.
 */
#define LIMN_TYPE_CONTROL_ROW (limn_control_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnControlRow, limn_control_row, LIMN, CONTROL_ROW, AdwExpanderRow)

/** limn_control_row_new: @i: which of the draft's. */
GtkWidget *limn_control_row_new  (LimnStudio     *studio,
                                  guint           i);

/** limn_control_row_show: as the draft has it now. */
void       limn_control_row_show (LimnControlRow *row);

G_END_DECLS
