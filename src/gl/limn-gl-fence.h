/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"

G_BEGIN_DECLS

/**
 * LimnGlFence:
 *
 * A mark in the stream of work. Thread-safety: owner thread of its LimnGl, which must outlive it.
 */
typedef struct _LimnGlFence LimnGlFence;

/** limn_gl_fence_new: marks this point and flushes, so that the mark will be reached without further calls. */
LimnGlFence *limn_gl_fence_new  (LimnGl      *gl);
void         limn_gl_fence_free (LimnGlFence *fence);

/**
 * limn_gl_fence_poll:
 *
 * Whether all before the mark is done; does not wait. TRUE too when the context is lost, so that nobody
 * waits for what cannot come: limn_gl_check() tells.
 */
gboolean     limn_gl_fence_poll (LimnGlFence *fence);

/**
 * limn_gl_fence_wait:
 * @timeout_us: microseconds; negative: as long as it takes
 *
 * Returns: FALSE when the time ran out; TRUE as limn_gl_fence_poll()
 */
gboolean     limn_gl_fence_wait (LimnGlFence *fence,
                                 gint64       timeout_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGlFence, limn_gl_fence_free)

G_END_DECLS
