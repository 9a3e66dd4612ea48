/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-checkpoint.h"
#include "model/limn-names.h"

G_BEGIN_DECLS

/*
 * What a network is, by the names and shapes of its tensors, where no config file says so. Each fills a config and says how its
 * tensors are to be found. What shapes cannot tell (eps, groups, how heads are cut) is the same in all published models, or follows
 * by the rules of their families: heads of 64 channels, but 8 heads at every level in SD 1.x, which is known by contexts of 768 values and by its
 * transformers' projections: convolutions there, matrices in all later models.
 *
 * Each fails with LIMN_ERROR_FORMAT for networks that are not built like Stable Diffusion's, and sets nothing then. Pure, any thread.
 */

/** limn_shapes_has_unet: whether there is a UNet in the original layout under @prefix ("model.diffusion_model."), whatever it is. */
gboolean limn_shapes_has_unet     (const LimnCheckpoint  *file,
                                   const char            *prefix);

/**
 * limn_shapes_read_unet:
 * @prefix: of the original layout's names
 * @names: (out) (transfer full)
 */
gboolean limn_shapes_read_unet    (const LimnCheckpoint  *file,
                                   const char            *prefix,
                                   LimnUnetConfig        *config,
                                   LimnNames            **names,
                                   GError               **error);

/** limn_shapes_has_ema: whether the running mean of a UNet's weights is in @file. */
gboolean limn_shapes_has_ema      (const LimnCheckpoint  *file);

/** limn_shapes_read_ema: limn_shapes_read_unet() for that mean. */
gboolean limn_shapes_read_ema     (const LimnCheckpoint  *file,
                                   LimnUnetConfig        *config,
                                   LimnNames            **names,
                                   GError               **error);

/**
 * limn_shapes_read_control:
 *
 * A ControlNet, in either layout: the UNet on whose way down and middle it is built. What the UNet does on the way up is made up.
 */
gboolean limn_shapes_read_control (const LimnCheckpoint  *file,
                                   LimnUnetConfig        *config,
                                   LimnNames            **names,
                                   GError               **error);

/** LimnShapesText: a text encoder in a single file */
typedef struct
{
  LimnTextConfig  config;
  LimnNames      *names;
} LimnShapesText;

/**
 * limn_shapes_read_texts:
 * @texts: (out): @max of them at most, as they stand in a context; names to be freed
 *
 * The text encoders of a single file, with all that shapes tell: skip and final_norm follow from the model's family.
 *
 * Returns: how many, 0 on failure or where there are none; then @error says which
 */
guint    limn_shapes_read_texts   (const LimnCheckpoint  *file,
                                   guint                  max,
                                   LimnShapesText        *texts,
                                   GError               **error);

/** limn_shapes_has_vae: whether there is a VAE, under which prefix (out) (nullable), in either layout. */
gboolean limn_shapes_has_vae      (const LimnCheckpoint  *file,
                                   const char           **prefix);

/**
 * limn_shapes_read_vae:
 *
 * The VAE of a single file, or of a file of its own in either layout. Its scaling factor follows from the family of the model that it
 * is used with.
 */
gboolean limn_shapes_read_vae     (const LimnCheckpoint  *file,
                                   LimnVaeConfig         *config,
                                   LimnNames            **names,
                                   GError               **error);

G_END_DECLS
