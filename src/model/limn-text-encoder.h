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
 * What a UNet sees of a prompt are the states after the last layer or one before it, with or without the norm (LimnTextConfig). Some
 * models also look at the pooled output: the state at the end of the text, after all layers and the norm, through a matrix.
 *
 * Thread-safety: owner thread of the GL.
 * Source: Radford et al. 2021, section 2.4; transformers' CLIPTextModel and CLIPTextModelWithProjection for the names.
 */
typedef struct _LimnTextEncoder LimnTextEncoder;

/**
 * LimnTextInput: what is put in the place of tokens' embeddings: textual inversion
 * @n: how many, at most one for each position
 * @positions: [n], each once
 * @values: [n, width]: rows as if of the token table; the position's embedding is added as always
 *
 * Source: Gal et al. 2022.
 */
typedef struct
{
  guint        n;
  const guint *positions;
  const float *values;
} LimnTextInput;

/**
 * limn_text_encoder_new:
 * @loader: of the text encoder's weights; without a GL names and shapes are checked, and weights are declared: the result can be asked
 *   what a pass needs, if it has an arena, and freed
 * @arena: (nullable) (unowned): outlives it
 */
LimnTextEncoder *limn_text_encoder_new  (LimnLoader            *loader,
                                         const LimnTextConfig  *config,
                                         LimnArena             *arena,
                                         GError               **error);
void             limn_text_encoder_free (LimnTextEncoder       *encoder);

/** limn_text_encoder_plan: what the pass that the model asks for needs. Records it, but allocates and computes nothing. */
gboolean         limn_text_encoder_plan    (LimnTextEncoder    *encoder,
                                            LimnPassNeed       *need,
                                            GError            **error);

/** limn_text_encoder_is_prepared: whether that pass is kept. */
gboolean         limn_text_encoder_is_prepared (LimnTextEncoder *encoder);

/**
 * limn_text_encoder_run:
 * @ids: one for each of the config's positions
 * @extra: (nullable): of the ids at its positions nothing is seen but where the text ends
 * @skip: layers at the end that @states leave out; the config's own, unless the artist wants others. At most all but one are left out
 * @taps: (nullable)
 * @states: (out): [positions, width]
 * @pooled: (out) (nullable): [projection]; NULL where the config has none. Of the first of the highest ids: CLIP's end is the last
 *   token of its vocabulary
 *
 * One chunk of a prompt. Waits for the GPU. Fails as limn_graph_run() does, and with LIMN_ERROR_FORMAT when an id is beyond the
 * vocabulary.
 */
gboolean         limn_text_encoder_run  (LimnTextEncoder       *encoder,
                                         const guint32         *ids,
                                         const LimnTextInput   *extra,
                                         guint                  skip,
                                         LimnTaps              *taps,
                                         GCancellable          *cancellable,
                                         float                 *states,
                                         float                 *pooled,
                                         GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTextEncoder, limn_text_encoder_free)

G_END_DECLS
