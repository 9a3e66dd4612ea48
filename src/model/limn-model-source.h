/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "formats/limn-checkpoint.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnModelSource:
 *
 * Where the files of a model come from: a folder in the diffusers layout, the same folder among the program's
 * resources, or one file. Files are named by their path within it, such as "unet/config.json"; one file by its base name.
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnModelSource LimnModelSource;

/** LIMN_MODEL_STARTER: what the embedded starter model is called in place of a path. */
#define LIMN_MODEL_STARTER "starter"

/**
 * limn_model_source_new:
 * @path: (nullable): a folder or a file; a model_index.json stands for its folder; NULL or LIMN_MODEL_STARTER: the embedded model
 *
 * Fails with G_FILE_ERROR when there is neither. Reads no file yet.
 */
LimnModelSource *limn_model_source_new           (const char       *path,
                                                  GError          **error);
void             limn_model_source_free          (LimnModelSource  *source);

/** limn_model_source_get_name: the base name, of a file without its ending, or "starter". Borrowed. */
const char      *limn_model_source_get_name      (const LimnModelSource *source);
/** limn_model_source_get_path: the folder or the file, or NULL for the embedded model. Borrowed. */
const char      *limn_model_source_get_path      (const LimnModelSource *source);

/** limn_model_source_is_file: whether it is one file; limn_model_source_get_file: its base name, else NULL. Borrowed. */
gboolean         limn_model_source_is_file       (const LimnModelSource *source);
const char      *limn_model_source_get_file      (const LimnModelSource *source);

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
 * @part: (nullable): folder within the model: "unet"; NULL: not in one
 * @variant: (nullable): "fp16": those, where there are such; NULL: the ones without a variant, else fp16, else any
 * @strict: whether it must be @variant
 *
 * Which file holds the weights of a part: diffusion_pytorch_model or model; .safetensors, the index of several such, or torch's .bin;
 * in this order. Fails with G_FILE_ERROR_NOENT.
 *
 * Returns: (transfer full): its name within the model
 */
char            *limn_model_source_find_weights  (const LimnModelSource  *source,
                                                  const char             *part,
                                                  const char             *variant,
                                                  gboolean                strict,
                                                  GError                **error);

/**
 * limn_model_source_list_files:
 *
 * @file, or the index and the files that it names, all of which are there.
 *
 * Returns: (transfer full): g_strfreev(); names within the model
 */
char           **limn_model_source_list_files    (const LimnModelSource  *source,
                                                  const char             *file,
                                                  GError                **error);

/** limn_model_source_get_bytes: size of a file; 0 where there is none. */
guint64          limn_model_source_get_bytes     (const LimnModelSource  *source,
                                                  const char             *file);

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
