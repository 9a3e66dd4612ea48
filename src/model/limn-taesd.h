/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"
#include "model/limn-pass.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnTaesd:
 *
 * The decoder of a TAESD: latent to picture with about a fifteenth of the work of the VAE's, and nearly what that would show. For previews only:
 * what it paints is not the model's picture. There is one for latents of Stable Diffusion 1 and 2 and one for SDXL's, both of the same shape;
 * limn_taesd_suits() tells them apart.
 *
 * Thread-safety: owner thread of the GL.
 * Source: Ollin Boer Bohan, github.com/madebyollin/taesd, taesd.py; diffusers' AutoencoderTiny for its names.
 */
typedef struct _LimnTaesd LimnTaesd;

/** LIMN_TAESD_FACTOR: pixels per latent cell along a side. */
#define LIMN_TAESD_FACTOR 8

/**
 * limn_taesd_suits:
 * @path: (type filename): of a file or a folder that holds a TAESD
 * @scaling_factor: of the VAE whose latents shall be shown
 *
 * Whether it is the one for these latents. That stands in no file, so the name says it, as its author wrote it and everybody left it: "taesd…",
 * "taesdxl…", or the same of the folder around it. One that is called neither suits nothing.
 */
gboolean   limn_taesd_suits  (const char    *path,
                              double         scaling_factor);

/**
 * limn_taesd_open:
 * @path: (type filename): the decoder's file in its author's layout, one with "taesd_decoder." or "decoder." before the names, diffusers'
 *   AutoencoderTiny, or a folder that holds one
 * @dtype: of weights and activations; the first step and the last are F32
 *
 * About 5 MB. Fails with LIMN_ERROR_UNSUPPORTED for what holds no such decoder, and as limn_checkpoint_open() and the loader do.
 */
LimnTaesd *limn_taesd_open   (const char    *path,
                              LimnGl        *gl,
                              LimnDtype      dtype,
                              LimnArena     *arena,
                              GCancellable  *cancellable,
                              GError       **error);
void       limn_taesd_free   (LimnTaesd     *taesd);

/** limn_taesd_is_prepared: whether a pass of this shape is kept. */
gboolean   limn_taesd_is_prepared (LimnTaesd *taesd,
                              guint          h,
                              guint          w);

/** limn_taesd_plan: what a pass of this shape needs. Records it, but allocates and computes nothing. */
gboolean   limn_taesd_plan   (LimnTaesd     *taesd,
                              guint          h,
                              guint          w,
                              LimnPassNeed  *need,
                              GError       **error);

/**
 * limn_taesd_decode:
 * @x: [4, h, w], NCHW, as the UNet has it: scaled, other than for limn_vae_decode()
 * @rgba: (out) (nullable): w * 8 x h * 8 pixels: R, G, B, 255; rounded to nearest
 * @rgb: (out) (nullable): [3, h * 8, w * 8], NCHW, about 0..1, not clamped
 *
 * Waits for the GPU. Fails as limn_graph_run() does.
 */
gboolean   limn_taesd_decode (LimnTaesd     *taesd,
                              guint          h,
                              guint          w,
                              const float   *x,
                              GCancellable  *cancellable,
                              guint8        *rgba,
                              float         *rgb,
                              GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTaesd, limn_taesd_free)

G_END_DECLS
