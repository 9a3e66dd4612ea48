/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-export.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"
#include "image/limn-photo.h"
#include "image/limn-png-edit.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <webp/encode.h>
#include <webp/mux.h>

#define PARAMETERS "parameters"

static const struct
{
  const char      *ending;
  LimnExportFormat format;
} endings[] = {
  { ".png", LIMN_EXPORT_PNG },
  { ".jpg", LIMN_EXPORT_JPEG },
  { ".webp", LIMN_EXPORT_WEBP },
  { ".jpeg", LIMN_EXPORT_JPEG },
};

gboolean
limn_export_format_from_path (const char        *path,
                              LimnExportFormat  *format,
                              GError           **error)
{
  const char *dot = strrchr (path, '.');

  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (endings); i++)
    if (g_ascii_strcasecmp (dot, endings[i].ending) == 0)
      {
        *format = endings[i].format;
        return TRUE;
      }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "“%s” says by its ending no format that Limn writes: .png, .jpg or .webp.", path);
  return FALSE;
}

const char *
limn_export_format_get_ending (LimnExportFormat format)
{
  return endings[format].ending;
}

/* What is transparent becomes white, as paper. */
static LimnImage *
on_white (LimnImage *image)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  guint8 *data;

  if (limn_image_get_format (image) == LIMN_PIXEL_RGB8 || limn_image_is_opaque (image))
    return limn_image_dup_as (image, LIMN_PIXEL_RGB8);
  data = g_malloc ((gsize) width * height * 3);
  for (guint y = 0; y < height; y++)
    {
      const guint8 *from = limn_image_get_row (image, y);
      guint8 *to = data + (gsize) width * 3 * y;

      for (guint x = 0; x < width; x++)
        for (guint c = 0; c < 3; c++)
          to[x * 3 + c] = (from[x * 4 + c] * from[x * 4 + 3] + 255 * (255 - from[x * 4 + 3]) + 127) / 255;
    }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

static GBytes *
encode_jpeg (LimnImage   *image,
             guint        quality,
             const char  *parameters,
             GError     **error)
{
  g_autoptr(LimnImage) opaque = on_white (image);
  g_autoptr(GdkPixbuf) pixbuf = gdk_pixbuf_new_from_bytes (limn_image_get_pixels (opaque), GDK_COLORSPACE_RGB, FALSE, 8,
                                                           limn_image_get_width (opaque), limn_image_get_height (opaque),
                                                           limn_image_get_stride (opaque));
  g_autofree char *text = g_strdup_printf ("%u", quality);
  g_autoptr(GBytes) jpeg = NULL;
  g_autoptr(GBytes) block = NULL;
  char *keys[] = { (char *) "quality", NULL };
  char *values[] = { text, NULL };
  char *data;
  gsize length;

  /* 16 bits of side, and libjpeg keeps 65,500. */
  if (MAX (limn_image_get_width (opaque), limn_image_get_height (opaque)) > 65500)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "A JPEG has at most 65,500 pixels a side; export this picture as PNG.");
      return NULL;
    }
  if (!gdk_pixbuf_save_to_bufferv (pixbuf, &data, &length, "jpeg", keys, values, error))
    return NULL;
  jpeg = g_bytes_new_take (data, length);
  if (parameters == NULL)
    return g_steal_pointer (&jpeg);
  block = limn_exif_make_block (parameters);
  return limn_exif_insert_into_jpeg (jpeg, block, error);
}

/* --- WebP --- */

static gboolean
fail_webp (GError **error,
           int      code)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "The picture could not be packed as WebP (libwebp: error %d).", code);
  return FALSE;
}

static gboolean
run_webp (LimnImage         *image,
          guint              quality,
          WebPMemoryWriter  *writer,
          GError           **error)
{
  gboolean alpha = limn_image_get_format (image) == LIMN_PIXEL_RGBA8;
  const guint8 *pixels = limn_image_get_row (image, 0);
  WebPConfig config;
  WebPPicture picture;
  gboolean good;

  /* Level 6 of 9 takes a second for a million pixels; 9 takes ten for 2 % less. */
  if (!WebPConfigPreset (&config, WEBP_PRESET_PICTURE, quality) || !WebPPictureInit (&picture)
      || (quality == 100 && !WebPConfigLosslessPreset (&config, 6)))
    return fail_webp (error, 0);
  picture.use_argb = config.lossless;
  config.exact = config.lossless; /* also the colours of what is transparent */
  picture.width = limn_image_get_width (image);
  picture.height = limn_image_get_height (image);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = writer;
  good = (alpha ? WebPPictureImportRGBA (&picture, pixels, limn_image_get_stride (image))
                : WebPPictureImportRGB (&picture, pixels, limn_image_get_stride (image)))
         && WebPEncode (&config, &picture);
  if (!good)
    fail_webp (error, picture.error_code);
  WebPPictureFree (&picture);
  return good;
}

