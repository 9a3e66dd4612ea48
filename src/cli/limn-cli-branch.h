/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-options.h"
#include "session/limn-recipe.h"

G_BEGIN_DECLS

/** LimnCliBranch: where a picture parts from another and what changes there, as it was given; NULL or FALSE where it was not. Raw bytes. */
typedef struct
{
  char    *at_step;
  char    *renoise;
  gboolean fresh_noise;
  char    *noise_seed;
  char    *steps_file;
  char    *mask;
  char    *mask_fit;
  char    *feather;
  char   **inits;
  char   **init_masks;
} LimnCliBranch;

void          limn_cli_branch_clear  (LimnCliBranch        *branch);

/** limn_cli_branch_list: the options, behind @own. (transfer container) */
GOptionEntry *limn_cli_branch_list   (LimnCliBranch        *branch,
                                      const GOptionEntry   *own);

/**
 * limn_cli_branch_fill:
 * @path: the PNG that is parted from
 * @prompt: (nullable): another one
 * @stash: what the picture is made from goes there
 *
 * Returns: (transfer full): a request that parts from that picture; NULL with @error
 */
LimnRequest  *limn_cli_branch_fill   (const LimnCliBranch  *branch,
                                      const LimnCliOptions *options,
                                      const char           *path,
                                      const char           *prompt,
                                      LimnStash            *stash,
                                      GError              **error);

/** limn_cli_branch_load_steps: (out) @steps: the kept latents to go on from, NULL where there are none. FALSE with @error. */
gboolean      limn_cli_branch_load_steps (const LimnCliBranch *branch,
                                      GBytes              **steps,
                                      GError              **error);

/** limn_cli_name_after: "a/house.png" and "branch" become "house-branch". (transfer full) */
char         *limn_cli_name_after    (const char           *path,
                                      const char           *suffix);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliBranch, limn_cli_branch_clear)

G_END_DECLS
