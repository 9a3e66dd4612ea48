/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Only what the inspection offers can be chosen, and what was chosen before: settings that came with a picture, or with another model,
 * are shown as they are and marked, never changed behind the artist's back. */
#include "config.h"

#include "app/limn-sampling-group.h"

#include "app/limn-choice-row.h"
#include "app/limn-number.h"
#include "app/limn-reset-button.h"

#include <glib/gi18n.h>

struct _LimnSamplingGroup
{
  AdwPreferencesGroup  parent_instance;

  GtkSpinButton       *steps_spin;
  LimnResetButton     *steps_reset;
  GtkSpinButton       *cfg_spin;
  LimnResetButton     *cfg_reset;
  LimnChoiceRow       *sampler_row;
  LimnResetButton     *sampler_reset;
  LimnChoiceRow       *schedule_row;
  GtkWidget           *eta_row;
  GtkSpinButton       *eta_spin;
  LimnResetButton     *eta_reset;
  GtkSpinButton       *rescale_spin;
  LimnChoiceRow       *noise_row;
  LimnChoiceRow       *syntax_row;
  LimnChoiceRow       *clip_skip_row;
  LimnChoiceRow       *prediction_row;
  LimnResetButton     *prediction_reset;

  LimnDraft           *draft;
  LimnStudio          *studio;
};

G_DEFINE_FINAL_TYPE (LimnSamplingGroup, limn_sampling_group, ADW_TYPE_PREFERENCES_GROUP)

static guint
get_uint (LimnSamplingGroup *self, const char *property)
{
  guint value;

  g_object_get (self->draft, property, &value, NULL);
  return value;
}

/* Of @sampler: bits of the schedules that go with it; where no model is known yet, all. */
static guint
get_offers (LimnSamplingGroup *self, LimnSamplerKind sampler)
{
  LimnInspection *inspection = limn_draft_get_inspection (self->draft);

  return inspection ? inspection->offers[sampler] : G_MAXUINT;
}

static void
add_choice (LimnChoiceRow *row, guint value, const char *name, gboolean offered)
{
  /* Translators: a sampler or a schedule that was chosen before but does not work with the present model. */
  g_autofree char *marked = offered ? NULL : g_strdup_printf (_("%s – not with this model"), name);

  limn_choice_row_add (row, value, offered ? name : marked);
}

static void
fill_samplers (LimnChoiceRow *row, guint current, gpointer data)
{
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      gboolean offered = get_offers (data, kind) != 0;

      if (offered || kind == current)
        add_choice (row, kind, limn_sampler_get_facts (kind)->display_name, offered);
    }
}

static const char *
get_schedule_name (LimnScheduleKind kind)
{
  const char *name = limn_schedule_kind_get_display_name (kind);

  switch (kind)
    {
    case LIMN_SCHEDULE_MODEL:
      return _("The model’s own");
    case LIMN_SCHEDULE_LEADING:
      return _("Evenly, from the start");
    case LIMN_SCHEDULE_TRAILING:
      return _("Evenly, to the end");
    case LIMN_SCHEDULE_LINSPACE:
      return _("Evenly, both ends");
    default:
      return name ? name : limn_schedule_kind_get_name (kind);
    }
}

static void
fill_schedules (LimnChoiceRow *row, guint current, gpointer data)
{
  guint offers = get_offers (data, get_uint (data, "sampler"));

  for (guint kind = 0; kind <= LIMN_SCHEDULE_DDIM_UNIFORM; kind++)
    {
      gboolean offered = (offers & 1u << kind) != 0;

      if (offered || kind == current)
        add_choice (row, kind, get_schedule_name (kind), offered);
    }
}

static void
fill_noises (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, LIMN_NOISE_CPU, _("ComfyUI and diffusers"));
  limn_choice_row_add (row, LIMN_NOISE_CUDA, _("AUTOMATIC1111"));
}

static void
fill_syntaxes (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, LIMN_PROMPT_A1111, _("Give words weight"));
  limn_choice_row_add (row, LIMN_PROMPT_PLAIN, _("Are text like any other"));
}

static void
fill_clip_skips (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, 0, _("As the model has it"));
  /* Translators: which layer of the text encoder is the last, counted from its end. */
  limn_choice_row_add (row, 1, _("1: all layers"));
  for (guint i = 2; i <= LIMN_REQUEST_MAX_CLIP_SKIP; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);

      limn_choice_row_add (row, i, number);
    }
}

static void
on_prediction_chosen (LimnSamplingGroup *self)
{
  limn_studio_remember_prediction (self->studio, TRUE);
}

