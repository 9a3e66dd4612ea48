/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * LimnFrameCache:
 *
 * Images under numbers, up to so many bytes; the one that was asked for longest ago goes first. The newest stays even where it is larger
 * than all of it. Thread-safety: owner thread.
 */
typedef struct _LimnFrameCache LimnFrameCache;

LimnFrameCache *limn_frame_cache_new       (gsize            max_bytes);
void            limn_frame_cache_free      (LimnFrameCache  *cache);

/** limn_frame_cache_get: (transfer none) (nullable): until the next limn_frame_cache_put(). */
LimnImage      *limn_frame_cache_get       (LimnFrameCache  *cache,
                                            guint            key);
/** limn_frame_cache_put: takes a reference; replaces what was under @key. */
void            limn_frame_cache_put       (LimnFrameCache  *cache,
                                            guint            key,
                                            LimnImage       *image);
gsize           limn_frame_cache_get_bytes (LimnFrameCache  *cache);

G_END_DECLS
