/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-png.h"

#include "test-image.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <png.h>
#include <string.h>

static void
put_be32 (guint8  *p,
          guint32  value)
{
  p[0] = value >> 24;
  p[1] = value >> 16;
  p[2] = value >> 8;
  p[3] = value;
}

static guint32
get_be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

/* PNG specification, annex D; goes on from @crc. */
static guint32
update_crc (guint32       crc,
            const guint8 *data,
            gsize         length)
{
  static guint32 table[256];

  if (table[1] == 0)
    for (guint32 i = 0; i < 256; i++)
      {
        table[i] = i;
        for (guint bit = 0; bit < 8; bit++)
          table[i] = table[i] & 1 ? 0xedb88320 ^ table[i] >> 1 : table[i] >> 1;
      }
  crc = ~crc;
  for (gsize i = 0; i < length; i++)
    crc = table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
  return ~crc;
}

/* @data as a zlib stream behind @head. */
static GByteArray *
pack (const void *head,
      gsize       head_length,
      const void *data,
      gsize       length)
{
  g_autoptr(GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, -1);
  g_autofree guint8 *out = g_malloc (length + 64);
  GByteArray *packed = g_byte_array_new ();
  gsize n_in, n_out;

  g_assert_cmpint (g_converter_convert (G_CONVERTER (compressor), data, length, out, length + 64,
                                        G_CONVERTER_INPUT_AT_END, &n_in, &n_out, NULL), ==, G_CONVERTER_FINISHED);
  g_assert_cmpuint (n_in, ==, length);
  g_byte_array_append (packed, head, head_length);
  return g_byte_array_append (packed, out, n_out);
}

static void
append_chunk (GByteArray   *out,
              const char   *type,
              const guint8 *data,
              gsize         length)
{
  guint8 word[4];

  put_be32 (word, length);
  g_byte_array_append (out, word, 4);
  g_byte_array_append (out, (const guint8 *) type, 4);
  if (length > 0)
    g_byte_array_append (out, data, length);
  put_be32 (word, update_crc (update_crc (0, (const guint8 *) type, 4), data, length));
  g_byte_array_append (out, word, 4);
}

/* Where the chunk @type begins, from @at on; the end of the file if there is none. */
static gsize
find_chunk (GBytes     *bytes,
            const char *type)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  gsize at = 8;

  while (at < length && memcmp (data + at + 4, type, 4) != 0)
    at += get_be32 (data + at) + 12;
  return at;
}

/* @bytes with @insert put in front of the first chunk @before. */
static GBytes *
insert_before (GBytes     *bytes,
               const char *before,
               GByteArray *insert)
{
  GByteArray *out = g_byte_array_new ();
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  gsize at = find_chunk (bytes, before);

  g_byte_array_append (out, data, at);
  g_byte_array_append (out, insert->data, insert->len);
  g_byte_array_append (out, data + at, g_bytes_get_size (bytes) - at);
  return g_byte_array_free_to_bytes (out);
}

static LimnImage *
noise_image (LimnPixelFormat format,
             guint           width,
             guint           height,
             guint32         seed)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  gsize length = (gsize) width * height * format;
  guint8 *data = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    data[i] = g_rand_int (rand);
  return limn_image_new_take (format, width, height, data, NULL);
}

