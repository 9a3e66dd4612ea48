/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pipeline.h"

#include "model/limn-text-encoder.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"

G_BEGIN_DECLS

/* What the files limn-pipeline*.c share. */

/**
 * LimnPipeline:
 * @arena: one for all networks: they never run at the same time
 * @texts: one for each of the model's
 * @encoder: (nullable): on demand
 * @needs: of what was planned for shapes: see limn-pipeline.c
 */
struct _LimnPipeline
{
  LimnGl          *gl;
  LimnModel       *model;
  LimnDtype        precision;
  LimnArena       *arena;
  LimnTextEncoder *texts[LIMN_MODEL_MAX_TEXTS];
  LimnUnet        *unet;
  LimnVae         *decoder;
  LimnVae         *encoder;
  guint64          weight_bytes;
  GArray          *needs;
  guint            n_spares; /* of the arena when @needs was planned */
};

/** limn_pipeline_text_begin: of @n_chunks, its sizes as limn_pipeline_encode_prompt() has them, no text yet. @sizes: (nullable) */
LimnConditioning     *limn_pipeline_text_begin      (const LimnModelFacts   *facts,
                                                     guint                   n_chunks,
                                                     const LimnPromptSizes  *sizes);

/**
 * limn_pipeline_text_add:
 * @which: of the model's text encoders @encoder is
 *
 * What one encoder has to say: its columns of the states, and the pooled text where it is the last one. Each apart, so that they need not be on
 * the device together.
 */
gboolean              limn_pipeline_text_add        (LimnConditioning       *conditioning,
                                                     const LimnModelFacts   *facts,
                                                     guint                   which,
                                                     LimnTextEncoder        *encoder,
                                                     const LimnPrompt       *prompt,
                                                     guint                   clip_skip,
                                                     GCancellable           *cancellable,
                                                     GError                **error);

/** limn_pipeline_warm_up_texts: runs each text encoder once, on nothing. It looks up what its input names, so it gets one; and it is quick. */
gboolean              limn_pipeline_warm_up_texts   (LimnPipeline       *pipeline,
                                                     GCancellable       *cancellable,
                                                     GError            **error);

G_END_DECLS
