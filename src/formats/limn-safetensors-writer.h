/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-safetensors.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnSafetensorsWriter:
 *
 * Collects tensors and metadata, then writes them as one safetensors file. The
 * bytes are a function of what was added, in which order; metadata are sorted.
 * Wide dtypes come first and the header is padded to 8, so every tensor is aligned.
 *
 * Thread-safety: owner thread.
 */
typedef struct _LimnSafetensorsWriter LimnSafetensorsWriter;

LimnSafetensorsWriter *limn_safetensors_writer_new          (void);
void                   limn_safetensors_writer_free         (LimnSafetensorsWriter *self);

/** limn_safetensors_writer_set_metadata: both UTF-8; a second value for a key replaces the first. */
void                   limn_safetensors_writer_set_metadata (LimnSafetensorsWriter *self,
                                                             const char            *key,
                                                             const char            *value);

/**
 * limn_safetensors_writer_add:
 * @name: UTF-8; not "__metadata__", not added before
 * @dims: n_dims sizes, in the order in which they shall be stored
 * @data: little-endian elements, exactly product(dims) of them; a reference is kept
 *
 * A @data of the wrong size, a second tensor of a name and LIMN_SAFETENSORS_OTHER are programmer errors.
 */
void                   limn_safetensors_writer_add          (LimnSafetensorsWriter *self,
                                                             const char            *name,
                                                             LimnSafetensorsDtype              dtype,
                                                             guint                  n_dims,
                                                             const guint64         *dims,
                                                             GBytes                *data);

/** limn_safetensors_writer_add_copy: the same from memory of the caller, copied: product(dims) elements. */
void                   limn_safetensors_writer_add_copy     (LimnSafetensorsWriter *self,
                                                             const char            *name,
                                                             LimnSafetensorsDtype              dtype,
                                                             guint                  n_dims,
                                                             const guint64         *dims,
                                                             const void            *data);

/** limn_safetensors_writer_write: writes the file to @stream, which stays open. Blocks; fails as the stream does. */
gboolean               limn_safetensors_writer_write        (LimnSafetensorsWriter *self,
                                                             GOutputStream         *stream,
                                                             GCancellable          *cancellable,
                                                             GError               **error);

/** limn_safetensors_writer_to_bytes: (transfer full): the file in memory. */
GBytes                *limn_safetensors_writer_to_bytes     (LimnSafetensorsWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSafetensorsWriter, limn_safetensors_writer_free)

G_END_DECLS
