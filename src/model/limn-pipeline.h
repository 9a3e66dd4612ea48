/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-prompt.h"
#include "model/limn-conditioning.h"
#include "model/limn-lora-set.h"
#include "model/limn-model.h"
#include "model/limn-residency.h"
#include "model/limn-taps.h"

G_BEGIN_DECLS

/**
 * LimnPipeline:
 *
 * A model on a device: its networks, with their weights loaded, as one denoises with them. Latents here are the
 * UNet's: scaled, as samplers see them, in PyTorch's order [n, latent_channels, h, w]; h and w in latent cells, sizes
 * of pictures in pixels.
 *
 * The same arguments give the same bits, on the same device, whatever was computed before.
 *
 * Every call that computes waits for the GPU, looks at its GCancellable between submissions
 * (G_IO_ERROR_CANCELLED: the pipeline goes on as before), and may fail with LIMN_ERROR_DEVICE_LOST (free it, then the
 * LimnGl) or LIMN_ERROR_OUT_OF_MEMORY.
 *
 * Thread-safety: owner thread of the LimnGl, which must outlive it; what is said of a const pipeline: any.
 */
typedef struct _LimnPipeline LimnPipeline;

/**
 * limn_pipeline_new:
 * @model: (transfer full): freed also on failure
 * @precision: LIMN_DTYPE_F32 or LIMN_DTYPE_F16: storage of weights and activations
 *
 * Reads no weights, only what the files say of them, and takes nothing of the device: what a picture needs can be asked from here on. Each part is
 * loaded when it is used first, or by limn_pipeline_load(). Fails as the loader does, naming the tensor that is missing or wrong, in any part.
 */
LimnPipeline        *limn_pipeline_new           (LimnGl            *gl,
                                                  LimnModel         *model,
                                                  LimnDtype          precision,
                                                  GError           **error);

/**
 * limn_pipeline_load:
 *
 * Loads text encoders, UNet and VAE decoder as far as there is room for all of them and they are not there yet; the rest, and the VAE encoder, waits
 * until it is needed. Takes seconds to a minute. Cancelled, or failed, it leaves what was loaded as a whole; a second call goes on from there.
 * Fails with LIMN_ERROR_OUT_OF_MEMORY, before it reads anything, where there is no room for the largest part alone.
 */
gboolean             limn_pipeline_load          (LimnPipeline      *pipeline,
                                                  GCancellable      *cancellable,
                                                  GError           **error);

/**
 * LimnPipelineProgress:
 * @done, @total: bytes on the device of what a picture begins with; both 0: nothing is being read any more
 *
 * While weights are read, whichever call it is that wants them; every 16 MiB or so, or more often. It may ask for a need, and nothing else.
 */
typedef void (*LimnPipelineProgress) (LimnPipeline *pipeline,
                                      guint64       done,
                                      guint64       total,
                                      gpointer      data);

/** limn_pipeline_set_progress: @progress: (nullable) */
void                 limn_pipeline_set_progress  (LimnPipeline         *pipeline,
                                                  LimnPipelineProgress  progress,
                                                  gpointer              data);

/** limn_pipeline_open: limn_model_open(), limn_pipeline_new() and limn_pipeline_load(). */
LimnPipeline        *limn_pipeline_open          (LimnGl            *gl,
                                                  const char        *path,
                                                  LimnDtype          precision,
                                                  GCancellable      *cancellable,
                                                  GError           **error);
void                 limn_pipeline_free          (LimnPipeline      *pipeline);

LimnGl               *limn_pipeline_get_gl        (const LimnPipeline *pipeline);
const LimnModel      *limn_pipeline_get_model     (const LimnPipeline *pipeline);
const LimnModelFacts *limn_pipeline_get_facts     (const LimnPipeline *pipeline);
LimnDtype             limn_pipeline_get_precision (const LimnPipeline *pipeline);
/** limn_pipeline_get_weight_bytes: on the device, of what a picture begins with (all but the VAE's encoder), loaded or not. */
guint64               limn_pipeline_get_weight_bytes (const LimnPipeline *pipeline);

/**
 * LimnPipelineShape: what the networks are given on the way to one picture, in latent cells
 * @n: latents in one call of limn_pipeline_denoise(): 2 for a guided picture
 * @tokens: of each context; 0: one chunk
 * @unet_h, @unet_w: of limn_pipeline_denoise(); the UNet halves them as often as its levels say
 * @decoder_h, @decoder_w: of limn_pipeline_decode()
 * @encoder_h, @encoder_w: of limn_pipeline_encode(); 0: it is not called
 * @beside_bytes: that will stand on the device beside the pipeline's own: limn_pipeline_add_controls_need()
 * @beside_peak_bytes: scratch memory of what else is computed with the UNet
 */
typedef struct
{
  guint n;
  guint tokens;
  guint unet_h;
  guint unet_w;
  guint decoder_h;
  guint decoder_w;
  guint encoder_h;
  guint encoder_w;
  guint64 beside_bytes;
  guint64 beside_peak_bytes;
} LimnPipelineShape;

