/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-easel.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnPaintTools:
 *
 * The bar beside the picture: what the pen does, undo and redo, and how it is done. Over a picture that is not the one to change it has one button
 * alone, to make it that ("win.use-picture").
 */
#define LIMN_TYPE_PAINT_TOOLS (limn_paint_tools_get_type ())
G_DECLARE_FINAL_TYPE (LimnPaintTools, limn_paint_tools, LIMN, PAINT_TOOLS, GtkWidget)

/** limn_paint_tools_set_easel: once. */
void limn_paint_tools_set_easel (LimnPaintTools *tools,
                                 LimnEasel      *easel);

G_END_DECLS
