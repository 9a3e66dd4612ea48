/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The limit on the kept steps, with the real studio: it is said before it holds, it knows what is needed, and lowering it is agreed to. */
#include "config.h"

#include "app/limn-preferences.h"
#include "app/limn-studio-private.h"
#include "library/limn-picture.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-pictures.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* From the oldest to the newest; of the first two there are pictures, the first has a star. */
#define N_KEPT 4

typedef struct
{
  char       *pictures;
  char       *steps;
  char       *ids[N_KEPT];
  GSettings  *settings;
  LimnStudio *studio;
  char       *action; /* of the last toast */
  guint       n_toasts;
} Fixture;

#define wait_until(condition) \
  G_STMT_START \
  { \
    gint64 end = g_get_monotonic_time () + 90 * G_USEC_PER_SEC; \
\
    while (!(condition)) \
      { \
        g_assert_cmpint (g_get_monotonic_time (), <, end); \
        g_main_context_iteration (NULL, FALSE); \
        g_usleep (1000); \
      } \
  } \
  G_STMT_END

static void
on_toast (LimnStudio *studio, const char *message, const char *action, const char *label, GVariant *target, Fixture *f)
{
  g_test_message ("%s", message);
  g_free (f->action);
  f->action = g_strdup (action);
  f->n_toasts++;
}

static char *
steps_path (Fixture *f, guint i)
{
  return g_strdup_printf ("%s/%s.safetensors", f->steps, f->ids[i]);
}

static char *
make_picture (Fixture *f, guint i)
{
  g_autofree char *path = limn_test_pictures_make_one (f->pictures, i, 100);
  g_autoptr(LimnPicture) picture = limn_picture_load (path, NULL, NULL);

  g_assert_nonnull (picture->trajectory);
  g_assert_cmpint (picture->starred, ==, i == 0);
  return g_strdup (picture->trajectory);
}

static void
put_steps (Fixture *f)
{
  for (guint i = 0; i < N_KEPT; i++)
    {
      g_autofree char *path = steps_path (f, i);
      gint64 now = g_get_real_time () / G_USEC_PER_SEC;
      struct timespec times[2] = { { .tv_sec = now - 3600 + i }, { .tv_sec = now - 3600 + i } };

      g_assert_true (g_file_set_contents (path, "", 0, NULL));
      g_assert_cmpint (truncate (path, LIMN_STUDIO_BYTES_PER_MB), ==, 0);
      g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    }
}

/* @data: whether it was said in an earlier start. */
static void
set_up (Fixture *f, gconstpointer data)
{
  f->pictures = g_dir_make_tmp ("limn-steps-XXXXXX", NULL);
  f->steps = g_build_filename (g_get_user_data_dir (), "limn", "steps", NULL);
  g_assert_cmpint (g_mkdir_with_parents (f->steps, 0700), ==, 0);
  f->ids[0] = make_picture (f, 0);
  f->ids[1] = make_picture (f, 5);
  f->ids[2] = g_strdup ("8c6f3a9e-1111-4222-8333-444455556666");
  f->ids[3] = g_strdup ("9c6f3a9e-1111-4222-8333-444455556666");
  put_steps (f);

  f->settings = g_settings_new ("io.github.limn_app.Limn");
  g_settings_set_string (f->settings, "pictures-folder", f->pictures);
  g_settings_set_boolean (f->settings, "steps-limit-told", GPOINTER_TO_INT (data));
  g_settings_reset (f->settings, "steps-limit-mb");
  f->studio = limn_studio_new (f->settings);
  g_signal_connect (f->studio, "toast", G_CALLBACK (on_toast), f);
  limn_job_queue_set_paused (limn_studio_get_queue (f->studio), TRUE);
  wait_until (limn_job_queue_keeps (limn_studio_get_queue (f->studio)));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *state = g_path_get_dirname (f->steps);

  limn_studio_close (f->studio);
  g_object_add_weak_pointer (G_OBJECT (f->studio), (gpointer *) &f->studio);
  g_object_unref (f->studio);
  wait_until (!f->studio);
  limn_test_remove_folder (state);
  limn_test_remove_folder (f->pictures);
  for (guint i = 0; i < N_KEPT; i++)
    g_free (f->ids[i]);
  g_free (f->pictures);
  g_free (f->steps);
  g_free (f->action);
  g_object_unref (f->settings);
}

/* As "0 3": those that are there. */
static char *
list_kept (Fixture *f)
{
  GString *kept = g_string_new (NULL);

  for (guint i = 0; i < N_KEPT; i++)
    {
      g_autofree char *path = steps_path (f, i);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        g_string_append_printf (kept, "%s%u", kept->len > 0 ? " " : "", i);
    }
  return g_string_free (kept, FALSE);
}

static void
sweep (Fixture *f)
{
  limn_studio_sweep_steps (f->studio);
  wait_until (!f->studio->sweeping_steps);
  g_assert_true (limn_keeper_flush (limn_studio_get_keeper (f->studio), 10 * G_USEC_PER_SEC));
}

static void
assert_kept (Fixture *f, const char *expected)
{
  g_autofree char *kept = list_kept (f);

  g_assert_cmpstr (kept, ==, expected);
}

/* The first time it is only said, with the way to the preferences, and nothing goes in this start, nor is it said again. */
static void
test_told_first (Fixture *f, gconstpointer data)
{
  sweep (f);
  g_assert_cmpuint (f->n_toasts, ==, 0);
  g_settings_set_uint (f->settings, "steps-limit-mb", 2);
  sweep (f);
  g_assert_cmpuint (f->n_toasts, ==, 1);
  g_assert_cmpstr (f->action, ==, "app.preferences");
  g_assert_true (g_settings_get_boolean (f->settings, "steps-limit-told"));
  sweep (f);
  g_assert_cmpuint (f->n_toasts, ==, 1);
  assert_kept (f, "0 1 2 3");
}

