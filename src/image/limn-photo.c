/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-photo.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"
#include "image/limn-png.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <lcms2.h>
#include <string.h>
#include <sys/stat.h>
#include <webp/decode.h>

/* A file that is larger is refused unread; as in the reader of PNGs. */
#define MAX_FILE_BYTES (G_GUINT64_CONSTANT (1) << 30)

/* Pixels that a byte of JPEG can stand for: an MCU of 16x16 has six blocks, each at least a bit for DC (in a progressive file the others
 * come in runs). libjpeg makes pixels of anything, also of a few bytes that claim to be 100 million. */
#define MAX_JPEG_RATIO 512

static gboolean
check_size (guint64   width,
            guint64   height,
            GError  **error)
{
  if (width > 0 && height > 0 && width <= LIMN_IMAGE_MAX_SIDE && height <= LIMN_IMAGE_MAX_SIDE
      && width * height <= LIMN_IMAGE_MAX_PIXELS)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "This picture says that it has %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT " pixels; Limn reads up to %" G_GUINT64_FORMAT
               " million.", width, height, LIMN_IMAGE_MAX_PIXELS / 1000000);
  return FALSE;
}

/* --- gdk-pixbuf --- */

typedef struct
{
  gsize   max_ratio; /* 0: any */
  gsize   length;
  GError *error;
} Limits;

static void
on_size (GdkPixbufLoader *loader,
         int              width,
         int              height,
         gpointer         data)
{
  Limits *limits = data;

  if (limits->error != NULL)
    return;
  if (check_size (MAX (width, 0), MAX (height, 0), &limits->error) && limits->max_ratio > 0
      && (guint64) width * height / limits->max_ratio > limits->length)
    g_set_error (&limits->error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This picture is damaged (it has far fewer pixels than it claims).");
  /* A size of nothing makes every loader give up before it takes memory. */
  if (limits->error != NULL)
    gdk_pixbuf_loader_set_size (loader, 0, 0);
}

static GdkPixbuf *
decode_pixbuf (GBytes      *bytes,
               const char  *type,
               gsize        max_ratio,
               GError     **error)
{
  g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type (type, error);
  g_autoptr(GError) local = NULL;
  Limits limits = { max_ratio, g_bytes_get_size (bytes), NULL };
  GdkPixbuf *pixbuf;
  gboolean good;

  if (loader == NULL)
    return NULL;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size), &limits);
  good = gdk_pixbuf_loader_write_bytes (loader, bytes, &local);
  /* It must be closed either way; the first error is the one that says something. */
  if (!gdk_pixbuf_loader_close (loader, local == NULL ? &local : NULL))
    good = FALSE;
  if (limits.error != NULL)
    {
      g_propagate_error (error, limits.error);
      return NULL;
    }
  pixbuf = good ? gdk_pixbuf_loader_get_pixbuf (loader) : NULL;
  if (pixbuf == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This picture is damaged (%s).",
                   local != NULL ? local->message : "it has no pixels");
      return NULL;
    }
  return g_object_ref (pixbuf);
}

/* --- WebP --- */

static void
free_pixels (guchar  *pixels,
             gpointer data)
{
  g_free (pixels);
}

static GdkPixbuf *
decode_webp (GBytes  *bytes,
             GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  WebPBitstreamFeatures features;
  gsize stride;
  guint8 *pixels;

  if (WebPGetFeatures (data, length, &features) != VP8_STATUS_OK)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This WebP file is damaged.");
      return NULL;
    }
  if (features.has_animation)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "This WebP moves; Limn reads still pictures.");
      return NULL;
    }
  if (!check_size (features.width, features.height, error))
    return NULL;
  stride = (gsize) features.width * 4;
  pixels = g_try_malloc (stride * features.height);
  if (pixels == NULL || WebPDecodeRGBAInto (data, length, pixels, stride * features.height, stride) == NULL)
    {
      g_free (pixels);
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This WebP file is damaged.");
      return NULL;
    }
  return gdk_pixbuf_new_from_data (pixels, GDK_COLORSPACE_RGB, TRUE, 8, features.width, features.height, stride, free_pixels, NULL);
}

/* --- From what was decoded to what is seen --- */

static LimnImage *
take_pixels (GdkPixbuf  *pixbuf,
             GError    **error)
{
  gboolean alpha = gdk_pixbuf_get_has_alpha (pixbuf);
  guint width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gsize row = (gsize) width * (alpha ? 4 : 3), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *from = gdk_pixbuf_read_pixels (pixbuf);
  guint8 *data;

  if (!check_size (width, height, error))
    return NULL;
  data = g_try_malloc (row * height);
  if (data == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this picture.");
      return NULL;
    }
  for (guint y = 0; y < height; y++)
    memcpy (data + row * y, from + stride * y, row);
  return limn_image_new_take (alpha ? LIMN_PIXEL_RGBA8 : LIMN_PIXEL_RGB8, width, height, data, error);
}

