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
 * @encoder, @full_decoder: (nullable): on demand; see LimnResident
 * @n_full_decodes: since limn_pipeline_count_full_decodes() was asked last
 * @declared: each part with declared weights, for planning; NULL: the model has none
 * @declared_records: (element-type LimnLoaderRecord): of the matrices of these
 * @weights: bytes of each part, whether it is loaded or not; 0: the model has none
 * @loading: a part is being loaded: @loading_begin was allocated before it
 * @tight: that LIMN_PLAN_SLABS is in force, or more; stays so
 * @needs: of passes that were planned: see limn-pipeline-memory.c
 * @loras: (nullable): what the weights of UNet and text encoders have in them; also what is loaded later gets it
 * @records: (element-type LimnLoaderRecord): of the matrices of loaded parts, in the same order as @declared_records; empty: it is not loaded
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
  LimnVae         *full_decoder;
  guint            n_full_decodes;
  gpointer         declared[LIMN_RESIDENT_N];
  GPtrArray       *declared_records[LIMN_RESIDENT_N];
  guint64          weights[LIMN_RESIDENT_N];
  gboolean         loading;
  guint64          loading_begin;
  LimnPipelineProgress progress;
  gpointer         progress_data;
  gboolean         tight;
  GArray          *needs;
  LimnLoraSet     *loras;
  GPtrArray       *records[LIMN_RESIDENT_N];
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

/** limn_pipeline_lend_loras: @loader: about to load a part anew; what it loads gets the LoRAs that are set. */
void                  limn_pipeline_lend_loras      (LimnPipeline       *pipeline,
                                                     LimnLoader         *loader,
                                                     LimnResident        resident);

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

/** limn_pipeline_declare_part: reads names and shapes. */
gboolean              limn_pipeline_declare_part    (LimnPipeline       *pipeline,
                                                     LimnResident        resident,
                                                     GError            **error);

/** limn_pipeline_load_part: onto the device, by the same code; cut short between two pieces of a tensor, after which nothing of it is left. */
gboolean              limn_pipeline_load_part       (LimnPipeline       *pipeline,
                                                     LimnResident        resident,
                                                     GCancellable       *cancellable,
                                                     GError            **error);
void                  limn_pipeline_unload          (LimnPipeline       *pipeline,
                                                     LimnResident        resident);

/** limn_pipeline_free_network: of that part. */
void                  limn_pipeline_free_network    (LimnResident        resident,
                                                     gpointer            network);

/** limn_pipeline_make_room: for @bytes of something else beside the UNet, as far as that can be done. */
void                  limn_pipeline_make_room       (LimnPipeline       *pipeline,
                                                     guint64             bytes);

/** limn_pipeline_memory_begin: declares all parts; limn_pipeline_memory_end(): forgets what was planned. */
gboolean              limn_pipeline_memory_begin    (LimnPipeline       *pipeline,
                                                     GError            **error);
void                  limn_pipeline_memory_end      (LimnPipeline       *pipeline);

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
