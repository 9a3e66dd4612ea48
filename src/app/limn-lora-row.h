/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"
#include "session/limn-draft-loras.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnLoraRow:
 *
 * One LoRA: on or off, how strong, and away with it. What is changed here is changed in the draft.
 */
#define LIMN_TYPE_LORA_ROW (limn_lora_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnLoraRow, limn_lora_row, LIMN, LORA_ROW, AdwPreferencesRow)

GtkWidget  *limn_lora_row_new      (LimnStudio          *studio,
                                    const char          *path);
const char *limn_lora_row_get_path (LimnLoraRow         *row);

/** limn_lora_row_show: @lora: of this row's path, as the draft has it now. */
void        limn_lora_row_show     (LimnLoraRow         *row,
                                    const LimnDraftLora *lora);

G_END_DECLS
