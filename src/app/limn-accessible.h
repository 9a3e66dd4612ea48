/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** limn_accessible_name_list: what a screen reader calls the list of rows in @group, a group of preferences that shows no title. */
void limn_accessible_name_list (GtkWidget  *group,
                                const char *name);

/** limn_accessible_name_switch: what a screen reader calls the switch that @row, an AdwExpanderRow, has of its own: as the row's title. */
void limn_accessible_name_switch (GtkWidget *row);

G_END_DECLS
