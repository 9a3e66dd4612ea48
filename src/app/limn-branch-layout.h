/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnBranchPart: one picture of a tree
 * @parent: index of what it has grown out of; LIMN_BRANCH_NONE: nothing that is here
 * @step: so many steps are that one's too
 * @n_steps: in all; at least 1
 */
typedef struct
{
  guint parent;
  guint step;
  guint n_steps;
} LimnBranchPart;

#define LIMN_BRANCH_NONE G_MAXUINT

/**
 * LimnBranchLines: what is drawn in one row, in pixels from the start side; lines are level in the middle of the row
 * @start: where its own level line begins, which goes on to the end
 * @root: it begins there, out of the noise; else it comes from above
 * @from: of those that come from above: where
 * @leaves: (element-type double): where other pictures part from its line; each goes down one bend further on
 * @through: (element-type double): what goes straight through from above to below
 * @marked_to: its line is marked as far as here; 0: not at all
 * @marked_leave: index in @leaves of the marked one, LIMN_BRANCH_NONE: none
 * @marked_through: index in @through, LIMN_BRANCH_NONE: none
 */
typedef struct
{
  double  start;
  gboolean root;
  double  from;
  GArray *leaves;
  GArray *through;
  double  marked_to;
  guint   marked_leave;
  guint   marked_through;
} LimnBranchLines;

/**
 * LimnBranchLayout:
 *
 * A tree of pictures as a river: time runs along, from the noise to the pictures, which stand below each other at the end, one a row. Each is
 * a line that parts from its parent's at the step where it did. No two lines cross: what parts later stands nearer.
 *
 * Counted by reference, main thread.
 */
typedef struct _LimnBranchLayout LimnBranchLayout;

/**
 * limn_branch_layout_new:
 *
 * A part whose parent is no part before or behind it that leads to a root is a root itself. One that sets out before its parent's own
 * parting stands below the one whose steps they were.
 */
LimnBranchLayout      *limn_branch_layout_new            (const LimnBranchPart *parts,
                                                          guint                 n_parts);
LimnBranchLayout      *limn_branch_layout_ref            (LimnBranchLayout     *layout);
void                   limn_branch_layout_unref          (LimnBranchLayout     *layout);

guint                  limn_branch_layout_get_n_rows     (LimnBranchLayout     *layout);
/** limn_branch_layout_get_part: which part stands in @row; limn_branch_layout_get_row: the other way. */
guint                  limn_branch_layout_get_part       (LimnBranchLayout     *layout,
                                                          guint                 row);
guint                  limn_branch_layout_get_row        (LimnBranchLayout     *layout,
                                                          guint                 part);
/** limn_branch_layout_get_level: 1: a root. */
guint                  limn_branch_layout_get_level      (LimnBranchLayout     *layout,
                                                          guint                 row);
/** limn_branch_layout_get_parent, limn_branch_layout_get_child: its row; LIMN_BRANCH_NONE: there is none. The child is the first below. */
guint                  limn_branch_layout_get_parent     (LimnBranchLayout     *layout,
                                                          guint                 row);
guint                  limn_branch_layout_get_child      (LimnBranchLayout     *layout,
                                                          guint                 row);

/** limn_branch_layout_mark: the way from the root to @row; LIMN_BRANCH_NONE: nothing. */
void                   limn_branch_layout_mark           (LimnBranchLayout     *layout,
                                                          guint                 row);

/** limn_branch_layout_get_lines: for a river so wide, whose bends take so much along and down. Computed once for each width. */
const LimnBranchLines *limn_branch_layout_get_lines      (LimnBranchLayout     *layout,
                                                          guint                 row,
                                                          double                width,
                                                          double                bend);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBranchLayout, limn_branch_layout_unref)

G_END_DECLS
