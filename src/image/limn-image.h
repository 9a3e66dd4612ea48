/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnPixelFormat: the bytes of a pixel.
 * @LIMN_PIXEL_GREY8: one byte a pixel: a mask, or the lightness of an opaque picture
 * @LIMN_PIXEL_RGB8: three bytes a pixel, R G B; opaque
 * @LIMN_PIXEL_RGBA8: four bytes a pixel, R G B A; alpha is straight, not premultiplied
 */
typedef enum
{
  LIMN_PIXEL_GREY8 = 1,
  LIMN_PIXEL_RGB8 = 3,
  LIMN_PIXEL_RGBA8 = 4,
} LimnPixelFormat;

/**
 * LIMN_IMAGE_MAX_SIDE: pixels along one side that any image may have.
 * LIMN_IMAGE_MAX_PIXELS: pixels that any image may have: 512 MiB as RGBA, which is
 * a 11,585 pixel square; twice what the largest cameras make.
 */
#define LIMN_IMAGE_MAX_SIDE 65535
#define LIMN_IMAGE_MAX_PIXELS (G_GUINT64_CONSTANT (1) << 27)

/**
 * LimnImage:
 *
 * Immutable 8-bit pixels, top row first, counted by reference.
 * Thread-safety: any.
 */
typedef struct _LimnImage LimnImage;

/**
 * limn_image_new:
 * @stride: bytes from one row to the next, at least @width times the bytes of a pixel; 0 for exactly that
 * @pixels: at least @stride * (@height - 1) + @width * bytes of a pixel bytes; a reference is taken, nothing is copied
 *
 * Fails with LIMN_ERROR_SHAPE where size and bytes do not fit together, and with LIMN_ERROR_UNSUPPORTED
 * past LIMN_IMAGE_MAX_SIDE or LIMN_IMAGE_MAX_PIXELS.
 */
LimnImage       *limn_image_new         (LimnPixelFormat    format,
                                         guint              width,
                                         guint              height,
                                         gsize              stride,
                                         GBytes            *pixels,
                                         GError           **error);

/** limn_image_new_take: like limn_image_new() with rows that touch; @data is freed by g_free() later, on failure too. */
LimnImage       *limn_image_new_take    (LimnPixelFormat    format,
                                         guint              width,
                                         guint              height,
                                         guint8            *data,
                                         GError           **error);

LimnImage       *limn_image_ref         (LimnImage         *image);
void             limn_image_unref       (LimnImage         *image);

LimnPixelFormat  limn_image_get_format  (const LimnImage   *image);
guint            limn_image_get_width   (const LimnImage   *image);
guint            limn_image_get_height  (const LimnImage   *image);
gsize            limn_image_get_stride  (const LimnImage   *image);
GBytes          *limn_image_get_pixels  (const LimnImage   *image);

/** limn_image_get_row: the first pixel of row @y < height; borrowed. */
const guint8    *limn_image_get_row     (const LimnImage   *image,
                                         guint              y);

/** limn_image_is_opaque: whether every alpha is 255. Walks the pixels. */
gboolean         limn_image_is_opaque   (const LimnImage   *image);

/**
 * limn_image_dup_as:
 *
 * @image itself (with one more reference) or a copy in @format. To RGB, alpha is dropped. To grey, colours become their luma
 * (0.299 R + 0.587 G + 0.114 B of the stored values, ITU-R BT.601; grey colours stay what they are) and what is transparent becomes black:
 * of a mask that was painted on nothing, nothing is what was not painted.
 */
LimnImage       *limn_image_dup_as      (LimnImage         *image,
                                         LimnPixelFormat    format);

/**
 * limn_image_hash:
 *
 * What tells one picture from another: SHA-256, in hexadecimal, of "limn-pixels 1 WIDTH HEIGHT CHANNELS\n" and the rows. A picture whose alpha
 * is 255 everywhere has the hash of the same picture as RGB, since a file keeps no such alpha. Walks the pixels. Returns: (transfer full)
 */
char            *limn_image_hash        (LimnImage         *image);

/**
 * LimnImageDifference:
 * @psnr_db: 10 log10 (255^2 / mse) over R, G and B; INFINITY when these are equal
 * @mse: mean of the squared differences over R, G and B
 * @max: largest difference of one channel, alpha included
 * @n_pixels: pixels in which any channel differs, alpha included
 * @first_x, @first_y: the first such pixel in reading order; 0 where there is none
 */
typedef struct
{
  double  psnr_db;
  double  mse;
  guint   max;
  guint64 n_pixels;
  guint   first_x;
  guint   first_y;
} LimnImageDifference;

/**
 * limn_image_compare:
 * @difference: (out)
 *
 * An RGB or grey image counts as opaque RGBA. Fails with LIMN_ERROR_DIFFERENT where the sizes differ.
 */
gboolean         limn_image_compare     (const LimnImage     *a,
                                         const LimnImage     *b,
                                         LimnImageDifference *difference,
                                         GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnImage, limn_image_unref)

G_END_DECLS
