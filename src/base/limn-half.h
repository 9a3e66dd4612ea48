/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_half_from_float:
 *
 * IEEE 754 binary16 nearest to @value, ties to even; overflow gives infinity,
 * NaN stays NaN. Pure; any thread.
 */
guint16 limn_half_from_float (float value);

/** limn_half_to_float: the exact value of a binary16. Pure; any thread. */
float   limn_half_to_float   (guint16 half);

/** limn_bf16_to_float: the exact value of a bfloat16 (the upper half of a binary32). Pure; any thread. */
float   limn_bf16_to_float   (guint16 bf16);

G_END_DECLS
