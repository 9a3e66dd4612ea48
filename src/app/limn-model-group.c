/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-model-group.h"

#include "app/limn-choice-row.h"
#include "app/limn-model-chooser.h"
#include "app/limn-model-list.h"
#include "app/limn-trouble.h"
#include "app/limn-words.h"
#include "model/limn-family.h"
#include "session/limn-devices.h"

#include <glib/gi18n.h>

struct _LimnModelGroup
{
  AdwPreferencesGroup  parent_instance;

  LimnModelList       *model_list;
  GtkWidget           *spinner;
  GtkWidget           *reading_row;
  GtkLabel            *reading_label;
  GtkProgressBar      *reading_bar;
  GtkWidget           *memory_row;
  GtkLabel            *memory_label;
  GtkLevelBar         *memory_bar;
  GtkLabel            *plan_label;
  GtkWidget           *previews_button;
  GtkWidget           *trouble_row;
  GtkLabel            *trouble_label;
  GtkWidget           *starter_button;
  GtkWidget           *reopen_button;
  GtkWidget           *vocabulary_button;
  GtkWidget           *half_button;
  GtkWidget           *smaller_button;
  AdwComboRow         *family_row;
  AdwComboRow         *vae_row;
  AdwExpanderRow      *device_expander;
  AdwComboRow         *device_row;
  GtkWidget           *processor_row;
  LimnChoiceRow       *storage_row;

  LimnStudio          *studio;
  GPtrArray           *devices; /* (nullable) (element-type LimnDeviceName) */
  GPtrArray           *ids;     /* (element-type utf8): of each item of the row; "": whatever is best */
  GtkStringList       *names;
  GPtrArray           *families;  /* (element-type utf8): ids, of each item of the row; "": as the files say */
  GtkStringList       *family_names;
  GPtrArray           *vaes;      /* (element-type utf8): of each item of the row; "": the model's own */
  GtkStringList       *vae_names;
  GCancellable        *cancellable; /* (nullable): while the devices are listed */
  gboolean             changing; /* by us, not by the artist */
};

G_DEFINE_FINAL_TYPE (LimnModelGroup, limn_model_group, ADW_TYPE_PREFERENCES_GROUP)

static LimnDraft *
get_draft (LimnModelGroup *self)
{
  return limn_studio_get_draft (self->studio);
}

/* --- Memory and trouble --- */

/* What it costs that it fits. */
static const char *
describe_plan (LimnPipelinePlan plan)
{
  switch (plan)
    {
    case LIMN_PLAN_TEXT_AWAY:
      return _("It fits since the parts of the model make room for each other: a new prompt takes a moment longer.");
    case LIMN_PLAN_ALONE:
      return _("It fits only piece by piece: each preview takes seconds more. Without previews it is as quick as it can be here.");
    default:
      return NULL;
    }
}

static void
show_plan (LimnModelGroup *self, LimnPipelinePlan plan)
{
  const char *words = describe_plan (plan);
  guint preview;

  g_object_get (get_draft (self), "preview", &preview, NULL);
  gtk_label_set_label (self->plan_label, words ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->plan_label), words != NULL);
  gtk_widget_set_visible (self->previews_button, plan == LIMN_PLAN_ALONE && preview != LIMN_PREVIEW_NONE);
}

static void
on_previews (LimnModelGroup *self)
{
  g_object_set (get_draft (self), "preview", (guint) LIMN_PREVIEW_NONE, NULL);
}

