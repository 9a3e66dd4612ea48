/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * limn_steer_request:
 * @running: nothing open: what is being painted
 * @wanted: what is to hold from here on: prompts, syntax, cfg, cfg_rescale, sampler, schedule, steps, eta, mask and feather. What is open, and seed,
 *   batch, device and previews, are @running's
 * @step: steps of @running that are done
 *
 * @running as a branch of itself; without that branch where nothing is changed. What was steered at the same step before is forgotten. Fails with
 * LIMN_ERROR_INVALID as limn_request_check() does, and where @wanted starts from a picture and @running does not: it has none yet.
 *
 * Returns: (transfer full)
 */
LimnRequest *limn_steer_request (const LimnRequest  *running,
                                 const LimnRequest  *wanted,
                                 guint               step,
                                 GError            **error);

G_END_DECLS
