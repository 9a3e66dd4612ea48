/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "base/limn-error.h"
#include "formats/limn-merges.h"

#include <string.h>

#define WANTED "#version: 0.2\na b\nab c</w>\n\" \\\n"

static void
check (const char *text, const char *wanted)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = limn_merges_read (text, strlen (text), "merges", 3, &error);
  g_autofree char *got = NULL;

  if (!wanted)
    {
      g_assert_null (bytes);
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      return;
    }
  g_assert_no_error (error);
  got = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_cmpstr (got, ==, wanted);
}

static void
test_forms (void)
{
  check ("#version: 0.2\na b\nab c</w>\n\" \\\n", WANTED);
  check ("\"bpe_simple_vocab_16e6.txt#version: 0.2\r\na b\r\nab c</w>\r\n\" \\", WANTED);
  check ("#version: 0.2\na b\nab c</w>\n\" \\\nmore than\nis used", WANTED);
  check ("{\"version\": \"1.0\", \"model\": {\"merges\": [\"a b\", \"ab c</w>\", \"\\\" \\\\\"]}}", WANTED);
  check ("{\"model\": {\"merges\": [[\"a\", \"b\"], [\"ab\", \"c</w>\"], [\"\\\"\", \"\\\\\"]]}}", WANTED);
}

static void
test_bad (void)
{
  check ("", NULL);
  check ("#version: 0.2", NULL);
  check ("#version: 0.2\n", NULL);
  check ("#version: 0.2\na b\nab c</w>\n", NULL);
  check ("#version: 0.2\na b\nabc\nd e\n", NULL);
  check ("#version: 0.2\na b\n\nd e\nf g\n", NULL);
  check ("{", NULL);
  check ("{}", NULL);
  check ("{\"model\": []}", NULL);
  check ("{\"model\": {\"merges\": {}}}", NULL);
  check ("{\"model\": {\"merges\": [\"a b\", [\"a\"], \"c d\"]}}", NULL);
  check ("{\"model\": {\"merges\": [\"a b\", 1, \"c d\"]}}", NULL);
  check ("{\"a\": 0, \"b\": 1}", NULL);
}

void
add_merges_tests (void)
{
  g_test_add_func ("/merges/forms", test_forms);
  g_test_add_func ("/merges/bad", test_bad);
}
