/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-contact-sheet.h"
#include "image/limn-png.h"

#include "test-image.h"

#include <glib/gstdio.h>
#include <string.h>

#define LIGHT_PAPER 0xfbfaf8

static LimnImage *
flat_image (guint width, guint height, guint8 red, guint8 green, guint8 blue, guint8 alpha)
{
  guint8 *data = g_malloc ((gsize) width * height * 4);

  for (gsize i = 0; i < (gsize) width * height; i++)
    memcpy (data + 4 * i, ((const guint8[]){ red, green, blue, alpha }), 4);
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width, height, data, NULL);
}

static guint
pixel_at (LimnImage *image, guint x, guint y)
{
  const guint8 *pixel = limn_image_get_row (image, y) + 3 * x;

  return pixel[0] << 16 | pixel[1] << 8 | pixel[2];
}

/* Any pixel of the box that is not paper. */
static gboolean
has_ink (LimnImage *image, guint x, guint y, guint width, guint height)
{
  for (guint j = y; j < MIN (y + height, limn_image_get_height (image)); j++)
    for (guint i = x; i < MIN (x + width, limn_image_get_width (image)); i++)
      if (pixel_at (image, i, j) != LIGHT_PAPER)
        return TRUE;
  return FALSE;
}

static void
save_for_eyes (LimnImage *image, const char *name)
{
  const char *folder = g_test_subprocess () ? NULL : g_getenv ("LIMN_TEST_KEEP");
  g_autofree char *path = folder ? g_build_filename (folder, name, NULL) : NULL;
  g_autoptr(GBytes) bytes = folder ? limn_png_encode (image, NULL, 0, NULL) : NULL;

  if (bytes)
    g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}

static const char *const columns[] = { "1", "מיטה ליד החלון הפתוח", "7.5" };
static const char *const rows[] = { "DPM++ 2M SDE with a name that does not end where one thinks that it ends but goes on and on", "夕暮れの赤い家と白い雪山" };

static LimnImage *
draw_grid (gboolean dark, gboolean right_to_left, guint *scaled)
{
  LimnContactSheetParams params = {
    .n_columns = 3, .n_rows = 2, .cell_width = 96, .cell_height = 64, .title = "A red house", .subtitle = "an oil painting, 20 steps",
    .x_name = "Guidance", .y_name = "Sampler", .column_labels = columns, .row_labels = rows, .dark = dark,
    .right_to_left = right_to_left, .captions = TRUE,
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnContactSheet) sheet = limn_contact_sheet_new (&params, &error);
  g_autoptr(LimnImage) red = flat_image (96, 64, 200, 40, 30, 255);
  g_autoptr(LimnImage) high = flat_image (200, 400, 20, 40, 230, 255);
  g_autoptr(LimnImage) clear = flat_image (96, 64, 0, 0, 0, 0);

  g_assert_no_error (error);
  g_assert_cmpfloat (limn_contact_sheet_get_scale (sheet), ==, 1);
  limn_contact_sheet_add (sheet, 0, 0, red, "12345678901234567890");
  limn_contact_sheet_add (sheet, 1, 0, high, NULL);
  limn_contact_sheet_add (sheet, 0, 1, clear, "kept");
  limn_contact_sheet_add (sheet, 2, 1, red, "");
  for (guint i = 0; i < 6; i++)
    limn_contact_sheet_get_cell (sheet, i % 3, i / 3, &scaled[4 * i], &scaled[4 * i + 1], &scaled[4 * i + 2], &scaled[4 * i + 3]);
  return limn_contact_sheet_free_to_image (g_steal_pointer (&sheet));
}

static void
test_places (void)
{
  guint at[24], mirrored[24];
  g_autoptr(LimnImage) image = draw_grid (FALSE, FALSE, at);
  g_autoptr(LimnImage) dark = draw_grid (TRUE, FALSE, mirrored);
  g_autoptr(LimnImage) other = draw_grid (FALSE, TRUE, mirrored);
  guint width = limn_image_get_width (image), n_blue = 0;

  save_for_eyes (image, "sheet-light.png");
  save_for_eyes (dark, "sheet-dark.png");
  save_for_eyes (other, "sheet-rtl.png");
  g_assert_cmpuint (limn_image_get_format (image), ==, LIMN_PIXEL_RGB8);
  /* Counted out once by hand: 2 * 22 + gutter 107 + 3 * (96 + 4) - 4. No font has a say in it. */
  g_assert_cmpuint (width, ==, 447);
  g_assert_cmpuint (limn_image_get_width (other), ==, width);
  g_assert_cmpuint (limn_image_get_height (other), ==, limn_image_get_height (image));
  /* The picture's own pixels, all of them. */
  for (guint y = 0; y < 64; y++)
    for (guint x = 0; x < 96; x++)
      g_assert_cmpuint (pixel_at (image, at[0] + x, at[1] + y), ==, 0xc8281e);
  /* A high one stands in the middle, its proportions kept: 32 by 64. */
  for (guint x = 0; x < 96; x++)
    n_blue += pixel_at (image, at[4] + x, at[5] + 30) == 0x1428e6;
  g_assert_cmpuint (n_blue, ==, 32);
  g_assert_cmpuint (pixel_at (image, at[4] + 31, at[5]), ==, LIGHT_PAPER);
  g_assert_cmpuint (pixel_at (image, at[4] + 32, at[5]), ==, 0x1428e6);
  /* No picture came; and one that shows the paper. */
  g_assert_cmpuint (pixel_at (image, at[8] + 5, at[9] + 5), ==, 0xefede9);
  g_assert_cmpuint (pixel_at (image, at[12] + 5, at[13] + 5), ==, LIGHT_PAPER);
  for (guint i = 0; i < 6; i++)
    {
      g_assert_cmpuint (at[4 * i] + mirrored[4 * i] + 96, ==, width);
      g_assert_cmpuint (at[4 * i + 1], ==, mirrored[4 * i + 1]);
    }
  /* Texts, where there is a font to write them: title, both names, labels, captions. */
  if (has_ink (image, 0, 0, width, at[1] / 2))
    {
      g_assert_true (has_ink (image, 0, at[1], at[0] - 3, 64));
      g_assert_true (has_ink (image, at[0], at[1] - 20, 96, 16));
      g_assert_true (has_ink (image, at[0], at[1] + 64, 96, 14));
    }
  else
    g_print ("# There are no fonts.\n");
}

