/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/*
 * Tiny cousins of the published families: every name and quirk of theirs, text encoders of their widths, but few layers and narrow UNets.
 * tests/model/cousins/tensors.txt lists their tensors, expected.safetensors what PyTorch computes; tests/tools/make-cousins.py made both. The
 * weights are noise by a rule (limn_cousin_make()) and are made here.
 *
 * tensors.txt: "[list]", then lines of an original name without prefix, its shape (K: the context's width, I: the UNet's inputs; "+": 1x1 more
 * where the layer is a convolution), and what diffusers calls it: with "|rows,a,b" those rows of it, "|T" transposed, "|squeeze" without
 * its 1x1. Without such a name it is not in diffusers' copy.
 */

typedef enum
{
  LIMN_COUSIN_SD1,
  LIMN_COUSIN_SD1_INPAINT,
  LIMN_COUSIN_SD2,
  LIMN_COUSIN_SDXL,
  LIMN_COUSIN_CONTROL, /* a ControlNet for LIMN_COUSIN_SD1 */
  LIMN_N_COUSINS,
} LimnCousin;

/**
 * limn_cousin_make:
 * @name: the original name, with prefix
 * @shape: @n_dims
 * @values: (out): halves
 *
 * key = first 16 bytes, little endian, of SHA-256("limn-1|0|<name>"); r = outputs of Philox4x64-10 with it, from counter 1; z = sum of the
 * four uint16 in r - 131070; w = half (float (z) * float (std / 37837.2…) + float (mean)), mean and std by the role that the name tells.
 */
void   limn_cousin_make         (const char    *name,
                                 guint          n_dims,
                                 const guint64 *shape,
                                 guint16       *values);

/** limn_cousin_make_input: (transfer full): float32 of standard deviation 1 in the same way, for what goes into a network. */
float *limn_cousin_make_input   (const char *name,
                                 gsize       n);

/**
 * limn_cousin_write_file:
 * @tables: tests/model/cousins/tensors.txt
 *
 * All in one file, by the original names; also the tensors that are no weights, as the published ones have them. F16.
 */
void   limn_cousin_write_file   (LimnCousin  cousin,
                                 const char *tables,
                                 const char *path);

/** limn_cousin_write_folder: as diffusers has it, with configs but without tokenizer. @folder must be there. */
void   limn_cousin_write_folder (LimnCousin  cousin,
                                 const char *tables,
                                 const char *folder);