/**
 * limn_pipeline_get_shape_need:
 * @need_bytes: (out): device memory at the peak of it, everything that is allocated on this LimnGl already included, by the plan that costs
 *   least time of those that fit; where none fits the least that it could be
 * @limit_bytes: (out): what there is; G_MAXUINT64 where unknown
 * @plan: (out) (nullable): that plan; LIMN_PLAN_NONE: too large for the device
 *
 * Nothing is set by that: each call that computes makes the room that it needs (limn-residency.h).
 * Records the passes, around weights that are declared, so that it says the same whatever of the model is loaded, to the byte; computes and allocates
 * nothing. What was planned is remembered: a second call takes microseconds.
 */
gboolean             limn_pipeline_get_shape_need (LimnPipeline            *pipeline,
                                                   const LimnPipelineShape *shape,
                                                   guint64                 *need_bytes,
                                                   guint64                 *limit_bytes,
                                                   LimnPipelinePlan        *plan,
                                                   GError                 **error);

/**
 * limn_pipeline_get_need:
 * @n: latents in one call of limn_pipeline_denoise(): 2 for a guided picture
 * @tokens: of each context; 0: one chunk
 * @need_bytes: (out): device memory at the peak of making pictures of this size, everything that is allocated on
 *   this LimnGl already included
 * @limit_bytes: (out): what there is; G_MAXUINT64 where unknown
 * @plan: (out) (nullable)
 *
 * limn_pipeline_get_shape_need() of a whole picture that is made without the encoder. Fails as limn_model_check_size() does.
 */
gboolean             limn_pipeline_get_need      (LimnPipeline      *pipeline,
                                                  guint              width,
                                                  guint              height,
                                                  guint              n,
                                                  guint              tokens,
                                                  guint64           *need_bytes,
                                                  guint64           *limit_bytes,
                                                  LimnPipelinePlan  *plan,
                                                  GError           **error);

/**
 * limn_pipeline_prepare:
 *
 * Makes ready for pictures of this size, so that the first step takes no longer than the others; optional. Fails with
 * LIMN_ERROR_OUT_OF_MEMORY, need and limit in MiB, before anything is allocated, when it is too large for the
 * device.
 */
gboolean             limn_pipeline_prepare       (LimnPipeline      *pipeline,
                                                  guint              width,
                                                  guint              height,
                                                  guint              n,
                                                  guint              tokens,
                                                  GError           **error);

/**
 * limn_pipeline_warm_up:
 *
 * limn_pipeline_prepare(), and every kernel that a picture of this size needs and that never ran is run once, which is when some drivers compile
 * it: 4 s in all on llvmpipe. Pieces of at most a kernel each; one that was cancelled goes on where it was when it is called again.
 * Changes no result.
 */
gboolean             limn_pipeline_warm_up       (LimnPipeline      *pipeline,
                                                  guint              width,
                                                  guint              height,
                                                  guint              n,
                                                  guint              tokens,
                                                  GCancellable      *cancellable,
                                                  GError           **error);

/**
 * limn_pipeline_encode_prompt:
 * @sizes: (nullable): of models that ask for them; NULL: a whole picture of the default size
 * @clip_skip: 0: the model's own; n: the states of the n-th layer from the end of the whole encoder, as people count: SD 1.x' own is 1, that of SD 2.x
 *   and SDXL 2. Of both encoders, as ComfyUI has it; AUTOMATIC1111 does so for SD 1.x only and leaves the others as they are. The pooled text is
 *   always that of the last layer
 *
 * Each chunk passes through each text encoder alone, and what they give stands side by side. Where it has weights, the states of each token are
 * multiplied by its weight, and all of the chunk then by (mean before / mean after), for each encoder apart: AUTOMATIC1111's emphasis "Original"
 * (modules/sd_emphasis.py). Where the mean after is 0, the second factor is left out. The pooled text is the first chunk's, without weights.
 *
 * An empty text is encoded like any other. SDXL's negative prompt is another matter: see limn_conditioning_forget_text(), and limn-contexts.h.
 *
 * Returns: (transfer full)
 */
LimnConditioning    *limn_pipeline_encode_prompt (LimnPipeline           *pipeline,
                                                  const LimnPrompt       *prompt,
                                                  const LimnPromptSizes  *sizes,
                                                  guint                   clip_skip,
                                                  GCancellable           *cancellable,
                                                  GError                **error);

/**
 * limn_pipeline_denoise:
 * @x: [n, in_channels, h, w]: of a model for inpainting the latent, the mask, and the latent of the masked picture
 * @timesteps: [n], maybe fractional
 * @contexts: [n, tokens, context_width]: the states of conditionings
 * @vectors: (nullable): [n, vector_width]: theirs, of a model that has them
 * @prediction: (out): [n, channels, h, w]: what the model predicts: see its scheduler's prediction_type
 */