/* A profile that lcms2 does not take, or that is for grey or CMYK (which were converted by then), is left aside. */
static LimnImage *
to_srgb (LimnImage *image,
         GBytes    *icc)
{
  cmsContext context = cmsCreateContext (NULL, NULL);
  cmsHPROFILE from = cmsOpenProfileFromMemTHR (context, g_bytes_get_data (icc, NULL), MIN (g_bytes_get_size (icc), G_MAXINT32));
  cmsHPROFILE to = cmsCreate_sRGBProfileTHR (context);
  cmsHTRANSFORM transform = NULL;
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  gsize row = (gsize) width * limn_image_get_format (image);
  cmsUInt32Number format = limn_image_get_format (image) == LIMN_PIXEL_RGBA8 ? TYPE_RGBA_8 : TYPE_RGB_8;
  guint8 *data = NULL;

  if (from != NULL && to != NULL && cmsGetColorSpace (from) == cmsSigRgbData)
    transform = cmsCreateTransformTHR (context, from, format, to, format, INTENT_PERCEPTUAL, cmsFLAGS_COPY_ALPHA);
  if (transform != NULL)
    data = g_try_malloc (row * height);
  for (guint y = 0; data != NULL && y < height; y++)
    cmsDoTransform (transform, limn_image_get_row (image, y), data + row * y, width);
  if (transform != NULL)
    cmsDeleteTransform (transform);
  if (from != NULL)
    cmsCloseProfile (from);
  if (to != NULL)
    cmsCloseProfile (to);
  cmsDeleteContext (context);
  if (data == NULL)
    return limn_image_ref (image);
  return limn_image_new_take (limn_image_get_format (image), width, height, data, NULL);
}

static LimnImage *
decode_png (GBytes  *bytes,
            GError **error)
{
  g_autoptr(LimnPng) png = limn_png_decode (bytes, LIMN_PNG_READ_ALL, error);
  g_autoptr(LimnExif) exif = png != NULL && png->exif != NULL ? limn_exif_new_for_bytes (png->exif, NULL) : NULL;
  g_autoptr(LimnImage) image = png != NULL ? limn_image_ref (png->image) : NULL;

  if (image != NULL && exif != NULL && exif->orientation > 1)
    {
      g_autoptr(LimnImage) stored = g_steal_pointer (&image);
      g_autoptr(GdkPixbuf) pixbuf = gdk_pixbuf_new_from_bytes (limn_image_get_pixels (stored), GDK_COLORSPACE_RGB, TRUE, 8, png->width,
                                                               png->height, png->width * 4);
      const char digit[2] = { '0' + exif->orientation, '\0' };
      g_autoptr(GdkPixbuf) turned = NULL;

      gdk_pixbuf_set_option (pixbuf, "orientation", digit);
      turned = gdk_pixbuf_apply_embedded_orientation (pixbuf);
      image = turned != NULL ? take_pixels (turned, error) : NULL;
    }
  if (image == NULL || png->icc == NULL)
    return g_steal_pointer (&image);
  return to_srgb (image, png->icc);
}

LimnImage *
limn_photo_decode (GBytes  *bytes,
                   GError **error)
{
  g_autoptr(LimnExif) exif = NULL;
  g_autoptr(GdkPixbuf) pixbuf = NULL;
  g_autoptr(GdkPixbuf) turned = NULL;
  g_autoptr(LimnImage) image = NULL;
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  if (length >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return decode_png (bytes, error);
  exif = limn_exif_new_for_bytes (bytes, error);
  if (exif == NULL)
    return NULL;
  if (data[0] == 0xff)
    pixbuf = decode_pixbuf (bytes, "jpeg", MAX_JPEG_RATIO, error);
  else if (data[0] == 'R')
    pixbuf = decode_webp (bytes, error);
  else
    pixbuf = decode_pixbuf (bytes, "tiff", 0, error);
  if (pixbuf == NULL)
    return NULL;

  /* gdk-pixbuf knows the orientation of its own pictures; that of a WebP it is told. */
  if (data[0] == 'R' && exif->orientation > 1)
    {
      const char digit[2] = { '0' + exif->orientation, '\0' };

      gdk_pixbuf_set_option (pixbuf, "orientation", digit);
    }
  turned = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  image = turned != NULL ? take_pixels (turned, error) : NULL;
  if (image == NULL || exif->icc == NULL)
    return g_steal_pointer (&image);
  return to_srgb (image, exif->icc);
}

LimnImage *
limn_photo_load (const char  *path,
                 GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(GBytes) bytes = NULL;
  LimnImage *image;
  GStatBuf info;
  char *data;
  gsize length;

  /* A pipe has no end to wait for. */
  if (g_stat (path, &info) == 0 && (!S_ISREG (info.st_mode) || (guint64) info.st_size > MAX_FILE_BYTES))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not a picture file.", shown);
      return NULL;
    }
  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  bytes = g_bytes_new_take (data, length);
  image = limn_photo_decode (bytes, error);
  if (image == NULL)
    g_prefix_error (error, "“%s”: ", shown);
  return image;
}
