/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pipeline.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnContexts:
 *
 * What a request's prompts are to the network, and the memory of those that were encoded last, so that who moves between prompts does not encode them
 * anew each time.
 *
 * A request that mixes others (limn_request_mix_has_prompts()) has their prompts, each by its weight, and their negative ones likewise: with the contexts c of
 * the ends 0 1 in the upper row and 2 3 in the lower
 *
 *   c = (1 - u) (1 - v) c0 + u (1 - v) c1 + (1 - u) v c2 + u v c3
 *
 * An end without weight has no part in it at all, and ends that say the same are one: where that leaves one, its context is the result to the
 * bit. The shorter ones are padded with empty chunks, as AUTOMATIC1111 pads prompt and negative prompt to one length.
 *
 * Thread-safety: owner thread of the pipeline.
 */
typedef struct _LimnContexts LimnContexts;

/** limn_contexts_new: @pipeline: (unowned). */
LimnContexts *limn_contexts_new          (LimnPipeline        *pipeline);
void          limn_contexts_free         (LimnContexts        *contexts);

/** limn_contexts_count_tokens: of each context that limn_contexts_set() would make. Encodes nothing. Fails as limn_prompt_new() does. */
gboolean      limn_contexts_count_tokens (LimnContexts        *contexts,
                                          const LimnRequest   *request,
                                          gboolean             guided,
                                          guint               *tokens,
                                          GError             **error);

/**
 * limn_contexts_set:
 *
 * Makes the contexts of @request, and those of its negative prompt where it is @guided; they stay until the next call. The same prompts as
 * before cost nothing, others that are remembered next to nothing.
 */
gboolean      limn_contexts_set          (LimnContexts        *contexts,
                                          const LimnRequest   *request,
                                          gboolean             guided,
                                          GCancellable        *cancellable,
                                          GError             **error);

/**
 * limn_contexts_get:
 * @vectors: (out) (nullable): [2, vector_width], or NULL where the model has none
 *
 * [2, tokens, context_width]: negative, prompt; or [1, …] of what is not @guided. Borrowed; NULL where not these are set
 */
const float  *limn_contexts_get          (const LimnContexts  *contexts,
                                          gboolean             guided,
                                          guint               *tokens,
                                          const float        **vectors);

/** limn_contexts_get_n_encoded: prompts that passed through the encoder until now. */
guint         limn_contexts_get_n_encoded (const LimnContexts *contexts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnContexts, limn_contexts_free)

G_END_DECLS
