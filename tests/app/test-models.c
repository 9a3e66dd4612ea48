/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of one's own: what the panel shows, and to whom. */
#include "config.h"

#include "test-panels.h"

#include "app/limn-control-group.h"
#include "app/limn-control-row.h"
#include "app/limn-lora-group.h"
#include "app/limn-lora-row.h"
#include "app/limn-model-group.h"
#include "app/limn-model-list.h"
#include "app/limn-model-window.h"
#include "app/limn-sampling-group.h"
#include "app/limn-settings-panel.h"
#include "session/limn-draft-controls.h"
#include "session/limn-draft-loras.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-lora.h"

typedef struct
{
  Panel    panel;
  char    *folder;
  gpointer loras;
  gpointer controls;
  gpointer model;
} Models;

static void
set_studio (GtkWidget *widget, LimnStudio *studio)
{
  gtk_widget_set_valign (widget, GTK_ALIGN_FILL);
  limn_settings_panel_set_studio (LIMN_SETTINGS_PANEL (widget), studio);
}

static void
set_up (Models *models, gconstpointer data)
{
  GtkWidget *panel;

  models->folder = g_dir_make_tmp ("limn-models-XXXXXX", NULL);
  panel_init (&models->panel, LIMN_TYPE_SETTINGS_PANEL, set_studio, 340);
  panel = models->panel.widget;
  models->loras = part (panel, LIMN_TYPE_SETTINGS_PANEL, "lora_group");
  models->controls = part (panel, LIMN_TYPE_SETTINGS_PANEL, "control_group");
  models->model = part (panel, LIMN_TYPE_SETTINGS_PANEL, "model_group");
}

static void
tear_down (Models *models, gconstpointer data)
{
  g_settings_reset (limn_studio_get_settings (models->panel.studio), "model-folders");
  g_settings_reset (limn_studio_get_settings (models->panel.studio), "model-predictions");
  panel_clear (&models->panel);
  limn_test_remove_folder (models->folder);
  g_free (models->folder);
}

static char *
put_lora (Models *models, const char *name)
{
  char *path = g_build_filename (models->folder, name, NULL);

  limn_test_put_lora (path, 4);
  return path;
}

static LimnModelLibrary *
get_library (Models *models)
{
  return limn_studio_get_models (models->panel.studio);
}

static void
look (Models *models)
{
  limn_studio_add_model_folder (models->panel.studio, models->folder);
  wait_until (!limn_model_library_is_scanning (get_library (models)));
  settle ();
}

/* Depth first; (nullable). */
static GtkWidget *
find (gpointer widget, GType type)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found)
        return found;
    }
  return NULL;
}

/* Who has the starter model alone sees nothing of what belongs to other models. */
static void
test_calm (Models *models, gconstpointer data)
{
  settle ();
  g_assert_false (gtk_widget_get_visible (models->loras));
  g_assert_false (gtk_widget_get_visible (models->controls));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (part (models->model, LIMN_TYPE_MODEL_GROUP, "vae_row"))));
}

static void
test_loras (Models *models, gconstpointer data)
{
  g_autofree char *path = put_lora (models, "Ink & <Wash>.safetensors");
  LimnDraft *draft = models->panel.draft;
  GtkWidget *row;
  GtkSpinButton *spin;
  GtkRange *scale;

  look (models);
  g_assert_true (gtk_widget_get_visible (models->loras));
  limn_studio_use_model_file (models->panel.studio, limn_model_entry_get_file (limn_model_library_lookup (get_library (models), path)));
  row = find (models->loras, LIMN_TYPE_LORA_ROW);
  g_assert_nonnull (row);
  spin = GTK_SPIN_BUTTON (part (row, LIMN_TYPE_LORA_ROW, "strength_spin"));
  scale = GTK_RANGE (part (row, LIMN_TYPE_LORA_ROW, "strength_scale"));
  {
    g_autoptr(LimnRequest) request = limn_draft_dup_request (draft);

    g_assert_cmpuint (request->loras->len, ==, 1);
    g_assert_cmpstr (((LimnRequestLora *) request->loras->pdata[0])->path, ==, path);
  }

  /* One number in two places, and beyond the one. */
  gtk_range_set_value (scale, 0.8);
  g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, 0.8);
  gtk_spin_button_set_value (spin, -1.5);
  g_assert_cmpfloat (gtk_range_get_value (scale), ==, 0);
  {
    g_autoptr(LimnRequest) request = limn_draft_dup_request (draft);
    const LimnRequestLora *lora = request->loras->pdata[0];

    g_assert_cmpfloat (lora->strength, ==, -1.5);
    g_assert_cmpfloat (lora->text_strength, ==, -1.5);
  }

  /* Off, it keeps its strength and its place. */
  gtk_check_button_set_active (GTK_CHECK_BUTTON (part (row, LIMN_TYPE_LORA_ROW, "check")), FALSE);
  {
    g_autoptr(LimnRequest) request = limn_draft_dup_request (draft);

    g_assert_null (request->loras);
    g_assert_true (find (models->loras, LIMN_TYPE_LORA_ROW) == row);
    g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, -1.5);
  }
  click (part (row, LIMN_TYPE_LORA_ROW, "remove_button"));
  g_assert_null (find (models->loras, LIMN_TYPE_LORA_ROW));
  g_assert_true (gtk_widget_get_visible (models->loras));
}

