/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnLoraGroup:
 *
 * The LoRAs of the draft. Seen only where there are any: in the draft, or in the folders of models.
 */
#define LIMN_TYPE_LORA_GROUP (limn_lora_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnLoraGroup, limn_lora_group, LIMN, LORA_GROUP, AdwPreferencesGroup)

/** limn_lora_group_set_studio: once, before the widget is shown. */
void limn_lora_group_set_studio (LimnLoraGroup *group,
                                 LimnStudio    *studio);

G_END_DECLS
