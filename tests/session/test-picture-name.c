/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "session/limn-picture-name.h"

#include <string.h>

static const struct
{
  const char *prompt;
  const char *name;
} names[] = {
  { "a red house on a green hill", "a red house on a green hill" },
  { "", "limn" },
  { " \n\t ", "limn" },
  { "../../etc/passwd", "etc passwd" },
  { "..", "limn" },
  { ".hidden", "hidden" },
  { "-rf *", "rf" },
  { "~user", "user" },
  { "one\ntwo\r\nthree\tfour", "one two three four" },
  { "a (red:1.3) house, [[dark]] ((bright))", "a red house, dark bright" },
  { "time: 12:30", "time 12 30" },
  { "what? \"this\" <that> a|b c\\d", "what this that a b c d" },
  { "ends with dots ...", "ends with dots" },
  /* e + acute accent, composed. */
  { "cafe\xcc\x81", "caf\xc3\xa9" },
  /* Right-to-left override: would show "gpj.exe" as something else. Persian keeps its zero-width non-joiner. */
  { "photo \xe2\x80\xaegpj.exe", "photo gpj.exe" },
  { "\xe2\x81\xa7isolated\xe2\x81\xa9 \xe2\x80\x8fmarks\xef\xbb\xbf", "isolated marks" },
  { "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85" },
  { "line\xe2\x80\xa8separator", "line separator" },
  { "\xff\xfe broken", "\xef\xbf\xbd\xef\xbf\xbd broken" },
  /* Cut after a word, at most 60 characters. */
  { "a very long prompt that goes on and on about many small things in it", "a very long prompt that goes on and on about many small" },
  { "0123456789012345678901234567890123456789012345678901234567890123456789", "012345678901234567890123456789012345678901234567890123456789" },
};

static void
test_names (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = limn_picture_name_new (NULL, names[i].prompt);

      g_assert_cmpstr (name, ==, names[i].name);
    }
}

static void
test_time (void)
{
  g_autoptr(GDateTime) when = g_date_time_new_utc (2026, 11, 21, 4, 15, 7);
  g_autofree char *name = limn_picture_name_new (when, "a red house");
  g_autofree char *alone = limn_picture_name_new (when, "()");

  g_assert_cmpstr (name, ==, "2026-11-21 04-15-07 a red house");
  g_assert_cmpstr (alone, ==, "2026-11-21 04-15-07");
}

/* Whatever the prompt is, the name is one that every file system takes, and what its first characters look like. */
static void
test_any (void)
{
  g_autoptr(GDateTime) when = g_date_time_new_utc (2026, 11, 21, 4, 15, 7);
  g_autoptr(GRand) rand = g_rand_new_with_seed (g_test_rand_int ());

  for (guint i = 0; i < 2000; i++)
    {
      GString *prompt = g_string_new (NULL);
      guint length = g_rand_int_range (rand, 0, 200);
      g_autofree char *name = NULL;

      for (guint j = 0; j < length; j++)
        {
          guint kind = g_rand_int_range (rand, 0, 6);
          gunichar c = kind == 0   ? (gunichar) g_rand_int_range (rand, 1, 0x80)
                       : kind == 1 ? (gunichar) g_rand_int_range (rand, 0x300, 0x370)
                       : kind == 2 ? (gunichar) g_rand_int_range (rand, 0x590, 0x700)
                       : kind == 3 ? (gunichar) g_rand_int_range (rand, 0x2000, 0x2070)
                       : kind == 4 ? (gunichar) g_rand_int_range (rand, 0x1f300, 0x1fa00)
                                   : (gunichar) g_rand_int_range (rand, 1, 0xd800);

          if (kind == 5 && g_rand_boolean (rand))
            g_string_append_c (prompt, (char) g_rand_int_range (rand, 1, 256));
          else
            g_string_append_unichar (prompt, c);
        }
      name = limn_picture_name_new (when, prompt->str);
      g_assert_true (g_utf8_validate (name, -1, NULL));
      g_assert_cmpuint (strlen (name), <=, LIMN_PICTURE_NAME_MAX_BYTES);
      g_assert_cmpint (g_utf8_strlen (name, -1), <=, LIMN_PICTURE_NAME_MAX_CHARS + 20);
      g_assert_true (g_str_has_prefix (name, "2026-11-21 04-15-07"));
      g_assert_null (strpbrk (name, "/\\:*?\"<>|\n\r\t"));
      for (const char *c = name; *c; c = g_utf8_next_char (c))
        {
          gunichar u = g_utf8_get_char (c);

          g_assert_false (g_unichar_iscntrl (u));
          g_assert_false (u == 0x200e || u == 0x200f || u == 0x61c || (u >= 0x202a && u <= 0x202e) || (u >= 0x2066 && u <= 0x2069));
        }
      g_string_free (prompt, TRUE);
    }
}

void
test_picture_name_add (void)
{
  g_test_add_func ("/picture-name/names", test_names);
  g_test_add_func ("/picture-name/time", test_time);
  g_test_add_func ("/picture-name/any", test_any);
}
