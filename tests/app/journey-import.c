/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pictures are dropped on the window as a file manager drops them: GTK hands the target a list of files. */
#include "config.h"

#include "app/limn-model-list.h"
#include "image/limn-png.h"
#include "test-app.h"

#include <glib/gstdio.h>

static gboolean
drop (LimnTestApp *app, const char *path)
{
  return limn_test_drop (GTK_WIDGET (app->window->overlay), path);
}

static void
test_own (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr(LimnImage) saved = NULL;
  g_autoptr(LimnImage) repeated = NULL;
  guint steps, width;
  gboolean locked;

  limn_test_set_small (app, 64, 3, 4294967290);
  g_object_set (app->draft, "sampler", LIMN_SAMPLER_HEUN, "negative", "people", "cfg", 4.5, NULL);
  path = limn_test_paint (app, "a market (at night:1.3)");
  saved = limn_test_load (path);

  limn_test_type (limn_test_get_prompt_view (app), "something else");
  g_object_set (app->draft, "negative", "", "steps", 9, "width", 128, "height", 192, "cfg", 7.0, "seed", (guint64) 1,
                "sampler", LIMN_SAMPLER_DDIM, NULL);
  g_assert_true (drop (app, path));
  limn_test_wait (g_str_equal (limn_draft_get_prompt (app->draft), "a market (at night:1.3)"));
  g_assert_cmpstr (limn_draft_get_negative (app->draft), ==, "people");
  g_assert_cmpuint (limn_draft_get_seed (app->draft), ==, 4294967290);
  g_object_get (app->draft, "steps", &steps, "width", &width, "seed-locked", &locked, NULL);
  g_assert_cmpuint (steps, ==, 3);
  g_assert_cmpuint (width, ==, 64);
  /* Its steps were kept: they are to be seen again. */
  limn_test_wait (limn_studio_get_reel (app->studio));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (limn_studio_get_reel (app->studio))), ==, 3);
  limn_test_wait (limn_filmstrip_is_settled (app->window->filmstrip));
  limn_test_assert_same_pixels (limn_canvas_get_picture (app->window->canvas), saved);

  /* And they make the same picture again. */
  g_object_set (app->draft, "seed-locked", TRUE, NULL);
  limn_test_activate (app, "win.paint");
  limn_test_wait (app->saved->len == 2);
  repeated = limn_test_load (g_ptr_array_index (app->saved, 1));
  limn_test_assert_same_pixels (repeated, saved);
}

/* A picture of another program. */
static char *
write_foreign (const char *parameters)
{
  static const guint side = 64;
  char keyword[] = "parameters";
  g_autofree char *words = g_strdup (parameters);
  LimnPngText text = { .keyword = keyword, .text = words };
  g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_RGB8, side, side, g_malloc0 (side * side * 3), NULL);
  g_autoptr(GBytes) bytes = limn_png_encode (image, &text, 1, NULL);
  char *path = g_build_filename (g_get_home_dir (), "foreign.png", NULL);
  GError *error = NULL;

  g_assert_nonnull (bytes);
  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  return path;
}

static void
test_foreign (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = write_foreign ("a wizard, (blue hat:1.2)\nNegative prompt: blurry\n"
                                         "Steps: 23, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 965400086, Size: 320x256, "
                                         "Model hash: 45dee52b, Model: somebodys-mix, Face restoration: CodeFormer, Version: v1.4.0");
  guint steps, sampler, schedule, width, height, rng;
  AdwMessageDialog *notes;
  double cfg;

  g_assert_true (drop (app, path));
  limn_test_wait (g_str_equal (limn_draft_get_prompt (app->draft), "a wizard, (blue hat:1.2)"));
  g_object_get (app->draft, "steps", &steps, "sampler", &sampler, "schedule", &schedule, "width", &width, "height", &height, "rng",
                &rng, "cfg", &cfg, NULL);
  g_assert_cmpstr (limn_draft_get_negative (app->draft), ==, "blurry");
  g_assert_cmpuint (limn_draft_get_seed (app->draft), ==, 965400086);
  g_assert_cmpuint (steps, ==, 23);
  g_assert_cmpuint (sampler, ==, LIMN_SAMPLER_DPMPP_2M);
  g_assert_cmpuint (schedule, ==, LIMN_SCHEDULE_KARRAS);
  g_assert_cmpuint (width, ==, 320);
  g_assert_cmpuint (height, ==, 256);
  /* What that program takes where it says nothing. */
  g_assert_cmpuint (rng, ==, LIMN_NOISE_CUDA);
  g_assert_cmpfloat (cfg, ==, 6.5);
  /* What could not be honoured is said, in a word, and in full on demand. */
  limn_test_wait (app->toasts->len > 0);
  g_assert_nonnull (strstr (g_ptr_array_index (app->toasts, 0), "but for"));
  limn_test_click (GTK_WIDGET (app->window->toasts), "Details");
  limn_test_wait ((notes = limn_test_find_message ()));
  g_assert_nonnull (strstr (adw_message_dialog_get_body (notes), "somebodys-mix"));
  gtk_window_close (GTK_WINDOW (notes));
  g_unlink (path);
}

/* Files that are no pictures, and pictures that say nothing: told, and nothing is lost. */
static void
test_hostile (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *path = g_build_filename (g_get_home_dir (), "notes.png", NULL);
  g_autofree char *silent = NULL;
  guint said;

  limn_test_type (limn_test_get_prompt_view (app), "kept");
  g_assert_true (g_file_set_contents (path, "not a picture", -1, NULL));
  drop (app, path);
  limn_test_wait (app->toasts->len > 0);
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, "kept");
  g_unlink (path);

  said = app->toasts->len;
  silent = write_foreign ("");
  drop (app, silent);
  limn_test_wait (app->toasts->len > said || limn_studio_get_picture (app->studio));
  g_assert_cmpstr (limn_draft_get_prompt (app->draft), ==, "kept");
  g_unlink (silent);
}

/* Names of files are bytes; settings, and the texts of a window, are not. */
static void
test_bytes (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *folder = g_strdup (limn_studio_get_folder (app->studio));
  g_autofree char *path = NULL;
  g_autofree char *odd = g_build_filename (g_get_home_dir (), "caf\xe9.png", NULL);
  GtkWidget *models = limn_test_find (GTK_WIDGET (app->window), LIMN_TYPE_MODEL_LIST, NULL);
  gboolean comparing = FALSE;

  limn_test_set_small (app, 64, 2, 5);
  path = limn_test_paint (app, "a coffee");
  g_assert_cmpint (g_rename (path, odd), ==, 0);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), "win.compare-with", "^ay", odd));
  while (!comparing)
    {
      limn_test_run_for (0.05);
      g_object_get (app->window->canvas, "comparing", &comparing, NULL);
    }
  limn_studio_choose_folder (app->studio, odd);
  limn_studio_choose_folder (app->studio, NULL);
  g_assert_cmpstr (limn_studio_get_folder (app->studio), ==, folder);
  limn_model_list_open (LIMN_MODEL_LIST (models), odd);
  limn_test_run_for (1);
  g_assert_cmpstr (limn_draft_get_model (app->draft), ==, odd);
  g_unlink (odd);
}

void
limn_test_add_import (void)
{
  limn_test_add_journey ("/app/import/own", test_own);
  limn_test_add_journey ("/app/import/foreign", test_foreign);
  limn_test_add_journey ("/app/import/hostile", test_hostile);
  limn_test_add_journey ("/app/import/bytes", test_bytes);
}
