/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnBlendFigure:
 *
 * One of the ways as a line: above are the pictures, below is the noise. It begins at the first end and comes to the second; where it goes along,
 * the two are mixed.
 *
 * Properties: "way" (uint, LimnBlendWay), "strength" (double): how deep it goes. An ornament: it says nothing that the words do not.
 */
#define LIMN_TYPE_BLEND_FIGURE (limn_blend_figure_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendFigure, limn_blend_figure, LIMN, BLEND_FIGURE, GtkWidget)

G_END_DECLS
