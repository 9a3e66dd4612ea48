/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnGrowGroup:
 *
 * How far the picture to change is to grow beyond its edges. There only while there is such a picture.
 */
#define LIMN_TYPE_GROW_GROUP (limn_grow_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnGrowGroup, limn_grow_group, LIMN, GROW_GROUP, AdwPreferencesGroup)

/** limn_grow_group_set_studio: once, before the widget is shown. */
void limn_grow_group_set_studio (LimnGrowGroup *group,
                                 LimnStudio    *studio);

G_END_DECLS
