/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-apng.h"

#include "test-image.h"

#include <string.h>

#define W 37
#define H 23
#define N 5

static const LimnPngText texts[] = { { (char *) "parameters", (char *) "a cat\nSteps: 5, Seed: 1, Size: 8x8" },
                                     { (char *) "limn", (char *) "{\"prompt\":\"日本\"}" } };

static guint32
get_be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

/* PNG specification, annex D, bit by bit: not what the writer uses. */
static guint32
crc_of (const guint8 *data,
        gsize         length)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < length; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
    }
  return ~crc;
}

static void
append_chunk (GByteArray   *out,
              const char   *type,
              const guint8 *data,
              gsize         length)
{
  guint32 word = GUINT32_TO_BE (length);
  gsize start;

  g_byte_array_append (out, (const guint8 *) &word, 4);
  start = out->len;
  g_byte_array_append (out, (const guint8 *) type, 4);
  if (length > 0)
    g_byte_array_append (out, data, length);
  word = GUINT32_TO_BE (crc_of (out->data + start, length + 4));
  g_byte_array_append (out, (const guint8 *) &word, 4);
}

/* Noise, so that a frame takes several IDATs. */
static LimnImage *
make_frame (LimnPixelFormat format,
            guint           width,
            guint           height,
            guint           seed)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  gsize length = (gsize) width * height * format;
  guint8 *data = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    data[i] = g_rand_int (rand);
  return limn_image_new_take (format, width, height, data, NULL);
}

static GBytes *
write_animation (LimnPixelFormat format,
                 guint           width,
                 guint           height,
                 gboolean        with_still)
{
  g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr(LimnImage) still = with_still ? make_frame (format, width, height, 99) : NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnApng) apng = limn_apng_new (stream, format, width, height, N, 3, still, texts, G_N_ELEMENTS (texts), &error);

  g_assert_no_error (error);
  for (guint i = 0; i < N; i++)
    {
      g_autoptr(LimnImage) frame = make_frame (format, width, height, i);

      g_assert_true (limn_apng_add (apng, frame, i == 4 ? 70000 : 100 + i, &error));
    }
  g_assert_true (limn_apng_finish (apng, &error));
  g_output_stream_close (stream, NULL, NULL);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (stream));
}

static void
assert_pixels (GByteArray      *png,
               LimnPixelFormat  format,
               guint            width,
               guint            height,
               guint            seed)
{
  g_autoptr(GBytes) bytes = g_bytes_new (png->data, png->len);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) read = limn_png_decode (bytes, LIMN_PNG_READ_ALL, &error);
  g_autoptr(LimnImage) wanted = make_frame (format, width, height, seed);
  LimnImageDifference difference;

  g_assert_no_error (error);
  g_assert_true (limn_image_compare (read->image, wanted, &difference, &error));
  g_assert_cmpuint (difference.n_pixels, ==, 0);
}

/* Chunk by chunk: checksums, order, numbers without a gap; each frame put together as a PNG again. */
static void
check_animation (LimnPixelFormat format,
                 guint           width,
                 guint           height,
                 gboolean        with_still)
{
  g_autoptr(GBytes) bytes = write_animation (format, width, height, with_still);
  g_autoptr(LimnPng) as_png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, NULL);
  g_autoptr(LimnImage) shown = make_frame (format, width, height, with_still ? 99 : 0);
  LimnImageDifference difference;
  gsize length, at = 8;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  const guint8 *head = NULL;
  GByteArray *frame = NULL;
  guint32 sequence = 0;
  guint n_frames = 0, n_idat = 0;
  gboolean animated = FALSE, ended = FALSE;

  /* What a program that knows no APNG sees. */
  g_assert_nonnull (as_png);
  g_assert_true (limn_image_compare (as_png->image, shown, &difference, NULL));
  g_assert_cmpuint (difference.n_pixels, ==, 0);
  g_assert_cmpstr (limn_png_lookup (as_png, "parameters"), ==, texts[0].text);
  g_assert_cmpstr (limn_png_lookup (as_png, "limn"), ==, texts[1].text);

  while (at < length)
    {
      gsize n = get_be32 (data + at);
      const char *type = (const char *) data + at + 4;
      const guint8 *content = data + at + 8;
      gboolean end = strncmp (type, "IEND", 4) == 0;

      g_assert_cmpuint (n, <=, length - at - 12);
      g_assert_cmphex (crc_of (data + at + 4, n + 4), ==, get_be32 (content + n));
      if (strncmp (type, "IHDR", 4) == 0)
        head = data + at;
      if (strncmp (type, "acTL", 4) == 0)
        {
          g_assert_cmpuint (n_idat, ==, 0);
          g_assert_cmpuint (get_be32 (content), ==, N);
          g_assert_cmpuint (get_be32 (content + 4), ==, 3);
          animated = TRUE;
        }
      if ((strncmp (type, "fcTL", 4) == 0 || end) && frame != NULL)
        {
          append_chunk (frame, "IEND", NULL, 0);
          assert_pixels (frame, format, width, height, n_frames - 1);
          g_clear_pointer (&frame, g_byte_array_unref);
        }
      if (strncmp (type, "fcTL", 4) == 0)
        {
          guint delay = content[20] << 8 | content[21], unit = content[22] << 8 | content[23];

          g_assert_cmpuint (n, ==, 26);
          g_assert_cmpuint (get_be32 (content), ==, sequence++);
          g_assert_cmpuint (get_be32 (content + 4), ==, width);
          g_assert_cmpuint (get_be32 (content + 8), ==, height);
          g_assert_cmpuint (get_be32 (content + 12), ==, 0);
          g_assert_cmpuint (get_be32 (content + 16), ==, 0);
          g_assert_cmpuint (delay * 1000 / unit, ==, n_frames == 4 ? 70000 : 100 + n_frames);
          g_assert_cmpuint (content[24], ==, 0);
          g_assert_cmpuint (content[25], ==, 0);
          frame = g_byte_array_new ();
          g_byte_array_append (frame, data, 8);
          g_byte_array_append (frame, head, 25);
          n_frames++;
        }
      if (strncmp (type, "IDAT", 4) == 0)
        {
          g_assert_true (animated);
          g_assert_cmpint (frame != NULL, ==, !with_still);
          g_assert_cmpuint (n_frames, <=, 1);
          n_idat++;
          if (frame != NULL)
            append_chunk (frame, "IDAT", content, n);
        }
      if (strncmp (type, "fdAT", 4) == 0)
        {
          g_assert_cmpuint (get_be32 (content), ==, sequence++);
          append_chunk (frame, "IDAT", content + 4, n - 4);
        }
      ended = end;
      at += n + 12;
    }
  g_assert_true (ended);
  g_assert_cmpuint (at, ==, length);
  g_assert_cmpuint (n_frames, ==, N);
  g_assert_cmpuint (n_idat, >, 0);
}

