/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-model-config.h"

G_BEGIN_DECLS

/**
 * LimnNames:
 *
 * Where a network's tensors lie in a checkpoint. A network asks for them by the names that they have in a diffusers folder, without any prefix
 * ("down_blocks.0.resnets.1.conv1.weight", "text_model.final_layer_norm.bias"): those are the canonical ones. Files in the original
 * layouts (CompVis' LDM, Stability's SGM, ControlNet's) call the same tensors otherwise, and cut them otherwise.
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnNames LimnNames;

/**
 * LimnNamesKind: which names a file has for which network
 * @LIMN_NAMES_CANONICAL: the canonical ones, of any network
 * @LIMN_NAMES_UNET: "input_blocks.1.0.in_layers.2.weight"
 * @LIMN_NAMES_CONTROL: the same of a ControlNet: "zero_convs.0.0.weight"
 * @LIMN_NAMES_VAE: "encoder.down.0.block.0.norm1.weight"
 * @LIMN_NAMES_OPEN_CLIP: a text encoder as OpenCLIP writes it: "transformer.resblocks.0.attn.in_proj_weight"
 * @LIMN_NAMES_BARE_CLIP: as transformers writes it, "text_model." left out
 */
typedef enum
{
  LIMN_NAMES_CANONICAL,
  LIMN_NAMES_UNET,
  LIMN_NAMES_CONTROL,
  LIMN_NAMES_VAE,
  LIMN_NAMES_OPEN_CLIP,
  LIMN_NAMES_BARE_CLIP,
} LimnNamesKind;

/**
 * limn_names_new:
 * @prefix: what stands before every name: "model.diffusion_model."
 * @unet: (nullable): for LIMN_NAMES_UNET and LIMN_NAMES_CONTROL: blocks are numbered through all levels there
 * @vae: (nullable): for LIMN_NAMES_VAE: the decoder's levels are counted from the finest there
 */
LimnNames *limn_names_new          (LimnNamesKind          kind,
                                    const char            *prefix,
                                    const LimnUnetConfig  *unet,
                                    const LimnVaeConfig   *vae);

/**
 * limn_names_new_ema:
 *
 * The UNet of a file that has nothing but the running mean of its weights: "model_ema.diffusion_modelinput_blocks00weight", for torch does
 * not allow dots in a buffer's name.
 */
LimnNames *limn_names_new_ema      (const LimnUnetConfig  *unet);
void       limn_names_free         (LimnNames             *names);

/**
 * LimnPlace:
 * @name: (owned): of the tensor in the file
 * @part, @n_parts: it is the @part-th of @n_parts equal groups of rows of that tensor; 0 of 1: all of it
 * @transposed: rows and columns have changed places
 */
typedef struct
{
  char     *name;
  guint     part;
  guint     n_parts;
  gboolean  transposed;
} LimnPlace;

void       limn_place_clear        (LimnPlace             *place);

/**
 * limn_names_find:
 * @names: (nullable): NULL: the canonical names
 * @canonical: with its last part: "conv_in.weight"
 * @place: (out)
 *
 * Whether there is a rule for it; not whether the file has it.
 */
gboolean   limn_names_find         (const LimnNames       *names,
                                    const char            *canonical,
                                    LimnPlace             *place);

/**
 * limn_names_dup_original:
 * @layer: canonical, without ".weight" or ".bias": "down_blocks.0.attentions.0.proj_in"
 *
 * Returns: (transfer full) (nullable): what the layer is called in the original layout, without prefix; NULL where it is no
 *   tensor of its own there. Others' files (LoRA) name layers so.
 */
char      *limn_names_dup_original (const LimnNames       *names,
                                    const char            *layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnNames, limn_names_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnPlace, limn_place_clear)

G_END_DECLS
