/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG with texts, and the `parameters` text. The first byte chooses: even, the rest is a PNG, whose checksums are
 * made right first (else the fuzzer would stand before them for ever); odd, it is a text.
 */
#include "config.h"

#include "image/limn-parameters.h"
#include "image/limn-png-edit.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

/* Larger pictures only cost time here. */
#define MAX_PIXELS 65536

static void
try_text (const char *text)
{
  g_autoptr(LimnParameters) parameters = limn_parameters_parse (text);
  g_autofree char *clip_skip = limn_parameters_get (parameters, "Clip skip");
  g_autofree char *again = limn_parameters_to_text (parameters);
  g_autoptr(LimnParameters) twice = limn_parameters_parse (again);

  if (!g_utf8_validate (again, -1, NULL) || clip_skip == NULL || twice->prompt == NULL)
    g_abort ();
}

/* PNG specification, annex D. */
static guint32
png_crc (const guint8 *data,
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
repair_checksums (guint8 *data,
                  gsize   length)
{
  for (gsize at = 8; length >= 12 && at <= length - 12;)
    {
      guint32 n, crc;

      memcpy (&n, data + at, 4);
      n = GUINT32_FROM_BE (n);
      if (n > length - at - 12)
        return;
      crc = GUINT32_TO_BE (png_crc (data + at + 4, (gsize) n + 4));
      memcpy (data + at + 8 + n, &crc, 4);
      at += (gsize) n + 12;
    }
}

/* What is starred reads as starred, unless its texts are more than are read; what is stripped has none. */
static void
try_edit (GBytes *bytes)
{
  g_autoptr(GBytes) starred = limn_png_set_rating (bytes, 5, NULL);
  g_autoptr(GBytes) stripped = limn_png_strip (bytes, NULL);

  if (starred != NULL)
    {
      g_autoptr(LimnPng) png = limn_png_decode (starred, LIMN_PNG_READ_TEXTS, NULL);

      if (png != NULL && png->n_texts_skipped == 0 && limn_png_get_rating (png) != 5)
        g_abort ();
    }
  if (stripped != NULL)
    {
      g_autoptr(LimnPng) png = limn_png_decode (stripped, LIMN_PNG_READ_TEXTS, NULL);

      if (png != NULL && png->texts->len + png->n_texts_skipped > 0)
        g_abort ();
    }
}

static void
try_png (const guint8 *data,
         gsize         length)
{
  guint8 *copy = g_memdup2 (data, length);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LimnPng) texts = NULL;

  repair_checksums (copy, length);
  bytes = g_bytes_new_take (copy, length);
  texts = limn_png_decode (bytes, LIMN_PNG_READ_TEXTS, NULL);
  for (guint i = 0; texts != NULL && i < texts->texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (texts->texts, i);

      if (!g_utf8_validate (text->keyword, -1, NULL) || !g_utf8_validate (text->text, -1, NULL))
        g_abort ();
      try_text (text->text);
    }
  try_edit (bytes);
  if (texts == NULL || (guint64) texts->width * texts->height <= MAX_PIXELS)
    {
      g_autoptr(LimnPng) png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, NULL);

      if (png != NULL && limn_image_get_width (png->image) != png->width)
        g_abort ();
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  if (size == 0)
    return 0;
  if (data[0] % 2 == 0)
    {
      try_png (data + 1, size - 1);
    }
  else
    {
      g_autofree char *text = g_strndup ((const char *) data + 1, size - 1);

      try_text (text);
    }
  return 0;
}
