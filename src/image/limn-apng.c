/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Each frame is packed by libpng as a PNG of its own, and its chunks are taken apart:
 *
 *   signature IHDR acTL texts  [IDAT… of the still picture]  (fcTL (IDAT… | fdAT…))…  IEND
 *
 * An fdAT is an IDAT with a number in front; fcTL and fdAT are counted together. The first frame has IDATs where there is no still
 * picture, and is then what other programs show.
 */
#include "config.h"

#include "image/limn-apng.h"

#include "base/limn-error.h"
#include "image/limn-png-private.h"

#include <string.h>
#include <zlib.h>

struct _LimnApng
{
  GOutputStream  *stream;
  LimnPixelFormat format;
  guint           width;
  guint           height;
  guint           n_frames;
  guint           n_added;
  guint32         sequence;
  gboolean        has_still;
  gboolean        failed;
};

#define SIGNATURE_LENGTH 8

static void
put_be32 (guint8  *at,
          guint32  value)
{
  at[0] = value >> 24;
  at[1] = value >> 16;
  at[2] = value >> 8;
  at[3] = value;
}

static guint32
get_be32 (const guint8 *at)
{
  return (guint32) at[0] << 24 | (guint32) at[1] << 16 | (guint32) at[2] << 8 | at[3];
}

static gboolean
write_all (LimnApng     *apng,
           const guint8 *data,
           gsize         length,
           GError      **error)
{
  if (length > 0 && !g_output_stream_write_all (apng->stream, data, length, NULL, NULL, error))
    {
      apng->failed = TRUE;
      return FALSE;
    }
  return TRUE;
}

/* A chunk of @head and @data, one behind the other. */
static gboolean
write_chunk (LimnApng     *apng,
             const char   *type,
             const guint8 *head,
             gsize         head_length,
             const guint8 *data,
             gsize         length,
             GError      **error)
{
  guint8 begin[8], end[4];
  uLong crc;

  put_be32 (begin, head_length + length);
  memcpy (begin + 4, type, 4);
  crc = crc32_z (crc32_z (0, NULL, 0), begin + 4, 4);
  if (head_length > 0)
    crc = crc32_z (crc, head, head_length);
  if (length > 0)
    crc = crc32_z (crc, data, length);
  put_be32 (end, crc);
  return write_all (apng, begin, sizeof begin, error) && write_all (apng, head, head_length, error) &&
         write_all (apng, data, length, error) && write_all (apng, end, sizeof end, error);
}

typedef enum
{
  TAKE_HEAD,       /* signature and header */
  TAKE_TEXTS,      /* what stands between header and pixels */
  TAKE_PIXELS,     /* as they are */
  TAKE_AS_FRAME,   /* as fdAT */
} Take;

/* Writes of the PNG @bytes, which is libpng's own, the chunks that @take wants. */
static gboolean
write_part (LimnApng *apng,
            GBytes   *bytes,
            Take      take,
            GError  **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  if (take == TAKE_HEAD && !write_all (apng, data, SIGNATURE_LENGTH, error))
    return FALSE;
  for (gsize at = SIGNATURE_LENGTH; at + 12 <= length; at += (gsize) get_be32 (data + at) + 12)
    {
      const guint8 *chunk = data + at;
      gsize n = get_be32 (chunk);
      gboolean is_head = memcmp (chunk + 4, "IHDR", 4) == 0;
      gboolean is_pixels = memcmp (chunk + 4, "IDAT", 4) == 0;
      gboolean is_text = !is_head && !is_pixels && memcmp (chunk + 4, "IEND", 4) != 0;
      guint8 number[4];

      g_assert (n <= length - at - 12);
      if (is_pixels && take == TAKE_AS_FRAME)
        {
          put_be32 (number, apng->sequence++);
          if (!write_chunk (apng, "fdAT", number, sizeof number, chunk + 8, n, error))
            return FALSE;
        }
      else if ((is_head && take == TAKE_HEAD) || (is_text && take == TAKE_TEXTS) || (is_pixels && take == TAKE_PIXELS))
        {
          if (!write_all (apng, chunk, n + 12, error))
            return FALSE;
        }
    }
  return TRUE;
}

static GBytes *
pack (LimnApng           *apng,
      LimnImage          *image,
      const LimnPngText  *texts,
      gsize               n_texts,
      GError            **error)
{
  g_autoptr(LimnImage) converted = NULL;

  if (limn_image_get_width (image) != apng->width || limn_image_get_height (image) != apng->height)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "A frame has %ux%u pixels, the animation %ux%u.",
                   limn_image_get_width (image), limn_image_get_height (image), apng->width, apng->height);
      return NULL;
    }
  converted = limn_image_dup_as (image, apng->format);
  return limn_png_encode_as_is (converted, texts, n_texts, error);
}

