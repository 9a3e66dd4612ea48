/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branches-page.h"

struct _LimnBranchesPage
{
  GtkWidget   parent_instance;

  GtkWidget  *empty;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnBranchesPage, limn_branches_page, GTK_TYPE_WIDGET)

static void
limn_branches_page_dispose (GObject *object)
{
  LimnBranchesPage *self = LIMN_BRANCHES_PAGE (object);

  g_clear_object (&self->studio);
  g_clear_pointer (&self->empty, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_BRANCHES_PAGE);
  G_OBJECT_CLASS (limn_branches_page_parent_class)->dispose (object);
}

static void
limn_branches_page_class_init (LimnBranchesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_branches_page_dispose;
  gtk_widget_class_set_css_name (widget_class, "branchespage");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-branches-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBranchesPage, empty);
}

static void
limn_branches_page_init (LimnBranchesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_branches_page_set_studio (LimnBranchesPage *self, LimnStudio *studio)
{
  g_return_if_fail (LIMN_IS_BRANCHES_PAGE (self) && !self->studio);

  self->studio = g_object_ref (studio);
}