static char *
add_picture (Models *models, guint8 shade)
{
  guint8 *pixels = g_malloc0 (64 * 48 * 3);
  g_autoptr(LimnImage) image = NULL;

  for (guint i = 0; i < 64 * 48 * 3; i++)
    pixels[i] = i % (64 * 3) > 96 ? shade : 0;
  image = limn_image_new_take (LIMN_PIXEL_RGB8, 64, 48, pixels, NULL);
  return limn_stash_add (limn_studio_get_stash (models->panel.studio), image);
}

/* What the ControlNet sees is shown as soon as there is a picture, and anew for each way to look at it. */
static void
test_control (Models *models, gconstpointer data)
{
  LimnDraft *draft = models->panel.draft;
  g_autofree char *id = add_picture (models, 200);
  g_autoptr(LimnRequestControl) control = limn_request_control_new ("/models/lines.safetensors", "");
  g_autoptr(GdkPaintable) plain = NULL;
  GtkWidget *row;
  GtkPicture *shown;

  limn_draft_set_control (draft, 0, control);
  g_assert_true (gtk_widget_get_visible (models->controls));
  row = find (models->controls, LIMN_TYPE_CONTROL_ROW);
  shown = GTK_PICTURE (part (row, LIMN_TYPE_CONTROL_ROW, "look"));
  {
    g_autoptr(LimnRequest) request = limn_draft_dup_request (draft);

    g_assert_null (request->controls);
    g_assert_true (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (row)));
  }
  g_free (control->picture);
  control->picture = g_strdup (id);
  limn_draft_set_control (draft, 0, control);
  wait_until (gtk_picture_get_paintable (shown));
  plain = g_object_ref (gtk_picture_get_paintable (shown));
  adw_combo_row_set_selected (ADW_COMBO_ROW (part (row, LIMN_TYPE_CONTROL_ROW, "map_row")), LIMN_CONTROL_MAP_EDGE);
  wait_until (gtk_picture_get_paintable (shown) != plain);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (part (row, LIMN_TYPE_CONTROL_ROW, "strength_spin")), 0.6);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (part (row, LIMN_TYPE_CONTROL_ROW, "end_spin")), 50);
  {
    g_autoptr(LimnRequest) request = limn_draft_dup_request (draft);
    const LimnRequestControl *kept = request->controls->pdata[0];

    g_assert_cmpint (kept->map, ==, LIMN_CONTROL_MAP_EDGE);
    g_assert_cmpfloat (kept->strength, ==, 0.6);
    g_assert_cmpfloat (kept->start, ==, 0);
    g_assert_cmpfloat (kept->end, ==, 0.5);
    g_assert_cmpstr (kept->picture, ==, id);
  }
  click (part (row, LIMN_TYPE_CONTROL_ROW, "remove_button"));
  g_assert_null (find (models->controls, LIMN_TYPE_CONTROL_ROW));
  g_assert_false (gtk_widget_get_visible (models->controls));
}

