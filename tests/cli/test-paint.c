/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include "image/limn-exif.h"
#include "image/limn-export.h"
#include "image/limn-jpeg.h"
#include "image/limn-lab.h"
#include "image/limn-photo.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define QUICK "--steps", "2", "--seed", "3"

static void
save (const char *name, GBytes *bytes)
{
  g_autofree char *path = path_to (name);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}

static LimnImage *
load (const char *name)
{
  g_autofree char *path = path_to (name);
  g_autoptr(GError) error = NULL;
  LimnImage *image = limn_photo_load (path, &error);

  g_assert_no_error (error);
  return image;
}

/* A slope with a few lines in it. */
static LimnImage *
make_picture (guint width, guint height, gboolean grey)
{
  guint8 *data = g_malloc ((gsize) width * height * 3);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint8 *p = data + ((gsize) y * width + x) * 3;

        p[0] = 40 + x * 150 / width + (y % 7 == 0 ? 50 : 0);
        p[1] = grey ? p[0] : 90 + y * 100 / height;
        p[2] = grey ? p[0] : 200 - x * 100 / width;
      }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

static void
save_picture (const char *name, guint width, guint height, gboolean grey)
{
  g_autoptr(LimnImage) picture = make_picture (width, height, grey);
  g_autoptr(GBytes) png = limn_png_encode (picture, NULL, 0, NULL);

  save (name, png);
}

/* White where x >= @from. */
static void
save_mask (const char *name, guint width, guint height, guint from)
{
  guint8 *data = g_malloc0 ((gsize) width * height);
  g_autoptr(LimnImage) mask = NULL;
  g_autoptr(GBytes) png = NULL;

  for (guint y = 0; y < height; y++)
    for (guint x = from; x < width; x++)
      data[y * width + x] = 255;
  mask = limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, NULL);
  png = limn_png_encode (mask, NULL, 0, NULL);
  save (name, png);
}

static guint
count_different (LimnImage *a, LimnImage *b, guint x0, guint x1)
{
  guint n = 0;

  for (guint y = 0; y < limn_image_get_height (a); y++)
    for (guint x = x0; x < x1; x++)
      n += memcmp (limn_image_get_row (a, y) + x * 4, limn_image_get_row (b, y) + x * 4, 3) != 0;
  return n;
}

/* Outside of the mask nothing changes, in it something does; the recipe names both, and verify is given both or finds them inside. */
static void
test_mask (void)
{
  g_auto(Run) run = { 0 };
  g_auto(Run) alone = { 0 };
  g_auto(Run) without_mask = { 0 };
  g_auto(Run) other = { 0 };
  g_auto(Run) given = { 0 };
  g_auto(Run) embedded = { 0 };
  g_auto(Run) inside = { 0 };
  g_auto(Run) info = { 0 };
  g_auto(Run) from = { 0 };
  g_autoptr(LimnImage) before = NULL;
  g_autoptr(LimnImage) after = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  save_picture ("in.png", 45, 37, FALSE);
  save_picture ("other.png", 45, 37, TRUE);
  save_mask ("mask.png", 45, 37, 20);
  run = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--mask", "mask.png", "--strength", "1", "--mask-mode", "noise",
                 "--feather", "4", "--output", "out.png", NULL);
  assert_code (&run, 0);
  before = load ("in.png");
  after = load ("out.png");
  g_assert_cmpuint (limn_image_get_width (after), ==, 45);
  g_assert_cmpuint (limn_image_get_height (after), ==, 37);
  g_assert_cmpuint (count_different (before, after, 0, 20), ==, 0);
  g_assert_cmpuint (count_different (before, after, 24, 45), >, 21 * 37 / 2);

  alone = run_cli ("verify", "out.png", NULL);
  assert_code (&alone, 2);
  assert_says (alone.err, "--init");
  without_mask = run_cli ("verify", "out.png", "--init", "in.png", NULL);
  assert_code (&without_mask, 2);
  assert_says (without_mask.err, "--mask");
  other = run_cli ("verify", "out.png", "--init", "other.png", "--mask", "mask.png", NULL);
  assert_code (&other, 2);
  assert_says (other.err, "“other.png” is not the picture");
  given = run_cli ("verify", "out.png", "--init", "in.png", "--mask", "mask.png", NULL);
  assert_code (&given, 0);

  embedded = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--mask", "mask.png", "--strength", "1", "--mask-mode", "noise",
                      "--feather", "4", "--embed-source", "--output", "carries.png", NULL);
  assert_code (&embedded, 0);
  inside = run_cli ("verify", "carries.png", NULL);
  assert_code (&inside, 0);
  info = run_cli ("info", "carries.png", NULL);
  assert_says (info.out, "in this file");
  assert_says (info.out, "noise");
  /* Its settings with another seed: what it was painted over comes along. */
  from = run_cli ("generate", "--from", "carries.png", "--seed", "4", "--output", "again.png", NULL);
  assert_code (&from, 0);
  first = pixels_of ("out.png");
  second = pixels_of ("again.png");
  g_assert_cmpstr (first, !=, second);
}

