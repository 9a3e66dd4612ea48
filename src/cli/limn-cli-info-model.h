/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli.h"
#include "model/limn-model.h"

G_BEGIN_DECLS

/*
 * What limn-cli info says of models and of weights. Each returns a LimnCliExit.
 */

/** limn_cli_show_model: @path: (nullable): a file or a folder; NULL: the starter model. @hash: also read all of it for its SHA-256 */
int limn_cli_show_model   (const char             *path,
                           gboolean                hash,
                           const LimnModelOptions *options);

/** limn_cli_show_weights: any file that is no picture; a model as limn_cli_show_model() does. @all: every tensor */
int limn_cli_show_weights (const char             *path,
                           gboolean                all,
                           gboolean                hash,
                           const LimnModelOptions *options);

G_END_DECLS
