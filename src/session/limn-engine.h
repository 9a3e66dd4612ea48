/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "model/limn-residency.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnEngineFacts:
 * @model_name: as a person knows it: the name of its folder or file
 * @family: as a person knows it: "Stable Diffusion 1.x"
 * @weight_bytes: of the model's weights on the device
 * @n_channels: of a latent, 4
 * @n_inputs: channels that the network is given: @n_channels, or 2 @n_channels + 1 of a model for inpainting: the latent, the mask (1: paint
 *   here), and the latent of the picture without what is masked
 * @n_predictions: channels of what the network predicts: n_channels, or twice that where the variance is learned
 * @factor: pixels per latent cell along a side, 8
 * @multiple: width and height must be multiples of this: @factor times what the UNet halves by
 * @width, @height, @steps, @cfg, @sampler: what a request that leaves them open gets
 * @scheduler: trained_betas belongs to the engine
 * @scaling_factor: of the VAE, by which a small decoder for previews is known to suit its latents; 0: none does
 * @device, @driver: what computes
 * @software: the device is the processor
 *
 * Strings belong to the engine.
 */
typedef struct
{
  const char         *model_name;
  const char         *family;
  guint64             weight_bytes;
  guint               n_channels;
  guint               n_inputs;
  guint               n_predictions;
  guint               factor;
  guint               multiple;
  guint               width;
  guint               height;
  guint               steps;
  double              cfg;
  LimnSamplerKind     sampler;
  LimnSchedulerConfig scheduler;
  double              scaling_factor;
  const char         *device;
  const char         *driver;
  gboolean            software;
} LimnEngineFacts;

/**
 * LimnEngineShape: the largest that each network is given on the way to one picture, in latent cells
 * @encode_width_lt, @encode_height_lt: 0: nothing is encoded
 */
typedef struct
{
  guint denoise_width_lt;
  guint denoise_height_lt;
  guint decode_width_lt;
  guint decode_height_lt;
  guint encode_width_lt;
  guint encode_height_lt;
} LimnEngineShape;

/**
 * LimnEngineControl: a ControlNet that speaks
 * @model: one that load_controls() has loaded
 * @hint: [3, height_lt * factor, width_lt * factor] of what denoise() is given, 0..1
 * @strength: 0: as if it were not there, to the bit
 */
typedef struct
{
  const char  *model;
  const float *hint;
  float        strength;
} LimnEngineControl;

/**
 * LimnEngine:
 *
 * The networks of one model on one device, as a session sees them; so that everything above can be tested
 * around one that computes nothing. Implementations embed this as their first member.
 *
 * Everything is called on the thread that opened it. Every call may fail with LIMN_ERROR_DEVICE_LOST, after which only @free is
 * called; with G_IO_ERROR_CANCELLED, after which it goes on as before; and with LIMN_ERROR_OUT_OF_MEMORY.
 * The same arguments on the same device give the same bits, whatever was called in between.
 */
typedef struct _LimnEngine LimnEngine;

/**
 * LimnEngineReading:
 * @done: 0 to 1: how much is read of the weights with which a picture begins; negative: nothing is being read any more
 *
 * In the middle of whichever call reads weights, on its thread. get_need() may be called, and nothing else.
 */
typedef void (*LimnEngineReading) (gpointer data,
                                   double   done);

struct _LimnEngine
{
  LimnEngineFacts facts;

  /* (nullable): set by whoever opened it. */
  LimnEngineReading reading;
  gpointer          reading_data;

  /* (nullable): reads the weights that @request's picture begins with, its LoRAs added, as far as there is room and they are not there. An engine is
   * opened without them, and whatever call wants some reads them; but this one may take a minute, and is cut short between two tensors. */
  gboolean   (*load)     (LimnEngine            *engine,
                          const LimnRequest     *request,
                          GCancellable          *cancellable,
                          GError               **error);

  /* Bytes of device memory that @request's picture takes at its peak, everything included, what there is (G_MAXUINT64:
   * unknown), and how it is made to fit (LIMN_PLAN_NONE: not at all). Computes, reads and allocates nothing; the same before and after load().
   * Where it is far too much, a lower bound is enough. */
  gboolean   (*get_need) (LimnEngine            *engine,
                          const LimnRequest     *request,
                          const LimnEngineShape *shape,
                          gboolean               guided,
                          guint64               *need_bytes,
                          guint64               *limit_bytes,
                          LimnPipelinePlan      *plan,
                          GError               **error);

  /* Puts the request's LoRAs into the weights, and encodes what the prompt says at any step, and for a @guided picture the negative one; all stays
   * until the next call. @n_steps: of the picture, as if @request were in force to its end */
  gboolean   (*set_prompts) (LimnEngine        *engine,
                             const LimnRequest *request,
                             guint              n_steps,
                             gboolean           guided,
                             GCancellable      *cancellable,
                             GError           **error);

