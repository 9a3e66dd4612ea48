/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-settings-panel.h"

#include "app/limn-control-group.h"
#include "app/limn-finish-group.h"
#include "app/limn-grow-group.h"
#include "app/limn-lora-group.h"
#include "app/limn-mask-group.h"
#include "app/limn-model-group.h"
#include "app/limn-preview-group.h"
#include "app/limn-sampling-group.h"
#include "app/limn-seed-group.h"
#include "app/limn-size-group.h"
#include "app/limn-source-group.h"

#include <glib/gi18n.h>

struct _LimnSettingsPanel
{
  GtkWidget          parent_instance;

  GtkWidget         *clamp;
  LimnSourceGroup   *source_group;
  LimnMaskGroup     *mask_group;
  LimnGrowGroup     *grow_group;
  LimnFinishGroup   *finish_group;
  LimnModelGroup    *model_group;
  LimnLoraGroup     *lora_group;
  LimnControlGroup  *control_group;
  LimnSizeGroup     *size_group;
  LimnSeedGroup     *seed_group;
  LimnSamplingGroup *sampling_group;
  LimnPreviewGroup  *preview_group;

  LimnDraft         *draft;
  gboolean           branch; /* whether the draft is one */
};

G_DEFINE_FINAL_TYPE (LimnSettingsPanel, limn_settings_panel, GTK_TYPE_WIDGET)

static void
limn_settings_panel_dispose (GObject *object)
{
  LimnSettingsPanel *self = LIMN_SETTINGS_PANEL (object);

  g_clear_object (&self->draft);
  g_clear_pointer (&self->clamp, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SETTINGS_PANEL);
  G_OBJECT_CLASS (limn_settings_panel_parent_class)->dispose (object);
}

static void
limn_settings_panel_class_init (LimnSettingsPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_settings_panel_dispose;
  g_type_ensure (LIMN_TYPE_CONTROL_GROUP);
  g_type_ensure (LIMN_TYPE_FINISH_GROUP);
  g_type_ensure (LIMN_TYPE_GROW_GROUP);
  g_type_ensure (LIMN_TYPE_LORA_GROUP);
  g_type_ensure (LIMN_TYPE_MASK_GROUP);
  g_type_ensure (LIMN_TYPE_MODEL_GROUP);
  g_type_ensure (LIMN_TYPE_PREVIEW_GROUP);
  g_type_ensure (LIMN_TYPE_SAMPLING_GROUP);
  g_type_ensure (LIMN_TYPE_SEED_GROUP);
  g_type_ensure (LIMN_TYPE_SIZE_GROUP);
  g_type_ensure (LIMN_TYPE_SOURCE_GROUP);
  gtk_widget_class_set_css_name (widget_class, "settingspanel");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-settings-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, clamp);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, source_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, mask_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, grow_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, finish_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, model_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, lora_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, control_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, size_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, seed_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, sampling_group);
  gtk_widget_class_bind_template_child (widget_class, LimnSettingsPanel, preview_group);
}

static void
limn_settings_panel_init (LimnSettingsPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* What cannot differ from the picture that a branch parts from. */
static void
on_branch_changed (LimnSettingsPanel *self)
{
  AdwPreferencesGroup *fixed[] = { ADW_PREFERENCES_GROUP (self->model_group), ADW_PREFERENCES_GROUP (self->size_group),
                                   ADW_PREFERENCES_GROUP (self->seed_group) };
  gboolean branch = limn_draft_get_branch (self->draft) != NULL;

  if (branch == self->branch)
    return;
  self->branch = branch;
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    {
      gtk_widget_set_sensitive (GTK_WIDGET (fixed[i]), !branch);
      adw_preferences_group_set_description (fixed[i], branch ? _("As in the picture that the branch parts from: the steps they share were "
                                                                  "painted with it.")
                                                              : NULL);
    }
}

void
limn_settings_panel_set_studio (LimnSettingsPanel *self, LimnStudio *studio)
{
  self->draft = g_object_ref (limn_studio_get_draft (studio));
  limn_source_group_set_studio (self->source_group, studio);
  limn_mask_group_set_studio (self->mask_group, studio);
  limn_grow_group_set_studio (self->grow_group, studio);
  limn_finish_group_set_studio (self->finish_group, studio);
  limn_model_group_set_studio (self->model_group, studio);
  limn_lora_group_set_studio (self->lora_group, studio);
  limn_control_group_set_studio (self->control_group, studio);
  limn_size_group_set_studio (self->size_group, studio);
  limn_seed_group_set_studio (self->seed_group, studio);
  limn_sampling_group_set_studio (self->sampling_group, studio);
  limn_preview_group_set_studio (self->preview_group, studio);
  g_signal_connect_object (self->draft, "notify::branch", G_CALLBACK (on_branch_changed), self, G_CONNECT_SWAPPED);
  on_branch_changed (self);
}
