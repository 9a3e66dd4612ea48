/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnModelList:
 *
 * The model that paints as one row; unfolded, the others that were opened (settings "models"), and how to open one more: a
 * folder or a file, chosen or dropped. Nothing is copied and nothing on the disk is ever changed.
 */
#define LIMN_TYPE_MODEL_LIST (limn_model_list_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelList, limn_model_list, LIMN, MODEL_LIST, AdwExpanderRow)

/** limn_model_list_set_studio: once, before the widget is shown. */
void limn_model_list_set_studio (LimnModelList *list,
                                 LimnStudio    *studio);

/** limn_model_list_open: the model at @path paints from now on, and stands in the list. */
void limn_model_list_open       (LimnModelList *list,
                                 const char    *path);

G_END_DECLS
