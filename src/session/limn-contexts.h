/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pipeline.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnContexts:
 *
 * What a request's prompts are to the network at each step, and the memory of those that were encoded last, so that who moves between prompts
 * does not encode them anew each time. What the prompts say at a step: limn_prompt_program_new().
 *
 * A request that mixes others (limn_request_mix_has_prompts()) has their prompts, each by its weight, and their negative ones likewise: with the
 * contexts c of the ends 0 1 in the upper row and 2 3 in the lower
 *
 *   c = (1 - u) (1 - v) c0 + u (1 - v) c1 + (1 - u) v c2 + u v c3
 *
 * An end without weight has no part in it at all, and ends that say the same at a step are one there: where that leaves one, its context is
 * the result to the bit. The shorter ones are padded with empty chunks, as AUTOMATIC1111 pads prompt and negative prompt to one length: at each
 * step for itself.
 *
 * Where a model has a vector (SDXL), a negative prompt that says nothing at all is limn_conditioning_forget_text(), not the empty text: so have
 * generative-models, diffusers and AUTOMATIC1111; ComfyUI has the empty text. In a mixture it is what such an end has to say.
 *
 * Of prompts that are joined by AND, the first parts are mixed with each other, then the second parts…; an end that has no such part has no say
 * in it, but its share of that part's weight is 0.
 *
 * Thread-safety: owner thread of the pipeline.
 */
typedef struct _LimnContexts LimnContexts;

/**
 * LimnContextsStep: what the network is told at a step
 * @tokens: of each context
 * @negative: (nullable): where the picture is guided, and where there are several parts
 * @n_parts: at least 1
 * @parts: [n_parts]
 * @weights: [n_parts]: of one part alone it is 1
 *
 * All borrowed from the contexts.
 */
typedef struct
{
  guint                           tokens;
  const LimnConditioning         *negative;
  guint                           n_parts;
  const LimnConditioning *const  *parts;
  const double                   *weights;
} LimnContextsStep;

/** limn_contexts_new: @pipeline: (unowned). */
LimnContexts *limn_contexts_new          (LimnPipeline        *pipeline);
void          limn_contexts_free         (LimnContexts        *contexts);

/**
 * limn_contexts_measure:
 * @n_steps: of the picture
 * @tokens: (out): of the longest contexts that limn_contexts_set() would make
 * @n_contexts: (out): that the network is asked about in each step, the negative prompt's included
 *
 * Encodes nothing. Fails as limn_prompt_new() and limn_prompt_program_new() do.
 */
gboolean      limn_contexts_measure      (LimnContexts        *contexts,
                                          const LimnRequest   *request,
                                          guint                n_steps,
                                          gboolean             guided,
                                          guint               *tokens,
                                          guint               *n_contexts,
                                          GError             **error);

/**
 * limn_contexts_set:
 *
 * Makes the contexts of @request for all steps, and those of its negative prompt where it is @guided; they stay until the next call. The same prompts
 * as before cost nothing, others that are remembered next to nothing.
 */
gboolean      limn_contexts_set          (LimnContexts        *contexts,
                                          const LimnRequest   *request,
                                          guint                n_steps,
                                          gboolean             guided,
                                          GCancellable        *cancellable,
                                          GError             **error);

/** limn_contexts_is_set: whether they are of a picture that is (not) guided. */
gboolean      limn_contexts_is_set       (const LimnContexts  *contexts,
                                          gboolean             guided);

/** limn_contexts_get: @step: from 0, of the picture; one that it does not have is its last. */
void          limn_contexts_get          (const LimnContexts  *contexts,
                                          guint                step,
                                          LimnContextsStep    *told);

/** limn_contexts_get_n_encoded: prompts that passed through the encoder until now. */
guint         limn_contexts_get_n_encoded (const LimnContexts *contexts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnContexts, limn_contexts_free)

G_END_DECLS
