/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-safetensors-writer.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file from its header's text and @n_data bytes of data 0, 1, 2, … */
static GBytes *
make (const char *header,
      gsize       n_data)
{
  GByteArray *file = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));

  g_byte_array_append (file, (const guint8 *) &length, 8);
  g_byte_array_append (file, (const guint8 *) header, strlen (header));
  for (gsize i = 0; i < n_data; i++)
    {
      guint8 byte = i;

      g_byte_array_append (file, &byte, 1);
    }
  return g_byte_array_free_to_bytes (file);
}

static void
test_round_trip (void)
{
  static const double f64[] = { 1.5, -0x1p-1074 };
  static const float f32[] = { 1, 2, 3, 4, 5, 6.25f };
  static const guint16 f16[] = { 0x3c00, 0xc000, 0x0001 };
  static const guint16 bf16[] = { 0x3f80, 0x8001 };
  static const gint64 i64[] = { G_MININT64, G_MAXINT64 };
  static const gint32 i32[] = { -7 };
  static const gint8 i8[] = { -1, 2, 3 };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GBytes) streamed = NULL;
  g_autoptr(LimnSafetensors) st = NULL;
  g_autofree const char **keys = NULL;
  g_autoptr(GError) error = NULL;
  const LimnSafetensorsTensor *tensor;
  double d[8];
  float f[8];
  gint64 n[8];
  guint8 raw[4];

  limn_safetensors_writer_add_copy (writer, "i8", LIMN_SAFETENSORS_I8, 1, (guint64[]) { 3 }, i8);
  limn_safetensors_writer_add_copy (writer, "half", LIMN_SAFETENSORS_F16, 1, (guint64[]) { 3 }, f16);
  limn_safetensors_writer_add_copy (writer, "bf", LIMN_SAFETENSORS_BF16, 1, (guint64[]) { 2 }, bf16);
  limn_safetensors_writer_add_copy (writer, "matrix", LIMN_SAFETENSORS_F32, 2, (guint64[]) { 2, 3 }, f32);
  limn_safetensors_writer_add_copy (writer, "wide", LIMN_SAFETENSORS_F64, 1, (guint64[]) { 2 }, f64);
  limn_safetensors_writer_add_copy (writer, "int", LIMN_SAFETENSORS_I64, 1, (guint64[]) { 2 }, i64);
  limn_safetensors_writer_add_copy (writer, "scalar", LIMN_SAFETENSORS_I32, 0, NULL, i32);
  limn_safetensors_writer_add_copy (writer, "empty", LIMN_SAFETENSORS_F32, 2, (guint64[]) { 0, 5 }, NULL);
  limn_safetensors_writer_set_metadata (writer, "b", "ü");
  limn_safetensors_writer_set_metadata (writer, "a", "1");
  file = limn_safetensors_writer_to_bytes (writer);
  g_assert_true (limn_safetensors_writer_write (writer, stream, NULL, &error));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  streamed = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (stream));
  g_assert_true (g_bytes_equal (file, streamed));

  st = limn_safetensors_new_for_bytes (file, "x", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_safetensors_get_n (st), ==, 8);
  for (guint i = 0; i < 8; i++)
    {
      tensor = limn_safetensors_get_nth (st, i);
      g_assert_true (limn_safetensors_lookup (st, tensor->name) == tensor);
      /* Everything aligned, the data's start included. */
      g_assert_cmpuint ((g_bytes_get_size (file) - limn_safetensors_get_data_bytes (st)) % 8, ==, 0);
      g_assert_cmpuint (tensor->begin % limn_safetensors_dtype_get_size (tensor->dtype), ==, 0);
    }
  g_assert_null (limn_safetensors_lookup (st, "none"));
  g_assert_null (limn_safetensors_lookup (st, "__metadata__"));
  keys = limn_safetensors_get_metadata_keys (st);
  g_assert_cmpstr (keys[0], ==, "a");
  g_assert_cmpstr (keys[1], ==, "b");
  g_assert_null (keys[2]);
  g_assert_cmpstr (limn_safetensors_get_metadata (st, "b"), ==, "ü");
  g_assert_null (limn_safetensors_get_metadata (st, "c"));

  tensor = limn_safetensors_lookup (st, "matrix");
  g_assert_cmpuint (tensor->n_dims, ==, 2);
  g_assert_cmpuint (tensor->dims[0], ==, 2);
  g_assert_cmpuint (tensor->dims[1], ==, 3);
  g_assert_cmpuint (tensor->n_elements, ==, 6);
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 2, 4, f, &error));
  g_assert_cmpmem (f, 16, f32 + 2, 16);
  g_assert_true (limn_safetensors_read_f64 (st, tensor, 5, 1, d, &error));
  g_assert_cmpfloat (d[0], ==, 6.25);
  g_assert_true (limn_safetensors_read (st, tensor, 4, 4, raw, &error));
  g_assert_cmpmem (raw, 4, f32 + 1, 4);

  tensor = limn_safetensors_lookup (st, "half");
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 0, 3, f, &error));
  g_assert_cmpfloat (f[0], ==, 1);
  g_assert_cmpfloat (f[1], ==, -2);
  g_assert_cmpfloat (f[2], ==, 0x1p-24f);
  tensor = limn_safetensors_lookup (st, "bf");
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 0, 2, f, &error));
  g_assert_cmpfloat (f[0], ==, 1);
  g_assert_cmpfloat (f[1], ==, -0x1p-133f);
  tensor = limn_safetensors_lookup (st, "wide");
  g_assert_true (limn_safetensors_read_f64 (st, tensor, 0, 2, d, &error));
  g_assert_cmpmem (d, 16, f64, 16);
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 0, 2, f, &error));
  g_assert_cmpfloat (f[0], ==, 1.5f);
  tensor = limn_safetensors_lookup (st, "int");
  g_assert_true (limn_safetensors_read_i64 (st, tensor, 0, 2, n, &error));
  g_assert_cmpmem (n, 16, i64, 16);
  tensor = limn_safetensors_lookup (st, "i8");
  g_assert_true (limn_safetensors_read_i64 (st, tensor, 0, 3, n, &error));
  g_assert_cmpint (n[0], ==, -1);
  tensor = limn_safetensors_lookup (st, "scalar");
  g_assert_cmpuint (tensor->n_elements, ==, 1);
  g_assert_true (limn_safetensors_read_f64 (st, tensor, 0, 1, d, &error));
  g_assert_cmpfloat (d[0], ==, -7);

  /* Ranges and types. */
  tensor = limn_safetensors_lookup (st, "matrix");
  g_assert_false (limn_safetensors_read_f32 (st, tensor, 3, 4, f, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "6 elements");
  g_assert_false (limn_safetensors_read_f32 (st, tensor, G_MAXUINT64, 2, f, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "6 elements");
  g_assert_false (limn_safetensors_read (st, tensor, 25, 0, raw, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "24 bytes");
  g_assert_false (limn_safetensors_read (st, tensor, 24, G_MAXSIZE, raw, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "24 bytes");
  g_assert_false (limn_safetensors_read_i64 (st, tensor, 0, 1, n, &error));
  assert_failed (&error, LIMN_ERROR_UNSUPPORTED, "whole numbers");
  tensor = limn_safetensors_lookup (st, "int");
  g_assert_false (limn_safetensors_read_f32 (st, tensor, 0, 1, f, &error));
  assert_failed (&error, LIMN_ERROR_UNSUPPORTED, "floating-point");
  tensor = limn_safetensors_lookup (st, "empty");
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 0, 0, NULL, &error));
  g_assert_false (limn_safetensors_read_f32 (st, tensor, 0, 1, f, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "0 elements");
}

static void
test_others (void)
{
  /* Unknown types, unknown keys and a header padded with spaces are no reason to refuse a file. */
  g_autoptr(GBytes) file = make ("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]},"
                                 "\"b\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[2,4]},"
                                 "\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[4,5],\"more\":1}}   ", 5);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSafetensors) st = limn_safetensors_new_for_bytes (file, "x.safetensors", &error);
  guint8 byte = 0;
  double d;

  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (limn_safetensors_read (st, limn_safetensors_get_nth (st, i), 0, 1, &byte, &error));
      assert_failed (&error, LIMN_ERROR_UNSUPPORTED, i == 0 ? "F4" : "F8_E4M3");
      g_assert_false (limn_safetensors_read_f64 (st, limn_safetensors_get_nth (st, i), 0, 1, &d, &error));
      assert_failed (&error, LIMN_ERROR_UNSUPPORTED, "does not know");
    }
  g_assert_true (limn_safetensors_read (st, limn_safetensors_lookup (st, "c"), 0, 1, &byte, &error));
  g_assert_cmpuint (byte, ==, 4);
}