static void
test_frames (void)
{
  for (guint i = 0; i < 4; i++)
    {
      check_animation (i % 2 ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, W, H, i / 2);
      check_animation (i % 2 ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, 1, 1, i / 2);
      /* More than libpng packs into one IDAT. */
      check_animation (i % 2 ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, 160, 90, i / 2);
    }
}

static void
test_misuse (void)
{
  g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr(LimnImage) frame = make_frame (LIMN_PIXEL_RGB8, 8, 8, 1);
  g_autoptr(LimnImage) other = make_frame (LIMN_PIXEL_RGB8, 8, 9, 1);
  g_autoptr(LimnImage) alpha = make_frame (LIMN_PIXEL_RGBA8, 8, 8, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnApng) apng = NULL;

  g_assert_null (limn_apng_new (stream, LIMN_PIXEL_RGB8, 8, 8, 0, 0, NULL, NULL, 0, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (limn_apng_new (stream, LIMN_PIXEL_RGB8, 8, 8, 2, 0, other, NULL, 0, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE);
  g_clear_error (&error);

  apng = limn_apng_new (stream, LIMN_PIXEL_RGB8, 8, 8, 2, 0, NULL, NULL, 0, &error);
  g_assert_no_error (error);
  /* Alpha is dropped: all frames share one kind of pixels. */
  g_assert_true (limn_apng_add (apng, alpha, 10, &error));
  g_assert_false (limn_apng_finish (apng, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (limn_apng_add (apng, frame, 10, &error));
  g_assert_false (limn_apng_add (apng, frame, 10, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (limn_apng_finish (apng, &error));
}

/* A stream that takes no more, anywhere: an error, never a file that looks whole. */
static void
test_full (void)
{
  g_autoptr(GBytes) whole = write_animation (LIMN_PIXEL_RGB8, 8, 8, TRUE);
  gsize length = g_bytes_get_size (whole);

  for (gsize room = 0; room <= length; room += 7)
    {
      g_autofree guint8 *memory = g_malloc (room + 1);
      g_autoptr(GOutputStream) stream = g_memory_output_stream_new (memory, room, NULL, NULL);
      g_autoptr(LimnImage) frame = make_frame (LIMN_PIXEL_RGB8, 8, 8, 1);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnApng) apng = limn_apng_new (stream, LIMN_PIXEL_RGB8, 8, 8, N, 0, frame, texts, 2, &error);
      gboolean good = apng != NULL;

      for (guint i = 0; i < N && good; i++)
        good = limn_apng_add (apng, frame, 1, &error);
      good = good && limn_apng_finish (apng, &error);
      g_assert_true (good == (error == NULL));
      g_assert_false (good && room + 50 < length);
    }
}

void
add_apng_tests (void)
{
  g_test_add_func ("/apng/frames", test_frames);
  g_test_add_func ("/apng/misuse", test_misuse);
  g_test_add_func ("/apng/full", test_full);
}
