/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnBranchChip:
 *
 * Says from which step of which picture the draft parts, as long as it does: with that step's thumbnail, a popover in which the step and the
 * fresh noise are chosen, and a button that ends it. To be seen only then.
 */
#define LIMN_TYPE_BRANCH_CHIP (limn_branch_chip_get_type ())
G_DECLARE_FINAL_TYPE (LimnBranchChip, limn_branch_chip, LIMN, BRANCH_CHIP, GtkWidget)

/** limn_branch_chip_set_studio: once, before the widget is shown. */
void limn_branch_chip_set_studio (LimnBranchChip *chip,
                                  LimnStudio     *studio);

G_END_DECLS