#define T(dtype, shape, begin, end) \
  "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

static void
test_hostile (void)
{
  static const struct
  {
    const char *header;
    gsize n_data;
    const char *says;
  } cases[] = {
    /* shape against size */
    { "{\"a\":" T ("F32", "[2]", "0", "4") "}", 4, "4 bytes, but its shape has 2 elements of F32" },
    { "{\"a\":" T ("F16", "[2]", "0", "8") "}", 8, "elements of F16" },
    { "{\"a\":" T ("F32", "[]", "0", "0") "}", 0, "1 elements" },
    /* huge counts: products that wrap to what would fit */
    { "{\"a\":" T ("F32", "[4294967296,4294967296]", "0", "0") "}", 0, "more than 2^64 elements" },
    { "{\"a\":" T ("F32", "[4611686018427387904]", "0", "0") "}", 0, "elements of F32" },
    { "{\"a\":" T ("F32", "[9223372036854775807]", "0", "4") "}", 4, "elements of F32" },
    { "{\"a\":" T ("F32", "[18446744073709551615]", "0", "4") "}", 4, "too big" },
    { "{\"a\":" T ("F4", "[9223372036854775807,3]", "0", "4") "}", 4, "more than 2^64 elements" },
    { "{\"a\":" T ("F32", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4, "9 dimensions" },
    { "{\"a\":" T ("F32", "[-1]", "0", "4") "}", 4, "whole number" },
    { "{\"a\":" T ("F32", "[1.0]", "0", "4") "}", 4, "whole number" },
    { "{\"a\":" T ("F32", "[\"1\"]", "0", "4") "}", 4, "whole number" },
    /* places */
    { "{\"a\":" T ("F32", "[1]", "0", "4") "}", 3, "was cut" },
    { "{\"a\":" T ("F32", "[1]", "4", "0") "}", 4, "before it begins" },
    { "{\"a\":" T ("F32", "[1]", "0", "9223372036854775807") "}", 4, "was cut" },
    { "{\"a\":" T ("F32", "[1]", "9223372036854775804", "9223372036854775807") "}", 4, "was cut" },
    { "{\"a\":" T ("F32", "[1]", "-4", "0") "}", 4, "whole numbers" },
    { "{\"a\":" T ("F32", "[1]", "0.0", "4") "}", 4, "whole numbers" },
    { "{\"a\":" T ("F32", "[1]", "0", "4") ",\"b\":" T ("F32", "[1]", "0", "4") "}", 4, "“a” and “b” overlap" },
    { "{\"a\":" T ("F32", "[2]", "0", "8") ",\"b\":" T ("F32", "[1]", "4", "8") "}", 8, "overlap" },
    { "{\"a\":" T ("F32", "[1]", "0", "4") ",\"b\":" T ("F32", "[1]", "8", "12") "}", 12, "hole of 4 bytes" },
    { "{\"a\":" T ("F32", "[1]", "4", "8") "}", 8, "hole of 4 bytes" },
    { "{\"a\":" T ("F32", "[1]", "0", "4") "}", 5, "1 bytes at its end" },
    { "{}", 1, "1 bytes at its end" },
    /* entries that are none */
    { "{\"a\":1}", 0, "not an object" },
    { "{\"a\":{}}", 0, "no dtype" },
    { "{\"a\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "no dtype" },
    { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,4]}}", 4, "no shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no data_offsets" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "no data_offsets" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4, "no data_offsets" },
    { "{\"__metadata__\":1}", 0, "__metadata__ is not an object" },
    { "{\"__metadata__\":{\"a\":1}}", 0, "not a string" },
    /* headers that are none */
    { "[]", 0, "not a JSON object" },
    { " {}", 0, "not a JSON object" },
    { "{", 0, "not a safetensors file" },
    { "{]", 0, "not sound JSON" },
    { "{} x", 0, "not sound JSON" },
    { "{\"a\":" T ("F32", "[1]", "0", "4") ",\"a\":" T ("F32", "[1]", "0", "4") "}", 4, "duplicate" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) file = make (cases[i].header, cases[i].n_data);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].header);
      g_assert_null (limn_safetensors_new_for_bytes (file, "x.safetensors", &error));
      assert_failed (&error, LIMN_ERROR_FORMAT, cases[i].says);
    }
}

