/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnFilmstrip:
 *
 * One thumbnail for each step of the studio's reel, filling while it paints. Property "step" (uint): the step that is shown large; 0: the newest
 * while it paints, the picture itself afterwards. The window gives that frame to the canvas. Actions: "film.keep-step", "film.play", "film.previous", "film.next",
 * "film.export-animation", "film.export-frames".
 */
#define LIMN_TYPE_FILMSTRIP (limn_filmstrip_get_type ())
G_DECLARE_FINAL_TYPE (LimnFilmstrip, limn_filmstrip, LIMN, FILMSTRIP, GtkWidget)

/** limn_filmstrip_set_studio: once, before the widget is shown. */
void limn_filmstrip_set_studio (LimnFilmstrip *self, LimnStudio *studio);

G_END_DECLS
