/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-loader.h"
#include "model/limn-model-config.h"
#include "model/limn-pass.h"
#include "model/limn-taps.h"

G_BEGIN_DECLS

/**
 * LimnTextEncoder:
 *
 * CLIP's text encoder: token and position embeddings, causal pre-norm transformer layers, a last layer norm.
 * Its output, the last hidden state, is what a UNet sees of a prompt.
 *
 * Thread-safety: owner thread of the GL.
 * Source: Radford et al. 2021, section 2.4; transformers' CLIPTextModel for the names.
 */
typedef struct _LimnTextEncoder LimnTextEncoder;

/**
 * limn_text_encoder_new:
 * @loader: of the text encoder's weights; without a GL only names and shapes are checked, and the result can only
 *   be freed
 * @arena: (nullable) (unowned): outlives it
 */
LimnTextEncoder *limn_text_encoder_new  (LimnLoader            *loader,
                                         const LimnTextConfig  *config,
                                         LimnArena             *arena,
                                         GError               **error);
void             limn_text_encoder_free (LimnTextEncoder       *encoder);

/** limn_text_encoder_prepare: records the pass; computes nothing. @need: (out) (nullable) */
gboolean         limn_text_encoder_prepare (LimnTextEncoder    *encoder,
                                            LimnPassNeed       *need,
                                            GError            **error);

/**
 * limn_text_encoder_run:
 * @ids: one for each of the config's positions
 * @taps: (nullable)
 * @states: (out): [positions, width]
 *
 * One chunk of a prompt. Waits for the GPU. Fails as limn_graph_run() does.
 */
gboolean         limn_text_encoder_run  (LimnTextEncoder       *encoder,
                                         const guint32         *ids,
                                         LimnTaps              *taps,
                                         GCancellable          *cancellable,
                                         float                 *states,
                                         GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTextEncoder, limn_text_encoder_free)

G_END_DECLS
