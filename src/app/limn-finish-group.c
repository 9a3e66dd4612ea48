/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-finish-group.h"

#include "app/limn-accessible.h"

#include <glib/gi18n.h>

struct _LimnFinishGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwExpanderRow      *finish_row;

  LimnEasel           *easel;
};

G_DEFINE_FINAL_TYPE (LimnFinishGroup, limn_finish_group, ADW_TYPE_PREFERENCES_GROUP)

static void
on_shown (LimnFinishGroup *self)
{
  guint shown;

  g_object_get (self->easel, "shown", &shown, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), shown != LIMN_EASEL_SHOWS_NOTHING);
}

static void
limn_finish_group_dispose (GObject *object)
{
  LimnFinishGroup *self = LIMN_FINISH_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_FINISH_GROUP);
  g_clear_object (&self->easel);
  G_OBJECT_CLASS (limn_finish_group_parent_class)->dispose (object);
}

static void
limn_finish_group_class_init (LimnFinishGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_finish_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-finish-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnFinishGroup, finish_row);
}

static void
limn_finish_group_init (LimnFinishGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_accessible_name_list (GTK_WIDGET (self), _("Enlarge and restore"));
}

void
limn_finish_group_set_studio (LimnFinishGroup *self, LimnStudio *studio)
{
  g_return_if_fail (self->easel == NULL);

  self->easel = g_object_ref (limn_studio_get_easel (studio));
  g_signal_connect_object (self->easel, "notify::shown", G_CALLBACK (on_shown), self, G_CONNECT_SWAPPED);
  on_shown (self);
}
