/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnResourceKind: what a file is for, known by what is in it and never by its name
 * @LIMN_RESOURCE_MODEL: a whole checkpoint, one file or a diffusers folder
 * @LIMN_RESOURCE_VAE: one that takes the place of a model's own
 * @LIMN_RESOURCE_LORA: changes some of a model's weights
 * @LIMN_RESOURCE_CONTROL: a ControlNet
 * @LIMN_RESOURCE_EMBEDDING: a word that was learned (textual inversion)
 * @LIMN_RESOURCE_TAESD: a small decoder for previews
 */
typedef enum
{
  LIMN_RESOURCE_MODEL,
  LIMN_RESOURCE_VAE,
  LIMN_RESOURCE_LORA,
  LIMN_RESOURCE_CONTROL,
  LIMN_RESOURCE_EMBEDDING,
  LIMN_RESOURCE_TAESD,
  LIMN_RESOURCE_N_KINDS,
} LimnResourceKind;

/**
 * LimnResources:
 *
 * Which file a name stands for: `<lora:name:0.8>`, a learned word in a prompt, `VAE: name` in a picture's settings. A name is the file's base
 * name without its ending; of files of one kind and name the first that was added counts, so that an artist's first folder goes before the second.
 *
 * A request holds paths, not names: they are looked up once, when it is made, and nothing that is put into a folder later reaches it.
 *
 * Filled by one thread, then never changed again: then any thread. Counted by reference (atomic). Wherever a `const LimnResources *` is nullable,
 * NULL knows no file at all.
 */
typedef struct _LimnResources LimnResources;

LimnResources *limn_resources_new    (void);
LimnResources *limn_resources_ref    (LimnResources       *resources);
void           limn_resources_unref  (LimnResources       *resources);

/**
 * limn_resources_add:
 * @name: (nullable): NULL: limn_resources_name_path(). Nothing is added under an empty name
 * @path: (type filename): absolute
 *
 * Before anybody else has @resources.
 */
void           limn_resources_add    (LimnResources       *resources,
                                      LimnResourceKind     kind,
                                      const char          *name,
                                      const char          *path);

/**
 * limn_resources_find:
 * @resources: (nullable)
 * @name: as somebody wrote it: with or without the ending ".safetensors", ".pt", ".ckpt" or ".bin", with or without the folders it lies in
 *   ("style/ink"); where no file is written exactly so, in any letter case
 *
 * Fails with LIMN_ERROR_INVALID where there is none; the message names the kind, the name, and the nearest one that there is. A few
 * string comparisons, no disk.
 *
 * Returns: (transfer none) (type filename)
 */
const char    *limn_resources_find   (const LimnResources *resources,
                                      LimnResourceKind     kind,
                                      const char          *name,
                                      GError             **error);

/** limn_resources_get_n: how many of @kind there are, by name. @resources: (nullable) */
guint          limn_resources_get_n  (const LimnResources *resources,
                                      LimnResourceKind     kind);

/** limn_resources_get_name, limn_resources_get_path: of one of them, in the order in which they were added. */
const char    *limn_resources_get_name (const LimnResources *resources,
                                      LimnResourceKind     kind,
                                      guint                i);
const char    *limn_resources_get_path (const LimnResources *resources,
                                      LimnResourceKind     kind,
                                      guint                i);

/**
 * limn_resources_name_path: (transfer full): what a file is called in prompts: its base name, valid UTF-8, without one of the endings above;
 * where that says nothing ("diffusion_pytorch_model.safetensors") the name of its folder.
 */
char          *limn_resources_name_path (const char         *path);

/** limn_resource_kind_get_words: "a LoRA", "a VAE", …, for the middle of an error's sentence. */
const char    *limn_resource_kind_get_words (LimnResourceKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnResources, limn_resources_unref)

G_END_DECLS