  /* (nullable): sentences for the artist about what was set last, each complete: what of it has no effect. Returns: (transfer full) */
  char     **(*dup_notes) (LimnEngine         *engine);

  /* (nullable): makes ready for @request's picture, so that its first step takes no longer than the others: pieces of at most a second,
   * cut short by @cancellable (G_IO_ERROR_CANCELLED). @request: nothing is open. The first time only, and not after a picture: what
   * it would do for another size is little, and would take memory. Changes no picture. */
  gboolean   (*warm_up)  (LimnEngine         *engine,
                          const LimnRequest  *request,
                          gboolean            guided,
                          GCancellable       *cancellable,
                          GError            **error);

  /* (nullable): an engine that knows no ControlNets. Those of @request are there afterwards; takes seconds where they were not. */
  gboolean   (*load_controls) (LimnEngine         *engine,
                               const LimnRequest  *request,
                               GCancellable       *cancellable,
                               GError            **error);

  /* (nullable), with load_controls(): what speaks in denoise() from here on: borrowed until the next call. */
  void       (*use_controls)  (LimnEngine              *engine,
                               const LimnEngineControl *controls,
                               guint                    n);

  /* @step: from 0, of the picture: where it parts from another, those that they share count. @x: [n_inputs, height_lt, width_lt], the latent
   * in VP space; @cond, @uncond (nullable): (out): [n_predictions, height_lt, width_lt]. Of prompts joined by AND with the weights w_i @cond is
   * uncond + sum w_i (c_i - uncond): Liu et al. 2022, section 3.2 */
  gboolean   (*denoise)  (LimnEngine         *engine,
                          guint               width_lt,
                          guint               height_lt,
                          guint               step,
                          const float        *x,
                          double              timestep,
                          float              *cond,
                          float              *uncond,
                          GCancellable       *cancellable,
                          GError            **error);

  /* @x: the same shape, of any size; the picture is factor times as wide and high, RGBA8, opaque */
  LimnImage *(*decode)   (LimnEngine         *engine,
                          guint               width_lt,
                          guint               height_lt,
                          const float        *x,
                          GCancellable       *cancellable,
                          GError            **error);

  /* (nullable): an engine that knows no small decoders. The same by the one in the file or folder @path: quick, and only nearly what decode()
   * shows. Fails also where @path holds none, or there is no room for it. */
  LimnImage *(*decode_small) (LimnEngine      *engine,
                              const char      *path,
                              guint            width_lt,
                              guint            height_lt,
                              const float     *x,
                              GCancellable    *cancellable,
                              GError         **error);

  /* @rgb: [3, height_lt * factor, width_lt * factor], -1..1; @x: (out): [n_channels, height_lt, width_lt]: the mean of what the encoder
   * says, scaled as decode() takes it */
  gboolean   (*encode)   (LimnEngine         *engine,
                          guint               width_lt,
                          guint               height_lt,
                          const float        *rgb,
                          float              *x,
                          GCancellable       *cancellable,
                          GError            **error);

  /* JSON, an object: what identifies the model's files beyond doubt (name -> SHA-256). May take seconds. Any
   * thread while the engine lives, beside the other calls. Returns: (transfer full) */
  char      *(*hash_model) (LimnEngine       *engine,
                            GCancellable     *cancellable,
                            GError          **error);

  /* (nullable): something useful, for a time when nobody waits for a picture: a piece of about a second, cut short by
   * @cancellable (G_IO_ERROR_CANCELLED). @more: (out): whether there is another. Changes no picture. */
  gboolean   (*idle)     (LimnEngine         *engine,
                          GCancellable       *cancellable,
                          gboolean           *more,
                          GError            **error);

  void       (*free)     (LimnEngine         *engine);
};

/**
 * LimnEngineOpen:
 *
 * Opens the engine that @request's model, storage and device name. Reads what the model's files say of themselves, no weights. Worker thread.
 * LIMN_ERROR_NO_GPU, LIMN_ERROR_FORMAT, …
 */
typedef LimnEngine *(*LimnEngineOpen) (gpointer            data,
                                       const LimnRequest  *request,
                                       GCancellable       *cancellable,
                                       GError            **error);

void limn_engine_free (LimnEngine *engine);

/**
 * limn_engine_resolve:
 *
 * A copy of @request in which nothing is open, and which with a source says its tiles: limn_tile_choose(); of a branch what is open is its
 * from's: limn_request_inherit(). Fails with LIMN_ERROR_INVALID when the size does not fit the model, naming the nearest ones
 * that do, and for what limn_request_check() refuses.
 */
LimnRequest *limn_engine_resolve (const LimnEngineFacts  *facts,
                                  const LimnRequest      *request,
                                  GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnEngine, limn_engine_free)

G_END_DECLS
