/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-branch-node.h"

G_BEGIN_DECLS

/**
 * LimnBranchRow:
 *
 * A row of LimnBranchTree: its part of the river, the picture, and what sets it apart from the one that it has grown out of. Rows that stand
 * below each other make up the whole river.
 */
#define LIMN_TYPE_BRANCH_ROW (limn_branch_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnBranchRow, limn_branch_row, LIMN, BRANCH_ROW, GtkWidget)

GtkWidget      *limn_branch_row_new      (void);
/** limn_branch_row_set_node: @node: (nullable). */
void            limn_branch_row_set_node (LimnBranchRow  *row,
                                          LimnBranchNode *node);
LimnBranchNode *limn_branch_row_get_node (LimnBranchRow  *row);

/** limn_branch_row_get_river_width: of a row so wide: what stands before the picture. */
int             limn_branch_row_get_river_width (int      width);

G_END_DECLS
