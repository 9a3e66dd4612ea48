/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"
#include "image/limn-jpeg.h"
#include "image/limn-photo.h"

#include "test-image.h"

#include <lcms2.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

/* Hills under a sky, a hard edge, and some grain: something that a JPEG of low quality damages everywhere. */
static LimnImage *
make_picture (guint   width,
              guint   height,
              guint32 seed)
{
  guint8 *data = g_malloc ((gsize) width * height * 3);
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint8 *p = data + ((gsize) y * width + x) * 3;
        gboolean ground = y > height / 2 + 0.1 * height * sin (0.1 * x);
        int grain = g_rand_int_range (random, -12, 13);

        p[0] = CLAMP ((ground ? 60 : 150) + (int) (x % 60) + grain, 0, 255);
        p[1] = CLAMP ((ground ? 130 : 180) + grain, 0, 255);
        p[2] = CLAMP ((ground ? 40 : 250) - (int) (y % 50) + grain, 0, 255);
      }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

typedef struct
{
  int      quality;
  int      h; /* pixels of a chroma sample; 0: grey */
  int      v;
  gboolean progressive;
} Kind;

static GBytes *
encode (LimnImage *image,
        Kind       kind)
{
  struct jpeg_compress_struct info = { 0 };
  struct jpeg_error_mgr trouble;
  unsigned char *data = NULL;
  unsigned long length = 0;
  guint width = limn_image_get_width (image);
  g_autofree guint8 *line = g_malloc (width * 3);

  info.err = jpeg_std_error (&trouble);
  jpeg_create_compress (&info);
  jpeg_mem_dest (&info, &data, &length);
  info.image_width = width;
  info.image_height = limn_image_get_height (image);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults (&info);
  jpeg_set_quality (&info, kind.quality, TRUE);
  info.dct_method = JDCT_FLOAT;
  if (kind.h == 0)
    jpeg_set_colorspace (&info, JCS_GRAYSCALE);
  info.comp_info[0].h_samp_factor = MAX (kind.h, 1);
  info.comp_info[0].v_samp_factor = MAX (kind.v, 1);
  if (kind.progressive)
    jpeg_simple_progression (&info);
  jpeg_start_compress (&info, TRUE);
  for (guint y = 0; y < info.image_height; y++)
    {
      memcpy (line, limn_image_get_row (image, y), width * 3);
      jpeg_write_scanlines (&info, &(JSAMPROW){ line }, 1);
    }
  jpeg_finish_compress (&info);
  jpeg_destroy_compress (&info);
  return g_bytes_new_with_free_func (data, length, free, data);
}

/* The largest difference of a channel, @margin pixels from the edges. */
static int
largest_difference (LimnImage *a,
                    LimnImage *b,
                    guint      margin)
{
  guint width = limn_image_get_width (a), height = limn_image_get_height (a);
  int largest = 0;

  g_assert_cmpuint (width, ==, limn_image_get_width (b));
  g_assert_cmpuint (height, ==, limn_image_get_height (b));
  for (guint y = margin; y < height - margin; y++)
    for (guint x = margin * 3; x < (width - margin) * 3; x++)
      largest = MAX (largest, ABS (limn_image_get_row (a, y)[x] - limn_image_get_row (b, y)[x]));
  return largest;
}

static LimnImage *
project (GBytes    *file,
         LimnImage *picture,
         double     share)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (file, &error);
  LimnImage *projected;

  g_assert_no_error (error);
  projected = limn_jpeg_project (jpeg, picture, share, &error);
  g_assert_no_error (error);
  return projected;
}

/* Another picture, projected on the file, becomes that very file again when it is saved as it was: libjpeg, which knows nothing of
 * the projection, finds the same coefficients. 0.7 of each interval leaves room for what is rounded: a step of quality 60 is 4 and
 * more, 8 bits and libjpeg's own integers move a coefficient by up to 1. */