static void
test_outpaint (void)
{
  g_auto(Run) run = { 0 };
  g_auto(Run) blend = { 0 };
  g_autoptr(LimnImage) blended = NULL;
  g_autoptr(LimnImage) before = NULL;
  g_autoptr(LimnImage) after = NULL;

  save_picture ("in.png", 45, 37, FALSE);
  run = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--outpaint", "5,0,16,11", "--output", "out.png", NULL);
  assert_code (&run, 0);
  before = load ("in.png");
  after = load ("out.png");
  g_assert_cmpuint (limn_image_get_width (after), ==, 45 + 21);
  g_assert_cmpuint (limn_image_get_height (after), ==, 37 + 11);
  for (guint y = 0; y < 37; y++)
    g_assert_cmpmem (limn_image_get_row (before, y), 45 * 4, limn_image_get_row (after, y) + 5 * 4, 45 * 4);
  g_assert_true (limn_image_is_opaque (after));

  /* Old pixels beside what is new may change where that is asked for, and only there. */
  blend = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--outpaint", "0,0,16,0", "--blend", "16", "--strength", "1", "--output",
                   "blend.png", NULL);
  assert_code (&blend, 0);
  blended = load ("blend.png");
  g_assert_cmpuint (count_different (before, blended, 0, 45 - 16), ==, 0);
  g_assert_cmpuint (count_different (before, blended, 45 - 8, 45), >, 37);
}

/* PNG specification, annex D. */
static guint32
png_crc (const guint8 *data, gsize length)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < length; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
    }
  return GUINT32_TO_BE (~crc);
}

static void
add_chunk (GByteArray *png, const char *kind, const guint8 *data, guint32 length)
{
  guint32 size = GUINT32_TO_BE (length), crc;
  guint start = png->len + 4;

  g_byte_array_append (png, (const guint8 *) &size, 4);
  g_byte_array_append (png, (const guint8 *) kind, 4);
  if (length > 0)
    g_byte_array_append (png, data, length);
  crc = png_crc (png->data + start, png->len - start);
  g_byte_array_append (png, (const guint8 *) &crc, 4);
}

/* Types of colour in a PNG. */
enum { GREY = 0, RGB = 2, PALETTE = 3, RGB_ALPHA = 6 };

/* PNG of a kind that Limn's own writer does not make, 40x32; one with alpha is transparent on the right. */
static void
save_odd_png (const char *name, guint8 type, guint8 depth)
{
  static const guint8 palette[] = { 10, 20, 30, 200, 40, 40, 40, 200, 40, 250, 250, 250 };
  const guint8 head[13] = { 0, 0, 0, 40, 0, 0, 0, 32, depth, type, 0, 0, 0 };
  guint row = 40 * depth / 8 * (type == RGB ? 3 : type == RGB_ALPHA ? 4 : 1);
  g_autoptr(GByteArray) rows = g_byte_array_new ();
  g_autoptr(GByteArray) png = g_byte_array_new ();
  g_autoptr(GZlibCompressor) packer = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6);
  guint8 packed[16384];
  gsize n_read, n_written;
  GConverterResult result;
  g_autoptr(GBytes) bytes = NULL;

  for (guint y = 0; y < 32; y++)
    for (guint i = 0; i <= row; i++)
      {
        guint x = (i - 1) / 4;
        guint8 value = type == PALETTE ? (i / 8 + y / 8) % 4 : i * 3 + y * 5;

        if (type == RGB_ALPHA && i % 4 == 0)
          value = x < 20 ? 255 : 0;
        /* The filter comes first. */
        if (i == 0)
          value = 0;
        g_byte_array_append (rows, &value, 1);
      }
  result = g_converter_convert (G_CONVERTER (packer), rows->data, rows->len, packed, sizeof packed, G_CONVERTER_INPUT_AT_END, &n_read,
                                &n_written, NULL);
  g_assert_cmpint (result, ==, G_CONVERTER_FINISHED);
  g_byte_array_append (png, (const guint8 *) "\x89PNG\r\n\x1a\n", 8);
  add_chunk (png, "IHDR", head, sizeof head);
  if (type == PALETTE)
    add_chunk (png, "PLTE", palette, sizeof palette);
  add_chunk (png, "IDAT", packed, n_written);
  add_chunk (png, "IEND", NULL, 0);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&png));
  save (name, bytes);
}

