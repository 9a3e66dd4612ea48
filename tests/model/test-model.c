/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-model.h"

#include "base/limn-error.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <math.h>

static char *cache_dir;

LimnGl *
test_gpu_new (void)
{
  LimnGlOptions options = { .cache_dir = cache_dir };
  g_autoptr(GError) error = NULL;
  LimnGl *gl = limn_gl_new (&options, &error);

  if (!gl && g_error_matches (error, LIMN_ERROR, LIMN_ERROR_NO_GPU))
    g_test_skip (error->message);
  else
    g_assert_no_error (error);
  return gl;
}

char *
test_path (const char *relative)
{
  return g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), relative, NULL);
}

float *
test_load (LimnSafetensors *file, const char *name, gsize *n)
{
  const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, name);
  g_autoptr(GError) error = NULL;
  float *values;

  g_assert_nonnull (tensor);
  values = g_new (float, tensor->n_elements);
  if (tensor->dtype == LIMN_SAFETENSORS_I32)
    {
      g_autofree gint64 *integers = g_new (gint64, tensor->n_elements);

      limn_safetensors_read_i64 (file, tensor, 0, tensor->n_elements, integers, &error);
      for (gsize i = 0; i < tensor->n_elements; i++)
        values[i] = integers[i];
    }
  else
    limn_safetensors_read_f32 (file, tensor, 0, tensor->n_elements, values, &error);
  g_assert_no_error (error);
  if (n)
    *n = tensor->n_elements;
  return values;
}

double
test_l2 (const float *got, const float *want, gsize n)
{
  double error = 0, norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      double difference = (double) got[i] - want[i];

      error += difference * difference;
      norm += (double) want[i] * want[i];
    }
  return isfinite (error) ? sqrt (error / norm) : INFINITY;
}

static void
copy_tree (const char *from, const char *to)
{
  g_autoptr(GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  g_assert_cmpint (g_mkdir_with_parents (to, 0700), ==, 0);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);

      if (g_str_equal (name, "train"))
        continue;
      if (g_file_test (source, G_FILE_TEST_IS_DIR))
        copy_tree (source, target);
      else
        {
          g_autofree char *contents = NULL;
          gsize length;

          g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
          g_assert_true (g_file_set_contents (target, contents, length, NULL));
        }
    }
}

char *
test_copy_model (void)
{
  char *folder = g_dir_make_tmp ("limn-model-XXXXXX", NULL);
  g_autofree char *source = test_path ("data/starter-model");

  g_assert_nonnull (folder);
  copy_tree (source, folder);
  return folder;
}

int
main (int argc, char **argv)
{
  int result;
  gboolean room;

  g_test_init (&argc, &argv, NULL);
  /* What takes long by itself runs beside the rest. */
  room = argc > 1 && g_str_equal (argv[1], "--room");
  cache_dir = g_dir_make_tmp ("limn-model-cache-XXXXXX", NULL);
  if (room)
    {
      test_add_residency ();
      test_add_slabs ();
    }
  else
    {
      test_add_config ();
      test_add_control ();
      test_add_loader ();
      test_add_lora_pipeline ();
      test_add_names ();
      test_add_single ();
      test_add_parity ();
      test_add_pipeline ();
      test_add_taesd ();
      test_add_text ();
    }
  result = g_test_run ();
  limn_test_remove_folder (cache_dir);
  g_free (cache_dir);
  return result;
}