static void
test_same_file (void)
{
  static const Kind kinds[] = {
    { 10, 1, 1, FALSE }, { 10, 2, 2, FALSE }, { 20, 2, 1, FALSE }, { 20, 1, 2, FALSE }, { 30, 2, 2, TRUE },
    { 30, 4, 1, FALSE }, { 60, 2, 2, FALSE }, { 60, 1, 1, TRUE },  { 10, 0, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr(LimnImage) first = make_picture (96, 64, 1);
      g_autoptr(LimnImage) other = make_picture (96, 64, 2);
      g_autoptr(GBytes) file = encode (first, kinds[i]);
      g_autoptr(LimnImage) projected = project (file, other, 0.7);
      g_autoptr(GBytes) again = encode (projected, kinds[i]);

      if (!g_bytes_equal (file, again))
        g_error ("kind %u: another file", i);
      /* And it is not merely what was decoded: the other picture's grain is in it. */
      if (kinds[i].h == 1)
        {
          g_autoptr(LimnImage) decoded = limn_photo_decode (file, NULL);

          g_assert_cmpint (largest_difference (decoded, projected, 0), >, 4);
        }
    }
}

/* Nothing of the intervals: what every decoder shows. 2: its integers, and 8 bits. Chroma at full size, since decoders enlarge it in
 * ways of their own. */
static void
test_nothing (void)
{
  g_autoptr(LimnImage) first = make_picture (61, 43, 1);
  g_autoptr(LimnImage) other = make_picture (61, 43, 2);
  g_autoptr(GBytes) file = encode (first, (Kind){ 20, 1, 1, FALSE });
  g_autoptr(LimnImage) decoded = limn_photo_decode (file, NULL);
  g_autoptr(LimnImage) projected = project (file, other, 0);

  g_assert_cmpint (largest_difference (decoded, projected, 8), <=, 2);
}

/* What could have become the file stays as it is; 1: rounded. */
static void
test_original (void)
{
  static const Kind kinds[] = { { 10, 1, 1, FALSE }, { 30, 2, 2, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr(LimnImage) picture = make_picture (61, 43, 1);
      g_autoptr(GBytes) file = encode (picture, kinds[i]);
      g_autoptr(LimnImage) projected = project (file, picture, 1);

      /* Within half a unit of the edges what the encoder saw outside is not known. */
      g_assert_cmpint (largest_difference (picture, projected, 16), <=, 1);
    }
}

static double
psnr (LimnImage *a,
      LimnImage *b)
{
  LimnImageDifference difference;

  g_assert_true (limn_image_compare (a, b, &difference, NULL));
  return difference.psnr_db;
}

/* The hills without most of their grain, as drawings and photographs are. */
static LimnImage *
make_drawing (guint width,
              guint height)
{
  guint8 *data = g_malloc ((gsize) width * height * 3);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint8 *p = data + ((gsize) y * width + x) * 3;
        double hill = height * (0.5 + 0.1 * sin (0.05 * x) + 0.03 * sin (0.31 * x)), sun = hypot (x - width * 0.7, y - height * 0.2);
        double light = sun < height * 0.08 ? 1 : 0.5 * exp (-sun / height * 4);

        p[0] = y > hill ? 50 + y * 60 / height : 100 + 155 * light;
        p[1] = y > hill ? 120 + 20 * sin (0.2 * x + 0.1 * y) : 150 + 90 * light;
        p[2] = y > hill ? 40 : 230 - 150 * light;
      }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

/* Nearer to what was there than what any decoder shows; and it still becomes the same file. Measured: 1.6, 2.0 and 2.2 dB at quality 10, 20 and
 * 30. */
static void
test_smooth (void)
{
  g_autoptr(LimnImage) picture = make_drawing (200, 150);

  for (int quality = 10; quality <= 30; quality += 10)
    {
      g_autoptr(GBytes) file = encode (picture, (Kind){ quality, 2, 2, FALSE });
      g_autoptr(LimnImage) decoded = limn_photo_decode (file, NULL);
      g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (file, NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnImage) smooth = limn_jpeg_smooth (jpeg, decoded, &error);
      g_autoptr(LimnImage) projected = limn_jpeg_project (jpeg, smooth, 1, NULL);

      g_assert_no_error (error);
      g_test_message ("quality %d: %.2f dB becomes %.2f dB", quality, psnr (picture, decoded), psnr (picture, smooth));
      g_assert_cmpfloat (psnr (picture, smooth), >, psnr (picture, decoded) + 1);
      g_assert_cmpint (largest_difference (smooth, projected, 0), <=, 1);
    }
}

/* Tiles leave no trace: across the edge between two of them the picture changes no more than it does elsewhere beside block edges. 1.5: 0.9 is
 * measured, and 1.0 is no trace at all. */
static void
test_smooth_tiles (void)
{
  g_autoptr(LimnImage) wide = make_drawing (1024, 256);
  g_autoptr(GBytes) file = encode (wide, (Kind){ 10, 2, 2, FALSE });
  g_autoptr(LimnImage) decoded = limn_photo_decode (file, NULL);
  g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (file, NULL);
  g_autoptr(LimnImage) smooth = limn_jpeg_smooth (jpeg, decoded, NULL);
  double at_edge = 0, elsewhere = 0;

  for (guint y = 0; y < 256; y++)
    for (guint x = 256; x < 768; x += 16)
      for (guint c = 0; c < 3; c++)
        {
          const guint8 *row = limn_image_get_row (smooth, y), *was = limn_image_get_row (wide, y);
          double error = fabs ((double) row[x * 3 + c] - row[x * 3 - 3 + c] - was[x * 3 + c] + was[x * 3 - 3 + c]);

          if (x == 512)
            at_edge += error;
          else
            elsewhere += error / (512 / 16 - 1);
        }
  g_test_message ("%.2f times the steps elsewhere", at_edge / elsewhere);
  g_assert_cmpfloat (at_edge, <, 1.5 * elsewhere);
}

/* As limn_photo_decode() turns the file, so is its projection turned; the largest share leaves blocks where they belong. */
static void
test_orientation (void)
{
  g_autoptr(LimnImage) first = make_picture (48, 32, 1);
  g_autoptr(GBytes) plain = encode (first, (Kind){ 20, 1, 1, FALSE });

  for (guint i = 1; i <= 8; i++)
    {
      const guint8 block[] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, i, 0, 0, 0, 0, 0, 0 };
      g_autoptr(GBytes) exif = g_bytes_new (block, sizeof block);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) file = limn_exif_insert_into_jpeg (plain, exif, &error);
      g_autoptr(LimnImage) decoded = limn_photo_decode (file, &error);
      g_autoptr(LimnImage) grey = NULL;
      g_autoptr(LimnImage) projected = NULL;

      g_assert_no_error (error);
      grey = make_picture (limn_image_get_width (decoded), limn_image_get_height (decoded), 3);
      projected = project (file, grey, 0);
      g_assert_cmpint (largest_difference (decoded, projected, 0), <=, 2);
    }
}