/* Whatever it is stored as, it is the picture that is seen: under a mask of black it comes back. */
static void
test_kinds (void)
{
  static const struct
  {
    guint8      type;
    guint8      depth;
    const char *name;
  } kinds[] = {
    { RGB, 16, "rgb16.png" },       { GREY, 8, "grey.png" },
    { PALETTE, 8, "palette.png" },  { RGB_ALPHA, 8, "alpha.png" },
  };
  g_autoptr(LimnImage) picture = make_picture (40, 32, FALSE);
  g_autoptr(GBytes) jpeg = limn_export_encode (picture, LIMN_EXPORT_JPEG, 90, NULL, NULL);
  g_autoptr(GBytes) webp = limn_export_encode (picture, LIMN_EXPORT_WEBP, 90, NULL, NULL);
  const guint8 block[] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0 };
  g_autoptr(GBytes) exif = g_bytes_new_static (block, sizeof block);
  g_autoptr(GBytes) turned = limn_exif_insert_into_jpeg (jpeg, exif, NULL);
  const char *names[] = { kinds[0].name, kinds[1].name, kinds[2].name, kinds[3].name, "photo.webp", "turned.jpg" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    save_odd_png (kinds[i].name, kinds[i].type, kinds[i].depth);
  save ("photo.webp", webp);
  save ("turned.jpg", turned);
  save_mask ("black.png", 40, 32, 40);
  save_mask ("black-turned.png", 32, 40, 32);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gboolean upright = !g_str_equal (names[i], "turned.jpg");
      LimnImageDifference difference;
      g_auto(Run) run = run_cli ("generate", "a house", QUICK, "--init", names[i], "--mask", upright ? "black.png" : "black-turned.png",
                                 "--output", "out.png", NULL);
      g_autoptr(LimnImage) before = NULL;
      g_autoptr(LimnImage) after = NULL;

      assert_code (&run, 0);
      before = load (names[i]);
      after = load ("out.png");
      g_assert_cmpuint (limn_image_get_width (after), ==, upright ? 40 : 32);
      g_assert_true (limn_image_compare (before, after, &difference, NULL));
      g_assert_cmpuint (difference.n_pixels, ==, 0);
    }
}

/* A PNG that says it has so many pixels, and has none. */
static void
save_claim (const char *name, guint32 side)
{
  g_autoptr(LimnImage) picture = make_picture (8, 8, FALSE);
  g_autoptr(GBytes) png = limn_png_encode (picture, NULL, 0, NULL);
  gsize length = g_bytes_get_size (png);
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (png, NULL), length);
  guint32 value = GUINT32_TO_BE (side), crc;
  g_autoptr(GBytes) bad = NULL;

  memcpy (copy + 16, &value, 4);
  memcpy (copy + 20, &value, 4);
  crc = png_crc (copy + 12, 17);
  memcpy (copy + 29, &crc, 4);
  bad = g_bytes_new (copy, length);
  save (name, bad);
}

