/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-model-thumbs.h"
#include "app/limn-studio.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnModelRow:
 *
 * One line of the window of models: what it draws, its name, what it is, and what can be done with it.
 */
#define LIMN_TYPE_MODEL_ROW (limn_model_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelRow, limn_model_row, LIMN, MODEL_ROW, GtkWidget)

/** limn_model_row_new: @thumbs: must live as long as the row has an entry. */
GtkWidget *limn_model_row_new       (LimnStudio      *studio,
                                     LimnModelThumbs *thumbs);

/** limn_model_row_set_entry: @entry: (nullable): what the line shows. */
void       limn_model_row_set_entry (LimnModelRow    *row,
                                     LimnModelEntry  *entry);

/** limn_model_row_describe: (transfer full): what is known of a file in a few words: "Stable Diffusion XL, float16, 6.9 GB, 31e35c80fc". */
char      *limn_model_row_describe  (const LimnModelFile *file);

G_END_DECLS