static GBytes *
with_profile (GBytes      *jpeg,
              cmsHPROFILE  profile)
{
  GByteArray *out = g_byte_array_new ();
  cmsUInt32Number length = 0;
  g_autofree guint8 *icc = NULL;
  guint8 head[4] = { 0xff, 0xe2 };

  cmsSaveProfileToMem (profile, NULL, &length);
  icc = g_malloc (length);
  cmsSaveProfileToMem (profile, icc, &length);
  cmsCloseProfile (profile);
  head[2] = (length + 16) >> 8;
  head[3] = (length + 16) & 0xff;
  g_byte_array_append (out, g_bytes_get_data (jpeg, NULL), 2);
  g_byte_array_append (out, head, 4);
  g_byte_array_append (out, (const guint8 *) "ICC_PROFILE\0\1\1", 14);
  g_byte_array_append (out, icc, length);
  g_byte_array_append (out, (const guint8 *) g_bytes_get_data (jpeg, NULL) + 2, g_bytes_get_size (jpeg) - 2);
  return g_byte_array_free_to_bytes (out);
}

static void
test_profile (void)
{
  g_autoptr(LimnImage) picture = make_picture (16, 16, 1);
  g_autoptr(GBytes) plain = encode (picture, (Kind){ 80, 1, 1, FALSE });
  const cmsCIExyYTRIPLE wide = { { 0.68, 0.32, 1 }, { 0.265, 0.69, 1 }, { 0.15, 0.06, 1 } };
  cmsToneCurve *curve = cmsBuildGamma (NULL, 2.2);
  cmsToneCurve *const curves[] = { curve, curve, curve };
  g_autoptr(GBytes) srgb = with_profile (plain, cmsCreate_sRGBProfile ());
  g_autoptr(GBytes) other = with_profile (plain, cmsCreateRGBProfile (cmsD50_xyY (), &wide, (cmsToneCurve **) curves));
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJpeg) good = limn_jpeg_new (srgb, &error);

  cmsFreeToneCurve (curve);
  g_assert_no_error (error);
  g_assert_nonnull (good);
  g_assert_null (limn_jpeg_new (other, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

static void
assert_refused (GBytes *file)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_jpeg_new (file, &error));
  g_assert_true (error->domain == LIMN_ERROR && (error->code == LIMN_ERROR_FORMAT || error->code == LIMN_ERROR_UNSUPPORTED));
}

