/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tensor/limn-tensor.h"

G_BEGIN_DECLS

/** LIMN_PANEL: columns of a panel; see LimnWeights. */
#define LIMN_PANEL 16

/**
 * LimnWeights:
 * @k: inputs (Cin); @n: outputs (Cout); @taps: 1 (linear, 1x1 convolution) or 9 (3x3)
 *
 * The matrix B [K = taps * k, N] of a product, repacked once for the kernels:
 * panels of 16 columns, [ceil (N / 16)][taps][k rounded up to 8][16], zeros in
 * the padding, so that whoever computes 16 outputs reads memory in one straight line.
 *
 * Thread-safety: owner thread of the LimnGl.
 */
typedef struct
{
  guint       k;
  guint       n;
  guint       taps;
  /*< private >*/
  LimnTensor *panels;
  LimnTensor *winograd; /* F32 [36 * panels, 1, k, 16], made by the first convolution that wants it */
  gboolean    stale;    /* other weights were uploaded since it was made */
} LimnWeights;

/** limn_weights_new: @gl: (nullable): NULL: declared: for passes that are recorded to be planned (limn_graph_set_dry()), never to be run */
LimnWeights *limn_weights_new    (LimnGl       *gl,
                                  LimnDtype     dtype,
                                  guint         n,
                                  guint         k,
                                  guint         taps,
                                  const char   *label,
                                  GError      **error);
void         limn_weights_free   (LimnWeights  *weights);

/**
 * limn_weights_upload:
 * @first: first output, a multiple of LIMN_PANEL
 * @count: outputs given; a multiple of LIMN_PANEL unless they are the last
 * @values: PyTorch's order: [count][k] or [count][k][3][3]
 *
 * So that a checkpoint can be read in chunks. Copies. Into weights that were used before: limn_weights_refresh() when all is uploaded.
 */
void         limn_weights_upload (LimnWeights  *weights,
                                  guint         first,
                                  guint         count,
                                  const float  *values);

/**
 * limn_weights_refresh:
 *
 * After an upload into weights that were in use: makes what was computed from the old ones anew, in its place, so that what is recorded stays
 * right. Nothing where there is nothing to do; else waits for the GPU, and fails as limn_tensor_download() does.
 */
gboolean     limn_weights_refresh (LimnWeights *weights,
                                   GError     **error);

/** limn_weights_get_bytes: on the device, without what convolutions keep; of declared ones what they would take. */
guint64      limn_weights_get_bytes (const LimnWeights *weights);

/** limn_weights_get_kept_bytes: of what convolutions keep, which is made when one is recorded; see limn_graph_list_kept(). */
guint64      limn_weights_get_kept_bytes (const LimnWeights *weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnWeights, limn_weights_free)

G_END_DECLS
