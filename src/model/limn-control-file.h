/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-checkpoint.h"
#include "model/limn-control-net.h"
#include "model/limn-names.h"

G_BEGIN_DECLS

/**
 * LimnControlFile: a ControlNet as it lies on the disk
 * @name: what errors call it
 * @names: where @checkpoint has what: in the original layout ("control_model.input_blocks…", with or without that prefix) or as diffusers writes it
 *
 * Thread-safety: any; immutable.
 */
typedef struct
{
  char              *path;
  char              *name;
  LimnCheckpoint    *checkpoint;
  LimnNames         *names;
  LimnControlConfig  config;
} LimnControlFile;

/**
 * limn_control_file_open:
 * @path: (type filename): a file, or the folder of a diffusers ControlNet
 * @unet: of the model that it is to control. A ControlNet is a copy of its way down: what tensors do not say (heads, eps) is that model's
 *
 * Reads no weights. Fails with LIMN_ERROR_UNSUPPORTED for one that was made for another family, and for what works otherwise (Control-LoRA,
 * T2I-Adapter, IP-Adapter, ControlNet-XS, ControlNet-LLLite, …), saying what it is; and as limn_checkpoint_open() does.
 */
LimnControlFile *limn_control_file_open         (const char            *path,
                                                 const LimnUnetConfig  *unet,
                                                 GError               **error);
void             limn_control_file_free         (LimnControlFile       *file);

/**
 * limn_control_file_find_other:
 *
 * Returns: (nullable): the name of what works otherwise than a ControlNet, "Control-LoRA"; NULL where @checkpoint is none of these
 */
const char      *limn_control_file_find_other   (const LimnCheckpoint  *checkpoint);

/** limn_control_file_is: whether @checkpoint is a ControlNet, of whatever model. */
gboolean         limn_control_file_is           (const LimnCheckpoint  *checkpoint);

/** limn_control_file_get_bytes: its weights on a device, in this precision. */
guint64          limn_control_file_get_bytes    (const LimnControlFile *file,
                                                 LimnDtype              dtype);

/** limn_control_file_load: onto the device. Takes seconds; fails as limn_control_net_new() does. @bytes: (out) */
LimnControlNet  *limn_control_file_load         (const LimnControlFile *file,
                                                 LimnGl                *gl,
                                                 LimnDtype              dtype,
                                                 LimnArena             *arena,
                                                 GCancellable          *cancellable,
                                                 guint64               *bytes,
                                                 GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnControlFile, limn_control_file_free)

G_END_DECLS
