/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"

#include "test-image.h"

#include <string.h>

static const char *
lookup (const LimnExif *exif,
        const char     *keyword)
{
  for (guint i = 0; i < exif->texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (exif->texts, i);

      if (strcmp (text->keyword, keyword) == 0)
        return text->text;
    }
  return NULL;
}

static void
put (GByteArray *out,
     guint       n,
     guint32     value,
     gboolean    big)
{
  for (guint i = 0; i < n; i++)
    {
      guint8 byte = value >> 8 * (big ? n - 1 - i : i);

      g_byte_array_append (out, &byte, 1);
    }
}

/* A block with one entry in the first directory, and one in Exif's own. */
static GBytes *
make_block (gboolean    big,
            guint       tag,
            guint       type,
            const void *data,
            gsize       length)
{
  GByteArray *out = g_byte_array_new ();
  gboolean own = tag >= 0x9000;

  g_byte_array_append (out, (const guint8 *) (big ? "MM" : "II"), 2);
  put (out, 2, 42, big);
  put (out, 4, 8, big);
  put (out, 2, 1, big);
  if (own)
    {
      put (out, 2, 0x8769, big);
      put (out, 2, 4, big);
      put (out, 4, 1, big);
      put (out, 4, 26, big);
      put (out, 4, 0, big);
      put (out, 2, 1, big);
    }
  put (out, 2, tag, big);
  put (out, 2, type, big);
  put (out, 4, length / (type == 3 ? 2 : 1), big);
  if (length <= 4)
    {
      g_byte_array_append (out, data, length);
      put (out, 4 - length, 0, big);
    }
  else
    put (out, 4, own ? 44 : 26, big);
  put (out, 4, 0, big);
  if (length > 4)
    g_byte_array_append (out, data, length);
  return g_byte_array_free_to_bytes (out);
}

static void
assert_comment (gboolean    big,
                guint       type,
                const void *data,
                gsize       length,
                const char *wanted)
{
  g_autoptr(GBytes) block = make_block (big, 0x9286, type, data, length);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnExif) exif = limn_exif_new_for_bytes (block, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lookup (exif, "parameters"), ==, wanted);
}

static void
test_comments (void)
{
  for (gboolean big = FALSE; big <= TRUE; big++)
    {
      assert_comment (big, 7, "ASCII\0\0\0a cat", 13, "a cat");
      assert_comment (big, 7, "\0\0\0\0\0\0\0\0caf\xe9", 12, "café");
      assert_comment (big, 2, "plain text\0", 11, "plain text");
      assert_comment (big, 7, "UNICODE\0\0a\0 \0c\0a\0t", 18, "a cat");
      assert_comment (big, 7, "UNICODE\0a\0 \0c\0a\0t\0", 18, "a cat");
      assert_comment (big, 7, "UNICODE\0\xff\xfe" "a\0!\0", 14, "a!");
      /* Half of a pair is no character. */
      assert_comment (big, 7, "UNICODE\0\0a\xd8\x3c\0b", 14, "a\xef\xbf\xbd" "b");
    }
}

