/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-panels.h"

#include "app/limn-choice-row.h"
#include "app/limn-model-group.h"
#include "app/limn-model-list.h"
#include "app/limn-preview-group.h"
#include "app/limn-sampling-group.h"
#include "app/limn-seed-group.h"
#include "app/limn-settings-panel.h"
#include "app/limn-size-group.h"
#include "app/limn-size-presets.h"

#include <string.h>

typedef struct
{
  Panel    panel;
  gpointer model;
  gpointer size;
  gpointer seed;
  gpointer sampling;
  gpointer preview;
} Settings;

static void
set_studio (GtkWidget *widget, LimnStudio *studio)
{
  gtk_widget_set_valign (widget, GTK_ALIGN_FILL);
  limn_settings_panel_set_studio (LIMN_SETTINGS_PANEL (widget), studio);
}

/* With the starter model looked at. */
static void
set_up (Settings *settings, gconstpointer data)
{
  GtkWidget *panel;

  panel_init (&settings->panel, LIMN_TYPE_SETTINGS_PANEL, set_studio, 340);
  panel = settings->panel.widget;
  settings->model = part (panel, LIMN_TYPE_SETTINGS_PANEL, "model_group");
  settings->size = part (panel, LIMN_TYPE_SETTINGS_PANEL, "size_group");
  settings->seed = part (panel, LIMN_TYPE_SETTINGS_PANEL, "seed_group");
  settings->sampling = part (panel, LIMN_TYPE_SETTINGS_PANEL, "sampling_group");
  settings->preview = part (panel, LIMN_TYPE_SETTINGS_PANEL, "preview_group");
  /* The studio looks when something has changed; the window asks for the first look. */
  g_object_set (settings->panel.draft, "storage", (guint) LIMN_STORAGE_F16, NULL);
  g_object_set (settings->panel.draft, "storage", (guint) LIMN_STORAGE_F32, NULL);
  wait_until (limn_draft_get_inspection (settings->panel.draft));
}

static void
tear_down (Settings *settings, gconstpointer data)
{
  panel_clear (&settings->panel);
}

static void
test_open (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  LimnInspection *inspection = limn_draft_get_inspection (draft);
  GtkSpinButton *spin = GTK_SPIN_BUTTON (part (settings->sampling, LIMN_TYPE_SAMPLING_GROUP, "steps_spin"));
  GtkWidget *reset = GTK_WIDGET (part (settings->sampling, LIMN_TYPE_SAMPLING_GROUP, "steps_reset"));

  /* Looking at the panel has decided nothing. */
  g_assert_cmpuint (limn_draft_get_open (draft), ==, LIMN_REQUEST_OPEN_ALL);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin), ==, inspection->steps);
  g_assert_false (gtk_widget_get_visible (reset));
  gtk_spin_button_set_value (spin, inspection->steps + 3);
  g_assert_cmpuint (get_uint (draft, "steps"), ==, inspection->steps + 3);
  g_assert_cmpuint (limn_draft_get_open (draft), ==, LIMN_REQUEST_OPEN_ALL & ~LIMN_REQUEST_OPEN_STEPS);
  g_assert_true (gtk_widget_get_visible (reset));
  click (reset);
  g_assert_cmpuint (limn_draft_get_open (draft), ==, LIMN_REQUEST_OPEN_ALL);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin), ==, inspection->steps);
}

/* What cannot be typed cannot be painted; what came with a picture stays exactly what it is. */
static void
test_numbers (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  GtkSpinButton *steps = GTK_SPIN_BUTTON (part (settings->sampling, LIMN_TYPE_SAMPLING_GROUP, "steps_spin"));
  GtkSpinButton *cfg = GTK_SPIN_BUTTON (part (settings->sampling, LIMN_TYPE_SAMPLING_GROUP, "cfg_spin"));

  gtk_editable_set_text (GTK_EDITABLE (steps), "100000");
  gtk_spin_button_update (steps);
  g_assert_cmpuint (get_uint (draft, "steps"), ==, LIMN_STEPS_MAX);
  gtk_editable_set_text (GTK_EDITABLE (steps), "0");
  gtk_spin_button_update (steps);
  g_assert_cmpuint (get_uint (draft, "steps"), ==, LIMN_STEPS_MIN);

  g_object_set (draft, "cfg", 7.125, NULL);
  gtk_spin_button_update (cfg);
  g_assert_cmpfloat (get_double (draft, "cfg"), ==, 7.125);
  gtk_editable_set_text (GTK_EDITABLE (cfg), "6.5");
  gtk_spin_button_update (cfg);
  g_assert_cmpfloat (get_double (draft, "cfg"), ==, 6.5);
}

