/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-settings-panel.h"

struct _LimnSettingsPanel
{
  GtkWidget   parent_instance;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnSettingsPanel, limn_settings_panel, GTK_TYPE_WIDGET)

static void
limn_settings_panel_dispose (GObject *object)
{
  LimnSettingsPanel *self = LIMN_SETTINGS_PANEL (object);

  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_settings_panel_parent_class)->dispose (object);
}

static void
limn_settings_panel_class_init (LimnSettingsPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_settings_panel_dispose;
}

static void
limn_settings_panel_init (LimnSettingsPanel *self)
{
}

void
limn_settings_panel_set_studio (LimnSettingsPanel *self, LimnStudio *studio)
{
  g_set_object (&self->studio, studio);
}
