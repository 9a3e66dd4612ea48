/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSourceGroup:
 *
 * The picture that the next one starts from, and how much of it may change.
 */
#define LIMN_TYPE_SOURCE_GROUP (limn_source_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnSourceGroup, limn_source_group, LIMN, SOURCE_GROUP, AdwPreferencesGroup)

/** limn_source_group_set_studio: once, before the widget is shown. */
void limn_source_group_set_studio (LimnSourceGroup *group,
                                   LimnStudio      *studio);

G_END_DECLS
