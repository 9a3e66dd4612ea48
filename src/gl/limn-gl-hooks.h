/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"
#include "gl/limn-kernel-info.h"

G_BEGIN_DECLS

/*
 * For tests only, of this layer and of those above.
 */

/**
 * limn_gl_inject_reset:
 *
 * After @n_dispatches more the context behaves as a really lost one does: nothing is done any more, reads give nothing,
 * fences are signalled, limn_gl_check() says LIMN_ERROR_DEVICE_LOST. Owner thread.
 */
void limn_gl_inject_reset (LimnGl               *gl,
                           guint                 n_dispatches);

/** limn_gl_add_kernel: adds a kernel that is not in shaders/, or hides one; @info lives as long as @gl. Owner thread. */
void limn_gl_add_kernel   (LimnGl               *gl,
                           const LimnKernelInfo *info);

G_END_DECLS
