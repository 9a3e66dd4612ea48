/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-accessible.h"

static GtkWidget *
find_list (GtkWidget *widget)
{
  if (GTK_IS_LIST_BOX (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_list (child);

      if (found)
        return found;
    }
  return NULL;
}

void
limn_accessible_name_list (GtkWidget *group, const char *name)
{
  GtkWidget *list = find_list (group);

  g_return_if_fail (list);

  /* libadwaita 1.7 has said that the title names it, and a title that is not there would be the name. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}