/* What cannot be, with the status and what the message must name; nothing is left behind. */
static void
test_refused (void)
{
  static const struct
  {
    const char *argv[9];
    int         code;
    const char *part;
  } bad[] = {
    { { "generate", "a", "--mask", "mask.png" }, 2, "--mask needs --init" },
    { { "generate", "a", "--strength", "0.5" }, 2, "--strength needs --init" },
    { { "generate", "a", "--embed-source" }, 2, "--embed-source" },
    { { "generate", "a", "--init", "in.png", "--mask", "small.png" }, 2, "has 20x10 pixels, the picture 45x37. With --mask-fit scale" },
    { { "generate", "a", "--init", "in.png", "--mask", "small.png", "--mask-fit", "crop" }, 2, "scale or pad, not “crop”" },
    { { "generate", "a", "--init", "in.png", "--mask-fit", "pad" }, 2, "needs --mask" },
    { { "generate", "a", "--init", "in.png", "--mask", "text.png" }, 3, "text.png" },
    { { "generate", "a", "--init", "text.png" }, 3, "text.png" },
    { { "generate", "a", "--init", "no-such.png" }, 3, "no-such.png" },
    { { "generate", "a", "--init", "." }, 3, "not a picture" },
    { { "generate", "a", "--init", "nothing.png" }, 3, "nothing.png" },
    { { "generate", "a", "--init", "huge.png" }, 3, "20000" },
    { { "generate", "a", "--init", "in.png", "--strength", "1.5" }, 2, "from 0 to 1, not 1.5" },
    { { "generate", "a", "--init", "in.png", "--strength", "nan" }, 2, "strength" },
    { { "generate", "a", "--init", "in.png", "--mask-mode", "pink" }, 2, "blurred" },
    { { "generate", "a", "--init", "in.png", "--feather", "-1" }, 2, "--feather" },
    { { "generate", "a", "--init", "in.png", "--outpaint", "1,2,3" }, 2, "128,0,128,0; not “1,2,3”" },
    { { "generate", "a", "--init", "in.png", "--outpaint", "1,2,3,x" }, 2, "1,2,3,x" },
    { { "generate", "a", "--init", "in.png", "--outpaint", "16384,0,0,0" }, 2, "16429x37" },
    { { "generate", "a", "--init", "in.png", "--blend", "8" }, 2, "--outpaint" },
    { { "generate", "a", "--tile", "8" }, 2, "64" },
    { { "generate", "a", "--overlap", "8" }, 2, "--overlap works only together with --tile" },
    { { "generate", "a", "--tile", "64", "--overlap", "64" }, 2, "overlap by 64" },
    { { "generate", "a", "--seamless", "z" }, 2, "x, y or xy, not “z”" },
    { { "enlarge" }, 2, "no file" },
    { { "enlarge", "in.png", "a", "b" }, 2, "more than one prompt" },
    { { "enlarge", "in.png", "--factor", "3" }, 2, "2 or 4, not “3”" },
    { { "enlarge", "no-such.png" }, 3, "no-such.png" },
    { { "detail", "text.png" }, 3, "text.png" },
    { { "colorize", "in.png", "--strength", "2" }, 2, "not 2" },
    { { "restore", "in.png" }, 3, "“in.png”: This is not a JPEG" },
    { { "verify", "in.png", "--init", "in.png" }, 3, "no recipe" },
  };
  g_autofree char *text = path_to ("text.png");
  g_autofree char *before = NULL;

  save_picture ("in.png", 45, 37, FALSE);
  save_mask ("mask.png", 45, 37, 20);
  save_mask ("small.png", 20, 10, 5);
  save_claim ("nothing.png", 0);
  save_claim ("huge.png", 20000);
  g_file_set_contents (text, "Dear diary, today", -1, NULL);
  before = list_folder ();
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *line = g_strjoinv (" ", (char **) bad[i].argv);
      g_auto(Run) run = run_cli_argv (bad[i].argv);
      g_autofree char *after = list_folder ();

      if (run.code != bad[i].code)
        g_error ("limn-cli %s: ended with %d, not %d: %s", line, run.code, bad[i].code, run.err);
      if (!strstr (run.err, bad[i].part))
        g_error ("limn-cli %s: says “%s”, nothing of “%s”", line, run.err, bad[i].part);
      g_assert_cmpstr (run.out, ==, "");
      g_assert_cmpstr (after, ==, before);
    }
}

