/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-variations-panel.h"

#include "app/limn-accessible.h"
#include "app/limn-files.h"
#include "app/limn-number.h"
#include "session/limn-request-chain.h"

#include <glib/gi18n.h>
#include <math.h>

/* Where the slider stands for a picture that is new here: late enough for the composition to stay. */
#define FIRST_SHARE 0.4
/* A square of nine; of three rows fewer each. */
#define FIRST_COUNT 9
#define FIRST_COUNT_OF_SEVERAL 4
/* Of the rows where there are three. */
static const double several_shares[] = { 0.2, 0.45, 0.7 };

struct _LimnVariationsPanel
{
  GtkWidget      parent_instance;

  GtkWidget     *stack;
  GtkPicture    *thumbnail;
  GtkPicture    *end_picture;
  GtkLabel      *step_label;
  GtkScale      *step_scale;
  GtkAdjustment *step_adjustment;
  GtkLabel      *trade_label;
  GtkWidget     *step_box;
  GtkWidget     *count_group;
  GtkSwitch     *several_switch;
  GtkSpinButton *count_spin;
  GtkCheckButton *renoise_check;
  GtkWidget     *amount_row;
  GtkScale      *amount_scale;
  AdwActionRow  *stream_row;
  GtkCheckButton *stream_check;

  LimnRequest   *request; /* (nullable) */
  LimnReel      *reel;    /* (nullable) */
  LimnImage     *picture; /* (nullable) */
  LimnReelStep  *watched; /* (nullable): whose thumbnail is shown */
  LimnReelStep  *last;    /* (nullable): of the reel */
  guint          n_steps;
  guint64        noise_seed;
  double         share; /* of the steps, as it was chosen last */
  gboolean       changing;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnVariationsPanel, limn_variations_panel, GTK_TYPE_WIDGET)

/* --- What is chosen --- */

static guint
get_step (LimnVariationsPanel *self)
{
  return (guint) (gtk_adjustment_get_value (self->step_adjustment) + 0.5);
}

static guint
get_count (LimnVariationsPanel *self)
{
  return (guint) gtk_spin_button_get_value_as_int (self->count_spin);
}

static gboolean
is_several (LimnVariationsPanel *self)
{
  return gtk_switch_get_active (self->several_switch);
}

static gboolean
draws_noise (LimnVariationsPanel *self)
{
  const LimnSamplerFacts *facts = self->request ? limn_sampler_get_facts (self->request->sampler) : NULL;

  return facts && (facts->has_eta ? self->request->eta > 0 : facts->stochastic);
}

/* --- The step --- */

static const char *
describe_trade (double share)
{
  if (share < 0.3)
    return _("Early: other pictures of the same idea");
  if (share < 0.6)
    return _("In the middle: the composition stays, what is in it changes");
  return _("Late: the same picture with other details");
}

static void
show (GtkPicture *picture, LimnImage *image)
{
  g_autoptr(GdkTexture) texture = image ? limn_files_new_texture (image) : NULL;

  gtk_picture_set_paintable (picture, texture ? GDK_PAINTABLE (texture) : NULL);
}

/* The step, and what it came to. */
static void
update_thumbnail (LimnVariationsPanel *self)
{
  LimnImage *image = self->watched ? limn_reel_step_get_thumbnail (self->watched) : NULL;

  show (self->thumbnail, image);
  show (self->end_picture, self->picture ? self->picture : self->last ? limn_reel_step_get_thumbnail (self->last) : NULL);
}

/* (nullable) (transfer full) */
static LimnReelStep *
dup_step (LimnVariationsPanel *self, guint step)
{
  return self->reel && step > 0 ? g_list_model_get_item (G_LIST_MODEL (self->reel), step - 1) : NULL;
}

static void
watch (LimnVariationsPanel *self, LimnReelStep **place, LimnReelStep *step)
{
  if (*place)
    g_signal_handlers_disconnect_by_data (*place, self);
  g_set_object (place, step);
  if (step)
    g_signal_connect_swapped (step, "notify::thumbnail", G_CALLBACK (update_thumbnail), self);
}

static void
watch_step (LimnVariationsPanel *self, guint step)
{
  g_autoptr(LimnReelStep) entry = dup_step (self, step);
  g_autoptr(LimnReelStep) last = self->reel ? dup_step (self, g_list_model_get_n_items (G_LIST_MODEL (self->reel))) : NULL;

  watch (self, &self->watched, entry);
  watch (self, &self->last, last);
  update_thumbnail (self);
}

