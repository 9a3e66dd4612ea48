/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSamplingGroup:
 *
 * How the picture comes out of the noise: steps, guidance, sampler; the rest folded. Offers only what the model can do.
 */
#define LIMN_TYPE_SAMPLING_GROUP (limn_sampling_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnSamplingGroup, limn_sampling_group, LIMN, SAMPLING_GROUP, AdwPreferencesGroup)

/** limn_sampling_group_set_studio: once, before the widget is shown. */
void limn_sampling_group_set_studio (LimnSamplingGroup *group,
                                     LimnStudio *studio);

G_END_DECLS
