/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/* What LoRAs are called among the files of a model: "lora:ink". */
#define LIMN_LORA_HASHES_PREFIX "lora:"
/* And ControlNets: "control:canny". */
#define LIMN_CONTROL_HASHES_PREFIX "control:"

/**
 * LimnLoraHashes:
 *
 * Which contents the files of LoRAs had when a picture was painted: SHA-256 of a safetensors file without its header, as AUTOMATIC1111 and kohya's
 * scripts take it (tools write remarks into headers), of other files the whole. A file that is as it was is not read again. Of ControlNets the same.
 *
 * Thread-safety: one at a time.
 */
typedef struct _LimnLoraHashes LimnLoraHashes;

LimnLoraHashes *limn_lora_hashes_new    (void);
void            limn_lora_hashes_free   (LimnLoraHashes     *hashes);

/** limn_lora_hashes_list_paths: (transfer full): of all LoRAs of @request, of what it parts from and of ends whose words are mixed, each once. */
char          **limn_lora_hashes_list_paths (const LimnRequest *request);

/**
 * limn_lora_hashes_read:
 *
 * Reads the files whose hash is not known, half a second for 150 MB. One that cannot be read has none: steps that were kept may be of a LoRA that is
 * gone. Fails with G_IO_ERROR_CANCELLED only.
 */
gboolean        limn_lora_hashes_read   (LimnLoraHashes     *hashes,
                                         const char *const  *paths,
                                         GCancellable       *cancellable,
                                         GError            **error);

/**
 * limn_lora_hashes_add:
 * @prefix: of what they are called there
 * @model_files: JSON as LimnEngine.hash_model() gives it
 * @paths: which limn_lora_hashes_read() has read
 *
 * Returns: (transfer full): the same with one more member for each of @paths: its hash, or null
 */
char           *limn_lora_hashes_add    (const LimnLoraHashes *hashes,
                                         const char           *prefix,
                                         const char           *model_files,
                                         const char *const    *paths);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLoraHashes, limn_lora_hashes_free)

G_END_DECLS
