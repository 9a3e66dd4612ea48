/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-pipeline-control.h"
#include "session/limn-engine.h"

G_BEGIN_DECLS

/* ControlNets of the engine that has the networks (limn-engine-model.c). Owner thread of the pipeline. */

/** limn_engine_control_load: LimnEngine.load_controls(). */
gboolean limn_engine_control_load     (LimnPipeline             *pipeline,
                                       const LimnRequest        *request,
                                       GCancellable             *cancellable,
                                       GError                  **error);

/** limn_engine_control_use: LimnEngine.use_controls(). */
void     limn_engine_control_use      (LimnPipeline             *pipeline,
                                       const LimnEngineControl  *controls,
                                       guint                     n);

/** limn_engine_control_add_need: @shape: (inout): what those of @request, and of the pictures from which it parts, take at most is added. */
gboolean limn_engine_control_add_need (LimnPipeline             *pipeline,
                                       const LimnRequest        *request,
                                       LimnPipelineShape        *shape,
                                       GError                  **error);

G_END_DECLS
