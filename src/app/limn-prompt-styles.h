/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnPromptStyles:
 *
 * A popover with saved styles: words that are put to a prompt. They can be applied, added, changed and deleted; the last deletion
 * can be undone as long as the popover is open. Signal "apply" (string words, string negative words): then it has closed.
 */
#define LIMN_TYPE_PROMPT_STYLES (limn_prompt_styles_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptStyles, limn_prompt_styles, LIMN, PROMPT_STYLES, GtkPopover)

/** limn_prompt_styles_set_settings: its key "styles" is what is shown and changed. Once. */
void limn_prompt_styles_set_settings (LimnPromptStyles *styles,
                                      GSettings        *settings);

/** limn_prompt_styles_set_words: what a new style begins with: what is in the fields. */
void limn_prompt_styles_set_words    (LimnPromptStyles *styles,
                                      const char       *prompt,
                                      const char       *negative);

G_END_DECLS