/* While another model is looked at, what the one before it took says nothing. */
static void
show_memory (LimnModelGroup *self, const LimnInspection *inspection)
{
  gboolean current = inspection && g_strcmp0 (inspection->model, limn_draft_get_model (get_draft (self))) == 0;
  gboolean known = current && inspection->need_bytes != G_MAXUINT64;
  gboolean limited = known && inspection->limit_bytes != G_MAXUINT64 && inspection->limit_bytes > 0;
  g_autofree char *need = known ? limn_words_memory (inspection->need_bytes) : NULL;
  g_autofree char *limit = limited ? limn_words_memory (inspection->limit_bytes) : NULL;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->memory_row, known);
  if (!known)
    return;
  if (limited)
    /* Translators: amounts of memory: what a picture of this size needs, what the device has. */
    text = g_strdup_printf (_("Needs %s of %s"), need, limit);
  else
    /* Translators: an amount of memory. */
    text = g_strdup_printf (_("Needs %s of memory"), need);
  gtk_label_set_label (self->memory_label, text);
  show_plan (self, inspection->plan);
  gtk_widget_set_visible (GTK_WIDGET (self->memory_bar), limited);
  if (limited)
    gtk_level_bar_set_value (self->memory_bar, MIN ((double) inspection->need_bytes / inspection->limit_bytes, 1));
}

/* Three quarters of each side, the shape as it is: a little more than half of the pixels. FALSE: it is as small as the model likes. */
static gboolean
get_smaller (LimnModelGroup *self, guint *width, guint *height)
{
  const LimnInspection *inspection = limn_draft_get_inspection (get_draft (self));
  guint multiple = inspection ? MAX (inspection->multiple, 1) : 1;

  *width = limn_draft_get_width (get_draft (self)) * 3 / 4 / multiple * multiple;
  *height = limn_draft_get_height (get_draft (self)) * 3 / 4 / multiple * multiple;
  return inspection && (guint64) *width * *height >= (guint64) inspection->width * inspection->height / 4;
}

/* What would not fit is made to fit by whoever wants the picture, and not behind the back. */
static void
on_vocabulary (LimnModelGroup *self)
{
  limn_model_chooser_open_vocabulary (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->studio);
}

static void
on_half (LimnModelGroup *self)
{
  g_object_set (get_draft (self), "storage", (guint) LIMN_STORAGE_F16, NULL);
}

static void
on_smaller (LimnModelGroup *self)
{
  guint width, height;

  if (get_smaller (self, &width, &height))
    g_object_set (get_draft (self), "width", width, "height", height, NULL);
}

static void
show_trouble (LimnModelGroup *self)
{
  g_autofree char *text = NULL;
  LimnTrouble trouble = limn_trouble_find (self->studio, &text);
  gboolean decided = limn_draft_get_open (get_draft (self)) != LIMN_REQUEST_OPEN_ALL;
  guint storage, width, height;

  gtk_widget_set_visible (self->trouble_row, trouble != LIMN_TROUBLE_NONE);
  gtk_label_set_label (self->trouble_label, text ? text : "");
  gtk_widget_set_visible (self->starter_button, (trouble == LIMN_TROUBLE_MODEL || trouble == LIMN_TROUBLE_VOCABULARY) &&
                                                  limn_draft_get_model (get_draft (self)));
  gtk_widget_set_visible (self->reopen_button, decided && (trouble == LIMN_TROUBLE_REFUSED || trouble == LIMN_TROUBLE_MEMORY));
  gtk_widget_set_visible (self->vocabulary_button, trouble == LIMN_TROUBLE_VOCABULARY);
  g_object_get (get_draft (self), "storage", &storage, NULL);
  gtk_widget_set_visible (self->half_button, trouble == LIMN_TROUBLE_MEMORY && storage != LIMN_STORAGE_F16);
  gtk_widget_set_visible (self->smaller_button, trouble == LIMN_TROUBLE_MEMORY && get_smaller (self, &width, &height));
}

/* What the model needs is known before; that it takes its time to be there is no secret. */
static void
on_reading (LimnModelGroup *self)
{
  g_autofree char *percent = NULL;
  g_autofree char *text = NULL;
  double reading;

  g_object_get (self->studio, "reading", &reading, NULL);
  gtk_widget_set_visible (self->reading_row, reading >= 0);
  if (reading < 0)
    return;
  percent = limn_words_percent ((guint) (100 * reading));
  /* Translators: how much of a model is in memory, such as “45 %”. */
  text = g_strdup_printf (_("Loading the model: %s"), percent);
  gtk_label_set_label (self->reading_label, text);
  gtk_progress_bar_set_fraction (self->reading_bar, reading);
}

