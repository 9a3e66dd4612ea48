/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** LIMN_THUMBNAIL_SIDE: pixels along the longer side of a thumbnail, where the picture has as many: the cache's size "large". */
#define LIMN_THUMBNAIL_SIDE 256

/**
 * limn_thumbnail_load:
 * @path: (type filename): of a PNG, absolute
 *
 * The picture's thumbnail from the cache that all programs of the desktop share (XDG_CACHE_HOME/thumbnails/large); made, and
 * put there, where it is missing, damaged, or older or newer than the picture. A cache that cannot be written is no failure.
 *
 * Waits for the disk; takes a few milliseconds from the cache, some ten to make (512 x 512 pixels). Any thread. Fails as
 * limn_png_load() does, and with G_IO_ERROR_CANCELLED.
 *
 * Source: freedesktop.org, Thumbnail Managing Standard 0.9.
 */
LimnImage *limn_thumbnail_load     (const char    *path,
                                    GCancellable  *cancellable,
                                    GError       **error);

/** limn_thumbnail_get_path: where the cache has the thumbnail of @path. Returns: (transfer full) (type filename) */
char      *limn_thumbnail_get_path (const char    *path);

/** limn_thumbnail_forget: removes the thumbnail of a picture that is gone for good. */
void       limn_thumbnail_forget   (const char    *path);

G_END_DECLS
