/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-image.h"
#include "image/limn-resize.h"

#include "test-image.h"

#include <math.h>
#include <string.h>

static LimnImage *
image_of (LimnPixelFormat  format,
          guint            width,
          guint            height,
          const guint8    *data)
{
  g_autoptr(GError) error = NULL;
  LimnImage *image = limn_image_new_take (format, width, height,
                                          g_memdup2 (data, (gsize) width * height * format), &error);

  g_assert_no_error (error);
  return image;
}

/* Grey is its own copy in every format and back; colours become luma, what is transparent black. */
static void
test_grey (void)
{
  static const guint8 grey[6] = { 0, 1, 127, 128, 254, 255 };
  static const guint8 rgba[] = { 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 0, 200, 200, 200, 128 };
  static const guint8 wanted[] = { 76, 150, 29, 0, 100 };
  g_autoptr(LimnImage) image = image_of (LIMN_PIXEL_GREY8, 3, 2, grey);
  g_autoptr(LimnImage) coloured = image_of (LIMN_PIXEL_RGBA8, 5, 1, rgba);
  g_autoptr(LimnImage) luma = limn_image_dup_as (coloured, LIMN_PIXEL_GREY8);
  g_autoptr(LimnImage) half = limn_image_scale_down (image, 2);
  g_autoptr(LimnImage) wide = limn_image_scale_bilinear (image, 6, 2, NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnImage) as = limn_image_dup_as (image, i ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8);
      g_autoptr(LimnImage) back = limn_image_dup_as (as, LIMN_PIXEL_GREY8);
      LimnImageDifference difference;

      g_assert_true (limn_image_is_opaque (as));
      g_assert_cmpmem (limn_image_get_row (back, 0), 6, grey, 6);
      g_assert_true (limn_image_compare (image, as, &difference, NULL));
      g_assert_cmpuint (difference.n_pixels, ==, 0);
    }
  g_assert_true (limn_image_is_opaque (image));
  g_assert_cmpmem (limn_image_get_row (luma, 0), 5, wanted, 5);
  g_assert_cmpuint (limn_image_get_format (half), ==, LIMN_PIXEL_GREY8);
  g_assert_cmpuint (limn_image_get_row (half, 0)[0], ==, 96); /* (0 + 1 + 128 + 254) / 4 */
  g_assert_cmpuint (limn_image_get_row (half, 0)[1], ==, 191); /* (127 + 255) / 2 */
  g_assert_cmpuint (limn_image_get_row (wide, 0)[5], ==, 127);
}

