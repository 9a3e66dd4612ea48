/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-checkpoint.h"
#include "model/limn-lora-key.h"

G_BEGIN_DECLS

/* More than any layer of a network has rows, of which a rank beyond says nothing new. */
#define LIMN_LORA_MAX_RANK 16384

/**
 * LimnLoraLayer: what a LoRA adds to one layer: scale * up (mid) down, s times
 * @layer: as LimnLoraKey has it
 * @rank: r
 * @n: outputs: rows of up; 0: the factors have shapes that no layer of Limn's networks has
 * @k: inputs
 * @taps: 1 (linear, 1x1 convolution) or 9 (3x3)
 * @scale: alpha / r
 * @down: [r, k], [r, k, 1, 1] or [r, k, 3, 3]; with @mid never the last
 * @mid: (nullable): [r, r, 3, 3]: between the two, of a convolution that was taken apart once more
 * @up: [n, r] or [n, r, 1, 1]
 */
typedef struct
{
  LimnLoraTarget               target;
  const char                  *layer;
  guint                        rank;
  guint                        n;
  guint                        k;
  guint                        taps;
  double                       scale;
  const LimnSafetensorsTensor *down;
  const LimnSafetensorsTensor *mid;
  const LimnSafetensorsTensor *up;
} LimnLoraLayer;

/**
 * LimnLora:
 *
 * The file of a LoRA (Hu et al. 2021), or of a LoCon, which is the same for convolutions as well: what its tensors are, and to which layers they
 * belong; not yet of which model. Names: limn_lora_key_parse(). alpha is r where the file does not say; what PEFT says in the file's metadata, or
 * in the adapter_config.json beside it, holds otherwise.
 *
 * Other adapters (LoHa, LoKr, DoRA, …) are refused with LIMN_ERROR_UNSUPPORTED, named, since a part of one of them alone would be another picture.
 * LIMN_ERROR_FORMAT: factors are missing, or do not fit each other.
 *
 * Thread-safety: any; immutable, counted atomically.
 */
typedef struct _LimnLora LimnLora;

/** limn_lora_open: reads the names and shapes; the factors are read where they lie, when they are wanted. */
LimnLora            *limn_lora_open           (const char           *path,
                                               GError              **error);

/** limn_lora_new: @checkpoint: (transfer full), freed also on failure; @config: (nullable): text of an adapter_config.json */
LimnLora            *limn_lora_new            (LimnCheckpoint       *checkpoint,
                                               GBytes               *config,
                                               GError              **error);
LimnLora            *limn_lora_ref            (LimnLora             *lora);
void                 limn_lora_unref          (LimnLora             *lora);

/** limn_lora_get_name: of the file. Borrowed. */
const char          *limn_lora_get_name       (const LimnLora       *lora);
guint                limn_lora_get_n_layers   (const LimnLora       *lora);
const LimnLoraLayer *limn_lora_get_layer      (const LimnLora       *lora,
                                               guint                 i);

/** limn_lora_get_n_foreign: tensors in the file that are no part of a LoRA. */
guint                limn_lora_get_n_foreign  (const LimnLora       *lora);

/** limn_lora_get_context_width: of the contexts that the UNet it was trained with is given: 768, 1024, 2048, …; 0: it does not show */
guint                limn_lora_get_context_width (const LimnLora    *lora);

/**
 * limn_lora_read_down:
 * @values: (out): [r, k * taps]: down, with @layer->mid put into it
 */
gboolean             limn_lora_read_down      (const LimnLora       *lora,
                                               const LimnLoraLayer  *layer,
                                               float                *values,
                                               GError              **error);

/** limn_lora_read_up: @values: (out): [count, r]: rows @first to @first + @count - 1 of up */
gboolean             limn_lora_read_up        (const LimnLora       *lora,
                                               const LimnLoraLayer  *layer,
                                               guint                 first,
                                               guint                 count,
                                               float                *values,
                                               GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLora, limn_lora_unref)

G_END_DECLS
