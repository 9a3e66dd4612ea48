/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/* LoRAs as other programs read them in a picture's text. */

/**
 * limn_lora_text_dup_prompt:
 *
 * The prompt of @request, and behind it `<lora:name:0.8>` of each LoRA that stands beside it and not in it: AUTOMATIC1111 has them nowhere else. With
 * two strengths that of the text encoder comes first, as there. (transfer full)
 */
char *limn_lora_text_dup_prompt (const LimnRequest *request);

/**
 * limn_lora_text_dup_hashes:
 * @model_files: (nullable): LimnResult.model_files
 *
 * (transfer full) (nullable): "ink: 1a2b3c4d5e6f, fog: …" for "Lora hashes": twelve digits of what limn-lora-hashes.h says; NULL: none has any
 */
char *limn_lora_text_dup_hashes (const char        *model_files);

G_END_DECLS
