/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-resources.h"

G_BEGIN_DECLS

/**
 * limn_preview_decoder_find:
 * @resources: what the artist's folders hold
 * @model: (nullable) (type filename): of a request; NULL: the starter model
 * @scaling_factor: of the model's VAE
 *
 * The small decoder (TAESD) for this model's latents: the first of its kind among @resources that limn_taesd_suits(), else one that lies beside the
 * model under its author's name, or in a folder "vae_approx" there, as AUTOMATIC1111 and ComfyUI keep them. Looks for a few names on the disk, opens
 * nothing.
 *
 * Returns: (transfer full) (nullable) (type filename): a file or a folder
 */
char *limn_preview_decoder_find (const LimnResources *resources,
                                 const char          *model,
                                 double               scaling_factor);

G_END_DECLS
