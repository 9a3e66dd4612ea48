/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnPromptHistory:
 *
 * A popover with the last prompts, newest first, and a search. Signal "chosen" (string prompt): then it has closed.
 */
#define LIMN_TYPE_PROMPT_HISTORY (limn_prompt_history_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptHistory, limn_prompt_history, LIMN, PROMPT_HISTORY, GtkPopover)

/** limn_prompt_history_set_settings: its key "prompt-history" is what is shown. Once. */
void limn_prompt_history_set_settings (LimnPromptHistory *history,
                                       GSettings         *settings);

G_END_DECLS
