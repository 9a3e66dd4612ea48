/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-op-matmul.h"

G_BEGIN_DECLS

/** limn_epilogue_check: that its tensors fit @y; fails with LIMN_ERROR_SHAPE. */
gboolean limn_epilogue_check  (const LimnEpilogue *epilogue,
                               const LimnTensor   *y,
                               const char         *op,
                               GError            **error);

/** limn_epilogue_is_bias: whether nothing but the bias, or not even that, is asked for. */
gboolean limn_epilogue_is_bias (const LimnEpilogue *epilogue);

/** limn_epilogue_record: y = activation (x + sample_bias) + residual; the bias is in @x already. @y may be @x or the residual. */
gboolean limn_epilogue_record (LimnGraph          *graph,
                               LimnTensor         *y,
                               const LimnTensor   *x,
                               const LimnEpilogue *epilogue,
                               GError            **error);

/** limn_epilogue_read: as limn_graph_read(); where @tensor is NULL nothing is bound and @base is -1. */
LimnArg  limn_epilogue_read   (LimnGraph          *graph,
                               guint               binding,
                               const LimnTensor   *tensor,
                               guint64             first_row,
                               guint64             rows,
                               gint32             *base);

G_END_DECLS
