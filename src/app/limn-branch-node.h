/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-branch-layout.h"
#include "app/limn-gallery-item.h"

G_BEGIN_DECLS

/**
 * LimnBranchNode:
 *
 * One picture of a tree, for a row of LimnBranchTree. Its title says what was changed, or is its prompt; the detail, where it parts.
 * Property "shown" (boolean, read-only): it is the one on the canvas.
 *
 * Main thread.
 */
#define LIMN_TYPE_BRANCH_NODE (limn_branch_node_get_type ())
G_DECLARE_FINAL_TYPE (LimnBranchNode, limn_branch_node, LIMN, BRANCH_NODE, GObject)

/** limn_branch_node_new: @item: its picture; @part: its place in the tree. */
LimnBranchNode   *limn_branch_node_new        (LimnGalleryItem      *item,
                                               const LimnBranchPart *part,
                                               const char           *title,
                                               const char           *detail);

gint64            limn_branch_node_get_id     (LimnBranchNode       *node);
LimnGalleryItem  *limn_branch_node_get_item   (LimnBranchNode       *node);
const LimnBranchPart *limn_branch_node_get_part (LimnBranchNode     *node);
const char       *limn_branch_node_get_title  (LimnBranchNode       *node);
const char       *limn_branch_node_get_detail (LimnBranchNode       *node);
gboolean          limn_branch_node_is_shown   (LimnBranchNode       *node);
void              limn_branch_node_set_shown  (LimnBranchNode       *node,
                                               gboolean              shown);

/** limn_branch_node_place: @row of @layout is this one's. */
void              limn_branch_node_place      (LimnBranchNode       *node,
                                               LimnBranchLayout     *layout,
                                               guint                 row);
LimnBranchLayout *limn_branch_node_get_layout (LimnBranchNode       *node);
guint             limn_branch_node_get_row    (LimnBranchNode       *node);

G_END_DECLS
