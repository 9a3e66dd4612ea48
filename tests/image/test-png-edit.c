/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-png-edit.h"
#include "image/limn-xmp.h"

#include "test-image.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define RDF "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
#define XMP "xmlns:xmp='http://ns.adobe.com/xap/1.0/'"

/* ------------------------------------------------------------------------------------------------ the packet */

/* What other programs write. @before with the rating 5 is @after. */
static const struct
{
  const char *what;
  int         rating;
  const char *before;
  const char *after;
} packets[] = {
  { "attribute", 3,
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating=\"3\" a:b='c' xmlns:a='u'/>"
    "</rdf:RDF></x:xmpmeta>",
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating=\"5\" a:b='c' xmlns:a='u'/>"
    "</rdf:RDF></x:xmpmeta>" },
  { "element", 2,
    "<rdf:RDF " RDF "><rdf:Description " XMP "><xmp:Label>é&amp;</xmp:Label><xmp:Rating> 2\n</xmp:Rating></rdf:Description>"
    "</rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description " XMP "><xmp:Label>é&amp;</xmp:Label><xmp:Rating>5</xmp:Rating></rdf:Description>"
    "</rdf:RDF>" },
  { "rejected", -1,
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating='-1'/></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating='5'/></rdf:RDF>" },
  { "a fraction", 4,
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating='4.5'/></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating='5'/></rdf:RDF>" },
  { "empty element", 0,
    "<rdf:RDF " RDF "><rdf:Description " XMP "><xmp:Rating /></rdf:Description></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description " XMP "><xmp:Rating>5</xmp:Rating></rdf:Description></rdf:RDF>" },
  { "nonsense", 0,
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating='many'/></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Rating='5'/></rdf:RDF>" },
  { "other prefixes", 1,
    "<R:RDF xmlns:R='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<R:Description xmlns:xap='http://ns.adobe.com/xap/1.0/' "
    "xap:Rating='1'/></R:RDF>",
    "<R:RDF xmlns:R='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<R:Description xmlns:xap='http://ns.adobe.com/xap/1.0/' "
    "xap:Rating='5'/></R:RDF>" },
  { "default namespace", 1,
    "<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><Description><Rating xmlns='http://ns.adobe.com/xap/1.0/'>1</Rating>"
    "</Description></RDF>",
    "<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><Description><Rating xmlns='http://ns.adobe.com/xap/1.0/'>5</Rating>"
    "</Description></RDF>" },
  { "second description", 3,
    "<rdf:RDF " RDF "><rdf:Description a:t='1' xmlns:a='u'/><rdf:Description " XMP " xmp:Rating='3'/></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description a:t='1' xmlns:a='u'/><rdf:Description " XMP " xmp:Rating='5'/></rdf:RDF>" },
  { "none", 0,
    "<rdf:RDF " RDF "><rdf:Description rdf:about=''>\n</rdf:Description></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:Rating=\"5\" rdf:about=''>\n"
    "</rdf:Description></rdf:RDF>" },
  { "none, its prefix declared", 0,
    "<rdf:RDF " RDF "><rdf:Description " XMP " xmp:Label='red'/></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description xmp:Rating=\"5\" " XMP " xmp:Label='red'/></rdf:RDF>" },
  { "none, its prefix means something else", 0,
    "<rdf:RDF " RDF " xmlns:xmp='u'><rdf:Description xmp:Rating='3'/></rdf:RDF>",
    "<rdf:RDF " RDF " xmlns:xmp='u'><rdf:Description xmlns:limnxmp=\"http://ns.adobe.com/xap/1.0/\" limnxmp:Rating=\"5\" "
    "xmp:Rating='3'/></rdf:RDF>" },
  { "that of an ingredient", 0,
    "<rdf:RDF " RDF "><rdf:Description " XMP "><i:I xmlns:i='u'><rdf:Description xmp:Rating='3'/></i:I></rdf:Description></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description xmp:Rating=\"5\" " XMP "><i:I xmlns:i='u'><rdf:Description xmp:Rating='3'/></i:I>"
    "</rdf:Description></rdf:RDF>" },
  { "in a comment, in CDATA, in text", 0,
    "<rdf:RDF " RDF "><!-- <xmp:Rating>3</xmp:Rating> --><rdf:Description " XMP "><xmp:Label><![CDATA[<xmp:Rating>3</xmp:Rating>]]>"
    "</xmp:Label></rdf:Description></rdf:RDF>",
    "<rdf:RDF " RDF "><!-- <xmp:Rating>3</xmp:Rating> --><rdf:Description xmp:Rating=\"5\" " XMP "><xmp:Label><![CDATA[<xmp:Rating>"
    "3</xmp:Rating>]]></xmp:Label></rdf:Description></rdf:RDF>" },
};

static void
test_xmp_others (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      g_autofree char *changed = NULL;
      g_autofree char *again = NULL;
      g_autofree char *cleared = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", packets[i].what);
      g_assert_cmpint (limn_xmp_get_rating (packets[i].before), ==, packets[i].rating);
      g_assert_true (limn_xmp_set_rating (packets[i].before, 5, &changed, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (changed, ==, packets[i].after);
      g_assert_cmpint (limn_xmp_get_rating (changed), ==, 5);

      g_assert_true (limn_xmp_set_rating (changed, 5, &again, NULL));
      g_assert_cmpstr (again, ==, changed);
      g_assert_true (limn_xmp_set_rating (changed, 0, &cleared, NULL));
      g_assert_cmpint (limn_xmp_get_rating (cleared), ==, 0);
    }
}

/* A place is made where there is none, and what was there stays. */
static void
test_xmp_empty_rdf (void)
{
  static const char *const empties[] = {
    "<rdf:RDF " RDF "/>",
    "<rdf:RDF " RDF "></rdf:RDF>",
    ("<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>\n"
     "</x:xmpmeta><?xpacket end='w'?>   "),
    "<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (empties); i++)
    {
      g_autofree char *changed = NULL;

      g_assert_true (limn_xmp_set_rating (empties[i], 5, &changed, NULL));
      g_assert_cmpint (limn_xmp_get_rating (changed), ==, 5);
    }
}

static void
test_xmp_own (void)
{
  static const int ratings[] = { 5, 4, -1, 5, 0 };
  g_autofree char *packet = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (ratings); i++)
    {
      char *changed = NULL;

      g_assert_true (limn_xmp_set_rating (packet, ratings[i], &changed, NULL));
      g_free (packet);
      packet = changed;
      g_assert_cmpint (limn_xmp_get_rating (packet), ==, ratings[i]);
    }
  g_assert_null (packet);
}

/* No packet at all is no error to read; to write into it is. */
static void
test_xmp_hostile (void)
{
  static const char *const bad[] = {
    "rating 3", "<", "<a", "<a b", "<a b=", "<a b='", "<a/>", "</a>", "<a></b>", "<rdf:RDF " RDF ">", "\xff",
    "<!DOCTYPE x [<!ENTITY a 'b'>]><rdf:RDF " RDF "/>", "<x><y><rdf:RDF " RDF "/></y></x>", "<?xpacket", "<!--",
    "<rdf:RDF xmlns:rdf='another'><rdf:Description " XMP " xmp:Rating='3'/></rdf:RDF>",
    "<rdf:RDF " RDF "><rdf:Description " XMP "><xmp:Rating><a>3</a></xmp:Rating></rdf:Description></rdf:RDF>",
  };
  GString *deep = g_string_new ("<rdf:RDF " RDF ">");
  GString *wide = g_string_new ("<rdf:RDF " RDF);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;
      char *changed = NULL;

      g_assert_cmpint (limn_xmp_get_rating (bad[i]), ==, 0);
      g_assert_false (limn_xmp_set_rating (bad[i], 5, &changed, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_assert_null (changed);
    }

  /* 8 MiB of what is nested, or of names to look up: refused at once (0.1 s each; a walk of all would take minutes). */
  while (deep->len < LIMN_PNG_MAX_TEXT)
    g_string_append (deep, "<a>");
  while (wide->len < LIMN_PNG_MAX_TEXT)
    g_string_append_printf (wide, " xmlns:a%" G_GSIZE_FORMAT "='b'", wide->len);
  g_assert_cmpint (limn_xmp_get_rating (deep->str), ==, 0);
  g_assert_cmpint (limn_xmp_get_rating (wide->str), ==, 0);
  g_string_free (deep, TRUE);
  g_string_free (wide, TRUE);

  /* Cut anywhere, and with any byte changed: the sanitizers judge. */
  for (gsize i = 0; i < G_N_ELEMENTS (packets); i++)
    for (gsize n = 0; n < strlen (packets[i].before); n++)
      {
        g_autofree char *part = g_strndup (packets[i].before, n);
        g_autofree char *other = g_strdup (packets[i].before);
        g_autofree char *changed = NULL;
        g_autofree char *changed_other = NULL;

        other[n] = "<>'\"/:= x"[n % 9];
        limn_xmp_set_rating (part, 5, &changed, NULL);
        if (limn_xmp_set_rating (other, 5, &changed_other, NULL))
          g_assert_cmpint (limn_xmp_get_rating (changed_other), ==, 5);
      }
}

/* ------------------------------------------------------------------------------------------------ the file */

static LimnImage *
picture (void)
{
  guint8 *data = g_malloc (40 * 30 * 3);

  for (guint i = 0; i < 40 * 30 * 3; i++)
    data[i] = i * i >> 4;
  return limn_image_new_take (LIMN_PIXEL_RGB8, 40, 30, data, NULL);
}

static GBytes *
png_with (const char *xmp)
{
  const LimnPngText texts[] = { { (char *) "parameters", (char *) "a cat\nSteps: 1" },
                                { (char *) "limn", (char *) "{\"prompt\":\"été 日本\"}" },
                                { (char *) LIMN_PNG_XMP_KEYWORD, (char *) xmp } };
  g_autoptr(LimnImage) image = picture ();
  g_autoptr(GError) error = NULL;
  GBytes *bytes = limn_png_encode (image, texts, xmp != NULL ? 3 : 2, &error);

  g_assert_no_error (error);
  return bytes;
}

static guint32
get_be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

/* The types of the chunks, each followed by a space. */
static char *
chain_of (GBytes *bytes)
{
  GString *chain = g_string_new (NULL);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  for (gsize at = 8; at + 12 <= length; at += get_be32 (data + at) + 12)
    g_string_append_printf (chain, "%.4s ", (const char *) data + at + 4);
  return g_string_free (chain, FALSE);
}

static int
rating_of (GBytes *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, &error);
  g_autoptr(LimnImage) image = picture ();
  LimnImageDifference d;

  g_assert_no_error (error);
  g_assert_cmpstr (limn_png_lookup (png, "parameters"), ==, "a cat\nSteps: 1");
  g_assert_cmpstr (limn_png_lookup (png, "limn"), ==, "{\"prompt\":\"été 日本\"}");
  g_assert_cmpuint (png->n_texts_skipped, ==, 0);
  g_assert_true (limn_image_compare (png->image, image, &d, NULL));
  g_assert_cmpuint (d.n_pixels, ==, 0);
  return limn_png_get_rating (png);
}

static void
test_rating (void)
{
  g_autoptr(GBytes) bytes = png_with (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) starred = limn_png_set_rating (bytes, 5, &error);
  g_autoptr(GBytes) twice = NULL;
  g_autoptr(GBytes) cleared = NULL;
  g_autoptr(GBytes) none = limn_png_set_rating (bytes, 0, &error);
  g_autofree char *chain = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (rating_of (bytes), ==, 0);
  g_assert_cmpint (rating_of (starred), ==, 5);
  chain = chain_of (starred);
  g_assert_cmpstr (chain, ==, "IHDR tEXt iTXt iTXt IDAT IEND ");

  twice = limn_png_set_rating (starred, 5, &error);
  g_assert_true (g_bytes_equal (starred, twice));
  cleared = limn_png_set_rating (starred, 0, &error);
  g_assert_true (g_bytes_equal (bytes, cleared));
  g_assert_true (g_bytes_equal (bytes, none));
}

static void
test_rating_others (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      g_autoptr(GBytes) bytes = png_with (packets[i].before);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) starred = limn_png_set_rating (bytes, 5, &error);
      g_autoptr(LimnPng) png = NULL;

      g_assert_no_error (error);
      g_assert_cmpint (rating_of (bytes), ==, packets[i].rating);
      g_assert_cmpint (rating_of (starred), ==, 5);
      png = limn_png_decode (starred, LIMN_PNG_READ_TEXTS, NULL);
      g_assert_cmpstr (limn_png_lookup (png, LIMN_PNG_XMP_KEYWORD), ==, packets[i].after);
      g_assert_cmpuint (png->texts->len, ==, 3);
    }
}

static GBytes *
concatenate (const guint8 *a, gsize a_length,
             const guint8 *b, gsize b_length,
             const guint8 *c, gsize c_length)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, a, a_length);
  g_byte_array_append (out, b, b_length);
  g_byte_array_append (out, c, c_length);
  return g_byte_array_free_to_bytes (out);
}

