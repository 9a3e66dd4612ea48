/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-safetensors.h"

G_BEGIN_DECLS

/**
 * LimnCheckpoint:
 *
 * Named tensors, wherever they lie. Whoever reads weights sees this and not what
 * kind of file they came in; the file is known by its bytes, never by its name.
 *
 * Thread-safety: any; immutable once open, and read with pread.
 */
typedef struct _LimnCheckpoint LimnCheckpoint;

/* Files that one model may be split over; the largest published ones have some 30. Each stays open. */
#define LIMN_CHECKPOINT_MAX_FILES 128

/**
 * limn_checkpoint_open:
 * @path: a safetensors file; a file that torch.save() wrote (.ckpt, .pt, .bin: see limn-torch.h, nothing in it is ever run); or the
 *   index (*.index.json) of a model that is split over several of these, which lie beside it
 *
 * Reads and checks the directory of tensors, and none of their data. Blocks on the disk.
 *
 * Fails with G_FILE_ERROR, with LIMN_ERROR_FORMAT for a file that is not what it claims to be or is damaged,
 * LIMN_ERROR_UNSUPPORTED for one that is sound and of no kind Limn reads; the message says which kind that is.
 */
LimnCheckpoint  *limn_checkpoint_open           (const char   *path,
                                                 GError      **error);

/**
 * limn_checkpoint_new_for_bytes:
 * @name: what to call it in errors
 *
 * The same for an embedded file. Keeps a reference on @bytes.
 */
LimnCheckpoint  *limn_checkpoint_new_for_bytes  (GBytes       *bytes,
                                                 const char   *name,
                                                 GError      **error);
void             limn_checkpoint_free           (LimnCheckpoint *self);

/** limn_checkpoint_get_name: as errors call it: the file's base name. Borrowed. */
const char      *limn_checkpoint_get_name       (const LimnCheckpoint *self);

/** limn_checkpoint_get_files: (array zero-terminated): base names of all files it lies in, the index first. Borrowed. */
const char * const *limn_checkpoint_get_files   (const LimnCheckpoint *self);

/** limn_checkpoint_is_pickle: whether (part of) it comes from a file that torch.save() wrote. */
gboolean         limn_checkpoint_is_pickle      (const LimnCheckpoint *self);

/** limn_checkpoint_get_data_bytes: of all tensors together; what several of them share counts once. */
guint64          limn_checkpoint_get_data_bytes (const LimnCheckpoint *self);

/** limn_checkpoint_get_n / _get_nth: tensors in the order of their data, file by file. Borrowed; their begin means nothing here. */
guint                        limn_checkpoint_get_n    (const LimnCheckpoint *self);
const LimnSafetensorsTensor *limn_checkpoint_get_nth  (const LimnCheckpoint *self,
                                                       guint                 i);

/** limn_checkpoint_lookup: NULL if there is none of that name. Borrowed. */
const LimnSafetensorsTensor *limn_checkpoint_lookup   (const LimnCheckpoint *self,
                                                       const char           *name);

/**
 * limn_checkpoint_get_metadata:
 *
 * String that the file's author put under @key, or NULL: of __metadata__ in safetensors (of the first file that has the key); of texts and
 * whole numbers beside the tensors in a file of torch.save(). Borrowed.
 */
const char      *limn_checkpoint_get_metadata      (const LimnCheckpoint *self,
                                                    const char           *key);

/** limn_checkpoint_get_metadata_keys: (transfer container): NULL-terminated, sorted; g_free() the array. */
const char     **limn_checkpoint_get_metadata_keys (const LimnCheckpoint *self);

/**
 * limn_checkpoint_read:
 * @tensor: of this checkpoint
 * @offset: first byte within the tensor
 * @buffer: (out): at least @n_bytes; on failure its contents are undefined
 *
 * Raw little-endian bytes of a tensor, in the order of its shape. Fails as limn_safetensors_read() does.
 */
gboolean limn_checkpoint_read     (const LimnCheckpoint         *self,
                                   const LimnSafetensorsTensor  *tensor,
                                   guint64                       offset,
                                   gsize                         n_bytes,
                                   void                         *buffer,
                                   GError                      **error);

/** limn_checkpoint_read_f32: elements, from any float type, as limn_safetensors_read_f32() does. */
gboolean limn_checkpoint_read_f32 (const LimnCheckpoint         *self,
                                   const LimnSafetensorsTensor  *tensor,
                                   guint64                       first,
                                   gsize                         n,
                                   float                        *values,
                                   GError                      **error);

/** limn_checkpoint_read_f64: elements, from any float or integer type, as limn_safetensors_read_f64() does. */
gboolean limn_checkpoint_read_f64 (const LimnCheckpoint         *self,
                                   const LimnSafetensorsTensor  *tensor,
                                   guint64                       first,
                                   gsize                         n,
                                   double                       *values,
                                   GError                      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnCheckpoint, limn_checkpoint_free)

G_END_DECLS
