/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"

G_BEGIN_DECLS

/**
 * LimnGlProgram:
 *
 * A kernel compiled with certain defines for one LimnGl, which owns it. Thread-safety: owner thread.
 */
typedef struct _LimnGlProgram LimnGlProgram;

/**
 * limn_gl_get_program:
 * @kernel: the name of shaders/@kernel.comp
 * @defines: (nullable) (array zero-terminated=1): "NAME=VALUE" or "NAME" (value 1), in any order
 *
 * The program, from memory, else from the disk cache, else compiled (milliseconds to seconds) and put into both.
 * Checked after linking: the bindings and the Params block are where the generated gl/limn-kernels.h says.
 *
 * The source the driver gets is `#version 450 core`, the sorted defines, and the kernel with its includes resolved.
 * Where a kernel includes lib/half.glsl and packHalf2x16 does not round to nearest even on this driver (tried once),
 * HALF_EXACT is defined too.
 *
 * The disk cache is a folder of files that may be damaged, foreign or read-only: none of that is an error.
 *
 * Fails with LIMN_ERROR_UNSUPPORTED: kernel, defines, the driver's log and the numbered source; or with
 * LIMN_ERROR_DEVICE_LOST.
 *
 * Returns: (transfer none): the same pointer for the same kernel and set of defines as long as @gl lives
 */
LimnGlProgram *limn_gl_get_program             (LimnGl               *gl,
                                                const char           *kernel,
                                                const char * const   *defines,
                                                GError              **error);

/** limn_gl_program_get_name: kernel and defines, "matmul TM=16 TN=16". */
const char    *limn_gl_program_get_name        (const LimnGlProgram  *program);

/** limn_gl_program_get_hash: SHA-256 of the source given to the driver, in hexadecimal. */
const char    *limn_gl_program_get_hash        (const LimnGlProgram  *program);

/**
 * limn_gl_hash_kernel:
 *
 * SHA-256, in hexadecimal, of the text of shaders/@kernel.comp and what it includes; compiles nothing. For what was
 * measured with a kernel and must be forgotten when it changes.
 *
 * Returns: (transfer full) (nullable): NULL when there is no such kernel
 */
char          *limn_gl_hash_kernel             (LimnGl               *gl,
                                                const char           *kernel);

/** limn_gl_program_get_group_size: the kernel's local size. */
void           limn_gl_program_get_group_size  (const LimnGlProgram  *program,
                                                guint                 size[3]);

/**
 * LimnGlProgramStats: how programs were come by; for bench and tests
 * @n_first_runs: dispatches that limn_gl_is_first_run() was true of
 */
typedef struct
{
  guint n_memory;
  guint n_disk;
  guint n_compiled;
  guint n_rejected; /* disk entries found damaged or refused by the driver */
  guint n_first_runs;
} LimnGlProgramStats;

void           limn_gl_get_program_stats       (const LimnGl         *gl,
                                                LimnGlProgramStats   *stats);

G_END_DECLS
