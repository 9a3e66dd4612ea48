/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-branch-node.h"

G_BEGIN_DECLS

/**
 * LimnBranchTree:
 *
 * A tree of pictures, a row each (LimnBranchRow), with the way to the one that is shown marked. Up and down go from row to row, left and right
 * to what a picture has grown out of and to what has grown out of it (mirrored where one reads from the right); Enter or a click shows it. Rows
 * are made as they come into sight. For assistive technology it is a list whose rows have levels.
 *
 * Signals:
 * - "chosen" (LimnBranchNode): the artist wants to see it
 * - "sight" (LimnGalleryItem, gboolean): a picture comes into sight or goes out of it
 */
#define LIMN_TYPE_BRANCH_TREE (limn_branch_tree_get_type ())
G_DECLARE_FINAL_TYPE (LimnBranchTree, limn_branch_tree, LIMN, BRANCH_TREE, GtkWidget)

/** limn_branch_tree_set_nodes: (element-type LimnBranchNode): all of the tree, in any order; their parts name each other by place in @nodes. */
void            limn_branch_tree_set_nodes (LimnBranchTree *tree,
                                            GPtrArray      *nodes);

/** limn_branch_tree_set_shown: @id: of the picture on the canvas; 0: none of them. It is scrolled into sight. */
void            limn_branch_tree_set_shown (LimnBranchTree *tree,
                                            gint64          id);

/** limn_branch_tree_get_n_nodes, limn_branch_tree_get_node: in the order of the rows; borrowed. */
guint           limn_branch_tree_get_n_nodes (LimnBranchTree *tree);
LimnBranchNode *limn_branch_tree_get_node    (LimnBranchTree *tree,
                                              guint           row);

G_END_DECLS
