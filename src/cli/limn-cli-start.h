/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-control.h"
#include "cli/limn-cli-options.h"
#include "cli/limn-cli-source.h"

G_BEGIN_DECLS

/** LimnCliStart: what pictures begin with that are made from nothing, or from a file, as it was given; NULL where it was not. Raw bytes. */
typedef struct
{
  LimnCliSource  source;
  LimnCliControl control;
  char          *from;
  char          *size;
  char          *seamless;
} LimnCliStart;

void          limn_cli_start_clear       (LimnCliStart            *start);

/** limn_cli_start_list: the options, before @own. (transfer container) */
GOptionEntry *limn_cli_start_list        (LimnCliStart            *start,
                                          const GOptionEntry      *own);

/**
 * limn_cli_start_begin:
 * @painted_over: (out) (nullable): how another program painted over a picture
 *
 * A request to begin with: empty, or that of the picture --from names; what of it could not be honoured is said. Fails where there is none in it.
 * Returns: (transfer full)
 */
LimnRequest  *limn_cli_start_begin       (const LimnCliStart      *start,
                                          LimnRequestSource      **painted_over,
                                          GError                 **error);

/** limn_cli_start_fill: @prompt: (nullable). What no option names keeps what limn_cli_start_begin() gave it. LIMN_ERROR_INVALID. */
gboolean      limn_cli_start_fill        (const LimnCliStart      *start,
                                          const LimnCliOptions    *shared,
                                          const char              *prompt,
                                          LimnRequest             *request,
                                          GError                 **error);

/** limn_cli_start_fill_source: what the picture starts from, and what it is drawn by: named by options, or by the recipe that --from gave, which may carry it. */
gboolean      limn_cli_start_fill_source (const LimnCliStart      *start,
                                          const LimnCliOptions    *shared,
                                          const LimnRequestSource *painted_over,
                                          LimnRequest             *request,
                                          LimnStash               *stash,
                                          GError                 **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliStart, limn_cli_start_clear)

G_END_DECLS
