/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnWindow:
 *
 * The one window: the canvas, what floats over it, the filmstrip and the prompt bar under it, the gallery and the settings at its sides. It
 * puts the parts together; what they do is theirs. Its actions stand in limn-window-actions.c.
 */
#define LIMN_TYPE_WINDOW (limn_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnWindow, limn_window, LIMN, WINDOW, AdwApplicationWindow)

LimnWindow *limn_window_new        (GtkApplication *application,
                                    LimnStudio     *studio);
LimnStudio *limn_window_get_studio (LimnWindow     *window);

G_END_DECLS
