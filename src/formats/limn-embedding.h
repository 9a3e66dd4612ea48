/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-checkpoint.h"

G_BEGIN_DECLS

/* More would not fit into a chunk of a prompt. */
#define LIMN_EMBEDDING_MAX_VECTORS 75
/* Numbers of a vector; OpenCLIP bigG's, the widest that are used, have 1280. */
#define LIMN_EMBEDDING_MAX_WIDTH 8192

/**
 * LimnEmbedding:
 *
 * A word that was learned (textual inversion, Gal et al. 2022): so many vectors that take the place of tokens, for each text encoder that it was
 * learned with. Counted by reference (atomic), immutable. Thread-safety: any.
 *
 * Read are, in any file that limn_checkpoint_open() takes: `emb_params` [n, width] (AUTOMATIC1111), `clip_l` and `clip_g` (SDXL),
 * `string_to_param.*` (AUTOMATIC1111's .pt), and a single tensor [width] or [n, width] of any name (diffusers).
 */
typedef struct _LimnEmbedding LimnEmbedding;

/**
 * limn_embedding_open:
 * @path: (type filename)
 *
 * Fails as limn_checkpoint_open() does, and with LIMN_ERROR_FORMAT where the file holds something else, or numbers that are none.
 */
LimnEmbedding *limn_embedding_open          (const char           *path,
                                             GError              **error);

/** limn_embedding_new_for_checkpoint: @file: is read here and not kept. */
LimnEmbedding *limn_embedding_new_for_checkpoint (const LimnCheckpoint *file,
                                             GError              **error);
LimnEmbedding *limn_embedding_ref           (LimnEmbedding        *embedding);
void           limn_embedding_unref         (LimnEmbedding        *embedding);

/** limn_embedding_get_n: its vectors: tokens that it takes in a prompt, 1..LIMN_EMBEDDING_MAX_VECTORS. */
guint          limn_embedding_get_n         (const LimnEmbedding  *embedding);

/** limn_embedding_get_values: (nullable): [n, width]: for the text encoder of that width; NULL: it was not learned with such a one. Borrowed. */
const float   *limn_embedding_get_values    (const LimnEmbedding  *embedding,
                                             guint                 width);

/** limn_embedding_get_widths: @n: (out): 1 or 2. Borrowed. */
const guint   *limn_embedding_get_widths    (const LimnEmbedding  *embedding,
                                             guint                *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnEmbedding, limn_embedding_unref)

G_END_DECLS