static void
assert_same (const LimnImage *a,
             const LimnImage *b)
{
  g_autoptr(GError) error = NULL;
  LimnImageDifference d;

  limn_image_compare (a, b, &d, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (d.n_pixels, ==, 0);
}

static GBytes *
small_png (void)
{
  static const LimnPngText texts[] = { { (char *) "parameters", (char *) "a cat\nSteps: 1" },
                                       { (char *) "limn", (char *) "{\"prompt\":\"été 日本\"}" } };
  g_autoptr(LimnImage) image = noise_image (LIMN_PIXEL_RGB8, 5, 4, 3);
  g_autoptr(GError) error = NULL;
  GBytes *bytes = limn_png_encode (image, texts, G_N_ELEMENTS (texts), &error);

  g_assert_no_error (error);
  return bytes;
}

static void
test_round_trip (void)
{
  static const LimnPngText texts[] = {
    { (char *) "parameters", (char *) "a house\nNegative prompt: fog\nSteps: 20" },
    { (char *) "Latin", (char *) "déjà vu" },
    { (char *) "doubt", (char *) "Ã©" }, /* Latin-1 bytes C3 A9, which are also UTF-8 */
    { (char *) "limn", (char *) "{\"prompt\":\"日本の家 🏠\"}" },
    { (char *) "empty", (char *) "" },
    { (char *) "latin", (char *) "twice" },
    { (char *) "latin", (char *) "second" },
    { (char *) "é", (char *) "a keyword beyond ASCII" },
  };
  static const char *const kinds[] = { "tEXt", "tEXt", "iTXt", "iTXt", "tEXt", "tEXt", "tEXt", "tEXt" };
  static const guint sides[] = { 1, 2, 7, 64 };

  for (gsize i = 0; i < G_N_ELEMENTS (sides) * 2; i++)
    {
      g_autoptr(LimnImage) image = noise_image (i % 2 ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, sides[i / 2], 9, i);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = limn_png_encode (image, texts, G_N_ELEMENTS (texts), &error);
      g_autoptr(LimnPng) png = NULL;
      g_autoptr(LimnPng) texts_only = NULL;
      const guint8 *data;
      gsize at = 8 + 25;

      g_assert_no_error (error);
      png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, &error);
      g_assert_no_error (error);
      assert_same (png->image, image);
      g_assert_cmpuint (png->texts->len, ==, G_N_ELEMENTS (texts));
      g_assert_cmpuint (png->n_texts_skipped, ==, 0);
      for (gsize k = 0; k < G_N_ELEMENTS (texts); k++)
        {
          const LimnPngText *text = g_ptr_array_index (png->texts, k);

          g_assert_cmpstr (text->keyword, ==, texts[k].keyword);
          g_assert_cmpstr (text->text, ==, texts[k].text);
        }
      g_assert_cmpstr (limn_png_lookup (png, "latin"), ==, "twice");
      g_assert_null (limn_png_lookup (png, "none"));

      texts_only = limn_png_decode (bytes, LIMN_PNG_READ_TEXTS, &error);
      g_assert_no_error (error);
      g_assert_null (texts_only->image);
      g_assert_cmpuint (texts_only->width, ==, sides[i / 2]);
      g_assert_cmpuint (texts_only->height, ==, 9);
      g_assert_cmpuint (texts_only->texts->len, ==, G_N_ELEMENTS (texts));

      data = g_bytes_get_data (bytes, NULL);
      for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
        {
          g_assert_cmpmem (data + at + 4, 4, kinds[k], 4);
          at += get_be32 (data + at) + 12;
        }
    }
}

/* Rows further apart than their pixels, and the same picture twice: the same bytes. */
/* A mask stays one channel in the file; what else is grey to the eye is not. */
static void
test_grey (void)
{
  static const LimnPixelFormat formats[] = { LIMN_PIXEL_GREY8, LIMN_PIXEL_RGB8, LIMN_PIXEL_RGBA8 };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr(LimnImage) image = noise_image (formats[i], 7, 5, 3);
      g_autoptr(GBytes) bytes = limn_png_encode (image, NULL, 0, NULL);
      g_autoptr(LimnPng) png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, NULL);
      g_autoptr(LimnPng) head = limn_png_decode (bytes, LIMN_PNG_READ_TEXTS, NULL);
      g_autoptr(LimnImage) back = limn_image_dup_as (png->image, formats[i]);
      LimnImageDifference difference;

      g_assert_cmpint (png->grey, ==, formats[i] == LIMN_PIXEL_GREY8);
      g_assert_cmpint (head->grey, ==, png->grey);
      g_assert_true (limn_image_compare (image, back, &difference, NULL));
      g_assert_cmpuint (difference.n_pixels, ==, 0);
    }
}

