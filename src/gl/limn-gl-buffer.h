/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"

G_BEGIN_DECLS

/**
 * LimnGlBuffer:
 *
 * A piece of device memory of fixed size. Its first contents are undefined (NaN in a debug context).
 *
 * Thread-safety: owner thread of its LimnGl, which must outlive it.
 */
typedef struct _LimnGlBuffer LimnGlBuffer;

/**
 * limn_gl_buffer_new:
 * @bytes: at least 1; rounded up to a multiple of 16 inside, so that a vec4 view covers the end
 * @label: (nullable): for messages and debuggers; copied
 *
 * Fails with LIMN_ERROR_OUT_OF_MEMORY (need, in use and budget in MiB) or LIMN_ERROR_DEVICE_LOST.
 */
LimnGlBuffer *limn_gl_buffer_new      (LimnGl              *gl,
                                       gsize                bytes,
                                       const char          *label,
                                       GError             **error);

/** limn_gl_buffer_free: safe while the GPU still works on it: GL keeps the memory until then. */
void          limn_gl_buffer_free     (LimnGlBuffer        *buffer);

/** limn_gl_buffer_count_bytes: by how much a buffer of @bytes changes limn_gl_get_allocated_bytes(). Any thread. */
gsize         limn_gl_buffer_count_bytes (gsize               bytes);

/** limn_gl_buffer_get_size: as asked for. */
gsize         limn_gl_buffer_get_size (const LimnGlBuffer  *buffer);
LimnGl       *limn_gl_buffer_get_gl   (const LimnGlBuffer  *buffer);

/**
 * limn_gl_buffer_write:
 *
 * Takes @n bytes into @buffer, in order with the dispatches around it; @data is free on return. After shader writes
 * to the same bytes, a limn_gl_barrier() stands between. Errors: limn_gl_check().
 */
void          limn_gl_buffer_write    (LimnGlBuffer        *buffer,
                                       gsize                offset,
                                       gconstpointer        data,
                                       gsize                n);

/**
 * limn_gl_buffer_read:
 *
 * Waits for the GPU, then gives @n bytes; a limn_gl_barrier() is implied. Fails as limn_gl_check() does; @data is
 * then not written.
 */
gboolean      limn_gl_buffer_read     (LimnGlBuffer        *buffer,
                                       gsize                offset,
                                       gpointer             data,
                                       gsize                n,
                                       GError             **error);

/**
 * limn_gl_buffer_clear:
 * @offset, @n: multiples of 4; n == G_MAXSIZE: to the end
 *
 * Fills with the word @value, on the device, in order with the dispatches around it.
 */
void          limn_gl_buffer_clear    (LimnGlBuffer        *buffer,
                                       gsize                offset,
                                       gsize                n,
                                       guint32              value);

/** limn_gl_buffer_copy: on the device, in order; the ranges may not overlap within one buffer. */
void          limn_gl_buffer_copy     (LimnGlBuffer        *to,
                                       gsize                to_offset,
                                       LimnGlBuffer        *from,
                                       gsize                from_offset,
                                       gsize                n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGlBuffer, limn_gl_buffer_free)

G_END_DECLS
