/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-mask-view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnCanvasMarks:
 *
 * A mask as what GTK draws: small textures, of the level that suits the zoom. After a change only those that it touched are made anew, when
 * they are drawn next; a frame makes no more than it has time for, and asks for another. Main thread.
 */
typedef struct _LimnCanvasMarks LimnCanvasMarks;

/** LimnCanvasMarksChanged: there is something else to draw. Never after the marks were freed. */
typedef void (*LimnCanvasMarksChanged) (gpointer data);

LimnCanvasMarks *limn_canvas_marks_new         (LimnMask               *mask,
                                                LimnCanvasMarksChanged  changed,
                                                gpointer                data);
void             limn_canvas_marks_free        (LimnCanvasMarks        *marks);
LimnMask        *limn_canvas_marks_get_mask    (LimnCanvasMarks        *marks);
void             limn_canvas_marks_set_overlay (LimnCanvasMarks        *marks,
                                                const LimnOverlay      *overlay);

/**
 * limn_canvas_marks_snapshot:
 * @rect: where the whole picture lies, in screen pixels
 * @visible: the part of the widget that matters, in screen pixels
 * @scale: screen pixels per unit of the snapshot
 */
void             limn_canvas_marks_snapshot    (LimnCanvasMarks        *marks,
                                                GtkSnapshot            *snapshot,
                                                const graphene_rect_t  *rect,
                                                const graphene_rect_t  *visible,
                                                double                  scale);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnCanvasMarks, limn_canvas_marks_free)

G_END_DECLS
