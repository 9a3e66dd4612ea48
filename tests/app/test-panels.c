/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-panels.h"

#include "app/limn-size-presets.h"
#include "app/limn-words.h"
#include "tests/limn-test-folder.h"

#include <locale.h>

void
run_for_a_moment (void)
{
  g_main_context_iteration (NULL, FALSE);
  g_usleep (1000);
}

void
settle (void)
{
  gint64 end = g_get_monotonic_time () + 300 * 1000;

  while (g_get_monotonic_time () < end)
    run_for_a_moment ();
}

void
click (gpointer button)
{
  g_assert_true (gtk_widget_get_sensitive (GTK_WIDGET (button)));
  g_signal_emit_by_name (button, "clicked");
}

guint
get_uint (gpointer object, const char *property)
{
  guint value;

  g_object_get (object, property, &value, NULL);
  return value;
}

double
get_double (gpointer object, const char *property)
{
  double value;

  g_object_get (object, property, &value, NULL);
  return value;
}

gboolean
get_boolean (gpointer object, const char *property)
{
  gboolean value;

  g_object_get (object, property, &value, NULL);
  return value;
}

graphene_rect_t
get_place (Panel *panel, gpointer widget)
{
  graphene_rect_t place;

  g_assert_true (gtk_widget_compute_bounds (GTK_WIDGET (widget), panel->window, &place));
  return place;
}

void
panel_init (Panel *panel, GType type, void (*set_studio) (GtkWidget *widget, LimnStudio *studio), int width)
{
  g_autoptr(GSettings) settings = g_settings_new ("io.github.limn_app.Limn");

  g_settings_reset (settings, "models");
  g_settings_reset (settings, "styles");
  g_settings_reset (settings, "prompt-history");
  panel->studio = limn_studio_new (settings);
  panel->draft = limn_studio_get_draft (panel->studio);
  panel->queue = limn_studio_get_queue (panel->studio);
  limn_job_queue_set_paused (panel->queue, TRUE);
  panel->window = gtk_window_new ();
  panel->widget = g_object_new (type, "valign", GTK_ALIGN_END, NULL);
  set_studio (panel->widget, panel->studio);
  gtk_window_set_child (GTK_WINDOW (panel->window), panel->widget);
  gtk_window_set_default_size (GTK_WINDOW (panel->window), width, 600);
  gtk_window_present (GTK_WINDOW (panel->window));
  wait_until (gtk_widget_get_width (panel->widget) > 0);
}

void
panel_clear (Panel *panel)
{
  gtk_window_destroy (GTK_WINDOW (panel->window));
  limn_studio_close (panel->studio);
  /* Whoever still waits for an answer holds it until then; nobody holds it for good. */
  g_object_add_weak_pointer (G_OBJECT (panel->studio), (gpointer *) &panel->studio);
  g_object_unref (panel->studio);
  wait_until (!panel->studio);
  /* The next one begins anew. */
  limn_test_remove_folder (g_get_user_state_dir ());
}

static gboolean
has_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && *gtk_label_get_label (GTK_LABEL (widget)))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (has_text (child))
      return TRUE;
  return FALSE;
}

/* Text within names a button, the title a row, in a list of choices too; a label is what it says. */
static gboolean
is_named (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);
  GtkAccessibleRole role = gtk_accessible_get_accessible_role (accessible);

  /* A GtkMenuButton gives its name to the button inside of it, which in newer GTKs has none of its own; what a screen reader is told of
   * both is looked at in check-names.py. */
  if (GTK_IS_TOGGLE_BUTTON (widget) && GTK_IS_MENU_BUTTON (gtk_widget_get_parent (widget)))
    return is_named (gtk_widget_get_parent (widget));
  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
         gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY) ||
         ((GTK_IS_BUTTON (widget) || GTK_IS_LIST_BOX_ROW (widget) || role == GTK_ACCESSIBLE_ROLE_LIST_ITEM ||
           role == GTK_ACCESSIBLE_ROLE_OPTION) && has_text (widget)) || GTK_IS_LABEL (widget);
}

/* Something to act on, not what only holds others: a scrolled window hands the focus on. */
static gboolean
is_control (GtkWidget *widget)
{
  /* The switch that every AdwExpanderRow has and we never show. */
  if (GTK_IS_SWITCH (widget) && !gtk_widget_get_visible (widget))
    return FALSE;
  /* The button to apply that every AdwEntryRow has and never shows with us. */
  if (GTK_IS_BUTTON (widget) && gtk_widget_get_ancestor (widget, ADW_TYPE_ENTRY_ROW))
    return FALSE;
  /* The button to close that every GtkSearchBar has and we never show. */
  if (GTK_IS_BUTTON (widget) && !gtk_widget_get_visible (widget) && gtk_widget_get_ancestor (widget, GTK_TYPE_SEARCH_BAR))
    return FALSE;
  /* A row that GTK keeps in store, for a list that nobody has opened. */
  if (GTK_IS_LIST_VIEW (gtk_widget_get_parent (widget)) && !gtk_widget_get_first_child (widget))
    return FALSE;
  switch (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget)))
    {
    case GTK_ACCESSIBLE_ROLE_NONE:
    case GTK_ACCESSIBLE_ROLE_GENERIC:
    case GTK_ACCESSIBLE_ROLE_GROUP:
    case GTK_ACCESSIBLE_ROLE_LIST:
    case GTK_ACCESSIBLE_ROLE_PRESENTATION:
      return FALSE;
    default:
      return gtk_widget_get_focusable (widget);
    }
}