gboolean             limn_pipeline_denoise       (LimnPipeline      *pipeline,
                                                  guint              n,
                                                  guint              h,
                                                  guint              w,
                                                  guint              tokens,
                                                  const float       *x,
                                                  const float       *timesteps,
                                                  const float       *contexts,
                                                  const float       *vectors,
                                                  GCancellable      *cancellable,
                                                  float             *prediction,
                                                  GError           **error);

/**
 * limn_pipeline_count_full_decodes: how often the decoder in float16 overflowed since this was asked last, so that limn_pipeline_decode() did it again in
 *   float32
 */
guint                limn_pipeline_count_full_decodes (LimnPipeline *pipeline);

/**
 * limn_pipeline_decode:
 * @x: [n, channels, h, w], scaled: divided by scaling_factor here
 * @rgba: (out) (nullable): n pictures of w * factor by h * factor pixels, four bytes each, opaque
 * @rgb: (out) (nullable): [n, 3, h * factor, w * factor], about -1..1, not clamped
 *
 * A decoder whose activations are beyond 65504 gives no numbers in float16 ("black squares"): then the same is done in float32, each time anew, so that
 * what a picture is depends on @x alone. For that the decoder is read once more, where there is room; else LIMN_ERROR_OUT_OF_MEMORY.
 */
gboolean             limn_pipeline_decode        (LimnPipeline      *pipeline,
                                                  guint              n,
                                                  guint              h,
                                                  guint              w,
                                                  const float       *x,
                                                  GCancellable      *cancellable,
                                                  guint8            *rgba,
                                                  float             *rgb,
                                                  GError           **error);

/**
 * limn_pipeline_decode_small:
 * @path: (type filename): of a small decoder (TAESD): limn_taesd_open(); the last one stays loaded
 * @x, @rgba: as for limn_pipeline_decode(), of one picture
 *
 * Nearly the picture, with a fraction of the work; the model's own decoder need not be there. Fails as limn_taesd_open() does, too.
 */
gboolean             limn_pipeline_decode_small  (LimnPipeline      *pipeline,
                                                  const char        *path,
                                                  guint              h,
                                                  guint              w,
                                                  const float       *x,
                                                  GCancellable      *cancellable,
                                                  guint8            *rgba,
                                                  GError           **error);

/**
 * limn_pipeline_encode:
 * @h, @w: of the latent
 * @rgb: [n, 3, h * factor, w * factor], -1..1
 * @mean, @logvar: (out): [n, channels, h, w], not scaled: the UNet's latent is
 *   (mean + exp (logvar / 2) noise) * scaling_factor
 */
gboolean             limn_pipeline_encode        (LimnPipeline      *pipeline,
                                                  guint              n,
                                                  guint              h,
                                                  guint              w,
                                                  const float       *rgb,
                                                  GCancellable      *cancellable,
                                                  float             *mean,
                                                  float             *logvar,
                                                  GError           **error);

/**
 * LimnLoraUse:
 * @strength, @text_strength: of what it says of the UNet, and of the text encoders; finite; 1: as it was trained; negative ones turn it round
 */
typedef struct
{
  const char *path;
  double      strength;
  double      text_strength;
} LimnLoraUse;

/**
 * limn_pipeline_set_loras:
 * @uses: (array length=n): all that shall hold from now on; those that are set and not among them go
 *
 * Uploads the matrices anew for which something changes, and no others; what nothing is added to has the bits of its file again. Nothing is recorded
 * anew, and no memory is taken on the device. Reads the changed weights from the disk, and computes with all processors: see LimnLoraSet.
 *
 * A LoRA of which no part fits is refused with LIMN_ERROR_UNSUPPORTED, saying for which family it was made; of others see limn_pipeline_get_lora_fits().
 * Fails as limn_lora_open() does, before anything has changed. After a later failure, also a cancellation, weights are mixed: call it again, and
 * before that succeeds compute nothing.
 */
gboolean             limn_pipeline_set_loras     (LimnPipeline      *pipeline,
                                                  const LimnLoraUse *uses,
                                                  guint              n,
                                                  GCancellable      *cancellable,
                                                  GError           **error);

/** limn_pipeline_get_lora_fits: (array length=n): of each that is set. Borrowed until the next limn_pipeline_set_loras(). */
const LimnLoraFit   *limn_pipeline_get_lora_fits (LimnPipeline      *pipeline,
                                                  guint             *n);

/** limn_pipeline_get_text_version: another number when limn_pipeline_encode_prompt() may say something else than before. */
guint                limn_pipeline_get_text_version (const LimnPipeline *pipeline);

/**
 * limn_pipeline_tune:
 * @more: (out): whether there is more to do
 *
 * For idle times: limn_tuner_step() for what this pipeline has computed so far. Pictures stay the same to the bit, and what is
 * recorded stays as it is: networks that are loaded later are faster for it.
 */
gboolean             limn_pipeline_tune          (LimnPipeline      *pipeline,
                                                  GCancellable      *cancellable,
                                                  gboolean          *more,
                                                  GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPipeline, limn_pipeline_free)

G_END_DECLS
