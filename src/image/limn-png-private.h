/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"

G_BEGIN_DECLS

/** limn_png_encode_as_is: limn_png_encode(), but with alpha exactly where @image has it, transparent or not. */
GBytes *limn_png_encode_as_is (LimnImage          *image,
                               const LimnPngText  *texts,
                               gsize               n_texts,
                               GError            **error);

G_END_DECLS
