/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "session/limn-source.h"

/* Pictures and masks that say nothing, to paint from. */

/** source_kit_make_picture: RGBA noise over a slope, opaque. */
LimnImage         *source_kit_make_picture (guint                  width,
                                            guint                  height,
                                            guint32                seed);

/** source_kit_make_mask: a soft disk in the middle, 0 around it, 255 in most of it. */
LimnImage         *source_kit_make_mask    (guint                  width,
                                            guint                  height);

/** source_kit_make_grey: one value everywhere. */
LimnImage         *source_kit_make_grey    (guint                  width,
                                            guint                  height,
                                            guint8                 value);

/** source_kit_give: a source to @request, whose width and height become its picture's; @mask: (nullable). */
LimnRequestSource *source_kit_give         (LimnStash             *stash,
                                            LimnRequest           *request,
                                            LimnImage             *picture,
                                            LimnImage             *mask);

/** source_kit_decorate: at random, maybe windows and seamless edges, maybe a source with whatever one can have. */
void               source_kit_decorate     (LimnStash             *stash,
                                            LimnRequest           *request,
                                            GRand                 *rand);

/** source_kit_prepare: (nullable): what the worker does; NULL where @request has none. */
LimnSource        *source_kit_prepare      (LimnStash             *stash,
                                            const LimnRequest     *request,
                                            const LimnEngineFacts *facts);