static void
test_offers (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  LimnInspection *inspection = limn_draft_get_inspection (draft);
  g_autoptr(LimnInspection) poor = g_atomic_rc_box_dup (sizeof *inspection, inspection);
  LimnChoiceRow *samplers = LIMN_CHOICE_ROW (part (settings->sampling, LIMN_TYPE_SAMPLING_GROUP, "sampler_row"));
  LimnChoiceRow *schedules = LIMN_CHOICE_ROW (part (settings->sampling, LIMN_TYPE_SAMPLING_GROUP, "schedule_row"));
  guint n = 0;

  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    n += inspection->offers[i] != 0;
  g_assert_cmpuint (limn_choice_row_get_n_choices (samplers), ==, n);

  /* A model that can do less. Its strings belong to the other one. */
  poor->model = poor->model_name = poor->family = poor->device = poor->driver = poor->refused = NULL;
  memset (poor->offers, 0, sizeof poor->offers);
  poor->offers[LIMN_SAMPLER_EULER] = 1u << LIMN_SCHEDULE_MODEL | 1u << LIMN_SCHEDULE_KARRAS;
  poor->offers[LIMN_SAMPLER_DDIM] = 1u << LIMN_SCHEDULE_MODEL;
  poor->sampler = LIMN_SAMPLER_EULER;
  g_object_set (draft, "sampler", (guint) LIMN_SAMPLER_LMS, "schedule", (guint) LIMN_SCHEDULE_KARRAS, NULL);
  limn_draft_set_inspection (draft, poor);
  /* Those two, and the one that was chosen before and stays until the artist chooses another. */
  g_assert_cmpuint (limn_choice_row_get_n_choices (samplers), ==, 3);
  g_assert_cmpuint (get_uint (draft, "sampler"), ==, LIMN_SAMPLER_LMS);
  g_object_set (draft, "sampler", (guint) LIMN_SAMPLER_EULER, NULL);
  g_assert_cmpuint (limn_choice_row_get_n_choices (schedules), ==, 2);
  g_assert_cmpuint (get_uint (draft, "schedule"), ==, LIMN_SCHEDULE_KARRAS);

  /* By hand: the first is DDIM, which has no such schedule. */
  adw_combo_row_set_selected (ADW_COMBO_ROW (samplers), 0);
  g_assert_cmpuint (get_uint (draft, "sampler"), ==, LIMN_SAMPLER_DDIM);
  g_assert_cmpuint (get_uint (draft, "schedule"), ==, LIMN_SCHEDULE_MODEL);
}

static void
test_seed (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  GtkEditable *entry = GTK_EDITABLE (part (settings->seed, LIMN_TYPE_SEED_GROUP, "seed_row"));

  gtk_editable_set_text (entry, "18446744073709551615");
  g_assert_cmpuint (limn_draft_get_seed (draft), ==, G_MAXUINT64);
  /* Who types a seed wants to keep it. */
  g_assert_true (get_boolean (draft, "seed-locked"));
  gtk_editable_set_text (entry, "18446744073709551616");
  g_assert_cmpuint (limn_draft_get_seed (draft), ==, G_MAXUINT64);
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (entry), "error"));
  gtk_editable_set_text (entry, " 42 ");
  g_assert_cmpuint (limn_draft_get_seed (draft), ==, 42);
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (entry), "error"));
  gtk_editable_set_text (entry, "-1");
  g_assert_false (get_boolean (draft, "seed-locked"));
  g_assert_cmpstr (gtk_editable_get_text (entry), !=, "-1");
  g_object_set (draft, "seed", (guint64) 7, NULL);
  g_assert_cmpstr (gtk_editable_get_text (entry), ==, "7");
}

