/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-weights.h"

G_BEGIN_DECLS

/* k is padded with zeros to a multiple of this: matmul_lanes.comp takes two texels of channels a turn. */
#define LIMN_WEIGHTS_K_STEP (2 * LIMN_TEXEL)

guint limn_weights_pad_k (guint k);

G_END_DECLS