/* What was said once of a model holds whenever it is chosen again, and for no other. */
static void
test_prediction (Models *models, gconstpointer data)
{
  LimnDraft *draft = models->panel.draft;
  GtkWidget *sampling = GTK_WIDGET (part (models->panel.widget, LIMN_TYPE_SETTINGS_PANEL, "sampling_group"));
  AdwComboRow *row = ADW_COMBO_ROW (part (sampling, LIMN_TYPE_SAMPLING_GROUP, "prediction_row"));

  limn_studio_choose_model (models->panel.studio, "/models/a");
  g_assert_true (limn_draft_get_open (draft) & LIMN_REQUEST_OPEN_PREDICTION);
  adw_combo_row_set_selected (row, LIMN_PREDICTION_V);
  limn_studio_choose_model (models->panel.studio, "/models/b");
  g_assert_true (limn_draft_get_open (draft) & LIMN_REQUEST_OPEN_PREDICTION);
  limn_studio_choose_model (models->panel.studio, "/models/a");
  g_assert_false (limn_draft_get_open (draft) & LIMN_REQUEST_OPEN_PREDICTION);
  g_assert_cmpuint (get_uint (draft, "prediction"), ==, LIMN_PREDICTION_V);
  click (part (sampling, LIMN_TYPE_SAMPLING_GROUP, "prediction_reset"));
  limn_studio_choose_model (models->panel.studio, NULL);
  limn_studio_choose_model (models->panel.studio, "/models/a");
  g_assert_true (limn_draft_get_open (draft) & LIMN_REQUEST_OPEN_PREDICTION);
}

/* Names of any length, and rows unfolded: the panel is as narrow as before. */
static void
test_narrow (Models *models, gconstpointer data)
{
  g_autofree char *id = add_picture (models, 100);
  g_autoptr(LimnRequestControl) control = limn_request_control_new ("/models/a-controlnet-with-a-very-long-name-without-any-space", id);
  GtkWidget *row;
  int min;

  limn_draft_put_lora (models->panel.draft, "/models/a-lora-with-a-very-long-name-without-any-space-in-it.safetensors", -10.25, 1, TRUE);
  limn_draft_set_control (models->panel.draft, 0, control);
  g_object_set (models->panel.draft, "vae", "/models/a-vae-with-a-very-long-name-without-any-space-in-it.safetensors", NULL);
  row = find (models->controls, LIMN_TYPE_CONTROL_ROW);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  wait_until (gtk_picture_get_paintable (GTK_PICTURE (part (row, LIMN_TYPE_CONTROL_ROW, "look"))));
  settle ();
  gtk_widget_measure (models->panel.widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  g_assert_cmpint (min, <=, 320);
  assert_named (models->panel.widget);
}

static void
test_window (Models *models, gconstpointer data)
{
  g_autofree char *ink = put_lora (models, "ink.safetensors");
  g_autofree char *wash = put_lora (models, "wash.safetensors");
  g_autofree char *damaged = g_build_filename (models->folder, "damaged.safetensors", NULL);
  GtkWidget *window;
  GtkListView *list;
  GtkStack *stack;
  GtkSelectionModel *shown;
  int min;

  window = g_object_ref_sink (limn_model_window_new (GTK_WINDOW (models->panel.window), models->panel.studio, LIMN_RESOURCE_MODEL));
  stack = GTK_STACK (part (window, LIMN_TYPE_MODEL_WINDOW, "stack"));
  list = GTK_LIST_VIEW (part (window, LIMN_TYPE_MODEL_WINDOW, "list"));
  gtk_window_present (GTK_WINDOW (window));
  settle ();
  g_assert_cmpstr (gtk_stack_get_visible_child_name (stack), ==, "empty");

  g_assert_true (g_file_set_contents (damaged, "no model", -1, NULL));
  look (models);
  shown = gtk_list_view_get_model (list);
  /* The one that cannot be used stands where models are looked for, and says why. */
  g_assert_cmpstr (gtk_stack_get_visible_child_name (stack), ==, "list");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (shown)), ==, 1);
  /* A click does not make it the model. */
  g_signal_emit_by_name (list, "activate", 0);
  g_assert_null (limn_draft_get_model (models->panel.draft));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (part (window, LIMN_TYPE_MODEL_WINDOW, "kinds_scroller"))));
  assert_named (window);
  gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  g_assert_cmpint (min, <=, 360);
  gtk_window_destroy (GTK_WINDOW (window));
  g_object_unref (window);

  window = g_object_ref_sink (limn_model_window_new (GTK_WINDOW (models->panel.window), models->panel.studio, LIMN_RESOURCE_LORA));
  list = GTK_LIST_VIEW (part (window, LIMN_TYPE_MODEL_WINDOW, "list"));
  stack = GTK_STACK (part (window, LIMN_TYPE_MODEL_WINDOW, "stack"));
  gtk_window_present (GTK_WINDOW (window));
  settle ();
  shown = gtk_list_view_get_model (list);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (shown)), ==, 2);
  g_signal_emit_by_name (list, "activate", 1);
  {
    g_autoptr(GPtrArray) loras = limn_draft_list_loras (models->panel.draft);

    g_assert_cmpuint (loras->len, ==, 1);
    g_assert_cmpstr (((LimnDraftLora *) loras->pdata[0])->path, ==, wash);
  }
  g_signal_emit_by_name (list, "activate", 1);
  {
    g_autoptr(GPtrArray) loras = limn_draft_list_loras (models->panel.draft);

    g_assert_cmpuint (loras->len, ==, 0);
  }
  gtk_editable_set_text (GTK_EDITABLE (part (window, LIMN_TYPE_MODEL_WINDOW, "search_entry")), "INK");
  wait_until (g_list_model_get_n_items (G_LIST_MODEL (shown)) == 1);
  gtk_editable_set_text (GTK_EDITABLE (part (window, LIMN_TYPE_MODEL_WINDOW, "search_entry")), "charcoal");
  wait_until (g_str_equal (gtk_stack_get_visible_child_name (stack), "nothing"));
  gtk_window_destroy (GTK_WINDOW (window));
  g_object_unref (window);
}

