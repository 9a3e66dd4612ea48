/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-lora.h"
#include "model/limn-names.h"

G_BEGIN_DECLS

/**
 * LimnLoraMatrix: a layer of a model
 * @name: as the networks ask for it: "mid_block.attentions.0.proj_in"
 * @n: outputs; @k: inputs; @taps: 1 or 9
 */
typedef struct
{
  LimnLoraTarget network;
  const char    *name;
  guint          n;
  guint          k;
  guint          taps;
} LimnLoraMatrix;

/**
 * LimnLoraMatch: where what a LoRA says of one of its layers belongs
 * @first: row of the LoRA's up that is @matrix's first: OpenCLIP has query, key and value in one layer, which are three matrices here
 * @n: rows that up must have, of all of them
 */
typedef struct
{
  const LimnLoraMatrix *matrix;
  guint                 first;
  guint                 n;
} LimnLoraMatch;

/**
 * LimnLoraTargets:
 *
 * The layers of a model, under every name that LoRAs call them by: diffusers' and transformers', those of the original code (input_blocks_1_1_proj_in), and
 * OpenCLIP's (transformer_resblocks_0_attn_in_proj).
 *
 * Thread-safety: owner thread while it is filled; then any.
 */
typedef struct _LimnLoraTargets LimnLoraTargets;

LimnLoraTargets *limn_lora_targets_new   (void);
void             limn_lora_targets_free  (LimnLoraTargets        *targets);

/**
 * limn_lora_targets_add:
 * @network: not LIMN_LORA_ANY
 * @original: (nullable): by what other names the network's layers go, without a prefix: LIMN_NAMES_UNET or LIMN_NAMES_OPEN_CLIP
 * @matrix: name is copied
 */
void             limn_lora_targets_add   (LimnLoraTargets        *targets,
                                          const LimnLoraMatrix   *matrix,
                                          const LimnNames        *original);

/**
 * limn_lora_targets_find:
 *
 * The layers that @layer is about: one, three of a stacked one, or none. What is for LIMN_LORA_ANY is looked for in the UNet, then in the text encoders.
 * Whether shapes fit is not asked: limn_lora_match_fits().
 *
 * Returns: (nullable) (element-type LimnLoraMatch): borrowed
 */
const GArray    *limn_lora_targets_find  (const LimnLoraTargets  *targets,
                                          const LimnLoraLayer    *layer);

gboolean         limn_lora_match_fits    (const LimnLoraMatch    *match,
                                          const LimnLoraLayer    *layer);

/** limn_lora_targets_get_context_width: as limn_lora_get_context_width(): of this model. */
guint            limn_lora_targets_get_context_width (const LimnLoraTargets *targets);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLoraTargets, limn_lora_targets_free)

G_END_DECLS
