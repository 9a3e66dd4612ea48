/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-axis-group.h"

#include "app/limn-sheet-words.h"

#include <glib/gi18n.h>

struct _LimnAxisGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwComboRow         *field_row;
  AdwEntryRow         *values_row;
  GtkLabel            *note;

  int                  field;  /* of the table below; -1: none */
  GArray              *choices; /* int: of each item of the row */
  guint                offered; /* bits: of the table, what fits to what is in the fields */
  GHashTable          *texts;  /* of each setting: what was written last */
  gboolean             changing;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* @values: such as show what the setting does, to begin with. What is read by limn_sheet_axis_new_parse() is not translated. */
static const struct
{
  LimnSheetField field;
  const char    *title;
  const char    *values;
  const char    *tip;
} fields[] = {
  { LIMN_SHEET_CFG, N_("Such as 2, 5, 7.5 or 1-10 (+3)"), "2, 5, 8",
    N_("How closely the picture follows the prompt") },
  { LIMN_SHEET_SEED, N_("Such as 1, 7, 12 or 1-9"), "1-3", N_("Other noise: another picture of the same prompt") },
  { LIMN_SHEET_STEPS, N_("Such as 5, 10 or 10-40 (+10)"), "5, 10, 20",
    N_("More steps are finer and take longer") },
  { LIMN_SHEET_SAMPLER, N_("Such as Euler, Euler a"), "Euler, Euler a, DPM++ 2M",
    N_("The way from the noise to the picture") },
  { LIMN_SHEET_SCHEDULE, N_("Such as model, karras"), "model, karras, trailing",
    N_("How the noise is spread over the steps") },
  { LIMN_SHEET_PROMPT, N_("The first is replaced by the others"), "",
    N_("The first words are looked for in the prompt; in each picture others stand in their place") },
  { LIMN_SHEET_ETA, N_("Such as 0, 0.5, 1"), "0, 0.5, 1", N_("How much noise the sampler puts back at each step") },
  { LIMN_SHEET_STRENGTH, N_("From 0 to 1, such as 0.3, 0.6"), "0.3, 0.5, 0.7",
    N_("How far the picture that it starts from may change") },
  { LIMN_SHEET_VARIATION_SEED, N_("Such as 1, 7, 12 or 1-9"), "1-3",
    N_("What noise the seed’s noise is turned towards") },
  { LIMN_SHEET_VARIATION_STRENGTH, N_("From 0 to 1, such as 0.1, 0.3"), "0, 0.1, 0.2, 0.4",
    N_("How far the seed’s noise is turned towards that of the variation seed") },
  { LIMN_SHEET_LAMBDA, N_("From 0 to 1, such as 0-1 [5]"), "0-1 [5]",
    N_("Where between its two sides a blend lies") },
  { LIMN_SHEET_LAMBDA_V, N_("From 0 to 1, such as 0-1 [5]"), "0-1 [5]",
    N_("Where between its two sides a blend lies") },
  { LIMN_SHEET_BRANCH_STEP, N_("Such as 4, 8, 12"), "",
    N_("The step from which on the picture goes its own way") },
  { LIMN_SHEET_NOISE_SEED, N_("Such as 1, 7, 12 or 1-9"), "1-3",
    N_("Which noise is put in where the picture goes its own way") },
  { LIMN_SHEET_NOISE_AMOUNT, N_("From 0 to 1, such as 0.3, 0.6"), "0.2, 0.4, 0.6",
    N_("How much of the noise is exchanged where the picture goes its own way") },
};

G_DEFINE_FINAL_TYPE (LimnAxisGroup, limn_axis_group, ADW_TYPE_PREFERENCES_GROUP)

/* --- What is said --- */

static void
say (LimnAxisGroup *self, const char *text, gboolean wrong)
{
  gtk_label_set_label (self->note, text);
  gtk_widget_set_visible (GTK_WIDGET (self->note), *text != '\0');
  if (wrong)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->values_row), "error");
      gtk_widget_add_css_class (GTK_WIDGET (self->note), "error");
      gtk_widget_remove_css_class (GTK_WIDGET (self->note), "dim-label");
    }
  else
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->values_row), "error");
      gtk_widget_remove_css_class (GTK_WIDGET (self->note), "error");
      gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
    }
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->values_row), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->values_row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

/* --- What is chosen --- */

static void
set_text (LimnAxisGroup *self, const char *text)
{
  self->changing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->values_row), text);
  self->changing = FALSE;
}