static void
show_device (LimnModelGroup *self, const LimnInspection *inspection)
{
  g_autofree char *escaped = inspection && inspection->device ? g_markup_escape_text (inspection->device, -1) : NULL;

  adw_expander_row_set_subtitle (self->device_expander, escaped ? escaped : "");
  gtk_widget_set_visible (self->processor_row, inspection && inspection->software);
}

static void
update (LimnModelGroup *self)
{
  const LimnInspection *inspection = limn_draft_get_inspection (get_draft (self));
  g_autofree char *error = NULL;
  gboolean inspecting;

  g_object_get (self->studio, "inspecting", &inspecting, "inspection-error", &error, NULL);
  gtk_widget_set_visible (self->spinner, inspecting);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), inspecting);
  show_memory (self, error ? NULL : inspection);
  show_trouble (self);
  show_device (self, inspection);
}

static void
on_use_starter (LimnModelGroup *self)
{
  limn_studio_set_model (self->studio, NULL);
}

static void
on_reopen (LimnModelGroup *self)
{
  limn_draft_reopen (get_draft (self), LIMN_REQUEST_OPEN_ALL);
}

/* --- Devices --- */

static void
add_device (LimnModelGroup *self, const char *id, const char *name)
{
  g_ptr_array_add (self->ids, g_strdup (id));
  gtk_string_list_append (self->names, name);
}

static void
fill_devices (LimnModelGroup *self)
{
  g_autofree char *chosen = NULL;
  gboolean found = FALSE;

  g_object_get (get_draft (self), "device", &chosen, NULL);
  self->changing = TRUE;
  g_ptr_array_set_size (self->ids, 0);
  gtk_string_list_splice (self->names, 0, g_list_model_get_n_items (G_LIST_MODEL (self->names)), NULL);
  add_device (self, "", _("The best there is"));
  for (guint i = 0; self->devices && i < self->devices->len; i++)
    {
      const LimnDeviceName *device = g_ptr_array_index (self->devices, i);
      /* Translators: the name of what computes on the processor. */
      g_autofree char *processor = device->software ? g_strdup_printf (_("Processor (%s)"), device->name) : NULL;

      add_device (self, device->id, processor ? processor : device->name);
    }
  for (guint i = 0; i < self->ids->len && !found; i++)
    {
      found = g_str_equal (self->ids->pdata[i], chosen ? chosen : "");
      if (found)
        adw_combo_row_set_selected (self->device_row, i);
    }
  /* Chosen where this program ran before, or by a part of its name. */
  if (!found)
    {
      add_device (self, chosen, chosen);
      adw_combo_row_set_selected (self->device_row, self->ids->len - 1);
    }
  self->changing = FALSE;
}

static void
on_device_selected (LimnModelGroup *self)
{
  guint at = adw_combo_row_get_selected (self->device_row);
  const char *id;

  if (self->changing || !self->studio || at >= self->ids->len)
    return;
  id = self->ids->pdata[at];
  g_object_set (get_draft (self), "device", *id ? id : NULL, NULL);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnModelGroup) self = data;
  g_autoptr(GError) error = NULL;
  GPtrArray *devices = limn_devices_list_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* That there is none is said by the inspection. Where it failed the next unfolding looks again. */
  g_clear_object (&self->cancellable);
  self->devices = devices;
  if (devices)
    fill_devices (self);
}

/* Looking at every device takes a moment of each, so it is done for those who want to know. */
static void
on_device_expanded (LimnModelGroup *self)
{
  if (!adw_expander_row_get_expanded (self->device_expander) || self->devices || self->cancellable)
    return;
  self->cancellable = g_cancellable_new ();
  limn_devices_list_async (limn_studio_get_session (self->studio), self->cancellable, on_listed, g_object_ref (self));
}

/* --- Families --- */

/* (nullable): of the model that was looked at. */
static const LimnFamily *
find_family (LimnModelGroup *self)
{
  const LimnInspection *inspection = limn_draft_get_inspection (get_draft (self));

  for (guint i = 0; inspection && i < limn_family_get_n (); i++)
    if (g_strcmp0 (limn_family_get_nth (i)->name, inspection->family) == 0)
      return limn_family_get_nth (i);
  return NULL;
}

