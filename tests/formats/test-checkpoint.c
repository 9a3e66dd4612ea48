/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-checkpoint.h"
#include "formats/limn-safetensors-writer.h"

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

void
add_checkpoint_tests (void)
{
  g_test_add_func ("/checkpoint/safetensors", test_safetensors);
}
