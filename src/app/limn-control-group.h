/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnControlGroup:
 *
 * What pictures are drawn by: the ControlNets of the draft. Seen only where there are any: in the draft, or in the folders of models.
 */
#define LIMN_TYPE_CONTROL_GROUP (limn_control_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnControlGroup, limn_control_group, LIMN, CONTROL_GROUP, AdwPreferencesGroup)

/** limn_control_group_set_studio: once, before the widget is shown. */
void limn_control_group_set_studio (LimnControlGroup *group,
                                    LimnStudio       *studio);

G_END_DECLS