/* A packed packet, behind the pixels. */
static void
test_rating_packed (void)
{
  g_autoptr(GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
  g_autoptr(GBytes) plain = png_with (NULL);
  g_autoptr(GByteArray) data = g_byte_array_new ();
  g_autoptr(GBytes) late = NULL;
  g_autoptr(GBytes) starred = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *chain = NULL;
  const guint8 *bytes = g_bytes_get_data (plain, NULL);
  gsize length = g_bytes_get_size (plain);
  guint8 chunk[1024], packed[900];
  gsize n_in, n_out, n;

  g_assert_cmpint (g_converter_convert (G_CONVERTER (compressor), packets[0].before, strlen (packets[0].before), packed,
                                        sizeof packed, G_CONVERTER_INPUT_AT_END, &n_in, &n_out, NULL), ==,
                   G_CONVERTER_FINISHED);
  g_byte_array_append (data, (const guint8 *) LIMN_PNG_XMP_KEYWORD "\0\1\0de\0", 23);
  g_byte_array_append (data, (const guint8 *) "", 1);
  g_byte_array_append (data, packed, n_out);

  n = data->len;
  memcpy (chunk, (const guint8[]) { n >> 24, n >> 16, n >> 8, n, 'i', 'T', 'X', 't' }, 8);
  memcpy (chunk + 8, data->data, n);
  /* Bit by bit: PNG specification, annex D. */
  {
    guint32 crc = 0xffffffff;

    for (gsize i = 4; i < n + 8; i++)
      {
        crc ^= chunk[i];
        for (guint bit = 0; bit < 8; bit++)
          crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
      }
    crc = ~crc;
    memcpy (chunk + 8 + n, (const guint8[]) { crc >> 24, crc >> 16, crc >> 8, crc }, 4);
  }
  late = concatenate (bytes, length - 12, chunk, n + 12, bytes + length - 12, 12);

  g_assert_cmpint (rating_of (late), ==, 3);
  starred = limn_png_set_rating (late, 5, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rating_of (starred), ==, 5);
  chain = chain_of (starred);
  g_assert_cmpstr (chain, ==, "IHDR tEXt iTXt IDAT iTXt IEND ");
}

/* Bytes behind the end stay with a rating and go with the metadata. */
static void
test_trailing (void)
{
  g_autoptr(GBytes) plain = png_with (NULL);
  g_autoptr(GBytes) longer = concatenate (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain),
                                          (const guint8 *) "secret", 6, NULL, 0);
  g_autoptr(GBytes) starred = limn_png_set_rating (longer, 5, NULL);
  g_autoptr(GBytes) stripped = limn_png_strip (longer, NULL);
  const char *data = g_bytes_get_data (starred, NULL);

  g_assert_cmpmem (data + g_bytes_get_size (starred) - 6, 6, "secret", 6);
  data = g_bytes_get_data (stripped, NULL);
  g_assert_null (memmem (data, g_bytes_get_size (stripped), "secret", 6));
}

