/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** LimnLoraTarget: the network that a part of a LoRA is for */
typedef enum
{
  LIMN_LORA_ANY, /* the name does not say: whichever has such a layer */
  LIMN_LORA_UNET,
  LIMN_LORA_TEXT,
  LIMN_LORA_TEXT_2,
  LIMN_LORA_N_TARGETS,
} LimnLoraTarget;

/**
 * LimnLoraRole: what a tensor is to its layer's difference, s alpha / r * up (mid) down
 * @LIMN_LORA_OTHER: it belongs to another kind of adapter, which LimnLoraKey.kind names
 */
typedef enum
{
  LIMN_LORA_DOWN,
  LIMN_LORA_UP,
  LIMN_LORA_MID,
  LIMN_LORA_ALPHA,
  LIMN_LORA_OTHER,
} LimnLoraRole;

/* The longest name of a layer that is read; those of published models have less than 100 characters. */
#define LIMN_LORA_MAX_NAME 255

/**
 * LimnLoraKey: the name of a tensor in a LoRA, understood
 * @kind: of LIMN_LORA_OTHER: as people call it, "LoHa"; static
 * @layer: with "_" between all its parts, as limn_lora_flatten() writes it: "down_blocks_0_attentions_0_proj_in",
 *   "text_model_encoder_layers_0_mlp_fc1", "input_blocks_1_1_proj_in", "transformer_resblocks_0_attn_in_proj"
 */
typedef struct
{
  LimnLoraTarget target;
  LimnLoraRole   role;
  const char    *kind;
  char           layer[LIMN_LORA_MAX_NAME + 1];
} LimnLoraKey;

/**
 * limn_lora_key_parse:
 *
 * Understands the names that are in use, whatever program wrote them:
 *
 *   kohya      lora_unet_X, lora_te_X, lora_te1_X, lora_te2_X with .lora_down.weight, .lora_up.weight, .lora_mid.weight, .alpha; X with "_" for ".",
 *              by diffusers' names or by those of the original code (input_blocks_…)
 *   diffusers  unet.X, text_encoder.X, text_encoder_2.X with .lora_A.weight and .lora_B.weight (an adapter's name may stand between), .lora.down.weight,
 *              .lora_linear_layer.down.weight, and of old .processor.to_q_lora.down.weight, whether or not unet. stands before it
 *   PEFT       base_model.model.X
 *   ComfyUI    diffusion_model.X, text_encoders.clip_l.transformer.X
 *
 * Pure; any thread.
 *
 * Returns: FALSE when @name is not that of a part of any adapter; then @key is undefined
 */
gboolean limn_lora_key_parse (const char  *name,
                              LimnLoraKey *key);

/** limn_lora_flatten: @name of a layer with "_" for "."; (transfer full) */
char    *limn_lora_flatten   (const char  *name);

G_END_DECLS