static void
on_prediction_reset (LimnSamplingGroup *self)
{
  limn_studio_remember_prediction (self->studio, FALSE);
}

static void
fill_predictions (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, LIMN_PREDICTION_EPSILON, _("The noise (epsilon)"));
  limn_choice_row_add (row, LIMN_PREDICTION_V, _("Noise and picture (v)"));
  limn_choice_row_add (row, LIMN_PREDICTION_SAMPLE, _("The picture (x₀)"));
}

static void
on_sampler_changed (LimnSamplingGroup *self)
{
  guint sampler = get_uint (self, "sampler");

  gtk_widget_set_visible (self->eta_row, limn_sampler_get_facts (sampler)->has_eta);
  limn_choice_row_refill (self->schedule_row);
}

/* The artist has chosen another sampler: a schedule that does not go with it gives way to the model's own. */
static void
on_sampler_selected (LimnSamplingGroup *self)
{
  guint offers = get_offers (self, get_uint (self, "sampler"));

  if (!(offers & 1u << get_uint (self, "schedule")) && offers & 1u << LIMN_SCHEDULE_MODEL)
    g_object_set (self->draft, "schedule", (guint) LIMN_SCHEDULE_MODEL, NULL);
}

static void
on_inspection (LimnSamplingGroup *self)
{
  limn_choice_row_refill (self->sampler_row);
  limn_choice_row_refill (self->schedule_row);
}

static void
limn_sampling_group_dispose (GObject *object)
{
  LimnSamplingGroup *self = LIMN_SAMPLING_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SAMPLING_GROUP);
  g_clear_object (&self->draft);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_sampling_group_parent_class)->dispose (object);
}

static void
limn_sampling_group_class_init (LimnSamplingGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_sampling_group_dispose;
  g_type_ensure (LIMN_TYPE_CHOICE_ROW);
  g_type_ensure (LIMN_TYPE_RESET_BUTTON);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-sampling-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, steps_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, steps_reset);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, cfg_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, cfg_reset);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, sampler_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, sampler_reset);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, schedule_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, eta_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, eta_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, eta_reset);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, rescale_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, noise_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, syntax_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, clip_skip_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, prediction_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, prediction_reset);
}

static void
limn_sampling_group_init (LimnSamplingGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_sampling_group_set_studio (LimnSamplingGroup *self, LimnStudio *studio)
{
  LimnDraft *draft = limn_studio_get_draft (studio);

  g_return_if_fail (self->draft == NULL);
  self->draft = g_object_ref (draft);
  self->studio = g_object_ref (studio);
  limn_number_bind (self->steps_spin, draft, "steps");
  limn_number_bind (self->cfg_spin, draft, "cfg");
  limn_number_bind (self->eta_spin, draft, "eta");
  limn_number_bind (self->rescale_spin, draft, "cfg-rescale");
  limn_choice_row_bind (self->sampler_row, draft, "sampler", fill_samplers, self);
  limn_choice_row_bind (self->schedule_row, draft, "schedule", fill_schedules, self);
  limn_choice_row_bind (self->noise_row, draft, "rng", fill_noises, self);
  limn_choice_row_bind (self->syntax_row, draft, "syntax", fill_syntaxes, self);
  limn_choice_row_bind (self->clip_skip_row, draft, "clip-skip", fill_clip_skips, self);
  limn_choice_row_bind (self->prediction_row, draft, "prediction", fill_predictions, self);
  limn_reset_button_bind (self->steps_reset, draft, LIMN_REQUEST_OPEN_STEPS);
  limn_reset_button_bind (self->cfg_reset, draft, LIMN_REQUEST_OPEN_CFG);
  limn_reset_button_bind (self->sampler_reset, draft, LIMN_REQUEST_OPEN_SAMPLER);
  limn_reset_button_bind (self->eta_reset, draft, LIMN_REQUEST_OPEN_ETA);
  limn_reset_button_bind (self->prediction_reset, draft, LIMN_REQUEST_OPEN_PREDICTION);

  g_signal_connect_object (draft, "notify::sampler", G_CALLBACK (on_sampler_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sampler_row, "chosen", G_CALLBACK (on_sampler_selected), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->prediction_row, "chosen", G_CALLBACK (on_prediction_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->prediction_reset, "clicked", G_CALLBACK (on_prediction_reset), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::inspection", G_CALLBACK (on_inspection), self, G_CONNECT_SWAPPED);
  on_sampler_changed (self);
}