static void
test_strip (void)
{
  g_autoptr(GBytes) bytes = png_with (packets[0].before);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) stripped = limn_png_strip (bytes, &error);
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnImage) image = picture ();
  g_autofree char *chain = NULL;
  LimnImageDifference d;

  g_assert_no_error (error);
  chain = chain_of (stripped);
  g_assert_cmpstr (chain, ==, "IHDR IDAT IEND ");
  png = limn_png_decode (stripped, LIMN_PNG_READ_ALL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (png->texts->len, ==, 0);
  g_assert_true (limn_image_compare (png->image, image, &d, NULL));
  g_assert_cmpuint (d.n_pixels, ==, 0);
}

/* Cut anywhere: refused. Any byte changed: refused, or a file that reads as the changed one did. */
static void
test_edit_damaged (void)
{
  g_autoptr(GBytes) bytes = png_with (packets[0].before);
  gsize length = g_bytes_get_size (bytes);

  for (gsize n = 0; n < length; n++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), n); /* own memory: overruns are seen */
      g_autofree guint8 *other = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
      g_autoptr(GBytes) part = g_bytes_new_static (copy != NULL ? copy : (const guint8 *) "", n);
      g_autoptr(GBytes) changed = NULL;
      g_autoptr(GBytes) starred = NULL;
      g_autoptr(GBytes) stripped = NULL;
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_png_set_rating (part, 5, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_clear_error (&error);
      g_assert_null (limn_png_strip (part, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);

      other[n] ^= 1 << n % 8;
      changed = g_bytes_new_static (other, length);
      starred = limn_png_set_rating (changed, 5, NULL);
      stripped = limn_png_strip (changed, NULL);
      if (starred != NULL)
        {
          g_autoptr(LimnPng) before = limn_png_decode (changed, LIMN_PNG_READ_ALL, NULL);
          g_autoptr(LimnPng) after = limn_png_decode (starred, LIMN_PNG_READ_ALL, NULL);

          g_assert_true ((before == NULL) == (after == NULL));
          if (after != NULL)
            g_assert_cmpint (limn_png_get_rating (after), ==, 5);
        }
    }
}

