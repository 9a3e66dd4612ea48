/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LIMN_ERROR:
 *
 * The one error domain of Limn's own code; files and streams report G_IO_ERROR
 * and G_FILE_ERROR. A message is a sentence for the artist, followed where it
 * helps by the technical cause.
 */
#define LIMN_ERROR (limn_error_quark ())

/**
 * LimnErrorCode:
 * @LIMN_ERROR_INVALID: a setting the artist gave cannot be used (steps 0, cfg NaN, unknown sampler)
 * @LIMN_ERROR_SHAPE: tensors that do not fit together
 * @LIMN_ERROR_FORMAT: a file that is not what it claims to be, or is damaged
 * @LIMN_ERROR_UNSUPPORTED: a sound file or request that Limn cannot serve
 * @LIMN_ERROR_NO_GPU: no usable OpenGL 4.5 device
 * @LIMN_ERROR_OUT_OF_MEMORY: more memory needed than the device has
 * @LIMN_ERROR_DEVICE_LOST: the GPU was reset under us; a new context may work
 * @LIMN_ERROR_DIFFERENT: verify: the picture made again is not the picture in the file
 * @LIMN_ERROR_NO_VOCABULARY: a model that brings no vocabulary, and CLIP's is nowhere: a person can choose a file
 */
typedef enum
{
  LIMN_ERROR_INVALID,
  LIMN_ERROR_SHAPE,
  LIMN_ERROR_FORMAT,
  LIMN_ERROR_UNSUPPORTED,
  LIMN_ERROR_NO_GPU,
  LIMN_ERROR_OUT_OF_MEMORY,
  LIMN_ERROR_DEVICE_LOST,
  LIMN_ERROR_DIFFERENT,
  LIMN_ERROR_NO_VOCABULARY,
} LimnErrorCode;

GQuark limn_error_quark (void);

G_END_DECLS
