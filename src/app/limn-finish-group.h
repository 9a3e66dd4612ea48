/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnFinishGroup:
 *
 * What is done with the picture on the canvas as a whole: enlarging, adding detail, restoring.
 */
#define LIMN_TYPE_FINISH_GROUP (limn_finish_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnFinishGroup, limn_finish_group, LIMN, FINISH_GROUP, AdwPreferencesGroup)

/** limn_finish_group_set_studio: once, before the widget is shown. */
void limn_finish_group_set_studio (LimnFinishGroup *group,
                                   LimnStudio      *studio);

G_END_DECLS
