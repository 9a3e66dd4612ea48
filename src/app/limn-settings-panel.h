/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnSettingsPanel:
 *
 * Seed, sampling, size, model and preview: the draft's properties as rows, in the sidebar on the end side.
 */
#define LIMN_TYPE_SETTINGS_PANEL (limn_settings_panel_get_type ())
G_DECLARE_FINAL_TYPE (LimnSettingsPanel, limn_settings_panel, LIMN, SETTINGS_PANEL, GtkWidget)

/** limn_settings_panel_set_studio: once, before the widget is shown. */
void limn_settings_panel_set_studio (LimnSettingsPanel *self, LimnStudio *studio);

G_END_DECLS