/* More than there is: said beside the button, refused before anything is queued, and made to fit by who agrees. */
static void
test_too_large (Models *models, gconstpointer data)
{
  LimnDraft *draft = models->panel.draft;
  g_autoptr(LimnInspection) large = NULL;

  g_object_set (draft, "storage", (guint) LIMN_STORAGE_F16, NULL);
  g_object_set (draft, "storage", (guint) LIMN_STORAGE_F32, "width", 256u, "height", 128u, NULL);
  wait_until (limn_draft_get_inspection (draft));
  settle ();
  wait_until (!get_boolean (models->panel.studio, "inspecting"));
  large = g_atomic_rc_box_dup (sizeof *large, limn_draft_get_inspection (draft));
  large->model = large->model_name = large->family = large->device = large->driver = large->refused = NULL;
  large->facts.scheduler.trained_betas = NULL;
  large->need_bytes = (guint64) 9 << 30;
  large->limit_bytes = (guint64) 8 << 30;
  limn_draft_set_inspection (draft, large);
  limn_studio_paint (models->panel.studio);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (models->panel.queue)), ==, 0);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (part (models->model, LIMN_TYPE_MODEL_GROUP, "half_button"))));
  click (part (models->model, LIMN_TYPE_MODEL_GROUP, "smaller_button"));
  g_assert_cmpuint (limn_draft_get_width (draft), ==, 192);
  g_assert_cmpuint (limn_draft_get_height (draft), ==, 96);
  click (part (models->model, LIMN_TYPE_MODEL_GROUP, "half_button"));
  g_assert_cmpuint (get_uint (draft, "storage"), ==, LIMN_STORAGE_F16);
}

void
test_models_add (void)
{
  g_test_add ("/models/calm", Models, NULL, set_up, test_calm, tear_down);
  g_test_add ("/models/loras", Models, NULL, set_up, test_loras, tear_down);
  g_test_add ("/models/control", Models, NULL, set_up, test_control, tear_down);
  g_test_add ("/models/prediction", Models, NULL, set_up, test_prediction, tear_down);
  g_test_add ("/models/narrow", Models, NULL, set_up, test_narrow, tear_down);
  g_test_add ("/models/window", Models, NULL, set_up, test_window, tear_down);
  g_test_add ("/models/too-large", Models, NULL, set_up, test_too_large, tear_down);
}
