/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-safetensors.h"

G_BEGIN_DECLS

/**
 * LimnTorchPickle:
 *
 * The data.pkl of a file that torch.save() wrote, and what can be learnt from it without running it: names, shapes
 * and places of tensors, and short facts beside them.
 *
 * A pickle is a program. In Python it may name any function of any module and call it. Here it can only ever make
 * what this header describes: a stack machine of the instructions that torch.save() writes (pickle protocol
 * 2 to 4), where the few functions that checkpoints are known to name are words in a table. Calling one makes a description
 * of a tensor, a dictionary, or an opaque value that nobody can look into; there is no code behind any of them. Any other
 * instruction, and any other name, ends the reading at once with an error that says which it was.
 *
 * Thread-safety: any; immutable.
 *
 * Source: Python's Lib/pickletools.py (what the instructions mean); pytorch/torch/_utils.py and torch/serialization.py
 * (what tensors look like in them); which names published checkpoints of Stable Diffusion hold besides:
 * AUTOMATIC1111/stable-diffusion-webui modules/safe.py.
 */
typedef struct _LimnTorchPickle LimnTorchPickle;

/* The pickle of a full SD 1.x training checkpoint has 700 KiB. */
#define LIMN_TORCH_PICKLE_MAX_BYTES (32 * 1024 * 1024)

/* Values it may make, and places in containers it may fill; the same checkpoint makes 60,000. Bounds the memory to about 100 MiB. */
#define LIMN_TORCH_PICKLE_MAX_VALUES (1 << 20)

/* Values on the stack, and marks; torch.save() fills containers 1000 at a time. */
#define LIMN_TORCH_PICKLE_MAX_STACK 65536

/* Dictionaries in dictionaries; real ones have 3. */
#define LIMN_TORCH_PICKLE_MAX_DEPTH 8

/* Bytes of a tensor's name; real ones have up to 130. */
#define LIMN_TORCH_PICKLE_MAX_NAME_BYTES 1024

/* All of them together. */
#define LIMN_TORCH_PICKLE_MAX_NAMES_BYTES (16 * 1024 * 1024)

/**
 * LimnTorchTensor:
 * @name: keys of the dictionaries down to it, joined with points
 * @storage: the file within the archive, without its folder: "0"
 * @storage_elements: of @dtype; how many are really there is for the caller to check
 * @first: element of the storage where it begins
 * @dims, @strides: in elements; of dimensions beyond 1 the strides nest without overlap, so that the tensor
 *   has at most as many elements as its storage, and its last element lies inside
 */
typedef struct
{
  const char           *name;
  const char           *storage;
  LimnSafetensorsDtype  dtype;
  guint64               storage_elements;
  guint64               first;
  guint64               n_elements;
  guint                 n_dims;
  guint64               dims[LIMN_SAFETENSORS_MAX_DIMS];
  guint64               strides[LIMN_SAFETENSORS_MAX_DIMS];
} LimnTorchTensor;

/**
 * limn_torch_pickle_new:
 * @name: what to call the file in errors
 *
 * Reads it. Of a dictionary with a dictionary "state_dict" in it only that one is walked, and all names begin there.
 * Tensors that no chain of text keys leads to (in lists, under numbers) are not listed. @data is not kept.
 *
 * Fails with LIMN_ERROR_UNSUPPORTED when it asks for something that Limn does not make, which the message names;
 * LIMN_ERROR_FORMAT when it is damaged or exceeds one of the limits above.
 */
LimnTorchPickle       *limn_torch_pickle_new      (const guint8           *data,
                                                   gsize                   length,
                                                   const char             *name,
                                                   GError                **error);
void                   limn_torch_pickle_free     (LimnTorchPickle        *self);

/** limn_torch_pickle_get_n / _get_nth: in the order of the dictionaries. Borrowed. */
guint                  limn_torch_pickle_get_n    (const LimnTorchPickle  *self);
const LimnTorchTensor *limn_torch_pickle_get_nth  (const LimnTorchPickle  *self,
                                                   guint                   i);

/**
 * limn_torch_pickle_get_facts:
 *
 * What stands beside the tensors in the outermost dictionary and is a text or a whole number, as text: "global_step" -> "840000".
 *
 * Returns: (element-type utf8 utf8): borrowed
 */
GHashTable            *limn_torch_pickle_get_facts (const LimnTorchPickle *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTorchPickle, limn_torch_pickle_free)

G_END_DECLS
