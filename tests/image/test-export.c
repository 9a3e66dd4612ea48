/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"
#include "image/limn-export.h"
#include "image/limn-photo.h"

#include "test-image.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <lcms2.h>
#include <string.h>
#include <webp/mux.h>

static const char parameters[] = "日本の家 🏠\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x48";

/* Slow changes, as a picture has them; left half reddish, right half bluish. */
static LimnImage *
make_picture (LimnPixelFormat format,
              guint           width,
              guint           height)
{
  guint8 *data = g_malloc ((gsize) width * height * format);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint8 *p = data + ((gsize) y * width + x) * format;

        p[0] = x < width / 2 ? 200 : 40;
        p[1] = y * 100 / height;
        p[2] = x < width / 2 ? 30 : 210;
        if (format == LIMN_PIXEL_RGBA8)
          p[3] = x * 255 / width;
      }
  return limn_image_new_take (format, width, height, data, NULL);
}

static double
psnr (const LimnImage *a,
      const LimnImage *b)
{
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;

  limn_image_compare (a, b, &difference, &error);
  g_assert_no_error (error);
  return difference.psnr_db;
}

static guint
count_texts (GBytes *file)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnExif) exif = limn_exif_new_for_bytes (file, &error);

  g_assert_no_error (error);
  if (exif->texts->len > 0)
    g_assert_cmpstr (((LimnPngText *) g_ptr_array_index (exif->texts, 0))->text, ==, parameters);
  return exif->texts->len;
}

static gboolean
holds (GBytes     *file,
       const char *word)
{
  return memmem (g_bytes_get_data (file, NULL), g_bytes_get_size (file), word, strlen (word)) != NULL;
}

static void
test_round_trip (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 64, 48);
  const LimnExportFormat formats[] = { LIMN_EXPORT_JPEG, LIMN_EXPORT_WEBP };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (guint with = 0; with < 2; with++)
      {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) fine = limn_export_encode (picture, formats[i], 0, with ? parameters : NULL, &error);
        g_autoptr(GBytes) coarse = limn_export_encode (picture, formats[i], 10, NULL, &error);
        g_autoptr(LimnImage) read = limn_photo_decode (fine, &error);

        g_assert_no_error (error);
        /* 32.1 dB and 32.0 dB, measured: the sharp edge between two colours costs, since both store colour at half the size. */
        g_assert_cmpfloat (psnr (read, picture), >, 28);
        g_assert_cmpuint (g_bytes_get_size (coarse), <, g_bytes_get_size (fine));
        g_assert_cmpuint (count_texts (fine), ==, with);
        g_assert_cmpint (holds (fine, "Exif") || holds (fine, "EXIF"), ==, with);
      }
}

static void
test_lossless (void)
{
  static const LimnPixelFormat formats[] = { LIMN_PIXEL_GREY8, LIMN_PIXEL_RGB8, LIMN_PIXEL_RGBA8 };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr(LimnImage) made = make_picture (formats[i] == LIMN_PIXEL_RGBA8 ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, 64, 48);
      g_autoptr(LimnImage) picture = limn_image_dup_as (made, formats[i]);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) webp = limn_export_encode (picture, LIMN_EXPORT_WEBP, 100, parameters, &error);
      g_autoptr(LimnImage) read = limn_photo_decode (webp, &error);
      LimnImageDifference difference;

      g_assert_no_error (error);
      g_assert_true (limn_image_compare (read, picture, &difference, &error));
      g_assert_cmpuint (difference.n_pixels, ==, 0);
      g_assert_cmpuint (count_texts (webp), ==, 1);
    }
}

/* What is transparent is white in a JPEG. */
static void
test_transparent (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGBA8, 64, 48);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) jpeg = limn_export_encode (picture, LIMN_EXPORT_JPEG, 95, NULL, &error);
  g_autoptr(LimnImage) read = limn_photo_decode (jpeg, &error);
  const guint8 *left = limn_image_get_row (read, 20);
  const guint8 *right = left + 63 * 3;

  g_assert_no_error (error);
  g_assert_cmpuint (left[0], >, 245);
  g_assert_cmpuint (left[1], >, 245);
  g_assert_cmpuint (left[2], >, 240);
  g_assert_cmpuint (right[0], <, 70);
}

