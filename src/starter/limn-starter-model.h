/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LIMN_STARTER_MODEL_PATH:
 *
 * Where the starter model lies among the program's resources: the usual
 * diffusers folder (model_index.json, unet/config.json, ...), to be looked up
 * with g_resources_lookup_data() and listed with g_resources_enumerate_children().
 */
#define LIMN_STARTER_MODEL_PATH "/io/github/limn_app/Limn/starter-model"

/**
 * limn_starter_model_register:
 *
 * Makes the embedded starter model known to GResource for the rest of the
 * process. Later calls do nothing. Costs microseconds: no file is unpacked or
 * copied, a lookup hands out pointers into the program's own read-only image,
 * aligned to 8 bytes, that stay valid for the life of the process.
 *
 * Cannot fail. Any thread.
 */
void limn_starter_model_register (void);

G_END_DECLS
