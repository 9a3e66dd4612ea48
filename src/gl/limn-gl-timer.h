/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"

G_BEGIN_DECLS

/**
 * LimnGlTimer:
 *
 * Time on the device between two points of the stream of work, by GL timestamps; on software, where those say nothing,
 * by the clock around glFinish, so that begin and end then wait. Timers may nest and overlap.
 *
 * Thread-safety: owner thread of its LimnGl, which must outlive it.
 */
typedef struct _LimnGlTimer LimnGlTimer;

LimnGlTimer *limn_gl_timer_new      (LimnGl            *gl);
void         limn_gl_timer_free     (LimnGlTimer       *timer);

/** limn_gl_timer_begin, limn_gl_timer_end: in this order; a timer may be used again after limn_gl_timer_get_ns(). */
void         limn_gl_timer_begin    (LimnGlTimer       *timer);
void         limn_gl_timer_end      (LimnGlTimer       *timer);

/** limn_gl_timer_is_ready: whether limn_gl_timer_get_ns() would not wait. */
gboolean     limn_gl_timer_is_ready (LimnGlTimer       *timer);

/** limn_gl_timer_get_ns: waits for the end mark; nanoseconds, 0 when the context is lost. */
guint64      limn_gl_timer_get_ns   (LimnGlTimer       *timer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGlTimer, limn_gl_timer_free)

G_END_DECLS
