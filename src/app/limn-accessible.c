/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-accessible.h"

#include <adwaita.h>

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found)
        return found;
    }
  return NULL;
}

void
limn_accessible_name_list (GtkWidget *group, const char *name)
{
  GtkWidget *list = find (group, GTK_TYPE_LIST_BOX);

  g_return_if_fail (list);

  /* libadwaita 1.7 has said that the title names it, and a title that is not there would be the name. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
limn_accessible_name_switch (GtkWidget *row)
{
  GtkWidget *button = find (row, GTK_TYPE_SWITCH);

  g_return_if_fail (button);

  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), -1);
}
