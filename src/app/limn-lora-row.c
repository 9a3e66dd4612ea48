/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-lora-row.h"

#include "app/limn-number.h"

#include <glib/gi18n.h>
#include <math.h>

struct _LimnLoraRow
{
  AdwPreferencesRow  parent_instance;

  GtkCheckButton    *check;
  GtkLabel          *name;
  GtkWidget         *warning;
  GtkWidget         *remove_button;
  GtkSpinButton     *strength_spin;
  GtkScale          *strength_scale;

  LimnStudio        *studio;
  char              *path;
  double             text_strength;
  gboolean           same;     /* text encoder and UNet have the same strength */
  gboolean           changing; /* by us, not by the artist */
};

G_DEFINE_FINAL_TYPE (LimnLoraRow, limn_lora_row, ADW_TYPE_PREFERENCES_ROW)

/* --- What it says --- */

/* (nullable) (transfer full): why it will not do what it should. */
static char *
dup_warning (LimnLoraRow *self)
{
  LimnInspection *inspection = limn_draft_get_inspection (limn_studio_get_draft (self->studio));
  LimnModelEntry *entry = limn_model_library_lookup (limn_studio_get_models (self->studio), self->path);
  const LimnModelFile *file = entry ? limn_model_entry_get_file (entry) : NULL;

  if (file && file->missing)
    return g_strdup (_("The file is not there any more, or on a disk that is not connected."));
  if (file && file->problem)
    return g_strdup (file->problem);
  if (file && inspection && !limn_model_file_suits (file, inspection->family))
    /* Translators: names of families of models, as “Stable Diffusion XL”. */
    return g_strdup_printf (_("This LoRA was made for %s, the model is %s."), file->family, inspection->family);
  return NULL;
}

static void
show_warning (LimnLoraRow *self)
{
  g_autofree char *warning = dup_warning (self);

  gtk_widget_set_visible (self->warning, warning != NULL);
  gtk_widget_set_tooltip_text (self->warning, warning);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->warning), GTK_ACCESSIBLE_PROPERTY_LABEL, warning ? warning : "", -1);
}

void
limn_lora_row_show (LimnLoraRow *self, const LimnDraftLora *lora)
{
  self->changing = TRUE;
  self->text_strength = lora->text_strength;
  self->same = lora->strength == lora->text_strength;
  gtk_check_button_set_active (self->check, lora->enabled);
  if (gtk_spin_button_get_value (self->strength_spin) != lora->strength)
    gtk_spin_button_set_value (self->strength_spin, lora->strength);
  gtk_range_set_value (GTK_RANGE (self->strength_scale), lora->strength);
  gtk_widget_set_sensitive (GTK_WIDGET (self->strength_spin), lora->enabled);
  gtk_widget_set_sensitive (GTK_WIDGET (self->strength_scale), lora->enabled);
  if (lora->enabled)
    gtk_widget_remove_css_class (GTK_WIDGET (self->name), "dim-label");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->name), "dim-label");
  self->changing = FALSE;
  show_warning (self);
}

/* --- What it does --- */

static void
put (LimnLoraRow *self, double strength)
{
  /* One who wants them apart says it in the prompt or in a file; then only the first is changed here. */
  double text_strength = self->same ? strength : self->text_strength;

  limn_draft_put_lora (limn_studio_get_draft (self->studio), self->path, strength, text_strength, gtk_check_button_get_active (self->check));
}

static void
on_toggled (LimnLoraRow *self)
{
  if (!self->changing)
    put (self, gtk_spin_button_get_value (self->strength_spin));
}

static void
on_spun (LimnLoraRow *self)
{
  if (!self->changing)
    put (self, gtk_spin_button_get_value (self->strength_spin));
}

static void
on_slid (LimnLoraRow *self)
{
  if (!self->changing)
    put (self, round (gtk_range_get_value (GTK_RANGE (self->strength_scale)) * 100) / 100); /* what the field can show */
}

static void
on_remove (LimnLoraRow *self)
{
  g_autofree char *path = g_strdup (self->path);

  limn_draft_remove_lora (limn_studio_get_draft (self->studio), path);
}

/* --- The object --- */

static void
limn_lora_row_dispose (GObject *object)
{
  LimnLoraRow *self = LIMN_LORA_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_LORA_ROW);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_lora_row_parent_class)->dispose (object);
}

static void
limn_lora_row_finalize (GObject *object)
{
  g_free (LIMN_LORA_ROW (object)->path);
  G_OBJECT_CLASS (limn_lora_row_parent_class)->finalize (object);
}

static void
limn_lora_row_class_init (LimnLoraRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_lora_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_lora_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-lora-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnLoraRow, check);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraRow, name);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraRow, warning);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraRow, remove_button);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraRow, strength_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraRow, strength_scale);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_spun);
  gtk_widget_class_bind_template_callback (widget_class, on_slid);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
}

static void
limn_lora_row_init (LimnLoraRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_number_calm (self->strength_spin);
  limn_number_pass_wheel (GTK_WIDGET (self->strength_scale));
  gtk_scale_add_mark (self->strength_scale, 1, GTK_POS_BOTTOM, NULL);
}

GtkWidget *
limn_lora_row_new (LimnStudio *studio, const char *path)
{
  LimnLoraRow *self = g_object_new (LIMN_TYPE_LORA_ROW, NULL);
  g_autofree char *name = limn_resources_name_path (path);
  g_autofree char *shown = g_filename_display_name (path);
  /* Translators: the name of a LoRA. */
  g_autofree char *use = g_strdup_printf (_("Use “%s”"), name);
  /* Translators: the name of a LoRA. */
  g_autofree char *strength = g_strdup_printf (_("Strength of “%s”"), name);
  /* Translators: the name of a LoRA. */
  g_autofree char *away = g_strdup_printf (_("Remove “%s”"), name);

  self->studio = g_object_ref (studio);
  self->path = g_strdup (path);
  gtk_label_set_label (self->name, name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), shown);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL, use, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->strength_spin), GTK_ACCESSIBLE_PROPERTY_LABEL, strength, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->strength_scale), GTK_ACCESSIBLE_PROPERTY_LABEL, strength, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->remove_button), GTK_ACCESSIBLE_PROPERTY_LABEL, away, -1);
  g_signal_connect_object (limn_studio_get_draft (studio), "notify::inspection", G_CALLBACK (show_warning), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

const char *
limn_lora_row_get_path (LimnLoraRow *self)
{
  return self->path;
}