static void
test_limits (void)
{
  g_autoptr(LimnImage) wide = make_picture (LIMN_PIXEL_RGB8, 20000, 1);
  g_autofree char *much = g_strnfill (40000, 'x');
  g_autoptr(LimnImage) small = make_picture (LIMN_PIXEL_RGB8, 8, 8);
  g_autoptr(GBytes) webp = NULL;
  g_autoptr(GError) error = NULL;
  LimnExportFormat format;

  g_assert_null (limn_export_encode (wide, LIMN_EXPORT_WEBP, 0, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (limn_export_encode (small, LIMN_EXPORT_JPEG, 0, much, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  webp = limn_export_encode (small, LIMN_EXPORT_WEBP, 0, much, &error);
  g_assert_no_error (error);

  g_assert_true (limn_export_format_from_path ("/a.b/c.JPEG", &format, &error));
  g_assert_cmpint (format, ==, LIMN_EXPORT_JPEG);
  g_assert_false (limn_export_format_from_path ("picture.gif", &format, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

static void
test_convert (void)
{
  static const LimnPngText texts[] = { { (char *) "parameters", (char *) parameters }, { (char *) "limn", (char *) "{\"secret\":1}" } };
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 64, 48);
  g_autoptr(GBytes) png = limn_png_encode (picture, texts, 2, NULL);
  g_autoptr(GError) error = NULL;

  for (LimnExportFormat format = LIMN_EXPORT_PNG; format <= LIMN_EXPORT_WEBP; format++)
    for (guint with = 0; with < 2; with++)
      {
        g_autoptr(GBytes) file = limn_export_convert (png, format, 0, with, &error);
        g_autoptr(GBytes) back = NULL;
        g_autoptr(LimnImage) read = NULL;

        g_assert_no_error (error);
        read = limn_photo_decode (file, &error);
        g_assert_cmpfloat (psnr (read, picture), >, 28);
        g_assert_cmpint (holds (file, "secret"), ==, with && format == LIMN_EXPORT_PNG);
        if (format == LIMN_EXPORT_PNG)
          {
            g_assert_cmpint (g_bytes_equal (file, png), ==, with);
            continue;
          }
        g_assert_cmpuint (count_texts (file), ==, with);
        /* And on, from a JPEG or WebP. */
        back = limn_export_convert (file, LIMN_EXPORT_PNG, 0, TRUE, &error);
        g_assert_no_error (error);
        {
          g_autoptr(LimnPng) again = limn_png_decode (back, LIMN_PNG_READ_TEXTS, NULL);

          g_assert_cmpstr (limn_png_lookup (again, "parameters"), ==, with ? parameters : NULL);
        }
      }
}

/* --- Photographs --- */

/* An Exif block with nothing but an orientation. */
static GBytes *
make_orientation (guint orientation)
{
  const guint8 block[] = { 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0 };

  return g_bytes_new (block, sizeof block);
}

static GBytes *
add_webp_chunk (GBytes     *webp,
                const char *name,
                GBytes     *content)
{
  const WebPData data = { g_bytes_get_data (webp, NULL), g_bytes_get_size (webp) };
  const WebPData chunk = { g_bytes_get_data (content, NULL), g_bytes_get_size (content) };
  WebPMux *mux = WebPMuxCreate (&data, TRUE);
  WebPData assembled;
  GBytes *bytes;

  g_assert_cmpint (WebPMuxSetChunk (mux, name, &chunk, TRUE), ==, WEBP_MUX_OK);
  g_assert_cmpint (WebPMuxAssemble (mux, &assembled), ==, WEBP_MUX_OK);
  bytes = g_bytes_new (assembled.bytes, assembled.size);
  WebPDataClear (&assembled);
  WebPMuxDelete (mux);
  return bytes;
}

static void
append_be32 (GByteArray *out,
             guint32     value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &value, 4);
}

/* Behind the header, whose 25 bytes stand behind the signature's 8. */
static GBytes *
add_png_chunk (GBytes     *png,
               const char *name,
               GBytes     *content)
{
  GByteArray *out = g_byte_array_new ();
  const guint8 *data = g_bytes_get_data (png, NULL);
  guint32 crc = 0xffffffff;

  g_byte_array_append (out, data, 33);
  append_be32 (out, g_bytes_get_size (content));
  g_byte_array_append (out, (const guint8 *) name, 4);
  g_byte_array_append (out, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  for (gsize i = 37; i < out->len; i++)
    {
      crc ^= out->data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
    }
  append_be32 (out, ~crc);
  g_byte_array_append (out, data + 33, g_bytes_get_size (png) - 33);
  return g_byte_array_free_to_bytes (out);
}

/* What an iCCP chunk holds: a name, and the profile packed. */
static GBytes *
pack_profile (GBytes *profile)
{
  g_autoptr(GConverter) packer = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, -1));
  guint8 packed[65536] = { 'p', 0, 0 };
  gsize n_read, n_written;

  g_assert_cmpint (g_converter_convert (packer, g_bytes_get_data (profile, NULL), g_bytes_get_size (profile), packed + 3,
                                        sizeof packed - 3, G_CONVERTER_INPUT_AT_END, &n_read, &n_written, NULL),
                   ==, G_CONVERTER_FINISHED);
  return g_bytes_new (packed, n_written + 3);
}

/* Which corner of the seen picture is red and dark: Exif 2.32, table 6. The stored one has red on the left, green growing downwards. */
static void
test_orientation (void)
{
  static const struct
  {
    gboolean turned;
    gboolean red_right;  /* not turned: red is right; turned: red is below */
    gboolean dark_below; /* not turned: dark is below; turned: dark is right */
  } seen[9] = { { 0 }, { FALSE, FALSE, FALSE }, { FALSE, TRUE, FALSE }, { FALSE, TRUE, TRUE }, { FALSE, FALSE, TRUE },
                { TRUE, FALSE, FALSE }, { TRUE, FALSE, TRUE }, { TRUE, TRUE, TRUE }, { TRUE, TRUE, FALSE } };
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 64, 48);
  g_autoptr(GBytes) jpeg = limn_export_encode (picture, LIMN_EXPORT_JPEG, 95, NULL, NULL);
  g_autoptr(GBytes) webp = limn_export_encode (picture, LIMN_EXPORT_WEBP, 100, NULL, NULL);
  g_autoptr(GBytes) png = limn_png_encode (picture, NULL, 0, NULL);

  for (guint i = 1; i <= 8; i++)
    for (guint kind = 0; kind < 3; kind++)
      {
        g_autoptr(GBytes) block = make_orientation (i);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) file = kind == 0   ? limn_exif_insert_into_jpeg (jpeg, block, &error)
                                 : kind == 1 ? add_webp_chunk (webp, "EXIF", block)
                                             : add_png_chunk (png, "eXIf", block);
        g_autoptr(LimnImage) read = limn_photo_decode (file, &error);
        guint width, height;
        const guint8 *first, *last_x, *last_y;
        guint format;

        g_assert_no_error (error);
        width = limn_image_get_width (read);
        height = limn_image_get_height (read);
        format = limn_image_get_format (read);
        g_assert_cmpuint (width, ==, seen[i].turned ? 48 : 64);
        g_assert_cmpuint (height, ==, seen[i].turned ? 64 : 48);
        first = limn_image_get_row (read, 0);
        last_x = first + (width - 1) * format;
        last_y = limn_image_get_row (read, height - 1);
        if (seen[i].turned)
          {
            g_assert_cmpint (first[0] < last_y[0], ==, seen[i].red_right);
            g_assert_cmpint (first[1] > last_x[1], ==, seen[i].dark_below);
          }
        else
          {
            g_assert_cmpint (first[0] < last_x[0], ==, seen[i].red_right);
            g_assert_cmpint (first[1] > last_y[1], ==, seen[i].dark_below);
          }
      }
}

/* The primaries of Adobe RGB: what is stored is more colourful when seen. */
static GBytes *
make_profile (void)
{
  const cmsCIExyY white = { 0.3127, 0.3290, 1 };
  const cmsCIExyYTRIPLE primaries = { { 0.64, 0.33, 1 }, { 0.21, 0.71, 1 }, { 0.15, 0.06, 1 } };
  cmsToneCurve *curve = cmsBuildGamma (NULL, 2.2);
  cmsToneCurve *curves[3] = { curve, curve, curve };
  cmsHPROFILE profile = cmsCreateRGBProfile (&white, &primaries, curves);
  cmsUInt32Number length = 0;
  guint8 *data;

  cmsSaveProfileToMem (profile, NULL, &length);
  data = g_malloc (length);
  cmsSaveProfileToMem (profile, data, &length);
  cmsCloseProfile (profile);
  cmsFreeToneCurve (curve);
  return g_bytes_new_take (data, length);
}

static void
test_profile (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGBA8, 64, 48);
  g_autoptr(GBytes) webp = limn_export_encode (picture, LIMN_EXPORT_WEBP, 100, NULL, NULL);
  g_autoptr(GBytes) profile = make_profile ();
  g_autoptr(GBytes) nonsense = g_bytes_new_static ("no profile", 10);
  g_autoptr(GBytes) with = add_webp_chunk (webp, "ICCP", profile);
  g_autoptr(GBytes) broken = add_webp_chunk (webp, "ICCP", nonsense);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) plain = limn_photo_decode (broken, &error);
  g_autoptr(LimnImage) seen = limn_photo_decode (with, &error);
  const guint8 *stored = limn_image_get_row (plain, 24) + 20 * 4;
  const guint8 *shown = limn_image_get_row (seen, 24) + 20 * 4;

  g_assert_no_error (error);
  g_assert_cmpuint (stored[0], ==, 200);
  /* (200, 50, 30) of Adobe RGB is (233, 46, 20) of sRGB, within what lcms2's tables round. */
  g_assert_cmpuint (shown[0], >, 225);
  g_assert_cmpuint (shown[2], <, 30);
  g_assert_cmpuint (shown[3], ==, stored[3]);
}

