/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-blocks.h"
#include "model/limn-model-config.h"

G_BEGIN_DECLS

/**
 * LimnUnetBlock: one level's way down or up, or the middle
 * @n_attentions: 0, or one after each residual block (in the middle: after the first)
 */
typedef struct
{
  guint            n_resnets;
  LimnResnet      *resnets;
  guint            n_attentions;
  LimnTransformer *attentions;
  gboolean         has_resample;
  LimnMatrix       resample;
} LimnUnetBlock;

/**
 * LimnUnetEncoder: what a UNet and its ControlNets have in common: the first convolution, the way of the timestep, the way down, the middle
 * @vector1, @vector2: of the vector that some are told beside the context (LimnConditioning), which goes the timestep's way
 * @time_all: time_emb_proj of all residual blocks, stacked; in a UNet also those of the way up
 * @layers: (element-type LimnCross): of all transformers, in the order of kv_first
 *
 * Embedded in both; zero is empty. Thread-safety: owner thread of the GL.
 * Source: Rombach et al. 2022; diffusers' UNet2DConditionModel for the names; Zhang et al. 2023 for what a ControlNet copies.
 */
typedef struct
{
  LimnUnetConfig config;
  LimnTensor    *frequencies;
  LimnMatrix     time1;
  LimnMatrix     time2;
  LimnMatrix     vector1;
  LimnMatrix     vector2;
  LimnMatrix     time_all;
  LimnMatrix     conv_in;
  LimnUnetBlock  down[LIMN_MODEL_MAX_LEVELS];
  LimnUnetBlock  mid;
  GPtrArray     *layers;
  /*< private >*/
  GArray        *time_parts; /* LimnMatrixPart */
  GPtrArray     *time_names;
  guint          time_columns;
} LimnUnetEncoder;

/**
 * limn_unet_encoder_load:
 * @skips: (out): channels of what limn_unet_encoder_record() leaves, in that order
 *
 * All but @time_all: limn_unet_encoder_load_time() when the last block is there. On failure limn_unet_encoder_clear() frees what is.
 */
gboolean    limn_unet_encoder_load        (LimnUnetEncoder       *encoder,
                                           LimnLoader            *loader,
                                           const LimnUnetConfig  *config,
                                           GArray                *skips,
                                           GError               **error);

/** limn_unet_encoder_load_block: one more block; @c_in: of each residual block; what it wants of time and contexts is noted in @encoder. */
gboolean    limn_unet_encoder_load_block  (LimnUnetEncoder       *encoder,
                                           LimnLoader            *loader,
                                           LimnUnetBlock         *block,
                                           const guint           *c_in,
                                           guint                  c_out,
                                           guint                  n_resnets,
                                           guint                  n_attentions,
                                           guint                  heads,
                                           guint                  depth,
                                           const char            *prefix,
                                           GError               **error);
gboolean    limn_unet_encoder_load_time   (LimnUnetEncoder       *encoder,
                                           LimnLoader            *loader,
                                           GError               **error);
void        limn_unet_encoder_clear       (LimnUnetEncoder       *encoder);
void        limn_unet_block_clear         (LimnUnetBlock         *block);

/** limn_unet_encoder_check_shape: LIMN_ERROR_SHAPE unless h and w are multiples of limn_unet_config_get_multiple(). */
gboolean    limn_unet_encoder_check_shape (const LimnUnetEncoder *encoder,
                                           guint                  n,
                                           guint                  h,
                                           guint                  w,
                                           guint                  tokens,
                                           GError               **error);

/**
 * limn_unet_encoder_record_time:
 * @vector: (nullable): F32 [n, 1, 1, vector_width]; NULL where the config has none
 *
 * SiLU of the sum of the time's embedding and the vector's, projected for every residual block: [n, 1, 1, all of them].
 */
LimnTensor *limn_unet_encoder_record_time (LimnUnetEncoder       *encoder,
                                           LimnRecorder          *r,
                                           LimnTensor            *t,
                                           LimnTensor            *vector);

/**
 * limn_unet_encoder_record:
 * @x: [n, h, w, in_channels]
 * @hint: (nullable): of the first convolution's output's shape: added to it
 * @time: limn_unet_encoder_record_time()
 * @contexts: LimnCrossContext.outputs
 * @skips: (element-type LimnTensor): the first convolution's output, that of each level's every block and of its convolution to the next level
 *   are appended
 *
 * Returns: what the middle makes of the last of them
 */
LimnTensor *limn_unet_encoder_record      (LimnUnetEncoder       *encoder,
                                           LimnRecorder          *r,
                                           LimnTensor            *x,
                                           const LimnTensor      *hint,
                                           LimnTensor            *time,
                                           GPtrArray             *contexts,
                                           GPtrArray             *skips);

/** limn_unet_config_get_multiple: height and width of a latent must be multiples of this. */
guint       limn_unet_config_get_multiple (const LimnUnetConfig  *config);

G_END_DECLS