/* In a later start the oldest go: not the one with a star, and no more than must. */
static void
test_later (Fixture *f, gconstpointer data)
{
  g_settings_set_uint (f->settings, "steps-limit-mb", 0);
  sweep (f);
  assert_kept (f, "0 1 2 3");
  g_settings_set_uint (f->settings, "steps-limit-mb", 2);
  sweep (f);
  assert_kept (f, "0 3");
  g_assert_cmpuint (f->n_toasts, ==, 0);
}

/* What a waiting branch parts from, and what is shown, stays. */
static void
test_needed (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = limn_request_new ();

  limn_job_queue_add_branch (limn_studio_get_queue (f->studio), request, f->ids[2], 0);
  g_settings_set_uint (f->settings, "steps-limit-mb", 2);
  sweep (f);
  assert_kept (f, "0 2");
}

/* Steps that cannot be read are said, and the picture is shown all the same; such that are gone are not. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autofree char *path = limn_test_pictures_make_one (f->pictures, 5, 100);
  g_autofree char *steps = steps_path (f, 1);
  LimnImage *shown;

  limn_studio_show_picture (f->studio, path);
  wait_until (f->n_toasts == 1);
  shown = limn_studio_get_picture (f->studio);
  g_assert_nonnull (shown);
  g_assert_null (limn_studio_get_reel (f->studio));
  g_assert_true (g_file_test (steps, G_FILE_TEST_EXISTS));

  g_assert_cmpint (g_unlink (steps), ==, 0);
  limn_studio_show_picture (f->studio, path);
  wait_until (limn_studio_get_picture (f->studio) != shown);
  for (guint i = 0; i < 100; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_cmpuint (f->n_toasts, ==, 1);
}

#define part(widget, name) gtk_widget_get_template_child (GTK_WIDGET (widget), LIMN_TYPE_PREFERENCES, name)

static void
click (gpointer button)
{
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (button)));
  g_signal_emit_by_name (button, "clicked");
}

/* Less is allowed when it was seen what goes, and that was agreed to; more at once. */
static void
test_preferences (Fixture *f, gconstpointer data)
{
  GtkWidget *window = gtk_window_new ();
  LimnPreferences *preferences;
  GtkSpinButton *spin;
  GtkWidget *going;

  g_settings_set_uint (f->settings, "steps-limit-mb", 5000);
  gtk_window_present (GTK_WINDOW (window));
  preferences = limn_preferences_new (GTK_WINDOW (window), f->studio);
  gtk_window_present (GTK_WINDOW (preferences));
  spin = GTK_SPIN_BUTTON (part (preferences, "limit_spin"));
  going = GTK_WIDGET (part (preferences, "going_row"));
  g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, 5);
  wait_until (strstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (part (preferences, "steps_row"))), "4"));
  g_assert_false (gtk_widget_get_visible (going));

  /* 0 is no limit; and from there, or to where nothing goes, there is nothing to agree to. */
  gtk_spin_button_set_value (spin, 0);
  wait_until (g_settings_get_uint (f->settings, "steps-limit-mb") == 0);
  gtk_spin_button_set_value (spin, 1);
  wait_until (g_settings_get_uint (f->settings, "steps-limit-mb") == 1000);
  g_assert_false (gtk_widget_get_visible (going));

  /* The least that the field has, 0.1 GB, is more than the files take. */
  for (guint i = 0; i < N_KEPT; i++)
    {
      g_autofree char *path = steps_path (f, i);

      g_assert_cmpint (truncate (path, 100 * LIMN_STUDIO_BYTES_PER_MB), ==, 0);
    }
  gtk_spin_button_set_value (spin, 0.2);
  wait_until (gtk_widget_get_visible (going));
  g_assert_cmpuint (g_settings_get_uint (f->settings, "steps-limit-mb"), ==, 1000);
  g_assert_nonnull (strstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (going)), "2"));
  click (part (preferences, "keep_button"));
  g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, 1);
  g_assert_false (gtk_widget_get_visible (going));
  assert_kept (f, "0 1 2 3");

  gtk_spin_button_set_value (spin, 0.2);
  wait_until (gtk_widget_get_visible (going) && gtk_widget_get_mapped (going));
  click (part (preferences, "let_go_button"));
  g_assert_cmpuint (g_settings_get_uint (f->settings, "steps-limit-mb"), ==, 200);
  g_assert_true (g_settings_get_boolean (f->settings, "steps-limit-told"));
  g_assert_true (limn_keeper_flush (limn_studio_get_keeper (f->studio), 10 * G_USEC_PER_SEC));
  g_assert_false (gtk_widget_get_visible (going));
  assert_kept (f, "0 3");

  gtk_window_destroy (GTK_WINDOW (preferences));
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add ("/steps-limit/told-first", Fixture, GINT_TO_POINTER (FALSE), set_up, test_told_first, tear_down);
  g_test_add ("/steps-limit/later", Fixture, GINT_TO_POINTER (TRUE), set_up, test_later, tear_down);
  g_test_add ("/steps-limit/needed", Fixture, GINT_TO_POINTER (TRUE), set_up, test_needed, tear_down);
  g_test_add ("/steps-limit/damaged", Fixture, GINT_TO_POINTER (TRUE), set_up, test_damaged, tear_down);
  g_test_add ("/steps-limit/preferences", Fixture, GINT_TO_POINTER (FALSE), set_up, test_preferences, tear_down);
  return g_test_run ();
}
