/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-tokenizer.h"
#include "model/limn-family.h"
#include "model/limn-loader.h"
#include "model/limn-model-config.h"
#include "model/limn-model-source.h"

G_BEGIN_DECLS

/** LIMN_MODEL_MAX_TEXTS: SDXL has two. */
#define LIMN_MODEL_MAX_TEXTS LIMN_FAMILY_MAX_TEXTS

/** LimnLayout: a folder as diffusers has it, or one file as the original releases */
typedef enum
{
  LIMN_LAYOUT_FOLDER,
  LIMN_LAYOUT_SINGLE,
} LimnLayout;

/**
 * LimnFactOrigin: how something is known of a model
 * @LIMN_FACT_CONFIG: from its config files
 * @LIMN_FACT_SHAPES: from its tensors
 * @LIMN_FACT_MARKER: from a tensor that is there to say so ("v_pred")
 * @LIMN_FACT_NOTE: from notes in the file ("modelspec.…")
 * @LIMN_FACT_DEFAULT: it is not; this is usual in its family
 * @LIMN_FACT_CHOICE: from LimnModelOptions
 */
typedef enum
{
  LIMN_FACT_CONFIG,
  LIMN_FACT_SHAPES,
  LIMN_FACT_MARKER,
  LIMN_FACT_NOTE,
  LIMN_FACT_DEFAULT,
  LIMN_FACT_CHOICE,
} LimnFactOrigin;

/**
 * LimnModelFacts:
 * @name: of the folder, or "starter"
 * @factor: pixels per latent cell in each direction: 8
 * @multiple: width and height of a picture must be multiples of this: @factor times what the UNet halves by
 * @layout: how its files lie
 * @family_from, @prediction_from: where it says so
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
  LimnLayout          layout;
  const LimnFamily   *family;
  LimnFactOrigin      family_from;
  LimnFactOrigin      prediction_from;
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
 * A model: what it is, and where its weights lie. No weights yet, and no GPU.
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnModel LimnModel;

/**
 * LimnModelOptions: what a person knows better, or wants otherwise; all of it may be NULL
 * @vae: (type filename): a VAE in the place of the model's own: a file in either layout, or a folder
 * @vocabulary: (type filename): where CLIP's vocabulary may be, for a model that brings none: see limn_clip_vocabulary_find()
 * @variant: of the weights in a folder: "fp16" for "….fp16.safetensors"; NULL: those without, else fp16, else any
 * @prediction: "epsilon" or "v_prediction"
 * @family: id of one that has the same tensors: "sdxl-lightning"
 * @without_tokenizer: for who only wants to know what it is; limn_model_get_tokenizer() gives NULL then
 */
typedef struct
{
  const char *vae;
  const char *vocabulary;
  const char *variant;
  const char *prediction;
  const char *family;
  gboolean    without_tokenizer;
} LimnModelOptions;

/**
 * limn_model_open_with:
 * @path: (nullable): see limn_model_source_new()
 * @options: (nullable)
 *
 * Of a folder reads model_index.json, the configs it asks for and the tokenizer; of a file the names and shapes of its tensors; and holds
 * them against each other. Fails with LIMN_ERROR_FORMAT for what is missing, misspelt or contradictory, LIMN_ERROR_UNSUPPORTED for what
 * Limn cannot compute, saying what it is, LIMN_ERROR_NO_VOCABULARY when nobody has CLIP's, LIMN_ERROR_INVALID for @options that do not
 * fit the model, and as the readers do.
 */
LimnModel             *limn_model_open_with     (const char              *path,
                                                 const LimnModelOptions  *options,
                                                 GError                 **error);

/** limn_model_open: the same without options. */
LimnModel             *limn_model_open          (const char       *path,
                                                 GError          **error);
void                   limn_model_free          (LimnModel        *model);

const LimnModelFacts  *limn_model_get_facts     (const LimnModel  *model);
const LimnModelSource *limn_model_get_source    (const LimnModel  *model);
const LimnTokenizer   *limn_model_get_tokenizer (const LimnModel  *model);

/**
 * limn_model_get_weight_files:
 *
 * The files that its weights are in, each once; NULL-terminated. Of a folder those of UNet, text encoders and VAE, in this order. A VAE of
 * its own (LimnModelOptions) is called by its base name. Borrowed.
 */
const char * const    *limn_model_get_weight_files (const LimnModel *model);

/** limn_model_get_file_bytes: what these files take on the disk; 0 for what is not there. */
guint64                limn_model_get_file_bytes   (const LimnModel *model);

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
 * limn_model_list_unused:
 *
 * The names of all tensors in its files that none of its networks asks for. Checkpoints carry the buffers of schedules, positions that count from
 * zero, running means of their training; a network's weights among them would mean that it is not what Limn takes it for. Reads headers only.
 *
 * Returns: (transfer full) (element-type utf8): sorted; NULL as limn_model_check_weights() fails
 */
GPtrArray             *limn_model_list_unused    (const LimnModel  *model,
                                                  GError          **error);

/**
 * limn_model_hash_file:
 * @file: (nullable): one of limn_model_get_weight_files(); NULL: the bytes of all that the model itself has, in that order, whichever
 *   VAE is used
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