static void
add_family (LimnModelGroup *self, const char *id, const char *name)
{
  g_ptr_array_add (self->families, g_strdup (id));
  gtk_string_list_append (self->family_names, name);
}

/* Only where the same tensors could be another's: then nobody but the artist knows. */
static void
fill_families (LimnModelGroup *self)
{
  const LimnFamily *own = limn_draft_get_model (get_draft (self)) ? find_family (self) : NULL;
  g_autofree char *chosen = NULL;
  guint selected = 0;

  g_object_get (get_draft (self), "family", &chosen, NULL);
  self->changing = TRUE;
  g_ptr_array_set_size (self->families, 0);
  gtk_string_list_splice (self->family_names, 0, g_list_model_get_n_items (G_LIST_MODEL (self->family_names)), NULL);
  add_family (self, "", _("As its files say"));
  for (guint i = 0; own && i < limn_family_get_n (); i++)
    {
      const LimnFamily *family = limn_family_get_nth (i);
      /* Translators: the name of a family of models; nobody has yet compared what Limn paints with one of it with what another program does. */
      g_autofree char *marked = g_strdup_printf (_("%s – unproven"), family->name);

      if (!limn_family_is_like (own, family))
        continue;
      if (g_strcmp0 (family->id, chosen) == 0)
        selected = self->families->len;
      add_family (self, family->id, family->unproven ? marked : family->name);
    }
  adw_combo_row_set_selected (self->family_row, selected);
  /* Itself alone is no choice. */
  gtk_widget_set_visible (GTK_WIDGET (self->family_row), self->families->len > 2);
  self->changing = FALSE;
}

static void
on_family_selected (LimnModelGroup *self)
{
  guint at = adw_combo_row_get_selected (self->family_row);
  const char *id;

  if (self->changing || !self->studio || at >= self->families->len)
    return;
  id = self->families->pdata[at];
  limn_studio_choose_family (self->studio, *id ? id : NULL);
}

/* --- VAEs --- */

static void
add_vae (LimnModelGroup *self, const char *path, const char *name)
{
  g_ptr_array_add (self->vaes, g_strdup (path));
  gtk_string_list_append (self->vae_names, name);
}

/* Of the model's own alone nothing can be chosen. */
static void
fill_vaes (LimnModelGroup *self)
{
  LimnResources *resources = limn_model_library_get_resources (limn_studio_get_models (self->studio));
  guint n = limn_resources_get_n (resources, LIMN_RESOURCE_VAE), chosen = 0;
  g_autofree char *current = NULL;

  g_object_get (get_draft (self), "vae", &current, NULL);
  self->changing = TRUE;
  g_ptr_array_set_size (self->vaes, 0);
  gtk_string_list_splice (self->vae_names, 0, g_list_model_get_n_items (G_LIST_MODEL (self->vae_names)), NULL);
  add_vae (self, "", _("The model’s own"));
  for (guint i = 0; i < n; i++)
    {
      const char *path = limn_resources_get_path (resources, LIMN_RESOURCE_VAE, i);

      if (g_strcmp0 (path, current) == 0)
        chosen = self->vaes->len;
      add_vae (self, path, limn_resources_get_name (resources, LIMN_RESOURCE_VAE, i));
    }
  /* It came with a picture. */
  if (current && *current && chosen == 0)
    {
      g_autofree char *name = limn_resources_name_path (current);

      chosen = self->vaes->len;
      add_vae (self, current, name);
    }
  adw_combo_row_set_selected (self->vae_row, chosen);
  gtk_widget_set_visible (GTK_WIDGET (self->vae_row), self->vaes->len > 1);
  self->changing = FALSE;
}

static void
on_vae_selected (LimnModelGroup *self)
{
  guint at = adw_combo_row_get_selected (self->vae_row);
  const char *path;

  if (self->changing || !self->studio || at >= self->vaes->len)
    return;
  path = self->vaes->pdata[at];
  g_object_set (get_draft (self), "vae", *path ? path : NULL, NULL);
}