/* Against sha256sum of the same bytes: queues and PNGs of other years name pictures so. */
static void
test_hash (void)
{
  static const guint8 pixels[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  static const guint8 clear[] = { 1, 2, 3, 255, 4, 5, 6, 255 };
  g_autoptr(LimnImage) grey = image_of (LIMN_PIXEL_GREY8, 2, 3, pixels);
  g_autoptr(LimnImage) rgb = image_of (LIMN_PIXEL_RGB8, 2, 1, pixels);
  g_autoptr(LimnImage) rgba = image_of (LIMN_PIXEL_RGBA8, 2, 1, pixels);
  g_autoptr(LimnImage) opaque = image_of (LIMN_PIXEL_RGBA8, 2, 1, clear);
  g_autoptr(GBytes) wide = g_bytes_new_static (pixels, sizeof pixels);
  g_autoptr(LimnImage) strided = limn_image_new (LIMN_PIXEL_GREY8, 1, 3, 2, wide, NULL);
  const struct
  {
    LimnImage  *image;
    const char *hash;
  } cases[] = {
    { grey, "bb994b0c90ed9416d821c4019d65d3ea5e223fd252ef3e0fb9fa04c86427451f" },
    { rgb, "480f98b6387e6e039248ded89f80ee28ef2fc9d49f88fa4583368f23677903c6" },
    { rgba, "fc5c05775a5a6f4061af5f9ffc545159476cb2e1c15657f2c0fde745e6b3b98c" },
    { opaque, "480f98b6387e6e039248ded89f80ee28ef2fc9d49f88fa4583368f23677903c6" },
    { strided, "6807694bec024c69b1b2714f337ed9788d760b3b890acf970c7ac201a3f685ce" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *hash = limn_image_hash (cases[i].image);

      g_assert_cmpstr (hash, ==, cases[i].hash);
    }
}

static void
test_bounds (void)
{
  static const guint8 bytes[24] = { 0 };
  g_autoptr(GBytes) pixels = g_bytes_new_static (bytes, sizeof bytes);
  static const struct
  {
    guint width, height;
    gsize stride;
    int   code; /* -1: fine */
  } cases[] = {
    { 2, 3, 0, -1 },
    { 2, 3, 8, -1 },
    { 2, 2, 16, -1 }, /* the last row needs no padding */
    { 2, 3, 7, LIMN_ERROR_SHAPE },
    { 2, 3, 9, LIMN_ERROR_SHAPE },
    { 2, 3, G_MAXSIZE / 2 + 1, LIMN_ERROR_SHAPE },
    { 0, 3, 0, LIMN_ERROR_SHAPE },
    { 2, 0, 0, LIMN_ERROR_SHAPE },
    { 65536, 1, 0, LIMN_ERROR_UNSUPPORTED },
    { 65535, 65535, 0, LIMN_ERROR_UNSUPPORTED },
    { G_MAXUINT, G_MAXUINT, 0, LIMN_ERROR_UNSUPPORTED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnImage) image = limn_image_new (LIMN_PIXEL_RGBA8, cases[i].width, cases[i].height, cases[i].stride,
                                                   pixels, &error);

      g_assert_true ((image != NULL) == (cases[i].code < 0));
      if (cases[i].code < 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, LIMN_ERROR, cases[i].code);
    }
}

static void
test_compare (void)
{
  static const guint8 rgb[] = { 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120 };
  guint8 changed[sizeof rgb];
  g_autoptr(LimnImage) a = image_of (LIMN_PIXEL_RGB8, 2, 2, rgb);
  g_autoptr(LimnImage) a4 = limn_image_dup_as (a, LIMN_PIXEL_RGBA8);
  g_autoptr(LimnImage) wide = image_of (LIMN_PIXEL_RGB8, 4, 1, rgb);
  g_autoptr(LimnImage) b = NULL;
  g_autoptr(GError) error = NULL;
  LimnImageDifference d;

  g_assert_true (limn_image_is_opaque (a4));
  g_assert_true (limn_image_compare (a, a4, &d, &error));
  g_assert_no_error (error);
  g_assert_true (isinf (d.psnr_db));
  g_assert_cmpuint (d.n_pixels, ==, 0);

  memcpy (changed, rgb, sizeof rgb);
  changed[7] = 83; /* pixel (0, 1), green, by 3 */
  b = image_of (LIMN_PIXEL_RGB8, 2, 2, changed);
  g_assert_true (limn_image_compare (a4, b, &d, &error));
  g_assert_cmpuint (d.n_pixels, ==, 1);
  g_assert_cmpuint (d.first_x, ==, 0);
  g_assert_cmpuint (d.first_y, ==, 1);
  g_assert_cmpuint (d.max, ==, 3);
  g_assert_cmpfloat (d.mse, ==, 0.75);
  /* 10 log10 (65025 / 0.75), by hand */
  g_assert_cmpfloat_with_epsilon (d.psnr_db, 49.38019, 1e-4);

  g_assert_false (limn_image_compare (a, wide, &d, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DIFFERENT);
}

/* Alpha alone counts as a difference, but not in the PSNR of the colours. */
static void
test_compare_alpha (void)
{
  static const guint8 p[] = { 1, 2, 3, 255 }, q[] = { 1, 2, 3, 250 };
  g_autoptr(LimnImage) a = image_of (LIMN_PIXEL_RGBA8, 1, 1, p);
  g_autoptr(LimnImage) b = image_of (LIMN_PIXEL_RGBA8, 1, 1, q);
  LimnImageDifference d;

  g_assert_false (limn_image_is_opaque (b));
  g_assert_true (limn_image_compare (a, b, &d, NULL));
  g_assert_cmpuint (d.n_pixels, ==, 1);
  g_assert_cmpuint (d.max, ==, 5);
  g_assert_true (isinf (d.psnr_db));
}

static void
test_scale_down (void)
{
  static const guint8 rgb[] = { 0, 0, 0, 255, 1, 2, 9, 9, 9, 2, 3, 4, 4, 4, 4, 8, 8, 8 };
  static const guint8 expected[] = { 65, 2, 3, 9, 9, 9 };
  static const guint8 rgba[] = { 200, 0, 0, 255, 0, 200, 0, 0 };
  static const guint8 half[] = { 200, 0, 0, 128 };
  g_autoptr(LimnImage) image = image_of (LIMN_PIXEL_RGB8, 3, 2, rgb);
  g_autoptr(LimnImage) small = limn_image_scale_down (image, 2);
  g_autoptr(LimnImage) clear = image_of (LIMN_PIXEL_RGBA8, 2, 1, rgba);
  g_autoptr(LimnImage) small_clear = limn_image_scale_down (clear, 2);

  g_assert_cmpuint (limn_image_get_width (small), ==, 2);
  g_assert_cmpuint (limn_image_get_height (small), ==, 1);
  /* (0+255+2+4)/4 = 65.25, (0+1+3+4)/4 = 2, (0+2+4+4)/4 = 2.5; the last column has one pixel a row: 9 and 8 */
  g_assert_cmpmem (limn_image_get_row (small, 0), 6, expected, 6);
  g_assert_cmpmem (limn_image_get_row (small_clear, 0), 4, half, 4);
}

static void
test_scale_bilinear (void)
{
  static const guint8 rgb[] = { 0, 0, 0, 100, 200, 40 };
  static const guint8 expected[] = { 0, 0, 0, 25, 50, 10, 75, 150, 30, 100, 200, 40 };
  g_autoptr(LimnImage) image = image_of (LIMN_PIXEL_RGB8, 2, 1, rgb);
  g_autoptr(LimnImage) large = limn_image_scale_bilinear (image, 4, 3, NULL);
  g_autoptr(LimnImage) none = NULL;
  g_autoptr(GError) error = NULL;

  for (guint y = 0; y < 3; y++)
    g_assert_cmpmem (limn_image_get_row (large, y), 12, expected, 12);
  none = limn_image_scale_bilinear (image, 60000, 60000, &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

static void
test_scale_to_fit (void)
{
  /* Each result pixel covers 1.5 x 1.5: by hand, (4 * a + 2 * b + 2 * c + d) / 9. */
  static const guint8 nine[] = { 90, 0, 0, 45, 0, 0, 0, 0, 0, 9, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, 0, 255 };
  static const guint8 clear[] = { 200, 100, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
  static const struct
  {
    guint width, height, side, to_width, to_height;
  } sizes[] = {
    { 1, 1, 1, 1, 1 },       { 256, 256, 256, 256, 256 }, { 100, 20, 256, 100, 20 },  { 512, 768, 256, 171, 256 },
    { 1000, 1, 256, 256, 1 }, { 1, 1000, 7, 1, 7 },        { 257, 256, 256, 256, 255 }, { 3, 2, 2, 2, 1 },
  };
  g_autoptr(LimnImage) image = image_of (LIMN_PIXEL_RGB8, 3, 3, nine);
  g_autoptr(LimnImage) two = limn_image_scale_to_fit (image, 2);
  g_autoptr(LimnImage) see_through = image_of (LIMN_PIXEL_RGBA8, 2, 2, clear);
  g_autoptr(LimnImage) one = limn_image_scale_to_fit (see_through, 1);

  g_assert_cmpuint (limn_image_get_row (two, 0)[0], ==, (4 * 90 + 2 * 45 + 2 * 9 + 18 + 4) / 9);
  g_assert_cmpuint (limn_image_get_row (two, 0)[3], ==, (2 * 45 + 18 + 4) / 9);
  g_assert_cmpuint (limn_image_get_row (two, 1)[3], ==, (4 * 90 + 18 + 4) / 9);
  g_assert_cmpuint (limn_image_get_row (two, 1)[5], ==, (4 * 255 + 4) / 9);
  /* What is transparent does not bleed. */
  g_assert_cmpmem (limn_image_get_row (one, 0), 4, ((guint8[]) { 200, 100, 0, 64 }), 4);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gsize length = (gsize) sizes[i].width * sizes[i].height * 3;
      guint8 *data = g_malloc (length);
      g_autoptr(LimnImage) flat = NULL;
      g_autoptr(LimnImage) small = NULL;

      memset (data, 77, length);
      flat = limn_image_new_take (LIMN_PIXEL_RGB8, sizes[i].width, sizes[i].height, data, NULL);
      small = limn_image_scale_to_fit (flat, sizes[i].side);
      g_assert_cmpuint (limn_image_get_width (small), ==, sizes[i].to_width);
      g_assert_cmpuint (limn_image_get_height (small), ==, sizes[i].to_height);
      /* A plain colour stays that colour to the last pixel. */
      for (guint y = 0; y < sizes[i].to_height; y++)
        for (guint x = 0; x < sizes[i].to_width * 3; x++)
          g_assert_cmpuint (limn_image_get_row (small, y)[x], ==, 77);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/bounds", test_bounds);
  g_test_add_func ("/image/grey", test_grey);
  g_test_add_func ("/image/hash", test_hash);
  g_test_add_func ("/image/compare", test_compare);
  g_test_add_func ("/image/compare/alpha", test_compare_alpha);
  g_test_add_func ("/image/scale-down", test_scale_down);
  g_test_add_func ("/image/scale-bilinear", test_scale_bilinear);
  g_test_add_func ("/image/scale-to-fit", test_scale_to_fit);
  add_apng_tests ();
  add_colorize_tests ();
  add_contact_sheet_tests ();
  add_control_map_tests ();
  add_exif_tests ();
  add_export_tests ();
  add_jpeg_tests ();
  add_parameters_tests ();
  add_png_tests ();
  add_png_edit_tests ();
  add_seam_tests ();
  return g_test_run ();
}
