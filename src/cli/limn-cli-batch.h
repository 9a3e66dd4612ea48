/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-progress.h"
#include "library/limn-stash.h"

G_BEGIN_DECLS

/**
 * LimnCliBatch:
 * @n: pictures, in the order in which they are painted: each shares most with the one before
 * @steps: (nullable): kept latents that they may go on from
 * @dup_request: nothing open
 * @dup_path: where it is written; only where nothing is yet
 * @new_texts: (nullable): (transfer full) (element-type LimnPngText): more texts for its PNG
 * @painted: (nullable): @path: of the file
 * @quiet: names are not printed: they are not where the pictures stay
 *
 * Many pictures, each in a file of its own with its own recipe.
 */
typedef struct
{
  guint            n;
  LimnCliProgress  progress;
  LimnStash       *stash;
  gboolean         embed;
  gboolean         quiet;
  GBytes          *steps;
  LimnRequest   *(*dup_request) (gpointer data, guint i);
  char          *(*dup_path)    (gpointer data, guint i);
  GPtrArray     *(*new_texts)   (gpointer data, guint i);
  void           (*painted)     (gpointer data, guint i, LimnImage *picture);
  gpointer         data;
} LimnCliBatch;

/**
 * LimnCliBatchCount:
 * @n_steps: of all pictures
 * @n_computed: that the network was asked for; the others were shared
 */
typedef struct
{
  guint   n_pictures;
  guint64 n_steps;
  guint64 n_computed;
} LimnCliBatchCount;

/** limn_cli_batch_paint: @count: (out): also of what was painted before a failure. Returns a LimnCliExit; what is wrong has been said. */
int      limn_cli_batch_paint (const LimnCliBatch *batch,
                               LimnSession        *session,
                               GCancellable       *cancellable,
                               LimnCliBatchCount  *count);

/** limn_cli_batch_tell: "24 pictures, 380 steps, 120 of them shared." on stderr, or an event. */
void     limn_cli_batch_tell  (LimnCliProgress          progress,
                               const LimnCliBatchCount *count);

/** limn_cli_folder_new: @name, or the first of name-0001, name-0002, … that is not there. (transfer full) */
char    *limn_cli_folder_new   (const char *name);

G_END_DECLS
