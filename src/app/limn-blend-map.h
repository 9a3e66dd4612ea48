/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Places of a map along a side: of a strip, and of each side of a square. As many sketches as are painted while nobody waits: at a quarter of a
 * second each, on the processor, two and six seconds. */
#define LIMN_BLEND_MAP_STRIP 8
#define LIMN_BLEND_MAP_SIDE 5

/**
 * LimnBlendMap:
 *
 * What lies between the ends, as far as it is known: columns and rows of small pictures, each painted at or near the middle of its place.
 * Main thread.
 */
typedef struct _LimnBlendMap LimnBlendMap;

LimnBlendMap *limn_blend_map_new          (guint               columns,
                                           guint               rows);
void          limn_blend_map_free         (LimnBlendMap       *map);
guint         limn_blend_map_get_columns  (const LimnBlendMap *map);
guint         limn_blend_map_get_rows     (const LimnBlendMap *map);

/** limn_blend_map_clear: nothing is known any more. */
void          limn_blend_map_clear        (LimnBlendMap       *map);

/** limn_blend_map_put: @image was painted at @u, @v; it is kept where its place has none that was painted nearer to the middle. Returns whether it is. */
gboolean      limn_blend_map_put          (LimnBlendMap       *map,
                                           LimnImage          *image,
                                           double              u,
                                           double              v);

/** limn_blend_map_skip: the place of @u, @v stays empty: it was tried. */
void          limn_blend_map_skip         (LimnBlendMap       *map,
                                           double              u,
                                           double              v);

/** limn_blend_map_find_empty: @u, @v: (inout): a point; becomes the middle of the nearest place that is empty. FALSE where there is none. */
gboolean      limn_blend_map_find_empty   (const LimnBlendMap *map,
                                           double             *u,
                                           double             *v);

/** limn_blend_map_get: (nullable): what is known of a place. */
GdkTexture   *limn_blend_map_get          (const LimnBlendMap *map,
                                           guint               column,
                                           guint               row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBlendMap, limn_blend_map_free)

G_END_DECLS
