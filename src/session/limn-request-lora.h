/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"
#include "session/limn-resources.h"

G_BEGIN_DECLS

#define LIMN_REQUEST_MAX_LORAS 64
/* Of either strength, in both directions: far beyond what still is a picture. */
#define LIMN_REQUEST_MAX_LORA_STRENGTH 100.0

/**
 * LimnRequestLora:
 * @path: (type filename): of its file
 * @strength, @text_strength: of what it does to the UNet, and to the text encoders; 1: as it was trained
 * @tagged: it stands in the prompt, as `<lora:name:0.8>`; not one of a list beside it
 *
 * Plain values. Elements of LimnRequest.loras.
 */
typedef struct
{
  char     *path;
  double    strength;
  double    text_strength;
  gboolean  tagged;
} LimnRequestLora;

void limn_request_lora_free    (LimnRequestLora     *lora);

/** limn_request_add_lora: at the end of those that @request has. */
void limn_request_add_lora     (LimnRequest         *request,
                                const char          *path,
                                double               strength,
                                double               text_strength);

/** limn_request_clear_loras: @tagged: those that stand in the prompt; FALSE: the others. */
void limn_request_clear_loras  (LimnRequest         *request,
                                gboolean             tagged);

/**
 * limn_request_resolve_loras:
 * @resources: (nullable): which files there are
 *
 * Takes the `<lora:name:0.8>` of the prompt into the list, each with its file, after those that stand beside the prompt and in place of those that
 * were taken from a prompt before; the prompt stays as it is. What @resources do not know is looked for among these last: a picture's own recipe
 * needs no folder. A file may stand in the prompt and beside it, and twice in the prompt: then it counts as often.
 *
 * Fails with LIMN_ERROR_INVALID where a name is of no file that is known, and as limn_prompt_program_new() does; then nothing has changed. For who makes a request;
 * where it is made, that is before limn_session_…().
 */
gboolean limn_request_resolve_loras (LimnRequest         *request,
                                     const LimnResources *resources,
                                     GError             **error);

/**
 * limn_request_retag_loras:
 *
 * The same for a prompt that was changed where no folders are known, as in the cells of a sheet: a name that the prompt did not have before is taken for a file
 * beside the others (the epochs of one training lie together). Whether it is there shows when the picture is painted. A prompt that cannot be read changes
 * nothing: nor can it be painted.
 */
void      limn_request_retag_loras (LimnRequest      *request);

/**
 * limn_request_list_loras:
 *
 * What the weights have in them while @request is painted: its own LoRAs; of one whose words are mixed those of its ends, with strengths times the
 * weights, each file once: so that a blend goes from one style to the other. Where all ends have the same, these, to the bit.
 *
 * Returns: (transfer full) (element-type LimnRequestLora)
 */
GPtrArray *limn_request_list_loras (const LimnRequest *request);

/* The row of limn-request-part.c: @field is LimnRequest.loras. */
void     limn_request_loras_own   (gpointer        field);
void     limn_request_loras_clear (gpointer        field);
gboolean limn_request_loras_equal (gconstpointer   a,
                                   gconstpointer   b);
gboolean limn_request_loras_check (gconstpointer   field,
                                   GError        **error);
void     limn_request_loras_write (gconstpointer   field,
                                   LimnJsonText   *text,
                                   const char     *key);
gboolean limn_request_loras_read  (LimnJson       *json,
                                   const char     *key,
                                   gpointer        field,
                                   GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestLora, limn_request_lora_free)

G_END_DECLS
