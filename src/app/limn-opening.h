/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "library/limn-stash.h"
#include "session/limn-import.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnOpening:
 * @path: of the file
 * @image: its pixels, RGBA
 * @id: (nullable): a UUID: of the trajectory that its text says was kept
 * @settings_wanted: whether they were asked for
 * @import: (nullable): its settings; NULL: not asked for, or no file that has any
 *
 * What was read of a picture that is to be shown.
 */
typedef struct
{
  char       *path;
  LimnImage  *image;
  char       *id;
  gboolean    settings_wanted;
  LimnImport *import;
} LimnOpening;

void         limn_opening_free        (LimnOpening         *opening);

/**
 * limn_opening_read_async:
 * @multiple: 0: the picture alone; else its settings too, see limn_import_new()
 * @stash: gets what the picture was painted over, if that lies in the file and the settings are wanted
 *
 * Reads a PNG, JPEG, WebP or TIFF on a thread. Fails as limn_photo_load() does. The callback's source object is NULL.
 */
void         limn_opening_read_async  (const char          *path,
                                       guint                multiple,
                                       LimnStash           *stash,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             data);
LimnOpening *limn_opening_read_finish (GAsyncResult        *result,
                                       GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnOpening, limn_opening_free)

G_END_DECLS
