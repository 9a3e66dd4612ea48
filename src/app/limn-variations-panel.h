/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-plan.h"
#include "session/limn-reel.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnVariationsPanel:
 *
 * From which step of a picture on its variations differ, in what, by how much, and how many there are; with the step itself to be seen.
 *
 * Signals: "changed": limn_variations_panel_dup_idea() gives another one now.
 * Main thread.
 */
#define LIMN_TYPE_VARIATIONS_PANEL (limn_variations_panel_get_type ())
G_DECLARE_FINAL_TYPE (LimnVariationsPanel, limn_variations_panel, LIMN, VARIATIONS_PANEL, GtkWidget)

/**
 * limn_variations_panel_set_picture:
 * @request: (nullable): what it was made by, nothing open; NULL: there is no picture that could have variations
 * @reel: (nullable): its steps, where they are kept
 * @picture: (nullable): what it came to, to be seen where there are no steps
 */
void       limn_variations_panel_set_picture (LimnVariationsPanel *panel,
                                              const LimnRequest   *request,
                                              LimnReel            *reel,
                                              LimnImage           *picture);

/** limn_variations_panel_roll: the next sheet has other variations than the last. */
void       limn_variations_panel_roll        (LimnVariationsPanel *panel);

/** limn_variations_panel_count: pictures of the sheet. */
guint      limn_variations_panel_count       (LimnVariationsPanel *panel);

/** limn_variations_panel_dup_idea: (transfer full) (nullable): without an error: there is no picture. */
LimnSheetIdea *limn_variations_panel_dup_idea (LimnVariationsPanel *panel,
                                               GError             **error);

G_END_DECLS
