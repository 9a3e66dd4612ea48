/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-safetensors.h"

G_BEGIN_DECLS

/**
 * LimnTensorRead: raw little-endian bytes of a tensor, as limn_safetensors_read() gives them
 * @file: a LimnSafetensors or a LimnTorch
 */
typedef gboolean (*LimnTensorRead) (gconstpointer                 file,
                                    const LimnSafetensorsTensor  *tensor,
                                    guint64                       offset,
                                    gsize                         n_bytes,
                                    void                         *buffer,
                                    GError                      **error);

/** LimnTensorTarget: float, double or gint64: what limn_tensor_values_read() writes */
typedef enum
{
  LIMN_TENSOR_F32,
  LIMN_TENSOR_F64,
  LIMN_TENSOR_I64,
} LimnTensorTarget;

/**
 * limn_tensor_values_read:
 * @name: of the file, for errors
 * @first, @n: range in elements
 * @chunk_bytes: how much is asked of @read at a time; at least 8
 * @values: (out): @n of @target
 *
 * Elements of a tensor as numbers: what limn_safetensors_read_f32(), _f64() and _i64() promise, wherever the bytes lie.
 */
gboolean limn_tensor_values_read (LimnTensorRead                read,
                                  gconstpointer                 file,
                                  const char                   *name,
                                  const LimnSafetensorsTensor  *tensor,
                                  guint64                       first,
                                  gsize                         n,
                                  gsize                         chunk_bytes,
                                  LimnTensorTarget              target,
                                  void                         *values,
                                  GError                      **error);

G_END_DECLS