static void
test_deep (void)
{
  g_autoptr(GString) header = g_string_new ("{\"a\":");
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 200000; i++)
    g_string_append_c (header, '[');
  file = make (header->str, 0);
  g_assert_null (limn_safetensors_new_for_bytes (file, "x.safetensors", &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "nested deeper");
}

/* Every file cut anywhere is refused, and every altered byte of the header gives an error or a sound file. */
static void
test_cut_and_altered (void)
{
  g_autoptr(GBytes) file = make ("{\"a\":" T ("F32", "[1]", "0", "4") ",\"b\":" T ("F16", "[2]", "4", "8") "}", 8);
  gsize size;
  const guint8 *data = g_bytes_get_data (file, &size);

  for (gsize n = 0; n < size; n++)
    {
      g_autoptr(GBytes) cut = g_bytes_new (data, n);
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_safetensors_new_for_bytes (cut, "x", &error));
      assert_failed (&error, LIMN_ERROR_FORMAT, "“x”");
    }
  for (gsize i = 0; i < size - 8; i++)
    {
      for (guint byte = 0; byte < 256; byte++)
        {
          g_autofree guint8 *copy = g_memdup2 (data, size);
          g_autoptr(GBytes) altered = NULL;
          g_autoptr(LimnSafetensors) st = NULL;
          g_autoptr(GError) error = NULL;

          copy[i] = byte;
          altered = g_bytes_new_take (g_steal_pointer (&copy), size);
          st = limn_safetensors_new_for_bytes (altered, "x", &error);
          g_assert_true ((st != NULL) == (error == NULL));
        }
    }
}

