/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One press of Ctrl+Up or Ctrl+Down, as in AUTOMATIC1111. */
#define LIMN_PROMPT_WEIGHT_STEP 0.05

/* Where the keys stop. A weight that was typed may lie outside; then the keys lead back only. */
#define LIMN_PROMPT_WEIGHT_MIN 0.0
#define LIMN_PROMPT_WEIGHT_MAX 10.0

/**
 * LimnPromptEdit:
 * @start, @end: bytes of the old text [start, end) that go
 * @text: what comes in their place
 * @select_start, @select_end: bytes of the new text: the cursor, or what is selected afterwards
 */
typedef struct
{
  gsize  start;
  gsize  end;
  char  *text;
  gsize  select_start;
  gsize  select_end;
} LimnPromptEdit;

void     limn_prompt_edit_clear (LimnPromptEdit *edit);

/**
 * limn_prompt_weigh:
 * @text: UTF-8, in the a1111 syntax
 * @from, @to: bytes of @text: the selection, or the cursor where both are the same; whole characters
 * @n_steps: by how many LIMN_PROMPT_WEIGHT_STEP; negative: less weight
 * @edit: (out): to be cleared by limn_prompt_edit_clear()
 *
 * What a key for more or less weight does to a prompt:
 *
 * - in or on (a:1.2), its number changes; the innermost such bracket counts. (a) is (a:1.1), and [a] is (a:0.9);
 * - else the selection, without the white space at its ends, or the word at the cursor, gets a bracket of its own;
 * - a weight of 1 takes the bracket away.
 *
 * Escaped brackets are text, and so is one that nothing closes.
 *
 * Returns: FALSE, with nothing in @edit, where there is nothing to weigh or to change: no word, a selection that cuts through
 * a bracket, the word BREAK, the end of the range
 */
gboolean limn_prompt_weigh      (const char     *text,
                                 gsize           from,
                                 gsize           to,
                                 int             n_steps,
                                 LimnPromptEdit *edit);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnPromptEdit, limn_prompt_edit_clear)

G_END_DECLS
