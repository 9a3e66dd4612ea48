/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-grid-panel.h"

#include "app/limn-axis-group.h"

struct _LimnGridPanel
{
  GtkWidget      parent_instance;

  GtkWidget     *box;
  LimnAxisGroup *x_axis;
  LimnAxisGroup *y_axis;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnGridPanel, limn_grid_panel, GTK_TYPE_WIDGET)

static void
on_changed (LimnGridPanel *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_swap (LimnGridPanel *self)
{
  limn_axis_group_swap (self->x_axis, self->y_axis);
}

LimnSheetIdea *
limn_grid_panel_dup_idea (LimnGridPanel *self, const LimnRequest *base)
{
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheetAxis) y = NULL;
  /* Both say what they think, whatever the first does. */
  gboolean x_fits = limn_axis_group_dup_axis (self->x_axis, base, &x);
  gboolean y_fits = limn_axis_group_dup_axis (self->y_axis, base, &y);

  if (!x_fits || !y_fits || (!x && !y))
    return NULL;
  return limn_sheet_idea_new (LIMN_SHEET_GRID, limn_request_copy (base), g_steal_pointer (&x), g_steal_pointer (&y));
}

static void
show_axis (LimnAxisGroup *group, LimnSheetAxis *axis)
{
  g_autofree char *text = axis ? limn_sheet_axis_dup_text (axis) : NULL;

  if (axis)
    limn_axis_group_set_field (group, limn_sheet_axis_get_field (axis));
  else
    limn_axis_group_set_none (group);
  if (text)
    limn_axis_group_set_text (group, text);
}

void
limn_grid_panel_set_axes (LimnGridPanel *self, LimnSheetAxis *x_axis, LimnSheetAxis *y_axis)
{
  g_return_if_fail (LIMN_IS_GRID_PANEL (self));

  show_axis (self->x_axis, x_axis);
  show_axis (self->y_axis, y_axis);
  on_changed (self);
}

static void
limn_grid_panel_dispose (GObject *object)
{
  LimnGridPanel *self = LIMN_GRID_PANEL (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_GRID_PANEL);
  G_OBJECT_CLASS (limn_grid_panel_parent_class)->dispose (object);
}

static void
limn_grid_panel_class_init (LimnGridPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_grid_panel_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LIMN_TYPE_GRID_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (LIMN_TYPE_AXIS_GROUP);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "gridpanel");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-grid-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnGridPanel, box);
  gtk_widget_class_bind_template_child (widget_class, LimnGridPanel, x_axis);
  gtk_widget_class_bind_template_child (widget_class, LimnGridPanel, y_axis);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_swap);
}

static void
limn_grid_panel_init (LimnGridPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_axis_group_set_field (self->x_axis, LIMN_SHEET_CFG);
  limn_axis_group_set_field (self->y_axis, LIMN_SHEET_SEED);
}
