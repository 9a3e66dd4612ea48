/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl-buffer.h"
#include "gl/limn-gl-dispatch.h"

G_BEGIN_DECLS

/**
 * LimnDtype:
 * @LIMN_DTYPE_F32: IEEE binary32
 * @LIMN_DTYPE_F16: IEEE binary16 in storage; all arithmetic is binary32
 * @LIMN_DTYPE_U32: token ids, packed RGBA pixels
 */
typedef enum
{
  LIMN_DTYPE_F32,
  LIMN_DTYPE_F16,
  LIMN_DTYPE_U32,
} LimnDtype;

gsize       limn_dtype_get_bytes (LimnDtype dtype);
const char *limn_dtype_get_name  (LimnDtype dtype); /* "f32", "f16", "u32" */

/** LIMN_TEXEL: values that a kernel reads or writes at once; pitches and column views are multiples of it. */
#define LIMN_TEXEL 4

/**
 * LimnTensor:
 * @n, @h, @w, @c: channels-last [N, H, W, C], last index fastest, which is the
 *   matrix [rows = N * H * W, C]. Tokens are [N, T, 1, C].
 * @pitch: values from one row to the next: C rounded up to LIMN_TEXEL; for U32 C itself
 * @first: column of its storage where a view begins, a multiple of LIMN_TEXEL
 *
 * Values of columns c..pitch-1 (of tensors that are no view) are zero, and every
 * op writes them so: kernels read whole texels. The fields are read-only.
 *
 * A tensor is either persistent, with a buffer of its own (weights, inputs,
 * results), or planned: it belongs to a LimnGraph, which gives it a place in
 * an arena for as long as it is needed, or declared: it has no storage at all, only
 * the shape and the size of a persistent one, so that a pass can be recorded and planned around it.
 *
 * Thread-safety: owner thread of the LimnGl.
 */
typedef struct _LimnGraphSlot LimnGraphSlot;

typedef struct
{
  LimnDtype      dtype;
  guint          n;
  guint          h;
  guint          w;
  guint          c;
  guint          pitch;
  guint          first;
  /*< private >*/
  LimnGlBuffer  *buffer;
  gboolean       owns_buffer;
  LimnGraphSlot *slot;
  gint64         origin; /* row that lies at the beginning of the storage; see limn_graph_window() */
} LimnTensor;

/**
 * limn_tensor_new:
 * @gl: (nullable): NULL: it is declared
 *
 * A persistent tensor, zeroed. Fails with LIMN_ERROR_OUT_OF_MEMORY, or
 * LIMN_ERROR_SHAPE when a dimension is 0 or the size overflows.
 */
LimnTensor *limn_tensor_new       (LimnGl            *gl,
                                   LimnDtype          dtype,
                                   guint              n,
                                   guint              h,
                                   guint              w,
                                   guint              c,
                                   const char        *label,
                                   GError           **error);
void        limn_tensor_free      (LimnTensor        *tensor);

guint64     limn_tensor_get_rows  (const LimnTensor  *tensor);
/** limn_tensor_get_bytes: rows * pitch * bytes of the dtype: the storage it takes, whole pitches. */
guint64     limn_tensor_get_bytes (const LimnTensor  *tensor);
/** limn_tensor_count_bytes: what a persistent one takes of the device, and a declared one would: limn_gl_buffer_count_bytes(). */
guint64     limn_tensor_count_bytes (const LimnTensor *tensor);
/** limn_tensor_is_declared: that it has no storage. */
gboolean    limn_tensor_is_declared (const LimnTensor *tensor);

/**
 * limn_tensor_upload:
 * @values: rows * c floats, no padding; persistent F32 or F16 tensors
 *
 * Converts (ties to even) and pads. Copies; returns at once.
 */
void        limn_tensor_upload    (LimnTensor        *tensor,
                                   const float       *values);

/**
 * limn_tensor_upload_rows:
 * @first: first row; @rows: how many
 * @values: rows * c floats
 *
 * A part of what limn_tensor_upload() does, so that a large table can be read in pieces.
 */
void        limn_tensor_upload_rows (LimnTensor      *tensor,
                                     guint64          first,
                                     guint64          rows,
                                     const float     *values);

/** limn_tensor_upload_u32: the same for U32. */
void        limn_tensor_upload_u32 (LimnTensor       *tensor,
                                    const guint32    *values);

/**
 * limn_tensor_download:
 * @values: (out): rows * c floats
 *
 * Waits for the GPU. Fails with LIMN_ERROR_DEVICE_LOST.
 */
gboolean    limn_tensor_download  (const LimnTensor  *tensor,
                                   float             *values,
                                   GError           **error);
gboolean    limn_tensor_download_u32 (const LimnTensor *tensor,
                                      guint32          *values,
                                      GError          **error);

/**
 * limn_tensor_upload_nchw, limn_tensor_download_nchw:
 *
 * As limn_tensor_upload() and limn_tensor_download(), from and to PyTorch's order
 * [N, C, H, W]. For the edges: latents, reference data.
 */
void        limn_tensor_upload_nchw   (LimnTensor        *tensor,
                                       const float       *values);
gboolean    limn_tensor_download_nchw (const LimnTensor  *tensor,
                                       float             *values,
                                       GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTensor, limn_tensor_free)

G_END_DECLS
