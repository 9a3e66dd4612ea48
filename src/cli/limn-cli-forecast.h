/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-progress.h"
#include "library/limn-stash.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * limn_cli_forecast:
 * @stash: (nullable): what it starts from
 *
 * Prints what painting @request would take, from what the model's files say of themselves: reads no weights. Returns a LimnCliExit:
 * LIMN_CLI_OUT_OF_MEMORY where it does not fit.
 */
int limn_cli_forecast (const LimnRequest *request, LimnStash *stash, LimnCliProgress progress);

G_END_DECLS
