/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/** LimnPreferences: what is set once: style, the folder of the pictures, notifications, the pace of animations. */
#define LIMN_TYPE_PREFERENCES (limn_preferences_get_type ())
G_DECLARE_FINAL_TYPE (LimnPreferences, limn_preferences, LIMN, PREFERENCES, AdwPreferencesWindow)

LimnPreferences *limn_preferences_new (GtkWindow *parent, LimnStudio *studio);

G_END_DECLS
