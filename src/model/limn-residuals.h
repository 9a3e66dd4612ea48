/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-cross-contexts.h"
#include "model/limn-unet-encoder.h"

G_BEGIN_DECLS

/**
 * LimnResiduals: what is added to what a UNet's way up sees
 * @tensors: (element-type LimnTensor): one of the shape of each skip, in the order of limn_unet_encoder_record(), and one of the middle's; persistent
 * @empty: nothing was added to them yet: what is in them means nothing
 *
 * They stay on the device between the ControlNets, which add to them, and the UNet, which adds them. Counted references (g_rc_box_acquire()): recorded
 * passes read and write them.
 *
 * Thread-safety: owner thread of the GL.
 */
typedef struct
{
  guint      n;
  guint      h;
  guint      w;
  GPtrArray *tensors;
  gboolean   empty;
} LimnResiduals;

/** limn_residuals_new: for a UNet of this @config and samples of this shape. Fails as limn_tensor_new() does. */
LimnResiduals *limn_residuals_new       (LimnGl                *gl,
                                         LimnDtype              dtype,
                                         const LimnUnetConfig  *config,
                                         guint                  n,
                                         guint                  h,
                                         guint                  w,
                                         GError               **error);
void           limn_residuals_unref     (gpointer               residuals);

/** limn_residuals_get_bytes: what limn_residuals_new() would take of the device. */
guint64        limn_residuals_get_bytes (LimnDtype              dtype,
                                         const LimnUnetConfig  *config,
                                         guint                  n,
                                         guint                  h,
                                         guint                  w);

/** LimnUnetBound: what a recorded pass reads and writes beside its edges; for LimnPass.context. @residuals: (nullable) */
typedef struct
{
  LimnCrossContext *context;
  LimnResiduals    *residuals;
} LimnUnetBound;

/** limn_unet_bound_new: takes references. */
LimnUnetBound *limn_unet_bound_new      (LimnCrossContext      *context,
                                         LimnResiduals         *residuals);
void           limn_unet_bound_free     (gpointer               bound);

G_END_DECLS
