/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"
#include "session/limn-engine.h"

G_BEGIN_DECLS

/**
 * limn_engine_model_open: a LimnEngineOpen
 * @options: (nullable): LimnGlOptions; its device counts where the request names none. It must outlive the session
 *
 * The networks of a real model on an OpenGL device, without their weights: some 0.2 s. Fails as limn_gl_new(), limn_model_open_with() and
 * limn_pipeline_new() do.
 */
LimnEngine *limn_engine_model_open (gpointer            options,
                                    const LimnRequest  *request,
                                    GCancellable       *cancellable,
                                    GError            **error);

G_END_DECLS
