/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSizeGroup:
 *
 * Width and height: shapes at the model's number of pixels, a swap, and free multiples of the latent's cell.
 */
#define LIMN_TYPE_SIZE_GROUP (limn_size_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnSizeGroup, limn_size_group, LIMN, SIZE_GROUP, AdwPreferencesGroup)

/** limn_size_group_set_studio: once, before the widget is shown. */
void limn_size_group_set_studio (LimnSizeGroup *group,
                                 LimnStudio *studio);

G_END_DECLS
