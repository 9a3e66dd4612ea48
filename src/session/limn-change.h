/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnChangeField:
 * @LIMN_CHANGE_PROMPT, @LIMN_CHANGE_NEGATIVE: words that became others; one change for each place
 * @LIMN_CHANGE_LORAS: one beside the prompt: "ink 0.8"; those in the prompt are words; one change for each
 * @LIMN_CHANGE_WORDS: what was mixed of others' prompts, or had words of its own, is no longer
 * @LIMN_CHANGE_NOISE: what the sampler draws comes from another seed, @new_text
 * @LIMN_CHANGE_RENOISE: a part of the noise was drawn anew: @new_text is how much, 0..1
 * @LIMN_CHANGE_SEED…: what a branch cannot change; between pictures that do not descend from each other
 */
typedef enum
{
  LIMN_CHANGE_PROMPT,
  LIMN_CHANGE_NEGATIVE,
  LIMN_CHANGE_SYNTAX,
  LIMN_CHANGE_CLIP_SKIP,
  LIMN_CHANGE_LORAS,
  LIMN_CHANGE_WORDS,
  LIMN_CHANGE_CFG,
  LIMN_CHANGE_CFG_RESCALE,
  LIMN_CHANGE_SAMPLER,
  LIMN_CHANGE_SCHEDULE,
  LIMN_CHANGE_STEPS,
  LIMN_CHANGE_ETA,
  LIMN_CHANGE_MASK,
  LIMN_CHANGE_FEATHER,
  LIMN_CHANGE_CONTROLS,
  LIMN_CHANGE_NOISE,
  LIMN_CHANGE_RENOISE,
  LIMN_CHANGE_SEED,
  LIMN_CHANGE_VARIATION,
  LIMN_CHANGE_SIZE,
  LIMN_CHANGE_MODEL,
  LIMN_CHANGE_SOURCE,
  LIMN_CHANGE_STRENGTH,
} LimnChangeField;

/**
 * LimnChange:
 * @old_text, @new_text: as people know it, the same in every language: "noon" and "sunset", "7" and "3.5", "Euler a"; "" where there was nothing,
 *   or there is nothing more: a word that was added. Of masks, sources and syntaxes both are ""
 *
 * One thing in which a picture differs from another.
 */
typedef struct
{
  LimnChangeField field;
  char           *old_text;
  char           *new_text;
} LimnChange;

void       limn_change_free    (LimnChange *change);

/**
 * limn_change_list:
 * @request: with a branch
 *
 * What @request changes at the step where it parts, in what is in force there: the noise that is put in, and only what has an effect. Empty: it
 * is the same picture.
 *
 * Returns: (transfer full) (element-type LimnChange): the most telling first
 */
GPtrArray *limn_change_list         (const LimnRequest *request);

/** limn_change_list_between: what makes @request another than @other, which it need not descend from; their branches are not looked at. */
GPtrArray *limn_change_list_between (const LimnRequest *other,
                                     const LimnRequest *request);

/**
 * limn_change_to_english:
 *
 * One line for programs that speak English alone: "noon → sunset", "+ rain", "− fog", "cfg 7 → 3.5". (transfer full)
 */
char      *limn_change_to_english   (const LimnChange  *change);

/** limn_changes_to_english: all of them, with commas between; "the same" where there are none. (transfer full) */
char      *limn_changes_to_english  (GPtrArray         *changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnChange, limn_change_free)

G_END_DECLS