static void
test_round_trip (void)
{
  static const char text[] = "日本の家 🏠, déjà vu\nSteps: 20, Seed: 1";
  g_autoptr(GBytes) block = limn_exif_make_block (text);
  g_autoptr(GBytes) jpeg = g_bytes_new_static ("\xff\xd8\xff\xe0\0\4ab\xff\xda\0\2\xff\xd9", 14);
  g_autoptr(GBytes) with = NULL;
  g_autoptr(GBytes) large = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnExif) exif = limn_exif_new_for_bytes (block, &error);
  g_autoptr(LimnExif) again = NULL;
  g_autofree char *much = g_strnfill (40000, 'x');

  g_assert_cmpstr (lookup (exif, "parameters"), ==, text);
  with = limn_exif_insert_into_jpeg (jpeg, block, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (with), ==, g_bytes_get_size (jpeg) + g_bytes_get_size (block) + 10);
  g_assert_cmpmem (g_bytes_get_data (with, NULL), 8, "\xff\xd8\xff\xe0\0\4ab", 8);
  again = limn_exif_new_for_bytes (with, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lookup (again, "parameters"), ==, text);
  g_assert_cmpuint (again->orientation, ==, 1);

  large = limn_exif_make_block (much);
  g_assert_null (limn_exif_insert_into_jpeg (jpeg, large, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

/* Orientation, ComfyUI's and stable-diffusion.cpp's places, a profile in two parts that come in the wrong order. */
static void
test_others (void)
{
  static const char comment[] = "\xff\xd8\xff\xff\xfe\0\x12parameters\0a cat\xff\xda\0\2";
  static const char profile[] = "\xff\xd8\xff\xe2\0\x11ICC_PROFILE\0\2\2B\xff\xe2\0\x11ICC_PROFILE\0\1\2A\xff\xda\0\2";
  static const char xmp[] = "RIFF\x69\0\0\0WEBPXMP \x5d\0\0\0<x xmlns:sdcpp='u'><sdcpp:y>no</sdcpp:y><sdcpp:parameters>a &lt;cat&gt;"
                            "</sdcpp:parameters></x>\0";
  g_autoptr(GBytes) turned = make_block (TRUE, 0x0112, 3, "\0\6", 2);
  g_autoptr(GBytes) comfy = make_block (FALSE, 0x0110, 2, "Workflow:{\"nodes\": []}", 23);
  GBytes *bytes[] = { g_bytes_new_static (comment, sizeof comment - 1), g_bytes_new_static (profile, sizeof profile - 1),
                                g_bytes_new_static (xmp, sizeof xmp - 1) };
  g_autoptr(LimnExif) exif = limn_exif_new_for_bytes (turned, NULL);
  GError *error = NULL;

  g_assert_cmpuint (exif->orientation, ==, 6);
  limn_exif_free (exif);
  exif = limn_exif_new_for_bytes (comfy, NULL);
  g_assert_cmpstr (lookup (exif, "workflow"), ==, "{\"nodes\": []}");
  limn_exif_free (exif);
  exif = limn_exif_new_for_bytes (bytes[0], &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lookup (exif, "parameters"), ==, "a cat");
  limn_exif_free (exif);
  exif = limn_exif_new_for_bytes (bytes[1], &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (exif->icc, NULL), g_bytes_get_size (exif->icc), "AB", 2);
  limn_exif_free (exif);
  exif = limn_exif_new_for_bytes (bytes[2], &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lookup (exif, "parameters"), ==, "a <cat>");
  for (guint i = 0; i < G_N_ELEMENTS (bytes); i++)
    g_bytes_unref (bytes[i]);
}

/* Cut at every length, and every byte changed: under the sanitizers nothing is read that is not there. */
static void
test_hostile (void)
{
  g_autoptr(GBytes) block = make_block (FALSE, 0x9286, 7, "UNICODE\0\0a\0b\0c", 14);
  g_autoptr(GBytes) jpeg = g_bytes_new_static ("\xff\xd8\xff\xda\0\2\xff\xd9", 8);
  g_autoptr(GBytes) with = limn_exif_insert_into_jpeg (jpeg, block, NULL);
  gsize length;
  const guint8 *data = g_bytes_get_data (with, &length);
  guint n_read = 0;

  for (gsize cut = 0; cut < length; cut++)
    {
      g_autoptr(GBytes) part = g_bytes_new (data, cut);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnExif) exif = limn_exif_new_for_bytes (part, &error);

      g_assert_true ((exif == NULL) == (error != NULL));
    }
  for (gsize at = 0; at < length; at++)
    for (guint value = 0; value < 256; value += 5)
      {
        guint8 *copy = g_memdup2 (data, length);
        g_autoptr(GBytes) changed = NULL;
        g_autoptr(LimnExif) exif = NULL;

        copy[at] = value;
        changed = g_bytes_new_take (copy, length);
        exif = limn_exif_new_for_bytes (changed, NULL);
        n_read += exif != NULL;
        for (guint i = 0; exif != NULL && i < exif->texts->len; i++)
          g_assert_true (g_utf8_validate (((LimnPngText *) g_ptr_array_index (exif->texts, i))->text, -1, NULL));
      }
  g_assert_cmpuint (n_read, >, 1000);
}

void
add_exif_tests (void)
{
  g_test_add_func ("/exif/comments", test_comments);
  g_test_add_func ("/exif/round-trip", test_round_trip);
  g_test_add_func ("/exif/others", test_others);
  g_test_add_func ("/exif/hostile", test_hostile);
}
