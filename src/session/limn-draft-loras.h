/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-draft.h"
#include "session/limn-request-lora.h"

G_BEGIN_DECLS

/**
 * LimnDraftLora:
 * @strength, @text_strength: as in a LimnRequestLora
 * @enabled: requests have it; else it rests, with its strengths
 *
 * One line of the panel.
 */
typedef struct
{
  char     *path;
  double    strength;
  double    text_strength;
  gboolean  enabled;
} LimnDraftLora;

void       limn_draft_lora_free   (LimnDraftLora *lora);

/** limn_draft_list_loras: (transfer full) (element-type LimnDraftLora): by the names of their files. Property "loras" is notified when it changes. */
GPtrArray *limn_draft_list_loras  (LimnDraft     *draft);

/** limn_draft_put_lora: @path has these strengths from now on, and is on or off; it is added if it is not there, while there is room for it. */
void       limn_draft_put_lora    (LimnDraft     *draft,
                                   const char    *path,
                                   double         strength,
                                   double         text_strength,
                                   gboolean       enabled);

/** limn_draft_remove_lora: if it is there. */
void       limn_draft_remove_lora (LimnDraft     *draft,
                                   const char    *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnDraftLora, limn_draft_lora_free)

G_END_DECLS
