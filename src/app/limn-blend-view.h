/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnBlendView:
 *
 * One picture, as large as there is room, in its middle; a small one is drawn softly, so that a sketch looks like one. What it takes does
 * not depend on the picture: nothing moves when a finer one comes.
 */
#define LIMN_TYPE_BLEND_VIEW (limn_blend_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendView, limn_blend_view, LIMN, BLEND_VIEW, GtkWidget)

/** limn_blend_view_set_picture: @image: (nullable): RGB or RGBA. */
void limn_blend_view_set_picture (LimnBlendView *view,
                                  LimnImage     *image);

G_END_DECLS