/* The same of a PNG; and with the profile of sRGB, which many programs add, no value moves. */
static void
test_png_profile (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGBA8, 64, 48);
  g_autoptr(GBytes) png = limn_png_encode (picture, NULL, 0, NULL);
  cmsHPROFILE srgb = cmsCreate_sRGBProfile ();
  cmsUInt32Number length = 0;
  guint8 *data;

  cmsSaveProfileToMem (srgb, NULL, &length);
  data = g_malloc (length);
  cmsSaveProfileToMem (srgb, data, &length);
  cmsCloseProfile (srgb);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(GBytes) profile = i == 0 ? make_profile () : i == 1 ? g_bytes_new (data, length) : g_bytes_new_static ("no profile", 10);
      g_autoptr(GBytes) packed = pack_profile (profile);
      g_autoptr(GBytes) file = add_png_chunk (png, "iCCP", packed);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnImage) seen = limn_photo_decode (file, &error);
      const guint8 *stored = limn_image_get_row (picture, 24) + 20 * 4;
      const guint8 *shown;

      g_assert_no_error (error);
      shown = limn_image_get_row (seen, 24) + 20 * 4;
      g_assert_cmpuint (stored[0], ==, 200);
      if (i == 0)
        g_assert_cmpuint (shown[0], >, 225);
      else
        {
          LimnImageDifference difference;

          g_assert_true (limn_image_compare (picture, seen, &difference, NULL));
          g_assert_cmpuint (difference.n_pixels, ==, 0);
        }
      g_assert_cmpuint (shown[3], ==, stored[3]);
    }
  g_free (data);
}

