/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnPreviewGroup:
 *
 * What is shown while it paints, how often, and what that costs.
 */
#define LIMN_TYPE_PREVIEW_GROUP (limn_preview_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnPreviewGroup, limn_preview_group, LIMN, PREVIEW_GROUP, AdwPreferencesGroup)

/** limn_preview_group_set_studio: once, before the widget is shown. */
void limn_preview_group_set_studio (LimnPreviewGroup *group,
                                    LimnStudio *studio);

G_END_DECLS
