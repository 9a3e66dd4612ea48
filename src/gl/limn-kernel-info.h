/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What build-kernels.py read from the text of a kernel, for the check after linking that the driver sees the same.
 * The structs and numbers for the host code of each kernel are in the generated gl/limn-kernels.h.
 */

typedef enum
{
  LIMN_KERNEL_UINT,
  LIMN_KERNEL_INT,
  LIMN_KERNEL_FLOAT,
} LimnKernelParamType;

typedef struct
{
  const char          *name;
  LimnKernelParamType  type;
  guint                offset;
} LimnKernelParam;

typedef enum
{
  LIMN_KERNEL_STORAGE,
  LIMN_KERNEL_TEXEL,
  LIMN_KERNEL_IMAGE,
} LimnKernelBindingKind;

typedef struct
{
  const char            *name; /* of the block, or of the sampler or image */
  LimnKernelBindingKind  kind;
  guint                  binding;
} LimnKernelBinding;

/**
 * LimnKernelInfo:
 * @params_bytes: size of Params, a multiple of 16; 0: the kernel has none
 * @source: NULL: the resource of the program holds it
 */
typedef struct
{
  const char              *name;
  const LimnKernelParam   *params;
  guint                    n_params;
  guint                    params_bytes;
  const LimnKernelBinding *bindings;
  guint                    n_bindings;
  const char              *source;
} LimnKernelInfo;

/** limn_kernels_get_all: every kernel of the program, sorted by name; any thread. */
const LimnKernelInfo *limn_kernels_get_all (guint *n_kernels);

G_END_DECLS
