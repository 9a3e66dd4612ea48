/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend.h"
#include "app/limn-studio.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnBlendSlot:
 *
 * One end of a blend: its picture, or a place to put one. A picture can be dropped on it from the gallery or from anywhere, and dragged on another
 * slot to change places; everything else is in the menu that a press opens.
 *
 * Signal "paint" (): the words of this end are to be painted.
 */
#define LIMN_TYPE_BLEND_SLOT (limn_blend_slot_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendSlot, limn_blend_slot, LIMN, BLEND_SLOT, GtkWidget)

/** limn_blend_slot_set_end: once: it is end @index of @blend. */
void limn_blend_slot_set_end (LimnBlendSlot *slot,
                              LimnStudio    *studio,
                              LimnBlend     *blend,
                              guint          index);

/** limn_blend_slot_set_sketch: (nullable): what words that are not painted look like; forgotten when the end becomes another. */
void        limn_blend_slot_set_sketch (LimnBlendSlot *slot,
                                        GdkTexture    *sketch);
GdkTexture *limn_blend_slot_get_sketch (LimnBlendSlot *slot);

G_END_DECLS