/* Looking at the texts alone finds what reading the whole file finds, and complains of the same. */
static void
test_load_texts (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-png-edit-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "picture.png", NULL);
  g_autoptr(GBytes) bytes = png_with (packets[0].before);
  gsize length = g_bytes_get_size (bytes);

  for (gsize n = 0; n < length; n++)
    {
      g_autofree guint8 *other = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
      g_autoptr(LimnPng) whole = NULL;
      g_autoptr(LimnPng) texts = NULL;
      g_autoptr(GError) whole_error = NULL;
      g_autoptr(GError) texts_error = NULL;

      if (n > 0)
        other[n] ^= 0x40;
      g_assert_true (g_file_set_contents_full (path, (const char *) other, n % 2 ? n : length, G_FILE_SET_CONTENTS_NONE, 0600,
                                               NULL));
      whole = limn_png_load (path, LIMN_PNG_READ_TEXTS, &whole_error);
      texts = limn_png_load_texts (path, &texts_error);
      g_assert_cmpstr (texts_error ? texts_error->message : "", ==, whole_error ? whole_error->message : "");
      g_assert_true ((texts == NULL) == (whole == NULL));
      if (texts == NULL)
        continue;
      g_assert_cmpuint (texts->width, ==, whole->width);
      g_assert_cmpuint (texts->n_texts_skipped, ==, whole->n_texts_skipped);
      g_assert_cmpuint (texts->texts->len, ==, whole->texts->len);
      for (guint i = 0; i < texts->texts->len; i++)
        {
          const LimnPngText *a = g_ptr_array_index (texts->texts, i);
          const LimnPngText *b = g_ptr_array_index (whole->texts, i);

          g_assert_cmpstr (a->keyword, ==, b->keyword);
          g_assert_cmpstr (a->text, ==, b->text);
        }
    }

  /* A text that is too large is counted, not read. */
  {
    g_autofree guint8 *large = g_malloc0 (LIMN_PNG_MAX_TEXT + 13);
    g_autoptr(GBytes) with = NULL;
    g_autoptr(LimnPng) texts = NULL;
    const guint8 *data = g_bytes_get_data (bytes, NULL);
    guint32 n = GUINT32_TO_BE (LIMN_PNG_MAX_TEXT + 1);

    memcpy (large, &n, 4);
    memcpy (large + 4, "tEXtx", 5);
    with = concatenate (data, 33, large, LIMN_PNG_MAX_TEXT + 13, data + 33, length - 33);
    g_assert_true (g_file_set_contents (path, g_bytes_get_data (with, NULL), g_bytes_get_size (with), NULL));
    texts = limn_png_load_texts (path, NULL);
    g_assert_cmpuint (texts->texts->len, ==, 3);
    g_assert_cmpuint (texts->n_texts_skipped, ==, 1);
  }
  g_unlink (path);
  g_rmdir (folder);
}

void
add_png_edit_tests (void)
{
  g_test_add_func ("/xmp/others", test_xmp_others);
  g_test_add_func ("/xmp/empty-rdf", test_xmp_empty_rdf);
  g_test_add_func ("/xmp/own", test_xmp_own);
  g_test_add_func ("/xmp/hostile", test_xmp_hostile);
  g_test_add_func ("/png-edit/rating", test_rating);
  g_test_add_func ("/png-edit/rating-others", test_rating_others);
  g_test_add_func ("/png-edit/rating-packed", test_rating_packed);
  g_test_add_func ("/png-edit/trailing", test_trailing);
  g_test_add_func ("/png-edit/strip", test_strip);
  g_test_add_func ("/png-edit/damaged", test_edit_damaged);
  g_test_add_func ("/png-edit/load-texts", test_load_texts);
}
