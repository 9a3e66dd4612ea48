/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl-buffer.h"
#include "gl/limn-gl-fence.h"
#include "gl/limn-gl-program.h"
#include "gl/limn-gl-timer.h"
#include "gl/limn-gl.h"

G_BEGIN_DECLS

/**
 * LimnGlBindingKind:
 *
 * How a kernel sees a range of a buffer: `buffer` block, `uniform` block, samplerBuffer (TEXEL; usamplerBuffer
 * for UI) or imageBuffer (IMAGE). Each has its own binding numbers in GL, but within one kernel a name has one number
 * whatever its kind.
 */
typedef enum
{
  LIMN_GL_STORAGE,
  LIMN_GL_UNIFORM,
  LIMN_GL_TEXEL_RGBA32F,
  LIMN_GL_TEXEL_RGBA16F,
  LIMN_GL_TEXEL_RG32F,
  LIMN_GL_TEXEL_RG16F,
  LIMN_GL_TEXEL_R32F,
  LIMN_GL_TEXEL_R16F,
  LIMN_GL_TEXEL_RGBA32UI,
  LIMN_GL_TEXEL_RG32UI,
  LIMN_GL_TEXEL_R32UI,
  LIMN_GL_IMAGE_RGBA32F,
  LIMN_GL_IMAGE_RGBA16F,
  LIMN_GL_IMAGE_RG32F,
  LIMN_GL_IMAGE_RG16F,
  LIMN_GL_IMAGE_R32F,
  LIMN_GL_IMAGE_R16F,
  LIMN_GL_IMAGE_RGBA32UI,
  LIMN_GL_IMAGE_RG32UI,
  LIMN_GL_IMAGE_R32UI,
} LimnGlBindingKind;

/** LIMN_GL_N_BINDINGS: binding numbers of each kind are below this. */
#define LIMN_GL_N_BINDINGS 16

/**
 * LimnGlBinding:
 * @binding: LIMN_<KERNEL>_<NAME> of gl/limn-kernels.h
 * @offset: multiple of the kind's alignment in LimnGlLimits
 * @size: bytes, for TEXEL and IMAGE a multiple of the texel; 0: from @offset to the end of the buffer. Within the
 *   kind's limit (asserted: the caller slices)
 */
typedef struct
{
  LimnGlBindingKind kind;
  guint             binding;
  LimnGlBuffer     *buffer;
  gsize             offset;
  gsize             size;
} LimnGlBinding;

/**
 * LimnGlDispatch:
 * @groups: work groups in x, y, z; any 0: nothing is done
 * @label: (nullable): static text for debuggers
 */
typedef struct
{
  LimnGlProgram       *program;
  const LimnGlBinding *bindings;
  guint                n_bindings;
  guint                groups[3];
  const char          *label;
} LimnGlDispatch;

/**
 * limn_gl_dispatch:
 *
 * Records one kernel run. Returns at once on hardware; software has done the work on return. Every binding that the
 * kernel, with its defines, reads or writes must be given (asserted). State that already stands as asked is not set
 * again.
 *
 * Runs are not ordered among themselves: limn_gl_barrier() between a writer and its reader (or next writer).
 */
void     limn_gl_dispatch          (LimnGl               *gl,
                                    const LimnGlDispatch *dispatch);

/**
 * limn_gl_is_first_run:
 *
 * Whether @dispatch is the first of its program with bindings of these kinds. A driver may compile a kernel only then: software
 * does, for 0.3 to 1 s.
 */
gboolean limn_gl_is_first_run      (LimnGl               *gl,
                                    const LimnGlDispatch *dispatch);

/** limn_gl_barrier: what was written before, by shaders, is seen by whatever comes after, shaders or transfers. */
void     limn_gl_barrier           (LimnGl               *gl);

/** limn_gl_flush: hands what was recorded to the GPU; does not wait. */
void     limn_gl_flush             (LimnGl               *gl);

/** limn_gl_finish: flushes and waits until all is done. Look at limn_gl_check() afterwards. */
void     limn_gl_finish            (LimnGl               *gl);

/**
 * limn_gl_groups_for_items:
 * @items: work items; @per_group: items that one group does, at least 1
 *
 * Groups for a one-dimensional kernel that finds its group by group_index() of lib/items.glsl: x first, then y where x
 * would pass the device's limit, with at most one row of groups too many; the kernel bounds-checks.
 *
 * Returns: FALSE when even x times y is not enough
 */
gboolean limn_gl_groups_for_items  (const LimnGl         *gl,
                                    guint64               items,
                                    guint                 per_group,
                                    guint                 groups[3]);

/** limn_gl_binding_kind_texel_bytes: bytes of one texel; 0 for STORAGE and UNIFORM. Any thread. */
guint    limn_gl_binding_kind_texel_bytes (LimnGlBindingKind kind);

/** limn_gl_limits_max_binding_bytes: largest @size of a binding of @kind; a multiple of its alignment. Any thread. */
gsize    limn_gl_limits_max_binding_bytes (const LimnGlLimits *limits,
                                           LimnGlBindingKind   kind);

/** limn_gl_limits_alignment: what @offset of a binding of @kind is a multiple of. Any thread. */
guint    limn_gl_limits_alignment         (const LimnGlLimits *limits,
                                           LimnGlBindingKind   kind);

G_END_DECLS
