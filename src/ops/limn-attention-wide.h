/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Attention of wide heads by matrix products. */

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/**
 * limn_attention_wide_record:
 *
 * As limn_op_attention(), whose arguments have been checked, without a mask: scores = q k^T for some rows at a time, softmax along them, scores v. A head so
 * wide that limn_op_attention()'s own kernels cannot have all of it in registers makes them compute the scores again for each part of it; here they
 * are computed once, and stand in scratch memory that does not grow with the picture.
 */
gboolean limn_attention_wide_record (LimnGraph         *graph,
                                     LimnTensor        *y,
                                     const LimnTensor  *q,
                                     const LimnTensor  *k,
                                     const LimnTensor  *v,
                                     guint              heads,
                                     float              scale,
                                     GError           **error);

G_END_DECLS
