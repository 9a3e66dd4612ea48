/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-checkpoint.h"
#include "model/limn-family.h"

G_BEGIN_DECLS

/**
 * LimnDetectedKind: what a file of weights is for
 * @LIMN_DETECT_UNKNOWN: nothing that Limn could use
 * @LIMN_DETECT_MODEL: a whole model: it can be opened
 */
typedef enum
{
  LIMN_DETECT_UNKNOWN,
  LIMN_DETECT_MODEL,
  LIMN_DETECT_VAE,
  LIMN_DETECT_LORA,
  LIMN_DETECT_CONTROL,
  LIMN_DETECT_EMBEDDING,
  LIMN_DETECT_TAESD,
} LimnDetectedKind;

/**
 * LimnDetected:
 * @words: (nullable): what it is, to be put into a sentence: "a LoRA", "a Flux model"; NULL where nobody knows
 * @family: (nullable): of a model; of what goes with a model where its tensors tell for which
 * @dtype: of most of its numbers, as files call it: "F16"; "?" where there are none
 * @refused: whether it is of a kind, but of a family, that Limn cannot use; @words say so
 */
typedef struct
{
  LimnDetectedKind  kind;
  const char       *words;
  const LimnFamily *family;
  const char       *dtype;
  gboolean          refused;
} LimnDetected;

/**
 * limn_detect_file:
 * @found: (out): its strings are static
 *
 * What @file is, by the names and shapes of its tensors, never by its own name. Reads none of their data. Pure, any thread.
 */
void limn_detect_file (const LimnCheckpoint *file,
                       LimnDetected         *found);

/**
 * limn_detect_set_error:
 * @wanted: what was asked for: "a model"
 *
 * Fails with LIMN_ERROR_UNSUPPORTED, saying what @file is instead, and where one that is of use belongs.
 */
void limn_detect_set_error (const LimnCheckpoint *file,
                            const LimnDetected   *found,
                            const char           *wanted,
                            GError              **error);

G_END_DECLS
