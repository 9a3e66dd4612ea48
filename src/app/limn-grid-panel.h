/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-plan.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnGridPanel:
 *
 * Which setting changes along the rows of a grid, and which down its columns, and the values of both.
 *
 * Signals: "changed": limn_grid_panel_dup_idea() gives another one now.
 * Main thread.
 */
#define LIMN_TYPE_GRID_PANEL (limn_grid_panel_get_type ())
G_DECLARE_FINAL_TYPE (LimnGridPanel, limn_grid_panel, LIMN, GRID_PANEL, GtkWidget)

/**
 * limn_grid_panel_dup_idea:
 * @base: what is in the fields, nothing open
 *
 * (transfer full) (nullable): NULL where nothing was chosen yet, or where values are wrong, which is said beside them.
 */
LimnSheetIdea *limn_grid_panel_dup_idea (LimnGridPanel     *panel,
                                         const LimnRequest *base);

/** limn_grid_panel_set_axes: each (nullable). */
void           limn_grid_panel_set_axes (LimnGridPanel     *panel,
                                         LimnSheetAxis     *x_axis,
                                         LimnSheetAxis     *y_axis);

G_END_DECLS
