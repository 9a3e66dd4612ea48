/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnModelWindow:
 *
 * The library of models, and of what belongs to them: everything that lies in the folders that were granted, with what it draws and what it is. A
 * click uses it.
 */
#define LIMN_TYPE_MODEL_WINDOW (limn_model_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelWindow, limn_model_window, LIMN, MODEL_WINDOW, AdwWindow)

/** limn_model_window_new: @kind: what is shown first, if there is any of it; looks through the folders again. */
GtkWidget *limn_model_window_new (GtkWindow        *parent,
                                  LimnStudio       *studio,
                                  LimnResourceKind  kind);

G_END_DECLS