/* A mask of another size, once it is said how: scaled, its edge lies in the middle; laid into the corner, it covers the corner. */
static void
test_mask_fit (void)
{
  static const struct
  {
    const char *fit;
    guint       kept; /* columns from the left that stay */
  } cases[] = { { "scale", 17 }, { "pad", 10 } };

  save_picture ("in.png", 40, 32, FALSE);
  save_mask ("mask.png", 20, 16, 10);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(Run) run = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--mask", "mask.png", "--mask-fit", cases[i].fit,
                                 "--feather", "0", "--strength", "1", "--output", "out.png", NULL);
      g_autoptr(LimnImage) before = NULL;
      g_autoptr(LimnImage) after = NULL;

      assert_code (&run, 0);
      before = load ("in.png");
      after = load ("out.png");
      g_assert_cmpuint (count_different (before, after, 0, cases[i].kept), ==, 0);
      if (i == 0)
        g_assert_cmpuint (count_different (before, after, 24, 40), >, 0);
      else
        g_assert_cmpuint (count_different (before, after, 20, 40), ==, 0);
      g_assert_cmpuint (count_different (before, after, 0, 40), >, 0);
    }
}

/* A queue has what it needs; when somebody deletes that, the job says so and stays, and the others are painted. */
static void
test_queue (void)
{
  g_auto(Run) first = { 0 };
  g_auto(Run) paint = { 0 };
  g_auto(Run) second = { 0 };
  g_auto(Run) third = { 0 };
  g_auto(Run) broken = { 0 };
  g_auto(Run) list = { 0 };
  g_autofree char *in = path_to ("in.png");
  g_autofree char *sources = path_to ("q/sources");
  g_autoptr(GDir) dir = NULL;
  const char *name;

  save_picture ("in.png", 40, 32, FALSE);
  first = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--queue", "q", NULL);
  assert_code (&first, 0);
  /* The file itself may go. */
  g_unlink (in);
  paint = run_cli ("queue", "q", NULL);
  assert_code (&paint, 0);
  assert_says (paint.out, ".png");

  save_picture ("in.png", 48, 32, FALSE);
  second = run_cli ("generate", "a house", QUICK, "--init", "in.png", "--queue", "q", NULL);
  assert_code (&second, 0);
  third = run_cli ("generate", "a tree", "--size", "32x32", QUICK, "--queue", "q", NULL);
  assert_code (&third, 0);
  dir = g_dir_open (sources, 0, NULL);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (sources, name, NULL);

      g_unlink (path);
    }
  broken = run_cli ("queue", "q", NULL);
  assert_code (&broken, 1);
  assert_says (broken.err, "no longer there");
  assert_says (broken.out, ".png");
  list = run_cli ("queue", "--list", "q", NULL);
  g_assert_true (g_str_has_prefix (list.out, "failed\tpicture 1 of 1\t"));
}

static void
check_enlarged (void)
{
  g_auto(Run) run = run_cli ("enlarge", "in.png", "a house", QUICK, "--embed-source", NULL);
  g_auto(Run) verify = { 0 };
  g_autoptr(LimnImage) before = NULL;
  g_autoptr(LimnImage) after = NULL;
  double sum = 0;

  assert_code (&run, 0);
  g_assert_cmpstr (run.out, ==, "in-enlarged.png\n");
  verify = run_cli ("verify", "in-enlarged.png", NULL);
  assert_code (&verify, 0);
  before = load ("in.png");
  after = load ("in-enlarged.png");
  g_assert_cmpuint (limn_image_get_width (after), ==, 80);
  for (guint y = 0; y < 32; y++)
    for (guint x = 0; x < 40 * 4; x++)
      {
        const guint8 *upper = limn_image_get_row (after, y * 2) + x / 4 * 8 + x % 4;
        const guint8 *lower = limn_image_get_row (after, y * 2 + 1) + x / 4 * 8 + x % 4;
        double d = (upper[0] + upper[4] + lower[0] + lower[4]) / 4.0 - limn_image_get_row (before, y)[x];

        sum += d * d / (32 * 40 * 4);
      }
  /* Of 255, RMS: 0.4, of rounding and of what is white; as Lanczos alone enlarges, 3. */
  g_assert_cmpfloat (sqrt (sum), <, 1.5);
}

