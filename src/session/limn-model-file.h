/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-file-notes.h"
#include "session/limn-resources.h"

G_BEGIN_DECLS

/**
 * LimnModelFile:
 * @kind: LIMN_RESOURCE_N_KINDS: none of them, or it could not be read
 * @path: (type filename): absolute: a file, or the folder of a model that is one
 * @name: as a person and a prompt call it: limn_resources_name_path()
 * @below: (nullable): the folders between the one that was granted and this one, "styles/ink"; UTF-8
 * @family: (nullable): "Stable Diffusion XL"; of what belongs to a model, which family that model is of, where its tensors tell
 * @dtype: (nullable): of most of its numbers: "float16"
 * @problem: (nullable): why it cannot be used, a sentence
 * @unproven: nobody has compared what Limn makes of this family with an independent program
 * @missing: it was opened once, and is not there now
 * @bytes: of its weights on the disk
 * @weights: (nullable): the one file whose SHA-256 names it: itself, or the UNet in its folder
 * @stamp: of @weights
 * @hash: (nullable): SHA-256 of @weights, 64 digits, where it is known
 *
 * A model, or something that belongs to one, as it lies on the disk. Immutable, counted by reference (atomic).
 */
typedef struct
{
  LimnResourceKind kind;
  char            *path;
  char            *name;
  char            *below;
  char            *family;
  char            *dtype;
  char            *problem;
  gboolean         unproven;
  gboolean         missing;
  guint64          bytes;
  char            *weights;
  LimnFileStamp    stamp;
  char            *hash;
} LimnModelFile;

/** LIMN_MODEL_FILE_SHORT_HASH: how many digits of the SHA-256 other programs write. */
#define LIMN_MODEL_FILE_SHORT_HASH 10

/**
 * limn_model_file_look:
 * @path: absolute; a file or a folder
 * @notes: (nullable): what was found before, and is believed as long as the file is the same
 *
 * What @path is. Reads headers and small files only: some milliseconds, from @notes much less. Never fails: what cannot be read says so in
 * @problem, what is not there is @missing. Any thread.
 */
LimnModelFile *limn_model_file_look  (const char          *path,
                                      LimnFileNotes       *notes);

LimnModelFile *limn_model_file_ref   (LimnModelFile       *file);
void           limn_model_file_unref (LimnModelFile       *file);

/** limn_model_file_with_hash: (transfer full): the same, and its hash. */
LimnModelFile *limn_model_file_with_hash (const LimnModelFile *file,
                                      const char          *hash);

/** limn_model_file_suits: whether it goes with models of the family that is called @family, as far as is known. @family: (nullable) */
gboolean       limn_model_file_suits (const LimnModelFile *file,
                                      const char          *family);

/** limn_model_file_equal: whether there is nothing to tell them apart. */
gboolean       limn_model_file_equal (const LimnModelFile *a,
                                      const LimnModelFile *b);

/**
 * limn_model_file_hash:
 * @busy: (nullable) (atomic): as long as it is not 0 nothing is read: others need the disk and the processor
 *
 * SHA-256 of @file's weights; reads all of them, about a second for 500 MB, and notes it. Fails as reading does, with LIMN_ERROR_FORMAT where
 * the file has changed meanwhile, and with G_IO_ERROR_CANCELLED. Returns: (transfer full)
 */
char          *limn_model_file_hash  (const LimnModelFile *file,
                                      LimnFileNotes       *notes,
                                      gint                *busy,
                                      GCancellable        *cancellable,
                                      GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModelFile, limn_model_file_unref)

G_END_DECLS
