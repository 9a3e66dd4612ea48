/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-options.h"
#include "session/limn-session.h"

G_BEGIN_DECLS

/**
 * LimnCliEnds: what is blended
 * @requests: [n]: (nullable) nothing open: what is known of how it was made
 * @pictures: [n]: (nullable): id in the stash
 * @painted: one of the pictures was painted for this, and lies nowhere else
 */
typedef struct
{
  guint        n;
  LimnRequest *requests[LIMN_MIX_MAX_ENDS];
  char        *pictures[LIMN_MIX_MAX_ENDS];
  gboolean     painted;
} LimnCliEnds;

void     limn_cli_ends_clear (LimnCliEnds           *ends);

/**
 * limn_cli_ends_load:
 * @names: [ends->n]: each a file, or PROMPT@SEED
 * @pictures: pictures are wanted; else what was said and the noise that it began with
 * @progress: while a picture must be painted
 *
 * Fills @ends. Fails with LIMN_ERROR_INVALID where a name is neither, where a file does not say what is wanted; as reading, and as painting does.
 */
gboolean limn_cli_ends_load  (LimnCliEnds           *ends,
                              char                 **names,
                              gboolean               pictures,
                              const LimnCliOptions  *options,
                              const char            *size,
                              LimnSession           *session,
                              LimnStash             *stash,
                              GCancellable          *cancellable,
                              GError               **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliEnds, limn_cli_ends_clear)

G_END_DECLS
