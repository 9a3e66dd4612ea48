/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnMaskGroup:
 *
 * What is marked on the picture to change, and how the marked part is painted. There only while there is such a picture.
 */
#define LIMN_TYPE_MASK_GROUP (limn_mask_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnMaskGroup, limn_mask_group, LIMN, MASK_GROUP, AdwPreferencesGroup)

/** limn_mask_group_set_studio: once, before the widget is shown. */
void limn_mask_group_set_studio (LimnMaskGroup *group,
                                 LimnStudio    *studio);

G_END_DECLS
