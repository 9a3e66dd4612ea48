/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-tokenizer.h"
#include "model/limn-family.h"
#include "model/limn-loader.h"
#include "model/limn-model-config.h"
#include "model/limn-model-source.h"

G_BEGIN_DECLS

/** LIMN_MODEL_MAX_TEXTS: SDXL has two. */
#define LIMN_MODEL_MAX_TEXTS 2

/**
 * LimnModelFacts:
 * @name: of the folder, or "starter"
 * @factor: pixels per latent cell in each direction: 8
 * @multiple: width and height of a picture must be multiples of this: @factor times what the UNet halves by
 * @texts: the encoders of prompts, of which there are @n_texts; their outputs stand side by side in a context
 * @context_width: of a context as the UNet takes it: the sum of the encoders' widths
 * @vector_width: of what the UNet is told beside the context, made of a pooled prompt and of sizes; 0: nothing
 * @unproven: nobody computed this family's pictures with other programs to compare Limn's with
 * @default_width, @default_height: what it was trained for, where its configs say so; else 512
 *
 * Everything lives as long as the LimnModel.
 */
typedef struct
{
  const char         *name;
  const LimnFamily   *family;
  LimnTextConfig      texts[LIMN_MODEL_MAX_TEXTS];
  guint               n_texts;
  LimnUnetConfig      unet;
  LimnVaeConfig       vae;
  guint               context_width;
  guint               vector_width;
  gboolean            unproven;
  LimnModelScheduler  scheduler;
  guint               factor;
  guint               multiple;
  guint               default_width;
  guint               default_height;
} LimnModelFacts;

/**
 * LimnModel:
 *
 * A model in the diffusers layout as its small files describe it: configs and tokenizer. No weights yet, and no GPU.
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnModel LimnModel;

/**
 * limn_model_open:
 * @path: (nullable): see limn_model_source_new()
 *
 * Reads model_index.json, the configs it asks for and the tokenizer, and holds them against each other. Fails with
 * LIMN_ERROR_FORMAT for what is missing, misspelt or contradictory, LIMN_ERROR_UNSUPPORTED for a model that
 * Limn cannot compute, saying what it is, and as the readers do.
 */
LimnModel             *limn_model_open          (const char       *path,
                                                 GError          **error);
void                   limn_model_free          (LimnModel        *model);

const LimnModelFacts  *limn_model_get_facts     (const LimnModel  *model);
const LimnModelSource *limn_model_get_source    (const LimnModel  *model);
const LimnTokenizer   *limn_model_get_tokenizer (const LimnModel  *model);

/**
 * limn_model_get_weight_files:
 *
 * The files that its weights are in, each once; NULL-terminated. Of a folder those of UNet, text encoders and VAE, in this order.
 * Borrowed.
 */
const char * const    *limn_model_get_weight_files (const LimnModel *model);

/** LimnModelPart: a network of a model; of the text encoders the one whose output stands first in a context is the first. */
typedef enum
{
  LIMN_MODEL_UNET,
  LIMN_MODEL_TEXT_ENCODER,
  LIMN_MODEL_TEXT_ENCODER_2,
  LIMN_MODEL_VAE,
  LIMN_MODEL_N_PARTS,
} LimnModelPart;

/** limn_model_has_part: false for a second text encoder where there is one. */
gboolean               limn_model_has_part       (const LimnModel  *model,
                                                  LimnModelPart     part);

/**
 * LimnModelWeights:
 *
 * The weights of one part, whatever layout they lie in: what a loader needs. Must not outlive the LimnModel.
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnModelWeights LimnModelWeights;

/**
 * limn_model_open_part:
 * @part: one that the model has
 *
 * Reads headers only. Fails as limn_checkpoint_open() does.
 */
LimnModelWeights      *limn_model_open_part      (const LimnModel  *model,
                                                  LimnModelPart     part,
                                                  GError          **error);
void                   limn_model_weights_free   (LimnModelWeights *weights);

/** limn_model_weights_get_file: the checkpoint, which may hold other parts too. Borrowed. */
const LimnCheckpoint  *limn_model_weights_get_file  (const LimnModelWeights *weights);
/** limn_model_weights_get_names: (nullable): where in it the part's tensors lie. Borrowed. */
const LimnNames       *limn_model_weights_get_names (const LimnModelWeights *weights);

/** limn_model_weights_init_loader: limn_loader_init() for this part; @weights must outlive @loader. */
void                   limn_model_weights_init_loader (const LimnModelWeights *weights,
                                                       LimnLoader             *loader,
                                                       LimnGl                 *gl,
                                                       LimnDtype               dtype,
                                                       GCancellable           *cancellable);

/**
 * limn_model_check_weights:
 * @bytes: (out) (nullable): what the weights take on a device in F32
 *
 * Whether the weights are there, every tensor with the shape and a type that the configs ask for. Reads headers only.
 */
gboolean               limn_model_check_weights (const LimnModel  *model,
                                                 guint64          *bytes,
                                                 GError          **error);

/**
 * limn_model_hash_file:
 * @file: (nullable): one of limn_model_get_weight_files(); NULL: the bytes of all of them, in that order
 *
 * SHA-256 in hexadecimal. Its first ten digits are what AUTOMATIC1111 calls a model's hash. A second for 500 MB; for
 * the embedded model it was computed when Limn was built, and costs nothing. Any thread.
 *
 * Returns: (transfer full)
 */
char                  *limn_model_hash_file     (const LimnModel  *model,
                                                 const char       *file,
                                                 GCancellable     *cancellable,
                                                 GError          **error);

/**
 * limn_model_check_size:
 *
 * Whether a picture of this size can be made: LIMN_ERROR_INVALID otherwise, naming the nearest sizes that can.
 */
gboolean               limn_model_check_size    (const LimnModel  *model,
                                                 guint             width,
                                                 guint             height,
                                                 GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModel, limn_model_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModelWeights, limn_model_weights_free)

G_END_DECLS
