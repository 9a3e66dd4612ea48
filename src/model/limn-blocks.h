/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-loader.h"
#include "model/limn-taps.h"
#include "ops/limn-op-conv.h"

G_BEGIN_DECLS

/*
 * The parts of which UNet, VAE and text encoder are made: how each is loaded, and how it is recorded.
 */

/**
 * LimnRecorder:
 * @dtype: of activations
 * @taps: (nullable)
 * @slab_bytes: 0: layers are taken as a whole; else large ones may be taken in slabs of about that size (limn-slabs.h)
 * @free_beside: (nullable): for limn-slabs.c: columns beside those of @beside that nobody needs any more
 * @most_slabs: (out): of the layer that had most of them; 0: none was taken so
 * @error: the first failure
 *
 * Recording a network is one long expression of a hundred calls that fail only when the shape is impossible or a
 * kernel does not compile. So the error is remembered here, later calls do nothing and give their input back,
 * and the caller looks once, at the end.
 */
typedef struct
{
  LimnGraph *graph;
  LimnDtype  dtype;
  LimnTaps  *taps;
  guint64    slab_bytes;
  guint      most_slabs;
  LimnTensor       *free_beside;
  const LimnTensor *beside;
  GError    *error;
} LimnRecorder;

/** limn_record_end: once, last: fails as the first call that failed, else closes the recording: limn_graph_plan(). */
gboolean    limn_record_end        (LimnRecorder         *r,
                                    GError              **error);

/** limn_record_tap: keeps @tensor under a name when there are taps; gives it back. */
LimnTensor *limn_record_tap        (LimnRecorder         *r,
                                    LimnTensor           *tensor,
                                    const char           *format,
                                    ...) G_GNUC_PRINTF (3, 4);

/** limn_record_norm: group norm or layer norm into a new tensor, or in place. */
LimnTensor *limn_record_norm       (LimnRecorder         *r,
                                    const LimnNorm       *norm,
                                    LimnTensor           *x,
                                    LimnActivation        activation,
                                    gboolean              in_place);

/**
 * limn_record_matrix:
 * @y: (nullable): where to; NULL: a new tensor of the recorder's dtype
 *
 * y = activation (x w + bias) + residual.
 */
LimnTensor *limn_record_matrix     (LimnRecorder         *r,
                                    const LimnMatrix     *matrix,
                                    LimnTensor           *y,
                                    const LimnTensor     *x,
                                    LimnActivation        activation,
                                    const LimnTensor     *residual);

/** limn_record_conv: the same for 3x3; @sample_bias: (nullable): added to each sample's every pixel. */
LimnTensor *limn_record_conv       (LimnRecorder         *r,
                                    const LimnMatrix     *matrix,
                                    LimnTensor           *y,
                                    const LimnTensor     *x,
                                    LimnConvMode          mode,
                                    const LimnTensor     *sample_bias,
                                    const LimnTensor     *residual);

/** limn_record_attention: scaled by 1 / sqrt (width of a head). */
LimnTensor *limn_record_attention  (LimnRecorder         *r,
                                    const LimnTensor     *q,
                                    const LimnTensor     *k,
                                    const LimnTensor     *v,
                                    guint                 heads,
                                    gboolean              causal);

/**
 * LimnResnet: norm, SiLU, 3x3, (+ time), norm, SiLU, 3x3, + (1x1 of) the input
 * @time_first: column of its part of the time projections
 */
typedef struct
{
  guint      c_in;
  guint      c_out;
  guint      time_first;
  LimnNorm   norm1;
  LimnNorm   norm2;
  LimnMatrix conv1;
  LimnMatrix conv2;
  LimnMatrix shortcut;
} LimnResnet;

gboolean    limn_resnet_load       (LimnResnet           *resnet,
                                    LimnLoader           *loader,
                                    guint                 c_in,
                                    guint                 c_out,
                                    guint                 groups,
                                    float                 eps,
                                    const char           *prefix,
                                    GError              **error);
void        limn_resnet_clear      (LimnResnet           *resnet);

/** limn_resnet_record: @time: (nullable): [N, 1, 1, all resnets' channels] */
LimnTensor *limn_resnet_record     (const LimnResnet     *resnet,
                                    LimnRecorder         *r,
                                    LimnTensor           *x,
                                    const LimnTensor     *time);

/** LimnCross: one layer of a UNet transformer */
typedef struct
{
  LimnNorm   norm1;
  LimnMatrix qkv; /* self-attention: q, k, v in one product */
  LimnMatrix out1;
  LimnNorm   norm2;
  LimnMatrix q;
  LimnMatrix kv; /* of the context: not part of the pass, see LimnUnet */
  LimnMatrix out2;
  LimnNorm   norm3;
  LimnMatrix ff_in;
  LimnMatrix ff_out;
} LimnCross;

/** LimnTransformer: norm, 1x1, layers over all cells as tokens, 1x1, + the input */
typedef struct
{
  guint      c;
  guint      heads;
  guint      n_layers;
  guint      kv_first; /* place of its first layer among all the UNet's contexts */
  LimnNorm   norm;
  LimnMatrix proj_in;
  LimnMatrix proj_out;
  LimnCross *layers;
} LimnTransformer;

gboolean    limn_transformer_load   (LimnTransformer       *transformer,
                                     LimnLoader            *loader,
                                     guint                  c,
                                     guint                  heads,
                                     guint                  depth,
                                     guint                  context_width,
                                     guint                  groups,
                                     const char            *prefix,
                                     GError               **error);
void        limn_transformer_clear  (LimnTransformer       *transformer);

/** limn_transformer_record: @contexts: k and v of every layer, [N, T, 1, 2 C], from kv_first on */
LimnTensor *limn_transformer_record (const LimnTransformer *transformer,
                                     LimnRecorder          *r,
                                     LimnTensor            *x,
                                     GPtrArray             *contexts);

G_END_DECLS