static void
update_step (LimnVariationsPanel *self)
{
  guint step = get_step (self);
  g_autofree char *text = g_strdup_printf (_("Step %u of %u"), step, self->n_steps);
  g_autofree char *spoken = NULL;
  const char *trade = describe_trade (self->n_steps > 0 ? (double) step / self->n_steps : 0);

  gtk_label_set_label (self->step_label, text);
  gtk_label_set_label (self->trade_label, trade);
  /* Translators: what a screen reader says of the slider: the step, then what variations from there on are like. */
  spoken = g_strdup_printf (_("%s. %s"), text, trade);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->step_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, spoken, -1);
  watch_step (self, step);
}

/* --- What follows from what --- */

static void
emit_changed (LimnVariationsPanel *self)
{
  if (!self->changing)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
update (LimnVariationsPanel *self)
{
  gboolean draws = draws_noise (self);
  gboolean stream = gtk_check_button_get_active (self->stream_check);

  gtk_widget_set_sensitive (self->step_box, !is_several (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self->stream_row), draws);
  adw_action_row_set_subtitle (self->stream_row, draws ? _("The step stays as it is; what the sampler draws after it is different")
                                                       : _("Only with samplers that draw at each step, such as Euler a or DDPM: this picture’s does not"));
  gtk_widget_set_visible (self->amount_row, !stream);
}

static void
on_step_changed (LimnVariationsPanel *self)
{
  if (self->changing)
    return;
  self->share = self->n_steps > 0 ? (double) get_step (self) / self->n_steps : FIRST_SHARE;
  update_step (self);
  emit_changed (self);
}

static void
on_choice_changed (LimnVariationsPanel *self)
{
  update (self);
  emit_changed (self);
}

/* Rows of nine are small to look at; a number that somebody chose stays. */
static void
on_several (LimnVariationsPanel *self)
{
  guint before = is_several (self) ? FIRST_COUNT : FIRST_COUNT_OF_SEVERAL;

  if (get_count (self) == before)
    gtk_spin_button_set_value (self->count_spin, is_several (self) ? FIRST_COUNT_OF_SEVERAL : FIRST_COUNT);
  on_choice_changed (self);
}

/* Each is toggled when the other is: once is enough. */
static void
on_kind_toggled (LimnVariationsPanel *self, GParamSpec *spec, GtkCheckButton *check)
{
  if (gtk_check_button_get_active (check))
    on_choice_changed (self);
}

/* It may still be being painted. */
static void
on_steps (LimnVariationsPanel *self)
{
  watch_step (self, get_step (self));
}

static void
set_range (LimnVariationsPanel *self)
{
  guint first = MIN (1, self->n_steps - 1), last = self->n_steps - 1;

  gtk_adjustment_configure (self->step_adjustment, CLAMP (round (self->share * self->n_steps), first, last), first, last, 1,
                            MAX (self->n_steps / 5, 1), 0);
}

/* --- Public --- */

static guint
count_steps (const LimnRequest *request, LimnReel *reel)
{
  if (reel)
    return limn_reel_get_n_steps (reel);
  return request ? request->steps + limn_request_get_begin (request) : 0;
}

void
limn_variations_panel_set_picture (LimnVariationsPanel *self, const LimnRequest *request, LimnReel *reel, LimnImage *picture)
{
  g_return_if_fail (LIMN_IS_VARIATIONS_PANEL (self));

  self->changing = TRUE;
  if (self->reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
  g_set_object (&self->reel, reel);
  if (reel)
    g_signal_connect_swapped (reel, "items-changed", G_CALLBACK (on_steps), self);
  g_clear_pointer (&self->request, limn_request_free);
  g_clear_pointer (&self->picture, limn_image_unref);
  self->request = request ? limn_request_copy (request) : NULL;
  self->picture = picture ? limn_image_ref (picture) : NULL;
  self->n_steps = count_steps (request, reel);
  if (self->n_steps > 0)
    set_range (self);
  if (request && !draws_noise (self))
    gtk_check_button_set_active (self->renoise_check, TRUE);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), self->n_steps > 0 ? "picture" : "nothing");
  update (self);
  update_step (self);
  self->changing = FALSE;
  emit_changed (self);
}

void
limn_variations_panel_roll (LimnVariationsPanel *self)
{
  /* As limn_draft_roll_seed() does, with room to count up. */
  self->noise_seed = g_random_int () & 0x7fffffff;
}

guint
limn_variations_panel_count (LimnVariationsPanel *self)
{
  return get_count (self) * (is_several (self) ? G_N_ELEMENTS (several_shares) : 1);
}

static LimnRequest *
new_base (LimnVariationsPanel *self)
{
  LimnRequest *base = limn_request_copy (self->request);
  gboolean stream = gtk_check_button_get_active (self->stream_check);
  LimnRequestBranch *branch = limn_request_branch_new (self->request, get_step (self));

  branch->noise = stream ? LIMN_FRESH_NOISE_STREAM : LIMN_FRESH_NOISE_RENOISE;
  branch->noise_seed = self->noise_seed;
  branch->noise_amount = stream ? 0 : gtk_range_get_value (GTK_RANGE (self->amount_scale)) / 100;
  limn_request_take_branch (base, branch);
  base->keep_latents = TRUE;
  return base;
}

