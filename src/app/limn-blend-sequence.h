/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend.h"
#include "app/limn-studio.h"
#include "session/limn-sequence-export.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnBlendSequence:
 *
 * Asks for a way over a blend, from end to end or around its four corners, paints it and makes it a film. It is that of the blend as it is when the
 * painting begins. While it is painted everything else can be used; closing the window gives it up.
 */
#define LIMN_TYPE_BLEND_SEQUENCE (limn_blend_sequence_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendSequence, limn_blend_sequence, LIMN, BLEND_SEQUENCE, AdwWindow)

GtkWidget *limn_blend_sequence_new   (GtkWindow          *parent,
                                      LimnStudio         *studio,
                                      LimnBlend          *blend);

/** limn_blend_sequence_start: with what is chosen, to @path. */
void       limn_blend_sequence_start (LimnBlendSequence  *sequence,
                                      LimnSequenceFormat  format,
                                      const char         *path);
gboolean   limn_blend_sequence_is_busy (LimnBlendSequence *sequence);

G_END_DECLS
