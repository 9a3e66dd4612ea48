/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pipeline.h"
#include "model/limn-pipeline-control.h"
#include "model/limn-residency.h"

#include "model/limn-lora-set.h"
#include "model/limn-taesd.h"
#include "model/limn-text-encoder.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"

G_BEGIN_DECLS

/* What the files limn-pipeline*.c share. */

typedef struct _LimnPipelineControls LimnPipelineControls;

/**
 * LimnPipeline:
 * @arena: one for all networks: they never run at the same time
 * @texts: one for each of the model's
 * @encoder: (nullable): on demand
 * @weights: bytes of each part, whether it is loaded or not; 0: the model has none
 * @kept: bytes of what convolutions of a loaded part keep of their weights, as far as known; see limn-weights.h
 * @grown: what planning added to a part since it was loaded
 * @bare: of parts that were loaded anew: that what they keep is not there again
 * @tight: that LIMN_PLAN_SLABS is in force, or more; stays so
 * @needs: of passes that were planned: see limn-pipeline-memory.c
 * @loras: (nullable): what the weights of UNet and text encoders have in them; also what is loaded later gets it
 * @records: (element-type LimnLoaderRecord): of UNet and text encoders, under their LimnLoraTarget: their matrices, as far as they are loaded
 * @targets: (nullable): the layers that LoRAs can have something for; on demand
 * @lora_files: of those that @loras are of: see limn-pipeline-lora.c
 * @lora_fits: (element-type LimnLoraFit): of the same
 * @controls: (nullable): ControlNets: see limn-pipeline-control.c
 * @taesd: (nullable): under @taesd_path: see limn-pipeline-small.c
 * @text_version: counts how often weights of text encoders became others
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
  guint64          weights[LIMN_RESIDENT_N];
  guint64          kept[LIMN_RESIDENT_N];
  guint64          grown[LIMN_RESIDENT_N];
  gboolean         bare[LIMN_RESIDENT_N];
  gboolean         tight;
  GArray          *needs;
  LimnLoraSet     *loras;
  GPtrArray       *records[LIMN_LORA_N_TARGETS];
  LimnLoraTargets *targets;
  GPtrArray       *lora_files;
  GArray          *lora_fits;
  guint            text_version;
  LimnPipelineControls *controls;
  LimnTaesd       *taesd;
  char            *taesd_path;
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

/** limn_pipeline_lend_loras: @loader: about to load a part anew; what it loads gets the LoRAs that are set, and is remembered. */
void                  limn_pipeline_lend_loras      (LimnPipeline       *pipeline,
                                                     LimnLoader         *loader,
                                                     LimnLoraTarget      network);

/** limn_pipeline_forget_records: the network is about to be freed. */
void                  limn_pipeline_forget_records  (LimnPipeline       *pipeline,
                                                     LimnLoraTarget      network);

/** limn_pipeline_clear_loras: part of limn_pipeline_free(). */
void                  limn_pipeline_clear_loras     (LimnPipeline       *pipeline);

/** limn_pipeline_run_controls: @input: (inout): the UNet's; gets the residuals where a ControlNet speaks. */
gboolean              limn_pipeline_run_controls    (LimnPipeline       *pipeline,
                                                     LimnUnetInput      *input,
                                                     GCancellable       *cancellable,
                                                     GError            **error);

/** limn_pipeline_clear_controls: part of limn_pipeline_free(). */
void                  limn_pipeline_clear_controls  (LimnPipeline       *pipeline);

/** limn_pipeline_clear_small: part of limn_pipeline_free(). */
void                  limn_pipeline_clear_small     (LimnPipeline       *pipeline);

/** limn_pipeline_get_network: where the pointer of a part stands; NULL there: it is not loaded. */
gpointer             *limn_pipeline_get_network      (LimnPipeline       *pipeline,
                                                     LimnResident        resident);

/** limn_pipeline_load_part: @gl: (nullable): NULL: what limn_loader_init() says: a network that is only measured */
gboolean              limn_pipeline_load_part       (LimnPipeline       *pipeline,
                                                     LimnResident        resident,
                                                     LimnGl             *gl,
                                                     GCancellable       *cancellable,
                                                     GError            **error);
void                  limn_pipeline_unload          (LimnPipeline       *pipeline,
                                                     LimnResident        resident);

/** limn_pipeline_make_room: for @bytes of something else beside the UNet, as far as that can be done. */
void                  limn_pipeline_make_room       (LimnPipeline       *pipeline,
                                                     guint64             bytes);

/** limn_pipeline_memory_begin: measures all parts, and loads those that a picture begins with as far as there is room. */
gboolean              limn_pipeline_memory_begin    (LimnPipeline       *pipeline,
                                                     GCancellable       *cancellable,
                                                     GError            **error);

/**
 * limn_pipeline_need:
 * @n, @h, @w, @tokens: of the pass that is about to run; of a text encoder nothing
 *
 * Sees to it that the part is loaded and that its pass has room, if need be by making some (limn-residency.h). What is missing after that is
 * found when it is allocated. Every use of a network goes through here.
 */
gboolean              limn_pipeline_need            (LimnPipeline       *pipeline,
                                                     LimnResident        resident,
                                                     guint               n,
                                                     guint               h,
                                                     guint               w,
                                                     guint               tokens,
                                                     GCancellable       *cancellable,
                                                     GError            **error);

/** limn_pipeline_warm_up_texts: runs each text encoder once, on nothing. It looks up what its input names, so it gets one; and it is quick. */
gboolean              limn_pipeline_warm_up_texts   (LimnPipeline       *pipeline,
                                                     GCancellable       *cancellable,
                                                     GError            **error);

G_END_DECLS
