/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-projector.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnFilmFrames:
 *
 * The thumbnails of a projector's reel in a row, each with its number, those to come as empty places. One widget for all of them, which
 * draws what can be seen: a step more costs a redraw and nothing else, however many there are. Pressing and dragging, and the arrow keys
 * while it has the focus, choose the projector's step; for assistive technology it is a slider.
 *
 * Where the picture parts from another, or was steered, a line above marks the steps before, and a dot each turn.
 *
 * Lives in a scrolled window, which it moves so that what is shown can be seen.
 */
#define LIMN_TYPE_FILM_FRAMES (limn_film_frames_get_type ())
G_DECLARE_FINAL_TYPE (LimnFilmFrames, limn_film_frames, LIMN, FILM_FRAMES, GtkWidget)

/** limn_film_frames_set_projector: once. */
void     limn_film_frames_set_projector (LimnFilmFrames *self,
                                         LimnProjector  *projector);

/** limn_film_frames_get_place: of step @step in the widget; FALSE where there is none. */
gboolean limn_film_frames_get_place     (LimnFilmFrames  *self,
                                         guint            step,
                                         graphene_rect_t *place);

/** limn_film_frames_choose_at: the step at @x of the widget, as pressing there does. */
void     limn_film_frames_choose_at     (LimnFilmFrames  *self,
                                         double           x);

/** limn_film_frames_describe: (transfer full): the step that is shown, in words. */
char    *limn_film_frames_describe      (LimnProjector   *projector);

G_END_DECLS
