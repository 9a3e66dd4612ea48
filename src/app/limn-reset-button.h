/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-draft.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnResetButton:
 *
 * Leaves a setting to the model again. Stands beside a field, and is there only while the artist has decided.
 */
#define LIMN_TYPE_RESET_BUTTON (limn_reset_button_get_type ())
G_DECLARE_FINAL_TYPE (LimnResetButton, limn_reset_button, LIMN, RESET_BUTTON, GtkButton)

/** limn_reset_button_bind: once. @bits: what it opens. */
void limn_reset_button_bind (LimnResetButton *button,
                             LimnDraft       *draft,
                             LimnRequestOpen  bits);

G_END_DECLS
