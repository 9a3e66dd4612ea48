/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-page.h"

struct _LimnSheetPage
{
  GtkWidget   parent_instance;

  GtkWidget  *empty;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnSheetPage, limn_sheet_page, GTK_TYPE_WIDGET)

static void
limn_sheet_page_dispose (GObject *object)
{
  LimnSheetPage *self = LIMN_SHEET_PAGE (object);

  g_clear_object (&self->studio);
  g_clear_pointer (&self->empty, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SHEET_PAGE);
  G_OBJECT_CLASS (limn_sheet_page_parent_class)->dispose (object);
}

static void
limn_sheet_page_class_init (LimnSheetPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_sheet_page_dispose;
  gtk_widget_class_set_css_name (widget_class, "sheetpage");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-sheet-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSheetPage, empty);
}

static void
limn_sheet_page_init (LimnSheetPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_sheet_page_set_studio (LimnSheetPage *self, LimnStudio *studio)
{
  g_return_if_fail (LIMN_IS_SHEET_PAGE (self) && !self->studio);

  self->studio = g_object_ref (studio);
}
