/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-options.h"
#include "library/limn-stash.h"

G_BEGIN_DECLS

/** LimnCliControl: pictures to draw by, as they were given; NULL where none was. Raw bytes. */
typedef struct
{
  char **controls;
  char **preprocessors;
} LimnCliControl;

void       limn_cli_control_clear        (LimnCliControl       *options);

/**
 * limn_cli_control_fill:
 * @stash: what is read goes there
 *
 * Where any was given, @request has these and no others. Fails with LIMN_ERROR_INVALID, and as reading does.
 */
gboolean   limn_cli_control_fill         (const LimnCliControl *options,
                                          const LimnCliOptions *shared,
                                          LimnRequest          *request,
                                          LimnStash            *stash,
                                          GError              **error);

/** limn_cli_control_list_pictures: (transfer full) (element-type filename): those that are named. LIMN_ERROR_INVALID. */
GPtrArray *limn_cli_control_list_pictures (const LimnCliControl *options,
                                           GError              **error);

G_END_DECLS
