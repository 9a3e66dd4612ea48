/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-lora-targets.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnLoraFit: how much of a LoRA a model has a place for
 * @name: of its file; as long as the LimnLora
 * @n_layers: what it holds: layers, and tensors that are no part of a LoRA
 * @n_fit: of these, layers of which the model has one of the same name and shape
 * @context_width, @model_context_width: of the UNet that it was trained with, and of the model's: another one says another family; 0: unknown
 */
typedef struct
{
  const char *name;
  guint       n_layers;
  guint       n_fit;
  guint       context_width;
  guint       model_context_width;
} LimnLoraFit;

/**
 * LimnLoraSet:
 *
 * What is added to a model's weights while they are loaded:
 *
 *   W' = W + sum over the LoRAs of strength * alpha / r * up (mid) down
 *
 * The sum is taken in float32, in the order in which the LoRAs were added, and added to the weight once. No weight that no LoRA has a
 * part for is touched; a strength of 0 is none.
 *
 * Thread-safety: owner thread while it is filled; then any.
 */
typedef struct _LimnLoraSet LimnLoraSet;

/** limn_lora_set_new: @targets: (unowned): outlives it */
LimnLoraSet *limn_lora_set_new      (const LimnLoraTargets  *targets);
void         limn_lora_set_free     (LimnLoraSet            *set);

/**
 * limn_lora_set_add:
 * @lora: a reference is taken
 * @strength: of its parts for the UNet; @text_strength: of those for the text encoders
 * @fit: (out) (nullable)
 */
void         limn_lora_set_add      (LimnLoraSet            *set,
                                     LimnLora               *lora,
                                     double                  strength,
                                     double                  text_strength,
                                     LimnLoraFit            *fit);

/**
 * limn_lora_set_dup_key:
 * @names: (array length=n): layers, as the networks ask for them
 *
 * What is added to these: the same text for the same sum, as long as the same LimnLora live. (transfer full) (nullable): NULL: nothing
 */
char        *limn_lora_set_dup_key  (const LimnLoraSet      *set,
                                     LimnLoraTarget          network,
                                     const char *const      *names,
                                     guint                   n);

/** limn_lora_set_get_text_key: the same of the text encoders, all of them: "" where nothing is added to any. Borrowed. */
const char  *limn_lora_set_get_text_key (const LimnLoraSet *set);

/**
 * limn_lora_set_apply:
 * @name: the layer
 * @row_values: k * taps
 * @first, @count: rows of it
 * @values: [@count, @row_values]: added to
 *
 * Reads the factors, and computes with as many threads as there are processors; each row by one of them, so that how many there are changes no bit.
 */
gboolean     limn_lora_set_apply    (const LimnLoraSet      *set,
                                     LimnLoraTarget          network,
                                     const char             *name,
                                     guint                   row_values,
                                     guint                   first,
                                     guint                   count,
                                     float                  *values,
                                     GCancellable           *cancellable,
                                     GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLoraSet, limn_lora_set_free)

G_END_DECLS
