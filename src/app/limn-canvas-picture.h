/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnCanvasPicture:
 *
 * A LimnImage as what GTK draws: its bytes as a texture (not copied), a smaller copy for where it is shown smaller than half, and
 * the visible part with every pixel enlarged where GTK cannot do that itself. Each is made when it is first needed, and kept. Main thread.
 */
typedef struct _LimnCanvasPicture LimnCanvasPicture;

/** LimnCanvasPictureChanged: something better can be drawn now. Never after the picture was freed. */
typedef void (*LimnCanvasPictureChanged) (gpointer data);

LimnCanvasPicture *limn_canvas_picture_new       (LimnImage             *image,
                                                  LimnCanvasPictureChanged changed,
                                                  gpointer               data);
void               limn_canvas_picture_free      (LimnCanvasPicture     *picture);
LimnImage         *limn_canvas_picture_get_image (LimnCanvasPicture     *picture);

/**
 * limn_canvas_picture_snapshot:
 * @rect: where the whole picture lies, in screen pixels
 * @visible: the part of the widget that matters, in screen pixels
 * @scale: screen pixels per unit of the snapshot
 * @crisp: enlarged pixels keep their edges
 */
void               limn_canvas_picture_snapshot  (LimnCanvasPicture     *picture,
                                                  GtkSnapshot           *snapshot,
                                                  const graphene_rect_t *rect,
                                                  const graphene_rect_t *visible,
                                                  double                 scale,
                                                  gboolean               crisp);

/**
 * limn_canvas_picture_enlarge:
 * @rect: where the whole picture lies
 * @x, @y, @width, @height: the part of that plane that is wanted; inside of @rect, but for fractions
 *
 * Each pixel of the result is the one pixel of the picture under its middle: what a texture with the nearest filter gives. For GTK before 4.10,
 * whose textures have none.
 */
GBytes            *limn_canvas_picture_enlarge   (LimnImage             *image,
                                                  const graphene_rect_t *rect,
                                                  int                    x,
                                                  int                    y,
                                                  guint                  width,
                                                  guint                  height);

/** limn_canvas_picture_get_reduction: by which power of two the pixels are averaged before the GPU draws them @zoom large; 1: not at all. */
guint              limn_canvas_picture_get_reduction (double zoom);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnCanvasPicture, limn_canvas_picture_free)

G_END_DECLS