static void
test_stride (void)
{
  g_autoptr(LimnImage) image = noise_image (LIMN_PIXEL_RGBA8, 8, 6, 1);
  g_autoptr(GBytes) pixels = g_bytes_ref (limn_image_get_pixels (image));
  g_autoptr(LimnImage) left = limn_image_new (LIMN_PIXEL_RGBA8, 5, 6, 32, pixels, NULL);
  g_autoptr(GBytes) first = limn_png_encode (left, NULL, 0, NULL);
  g_autoptr(GBytes) second = limn_png_encode (left, NULL, 0, NULL);
  g_autoptr(LimnPng) png = limn_png_decode (first, LIMN_PNG_READ_ALL, NULL);

  assert_same (png->image, left);
  g_assert_true (g_bytes_equal (first, second));
}

static void
test_bad_texts (void)
{
  static const char *const keywords[] = { "", " a", "a ", "a  b", "tab\tbed", "日本", "\xff",
    "eighty-characters-are-one-too-many-for-a-keyword-in-a-portable-network-graphic-80" };
  g_autoptr(LimnImage) image = noise_image (LIMN_PIXEL_RGB8, 2, 2, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (keywords); i++)
    {
      const LimnPngText text = { (char *) keywords[i], (char *) "x" };
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_png_encode (image, &text, 1, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
}

/* ---------------------------------------------------------------------------------- other programs' files */

static void
on_write (png_structp png,
          png_bytep   data,
          png_size_t  length)
{
  g_byte_array_append (png_get_io_ptr (png), data, length);
}

static void
on_flush (png_structp png)
{
}

/* A file of 11 x 7 pixels with the packed rows @rows. */
static GBytes *
foreign_png (int           bit_depth,
             int           colour_type,
             int           interlace,
             gboolean      transparent,
             guint8      **rows)
{
  static const png_color palette[4] = { { 0, 0, 0 }, { 255, 0, 10 }, { 20, 200, 30 }, { 1, 2, 3 } };
  static const png_byte alphas[4] = { 255, 0, 128, 255 };
  static const png_color_16 key = { .gray = 1 };
  GByteArray *out = g_byte_array_new ();
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);

  png_set_write_fn (png, out, on_write, on_flush);
  png_set_IHDR (png, info, 11, 7, bit_depth, colour_type, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  if (colour_type == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE (png, info, palette, G_N_ELEMENTS (palette));
  if (transparent && colour_type == PNG_COLOR_TYPE_PALETTE)
    png_set_tRNS (png, info, alphas, G_N_ELEMENTS (alphas), NULL);
  else if (transparent)
    png_set_tRNS (png, info, NULL, 0, &key);
  png_write_info (png, info);
  png_write_image (png, rows);
  png_write_end (png, NULL);
  png_destroy_write_struct (&png, &info);
  return g_byte_array_free_to_bytes (out);
}

/* Sample @i of a packed row. */
static guint
sample (const guint8 *row,
        int           bit_depth,
        guint         i)
{
  switch (bit_depth)
    {
    case 16:
      return row[i * 2] << 8 | row[i * 2 + 1];
    case 8:
      return row[i];
    default:
      return row[i * bit_depth / 8] >> (8 - bit_depth - i * bit_depth % 8) & ((1 << bit_depth) - 1);
    }
}

/* Each kind of pixel that PNG knows becomes the RGBA that the specification's section 13.12 gives. */
static void
test_kinds (void)
{
  static const struct
  {
    int bit_depth, colour_type, channels;
    gboolean transparent;
  } kinds[] = {
    { 1, PNG_COLOR_TYPE_GRAY, 1, FALSE },  { 2, PNG_COLOR_TYPE_GRAY, 1, FALSE },  { 4, PNG_COLOR_TYPE_GRAY, 1, FALSE },
    { 8, PNG_COLOR_TYPE_GRAY, 1, FALSE },  { 16, PNG_COLOR_TYPE_GRAY, 1, FALSE }, { 1, PNG_COLOR_TYPE_GRAY, 1, TRUE },
    { 2, PNG_COLOR_TYPE_GRAY, 1, TRUE },   { 8, PNG_COLOR_TYPE_GRAY_ALPHA, 2, FALSE },
    { 16, PNG_COLOR_TYPE_GRAY_ALPHA, 2, FALSE }, { 8, PNG_COLOR_TYPE_RGB, 3, FALSE },
    { 16, PNG_COLOR_TYPE_RGB, 3, FALSE },  { 8, PNG_COLOR_TYPE_RGB_ALPHA, 4, FALSE },
    { 16, PNG_COLOR_TYPE_RGB_ALPHA, 4, FALSE }, { 2, PNG_COLOR_TYPE_PALETTE, 1, FALSE },
    { 2, PNG_COLOR_TYPE_PALETTE, 1, TRUE },
  };
  static const guint8 palette[4][4] = { { 0, 0, 0, 255 }, { 255, 0, 10, 0 }, { 20, 200, 30, 128 }, { 1, 2, 3, 255 } };
  g_autoptr(GRand) rand = g_rand_new_with_seed (9);

  for (gsize k = 0; k < G_N_ELEMENTS (kinds) * 2; k++)
    {
      int depth = kinds[k / 2].bit_depth, type = kinds[k / 2].colour_type, channels = kinds[k / 2].channels;
      guint8 storage[7][11 * 8], *rows[7];
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(LimnPng) png = NULL;
      g_autoptr(GError) error = NULL;

      for (guint y = 0; y < 7; y++)
        {
          rows[y] = storage[y];
          for (guint i = 0; i < sizeof storage[y]; i++)
            storage[y][i] = g_rand_int (rand);
        }
      bytes = foreign_png (depth, type, k % 2 ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, kinds[k / 2].transparent, rows);
      png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (limn_image_get_format (png->image), ==, LIMN_PIXEL_RGBA8);

      for (guint y = 0; y < 7; y++)
        for (guint x = 0; x < 11; x++)
          {
            const guint8 *got = limn_image_get_row (png->image, y) + x * 4;
            guint8 v[4] = { 0 }, want[4];

            for (int c = 0; c < channels; c++)
              v[c] = (sample (rows[y], depth, x * channels + c) * 255.0) / ((1 << depth) - 1) + 0.5;
            if (type == PNG_COLOR_TYPE_PALETTE)
              {
                memcpy (want, palette[sample (rows[y], depth, x)], 4);
                if (!kinds[k / 2].transparent)
                  want[3] = 255;
              }
            else
              {
                want[0] = v[0];
                want[1] = channels >= 3 ? v[1] : v[0];
                want[2] = channels >= 3 ? v[2] : v[0];
                want[3] = channels == 4 ? v[3] : channels == 2 ? v[1] : 255;
                if (kinds[k / 2].transparent && sample (rows[y], depth, x) == 1)
                  want[3] = 0;
              }
            g_assert_cmpmem (got, 4, want, 4);
          }
    }
}

/* zTXt and packed iTXt; raw UTF-8 in tEXt; texts behind the pixels. */
static void
test_foreign_texts (void)
{
  g_autoptr(GBytes) plain = small_png ();
  g_autoptr(GByteArray) before = g_byte_array_new ();
  g_autoptr(GByteArray) after = g_byte_array_new ();
  g_autoptr(GBytes) half = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GByteArray) packed = pack ("workflow\0", 10, "{\"nodes\": []}", 13);
  /* keyword (Latin-1), NUL, packed, method, language, NUL, keyword again, NUL, text */
  g_autoptr(GByteArray) international = pack ("x\0\1\0de\0schl", 12, "日本", 6);

  append_chunk (before, "zTXt", packed->data, packed->len);
  append_chunk (before, "tEXt", (const guint8 *) "raw\0caf\xc3\xa9", 9);
  append_chunk (after, "tEXt", (const guint8 *) "late\0caf\xe9", 9);
  append_chunk (after, "iTXt", international->data, international->len);

  half = insert_before (plain, "IDAT", before);
  bytes = insert_before (half, "IEND", after);
  for (LimnPngRead what = LIMN_PNG_READ_ALL; what <= LIMN_PNG_READ_TEXTS; what++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPng) png = limn_png_decode (bytes, what, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (limn_png_lookup (png, "workflow"), ==, "{\"nodes\": []}");
      g_assert_cmpstr (limn_png_lookup (png, "raw"), ==, "café");
      g_assert_cmpstr (limn_png_lookup (png, "late"), ==, "café");
      g_assert_cmpstr (limn_png_lookup (png, "x"), ==, "日本");
      g_assert_cmpstr (limn_png_lookup (png, "parameters"), ==, "a cat\nSteps: 1");
      g_assert_cmpuint (png->texts->len, ==, 6);
      g_assert_cmpuint (png->n_texts_skipped, ==, 0);
    }
}

/* ---------------------------------------------------------------------------------- hostile files */

static void
assert_refused (GBytes      *bytes,
                LimnPngRead  what,
                int          code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_png_decode (bytes, what, &error));
  g_assert_error (error, LIMN_ERROR, code);
}

/* Cut anywhere, not only between the chunks. */
static void
test_truncated (void)
{
  g_autoptr(GBytes) bytes = small_png ();

  for (gsize n = 0; n < g_bytes_get_size (bytes); n++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), n); /* own memory: overruns are seen */
      g_autoptr(GBytes) part = g_bytes_new_static (copy != NULL ? copy : (const guint8 *) "", n);

      assert_refused (part, LIMN_PNG_READ_ALL, LIMN_ERROR_FORMAT);
      assert_refused (part, LIMN_PNG_READ_TEXTS, LIMN_ERROR_FORMAT);
    }
}

