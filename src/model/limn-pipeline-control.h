/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pipeline.h"

G_BEGIN_DECLS

/*
 * ControlNets beside a pipeline's UNet. Which are on the device changes rarely, and takes seconds; which of them speak, how loud and about what,
 * may change from call to call of limn_pipeline_denoise() and costs nothing but what they compute.
 */

/**
 * limn_pipeline_load_controls:
 * @paths: (array length=n): files or folders; one may be there more than once and is then loaded once
 *
 * These are on the device afterwards; what is there already stays, others go as soon as more than half of the device is in use. None of them speaks before limn_pipeline_use_controls(). Fails as
 * limn_control_file_open() and limn_control_net_new() do; then some of them are.
 */
gboolean limn_pipeline_load_controls     (LimnPipeline             *pipeline,
                                          const char * const       *paths,
                                          guint                     n,
                                          GCancellable             *cancellable,
                                          GError                  **error);

/**
 * LimnControlUse:
 * @path: one of those that are loaded
 * @hint: [3, h * factor, w * factor] of limn_pipeline_denoise()'s h and w, 0..1; borrowed until the next limn_pipeline_use_controls()
 * @strength: 0: as if it were not there, to the bit
 */
typedef struct
{
  const char  *path;
  const float *hint;
  float        strength;
} LimnControlUse;

/** limn_pipeline_use_controls: @uses: (array length=n): what speaks from here on: their residuals add up. Nothing with 0. Computes nothing. */
void     limn_pipeline_use_controls      (LimnPipeline             *pipeline,
                                          const LimnControlUse     *uses,
                                          guint                     n);

/**
 * limn_pipeline_add_controls_need:
 * @shape: (inout): its @beside_bytes and @beside_peak_bytes become more by what @paths take, loaded or not
 *
 * Opens files that are not loaded, and reads nothing but their directories. Fails as limn_control_file_open() does.
 */
gboolean limn_pipeline_add_controls_need (LimnPipeline             *pipeline,
                                          const char * const       *paths,
                                          guint                     n,
                                          LimnPipelineShape        *shape,
                                          GError                  **error);

G_END_DECLS