void
assert_named (gpointer widget)
{
  if (is_control (widget) && !is_named (widget))
    g_error ("%s in %s has no name, role %d", G_OBJECT_TYPE_NAME (widget), G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)),
             gtk_accessible_get_accessible_role (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    assert_named (child);
}

static void
test_words (void)
{
  static const struct
  {
    double      seconds;
    const char *text;
  } times[] = { { 0, "1 s" },       { 12.4, "12 s" },        { 59.4, "59 s" }, { 59.6, "1 min" },
                { 150, "3 min" },   { 3599, "60 min" },      { 7500, "2 h 05 min" }, { 1e30, "596523 h 14 min" } };
  g_autofree char *small = limn_words_memory (85 << 20);
  g_autofree char *middle = limn_words_memory ((guint64) 1741 << 20);
  g_autofree char *large = limn_words_memory ((guint64) 12 << 30);

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autofree char *text = limn_words_seconds (times[i].seconds);

      g_assert_cmpstr (text, ==, times[i].text);
    }
  g_assert_cmpstr (small, ==, "85 MiB");
  g_assert_cmpstr (middle, ==, "1.7 GiB");
  g_assert_cmpstr (large, ==, "12 GiB");
}

/* Shapes at the pixels that a model knows: the model's own square, and for others the worst of these is 3:2 in cells of 64 at 512: 576 x 384,
 * 15.6 % less. */
static void
test_size_presets (void)
{
  static const double ratios[] = { 1, 4.0 / 3, 3.0 / 2, 16.0 / 9, 2 };
  static const guint sides[] = { 128, 512, 768, 1024 }, multiples[] = { 8, 16, 64 };
  guint width, height, swapped_width, swapped_height;

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    for (guint j = 0; j < G_N_ELEMENTS (multiples); j++)
      for (guint k = 0; k < G_N_ELEMENTS (ratios); k++)
        {
          guint area = sides[i] * sides[i];

          /* Two cells along a side have no shapes. */
          if (sides[i] < 8 * multiples[j])
            continue;
          limn_size_fit (area, ratios[k], multiples[j], 16384, &width, &height);
          limn_size_fit (area, 1 / ratios[k], multiples[j], 16384, &swapped_width, &swapped_height);
          g_assert_cmpuint (width % multiples[j], ==, 0);
          g_assert_cmpuint (height % multiples[j], ==, 0);
          g_assert_cmpfloat_with_epsilon ((double) width * height / area, 1, 0.16);
          g_assert_cmpfloat_with_epsilon ((double) width / height / ratios[k], 1, 0.15);
          g_assert_cmpuint (swapped_width, ==, height);
          g_assert_cmpuint (swapped_height, ==, width);
          if (k == 0)
            g_assert_cmpuint (width, ==, sides[i]);
        }
  limn_size_fit (1 << 20, 1e6, 64, 4096, &width, &height);
  g_assert_cmpuint (width, ==, 4096);
  g_assert_cmpuint (height, ==, 64);
  g_assert_cmpuint (limn_size_snap (0, 64, 4096), ==, 64);
  g_assert_cmpuint (limn_size_snap (95, 64, 4096), ==, 64);
  g_assert_cmpuint (limn_size_snap (96, 64, 4096), ==, 128);
  g_assert_cmpuint (limn_size_snap (4095, 64, 4095), ==, 4032);
}

int
main (int argc, char *argv[])
{
  g_autofree char *folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_autofree char *state = g_build_filename (folder, "state", NULL);
  g_autofree char *cache = g_build_filename (folder, "cache", NULL);
  int result;

  /* Before GLib has looked at them. */
  g_setenv ("HOME", folder, TRUE);
  g_setenv ("XDG_CONFIG_HOME", state, TRUE);
  g_setenv ("XDG_DATA_HOME", state, TRUE);
  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  /* So that names can be asked for. */
  g_setenv ("GTK_A11Y", "test", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return 0;
    }
  adw_init ();
  g_test_add_func ("/panels/words", test_words);
  g_test_add_func ("/panels/size-presets", test_size_presets);
  test_prompt_bar_add ();
  test_settings_panel_add ();
  test_models_add ();
  test_queue_panel_add ();
  result = g_test_run ();
  limn_test_remove_folder (folder);
  return result;
}
