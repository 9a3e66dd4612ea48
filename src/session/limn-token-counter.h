/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-prompt.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnTokenCounter:
 *
 * Says what becomes of a text before anything is painted: its tokens, where they come from, what they weigh and which are cut; of one that says
 * several things on the way, or at once, the longest of them (limn_prompt_new_longest()). Keeps
 * the tokenizer of the model that was asked for last. Reading a model's tokenizer takes 50 ms and more, a text of 200 words 0.2 ms; both
 * are done on a thread.
 *
 * Counted by reference; a count that is under way holds one. Thread-safety: any.
 */
typedef struct _LimnTokenCounter LimnTokenCounter;

LimnTokenCounter *limn_token_counter_new          (void);
LimnTokenCounter *limn_token_counter_ref          (LimnTokenCounter    *counter);
void              limn_token_counter_unref        (LimnTokenCounter    *counter);

/**
 * limn_token_counter_count_async:
 * @model: (nullable): path as in a request; NULL: the starter model
 * @text: copied
 * @cancellable: cancel it when the text has changed: then the answer is G_IO_ERROR_CANCELLED, never a late one
 * @callback: in the caller's context; its source object is NULL
 *
 * Fails as limn_model_open() and limn_prompt_new() do.
 */
void              limn_token_counter_count_async  (LimnTokenCounter    *counter,
                                                   const char          *model,
                                                   const char          *text,
                                                   LimnPromptSyntax     syntax,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             data);
LimnPrompt       *limn_token_counter_count_finish (LimnTokenCounter    *counter,
                                                   GAsyncResult        *result,
                                                   GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTokenCounter, limn_token_counter_unref)

G_END_DECLS
