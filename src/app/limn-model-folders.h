/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnModelFolders:
 *
 * The folders in which models are looked for: which there are, one more, one less.
 */
#define LIMN_TYPE_MODEL_FOLDERS (limn_model_folders_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelFolders, limn_model_folders, LIMN, MODEL_FOLDERS, GtkPopover)

/** limn_model_folders_set_studio: once, before the widget is shown. */
void limn_model_folders_set_studio (LimnModelFolders *folders,
                                    LimnStudio       *studio);

G_END_DECLS