/* The head of the file, once the first picture of it is there. */
static gboolean
write_head (LimnApng *apng,
            GBytes   *first,
            guint     n_plays,
            GError  **error)
{
  guint8 control[8];

  put_be32 (control, apng->n_frames);
  put_be32 (control + 4, n_plays);
  return write_part (apng, first, TAKE_HEAD, error) &&
         write_chunk (apng, "acTL", control, sizeof control, NULL, 0, error) && write_part (apng, first, TAKE_TEXTS, error);
}

/* One pixel in the animation's format stands for the picture that is not there yet: its head gets the real size, its texts are real. */
static GBytes *
pack_head (LimnApng           *apng,
           const LimnPngText  *texts,
           gsize               n_texts,
           GError            **error)
{
  g_autoptr(LimnImage) pixel = limn_image_new_take (apng->format, 1, 1, g_malloc0 (4), NULL);
  g_autoptr(GBytes) bytes = limn_png_encode_as_is (pixel, texts, n_texts, error);
  g_autofree guint8 *data = NULL;
  gsize length;

  if (bytes == NULL)
    return NULL;
  length = g_bytes_get_size (bytes);
  data = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
  put_be32 (data + 16, apng->width);
  put_be32 (data + 20, apng->height);
  put_be32 (data + 29, crc32_z (crc32_z (0, NULL, 0), data + 12, 17));
  return g_bytes_new_take (g_steal_pointer (&data), length);
}

LimnApng *
limn_apng_new (GOutputStream      *stream,
               LimnPixelFormat     format,
               guint               width,
               guint               height,
               guint               n_frames,
               guint               n_plays,
               LimnImage          *still,
               const LimnPngText  *texts,
               gsize               n_texts,
               GError            **error)
{
  g_autoptr(LimnApng) apng = g_new0 (LimnApng, 1);
  g_autoptr(GBytes) first = NULL;

  apng->stream = g_object_ref (stream);
  apng->format = format;
  apng->width = width;
  apng->height = height;
  apng->n_frames = n_frames;
  apng->has_still = still != NULL;
  if (n_frames < 1 || n_frames > LIMN_APNG_MAX_FRAMES || width < 1 || height < 1 || width > LIMN_IMAGE_MAX_SIDE ||
      height > LIMN_IMAGE_MAX_SIDE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "An animation of %u frames of %ux%u pixels cannot be written.", n_frames,
                   width, height);
      return NULL;
    }
  first = still != NULL ? pack (apng, still, texts, n_texts, error) : pack_head (apng, texts, n_texts, error);
  if (first == NULL || !write_head (apng, first, MIN (n_plays, G_MAXINT32), error) ||
      (still != NULL && !write_part (apng, first, TAKE_PIXELS, error)))
    return NULL;
  return g_steal_pointer (&apng);
}

static gboolean
write_frame_control (LimnApng  *apng,
                     guint      delay_ms,
                     GError   **error)
{
  guint8 control[26] = { 0 };
  guint numerator = delay_ms, denominator = 1000;

  if (delay_ms > G_MAXUINT16)
    {
      numerator = MIN (delay_ms / 10 + (delay_ms % 10 >= 5), G_MAXUINT16);
      denominator = 100;
    }
  put_be32 (control, apng->sequence++);
  put_be32 (control + 4, apng->width);
  put_be32 (control + 8, apng->height);
  /* 12 and 16: at the left upper corner; 24 and 25: stays, and replaces what was there. */
  control[20] = numerator >> 8;
  control[21] = numerator & 0xff;
  control[22] = denominator >> 8;
  control[23] = denominator & 0xff;
  return write_chunk (apng, "fcTL", control, sizeof control, NULL, 0, error);
}

gboolean
limn_apng_add (LimnApng   *apng,
               LimnImage  *frame,
               guint       delay_ms,
               GError    **error)
{
  g_autoptr(GBytes) bytes = NULL;

  g_return_val_if_fail (!apng->failed, FALSE);

  if (apng->n_added == apng->n_frames)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There are more frames than the %u that were announced.", apng->n_frames);
      return FALSE;
    }
  bytes = pack (apng, frame, NULL, 0, error);
  if (bytes == NULL || !write_frame_control (apng, delay_ms, error) ||
      !write_part (apng, bytes, apng->n_added == 0 && !apng->has_still ? TAKE_PIXELS : TAKE_AS_FRAME, error))
    {
      apng->failed = TRUE;
      return FALSE;
    }
  apng->n_added++;
  return TRUE;
}

gboolean
limn_apng_finish (LimnApng  *apng,
                  GError   **error)
{
  g_return_val_if_fail (!apng->failed, FALSE);

  if (apng->n_added < apng->n_frames)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Of the %u frames that were announced %u are missing.", apng->n_frames,
                   apng->n_frames - apng->n_added);
      return FALSE;
    }
  return write_chunk (apng, "IEND", NULL, 0, NULL, 0, error);
}

void
limn_apng_free (LimnApng *apng)
{
  if (apng == NULL)
    return;
  g_object_unref (apng->stream);
  g_free (apng);
}