/* One changed bit: refused, or a damaged text that is counted; never the original result in silence. */
static void
test_bit_flips (void)
{
  g_autoptr(GBytes) bytes = small_png ();
  g_autoptr(LimnPng) original = limn_png_decode (bytes, LIMN_PNG_READ_ALL, NULL);
  guint n_refused = 0;

  for (gsize i = 0; i < g_bytes_get_size (bytes) * 8; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_autoptr(GBytes) changed = NULL;
      g_autoptr(LimnPng) png = NULL;

      copy[i / 8] ^= 1 << i % 8;
      changed = g_bytes_new (copy, g_bytes_get_size (bytes));
      png = limn_png_decode (changed, LIMN_PNG_READ_ALL, NULL);
      if (png == NULL)
        {
          n_refused++;
          continue;
        }
      assert_same (png->image, original->image);
      /* libpng 1.6.48 (Debian 13) no longer looks at the CRC of the empty last chunk, 1.6.39 (Debian 12) does. */
      if (i / 8 < g_bytes_get_size (bytes) - 4)
        g_assert_cmpuint (png->texts->len, <, original->texts->len);
    }
  /* All but what is inside the two texts is vital; measured: 1144 of 1720 bits. */
  g_assert_cmpuint (n_refused, >, 1000);
}

