/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnModelGroup:
 *
 * Which model paints and on what, what it needs of memory, and why it cannot, if it cannot.
 */
#define LIMN_TYPE_MODEL_GROUP (limn_model_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelGroup, limn_model_group, LIMN, MODEL_GROUP, AdwPreferencesGroup)

/** limn_model_group_set_studio: once, before the widget is shown. */
void limn_model_group_set_studio (LimnModelGroup *group,
                                  LimnStudio *studio);

G_END_DECLS