static void
fill_storages (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, LIMN_STORAGE_F32, _("Full (32 bits)"));
  limn_choice_row_add (row, LIMN_STORAGE_F16, _("Half (16 bits)"));
}

/* --- The object --- */

static void
limn_model_group_dispose (GObject *object)
{
  LimnModelGroup *self = LIMN_MODEL_GROUP (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_MODEL_GROUP);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_model_group_parent_class)->dispose (object);
}

static void
limn_model_group_finalize (GObject *object)
{
  LimnModelGroup *self = LIMN_MODEL_GROUP (object);

  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_ptr_array_unref (self->ids);
  g_object_unref (self->names);
  g_ptr_array_unref (self->families);
  g_object_unref (self->family_names);
  g_ptr_array_unref (self->vaes);
  g_object_unref (self->vae_names);
  G_OBJECT_CLASS (limn_model_group_parent_class)->finalize (object);
}

static void
limn_model_group_class_init (LimnModelGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_model_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_model_group_finalize;
  g_type_ensure (LIMN_TYPE_CHOICE_ROW);
  g_type_ensure (LIMN_TYPE_MODEL_LIST);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-model-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, model_list);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, reading_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, reading_label);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, reading_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, memory_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, memory_label);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, memory_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, plan_label);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, previews_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, trouble_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, trouble_label);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, starter_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, reopen_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, vocabulary_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, half_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, smaller_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, family_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, vae_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, device_expander);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, device_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, processor_row);
  gtk_widget_class_bind_template_child (widget_class, LimnModelGroup, storage_row);
  gtk_widget_class_bind_template_callback (widget_class, on_use_starter);
  gtk_widget_class_bind_template_callback (widget_class, on_reopen);
  gtk_widget_class_bind_template_callback (widget_class, on_vocabulary);
  gtk_widget_class_bind_template_callback (widget_class, on_half);
  gtk_widget_class_bind_template_callback (widget_class, on_previews);
  gtk_widget_class_bind_template_callback (widget_class, on_smaller);
  gtk_widget_class_bind_template_callback (widget_class, on_family_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_vae_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_device_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_device_expanded);
}

static void
limn_model_group_init (LimnModelGroup *self)
{
  self->ids = g_ptr_array_new_with_free_func (g_free);
  self->names = gtk_string_list_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  self->families = g_ptr_array_new_with_free_func (g_free);
  self->family_names = gtk_string_list_new (NULL);
  self->vaes = g_ptr_array_new_with_free_func (g_free);
  self->vae_names = gtk_string_list_new (NULL);
  adw_combo_row_set_model (self->device_row, G_LIST_MODEL (self->names));
  adw_combo_row_set_model (self->family_row, G_LIST_MODEL (self->family_names));
  adw_combo_row_set_model (self->vae_row, G_LIST_MODEL (self->vae_names));
  gtk_level_bar_add_offset_value (self->memory_bar, GTK_LEVEL_BAR_OFFSET_LOW, 0.0);
  gtk_level_bar_add_offset_value (self->memory_bar, GTK_LEVEL_BAR_OFFSET_HIGH, 0.8);
  gtk_level_bar_add_offset_value (self->memory_bar, GTK_LEVEL_BAR_OFFSET_FULL, 1.0);
}

void
limn_model_group_set_studio (LimnModelGroup *self, LimnStudio *studio)
{
  LimnDraft *draft = limn_studio_get_draft (studio);

  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  limn_model_list_set_studio (self->model_list, studio);
  limn_choice_row_bind (self->storage_row, draft, "storage", fill_storages, self);
  fill_devices (self);
  fill_vaes (self);
  fill_families (self);
  g_signal_connect_object (draft, "notify::family", G_CALLBACK (fill_families), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::inspection", G_CALLBACK (fill_families), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::vae", G_CALLBACK (fill_vaes), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_models (studio), "notify::resources", G_CALLBACK (fill_vaes), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::device", G_CALLBACK (fill_devices), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::inspection", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::open", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::model", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::preview", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::inspecting", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::reading", G_CALLBACK (on_reading), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::inspection-error", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
