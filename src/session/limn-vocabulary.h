/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * limn_vocabulary_install:
 * @path: (type filename): what a person chose: see limn_clip_vocabulary_read()
 *
 * Puts a copy of CLIP's vocabulary into Limn's folder of data, where every model that needs it finds it from then on. Fails with
 * LIMN_ERROR_FORMAT for what is not CLIP's vocabulary, and as limn_atomic_file_write() does. Waits for the disk; any thread.
 */
gboolean limn_vocabulary_install        (const char           *path,
                                         GError              **error);

/** limn_vocabulary_install_async: the same on a thread. */
void     limn_vocabulary_install_async  (const char           *path,
                                         GCancellable         *cancellable,
                                         GAsyncReadyCallback   callback,
                                         gpointer              data);
gboolean limn_vocabulary_install_finish (GAsyncResult         *result,
                                         GError              **error);

/**
 * limn_vocabulary_keep:
 * @model: (type filename): folder of a model that was opened
 *
 * limn_vocabulary_install() of the vocabulary that came with a model, where there is none yet and it is CLIP's: single files that are opened later
 * need it. What goes wrong is nobody's trouble.
 */
void     limn_vocabulary_keep           (const char           *model);

G_END_DECLS
