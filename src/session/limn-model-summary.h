/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnModelSummary:
 * @name: of the folder; NULL for the starter model, whose name is for the application to translate
 * @family: as a person knows it ("Stable Diffusion 1.x")
 * @disk_bytes: of its weights as they lie on the disk
 *
 * A model as it stands in a list. No device is needed to know this. Immutable.
 */
typedef struct
{
  char    *name;
  char    *family;
  guint64  disk_bytes;
} LimnModelSummary;

void              limn_model_summary_free        (LimnModelSummary    *summary);

/**
 * limn_model_summary_load_async:
 * @path: (nullable): as in a request; NULL: the starter model
 *
 * Reads the small files of a model and the headers of its weights, on a thread. Fails as limn_model_open() does and where a
 * weights file is missing.
 */
void              limn_model_summary_load_async  (const char          *path,
                                                  GCancellable        *cancellable,
                                                  GAsyncReadyCallback  callback,
                                                  gpointer             data);
LimnModelSummary *limn_model_summary_load_finish (GAsyncResult        *result,
                                                  GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModelSummary, limn_model_summary_free)

G_END_DECLS