static void
check_colorized (void)
{
  g_auto(Run) run = run_cli ("colorize", "grey.png", "a house", QUICK, "--strength", "1", NULL);
  g_autoptr(LimnImage) before = NULL;
  g_autoptr(LimnImage) after = NULL;
  double sum = 0;
  gboolean coloured = FALSE;

  assert_code (&run, 0);
  g_assert_cmpstr (run.out, ==, "grey-colorized.png\n");
  before = load ("grey.png");
  after = load ("grey-colorized.png");
  for (guint y = 0; y < 32; y++)
    for (guint x = 0; x < 40; x++)
      {
        double was[3], is[3];

        limn_lab_from_rgb8 (limn_image_get_row (before, y) + x * 4, was);
        limn_lab_from_rgb8 (limn_image_get_row (after, y) + x * 4, is);
        sum += (was[0] - is[0]) * (was[0] - is[0]) / (32 * 40);
        coloured = coloured || hypot (is[1], is[2]) > 10;
      }
  /* The promise is 1.0; rounding to 8 bits is 0.1. */
  g_assert_cmpfloat (sqrt (sum), <, 0.4);
  g_assert_true (coloured);
}

static void
check_restored (void)
{
  g_auto(Run) run = run_cli ("restore", "photo.jpg", QUICK, "--strength", "0.5", "--embed-source", "--output", "r.png", NULL);
  g_auto(Run) verify = { 0 };
  g_autofree char *path = path_to ("photo.jpg");
  g_autofree char *data = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autoptr(LimnJpeg) jpeg = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autoptr(LimnImage) projected = NULL;
  LimnImageDifference difference;
  gsize length;

  assert_code (&run, 0);
  verify = run_cli ("verify", "r.png", NULL);
  assert_code (&verify, 0);
  g_file_get_contents (path, &data, &length, NULL);
  file = g_bytes_new (data, length);
  jpeg = limn_jpeg_new (file, NULL);
  result = load ("r.png");
  projected = limn_jpeg_project (jpeg, result, 1, NULL);
  limn_image_compare (result, projected, &difference, NULL);
  /* Rounding to 8 bits, twice. */
  g_assert_cmpuint (difference.max, <=, 2);
}

static void
test_verbs (void)
{
  g_autoptr(LimnImage) picture = make_picture (40, 32, FALSE);
  g_autoptr(GBytes) jpeg = limn_export_encode (picture, LIMN_EXPORT_JPEG, 20, NULL, NULL);
  g_auto(Run) detail = { 0 };

  save ("photo.jpg", jpeg);
  save_picture ("in.png", 40, 32, FALSE);
  save_picture ("grey.png", 40, 32, TRUE);
  check_enlarged ();
  check_colorized ();
  check_restored ();
  detail = run_cli ("detail", "in.png", QUICK, NULL);
  assert_code (&detail, 0);
  g_assert_cmpstr (detail.out, ==, "in-detail.png\n");
}

/* The prompt of a picture's own settings is that of its enlargement, unless another is given. */
static void
test_own_prompt (void)
{
  g_auto(Run) first = run_cli ("generate", "a small house", "--size", "32x32", QUICK, "--negative", "snow", "--output", "a.png", NULL);
  g_auto(Run) own = run_cli ("enlarge", "a.png", "--output", "own.png", NULL);
  g_auto(Run) other = run_cli ("enlarge", "a.png", "a tree", "--output", "other.png", NULL);
  g_autofree char *own_path = path_to ("own.png");
  g_autofree char *other_path = path_to ("other.png");
  g_autoptr(LimnPng) own_png = NULL;
  g_autoptr(LimnPng) other_png = NULL;

  assert_code (&first, 0);
  assert_code (&own, 0);
  assert_code (&other, 0);
  own_png = limn_png_load (own_path, LIMN_PNG_READ_TEXTS, NULL);
  other_png = limn_png_load (other_path, LIMN_PNG_READ_TEXTS, NULL);
  assert_says (limn_png_lookup (own_png, LIMN_RECIPE_KEYWORD), "\"prompt\":\"a small house\",\"negative\":\"snow\"");
  assert_says (limn_png_lookup (other_png, LIMN_RECIPE_KEYWORD), "\"prompt\":\"a tree\"");
}

void
test_paint_add (void)
{
  test_add ("/paint/mask", test_mask);
  test_add ("/paint/mask-fit", test_mask_fit);
  test_add ("/paint/outpaint", test_outpaint);
  test_add ("/paint/kinds", test_kinds);
  test_add ("/paint/refused", test_refused);
  test_add ("/paint/queue", test_queue);
  test_add ("/paint/verbs", test_verbs);
  test_add ("/paint/own-prompt", test_own_prompt);
}
