/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-reel.h"

G_BEGIN_DECLS

/**
 * LimnProjector:
 *
 * Decides which frame of a reel is on the canvas: of the step that was chosen, or of the newest; at once what there is, and the very frame as
 * soon as it is decoded. Of several that were asked for the newest wins. Plays a reel, too.
 *
 * Properties: as LimnFilmstrip's: "step", "frame", "settled", "playing"; "reel"; and "shown-step" (uint, read-only): the step that
 * the frame is meant to be of; 0: none.
 * Main thread.
 */
#define LIMN_TYPE_PROJECTOR (limn_projector_get_type ())
G_DECLARE_FINAL_TYPE (LimnProjector, limn_projector, LIMN, PROJECTOR, GObject)

LimnProjector *limn_projector_new            (void);

/**
 * limn_projector_set_reel:
 * @reel: (nullable): another one begins with no step chosen
 * @picture: (nullable): what it came to, where that is known without decoding; shown when no step is chosen and no more will come
 */
void           limn_projector_set_reel       (LimnProjector *self,
                                              LimnReel      *reel,
                                              LimnImage     *picture);
LimnReel      *limn_projector_get_reel       (LimnProjector *self);

/** limn_projector_set_step: 0: the newest, or the picture. Stops playing. */
void           limn_projector_set_step       (LimnProjector *self,
                                              guint          step);
guint          limn_projector_get_step       (LimnProjector *self);
guint          limn_projector_get_shown_step (LimnProjector *self);
/** limn_projector_get_n_steps: done so far. */
guint          limn_projector_get_n_steps    (LimnProjector *self);

/** limn_projector_move: by @by steps from the one that is shown; past the last: no step chosen. */
void           limn_projector_move           (LimnProjector *self,
                                              int            by);

LimnImage     *limn_projector_get_frame      (LimnProjector *self);
gboolean       limn_projector_is_settled     (LimnProjector *self);

/**
 * limn_projector_play:
 *
 * From the chosen step, or from the first where none is or it is the last, each for @frame_ms; at the end no step is chosen any more. A step
 * that has neither frame nor thumbnail yet is waited for.
 */
void           limn_projector_play           (LimnProjector *self,
                                              guint          frame_ms);
void           limn_projector_pause          (LimnProjector *self);
gboolean       limn_projector_is_playing     (LimnProjector *self);

G_END_DECLS