/* Cut at every byte, each byte turned: read, or refused with words, and never more. */
static void
test_damaged (void)
{
  g_autoptr(LimnImage) picture = make_picture (33, 17, 1);
  const Kind kinds[] = { { 20, 2, 2, FALSE }, { 20, 1, 1, TRUE } };

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      g_autoptr(GBytes) file = encode (picture, kinds[k]);
      gsize length;
      const guint8 *data = g_bytes_get_data (file, &length);

      for (gsize i = 0; i < length; i++)
        {
          g_autoptr(GBytes) cut = g_bytes_new_from_bytes (file, 0, i);
          g_autofree guint8 *copy = g_memdup2 (data, length);
          g_autoptr(GBytes) turned = NULL;
          g_autoptr(GError) error = NULL;
          g_autoptr(LimnJpeg) jpeg = NULL;

          /* Without its end marker it is whole all the same: the last two bytes. */
          if (i < length - 2)
            assert_refused (cut);
          copy[i] ^= 0x55;
          turned = g_bytes_new_take (g_steal_pointer (&copy), length);
          jpeg = limn_jpeg_new (turned, &error);
          g_assert_true ((jpeg != NULL) == (error == NULL));
        }
    }
}

static void
test_refused (void)
{
  g_autoptr(LimnImage) picture = make_picture (32, 32, 1);
  g_autoptr(LimnImage) small = make_picture (16, 16, 1);
  g_autoptr(GBytes) file = encode (picture, (Kind){ 20, 1, 1, FALSE });
  g_autoptr(GBytes) nothing = g_bytes_new (NULL, 0);
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (file, NULL), g_bytes_get_size (file));
  g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (file, NULL);
  g_autoptr(GError) error = NULL;
  guint8 *frame = memmem (copy, g_bytes_get_size (file), "\xff\xc0", 2);

  assert_refused (nothing);
  g_assert_null (limn_jpeg_project (jpeg, small, 1, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE);
  /* 0x0 pixels, 65,000x65,000, and 11,000x11,000 in a file of a few KiB. */
  for (guint i = 0; i < 3; i++)
    {
      static const guint8 sides[3][2] = { { 0, 0 }, { 0xfd, 0xe8 }, { 0x2a, 0xf8 } };
      g_autoptr(GBytes) bad = NULL;

      memcpy (frame + 5, sides[i], 2);
      memcpy (frame + 7, sides[i], 2);
      bad = g_bytes_new (copy, g_bytes_get_size (file));
      assert_refused (bad);
    }
}

void
add_jpeg_tests (void)
{
  g_test_add_func ("/jpeg/same-file", test_same_file);
  g_test_add_func ("/jpeg/nothing", test_nothing);
  g_test_add_func ("/jpeg/original", test_original);
  g_test_add_func ("/jpeg/smooth", test_smooth);
  g_test_add_func ("/jpeg/smooth-tiles", test_smooth_tiles);
  g_test_add_func ("/jpeg/orientation", test_orientation);
  g_test_add_func ("/jpeg/profile", test_profile);
  g_test_add_func ("/jpeg/damaged", test_damaged);
  g_test_add_func ("/jpeg/refused", test_refused);
}
