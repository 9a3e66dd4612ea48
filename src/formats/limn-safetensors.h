/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-byte-source.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnSafetensors:
 *
 * The directory of a safetensors file, and pread access to its tensors. The
 * file is never mapped: a mapped file that is cut short under us would kill the
 * program, while a short read is an error like any other.
 *
 * Layout: u64 little-endian N; N bytes of JSON, name -> { dtype, shape,
 * data_offsets [begin, end) }; then the data, to which the offsets refer. As
 * the specification demands, the tensors must cover the data without holes, overlaps
 * or left-over bytes (github.com/huggingface/safetensors, README, "Format").
 *
 * Thread-safety: any, once open; reads use pread.
 */
typedef struct _LimnSafetensors LimnSafetensors;

#define LIMN_SAFETENSORS_MAX_DIMS 8

/* The limit of the reference implementation. */
#define LIMN_SAFETENSORS_MAX_HEADER_BYTES 100000000

/**
 * LimnSafetensorsDtype:
 * @LIMN_SAFETENSORS_OTHER: a type Limn does not know; its tensors are listed and fail only when read
 */
typedef enum
{
  LIMN_SAFETENSORS_OTHER,
  LIMN_SAFETENSORS_F64,
  LIMN_SAFETENSORS_F32,
  LIMN_SAFETENSORS_F16,
  LIMN_SAFETENSORS_BF16,
  LIMN_SAFETENSORS_I64,
  LIMN_SAFETENSORS_I32,
  LIMN_SAFETENSORS_I16,
  LIMN_SAFETENSORS_I8,
  LIMN_SAFETENSORS_U8,
  LIMN_SAFETENSORS_BOOL,
} LimnSafetensorsDtype;

/** limn_safetensors_dtype_get_size: bytes of one element; 0 for LIMN_SAFETENSORS_OTHER. */
gsize       limn_safetensors_dtype_get_size (LimnSafetensorsDtype dtype);

/** limn_safetensors_dtype_get_name: as written in a header: "F32"; "?" for LIMN_SAFETENSORS_OTHER. */
const char *limn_safetensors_dtype_get_name (LimnSafetensorsDtype dtype);

/**
 * LimnSafetensorsTensor:
 * @dtype_name: as the file has it, also where @dtype is LIMN_SAFETENSORS_OTHER
 * @n_dims: 0 for a scalar, at most LIMN_SAFETENSORS_MAX_DIMS
 * @dims: as stored: PyTorch's order, last index fastest
 * @n_elements: product of @dims, 1 for a scalar; checked against overflow
 * @begin: first byte, counted from the start of the data
 * @n_bytes: n_elements times the element's size, checked, and inside the file when it was opened
 *
 * Borrowed from the LimnSafetensors that gave it.
 */
typedef struct
{
  const char *name;
  const char *dtype_name;
  LimnSafetensorsDtype   dtype;
  guint       n_dims;
  guint64     dims[LIMN_SAFETENSORS_MAX_DIMS];
  guint64     n_elements;
  guint64     begin;
  guint64     n_bytes;
} LimnSafetensorsTensor;

/**
 * limn_safetensors_open:
 *
 * Reads and checks the whole header; no tensor data. Fails with G_FILE_ERROR, or
 * with LIMN_ERROR_FORMAT when the file is not what it claims to be; a pickle or
 * zip checkpoint, a Git LFS pointer and the like are named as such. Blocks on the disk.
 */
LimnSafetensors *limn_safetensors_open          (const char   *path,
                                                 GError      **error);

/**
 * limn_safetensors_new_for_bytes:
 * @name: what to call it in errors
 *
 * The same for an embedded file. Keeps a reference on @bytes.
 */
LimnSafetensors *limn_safetensors_new_for_bytes (GBytes       *bytes,
                                                 const char   *name,
                                                 GError      **error);

/** limn_safetensors_new_for_source: the same; takes @source, also when it fails. */
LimnSafetensors *limn_safetensors_new_for_source (LimnByteSource *source,
                                                 GError      **error);
void             limn_safetensors_free          (LimnSafetensors *self);

/** limn_safetensors_get_name: as errors call it: the file's base name. Borrowed. */
const char      *limn_safetensors_get_name      (const LimnSafetensors *self);

/** limn_safetensors_get_data_bytes: size of the file without length word and header. */
guint64          limn_safetensors_get_data_bytes (const LimnSafetensors *self);

/** limn_safetensors_get_n / _get_nth: tensors in the order of their data. */
guint                        limn_safetensors_get_n    (const LimnSafetensors *self);
const LimnSafetensorsTensor *limn_safetensors_get_nth  (const LimnSafetensors *self,
                                                        guint                  i);

/** limn_safetensors_lookup: NULL if there is none of that name. */
const LimnSafetensorsTensor *limn_safetensors_lookup   (const LimnSafetensors *self,
                                                        const char            *name);

/** limn_safetensors_get_metadata: string under @key in __metadata__, or NULL. Borrowed. */
const char                  *limn_safetensors_get_metadata (const LimnSafetensors *self,
                                                            const char            *key);

/** limn_safetensors_get_metadata_keys: (transfer container): NULL-terminated, sorted; g_free() the array. */
const char                 **limn_safetensors_get_metadata_keys (const LimnSafetensors *self);

/**
 * limn_safetensors_read:
 * @offset: first byte within the tensor
 * @buffer: (out): at least @n_bytes; on failure its contents are undefined
 *
 * Reads raw little-endian bytes of a tensor. Fails with LIMN_ERROR_INVALID when the
 * range leaves the tensor, LIMN_ERROR_FORMAT when the file has become shorter since it
 * was opened, LIMN_ERROR_UNSUPPORTED for a LIMN_SAFETENSORS_OTHER, G_FILE_ERROR from the disk.
 */
gboolean limn_safetensors_read     (const LimnSafetensors       *self,
                                    const LimnSafetensorsTensor *tensor,
                                    guint64                      offset,
                                    gsize                        n_bytes,
                                    void                        *buffer,
                                    GError                     **error);

/**
 * limn_safetensors_read_f32:
 * @first, @n: range in elements
 *
 * The same, converted from F64 (rounded), F32, F16 or BF16 (exact). Another dtype fails with LIMN_ERROR_UNSUPPORTED.
 */
gboolean limn_safetensors_read_f32 (const LimnSafetensors       *self,
                                    const LimnSafetensorsTensor *tensor,
                                    guint64                      first,
                                    gsize                        n,
                                    float                       *values,
                                    GError                     **error);

/** limn_safetensors_read_f64: from any float or integer dtype (I64 beyond 2^53 is rounded). */
gboolean limn_safetensors_read_f64 (const LimnSafetensors       *self,
                                    const LimnSafetensorsTensor *tensor,
                                    guint64                      first,
                                    gsize                        n,
                                    double                      *values,
                                    GError                     **error);

/** limn_safetensors_read_i64: from any integer dtype or BOOL. */
gboolean limn_safetensors_read_i64 (const LimnSafetensors       *self,
                                    const LimnSafetensorsTensor *tensor,
                                    guint64                      first,
                                    gsize                        n,
                                    gint64                      *values,
                                    GError                     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSafetensors, limn_safetensors_free)

G_END_DECLS
