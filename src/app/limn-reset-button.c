/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-reset-button.h"

#include <glib/gi18n.h>

struct _LimnResetButton
{
  GtkButton        parent_instance;

  LimnDraft       *draft;
  LimnRequestOpen  bits;
};

G_DEFINE_FINAL_TYPE (LimnResetButton, limn_reset_button, GTK_TYPE_BUTTON)

static void
on_open_changed (LimnResetButton *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), (limn_draft_get_open (self->draft) & self->bits) != self->bits);
}

static void
limn_reset_button_clicked (GtkButton *button)
{
  LimnResetButton *self = LIMN_RESET_BUTTON (button);

  /* The button goes; the focus shall not go to the start of the window. */
  gtk_widget_child_focus (gtk_widget_get_parent (GTK_WIDGET (self)), GTK_DIR_TAB_FORWARD);
  limn_draft_reopen (self->draft, self->bits);
}

static void
limn_reset_button_dispose (GObject *object)
{
  g_clear_object (&LIMN_RESET_BUTTON (object)->draft);
  G_OBJECT_CLASS (limn_reset_button_parent_class)->dispose (object);
}

static void
limn_reset_button_class_init (LimnResetButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_reset_button_dispose;
  GTK_BUTTON_CLASS (klass)->clicked = limn_reset_button_clicked;
}

static void
limn_reset_button_init (LimnResetButton *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_button_set_icon_name (GTK_BUTTON (self), "edit-undo-symbolic");
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (widget, "flat");
  gtk_widget_add_css_class (widget, "circular");
  gtk_widget_set_visible (widget, FALSE);
  gtk_widget_set_tooltip_text (widget, _("Back to what the model suggests"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to what the model suggests"), -1);
}

void
limn_reset_button_bind (LimnResetButton *self, LimnDraft *draft, LimnRequestOpen bits)
{
  g_return_if_fail (self->draft == NULL);
  self->draft = g_object_ref (draft);
  self->bits = bits;
  g_signal_connect_object (draft, "notify::open", G_CALLBACK (on_open_changed), self, G_CONNECT_SWAPPED);
  on_open_changed (self);
}