/* Off, each is nothing in the draft; on, it begins with something that shows. Settings that come with a picture move the switches. */
static void
test_variation (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = limn_studio_get_draft (settings->panel.studio);
  AdwExpanderRow *variation = ADW_EXPANDER_ROW (part (settings->seed, LIMN_TYPE_SEED_GROUP, "variation_row"));
  AdwExpanderRow *size = ADW_EXPANDER_ROW (part (settings->seed, LIMN_TYPE_SEED_GROUP, "size_row"));
  GtkEditable *entry = GTK_EDITABLE (part (settings->seed, LIMN_TYPE_SEED_GROUP, "variation_seed_row"));
  guint64 seed;
  double strength;
  guint width, height;

  g_assert_false (adw_expander_row_get_enable_expansion (variation));
  adw_expander_row_set_enable_expansion (variation, TRUE);
  g_object_get (draft, "variation-strength", &strength, NULL);
  g_assert_cmpfloat (strength, >, 0);
  gtk_editable_set_text (entry, "77");
  g_object_get (draft, "variation-seed", &seed, NULL);
  g_assert_cmpuint (seed, ==, 77);
  gtk_editable_set_text (entry, "no number");
  g_object_get (draft, "variation-seed", &seed, NULL);
  g_assert_cmpuint (seed, ==, 77);
  adw_expander_row_set_enable_expansion (variation, FALSE);
  g_object_get (draft, "variation-strength", &strength, NULL);
  g_assert_cmpfloat (strength, ==, 0);
  g_object_set (draft, "variation-strength", 0.3, NULL);
  g_assert_true (adw_expander_row_get_enable_expansion (variation));
  g_object_set (draft, "variation-strength", 0.0, NULL);
  g_assert_false (adw_expander_row_get_enable_expansion (variation));

  adw_expander_row_set_enable_expansion (size, TRUE);
  g_object_get (draft, "seed-width", &width, "seed-height", &height, NULL);
  g_assert_cmpuint (width, ==, limn_draft_get_width (draft));
  g_assert_cmpuint (height, ==, limn_draft_get_height (draft));
  adw_expander_row_set_enable_expansion (size, FALSE);
  g_object_get (draft, "seed-width", &width, "seed-height", &height, NULL);
  g_assert_cmpuint (width + height, ==, 0);
}

static void
test_size (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  LimnInspection *inspection = limn_draft_get_inspection (draft);
  GtkSpinButton *width = GTK_SPIN_BUTTON (part (settings->size, LIMN_TYPE_SIZE_GROUP, "width_spin"));
  GtkWidget *shapes = GTK_WIDGET (part (settings->size, LIMN_TYPE_SIZE_GROUP, "shapes"));
  GtkWidget *square = gtk_widget_get_first_child (shapes);
  GtkWidget *last = gtk_widget_get_last_child (shapes);
  guint w, h;

  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (square)));
  gtk_editable_set_text (GTK_EDITABLE (width), "145");
  gtk_spin_button_update (width);
  g_assert_cmpuint (limn_draft_get_width (draft), ==, limn_size_snap (145, inspection->multiple, LIMN_REQUEST_MAX_SIDE));
  g_assert_false (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (square)));

  click (last);
  limn_size_fit (inspection->width * inspection->height, 2, inspection->multiple, LIMN_REQUEST_MAX_SIDE, &w, &h);
  g_assert_cmpuint (limn_draft_get_width (draft), ==, w);
  g_assert_cmpuint (limn_draft_get_height (draft), ==, h);
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (last)));
  /* Upright, the shapes are upright. */
  g_object_set (draft, "width", h, "height", w, NULL);
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (last)));
  click (square);
  g_assert_cmpuint (limn_draft_get_width (draft), ==, inspection->width);
  click (GTK_WIDGET (part (settings->size, LIMN_TYPE_SIZE_GROUP, "reset")));
  g_assert_true (limn_draft_get_open (draft) & LIMN_REQUEST_OPEN_SIZE);

  /* A size that does not fit is shown as it came. */
  g_object_set (draft, "width", 131u, NULL);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (width), ==, 131);
  g_assert_cmpuint (limn_draft_get_width (draft), ==, 131);
}

static gboolean
is_shown (gpointer widget)
{
  return gtk_widget_get_visible (GTK_WIDGET (widget));
}

/* What stands in the way is said where it can be changed, with a way out. */
static void
test_trouble (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  gpointer row = part (settings->model, LIMN_TYPE_MODEL_GROUP, "trouble_row");
  gpointer starter = part (settings->model, LIMN_TYPE_MODEL_GROUP, "starter_button");
  gpointer reopen = part (settings->model, LIMN_TYPE_MODEL_GROUP, "reopen_button");
  gpointer memory = part (settings->model, LIMN_TYPE_MODEL_GROUP, "memory_row");

  g_assert_false (is_shown (row));
  g_assert_true (is_shown (memory));
  g_object_set (draft, "width", 131u, NULL);
  wait_until (is_shown (row) && is_shown (reopen));
  g_assert_false (is_shown (starter));
  click (reopen);
  g_assert_cmpuint (limn_draft_get_open (draft), ==, LIMN_REQUEST_OPEN_ALL);
  wait_until (!is_shown (row));

  g_object_set (draft, "model", "/nowhere/at/all", NULL);
  wait_until (is_shown (row) && is_shown (starter));
  g_assert_false (is_shown (memory));
  click (starter);
  g_assert_null (limn_draft_get_model (draft));
  wait_until (!is_shown (row));
}