/* A sheet is as large as it is, whatever comes: cells shrink. */
static void
test_large (void)
{
  static const guint sizes[][4] = { { 100, 100, 512, 512 }, { 10000, 1, 512, 512 }, { 1, 10000, 64, 4096 }, { 2, 2, 16384, 16384 } };
  g_autoptr(GError) error = NULL;
  LimnContactSheetParams params = { .n_columns = 40000, .n_rows = 1, .cell_width = 1, .cell_height = 1 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree const char **labels = g_new (const char *, sizes[i][0]);
      g_autoptr(LimnContactSheet) sheet = NULL;
      g_autoptr(LimnImage) picture = flat_image (512, 512, 9, 8, 7, 255);
      g_autoptr(LimnImage) image = NULL;

      for (guint j = 0; j < sizes[i][0]; j++)
        labels[j] = "a";
      sheet = limn_contact_sheet_new (&(LimnContactSheetParams){ .n_columns = sizes[i][0], .n_rows = sizes[i][1], .cell_width = sizes[i][2],
                                                                 .cell_height = sizes[i][3], .column_labels = labels }, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (limn_contact_sheet_get_scale (sheet), <, 1);
      limn_contact_sheet_add (sheet, sizes[i][0] - 1, sizes[i][1] - 1, picture, NULL);
      image = limn_contact_sheet_free_to_image (g_steal_pointer (&sheet));
      g_assert_cmpuint (limn_image_get_width (image), <=, LIMN_CONTACT_SHEET_MAX_SIDE);
      g_assert_cmpuint (limn_image_get_height (image), <=, LIMN_CONTACT_SHEET_MAX_SIDE);
      g_assert_cmpuint ((guint64) limn_image_get_width (image) * limn_image_get_height (image), <=, LIMN_CONTACT_SHEET_MAX_PIXELS);
    }
  g_assert_null (limn_contact_sheet_new (&params, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

/* Texts of strangers: nothing that is in them moves or hides a picture. */
static void
test_hostile_texts (void)
{
  g_autofree char *endless = g_strnfill (4 << 20, 'm');
  g_autofree char *words = g_strnfill (1 << 20, ' ');
  const char *const texts[] = {
    endless, words, "", "\n\n\r\xe2\x80\xa9 two\nlines", "\xff\xfe\x80 bytes", "\xe2\x80\xae\xe2\x80\xae turned", "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "<b>&amp;</b>", "\xe2\x81\xa7\xef\xbb\xbf",
  };
  g_autoptr(LimnImage) red = flat_image (40, 40, 200, 40, 30, 255);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      const char *labels[] = { texts[i], NULL };
      g_autoptr(LimnContactSheet) sheet =
        limn_contact_sheet_new (&(LimnContactSheetParams){ .n_columns = 2, .n_rows = 2, .cell_width = 40, .cell_height = 40, .title = texts[i],
                                                           .subtitle = texts[i], .x_name = texts[i], .y_name = texts[i], .captions = TRUE,
                                                           .column_labels = labels, .row_labels = labels }, &error);
      g_autoptr(LimnImage) image = NULL;
      guint at[4][4];

      g_assert_no_error (error);
      for (guint j = 0; j < 4; j++)
        limn_contact_sheet_add (sheet, j % 2, j / 2, red, texts[i]);
      for (guint j = 0; j < 4; j++)
        limn_contact_sheet_get_cell (sheet, j % 2, j / 2, &at[j][0], &at[j][1], &at[j][2], &at[j][3]);
      image = limn_contact_sheet_free_to_image (g_steal_pointer (&sheet));
      g_assert_cmpuint (limn_image_get_width (image), <, 400);
      g_assert_cmpuint (limn_image_get_height (image), <, 400);
      for (guint j = 0; j < 4; j++)
        for (guint y = 0; y < 40; y++)
          for (guint x = 0; x < 40; x++)
            g_assert_cmpuint (pixel_at (image, at[j][0] + x, at[j][1] + y), ==, 0xc8281e);
    }
}

/* A machine without any font: the same sheet without texts, and no end of the program. */
static void
test_no_fonts (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-no-fonts-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "fonts.conf", NULL);

  if (g_test_subprocess ())
    {
      g_rmdir (folder);
      test_places ();
      return;
    }
  g_assert_true (g_file_set_contents (path, "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig></fontconfig>", -1, NULL));
  g_setenv ("FONTCONFIG_FILE", path, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("FONTCONFIG_FILE");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*There are no fonts*");
  g_unlink (path);
  g_rmdir (folder);
}

void
add_contact_sheet_tests (void)
{
  g_test_add_func ("/contact-sheet/places", test_places);
  g_test_add_func ("/contact-sheet/large", test_large);
  g_test_add_func ("/contact-sheet/hostile-texts", test_hostile_texts);
  g_test_add_func ("/contact-sheet/no-fonts", test_no_fonts);
}