/* @webp with @block as its chunk EXIF. */
static GBytes *
add_exif (const WebPMemoryWriter  *writer,
          GBytes                  *block,
          GError                 **error)
{
  const WebPData webp = { writer->mem, writer->size };
  const WebPData exif = { g_bytes_get_data (block, NULL), g_bytes_get_size (block) };
  WebPData assembled = { NULL, 0 };
  WebPMux *mux = WebPMuxCreate (&webp, FALSE);
  GBytes *bytes = NULL;

  if (mux != NULL && WebPMuxSetChunk (mux, "EXIF", &exif, FALSE) == WEBP_MUX_OK && WebPMuxAssemble (mux, &assembled) == WEBP_MUX_OK)
    bytes = g_bytes_new (assembled.bytes, assembled.size);
  else
    fail_webp (error, 0);
  WebPDataClear (&assembled);
  WebPMuxDelete (mux);
  return bytes;
}

static GBytes *
encode_webp (LimnImage   *image,
             guint        quality,
             const char  *parameters,
             GError     **error)
{
  WebPMemoryWriter writer;
  GBytes *bytes = NULL;

  if (MAX (limn_image_get_width (image), limn_image_get_height (image)) > WEBP_MAX_DIMENSION)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "A WebP has at most %d pixels a side; export this picture as PNG or JPEG.",
                   WEBP_MAX_DIMENSION);
      return NULL;
    }
  WebPMemoryWriterInit (&writer);
  if (run_webp (image, quality, &writer, error))
    {
      if (parameters != NULL)
        {
          g_autoptr(GBytes) block = limn_exif_make_block (parameters);

          bytes = add_exif (&writer, block, error);
        }
      else
        bytes = g_bytes_new (writer.mem, writer.size);
    }
  WebPMemoryWriterClear (&writer);
  return bytes;
}

GBytes *
limn_export_encode (LimnImage         *image,
                    LimnExportFormat   format,
                    guint              quality,
                    const char        *parameters,
                    GError           **error)
{
  const LimnPngText text = { (char *) PARAMETERS, (char *) parameters };
  g_autoptr(LimnImage) coloured = NULL;

  if (quality == 0)
    quality = LIMN_EXPORT_DEFAULT_QUALITY;
  quality = MIN (quality, 100);
  switch (format)
    {
    case LIMN_EXPORT_JPEG:
      return encode_jpeg (image, quality, parameters, error);
    case LIMN_EXPORT_WEBP:
      /* It knows no grey. */
      coloured = limn_image_dup_as (image, limn_image_get_format (image) == LIMN_PIXEL_RGBA8 ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8);
      return encode_webp (coloured, quality, parameters, error);
    case LIMN_EXPORT_PNG:
    default:
      return limn_png_encode (image, &text, parameters != NULL ? 1 : 0, error);
    }
}

/* --- From file to file --- */

/* (transfer full) (nullable) */
static char *
dup_parameters (GBytes   *file,
                gboolean  is_png)
{
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnExif) exif = NULL;

  if (is_png)
    {
      png = limn_png_decode (file, LIMN_PNG_READ_TEXTS, NULL);
      return png != NULL ? g_strdup (limn_png_lookup (png, PARAMETERS)) : NULL;
    }
  exif = limn_exif_new_for_bytes (file, NULL);
  for (guint i = 0; exif != NULL && i < exif->texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (exif->texts, i);

      if (strcmp (text->keyword, PARAMETERS) == 0)
        return g_strdup (text->text);
    }
  return NULL;
}

GBytes *
limn_export_convert (GBytes            *file,
                     LimnExportFormat   format,
                     guint              quality,
                     gboolean           metadata,
                     GError           **error)
{
  gboolean is_png = g_bytes_get_size (file) >= 8 && memcmp (g_bytes_get_data (file, NULL), "\x89PNG\r\n\x1a\n", 8) == 0;
  g_autofree char *parameters = NULL;
  g_autoptr(LimnImage) image = limn_photo_decode (file, error);

  /* Also what is only copied is looked at: a file that is damaged is not passed on. */
  if (image == NULL)
    return NULL;
  if (is_png && format == LIMN_EXPORT_PNG)
    return metadata ? g_bytes_ref (file) : limn_png_strip (file, error);
  if (metadata)
    parameters = dup_parameters (file, is_png);
  return limn_export_encode (image, format, quality, parameters, error);
}
