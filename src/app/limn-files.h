/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** limn_files_show: selects @path in the desktop's file manager, or shows its folder. A failure is shown in a dialog of @parent's. */
void       limn_files_show         (GtkWindow            *parent,
                                    const char           *path);

/** limn_files_read_async: the pixels of a picture in any format that limn_photo_load() knows, read on a thread. */
void       limn_files_read_async   (const char           *path,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              data);
LimnImage *limn_files_read_finish  (GAsyncResult         *result,
                                    GError              **error);

/** limn_files_new_texture: @image's pixels, without a copy. */
GdkTexture *limn_files_new_texture (LimnImage            *image);

G_END_DECLS