static void
test_bad_crc (void)
{
  g_autoptr(GBytes) bytes = small_png ();
  gsize length = g_bytes_get_size (bytes);
  static const struct
  {
    const char *chunk;
    gboolean    vital;
  } cases[] = { { "IHDR", TRUE }, { "tEXt", FALSE }, { "iTXt", FALSE }, { "IDAT", TRUE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
      gsize at = find_chunk (bytes, cases[i].chunk);
      g_autoptr(GBytes) changed = NULL;

      copy[at + 8 + get_be32 (copy + at)] ^= 1;
      changed = g_bytes_new (copy, length);
      if (cases[i].vital)
        {
          assert_refused (changed, LIMN_PNG_READ_ALL, LIMN_ERROR_FORMAT);
        }
      else
        {
          g_autoptr(LimnPng) png = limn_png_decode (changed, LIMN_PNG_READ_ALL, NULL);

          g_assert_nonnull (png);
          g_assert_cmpuint (png->texts->len, ==, 1);
          g_assert_cmpuint (png->n_texts_skipped, ==, 1);
        }
    }
}

/* Sizes that lie: too large to serve, and too large for the few bytes that follow. */
static void
test_huge_size (void)
{
  static const struct
  {
    guint32 width, height;
    int     code;
  } cases[] = {
    { 0, 4, LIMN_ERROR_FORMAT },
    { 0x7fffffff, 0x7fffffff, LIMN_ERROR_UNSUPPORTED },
    { 0xffffffff, 1, LIMN_ERROR_UNSUPPORTED },
    { 65536, 1, LIMN_ERROR_UNSUPPORTED },
    { 65535, 65535, LIMN_ERROR_UNSUPPORTED },
    { 11000, 11000, LIMN_ERROR_FORMAT },
    { 5, 5, LIMN_ERROR_FORMAT }, /* one row more than there is */
  };
  g_autoptr(GBytes) bytes = small_png ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = g_bytes_get_size (bytes);
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
      g_autoptr(GBytes) changed = NULL;
      g_autoptr(GError) error = NULL;

      put_be32 (copy + 16, cases[i].width);
      put_be32 (copy + 20, cases[i].height);
      put_be32 (copy + 29, update_crc (0, copy + 12, 17));
      changed = g_bytes_new (copy, length);
      assert_refused (changed, LIMN_PNG_READ_ALL, cases[i].code);
      if (cases[i].code == LIMN_ERROR_UNSUPPORTED)
        assert_refused (changed, LIMN_PNG_READ_TEXTS, cases[i].code);
      if (cases[i].width != 11000)
        continue;
      /* Found out before half a gigabyte is taken for it. */
      g_assert_null (limn_png_decode (changed, LIMN_PNG_READ_ALL, &error));
      g_assert_nonnull (strstr (error->message, "far fewer pixels"));
    }
}