/* What fits, and what is chosen. */
static void
fill (LimnAxisGroup *self)
{
  g_autoptr(GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;

  self->changing = TRUE;
  g_array_set_size (self->choices, 0);
  for (int i = -1; i < (int) G_N_ELEMENTS (fields); i++)
    {
      if (i >= 0 && i != self->field && !(self->offered & (1u << i)))
        continue;
      if (i == self->field)
        selected = self->choices->len;
      /* Translators: a grid of pictures in which nothing changes in this direction. */
      gtk_string_list_append (names, i < 0 ? _("Nothing") : limn_sheet_words_name (fields[i].field));
      g_array_append_val (self->choices, i);
    }
  adw_combo_row_set_model (self->field_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->field_row, selected);
  self->changing = FALSE;
}

static void
show_field (LimnAxisGroup *self, int field)
{
  const char *text = field >= 0 ? g_hash_table_lookup (self->texts, GINT_TO_POINTER (field)) : NULL;

  self->field = field;
  fill (self);
  gtk_widget_set_visible (GTK_WIDGET (self->values_row), field >= 0);
  say (self, "", FALSE);
  if (field < 0)
    return;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->values_row), _(fields[field].title));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->values_row), _(fields[field].tip));
  set_text (self, text ? text : fields[field].values);
}

static void
on_field_selected (LimnAxisGroup *self)
{
  guint at = adw_combo_row_get_selected (self->field_row);

  if (self->changing || at >= self->choices->len)
    return;
  show_field (self, g_array_index (self->choices, int, at));
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_text_changed (LimnAxisGroup *self)
{
  if (self->changing || self->field < 0)
    return;
  g_hash_table_insert (self->texts, GINT_TO_POINTER (self->field), g_strdup (limn_axis_group_get_text (self)));
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* --- Public --- */

gboolean
limn_axis_group_get_field (LimnAxisGroup *self, LimnSheetField *field)
{
  if (self->field < 0)
    return FALSE;
  *field = fields[self->field].field;
  return TRUE;
}

void
limn_axis_group_set_field (LimnAxisGroup *self, LimnSheetField field)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].field == field)
      show_field (self, i);
}

void
limn_axis_group_set_none (LimnAxisGroup *self)
{
  show_field (self, -1);
}

const char *
limn_axis_group_get_text (LimnAxisGroup *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->values_row));
}

void
limn_axis_group_set_text (LimnAxisGroup *self, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (self->values_row), text);
}

gboolean
limn_axis_group_dup_axis (LimnAxisGroup *self, const LimnRequest *base, LimnSheetAxis **axis)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  guint n, offered = 0;

  *axis = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    offered |= limn_sheet_field_fits (fields[i].field, base) ? 1u << i : 0;
  if (offered != self->offered)
    {
      self->offered = offered;
      fill (self);
    }
  if (self->field < 0)
    return TRUE;
  *axis = limn_sheet_axis_new_parse (fields[self->field].field, limn_axis_group_get_text (self), base, &error);
  if (!*axis)
    {
      /* Nothing is not wrong yet. */
      gboolean empty = *limn_axis_group_get_text (self) == '\0';

      say (self, empty ? _("Which values should it have?") : error->message, !empty);
      return FALSE;
    }
  n = limn_sheet_axis_get_n_values (*axis);
  text = g_strdup_printf (ngettext ("%u value", "%u values", n), n);
  say (self, text, FALSE);
  return TRUE;
}

void
limn_axis_group_swap (LimnAxisGroup *a, LimnAxisGroup *b)
{
  int field = a->field;
  g_autofree char *a_text = g_strdup (limn_axis_group_get_text (a)), *b_text = g_strdup (limn_axis_group_get_text (b));

  show_field (a, b->field);
  show_field (b, field);
  set_text (a, b_text);
  set_text (b, a_text);
  g_signal_emit (a, signals[SIGNAL_CHANGED], 0);
}

/* --- The widget --- */

static void
limn_axis_group_dispose (GObject *object)
{
  LimnAxisGroup *self = LIMN_AXIS_GROUP (object);

  if (self->field_row)
    g_signal_handlers_disconnect_by_data (self->field_row, self);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_AXIS_GROUP);
  G_OBJECT_CLASS (limn_axis_group_parent_class)->dispose (object);
}

static void
limn_axis_group_finalize (GObject *object)
{
  g_array_unref (LIMN_AXIS_GROUP (object)->choices);
  g_hash_table_unref (LIMN_AXIS_GROUP (object)->texts);
  G_OBJECT_CLASS (limn_axis_group_parent_class)->finalize (object);
}

static void
limn_axis_group_class_init (LimnAxisGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_axis_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_axis_group_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LIMN_TYPE_AXIS_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-axis-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnAxisGroup, field_row);
  gtk_widget_class_bind_template_child (widget_class, LimnAxisGroup, values_row);
  gtk_widget_class_bind_template_child (widget_class, LimnAxisGroup, note);
  gtk_widget_class_bind_template_callback (widget_class, on_text_changed);
}

static void
limn_axis_group_init (LimnAxisGroup *self)
{
  self->field = -1;
  self->choices = g_array_new (FALSE, FALSE, sizeof (int));
  self->texts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->field_row, "notify::selected", G_CALLBACK (on_field_selected), self);
  show_field (self, -1);
}