static GBytes *
make_tiff (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 64, 48);
  g_autoptr(GdkPixbuf) pixbuf = gdk_pixbuf_new_from_bytes (limn_image_get_pixels (picture), GDK_COLORSPACE_RGB, FALSE, 8, 64, 48,
                                                           limn_image_get_stride (picture));
  char *data;
  gsize length;

  if (!gdk_pixbuf_save_to_buffer (pixbuf, &data, &length, "tiff", NULL, NULL))
    return NULL;
  return g_bytes_new_take (data, length);
}

static void
test_tiff (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 64, 48);
  g_autoptr(GBytes) tiff = make_tiff ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) read = NULL;

  if (tiff == NULL)
    {
      g_test_skip ("gdk-pixbuf has no TIFF here");
      return;
    }
  read = limn_photo_decode (tiff, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (psnr (read, picture), >, 100);
}

/* Cut off anywhere, changed anywhere: an error or a picture, nothing else; under the sanitizers, nothing out of bounds. */
static void
test_hostile (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 32, 24);
  GBytes *files[] = { limn_export_encode (picture, LIMN_EXPORT_JPEG, 0, "x", NULL), limn_export_encode (picture, LIMN_EXPORT_WEBP, 0, "x", NULL),
                      limn_export_encode (picture, LIMN_EXPORT_WEBP, 100, NULL, NULL), make_tiff () };
  g_autoptr(GRand) rand = g_rand_new_with_seed (8);
  guint n_read = 0;

  for (guint i = 0; i < G_N_ELEMENTS (files) && files[i] != NULL; i++)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (files[i], &length);

      for (guint j = 0; j < 400; j++)
        {
          guint8 *copy = g_memdup2 (data, length);
          gsize kept = j < 100 ? (gsize) g_rand_int_range (rand, 0, length) : length;
          g_autoptr(GBytes) bad = NULL;
          g_autoptr(LimnImage) read = NULL;
          g_autoptr(GError) error = NULL;

          for (guint k = 0; j >= 100 && k < j % 5 + 1; k++)
            copy[g_rand_int_range (rand, 0, j % 2 ? MIN (length, 200) : length)] = g_rand_int (rand);
          bad = g_bytes_new_take (copy, kept);
          read = limn_photo_decode (bad, &error);
          g_assert_true ((read == NULL) == (error != NULL));
          n_read += read != NULL;
        }
      g_bytes_unref (files[i]);
    }
  g_assert_cmpuint (n_read, >, 100);
}

