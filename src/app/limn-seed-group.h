/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSeedGroup:
 *
 * The seed: its number, the dice, the lock, and the seed of the picture that is shown.
 */
#define LIMN_TYPE_SEED_GROUP (limn_seed_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnSeedGroup, limn_seed_group, LIMN, SEED_GROUP, AdwPreferencesGroup)

/** limn_seed_group_set_studio: once, before the widget is shown. */
void limn_seed_group_set_studio (LimnSeedGroup *group,
                                 LimnStudio *studio);

G_END_DECLS