static char *
dup_several (LimnVariationsPanel *self)
{
  g_autoptr(GString) text = g_string_new (NULL);
  guint before = G_MAXUINT;

  for (guint i = 0; i < G_N_ELEMENTS (several_shares); i++)
    {
      guint step = CLAMP (round (several_shares[i] * self->n_steps), MIN (1, self->n_steps - 1), self->n_steps - 1);

      /* Of a picture of few steps two of them may be the same. */
      if (step == before)
        continue;
      g_string_append_printf (text, "%s%u", text->len > 0 ? ", " : "", step);
      before = step;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LimnSheetIdea *
limn_variations_panel_dup_idea (LimnVariationsPanel *self, GError **error)
{
  g_autoptr(LimnRequest) base = NULL;
  g_autoptr(LimnSheetAxis) steps = NULL;
  LimnSheetIdea *idea;

  if (!self->request || self->n_steps == 0)
    return NULL;
  base = new_base (self);
  if (is_several (self))
    {
      g_autofree char *list = dup_several (self);

      steps = limn_sheet_axis_new_parse (LIMN_SHEET_BRANCH_STEP, list, base, error);
      if (!steps)
        return NULL;
    }
  idea = limn_sheet_idea_new (LIMN_SHEET_VARIATIONS, g_steal_pointer (&base),
                              limn_sheet_axis_new_seeds (LIMN_SHEET_NOISE_SEED, self->noise_seed, get_count (self)),
                              g_steal_pointer (&steps));
  if (self->reel)
    {
      idea->known = limn_request_copy (self->request);
      idea->known_steps = g_strdup (limn_reel_get_id (self->reel));
    }
  return idea;
}

/* --- The widget --- */

static void
limn_variations_panel_dispose (GObject *object)
{
  LimnVariationsPanel *self = LIMN_VARIATIONS_PANEL (object);

  watch (self, &self->watched, NULL);
  watch (self, &self->last, NULL);
  if (self->reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
  g_clear_object (&self->reel);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_VARIATIONS_PANEL);
  G_OBJECT_CLASS (limn_variations_panel_parent_class)->dispose (object);
}

static void
limn_variations_panel_finalize (GObject *object)
{
  LimnVariationsPanel *self = LIMN_VARIATIONS_PANEL (object);

  g_clear_pointer (&self->request, limn_request_free);
  g_clear_pointer (&self->picture, limn_image_unref);
  G_OBJECT_CLASS (limn_variations_panel_parent_class)->finalize (object);
}

static void
limn_variations_panel_class_init (LimnVariationsPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_variations_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_variations_panel_finalize;
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", LIMN_TYPE_VARIATIONS_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "variations");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-variations-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, end_picture);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, step_label);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, step_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, step_adjustment);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, trade_label);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, step_box);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, count_group);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, several_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, count_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, renoise_check);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, amount_row);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, amount_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, stream_row);
  gtk_widget_class_bind_template_child (widget_class, LimnVariationsPanel, stream_check);
}

static char *
on_format_amount (GtkScale *scale, double value, gpointer data)
{
  /* Translators: a share in percent. */
  return g_strdup_printf (_("%u %%"), (guint) (value + 0.5));
}

static void
limn_variations_panel_init (LimnVariationsPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->share = FIRST_SHARE;
  limn_variations_panel_roll (self);
  limn_accessible_name_list (self->count_group, _("Variations"));
  limn_number_calm (self->count_spin);
  limn_number_pass_wheel (GTK_WIDGET (self->step_scale));
  limn_number_pass_wheel (GTK_WIDGET (self->amount_scale));
  gtk_scale_set_format_value_func (self->amount_scale, on_format_amount, NULL, NULL);
  g_signal_connect_swapped (self->step_adjustment, "value-changed", G_CALLBACK (on_step_changed), self);
  g_signal_connect_swapped (self->amount_scale, "value-changed", G_CALLBACK (on_choice_changed), self);
  g_signal_connect_swapped (self->count_spin, "value-changed", G_CALLBACK (on_choice_changed), self);
  g_signal_connect_swapped (self->several_switch, "notify::active", G_CALLBACK (on_several), self);
  g_signal_connect_swapped (self->renoise_check, "notify::active", G_CALLBACK (on_kind_toggled), self);
  g_signal_connect_swapped (self->stream_check, "notify::active", G_CALLBACK (on_kind_toggled), self);
  update (self);
}
