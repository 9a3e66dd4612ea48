/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-token-counter.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnPromptEntry:
 *
 * A field for a prompt, with undo: grows from "min-lines" to "max-lines", counts its tokens, colours words by their weight, greys what the
 * model will not see. Ctrl+Up and Ctrl+Down weigh the word at the cursor, or the selection.
 *
 * Properties: "text" (string): setting it can be undone like an edit; "placeholder", "label" (strings; the second for screen readers),
 * "min-lines", "max-lines" (uint).
 */
#define LIMN_TYPE_PROMPT_ENTRY (limn_prompt_entry_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptEntry, limn_prompt_entry, LIMN, PROMPT_ENTRY, GtkWidget)

const char *limn_prompt_entry_get_text    (LimnPromptEntry  *entry);
void        limn_prompt_entry_set_text    (LimnPromptEntry  *entry,
                                           const char       *text);

/** limn_prompt_entry_forget: what is there now is where undo ends. */
void        limn_prompt_entry_forget      (LimnPromptEntry  *entry);

/** limn_prompt_entry_set_counter: who counts. (nullable): nobody. */
void        limn_prompt_entry_set_counter (LimnPromptEntry  *entry,
                                           LimnTokenCounter *counter);

/** limn_prompt_entry_set_rules: @model: (nullable): as in a request: whose tokens are counted. */
void        limn_prompt_entry_set_rules   (LimnPromptEntry  *entry,
                                           const char       *model,
                                           LimnPromptSyntax  syntax);

/** limn_prompt_entry_weigh: what Ctrl+Up (1) and Ctrl+Down (-1) do. Nothing where the syntax knows no weights. */
void        limn_prompt_entry_weigh       (LimnPromptEntry  *entry,
                                           int               n_steps);

/** limn_prompt_entry_get_buffer: (transfer none): the text with its colours; for tests. */
GtkTextBuffer *limn_prompt_entry_get_buffer (LimnPromptEntry *entry);

/** limn_prompt_entry_get_count: (nullable): "23/75" as it is shown; for tests. */
const char *limn_prompt_entry_get_count   (LimnPromptEntry  *entry);

G_END_DECLS