/* Few bytes that claim many pixels. */
static void
test_bomb (void)
{
  g_autoptr(LimnImage) picture = make_picture (LIMN_PIXEL_RGB8, 32, 24);
  g_autoptr(GBytes) jpeg = limn_export_encode (picture, LIMN_EXPORT_JPEG, 0, NULL, NULL);
  gsize length = g_bytes_get_size (jpeg);
  const guint sides[] = { 10000, 65500 };

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      guint8 *copy = g_memdup2 (g_bytes_get_data (jpeg, NULL), length);
      guint8 *frame = memmem (copy, length, "\xff\xc0", 2);
      g_autoptr(GBytes) bad = NULL;
      g_autoptr(GError) error = NULL;

      frame[5] = frame[7] = sides[i] >> 8;
      frame[6] = frame[8] = sides[i] & 0xff;
      bad = g_bytes_new_take (copy, length);
      g_assert_null (limn_photo_decode (bad, &error));
      g_assert_true (g_error_matches (error, LIMN_ERROR, i == 0 ? LIMN_ERROR_FORMAT : LIMN_ERROR_UNSUPPORTED));
    }
}

void
add_export_tests (void)
{
  g_test_add_func ("/export/round-trip", test_round_trip);
  g_test_add_func ("/export/lossless", test_lossless);
  g_test_add_func ("/export/transparent", test_transparent);
  g_test_add_func ("/export/limits", test_limits);
  g_test_add_func ("/export/convert", test_convert);
  g_test_add_func ("/photo/orientation", test_orientation);
  g_test_add_func ("/photo/profile", test_profile);
  g_test_add_func ("/photo/png-profile", test_png_profile);
  g_test_add_func ("/photo/tiff", test_tiff);
  g_test_add_func ("/photo/hostile", test_hostile);
  g_test_add_func ("/photo/bomb", test_bomb);
}
