/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine-model.h"

G_BEGIN_DECLS

/* For tests and measurements only: what the engine that limn_engine_model_open() gave computes on. Worker thread. */
LimnGl *limn_engine_model_get_gl (LimnEngine *engine);

G_END_DECLS
