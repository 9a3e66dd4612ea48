/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnFilmstrip:
 *
 * One thumbnail for each step of the studio's reel, filling while it paints; dragging along them shows any step large.
 *
 * Properties:
 * - "step" (uint): the step that was chosen; 0: the newest while it paints, the picture itself afterwards
 * - "frame" (pointer, LimnImage, nullable, read-only): what is to be on the canvas: that step's frame
 * - "settled" (boolean, read-only): whether "frame" is the very frame of the step, not its thumbnail or the frame of an
 *   earlier one that stand in for it until it is decoded
 * - "playing" (boolean, read-only)
 *
 * Main thread.
 */
#define LIMN_TYPE_FILMSTRIP (limn_filmstrip_get_type ())
G_DECLARE_FINAL_TYPE (LimnFilmstrip, limn_filmstrip, LIMN, FILMSTRIP, GtkWidget)

/** limn_filmstrip_set_studio: once, before the widget is shown. */
void          limn_filmstrip_set_studio  (LimnFilmstrip *self,
                                          LimnStudio    *studio);

/** limn_filmstrip_get_frame: (nullable): "frame"; NULL while the reel has nothing to show. At most as large as the reel's request says. */
LimnImage    *limn_filmstrip_get_frame   (LimnFilmstrip *self);
gboolean      limn_filmstrip_is_settled  (LimnFilmstrip *self);

guint         limn_filmstrip_get_step    (LimnFilmstrip *self);
/** limn_filmstrip_set_step: @step: past the last: the last. */
void          limn_filmstrip_set_step    (LimnFilmstrip *self,
                                          guint          step);

/**
 * limn_filmstrip_get_actions:
 *
 * "keep-step", "branch", "play", "previous", "next", "first", "last", "export-animation", "export-frames", "cancel-export", "mode" (string: "noisy"
 * or "predicted"), disabled where they make no sense. The filmstrip has them as "film"; the window inserts the group under the same name, so that
 * its accelerators and the canvas' keys find them too.
 *
 * Returns: (transfer none)
 */
GActionGroup *limn_filmstrip_get_actions (LimnFilmstrip *self);

G_END_DECLS
