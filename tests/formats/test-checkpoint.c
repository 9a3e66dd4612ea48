/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-checkpoint.h"
#include "formats/limn-json.h"
#include "formats/limn-safetensors-writer.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

static void
test_safetensors (void)
{
  static const guint16 half[] = { 0x3c00, 0xc000, 0x0001 };
  static const gint64 whole[] = { 5 };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree const char **keys = NULL;
  const LimnSafetensorsTensor *tensor;
  guint16 raw[2];
  float values[3];
  double number;

  limn_safetensors_writer_add_copy (writer, "half", LIMN_SAFETENSORS_F16, 1, (guint64[]) { 3 }, half);
  limn_safetensors_writer_add_copy (writer, "whole", LIMN_SAFETENSORS_I64, 0, NULL, whole);
  limn_safetensors_writer_set_metadata (writer, "modelspec.title", "x");
  bytes = limn_safetensors_writer_to_bytes (writer);
  file = limn_checkpoint_new_for_bytes (bytes, "some.safetensors", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_checkpoint_get_name (file), ==, "some.safetensors");
  g_assert_cmpuint (limn_checkpoint_get_n (file), ==, 2);
  g_assert_cmpuint (limn_checkpoint_get_data_bytes (file), ==, 14);
  g_assert_null (limn_checkpoint_lookup (file, "none"));
  g_assert_cmpstr (limn_checkpoint_get_metadata (file, "modelspec.title"), ==, "x");
  keys = limn_checkpoint_get_metadata_keys (file);
  g_assert_cmpstr (keys[0], ==, "modelspec.title");
  g_assert_null (keys[1]);

  tensor = limn_checkpoint_lookup (file, "half");
  g_assert_cmpuint (tensor->dims[0], ==, 3);
  g_assert_true (limn_checkpoint_read (file, tensor, 2, 4, raw, &error));
  g_assert_cmpmem (raw, 4, half + 1, 4);
  g_assert_true (limn_checkpoint_read_f32 (file, tensor, 1, 2, values, &error));
  g_assert_cmpfloat (values[0], ==, -2);
  g_assert_cmpfloat (values[1], ==, 0x1p-24f);
  g_assert_false (limn_checkpoint_read_f32 (file, tensor, 1, 3, values, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "3 elements");
  g_assert_true (limn_checkpoint_read_f64 (file, limn_checkpoint_lookup (file, "whole"), 0, 1, &number, &error));
  g_assert_cmpfloat (number, ==, 5);
}

/* All values at once, then every part of them, then their bytes from an odd place on. */
static void
check_values (const LimnCheckpoint        *file,
              const LimnSafetensorsTensor *tensor,
              const double                *values)
{
  gsize n = tensor->n_elements;
  gsize size = limn_safetensors_dtype_get_size (tensor->dtype);
  g_autofree double *got = g_new (double, n + 1);
  g_autofree guint8 *bytes = g_malloc (tensor->n_bytes + 1);
  g_autofree guint8 *part = g_malloc (tensor->n_bytes + 1);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (tensor->n_bytes, ==, n * size);
  for (gsize first = 0; first <= n; first++)
    {
      for (gsize count = 0; first + count <= n; count++)
        {
          g_assert_true (limn_checkpoint_read_f64 (file, tensor, first, count, got, &error));
          g_assert_no_error (error);
          for (gsize i = 0; i < count; i++)
            g_assert_cmpfloat (got[i], ==, values[first + i]);
        }
    }
  g_assert_true (limn_checkpoint_read (file, tensor, 0, tensor->n_bytes, bytes, &error));
  for (gsize from = 0; from <= tensor->n_bytes; from++)
    {
      g_assert_true (limn_checkpoint_read (file, tensor, from, tensor->n_bytes - from, part, &error));
      g_assert_cmpmem (part, tensor->n_bytes - from, bytes + from, tensor->n_bytes - from);
    }
  g_assert_false (limn_checkpoint_read (file, tensor, 1, tensor->n_bytes, part, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, tensor->name);
  g_assert_false (limn_checkpoint_read_f64 (file, tensor, 1, n, got, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, tensor->name);
}

static void
check_good (const char *folder,
            LimnJson   *entry)
{
  const char *name;
  g_autofree char *path = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(LimnJson) facts = NULL;
  g_autofree const char **keys = NULL;
  g_autoptr(GError) error = NULL;
  guint n;

  g_assert_true (limn_json_get_string (entry, "file", &name, NULL));
  path = g_build_filename (folder, name, NULL);
  file = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_checkpoint_get_name (file), ==, name);
  g_assert_cmpstr (limn_checkpoint_get_files (file)[0], ==, name);
  g_assert_true (limn_checkpoint_is_pickle (file));
  g_assert_true (limn_json_get_length (entry, "tensors", &n, NULL));
  g_assert_cmpuint (limn_checkpoint_get_n (file), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJson) wanted = limn_json_get_element (entry, "tensors", i, NULL);
      g_autoptr(GArray) dims = limn_json_get_ints (wanted, "dims", 0, 1000000, 8, &error);
      g_autoptr(GArray) values = limn_json_get_doubles (wanted, "values", 1000, &error);
      const LimnSafetensorsTensor *tensor;
      const char *called;

      g_assert_no_error (error);
      g_assert_true (limn_json_get_string (wanted, "name", &called, NULL));
      tensor = limn_checkpoint_lookup (file, called);
      g_assert_nonnull (tensor);
      g_assert_cmpstr (tensor->name, ==, called);
      g_assert_cmpuint (tensor->n_dims, ==, dims->len);
      for (guint j = 0; j < dims->len; j++)
        g_assert_cmpuint (tensor->dims[j], ==, g_array_index (dims, gint64, j));
      g_assert_cmpuint (tensor->n_elements, ==, values->len);
      check_values (file, tensor, (const double *) (gpointer) values->data);
    }
  facts = limn_json_get_object (entry, "facts", NULL);
  keys = limn_json_get_keys (facts, &n);
  for (guint i = 0; i < n; i++)
    {
      const char *fact;

      g_assert_true (limn_json_get_string (facts, keys[i], &fact, NULL));
      g_assert_cmpstr (limn_checkpoint_get_metadata (file, keys[i]), ==, fact);
    }
  g_free (keys);
  keys = limn_checkpoint_get_metadata_keys (file);
  g_assert_cmpuint (g_strv_length ((char **) keys), ==, n);
}

/* What an artist reads must be text, name the file, and say what is wrong. */
static void
check_bad (const char *folder,
           LimnJson   *entry)
{
  const char *name;
  const char *says;
  g_autofree char *path = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (limn_json_get_string (entry, "file", &name, NULL));
  g_assert_true (limn_json_get_string (entry, "says", &says, NULL));
  path = g_build_filename (folder, name, NULL);
  file = limn_checkpoint_open (path, &error);
  if (file != NULL)
    g_error ("“%s” was opened, but should be refused: %s", name, says);
  if (!g_utf8_validate (error->message, -1, NULL) || strstr (error->message, says) == NULL || strlen (error->message) > 600)
    g_error ("of “%s” is said: “%s”, which is not: “%s”", name, error->message, says);
}

/* What the folder's index lists; how many files those are. */
static guint
check_folder (const char *folder,
              const char *index)
{
  g_autofree char *path = g_build_filename (folder, index, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJson) json = limn_json_new_from_file (path, 0, &error);
  guint n_good;
  guint n_bad;

  g_assert_no_error (error);
  g_assert_true (limn_json_get_length (json, "good", &n_good, NULL));
  g_assert_true (limn_json_get_length (json, "bad", &n_bad, NULL));
  for (guint i = 0; i < n_good; i++)
    {
      g_autoptr(LimnJson) entry = limn_json_get_element (json, "good", i, NULL);

      check_good (folder, entry);
    }
  for (guint i = 0; i < n_bad; i++)
    {
      g_autoptr(LimnJson) entry = limn_json_get_element (json, "bad", i, NULL);

      check_bad (folder, entry);
    }
  return n_good + n_bad;
}

static void
test_torch_reference (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests", "formats", "reference", NULL);

  g_assert_cmpuint (check_folder (folder, "torch-1.13.json"), ==, 1);
}

static void
remove_all (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_torch_files (void)
{
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *folder = NULL;
  g_autofree char *script = NULL;
  g_autofree char *executed = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  if (python == NULL)
    {
      g_test_skip ("there is no python3 to write the files");
      return;
    }
  folder = g_dir_make_tmp ("limn-torch-XXXXXX", NULL);
  script = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests", "formats", "make-torch-files.py", NULL);
  g_spawn_sync (NULL, (char *[]) { python, script, folder, NULL }, NULL, 0, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_test_message ("%u files", check_folder (folder, "index.json"));
  executed = g_build_filename (folder, "EXECUTED", NULL);
  g_assert_false (g_file_test (executed, G_FILE_TEST_EXISTS));
  remove_all (folder);
}

/* Cut short while it is in use. */
static void
test_torch_shrinking (void)
{
  g_autoptr(GBytes) bytes = read_source ("tests/formats/reference/torch-1.13.pt");
  g_autofree char *folder = g_dir_make_tmp ("limn-torch-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.ckpt", NULL);
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(GError) error = NULL;
  float values[54];

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  file = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (truncate (path, 100), ==, 0);
  g_assert_false (limn_checkpoint_read_f32 (file, limn_checkpoint_lookup (file, "matrix"), 0, 12, values, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "become shorter");
  g_assert_false (limn_checkpoint_read_f32 (file, limn_checkpoint_lookup (file, "channels_last"), 0, 54, values, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "become shorter");
  remove_all (folder);
}

/* Parts of both kinds; which file is which is told by bytes alone. */
static void
test_index (void)
{
  static const char index[] = "{\"weight_map\": {\"matrix\": \"model.safetensors\", \"b\": \"x.ckpt\"}}";
  static const float b[] = { 5, 6 };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autofree char *folder = g_dir_make_tmp ("limn-index-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.index", NULL);
  g_autofree char *torch = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *safetensors = g_build_filename (folder, "x.ckpt", NULL);
  g_autoptr(GBytes) bytes = read_source ("tests/formats/reference/torch-1.13.pt");
  g_autoptr(GBytes) other = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(LimnCheckpoint) inside = NULL;
  g_autoptr(GError) error = NULL;
  float values[12];

  limn_safetensors_writer_add_copy (writer, "b", LIMN_SAFETENSORS_F32, 1, (guint64[]) { 2 }, b);
  limn_safetensors_writer_set_metadata (writer, "modelspec.title", "x");
  other = limn_safetensors_writer_to_bytes (writer);
  g_assert_true (g_file_set_contents (path, index, -1, NULL));
  g_assert_true (g_file_set_contents (torch, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  g_assert_true (g_file_set_contents (safetensors, g_bytes_get_data (other, NULL), g_bytes_get_size (other), NULL));
  file = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_checkpoint_get_n (file), ==, 14); /* 13 and 1 */
  g_assert_true (limn_checkpoint_is_pickle (file));
  g_assert_cmpstr (limn_checkpoint_get_files (file)[0], ==, "model.index");
  g_assert_cmpstr (limn_checkpoint_get_files (file)[1], ==, "model.safetensors");
  g_assert_cmpstr (limn_checkpoint_get_files (file)[2], ==, "x.ckpt");
  g_assert_null (limn_checkpoint_get_files (file)[3]);
  g_assert_cmpstr (limn_checkpoint_get_metadata (file, "modelspec.title"), ==, "x");
  g_assert_cmpstr (limn_checkpoint_get_metadata (file, "title"), ==, "made by PyTorch");
  g_assert_true (limn_checkpoint_read_f32 (file, limn_checkpoint_lookup (file, "b"), 0, 2, values, &error));
  g_assert_cmpmem (values, sizeof b, b, sizeof b);
  g_assert_true (limn_checkpoint_read_f32 (file, limn_checkpoint_lookup (file, "matrix"), 0, 12, values, &error));
  g_assert_cmpfloat (values[11], ==, -0.25);
  remove_all (folder);

  /* Something embedded has no neighbours. */
  g_bytes_unref (other);
  other = g_bytes_new_static (index, strlen (index));
  inside = limn_checkpoint_new_for_bytes (other, "inside", &error);
  g_assert_null (inside);
  assert_failed (&error, LIMN_ERROR_UNSUPPORTED, "it is text");
}

void
add_checkpoint_tests (void)
{
  g_test_add_func ("/checkpoint/safetensors", test_safetensors);
  g_test_add_func ("/checkpoint/torch-reference", test_torch_reference);
  g_test_add_func ("/checkpoint/torch-files", test_torch_files);
  g_test_add_func ("/checkpoint/torch-shrinking", test_torch_shrinking);
  g_test_add_func ("/checkpoint/index", test_index);
}
