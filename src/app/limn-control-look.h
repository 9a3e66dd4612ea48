/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-control-map.h"
#include "library/limn-stash.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

/**
 * limn_control_look_async:
 * @picture: id in @stash
 * @width, @height: of the picture that will be drawn by it
 *
 * What a ControlNet sees of @picture, small enough for a panel: made at the size at which it will be looked at, on a thread.
 */
void        limn_control_look_async  (LimnStash           *stash,
                                      const char          *picture,
                                      LimnControlMapKind   map,
                                      guint                width,
                                      guint                height,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data);
GdkTexture *limn_control_look_finish (GAsyncResult        *result,
                                      GError             **error);

/** limn_control_add_async: the picture in the file @path goes into @stash, and is held against maps of the kind @map. Fails as limn_photo_load() does. */
void        limn_control_add_async   (LimnStash           *stash,
                                      const char          *path,
                                      LimnControlMapKind   map,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             data);
/** limn_control_add_finish: (transfer full): its id. @is_made: limn_control_map_is_made() */
char       *limn_control_add_finish  (GAsyncResult        *result,
                                      gboolean            *is_made,
                                      GError             **error);

G_END_DECLS
