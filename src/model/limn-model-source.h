/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "formats/limn-checkpoint.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnModelSource:
 *
 * Where the files of a model come from: a folder in the diffusers layout, or the same folder among the program's
 * resources. Files are named by their path within it, such as "unet/config.json".
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnModelSource LimnModelSource;

/** LIMN_MODEL_STARTER: what the embedded starter model is called in place of a path. */
#define LIMN_MODEL_STARTER "starter"

/**
 * limn_model_source_new:
 * @path: (nullable): a folder; NULL or LIMN_MODEL_STARTER: the embedded model
 *
 * Fails with G_FILE_ERROR when there is no such folder, LIMN_ERROR_UNSUPPORTED when it is a single-file
 * checkpoint. Reads no file yet.
 */
LimnModelSource *limn_model_source_new           (const char       *path,
                                                  GError          **error);
void             limn_model_source_free          (LimnModelSource  *source);

/** limn_model_source_get_name: the folder's base name, or "starter". Borrowed. */
const char      *limn_model_source_get_name      (const LimnModelSource *source);
/** limn_model_source_get_path: the folder, or NULL for the embedded model. Borrowed. */
const char      *limn_model_source_get_path      (const LimnModelSource *source);

/** limn_model_source_has: whether there is such a file. */
gboolean         limn_model_source_has           (const LimnModelSource *source,
                                                  const char            *file);

/** limn_model_source_load: (transfer full): the whole of a small file. LIMN_ERROR_FORMAT if it is beyond @max_bytes. */
GBytes          *limn_model_source_load          (const LimnModelSource  *source,
                                                  const char             *file,
                                                  gsize                   max_bytes,
                                                  GError                **error);

/** limn_model_source_load_json: (transfer full): @file is also what errors call it. */
LimnJson        *limn_model_source_load_json     (const LimnModelSource  *source,
                                                  const char             *file,
                                                  GError                **error);

/**
 * limn_model_source_find_weights:
 * @part: folder within the model: "unet"
 *
 * Which file holds the weights of a part: diffusion_pytorch_model or model, .safetensors or .fp16.safetensors.
 * Fails with G_FILE_ERROR_NOENT, or LIMN_ERROR_UNSUPPORTED when there are only weights in a form that Limn does
 * not read (split over several files, or a pickle).
 *
 * Returns: (transfer full): its name within the model
 */
char            *limn_model_source_find_weights  (const LimnModelSource  *source,
                                                  const char             *part,
                                                  GError                **error);

/** limn_model_source_open_weights: (transfer full): opens a file that limn_model_source_find_weights() gave. */
LimnCheckpoint  *limn_model_source_open_weights  (const LimnModelSource  *source,
                                                  const char             *file,
                                                  GError                **error);

/**
 * limn_model_source_hash:
 * @files: NULL-terminated
 *
 * SHA-256 over the bytes of these files, one after the other, in hexadecimal. Reads all of them: about a second
 * for 500 MB.
 *
 * Returns: (transfer full)
 */
char            *limn_model_source_hash          (const LimnModelSource  *source,
                                                  const char * const     *files,
                                                  GCancellable           *cancellable,
                                                  GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModelSource, limn_model_source_free)

G_END_DECLS
