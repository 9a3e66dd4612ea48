/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-byte-source.h"
#include "formats/limn-safetensors.h"

G_BEGIN_DECLS

/**
 * LimnTorch:
 *
 * The tensors of a file that torch.save() wrote (.ckpt, .pt, .bin; PyTorch 1.6 and later): a zip archive
 * with a pickle in it that says which tensors there are, and a file of numbers for each storage. Nothing of it is ever run;
 * limn-torch-pickle.h says what is read of the pickle instead.
 *
 * Thread-safety: any; immutable once open, and read with pread.
 */
typedef struct _LimnTorch LimnTorch;

/* Elements of a tensor whose order in the file is another than its shape's are gathered from a range of at most so many
 * bytes at a time. The embedding of CLIP bigG in F32, transposed, spans 253 MB. */
#define LIMN_TORCH_MAX_SPAN_BYTES (512u << 20)

/**
 * limn_torch_new_for_source: takes @source, also when it fails
 *
 * Reads the directory and the pickle. Each storage must be there with exactly as many bytes as the pickle says.
 * Fails as limn_torch_zip_new() and limn_torch_pickle_new() do; LIMN_ERROR_UNSUPPORTED for another kind of zip archive,
 * for a TorchScript program, and for numbers stored with their bytes in the other order.
 */
LimnTorch                   *limn_torch_new_for_source (LimnByteSource   *source,
                                                        GError          **error);
void                         limn_torch_free           (LimnTorch        *self);

/** limn_torch_get_source: borrowed */
const LimnByteSource        *limn_torch_get_source     (const LimnTorch  *self);

/** limn_torch_get_data_bytes: of all storages that tensors are made of, each once. */
guint64                      limn_torch_get_data_bytes (const LimnTorch  *self);

/** limn_torch_get_n / _get_nth: in the order of their data. Borrowed; begin is the first byte in the file. */
guint                        limn_torch_get_n          (const LimnTorch  *self);
const LimnSafetensorsTensor *limn_torch_get_nth        (const LimnTorch  *self,
                                                        guint             i);

/** limn_torch_get_facts: (element-type utf8 utf8): as limn_torch_pickle_get_facts(); borrowed. */
GHashTable                  *limn_torch_get_facts      (const LimnTorch  *self);

/** limn_torch_read: as limn_safetensors_read() does; in the order of the shape, whatever its order in the file. */
gboolean                     limn_torch_read           (const LimnTorch              *self,
                                                        const LimnSafetensorsTensor  *tensor,
                                                        guint64                       offset,
                                                        gsize                         n_bytes,
                                                        void                         *buffer,
                                                        GError                      **error);

/** limn_torch_is_contiguous: whether its bytes lie in the order of its shape. */
gboolean                     limn_torch_is_contiguous  (const LimnTorch              *self,
                                                        const LimnSafetensorsTensor  *tensor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTorch, limn_torch_free)

G_END_DECLS
