/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-generation.h"

G_BEGIN_DECLS

/**
 * LimnKeptSteps:
 *
 * The latents of the latest pictures, for those that share steps with them: the cells of a sheet, one after the other. The oldest go when they
 * are more than LIMN_KEPT_STEPS_BYTES or LIMN_KEPT_STEPS_MAX; the latest stays always.
 *
 * Zero at the start. Thread-safety: owner thread.
 */
typedef struct
{
  GQueue entries; /* the latest first */
  gsize  n_bytes;
} LimnKeptSteps;

/* 40 pictures of 512x512 with 50 steps. */
#define LIMN_KEPT_STEPS_BYTES ((gsize) 256 << 20)

/* Pictures. A sheet needs one, painted in its order; so many of small pictures let one go back and forth between a few, and what a window takes
 * stops growing after them, however small they are. */
#define LIMN_KEPT_STEPS_MAX 40

/** limn_kept_steps_clear: forgets all, as when another engine would compute other bits. */
void                  limn_kept_steps_clear (LimnKeptSteps         *kept);

/** limn_kept_steps_add: @trajectory: taken */
void                  limn_kept_steps_add   (LimnKeptSteps         *kept,
                                             LimnTrajectory        *trajectory);

/**
 * limn_kept_steps_find:
 * @shared: more steps than @generation can have otherwise
 * @limit: and as many as this at most
 *
 * Returns: (transfer none) (nullable): of all that share more than @shared steps with it one that shares most
 */
const LimnTrajectory *limn_kept_steps_find  (LimnKeptSteps         *kept,
                                             const LimnGeneration  *generation,
                                             guint                  shared,
                                             guint                  limit);

G_END_DECLS
