/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-progress.h"
#include "library/limn-stash.h"

G_BEGIN_DECLS

/**
 * LimnCliMake:
 * @output: (nullable): the PNG; NULL: the next free NAME.png here
 * @name: (nullable): NAME; NULL: limn-SEED
 * @frames: (nullable): folder for the picture of each step
 * @latents, @checkpoint: (nullable): files
 * @stash: (nullable): what requests with a source start from
 * @steps: (nullable): kept latents of a picture that may share steps
 * @embed: the PNG carries that
 *
 * Where what is made goes. Strings are borrowed.
 */
typedef struct
{
  const char      *output;
  const char      *name;
  const char      *frames;
  const char      *latents;
  const char      *checkpoint;
  LimnStash       *stash;
  GBytes          *steps;
  gboolean         embed;
  LimnCliProgress  progress;
} LimnCliMake;

/**
 * limn_cli_make:
 * @trajectory: (nullable): of this picture, to go on from
 *
 * Makes the pictures of @request's batch, one after the other; prints the name of each. All places are tried before anything
 * is computed. Returns a LimnCliExit.
 */
int limn_cli_make (const LimnCliMake *make, const LimnRequest *request, GBytes *trajectory);

G_END_DECLS
