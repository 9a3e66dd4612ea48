/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnPromptBar:
 *
 * Prompt and negative prompt, their tokens counted and weighed, history and styles, and the one big button (win.paint, win.stop).
 */
#define LIMN_TYPE_PROMPT_BAR (limn_prompt_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptBar, limn_prompt_bar, LIMN, PROMPT_BAR, GtkWidget)

/** limn_prompt_bar_set_studio: once, before the widget is shown. */
void limn_prompt_bar_set_studio (LimnPromptBar *self, LimnStudio *studio);

G_END_DECLS
