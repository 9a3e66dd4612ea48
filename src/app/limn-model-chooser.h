/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** limn_model_chooser_open_file: asks for a file, which is then used for what it is: limn_studio_open_model_file(). */
void limn_model_chooser_open_file   (GtkWindow  *parent,
                                     LimnStudio *studio);

/** limn_model_chooser_open_folder: asks for a folder that is one model. */
void limn_model_chooser_open_folder (GtkWindow  *parent,
                                     LimnStudio *studio);

/** limn_model_chooser_add_folder: asks for a folder in which models are looked for from now on. */
void limn_model_chooser_add_folder  (GtkWindow  *parent,
                                     LimnStudio *studio);

/** limn_model_chooser_open_vocabulary: asks for the file in which the words lie that models of one file do not bring. */
void limn_model_chooser_open_vocabulary (GtkWindow  *parent,
                                         LimnStudio *studio);

G_END_DECLS