/* A text of 50 MB, or of 20, is left out and counted; picture and other texts are there. */
static void
test_large_text (void)
{
  static const gsize lengths[] = { 50 * 1000 * 1000, 20 * 1000 * 1000, LIMN_PNG_MAX_TEXT + 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree guint8 *text = g_malloc (lengths[i]);
      g_autoptr(GBytes) plain = small_png ();
      g_autoptr(GByteArray) insert = g_byte_array_new ();
      g_autoptr(GBytes) bytes = NULL;

      memset (text, 'x', lengths[i]);
      text[4] = '\0';
      append_chunk (insert, "tEXt", text, lengths[i]);
      bytes = insert_before (plain, "tEXt", insert);
      for (LimnPngRead what = LIMN_PNG_READ_ALL; what <= LIMN_PNG_READ_TEXTS; what++)
        {
          g_autoptr(GError) error = NULL;
          g_autoptr(LimnPng) png = limn_png_decode (bytes, what, &error);

          g_assert_no_error (error);
          g_assert_cmpuint (png->texts->len, ==, 2);
          g_assert_cmpuint (png->n_texts_skipped, ==, 1);
          g_assert_cmpstr (limn_png_lookup (png, "parameters"), ==, "a cat\nSteps: 1");
        }
    }
}

/* Small packed texts that unpack to 20 or 50 MB each, or to 7 MiB but sixty times: bounded, counted. */
static void
test_text_bombs (void)
{
  static const struct
  {
    gsize length;
    guint n;
  } cases[] = { { 50 * 1000 * 1000, 1 }, { 20 * 1000 * 1000, 1 }, { 7 << 20, 60 }, { 1, 5000 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *text = g_malloc (cases[i].length);
      g_autoptr(GByteArray) packed = NULL;
      g_autoptr(GBytes) plain = small_png ();
      g_autoptr(GByteArray) insert = g_byte_array_new ();
      g_autoptr(GBytes) bytes = NULL;

      memset (text, 'x', cases[i].length);
      packed = pack ("bomb\0\0", 6, text, cases[i].length);
      for (guint k = 0; k < cases[i].n; k++)
        append_chunk (insert, "zTXt", packed->data, packed->len);
      bytes = insert_before (plain, "IDAT", insert);
      for (LimnPngRead what = LIMN_PNG_READ_ALL; what <= LIMN_PNG_READ_TEXTS; what++)
        {
          g_autoptr(GError) error = NULL;
          g_autoptr(LimnPng) png = limn_png_decode (bytes, what, &error);
          gsize sum = 0;

          g_assert_no_error (error);
          g_assert_cmpuint (png->texts->len, >=, 2);
          g_assert_cmpuint (png->texts->len, <=, LIMN_PNG_MAX_TEXTS);
          g_assert_cmpuint (png->texts->len + png->n_texts_skipped, ==, cases[i].n + 2);
          for (guint k = 0; k < png->texts->len; k++)
            {
              gsize length = strlen (((LimnPngText *) g_ptr_array_index (png->texts, k))->text);

              g_assert_cmpuint (length, <=, LIMN_PNG_MAX_TEXT);
              sum += length;
            }
          g_assert_cmpuint (sum, <=, LIMN_PNG_MAX_MEMORY);
        }
    }
}

/* Random damage behind right checksums reaches libpng's depths; the sanitizers judge. */
static void
test_random_damage (void)
{
  g_autoptr(GBytes) bytes = small_png ();
  gsize length = g_bytes_get_size (bytes);
  g_autoptr(GRand) rand = g_rand_new_with_seed (21);

  for (guint round = 0; round < 3000; round++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
      g_autoptr(GBytes) changed = NULL;
      g_autoptr(LimnPng) png = NULL;

      for (gint n = g_rand_int_range (rand, 1, 4); n > 0; n--)
        copy[g_rand_int_range (rand, 8, length)] = g_rand_int (rand);
      for (gsize at = 8; at + 12 <= length;)
        {
          guint32 n = get_be32 (copy + at);

          if (n > length - at - 12)
            break;
          put_be32 (copy + at + 8 + n, update_crc (0, copy + at + 4, n + 4));
          at += n + 12;
        }
      changed = g_bytes_new (copy, length);
      png = limn_png_decode (changed, round % 2 ? LIMN_PNG_READ_ALL : LIMN_PNG_READ_TEXTS, NULL);
    }
}

static void
test_load (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-png-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bild é.png", NULL);
  g_autoptr(GBytes) bytes = small_png ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = NULL;

  g_assert_null (limn_png_load (path, LIMN_PNG_READ_ALL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (png->width, ==, 5);

  g_file_set_contents (path, "GIF89a", 6, NULL);
  g_assert_null (limn_png_load (path, LIMN_PNG_READ_ALL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "bild é.png"));
  g_clear_error (&error);

  g_assert_null (limn_png_load ("/dev/zero", LIMN_PNG_READ_ALL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (limn_png_load (folder, LIMN_PNG_READ_ALL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);

  g_unlink (path);
  g_rmdir (folder);
}

void
add_png_tests (void)
{
  g_test_add_func ("/png/round-trip", test_round_trip);
  g_test_add_func ("/png/stride", test_stride);
  g_test_add_func ("/png/grey", test_grey);
  g_test_add_func ("/png/bad-texts", test_bad_texts);
  g_test_add_func ("/png/kinds", test_kinds);
  g_test_add_func ("/png/foreign-texts", test_foreign_texts);
  g_test_add_func ("/png/truncated", test_truncated);
  g_test_add_func ("/png/bit-flips", test_bit_flips);
  g_test_add_func ("/png/bad-crc", test_bad_crc);
  g_test_add_func ("/png/huge-size", test_huge_size);
  g_test_add_func ("/png/large-text", test_large_text);
  g_test_add_func ("/png/text-bombs", test_text_bombs);
  g_test_add_func ("/png/random-damage", test_random_damage);
  g_test_add_func ("/png/load", test_load);
}
