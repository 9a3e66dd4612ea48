/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli.h"

G_BEGIN_DECLS

/**
 * LimnCliProgress:
 * @LIMN_CLI_PROGRESS_BAR: one line on a terminal that is written over and over
 * @LIMN_CLI_PROGRESS_JSON: one object a line, each with an "event"
 */
typedef enum
{
  LIMN_CLI_PROGRESS_NONE,
  LIMN_CLI_PROGRESS_BAR,
  LIMN_CLI_PROGRESS_JSON,
} LimnCliProgress;

/** limn_cli_progress_from_name: "bar", "json", "none"; NULL: a bar where stderr is a terminal. */
gboolean limn_cli_progress_from_name (const char *name, LimnCliProgress *progress, GError **error);

/* All to stderr. @picture counts from 0. */
void limn_cli_progress_start   (LimnCliProgress progress, const LimnRequest *request, const LimnFeedStart *start);
void limn_cli_progress_step    (LimnCliProgress progress, const LimnRequest *request, const LimnStep *step, const char *frame);
void limn_cli_progress_picture (LimnCliProgress progress, const LimnRequest *request, const LimnResult *result, const char *path, const char *latents);
/** limn_cli_progress_clear: the bar makes room for other lines. */
void limn_cli_progress_clear   (LimnCliProgress progress);
/** limn_cli_progress_fail: as limn_cli_fail(), also as an event. */
int  limn_cli_progress_fail    (LimnCliProgress progress, const GError *error);

G_END_DECLS