static void
test_strangers (void)
{
  static const struct
  {
    const char *start;
    gsize length;
    const char *says;
  } cases[] = {
    { "PK\003\004\024\000\000\000\000\000\000\000", 12, "This is a zip checkpoint (.ckpt" },
    /* As a length word: 67,324,752, which is allowed. */
    { "PK\003\004\000\000\000\000\010\000\000\000", 12, "This is a zip checkpoint (.ckpt" },
    { "\200\002\212\nl\374\234F\371 j\250", 12, "This is a pickle checkpoint (.ckpt" },
    { "\200\004\225\020\000\000\000\000\000\000\000}", 12, "This is a pickle checkpoint (.ckpt" },
    { "GGUF\003\000\000\000\001\000", 10, "GGUF" },
    { "version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS pointer" },
    { "<!DOCTYPE html><html>", 21, "web page" },
    { "\211PNG\r\n\032\n\000\000", 10, "PNG" },
    { "", 0, "it is empty" },
    { "hello, world", 12, "not a safetensors file" },
    /* A header of one byte more than is allowed. */
    { "\001\341\365\005\000\000\000\000{}", 10, "at most 100000000" },
    { "\377\377\377\377\377\377\377\377{}", 10, "not a safetensors file" },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-safetensors-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr(GString) header = g_string_new ("{}");
  g_autoptr(LimnSafetensors) st = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_true (g_file_set_contents (path, cases[i].start, cases[i].length, NULL));
      g_assert_null (limn_safetensors_open (path, &error));
      assert_failed (&error, LIMN_ERROR_FORMAT, cases[i].says);
    }
  g_assert_null (limn_safetensors_open (folder, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "it is a folder");
  g_remove (path);
  /* A pipe that nobody writes to must not stop us. */
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (limn_safetensors_open (path, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "it is not a file");
  g_remove (path);
  g_assert_null (limn_safetensors_open (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_rmdir (folder);

  /* A sound file whose length word, 0x280, is a pickle's first two bytes. */
  while (header->len < 0x280)
    g_string_append_c (header, ' ');
  file = make (header->str, 0);
  st = limn_safetensors_new_for_bytes (file, "x", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_safetensors_get_n (st), ==, 0);
}

/* A file that is cut after it was opened, in the middle of what is read and before it. */
static void
test_shrinking (void)
{
  enum { N = 100000 };
  g_autofree char *folder = g_dir_make_tmp ("limn-safetensors-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree guint16 *halves = g_new0 (guint16, N);
  g_autofree float *floats = g_new0 (float, N);
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(LimnSafetensors) st = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GError) error = NULL;
  const LimnSafetensorsTensor *tensor;

  for (guint i = 0; i < N; i++)
    halves[i] = 0x3c00 + i % 1024;
  limn_safetensors_writer_add_copy (writer, "a", LIMN_SAFETENSORS_F16, 1, (guint64[]) { N }, halves);
  file = limn_safetensors_writer_to_bytes (writer);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file), NULL));

  st = limn_safetensors_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_safetensors_get_name (st), ==, "model.safetensors");
  tensor = limn_safetensors_lookup (st, "a");
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 0, N, floats, &error));
  for (guint i = 0; i < N; i++)
    g_assert_cmpfloat (floats[i], ==, 1 + (i % 1024) / 1024.0f);

  g_assert_cmpint (truncate (path, 150000), ==, 0);
  g_assert_true (limn_safetensors_read_f32 (st, tensor, 0, 60000, floats, &error));
  g_assert_false (limn_safetensors_read_f32 (st, tensor, 0, N, floats, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“model.safetensors” cannot be read: it has become shorter");
  g_assert_false (limn_safetensors_read (st, tensor, 199000, 4, floats, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "it has become shorter");

  g_clear_pointer (&st, limn_safetensors_free);
  g_assert_null (limn_safetensors_open (path, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "it was cut");
  g_remove (path);
  g_rmdir (folder);
}

static void
test_full_disk (void)
{
  static guint8 small[64];
  g_autoptr(GOutputStream) stream = g_memory_output_stream_new (small, sizeof small, NULL, NULL);
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GError) error = NULL;

  limn_safetensors_writer_add_copy (writer, "a", LIMN_SAFETENSORS_F32, 1, (guint64[]) { 1 }, small);
  g_assert_false (limn_safetensors_writer_write (writer, stream, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

void
add_safetensors_tests (void)
{
  g_test_add_func ("/safetensors/round-trip", test_round_trip);
  g_test_add_func ("/safetensors/others", test_others);
  g_test_add_func ("/safetensors/hostile", test_hostile);
  g_test_add_func ("/safetensors/deep", test_deep);
  g_test_add_func ("/safetensors/cut-and-altered", test_cut_and_altered);
  g_test_add_func ("/safetensors/strangers", test_strangers);
  g_test_add_func ("/safetensors/shrinking", test_shrinking);
  g_test_add_func ("/safetensors/full-disk", test_full_disk);
}
