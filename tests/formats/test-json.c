/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-json.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

static LimnJson *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  LimnJson *json = limn_json_new_for_data (text, strlen (text), "unet/config.json", 0, &error);

  g_assert_no_error (error);
  return json;
}

static void
test_values (void)
{
  g_autoptr(LimnJson) json = parse ("{\"s\": \"é\", \"i\": -5, \"d\": 1e-5, \"n\": 3, \"t\": true, \"z\": null, "
                                    "\"a\": [1, 2], \"f\": [0.5, 1], "
                                    "\"w\": [\"x\", null], \"o\": {\"k\": [{\"v\": 9}]}}");
  g_autoptr(LimnJson) object = NULL;
  g_autoptr(LimnJson) element = NULL;
  g_autoptr(GArray) ints = NULL;
  g_autoptr(GArray) doubles = NULL;
  g_auto(GStrv) strings = NULL;
  g_autofree const char **keys = NULL;
  g_autoptr(GError) error = NULL;
  const char *s = NULL;
  gint64 i = 0;
  double d = 0;
  gboolean b = FALSE;
  guint n = 0;

  g_assert_true (limn_json_get_string (json, "s", &s, &error));
  g_assert_cmpstr (s, ==, "é");
  g_assert_true (limn_json_get_int (json, "i", -5, 5, &i, &error));
  g_assert_cmpint (i, ==, -5);
  g_assert_true (limn_json_get_double (json, "d", 0, 1, &d, &error));
  g_assert_cmpfloat (d, ==, 1e-5);
  g_assert_true (limn_json_get_double (json, "n", 0, 10, &d, &error));
  g_assert_cmpfloat (d, ==, 3);
  g_assert_true (limn_json_get_bool (json, "t", &b, &error));
  g_assert_true (b);
  ints = limn_json_get_ints (json, "a", 1, 2, 2, &error);
  g_assert_cmpuint (ints->len, ==, 2);
  g_assert_cmpint (g_array_index (ints, gint64, 1), ==, 2);
  doubles = limn_json_get_doubles (json, "f", 2, &error);
  g_assert_cmpfloat (g_array_index (doubles, double, 0), ==, 0.5);
  strings = limn_json_get_strings (json, "w", 2, &error);
  g_assert_cmpstr (strings[0], ==, "x");
  g_assert_cmpstr (strings[1], ==, "");
  g_assert_null (strings[2]);
  keys = limn_json_get_keys (json, &n);
  g_assert_cmpuint (n, ==, 10);
  g_assert_cmpstr (keys[0], ==, "s");
  g_assert_cmpstr (keys[9], ==, "o");
  g_assert_cmpint (limn_json_get_kind (json, "z"), ==, LIMN_JSON_ABSENT);
  g_assert_cmpint (limn_json_get_kind (json, "d"), ==, LIMN_JSON_REAL);

  object = limn_json_get_object (json, "o", &error);
  g_assert_true (limn_json_get_length (object, "k", &n, &error));
  g_assert_cmpuint (n, ==, 1);
  element = limn_json_get_element (object, "k", 0, &error);
  g_assert_true (limn_json_get_int (element, "v", 0, 9, &i, &error));
  g_assert_cmpint (i, ==, 9);
  g_assert_false (limn_json_get_int (element, "v", 0, 8, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“o.k[0].v” is out of range");

  /* A view outlives its document's first reference. */
  g_clear_pointer (&json, limn_json_unref);
  g_assert_true (limn_json_get_int (element, "v", 0, 9, &i, &error));
}

static void
test_fallbacks (void)
{
  g_autoptr(LimnJson) json = parse ("{\"z\": null, \"i\": 7, \"s\": \"x\"}");
  g_autoptr(GError) error = NULL;
  const char *s = NULL;
  gint64 i = 0;
  double d = 0;
  gboolean b = FALSE;

  g_assert_true (limn_json_get_int_or (json, "none", 0, 9, 4, &i, &error));
  g_assert_cmpint (i, ==, 4);
  g_assert_true (limn_json_get_int_or (json, "z", 0, 9, 5, &i, &error));
  g_assert_cmpint (i, ==, 5);
  g_assert_true (limn_json_get_int_or (json, "i", 0, 9, 5, &i, &error));
  g_assert_cmpint (i, ==, 7);
  g_assert_true (limn_json_get_double_or (json, "z", 0, 9, 0.5, &d, &error));
  g_assert_cmpfloat (d, ==, 0.5);
  g_assert_true (limn_json_get_bool_or (json, "z", TRUE, &b, &error));
  g_assert_true (b);
  g_assert_true (limn_json_get_string_or (json, "z", "y", &s, &error));
  g_assert_cmpstr (s, ==, "y");

  /* Only absence has a fallback. */
  g_assert_false (limn_json_get_int_or (json, "s", 0, 9, 5, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“s” has the wrong type");
  g_assert_false (limn_json_get_int_or (json, "i", 0, 6, 5, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“i” is out of range");
}

static void
test_getter_errors (void)
{
  g_autoptr(LimnJson) json = parse ("{\"z\": null, \"i\": 7, \"r\": 7.0, \"s\": \"x\", "
                                    "\"a\": [1, 2, \"3\"], \"e\": [1.5]}");
  g_autoptr(GError) error = NULL;
  const char *s = "untouched";
  gint64 i = 42;
  double d = 42;
  gboolean b = 42;

  g_assert_false (limn_json_get_int (json, "in_channels", 1, 9, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“unet/config.json” cannot be used: “in_channels” is missing");
  g_assert_false (limn_json_get_int (json, "z", 1, 9, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“z” is null");
  g_assert_false (limn_json_get_int (json, "r", 1, 9, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "“r” has the wrong type: it must be an integer");
  g_assert_false (limn_json_get_int (json, "i", 8, 9, &i, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "7 is not within 8 to 9");
  g_assert_false (limn_json_get_double (json, "s", 0, 9, &d, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_false (limn_json_get_bool (json, "i", &b, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_false (limn_json_get_string (json, "i", &s, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_null (limn_json_get_ints (json, "a", 0, 9, 9, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_null (limn_json_get_ints (json, "a", 0, 9, 2, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "a list of 3");
  g_assert_null (limn_json_get_ints (json, "e", 0, 9, 2, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_null (limn_json_get_strings (json, "a", 9, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_null (limn_json_get_object (json, "a", &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");
  g_assert_null (limn_json_get_element (json, "a", 3, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "has no element 3");
  g_assert_null (limn_json_get_element (json, "a", 0, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "wrong type");

  g_assert_cmpstr (s, ==, "untouched");
  g_assert_cmpint (i, ==, 42);
  g_assert_cmpfloat (d, ==, 42);
  g_assert_cmpint (b, ==, 42);
}

static void
test_hostile (void)
{
  static const struct
  {
    const char *text;
    gsize length; /* 0: strlen */
    const char *says;
  } cases[] = {
    { "", 0, "not sound JSON" },
    { "   ", 0, "not sound JSON" },
    { "[1]", 0, "not an object" },
    { "null", 0, "not sound JSON" },
    { "{\"a\": 1", 0, "not sound JSON" },
    { "{\"a\": 1}x", 0, "not sound JSON" },
    { "{\"a\": 1}{}", 0, "not sound JSON" },
    { "{\"a\": 1}\0", 9, "not sound JSON" },
    { "{\"a\": 1, \"b\": 2, \"a\": 1}", 0, "duplicate" },
    { "{\"a\": {\"b\": 1, \"b\": 1}}", 0, "duplicate" },
    { "{\"a\": 18446744073709551615}", 0, "too big" },
    { "{\"a\": 9223372036854775808}", 0, "too big" },
    { "{\"a\": -9223372036854775809}", 0, "too big" },
    { "{\"a\": 1e999}", 0, "not sound JSON" },
    { "{\"a\": NaN}", 0, "not sound JSON" },
    { "{\"a\": Infinity}", 0, "not sound JSON" },
    { "{\"a\": 01}", 0, "not sound JSON" },
    { "{'a': 1}", 0, "not sound JSON" },
    { "{\"a\": 1,}", 0, "not sound JSON" },
    { "{\"a\": \"\xff\"}", 0, "not sound JSON" },
    { "{\"a\": \"\xed\xa0\x80\"}", 0, "not sound JSON" },
    { "{\"a\": \"\\ud800\"}", 0, "not sound JSON" },
    { "{\"a\": \"x\\u0000y\"}", 0, "not sound JSON" },
    { "{\"a\": \"x\ny\"}", 0, "not sound JSON" },
    { "\xef\xbb\xbf{}", 0, "not sound JSON" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      gsize length = cases[i].length > 0 ? cases[i].length : strlen (cases[i].text);
      /* Bytes that are no UTF-8, or a line of their own, would not be TAP. */
      g_autofree char *shown = g_strescape (cases[i].text, NULL);

      g_test_message ("%s", shown);
      g_assert_null (limn_json_new_for_data (cases[i].text, length, "x.json", 0, &error));
      assert_failed (&error, LIMN_ERROR_FORMAT, cases[i].says);
    }
}

static void
test_limits (void)
{
  g_autoptr(GString) text = g_string_new ("{\"a\":");
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJson) json = NULL;

  /* Brackets in a string are no depth. */
  for (guint i = 0; i < 1000; i++)
    g_string_append (text, i == 0 ? "\"[\\\"[" : "[{");
  g_string_append (text, "\"}");
  json = limn_json_new_for_data (text->str, text->len, "x.json", 0, &error);
  g_assert_no_error (error);

  /* As deep as allowed: the object and 63 lists. */
  g_string_assign (text, "{\"a\":");
  for (guint i = 1; i < LIMN_JSON_MAX_DEPTH; i++)
    g_string_append_c (text, '[');
  for (guint i = 1; i < LIMN_JSON_MAX_DEPTH; i++)
    g_string_append_c (text, ']');
  g_string_append_c (text, '}');
  g_clear_pointer (&json, limn_json_unref);
  json = limn_json_new_for_data (text->str, text->len, "x.json", 0, &error);
  g_assert_no_error (error);

  for (guint kind = 0; kind < 2; kind++)
    {
      g_string_assign (text, "{\"a\":");
      for (guint i = 0; i < 200000; i++)
        g_string_append (text, kind == 0 ? "[" : "{\"a\":");
      g_assert_null (limn_json_new_for_data (text->str, text->len, "x.json", 0, &error));
      assert_failed (&error, LIMN_ERROR_FORMAT, "nested deeper");
    }

  g_string_assign (text, "{\"a\":[");
  for (guint i = 0; i < LIMN_JSON_MAX_VALUES; i++)
    g_string_append (text, "0,");
  g_string_append (text, "0]}");
  g_assert_null (limn_json_new_for_data (text->str, text->len, "x.json", 0, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "more than");

  g_assert_null (limn_json_new_for_data ("{\"a\": 1}", 8, "x.json", 7, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "too large");
}

static void
test_files (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("limn-json-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr(LimnJson) json = NULL;

  g_assert_null (limn_json_new_from_file (path, 0, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_null (limn_json_new_from_file (folder, 0, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "not a file");

  g_assert_true (g_file_set_contents (path, "{\"a\": 1}", -1, NULL));
  json = limn_json_new_from_file (path, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_json_get_name (json), ==, path);
  g_assert_null (limn_json_new_from_file (path, 7, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "too large");
  g_assert_true (g_file_set_contents (path, "", -1, NULL));
  g_assert_null (limn_json_new_from_file (path, 0, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "not sound JSON");

  g_remove (path);

  /* A pipe that nobody writes to must not stop us. */
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (limn_json_new_from_file (path, 0, &error));
  assert_failed (&error, LIMN_ERROR_FORMAT, "not a file");
  g_remove (path);
  g_rmdir (folder);
}

void
add_json_tests (void)
{
  g_test_add_func ("/json/values", test_values);
  g_test_add_func ("/json/fallbacks", test_fallbacks);
  g_test_add_func ("/json/getter-errors", test_getter_errors);
  g_test_add_func ("/json/hostile", test_hostile);
  g_test_add_func ("/json/limits", test_limits);
  g_test_add_func ("/json/files", test_files);
}
