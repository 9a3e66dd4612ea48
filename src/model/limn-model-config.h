/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "ops/limn-op-matmul.h"

G_BEGIN_DECLS

/*
 * What the config files of a model in the diffusers layout say. They are obeyed, not assumed: what they
 * leave out has the default that diffusers or transformers gives it, and what they ask for that Limn cannot
 * compute is refused with LIMN_ERROR_UNSUPPORTED, naming key and value. What is missing, of the wrong type, out of
 * range or contradicts itself is LIMN_ERROR_FORMAT. A key of the UNet or the VAE that nobody knows is refused as well,
 * since it would be a misspelt setting or one that changes the picture.
 *
 * Plain values; reading is pure and safe in any thread.
 */

/** LIMN_MODEL_MAX_LEVELS: resolutions of a network; real ones have 3 or 4. */
#define LIMN_MODEL_MAX_LEVELS 8

/** LIMN_MODEL_MAX_LAYERS: per level, or of a text encoder; real ones have 2 to 32. */
#define LIMN_MODEL_MAX_LAYERS 256

/**
 * LimnTextConfig: CLIPTextModel, CLIPTextModelWithProjection
 * @width: hidden_size
 * @inner: intermediate_size
 * @n_layers: that the file holds
 * @positions: max_position_embeddings; 77
 * @eps: of every layer norm
 * @skip: layers at the end that the UNet's states leave out: 0: the last layer's, 1: the one's before
 * @final_norm: whether the last layer norm is applied to these states, whatever was left out
 * @missing: layers at the end that the encoder had and the file lacks, because this model never uses them: 1 in SD 2.x in the diffusers layout
 * @projection: width of the pooled output, 0: there is none. It is made of the last layer, whatever @skip says
 * @pad_id: what fills a chunk after its end, where that is another token than the tokenizer's; LIMN_TEXT_PAD_AS_IS: what the prompt has
 *
 * The ids of start, end and padding that stand in the file are not read: those of published models are wrong (0, 2, 1
 * in SD 1.5) and the tokenizer's are used.
 */
typedef struct
{
  guint          vocab_size;
  guint          width;
  guint          inner;
  guint          n_layers;
  guint          heads;
  guint          positions;
  float          eps;
  LimnActivation activation;
  guint          skip;
  gboolean       final_norm;
  guint          missing;
  guint          projection;
  guint32        pad_id;
} LimnTextConfig;

/** LIMN_TEXT_PAD_AS_IS: no token; see LimnTextConfig */
#define LIMN_TEXT_PAD_AS_IS G_MAXUINT32

/**
 * LimnUnetLevel:
 * @channels: block_out_channels
 * @n_layers: layers_per_block; the way up has one more
 * @heads: attention_head_dim, which in spite of its name is the number of heads
 * @depth: transformer_layers_per_block; 0: no attention at this level, whatever the next two say
 * @down_attention, @up_attention: whether the block on the way down, up, is a cross-attention block
 *
 * From the finest to the coarsest.
 */
typedef struct
{
  guint    channels;
  guint    n_layers;
  guint    heads;
  guint    depth;
  gboolean down_attention;
  gboolean up_attention;
} LimnUnetLevel;

/**
 * LimnUnetConfig: UNet2DConditionModel
 * @mid_depth: layers of the middle's transformer; its heads are those of the coarsest level
 * @vector_width: of what is told of the picture beside the context: projection_class_embeddings_input_dim; 0: nothing is
 * @vector_step: values that stand for one number in it: addition_time_embed_dim
 * @guidance_width: time_cond_proj_dim: of a distilled model that is told the guidance scale: LIMN_UNET_GUIDANCE; 0: it is not told
 */
typedef struct
{
  guint         in_channels;
  guint         out_channels;
  guint         sample_size;   /* of a latent, in cells; 0 where the file does not say */
  guint         context_width; /* cross_attention_dim */
  guint         groups;        /* norm_num_groups */
  float         eps;           /* norm_eps: of the residual blocks and the last norm */
  gboolean      flip;          /* flip_sin_to_cos */
  double        freq_shift;
  guint         n_levels;
  LimnUnetLevel levels[LIMN_MODEL_MAX_LEVELS];
  guint         mid_depth;
  guint         vector_width;
  guint         vector_step;
  guint         guidance_width;
} LimnUnetConfig;

/**
 * LIMN_UNET_GUIDANCE: what a latent consistency model is told
 *
 * The default of diffusers' LatentConsistencyModelPipeline, and what the pictures that people know were made with. The network makes the guided picture in
 * one pass then, so that the guidance of a request stays 1.
 */
#define LIMN_UNET_GUIDANCE 8.5

/** LimnVaeConfig: AutoencoderKL */
typedef struct
{
  guint    in_channels;
  guint    out_channels;
  guint    latent_channels;
  guint    sample_size; /* of a picture, in pixels; 0 where the file does not say */
  guint    groups;
  guint    n_layers;
  double   scaling_factor;
  gboolean force_upcast; /* its activations overflow float16 */
  guint    n_levels;
  guint    channels[LIMN_MODEL_MAX_LEVELS];
} LimnVaeConfig;

/**
 * LimnModelScheduler: scheduler_config.json, strings as they stand there; they live as long as the LimnModel
 * @class_name: "PNDMScheduler", …
 * @trained_betas: (nullable): @n_trained_betas of them
 *
 * What the file leaves out has the default of its class in diffusers.
 */
typedef struct
{
  const char   *class_name;
  const char   *beta_schedule;
  double        beta_start;
  double        beta_end;
  const double *trained_betas;
  guint         n_trained_betas;
  guint         num_train_timesteps;
  const char   *prediction_type;
  const char   *timestep_spacing;
  guint         steps_offset;
  gboolean      set_alpha_to_one;
  gboolean      use_karras_sigmas;
  gboolean      use_exponential_sigmas;
  gboolean      rescale_betas_zero_snr;
  const char   *variance_type;
  gboolean      clip_sample;
  gboolean      thresholding;
} LimnModelScheduler;

/**
 * limn_text_config_read:
 *
 * What follows from the kind of model around it and does not stand in the file (@skip, @final_norm, @pad_id) is as in SD 1.x.
 */
gboolean limn_text_config_read     (LimnTextConfig      *config,
                                    const LimnJson      *json,
                                    GError             **error);
/** limn_text_config_find_missing: @missing, as its other fields tell it. Encoders that nobody knows lack nothing. */
guint    limn_text_config_find_missing (const LimnTextConfig *config);
gboolean limn_unet_config_read     (LimnUnetConfig      *config,
                                    const LimnJson      *json,
                                    GError             **error);
gboolean limn_vae_config_read      (LimnVaeConfig       *config,
                                    const LimnJson      *json,
                                    GError             **error);

/** limn_model_scheduler_read: strings of @config live as long as @json; free @trained_betas with g_free(). */
gboolean limn_model_scheduler_read (LimnModelScheduler  *config,
                                    const LimnJson      *json,
                                    GError             **error);

/** limn_vae_config_get_factor: pixels per latent cell in each direction: 8. */
guint    limn_vae_config_get_factor (const LimnVaeConfig *config);

G_END_DECLS