static void
test_memory (Settings *settings, gconstpointer data)
{
  LimnDraft *draft = settings->panel.draft;
  LimnInspection *inspection = limn_draft_get_inspection (draft);
  g_autoptr(LimnInspection) small = g_atomic_rc_box_dup (sizeof *inspection, inspection);
  GtkLabel *label = GTK_LABEL (part (settings->model, LIMN_TYPE_MODEL_GROUP, "memory_label"));
  gpointer row = part (settings->model, LIMN_TYPE_MODEL_GROUP, "trouble_row");

  small->model = small->model_name = small->family = small->device = small->driver = small->refused = NULL;
  small->need_bytes = 85 << 20;
  small->limit_bytes = (guint64) 12 << 30;
  limn_draft_set_inspection (draft, small);
  g_assert_cmpstr (gtk_label_get_label (label), ==, "Needs 85 MiB of 12 GiB");
  g_assert_false (is_shown (row));
}

static void
test_models (Settings *settings, gconstpointer data)
{
  GSettings *keys = limn_studio_get_settings (settings->panel.studio);
  LimnModelList *list = LIMN_MODEL_LIST (part (settings->model, LIMN_TYPE_MODEL_GROUP, "model_list"));
  g_auto(GStrv) models = NULL;

  limn_model_list_open (list, "/models/a");
  limn_model_list_open (list, "/models/b/model_index.json");
  limn_model_list_open (list, "/models/a");
  models = g_settings_get_strv (keys, "models");
  g_assert_cmpuint (g_strv_length (models), ==, 2);
  g_assert_cmpstr (models[0], ==, "/models/a");
  g_assert_cmpstr (models[1], ==, "/models/b");
  g_assert_cmpstr (limn_draft_get_model (settings->panel.draft), ==, "/models/a");
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (list)), ==, "a");
  g_object_set (settings->panel.draft, "model", NULL, NULL);
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (list)), ==, "Starter Model");
}

static void
test_slowdown (Settings *settings, gconstpointer data)
{
  GtkSpinButton *spin = GTK_SPIN_BUTTON (part (settings->preview, LIMN_TYPE_PREVIEW_GROUP, "slowdown_spin"));
  static const struct
  {
    const char *typed;
    guint       percent;
    const char *shown;
  } cases[] = { { "50", 50, "50 %" }, { "at most 25 %", 25, "25 %" }, { "", 0, "no limit" }, { "99999999999999", 1000, "1000 %" } };

  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin)), ==, "no limit");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gtk_editable_set_text (GTK_EDITABLE (spin), cases[i].typed);
      gtk_spin_button_update (spin);
      g_assert_cmpuint (get_uint (settings->panel.draft, "preview-slowdown"), ==, cases[i].percent);
      g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin)), ==, cases[i].shown);
    }
}

/* In the narrowest window the panel still fits beside nothing: 320 pixels are what the window gives it. */
static void
test_narrow (Settings *settings, gconstpointer data)
{
  int min;

  limn_model_list_open (LIMN_MODEL_LIST (part (settings->model, LIMN_TYPE_MODEL_GROUP, "model_list")),
                        "/models/a-model-with-a-very-long-name-without-any-space-in-it");
  g_object_set (settings->panel.draft, "steps", 900u, "cfg", 900.0, "width", 16000u, NULL);
  settle ();
  gtk_widget_measure (settings->panel.widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  g_assert_cmpint (min, <=, 320);
}

static void
test_named (Settings *settings, gconstpointer data)
{
  assert_named (settings->panel.widget);
}

void
test_settings_panel_add (void)
{
  g_test_add ("/settings/open", Settings, NULL, set_up, test_open, tear_down);
  g_test_add ("/settings/numbers", Settings, NULL, set_up, test_numbers, tear_down);
  g_test_add ("/settings/offers", Settings, NULL, set_up, test_offers, tear_down);
  g_test_add ("/settings/seed", Settings, NULL, set_up, test_seed, tear_down);
  g_test_add ("/settings/variation", Settings, NULL, set_up, test_variation, tear_down);
  g_test_add ("/settings/size", Settings, NULL, set_up, test_size, tear_down);
  g_test_add ("/settings/trouble", Settings, NULL, set_up, test_trouble, tear_down);
  g_test_add ("/settings/memory", Settings, NULL, set_up, test_memory, tear_down);
  g_test_add ("/settings/models", Settings, NULL, set_up, test_models, tear_down);
  g_test_add ("/settings/slowdown", Settings, NULL, set_up, test_slowdown, tear_down);
  g_test_add ("/settings/narrow", Settings, NULL, set_up, test_narrow, tear_down);
  g_test_add ("/settings/named", Settings, NULL, set_up, test_named, tear_down);
}
