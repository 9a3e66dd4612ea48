/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-prompt.h"

G_BEGIN_DECLS

/* Prompts that are joined by AND; each is one more pass of the network in every step. */
#define LIMN_PROMPT_MAX_PARTS 16
#define LIMN_PROMPT_MAX_LORAS 64

/**
 * LimnPromptSide:
 * @LIMN_PROMPT_POSITIVE: has AND and LoRAs
 * @LIMN_PROMPT_NEGATIVE: AUTOMATIC1111 knows neither there: both are text
 */
typedef enum
{
  LIMN_PROMPT_POSITIVE,
  LIMN_PROMPT_NEGATIVE,
} LimnPromptSide;

/**
 * LimnPromptProgram:
 *
 * What a prompt says at each step: which texts, and how much of each. The texts are what limn_prompt_new() takes. Pure; immutable.
 *
 * The syntax is AUTOMATIC1111's (`modules/prompt_parser.py` and `extra_networks.py`), in the order in which it looks:
 *
 * - `<lora:name:0.8>` goes, the spaces around it stay, and is listed. `<lora:name>` is 1; `<lora:name:te:unet>` has a strength for the text
 *   encoder and one for the UNet; `te=` and `unet=` name them. `<lyco:…>` is the same.
 * - `a AND b:0.7`: parts of their own, each with a weight, 1 where none stands at its end. AND is a word in capitals, and stronger than
 *   brackets: `[a AND b:c:5]` is "[a" and "b:c:5]". A prompt without AND has no weight: "16:9" is text.
 * - `[a:b:when]`: a, and after step @when b. `[b:when]` and `[:b:when]`: nothing, then b. `[a::when]`: a, then nothing. @when is a number of
 *   steps, or with a point in it a fraction of all steps, cut to whole steps: `[a:b:0]` is b from the first step on, `[a:b:1]` is a in the
 *   first step, `[a:b:1.0]` always a.
 * - `[a|b|c]`: a in the first step, b in the second, c in the third, a in the fourth…; `[a|]` is a in every other step.
 * - These nest, and may hold (weights) and be held by them. What a backslash stands before is a character, and stays as written.
 * - What is not well-formed is text, a bracket within what holds it; a `|` that belongs to no alternation, or a backslash at the end, makes
 *   the whole part text: "a | b [c:d:5]" has no schedule. So it is there; these pictures would be others.
 *
 * The steps are those of the picture, from 1: where it parts from another, those that they share count. With a source of which a strength
 * remains, all steps are those that are really walked. Differences to AUTOMATIC1111: its sampling loop counts from 0 against numbers from 1, so
 * that all changes come one step later there than its documentation says; it goes by the documentation here. And with samplers that ask
 * the network twice a step it counts these calls; here a step is a step.
 *
 * With LIMN_PROMPT_PLAIN all of it is text. A prompt that has none of this is one part, the same text byte for byte.
 *
 * Thread-safety: any.
 */
typedef struct _LimnPromptProgram LimnPromptProgram;

/**
 * LimnPromptLora:
 * @name: as written; not empty
 * @text_strength, @unet_strength: finite
 * @start, @end: bytes of the prompt [start, end) it stood in
 */
typedef struct
{
  char   *name;
  double  text_strength;
  double  unet_strength;
  guint32 start;
  guint32 end;
} LimnPromptLora;

/**
 * limn_prompt_program_new:
 *
 * Fails with LIMN_ERROR_INVALID where @text is not UTF-8, longer than LIMN_PROMPT_MAX_BYTES, has too many parts or LoRAs, or a LoRA's
 * strength is no number.
 */
LimnPromptProgram    *limn_prompt_program_new           (const char               *text,
                                                         LimnPromptSyntax          syntax,
                                                         LimnPromptSide            side,
                                                         GError                  **error);
void                  limn_prompt_program_free          (LimnPromptProgram        *program);

/** limn_prompt_program_get_n_parts: at least 1. */
guint                 limn_prompt_program_get_n_parts   (const LimnPromptProgram  *program);
double                limn_prompt_program_get_weight    (const LimnPromptProgram  *program,
                                                         guint                     part);

/** limn_prompt_program_is_constant: whether it says the same at each step. */
gboolean              limn_prompt_program_is_constant   (const LimnPromptProgram  *program);

/**
 * limn_prompt_program_list_changes:
 * @n_steps: of the picture
 *
 * The first steps of what it says: 1, and each step at which a text may be another than in the step before. At most @n_steps.
 *
 * Returns: (transfer full) (element-type guint)
 */
GArray               *limn_prompt_program_list_changes  (const LimnPromptProgram  *program,
                                                         guint                     n_steps);

/**
 * limn_prompt_program_dup_text:
 * @step: from 1
 * @source: (nullable): (element-type guint32): appended: for each byte of the text its place in the prompt
 *
 * Returns: (transfer full)
 */
char                 *limn_prompt_program_dup_text      (const LimnPromptProgram  *program,
                                                         guint                     part,
                                                         guint                     step,
                                                         guint                     n_steps,
                                                         GArray                   *source);

guint                 limn_prompt_program_get_n_loras   (const LimnPromptProgram  *program);
const LimnPromptLora *limn_prompt_program_get_lora      (const LimnPromptProgram  *program,
                                                         guint                     i);

/**
 * limn_prompt_new_longest:
 *
 * The longest that @text says at any step, of all its parts; its tokens come from their places in @text. For showing a prompt: what of it is too
 * much. A prompt that says the same at each step is limn_prompt_new()'s.
 */
LimnPrompt           *limn_prompt_new_longest           (const LimnTokenizer      *tokenizer,
                                                         const char               *text,
                                                         LimnPromptSyntax          syntax,
                                                         LimnPromptSide            side,
                                                         GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPromptProgram, limn_prompt_program_free)

G_END_DECLS
